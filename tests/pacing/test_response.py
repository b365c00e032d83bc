"""Which beats are paced, which spikes have no answer, and what is named of it."""

from __future__ import annotations

import numpy as np
import pytest
from paced_ecg import Paced, asystole_after, atrial, dual, fibrillation_on_demand, ventricular, without_capture

from ecg_core.pacing import PacingSpikes, described, find_beats_and_spikes, no_spikes, pacing_spans, response
from ecg_core.pacing.response import mode_name
from ecg_core.recording import from_array
from ecg_core.rhythm import Span

FS = 500.0


def spikes_at(*at: tuple[float, str]) -> PacingSpikes:
    return PacingSpikes(
        np.array([round(FS * at_s) for at_s, _ in at], dtype=np.int64),
        np.ones((len(at), 1), dtype=bool),
        np.array([chamber for _, chamber in at]),
    )


def beats_at(*at_s: float) -> np.ndarray:
    return np.array([round(FS * one) for one in at_s], dtype=np.int64)


def analysed(made: Paced, **form: float) -> tuple[np.ndarray, PacingSpikes, list[Span]]:
    signal = made.finish(**form)
    detection, spikes = find_beats_and_spikes(from_array(signal, made.fs_hz))
    answer = response(spikes, detection.sample, made.fs_hz, len(signal), detection.quality)
    spans = pacing_spans(spikes, answer, detection.sample, made.fs_hz, len(signal), detection.quality)
    return detection.sample, spikes, spans


def kinds(spans: list[Span]) -> list[str]:
    return [span.kind for span in spans]


@pytest.mark.parametrize(
    ("made", "mode"),
    [(ventricular(FS), "ventricular pacing"), (dual(FS), "dual-chamber pacing"), (atrial(FS), "atrial pacing")],
    ids=["VVI", "DDD", "AAI"],
)
def test_a_paced_rhythm_is_named_with_its_mode(made: Paced, mode: str) -> None:
    beats, _, spans = analysed(made)
    assert kinds(spans) == ["PACED"]
    assert spans[0].reason.startswith(f"{mode}, ")
    assert spans[0].source == "pacing"
    assert f"{len(beats)} of {len(beats)} beats after a spike" in spans[0].reason


@pytest.mark.parametrize("fs_hz", [250.0, 500.0])
def test_spikes_without_capture_are_counted(fs_hz: float) -> None:
    made = without_capture(fs_hz)
    beats, _, spans = analysed(made)
    assert len(beats) == len(made.beats_s)
    capture = [span for span in spans if span.kind == "CAPTURE"]
    assert len(capture) == 1
    n_failed = len(made.ventricular_s) - len(made.beats_s)
    assert capture[0].reason.startswith(f"{n_failed} of ")
    assert np.diff(beats).max() > 1.9 * fs_hz  # pauses stand


@pytest.mark.parametrize("form", [{}, {"leads": 3}, {"height_mv": 10.0, "tail": 0.1}], ids=["plain", "leads", "tail"])
def test_spikes_alone_are_asystole(form: dict[str, float]) -> None:
    made = asystole_after(FS)
    beats, _, spans = analysed(made, **form)
    assert len(beats) == len(made.beats_s)
    asystole = [span for span in spans if span.kind == "ASYSTOLE"]
    assert len(asystole) == 1
    assert asystole[0].start_sample / FS == pytest.approx(19.8, abs=0.3)
    assert asystole[0].stop_sample == round(60 * FS)


def test_a_recording_without_any_beat_is_asystole_throughout() -> None:
    made = asystole_after(FS, captured_s=0.0, duration_s=30.0)
    beats, spikes, spans = analysed(made)
    assert not len(beats)
    assert len(spikes) == len(made.ventricular_s)
    assert {"ASYSTOLE", "CAPTURE"} == set(kinds(spans))
    asystole = next(span for span in spans if span.kind == "ASYSTOLE")
    assert (asystole.start_sample, asystole.stop_sample) == (0, round(30 * FS))


