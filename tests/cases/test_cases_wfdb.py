"""WFDB headers and annotations as programs write them: starts, units, gains, extra lines, unknown codes, encodings."""

from __future__ import annotations

import struct
from datetime import datetime, time
from pathlib import Path

import numpy as np
import pytest
import wfdb

from ecg_core.confinement import confined_to
from ecg_core.errors import RecordingError
from ecg_core.formats import open_recording

FS_HZ = 250
N_SAMPLES = 2500
GAIN = 200.0


def stored(n_leads: int = 2) -> np.ndarray:
    time_s = np.arange(N_SAMPLES)[:, None] / FS_HZ
    return np.rint(GAIN * np.sin(2 * np.pi * (1 + 0.4 * np.arange(n_leads)) * time_s)).astype("<i2")


def write(folder: Path, header: str | bytes, n_leads: int = 2) -> np.ndarray:
    """Write 10 s of leads under a header; returns their millivolts."""
    (folder / "r.dat").write_bytes(stored(n_leads).tobytes())
    (folder / "r.hea").write_bytes(header.encode() if isinstance(header, str) else header)
    return stored(n_leads) / GAIN


SIGNALS = "r.dat 16 200/mV 16 0 0 0 0 II\nr.dat 16 200/mV 16 0 0 0 0 V5\n"


@pytest.mark.parametrize(
    "start, right",
    [
        ("12:34:56 31/12/1991", datetime(1991, 12, 31, 12, 34, 56)),
        ("31/12/1991 12:34:56", datetime(1991, 12, 31, 12, 34, 56)),
        ("31-Dec-1991 12:34:56.25", datetime(1991, 12, 31, 12, 34, 56, 250_000)),
        ("1991-12-31T12:34:56", datetime(1991, 12, 31, 12, 34, 56)),
        ("12:34:56 12/31/1991", datetime(1991, 12, 31, 12, 34, 56)),
        ("12:34:56 31.12.1991", datetime(1991, 12, 31, 12, 34, 56)),
        ("31. Dezember 1991 12:34:56", datetime(1991, 12, 31, 12, 34, 56)),
        ("Dec 31, 1991 12:34:56 PM", datetime(1991, 12, 31, 12, 34, 56)),
        ("Tue Dec 31 12:34:56 1991", datetime(1991, 12, 31, 12, 34, 56)),
        ("[12:34:56.000 31/12/1991]", datetime(1991, 12, 31, 12, 34, 56)),
        ("12:34:56 00/00/0000", time(12, 34, 56)),
        ("12:34:56", time(12, 34, 56)),
        ("34:56", time(0, 34, 56)),
        ("unknown", None),
        ("31/12/1991", None),
    ],
)
def test_a_start_in_any_order_is_read_or_not_at_all(tmp_path: Path, start: str, right: datetime | time | None) -> None:
    signal_mv = write(tmp_path, f"r 2 {FS_HZ} {N_SAMPLES} {start}\n{SIGNALS}")
    recording = open_recording(tmp_path / "r.hea")
    usual = start in {"12:34:56 31/12/1991", "12:34:56", "34:56"}
    assert recording.start_time == right
    assert bool(recording.notes) != usual
    assert not any("1991" in note for note in recording.notes)
    np.testing.assert_allclose(recording.read(), signal_mv, atol=1e-6)


@pytest.mark.parametrize(
    "unit, millivolts",
    [
        *[(b"uV", 1e-3), (b"\xb5V", 1e-3), ("µV".encode(), 1e-3), ("μV".encode(), 1e-3), (b"UV", 1e-3)],
        *[(b"microvolt", 1e-3), (b"?V", 1e-3), ("мкВ".encode(), 1e-3), (b"\xe6V", 1e-3)],
        *[(b"mv", 1.0), (b"millivolts", 1.0), ("мВ".encode(), 1.0), (b"V", 1e3), (b"Volt", 1e3)],
    ],
)
@pytest.mark.parametrize("fmt", ["16", "24"])
def test_units_of_voltage_in_any_spelling(tmp_path: Path, unit: bytes, millivolts: float, fmt: str) -> None:
    values = stored(1)
    lines = b"r 1 250 2500\nr.dat %s 200/%s 16 0 0 0 0 II\n" % (fmt.encode(), unit)
    write(tmp_path, lines, 1)
    if fmt == "24":  # read by the package, which reads the header again
        wide = values.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3]
        (tmp_path / "r.dat").write_bytes(wide.tobytes())
    recording = open_recording(tmp_path / "r.hea")
    assert recording.leads[0].calibrated
    np.testing.assert_allclose(recording.read(), values / GAIN * millivolts, rtol=1e-6)


@pytest.mark.parametrize("field", ["200/mV", "200,0/mV", "200.0(0)/mV", "200(0.0)/mV", "200 /mV", "200/ mV", "2e2/mV"])
def test_a_gain_in_any_spelling(tmp_path: Path, field: str) -> None:
    signal_mv = write(tmp_path, f"r 1 250 2500\nr.dat 16 {field} 16 0 0 0 0 II\n", 1)
    np.testing.assert_allclose(open_recording(tmp_path / "r.hea").read(), signal_mv, atol=1e-6)


@pytest.mark.parametrize("line", ["r 2 250,0 2500", "r 2 250Hz 2500", "r 2 250 Hz 2500", "r 2 250.0 2500.0"])
def test_a_rate_in_any_spelling(tmp_path: Path, line: str) -> None:
    signal_mv = write(tmp_path, f"{line}\n{SIGNALS}")
    recording = open_recording(tmp_path / "r.hea")
    assert recording.fs_hz == FS_HZ
    np.testing.assert_allclose(recording.read(), signal_mv, atol=1e-6)


