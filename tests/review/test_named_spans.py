"""People name the rhythm of spans: what holds then, for everybody, and after undoing and redoing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from review_for_tests import FS_HZ, N_SAMPLES, QUALITY, base, entries_of, log_in, named, session_in

from ecg_core.export.annotations import marks_of
from ecg_core.export.results import results_dict
from ecg_core.review.edits import DeleteRhythm, Edit, MarkEvent, SetRhythm, TrimRhythm, Undo
from ecg_core.review.exchange import export_log, import_log
from ecg_core.review.fold import fold
from ecg_core.review.session import ReviewSession
from ecg_core.review.state import State

pytestmark = pytest.mark.slow


def folded(*edits: Edit | tuple[str, Edit]) -> State:
    return fold(base(), entries_of(edits), FS_HZ, N_SAMPLES, QUALITY)


def spans_of(state: State) -> list[tuple[int, int, int, str]]:
    return [(name, span.start_sample, span.stop_sample, span.rhythm) for name, span in state.rhythms.items()]


def test_a_span_is_named_renamed_trimmed_and_deleted() -> None:
    edits: list[Edit] = [SetRhythm(7, 500, 900, "AFIB", ())]
    assert spans_of(folded(*edits)) == [(7, 500, 900, "AFIB")]
    edits.append(TrimRhythm(7, 450, 800))
    assert spans_of(folded(*edits)) == [(7, 450, 800, "AFIB")]
    edits.append(SetRhythm(7, 450, 800, "AFL", ()))
    assert spans_of(folded(*edits)) == [(7, 450, 800, "AFL")]
    edits.append(DeleteRhythm(7))
    assert spans_of(folded(*edits)) == []
    edits.append(Undo(4))
    assert spans_of(folded(*edits)) == [(7, 450, 800, "AFL")]
    edits.append(Undo(3))
    assert spans_of(folded(*edits)) == [(7, 450, 800, "AFIB")]


def test_what_does_not_fit_is_refused_with_a_sentence() -> None:
    state = folded(TrimRhythm(7, 0, 9), DeleteRhythm(7), SetRhythm(7, N_SAMPLES, N_SAMPLES + 5, "VT", ()))
    assert [sentence for _, sentence in state.refused] == [
        "The span is not there any more, so it was not trimmed.",
        "The span is not there any more, so it was not deleted.",
        "The recording ends before the span begins, so it was not named.",
    ]
    assert spans_of(folded(SetRhythm(7, 100, N_SAMPLES + 5, "VT", ()))) == [(7, 100, N_SAMPLES, "VT")]


def test_a_trim_lapses_with_the_name_and_holds_again_with_it() -> None:
    edits: list[Edit | tuple[str, Edit]] = [
        ("Ann", SetRhythm(7, 500, 900, "AFIB", ())),
        ("Ben", TrimRhythm(7, 600, 900)),
        ("Ann", Undo(1)),
    ]
    state = folded(*edits)
    assert spans_of(state) == []
    assert [seq for seq, _ in state.refused] == [2]


def test_the_span_that_was_touched_last_holds_where_two_overlap() -> None:
    state = folded(SetRhythm(7, 500, 900, "AFIB", ()), SetRhythm(8, 800, 1200, "VT", ()), TrimRhythm(7, 500, 1000))
    assert [name for name, *_ in spans_of(state)] == [8, 7]


@pytest.fixture
def session(tmp_path: Path) -> ReviewSession:
    return session_in(tmp_path)


def burden(session: ReviewSession) -> float:
    share = session.analysis.summary.af_share
    assert share is not None
    return share


def test_burden_and_episodes_follow_naming_trimming_undoing_and_redoing(session: ReviewSession) -> None:
    assert burden(session) == 0
    session.edit("Ann", named(SetRhythm(7, 500, 1501, "AFIB", ())))
    whole = burden(session)
    assert whole > 0
    session.edit("Ann", named(TrimRhythm(7, 500, 1001)))
    assert burden(session) == pytest.approx(whole / 2)
    session.undo("Ann")
    assert burden(session) == whole
    session.undo("Ann")
    assert burden(session) == 0
    session.redo("Ann")
    assert burden(session) == whole
    session.edit("Ben", named(DeleteRhythm(7)))
    assert burden(session) == 0
    assert not session.rhythms()


def test_two_people_see_each_other(tmp_path: Path) -> None:
    ann, ben = session_in(tmp_path), session_in(tmp_path)
    ann.edit("Ann", named(SetRhythm(7, 500, 1501, "AFIB", ())))
    ben.edit("Ben", named(TrimRhythm(7, 500, 1001)))
    ann.catch_up()
    assert [(name, span.stop_sample, by) for name, span, by in ann.rhythms()] == [(7, 1001, "Ben")]
    ann.edit("Ann", named(SetRhythm(9, 900, 1200, "N", ())))
    ben.catch_up()
    assert [(name, by) for name, _, by in ben.rhythms()] == [(7, "Ben"), (9, "Ann")]
    found = ben.analysis.episodes
    mine = found[found["source"] == "person"]
    assert list(zip(mine["kind"], mine["start_sample"], mine["stop_sample"], mine["reason"], strict=True)) == [
        ("AFIB", 500, 900, "named by Ben"),
        ("N", 900, 1200, "named by Ann"),
    ]


def test_a_dismissed_event_leaves_the_burden_and_comes_back(session: ReviewSession) -> None:
    session.edit("Ann", named(SetRhythm(7, 500, 1501, "AFIB", ())))
    whole = burden(session)
    session.edit("Ann", named(MarkEvent("AFIB_BY_PERSON:500", "dismissed")))
    assert session.state.dismissed_events() == {"AFIB_BY_PERSON:500"}
    assert burden(session) == 0
    session.undo("Ann")
    assert burden(session) == whole


def test_an_artefact_takes_its_beats_out_of_the_counts(session: ReviewSession) -> None:
    n, before = session.analysis.summary.n_beats, session.analysis.summary
    session.edit("Ann", named(SetRhythm(7, 480, 920, "ARTEFACT", ())))
    after = session.analysis.summary
    assert after.n_beats == n - 5
    assert after.readable_share < before.readable_share
    assert len(session.analysis.beats) == n, "the beats themselves stay"
    session.undo("Ann")
    assert session.analysis.summary == before


def test_what_is_written_has_the_persons_rhythm(session: ReviewSession) -> None:
    session.edit("Ann", named(SetRhythm(7, 500, 1500, "AFIB", ()), SetRhythm(8, 1500, 2000, "N", ())))
    marks = marks_of(session.analysis)
    changes = [
        (int(at), text) for at, symbol, text in zip(marks.sample, marks.symbol, marks.aux, strict=True) if symbol == "+"
    ]
    assert (500, "(AFIB") in changes
    assert (1500, "(N") in changes
    written = json.loads(json.dumps(results_dict(session.analysis)))["episodes"]
    persons = [(row["kind"], row["start_sample"], row["stop_sample"]) for row in written if row["source"] == "person"]
    assert persons == [("AFIB", 500, 1500), ("N", 1500, 2000)]


def test_the_log_as_a_file_carries_named_spans(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    session.edit(
        "Ann",
        named(SetRhythm(7, 500, 1501, "AFIB", ("VT:700",)), TrimRhythm(7, 600, 1501), SetRhythm(8, 10, 20, "N", ())),
    )
    session.edit("Ben", named(DeleteRhythm(8)))
    session.undo("Ann")
    exported = json.loads(json.dumps(export_log(session.log)))
    there = log_in(tmp_path, "other.sqlite3")
    assert [entry["overrules"] for entry in exported["entries"] if "overrules" in entry] == [["VT:700"], []]
    assert import_log(there, exported) == 5
    assert import_log(there, exported) == 0
    other = session_in(tmp_path, "other.sqlite3")
    assert other.rhythms() == session.rhythms()
