"""Short runs that the rhythm network names keep their beats, and no standstill is told inside a ventricular rhythm."""

from __future__ import annotations

import numpy as np
from beats_for_tests import FS_HZ, grid, length, table

from ecg_core.agreement import agree
from ecg_core.detection import Detection
from ecg_core.detection.tachycardia import regular_run
from ecg_core.recording import from_array
from ecg_core.rhythm import Span
from ecg_core.rhythm.episodes import episodes_of
from ecg_core.rhythm.intervals import intervals, not_across
from ecg_core.rhythm.ventricular import VentricularSpan


def test_a_regular_run_is_found_without_the_beats_around_it() -> None:
    rr_s = [0.85, 0.8, 0.46, 0.34, 0.36, 0.35, 0.34, 0.58, 0.83]
    assert regular_run(np.cumsum([0.0, *rr_s])) == (3, 7)
    assert regular_run(np.cumsum([0.0, 0.8, 0.9, 0.8])) == (0, 0)
    assert regular_run(np.array([])) == (0, 0)


def test_a_short_run_keeps_the_beats_that_were_detected() -> None:
    rr_s = [0.85] * 10 + [0.5] + [0.35] * 4 + [0.9] + [0.85] * 10
    sample = table(rr_s)["sample"].to_numpy()
    n_samples = int(sample[-1] + FS_HZ)
    recording = from_array(np.zeros((n_samples, 1), dtype=np.float32), FS_HZ, ["II"])
    quality = np.full((n_samples // int(FS_HZ) + 1, 1), 2, dtype=np.uint8)
    begin_s = int(sample[11] / FS_HZ)
    found = VentricularSpan(begin_s, begin_s + 3, certain=True, probability=0.6, vf_share=0.0)
    agreed = agree(recording, Detection(sample, quality), [found])
    assert agreed.sample.tolist() == sample.tolist()
    assert agreed.without_beats == ()
    (span,) = agreed.spans
    assert (span.kind, span.start_sample, span.stop_sample) == ("VT", sample[11], sample[15] + 1)
    assert span.reason.startswith("5 broad complexes at 171 bpm")
    fibrillating = VentricularSpan(begin_s, begin_s + 3, certain=True, probability=0.6, vf_share=0.9)
    assert len(agree(recording, Detection(sample, quality), [fibrillating]).sample) < len(sample)


def test_fibrillation_is_no_asystole_but_what_follows_it_may_be() -> None:
    beats = table([0.8] * 10 + [20.0] + [0.8] * 10, "N" * 22)
    last = int(beats["sample"][10])

    def found(length_s: float) -> list[tuple[str, int]]:
        start = round((last / FS_HZ + 1) * FS_HZ)
        span = Span(start, start + round(length_s * FS_HZ), "VF", "", "signal")
        apart = not_across(intervals(beats, FS_HZ, grid(beats)), [(span.start_sample, span.stop_sample)])
        listed = episodes_of(apart, FS_HZ, length(beats), grid(beats), spans=[span])
        listed = listed[listed["kind"].isin(["VF", "ASYSTOLE"])]
        return list(zip(listed["kind"], listed["stop_sample"], strict=True))

    assert [kind for kind, _ in found(18)] == ["VF"]
    assert [kind for kind, _ in found(8)] == ["VF", "ASYSTOLE"]
    assert found(8)[1][1] == beats["sample"][11]


def test_a_slow_regular_rhythm_is_no_tachycardia_but_below_pacing_not_passed_over() -> None:
    sample = np.arange(1, 60) * round(0.87 * FS_HZ)
    n_samples = int(sample[-1] + FS_HZ)
    recording = from_array(np.zeros((n_samples, 1), dtype=np.float32), FS_HZ, ["II"])
    quality = np.full((n_samples // int(FS_HZ) + 1, 1), 2, dtype=np.uint8)
    found = VentricularSpan(10, 20, certain=True, probability=0.6, vf_share=0.1)
    assert agree(recording, Detection(sample, quality), [found]).spans == ()
    agreed = agree(recording, Detection(sample, quality), [found], paced=True)
    assert agreed.sample.tolist() == sample.tolist()
    assert agreed.without_beats == ()
    assert {span.kind for span in agreed.spans} == {"POSSIBLE_VT"}
    assert "beats at 69 bpm" in agreed.spans[0].reason
    quality[8:22] = 0  # beats of unreadable signal rule nothing out
    assert {span.kind for span in agree(recording, Detection(sample, quality), [found]).spans} == {"VT"}


def test_only_the_seconds_of_a_named_rhythm_become_readable() -> None:
    """Unreadable seconds inside a span that is given up, being too slow for a tachycardia, stay unreadable."""
    sample = np.arange(1, 60) * round(0.87 * FS_HZ)
    n_samples = int(sample[-1] + FS_HZ)
    recording = from_array(np.zeros((n_samples, 1), dtype=np.float32), FS_HZ, ["II"])
    quality = np.full((n_samples // int(FS_HZ) + 1, 1), 2, dtype=np.uint8)
    quality[12:15] = 0
    given_up = VentricularSpan(10, 20, certain=True, probability=0.6, vf_share=0.1)
    agreed = agree(recording, Detection(sample, quality), [given_up])
    assert agreed.spans == ()
    np.testing.assert_array_equal(agreed.quality, quality)
    fibrillation = VentricularSpan(10, 20, certain=True, probability=0.9, vf_share=0.9)
    agreed = agree(recording, Detection(sample, quality), [fibrillation])
    assert [span.kind for span in agreed.spans] == ["VF"]
    assert (agreed.quality[10:20] > 0).all()
