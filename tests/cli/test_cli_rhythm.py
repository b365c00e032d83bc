"""``evaluate --rhythm``: episodes against references, printed, as JSON, and in the rhythm model's card."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wfdb

from ecg_core.synthesis import write_scenario
from ecg_core.synthesis.condition_writing import write_condition

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def signals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two short synthetic records with their true beats and rhythms."""
    folder = tmp_path_factory.mktemp("signals")
    for name in ("demo_pac", "demo_pvc"):
        write_scenario(name, folder, hours=0.02)
    return folder


@pytest.fixture
def intervals_alone(tmp_path: Path) -> Path:
    """Two records of beats and rhythms without a signal: AF of 200 s in sinus rhythm, and sinus rhythm alone."""
    generator = np.random.default_rng(5)
    sinus = [0.9 + 0.01 * generator.standard_normal(300) for _ in range(3)]
    fibrillation = generator.uniform(0.45, 1.05, 270)
    for name, parts in (("af", [sinus[0], fibrillation, sinus[1]]), ("sr", sinus)):
        edges = [1.0]
        for part in parts:
            edges.append(edges[-1] + part.sum())
        beats = 250 * (1 + np.concatenate([[0.0], np.cumsum(np.concatenate(parts))]))
        rhythms = [(edges[0], "(N"), (edges[1], "(AFIB"), (edges[2], "(N")] if name == "af" else [(edges[0], "(N")]
        marks = [(round(at), "N", "") for at in beats] + [(round(250 * at) - 1, "+", text) for at, text in rhythms]
        sample, symbol, text = zip(*sorted(marks), strict=True)
        (tmp_path / f"{name}.hea").write_text(f"{name} 0 250 {sample[-1] + 1}\n")
        wfdb.wrann(name, "atr", np.array(sample), list(symbol), aux_note=list(text), write_dir=str(tmp_path))
    return tmp_path


def test_rhythm_of_annotations_alone_is_scored_by_kind(run: Run, intervals_alone: Path, tmp_path: Path) -> None:
    file = tmp_path / "out" / "figures.json"
    ran = run("evaluate", "--rhythm", "--data", intervals_alone, "--no-classify", "--json", file)
    assert (ran.status, ran.err) == (0, "")
    for said in ("2 records of 2 patients", "2 records without a signal", "AFIB onset", "Reference \\ found", "epicmp"):
        assert said in ran.out
    figures = json.loads(file.read_text())
    of_af = figures["kinds"]["AFIB"]
    assert (of_af["n_reference"], of_af["n_reference_hit"]) == (1, 1)
    assert of_af["time_f1"] > 0.7
    assert of_af["false_per_hour"] == 0
    assert abs(of_af["edges"]["onset"]["median_s"]) < 45
    assert figures["records"] == ["af", "sr"]
    assert figures["unscored_s"] == pytest.approx(2, abs=0.1)
    assert set(figures["per_record"]) == {"af", "sr"}
    assert figures["command"].startswith("python -m ecg_core evaluate --rhythm")


def test_first_minutes_and_every_second_record_may_be_left_out(run: Run, intervals_alone: Path, tmp_path: Path) -> None:
    asked = ("evaluate", "--rhythm", "--data", intervals_alone, "--no-classify", "--json", tmp_path / "f.json")
    assert run(*asked, "--first-minutes", "left-out", "--every", 2).status == 0
    figures = json.loads((tmp_path / "f.json").read_text())
    assert figures["records"] == ["af"]
    assert figures["unscored_s"] == pytest.approx(300)
    assert run(*asked, "--every", 0).complaints == [
        "--every takes every record from 1 on: give a whole number of 1 or more."
    ]


def test_rhythm_of_signals_is_scored_without_a_model(run: Run, signals: Path) -> None:
    ran = run("evaluate", "--rhythm", "--data", signals, "--no-classify", "--records", "demo_pvc")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("Beats without classes\nRhythm: ")
    assert "Dangerous rhythm" in ran.out
    assert "95 % by patient  " not in ran.out.split("By kind")[1]  # of one patient