def test_a_rate_that_may_have_thousands_is_refused(tmp_path: Path) -> None:
    write(tmp_path, f"r 2 1,000 2500\n{SIGNALS}")
    with pytest.raises(RecordingError, match="sampling rate"):
        open_recording(tmp_path / "r.hea")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_names_comments_and_line_ends_of_any_kind(tmp_path: Path, encoding: str, ends: str) -> None:
    text = f"r 2 250 2500\n{SIGNALS.replace('V5', 'Dérivation V5')}# résumé: fibrillation\n"
    signal_mv = write(tmp_path, text.replace("\n", ends).encode(encoding))
    recording = open_recording(tmp_path / "r.hea")
    assert recording.lead_names == ("II", "V5")
    assert recording.leads[1].original_name == "Dérivation V5"
    np.testing.assert_allclose(recording.read(), signal_mv, atol=1e-6)


def test_more_lines_than_announced_are_signals_where_the_file_is_as_long(tmp_path: Path) -> None:
    signal_mv = write(tmp_path, f"r 1 250 2500\n{SIGNALS}")
    recording = open_recording(tmp_path / "r.hea")
    assert "announces 1 signals but describes 2" in recording.notes[0]
    np.testing.assert_allclose(recording.read(), signal_mv, atol=1e-6)


def test_more_lines_than_announced_are_none_where_the_file_is_too_short_for_them(tmp_path: Path) -> None:
    signal_mv = write(tmp_path, f"r 1 250 2500\n{SIGNALS}", 1)
    recording = open_recording(tmp_path / "r.hea")
    assert recording.lead_names == ("II",)
    np.testing.assert_allclose(recording.read(), signal_mv, atol=1e-6)


def test_more_lines_than_announced_are_refused_where_nothing_decides(tmp_path: Path) -> None:
    write(tmp_path, f"r 1 250\n{SIGNALS}")
    with pytest.raises(RecordingError, match="announces 1 signals but describes 2"):
        open_recording(tmp_path / "r.hea")


def test_lines_of_another_file_than_announced_are_left_out(tmp_path: Path) -> None:
    signal_mv = write(tmp_path, "r 1 250 2500\nr.dat 16 200/mV 16 0 0 0 0 II\nother.dat 16 200/mV 16 0 0 0 0 V5\n", 1)
    recording = open_recording(tmp_path / "r.hea")
    np.testing.assert_allclose(recording.read(), signal_mv, atol=1e-6)
    assert "left out" in recording.notes[0]


@pytest.mark.parametrize("extra", ["Diagnosis: none", "recorded with device 7", "<end>", "---"])
def test_lines_of_text_cost_a_note(tmp_path: Path, extra: str) -> None:
    signal_mv = write(tmp_path, f"r 2 250 2500\n{SIGNALS}{extra}\n")
    recording = open_recording(tmp_path / "r.hea")
    np.testing.assert_allclose(recording.read(), signal_mv, atol=1e-6)
    assert "describe no signal" in recording.notes[0]


def test_a_corrected_header_is_confined_as_any(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path / "in", b"r 2 250 2500\n" + SIGNALS.replace("mV", "µV").encode("latin-1"))
    (tmp_path / "r.dat").write_bytes(stored().tobytes())
    (tmp_path / "in" / "r.dat").unlink()
    (tmp_path / "in" / "r.dat").symlink_to(tmp_path / "r.dat")
    with confined_to([tmp_path / "in"]), pytest.raises(RecordingError, match="outside"):
        open_recording(tmp_path / "in" / "r.hea", within=[tmp_path / "in"])


def word(code: int, value: int) -> bytes:
    return struct.pack("<H", code << 10 | value)


@pytest.mark.parametrize("code", [15, 17, 42, 46, 49])
def test_a_code_that_is_not_defined_is_kept_as_its_number(tmp_path: Path, code: int) -> None:
    write(tmp_path, f"r 2 250 2500\n{SIGNALS}")
    (tmp_path / "r.atr").write_bytes(word(1, 100) + word(code, 200) + word(1, 200) + b"\0\0")
    marks = open_recording(tmp_path / "r.hea").annotations()
    assert marks is not None
    assert marks.symbol.tolist() == ["N", f"[{code}]", "N"]
    assert marks.sample.tolist() == [100, 300, 500]
    assert len(marks.beats()[0]) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252"])
@pytest.mark.parametrize("text", ["Vorhofflimmern: Übergang", "fibrilación", "þverslagsstig", "(AFIB"])
def test_texts_of_annotations_in_any_encoding(tmp_path: Path, encoding: str, text: str) -> None:
    write(tmp_path, f"r 2 250 2500\n{SIGNALS}")
    aux = text.encode(encoding)
    content = word(22, 100) + word(63, len(aux)) + aux + b"\0" * (len(aux) % 2) + b"\0\0"
    (tmp_path / "r.atr").write_bytes(content)
    marks = open_recording(tmp_path / "r.hea").annotations()
    assert marks is not None
    assert marks.aux == (text,)


def test_what_the_package_writes_needs_no_note(tmp_path: Path) -> None:
    signal = stored() / GAIN
    wfdb.wrsamp("own", FS_HZ, ["mV", "mV"], ["II", "V5"], signal, fmt=["16", "16"], write_dir=str(tmp_path))
    recording = open_recording(tmp_path / "own.hea")
    assert recording.notes == ()
    np.testing.assert_allclose(recording.read(), signal, atol=1e-3)
