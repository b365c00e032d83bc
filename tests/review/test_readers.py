"""Agreement of two people who have edited the same recording."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from review_for_tests import SAMPLES, analysis, entries_of, recording

from ecg_core.review.edits import (
    Add,
    Delete,
    Edit,
    MergeFamilies,
    Relabel,
    RelabelFamily,
    SetRhythm,
    SplitFamily,
    Undo,
)
from ecg_core.review.readers import (
    CATEGORIES,
    NO_BEAT,
    ReaderAgreement,
    cohens_kappa,
    reader_agreement,
    readers_of,
    two_readers,
)


def compared(*edits: tuple[str, Edit]) -> ReaderAgreement:
    return reader_agreement(recording(), analysis(), entries_of(edits), "Ann", "Ben")


def count(found: ReaderAgreement, first: str, second: str) -> int:
    return int(found.counts[CATEGORIES.index(first), CATEGORIES.index(second)])


def test_kappa_of_a_known_table() -> None:
    # Cohen 1960 as in Fleiss: 100 items, observed 0.70, expected 0.50.
    assert cohens_kappa(np.array([[35, 15], [15, 35]])) == pytest.approx(0.4)
    assert cohens_kappa(np.array([[10, 0], [0, 5]])) == 1
    assert cohens_kappa(np.array([[10, 0], [0, 0]])) is None
    assert cohens_kappa(np.zeros((2, 2), dtype=np.int64)) is None


def test_one_relabels_what_the_other_leaves() -> None:
    found = compared(("Ann", Relabel((SAMPLES[0], SAMPLES[1]), "V")), ("Ben", Relabel((SAMPLES[1],), "V")))
    assert count(found, "V", "N") == 1
    assert found.n_differences == 1
    assert [(one.sample, one.first, one.second) for one in found.differences] == [(SAMPLES[0], "V", "N")]
    assert int(found.counts_changed.sum()) == 2
    assert int(found.counts.sum()) == len(SAMPLES)
    assert found.kappa is not None
    assert found.kappa_changed is not None
    assert found.kappa_changed < found.kappa < 1


def test_the_same_edits_agree_wholly_and_order_does_not_matter() -> None:
    edit = Relabel((SAMPLES[0],), "V")
    found = compared(("Ben", edit), ("Ann", edit), ("Ann", Delete(((SAMPLES[5], SAMPLES[5]),))), ("Ann", Undo(3)))
    assert found.n_differences == 0
    assert found.kappa == 1
    assert found.differences == ()


def test_deleted_and_added_beats_are_no_beats_of_the_other() -> None:
    gone = Delete(((SAMPLES[5], SAMPLES[5]),))
    found = compared(
        ("Ann", gone), ("Ann", Add(-1, 1_050, "V")), ("Ben", Add(-2, 1_060, "S")), ("Ben", Add(-3, 2_050, "V"))
    )
    assert count(found, NO_BEAT, "N") == 1
    assert count(found, "V", "S") == 1, "beats added at one place are one"
    assert count(found, NO_BEAT, "V") == 1
    assert int(found.counts.sum()) == len(SAMPLES) + 2
    both = compared(("Ann", gone), ("Ben", gone))
    assert both.n_differences == 0
    assert int(both.counts.sum()) == len(SAMPLES) - 1, "what both deleted is no beat"


def test_beats_in_an_artefact_of_one_reader_are_no_beats_of_theirs() -> None:
    found = compared(("Ann", SetRhythm(7, 480, 920, "ARTEFACT", ())), ("Ben", Relabel((SAMPLES[0],), "V")))
    assert found.counts[CATEGORIES.index(NO_BEAT)].sum() == 5
    assert found.n_differences == 6


def test_events_of_one_reader_alone_are_listed() -> None:
    found = compared(("Ann", SetRhythm(7, 500, 1500, "VT", ())), ("Ben", SetRhythm(8, 2000, 2500, "AFIB", ())))
    numbers = {kind: rest for kind, *rest in found.events}
    assert numbers["VT"] == [1, 0, 0]
    assert numbers["AFIB"] == [0, 1, 0]
    assert [(one.kind, one.reader) for one in found.event_differences][:1] == [("VT", "Ann")]
    same = compared(("Ann", SetRhythm(7, 500, 1500, "VT", ())), ("Ben", SetRhythm(8, 600, 1400, "VT", ())))
    assert {kind: rest for kind, *rest in same.events}["VT"] == [1, 1, 1]


def test_edits_that_rest_on_those_of_others_are_told() -> None:
    split = SplitFamily(0, 3, (SAMPLES[0],))
    found = compared(("Ann", split), ("Ben", RelabelFamily(3, "V")), ("Ben", MergeFamilies(3, 0)))
    assert found.first.n_lost == 0
    assert found.second.n_lost > 0


def test_without_waves_statements_are_not_compared() -> None:
    found = compared(("Ann", Relabel((SAMPLES[0],), "V")), ("Ben", Relabel((SAMPLES[1],), "V")))
    assert found.statements is None


def test_readers_are_those_with_edits_in_force() -> None:
    edit = Relabel((SAMPLES[0],), "V")
    edits: list[Any] = [("Ann", edit), ("Ben", edit), ("Ben", edit), ("Cid", edit), ("Cid", Undo(4))]
    assert [(one.name, one.n_edits) for one in readers_of(entries_of(edits))] == [("Ben", 2), ("Ann", 1)]
    found = two_readers(recording(), analysis(), entries_of(edits))
    assert found is not None
    assert (found.first.name, found.second.name) == ("Ben", "Ann")
    assert two_readers(recording(), analysis(), entries_of(edits[1:3])) is None
    alone = [replace(one, person="Ann") for one in entries_of(edits[:1])]
    assert two_readers(recording(), analysis(), alone) is None
