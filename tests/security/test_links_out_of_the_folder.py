"""Files of a recording that are links out of its folder, in every format: set before it is opened, or afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wfdb
from security.samples import Sample, written_samples

import ecg_core.formats
from ecg_core import confinement
from ecg_core.confinement import OutsideError
from ecg_core.errors import RecordingError, SourceError
from ecg_core.formats import open_recording
from ecg_core.sources import list_recordings, open_local
from pages.services import allowed_folders, library

pytestmark = pytest.mark.slow

OUTSIDE = "is a link to a file outside the recording's folder"


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """A recording of every format, those of WFDB with annotations."""
    return written_samples(tmp_path_factory.mktemp("made"))


@pytest.fixture(params=["descriptors", "paths"])
def told_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How an open file is asked where it lies: as Linux does, and as any system does."""
    if request.param == "paths":
        monkeypatch.setattr(confinement, "_DESCRIPTORS", "/nowhere")
    return str(request.param)


def written(sample: Sample, folder: Path) -> Path:
    """Write a sample into a folder, and the same beside it with other values; return the folder."""
    inside, outside = folder / "open", folder / "secret"
    for place in (inside, outside):
        place.mkdir(parents=True)
        sample.write(place)
    for path in outside.iterdir():
        content = path.read_bytes()
        quarter = len(content) // 4
        path.write_bytes(content[:-quarter] + bytes(byte ^ 0x55 for byte in content[-quarter:]))
    return inside


def link_out(path: Path, target: Path | None = None) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target or path.parent.parent / "secret" / path.name)


@pytest.mark.usefixtures("told_by")
def test_whichever_file_is_a_link_out_the_recording_is_not_opened_by_any_name(
    samples: list[Sample], tmp_path: Path
) -> None:
    for sample in samples:
        for linked in sample.files:
            folder = written(sample, tmp_path / sample.name / linked)
            link_out(folder / linked)
            names = {*sample.files, *(Path(name).stem for name in sample.files)}
            whole = {name for name in names if Path(name).stem != Path(sample.opened).stem}  # a segment by itself
            for name in names:
                try:
                    opened = open_local(folder, name, sample.layout)
                except (SourceError, RecordingError) as refused:
                    assert len(str(refused)) < 600
                else:
                    assert name in whole, (sample.name, linked, name)
                    assert not any(file.is_symlink() for file in opened.files)
                with pytest.raises((SourceError, RecordingError)):
                    library.locate(f"local/{linked}", str(folder)).open()


def test_the_sentence_names_the_file_and_what_to_do(samples: list[Sample], tmp_path: Path) -> None:
    folder = written(samples[0], tmp_path)
    for linked in ("x.dat", "x.atr"):
        link_out(folder / linked)
        with pytest.raises(OutsideError, match=f"{linked} {OUTSIDE}, which is not followed; put the file itself into"):
            open_recording(folder / "x.dat", within=(folder,))
        samples[0].write(folder.parent / "secret")
        (folder / linked).unlink()
        samples[0].write(folder)


@pytest.mark.usefixtures("told_by")
def test_a_link_that_is_set_after_opening_is_not_followed(samples: list[Sample], tmp_path: Path) -> None:
    for sample in samples:
        for linked in sample.files:
            folder = written(sample, tmp_path / sample.name / linked)
            recording = open_local(folder, sample.opened, sample.layout)
            before = recording.read()
            marks = [recording.annotations(name) for name in recording.annotation_names]
            link_out(folder / linked)
            try:
                after = recording.read()
            except OutsideError as error:
                assert OUTSIDE in str(error)
            else:  # another file's, or held in memory
                np.testing.assert_array_equal(before, after, err_msg=f"{sample.name} {linked}")
            for mark in marks:
                assert mark is not None
                try:
                    again = recording.annotations(mark.name)
                except RecordingError as error:
                    assert OUTSIDE in str(error)
                else:
                    assert again is not None
                    np.testing.assert_array_equal(mark.sample, again.sample)
            if folder / linked in recording.files:
                recording.__dict__.pop("sha256", None)
                with pytest.raises(OutsideError):
                    _ = recording.sha256


