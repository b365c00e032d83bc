"""``analyse``: three files for each recording, one line for each problem."""

from __future__ import annotations

import hashlib
import json
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
from ecg_core.beats import BEAT_TABLE_COLUMNS, CLASSES
from ecg_core.formats import open_recording

ROOT = Path(__file__).parents[2]
Run = Callable[..., object]


def files_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.tensorflow
def test_the_three_files_say_the_same(run: Run, records: Path, tiny_model_folder: Path, tmp_path: Path) -> None:
    ran = run("analyse", records / "demo_pvc", "--model", tiny_model_folder, "--out", tmp_path)
    assert (ran.status, ran.err) == (0, "")
    assert files_of(tmp_path) == ["demo_pvc.beats.csv", "demo_pvc.ecgc", "demo_pvc.json"]

    table = pd.read_csv(tmp_path / "demo_pvc.beats.csv")
    assert tuple(table.columns) == BEAT_TABLE_COLUMNS
    probabilities = table[[f"p_{letter.lower()}" for letter in CLASSES]]
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert table["label"].tolist() == [CLASSES[index] for index in probabilities.to_numpy().argmax(axis=1)]
    recording = open_recording(records / "demo_pvc")
    np.testing.assert_allclose(table["time_s"], table["sample"] / recording.fs_hz, atol=1e-6)
    np.testing.assert_allclose(table["rr_s"][1:], np.diff(table["time_s"]), atol=2e-6)

    annotation = wfdb.rdann(str(tmp_path / "demo_pvc"), "ecgc")
    assert annotation.fs == recording.fs_hz
    is_rhythm = np.asarray(annotation.symbol) == "+"
    assert annotation.sample[~is_rhythm].tolist() == table["sample"].tolist()
    assert np.asarray(annotation.symbol)[~is_rhythm].tolist() == table["label"].tolist()
    assert is_rhythm.any()
    for text in np.asarray(annotation.aux_note)[is_rhythm]:
        assert text.startswith("(")

    described = json.loads((tmp_path / "demo_pvc.json").read_text())
    assert described["summary"]["n_beats"] == len(table)
    counts = table["label"].value_counts()
    assert described["summary"]["n_by_class"] == {letter: int(counts.get(letter, 0)) for letter in CLASSES}
    card = json.loads((tiny_model_folder / "card.json").read_text())
    provenance = described["provenance"]
    assert provenance["model"] == card["name"] == "tiny"
    assert len(provenance["model_sha256"]) == 64
    assert provenance["version"] == __version__
    assert provenance["synthetic"] is True
    assert provenance["peaks"] == "detected"
    assert provenance["device"]
    digest = hashlib.sha256()
    for name in ("demo_pvc.hea", "demo_pvc.dat"):
        digest.update(hashlib.sha256((records / name).read_bytes()).digest())
    assert provenance["source_sha256"] == digest.hexdigest()


@pytest.mark.tensorflow
def test_the_results_open_beside_the_signal(run: Run, records: Path, tiny_model_folder: Path, tmp_path: Path) -> None:
    for name in ("demo_pac.hea", "demo_pac.dat"):
        shutil.copy(records / name, tmp_path)
    run("analyse", tmp_path / "demo_pac", "--model", tiny_model_folder, "--out", tmp_path)
    recording = open_recording(tmp_path / "demo_pac")
    assert recording.annotation_names == ("ecgc",)
    samples, symbols = recording.annotations().beats()
    table = pd.read_csv(tmp_path / "demo_pac.beats.csv")
    assert samples.tolist() == table["sample"].tolist()
    assert symbols.tolist() == table["label"].tolist()


def test_without_a_classifier_classes_stay_absent(run: Run, records: Path, tmp_path: Path) -> None:
    assert run("analyse", records / "demo_pvc", "--no-classify", "--out", tmp_path).status == 0
    table = pd.read_csv(tmp_path / "demo_pvc.beats.csv")
    assert len(table) > 50
    assert table[["label", "p_n", "p_s", "p_v", "p_f", "p_q"]].isna().all(axis=None)
    described = json.loads((tmp_path / "demo_pvc.json").read_text())
    assert described["summary"]["n_by_class"] is None
    assert described["summary"]["burden_v_percent"] is None
    assert described["provenance"]["model"] is None
    assert set(wfdb.rdann(str(tmp_path / "demo_pvc"), "ecgc").symbol) == {"Q"}


def test_several_recordings_in_one_process(run: Run, records: Path, tmp_path: Path) -> None:
    ran = run("analyse", records / "demo_pvc.hea", records / "demo_pac.dat", "--no-classify", "--out", tmp_path / "new")
    assert ran.status == 0
    assert len(files_of(tmp_path / "new")) == 6
    assert [line.split(":")[0] for line in ran.out.splitlines()] == ["demo_pvc", "demo_pac"]


