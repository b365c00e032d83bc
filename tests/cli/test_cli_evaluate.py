"""``evaluate``: options that belong to another one say so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("option", "value", "needed"), [("--list", "labels.csv", "--suspicious"), ("--other-model", "m", "--explanations")]
)
def test_an_option_without_the_one_it_belongs_to_is_refused(
    run: Callable[..., Any], records: Path, tmp_path: Path, option: str, value: str, needed: str
) -> None:
    ran = run("evaluate", "--data", records, "--records", "demo_pvc", option, tmp_path / value)
    assert ran.status == 2
    assert len(ran.complaints) == 1
    assert needed in ran.err
    assert not list(tmp_path.iterdir())
