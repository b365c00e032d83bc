"""The program's reading beside the truth: which beats agree, and Grad-CAM of each."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.teaching.heart import HeartSettings, draw_heart, heart_recording
from ecg_core.teaching.reading import ProgramReading, ReadBeat, compare_beats, read_by_program

FS_HZ = 500.0


def compared(true: str, said: str, said_at: tuple[int, ...]) -> tuple[tuple[ReadBeat, ...], tuple[int, ...]]:
    sample = np.arange(1, len(true) + 1) * 500
    found = np.array(said_at, dtype=np.int64)
    return compare_beats(sample, np.array(list(true)), found, list(said), FS_HZ, 5000, [0.9] * len(said))


def test_beats_are_paired_and_differences_told() -> None:
    beats, found = compared("NAVN", "NNVQ", (500, 1010, 1490, 2600))
    assert [(one.true, one.said, one.agrees) for one in beats] == [
        ("N", "N", True),
        ("S", "N", False),
        ("V", "V", True),
        ("N", "", False),
        ("", "Q", False),
    ]
    assert found == (0, 1, 2, -1, 3)
    assert [one.probability for one in beats] == [0.9, 0.9, 0.9, None, 0.9]
    reading = ProgramReading(beats, (), (), "", {}, (None,) * 5)
    assert (reading.n_agreeing, len(reading.counted)) == (2, 5)


def test_a_beat_that_the_recording_cuts_off_may_be_missed_but_not_called_another() -> None:
    missed = compare_beats(np.array([50, 2000]), np.array(["N", "N"]), np.array([2000]), ["N"], FS_HZ, 5000)[0]
    assert missed[0].cut_off
    assert missed[0].agrees
    wrong = compare_beats(np.array([50]), np.array(["N"]), np.array([50]), ["V"], FS_HZ, 5000)[0]
    assert not wrong[0].agrees
    assert ProgramReading(missed, (), (), "", {}, (None, None)).counted == missed[1:]


@pytest.mark.tensorflow
def test_the_program_reads_ectopic_beats_of_the_heart_and_explains_each() -> None:
    from ecg_core.classification.model import load_model

    settings = HeartSettings(pvc_percent=20)
    stages: list[str] = []
    reading = read_by_program(
        heart_recording(settings),
        draw_heart(settings).annotations,
        load_model(),
        lambda stage, _: stages.append(stage),
    )
    assert [one.true for one in reading.beats].count("V") == 2
    assert reading.n_agreeing == len(reading.counted)
    assert "single ventricular beat" in reading.rhythms
    assert reading.measured["pr_ms"] == pytest.approx(160, abs=15)
    assert stages
    assert reading.looked_for.startswith("Looked for ")
    assert "; not assessed: " in reading.looked_for
    for beat, saliency in zip(reading.beats, reading.saliency, strict=True):
        assert saliency is not None
        assert saliency.start_s <= beat.at_s < saliency.stop_s
        assert saliency.weights.shape[1] == 12
        assert saliency.weights.max() > 100
        assert saliency.weights.std() > 5
