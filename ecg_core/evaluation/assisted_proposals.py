"""Simulated review one action at a time, alone and with proposals that are accepted after each action.

A person goes through each record by families of beats, as in :mod:`ecg_core.evaluation.assisted`, or beat by beat.
After each action the beats that are similar to what was relabelled (:mod:`ecg_core.templates.proposals`) get the class
that is proposed, all of them and without a look: what a person gains who never refuses. Beats that were accepted are
not proposed again, but can be labelled. Dangerous episodes are not simulated: V beats are guarded all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Int64Array
from ecg_core.beats import CLASSES, to_aami
from ecg_core.evaluation.assisted import ORDERS, Order, PlacedBeats, reference_votes
from ecg_core.evaluation.counts import BeatMatrix
from ecg_core.evaluation.protocol import DOMINANT_S_RECORD, Protocol
from ecg_core.evaluation.scores import RecordBeats, compare_under
from ecg_core.evaluation.tables import align, percent
from ecg_core.templates import Families, LabelledBeats, majority, similar_beats

Unit = Literal["families", "beats"]
UNITS: Final[tuple[Unit, ...]] = ("families", "beats")

ACTIONS: Final = (0, 1, 2, 4, 8, 12, 16, 24, 32, 48)
"""Actions in each record, for the table."""

TARGETS: Final = {"V": 0.99, "S": 0.97}
"""F1 of which it is told after how many actions it is reached."""

_LETTERS: Final = np.array(CLASSES)
_DISTANCES: Final = (0.0, 0.5, 0.25, 0.75, 0.9, 0.99)
"""Beats of a family in the order in which they are labelled, as quantiles of the distance from its centre."""


@dataclass(frozen=True)
class ReviewWay:
    """How a person goes through a record.

    Attributes
    ----------
    order : {"largest", "least_certain"}
    unit : {"families", "beats"}
        What one action labels. Beats: of each family in turn, at growing distances from its centre; or the beat of
        whose label the classifier is least certain.
    proposals : bool
        Whether proposals are accepted after each action.
    """

    order: Order
    unit: Unit
    proposals: bool


@dataclass
class WayScore:
    """What comes out of one way, all records pooled.

    Attributes
    ----------
    matrices : dict of int to BeatMatrix
        By the number of actions in each record.
    without : dict of int to BeatMatrix
        The same without the record that holds most S beats.
    mended, broken, other : int
        Beats that proposals changed, from wrong to right, from right to wrong, and from wrong to wrong.
    """

    matrices: dict[int, BeatMatrix] = field(default_factory=dict)
    without: dict[int, BeatMatrix] = field(default_factory=dict)
    mended: int = 0
    broken: int = 0
    other: int = 0

    def reached(self, kind: str, protocol: Protocol) -> int | None:
        """Return the fewest actions by which a class reaches its target, None where none of `ACTIONS` does.

        Parameters
        ----------
        kind : {"V", "S"}
            Class.
        protocol : Protocol
            Under which it was scored.
        """
        for actions, matrix in self.matrices.items():
            f1 = matrix.score(kind, fusion_against_s=protocol.fusion_against_s).f1
            if f1 is not None and f1 >= TARGETS[kind]:
                return actions
        return None


class SimulatedReview:
    """One record under a person's hands.

    Parameters
    ----------
    beats : RecordBeats
        With labels and probabilities.
    placed : PlacedBeats
        Their families and places.
    protocol : Protocol
        Its mapping says what the reference's symbols count as.
    """

    def __init__(self, beats: RecordBeats, placed: PlacedBeats, protocol: Protocol) -> None:
        if beats.test_label is None or beats.probabilities is None:
            raise ValueError(f"The beats of {beats.record} carry no probabilities; classify them first.")
        self._placed, self._families = placed, placed.families
        self._probabilities = np.asarray(beats.probabilities, dtype=np.float32)
        self._found = _codes(to_aami(beats.test_label, protocol.mapping))
        self._votes = reference_votes(beats, protocol)
        self._truth = _codes(self._votes)
        self._label = self._found.copy()
        self._by_person = np.zeros(len(self._label), dtype=bool)
        self._accepted = np.zeros(len(self._label), dtype=bool)

    @property
    def labels(self) -> npt.NDArray[np.str_]:
        """Class of each beat now."""
        return _LETTERS[self._label]

    def actions(self, way: ReviewWay) -> Iterator[Int64Array]:
        """Yield the beats that each action is about; the next one follows from the labels after the one before.

        Parameters
        ----------
        way : ReviewWay
            How the person goes through the record.
        """
        families = self._families
        ranked = families.largest_first() if way.order == "largest" else families.least_certain_first()
        if way.unit == "families":
            yield from (families.beats_of(number) for number in ranked)
        elif way.order == "largest":
            yield from (np.array([beat]) for beat in _representatives(families, ranked))
        else:
            while (beat := self._least_certain()) is not None:
                yield np.array([beat])

    def label(self, beats: Int64Array) -> None:
        """Give beats their majority reference class; those that answer no reference beat stay as they are.

        Parameters
        ----------
        beats : ndarray of int64
            Positions.
        """
        letter = majority(self._votes[beats][self._votes[beats] != ""])
        if letter is None and len(beats) > 1:
            return
        if letter is not None:
            self._label[beats] = CLASSES.index(letter)
        self._by_person[beats], self._accepted[beats] = True, False

    def accept(self) -> tuple[int, int, int]:
        """Accept what is proposed.

        Returns
        -------
        tuple of int
            Beats changed from wrong to right, from right to wrong, and from wrong to wrong.
        """
        found = similar_beats(
            LabelledBeats(
                points=self._placed.points,
                probabilities=self._probabilities,
                found=self._found,
                label=self._label,
                family=self._families.of_beat,
                by_person=self._by_person,
                settled=self._accepted | self._placed.lost,
                dangerous=np.zeros(len(self._label), dtype=bool),
            )
        )
        truth = self._truth[found.position]
        mended, broken = truth == found.target, truth == self._label[found.position]
        counted = int((truth >= 0).sum())
        self._label[found.position], self._accepted[found.position] = found.target, True
        return int(mended.sum()), int(broken.sum()), counted - int(mended.sum()) - int(broken.sum())

    def _least_certain(self) -> int | None:
        certainty = self._probabilities[np.arange(len(self._label)), self._label]
        certainty = np.where(self._by_person | self._placed.lost, np.inf, certainty)
        beat = int(certainty.argmin())
        return beat if np.isfinite(certainty[beat]) else None


def review_scores(
    results: Sequence[RecordBeats],
    placed: Sequence[PlacedBeats],
    protocol: Protocol,
    progress: Callable[[float, str], None] | None = None,
) -> dict[ReviewWay, WayScore]:
    """Score every way after `ACTIONS` actions in each record.

    Parameters
    ----------
    results : sequence of RecordBeats
        With labels and probabilities.
    placed : sequence of PlacedBeats
        One a record.
    protocol : Protocol
        Protocol to score under.
    progress : callable, optional
        Called with the fraction done and the name of the record.
    """
    ways = [ReviewWay(order, unit, on) for order, unit, on in product(ORDERS, UNITS, (False, True))]
    scores = {way: WayScore() for way in ways}
    for position, (beats, places) in enumerate(zip(results, placed, strict=True)):
        if progress:
            progress(position / len(results), beats.record)
        for way in ways:
            _review(beats, places, protocol, way, scores[way])
    return scores


def review_text(scores: dict[ReviewWay, WayScore], protocol: Protocol) -> str:
    """Return gross F1 in percent by the number of actions, a table for each order.

    Parameters
    ----------
    scores : dict of ReviewWay to WayScore
        As :func:`review_scores` gives them.
    protocol : Protocol
        Under which they were scored.
    """
    lines = [
        "Assisted, one action at a time: gross F1 in percent over actions in each record, alone and with similar beats "
        "accepted after each action",
        f"S mapping {protocol.mapping}, peaks {protocol.peaks}, {protocol.start_s / 60:g} minutes left out",
    ]
    for order, title in ORDERS.items():
        mine = {way: score for way, score in scores.items() if way.order == order}
        lines += ["", title.capitalize(), "", _table(mine, protocol), ""]
        for way, score in mine.items():
            reached = ", ".join(f"{kind} {_reached(score, kind, protocol)}" for kind in TARGETS)
            told = f"{_name(way)}: {reached}"
            if way.proposals:
                told += f"; proposals mended {score.mended} beats, broke {score.broken}, left {score.other} wrong"
            lines.append(told)
    return "\n".join(lines) + "\n"


def review_dict(scores: dict[ReviewWay, WayScore], protocol: Protocol) -> list[dict[str, Any]]:
    """Return the scores as JSON values; shares are fractions, None where undefined.

    Parameters
    ----------
    scores : dict of ReviewWay to WayScore
        As :func:`review_scores` gives them.
    protocol : Protocol
        Under which they were scored.
    """
    return [
        {
            "order": way.order,
            "unit": way.unit,
            "proposals": way.proposals,
            "mended": score.mended,
            "broken": score.broken,
            "other": score.other,
            "reached": {kind: score.reached(kind, protocol) for kind in TARGETS},
            "curve": [
                {"actions": actions, **{kind: _f1(matrix, kind, protocol) for kind in TARGETS}}
                | {f"S_without_{DOMINANT_S_RECORD}": _f1(score.without[actions], "S", protocol)}
                for actions, matrix in score.matrices.items()
            ],
        }
        for way, score in scores.items()
    ]


def _review(beats: RecordBeats, placed: PlacedBeats, protocol: Protocol, way: ReviewWay, score: WayScore) -> None:
    review = SimulatedReview(beats, placed, protocol)
    actions, done = review.actions(way), 0
    for budget in ACTIONS:
        while done < budget:
            done += 1
            chosen = next(actions, None)
            if chosen is None:
                continue
            review.label(chosen)
            if way.proposals:
                mended, broken, other = review.accept()
                score.mended += mended
                score.broken += broken
                score.other += other
        matrix = compare_under(beats, review.labels, protocol).matrix
        score.matrices[budget] = score.matrices.get(budget, BeatMatrix()) + matrix
        kept = BeatMatrix() if beats.record == DOMINANT_S_RECORD else matrix
        score.without[budget] = score.without.get(budget, BeatMatrix()) + kept


def _representatives(families: Families, ranked: Sequence[int]) -> list[int]:
    """Return beats of the families in turn, at growing distances from their centres."""
    of_family = []
    for number in ranked:
        members = families.beats_of(number)
        distance = np.nan_to_num(families.distance[members], nan=np.inf)
        members = members[np.argsort(distance, kind="stable")]
        of_family.append([int(members[int(len(members) * share)]) for share in _DISTANCES] if len(members) else [])
    turns = (beats[turn] for turn in range(len(_DISTANCES)) for beats in of_family if beats)
    return list(dict.fromkeys(turns))


def _codes(letters: npt.NDArray[np.str_]) -> Int64Array:
    """Return each letter's place among the classes, -1 where there is none."""
    codes = np.full(len(letters), -1, dtype=np.int64)
    for code, letter in enumerate(CLASSES):
        codes[letters == letter] = code
    return codes


