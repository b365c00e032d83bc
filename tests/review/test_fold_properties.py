"""Whatever people do, in whatever order: the fold is one and the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_for_tests import FS_HZ, N_BEATS, N_SAMPLES, QUALITY, SAMPLES, base, entries_of, everything_of

from ecg_core.review.edits import (
    Add,
    Delete,
    DeleteRhythm,
    Edit,
    JudgeDifference,
    MarkEvent,
    MarkEvents,
    MergeFamilies,
    Move,
    NoteEvent,
    Redo,
    Relabel,
    RelabelFamily,
    RelabelSpan,
    SetBoundary,
    SetRhythm,
    SettleConflict,
    SplitFamily,
    TrimRhythm,
    Undo,
)
from ecg_core.review.fold import Fold, fold
from ecg_core.review.log import Entry
from ecg_core.review.state import State, changed_ids

pytestmark = pytest.mark.slow

# Few beats and places, so that edits meet.
IDS = st.sampled_from([*SAMPLES[:6], -1, -2, -3, 123])
PLACES = st.sampled_from([*SAMPLES[:6], 150, 151, 152, N_SAMPLES - 1, N_SAMPLES])
LETTERS = st.sampled_from("NSVFQ")
FAMILIES = st.integers(0, 5)
RHYTHMS = st.sampled_from(["AFIB", "N", "ARTEFACT"])
SPANS = st.integers(1, 3)
LIMITS = st.tuples(PLACES, st.integers(1, N_SAMPLES)).map(lambda limits: (limits[0], limits[0] + limits[1]))
ENTRIES = st.integers(1, 40)
SOME_IDS = st.lists(IDS, min_size=1, max_size=4).map(tuple)
EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.builds(Relabel, SOME_IDS, LETTERS),
    st.builds(RelabelSpan, PLACES, st.just(N_SAMPLES + 1), LETTERS),
    st.builds(RelabelFamily, FAMILIES, LETTERS),
    st.builds(Add, st.sampled_from([-1, -2, -3]), PLACES, LETTERS),
    st.builds(Move, IDS, PLACES, PLACES),
    st.builds(Delete, st.lists(st.tuples(IDS, PLACES), min_size=1, max_size=3).map(tuple)),
    st.sampled_from(SAMPLES[:6]).map(lambda at: Delete(((at, at),))),
    st.builds(
        SetBoundary,
        IDS,
        st.sampled_from(["p_on", "qrs_on", "qrs_off"]),
        st.sampled_from([None, 0, 1]),
        st.none(),
        st.one_of(st.none(), PLACES),
    ),
    st.builds(SplitFamily, FAMILIES, FAMILIES, SOME_IDS),
    st.builds(MergeFamilies, FAMILIES, FAMILIES),
    st.builds(MarkEvent, st.sampled_from(["VT:1", "B:2"]), st.sampled_from(["seen", None])),
    st.builds(lambda span, limits, rhythm: SetRhythm(span, *limits, rhythm, ("VT:1",)), SPANS, LIMITS, RHYTHMS),
    st.builds(lambda span, limits: TrimRhythm(span, *limits), SPANS, LIMITS),
    st.builds(DeleteRhythm, SPANS),
    st.builds(MarkEvents, st.just(("VT:1", "B:2")), st.sampled_from(["seen", "dismissed"]), st.booleans()),
    st.builds(NoteEvent, st.sampled_from(["VT:1", "B:2"]), st.sampled_from(["", "so"])),
    st.builds(
        JudgeDifference, st.just("atr"), st.just("beat:1:N>V"), st.sampled_from(["program", "file", "unsure", None])
    ),
    st.builds(SettleConflict, ENTRIES, st.lists(ENTRIES, min_size=1, max_size=1).map(tuple)),
    st.builds(Undo, ENTRIES),
    st.builds(Redo, ENTRIES),
)
LAGS = st.sampled_from([None, 0, 1, 3])


def logged(rows: list[tuple[str, Edit, int | None]]) -> list[Entry]:
    """Number edits, each based on a revision that lies back by some entries."""
    entries = entries_of([(person, edit) for person, edit, _ in rows])
    return [
        entry if lag is None else replace(entry, based_on=max(entry.seq - 1 - lag, 0))
        for entry, (_, _, lag) in zip(entries, rows, strict=True)
    ]


LOGS = st.lists(st.tuples(st.sampled_from(["Ann", "Ben"]), EDITS, LAGS), max_size=40).map(logged)


def folded(entries: list[Entry]) -> State:
    return fold(base(), entries, FS_HZ, N_SAMPLES, QUALITY)


def check(state: State) -> None:
    n = len(state)
    assert np.all(np.diff(state.sample) > 0)
    assert not n or (state.sample[0] >= 0 and state.sample[-1] < N_SAMPLES)
    assert len(set(state.id.tolist())) == n
    for column in (state.id, state.sample, state.label, state.p, state.quality, state.template, state.edited):
        assert len(column) == n
    assert state.positions(state.id).tolist() == list(range(n))
    assert set(state.template.tolist()) <= set(range(-1, state.next_family)) - set(state.alias)
    for span in state.rhythms.values():
        assert 0 <= span.start_sample < span.stop_sample <= N_SAMPLES
    for conflict in state.conflicts:
        assert len({version.person for version in conflict.versions}) == len(conflict.versions) == 2
        there = int(state.positions([conflict.beat])[0])
        ways = [version.value for version in conflict.versions]
        assert not ways[0].same(ways[1])
        if there >= 0:  # the beat is as one of them says
            assert (state.code[there], state.sample[there]) in {(way.code, way.sample) for way in ways if way.alive}
        else:
            assert not all(way.alive for way in ways)
    assert [seq for seq, _ in state.refused] == sorted({seq for seq, _ in state.refused})


@settings(max_examples=120)
@given(LOGS, st.data())
def test_all_at_once_or_one_by_one_or_in_parts(entries: list[Entry], data: st.DataObject) -> None:
    whole = folded(entries)
    check(whole)
    one_by_one = Fold(base(), FS_HZ, N_SAMPLES, QUALITY)
    for entry in entries:
        before = one_by_one.state
        one_by_one.apply([entry])
        check(one_by_one.state)
        # What is told to have changed is enough to follow.
        followed = {row[0]: row for row in rows(before)}
        now = {row[0]: row for row in rows(one_by_one.state)}
        for name in changed_ids(before, one_by_one.state).tolist():
            followed.pop(name, None)
            if name in now:
                followed[name] = now[name]
        assert followed == now
    assert everything_of(one_by_one.state) == everything_of(whole)
    assert one_by_one.state.refused == whole.refused
    cut = data.draw(st.integers(0, len(entries)))
    parts = Fold(base(), FS_HZ, N_SAMPLES, QUALITY)
    parts.apply(entries[:cut])
    parts.apply(entries[max(0, cut - 3) :])  # some of them for the second time
    assert everything_of(parts.state) == everything_of(whole)


def rows(state: State) -> list[tuple[object, ...]]:
    columns = (state.id, state.sample, state.label, state.template, state.edited, state.quality)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@settings(max_examples=120)
@given(LOGS, st.sampled_from(["Ann", "Ben"]), st.integers(1, 12))
def test_undoing_and_redoing_as_often_leaves_everything_as_it_was(entries: list[Entry], person: str, n: int) -> None:
    going = Fold(base(), FS_HZ, N_SAMPLES, QUALITY)
    going.apply(entries)
    before = everything_of(going.state)
    next_seq = len(entries) + 1
    depth = 0
    for _ in range(n):
        target = going.to_undo(person)
        if target is None:
            break
        going.apply([Entry(next_seq, f"u{next_seq}", person, "", Undo(target.seq))])
        next_seq, depth = next_seq + 1, depth + 1
    n_in_force = going.state.n_in_force
    for _ in range(depth):
        target = going.to_redo(person)
        assert target is not None
        going.apply([Entry(next_seq, f"u{next_seq}", person, "", Redo(target.seq))])
        next_seq += 1
    assert going.state.n_in_force == n_in_force + depth
    assert everything_of(going.state) == before


@settings(max_examples=50)
@given(LOGS)
def test_everything_can_be_undone_and_then_nothing_has_happened(entries: list[Entry]) -> None:
    going = Fold(base(), FS_HZ, N_SAMPLES, QUALITY)
    going.apply(entries)
    next_seq = len(entries) + 1
    for person in ("Ann", "Ben"):
        while (target := going.to_undo(person)) is not None:
            going.apply([Entry(next_seq, f"u{next_seq}", person, "", Undo(target.seq))])
            next_seq += 1
    assert rows(going.state) == rows(folded([]))
    assert not going.state.rhythms
    assert not going.state.boundaries
    assert (going.state.marks, going.state.notes, going.state.conflicts) == ({}, {}, [])
    assert going.state.n_in_force == 0
    assert len(going.state) == N_BEATS
