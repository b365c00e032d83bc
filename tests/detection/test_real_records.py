"""Detection on real, annotated recordings (of the training half only)."""

from pathlib import Path

import numpy as np
import pytest

from ecg_core.detection import detect_recording
from ecg_core.formats import open_recording

pytestmark = [pytest.mark.data, pytest.mark.slow]


def found_and_missed(folder: Path, leads: list[int]) -> tuple[int, int, int, np.ndarray]:
    """Return beats found, missed and falsely claimed within 150 ms, and the errors in ms."""
    recording = open_recording(folder)
    annotations = recording.annotations("atr")
    assert annotations is not None
    reference = annotations.beats()[0]
    sample = detect_recording(recording, leads).sample
    nearest = np.abs(sample[:, None] - reference[None]).argmin(axis=0)
    error_ms = (sample[nearest] - reference) / recording.fs_hz * 1000
    hit = np.abs(error_ms) <= 150
    n_found = len(np.unique(nearest[hit]))
    return n_found, len(reference) - n_found, len(sample) - n_found, error_ms[hit]


@pytest.mark.parametrize(
    ("record", "missed_at_most", "false_at_most"),
    [("mitdb/119", 0, 1), ("mitdb/208", 20, 4), ("mitdb/108", 15, 25), ("svdb/800", 0, 2)],
)
def test_beats_of_a_first_lead(ecg_data: Path, record: str, missed_at_most: int, false_at_most: int) -> None:
    found, missed, false, _ = found_and_missed(ecg_data / record, [0])
    assert found > 1700
    assert missed <= missed_at_most
    assert false <= false_at_most


def test_second_lead_recovers_beats_that_the_first_lost(ecg_data: Path) -> None:
    _, missed_by_one, _, _ = found_and_missed(ecg_data / "mitdb/116", [0])
    _, missed_by_two, _, _ = found_and_missed(ecg_data / "mitdb/116", [0, 1])
    assert missed_by_one > 10
    assert missed_by_two <= 3


def test_positions_sit_where_the_reference_has_them(ecg_data: Path) -> None:
    _, _, _, error_ms = found_and_missed(ecg_data / "mitdb/112", [0])
    assert np.abs(error_ms).mean() < 3
