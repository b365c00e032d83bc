"""Notebooks hold no outputs, show every step of their guide, and run with what they draw on their page."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from ecg_core.teaching.guides import GUIDES, guide_steps

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))

sys.path.insert(0, str(ROOT / "docs"))
from run_notebooks import executed, run_cell  # noqa: E402


def notebook_of(*cells: tuple[str, str]) -> dict[str, Any]:
    return {"cells": [{"cell_type": kind, "source": source.splitlines(keepends=True)} for kind, source in cells]}


def test_there_is_a_notebook_for_each_guide() -> None:
    assert {file.stem for file in NOTEBOOKS} == {guide.model for guide in GUIDES}


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_is_kept_without_outputs(file: Path) -> None:
    notebook = json.loads(file.read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)


@pytest.mark.tensorflow
@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_runs_and_shows_every_step_of_its_guide(file: Path) -> None:
    page = executed(json.loads(file.read_text(encoding="utf-8")))
    steps = guide_steps(file.stem)
    assert page.startswith("# ")
    assert page.count("Plotly.newPlot") == len(steps)
    for number, step in enumerate(steps, start=1):
        assert f"## {number}. {step.title}\n" in page
        assert " ".join(step.text.split()[:6]) in " ".join(page.split())


def test_a_cell_gives_what_it_prints_and_its_last_value() -> None:
    names: dict[str, Any] = {}
    assert run_cell("a = 2\nprint('said')\na * 3", names, "cell") == ("said\n", 6)
    assert run_cell("b = a", names, "cell") == ("", None)
    assert names["b"] == 2


def test_names_are_kept_from_cell_to_cell_and_a_cell_that_fails_ends_it() -> None:
    page = executed(notebook_of(("markdown", "# Title"), ("code", "a = 41"), ("code", "a + 1")))
    assert page.startswith("# Title\n")
    assert "```text\n42\n```" in page
    with pytest.raises(ZeroDivisionError):
        executed(notebook_of(("markdown", "# Title"), ("code", "1 / 0")))
