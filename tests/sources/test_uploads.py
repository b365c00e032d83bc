"""Uploads: what arrives is a stranger's, whatever its name or size says."""

from __future__ import annotations

import gc
import io
import stat
import zipfile
from pathlib import Path

import pytest
from fake_physionet import write_record, write_segments
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.errors import SourceError
from ecg_core.formats import LayoutNeededError, TableLayout
from ecg_core.sources import UploadLimits, receive
from ecg_core.sources import uploads as uploads_module

pytestmark = pytest.mark.slow


def files_of(folder: Path) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]


def zip_of(files: list[tuple[str, bytes]], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def record(tmp_path: Path) -> list[tuple[str, bytes]]:
    write_record(tmp_path / "made")
    return files_of(tmp_path / "made")


@pytest.fixture(autouse=True)
def _private_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))


def left_behind(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "temp").iterdir())


def test_files_of_a_record_together(record: list[tuple[str, bytes]]) -> None:
    with receive(record) as upload:
        assert [found.name for found in upload.recordings] == ["a"]
        recording = upload.open("a")
        assert (recording.source, recording.n_samples, recording.name) == ("upload", 1000, "a")
        assert recording.annotations() is not None
        assert recording.read(0, 10).shape == (10, 1)


def test_open_files_instead_of_bytes(record: list[tuple[str, bytes]]) -> None:
    with receive([(name, io.BytesIO(content)) for name, content in record]) as upload:
        assert upload.open("a").n_samples == 1000


def test_zip_with_folders_and_clutter(record: list[tuple[str, bytes]]) -> None:
    packed = [(f"export/db/{name}", content) for name, content in record]
    packed += [("__MACOSX/export/._a.hea", b"x"), ("export/.DS_Store", b"x"), ("export/read me.txt", b"hello")]
    with receive([("export.ZIP", zip_of(packed))]) as upload:
        assert upload.open("a").n_samples == 1000
        assert sorted(p.name for p in upload.folder.iterdir()) == ["a.atr", "a.dat", "a.hea", "read me.txt"]


def test_multi_segment_record_may_lack_a_segment(tmp_path: Path) -> None:
    write_segments(tmp_path / "made")
    files = [(name, content) for name, content in files_of(tmp_path / "made") if "_2" not in name]
    with receive(files) as upload:
        assert [found.name for found in upload.recordings] == ["multi"]
        assert upload.open("multi").n_samples == 2500


def test_missing_signal_file_is_named(record: list[tuple[str, bytes]], tmp_path: Path) -> None:
    files = [(name, content) for name, content in record if name != "a.dat"]
    with pytest.raises(SourceError, match=r"a\.hea names a\.dat, which was not among the uploaded files; upload"):
        receive(files)
    assert not left_behind(tmp_path)


def test_one_incomplete_record_does_not_hide_the_others(record: list[tuple[str, bytes]]) -> None:
    incomplete = ("b.hea", b"b 1 250 1000\nb.dat 16 200 16 0 0 0 0 MLII\n")
    with receive([*record, incomplete]) as upload:
        assert [found.name for found in upload.recordings] == ["a", "b"]
        assert upload.open("a").n_samples == 1000
        with pytest.raises(SourceError, match=r"b\.hea names b\.dat"):
            upload.open("b")
        with pytest.raises(SourceError, match="c was not among the uploaded recordings"):
            upload.open("c")


@pytest.mark.parametrize("files", [[], [("notes.txt", b"hello")], [("a.zip", zip_of([("notes.txt", b"hello")]))]])
def test_without_header_the_advice_is_clear(files: list[tuple[str, bytes]], tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="None of the uploaded files is a WFDB header"):
        receive(files)
    assert not left_behind(tmp_path)


@pytest.mark.parametrize("named", ["../../../etc/passwd", "/etc/passwd", "C:\\a.dat", "..", "nul", "a|b"])
def test_header_that_names_a_file_elsewhere_is_refused(named: str) -> None:
    header = f"a 1 250 1000\n{named} 16 200 16 0 0 0 0 MLII\n".encode()
    with pytest.raises(SourceError, match="not a plain file name"):
        receive([("a.hea", header)])


