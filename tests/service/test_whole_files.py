"""Files are there whole or not at all: after errors, on full disks, and whenever a process is killed."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import wfdb
from service.disks import fill, read_only, small_disk

from ecg_core import writing
from ecg_core.analysis import analyse
from ecg_core.caching import load_arrays, write_arrays
from ecg_core.errors import RecordingError
from ecg_core.export import write_results
from ecg_core.export.signal import write_signal
from ecg_core.formats import open_recording
from ecg_core.leftovers import hold, release, sweep_partials
from ecg_core.progress import Cancelled
from ecg_core.sources import list_recordings
from ecg_core.sources.demos import demo_folder
from ecg_core.writing import drafting, is_partial, replacing, write_text

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
DEMOS = ("demo_pvc", "demo_sinus")


def partials(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if is_partial(path)]


def aged(paths: list[Path], seconds: float = 60) -> None:
    for path in paths:
        os.utime(path, (time.time() - seconds,) * 2)


def test_a_file_takes_its_place_at_once(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    write_text(file, "old")
    with replacing(file) as partial:
        partial.write_text("new")
        assert partial.parent == file.parent
        assert partial.suffix == ".json"
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("raised", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, raised: BaseException) -> None:
    file = tmp_path / "a.json"
    write_text(file, "old")

    def fail() -> None:
        with replacing(file) as partial:
            partial.write_text("half")
            raise raised

    with pytest.raises(type(raised)):
        fail()
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


LEAVES = """
import os, sys
from pathlib import Path
from ecg_core.leftovers import hold
locks = [hold(Path(name)) for name in sys.argv[1:]]
assert all(locks)
os.kill(os.getpid(), 9)
"""


def left_by_a_killed_process(*paths: Path) -> None:
    """Have a process lock some partial files or folders, and be killed."""
    command = [sys.executable, "-c", LEAVES, *map(str, paths)]
    killed = subprocess.run(command, check=False, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert killed.returncode == -signal.SIGKILL


@pytest.mark.skipif(os.name != "posix", reason="processes are killed by signal")
def test_leftovers_of_processes_that_are_no_more_are_swept_and_others_stay(tmp_path: Path) -> None:
    dead, fresh = tmp_path / ".a.csv.7-0.part.csv", tmp_path / ".b.csv.7-1.part.csv"
    mine, forgotten = tmp_path / f".c.csv.{os.getpid()}-0.part.csv", tmp_path / f".d.csv.{os.getpid()}-1.part.csv"
    theirs = [tmp_path / name for name in ("a.csv", ".hidden", "part-1.ecgc", "x.1-2.part.csv", "download.dat.part")]
    unlocked = tmp_path / ".e.csv.7-2.part.csv"
    for path in (dead, fresh, mine, forgotten, unlocked, *theirs):
        path.write_text("x")
    left_by_a_killed_process(dead, fresh)
    lock = hold(mine)
    aged([dead, mine, unlocked, *theirs])
    aged([forgotten], 2 * 24 * 3600)
    assert sweep_partials(tmp_path) == 2
    assert not dead.exists()
    assert not forgotten.exists()
    assert all(path.exists() for path in (fresh, mine, unlocked, *theirs))
    release(lock)
    aged([fresh, *tmp_path.glob("*.held")])
    assert sweep_partials(tmp_path) == 1
    assert not list(tmp_path.glob("*.held"))
    assert sweep_partials(tmp_path / "absent") == 0


def test_a_folder_of_drafts_is_private_and_goes_with_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("x")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "theirs.txt").write_text("x")
    left, link = tmp_path / ".export.7-0.part", tmp_path / ".export.7-1.part"
    left.mkdir()
    (left / "half.dat").write_text("x")
    link.symlink_to(outside)
    left_by_a_killed_process(left, link)
    os.utime(link, (time.time() - 60,) * 2, follow_symlinks=False)
    aged([left, outside])
    with drafting(tmp_path, "export") as draft:
        assert (draft.stat().st_mode & 0o777) == 0o700
        assert is_partial(draft)
        (draft / "half.dat").write_text("x")
        assert {path.name for path in tmp_path.iterdir()} == {"kept.txt", "outside", draft.name}
    assert {path.name for path in tmp_path.iterdir()} == {"kept.txt", "outside"}
    assert (outside / "theirs.txt").read_text() == "x"


def test_a_half_written_record_is_in_no_list_of_recordings(tmp_path: Path) -> None:
    for ending in (".hea", ".dat"):
        content = (demo_folder() / f"demo_pvc{ending}").read_bytes()
        (tmp_path / f"demo_pvc{ending}").write_bytes(content)
        (tmp_path / f".demo_pvc{ending}.1-0.part{ending}").write_bytes(content[: len(content) // 2])
    assert [found.name for found in list_recordings(str(tmp_path)).recordings] == ["demo_pvc"]


CHILD = """
import sys
from pathlib import Path
from ecg_core.analysis import analyse
from ecg_core.export import write_results
from ecg_core.formats import open_recording
from ecg_core.sources.demos import demo_folder
found = []
for name in {demos!r}:
    recording = open_recording(demo_folder() / (name + ".hea"))
    found.append((recording, analyse(recording, group=False)))
