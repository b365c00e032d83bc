"""DICOM, ISHNE and SCP-ECG as devices write them: preambles, units, beats beside rhythms, offsets, codings."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from formats import dicom_writing, scp_writing
from formats.test_ishne import STEP_NV, header, stored_values, write_beats
from pydicom import dcmread
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from ecg_core.errors import RecordingError
from ecg_core.formats import open_recording

LEADS = ("I", "II", "V1")


def rhythm(n_samples: int = 5000) -> np.ndarray:
    time_s = np.arange(n_samples)[:, None] / 500
    return np.rint(200 * np.sin(2 * np.pi * (1 + np.arange(len(LEADS))) * time_s)).astype("<i2")


def group(stored: np.ndarray, unit: str = "uV", names: tuple[str, ...] = LEADS, **more: object):
    return dicom_writing.group(stored, [dicom_writing.channel(name, unit=unit) for name in names], **more)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize("with_meta", [True, False])
def test_a_data_set_without_preamble_opens(tmp_path: Path, syntax: UID, with_meta: bool) -> None:
    path = dicom_writing.write(tmp_path / "x.dcm", [group(rhythm())], syntax=syntax)
    content = path.read_bytes()[132:]
    if not with_meta:
        content = content[12 + struct.unpack_from("<I", content, 8)[0] :]
    (tmp_path / "bare").write_bytes(content)
    recording = open_recording(tmp_path / "bare")
    assert recording.format_name == "DICOM"
    assert any("no DICOM preamble" in note for note in recording.notes)
    np.testing.assert_allclose(recording.read(), rhythm() * 0.005, rtol=1e-6)


def test_a_preamble_of_another_content_is_no_reason_for_a_note(tmp_path: Path) -> None:
    path = dicom_writing.write(tmp_path / "x.dcm", [group(rhythm())])
    path.write_bytes(b"II*\0" + bytes(124) + path.read_bytes()[128:])
    assert open_recording(path).notes == ()


@pytest.mark.parametrize("content", [b"\x08\0\x05\0" + bytes(60), b"\x02\0\0\0UL\4\0" + bytes(8), bytes(200)])
def test_what_only_begins_alike_is_no_dicom(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(RecordingError, match="no recording in a known format"):
        open_recording(tmp_path / "x")


@pytest.mark.parametrize("unit", [b"\xb5V", b".V", b"?V", b"uV", b"microvolt", "µV".encode()])
@pytest.mark.parametrize("charset", ["ISO_IR 100", "", "ISO_IR 192"])
def test_microvolts_in_any_encoding(tmp_path: Path, unit: bytes, charset: str) -> None:
    path = dicom_writing.write(
        tmp_path / "x.dcm", [group(rhythm(), unit="q" * len(unit))], SpecificCharacterSet=charset
    )
    path.write_bytes(path.read_bytes().replace(b"q" * len(unit), unit))
    recording = open_recording(path)
    assert all(lead.calibrated for lead in recording.leads)
    np.testing.assert_allclose(recording.read(), rhythm() * 0.005, rtol=1e-6)


@pytest.mark.parametrize("label", ["MEDIAN BEAT", "Average Complex", "Template", "", "Representative"])
@pytest.mark.parametrize("first", [True, False])
def test_the_rhythm_opens_and_not_the_beat_beside_it(tmp_path: Path, label: str, first: bool) -> None:
    groups = [group(rhythm(500) // 2, MultiplexGroupLabel=label), group(rhythm())]
    path = dicom_writing.write(tmp_path / "x.dcm", groups if first else groups[::-1])
    recording = open_recording(path)
    assert recording.lead_names == LEADS
    assert recording.n_samples == 5000
    assert any("left out" in note for note in recording.notes)
    np.testing.assert_allclose(recording.read(), rhythm() * 0.005, rtol=1e-6)


def test_a_second_copy_of_the_same_leads_is_left_out_and_told(tmp_path: Path) -> None:
    filtered = group(rhythm() // 2, MultiplexGroupLabel="FILTERED")
    recording = open_recording(dicom_writing.write(tmp_path / "x.dcm", [group(rhythm()), filtered]))
    assert recording.lead_names == LEADS
    assert any("same leads" in note for note in recording.notes)
    np.testing.assert_allclose(recording.read(), rhythm() * 0.005, rtol=1e-6)


def test_leads_that_follow_each_other_stand_where_their_offsets_say(tmp_path: Path) -> None:
    later = group(rhythm(1250)[:, :1], names=("aVR",), MultiplexGroupTimeOffset="2500")
    recording = open_recording(
        dicom_writing.write(tmp_path / "x.dcm", [group(rhythm(1250)[:, :1], names=("I",)), later])
    )
    signal = recording.read()
    assert recording.n_samples == 2500
    assert np.isnan(signal[1250:, 0]).all()
    assert np.isnan(signal[:1250, 1]).all()


@pytest.mark.parametrize("n_padding", [6, 502, 1526])
@pytest.mark.parametrize("comment", [b"", b"some words of the recorder\0"])
def test_a_holter_signal_begins_where_its_header_says(tmp_path: Path, n_padding: int, comment: bytes) -> None:
    values = stored_values()
    offset = 522 + len(comment) + n_padding
    head = header(b"ISHNE1.0", len(values), comment=comment, at_22=struct.pack("<i", offset))
    (tmp_path / "x.ecg").write_bytes(head + bytes(n_padding) + values.tobytes())
    recording = open_recording(tmp_path / "x.ecg")
    np.testing.assert_allclose(recording.read(), values * (STEP_NV * 1e-6), rtol=1e-6)
    assert str(offset) in recording.notes[0]


@pytest.mark.parametrize("offset", [0, -9])
def test_an_offset_that_is_not_given_is_where_the_header_ends(tmp_path: Path, offset: int) -> None:
    values = stored_values()
    head = header(b"ISHNE1.0", len(values), at_22=struct.pack("<i", offset))
    (tmp_path / "x.ecg").write_bytes(head + values.tobytes())
    recording = open_recording(tmp_path / "x.ecg")
    assert recording.notes == ()
    np.testing.assert_allclose(recording.read(), values * (STEP_NV * 1e-6), rtol=1e-6)


@pytest.mark.parametrize("offset", [100, 521, 1 << 30])
def test_an_offset_that_cannot_be_is_refused_with_that_reason(tmp_path: Path, offset: int) -> None:
    head = header(b"ISHNE1.0", 4000, at_22=struct.pack("<i", offset))
    (tmp_path / "x.ecg").write_bytes(head + stored_values().tobytes())
    with pytest.raises(RecordingError, match=f"begins at byte {offset}"):
        open_recording(tmp_path / "x.ecg")


def test_zeros_behind_a_holter_signal_are_no_signal(tmp_path: Path) -> None:
    values = stored_values()
    (tmp_path / "x.ecg").write_bytes(header(b"ISHNE1.0", len(values)) + values.tobytes() + bytes(4096))
    assert open_recording(tmp_path / "x.ecg").n_samples == len(values)


def test_beats_beside_a_padded_signal_stand_where_they_belong(tmp_path: Path) -> None:
    values = stored_values()
    head = header(b"ISHNE1.0", len(values), at_22=struct.pack("<i", 1024))
    (tmp_path / "x.ecg").write_bytes(head.ljust(1024, b"\0") + values.tobytes())
    write_beats(tmp_path / "x.ann", 50, [(b"N ", 100), (b"V ", 100)])
    content = bytearray((tmp_path / "x.ann").read_bytes())
    content[22:26] = struct.pack("<i", 1024)  # copied from the signal's header
    (tmp_path / "x.ann").write_bytes(bytes(content))
    marks = open_recording(tmp_path / "x.ecg").annotations()
    assert marks is not None
    assert marks.sample.tolist() == [150, 250]


def scp(path: Path, packed: list[bytes], tables: bytes | None, n_samples: int, order: int = 0) -> Path:
    bodies = {3: scp_writing.leads(["I", "II"], [n_samples] * 2), 6: scp_writing.samples(packed, order=order)}
    path.write_bytes(scp_writing.record(bodies | ({2: tables} if tables is not None else {})))
    return path


def scp_values(n_samples: int = 3000) -> np.ndarray:
    time_s = np.arange(n_samples) / 500
    return np.rint(150 * np.sin(2 * np.pi * np.array([[1.1], [1.7]]) * time_s)).astype(np.int64)


@pytest.mark.parametrize("tables", [struct.pack("<H", 19999), None, scp_writing.own_table()])
@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("coded", [True, False])
def test_samples_are_read_as_they_are_coded_whatever_section_2_says(
    tmp_path: Path, tables: bytes | None, order: int, coded: bool
) -> None:
    differences = [scp_writing.differences(lead, order) for lead in scp_values()]
    encode = scp_writing.huffman if coded else lambda lead: lead.astype("<i2").tobytes()
    path = scp(tmp_path / "x.scp", [encode(lead) for lead in differences], tables, 3000, order)
    if coded and tables == scp_writing.own_table():
        return  # another code than the file's own cannot be known
    recording = open_recording(path)
    np.testing.assert_allclose(recording.read(), scp_values().T * 0.005, atol=1e-5)
    told = any("ection 2" in note for note in recording.notes)
    assert told == (coded != (tables is not None))


def test_a_recording_coded_in_part_is_refused(tmp_path: Path) -> None:
    one, two = scp_values()
    path = scp(
        tmp_path / "x.scp", [one.astype("<i2").tobytes(), scp_writing.huffman(two)], struct.pack("<H", 19999), 3000
    )
    with pytest.raises(RecordingError, match="not coded as its section 2 says"):
        open_recording(path)


def test_pydicom_reads_what_is_written_here(tmp_path: Path) -> None:
    path = dicom_writing.write(tmp_path / "x.dcm", [group(rhythm())], syntax=ExplicitVRBigEndian)
    assert dcmread(path).WaveformSequence[0].NumberOfWaveformSamples == 5000