@pytest.mark.parametrize(
    "name",
    [
        "../a.dat",
        "x/../../a.dat",
        "/a.dat",
        "..\\a.dat",
        "C:\\a.dat",
        "C:a.dat",
        "\\\\server\\a.dat",
        "nul",
        "COM1.dat",
        "a\x00.dat",
        "a\n.dat",
        "a:b.dat",
        "a.dat.",
        "x" * 200,
    ],
)
def test_file_name_that_is_none_is_refused(record: list[tuple[str, bytes]], tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="cannot be used; rename it"):
        receive([*record, (name, b"x")])
    if "\x00" not in name and "\\" not in name:
        with pytest.raises(SourceError, match="cannot be used; rename it"):
            receive([("a.zip", zip_of([(name, b"x")]))])
    assert not left_behind(tmp_path)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_link_or_device_in_a_zip_is_refused(kind: int) -> None:
    entry = zipfile.ZipInfo("a.dat")
    entry.external_attr = (kind | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(SourceError, match="a link or a device"):
        receive([("a.zip", buffer.getvalue())])


def test_encrypted_zip_is_refused(record: list[tuple[str, bytes]]) -> None:
    packed = bytearray(zip_of(record))
    central = packed.index(b"PK\x01\x02")
    packed[6] |= 1
    packed[central + 8] |= 1
    with pytest.raises(SourceError, match="is encrypted"):
        receive([("a.zip", bytes(packed))])


def test_unusual_compression_is_refused(record: list[tuple[str, bytes]]) -> None:
    with pytest.raises(SourceError, match="packed in an unusual way"):
        receive([("a.zip", zip_of(record, zipfile.ZIP_LZMA))])


def test_limits_hold_for_what_is_unpacked(record: list[tuple[str, bytes]], tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="More than 2 files"):
        receive(record, UploadLimits(files=2))
    with pytest.raises(SourceError, match=r"a\.dat is too large to upload"):
        receive(record, UploadLimits(file_bytes=1999))
    with pytest.raises(SourceError, match="is too large to upload"):
        receive(record, UploadLimits(total_bytes=2050))
    bomb = zip_of([*record, ("b.dat", bytes(3 << 20))])
    with pytest.raises(SourceError, match=r"b\.dat unpacks to far more"):
        receive([("a.zip", bomb)], UploadLimits(ratio=100, ratio_free_bytes=1 << 20))
    flat_line = UploadLimits(ratio=100, ratio_free_bytes=4 << 20)
    receive([("a.zip", bomb)], flat_line).close()
    assert not left_behind(tmp_path)


def test_zip_that_lies_about_its_sizes_is_stopped_by_what_it_holds(record: list[tuple[str, bytes]]) -> None:
    packed = bytearray(zip_of([*record, ("b.dat", bytes(3 << 20))]))
    true_size = (3 << 20).to_bytes(4, "little")
    lying = bytes(packed).replace(true_size, (10).to_bytes(4, "little"))
    with pytest.raises(SourceError, match=r"far more|not a readable zip"):
        receive([("a.zip", lying)], UploadLimits(ratio=100, ratio_free_bytes=1 << 20))


def test_same_name_twice_is_refused(record: list[tuple[str, bytes]]) -> None:
    with pytest.raises(SourceError, match=r"uploaded twice"):
        receive([*record, record[0]])
    with pytest.raises(SourceError, match=r"uploaded twice"):
        receive([("a.zip", zip_of([("x/a.hea", b"1"), ("y/a.hea", b"2")]))])


@settings(max_examples=60)
@given(st.data())
def test_damaged_zip_is_said_or_read_but_never_crashes(data: st.DataObject) -> None:
    packed = bytearray(zip_of([("a.hea", b"a 1 250 10\na.dat 16 200 16 0 0 0 0 MLII\n"), ("a.dat", bytes(20))]))
    for _ in range(data.draw(st.integers(1, 5))):
        packed[data.draw(st.integers(4, len(packed) - 1))] = data.draw(st.integers(0, 255))
    try:
        receive([("a.zip", bytes(packed))]).close()
    except SourceError as error:
        assert len(str(error)) < 400


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x03\x04" + b"x" * 100, b"no zip at all"])
def test_zip_that_is_none_is_said(content: bytes) -> None:
    with pytest.raises(SourceError, match="not a readable zip file"):
        receive([("a.zip", content)])


def test_folder_is_private_and_goes_with_the_upload(record: list[tuple[str, bytes]]) -> None:
    upload = receive(record)
    folder = upload.folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    del upload
    gc.collect()
    assert not folder.exists()


def test_limits_allow_a_day_of_twelve_leads() -> None:
    day_bytes = 24 * 3600 * 500 * 12 * 2
    assert uploads_module.DEFAULT_LIMITS.file_bytes > day_bytes


def test_files_of_other_formats_are_uploaded_alone_or_in_a_zip(tmp_path: Path) -> None:
    rows = "\n".join(f"{index / 250:.3f},{index % 9}" for index in range(1000))
    table = ("x.csv", f"time_s,II\n{rows}\n".encode())
    with receive([("export.zip", zip_of([table])), ("notes.txt", b"hello")]) as upload:
        assert [found.name for found in upload.recordings] == ["x.csv"]
        with pytest.raises(LayoutNeededError, match="does not say the unit"):
            upload.open("x.csv")
        recording = upload.open("x.csv", layout=TableLayout(unit="mV"))
        assert (recording.source, recording.fs_hz, recording.lead_names) == ("upload", 250.0, ("II",))