print("ready", flush=True)
while True:
    for recording, analysis in found:
        write_results(recording, analysis, Path({folder!r}))
"""

EXPORTING = """
import time
from pathlib import Path
from ecg_core.formats.common import excerpt
from ecg_core.export.signal import write_signal
from ecg_core.formats import open_recording
from ecg_core.sources.demos import demo_folder
excerpt.PIECE_VALUES = 2000
recording = open_recording(demo_folder() / "demo_pvc.hea")
def slowly(share):
    if share > 0.5:  # looked through, and half written
        print("ready", flush=True)
        time.sleep(60)
write_signal(recording, Path({folder!r}), "wfdb", stem="x", progress=slowly)
"""

CACHING = """
from pathlib import Path
import numpy as np
from ecg_core.caching import write_arrays
print("ready", flush=True)
number = 0
while True:
    number += 1
    write_arrays(Path({file!r}), {{"a": np.full(200_000, number), "b": np.full(200_000, -number)}}, compressed=True)
"""


def kill_while_it_writes(program: str, after_s: float) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(after_s)
        child.send_signal(signal.SIGKILL)


def assert_whole(folder: Path, stem: str) -> None:
    """The three files of an analysis, each whole and telling of the same beats."""
    told = json.loads((folder / f"{stem}.json").read_text(encoding="utf-8"))
    table = pd.read_csv(folder / f"{stem}.beats.csv")
    marks = wfdb.rdann(str(folder / stem), "ecgc")
    assert told["summary"]["n_beats"] == len(table) == len(marks.sample)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="processes are killed by signal")
def test_a_writer_of_results_that_is_killed_leaves_whole_files_alone(tmp_path: Path) -> None:
    draw = random.Random(7)
    for _ in range(3):
        kill_while_it_writes(CHILD.format(demos=DEMOS, folder=str(tmp_path)), draw.uniform(0.02, 0.3))
        for file in [path for path in tmp_path.iterdir() if not is_partial(path)]:
            assert file.name.partition(".")[0] in DEMOS
            if file.suffix == ".json":  # it comes last: where it is, all three are
                assert_whole(tmp_path, file.stem)
            elif file.suffix == ".csv":
                assert file.read_bytes().endswith(b"\n")
                pd.read_csv(file, dtype={"sample": np.int64})
    aged(partials(tmp_path))
    for name in DEMOS:
        recording = open_recording(demo_folder() / f"{name}.hea")
        write_results(recording, analyse(recording, group=False), tmp_path)
        assert_whole(tmp_path, name)
    assert not partials(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="processes are killed by signal")
def test_an_export_that_is_killed_leaves_no_recording_and_the_next_one_nothing_of_it(tmp_path: Path) -> None:
    kill_while_it_writes(EXPORTING.format(folder=str(tmp_path)), 0.0)
    (half,) = tmp_path.iterdir()
    assert is_partial(half)
    assert list(half.iterdir())
    assert not list_recordings(str(tmp_path)).recordings
    aged([half])
    recording = open_recording(demo_folder() / "demo_pvc.hea")
    written = write_signal(recording, tmp_path, "wfdb", stem="x")
    assert set(tmp_path.iterdir()) == set(written)


@pytest.mark.skipif(os.name != "posix", reason="processes are killed by signal")
def test_a_cache_whose_writer_is_killed_holds_the_old_arrays_or_the_new(tmp_path: Path) -> None:
    file, draw = tmp_path / "x.beats.npz", random.Random(3)
    write_arrays(file, {"a": np.full(200_000, 0), "b": np.full(200_000, 0)})
    for _ in range(5):
        kill_while_it_writes(CACHING.format(file=str(file)), draw.uniform(0.0, 0.15))
        stored = load_arrays(file, "a", "b")
        assert stored is not None
        assert np.array_equal(stored["a"], -stored["b"])
        assert len(np.unique(stored["a"])) == 1
    aged(partials(tmp_path))
    sweep_partials(tmp_path)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="processes are killed by signal")
def test_analyse_that_is_killed_ends_its_work_when_it_is_called_again(tmp_path: Path) -> None:
    records = [str(demo_folder() / name) for name in DEMOS]
    command = [sys.executable, "-m", "ecg_core", "analyse", "--no-classify", "--out", str(tmp_path / "out"), *records]
    settings = {**os.environ, "RHYTHMOSCOPE_CACHE": str(tmp_path / "cache")}
    for after_s in (0.9, 1.6, 2.4):
        child = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(after_s)
        child.kill()
        child.wait()
    ended = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    for name in DEMOS:
        assert_whole(tmp_path / "out", name)


def test_an_analysis_that_is_cancelled_keeps_what_was_finished_and_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = open_recording(demo_folder() / "demo_pvc.hea")
    expected = analyse(recording, cache=False)
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path))
    for stop_at in (("Finding beats", 0.0), ("Grouping beats", 0.0), ("Grouping beats", 0.6)):

        def progress(stage: str, share: float, stop_at: tuple[str, float] = stop_at) -> None:
            if stage == stop_at[0] and share >= stop_at[1]:
                raise Cancelled

        with pytest.raises(Cancelled):
            analyse(recording, progress=progress)
        for file in (tmp_path / "analyses").iterdir():
            assert not is_partial(file)
            with np.load(file, allow_pickle=False) as stored:
                assert all(stored[name].shape is not None for name in stored.files)
    again = analyse(recording)
    pd.testing.assert_frame_equal(again.beats, expected.beats)


def test_a_full_disk_costs_one_sentence_and_no_half_file(tmp_path: Path) -> None:
    recording = open_recording(demo_folder() / "demo_pvc.hea")
    analysis = analyse(recording, group=False)
    with small_disk(tmp_path / "disk", 8) as disk:
        with pytest.raises(RecordingError) as problem:
            write_results(recording, analysis, disk)
        assert "No space left" in str(problem.value)
        assert "make room" in str(problem.value)
        assert not list(disk.iterdir())


def test_a_folder_that_cannot_be_written_to_costs_one_sentence(tmp_path: Path) -> None:
    recording = open_recording(demo_folder() / "demo_pvc.hea")
    folder = tmp_path / "out"
    folder.mkdir()
    with read_only(folder), pytest.raises(RecordingError, match="cannot be written to"):
        write_results(recording, analyse(recording, group=False), folder)


def test_results_that_find_no_room_in_the_cache_are_there_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = open_recording(demo_folder() / "demo_pvc.hea")
    with small_disk(tmp_path / "disk", 64) as disk:
        (disk / "analyses").mkdir()
        fill(disk)
        monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(disk))
        assert len(analyse(recording, group=False).beats)
        assert not list((disk / "analyses").iterdir())


def test_a_system_without_synchronised_folders_writes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(writing.os, "open", refused)
    writing._bring_to_disk(tmp_path)
