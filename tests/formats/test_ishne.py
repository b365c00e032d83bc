"""ISHNE Holter files and their beats: values, and the one sentence for what is damaged."""

from __future__ import annotations

import binascii
import struct
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.errors import RecordingError
from ecg_core.formats import open_recording

FS_HZ = 200
STEP_NV = 5000


def header(magic: bytes, n_samples: int, *, comment: bytes = b"", **more: int | bytes) -> bytes:
    """Return a header with two leads, V5 and aVF, as the standard's table 1 lays it out."""
    fixed = bytearray(522)
    fixed[:8] = magic
    struct.pack_into("<iiiih", fixed, 10, len(comment), n_samples, 522, 522 + len(comment), 1)
    for at, text in ((28, b"Jane"), (68, b"Roe"), (108, b"MCH-7"), (232, b"H12 SN4711"), (274, b"Ward 7")):
        fixed[at : at + len(text)] = text
    struct.pack_into("<hh3h3h3h3h", fixed, 128, 2, 1, 4, 5, 1931, 2, 3, 2004, 2, 3, 2004, 13, 14, 15)
    struct.pack_into("<h12h12h12h", fixed, 156, 2, 15, 10, *[-9] * 10, *[1] * 2, *[-9] * 10, *[STEP_NV] * 2, *[-9] * 10)
    struct.pack_into("<h", fixed, 272, FS_HZ)
    for key, value in more.items():
        at = int(key.removeprefix("at_"))
        if isinstance(value, int):
            struct.pack_into("<h", fixed, at, value)
        else:
            fixed[at : at + len(value)] = value
    struct.pack_into("<H", fixed, 8, binascii.crc_hqx(bytes(fixed[10:]) + comment, 0xFFFF))
    return bytes(fixed) + comment


def stored_values(n_samples: int = 4000) -> np.ndarray:
    time_s = np.arange(n_samples) / FS_HZ
    return np.rint(np.stack([200 * np.sin(7 * time_s), 150 * np.cos(5 * time_s)], axis=1)).astype("<i2")


def write_holter(path: Path, values: np.ndarray | None = None, **more: int | bytes) -> np.ndarray:
    """Write a Holter file; returns its millivolts."""
    values = stored_values() if values is None else values
    path.write_bytes(header(b"ISHNE1.0", len(values), **more) + values.tobytes())  # type: ignore[arg-type]
    return values * (STEP_NV * 1e-6)


def write_beats(path: Path, first: int, beats: list[tuple[bytes, int]]) -> None:
    entries = b"".join(label + struct.pack("<H", after) for label, after in beats)
    path.write_bytes(header(b"ANN  1.0", 4000) + struct.pack("<I", first) + entries)


def test_a_span_holds_the_millivolts_that_were_written(tmp_path: Path) -> None:
    signal_mv = write_holter(tmp_path / "x.ecg", comment=b"free text\0")
    recording = open_recording(tmp_path / "x.ecg")
    assert (recording.fs_hz, recording.n_samples, recording.lead_names) == (200.0, 4000, ("V5", "aVF"))
    assert recording.start_time == datetime(2004, 3, 2, 13, 14, 15)
    assert recording.notes == ()
    assert recording.format_name == "ISHNE"
    np.testing.assert_allclose(recording.read(), signal_mv, rtol=1e-6)
    np.testing.assert_allclose(recording.read(1001, 1007, ["aVF"]), signal_mv[1001:1007, 1:], rtol=1e-6)


def test_a_fault_is_a_gap(tmp_path: Path) -> None:
    values = stored_values()
    values[100:110, 1] = -32768
    write_holter(tmp_path / "x.ecg", values)
    signal = open_recording(tmp_path / "x.ecg").read()
    assert np.flatnonzero(np.isnan(signal[:, 1])).tolist() == list(range(100, 110))
    assert np.isfinite(signal[:, 0]).all()


def test_who_it_is_stands_in_the_identity_alone(tmp_path: Path) -> None:
    write_holter(tmp_path / "x.ecg", comment=b"lives in Bonn\0")
    recording = open_recording(tmp_path / "x.ecg")
    identity = recording.identity
    assert identity is not None
    assert (identity.name, identity.patient_id, identity.sex) == ("Jane Roe", "MCH-7", "F")
    assert (identity.birth_date, identity.age_years) == (date(1931, 5, 4), 72.0)
    assert identity.device == "H12 SN4711"
    assert identity.other == (("Comment", "lives in Bonn"), ("Proprietary", "Ward 7"))
    shown = f"{recording} {recording.comments} {recording.notes}"
    assert not [word for word in ("Jane", "Roe", "MCH-7", "1931", "4711", "Bonn", "Ward") if word in shown]


def test_beats_beside_the_file_are_the_file_s_own(tmp_path: Path) -> None:
    write_holter(tmp_path / "x.ecg")
    beats = [(b"N#", 50), (b"V ", 100), (b"!#", 1000), (b"S#", 200), (b"XA", 10), (b"C#", 5), (b"P#", 20)]
    write_beats(tmp_path / "x.ann", 7, [*beats, (b"N#", 60000)])
    annotations = open_recording(tmp_path / "x.ecg").annotations()
    assert annotations is not None
    assert annotations.sample.tolist() == [57, 157, 1357, 1367, 1372, 1392]
    assert annotations.symbol.tolist() == ["N", "V", "S", "|", '"', "/"]
    assert annotations.aux == ("", "", "", "A", "C", "")


