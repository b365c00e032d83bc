"""Several people and tabs at one recording, and what follows from their edits."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from review_for_tests import (
    FS_HZ,
    N_BEATS,
    SAMPLES,
    analysis,
    everything_of,
    log_in,
    named,
    recording,
    row,
    rows_of,
    session_in,
)

from ecg_core.analysis import analyse, beat_points, with_beats
from ecg_core.beats import BEAT_TABLE_COLUMNS
from ecg_core.recording import from_array
from ecg_core.review.edits import Add, Delete, Edit, MarkEvent, MergeFamilies, Move, Relabel, RelabelFamily, SplitFamily
from ecg_core.review.log import EditLog
from ecg_core.review.session import ReviewSession
from ecg_core.review.state import ADDED
from ecg_core.synthesis import generate, scenarios
from ecg_core.templates import split_family

pytestmark = pytest.mark.slow

V = Relabel((300,), "V")


def test_an_edit_is_there_at_once_and_after_reloading(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    assert session.revision == 0
    outcome = session.edit("Ann", named(V, Add(-1, 350, "S")))
    assert outcome.refused == []
    assert outcome.revision == session.revision == session.log.revision()
    assert row(session.state, 300) == (300, "V", 0, 1)
    assert everything_of(session_in(tmp_path).state) == everything_of(session.state)


def test_a_repeated_post_is_answered_as_the_first_one_was(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    edits: list[tuple[str, Edit]] = [("a", V), ("b", Delete(((300, 301),)))]
    first = session.edit("Ann", edits)
    assert [sentence for _, sentence in first.refused] == [
        "The beat stands at 0:00:03.000 now, not where it was, so it was not deleted."
    ]
    assert session.edit("Ann", edits) == first
    assert len(session.log.entries()) == 2
    session.undo("Ann", "c")
    session.undo("Ann", "c")
    assert len(session.log.entries()) == 3


def test_what_is_refused_changes_nothing_and_stays_in_the_log(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    before = rows_of(session.state)
    outcome = session.edit("Ann", named(Delete(((300, 299),))))
    assert [seq for seq, _ in outcome.refused] == [outcome.revision]
    assert rows_of(session.state) == before
    assert len(session.log.entries()) == 1
    assert session.history("Ann") == {"undo": None, "redo": None}
    assert session.edit("Ann", named(V)).refused == []


def test_each_person_undoes_their_own_edits_without_limit(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    for number in range(50):
        session.edit("Ann" if number % 2 else "Ben", named(Relabel((SAMPLES[number % 40],), "SV"[number % 2])))
    after = rows_of(session.state)
    for _ in range(25):
        assert session.undo("Ann").refused == []
    assert session.history("Ann")["undo"] is None
    assert [sentence for _, sentence in session.undo("Ann").refused] == ["There is nothing of yours to undo."]
    assert set(session.state.label[session.state.edited > 0]) == {"S"}
    for _ in range(25):
        assert session.redo("Ann").refused == []
    assert [sentence for _, sentence in session.redo("Ann").refused] == ["There is nothing of yours to redo."]
    assert rows_of(session.state) == after


def test_history_names_what_comes_next(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    session.edit("Ann", named(V, MarkEvent("VT:5", "seen")))
    session.undo("Ann")
    now = session.history("Ann")
    assert now["undo"] is not None
    assert now["redo"] is not None
    assert (now["undo"].edit, now["redo"].edit) == (V, MarkEvent("VT:5", "seen"))
    session.edit("Ann", named(V))
    assert session.history("Ann")["redo"] is None
    assert session.history("Ben") == {"undo": None, "redo": None}


def test_two_tabs_see_each_other_and_come_to_the_same(tmp_path: Path) -> None:
    here, there = session_in(tmp_path), session_in(tmp_path)
    here.edit("Ann", named(V))
    assert there.revision == 0
    assert there.catch_up() == here.revision
    there.edit("Ben", named(Delete(((300, 300),))))
    refused = here.edit("Ann", named(Move(300, 300, 310)))
    assert len(refused.refused) == 1
    there.catch_up()
    assert everything_of(here.state) == everything_of(there.state)
    assert here.revision == there.revision


def test_many_tabs_writing_at_once_lose_nothing(tmp_path: Path) -> None:
    sessions = [session_in(tmp_path), session_in(tmp_path)]
    failures: list[BaseException] = []

    def work(number: int) -> None:
        session, person = sessions[number % 2], f"person {number}"
        try:
            for round_number in range(12):
                name = -(1 + number * 100 + round_number)
                sample = 10 + number * 20 + round_number
                session.edit(person, [(f"{person} add {round_number}", Add(name, sample, "V"))])
                session.edit(person, [(f"{person} {round_number}", Relabel((SAMPLES[round_number], name), "S"))])
                if round_number % 3 == 0:
                    session.undo(person)
                    session.redo(person)
                session.changes(0)
                assert len(session.analysis.beats) >= N_BEATS
        except BaseException as error:  # told by the main thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for session in sessions:
        session.catch_up()
    assert everything_of(sessions[0].state) == everything_of(sessions[1].state)
    assert (sessions[0].state.edited & ADDED).sum() / ADDED == 48
    assert len(sessions[0].state) == N_BEATS + 48
    assert sessions[0].state.refused == []


def follow(session: ReviewSession, table: dict[int, tuple[object, ...]], since: int) -> dict[int, tuple[object, ...]]:
    """Do what a browser does with what changed."""
    change = session.changes(since)
    now = rows_of(change.state)
    if change.full:
        return {beat[0]: beat for beat in now}
    table = {name: beat for name, beat in table.items() if name not in set(change.removed.tolist())}
    return {**table, **{now[at][0]: now[at] for at in change.rows.tolist()}}


def test_what_changed_since_a_revision_is_enough_to_follow(tmp_path: Path) -> None:
    session, other = session_in(tmp_path), session_in(tmp_path)
    tables = {0: {beat[0]: beat for beat in rows_of(session.state)}}
    steps: list[Edit] = [
        V, Add(-1, 350, "N"), Move(400, 400, 410), Delete(((-1, 350), (500, 500))), Add(-2, 500, "V"),
        RelabelFamily(1, "F"), MergeFamilies(2, 0), MarkEvent("VT:5", "seen"),
    ]  # fmt: skip
    for number, edit in enumerate(steps):
        (session if number % 2 else other).edit("Ann", named(edit))
        session.catch_up()
        tables[session.revision] = {beat[0]: beat for beat in rows_of(session.state)}
    for _ in range(3):
        session.undo("Ann")
        tables[session.revision] = {beat[0]: beat for beat in rows_of(session.state)}
    now = {beat[0]: beat for beat in rows_of(session.state)}
    for since, table in tables.items():
        assert not session.changes(since).full
        assert follow(session, table, since) == now
    assert len(session.changes(session.revision).rows) == len(session.changes(session.revision).removed) == 0


def test_one_edit_changes_one_row(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    session.edit("Ann", named(V))
    change = session.changes(0)
    assert session.state.id[change.rows].tolist() == [300]
    assert not len(change.removed)


@pytest.mark.parametrize("since", [-1, 1, 10_000])
def test_from_where_nothing_is_remembered_everything_is_told(tmp_path: Path, since: int) -> None:
    first = session_in(tmp_path)
    first.edit("Ann", named(V, V))
    reopened = session_in(tmp_path)
    change = reopened.changes(since)
    assert change.full
    assert change.rows.tolist() == list(range(N_BEATS))
    assert not reopened.changes(reopened.revision).full


def test_rates_episodes_and_burden_follow(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    assert session.analysis.summary.n_by_class == analysis().summary.n_by_class
    assert "VT" not in set(session.analysis.episodes["kind"])
    session.edit("Ann", named(Relabel(tuple(SAMPLES[:4]), "V"), Add(-1, 50, "V"), Delete(((4_000, 4_000),))))
    corrected = session.analysis
    assert corrected.summary.n_beats == N_BEATS
    assert corrected.summary.n_by_class == {"N": 27, "S": 4, "V": 9, "F": 0, "Q": 0}
    assert corrected.episodes.iloc[0]["stop_sample"] == 501
    assert set(corrected.episodes["kind"]) & {"VT", "IVR"}
    assert session.analysis is corrected
    session.undo("Ann")
    assert session.analysis.summary.n_beats == N_BEATS + 1


def test_the_table_of_corrected_beats_is_a_beat_table(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    session.edit("Ann", named(V, Add(-1, 350, "S"), Move(500, 500, 505)))
    beats, found = session.analysis.beats, analysis().beats
    assert list(beats.columns) == [*BEAT_TABLE_COLUMNS, "id", "edited"]
    assert beats.dtypes[list(found.columns)].equals(found.dtypes)
    assert beats["id"].tolist() == session.state.id.tolist()
    assert beats.loc[beats["id"] == -1, ["p_n", "template"]].isna().all(axis=None)
    np.testing.assert_allclose(beats["rr_s"][1:], np.diff(beats["sample"]) / FS_HZ)
    np.testing.assert_allclose(beats["time_s"], beats["sample"] / FS_HZ)
    assert session.analysis.provenance["edits"]["n_in_force"] == 3
    assert session.analysis.provenance["edits"]["persons"] == ["Ann"]


def test_when_everything_is_undone_the_analysis_is_as_it_was_made(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    session.edit("Ann", named(V))
    session.undo("Ann")
    found, now = analysis(), session.analysis
    pd.testing.assert_frame_equal(now.beats[list(found.beats.columns)], found.beats)
    pd.testing.assert_frame_equal(now.episodes, found.episodes)
    assert now.provenance == found.provenance


def test_beats_that_no_model_has_labelled_can_be_labelled(tmp_path: Path) -> None:
    session = ReviewSession(recording(), analysis(labels=None), log_in(tmp_path))
    session.edit("Ann", named(V))
    assert session.analysis.beats["label"].tolist() == [None, None, "V", *[None] * 37]


@pytest.fixture(scope="module")
def grouped() -> tuple[object, ...]:
    synthetic = generate(scenarios()["demo_pvc"], duration_s=120, seed=2)
    made = from_array(synthetic.signal, synthetic.fs_hz, name="demo")
    return made, analyse(made, cache=False)


def test_families_follow_splitting_merging_and_undoing(tmp_path: Path, grouped: tuple[object, ...]) -> None:
    made, found = grouped
    session = ReviewSession(made, found, EditLog(log_in(tmp_path).engine, made.sha256, None))  # type: ignore[attr-defined, arg-type]
    templates = session.analysis.templates
    assert templates is not None
    largest = templates.largest_first()[0]
    members = np.flatnonzero(session.state.template == largest)
    points = beat_points(made, session.state.sample, found.quality, cache=False)  # type: ignore[attr-defined, arg-type]
    apart = split_family(points, members)
    if not apart.any():
        apart[: len(apart) // 3] = True
    beats = tuple(session.state.id[members[apart]].tolist())
    number = session.state.next_family
    assert session.edit("Ann", named(SplitFamily(largest, number, beats))).refused == []
    split = session.analysis.templates
    assert split is not None
    assert split.family(number).n_beats == len(beats)
    assert split.family(largest).n_beats == len(members) - len(beats)
    assert split.family(number).typical_sample in beats
    assert not np.array_equal(split.family(number).mean_mv, split.family(largest).mean_mv)

    session.edit("Ann", named(Delete(((beats[0], beats[0]),)), RelabelFamily(number, "F")))
    edited = session.analysis.templates
    assert edited is not None
    assert edited.family(number).n_beats == len(beats) - 1
    assert edited.family(number).label == "F"
    assert edited.family(number).mean_mv is split.family(number).mean_mv
    assert len(edited.of_beat) == len(session.state)

    session.edit("Ann", named(MergeFamilies(number, largest)))
    merged = session.analysis.templates
    assert merged is not None
    assert number not in [family.index for family in merged.families]
    assert merged.family(largest).n_beats == len(members) - 1
    for _ in range(4):
        session.undo("Ann")
    again = session.analysis.templates
    assert again is not None
    assert [(family.index, family.n_beats) for family in again.families] == [
        (family.index, family.n_beats) for family in templates.families
    ]


def test_the_quick_way_to_the_table_gives_what_the_analysis_of_these_beats_gives(tmp_path: Path) -> None:
    """Relabelling all V to N is the same as an analysis that had found N."""
    session = session_in(tmp_path)
    session.edit("Ann", named(RelabelFamily(1, "N")))
    other = analysis().beats.copy()
    other.loc[other["template"] == 1, "label"] = "N"
    expected = with_beats(recording(), other, analysis().quality, analysis().provenance)
    pd.testing.assert_frame_equal(session.analysis.beats[list(BEAT_TABLE_COLUMNS)], expected.beats)
    pd.testing.assert_frame_equal(session.analysis.episodes, expected.episodes)
    assert session.analysis.summary == expected.summary
