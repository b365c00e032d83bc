"""Fetching from PhysioNet, against a server on this machine: what arrives is whole and checked, or said clearly."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import numpy as np
import pytest
from fake_physionet import FakePhysioNet, write_record

from ecg_core.errors import SourceError
from ecg_core.sources import fetch_database, fetch_record, open_physionet

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a broken transfer of a small file leave something behind."""
    monkeypatch.setattr("ecg_core.sources.download._CHUNK_BYTES", 250)


def test_record_arrives_with_signal_and_annotations(physionet: FakePhysioNet, tmp_path: Path) -> None:
    reports: list[tuple[float, str]] = []
    header = fetch_record("mitdb/a", tmp_path / "to", lambda done, file: reports.append((done, file)))
    assert header == tmp_path / "to" / "mitdb" / "a.hea"
    assert sorted(p.name for p in header.parent.iterdir() if p.suffix != ".lock") == ["a.atr", "a.dat", "a.hea"]
    fractions = [done for done, _ in reports]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    assert {file for _, file in reports} == {"a.hea", "a.dat", "a.atr"}


def test_opened_record_says_where_it_comes_from(physionet: FakePhysioNet, tmp_path: Path) -> None:
    recording = open_physionet("mitdb/a", tmp_path)
    assert (recording.name, recording.source, recording.n_samples) == ("mitdb/a", "physionet", 1000)
    annotations = recording.annotations()
    assert annotations is not None
    assert annotations.beats()[1].tolist() == ["N", "V", "N"]


def test_segments_of_a_record_arrive_too(physionet: FakePhysioNet, tmp_path: Path) -> None:
    recording = open_physionet("mitdb/multi", tmp_path)
    assert recording.n_samples == 2500
    assert np.isnan(recording.read(1000, 1500)).all()
    assert not np.isnan(recording.read(1500, 2500)).any()


def test_what_is_there_is_not_fetched_again(physionet: FakePhysioNet, tmp_path: Path) -> None:
    fetch_record("mitdb/a", tmp_path)
    physionet.handler.requested.clear()
    fetch_record("mitdb/a", tmp_path)
    assert physionet.paths == ["SHA256SUMS.txt"]


def test_damaged_local_file_is_fetched_again(physionet: FakePhysioNet, tmp_path: Path) -> None:
    header = fetch_record("mitdb/a", tmp_path)
    signal = header.with_suffix(".dat")
    whole = signal.read_bytes()
    signal.write_bytes(whole[:100])
    fetch_record("mitdb/a", tmp_path)
    assert signal.read_bytes() == whole


def test_version_is_read_from_the_database_s_page(physionet: FakePhysioNet, tmp_path: Path) -> None:
    physionet.publish("newdb", lambda folder: write_record(folder / "sub"), version="2.0.1")
    header = fetch_record("newdb/sub/a", tmp_path)
    assert header == tmp_path / "newdb" / "sub" / "a.hea"
    assert any("/files/newdb/2.0.1/sub/a.dat" in path for path, _ in physionet.handler.requested)


def test_version_can_be_given(physionet: FakePhysioNet, tmp_path: Path) -> None:
    physionet.publish("newdb", write_record, version="1.5.0")
    physionet.publish("newdb", lambda folder: write_record(folder, n_samples=77), version="2.0.0")
    assert open_physionet("newdb/1.5.0/a", tmp_path).n_samples == 1000
    assert open_physionet("newdb/a", tmp_path).n_samples == 77


def test_newer_version_than_the_known_one_is_found(physionet: FakePhysioNet, tmp_path: Path) -> None:
    physionet.publish("svdb", write_record, version="1.1.0")
    assert fetch_record("svdb/a", tmp_path).is_file()


def test_broken_transfer_is_taken_up_where_it_broke(physionet: FakePhysioNet, tmp_path: Path) -> None:
    physionet.handler.break_off["a.dat"] = 1
    header = fetch_record("mitdb/a", tmp_path)
    assert physionet.ranges == ["bytes=1000-"]
    published = physionet.root / "files/mitdb/1.0.0/a.dat"
    assert header.with_suffix(".dat").read_bytes() == published.read_bytes()
    assert not list(header.parent.glob("*.part"))


def test_transfer_that_keeps_breaking_is_said_and_continued_later(physionet: FakePhysioNet, tmp_path: Path) -> None:
    physionet.handler.break_off["a.dat"] = 3
    with pytest.raises(SourceError, match=r"broke off while a\.dat was fetched.*what has arrived is kept"):
        fetch_record("mitdb/a", tmp_path)
    assert not (tmp_path / "mitdb/a.dat").exists()
    physionet.handler.requested.clear()
    assert fetch_record("mitdb/a", tmp_path).with_suffix(".dat").stat().st_size == 2000
    assert physionet.ranges == ["bytes=1750-"]


