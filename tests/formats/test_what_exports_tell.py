"""What the product's own exports say, and anybody's file may say too: believed only as far as it makes sense."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

import numpy as np
import pytest
from dicom_writing import channel, code, group
from dicom_writing import write as write_dicom
from pydicom.dataset import Dataset

from ecg_core.errors import RecordingError
from ecg_core.export.signal import write_signal
from ecg_core.formats import open_recording
from ecg_core.recording import from_array

SIGNAL = (np.rint(300 * np.sin(np.arange(1000)[:, None] / 20)) * 0.005).astype(np.float32)


@pytest.fixture
def edf(tmp_path: Path) -> Path:
    return write_signal(from_array(SIGNAL, 360.0, ["II"]), tmp_path, "edf", stem="x")[0]


def overwritten(path: Path, at: int, text: str, width: int) -> Path:
    content = bytearray(path.read_bytes())
    content[at : at + width] = text.encode().ljust(width)
    path.write_bytes(bytes(content))
    return path


@pytest.mark.parametrize(
    ("date", "clock", "recording", "wanted"),
    [
        ("01.01.85", "00.00.00", "Startdate X X X X", None),
        ("01.01.85", "07.08.09", "Startdate X X X X", time(7, 8, 9)),
        ("02.01.85", "07.08.09", "Startdate X X X X", datetime(1985, 1, 2, 7, 8, 9)),
        ("01.01.85", "00.00.00", "", datetime(1985, 1, 1)),
        ("01.01.85", "00.00.00", "Startdate 01-JAN-1985 X X X", datetime(1985, 1, 1)),
        ("03.02.01", "99.00.00", "Startdate X X X X", None),
    ],
)
def test_a_date_that_edf_declares_unknown_is_none(
    edf: Path, date: str, clock: str, recording: str, wanted: datetime | time | None
) -> None:
    overwritten(overwritten(overwritten(edf, 168, date, 8), 176, clock, 8), 88, recording, 80)
    assert open_recording(edf).start_time == wanted


@pytest.mark.parametrize("told", ["0", "1", "639", "1081", "999999999999"])
def test_a_number_of_samples_that_the_records_do_not_bear_out_is_passed_over(edf: Path, told: str) -> None:
    whole = open_recording(edf)
    assert whole.n_samples == 1000
    overwritten(edf, 192, f"EDF+C, {told} samples a signal", 44)
    n_samples = open_recording(edf).n_samples
    assert n_samples >= 1000
    assert n_samples % 250 == 0 or n_samples % 360 == 0


def test_only_what_says_so_has_absent_samples_at_its_digital_minimum(tmp_path: Path) -> None:
    gaps = SIGNAL.copy()
    gaps[100:120] = np.nan
    (path,) = write_signal(from_array(gaps, 360.0, ["II"]), tmp_path, "edf", stem="x")
    assert np.isnan(open_recording(path).read()).sum() == 20
    overwritten(path, 256 + 2 * 16, "AgCl", 80)
    assert not np.isnan(open_recording(path).read()).any()


def marks_beside(folder: Path, text: str) -> Path:
    (path,) = write_signal(from_array(SIGNAL, 360.0, ["II"]), folder, "csv", stem="x")
    (folder / "x.annotations.csv").write_text(text)
    return path


def test_annotations_beside_a_table_are_cut_to_it(tmp_path: Path) -> None:
    path = marks_beside(tmp_path, "sample,symbol,aux\n-1,N,\n1000,N,\n5,'+,(AFIB\n3,V,\n999,,x\n")
    marks = open_recording(path).annotations()
    assert marks is not None
    assert marks.sample.tolist() == [3, 5, 999]
    assert (marks.symbol.tolist(), marks.aux) == (["V", "+", '"'], ("", "(AFIB", "x"))


@pytest.mark.parametrize(
    "text",
    ["sample,symbol\nx,N\n", "a,b\n1,2\n", "sample\n1\n", "sample,symbol\n" + "9" * 5000 + ",N\n", "\0\0\n1,2\n3,4"],
)
def test_annotations_that_are_none_are_said_and_the_recording_opens(tmp_path: Path, text: str) -> None:
    recording = open_recording(marks_beside(tmp_path, text))
    assert recording.n_samples == 1000
    with pytest.raises(RecordingError, match="no table of annotations; the recording opens without it"):
        recording.annotations()


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        ("2020-01-02T03:04:05.5", datetime(2020, 1, 2, 3, 4, 5, 500_000)),
        ("2020-01-02T03:04:05+02:00", datetime(2020, 1, 2, 3, 4, 5)),
        ("03:04:05", time(3, 4, 5)),
        ("tomorrow", None),
        ("99:99:99", None),
    ],
)
def test_a_tables_start_is_a_time_or_nothing(tmp_path: Path, start: str, wanted: datetime | time | None) -> None:
    (path,) = write_signal(from_array(SIGNAL, 360.0, ["II"]), tmp_path, "csv", stem="x")
    path.write_text(path.read_text().replace("# fs: 360\n", f"# fs: 360\n# start: {start}\n# Patient: Jane Doe\n"))
    recording = open_recording(path)
    assert recording.start_time == wanted
    assert recording.comments == ()  # others' comments may name a person


def annotation(text: str, positions: list[int], meaning: str = "") -> Dataset:
    item = Dataset()
    item.UnformattedTextValue, item.ReferencedSamplePositions = text, positions
    item.ReferencedWaveformChannels = [1, 0]
    if meaning:
        item.ConceptNameCodeSequence = [code("5.10.3-1", meaning)]
    return item


def test_texts_of_dicom_are_the_marks_that_they_mean(tmp_path: Path) -> None:
    items = [
        annotation("V", [11, 21]),
        annotation("(AFIB", [5]),
        annotation("patient moved", [31]),
        annotation("N", [41], "QRS"),
    ]
    stored = np.zeros((100, 1), dtype="<i2")
    path = write_dicom(tmp_path / "x.dcm", [group(stored, [channel("II")])], WaveformAnnotationSequence=items)
    marks = open_recording(path).annotations()
    assert marks is not None
    assert list(zip(marks.sample.tolist(), marks.symbol.tolist(), marks.aux, strict=True)) == [
        (4, "+", "(AFIB"),
        (10, "V", ""),
        (20, "V", ""),
        (30, '"', "patient moved"),
        (40, "Q", "QRS"),
    ]


def test_a_scale_without_a_unit_is_applied_and_the_lead_is_not_calibrated(tmp_path: Path) -> None:
    stored = np.arange(200, dtype="<i2")[:, None]
    path = write_dicom(tmp_path / "x.dcm", [group(stored, [channel("II", sensitivity=0.25, unit="1")])])
    recording = open_recording(path)
    assert [lead.calibrated for lead in recording.leads] == [False]
    np.testing.assert_allclose(recording.read()[:, 0], np.arange(200) / 4)