@pytest.mark.parametrize("function", ["rdheader", "rdrecord", "rdann"])
def test_a_link_that_is_set_between_check_and_reading_gives_nothing_away(
    samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    sample = next(sample for sample in samples if sample.name == "wfdb-80")
    folder = written(sample, tmp_path)
    expected = open_local(folder, "x")
    signal, marks = expected.read(), expected.annotations("atr")
    real: Callable[..., Any] = getattr(wfdb, function)

    def swap_and_read(*given: Any, **more: Any) -> Any:
        for path in folder.iterdir():
            content = path.read_bytes()
            link_out(path)
            kept[path] = content
        try:
            return real(*given, **more)
        finally:
            for path, content in kept.items():
                path.unlink()
                path.write_bytes(content)

    kept: dict[Path, bytes] = {}
    monkeypatch.setattr(wfdb, function, swap_and_read)
    recording = open_recording(folder / "x.hea", within=(folder,))  # in this process, where the library is replaced
    np.testing.assert_array_equal(recording.read(), signal)
    found = recording.annotations("atr")
    assert marks is not None
    assert found is not None
    np.testing.assert_array_equal(found.sample, marks.sample)
    assert kept


def test_a_link_of_a_segment_s_signal_refuses_the_whole_record(samples: list[Sample], tmp_path: Path) -> None:
    sample = next(sample for sample in samples if sample.name == "wfdb-segments")
    folder = written(sample, tmp_path)
    segment = next(name for name in sample.files if name.endswith(".dat"))
    link_out(folder / segment)
    with pytest.raises(OutsideError, match=OUTSIDE):
        open_recording(folder / sample.opened, within=(folder,))


def test_links_within_the_folder_and_a_folder_behind_a_link_are_followed(samples: list[Sample], tmp_path: Path) -> None:
    for sample in samples:
        folder = written(sample, tmp_path / sample.name)
        (folder / "store").mkdir()
        for name in sample.files:
            (folder / name).rename(folder / "store" / name)
            (folder / name).symlink_to(Path("store") / name)
        behind = folder.parent / "behind"
        behind.symlink_to(folder, target_is_directory=True)
        recording = open_local(
            behind, Path(sample.opened).stem if sample.name == "wfdb-16" else sample.opened, sample.layout
        )
        assert recording.read().shape == (recording.n_samples, len(recording.leads))


def test_readers_open_files_in_one_way_alone() -> None:
    """What opens a file by itself follows links: only `ecg_core.confinement` does."""
    own_way = re.compile(
        r"\.open\(|\bopen\(|read_bytes\(\)|read_text\(|fromfile\(|memmap|FileIO\(path|str\(path|stat\(\)\.st_size"
    )
    modules = sorted(Path(ecg_core.formats.__file__).parent.rglob("*.py"))
    readers = [module for module in modules if not module.stem.endswith("writer")]
    assert len(readers) > 40
    for module in readers:
        found = [line for line in module.read_text().splitlines() if own_way.search(line)]
        assert not [line for line in found if "known.open" not in line], (module.name, found)


def test_a_typed_folder_must_lie_below_an_allowed_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed, other = tmp_path / "allowed", tmp_path / "other"
    for place in (allowed / "below", other):
        place.mkdir(parents=True)
    (allowed / "leads_out").symlink_to(other, target_is_directory=True)
    monkeypatch.setenv("RHYTHMOSCOPE_ROOTS", str(allowed))
    monkeypatch.delenv("ECG_DATA", raising=False)
    assert library.in_folder(str(allowed / "below")).recordings == ()
    assert library.in_folder(str(allowed)).recordings == ()
    refused = set()
    typed = (
        str(other),
        "/etc",
        "/",
        "/not/there",
        str(allowed / "leads_out"),
        f"{allowed}/../other",
        "~nobody-here/x",
        "a\0b",
    )
    for name in typed:
        for ask in (library.in_folder, lambda folder: library.locate("local/x", folder)):
            with pytest.raises(SourceError, match="not one that this dashboard may open") as error:
                ask(name)
            refused.add(str(error.value).replace(repr(name), "").replace(name, ""))
    assert len(refused) <= 2  # the same whether or not there is such a folder
    monkeypatch.setenv("ECG_DATA", str(other))
    assert library.in_folder(str(other)).recordings == ()


def test_by_default_home_and_start_are_allowed_on_this_machine_and_nothing_on_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, start = tmp_path / "home", tmp_path / "start"
    home.mkdir()
    start.mkdir()
    monkeypatch.delenv("RHYTHMOSCOPE_ROOTS")
    monkeypatch.delenv("ECG_DATA", raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(start)
    assert allowed_folders.allowed_roots() == (home, start)
    monkeypatch.setattr(allowed_folders._Reach, "this_machine_alone", False)
    assert allowed_folders.allowed_roots() == ()
    monkeypatch.setattr(allowed_folders._Reach, "this_machine_alone", True)
    monkeypatch.setenv("HOME", "/")
    monkeypatch.chdir("/")
    assert allowed_folders.allowed_roots() == ()


def test_the_list_of_a_folder_describes_nothing_that_lies_outside(samples: list[Sample], tmp_path: Path) -> None:
    folder = written(samples[0], tmp_path)
    (found,) = list_recordings(folder).recordings
    link_out(folder / "x.dat")
    (line,) = library.describe("local", [found])
    assert line.recording is None
    assert OUTSIDE in str(line.problem)
