"""Two people change the same beat, each without knowing of the other: both versions are kept until one holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from review_for_tests import SAMPLES, log_in, named, row, rows_of, session_in

from ecg_core.review.edits import Delete, Edit, Move, Relabel, RelabelFamily, RelabelSpan, SettleConflict
from ecg_core.review.exchange import export_log, import_log
from ecg_core.review.session import ReviewSession

pytestmark = pytest.mark.slow

BEAT = SAMPLES[0]
V, S = Relabel((BEAT,), "V"), Relabel((BEAT,), "S")
GONE = Delete(((BEAT, BEAT),))


def both(session: ReviewSession, ann: Edit, ben: Edit) -> None:
    """Let Ann and Ben edit at the same revision, Ann's edit coming first."""
    seen = session.revision
    session.edit("Ann", named(ann), seen)
    session.edit("Ben", named(ben), seen)


def told(session: ReviewSession) -> list[tuple[int, list[tuple[str, str]]]]:
    """Return beats in conflict with each person's version as a word."""

    def word(value: object) -> str:
        alive, code, sample = value  # type: ignore[misc]
        return f"{'NSVFQ'[code]} at {sample}" if alive else "gone"

    return [(each.beat, [(one.person, word(one.value)) for one in each.versions]) for each in session.state.conflicts]


def settle(session: ReviewSession, person: str, keep: str) -> list[tuple[int, str]]:
    """Keep one person's version of the first conflict."""
    versions = session.state.conflicts[0].versions
    kept = next(version.entry for version in versions if version.person == keep)
    others = tuple(version.entry for version in versions if version.entry != kept)
    return session.edit(person, named(SettleConflict(kept, others)), session.revision).refused


