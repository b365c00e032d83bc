"""Beats that follow what a person has relabelled: who is proposed, and who never is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecg_core.beats import CLASSES
from ecg_core.templates import LabelledBeats, similar_beats

N, S, V, F, _ = range(len(CLASSES))
USUAL, EARLY, WIDE = 0, 1, 2
"""Kinds of beats, and the families that they are in."""


def heart(n: int = 400, early: int = 40, wide: int = 40, sure: float = 0.6) -> LabelledBeats:
    """Usual beats of which the program is sure, early ones that it takes for N and wide ones for V with a doubt."""
    random = np.random.default_rng(1)
    kind = np.repeat([USUAL, EARLY, WIDE], [n, early, wide])
    kind = kind[random.permutation(len(kind))]
    centres = np.array([[0.0, 0.0, 0.0], [0.8, 0.0, 0.0], [0.0, 1.5, 0.0]])
    points = centres[kind] + random.normal(0, 0.05, (len(kind), 3))
    probabilities = np.full((len(kind), len(CLASSES)), 0.005)
    probabilities[kind == USUAL, N] = 0.98
    probabilities[kind == WIDE, V], probabilities[kind == WIDE, F] = 0.6, 0.385
    probabilities[kind == EARLY, N], probabilities[kind == EARLY, S] = sure, 0.985 - sure
    found = probabilities.argmax(axis=1)
    nobody = np.zeros(len(kind), dtype=bool)
    return LabelledBeats(points, probabilities, found, found.copy(), kind, nobody, nobody, nobody)


def relabelled(beats: LabelledBeats, positions: object, code: int) -> LabelledBeats:
    """The same after a person has given beats a class."""
    label, by_person = beats.label.copy(), beats.by_person.copy()
    label[positions], by_person[positions] = code, True
    return replace(beats, label=label, by_person=by_person)


def of_kind(beats: LabelledBeats, kind: int) -> np.ndarray:
    return np.flatnonzero(beats.family == kind)


def test_the_rest_of_a_kind_follows_a_few_and_no_other_beat_does() -> None:
    beats = heart()
    early = of_kind(beats, EARLY)
    found = similar_beats(relabelled(beats, early[:3], S))
    assert set(found.position) == set(early[3:])
    assert set(found.target) == {S}
    assert found.sureness.min() > 0.5


def test_nothing_is_proposed_where_nobody_has_changed_a_class() -> None:
    beats = heart()
    assert not len(similar_beats(beats).position)
    assert not len(similar_beats(relabelled(beats, of_kind(beats, EARLY)[:5], N)).position)


def test_one_beat_in_the_midst_of_the_usual_ones_takes_none_along() -> None:
    beats = heart()
    assert not len(similar_beats(relabelled(beats, of_kind(beats, USUAL)[10:11], V)).position)


def test_the_more_the_program_is_sure_the_more_examples_it_takes() -> None:
    doubtful, certain = heart(sure=0.6), heart(sure=0.97)
    counts = [
        len(similar_beats(relabelled(each, of_kind(each, EARLY)[:2], S)).position) for each in (doubtful, certain)
    ]
    assert counts[0] > counts[1]


def test_what_a_person_has_labelled_or_accepted_is_never_proposed() -> None:
    beats = heart()
    early = of_kind(beats, EARLY)
    asked = relabelled(relabelled(beats, early[:4], S), early[4:8], N)
    settled = asked.settled.copy()
    settled[early[8:12]] = True
    found = set(similar_beats(replace(asked, settled=settled)).position)
    assert not found & set(early[:12])


def test_confirmed_beats_speak_against_a_proposal() -> None:
    beats = heart()
    early = of_kind(beats, EARLY)
    alone = similar_beats(relabelled(beats, early[:2], S))
    opposed = similar_beats(relabelled(relabelled(beats, early[:2], S), early[2:12], N))
    assert len(opposed.position) < len(alone.position) / 2


def test_a_beat_goes_only_where_one_of_its_class_was_brought() -> None:
    beats = heart()
    early = of_kind(beats, EARLY)
    found = beats.found.copy()
    found[early[20:]] = F  # the program's word for half of them
    asked = relabelled(replace(beats, found=found, label=found.copy()), early[:3], S)
    assert set(similar_beats(asked).position) == set(early[3:20])


@pytest.mark.parametrize(("family", "expected"), [(WIDE, True), (EARLY, False)])
def test_v_beats_follow_v_beats_of_their_family_alone(family: int, expected: bool) -> None:
    beats = heart()
    wide = of_kind(beats, WIDE)
    other = beats.family.copy()
    other[wide[:6]] = family
    found = similar_beats(relabelled(replace(beats, family=other), wide[:6], S))
    assert (set(found.position) == set(wide[6:])) if expected else not len(found.position)


def test_beats_in_a_dangerous_episode_need_an_example_of_their_family() -> None:
    beats = heart()
    early = of_kind(beats, EARLY)
    dangerous = np.zeros(len(beats.label), dtype=bool)
    dangerous[early[10:]] = True
    family = beats.family.copy()
    family[early[10:]] = 7
    asked = relabelled(replace(beats, dangerous=dangerous, family=family), early[:3], S)
    assert set(similar_beats(asked).position) == set(early[3:10])
    assert set(similar_beats(relabelled(asked, early[10:12], S)).position) == {*early[3:10], *early[12:]}


def test_neither_gain_of_a_sure_classifier_nor_the_order_of_beats_matters() -> None:
    beats = heart()
    early = of_kind(beats, EARLY)
    asked = relabelled(beats, early[:3], S)
    back = slice(None, None, -1)
    names = LabelledBeats.__dataclass_fields__
    turned = LabelledBeats(**{name: getattr(asked, name)[back] for name in names})
    mirrored = len(asked.label) - 1 - similar_beats(turned).position
    assert set(mirrored) == set(similar_beats(asked).position)