def _table(scores: dict[ReviewWay, WayScore], protocol: Protocol) -> str:
    first = next(iter(scores.values()))
    split = any(not np.array_equal(first.without[each].counts, first.matrices[each].counts) for each in ACTIONS)
    titles = ["V", "S", *([f"S without {DOMINANT_S_RECORD}"] if split else [])]
    heads = [way.unit if not way.proposals else "+ proposals" for way in scores]
    rows = [["actions", *(f"{head} {title}" if title == "V" else title for head in heads for title in titles)]]
    for actions in ACTIONS:
        row = [str(actions)]
        for score in scores.values():
            figures = [_f1(score.matrices[actions], kind, protocol) for kind in TARGETS]
            if split:
                figures.append(_f1(score.without[actions], "S", protocol))
            row += [percent(figure) for figure in figures]
        rows.append(row)
    return align(rows)


def _name(way: ReviewWay) -> str:
    return f"{way.unit}{' with proposals' if way.proposals else ''}"


def _reached(score: WayScore, kind: str, protocol: Protocol) -> str:
    actions = score.reached(kind, protocol)
    target = f"{100 * TARGETS[kind]:g}"
    return f"{target} not reached by {ACTIONS[-1]}" if actions is None else f"{target} with {actions}"


def _f1(matrix: BeatMatrix, kind: str, protocol: Protocol) -> float | None:
    return matrix.score(kind, fusion_against_s=protocol.fusion_against_s).f1