def test_both_versions_are_told_with_both_names_and_the_later_holds(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    both(session, V, S)
    assert told(session) == [(BEAT, [("Ann", "V at 100"), ("Ben", "S at 100")])]
    assert row(session.state, BEAT)[1] == "S"  # type: ignore[index]
    assert told(session_in(tmp_path)) == told(session)  # the log alone tells it


@pytest.mark.parametrize(
    ("ann", "ben"),
    [(V, V), (V, Relabel((SAMPLES[5],), "S")), (GONE, GONE)],
    ids=["the same", "another beat", "both delete"],
)
def test_what_agrees_is_no_conflict(tmp_path: Path, ann: Edit, ben: Edit) -> None:
    session = session_in(tmp_path)
    both(session, ann, ben)
    assert told(session) == []


def test_who_knew_of_the_other_is_in_no_conflict(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    session.edit("Ann", named(V), 0)
    session.edit("Ben", named(S), session.revision)
    assert told(session) == []
    session.edit("Ben", named(V), 0)  # his own: he has not heard of the answer yet
    assert told(session) == []


def test_edits_that_do_not_say_what_they_are_based_on_are_in_none(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    session.edit("Ann", named(V))
    session.edit("Ben", named(S))
    assert told(session) == []


@pytest.mark.parametrize(
    ("ben", "word"),
    [
        (RelabelFamily(0, "S"), "S at 100"),
        (RelabelSpan(0, 150, "S"), "S at 100"),
        (Move(BEAT, BEAT, 130), "V at 130"),
        (GONE, "gone"),
    ],
    ids=["family", "span", "move", "delete"],
)
def test_every_way_of_changing_a_beat_counts(tmp_path: Path, ben: Edit, word: str) -> None:
    session = session_in(tmp_path)
    both(session, V, ben)
    assert told(session) == [(BEAT, [("Ann", "V at 100"), ("Ben", word)])]


@pytest.mark.parametrize("ben", [S, Move(BEAT, BEAT, 130)], ids=["relabel", "move"])
def test_what_was_deleted_meanwhile_can_be_brought_back(tmp_path: Path, ben: Edit) -> None:
    session = session_in(tmp_path)
    both(session, GONE, ben)
    assert row(session.state, BEAT) is None
    assert [person for person, _ in told(session)[0][1]] == ["Ann", "Ben"]
    assert told(session)[0][1][0] == ("Ann", "gone")
    assert settle(session, "Ann", "Ben") == []
    assert told(session) == []
    sample, label, _, _ = row(session.state, BEAT)  # type: ignore[misc]
    assert (sample, label) == ((100, "S") if ben is S else (130, "N"))
    session.undo("Ann")
    assert row(session.state, BEAT) is None
    assert len(told(session)) == 1


@pytest.mark.parametrize("keep", ["Ann", "Ben"])
@pytest.mark.parametrize("who", ["Ann", "Ben", "Cleo"])
def test_anybody_may_settle_it_for_either(tmp_path: Path, keep: str, who: str) -> None:
    session = session_in(tmp_path)
    both(session, V, S)
    assert settle(session, who, keep) == []
    assert told(session) == []
    assert row(session.state, BEAT)[1] == {"Ann": "V", "Ben": "S"}[keep]  # type: ignore[index]
    assert session.log.entries()[-1].action == "settle_conflict"
    assert told(session_in(tmp_path)) == []
    session.undo(who)
    assert len(told(session)) == 1
    session.redo(who)
    assert told(session) == []


def test_settling_twice_is_refused_for_the_second(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    both(session, V, S)
    edit = SettleConflict(*_entries(session))
    session.edit("Ann", named(edit))
    ((_, why),) = session.edit("Ben", named(edit)).refused
    assert "settled already" in why


def _entries(session: ReviewSession) -> tuple[int, tuple[int, ...]]:
    first, *others = (version.entry for version in session.state.conflicts[0].versions)
    return first, tuple(others)


def test_to_label_the_beat_knowing_both_settles_it_but_a_family_does_not(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    both(session, V, S)
    session.edit("Ann", named(RelabelFamily(0, "F")), session.revision)
    assert told(session) == [(BEAT, [("Ben", "S at 100"), ("Ann", "F at 100")])]
    session.edit("Ben", named(Relabel((BEAT,), "Q")), session.revision)
    assert told(session) == []


def test_undoing_either_version_ends_the_conflict(tmp_path: Path) -> None:
    for name, who, left in (("a", "Ann", "S"), ("b", "Ben", "V")):
        session = session_in(tmp_path, name)
        both(session, V, S)
        session.undo(who)
        assert told(session) == []
        assert row(session.state, BEAT)[1] == left  # type: ignore[index]


def test_a_third_person_has_a_version_too(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    both(session, V, S)
    session.edit("Cleo", named(Relabel((BEAT,), "F")), 0)
    assert [person for person, _ in told(session)[0][1]] == ["Ann", "Ben", "Cleo"]
    assert settle(session, "Ben", "Ann") == []
    assert row(session.state, BEAT)[1] == "V"  # type: ignore[index]


def test_many_beats_in_one_conflict_are_settled_together(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    both(session, RelabelSpan(0, 1001, "V"), RelabelFamily(0, "S"))
    n_beats = len(told(session))
    assert 1 < n_beats < 10
    before = rows_of(session.state)
    assert settle(session, "Ann", "Ann") == []
    assert told(session) == []
    changed = [now for was, now in zip(before, rows_of(session.state), strict=True) if was != now]
    assert len(changed) == n_beats
    assert {each[2] for each in changed} == {"V"}


def test_an_exported_log_brings_its_conflicts_along_even_with_other_numbers(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    both(session, V, S)
    both(session, Relabel((SAMPLES[2],), "V"), Relabel((SAMPLES[2],), "F"))
    assert settle(session, "Cleo", "Ann") == []
    there = log_in(tmp_path, "elsewhere.sqlite3")
    there.append("Dora", [Relabel((SAMPLES[9],), "V")], ["hers"])
    import_log(there, export_log(session.log))
    assert told(session_in(tmp_path, "elsewhere.sqlite3")) == told(session)
    assert len(told(session)) == 1
