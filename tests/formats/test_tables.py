"""Tables of numbers: the same values from every kind, nothing guessed, and one sentence for what is damaged."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.errors import RecordingError
from ecg_core.formats import UNCALIBRATED, LayoutNeededError, TableLayout, open_recording, recognise

pytestmark = pytest.mark.slow

FS_HZ = 250.0
N_SAMPLES = 5000
LAYOUT = TableLayout(FS_HZ, "mV", ("I", "V5"))


def leads_mv(n_samples: int = N_SAMPLES) -> np.ndarray:
    time_s = np.arange(n_samples) / FS_HZ
    return np.round(np.stack([np.sin(7 * time_s), np.cos(5 * time_s)], axis=1), 6)


def csv_text(delimiter: str = ",", comma: bool = False, header: str = "", times: bool = True) -> str:
    rows = []
    for index, row in enumerate(leads_mv()):
        cells = [f"{index / FS_HZ:.3f}"] * times + [f"{value:.6f}" for value in row]
        rows.append(delimiter.join(cell.replace(".", ",") if comma else cell for cell in cells))
    return header + "\n".join(rows) + "\n"


def write_npy(path: Path) -> None:
    np.save(path, leads_mv())


def write_npy_planar(path: Path) -> None:
    np.save(path, np.ascontiguousarray(leads_mv().T))


def write_npy_fortran(path: Path) -> None:
    np.save(path, np.asfortranarray(leads_mv().astype(np.float32)))


def write_mat4(path: Path) -> None:
    scipy.io.savemat(path, {"val": leads_mv().T}, format="4")


def write_mat5(path: Path) -> None:
    scipy.io.savemat(path, {"val": leads_mv(), "note": "text"}, do_compression=True)


def write_parquet(path: Path) -> None:
    frame = pd.DataFrame(leads_mv(), columns=["I", "V5"])
    frame.to_parquet(path, row_group_size=700)


def write_csv(path: Path) -> None:
    path.write_text(csv_text(header="I,V5\n", times=False))


def write_tsv(path: Path) -> None:
    path.write_text(csv_text("\t", times=False).replace("\n", "\r\n"))


def write_decimal_commas(path: Path) -> None:
    path.write_text(csv_text(";", comma=True, header="I;V5\n", times=False))


def write_blanks(path: Path) -> None:
    path.write_text(csv_text("  ", header="% exported\n", times=False))


WRITERS: tuple[tuple[str, Callable[[Path], None]], ...] = (
    ("x.npy", write_npy),
    ("planar.npy", write_npy_planar),
    ("fortran.npy", write_npy_fortran),
    ("four.mat", write_mat4),
    ("five.mat", write_mat5),
    ("x.parquet", write_parquet),
    ("x.csv", write_csv),
    ("x.tsv", write_tsv),
    ("de.csv", write_decimal_commas),
    ("x.txt", write_blanks),
)
each_kind = pytest.mark.parametrize("file_name, write", WRITERS, ids=[name for name, _ in WRITERS])


@each_kind
def test_a_span_holds_the_millivolts_that_were_written(
    tmp_path: Path, file_name: str, write: Callable[[Path], None]
) -> None:
    write(tmp_path / file_name)
    recording = open_recording(tmp_path / file_name, layout=LAYOUT)
    assert (recording.fs_hz, recording.n_samples, recording.lead_names) == (FS_HZ, N_SAMPLES, ("I", "V5"))
    assert recording.notes == ("The sampling rate, the unit and the leads were given by a person.",)
    np.testing.assert_allclose(recording.read(), leads_mv(), atol=1e-6)
    np.testing.assert_allclose(recording.read(690, 1410, ["V5"]), leads_mv()[690:1410, 1:], atol=1e-6)
    np.testing.assert_allclose(recording.read(4090, 4100), leads_mv()[4090:4100], atol=1e-6)


@each_kind
def test_what_a_file_does_not_say_is_asked_for(tmp_path: Path, file_name: str, write: Callable[[Path], None]) -> None:
    write(tmp_path / file_name)
    with pytest.raises(LayoutNeededError, match="does not say its sampling rate and the unit") as caught:
        open_recording(tmp_path / file_name)
    assert caught.value.missing == ("fs_hz", "unit")
    assert caught.value.n_rows == N_SAMPLES
    with pytest.raises(LayoutNeededError, match="does not say the unit") as caught:
        open_recording(tmp_path / file_name, layout=TableLayout(fs_hz=250))
    assert caught.value.missing == ("unit",)


@each_kind
def test_a_table_is_known_by_its_content(tmp_path: Path, file_name: str, write: Callable[[Path], None]) -> None:
    write(tmp_path / file_name)
    known = recognise(tmp_path / file_name)
    (tmp_path / file_name).rename(tmp_path / "export")
    assert known is not None
    assert recognise(tmp_path / "export") == known


@pytest.mark.parametrize(
    "unit, factor, calibrated",
    [("uV", 1e-3, True), ("V", 1e3, True), ("200/mV", 1 / 200, True), (UNCALIBRATED, 1.0, False)],
)
def test_the_unit_is_what_the_person_says(tmp_path: Path, unit: str, factor: float, calibrated: bool) -> None:
    values = np.rint(leads_mv() * 10).astype("<i2")
    np.save(tmp_path / "x.npy", values)
    recording = open_recording(tmp_path / "x.npy", layout=TableLayout(FS_HZ, unit))
    assert {lead.calibrated for lead in recording.leads} == {calibrated}
    assert calibrated == (not any("not known" in note for note in recording.notes))
    np.testing.assert_allclose(recording.read(), values * factor, rtol=1e-6)
    assert recording.lead_names == ("lead 1", "lead 2")


@pytest.mark.parametrize(
    "layout, sentence",
    [
        (TableLayout(0, "mV"), "cannot have a sampling rate of 0 Hz"),
        (TableLayout(float("nan"), "mV"), "cannot have a sampling rate of nan"),
        (TableLayout(-5, "mV"), "cannot have a sampling rate of -5"),
        (TableLayout(3, "mV"), "50 Hz or more"),
        (TableLayout(250, "mmHg"), "no unit of voltage"),
        (TableLayout(250, "0/mV"), "no unit of voltage"),
        (TableLayout(250, "mV", ("I", "II", "III")), "does not fit the 3 leads"),
        (TableLayout(250, "mV", time_column="when"), "no column 'when'"),
    ],
)
def test_a_layout_that_cannot_be_gets_one_sentence(tmp_path: Path, layout: TableLayout, sentence: str) -> None:
    write_npy(tmp_path / "x.npy")
    with pytest.raises(RecordingError, match=sentence):
        open_recording(tmp_path / "x.npy", layout=layout)


@pytest.mark.parametrize(
    "header",
    [
        "time_s,I_mv,V5_mv\n",
        "Time (s),ECG I [mV],ECG V5 [mV]\n",
        "'Elapsed time','I','V5'\n'seconds','mV','mV'\n",
        "# fs: 250\n# unit: mV\nseconds,I,V5\n",
        "# sampling rate (Hz) = 250; units=mV\nindex,I,V5\n",
    ],
)
def test_a_csv_that_says_everything_needs_no_layout(tmp_path: Path, header: str) -> None:
    (tmp_path / "x.csv").write_text(csv_text(header=header))
    recording = open_recording(tmp_path / "x.csv")
    assert (recording.fs_hz, recording.lead_names, recording.n_samples) == (FS_HZ, ("I", "V5"), N_SAMPLES)
    assert all(lead.calibrated for lead in recording.leads)
    np.testing.assert_allclose(recording.read(), leads_mv(), atol=1e-6)


def test_microvolts_by_the_column_s_name(tmp_path: Path) -> None:
    rows = "\n".join(f"{index / 250},{index % 50}" for index in range(500))
    (tmp_path / "x.csv").write_text(f"time_s,II (uV)\n{rows}")
    recording = open_recording(tmp_path / "x.csv")
    np.testing.assert_allclose(recording.read()[:, 0], (np.arange(500) % 50) / 1000, rtol=1e-6)


@pytest.mark.parametrize("rate_hz, digits", [(360, 3), (360, 2), (128, 4), (257.5, 6)])
def test_the_rate_of_printed_times_is_that_of_all_of_them(tmp_path: Path, rate_hz: float, digits: int) -> None:
    rows = "\n".join(f"{index / rate_hz:.{digits}f},{index % 50}" for index in range(20_000))
    (tmp_path / "x.csv").write_text(f"time_s,II_mv\n{rows}")
    assert open_recording(tmp_path / "x.csv").fs_hz == pytest.approx(rate_hz, rel=2e-4)


@pytest.mark.parametrize("gap_at", [500, 15_000])
def test_times_with_a_gap_give_a_gap_and_its_length(tmp_path: Path, gap_at: int) -> None:
    rows = "\n".join(f"{(index + 3000 * (index > gap_at)) / 250:.3f},1.5" for index in range(20_000))
    (tmp_path / "x.csv").write_text(f"time_s,II_mv\n{rows}")
    recording = open_recording(tmp_path / "x.csv")
    assert (recording.fs_hz, recording.n_samples) == (250, 23_000)
    absent = np.flatnonzero(np.isnan(recording.read()[:, 0]))
    assert (absent[0], absent[-1], len(absent)) == (gap_at + 1, gap_at + 3000, 3000)
    assert any("12 s at" in note and "gap" in note for note in recording.notes)
    assert open_recording(tmp_path / "x.csv", layout=TableLayout(fs_hz=250)).n_samples == 20_000


def test_times_that_are_no_even_clock_are_asked_about(tmp_path: Path) -> None:
    times_s = np.cumsum(np.where(np.arange(20_000) < 10_000, 1 / 250, 1 / 125))
    rows = "\n".join(f"{time_s:.4f},1.5" for time_s in times_s)
    (tmp_path / "x.csv").write_text(f"time_s,II_mv\n{rows}")
    with pytest.raises(LayoutNeededError, match="not sampled evenly"):
        open_recording(tmp_path / "x.csv")
    assert open_recording(tmp_path / "x.csv", layout=TableLayout(fs_hz=250)).n_samples == 20_000


def test_dates_say_rate_and_start(tmp_path: Path) -> None:
    start = datetime(2024, 5, 6, 7, 8, 9)
    times = [start + timedelta(milliseconds=4 * index) for index in range(1000)]
    rows = "\n".join(f"{time.isoformat()},{index % 9}" for index, time in enumerate(times))
    (tmp_path / "x.csv").write_text(f"when,II_mv\n{rows}\n\n")
    pd.DataFrame({"when": times, "II_mv": np.arange(1000) % 9}).to_parquet(tmp_path / "x.parquet")
    for name in ("x.csv", "x.parquet"):
        recording = open_recording(tmp_path / name)
        assert (recording.fs_hz, recording.start_time, recording.n_samples) == (pytest.approx(250), start, 1000)
        assert recording.lead_names == ("II",)
        np.testing.assert_allclose(recording.read()[:, 0], np.arange(1000) % 9)


def test_parquet_may_say_rate_and_unit_in_its_metadata(tmp_path: Path) -> None:
    table = pa.table({"I": leads_mv()[:, 0], "V5": leads_mv()[:, 1], "text": ["x"] * N_SAMPLES})
    pq.write_table(table.replace_schema_metadata({"fs_hz": "250.0", "unit": "mV"}), tmp_path / "x.parquet")
    recording = open_recording(tmp_path / "x.parquet")
    assert (recording.fs_hz, recording.lead_names) == (250.0, ("I", "V5"))


def test_columns_that_are_no_ecg_are_left_out_and_listed(tmp_path: Path) -> None:
    rows = "\n".join(f"{index},{index / 250},{index % 7},{index % 5},98" for index in range(1000))
    (tmp_path / "x.csv").write_text(f"index,time_s,RESP,Lead II,SpO2\n{rows}\n")
    recording = open_recording(tmp_path / "x.csv", layout=TableLayout(unit="mV"))
    assert recording.lead_names == ("II",)
    assert recording.leads[0].original_name == "Lead II"
    assert recording.other_channels == ("index", "RESP", "SpO2")
    np.testing.assert_allclose(recording.read()[:, 0], np.arange(1000) % 5)
    chosen = open_recording(tmp_path / "x.csv", layout=TableLayout(unit="mV", lead_names=("RESP",)))
    np.testing.assert_allclose(chosen.read()[:, 0], np.arange(1000) % 7)


def test_what_is_no_number_is_a_gap(tmp_path: Path) -> None:
    lines = csv_text(header="time_s,I_mv,V5_mv\n").split("\n")
    lines[4501] = f"{4500 / FS_HZ:.3f},,lead off"
    lines[4502] = ""
    lines[4503] = "too,short"
    lines[4504] += ",7,8,9"
    (tmp_path / "x.csv").write_text("\n".join(lines))
    recording = open_recording(tmp_path / "x.csv")
    signal = recording.read()
    assert recording.n_samples == N_SAMPLES
    assert np.flatnonzero(np.isnan(signal[:, 0])).tolist() == [4500, 4501, 4502]
    np.testing.assert_allclose(signal[4503:], leads_mv()[4503:], atol=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "record,age,sex\n" + "a,63,F\n" * 50,
        "100\n101\n102\n" * 20,
        "1,2\n3,4\n",
        "a table of words, of which none is a number\n" * 40,
        "<html>1,2</html>\n" * 40,
        "sample,time_s,label\n" + "1,2.0,N\n" * 40,
    ],
)
def test_other_text_is_no_recording(tmp_path: Path, text: str) -> None:
    (tmp_path / "RECORDS").write_text(text)
    assert recognise(tmp_path / "RECORDS") is None
    with pytest.raises(RecordingError, match="no recording in a known format"):
        open_recording(tmp_path / "RECORDS")


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
    with pytest.raises(RecordingError, match=r"object of 1 axes|not a readable NPY"):
        open_recording(tmp_path / "x.npy", layout=LAYOUT)


@pytest.mark.parametrize("shape", [(10**12, 12), (2, 10**6), (3, 3), (0, 5), (2, 3, 4), ()])
def test_an_npy_header_that_lies_costs_nothing(tmp_path: Path, shape: tuple[int, ...]) -> None:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<i2", "fortran_order": False, "shape": shape})
    (tmp_path / "x.npy").write_bytes(head.getvalue() + bytes(1000))
    try:
        recording = open_recording(tmp_path / "x.npy", layout=TableLayout(250, "mV"))
        assert recording.n_samples * len(recording.leads) <= 500
        assert any("ends" in note for note in recording.notes)
        recording.read()
    except RecordingError as error:
        assert "damaged beyond reading" not in str(error)


def test_an_array_cut_short_opens_up_to_where_it_is_whole(tmp_path: Path) -> None:
    write_npy(tmp_path / "x.npy")
    content = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "x.npy").write_bytes(content[: 128 + 16 * 1000 + 5])
    recording = open_recording(tmp_path / "x.npy", layout=LAYOUT)
    assert any("shown up to there" in note for note in recording.notes)
    np.testing.assert_allclose(recording.read(), leads_mv()[:1000], atol=1e-6)


def test_a_matrix_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(8 << 20)) for _ in range(70)) + packer.flush()
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<HH", 0x0100, 0x4D49)
    (tmp_path / "x.mat").write_bytes(head + struct.pack("<II", 15, len(packed)) + packed)
    with pytest.raises(RecordingError, match="unpacks to more than"):
        open_recording(tmp_path / "x.mat", layout=LAYOUT)


def test_a_parquet_file_that_claims_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flat = pa.table({name: pa.array(np.zeros(300_000, dtype=np.int8)) for name in ("I", "II")})
    pq.write_table(flat, tmp_path / "x.parquet", compression="zstd")
    assert open_recording(tmp_path / "x.parquet", layout=TableLayout(250, "mV")).n_samples == 300_000
    monkeypatch.setattr("ecg_core.formats.tables.parquet._MAX_GROUP_BYTES", 1_000_000)
    with pytest.raises(RecordingError, match="row groups too large"):
        open_recording(tmp_path / "x.parquet", layout=TableLayout(250, "mV")).read()
    monkeypatch.setattr("ecg_core.formats.tables.parquet._MAX_EXPANSION", 20)
    with pytest.raises(RecordingError, match="claims to hold far more"):
        open_recording(tmp_path / "x.parquet", layout=TableLayout(250, "mV"))


def test_matlab_7_3_gets_advice(tmp_path: Path) -> None:
    (tmp_path / "x.mat").write_bytes(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(600))
    with pytest.raises(RecordingError, match="save it again with -v7"):
        open_recording(tmp_path / "x.mat")


SEEDS: dict[str, bytes] = {}


@given(data=st.data())
@settings(max_examples=120)
def test_only_recording_errors_come_out_of_a_damaged_file(tmp_path: Path, data: st.DataObject) -> None:
    file_name, write = data.draw(st.sampled_from(WRITERS))
    path = tmp_path / file_name
    if file_name not in SEEDS:
        write(path)
        SEEDS[file_name] = path.read_bytes()
    content = bytearray(SEEDS[file_name])
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.one_of(st.integers(0, 200), st.integers(1, 900).map(lambda back: len(content) - back)))
        patch = data.draw(
            st.one_of(st.binary(min_size=1, max_size=6), st.sampled_from([b"\n", b",", b"1e999", b"nan"]))
        )
        content[at : at + len(patch)] = patch
    cut = data.draw(st.one_of(st.none(), st.none(), st.integers(0, len(content))))
    path.write_bytes(content[:cut])
    try:
        recording = open_recording(path, layout=data.draw(st.sampled_from([LAYOUT, TableLayout(250, "mV")])))
        signal = recording.read(0, 20_000)
        assert signal.shape == (min(recording.n_samples, 20_000), len(recording.leads))
        assert not np.isinf(signal).any()
    except RecordingError as error:
        assert "damaged beyond reading" not in str(error)
        assert "\n" not in str(error)


@pytest.mark.data
def test_a_challenge_s_matrix_without_its_header_has_the_values_of_the_record(ecg_data: Path, tmp_path: Path) -> None:
    record = open_recording(ecg_data / "formats/wfdb/a103l")
    (tmp_path / "a103l.mat").write_bytes((ecg_data / "formats/wfdb/a103l.mat").read_bytes())
    alone = open_recording(tmp_path / "a103l.mat", layout=TableLayout(250, "7247/mV"))
    np.testing.assert_allclose(alone.read(1000, 2000)[:, 0], record.read(1000, 2000)[:, 0], atol=2e-4)


def test_dates_with_a_zone_keep_their_wall_clock(tmp_path: Path) -> None:
    start = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    rows = "\n".join(f"{(start + timedelta(milliseconds=4 * n)).isoformat()},{n % 9}" for n in range(100))
    (tmp_path / "x.csv").write_text(f"time,II_mv\n{rows}\n")
    assert open_recording(tmp_path / "x.csv").start_time == start.replace(tzinfo=None)
