"""Joining models on the command line, and analysing with what comes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecg_core.classification.loading import load_classifier

pytestmark = pytest.mark.tensorflow


def test_members_become_one_model_that_analyses_and_is_evaluated(
    run: Callable[..., Any], records: Path, tiny_model_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "twice"
    asked = ("--member", tiny_model_folder, "--weight", 2, "--member", tiny_model_folder, "--weight", 1)
    ran = run("ensemble", *asked, "--out", out)
    assert (ran.status, ran.err, ran.out) == (0, "", f"Wrote {out}: 2 members\n")
    card = load_classifier(out).card
    assert [entry["weight"] for entry in card["members"]] == pytest.approx([2 / 3, 1 / 3])
    assert card["training"]["command"].startswith("python -m ecg_core ensemble --member ")

    single, joined = tmp_path / "single", tmp_path / "joined"
    assert run("analyse", records / "demo_pvc", "--model", tiny_model_folder, "--out", single).status == 0
    assert run("analyse", records / "demo_pvc", "--model", out, "--out", joined).status == 0
    assert (single / "demo_pvc.beats.csv").read_text() == (joined / "demo_pvc.beats.csv").read_text()
    assert json.loads((joined / "demo_pvc.json").read_text())["provenance"]["model"] == "twice"

    ran = run("evaluate", "--data", records, "--records", "demo_pvc", "--model", out, "--card")
    assert (ran.status, ran.err) == (0, "")
    assert load_classifier(out).card["figures"]["demo_pvc_reference"]["model"]["name"] == "twice"


def test_what_cannot_be_joined_is_one_line(run: Callable[..., Any], tiny_model_folder: Path, tmp_path: Path) -> None:
    ran = run("ensemble", "--member", tmp_path / "nowhere", "--out", tmp_path / "out")
    assert (ran.status, len(ran.complaints)) == (2, 1)
    ran = run("ensemble", "--member", tiny_model_folder, "--weight", 1, "--weight", 1, "--out", tmp_path / "out")
    assert (ran.status, ran.complaints) == (2, ["out: there are 1 members and 2 weights; give one for each member."])
    assert not (tmp_path / "out").exists()
