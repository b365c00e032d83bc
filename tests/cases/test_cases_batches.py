"""Several files at once: each is opened or named with its reason, in uploads, zips, folders and on the command line."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ecg_core.cli.program import main
from ecg_core.errors import RecordingError, SourceError
from ecg_core.formats import open_recording
from ecg_core.sources import list_recordings, receive

PICTURES = {
    "photo.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "screen.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "phone.heic": b"\0\0\0\x18ftypheic\0\0\0\0",
    "scan.tif": b"II*\0\x08\0\0\0",
    "page.webp": b"RIFF\x10\0\0\0WEBPVP8 ",
}


def table() -> bytes:
    time_s = np.arange(2500) / 250
    values = np.exp(-0.5 * (((time_s % 0.8) - 0.3) / 0.012) ** 2)
    rows = (f"{at:.3f},{value:.3f}" for at, value in zip(time_s, values, strict=True))
    return "\n".join(["time_s,II_mv", *rows]).encode()


def five() -> list[tuple[str, bytes]]:
    """Return four recordings and a photograph."""
    return [*((f"{name}.csv", table()) for name in "abcd"), ("photo.jpg", PICTURES["photo.jpg"] + bytes(100))]


@pytest.mark.parametrize("zipped", [False, True])
def test_the_fifth_file_of_an_upload_is_named_with_its_reason(zipped: bool) -> None:
    files: list[tuple[str, bytes]] = five()
    if zipped:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in files:
                archive.writestr(name, content)
        files = [("export.zip", buffer.getvalue())]
    with receive(files) as upload:
        assert [found.name for found in upload.recordings] == ["a.csv", "b.csv", "c.csv", "d.csv"]
        ((name, reason),) = upload.refused
        assert name == "photo.jpg"
        assert "picture" in reason
        assert "export" in reason


def test_files_that_belong_to_a_record_are_not_refused() -> None:
    header = b"r 1 250 1000\nr.dat 16 200/mV 16 0 0 0 0 II\n"
    with receive([("r.hea", header), ("r.dat", bytes(2000)), ("empty.csv", b"")]) as upload:
        assert [name for name, _ in upload.refused] == ["empty.csv"]
        assert "empty" in upload.refused[0][1]


def test_a_folder_lists_what_is_no_recording(tmp_path: Path) -> None:
    for name, content in five():
        (tmp_path / name).write_bytes(content)
    listing = list_recordings(tmp_path)
    assert len(listing.recordings) == 4
    assert [path.name for path in listing.unknown] == ["photo.jpg"]


def test_the_command_line_names_what_it_did_not_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    for name, content in [*five(), ("cut.edf", b"0       " + b" " * 160 + b"01.01.2001.01.01512".ljust(84) + b"1   ")]:
        (tmp_path / "in" / name).write_bytes(content)
    assert main(["analyse", str(tmp_path / "in"), "--no-classify", "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 4
    refused = told.err.splitlines()
    assert any(line.startswith("photo.jpg: ") and "picture" in line for line in refused)
    assert any(line.startswith("cut.edf: ") and "ends within its header" in line for line in refused)


def test_a_folder_in_which_nothing_opens_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    cut = b"0       " + b" " * 160 + b"01.01.2001.01.01512".ljust(84) + b"1   "
    (tmp_path / "in" / "cut.edf").write_bytes(cut)
    assert main(["analyse", str(tmp_path / "in"), "--no-classify", "--out", str(tmp_path / "out")]) == 2
    assert "None of the recordings could be analysed." in capsys.readouterr().err


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_refused_with_what_to_export_instead(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(PICTURES[name] + bytes(500))
    with pytest.raises(RecordingError, match=r"is a picture of an ECG at most.* export the recording .* as DICOM"):
        open_recording(tmp_path / name)


@pytest.mark.parametrize(
    "content, what",
    [(b"%PDF-1.7\n", "is a PDF"), (b"PK\x03\x04", "zip archive"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office")],
)
def test_a_document_is_refused_with_what_to_do(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "ecg").write_bytes(content + bytes(500))
    with pytest.raises(RecordingError, match=what):
        open_recording(tmp_path / "ecg")


def test_a_photograph_alone_is_refused_with_that_sentence() -> None:
    with pytest.raises(SourceError, match=r"photo\.jpg is a picture"):
        receive([("photo.jpg", PICTURES["photo.jpg"] + bytes(100))])
