"""``analyse`` over folders: every recording in them, every other file with its reason, and no name twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ecg_core.formats import open_recording

pytestmark = pytest.mark.slow

Run = Callable[..., object]


@pytest.fixture
def tree(records: Path, tmp_path: Path) -> Path:
    """A folder of folders: three recordings, two of one name, and what else lies about."""
    root = tmp_path / "tree"
    for folder, name in (("a", "demo_pvc"), ("b", "demo_pvc"), ("b/deep", "demo_pac")):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for path in records.glob(f"{name}.*"):
            shutil.copy(path, root / folder)
    (root / "README").write_text("Recordings of the ward.\n")
    (root / "a" / "lost.dat").write_bytes(b"\1\2")
    (root / "b" / "broken.edf").write_bytes(b"0".ljust(168) + b"01.01.0101.01.01256     " + bytes(300))
    (root / "b" / "empty.csv").touch()
    (root / ".hidden").mkdir()
    return root


def written(folder: Path) -> set[str]:
    return {path.name.removesuffix(".json") for path in folder.glob("*.json")}


def test_every_recording_is_analysed_and_every_other_file_named(run: Run, tree: Path, tmp_path: Path) -> None:
    ran = run("analyse", tree, "--no-classify", "--out", tmp_path / "out")
    assert ran.status == 0
    assert written(tmp_path / "out") == {"a-demo_pvc", "b-demo_pvc", "demo_pac"}
    assert len(ran.out.splitlines()) == 3
    belonging, others, *reasons = ran.complaints
    assert belonging.startswith("6 files belong to these recordings")
    assert others == "4 other files were not analysed:"
    assert [reason.split(":")[0] for reason in reasons] == ["README", "a/lost.dat", "b/broken.edf", "b/empty.csv"]
    assert all(reason.endswith(".") for reason in reasons)
    digest = json.loads((tmp_path / "out" / "b-demo_pvc.json").read_text())["provenance"]["source_sha256"]
    assert digest == open_recording(tree / "b" / "demo_pvc").sha256


def test_results_beside_the_recordings_are_not_searched(run: Run, tree: Path) -> None:
    first = run("analyse", tree, "--no-classify", "--out", tree / "out")
    again = run("analyse", tree, "--no-classify", "--out", tree / "out")
    assert (first.status, first.out) == (0, again.out)


def test_what_was_asked_for_by_name_must_be_there(run: Run, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing" / "note.txt").write_text("hello")
    ran = run("analyse", tmp_path / "nothing", tree / "b" / "deep", "--no-classify", "--out", tmp_path / "out")
    assert ran.status == 2
    assert "nothing holds no recording that can be analysed." in ran.complaints[0]
    assert written(tmp_path / "out") == {"demo_pac"}
    ran = run("analyse", tree / "b" / "broken.edf", tree / "a", "--no-classify", "--out", tmp_path / "out")
    assert ran.status == 2
    assert "broken.edf" in ran.complaints[0]
    assert "demo_pvc" in written(tmp_path / "out")


def test_a_recording_named_and_found_has_two_names(run: Run, tree: Path, tmp_path: Path) -> None:
    asked = (tree / "a" / "demo_pvc", tree / "b")
    ran = run("analyse", *asked, "--no-classify", "--out", tmp_path / "out")
    assert ran.status == 0
    assert written(tmp_path / "out") == {"demo_pvc", "demo_pvc-2", "demo_pac"}


def test_names_that_mean_harm_name_plain_files(run: Run, records: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    signal = open_recording(records / "demo_pvc").read(0, 4000, [0])[:, 0]
    rows = "\n".join(f"{n / 360:.4f},{value:.3f}" for n, value in enumerate(signal))
    for stem in ("=1+1", "-rf", "aux", "a\nb", "‮x", "x" * 150, "<b>"):
        (tree / f"{stem}.csv").write_text(f"time_s,II_mv\n{rows}\n")
    ran = run("analyse", tree, "--no-classify", "--out", tmp_path / "out")
    assert ran.status == 0
    assert written(tmp_path / "out") == {"=1+1", "_-rf", "_aux", "a_b", "_x", "x" * 100, "_b_"}


def test_one_recording_on_which_the_analysis_trips_does_not_stop_the_others(
    run: Run, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecg_core import analysis

    real = analysis.analyse

    def trips(recording, *arguments, **more):
        if recording.name == "a-demo_pvc":
            raise IndexError("a bug")
        return real(recording, *arguments, **more)

    monkeypatch.setattr("ecg_core.analysis.analyse", trips)
    ran = run("analyse", tree, "--no-classify", "--out", tmp_path / "out")
    assert ran.status == 2
    assert "could not be analysed (IndexError: a bug); please report it." in ran.complaints[0]
    assert written(tmp_path / "out") == {"b-demo_pvc", "demo_pac"}


@pytest.mark.data
@pytest.mark.slow
def test_real_formats_and_a_few_of_each_database_in_one_process(run: Run, ecg_data: Path, tmp_path: Path) -> None:
    tree = tmp_path / "data"
    shutil.copytree(ecg_data / "formats", tree / "formats")
    for database, kept in (("mitdb", "100"), ("ludb/data", "1"), ("rhythm12", "E0750?")):
        (tree / database).mkdir(parents=True)
        for path in (ecg_data / database).glob(f"{kept}.*"):
            shutil.copy(path, tree / database)
    shutil.copy(ecg_data / "ludb" / "ludb.csv", tree / "ludb")
    ran = run("analyse", tree, "--no-classify", "--out", tmp_path / "out")
    assert ran.status == 0
    n_files = sum(1 for path in tree.rglob("*") if path.is_file())
    told = next(place for place, line in enumerate(ran.complaints) if "belong to these recordings" in line)
    n_belonging = int(ran.complaints[told].split()[0])
    assert ran.complaints[told + 1] == "2 other files were not analysed:"
    assert {line.split(":")[0] for line in ran.complaints[told + 2 :]} == {
        "formats/edf/edfio_short_psg.edf",
        "ludb/ludb.csv",
    }
    assert len(written(tmp_path / "out")) == len(ran.out.splitlines()) == n_files - n_belonging - 2
    assert {"wfdb-v102s", "wfdb-multi-segment-fixed1-v102s", "1", "100", "E07500", "Example"} <= {
        name.removeprefix("formats-") for name in written(tmp_path / "out")
    }


@pytest.mark.parametrize("here", [".", "./", ""])
def test_the_folder_one_stands_in_is_searched(
    run: Run, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: str
) -> None:
    monkeypatch.chdir(tree / "b")
    ran = run("analyse", here, "--no-classify", "--out", tmp_path / "out")
    assert ran.status == 0
    assert written(tmp_path / "out") == {"demo_pvc", "demo_pac"}


def test_a_folder_named_twice_or_within_another_is_analysed_once(run: Run, tree: Path, tmp_path: Path) -> None:
    for asked in (("b", "b"), ("b", "b/deep"), ("b/deep", "b"), ("b/deep/demo_pac", "b")):
        out = tmp_path / asked[0].replace("/", "-") / asked[1].replace("/", "-")
        ran = run("analyse", *(tree / one for one in asked), "--no-classify", "--out", out)
        assert ran.status == 0
        assert written(out) == {"demo_pvc", "demo_pac"}


def test_a_pattern_that_names_all_files_of_records_is_each_record_once(run: Run, records: Path, tmp_path: Path) -> None:
    ran = run("analyse", *sorted(records.glob("*.*")), "--no-classify", "--out", tmp_path)
    assert ran.status == 0
    assert len(ran.out.splitlines()) == 2
    assert ran.complaints == ["4 files belong to these recordings: signals, segments, annotations."]


def test_a_place_that_cannot_be_written_to_is_told_once_and_first(run: Run, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ran = run("analyse", tree, "--no-classify", "--out", tmp_path / "file" / "out")
    assert (ran.status, ran.out, len(ran.complaints)) == (2, "", 1)
    assert str(tmp_path / "file" / "out") in ran.err
