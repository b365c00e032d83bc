"""Strips of the worst moments, on the page and on paper: what there is to see, or why there is nothing."""

from __future__ import annotations

import re

import numpy as np
import pypdfium2

from ecg_core.screening.batch_report import batch_report_pdf
from ecg_core.screening.strips_figure import strips_figure
from ecg_core.screening.worst_strip import WorstStrip

REFUSAL = (
    "The folder /archive/holter/2026/ward-7 is not one that this dashboard may open; whoever runs it can allow it with "
    "RHYTHMOSCOPE_ROOTS."
)
ABSENT = WorstStrip("one.edf · pause", np.full(10, np.nan), 1.0, 0.0, message=REFUSAL)
PRESENT = WorstStrip("two.edf · VT", np.sin(np.arange(2500) / 20), 250.0, 30.0, (32.0, 36.0))


def test_why_a_recording_cannot_be_shown_is_told_to_its_last_word() -> None:
    notes = [note.text for note in strips_figure([PRESENT, ABSENT], "#000").layout.annotations]
    assert notes[:2] == ["two.edf · VT", "one.edf · pause"]
    assert notes[2].replace("<br>", " ") == REFUSAL
    assert max(map(len, notes[2].split("<br>"))) <= 56
    document = pypdfium2.PdfDocument(batch_report_pdf("ward", [], {"look now": 2}, "0123", [PRESENT, ABSENT]))
    paper = " ".join(page.get_textpage().get_text_range() for page in document)
    assert REFUSAL in re.sub(r"\s+", " ", paper)


def test_markup_in_a_message_is_text() -> None:
    strip = WorstStrip("x", np.full(10, np.nan), 1.0, 0.0, message="<b>no</b>")
    assert strips_figure([strip], "#000").layout.annotations[1].text == "&lt;b&gt;no&lt;/b&gt;"


def test_a_finding_is_marked_where_it_lies_in_its_strip() -> None:
    (mark,) = strips_figure([ABSENT, PRESENT], "#000").layout.shapes
    assert (mark.x0, mark.x1, mark.yref) == (2.0, 6.0, "y2 domain")
