"""What each edit does to the beats, and what it does not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from review_for_tests import FS_HZ, N_SAMPLES, QUALITY, SAMPLES, analysis, base, entries_of, everything_of, row, rows_of

from ecg_core.review.edits import (
    Add,
    Delete,
    Edit,
    MarkEvent,
    MergeFamilies,
    Move,
    Redo,
    Relabel,
    RelabelFamily,
    RelabelSpan,
    SplitFamily,
    Undo,
)
from ecg_core.review.fold import fold
from ecg_core.review.state import ADDED, MARK_BITS, MOVED, RELABELLED, Base, State, changed_ids


def state_of(*edits: Edit | tuple[str, Edit]) -> State:
    return fold(base(), entries_of(edits), FS_HZ, N_SAMPLES, QUALITY)


def refused(state: State) -> Sequence[int]:
    for _, sentence in state.refused:
        assert sentence.endswith(".")
        assert "\n" not in sentence
    return [seq for seq, _ in state.refused]


def test_without_edits_the_beats_are_those_that_were_found() -> None:
    state = state_of()
    found = analysis().beats
    assert state.id.tolist() == state.sample.tolist() == SAMPLES
    assert "".join(state.label) == "".join(found["label"])
    assert state.template.tolist() == found["template"].tolist()
    assert state.quality.tolist() == found["quality"].tolist()
    assert not state.edited.any()
    np.testing.assert_array_equal(state.p[:, 0], found["p_n"])


def test_a_relabelled_beat_keeps_its_probabilities() -> None:
    state = state_of(Relabel((300, 500), "V"))
    assert row(state, 300) == (300, "V", 0, RELABELLED)
    assert row(state, 400) == (400, "N", 0, 0)
    np.testing.assert_array_equal(state.p, state_of().p)


def test_confirming_a_class_counts_as_an_edit() -> None:
    assert row(state_of(Relabel((300,), "N")), 300) == (300, "N", 0, RELABELLED)


def test_a_span_holds_its_first_sample_and_not_its_last() -> None:
    state = state_of(RelabelSpan(300, 600, "Q"))
    assert state.id[state.label == "Q"].tolist() == [300, 400, 500]


def test_a_span_holds_the_beats_that_stand_in_it_when_its_turn_comes() -> None:
    state = state_of(Add(-1, 350, "N"), Move(900, 900, 450), Move(400, 400, 950), RelabelSpan(300, 501, "Q"))
    assert state.id[state.label == "Q"].tolist() == [300, -1, 900, 500]


def test_a_family_is_relabelled_as_a_whole() -> None:
    state = state_of(RelabelFamily(1, "F"))
    assert (state.label == "F").tolist() == (state.template == 1).tolist()
    assert (state.template == 1).sum() == 4


def test_an_added_beat_has_a_class_and_the_quality_of_its_second_and_nothing_else() -> None:
    state = state_of(Add(-9, 3_050, "V"))
    at = int(state.positions([-9])[0])
    assert row(state, -9) == (3_050, "V", -1, ADDED)
    assert state.quality[at] == 0
    assert np.isnan(state.p[at]).all()
    assert np.isfinite(np.delete(state.p, at, axis=0)).all()


def test_a_moved_beat_keeps_its_id_and_takes_the_quality_of_its_second() -> None:
    state = state_of(Move(2_800, 2_800, 3_050), Relabel((2_800,), "S"))
    assert row(state, 2_800) == (3_050, "S", 0, MOVED | RELABELLED)
    assert state.quality[state.positions([2_800])[0]] == 0
    assert np.all(np.diff(state.sample) > 0)


def test_a_place_that_a_beat_left_is_free() -> None:
    state = state_of(Move(300, 300, 310), Add(-1, 300, "N"), Delete(((-1, 300),)), Move(300, 310, 300))
    assert refused(state) == []
    assert row(state, 300) == (300, "N", 0, MOVED)


@pytest.mark.parametrize("sample", [300, 350, N_SAMPLES])
def test_where_a_beat_stands_or_nothing_is_recorded_none_can_be_put(sample: int) -> None:
    state = state_of(Add(-1, 350, "N"), Add(-2, sample, "V"), Move(900, 900, sample))
    assert refused(state) == [2, 3]
    assert rows_of(state) == rows_of(state_of(Add(-1, 350, "N")))


def test_an_id_is_given_once_even_if_its_beat_is_gone() -> None:
    state = state_of(Add(-1, 350, "N"), Delete(((-1, 350),)), Add(-1, 450, "V"))
    assert refused(state) == [3]


def test_deleting_takes_exactly_the_beat_at_exactly_the_sample() -> None:
    state = state_of(Delete(((300, 300),)), Delete(((400, 401),)), Delete(((401, 401),)), Delete(((300, 300),)))
    assert refused(state) == [2, 3, 4]
    assert state.id.tolist() == [sample for sample in SAMPLES if sample != 300]


def test_a_beat_that_was_moved_is_not_deleted_where_it_was() -> None:
    state = state_of(Move(300, 300, 310), Delete(((300, 300),)))
    assert refused(state) == [2]
    assert row(state, 300) is not None
    assert row(state_of(Move(300, 300, 310), Delete(((300, 310),))), 300) is None


def test_a_beat_that_was_moved_is_not_moved_from_where_it_was() -> None:
    state = state_of(Move(300, 300, 310), Move(300, 300, 320))
    assert refused(state) == [2]
    assert row(state, 300) == (310, "N", 0, MOVED)


def test_the_last_entry_that_changed_a_beat_is_known_by_its_number() -> None:
    edits = [Relabel((300, 500), "V"), Add(-1, 350, "N"), RelabelSpan(340, 501, "S"), Move(300, 300, 310)]
    state = state_of(*edits, SplitFamily(0, 2, (300,)), MarkEvent("VT:1", "seen"), Relabel((9_999_999, 600), "F"))
    by = dict(zip(state.id.tolist(), state.entry.tolist(), strict=True))
    assert {name: seq for name, seq in by.items() if seq} == {300: 4, -1: 3, 400: 3, 500: 3, 600: 7}
    assert not state_of(*edits, Delete(((300, 310),))).positions([300])[0] >= 0


def test_an_undone_entry_gives_a_beat_back_to_the_one_before() -> None:
    def entry_of(*edits: Edit) -> int:
        state = state_of(*edits)
        return int(state.entry[state.positions([300])[0]])

    edits = (Relabel((300,), "V"), RelabelFamily(0, "S"))
    assert entry_of(*edits) == 2
    assert entry_of(*edits, Undo(2)) == 1
    assert entry_of(*edits, Undo(2), Redo(2)) == 2
    assert entry_of(*edits, Undo(2), Undo(1)) == 0


def test_of_several_beats_those_that_are_there_are_taken_and_the_others_told() -> None:
    state = state_of(Delete(((300, 300),)), Relabel((300, 400, 400), "V"), Delete(((300, 300), (500, 500), (600, 1))))
    assert [sentence for _, sentence in state.refused] == [
        "1 of 2 beats is not there any more; the others were relabelled.",
        "2 of 3 beats are not there any more or not where they were; the others were deleted.",
    ]
    assert row(state, 400) == (400, "V", 0, RELABELLED)
    assert row(state, 500) is None
    assert row(state, 600) is not None


def test_what_was_refused_does_not_happen_later() -> None:
    """Whoever deletes a beat that has moved is told that it stays; it stays when the move is undone."""
    state = state_of(("Ann", Move(300, 300, 310)), ("Ben", Delete(((300, 300), (400, 400)))), ("Ann", Undo(1)))
    assert row(state, 300) == (300, "N", 0, 0)
    assert row(state, 400) is None


def test_a_split_family_and_the_rest_share_the_beats() -> None:
    state = state_of(SplitFamily(0, 3, (100, 200)), RelabelFamily(3, "F"))
    assert state.id[state.template == 3].tolist() == state.id[state.label == "F"].tolist() == [100, 200]
    assert state.next_family == 4


def test_a_split_takes_no_beats_of_other_families_and_no_number_that_was_given() -> None:
    state = state_of(
        SplitFamily(0, 3, (100, 500)), SplitFamily(0, 3, (200,)), SplitFamily(0, 9, (200,)), SplitFamily(1, 4, (100,))
    )
    assert refused(state) == [1, 2, 3, 4]
    assert state.id[state.template == 3].tolist() == [100]
    assert row(state, 500) == (500, "V", 1, 0)


def test_the_number_of_an_undone_split_is_not_given_again() -> None:
    state = state_of(SplitFamily(0, 3, (100,)), Undo(1))
    assert state.next_family == 4
    assert refused(state_of(SplitFamily(0, 3, (100,)), Undo(1), SplitFamily(0, 3, (200,)))) == [3]


def test_merged_families_are_one_whatever_is_merged_next() -> None:
    state = state_of(MergeFamilies(1, 0), MergeFamilies(2, 1))
    assert set(state.template.tolist()) == {0}
    assert state.alias == {1: 0, 2: 0}
    chain = state_of(MergeFamilies(2, 1), MergeFamilies(1, 0))
    assert chain.alias == {1: 0, 2: 0}
    assert rows_of(chain) == rows_of(state)


def test_a_family_that_went_into_another_does_not_stand_for_it() -> None:
    """Who relabels the four beats of a family that they see must not relabel thirty others."""
    state = state_of(MergeFamilies(1, 0), RelabelFamily(1, "V"), SplitFamily(1, 3, (100,)), MergeFamilies(0, 1))
    assert refused(state) == [2, 3, 4]
    assert not state.edited.any()


@pytest.mark.parametrize("edit", [RelabelFamily(8, "N"), MergeFamilies(0, 8), MergeFamilies(8, 0), MergeFamilies(1, 1)])
def test_families_that_there_are_not_are_refused(edit: Edit) -> None:
    assert refused(state_of(edit)) == [1]


def test_marks_of_events_come_and_go() -> None:
    state = state_of(MarkEvent("VT:5", "seen"), MarkEvent("B:9", "report"), MarkEvent("VT:5", None))
    assert state.marks == {"B:9": MARK_BITS["report"]}


def test_undone_entries_are_as_if_they_had_never_been() -> None:
    edits: list[Edit] = [Relabel((300,), "V"), Delete(((400, 400),)), Add(-1, 350, "S")]
    for undone in (1, 2, 3):
        state = state_of(*edits, Undo(undone))
        rest = [edit for number, edit in enumerate(edits, start=1) if number != undone]
        assert rows_of(state) == rows_of(state_of(*rest))


def test_what_an_undone_entry_carried_lapses_and_returns_with_it() -> None:
    edits = [("Ann", Add(-1, 350, "N")), ("Ben", Relabel((-1,), "V")), ("Ann", Undo(1))]
    state = state_of(*edits)
    assert row(state, -1) is None
    assert refused(state) == [2]
    again = state_of(*edits, ("Ann", Redo(1)))
    assert row(again, -1) == (350, "V", -1, ADDED | RELABELLED)
    assert refused(again) == []


def test_nobody_undoes_what_another_did_or_what_is_undone_or_was_never_in_force() -> None:
    state = state_of(
        ("Ann", Relabel((300,), "V")),
        ("Ben", Undo(1)),
        ("Ann", Undo(1)),
        ("Ann", Undo(1)),
        ("Ben", Redo(1)),
        ("Ann", Undo(99)),
        ("Ann", Relabel((301,), "V")),
        ("Ann", Undo(7)),
        ("Ann", Redo(1)),
        ("Ann", Redo(1)),
    )
    assert refused(state) == [2, 4, 5, 6, 7, 8, 10]
    assert row(state, 300) == (300, "V", 0, RELABELLED)


def test_after_a_new_edit_nothing_can_be_redone_by_the_same_person() -> None:
    edits = [("Ann", Relabel((300,), "V")), ("Ann", Undo(1))]
    assert refused(state_of(*edits, ("Ben", Relabel((400,), "V")), ("Ann", Redo(1)))) == []
    assert refused(state_of(*edits, ("Ann", Relabel((400,), "V")), ("Ann", Redo(1)))) == [4]


def test_far_back_entries_can_be_undone() -> None:
    edits: list[Edit] = [Relabel((SAMPLES[number % 40],), "NSVFQ"[number % 5]) for number in range(800)]
    undone = state_of(*edits, Undo(3))
    assert rows_of(undone) == rows_of(state_of(*edits[:2], *edits[3:]))
    assert everything_of(state_of(*edits, Undo(3), Redo(3))) == everything_of(state_of(*edits))


def test_beats_without_classes_can_be_given_some() -> None:
    found = Base.of(analysis(labels=None))
    state = fold(found, entries_of([Relabel((300,), "V")]), FS_HZ, N_SAMPLES, QUALITY)
    assert set(state.label.tolist()) == {"", "V"}
    assert np.isnan(state.p).all()
    assert (state.template == -1).all()


def test_a_recording_without_beats_can_be_given_some() -> None:
    none = Base(np.empty(0, np.int64), None, None, np.empty(0, np.uint8), np.empty(0, np.int16))
    edits = [Relabel((3,), "V"), Add(-1, 30, "V"), Delete(((3, 3),)), RelabelFamily(0, "N"), RelabelSpan(0, 99, "S")]
    state = fold(none, entries_of(edits), FS_HZ, N_SAMPLES, np.empty((0, 2), np.uint8))
    assert rows_of(state) == [(-1, 30, "S", -1, ADDED | RELABELLED, 255)]
    assert refused(state) == [1, 3, 4]


def test_changed_beats_are_told_with_those_that_came_and_went() -> None:
    before = state_of(Add(-1, 350, "N"), Add(-2, 360, "N"))
    after = state_of(
        Add(-1, 350, "N"), Add(-2, 360, "N"), Delete(((-1, 350),)), Add(-3, 370, "N"), Move(500, 500, 501),
        Relabel((600,), "Q"), Delete(((700, 700),)), Relabel((-2,), "V"), SplitFamily(0, 3, (800,)),
    )  # fmt: skip
    assert sorted(changed_ids(before, after).tolist()) == [-3, -2, -1, 500, 600, 700, 800]
    assert changed_ids(after, after).tolist() == []


def test_beats_that_moved_twice_are_found_where_they_are_alone() -> None:
    state = state_of(Move(300, 300, 310), Move(300, 310, 320), Add(-1, 310, "N"), RelabelSpan(305, 315, "Q"))
    assert refused(state) == []
    assert state.id[state.label == "Q"].tolist() == [-1]