def test_flutter_of_the_ventricles_behind_spikes_is_not_called_asystole() -> None:
    made = ventricular(FS, 10.0)
    signal = made.finish()
    time_s = np.arange(len(signal)) / FS
    signal[:, 0] = 0.4 * np.sin(2 * np.pi * 5 * time_s) + 0.01 * np.random.default_rng(0).standard_normal(len(signal))
    for at_s in made.ventricular_s:
        signal[round(at_s * FS), 0] += 3
    detection, spikes = find_beats_and_spikes(from_array(signal, FS))
    answer = response(spikes, detection.sample, FS, len(signal), detection.quality)
    assert "ASYSTOLE" not in kinds(pacing_spans(spikes, answer, detection.sample, FS, len(signal), detection.quality))


def test_pacing_on_demand_in_fibrillation() -> None:
    made = fibrillation_on_demand(FS)
    beats, spikes, spans = analysed(made)
    assert abs(len(spikes) - len(made.ventricular_s)) <= 1
    assert abs(len(beats) - len(made.beats_s)) <= 1
    assert set(kinds(spans)) == {"PACED"}


def test_only_beats_soon_after_a_ventricular_spike_are_paced() -> None:
    spikes = spikes_at((1.0, "V"), (2.0, "A"), (3.0, "A"), (3.16, "V"), (4.0, "V"))
    answer = response(spikes, beats_at(1.09, 2.2, 3.25, 4.6), FS, round(10 * FS))
    assert answer.mode.tolist() == ["V", "A", "D", ""]
    assert answer.ventricular.tolist() == [True, False, True, False]
    assert answer.failed.tolist() == [False, False, False, False, True]


def test_a_spike_in_the_refractory_period_has_not_lost_capture_but_was_not_inhibited() -> None:
    answer = response(spikes_at((1.2, "V"), (3.01, "V")), beats_at(1.0, 2.0, 3.0), FS, round(10 * FS))
    assert not answer.failed.any()
    assert answer.unsensed.tolist() == [True, True]


def test_a_qrs_that_detection_overlooked_is_no_loss_of_capture() -> None:
    spikes = spikes_at((1.0, "V"), (2.0, "V"), (3.0, "V"))
    beats = beats_at(1.09, 3.09)
    assert response(spikes, beats, FS, 5000).failed.tolist() == [False, True, False]
    seen = PacingSpikes(spikes.sample, spikes.leads, spikes.chamber, True, np.array([1, 0.9, 1], np.float32))
    assert not response(seen, beats, FS, 5000).failed.any()


def test_unreadable_signal_and_the_end_of_the_recording_prove_nothing() -> None:
    spikes = spikes_at((1.5, "V"), (9.9, "V"))
    quality = np.full((10, 1), 2, np.uint8)
    assert response(spikes, beats_at(0.5), FS, 5000, quality).failed.tolist() == [True, False]
    quality[1] = 0
    assert not response(spikes, beats_at(0.5), FS, 5000, quality).failed.any()


def test_undersensing_is_said_in_the_reason() -> None:
    spikes = spikes_at(*((float(at_s), "V") for at_s in range(1, 19)))
    beats = beats_at(*(at_s + 0.09 for at_s in range(1, 9)), 8.8, 9.8, *(at_s + 0.09 for at_s in range(11, 19)))
    (span,) = pacing_spans(spikes, response(spikes, beats, FS, 10_000), beats, FS, 10_000)
    assert span.kind == "PACED"
    assert span.reason.endswith("; 2 spikes in or shortly after an intrinsic QRS: undersensing?")


def test_what_is_told_where_nothing_can_be_seen_and_where_nothing_is() -> None:
    assert described(None, None) is None
    blind = described(no_spikes(1, assessable=False), None)
    assert blind is not None
    assert blind["assessable"] is False
    assert "250 Hz" in blind["note"]
    assert described(no_spikes(1), None) == {"assessable": True, "n_spikes": 0}
    assert mode_name(np.array(["V"] * 30 + ["D"] * 30 + ["A"])) == "ventricular and dual-chamber pacing"
    assert mode_name(np.array(["", ""])) is None
