"""The analysis of a stream that has ended is the analysis of the same recording, as far as docs/live.md says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from latency import NoModel, feed

from ecg_core.analysis import Analysis, analyse
from ecg_core.formats import open_recording
from ecg_core.live.analyser import SETTLED_S, LiveAnalyser, LiveState
from ecg_core.live.findings import StreamFindings
from ecg_core.live.growing import GrowingSignal
from ecg_core.live.protocol import StreamHeader
from ecg_core.recording import Recording, from_array
from ecg_core.rhythm import Span
from ecg_core.sources.demos import demo_folder

pytestmark = pytest.mark.slow


def finished(recording: Recording, folder: Path, model: object, step_s: float) -> LiveState:
    """Stream a recording to its end."""
    signal, fs_hz = recording.read(), recording.fs_hz
    grown = GrowingSignal(StreamHeader("x", fs_hz, recording.leads), folder / "signal")
    analyser = LiveAnalyser(grown, model)  # type: ignore[arg-type]
    size = round(step_s * fs_hz)
    for start in range(0, len(signal), size):
        grown.append(signal[start : start + size])
        analyser.step()
    state = analyser.finish()
    assert state is not None
    return state


def samples(analysis: Analysis) -> list[int]:
    return [int(sample) for sample in analysis.beats["sample"]]


def in_memory(recording: Recording, stop_s: float) -> Recording:
    return from_array(recording.read(0, round(stop_s * recording.fs_hz)), recording.fs_hz, recording.lead_names)


def test_beats_and_quality_of_a_finished_stream_are_those_of_its_recording(tmp_path: Path) -> None:
    recording = in_memory(open_recording(demo_folder() / "demo_pvc.hea"), 300)
    state = finished(recording, tmp_path, NoModel(), step_s=20.0)
    whole = analyse(recording, NoModel(), cache=False, group=False)  # type: ignore[arg-type]
    assert state.settled >= SETTLED_S * recording.fs_hz
    assert samples(state.analysis) == samples(whole)
    np.testing.assert_array_equal(state.analysis.quality, whole.quality)
    assert state.recording.n_samples == recording.n_samples
    assert state.analysis.summary.n_beats == whole.summary.n_beats


@pytest.mark.tensorflow
def test_classes_of_a_finished_stream_are_those_of_its_recording_but_for_few(tmp_path: Path) -> None:
    from ecg_core.classification.model import load_model

    recording = in_memory(open_recording(demo_folder() / "demo_pvc.hea"), 200)
    state = finished(recording, tmp_path, load_model(), step_s=25.0)
    whole = analyse(recording, load_model(), cache=False, group=False)
    assert samples(state.analysis) == samples(whole)
    ours, theirs = state.analysis.beats["label"].to_numpy(), whole.beats["label"].to_numpy()
    assert (ours == theirs).mean() > 0.98
    assert set(theirs) > {"N"}


def test_only_the_newest_seconds_change_from_step_to_step() -> None:
    recording = open_recording(demo_folder() / "demo_pvc.hea")
    signal = recording.read(0, round(125 * recording.fs_hz))
    before: LiveState | None = None
    for analyser in feed(signal, recording.fs_hz, recording.leads, NoModel(), first_s=110.0, step_s=3.0):
        state = analyser.state
        assert state is not None
        if before is not None:
            assert state.changed_from > 0
            kept = [sample for sample in samples(before.analysis) if sample < state.changed_from]
            assert samples(state.analysis)[: len(kept)] == kept
        before = state


def test_what_runs_ahead_is_analysed_in_bounded_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []

    def watched(recording: Recording, *args: object, **options: object) -> Analysis:
        seen.append(recording.duration_s)
        return analyse(recording, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("ecg_core.live.analyser.analyse", watched)
    fs_hz = 250.0
    grown = GrowingSignal(
        StreamHeader("x", fs_hz, open_recording(demo_folder() / "demo_pvc.hea").leads), tmp_path / "s"
    )
    analyser = LiveAnalyser(grown, NoModel())  # type: ignore[arg-type]
    grown.append(np.zeros((round(900 * fs_hz), 3), np.float32))
    while analyser.step() is not None:
        pass
    grown.close()
    assert len(seen) >= 3
    assert max(seen) <= 480


def test_a_rhythm_that_goes_on_across_windows_stays_one_event() -> None:
    empty = StreamFindings.none(1)
    fs_hz = 100.0
    seconds = {"quality": np.full((60, 1), 2, np.uint8), "rhythm": np.zeros((60, 8), np.float32)}

    def found(start: int, stop: int, reason: str) -> StreamFindings:
        return StreamFindings(**{**empty.__dict__, **seconds, "spans": (Span(start, stop, "VT", reason),)})

    first = empty.taken_over(found(2000, 6000, "9 broad complexes"), 0, 0, None, fs_hz)
    # The next window begins at 30 s and holds from 40 s on.
    both = first.taken_over(found(3000, 8000, "12 broad complexes"), 30, 40, None, fs_hz)
    (span,) = both.spans
    assert (span.start_sample, span.stop_sample) == (2000, 8000)
    assert span.reason == "60 s in all; latest part: 12 broad complexes"
    assert len(both.quality) == 90


def test_beats_at_the_border_of_two_windows_are_neither_lost_nor_doubled() -> None:
    empty = StreamFindings.none(1)
    fs_hz = 100.0

    def found(*at: int) -> StreamFindings:
        n = len(at)
        changes = {
            "sample": np.array(at, np.int64),
            "probabilities": np.zeros((n, 5), np.float32),
            "p_evidence": np.zeros(n, np.float32),
            "quality": np.full((60, 1), 2, np.uint8),
            "rhythm": np.zeros((60, 8), np.float32),
        }
        return StreamFindings(**{**empty.__dict__, **changes})

    first = empty.taken_over(found(1000, 2000, 2999, 4000), 0, 0, None, fs_hz)
    second = first.taken_over(found(3001, 4001, 5000), 0, 30, None, fs_hz)
    assert second.sample.tolist() == [1000, 2000, 2999, 4001, 5000]
