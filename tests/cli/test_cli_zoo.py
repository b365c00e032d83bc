"""What the zoo's command prints, and its exit status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecg_core.textbook.zoo import ZooCheck

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("differences", "status", "last"),
    [
        ((), 0, "No differences from the cards."),
        (("cnn5: V_se is 0.9, its card says 0.8.",), 1, "1 differences from the cards."),
    ],
)
def test_a_check_names_the_models_that_it_scored_and_fails_where_a_figure_differs(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, differences: tuple[str, ...], status: int, last: str
) -> None:
    check = ZooCheck(("cnn5", "lstm"), differences)
    monkeypatch.setattr("ecg_core.textbook.zoo.check_zoo", lambda data, out, progress: check)
    ran = run("zoo", "--data", tmp_path, "--check")
    lines = ran.out.splitlines()
    assert (ran.status, ran.complaints, lines[-1]) == (status, list(differences), last)
    assert [line.split() for line in lines[:-1]] == [["cnn5", "scored"], ["lstm", "scored"]]


def test_making_it_prints_each_model_s_figures(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = [
        {"name": "cnn5", "figures": {"accuracy": 0.5}},
        {"name": "lstm", "figures": {"accuracy": 0.25}},
    ]
    monkeypatch.setattr("ecg_core.textbook.zoo.make_zoo", lambda data, out, progress: rows)
    ran = run("zoo", "--data", tmp_path)
    assert (ran.status, ran.err) == (0, "")
    assert [line.split() for line in ran.out.splitlines()] == [
        ["cnn5", "accuracy", "0.5"],
        ["lstm", "accuracy", "0.25"],
    ]
