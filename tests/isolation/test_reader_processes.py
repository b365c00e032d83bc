"""Reader processes: they give what the readers give, and a file that breaks one costs that file and a sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ecg_core.confinement import OutsideError
from ecg_core.errors import RecordingError
from ecg_core.export.signal import write_signal
from ecg_core.formats import LayoutNeededError, TableLayout, open_recording
from ecg_core.isolation import Limits, ReaderPool, open_isolated, view_table_isolated
from ecg_core.isolation.template import READERS
from ecg_core.isolation.worker import SENT_FIELDS
from ecg_core.recording import Recording
from ecg_core.sources.demos import demo_folder

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parents[1]
DEMO = demo_folder() / "demo_pvc.hea"


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    pool = ReaderPool(Limits())
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def hostile_pool() -> Iterator[ReaderPool]:
    limits = Limits(memory_bytes=256 << 20, cpu_s=2, wall_s=6)
    pool = ReaderPool(limits, max_readers=2, modules=(*READERS, "isolation.hostile_readers"))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(TESTS)
        pool.warm_up()
    yield pool
    pool.close()


def hostile(tmp_path: Path, what: str) -> Path:
    path = tmp_path / f"{what}.bad"
    path.write_bytes(b"HOSTILE " + what.encode())
    return path


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same recording in formats that are read span by span and in formats that are held in memory."""
    folder = tmp_path_factory.mktemp("samples")
    demo = open_recording(DEMO)
    paths = {"wfdb": DEMO}
    return paths | {kind: write_signal(demo, folder, kind, stem="x")[0] for kind in ("edf", "csv", "parquet")}


@pytest.mark.parametrize("kind", ["wfdb", "edf", "csv", "parquet"])
def test_a_recording_read_by_a_worker_equals_one_read_here(
    pool: ReaderPool, samples: dict[str, Path], kind: str
) -> None:
    here = open_recording(samples[kind], source="upload", name="a name")
    there = open_isolated(samples[kind], source="upload", name="a name", pool=pool)
    for name in SENT_FIELDS:
        assert getattr(there, name) == getattr(here, name), name
    np.testing.assert_array_equal(there.read(), here.read())
    np.testing.assert_array_equal(
        there.read(100, 900, [here.lead_names[-1]]), here.read(100, 900, [len(here.leads) - 1])
    )
    assert there.sha256 == here.sha256
    for name in here.annotation_names:
        ours, theirs = here.annotations(name), there.annotations(name)
        assert ours is not None
        assert theirs is not None
        np.testing.assert_array_equal(theirs.sample, ours.sample)
        np.testing.assert_array_equal(theirs.symbol, ours.symbol)
        assert (theirs.aux, theirs.subtype) == (ours.aux, ours.subtype)


def test_a_reader_s_own_error_arrives_with_what_it_carries(pool: ReaderPool, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("II,V1\n" + "0.1,0.2\n0.3,0.1\n" * 400)
    with pytest.raises(LayoutNeededError) as here:
        open_recording(table)
    with pytest.raises(LayoutNeededError) as there:
        open_isolated(table, pool=pool)
    assert str(there.value) == str(here.value)
    assert vars(there.value) == vars(here.value)
    opened = open_isolated(table, layout=TableLayout(fs_hz=250.0, unit="mV"), pool=pool)
    assert (opened.fs_hz, opened.lead_names) == (250.0, ("II", "V1"))
    view = view_table_isolated(table, pool=pool)
    assert view is not None
    assert [column.name for column in view.columns] == ["II", "V1"]


def test_a_worker_reads_nothing_outside_the_folder(pool: ReaderPool, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.hea").symlink_to(DEMO)
    with pytest.raises(OutsideError):
        open_isolated(inside / "link.hea", within=(inside,), pool=pool)


def test_a_missing_file_is_told_as_always(pool: ReaderPool, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"no file gone\.edf"):
        open_isolated(tmp_path / "gone.edf", pool=pool)


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("crash", "ended unexpectedly"),
        ("loop", "took longer"),
        ("wait", "took longer"),
        ("allocate", "needs more memory"),
    ],
)
def test_a_reader_that_misbehaves_costs_its_file_and_a_sentence(
    hostile_pool: ReaderPool, tmp_path: Path, what: str, says: str
) -> None:
    with pytest.raises(RecordingError) as refused:
        open_isolated(hostile(tmp_path, what), pool=hostile_pool)
    assert says in str(refused.value)
    assert f"{what}.bad" in str(refused.value)
    assert open_isolated(DEMO, pool=hostile_pool).read(0, 10).shape[0] == 10


