"""The other commands, and how every command answers bad input."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import wfdb

from ecg_core import __version__
from ecg_core.synthesis import scenarios
from ecg_core.synthesis.conditions import CONDITIONS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
Run = Callable[..., object]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "COMMAND"),
        ("dance", "dance"),
        ("analyse x", "--out"),
        ("analyse --out x", "RECORDING"),
        ("evaluate", "--data"),
        ("evaluate --data /nowhere/at/all --no-classify", "/nowhere/at/all"),
        ("train nothing --data . --out x", "There is no recipe 'nothing'"),
        ("train beat --data /nowhere/at/all --out x", "/nowhere/at/all"),
        ("train beat --data . --out x --folds three", "--folds"),
        ("synth waltz", "There is no scenario 'waltz'"),
        ("synth demo_pvc --hours 0", "demo_pvc"),
        ("synth demo_pvc --hours nan", "demo_pvc"),
        ("synth demo_pvc --hours -1", "demo_pvc"),
        ("synth demo_pvc --hours 1e9", "744 h at most"),
        ("evaluate --data . --records all --no-classify", "There is no WFDB record in ."),
        ("evaluate --data . --card --no-classify", "leave --no-classify out"),
        ("evaluate --data . --other-model x", "--explanations"),
        ("evaluate --data . --reference ../atr --no-classify", "is no annotator's name"),
        ("synth demo_pvc --seed -1", "demo_pvc"),
        ("synth", "--list"),
        ("synth demo_pvc --noise 2", "--noise is for conditions"),
        ("synth stemi_inferior --seconds 1", "2 to 3600 s"),
        ("synth stemi_inferior --hours 2", "2 to 3600 s"),
        ("synth stemi_inferior --seconds nan", "2 to 3600 s"),
        ("synth stemi_inferior --noise -1", "noise is a factor"),
        ("synth stemi_inferior --noise nan", "noise is a factor"),
        ("synth stemi_inferior --seed -1", "a seed is a whole number"),
        ("synth lbbb --hours 1 --seconds 5", "not allowed with"),
        ("fetch ../../etc --to x", "../../etc"),
    ],
)
def test_bad_input_is_status_2_and_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run(*shlex.split(line))
    assert ran.status == 2
    assert len(ran.complaints) == 1
    assert sentence in ran.err
    assert ran.err.endswith(".\n")
    assert ran.out == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("line", ["dance", "analyse nowhere --no-classify --out x", "synth waltz"])
def test_as_a_process_there_is_no_traceback(tmp_path: Path, line: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ecg_core", *line.split()], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_the_version_is_the_package_s(run: Run) -> None:
    assert run("--version").out.strip() == __version__


def test_synth_writes_a_record_with_its_truth(run: Run, tmp_path: Path) -> None:
    ran = run("synth", "demo_pvc", "--hours", 0.01, "--out", tmp_path)
    assert ran.status == 0
    header = Path(ran.out.strip())
    assert header == tmp_path / "demo_pvc.hea"
    assert wfdb.rdheader(str(header.with_suffix(""))).sig_len == 0.01 * 3600 * scenarios()["demo_pvc"].fs_hz
    assert "V" in wfdb.rdann(str(header.with_suffix("")), "atr").symbol


def test_synth_repeats_itself_for_a_seed_only(run: Run, tmp_path: Path) -> None:
    for folder, seed in (("a", 4), ("b", 4), ("c", 5)):
        run("synth", "demo_sinus", "--hours", 0.005, "--seed", seed, "--out", tmp_path / folder)
    first, same, other = ((tmp_path / folder / "demo_sinus.dat").read_bytes() for folder in "abc")
    assert first == same
    assert first != other


def test_synth_lists_every_scenario(run: Run) -> None:
    for asked in ("list", "--list"):
        listed = [line.split()[0] for line in run("synth", asked).out.splitlines() if line.startswith("  ")]
        assert listed == [*scenarios(), *CONDITIONS]


def test_synth_writes_a_condition_with_beats_rhythm_and_waves(run: Run, tmp_path: Path) -> None:
    ran = run("synth", "avb1", "--seconds", 12, "--noise", 0, "--out", tmp_path)
    assert (ran.status, ran.err) == (0, "")
    header = Path(ran.out.strip())
    record = wfdb.rdheader(str(header.with_suffix("")))
    assert (record.n_sig, record.fs, record.sig_len) == (12, 500, 6000)
    annotation = wfdb.rdann(str(header.with_suffix("")), "atr")
    assert annotation.aux_note[0].rstrip("\0") == "(BI"
    beats = [at for at, symbol in zip(annotation.sample, annotation.symbol, strict=True) if symbol == "N"]
    waves = pd.read_csv(tmp_path / "avb1.waves.csv")
    assert sorted(set(waves["sample"])) == beats


def test_recipes_lists_what_train_takes(run: Run) -> None:
    ran = run("recipes")
    assert ran.status == 0
    first = [line.split()[0] for line in ran.out.splitlines() if line]
    assert {"beat", "cnn5", "ds1", "svdb"} <= set(first)
    assert all(len(line.split()) > 3 for line in ran.out.splitlines() if line)


def test_evaluate_scores_detection_and_writes_the_figures(run: Run, records: Path, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    asked = ("evaluate", "--data", records, "--records", "all", "--no-classify", "--peaks", "detected")
    ran = run(*asked, "--json", file)
    assert (ran.status, ran.err) == (0, "")
    assert "demo_pvc" in ran.out
    assert "all leads" in ran.out
    figures = json.loads(file.read_text())
    assert figures["leads"] == "all"
    assert figures["command"].startswith("python -m ecg_core evaluate --data")
    assert "model" not in figures
    assert "first lead" in run(*asked, "--leads", "first").out


def test_evaluate_takes_named_records_only(run: Run, records: Path) -> None:
    asked = ("evaluate", "--data", records, "--no-classify", "--peaks", "detected", "--records")
    ran = run(*asked, "demo_pac")
    assert "demo_pac" in ran.out
    assert "demo_pvc" not in ran.out
    ran = run(*asked, "demo_pac,demo_waltz")
    assert ran.status == 2
    assert "demo_waltz" in ran.complaints[0]
    assert len(ran.complaints) == 1


def test_evaluate_of_all_leaves_out_and_names_records_whose_beats_nobody_marked(
    run: Run, records: Path, tmp_path: Path
) -> None:
    for name in ("demo_pvc", "demo_pac"):
        for extension in ("hea", "dat"):
            shutil.copy(records / f"{name}.{extension}", tmp_path)
    shutil.copy(records / "demo_pvc.atr", tmp_path)
    # As in the MIT-BIH Atrial Fibrillation Database: rhythms in .atr, beats elsewhere.
    wfdb.wrann("demo_pac", "atr", np.array([10]), ["+"], aux_note=["(AFIB"], write_dir=str(tmp_path))
    wfdb.wrann("demo_pac", "qrs", np.array([100, 460]), ["N", "N"], write_dir=str(tmp_path))
    shutil.copy(records / "demo_pvc.hea", tmp_path / "noise.hea")
    asked = ("evaluate", "--data", tmp_path, "--no-classify", "--peaks", "detected", "--records")
    file = tmp_path / "figures.json"
    ran = run(*asked, "all", "--json", file)
    assert (ran.status, ran.err) == (0, "")
    assert "No beats in .atr, left out: demo_pac" in ran.out
    assert "No annotations .atr, left out: noise" in ran.out
    assert json.loads(file.read_text())["records"] == ["demo_pvc"]
    for name, why in (("demo_pac", "marks no beats"), ("noise", "has no reference annotations")):
        ran = run(*asked, name)
        assert (ran.status, len(ran.complaints), ran.out) == (2, 1, "")
        assert why in ran.err
    assert "demo_pac has qrs" in run(*asked, "demo_pac").err
    (tmp_path / "demo_pvc.atr").unlink()
    ran = run(*asked, "all")
    assert (ran.status, len(ran.complaints), ran.out) == (2, 1, "")
    assert "No record in" in ran.err


def test_evaluate_takes_another_annotator_as_reference(run: Run, records: Path, tmp_path: Path) -> None:
    for extension in ("hea", "dat"):
        shutil.copy(records / f"demo_pac.{extension}", tmp_path)
    shutil.copy(records / "demo_pac.atr", tmp_path / "demo_pac.man")
    file = tmp_path / "figures.json"
    options = ("--records", "all", "--no-classify", "--peaks", "detected", "--reference", "man", "--json", file)
    ran = run("evaluate", "--data", tmp_path, *options)
    assert (ran.status, ran.err) == (0, "")
    assert "Reference man" in ran.out
    assert json.loads(file.read_text())["results"][0]["gross"]["QRS"]["se"] > 0.95


@pytest.mark.parametrize("command", [("evaluate", "--no-classify"), ("score", "--test", "atr")])
def test_a_file_for_figures_that_cannot_be_written_is_told_before_they_are_worked_out(
    run: Run, records: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "file" / "figures.json"):
        ran = run(*command, "--data", records, "--records", "all", "--json", place)
        assert (ran.status, ran.out, len(ran.complaints)) == (2, "", 1)
        assert str(place) in ran.err
    ran = run(*command, "--data", records, "--records", "all", "--json", tmp_path / "new" / "figures.json")
    assert ran.status == 0
    assert (tmp_path / "new" / "figures.json").is_file()


def test_evaluate_has_nothing_to_say_where_every_record_is_left_out(run: Run, records: Path, tmp_path: Path) -> None:
    for extension in ("hea", "dat"):
        shutil.copy(records / f"demo_pac.{extension}", tmp_path)
    wfdb.wrann("demo_pac", "atr", np.array([100, 460]), ["/", "/"], write_dir=str(tmp_path))
    ran = run("evaluate", "--data", tmp_path, "--records", "all", "--no-classify", "--without-paced")
    assert (ran.status, ran.out, len(ran.complaints)) == (2, "", 1)
    assert "Every record has paced beats" in ran.err


def test_evaluate_says_that_ds2_is_not_there(run: Run, records: Path) -> None:
    ran = run("evaluate", "--data", records, "--no-classify")
    assert ran.status == 2
    assert len(ran.complaints) == 1
    assert "Not in the data folder: 100, 103" in ran.err


@pytest.mark.tensorflow
def test_evaluate_scores_a_model_and_writes_its_card(
    run: Run, records: Path, tiny_model_folder: Path, tmp_path: Path
) -> None:
    model = Path(shutil.copytree(tiny_model_folder, tmp_path / "model"))
    asked = ("evaluate", "--data", records, "--records", "demo_pvc,demo_pac", "--model", model)
    ran = run(*asked, "--json", tmp_path / "figures.json", "--card")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("Model tiny (")
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["model"]["name"] == "tiny"
    card = json.loads((model / "card.json").read_text())
    kept = card["figures"]["demo_pvc,demo_pac_reference"]
    assert kept.keys() == figures.keys()
    assert kept["records"] == figures["records"]
    gross, of_card = figures["results"][0]["gross"]["N"], kept["results"][0]["gross"]["N"]
    # A card keeps six digits.
    assert of_card == {name: value and pytest.approx(value, rel=1e-5) for name, value in gross.items()}


def test_fetch_without_a_network_is_one_sentence(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_PHYSIONET_URL", "http://127.0.0.1:9")
    for asked in ("mitdb", "mitdb/100"):
        ran = run("fetch", asked, "--to", tmp_path)
        assert ran.status == 2
        assert len(ran.complaints) == 1
        assert "PhysioNet" in ran.err


def test_fetch_names_the_headers_it_wrote(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrote = [tmp_path / "mitdb" / "100.hea", tmp_path / "mitdb" / "101.hea"]

    def fetched(name: str, to: Path, progress: Callable[[float, str], None]) -> object:
        progress(0.5, "100.dat")
        return wrote[0] if "/" in name else wrote

    monkeypatch.setattr("ecg_core.sources.physionet.fetch_record", fetched)
    monkeypatch.setattr("ecg_core.sources.physionet.fetch_database", fetched)
    assert run("fetch", "mitdb/100", "--to", tmp_path).out.splitlines() == [str(wrote[0])]
    assert run("fetch", "mitdb", "--to", tmp_path).out.splitlines() == [str(path) for path in wrote]


@pytest.mark.parametrize(
    "command", [("score", "--data", "mitdb"), ("train", "feature_svm", "--data", "ds1", "--out", "out")], ids=" ".join
)
def test_an_unusable_setting_is_refused_in_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("ECG_DATA", "~nobody-of-this-name/x")
    ran = run(*command)
    assert ran.status == 2
    assert len(ran.complaints) == 1
    assert "ECG_DATA is '~nobody-of-this-name/x'; it can be a folder" in ran.complaints[0]
