"""Two people change the same beat, each without knowing of the other: both versions are kept until one holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from review_for_tests import SAMPLES, log_in, named, row, rows_of, workbench_in

from ecg_core.review.edits import Delete, Edit, Move, Relabel, RelabelFamily, RelabelSpan, SettleConflict
from ecg_core.review.exchange import export_log, import_log
from ecg_core.review.workbench import Workbench

BEAT = SAMPLES[0]
V, S = Relabel((BEAT,), "V"), Relabel((BEAT,), "S")
GONE = Delete(((BEAT, BEAT),))


def both(bench: Workbench, ann: Edit, ben: Edit) -> None:
    """Let Ann and Ben edit at the same revision, Ann's edit coming first."""
    seen = bench.revision
    bench.edit("Ann", named(ann), seen)
    bench.edit("Ben", named(ben), seen)


def told(bench: Workbench) -> list[tuple[int, list[tuple[str, str]]]]:
    """Return beats in conflict with each person's version as a word."""

    def word(value: object) -> str:
        alive, code, sample = value  # type: ignore[misc]
        return f"{'NSVFQ'[code]} at {sample}" if alive else "gone"

    return [(each.beat, [(one.person, word(one.value)) for one in each.versions]) for each in bench.state.conflicts]


def settle(bench: Workbench, person: str, keep: str) -> list[tuple[int, str]]:
    """Keep one person's version of the first conflict."""
    versions = bench.state.conflicts[0].versions
    kept = next(version.entry for version in versions if version.person == keep)
    others = tuple(version.entry for version in versions if version.entry != kept)
    return bench.edit(person, named(SettleConflict(kept, others)), bench.revision).refused


def test_both_versions_are_told_with_both_names_and_the_later_holds(tmp_path: Path) -> None:
    bench = workbench_in(tmp_path)
    both(bench, V, S)
    assert told(bench) == [(BEAT, [("Ann", "V at 100"), ("Ben", "S at 100")])]
    assert row(bench.state, BEAT)[1] == "S"  # type: ignore[index]
    assert told(workbench_in(tmp_path)) == told(bench)  # the log alone tells it


@pytest.mark.parametrize(
    ("ann", "ben"),
    [(V, V), (V, Relabel((SAMPLES[5],), "S")), (GONE, GONE)],
    ids=["the same", "another beat", "both delete"],
)
def test_what_agrees_is_no_conflict(tmp_path: Path, ann: Edit, ben: Edit) -> None:
    bench = workbench_in(tmp_path)
    both(bench, ann, ben)
    assert told(bench) == []


def test_who_knew_of_the_other_is_in_no_conflict(tmp_path: Path) -> None:
    bench = workbench_in(tmp_path)
    bench.edit("Ann", named(V), 0)
    bench.edit("Ben", named(S), bench.revision)
    assert told(bench) == []
    bench.edit("Ben", named(V), 0)  # his own: he has not heard of the answer yet
    assert told(bench) == []


def test_edits_that_do_not_say_what_they_are_based_on_are_in_none(tmp_path: Path) -> None:
    bench = workbench_in(tmp_path)
    bench.edit("Ann", named(V))
    bench.edit("Ben", named(S))
    assert told(bench) == []


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
    bench = workbench_in(tmp_path)
    both(bench, V, ben)
    assert told(bench) == [(BEAT, [("Ann", "V at 100"), ("Ben", word)])]


@pytest.mark.parametrize("ben", [S, Move(BEAT, BEAT, 130)], ids=["relabel", "move"])
def test_what_was_deleted_meanwhile_can_be_brought_back(tmp_path: Path, ben: Edit) -> None:
    bench = workbench_in(tmp_path)
    both(bench, GONE, ben)
    assert row(bench.state, BEAT) is None
    assert [person for person, _ in told(bench)[0][1]] == ["Ann", "Ben"]
    assert told(bench)[0][1][0] == ("Ann", "gone")
    assert settle(bench, "Ann", "Ben") == []
    assert told(bench) == []
    sample, label, _, _ = row(bench.state, BEAT)  # type: ignore[misc]
    assert (sample, label) == ((100, "S") if ben is S else (130, "N"))
    bench.undo("Ann")
    assert row(bench.state, BEAT) is None
    assert len(told(bench)) == 1


