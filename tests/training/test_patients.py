"""Whose recordings they are: tables, and hashes that tell a patient again without saying who it is."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ecg_core.errors import SourceError
from ecg_core.training.patients import BY_NAME, Patients

HEAD = "recording,patient\n"


def table(folder: Path, content: str | bytes) -> Path:
    file = folder / "patients.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def read(folder: Path, content: str | bytes) -> Patients:
    return Patients.read(table(folder, content))


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_table_is_read_as_spreadsheets_write_it(tmp_path: Path, bom: bytes, newline: bytes) -> None:
    lines = ["age,patient,recording", '61,"Müller, K",a1', "70, P-2 ,b1", '61,"Müller, K",a2']
    patients = read(tmp_path, bom + newline.join(line.encode() for line in lines) + newline)
    assert patients.listed == {"a1": "Müller, K", "b1": "P-2", "a2": "Müller, K"}
    assert patients.groups(["b1", "a2", "a1"]) == ["P-2", "Müller, K", "Müller, K"]


@pytest.mark.parametrize("head", ["", "recording\n", "record,patient\n", "Recording,Patient\n", "recording;patient\n"])
def test_missing_columns_are_named(tmp_path: Path, head: str) -> None:
    with pytest.raises(SourceError, match=r"patients\.csv lacks the columns recording and patient in its first line"):
        read(tmp_path, head + "a1,P-1\n")


@pytest.mark.parametrize("row", ["a2,", ",P-2", "a2", "  ,P-2", "a2,  "])
def test_an_empty_cell_is_named_by_its_line(tmp_path: Path, row: str) -> None:
    with pytest.raises(SourceError, match=r"line 3: a recording or a patient is empty\.$"):
        read(tmp_path, f"{HEAD}a1,P-1\n{row}\n")


def test_a_recording_of_two_patients_is_refused_and_one_named_twice_is_not(tmp_path: Path) -> None:
    assert read(tmp_path, f"{HEAD}a1,P-1\na1,P-1\n").listed == {"a1": "P-1"}
    with pytest.raises(SourceError, match=r"names two patients for a1\.$"):
        read(tmp_path, f"{HEAD}a1,P-1\na1,P-2\n")


@pytest.mark.parametrize("content", [f"{HEAD}a1,Müller\n".encode("latin-1"), f"{HEAD}a1,P\n".encode("utf-16")])
def test_a_file_that_is_no_utf_8_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SourceError, match=r"^[^\n]*is no CSV text \([^\n]*\); save the table as CSV in UTF-8\.$"):
        read(tmp_path, content)


def test_a_table_without_rows_does_not_mean_that_names_tell(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"patients\.csv lists no recording below its first line\.$"):
        read(tmp_path, HEAD)


@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: (HEAD + text).encode())))
@example(b'recording,patient\n"a\n')
@example(b"recording,patient\na\x00,b\n")
@example(b"recording,patient\ra,b\r")
@example(b"recording,patient,patient\na,b,c,d\n")
@example(HEAD.encode() + b"a," + b"x" * 200_000)
def test_any_bytes_are_a_table_or_one_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    try:
        patients = read(folder, content)
    except SourceError as error:
        assert str(folder / "patients.csv") in str(error)
        return
    assert patients.groups(list(patients.listed)) == list(patients.listed.values())
    assert all(recording.strip() and patient.strip() for recording, patient in patients.listed.items())


def test_recordings_that_a_table_lacks_are_named() -> None:
    patients = Patients({"a1": "P-1"})
    with pytest.raises(SourceError, match=r"^The table of patients lacks b1\.$"):
        patients.groups(["a1", "b1"])
    with pytest.raises(SourceError, match=r"lacks b1, b2, b3, b4, b5 \.\.\.\.$"):
        patients.groups([f"b{number}" for number in range(1, 8)])


def test_without_a_table_names_tell() -> None:
    assert BY_NAME.groups(["100", "201", "202", "118e06", "118"]) == ["100", "201", "201", "118", "118"]
    assert BY_NAME.card(["100", "201"]) == {}


def test_a_card_keeps_nothing_that_can_be_read() -> None:
    patients = Patients({"x1": "1944-03-12-Meier", "x2": "1944-03-12-Meier", "y1": "P-7", "z1": "not trained on"})
    kept = patients.card(["x1", "x2", "y1"])
    written = json.dumps(kept)
    for readable in ("1944-", "Meier", "P-7", "x1", "y1"):
        assert readable not in written
    # A slow hash, which the card itself tells how to make again.
    assert kept["scrypt"]["n"] >= 2**14
    expected = [
        hashlib.scrypt(patient.encode(), salt=kept["salt"].encode(), **kept["scrypt"]).hex()
        for patient in ("1944-03-12-Meier", "P-7")
    ]
    assert kept["hashes"] == sorted(expected)


def test_the_same_patients_are_hashed_otherwise_each_time() -> None:
    patients = Patients({"a1": "P-1", "b1": "P-2"})
    first, second = patients.card(["a1", "b1"]), patients.card(["a1", "b1"])
    assert first["salt"] != second["salt"]
    assert not set(first["hashes"]) & set(second["hashes"])


def trained(recordings: dict[str, str], patients: Patients = BY_NAME) -> dict[str, Any]:
    """A card's training, as JSON brings it back."""
    return dict(json.loads(json.dumps({"recordings": recordings, "patients": patients.card(list(recordings))})))


def test_a_patient_is_found_again_by_another_table() -> None:
    card = trained({"a1": "1" * 64, "b1": "2" * 64}, Patients({"a1": "P-1", "b1": "P-2"}))
    later = Patients({"x": "P-1", "y": "P-3", "z": "P-1", "b1": "P-4"})
    assert later.known(card, {"x": "3" * 64, "y": "4" * 64, "z": "5" * 64, "b1": "6" * 64}) == ["x", "z"]
    assert later.known({"recordings": {}}, {"x": "3" * 64}) == []


@pytest.mark.parametrize("later", [BY_NAME, Patients({"renamed": "P-9", "other": "P-8"})])
@pytest.mark.parametrize("before", [BY_NAME, Patients({"a1": "P-1"})])
def test_a_recording_is_found_again_by_its_content_whatever_its_name(before: Patients, later: Patients) -> None:
    card = trained({"a1": "1" * 64}, before)
    assert later.known(card, {"renamed": "1" * 64, "other": "2" * 64}) == ["renamed"]


def test_patients_of_public_databases_are_found_again_by_name() -> None:
    card = trained({"201": "1" * 64, "118": "2" * 64, "100": "3" * 64})
    given = {"202": "4" * 64, "118e06": "5" * 64, "119e06": "6" * 64, "100": "7" * 64}
    # Another record called 100 may be another database's.
    assert BY_NAME.known(card, given) == ["202", "118e06"]
    assert BY_NAME.known(trained({"202": "1" * 64}), {"201": "8" * 64}) == ["201"]


def test_a_card_without_training_knows_nobody() -> None:
    assert BY_NAME.known({}, {"201": "1" * 64}) == []
    assert Patients({"a": "P"}).known({}, {"a": "1" * 64}) == []
