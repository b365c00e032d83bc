"""Lines too flat for fibrillation are asystole, whatever the rhythm model takes them for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecg_core.formats import open_recording
from ecg_core.recording import Recording, from_array
from ecg_core.rhythm.flat_lines import without_flat_lines
from ecg_core.rhythm.recognition import load_rhythm_model, recognise_recording
from ecg_core.rhythm.rhythm_classes import IS_VENTRICULAR, RHYTHM_CLASSES

pytestmark = pytest.mark.slow

FS_HZ = 250.0
BEATS_S, AFTER_S = 40, 30
ASYSTOLE = RHYTHM_CLASSES.index("ASYSTOLE")


def recording_of(*leads: np.ndarray, gain: float = 1.0) -> Recording:
    """Beats of 1 mV in every lead, then what each of them holds."""
    time_s = np.arange(round(BEATS_S * FS_HZ)) / FS_HZ
    beats = np.exp(-0.5 * (((time_s + 0.4) % 0.8 - 0.4) / 0.02) ** 2)
    rng = np.random.default_rng(3)
    signal = np.column_stack([np.concatenate([beats, lead]) for lead in leads])
    return from_array(gain * (signal + rng.normal(0, 0.005, signal.shape)), FS_HZ)


def waves(height_mv: float, hz: float = 4.0) -> np.ndarray:
    """Fibrillation's waves of a height on a drift of 2 mV."""
    time_s = np.arange(round(AFTER_S * FS_HZ)) / FS_HZ
    return height_mv / 2 * np.sin(2 * np.pi * hz * time_s) + np.sin(2 * np.pi * 0.1 * time_s)


def ventricular(recording: Recording, given: float = 0.8) -> np.ndarray:
    """What is left of a probability of VF in the seconds behind the beats."""
    probabilities = np.zeros((BEATS_S + AFTER_S, len(RHYTHM_CLASSES)), dtype=np.float32)
    probabilities[:BEATS_S, 0] = 1
    probabilities[BEATS_S:, RHYTHM_CLASSES.index("VF")] = given
    probabilities[BEATS_S:, ASYSTOLE] = 1 - given
    before = probabilities.copy()
    found = without_flat_lines(recording, probabilities)
    assert np.array_equal(probabilities, before)
    assert found.sum(axis=1) == pytest.approx(1)
    assert np.array_equal(found[:BEATS_S], before[:BEATS_S])
    return found[BEATS_S + 2 : -2, IS_VENTRICULAR].sum(axis=1)


def test_drift_and_noise_are_no_fibrillation() -> None:
    assert not ventricular(recording_of(waves(0.0), waves(0.05))).any()


@pytest.mark.parametrize("height_mv", [0.15, 0.5])
def test_fine_fibrillation_stays_if_one_lead_shows_it(height_mv: float) -> None:
    assert ventricular(recording_of(waves(0.0), waves(height_mv))) == pytest.approx(0.8)


def test_a_file_with_a_wrong_gain_is_not_taken_for_flat() -> None:
    assert ventricular(recording_of(waves(0.6), gain=0.1)) == pytest.approx(0.8)


def test_without_calibration_nothing_is_called_flat() -> None:
    recording = recording_of(waves(0.0))
    unknown = replace(recording, leads=tuple(replace(lead, calibrated=False) for lead in recording.leads))
    assert ventricular(unknown) == pytest.approx(0.8)
    assert not ventricular(recording).any()


def test_real_fibrillation_is_kept_and_a_real_asystole_is_not_taken_for_it(ecg_data: Path) -> None:
    def ventricular_s(name: str, first_s: int, last_s: int) -> tuple[int, int]:
        recording = open_recording(ecg_data / "vfdb" / f"{name}.hea")
        raw = recognise_recording(recording, np.empty(0, dtype=np.int64), load_rhythm_model())
        left = without_flat_lines(recording, raw)
        before, after = (int((of[first_s:last_s, IS_VENTRICULAR].sum(axis=1) > 0.1).sum()) for of in (raw, left))
        return before, after

    before, after = ventricular_s("424", 1259, 1365)
    assert before > 90
    assert after == before
    raw, left = ventricular_s("427", 1870, 2070)
    assert left <= raw / 2


def test_reading_in_pieces_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    time_s = np.arange(round(AFTER_S * FS_HZ)) / FS_HZ
    recording = recording_of(waves(0.3) * (np.sin(2 * np.pi * time_s / 20) > 0))
    whole = ventricular(recording)
    assert 0 < (whole > 0).mean() < 1
    monkeypatch.setattr("ecg_core.rhythm.flat_lines._PIECE_S", 7)
    assert np.array_equal(ventricular(recording), whole)
