"""RR features: regular rhythms are zero, early beats are early in every normalisation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.classification.rr import RR_FEATURES, rr_features, rr_of_recording

COLUMN = {name: index for index, name in enumerate(RR_FEATURES)}
IN_SECONDS = {"rr_before_s", "rr_local_s"}


def test_a_regular_rhythm_is_zero_in_every_relative_feature() -> None:
    features = rr_features(np.arange(50) * 0.8)
    for name, column in COLUMN.items():
        expected = np.log(0.8) if name in IN_SECONDS else 0.0
        np.testing.assert_allclose(features[:, column], expected, atol=1e-6, err_msg=name)


def test_a_premature_beat_with_a_pause_is_early_before_and_late_after() -> None:
    times = np.arange(60) * 0.8
    times[30] -= 0.3
    features = rr_features(times)
    assert features[30, COLUMN["rr_before"]] == pytest.approx(np.log(0.5 / 0.8), abs=1e-5)
    assert features[30, COLUMN["rr_after"]] == pytest.approx(np.log(1.1 / 0.8), abs=1e-5)
    assert features[30, COLUMN["rr_after_to_before"]] == pytest.approx(np.log(1.1 / 0.5), abs=1e-5)
    assert features[31, COLUMN["rr_before_2"]] == pytest.approx(np.log(0.5 / 0.8), abs=1e-5)


def test_mostly_premature_beats_stay_early_against_the_upper_quartile() -> None:
    intervals = np.tile([0.5, 0.5, 1.1], 40)
    features = rr_features(np.cumsum(intervals))
    early = features[np.append(intervals[1:], 9) == 0.5][5:-5]
    middle = features[40:80]
    assert np.median(np.abs(middle[:, COLUMN["rr_before"]])) < 0.01  # the local median is the early interval itself
    assert (middle[:, COLUMN["rr_before_to_upper"]] < -0.7).mean() > 0.6
    assert len(early)


def test_a_gap_counts_as_regular() -> None:
    times = np.concatenate([np.arange(30) * 0.8, 100 + np.arange(30) * 0.8])
    features = rr_features(times)
    assert abs(features[30, COLUMN["rr_before"]]) < 1e-6
    assert abs(features[29, COLUMN["rr_after"]]) < 1e-6


def test_an_interval_across_unreadable_time_tells_nothing_of_prematurity() -> None:
    fs_hz, samples = 250.0, np.round(np.arange(60) * 0.8 * 250).astype(np.int64)
    samples[31:] -= 75  # beats may have been missed or invented behind an artefact from 24 to 25 s
    quality = np.full((50, 2), 2, dtype=np.uint8)
    seen = rr_of_recording(samples, fs_hz, quality)
    assert seen[31, COLUMN["rr_before"]] == pytest.approx(np.log(0.5 / 0.8), abs=1e-4)
    np.testing.assert_array_equal(seen, rr_features(samples / fs_hz))
    quality[24] = [0, 1]
    np.testing.assert_array_equal(rr_of_recording(samples, fs_hz, quality), seen)
    quality[24] = 0
    unseen = rr_of_recording(samples, fs_hz, quality)
    for name in ("rr_before", "rr_before_to_mean_10", "rr_after_to_before", "rr_before_to_upper"):
        assert unseen[31, COLUMN[name]] == pytest.approx(0, abs=1e-4), name


@given(
    st.lists(st.floats(0.25, 2.5), min_size=0, max_size=60),
    st.floats(0.5, 2.0),
)
def test_relative_features_do_not_change_with_the_clock(intervals: list[float], stretch: float) -> None:
    times = np.cumsum([1.0, *intervals])
    relative = [column for name, column in COLUMN.items() if name not in IN_SECONDS]
    original = rr_features(times)
    assert original.shape == (len(times), len(RR_FEATURES))
    assert np.isfinite(original).all()
    if max(intervals, default=0) * stretch <= 2.9:
        np.testing.assert_allclose(rr_features(times * stretch)[:, relative], original[:, relative], atol=2e-4)