def test_without_resolution_a_lead_is_uncalibrated_and_a_negative_one_is_pointed_out(tmp_path: Path) -> None:
    values = stored_values()
    write_holter(tmp_path / "x.ecg", values, at_206=0, at_208=-STEP_NV)
    recording = open_recording(tmp_path / "x.ecg")
    assert [lead.calibrated for lead in recording.leads] == [False, True]
    assert any("V5 is uncalibrated" in note for note in recording.notes)
    assert any("aVF has a negative gain" in note for note in recording.notes)
    np.testing.assert_allclose(recording.read()[:, 1], values[:, 1] * (-STEP_NV * 1e-6), rtol=1e-6)


def test_what_the_file_says_of_leads_and_pacemaker_is_told(tmp_path: Path) -> None:
    write_holter(tmp_path / "x.ecg", at_182=3, at_230=2)
    notes = " ".join(open_recording(tmp_path / "x.ecg").notes)
    assert "says of lead V5: frequent noise" in notes
    assert "a pacemaker, single chamber, unipolar" in notes


def test_a_file_cut_short_opens_up_to_where_it_is_whole(tmp_path: Path) -> None:
    signal_mv = write_holter(tmp_path / "x.ecg")
    content = (tmp_path / "x.ecg").read_bytes()
    (tmp_path / "x.ecg").write_bytes(content[: 522 + 4 * 1000 + 3])
    recording = open_recording(tmp_path / "x.ecg")
    assert any("announces 20.0 s but ends after 5.0 s" in note for note in recording.notes)
    np.testing.assert_allclose(recording.read(), signal_mv[:1000], rtol=1e-6)


def test_a_damaged_header_is_said(tmp_path: Path) -> None:
    write_holter(tmp_path / "x.ecg")
    content = bytearray((tmp_path / "x.ecg").read_bytes())
    content[400] ^= 1
    (tmp_path / "x.ecg").write_bytes(content)
    assert any("checksum" in note for note in open_recording(tmp_path / "x.ecg").notes)


@pytest.mark.parametrize(
    "more, sentence",
    [
        ({"at_156": 0}, "0 leads"),
        ({"at_156": 3000}, "3000 leads"),
        ({"at_272": 0}, "sampling rate of 0 Hz"),
        ({"at_272": -5}, "sampling rate of -5 Hz"),
        ({"at_272": 1}, "sampling rate of 1 Hz"),
        ({"at_10": b"\xff\xff\xff\xff"}, "comments"),
        ({"at_10": b"\xff\xff\xff\x7f"}, "comments"),
    ],
)
def test_a_header_that_lies_gets_one_sentence(tmp_path: Path, more: dict[str, int | bytes], sentence: str) -> None:
    write_holter(tmp_path / "x.ecg", **more)
    with pytest.raises(RecordingError, match=sentence):
        open_recording(tmp_path / "x.ecg")


@pytest.mark.parametrize("content", [b"", b"ANN  1.0", b"nothing at all" * 60])
def test_damaged_beats_get_one_sentence(tmp_path: Path, content: bytes) -> None:
    write_holter(tmp_path / "x.ecg")
    (tmp_path / "x.ann").write_bytes(content)
    with pytest.raises(RecordingError, match=r"x\.ann"):
        open_recording(tmp_path / "x.ecg").annotations()


@given(data=st.data())
@settings(max_examples=120)
def test_only_recording_errors_come_out_of_damaged_files(tmp_path: Path, data: st.DataObject) -> None:
    values = stored_values(700)
    entries = b"".join(b"N#" + struct.pack("<H", 90) for _ in range(7))
    whole = {
        ".ecg": header(b"ISHNE1.0", 700, comment=b"text") + values.tobytes(),
        ".ann": header(b"ANN  1.0", 700) + bytes(4) + entries,
    }
    for suffix, original in whole.items():
        content = bytearray(original)
        for _ in range(data.draw(st.integers(0, 4))):
            at = data.draw(st.one_of(st.integers(8, 530), st.integers(0, len(content) - 1)))
            patch = data.draw(st.binary(min_size=1, max_size=4))
            content[at : at + len(patch)] = patch
        cut = data.draw(st.one_of(st.none(), st.integers(0, len(content))))
        (tmp_path / f"x{suffix}").write_bytes(content[:cut])
    try:
        recording = open_recording(tmp_path / "x.ecg")
        assert recording.read().shape == (recording.n_samples, len(recording.leads))
        recording.annotations()
    except RecordingError as error:
        assert "damaged beyond reading" not in str(error)
        assert "\n" not in str(error)


@pytest.mark.data
def test_a_real_holter_file_and_its_beats_fit_each_other(ecg_data: Path) -> None:
    recording = open_recording(ecg_data / "formats/ishne/ECG_P28.01.ecg")
    assert (recording.fs_hz, recording.n_samples) == (1000.0, 95573)
    assert recording.lead_names == ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
    assert recording.start_time == datetime(2000, 1, 1, 7)
    assert recording.notes == ()
    signal = recording.read()
    np.testing.assert_allclose(signal[:, 0] + signal[:, 2], signal[:, 1], atol=1e-5)  # Einthoven, to the last bit
    annotations = recording.annotations()
    assert annotations is not None
    assert len(annotations.sample) == 97
    assert sorted(set(annotations.symbol.tolist())) == ["N", "|"]
    assert annotations.sample[:3].tolist() == [804, 1799, 2878]
    # Each of its beats stands on the steepest part of a QRS.
    slope = np.abs(np.diff(signal, axis=0)).max(axis=1)
    near = [slope[at - 60 : at + 60].max() for at in annotations.beats()[0][1:]]
    assert np.median(near) > 5 * np.median(slope)