def test_a_file_that_fails_is_reported_in_a_line_and_the_rest_go_on(run: Run, records: Path, tmp_path: Path) -> None:
    bad, out = tmp_path / "bad", tmp_path / "out"
    bad.mkdir()
    (bad / "nosignal.hea").write_text("nosignal 1 360 3600\nnosignal.dat 16 200/mV 16 0 0 0 0 II\n")
    (bad / "garbage.hea").write_bytes(bytes(range(256)))
    (bad / "empty.hea").touch()
    asked = [tmp_path / "absent", bad / "nosignal", bad / "garbage", bad / "empty", records / "demo_pvc"]
    ran = run("analyse", *asked, "--no-classify", "--out", out)
    assert ran.status == 2
    assert len(ran.complaints) == 4
    for path, complaint in zip(asked[:4], ran.complaints, strict=True):
        assert path.name in complaint
        assert complaint.endswith(".")
    assert "Traceback" not in ran.err
    assert files_of(out) == ["demo_pvc.beats.csv", "demo_pvc.ecgc", "demo_pvc.json"]


def test_two_recordings_of_one_name_do_not_replace_each_other(run: Run, records: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for name in ("demo_pac.hea", "demo_pac.dat"):
        (other / name.replace("pac", "pvc")).write_bytes((records / name).read_bytes())
    header = (records / "demo_pac.hea").read_text().replace("demo_pac", "demo_pvc")
    (other / "demo_pvc.hea").write_text(header)
    out = tmp_path / "out"
    ran = run("analyse", records / "demo_pvc", other / "demo_pvc", "--no-classify", "--out", out)
    assert ran.status == 2
    assert "would replace those of" in ran.complaints[0]
    source = json.loads((out / "demo_pvc.json").read_text())["provenance"]["source_sha256"]
    assert source == open_recording(records / "demo_pvc").sha256


def test_a_name_that_wfdb_would_not_write_is_no_obstacle(run: Run, records: Path, tmp_path: Path) -> None:
    header = (records / "demo_pvc.hea").read_text()
    shutil.copy(records / "demo_pvc.dat", tmp_path)
    first, rest = header.split("\n", 1)
    (tmp_path / "Fritz Müller (1).hea").write_text(first.replace("demo_pvc ", "fritz ") + "\n" + rest)
    ran = run("analyse", tmp_path / "Fritz Müller (1)", "--no-classify", "--out", tmp_path / "out")
    assert (ran.status, ran.err) == (0, "")
    assert files_of(tmp_path / "out") == [f"Fritz Müller (1).{kind}" for kind in ("beats.csv", "ecgc", "json")]


def test_a_folder_that_cannot_be_made_is_one_sentence(run: Run, records: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = run("analyse", records / "demo_pvc", "--no-classify", "--out", tmp_path / "file")
    assert ran.status == 2
    assert len(ran.complaints) == 1
    assert str(tmp_path / "file") in ran.err


def test_a_folder_that_is_no_model_is_one_sentence(run: Run, records: Path, tmp_path: Path) -> None:
    ran = run("analyse", records / "demo_pvc", "--model", tmp_path, "--out", tmp_path / "out")
    assert ran.status == 2
    assert len(ran.complaints) == 1
    assert "is not a model folder" in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.tensorflow
def test_as_a_process_it_leaves_only_its_own_lines(records: Path, tiny_model_folder: Path, tmp_path: Path) -> None:
    recordings = [str(tmp_path / "absent"), str(records / "demo_pvc")]
    options = ["--model", str(tiny_model_folder), "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-m", "ecg_core", "analyse", *recordings, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 1
    assert len(done.stderr.splitlines()) == 1
    assert "absent" in done.stderr


@pytest.mark.data
@pytest.mark.slow
def test_real_recordings_of_two_rates_in_one_process(run: Run, ecg_data: Path, tmp_path: Path) -> None:
    asked = [ecg_data / "mitdb" / "100", ecg_data / "mitdb" / "208", ecg_data / "svdb" / "800"]
    ran = run("analyse", *asked, "--no-classify", "--out", tmp_path)
    assert (ran.status, ran.err) == (0, "")
    for path in asked:
        table = pd.read_csv(tmp_path / f"{path.name}.beats.csv")
        annotation = wfdb.rdann(str(tmp_path / path.name), "ecgc")
        reference, _ = open_recording(path).annotations().beats()
        assert annotation.fs == open_recording(path).fs_hz
        assert abs(len(table) - len(reference)) < 0.03 * len(reference)
