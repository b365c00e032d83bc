"""A CSV cell that no spreadsheet calculates, whatever a stranger put into it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.formats.common.cells import comment_line, guarded
from ecg_core.formats.tables.annotations import _plain

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    '"=1',
    "\uff1d1",
    "\u202e=1",
    "\x00=1",
    "'=1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_a_text(text: str) -> None:
    assert guarded(text).startswith("'")


@pytest.mark.parametrize("text", ["V1", "MLII", "noise in V1", "a-b", "1=1", ""])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text


@given(st.text())
def test_a_cell_is_printed_on_one_line_and_never_starts_a_formula(text: str) -> None:
    cell = guarded(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in cell)
    assert not set(cell) & set("\u200e\u200f\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_the_guard_comes_off_again(text: str) -> None:
    if text != "'":
        assert _plain(guarded(text)) == text


@given(st.text())
def test_a_comment_is_one_cell_whatever_separates_cells(text: str) -> None:
    line = comment_line(text)
    for delimiter in ",;\t|":
        assert len(next(csv.reader(io.StringIO(line), delimiter=delimiter, quoting=csv.QUOTE_NONE))) == 1