def test_leftover_of_another_file_is_thrown_away(physionet: FakePhysioNet, tmp_path: Path) -> None:
    (tmp_path / "mitdb").mkdir()
    (tmp_path / "mitdb/a.dat.part").write_bytes(b"x" * 500)
    (tmp_path / "mitdb/a.atr.part").write_bytes(b"x" * 5000)
    header = fetch_record("mitdb/a", tmp_path)
    for extension in (".dat", ".atr"):
        published = physionet.root / f"files/mitdb/1.0.0/a{extension}"
        assert header.with_suffix(extension).read_bytes() == published.read_bytes()


def test_wrong_checksum_is_said_and_nothing_kept(physionet: FakePhysioNet, tmp_path: Path) -> None:
    published = physionet.root / "files/mitdb/1.0.0/a.dat"
    published.write_bytes(published.read_bytes()[::-1])
    with pytest.raises(SourceError, match=r"a\.dat from PhysioNet does not have the checksum"):
        fetch_record("mitdb/a", tmp_path)
    assert not list((tmp_path / "mitdb").glob("a.dat*"))


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("mitdb/999", "mitdb at PhysioNet has no record 999"),
        ("nodb/1", "PhysioNet has no database nodb"),
        ("mitdb/3.0.0/a", "no database mitdb in version 3.0.0"),
        ("mitdb", "names a database, not a record"),
        ("../etc/passwd", "is not the name of a PhysioNet record"),
        ("mitdb/../../x", "is not the name of a PhysioNet record"),
        ("mitdb/a b", "is not the name of a PhysioNet record"),
        ("", "is not the name of a PhysioNet record"),
    ],
)
def test_wrong_name_is_said(physionet: FakePhysioNet, tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence):
        fetch_record(name, tmp_path)


@pytest.mark.parametrize(
    "code, sentence", [(403, "only to signed-in users"), (500, r"answered with an error \(500\)"), (404, "no database")]
)
def test_refusal_is_said(physionet: FakePhysioNet, tmp_path: Path, code: int, sentence: str) -> None:
    physionet.handler.answer["SHA256SUMS"] = code
    with pytest.raises(SourceError, match=sentence):
        fetch_record("mitdb/a", tmp_path)


def test_without_network_the_advice_is_clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(SourceError, match=r"PhysioNet could not be reached at .*Check the connection, or download"):
        fetch_record("mitdb/a", tmp_path, base_url=f"http://127.0.0.1:{port}")


def test_address_that_is_no_web_server_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not the address of a web server"):
        fetch_record("mitdb/a", tmp_path, base_url="file:///etc")


@pytest.mark.parametrize("named", ["../../a.dat", "/etc/passwd", "sub/a.dat", "C:a.dat", ".a.dat"])
def test_header_that_names_a_file_elsewhere_is_refused(physionet: FakePhysioNet, tmp_path: Path, named: str) -> None:
    def write(folder: Path) -> None:
        write_record(folder)
        (folder / "a.hea").write_text(f"a 1 250 1000\n{named} 16 200 16 0 0 0 0 MLII\n")

    physionet.publish("evildb", write)
    with pytest.raises(SourceError, match="not a plain file name"):
        fetch_record("evildb/a", tmp_path / "to")
    written = {path.name for path in (tmp_path / "to").rglob("*") if path.is_file()}
    assert written <= {"a.hea", ".fetching.lock"}


def test_record_that_lacks_its_signal_is_said(physionet: FakePhysioNet, tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        write_record(folder)
        (folder / "a.dat").unlink()

    physionet.publish("halfdb", write)
    with pytest.raises(SourceError, match=r"a\.hea names a\.dat, which halfdb at PhysioNet does not hold"):
        fetch_record("halfdb/a", tmp_path)


def test_database_arrives_record_by_record(physionet: FakePhysioNet, tmp_path: Path) -> None:
    reports: list[float] = []
    headers = fetch_database("mitdb", tmp_path, lambda done, _: reports.append(done))
    assert [header.name for header in headers] == ["a.hea", "multi.hea"]
    assert reports == sorted(reports)
    assert reports[-1] == 1.0
    published = physionet.root / "files/mitdb/1.0.0/multi_2.dat"
    arrived = tmp_path / "mitdb/multi_2.dat"
    assert hashlib.sha256(arrived.read_bytes()).digest() == hashlib.sha256(published.read_bytes()).digest()


def test_database_list_that_leads_elsewhere_is_refused(physionet: FakePhysioNet, tmp_path: Path) -> None:
    (physionet.root / "files/mitdb/1.0.0/RECORDS").write_text("a\n../../a\n")
    with pytest.raises(SourceError, match="is not the name of a PhysioNet record"):
        fetch_database("mitdb", tmp_path)


def test_database_without_list_and_record_given_as_database(physionet: FakePhysioNet, tmp_path: Path) -> None:
    (physionet.root / "files/mitdb/1.0.0/RECORDS").unlink()
    with pytest.raises(SourceError, match="lists no WFDB records"):
        fetch_database("mitdb", tmp_path)
    with pytest.raises(SourceError, match="names a record; give the database alone"):
        fetch_database("mitdb/a", tmp_path)


def test_folder_that_cannot_be_made_is_said(physionet: FakePhysioNet, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="cannot be made"):
        fetch_record("mitdb/a", tmp_path / "file")
