"""SCP-ECG: every packing gives the samples back, and a real record the same ECG as its HL7 twin."""

from __future__ import annotations

import struct
import warnings
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
import scp_writing as scp
from hypothesis import given, settings
from hypothesis import strategies as st
from mangling import mangled, opens_or_says_why

from ecg_core.errors import RecordingError
from ecg_core.formats.aecg.reader import open_aecg
from ecg_core.formats.scp.reader import open_scp, recognise
from ecg_core.formats.scp.signal import decode_huffman, default_table

pytestmark = pytest.mark.slow

N_SAMPLES = 600


def wave(n_leads: int = 3, n_samples: int = N_SAMPLES) -> np.ndarray:
    """Stored values, shape (samples, leads): a slow wave with steep peaks that need the long codes."""
    at = np.arange(n_samples)[:, None]
    values = 90 * np.sin(at / (20 + 7 * np.arange(n_leads)))
    values[at[:, 0] % 150 == 75] += 900
    return np.rint(values).astype(np.int64)


def opened(tmp_path: Path, bodies: dict[int, bytes]):
    path = tmp_path / "ecg.scp"
    path.write_bytes(scp.record(bodies))
    return open_scp(path)


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("packing", ["plain", "default", "own"])
def test_every_packing_gives_the_samples_back(tmp_path: Path, order: int, packing: str) -> None:
    stored = wave()
    names = ["I", "II", "V1"]
    pack = {"plain": lambda v: v.astype("<i2").tobytes(), "default": scp.huffman, "own": scp.own_huffman}[packing]
    tables = {"plain": {}, "default": {2: struct.pack("<H", 19999)}, "own": {2: scp.own_table()}}[packing]
    packed = [pack(scp.differences(column, order)) for column in stored.T]
    section_3 = scp.leads(names, [len(stored)] * 3)
    recording = opened(tmp_path, {**tables, 3: section_3, 6: scp.samples(packed, nanovolts=2500, order=order)})
    assert recording.fs_hz == 500
    assert recording.lead_names == ("I", "II", "V1")
    assert recording.notes == ()
    np.testing.assert_allclose(recording.read(), stored * 0.0025, atol=1e-6)


@given(values=st.lists(st.integers(-32768, 32767), max_size=60))
@settings(max_examples=60)
def test_the_standard_table_gives_any_16_bit_number_back(values: list[int]) -> None:
    packed = scp.huffman(np.array(values, dtype=int))
    np.testing.assert_array_equal(decode_huffman(packed, len(values), [default_table()])[0], values)


def test_a_subtracted_reference_beat_is_added_where_its_complexes_are(tmp_path: Path) -> None:
    signal = wave(n_leads=2) * 2
    beat = np.rint(400 * np.exp(-(((np.arange(50) - 20) / 6.0) ** 2))).astype(np.int64)
    # Fiducial points at samples 101, 301 and 501 from 1; the beat's own is its 21st. The second is of another type.
    complexes = [(0, 101), (1, 301), (0, 501)]
    residual = signal.copy()
    for kind, fiducial in complexes:
        if kind == 0:
            residual[fiducial - 21 + 5 : fiducial - 21 + 45] -= (beat[5:45] * 2)[:, None]
    section_4 = struct.pack("<HHH", 100, 21, len(complexes)) + b"".join(
        struct.pack("<HIII", kind, fiducial - 21 + 6, fiducial, fiducial - 21 + 45) for kind, fiducial in complexes
    )
    recording = opened(
        tmp_path,
        {
            3: scp.leads(["I", "II"], [N_SAMPLES] * 2, flags=5),
            4: section_4,
            5: scp.samples([beat.astype("<i2").tobytes()] * 2, nanovolts=10_000),
            6: scp.samples([column.astype("<i2").tobytes() for column in residual.T], nanovolts=5000),
        },
    )
    np.testing.assert_allclose(recording.read(), signal * 0.005, atol=1e-5)
    marks = recording.annotations("scp")
    assert marks is not None
    assert marks.sample.tolist() == [100, 300, 500]
    assert marks.aux == ("QRS type 0", "QRS type 1", "QRS type 0")


