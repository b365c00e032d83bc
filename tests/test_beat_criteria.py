"""Clinical criteria of beats whose cause is known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from ecg_core.analysis import Analysis, analyse
from ecg_core.beat_criteria import BeatReasons, beat_reasons
from ecg_core.recording import Recording, from_array
from ecg_core.synthesis import generate, scenarios
from ecg_core.synthesis.conditions import CONDITIONS, tracing_of

pytestmark = pytest.mark.slow


@cache
def labelled(scenario: str) -> tuple[Recording, Analysis]:
    """A demo recording, delineated, with its true classes."""
    made = generate(scenarios()[scenario], duration_s=120, seed=3)
    recording = from_array(made.signal, made.fs_hz, made.lead_names, scenario)
    analysis = analyse(recording, None, cache=False, waves=True)
    samples, symbols = made.annotations.beats()
    found = analysis.beats["sample"].to_numpy()
    nearest = np.abs(found[:, None] - samples[None, :]).argmin(axis=1)
    classes = {"N": "N", "A": "S", "V": "V", "F": "F"}
    beats = analysis.beats.assign(label=[classes[str(symbols[at])] for at in nearest])
    return recording, replace(analysis, beats=beats)


def first(scenario: str, label: str) -> BeatReasons:
    """The reasons of the first beat of a class between two normal ones."""
    recording, analysis = labelled(scenario)
    labels = analysis.beats["label"].to_numpy(dtype=str)
    for row in range(3, len(labels) - 2):
        if labels[row] == label and labels[row - 1] == labels[row + 1] == "N":
            return beat_reasons(analysis, recording.fs_hz, row)
    raise AssertionError(label)


def met(reasons: BeatReasons, name: str) -> bool | None:
    (one,) = [each for each in reasons.criteria if each.name == name]
    return one.met


def test_a_ventricular_beat_is_wide_early_and_followed_by_a_full_pause() -> None:
    reasons = first("demo_pvc", "V")
    assert all(met(reasons, name) for name in ("QRS width", "Timing", "Pause after"))
    assert "full compensatory pause" in reasons.summary
    assert "early" in reasons.summary
    assert (reasons.intervals_ms["qrs_ms"] or 0) > 110


def test_an_atrial_beat_is_narrow_early_and_its_pause_is_not_compensatory() -> None:
    reasons = first("demo_pac", "S")
    assert all(met(reasons, name) for name in ("QRS width", "Timing", "Pause after"))


def test_a_normal_beat_is_on_time_with_its_p_wave() -> None:
    reasons = first("demo_pvc", "N")
    assert met(reasons, "QRS width")
    assert met(reasons, "P wave before")
    assert met(reasons, "Shape")
    assert "Pause after" not in [one.name for one in reasons.criteria]


def test_without_waves_what_rests_on_them_is_not_measurable() -> None:
    recording, analysis = labelled("demo_pvc")
    reasons = beat_reasons(replace(analysis, waves=None), recording.fs_hz, 5)
    assert met(reasons, "QRS width") is None
    assert met(reasons, "P wave before") is None
    assert all(value is None for value in reasons.intervals_ms.values())
    assert met(reasons, "Timing") is not None


def test_a_paced_beat_follows_its_spike() -> None:
    tracing = tracing_of(CONDITIONS["paced_ventricular"], fs_hz=1000.0, duration_s=20.0)
    recording = from_array(tracing.signal_mv, 1000.0, tracing.lead_names)
    analysis = analyse(recording, None, cache=False, waves=True)
    beats = analysis.beats.assign(label="Q")
    reasons = beat_reasons(replace(analysis, beats=beats), 1000.0, 5)
    if analysis.paced is None:
        pytest.fail("no pacing spikes found")
    assert met(reasons, "Pacing spike")
    assert "pacing spike before" in reasons.summary


def test_a_recording_of_few_beats_says_what_cannot_be_told() -> None:
    recording, analysis = labelled("demo_pvc")
    few = replace(analysis, beats=analysis.beats.iloc[:2], waves=None, paced=None)
    reasons = beat_reasons(few, recording.fs_hz, 1)
    assert met(reasons, "Timing") is None
