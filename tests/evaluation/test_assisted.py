"""A person who labels families: by hand on few beats, and at both ends of the curve."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecg_core.evaluation import Protocol, RecordBeats, Settings, assess, score_record
from ecg_core.evaluation.assisted import (
    BUDGETS,
    assisted_curve,
    assisted_dict,
    assisted_labels,
    assisted_text,
    budgets_up_to,
    place_records,
)
from ecg_core.templates import Families, Family

pytestmark = pytest.mark.slow

FS_HZ = 100.0


def families(of_beat: list[int], certainty: list[float] | None = None) -> Families:
    """Families without pictures."""
    numbers = np.array(of_beat, dtype=np.int16)
    picture = np.zeros((1, 2), dtype=np.float32)
    each = tuple(
        Family(
            index=index,
            n_beats=int((numbers == index).sum()),
            unreadable=False,
            mean_mv=picture,
            median_mv=picture,
            spread_mv=picture,
            before=1.0,
            after=1.0,
            label="N",
            certainty=None if certainty is None else certainty[index],
            typical_sample=int(np.flatnonzero(numbers == index)[0]),
        )
        for index in range(int(numbers.max()) + 1)
    )
    return Families(numbers, each, np.zeros(2), ("lead",), np.zeros(len(numbers), dtype=np.float32))


def record(reference: str, found: str, name: str = "a", shift: int = 0, **other: object) -> RecordBeats:
    """Beats one a second; a blank in `found` is a beat that was missed, one in `reference` a beat too many."""
    at = (FS_HZ * (np.arange(len(reference)) + 0.5)).astype(np.int64)
    symbols, labels = np.array(list(reference)), np.array(list(found))
    return RecordBeats(
        record=name,
        fs_hz=FS_HZ,
        n_samples=int(FS_HZ * len(reference)),
        reference_sample=at[symbols != " "],
        reference_symbol=symbols[symbols != " "],
        test_sample=at[labels != " "] + shift,
        test_label=labels[labels != " "],
        **other,  # type: ignore[arg-type]
    )


def text_of(labels: np.ndarray) -> str:
    return "".join(labels.tolist())


def test_a_family_takes_the_class_that_most_of_its_reference_beats_have() -> None:
    beats = record("NNNVVANN", "NNNNNNVN")
    groups = families([0, 0, 0, 1, 1, 1, 2, 2])
    assert text_of(assisted_labels(beats, groups, [1], Protocol())) == "NNNVVVVN"
    assert text_of(assisted_labels(beats, groups, [2, 1], Protocol())) == "NNNVVVNN"
    assert text_of(assisted_labels(beats, groups, [], Protocol())) == "NNNNNNVN"


def test_the_mapping_decides_what_an_escape_beat_votes_for() -> None:
    beats, groups = record("NNjj", "NNNN"), families([0, 0, 1, 1])
    assert text_of(assisted_labels(beats, groups, [1], Protocol("de_chazal"))) == "NNNN"
    assert text_of(assisted_labels(beats, groups, [1], Protocol("bxb"))) == "NNSS"


def test_beats_within_150_ms_vote_and_others_do_not() -> None:
    groups = families([0, 0, 1, 1])
    assert text_of(assisted_labels(record("NNVV", "NNNN", shift=15), groups, [1], Protocol())) == "NNVV"
    assert text_of(assisted_labels(record("NNVV", "NNNN", shift=16), groups, [1], Protocol())) == "NNNN"


def test_a_family_that_answers_no_reference_beat_stays_as_it_is() -> None:
    beats = record("NN  V", "NNSVN")
    assert text_of(assisted_labels(beats, families([0, 0, 1, 1, 2]), [0, 1, 2], Protocol())) == "NNSVV"


def test_beats_in_flutter_do_not_vote_where_they_do_not_count() -> None:
    beats = record("NNVVV", "NNNNN", flutter_spans=((240, 500),))
    groups = families([0, 0, 1, 1, 1])
    assert text_of(assisted_labels(beats, groups, [1], Protocol())) == "NNNNN"
    assert text_of(assisted_labels(beats, groups, [1], Protocol(flutter="ignored"))) == "NNVVV"


def test_beats_without_a_class_are_refused() -> None:
    beats = record("NN", "NN")
    bare = replace(beats, test_label=None)
    with pytest.raises(ValueError, match="classify"):
        assisted_labels(bare, families([0, 0]), [0], Protocol())


RESULTS = [record("NNNVVANNV N", "NNNNVNNSN N"), record("NAANNNN", "NNNNNNV", name="232")]
GROUPS = [families([0, 0, 0, 1, 1, 2, 0, 0, 1, 0], [0.9, 0.5, 0.7]), families([1, 0, 0, 1, 2, 2, 2], [0.6, 0.9, 0.5])]


def test_none_looked_at_is_the_plain_evaluation() -> None:
    protocols = Settings().protocols("reference")
    for point in assisted_curve(RESULTS, GROUPS, protocols, [0]):
        plain = [score_record(result, point.protocol).matrix for result in RESULTS]
        assert np.array_equal(point.matrix.counts, (plain[0] + plain[1]).counts)
        assert point.without is not None
        assert np.array_equal(point.without.counts, plain[0].counts)


def test_all_pure_families_give_a_perfect_score_in_either_order() -> None:
    for point in assisted_curve(RESULTS, GROUPS, [Protocol()], [3, 50]):
        assert point.matrix.score("V").f1 == 1.0
        assert point.matrix.score("S").f1 == 1.0


def test_the_orders_differ_by_what_is_looked_at_first() -> None:
    points = assisted_curve(RESULTS[:1], GROUPS[:1], [Protocol()], [1])
    by_order = {point.order: point.matrix for point in points}
    # The largest family holds the normal beats, the least certain one the ventricular ones.
    assert (by_order["largest"]["Ns"], by_order["largest"]["Vn"]) == (0, 2)
    assert (by_order["least_certain"]["Ns"], by_order["least_certain"]["Vn"]) == (1, 0)
    assert all(point.without is None for point in points)


def test_the_curve_has_the_budget_that_was_asked_for() -> None:
    assert budgets_up_to(12) == BUDGETS
    assert budgets_up_to(5) == (0, 1, 2, 4, 5, 8, 12, 16)


def test_table_and_figures_say_the_same() -> None:
    points = assisted_curve(RESULTS, GROUPS, [Protocol()], [0, 3])
    figures = assisted_dict(points, RESULTS, GROUPS, 3)
    assert figures["families"] == {"a": [6, 3, 1], "232": [2, 2, 3]}
    curve = {(row["order"], row["families_looked_at"]): row for row in figures["curve"]}
    assert curve["largest", 3]["V"]["f1"] == curve["least_certain", 3]["S"]["f1"] == 1.0
    assert curve["largest", 0]["S_without_232"]["se"] == 0.0
    text = assisted_text(points, GROUPS, 3)
    row = next(line.split() for line in text.splitlines() if line.startswith("0 "))
    assert row[1] == f"{100 * curve['largest', 0]['V']['f1']:.2f}"
    assert "3 *" in text
    assert "S without 232" in text


@pytest.mark.data
def test_families_of_a_real_record_are_nearly_pure(ecg_data: Path) -> None:
    from ecg_core.evaluation import load_reference

    reference = load_reference(ecg_data / "mitdb", "119")
    found = RecordBeats(
        record="119",
        fs_hz=reference.recording.fs_hz,
        n_samples=reference.recording.n_samples,
        reference_sample=reference.sample,
        reference_symbol=reference.symbol,
        test_sample=reference.sample,
        test_label=np.full(len(reference.sample), "N"),
    )
    groups = [place_records(ecg_data / "mitdb", [found])[0].families]
    assert len(groups[0]) <= 12
    start, end = (point.matrix.score("V").f1 for point in assisted_curve([found], groups, [Protocol()], [0, 12])[:2])
    assert start == 0.0
    assert end is not None
    assert end > 0.99
    plain = assess([found], "reference", Settings.chosen("de_chazal", "counted")).blocks[0].summary.gross
    assert plain.score("V").f1 == start
