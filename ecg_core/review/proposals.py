"""Proposals that follow from what people have relabelled, over the beats as they stand under review."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.arrays import BoolArray, Float32Array, Int32Array, Int64Array
from ecg_core.beats import CLASSES
from ecg_core.review.edits import RelabelSimilar
from ecg_core.review.log import Entry
from ecg_core.review.state import RELABELLED, State
from ecg_core.rhythm.precedence import DANGEROUS
from ecg_core.templates import Families, LabelledBeats, similar_beats


@dataclass(frozen=True, eq=False)
class Proposal:
    """Beats that are proposed to get a class.

    Attributes
    ----------
    label : str
        The class.
    beats : ndarray of int32, shape (beats,)
        Their ids, in order of time.
    sureness : ndarray of float32, shape (beats,)
        See :class:`~ecg_core.templates.proposals.SimilarBeats`.
    persons : tuple of str
        Who has relabelled the beats that these are similar to, in order of the alphabet.
    """

    label: str
    beats: Int32Array
    sureness: Float32Array
    persons: tuple[str, ...]


def proposals_of(
    state: State,
    points: Callable[[], npt.NDArray[np.floating]],
    families: Families | None,
    episodes: pd.DataFrame,
    entry_of: Callable[[int], Entry | None],
) -> list[Proposal]:
    """Return what is proposed for the beats of a state, that of the class relabelled to last first.

    Parameters
    ----------
    state : State
        Beats under review.
    points : callable
        Gives the place of each beat that was found, see :func:`ecg_core.analysis.beat_points`; asked only when needed.
    families : Families or None
        As they were found; of unreadable beats nothing is known.
    episodes : DataFrame
        As found and as now, one after the other: beats in dangerous ones are guarded.
    entry_of : callable
        Gives the entry of a number.

    Returns
    -------
    list of Proposal
        Empty where nobody has relabelled a beat of those that were found.
    """
    base = state.layout.base
    if base.probabilities is None or families is None:
        return []
    rows = np.flatnonzero(state.layout.slot < len(base.sample))
    slot = state.layout.slot[rows]
    by_person = (state.edited[rows] & RELABELLED) > 0
    if not (by_person & (state.code[rows] != base.code[slot])).any():
        return []
    entries = {int(seq): entry_of(int(seq)) for seq in np.unique(state.entry[rows][by_person])}
    accepted = [seq for seq, entry in entries.items() if entry is not None and isinstance(entry.edit, RelabelSimilar)]
    unreadable = [family.index for family in families.families if family.unreadable]
    beats = LabelledBeats(
        points=points()[slot],
        probabilities=base.probabilities[slot],
        found=base.code[slot],
        label=state.code[rows],
        family=state.template[rows],
        by_person=by_person,
        settled=np.isin(state.entry[rows], accepted) & by_person | np.isin(families.of_beat[slot], unreadable),
        dangerous=_in_dangerous(state.sample[rows], episodes),
    )
    found = similar_beats(beats)
    last = {
        int(code): int(state.entry[rows][beats.changed & (beats.label == code)].max()) for code in set(found.target)
    }
    return [
        Proposal(
            label=CLASSES[code],
            beats=state.id[rows[found.position[found.target == code]]],
            sureness=found.sureness[found.target == code],
            persons=_persons(state.entry[rows][beats.changed & (beats.label == code)], entries),
        )
        for code in sorted(last, key=lambda code: -last[code])
    ]


def _in_dangerous(sample: Int64Array, episodes: pd.DataFrame) -> BoolArray:
    inside = np.zeros(len(sample), dtype=bool)
    dangerous = episodes[episodes["kind"].isin(DANGEROUS)]
    for start, stop in zip(dangerous["start_sample"].tolist(), dangerous["stop_sample"].tolist(), strict=True):
        inside[np.searchsorted(sample, start) : np.searchsorted(sample, stop, side="right")] = True
    return inside


def _persons(numbers: Int64Array, entries: dict[int, Entry | None]) -> tuple[str, ...]:
    named = (entries[int(seq)] for seq in np.unique(numbers))
    return tuple(sorted({entry.person for entry in named if entry is not None}))
