"""README's tables of formats, devices and spellings: every format is named, and every test that they name exists."""

from __future__ import annotations

import re
from pathlib import Path

from ecg_core.formats import formats

ROOT = Path(__file__).parents[2]


def section() -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.partition("### Formats")[2].partition("\n#")[0]


def test_every_format_that_is_read_has_a_row() -> None:
    rows = " ".join(line for line in section().splitlines() if line.startswith("| "))
    for known in formats():
        for name in re.split(r" / ", known.name):
            word = name.removesuffix(" Holter").removesuffix(" XML")
            assert word in rows, known.name


def test_every_test_that_proves_a_row_exists() -> None:
    named = re.findall(r"`(test_\w+)`", section())
    assert len(named) > 15
    defined = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert set(named) <= defined


def test_every_file_of_tests_in_the_table_exists() -> None:
    named = re.findall(r"`(?:tests/\w+/)?(test_[\w*]+\.py)`", section())
    assert len(named) > 10
    for name in named:
        assert list((ROOT / "tests").rglob(name)), name
