"""Other programs read what is written: wfdb, edfio, pydicom, pandas and pyarrow agree with the recording."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import edfio
import numpy as np
import pandas as pd
import pyarrow.parquet
import pydicom
import pytest
import wfdb
from pydicom.uid import (
    UID,
    AmbulatoryECGWaveformStorage,
    General32bitECGWaveformStorage,
    GeneralECGWaveformStorage,
    TwelveLeadECGWaveformStorage,
)
from signals_for_tests import ecg_like, marks_of, recording
from wfdb.io.annotation import ann_label_table

from ecg_core.export.signal import write_signal
from ecg_core.formats.edf.records import MAX_RECORD_BYTES
from ecg_core.formats.wfdb.annotation_writer import _CODES

pytestmark = pytest.mark.slow

BEGINS = datetime(2021, 3, 4, 5, 6, 7)
TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def with_gap(n_samples: int = 3000, n_leads: int = 2) -> np.ndarray:
    signal = ecg_like(n_samples, n_leads)
    signal[500:700, 0] = np.nan
    return signal


def test_wfdb_reads_the_record(tmp_path: Path) -> None:
    signal = with_gap()
    write_signal(
        recording(signal, start_time=BEGINS), tmp_path, "wfdb", stem="x", marks=marks_of([5, 900], "NV", ("", "seen"))
    )
    read = wfdb.rdrecord(str(tmp_path / "x"))
    np.testing.assert_allclose(read.p_signal, signal, atol=1e-7)
    assert (read.fs, read.sig_name, read.units) == (250, ["II", "V1"], ["mV", "mV"])
    assert read.base_datetime == BEGINS
    found = wfdb.rdrecord(str(tmp_path / "x"), physical=False).calc_checksum()
    assert [value % 65_536 for value in read.checksum] == [value % 65_536 for value in found]
    marks = wfdb.rdann(str(tmp_path / "x"), "atr")
    assert (marks.sample.tolist(), marks.symbol) == ([5, 900], ["N", "V"])
    assert [text.rstrip("\0") for text in marks.aux_note] == ["", "seen"]


def test_wfdb_reads_32_bits_where_16_are_too_few(tmp_path: Path) -> None:
    signal = (ecg_like(2000, 1) * 1000 + 5).astype(np.float32)
    signal[7] += np.float32(0.001)
    write_signal(recording(signal), tmp_path, "wfdb", stem="x")
    read = wfdb.rdrecord(str(tmp_path / "x"))
    assert read.fmt == ["32"]
    np.testing.assert_allclose(read.p_signal, signal, atol=0.001)


def test_the_codes_of_annotations_are_those_of_wfdb() -> None:
    known = dict(zip(ann_label_table["symbol"], ann_label_table["label_store"], strict=True))
    assert {symbol: known[symbol] for symbol in _CODES if symbol != "."} == {
        symbol: code for symbol, code in _CODES.items() if symbol != "."
    }
    assert set(known) - set(_CODES) == {" "}


@pytest.mark.parametrize("fs_hz", [250.0, 250.5, 1000 / 3, 1000.0])
def test_edfio_reads_signals_times_and_annotations(tmp_path: Path, fs_hz: float) -> None:
    signal = ecg_like(10_000, 3)
    marks = marks_of([0, 251, 9999], '+V"', ("(AFIB", "", "the end"))
    write_signal(recording(signal, fs_hz, start_time=BEGINS), tmp_path, "edf", stem="x", marks=marks)
    read = edfio.read_edf(tmp_path / "x.edf")
    for lead, column in zip(read.signals, signal.T, strict=True):
        np.testing.assert_allclose(lead.data[:10_000] / 1000, column, atol=1e-6)
        assert lead.sampling_frequency == pytest.approx(fs_hz, rel=1e-9)
        assert lead.physical_dimension == "uV"
    assert [lead.label for lead in read.signals] == ["II", "V1", "V5"]
    assert read.startdate == BEGINS.date()
    assert read.starttime == BEGINS.time()
    told = [(each.onset, each.text) for each in read.annotations if not each.text.startswith("[")]
    assert [text for _, text in told] == ["(AFIB", "V", "the end"]
    np.testing.assert_allclose([onset for onset, _ in told], [0, 251 / fs_hz, 9999 / fs_hz], atol=1e-6)


def test_edfio_reads_where_there_is_no_signal(tmp_path: Path) -> None:
    signal = with_gap(3000, 2)
    signal[1000:1100] = np.nan
    write_signal(recording(signal), tmp_path, "edf", stem="x")
    read = edfio.read_edf(tmp_path / "x.edf")
    told = {(each.onset, each.duration, each.text) for each in read.annotations if "no signal" in each.text}
    assert told == {(2.0, 0.8, "[no signal] II"), (4.0, 0.4, "[no signal]")}
    for lead, column in zip(read.signals, signal.T, strict=True):
        absent = np.isnan(column)
        assert (lead.digital[: len(column)][absent] == lead.digital_min).all()
        assert (lead.digital[: len(column)][~absent] > lead.digital_min).all()


@pytest.mark.parametrize("n_leads", [1, 12, 200])
@pytest.mark.parametrize("fs_hz", [100.0, 257.33, 8000.0])
def test_records_keep_the_specifications_limit(tmp_path: Path, n_leads: int, fs_hz: float) -> None:
    names = tuple(f"lead {place}" for place in range(n_leads))
    write_signal(recording(ecg_like(2000, n_leads), fs_hz, names), tmp_path, "edf", stem="x", marks=marks_of([9], "N"))
    content = (tmp_path / "x.edf").read_bytes()
    header_bytes, n_records = int(content[184:192]), int(content[236:244])
    assert header_bytes == 256 * (n_leads + 2)
    assert (len(content) - header_bytes) % n_records == 0
    assert (len(content) - header_bytes) // n_records <= MAX_RECORD_BYTES
    assert len(edfio.read_edf(tmp_path / "x.edf").signals) == n_leads


@pytest.mark.parametrize(
    ("names", "n_samples", "fs_hz", "height", "wanted"),
    [
        (TWELVE, 5000, 500.0, 1, TwelveLeadECGWaveformStorage),
        (TWELVE, 20_000, 500.0, 1, GeneralECGWaveformStorage),
        (("II", "V1"), 5000, 250.0, 1, GeneralECGWaveformStorage),
        (("II", "V1"), 5000, 128.0, 1, AmbulatoryECGWaveformStorage),
        (("II", "V1"), 200_000, 250.0, 1, AmbulatoryECGWaveformStorage),
        (("II",), 5000, 2000.0, 1, General32bitECGWaveformStorage),
        (("II",), 5000, 500.0, 777, General32bitECGWaveformStorage),
        (tuple(f"lead {place}" for place in range(30)), 1000, 500.0, 1, GeneralECGWaveformStorage),
    ],
)
def test_pydicom_reads_the_waveform_of_the_class_that_fits(
    tmp_path: Path, names: tuple[str, ...], n_samples: int, fs_hz: float, height: float, wanted: UID
) -> None:
    signal = ecg_like(n_samples, len(names)) * np.float32(height)
    signal[1] += np.float32(0.001)
    write_signal(recording(signal, fs_hz, names, start_time=BEGINS), tmp_path, "dicom", stem="x")
    read = pydicom.dcmread(tmp_path / "x.dcm")
    assert read.SOPClassUID == read.file_meta.MediaStorageSOPClassUID == wanted
    arrays = np.hstack([read.waveform_array(group) for group in range(len(read.WaveformSequence))])
    np.testing.assert_allclose(arrays / 1000, signal, atol=0.0006, rtol=1e-6)
    for group in read.WaveformSequence:
        assert group.SamplingFrequency == fs_hz
        assert group.NumberOfWaveformChannels <= 24
        assert len(group.WaveformData) % 2 == 0
        assert all(one.ChannelSensitivityUnitsSequence[0].CodeValue == "uV" for one in group.ChannelDefinitionSequence)
    assert read.AcquisitionDateTime.startswith("20210304050607")
    assert (str(read.PatientName), read.PatientID, read.PatientBirthDate) == ("", "", "")


def test_pydicom_reads_padding_and_annotations(tmp_path: Path) -> None:
    signal = with_gap()
    marks = marks_of([4, 99, 1000], "NVN")
    write_signal(recording(signal), tmp_path, "dicom", stem="x", marks=marks)
    read = pydicom.dcmread(tmp_path / "x.dcm")
    group = read.WaveformSequence[0]
    padding = np.frombuffer(group.WaveformPaddingValue, "<i2")[0]
    stored = np.frombuffer(group.WaveformData, "<i2").reshape(-1, 2)
    np.testing.assert_array_equal(stored == padding, np.isnan(signal))
    told = {
        item.UnformattedTextValue: np.atleast_1d(item.ReferencedSamplePositions).tolist()
        for item in read.WaveformAnnotationSequence
    }
    assert told == {"N": [5, 1001], "V": [100]}
    assert read.LongitudinalTemporalInformationModified == "REMOVED"


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_pandas_reads_the_table_and_its_marks(tmp_path: Path, format: str) -> None:
    signal = with_gap()
    write_signal(recording(signal), tmp_path, format, stem="x", marks=marks_of([4, 99], "+V", ("(N", "")))
    path = tmp_path / f"x.{format}"
    table = pd.read_csv(path, comment="#") if format == "csv" else pd.read_parquet(path)
    assert list(table.columns) == ["time_s", "II_mv", "V1_mv"]
    np.testing.assert_array_equal(table[["II_mv", "V1_mv"]].to_numpy(np.float32), signal)
    np.testing.assert_allclose(table["time_s"], np.arange(3000) / 250, atol=1e-6)
    marks = pd.read_csv(tmp_path / "x.annotations.csv", keep_default_na=False)
    assert marks[["sample", "time_s", "symbol", "aux"]].to_numpy().tolist() == [
        [4, 0.016, "'+", "(N"],
        [99, 0.396, "V", ""],
    ]


def test_absent_samples_are_empty_cells_and_nulls(tmp_path: Path) -> None:
    signal = with_gap()
    for format in ("csv", "parquet"):
        write_signal(recording(signal), tmp_path, format, stem="x")
    row = (tmp_path / "x.csv").read_text().splitlines()[2 + 600]
    assert row.startswith("2.4,,")
    assert pyarrow.parquet.read_table(tmp_path / "x.parquet").column("II_mv").null_count == 200


def test_no_cell_of_a_table_is_a_formula(tmp_path: Path) -> None:
    names = ("=1+1", "@SUM(1)", "-V1", "\tII", "+x;=y")
    marks = marks_of([1, 2, 3], '"+"', ("=cmd|' /C calc'!A0", "(N", "\t-1"))
    made = recording(ecg_like(100, 5), names=names, comments=("=1,=2;=3", "a\n=4"))
    write_signal(made, tmp_path, "csv", stem="x", marks=marks)
    above, *_ = (tmp_path / "x.csv").read_text().partition("\n0,")
    for line in above.splitlines():
        cells = line.replace(";", ",").split(",")
        assert not any(cell.strip('"').startswith(("=", "+", "-", "@", "\t")) for cell in cells), line
    for line in (tmp_path / "x.annotations.csv").read_text().splitlines()[1:]:
        assert not any(cell.strip('"').startswith(("=", "+", "-", "@", "\t")) for cell in line.split(",")), line
