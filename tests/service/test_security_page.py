"""SECURITY.md claims nothing that no test holds: every boundary names tests, and every test that it names exists."""

from __future__ import annotations

import re
from functools import cache

import pytest
from browser.driving import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/.]+?)(?:::(\w+))?`")


def rows() -> dict[str, str]:
    """The boundaries, and what is said to be done at each."""
    lines = [line for line in TEXT.splitlines() if line.startswith("| ") and "→" in line.split("|")[1]]
    told = {line.split("|")[1].strip(): line for line in lines}
    return {boundary: line for boundary, line in told.items() if boundary != "boundary"}


@cache
def held_by() -> dict[str, str]:
    """What each claim in the list of tests is held by."""
    listed = TEXT.partition("## Which test holds what")[2].partition("\n## ")[0]
    return dict(re.findall(r"^- \*\*(.+?)\*\*(.*(?:\n  .*)*)", listed, re.MULTILINE))


def test_the_page_is_read_as_it_is_meant() -> None:
    assert len(rows()) >= 12
    assert len(held_by()) >= 12


@pytest.mark.parametrize("boundary", sorted(rows()))
def test_every_boundary_names_a_test(boundary: str) -> None:
    assert NAMED.search(rows()[boundary] + held_by().get(boundary, ""))


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED.findall(TEXT))))
def test_every_test_that_is_named_exists(file: str, test: str) -> None:
    path = ROOT / file
    assert path.is_file() or path.is_dir()
    if test:
        assert re.search(rf"^(?:async )?def {test}\(", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert test.startswith("test_")
    elif path.name.startswith("test_"):
        assert re.search(r"^def test_", path.read_text(encoding="utf-8"), re.MULTILINE)
