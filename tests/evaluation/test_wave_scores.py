"""Scores of delineation on constructed cases."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from ecg_core.delineation.waves import ABSENT, Waves
from ecg_core.errors import SourceError
from ecg_core.evaluation.wave_references import LeadReference, WaveReference, ludb
from ecg_core.evaluation.wave_scores import WaveScores
from ecg_core.evaluation.wave_text import wave_text

pytestmark = pytest.mark.slow

FS_HZ = 500.0
ROW = [-100, -80, -60, -20, 0, 20, 100, 140, 180]
BEATS = np.array([1000, 1500, 2000])


def waves_of(rows: list[list[int]]) -> Waves:
    offset = np.array(rows, dtype=np.int16)[:, None, :]
    return Waves(
        BEATS, ("II",), offset, np.ones((3, 1, 3), np.float32), np.ones((3, 1), dtype=bool), offset[:, 0].copy()
    )


def reference_of(start: int = 880, stop: int = 2200) -> WaveReference:
    boundary = BEATS[:, None] + np.array(ROW)
    of_wave = {wave: boundary[:, 3 * at : 3 * at + 3] for at, wave in enumerate(("P", "QRS", "T"))}
    return WaveReference(Path("1.hea"), "1", (LeadReference(of_wave, start, stop),))


def scored(rows: list[list[int]], reference: WaveReference | None = None) -> dict:
    scores = WaveScores()
    scores.add(waves_of(rows), reference or reference_of(), FS_HZ)
    return scores.as_dict()


def test_the_same_boundaries_have_no_error() -> None:
    found = scored([ROW] * 3)
    assert all(found["presence"][wave]["f1"] == 100 for wave in ("P", "QRS", "T"))
    assert all(one["mean_ms"] == 0 and one["sd_ms"] == 0 for one in found["boundaries"].values())
    assert all(one["mean_ms"] == 0 for one in found["intervals"].values())


def test_errors_are_found_minus_marked_in_milliseconds() -> None:
    late = [ROW[0] + 5, *ROW[1:]]
    found = scored([late] * 3)
    assert found["boundaries"]["P on"]["mean_ms"] == 10
    assert found["intervals"]["P"]["mean_ms"] == -10
    assert found["intervals"]["PQ"]["mean_ms"] == -10


def test_an_absent_wave_is_missed_and_one_too_many_is_false() -> None:
    without = [ABSENT, ABSENT, ABSENT, *ROW[3:]]
    found = scored([ROW, without, ROW])
    assert (found["presence"]["P"]["tp"], found["presence"]["P"]["fn"]) == (2, 1)
    moved = [ROW[0] - 100, ROW[1] - 100, ROW[2] - 100, *ROW[3:]]
    found = scored([ROW, moved, ROW])
    assert (found["presence"]["P"]["fp"], found["presence"]["P"]["fn"]) == (1, 1)


def test_what_lies_outside_the_marked_span_is_not_counted() -> None:
    reference = reference_of(start=1300)
    lead = reference.leads[0]
    later = {wave: rows[1:] for wave, rows in lead.of_wave.items()}
    found = scored([ROW] * 3, WaveReference(Path("1.hea"), "1", (LeadReference(later, 1300, 2200),)))
    assert found["presence"]["QRS"] == {"tp": 2, "fp": 0, "fn": 0, "sensitivity": 100, "precision": 100, "f1": 100}


def test_a_boundary_beyond_its_tolerance_lowers_its_f1_alone() -> None:
    far = [*ROW[:8], ROW[8] + 60]
    found = scored([far] * 3)
    assert found["presence"]["T"]["f1"] == 100
    assert found["boundaries"]["T end"]["f1_tolerance"] == 0
    assert found["boundaries"]["T on"]["f1_tolerance"] == 100


def test_the_report_names_the_limits_of_the_standard() -> None:
    figures = {"data": "ludb", "records": 1, **scored([ROW] * 3)}
    text = wave_text(figures, cross_validated=True)
    assert "IEC 60601-2-25" in text
    assert "patients left out" in text
    assert "100.00" in text


def test_a_folder_without_marks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no recordings of LUDB"):
        ludb(tmp_path)


def test_marks_of_ludb_come_in_order(ecg_data: Path, tmp_path: Path) -> None:
    if not (ecg_data / "ludb").is_dir():
        pytest.skip("ludb is not in $ECG_DATA")
    for file in (ecg_data / "ludb" / "data").glob("1.*"):
        shutil.copy(file, tmp_path)
    (reference,) = ludb(tmp_path)
    assert len(reference.leads) == 12
    for lead in reference.leads:
        assert len(lead.of_wave["QRS"]) >= 5
        for rows in lead.of_wave.values():
            assert (np.diff(rows, axis=1) >= 0).all()
            assert ((rows >= lead.start) & (rows < lead.stop)).all()