def test_block_that_the_waves_tell_counts_as_found(run: Run, tmp_path: Path) -> None:
    write_condition("avb1", tmp_path, duration_s=60)
    figures = tmp_path / "figures.json"
    assert run("evaluate", "--rhythm", "--data", tmp_path, "--no-classify", "--json", figures).status == 0
    of_block = json.loads(figures.read_text())["kinds"]["AVB1"]
    assert (of_block["n_reference"], of_block["n_reference_hit"]) == (1, 1)
    assert of_block["time_f1"] > 0.9


@pytest.mark.tensorflow
def test_rhythm_of_signals_is_scored_with_a_model(run: Run, signals: Path, tiny_model_folder: Path) -> None:
    ran = run("evaluate", "--rhythm", "--data", signals, "--model", tiny_model_folder)
    assert (ran.status, ran.err) == (0, "")
    assert "Model tiny" in ran.out
    assert "95 % by patient" in ran.out


def test_figures_go_into_the_card_of_the_rhythm_model(run: Run, intervals_alone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rhythm-1"
    folder.mkdir()
    held = {"AFIB": {"sensitivity": 0.1, "data": "other", "episodes": 0}, "VF": {"sensitivity": 0.2, "data": "vfdb"}}
    (folder / "card.json").write_text(json.dumps({"name": "rhythm-1", "performance": held}))
    asked = ("evaluate", "--rhythm", "--data", intervals_alone, "--no-classify", "--card", "--rhythm-card", folder)
    assert run(*asked).status == 0
    card = json.loads((folder / "card.json").read_text())
    found = card["performance"]["AFIB"]
    assert (card["name"], found["data"], found["episodes"]) == ("rhythm-1", intervals_alone.name, 1)
    assert (found["sensitivity"], found["precision"], found["false_per_hour"]) == (1.0, 1.0, 0.0)
    assert card["performance"]["VF"] == held["VF"]


def test_figures_of_more_episodes_of_other_data_stay(run: Run, intervals_alone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rhythm-1"
    folder.mkdir()
    held = {"AFIB": {"sensitivity": 0.1, "data": "other", "episodes": 70}}
    (folder / "card.json").write_text(json.dumps({"performance": held, "figures": {}}))
    asked = ("evaluate", "--rhythm", "--data", intervals_alone, "--no-classify", "--card", "--rhythm-card", folder)
    assert run(*asked).status == 0
    assert json.loads((folder / "card.json").read_text())["performance"]["AFIB"] == held["AFIB"]


@pytest.mark.parametrize("content", [None, "{", "[]", '{"performance": []}'])
def test_card_that_is_none_is_one_sentence(
    run: Run, intervals_alone: Path, tmp_path: Path, content: str | None
) -> None:
    folder = tmp_path / "rhythm-1"
    folder.mkdir()
    if content is not None:
        (folder / "card.json").write_text(content)
    asked = ("evaluate", "--rhythm", "--data", intervals_alone, "--no-classify", "--card", "--rhythm-card", folder)
    ran = run(*asked)
    assert (ran.status, ran.out) == (2, "")
    assert len(ran.complaints) == 1
    assert "card" in ran.err


def test_missing_rhythm_model_is_said_before_the_work(
    run: Run, intervals_alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecg_core.classification.model.MODELS_FOLDER", tmp_path)
    ran = run("evaluate", "--rhythm", "--data", intervals_alone, "--no-classify", "--card")
    assert (ran.status, ran.out) == (2, "")
    assert "There is no rhythm model" in ran.err


def test_data_without_a_reference_is_one_sentence(run: Run, tmp_path: Path) -> None:
    ran = run("evaluate", "--rhythm", "--data", tmp_path, "--no-classify")
    assert (ran.status, len(ran.complaints)) == (2, 1)
    assert "reference rhythm" in ran.err
