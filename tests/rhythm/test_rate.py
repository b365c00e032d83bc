"""Heart rate: exact on exact beats, absent where it cannot be told."""

from __future__ import annotations

import numpy as np
import pytest
from beats_for_tests import FS_HZ, grid, length, table

from ecg_core.rhythm import instantaneous_rate, rate_range, rate_trend, smoothed_rate


def test_regular_beats_have_their_rate_everywhere() -> None:
    beats = table([0.8] * 100)
    rate = rate_range(beats, FS_HZ)
    assert (rate.mean_bpm, rate.min_bpm, rate.max_bpm) == pytest.approx((75.0, 75.0, 75.0))
    assert np.isnan(instantaneous_rate(beats, FS_HZ)[0])
    assert instantaneous_rate(beats, FS_HZ)[1:] == pytest.approx(75.0)


def test_minimum_and_maximum_are_means_of_eight_intervals() -> None:
    beats = table([0.8] * 20 + [1.2] * 8 + [0.8] * 20 + [0.5] * 8 + [0.8] * 20)
    rate = rate_range(beats, FS_HZ)
    assert rate.min_bpm == pytest.approx(50.0)
    assert rate.max_bpm == pytest.approx(120.0)
    sample = beats["sample"].to_numpy()
    assert sample[20] < rate.min_sample < sample[28]  # type: ignore[operator]
    assert sample[48] < rate.max_sample < sample[56]  # type: ignore[operator]


def test_premature_beat_and_its_pause_leave_the_rate_alone() -> None:
    beats = table([0.8] * 20 + [0.5, 1.1] + [0.8] * 20, "N" * 21 + "V" + "N" * 21)
    rate = rate_range(beats, FS_HZ)
    assert rate.mean_bpm == pytest.approx(75.0)
    assert rate.max_bpm == pytest.approx(60 * 8 / (7 * 0.8 + 0.5))


def test_ventricular_run_is_not_the_maximum_heart_rate() -> None:
    rr = [0.8] * 20 + [0.3] * 12 + [0.8] * 20
    beats = table(rr, "N" * 20 + "V" * 13 + "N" * 20)
    assert rate_range(beats, FS_HZ).max_bpm == pytest.approx(75.0)
    assert rate_range(table(rr), FS_HZ).max_bpm == pytest.approx(200.0)


def test_bigeminy_has_a_rate() -> None:
    beats = table([0.5, 1.1] * 20, "NV" * 20 + "N")
    assert rate_range(beats, FS_HZ).mean_bpm == pytest.approx(75.0)
    assert rate_range(beats, FS_HZ).min_bpm == pytest.approx(75.0)


def test_beat_to_beat_rate_is_of_n_to_n_intervals_where_beats_have_classes() -> None:
    beats = table([0.8, 0.5, 1.1, 0.8], "NNVNN")
    assert instantaneous_rate(beats, FS_HZ) == pytest.approx([np.nan, 75.0, np.nan, np.nan, 75.0], nan_ok=True)
    assert not np.isnan(instantaneous_rate(beats.assign(label=None), FS_HZ)[1:]).any()


def test_interval_across_unreadable_signal_is_left_out() -> None:
    beats = table([0.8] * 20 + [6.0] + [0.8] * 20)
    quality = grid(beats, range(19, 22))
    rate = rate_range(beats, FS_HZ, quality)
    assert (rate.min_bpm, rate.mean_bpm) == pytest.approx((75.0, 75.0))
    assert rate_range(beats, FS_HZ).min_bpm < 50  # type: ignore[operator]
    assert np.isnan(instantaneous_rate(beats, FS_HZ, quality)[21])


def test_beats_own_grades_serve_without_a_quality_grid() -> None:
    beats = table([0.8] * 20)
    beats["quality"] = 2
    beats.loc[10, "quality"] = 0
    assert np.flatnonzero(np.isnan(instantaneous_rate(beats, FS_HZ))).tolist() == [0, 10, 11]


@pytest.mark.parametrize("n_beats", [0, 1, 2, 8])
def test_too_few_beats_have_no_extremes(n_beats: int) -> None:
    beats = table([0.8] * max(n_beats - 1, 0)).iloc[:n_beats]
    rate = rate_range(beats, FS_HZ)
    assert rate.min_bpm is rate.max_bpm is rate.min_sample is None
    assert (rate.mean_bpm is None) == (n_beats < 2)
    assert np.isnan(smoothed_rate(beats, FS_HZ)).all()


def test_trend_has_a_row_for_each_started_minute_and_absent_rates_where_nothing_is_readable() -> None:
    beats = table([1.0] * 59 + [90.0] + [0.5] * 120, "N" * 60 + "V" + "N" * 120, begin_s=0.5)
    n_samples = length(beats)
    quality = grid(beats, range(61, 150))
    trend = rate_trend(beats, FS_HZ, n_samples, quality)
    assert len(trend) == int(np.ceil(n_samples / FS_HZ / 60)) == 4
    assert trend["start_sample"].tolist() == [0, 15000, 30000, 45000]
    assert trend["rate_bpm"].tolist() == pytest.approx([60.0, np.nan, 120.0, 120.0], nan_ok=True)
    assert trend["n_beats"].sum() == len(beats)
    assert trend["n_v"].tolist() == [0, 0, 1, 0]
    assert np.isnan(trend["min_bpm"][1])
    assert rate_trend(beats.assign(label=None), FS_HZ, n_samples, quality)["n_v"].isna().all()


def test_trend_of_no_beats() -> None:
    trend = rate_trend(table([]).iloc[:0], FS_HZ, 30000)
    assert trend["rate_bpm"].isna().all()
    assert trend["n_beats"].tolist() == [0, 0]
