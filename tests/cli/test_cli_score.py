"""``score``: annotation files against others."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wfdb

pytestmark = pytest.mark.slow

Run = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two records of 10 minutes with headers and references alone: no signal is needed to score."""
    for name, symbols in (("a1", "NNNNVVNNA" * 60), ("b2", "NNNV" * 130)):
        (tmp_path / f"{name}.hea").write_text(f"{name} 1 360 216000\n{name}.dat 16 200 16 0 0 0 0 MLII\n")
        samples = 100 + 360 * np.arange(len(symbols))
        wfdb.wrann(name, "atr", samples, symbol=list(symbols), write_dir=str(tmp_path))
    return tmp_path


def annotate(folder: Path, record: str, symbols: str, annotator: str = "ecgc", shift: int = 10) -> None:
    samples = 100 + shift + 360 * np.arange(len(symbols))
    wfdb.wrann(record, annotator, samples, symbol=list(symbols), write_dir=str(folder))


def test_score_compares_two_annotation_files_of_one_folder(run: Run, folder: Path, tmp_path: Path) -> None:
    annotate(folder, "a1", "NNNNVVNNS" * 60)
    annotate(folder, "b2", "NNNN" * 130)
    ran = run("score", "--data", folder, "--json", tmp_path / "figures.json")
    assert (ran.status, ran.err) == (0, "")
    assert "Reference atr, test ecgc" in ran.out
    figures = json.loads((tmp_path / "figures.json").read_text())
    whole = next(r for r in figures["results"] if r["mapping"] == "de_chazal" and r["start_s"] == 0)
    assert whole["gross"]["V"]["se"] == pytest.approx(120 / 250)
    assert whole["gross"]["S"]["se"] == whole["gross"]["QRS"]["ppv"] == 1.0
    assert whole["per_record"]["b2"]["V"]["se"] == 0.0
    assert whole["runs"]["V"]["couplet"]["se"] == 1.0
    assert (figures["reference"], figures["test"], figures["peaks"]) == ("atr", "ecgc", "detected")


def test_score_finds_test_annotations_in_another_folder(run: Run, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "results"
    other.mkdir()
    annotate(other, "a1", "NNNNVVNNA" * 60, annotator="mine")
    asked = ("score", "--data", folder, "--reference", "atr", "--test", "mine", "--test-data", other)
    ran = run(*asked)
    assert ran.status == 0
    assert "No test annotations, left out: b2" in ran.out
    ran = run(*asked, "--records", "a1,b2")
    assert ran.status == 2
    assert ran.complaints == [f"b2.mine: there is no such annotation file in {other}."]


def test_score_reads_what_analyse_writes(run: Run, records: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("analyse", records / "demo_pvc", "--out", out, "--no-classify").status == 0
    ran = run("score", "--data", records, "--test-data", out, "--records", "demo_pvc", "--first-minutes", "counted")
    assert (ran.status, ran.err) == (0, "")
    assert "positions alone are scored" in ran.out
    qrs = next(line for line in ran.out.splitlines() if line.startswith("QRS"))
    assert float(qrs.split()[2]) > 95


def test_file_against_itself_is_perfect_under_every_setting(run: Run, folder: Path, tmp_path: Path) -> None:
    for options in (
        ("--mapping", "bxb"),
        ("--first-minutes", "left-out", "--fusion", "spared"),
        ("--flutter", "ignored", "--af-runs", "--without-paced"),
    ):
        ran = run("score", "--data", folder, "--test", "atr", "--json", tmp_path / "f.json", *options)
        assert ran.status == 0
        for result in json.loads((tmp_path / "f.json").read_text())["results"]:
            assert result["gross"]["accuracy"] == 1.0
            assert result["errors"]["rr_s"]["rms"] == result["errors"]["heart_rate_bpm"]["rms"] == 0.0


def test_switches_are_printed_with_the_result(run: Run, folder: Path) -> None:
    asked = ("score", "--data", folder, "--test", "atr")
    text = run(*asked).out
    assert "F found as S counts against S +P, as in bxb." in text
    assert text.count("S mapping bxb") == 2
    text = run(*asked, "--fusion", "spared", "--mapping", "de_chazal", "--first-minutes", "left-out", "--af-runs").out
    assert "F found as S does not count against S +P." in text
    assert "bxb (A a J S n e j count as S)" not in text
    assert "whole records counted" not in text
    assert "Atrial fibrillation counts as a long run of S beats" in text


def test_paced_records_are_left_out_where_asked(run: Run, folder: Path) -> None:
    annotate(folder, "a1", "NN/V" * 20, annotator="atr", shift=0)
    asked = ("score", "--data", folder, "--test", "atr")
    assert "Paced records are among them: a1" in run(*asked).out
    assert "Paced records left out: a1" in run(*asked, "--without-paced").out
    ran = run(*asked, "--without-paced", "--records", "a1")
    assert ran.status == 2
    assert "Every record has paced beats" in ran.err


@pytest.mark.parametrize(
    "options, said",
    [
        (("--data", "/nowhere/at/all"), "/nowhere/at/all is no folder"),
        (("--test", "../atr"), "no annotator's name"),
        (("--reference", "ref"), "no annotation files *.ref"),
        (("--test", "tst"), "no annotation files *.tst"),
        (("--records", "a1,zz"), "Not in the data folder: zz"),
    ],
)
def test_bad_input_is_one_sentence(run: Run, folder: Path, options: tuple[str, str], said: str) -> None:
    asked = {"--data": str(folder)} | dict([options])
    ran = run("score", *(word for pair in asked.items() for word in pair))
    assert ran.status == 2
    assert len(ran.complaints) == 1
    assert said in ran.err


def test_damaged_annotation_file_is_one_sentence(run: Run, folder: Path) -> None:
    (folder / "a1.ecgc").write_bytes(b"\x01")
    shutil.copy(folder / "b2.atr", folder / "b2.ecgc")
    ran = run("score", "--data", folder)
    assert ran.status == 2
    assert len(ran.complaints) == 1
    assert "a1.ecgc" in ran.err


def test_score_does_not_count_beats_as_false_where_the_reference_marks_rhythms_alone(run: Run, folder: Path) -> None:
    wfdb.wrann("b2", "atr", np.array([100]), ["+"], aux_note=["(AFIB"], write_dir=str(folder))
    annotate(folder, "a1", "NNNNVVNNS" * 60)
    annotate(folder, "b2", "NNNN" * 130)
    ran = run("score", "--data", folder)
    assert ran.status == 0
    assert "No beats in .atr, left out: b2" in ran.out
    assert "Records  1: a1" in ran.out
    ran = run("score", "--data", folder, "--records", "a1,b2")
    assert (ran.status, len(ran.complaints), ran.out) == (2, 1, "")
    assert "b2.atr marks no beats" in ran.err
