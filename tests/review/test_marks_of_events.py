"""Marks of events: three that are independent, notes, whole kinds at once, and what older logs say."""

from __future__ import annotations

import json
from pathlib import Path

from review_for_tests import base, entries_of, log_in, named, session_in
from sqlalchemy import insert

from ecg_core.review.database import entries as table
from ecg_core.review.database import writing
from ecg_core.review.edits import MAX_NOTE_LENGTH, Edit, MarkEvent, MarkEvents, NoteEvent, parse_edit
from ecg_core.review.fold import fold
from ecg_core.review.state import MARK_BITS, State

SEEN, DISMISSED, REPORT = (MARK_BITS[name] for name in ("seen", "dismissed", "report"))


def state_of(*edits: Edit) -> State:
    from review_for_tests import FS_HZ, N_SAMPLES, QUALITY

    return fold(base(), entries_of(edits), FS_HZ, N_SAMPLES, QUALITY)


def test_each_mark_comes_and_goes_without_the_others() -> None:
    one = ("VT:5",)
    assert state_of(MarkEvents(one, "seen", True), MarkEvents(one, "report", True)).marks == {"VT:5": SEEN | REPORT}
    both = state_of(*(MarkEvents(one, mark, True) for mark in ("seen", "dismissed", "report")))
    assert both.marks == {"VT:5": SEEN | DISMISSED | REPORT}
    assert state_of(MarkEvents(one, "dismissed", True), MarkEvents(one, "dismissed", False)).marks == {}
    assert state_of(MarkEvents(one, "seen", False)).marks == {}


def test_what_an_older_log_says_means_the_same() -> None:
    """Then an event had one mark, and another took its place."""
    assert state_of(MarkEvent("VT:5", "seen"), MarkEvent("VT:5", "dismissed")).marks == {"VT:5": DISMISSED}
    assert state_of(MarkEvents(("VT:5",), "report", True), MarkEvent("VT:5", "seen")).marks == {"VT:5": SEEN}
    assert state_of(MarkEvent("VT:5", "report"), MarkEvent("VT:5", None)).marks == {}
    assert state_of(MarkEvent("VT:5", "report"), MarkEvents(("VT:5",), "seen", True)).marks == {"VT:5": SEEN | REPORT}


def test_an_entry_that_an_older_version_wrote_is_read(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    with writing(log.engine) as connection:
        connection.execute(
            insert(table).values(
                uuid="old", recording_sha256=log.recording_sha256, model_sha256=log.model_sha256, person="Ann",
                at="2025-01-01T00:00:00.000+00:00", action="mark_event",
                payload=json.dumps({"event": "VT:5", "mark": "dismissed"}),
            )
        )  # fmt: skip
    (entry,) = log.entries()
    assert (entry.edit, entry.based_on) == (MarkEvent("VT:5", "dismissed"), None)
    session = session_in(tmp_path)
    assert session.state.dismissed_events() == {"VT:5"}


def test_a_kind_is_confirmed_and_taken_back_as_one(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    couplets = tuple(f"COUPLET:{sample}" for sample in range(388))
    session.edit("Ann", named(MarkEvents((couplets[3],), "dismissed", True)))
    session.edit("Ann", named(MarkEvents(couplets, "seen", True)))
    assert len(session.state.marks) == 388
    assert session.state.marks[couplets[3]] == SEEN | DISMISSED
    session.undo("Ann")
    assert session.state.marks == {couplets[3]: DISMISSED}
    session.redo("Ann")
    assert all(bits & SEEN for bits in session.state.marks.values())


def test_dismissed_events_are_told_by_their_keys() -> None:
    state = state_of(
        MarkEvents(("AFIB:5", "AFIB:9"), "dismissed", True),
        MarkEvents(("AFIB:9", "VT:1"), "report", True),
        MarkEvents(("AFIB:5",), "dismissed", False),
    )
    assert state.dismissed_events() == {"AFIB:9"}


def test_a_note_is_plain_bounded_text_and_leaves_the_marks_alone(tmp_path: Path) -> None:
    edit = parse_edit({"action": "note_event", "event": "VT:5", "text": "  after\nexercise \u202e" + "x" * 900})
    assert isinstance(edit, NoteEvent)
    assert edit.text.startswith("after exercise ")
    assert len(edit.text) == MAX_NOTE_LENGTH
    assert edit.text.isprintable()
    session = session_in(tmp_path)
    session.edit("Ann", named(MarkEvents(("VT:5",), "seen", True), edit))
    assert session.state.notes == {"VT:5": edit.text}
    assert session_in(tmp_path).state.notes == {"VT:5": edit.text}
    session.edit("Ben", named(NoteEvent("VT:5", "")))
    assert session.state.notes == {}
    assert session.state.marks == {"VT:5": SEEN}