def test_patient_device_filters_measurements_and_statements(tmp_path: Path) -> None:
    machine = bytearray(36)
    machine[8:14], machine[14], machine[16] = b"CART7\0", 20, 0
    fields = {
        0: b"Muster\0",
        1: b"Erika\0",
        2: b"P-42\0",
        4: struct.pack("<HB", 18, 2),
        5: struct.pack("<HBB", 1950, 2, 28),
        8: b"\x02",
        14: bytes(machine) + b"prog\0SN-9\0sw\0scp\0ACME\0",
        20: b"Dr. Who\0",
        25: struct.pack("<HBB", 2021, 3, 4),
        26: bytes([5, 6, 7]),
        27: struct.pack("<H", 5),
        28: struct.pack("<H", 150),
        29: b"\x02",
        30: "Mürrisch\0".encode("latin-1"),
    }
    block = struct.pack("<5H3h", 100, 200, 260, 350, 29999, 30, 999, -10)
    section_7 = struct.pack("<BBHH", 1, 0, 850, 0) + block + struct.pack("<H", 0) + struct.pack("<HHHB", 71, 0, 410, 1)
    statement = b"Sinus rhythm\0"
    section_8 = bytes([0]) + b"\0" * 7 + bytes([1]) + struct.pack("<BH", 1, len(statement)) + statement
    section_10 = struct.pack("<HH", 1, 0) + struct.pack("<HH", 61, 6) + struct.pack("<3h", 29999, 160, 92)
    plain = np.arange(40).astype("<i2").tobytes()
    recording = opened(
        tmp_path,
        {
            1: scp.tags(fields),
            3: scp.leads(["III"], [40]),
            6: scp.samples([plain]),
            7: section_7,
            8: section_8,
            10: section_10,
        },
    )
    identity = recording.identity
    assert identity is not None
    assert (identity.name, identity.patient_id, identity.sex) == ("Erika Muster", "P-42", "F")
    assert (identity.birth_date, identity.age_years) == (date(1950, 2, 28), 1.5)
    assert (identity.device, identity.device_serial) == ("ACME CART7", "SN-9")
    assert identity.other == (("Referring physician", "Dr. Who"), ("Comment", "Mürrisch"))
    assert recording.start_time == datetime(2021, 3, 4, 5, 6, 7)
    assert recording.measurements == (
        ("RR interval", "850 ms"),
        ("P duration", "100 ms"),
        ("PR interval", "160 ms"),
        ("QRS duration", "90 ms"),
        ("P axis", "30 °"),
        ("T axis", "-10 °"),
        ("Heart rate", "71 bpm"),
        ("QTc interval", "410 ms"),
        ("High-pass filter", "0.05 Hz"),
        ("Low-pass filter", "150 Hz"),
        ("Notch filter", "50 Hz"),
        ("III PR interval", "160 ms"),
        ("III QRS duration", "92 ms"),
    )
    assert recording.statements == ("Sinus rhythm",)
    assert not [word for word in ("Muster", "P-42", "SN-9", "Who", "Mürrisch") if word in repr(recording)]


def test_a_gain_of_zero_is_shown_as_uncalibrated(tmp_path: Path) -> None:
    plain = np.arange(40).astype("<i2").tobytes()
    recording = opened(tmp_path, {3: scp.leads(["I"], [40]), 6: scp.samples([plain], nanovolts=0)})
    assert not recording.leads[0].calibrated
    assert any("relative" in note for note in recording.notes)
    assert recording.read()[:, 0].tolist() == list(range(40))


def test_a_record_cut_off_opens_up_to_the_cut_and_says_so(tmp_path: Path) -> None:
    stored = wave(1)[:, 0]
    path = tmp_path / "ecg.scp"
    section_6 = scp.samples([stored.astype("<i2").tobytes()])
    path.write_bytes(scp.record({3: scp.leads(["I"], [len(stored)]), 6: section_6})[:-400])
    recording = open_scp(path)
    assert recording.n_samples == len(stored) - 200
    np.testing.assert_allclose(recording.read()[:, 0], stored[:-200] * 0.005, atol=1e-6)
    assert "shorter than it claims" in recording.notes[0]


def test_a_changed_record_is_noted_by_its_checksum(tmp_path: Path) -> None:
    stored = wave(1)[:, 0].astype("<i2").tobytes()
    content = bytearray(scp.record({3: scp.leads(["I"], [N_SAMPLES]), 6: scp.samples([stored])}))
    content[-5] ^= 1
    path = tmp_path / "ecg.scp"
    path.write_bytes(content)
    assert any("checksum" in note for note in open_scp(path).notes)


def test_a_header_that_claims_billions_of_samples_costs_what_the_file_holds(tmp_path: Path) -> None:
    plain = np.arange(40).astype("<i2").tobytes()
    spans = bytes([1, 4]) + struct.pack("<IIB", 1, 4_000_000_000, 1)
    recording = opened(tmp_path, {3: spans, 6: scp.samples([plain])})
    assert recording.n_samples == 40
    assert "ends early" in recording.notes[0]


