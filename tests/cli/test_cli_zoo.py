"""What the zoo's command prints, and its exit status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecg_core.textbook.zoo import ZooCheck, kept_folder

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("differences", "status", "last"),
    [
        ((), 0, "No differences from the cards."),
        (("cnn5: V_se is 0.9, its card says 0.8.",), 1, "1 differences from the cards."),
    ],
)
def test_a_check_says_what_each_model_was_scored_from_and_fails_where_a_figure_differs(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, differences: tuple[str, ...], status: int, last: str
) -> None:
    check = ZooCheck({"cnn5": "its outputs kept beside the card", "lstm": "its weights"}, differences)
    monkeypatch.setattr("ecg_core.textbook.zoo.check_zoo", lambda data, out, progress: check)
    ran = run("zoo", "--data", tmp_path, "--check")
    lines = ran.out.splitlines()
    assert (ran.status, ran.complaints, lines[-1]) == (status, list(differences), last)
    assert lines[0].split(maxsplit=1) == ["cnn5", "scored from its outputs kept beside the card"]
    assert lines[1].split(maxsplit=1) == ["lstm", "scored from its weights"]


def test_making_it_says_where_large_weights_are(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = [
        {"name": "cnn5", "figures": {"accuracy": 0.5}, "weights_shipped": False},
        {"name": "lstm", "figures": {"accuracy": 0.25}, "weights_shipped": True},
    ]
    monkeypatch.setattr("ecg_core.textbook.zoo.make_zoo", lambda data, out, progress: rows)
    ran = run("zoo", "--data", tmp_path)
    assert (ran.status, ran.err) == (0, "")
    first, where, last = ran.out.splitlines()
    assert (first.split(), last.split()) == (["cnn5", "accuracy", "0.5"], ["lstm", "accuracy", "0.25"])
    assert where.endswith(str(kept_folder("cnn5")))
