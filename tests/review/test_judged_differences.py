"""Who was right where program and file differ: entered like any edit, taken back by undo, counted by annotation set."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from postgresql_for_tests import PostgresDatabases
from review_for_tests import FS_HZ, N_SAMPLES, QUALITY, base, entries_of, named, session_in

from ecg_core.errors import ReviewError
from ecg_core.review.edits import Edit, JudgeDifference, Judgement, parse_edit
from ecg_core.review.fold import fold
from ecg_core.review.judgements import Compared, judgement_counts

KEY = "beat:1234:N>V"
POSTED = {"action": "judge_difference", "annotator": "atr", "difference": KEY, "judgement": "file"}


def judgements(*edits: Edit) -> dict[tuple[str, str], str]:
    state = fold(base(), entries_of(edits), FS_HZ, N_SAMPLES, QUALITY)
    return {key: judged.judgement for key, judged in state.judgements.items()}


def test_the_last_word_holds_and_can_be_taken_back() -> None:
    program, file = JudgeDifference("atr", KEY, "program"), JudgeDifference("atr", KEY, "file")
    assert judgements(program, file) == {("atr", KEY): "file"}
    assert judgements(program, JudgeDifference("atr", KEY, None)) == {}


def test_annotation_sets_are_judged_apart(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    session.edit("Ann", named(JudgeDifference("atr", KEY, "file"), JudgeDifference("qrs", KEY, "unsure")))
    session.edit("Bob", named(JudgeDifference("atr", "episode:5:VT>none", "program")))
    assert session.judgements("atr") == {KEY: ("file", "Ann"), "episode:5:VT>none": ("program", "Bob")}
    assert session.judgements("qrs") == {KEY: ("unsure", "Ann")}
    session.undo("Ann")
    session.undo("Bob")
    assert session.judgements("atr") == {KEY: ("file", "Ann")}
    assert session.judgements("qrs") == {}
    # Another process reads the same.
    assert session_in(tmp_path).judgements("atr") == {KEY: ("file", "Ann")}


def test_judgements_of_many_recordings_are_counted_as_the_session_has_them(
    databases: Path | PostgresDatabases,
) -> None:
    session = session_in(databases)
    other = "episode:5:VT>none"
    session.edit("Ann", named(JudgeDifference("atr", KEY, "file"), JudgeDifference("qrs", KEY, "unsure")))
    session.edit("Bob", named(JudgeDifference("atr", KEY, "program"), JudgeDifference("atr", other, "program")))
    asked = session.recording.sha256

    def counts(model: str = "c" * 64) -> dict[str, Counter[Judgement]]:
        compared = {asked: Compared(model, "atr"), "d" * 64: Compared(model, "atr")}
        return judgement_counts(session.log.engine, compared)

    assert counts() == {asked: Counter(program=2)}
    session.undo("Bob")
    assert counts() == {asked: Counter(program=1)}
    session.undo("Bob")
    assert counts() == {asked: Counter(file=1)}
    session.redo("Bob")
    assert counts() == {asked: Counter(program=1)}
    assert counts()[asked] == Counter(judgement for judgement, _ in session.judgements("atr").values())
    session.edit("Ann", named(JudgeDifference("atr", KEY, None)))
    assert counts() == {}
    assert counts(model="e" * 64) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"difference": "beat:12"},
        {"difference": "beat:12:N>V\n"},
        {"difference": "wave:12:N>V"},
        {"judgement": "me"},
        {"judgement": ["file"]},
        {"annotator": ""},
        {"annotator": "a" * 81},
        {"annotator": "a\x00"},
    ],
)
def test_what_is_no_judgement_is_refused(change: dict[str, object]) -> None:
    assert parse_edit(POSTED) == JudgeDifference("atr", KEY, "file")
    with pytest.raises(ReviewError, match="judge_difference"):
        parse_edit(POSTED | change)