@pytest.mark.parametrize("keep", ["Ann", "Ben"])
@pytest.mark.parametrize("who", ["Ann", "Ben", "Cleo"])
def test_anybody_may_settle_it_for_either(tmp_path: Path, keep: str, who: str) -> None:
    bench = workbench_in(tmp_path)
    both(bench, V, S)
    assert settle(bench, who, keep) == []
    assert told(bench) == []
    assert row(bench.state, BEAT)[1] == {"Ann": "V", "Ben": "S"}[keep]  # type: ignore[index]
    assert bench.log.entries()[-1].action == "settle_conflict"
    assert told(workbench_in(tmp_path)) == []
    bench.undo(who)
    assert len(told(bench)) == 1
    bench.redo(who)
    assert told(bench) == []


def test_settling_twice_is_refused_for_the_second(tmp_path: Path) -> None:
    bench = workbench_in(tmp_path)
    both(bench, V, S)
    edit = SettleConflict(*_entries(bench))
    bench.edit("Ann", named(edit))
    ((_, why),) = bench.edit("Ben", named(edit)).refused
    assert "settled already" in why


def _entries(bench: Workbench) -> tuple[int, tuple[int, ...]]:
    first, *others = (version.entry for version in bench.state.conflicts[0].versions)
    return first, tuple(others)


def test_to_label_the_beat_knowing_both_settles_it_but_a_family_does_not(tmp_path: Path) -> None:
    bench = workbench_in(tmp_path)
    both(bench, V, S)
    bench.edit("Ann", named(RelabelFamily(0, "F")), bench.revision)
    assert told(bench) == [(BEAT, [("Ben", "S at 100"), ("Ann", "F at 100")])]
    bench.edit("Ben", named(Relabel((BEAT,), "Q")), bench.revision)
    assert told(bench) == []


def test_undoing_either_version_ends_the_conflict(tmp_path: Path) -> None:
    for name, who, left in (("a", "Ann", "S"), ("b", "Ben", "V")):
        bench = workbench_in(tmp_path, name)
        both(bench, V, S)
        bench.undo(who)
        assert told(bench) == []
        assert row(bench.state, BEAT)[1] == left  # type: ignore[index]


def test_a_third_person_has_a_version_too(tmp_path: Path) -> None:
    bench = workbench_in(tmp_path)
    both(bench, V, S)
    bench.edit("Cleo", named(Relabel((BEAT,), "F")), 0)
    assert [person for person, _ in told(bench)[0][1]] == ["Ann", "Ben", "Cleo"]
    assert settle(bench, "Ben", "Ann") == []
    assert row(bench.state, BEAT)[1] == "V"  # type: ignore[index]


def test_many_beats_in_one_conflict_are_settled_together(tmp_path: Path) -> None:
    bench = workbench_in(tmp_path)
    both(bench, RelabelSpan(0, 1001, "V"), RelabelFamily(0, "S"))
    n_beats = len(told(bench))
    assert 1 < n_beats < 10
    before = rows_of(bench.state)
    assert settle(bench, "Ann", "Ann") == []
    assert told(bench) == []
    changed = [now for was, now in zip(before, rows_of(bench.state), strict=True) if was != now]
    assert len(changed) == n_beats
    assert {each[2] for each in changed} == {"V"}


def test_an_exported_log_brings_its_conflicts_along_even_with_other_numbers(tmp_path: Path) -> None:
    bench = workbench_in(tmp_path)
    both(bench, V, S)
    both(bench, Relabel((SAMPLES[2],), "V"), Relabel((SAMPLES[2],), "F"))
    assert settle(bench, "Cleo", "Ann") == []
    there = log_in(tmp_path, "elsewhere.sqlite3")
    there.append("Dora", [Relabel((SAMPLES[9],), "V")], ["hers"])
    import_log(there, export_log(bench.log))
    assert told(workbench_in(tmp_path, "elsewhere.sqlite3")) == told(bench)
    assert len(told(bench)) == 1
