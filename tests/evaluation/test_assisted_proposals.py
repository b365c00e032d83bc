"""A person who labels families or beats and accepts what is proposed: what it gains, and what it never does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats import CLASSES
from ecg_core.evaluation import Protocol, RecordBeats, load_reference, score_record
from ecg_core.evaluation.assisted import PlacedBeats, place_records
from ecg_core.evaluation.assisted_proposals import (
    ACTIONS,
    ReviewWay,
    SimulatedReview,
    WayScore,
    review_dict,
    review_scores,
    review_text,
)
from ecg_core.templates import Families, Family

pytestmark = pytest.mark.slow

FS_HZ = 100.0
N, S = CLASSES.index("N"), CLASSES.index("S")


def placed_record(n_usual: int = 80, n_early: int = 40, name: str = "a") -> tuple[RecordBeats, PlacedBeats]:
    """Premature beats in two families that look alike, taken for N with a doubt, among usual ones."""
    random = np.random.default_rng(2)
    early = random.permutation(np.repeat([False, True], [n_usual, n_early]))
    points = np.where(early[:, None], 0.8, 0.0) + random.normal(0, 0.04, (len(early), 2))
    probabilities = np.full((len(early), len(CLASSES)), 0.005)
    probabilities[:, N] = np.where(early, 0.55, 0.98)
    probabilities[:, S] = np.where(early, 0.435, 0.005)
    at = (FS_HZ * (np.arange(len(early)) + 0.5)).astype(np.int64)
    of_beat = np.zeros(len(early), dtype=np.int16)
    of_beat[early] = 1 + np.arange(n_early) % 2
    picture = np.zeros((1, 2), dtype=np.float32)
    each = tuple(
        Family(
            index=index,
            n_beats=int((of_beat == index).sum()),
            unreadable=False,
            mean_mv=picture,
            median_mv=picture,
            spread_mv=picture,
            before=1.0,
            after=1.0,
            label="N",
            certainty=certainty,
            typical_sample=0,
        )
        for index, certainty in enumerate((0.98, 0.54, 0.55))
    )
    distance = np.zeros(len(early), dtype=np.float32)
    beats = RecordBeats(
        record=name,
        fs_hz=FS_HZ,
        n_samples=int(FS_HZ * len(early)),
        reference_sample=at,
        reference_symbol=np.where(early, "A", "N"),
        test_sample=at,
        test_label=np.full(len(early), "N"),
        probabilities=probabilities,
    )
    lost = np.zeros(len(early), dtype=bool)
    return beats, PlacedBeats(Families(of_beat, each, np.zeros(2), ("lead",), distance), points, lost)


def scores_of(*records: tuple[RecordBeats, PlacedBeats]) -> dict[ReviewWay, WayScore]:
    return review_scores([beats for beats, _ in records], [placed for _, placed in records], Protocol())


def s_f1(score: WayScore, actions: int) -> float:
    return score.matrices[actions].score("S").f1 or 0.0


def test_one_family_takes_the_other_along_where_it_is_accepted() -> None:
    scores = scores_of(placed_record())
    alone, helped = (scores[ReviewWay("least_certain", "families", on)] for on in (False, True))
    assert s_f1(alone, 0) == s_f1(helped, 0) == 0
    assert s_f1(alone, 1) == pytest.approx(2 / 3)
    assert s_f1(helped, 1) == 1
    assert s_f1(alone, 2) == 1
    assert (alone.reached("S", Protocol()), helped.reached("S", Protocol())) == (2, 1)
    assert (helped.mended, helped.broken, helped.other) == (20, 0, 0)
    assert alone.mended == 0


def test_few_beats_take_their_like_along() -> None:
    scores = scores_of(placed_record())
    alone, helped = (scores[ReviewWay("least_certain", "beats", on)] for on in (False, True))
    assert s_f1(alone, 4) == pytest.approx(2 * 4 / 44)
    assert s_f1(helped, 4) > 0.9
    assert helped.broken == 0


def test_without_an_action_it_is_the_plain_evaluation() -> None:
    record = placed_record()
    plain = score_record(record[0], Protocol()).matrix.counts
    assert all(np.array_equal(score.matrices[0].counts, plain) for score in scores_of(record).values())


def test_what_was_accepted_can_be_labelled_and_what_was_labelled_is_not_proposed() -> None:
    beats, placed = placed_record()
    review = SimulatedReview(beats, placed, Protocol())
    review.label(placed.families.beats_of(1))
    assert review.accept() == (20, 0, 0)
    assert review.accept() == (0, 0, 0)
    assert set(review.labels[placed.families.beats_of(2)]) == {"S"}
    review.label(placed.families.beats_of(0))
    assert review.accept() == (0, 0, 0)
    assert set(review.labels[placed.families.beats_of(0)]) == {"N"}


def test_beats_without_probabilities_are_refused() -> None:
    beats, placed = placed_record()
    bare = RecordBeats(**{**vars(beats), "probabilities": None})
    with pytest.raises(ValueError, match="classify"):
        SimulatedReview(bare, placed, Protocol())


def test_table_and_figures_say_the_same() -> None:
    scores = scores_of(placed_record(), placed_record(name="232"))
    figures = review_dict(scores, Protocol())
    helped = next(each for each in figures if each["proposals"] and each["order"] == "least_certain")
    assert helped["unit"] == "families"
    assert [row["actions"] for row in helped["curve"]] == list(ACTIONS)
    assert helped["reached"] == {"V": None, "S": 1}
    assert helped["mended"] == 40
    text = review_text(scores, Protocol())
    assert "families with proposals: V 99 not reached by 48, S 97 with 1; proposals mended 40 beats" in text
    assert "S without 232" in text


@pytest.mark.data
def test_on_a_real_record_proposals_mend_more_than_they_break(ecg_data: Path) -> None:
    reference = load_reference(ecg_data / "mitdb", "119")
    ventricular = reference.symbol == "V"
    probabilities = np.full((len(ventricular), len(CLASSES)), 0.02)
    probabilities[:, N] = np.where(ventricular, 0.6, 0.92)  # a classifier that takes every V for N with a doubt
    probabilities[:, CLASSES.index("V")] = np.where(ventricular, 0.34, 0.02)
    beats = RecordBeats(
        record="119",
        fs_hz=reference.recording.fs_hz,
        n_samples=reference.recording.n_samples,
        reference_sample=reference.sample,
        reference_symbol=reference.symbol,
        test_sample=reference.sample,
        test_label=np.full(len(reference.sample), "N"),
        probabilities=probabilities,
    )
    scores = review_scores([beats], place_records(ecg_data / "mitdb", [beats]), Protocol())
    alone, helped = (scores[ReviewWay("least_certain", "beats", on)] for on in (False, True))
    f1 = [score.matrices[8].score("V").f1 or 0.0 for score in (alone, helped)]
    assert f1[0] < 0.1
    assert f1[1] > 0.95
    assert helped.mended > 50 * helped.broken