def test_others_read_on_while_one_reader_loops(hostile_pool: ReaderPool, tmp_path: Path) -> None:
    said: list[str] = []

    def loop() -> None:
        try:
            open_isolated(hostile(tmp_path, "loop"), pool=hostile_pool)
        except RecordingError as error:
            said.append(str(error))

    looping = threading.Thread(target=loop)
    looping.start()
    recording = open_isolated(DEMO, pool=hostile_pool)
    for start in range(0, 2000, 100):
        assert len(recording.read(start, start + 100)) == 100
    looping.join()
    assert len(said) == 1


def test_a_worker_killed_in_the_middle_is_replaced(pool: ReaderPool) -> None:
    recording = open_isolated(DEMO, pool=pool)
    expected = recording.read()
    for pid in pool.pids():
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(RecordingError, match=r"demo_pvc.* ended unexpectedly"):
        _read_until_told(recording, len(pool.pids()))
    np.testing.assert_array_equal(recording.read(), expected)


def _read_until_told(recording: Recording, n_readers: int) -> None:
    for _ in range(n_readers):
        recording.read(0, 100)


def test_a_killed_template_is_replaced(tmp_path: Path) -> None:
    pool = ReaderPool(Limits())
    try:
        expected = open_isolated(DEMO, pool=pool).read()
        template = pool._template
        assert template is not None
        template.kill()
        template.wait()
        (reader,) = pool.pids()
        os.kill(reader, signal.SIGKILL)
        with pytest.raises(RecordingError, match="ended unexpectedly"):
            open_isolated(DEMO, pool=pool)
        np.testing.assert_array_equal(open_isolated(DEMO, pool=pool).read(), expected)
    finally:
        pool.close()


def test_a_recording_that_changed_on_disk_is_not_read_on(tmp_path: Path, samples: dict[str, Path]) -> None:
    pool = ReaderPool(Limits())
    try:
        path = tmp_path / "x.edf"
        path.write_bytes(samples["edf"].read_bytes())
        recording = open_isolated(path, pool=pool)
        pool.close()  # the worker that had it open has gone
        (shorter,) = write_signal(open_recording(DEMO), tmp_path, "edf", stem="shorter", stop=recording.n_samples // 2)
        path.write_bytes(shorter.read_bytes())
        with pytest.raises(RecordingError, match=r"x\.edf has changed since it was opened"):
            recording.read(0, 100)
    finally:
        pool.close()


FOLDER_RUN = """
import sys
import isolation.hostile_readers
from ecg_core.__main__ import run
from ecg_core.isolation import Limits, ReaderPool, remote
from ecg_core.isolation.template import READERS

pool = ReaderPool(Limits(256 << 20, 5, 20.0), modules=(*READERS, "isolation.hostile_readers"))
remote.shared_pool = lambda: pool
sys.argv = ["ecg_core", "analyse", sys.argv[1], "--no-classify", "--out", sys.argv[2]]
run()
"""


def test_a_file_that_crashes_its_reader_does_not_end_the_analysis_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for path in DEMO.parent.glob("demo_pvc.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    hostile(folder, "crash")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS), str(TESTS.parent)))}
    command = [sys.executable, "-c", FOLDER_RUN, str(folder), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert "crash.bad" in done.stderr
    assert "ended unexpectedly" in done.stderr
    assert (tmp_path / "out" / "demo_pvc.beats.csv").is_file()


def test_readers_end_with_the_process_that_asked(tmp_path: Path) -> None:
    pool = ReaderPool(Limits())
    pool.warm_up()
    (reader,) = pool.pids()
    template = pool._template
    assert template is not None
    pool.close()
    assert template.poll() is not None
    deadline_s = time.monotonic() + 60
    while Path(f"/proc/{reader}").exists() and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert not Path(f"/proc/{reader}").exists()