@pytest.mark.parametrize(
    "bodies, reason",
    [
        ({3: scp.leads(["I"], [4])}, "holds no rhythm"),
        ({3: b"\0\0", 6: scp.samples([b"1234"])}, "defines no leads"),
        ({3: scp.leads(["I"], [4]), 6: scp.samples([b"12345678"], interval_us=0)}, "time between its samples is 0"),
        ({3: scp.leads(["I"], [4]), 6: scp.samples([b"12345678"], order=7)}, "differences of order 7"),
        ({2: struct.pack("<HH", 1, 9), 3: scp.leads(["I"], [4]), 6: scp.samples([b"1"])}, "tables end early"),
        ({3: scp.leads(["I"], [4], flags=1), 6: scp.samples([b"12345678"])}, "reference beats"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, bodies: dict[int, bytes], reason: str) -> None:
    with pytest.raises(RecordingError, match=rf"ecg\.scp.*{reason}"):
        opened(tmp_path, bodies)


@pytest.mark.data
def test_a_real_record_is_the_same_ecg_as_its_hl7_twin(ecg_data: Path) -> None:
    path = ecg_data / "formats" / "scp" / "Example.scp"
    assert recognise(path.read_bytes()[:4096], path)
    recording, twin = open_scp(path), open_aecg(ecg_data / "formats" / "aecg" / "HL7_Example_aECG.xml")
    assert (recording.fs_hz, recording.n_samples, recording.start_time) == (500, 5000, twin.start_time)
    assert recording.lead_names == twin.lead_names
    np.testing.assert_array_equal(recording.read(), twin.read())
    own = {label: text.split()[0] for label, text in recording.measurements}
    theirs = {label: text.split()[0] for label, text in twin.measurements}
    shared = [
        "P duration",
        "PR interval",
        "QRS duration",
        "QT interval",
        "QTc interval",
        "P axis",
        "QRS axis",
        "T axis",
    ]
    assert [own[label] for label in shared] == [theirs[label] for label in shared]
    assert recording.identity is not None
    assert (recording.identity.name, recording.identity.patient_id) == ("Clark", "SBJ-123")


@pytest.mark.data
def test_an_independent_decoder_agrees(ecg_data: Path) -> None:
    parser = pytest.importorskip("ecgdatakit.parsing.parsers.scp_ecg", reason="ecgdatakit is not installed")
    path = ecg_data / "formats" / "scp" / "Example.scp"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = parser.SCPECGParser().parse(path)
    recording = open_scp(path)
    for lead in other.leads:
        np.testing.assert_allclose(
            recording.read(leads=[lead.label])[:, 0], lead.samples * lead.resolution / 1000, atol=1e-6
        )


@pytest.mark.data
@given(data=st.data())
@settings(max_examples=80)
def test_a_damaged_real_record_opens_or_says_why(ecg_data: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = (ecg_data / "formats" / "scp" / "Example.scp").read_bytes()
    path = tmp_path / "damaged.scp"
    path.write_bytes(data.draw(mangled(content)))
    opens_or_says_why(open_scp, path)


@given(data=st.data(), order=st.integers(0, 2), packing=st.sampled_from(["plain", "default", "own"]))
@settings(max_examples=150)
def test_a_damaged_small_record_opens_or_says_why(
    tmp_path: Path, data: st.DataObject, order: int, packing: str
) -> None:
    stored = wave(2, 60)
    pack = {"plain": lambda v: v.astype("<i2").tobytes(), "default": scp.huffman, "own": scp.own_huffman}[packing]
    tables = {"plain": {}, "default": {2: struct.pack("<H", 19999)}, "own": {2: scp.own_table()}}[packing]
    packed = [pack(scp.differences(column, order)) for column in stored.T]
    bodies = {
        1: scp.tags({0: b"A\0", 5: struct.pack("<HBB", 1950, 2, 28), 8: b"\x01", 25: struct.pack("<HBB", 2021, 3, 4)}),
        **tables,
        3: scp.leads(["I", "II"], [60, 60], flags=5),
        4: struct.pack("<HHH", 20, 3, 1) + struct.pack("<HIII", 0, 8, 12, 20),
        5: scp.samples([pack(scp.differences(np.arange(10), order))] * 2, order=order),
        6: scp.samples(packed, order=order),
        7: struct.pack("<BBHH", 1, 0, 850, 0) + bytes(16) + bytes(10),
        8: bytes(8) + b"\x01" + struct.pack("<BH", 1, 2) + b"A\0",
        10: struct.pack("<HH", 1, 0) + struct.pack("<HH", 1, 6) + bytes(6),
    }
    path = tmp_path / "damaged.scp"
    path.write_bytes(data.draw(mangled(scp.record(bodies))))
    opens_or_says_why(open_scp, path)
