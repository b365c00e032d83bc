"""Beats before and after edits, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ecg_core.analysis import Analysis
from ecg_core.beats import CLASSES, PROBABILITY_COLUMNS
from ecg_core.delineation.corrections import Correction
from ecg_core.delineation.waves import Waves
from ecg_core.review.spans import NamedSpan
from ecg_core.templates import NO_FAMILY

if TYPE_CHECKING:
    from ecg_core.review.conflicts import Conflict
    from ecg_core.review.edits import Judgement

RELABELLED, ADDED, MOVED = 1, 2, 4
"""Bits of `State.edited`."""

MARK_BITS: Final = {"seen": 1, "dismissed": 2, "report": 4}
"""Bits of `State.marks`; an event may have any of them."""

NO_GRADE: Final = 255
"""Quality of a beat where none was assessed."""

NO_CODE: Final = 255
"""`State.code` of a beat without a class."""


class Judged(NamedTuple):
    """Who was right in a difference between program and file, and the entry that says so."""

    judgement: Judgement
    entry: int


Boundaries = dict[tuple[int, str, int | None], int | None]
"""Samples that people have set, by beat, boundary and lead, as in `Correction`; the one set last at the end."""

_LETTERS: Final = np.array([*CLASSES, *([""] * (256 - len(CLASSES)))], dtype="<U1")


@dataclass(frozen=True, eq=False)
class Base:
    """The beats as they were found and classified; edits start from them.

    Attributes
    ----------
    sample : ndarray of int64, shape (beats,)
        Strictly increasing; also the beats' ids.
    label : ndarray of U1, shape (beats,), or None
        Classes; None before classification.
    probabilities : ndarray of float32, shape (beats, 5), or None
    quality : ndarray of uint8, shape (beats,)
        Grade of each beat's second, `NO_GRADE` where none was assessed.
    template : ndarray of int16, shape (beats,)
        Family of each beat, `NO_FAMILY` for none.
    waves : Waves or None
        As they were delineated; None until then.
    """

    sample: npt.NDArray[np.int64]
    label: npt.NDArray[np.str_] | None
    probabilities: npt.NDArray[np.float32] | None
    quality: npt.NDArray[np.uint8]
    template: npt.NDArray[np.int16]
    waves: Waves | None = None

    @classmethod
    def of(cls, analysis: Analysis) -> Base:
        """Take the beats of an analysis that nobody has edited."""
        beats = analysis.beats
        return cls(
            sample=beats["sample"].to_numpy(np.int64),
            label=beats["label"].to_numpy().astype("<U1") if analysis.classified else None,
            probabilities=beats[list(PROBABILITY_COLUMNS)].to_numpy(np.float32) if analysis.classified else None,
            quality=beats["quality"].to_numpy(np.uint8, na_value=NO_GRADE),
            template=beats["template"].to_numpy(np.int16, na_value=NO_FAMILY),
            waves=None if analysis.waves is None else analysis.waves.waves,
        )

    @cached_property
    def code(self) -> npt.NDArray[np.uint8]:
        """Index of each beat's class in `CLASSES`, `NO_CODE` for none."""
        code = np.full(len(self.sample), NO_CODE, dtype=np.uint8)
        if self.label is not None:
            for index, letter in enumerate(CLASSES):
                code[self.label == letter] = index
        return code


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the beats are. States between which no beat came, went or moved share one.

    Attributes
    ----------
    slot : ndarray of int64, shape (beats,)
        Position of each beat in the base; beyond its end for added beats.
    """

    base: Base = field(repr=False)
    slot: npt.NDArray[np.int64]
    id: npt.NDArray[np.int32]
    sample: npt.NDArray[np.int64]
    quality: npt.NDArray[np.uint8]

    @cached_property
    def p(self) -> npt.NDArray[np.float32]:
        """Probabilities of each beat, NaN for those that no model has seen; shape (beats, 5)."""
        given = self.base.probabilities
        p = np.full((len(self.slot), len(CLASSES)), np.nan, dtype=np.float32)
        if given is not None:
            found = self.slot < len(given)
            p[found] = given[self.slot[found]]
        return p

    @cached_property
    def _by_id(self) -> npt.NDArray[np.int64]:
        return np.argsort(self.id, kind="stable")

    def positions(self, ids: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return where beats of these ids stand, -1 for those that are not there."""
        wanted = np.asarray(ids, dtype=np.int64)
        if not len(self.id):
            return np.full(wanted.shape, -1, dtype=np.int64)
        at = np.searchsorted(self.id, wanted, sorter=self._by_id)
        found = self._by_id[np.minimum(at, len(self.id) - 1)]
        return np.where(self.id[found] == wanted, found, -1)


@dataclass(frozen=True, eq=False)
class State:
    """The beats with all edits that are in force; sorted by sample. Never changed: each edit makes another.

    Attributes
    ----------
    layout : Layout
        Where the beats are: `id`, `sample`, `quality`, `p` and `positions` come from it.
    code : ndarray of uint8, shape (beats,)
        Index of each beat's class in `CLASSES`, `NO_CODE` for none.
    template : ndarray of int16, shape (beats,)
        Family of each beat, `NO_FAMILY` for none.
    edited : ndarray of uint8, shape (beats,)
        Bits `RELABELLED`, `ADDED`, `MOVED`.
    entry : ndarray of int64, shape (beats,)
        Number of the entry that has relabelled, added or moved the beat last; 0 where none has.
    marks : dict of str to int
        Marks of events, bits of `MARK_BITS`, by their key, see `ecg_core.rhythm.event_keys`; only of those that have
        any.
    notes : dict of str to str
        Notes on events by their key.
    judgements : dict of (str, str) to Judged
        Who was right in differences, by annotation set and key of the difference.
    rhythms : dict of int to NamedSpan
        Spans whose rhythm a person has named, by id, the one that was named or trimmed last at the end.
    boundaries : dict
        Boundaries of waves that people have set, see `Boundaries`.
    conflicts : list of Conflict
        Beats that two people changed, each without knowing of the other's change, and that nobody has settled.
    alias : dict of int to int
        For each family that was merged away the one that its beats are in.
    next_family : int
        The lowest number that no family has had, not even one of an entry that was undone.
    reshaped : dict of int to int
        For each family that splitting or merging has touched, a number that stands for what was done to it.
    refused : list of (int, str)
        Entries that could not be applied, or not to all they name, and why, in one sentence; in order.
    n_in_force : int
        Entries that are in force, marks among them.
    """

    layout: Layout
    code: npt.NDArray[np.uint8]
    template: npt.NDArray[np.int16]
    edited: npt.NDArray[np.uint8]
    entry: npt.NDArray[np.int64]
    marks: dict[str, int]
    notes: dict[str, str]
    judgements: dict[tuple[str, str], Judged]
    rhythms: dict[int, NamedSpan]
    boundaries: Boundaries
    conflicts: list[Conflict]
    alias: dict[int, int]
    next_family: int
    reshaped: dict[int, int]
    refused: list[tuple[int, str]]
    n_in_force: int

    def __len__(self) -> int:
        return len(self.code)

    @property
    def id(self) -> npt.NDArray[np.int32]:
        """Id of each beat."""
        return self.layout.id

    @property
    def sample(self) -> npt.NDArray[np.int64]:
        """Sample of each beat, strictly increasing."""
        return self.layout.sample

    @property
    def quality(self) -> npt.NDArray[np.uint8]:
        """Grade of each beat's second, `NO_GRADE` where none was assessed."""
        return self.layout.quality

    @property
    def p(self) -> npt.NDArray[np.float32]:
        """The model's probabilities of each beat, whatever its class now; NaN for those that it has not seen."""
        return self.layout.p

    @cached_property
    def label(self) -> npt.NDArray[np.str_]:
        """Class of each beat as a letter, empty where it has none."""
        return _LETTERS[self.code]

    def positions(self, ids: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return where beats of these ids stand, -1 for those that are not there."""
        return self.layout.positions(ids)

    def dismissed_events(self) -> frozenset[str]:
        """Return the keys of the events that a person has dismissed."""
        return frozenset(key for key, bits in self.marks.items() if bits & MARK_BITS["dismissed"])


def corrections(state: State) -> list[Correction]:
    """Return the boundaries that people have set, as corrections of the waves of the beats where they stand now.

    Parameters
    ----------
    state : State
        Of the review.

    Returns
    -------
    list of Correction
        In their order; those of beats that are there.
    """
    row = state.positions([beat for beat, _, _ in state.boundaries])
    return [
        Correction(int(state.sample[at]), boundary, sample, lead)
        for at, ((_, boundary, lead), sample) in zip(row.tolist(), state.boundaries.items(), strict=True)
        if at >= 0
    ]


def changed_ids(old: State, new: State) -> npt.NDArray[np.int32]:
    """Return the ids of the beats that were added, deleted or changed.

    Parameters
    ----------
    old : State
        State before.
    new : State
        State after.

    Returns
    -------
    ndarray of int32, shape (beats,)
    """
    if old.layout is new.layout:
        changed = (old.code != new.code) | (old.edited != new.edited) | (old.template != new.template)
        return new.id[changed]
    n_base = len(new.layout.base.sample)
    before, after = _by_slot(old, n_base), _by_slot(new, n_base)
    changed = np.zeros(n_base, dtype=bool)
    for ours, theirs in zip(before, after, strict=True):
        changed |= ours != theirs
    found = new.layout.base.sample[changed].astype(np.int32)
    return np.concatenate([found, _added_and_changed(old, new, n_base)])


def _by_slot(state: State, n_base: int) -> list[npt.NDArray[Any]]:
    """Return the values of the beats that detection found, in its order; sample -1 where one was deleted."""
    found = state.layout.slot < n_base
    slot = state.layout.slot[found]
    values = []
    for absent, value in ((-1, state.sample), (0, state.code), (0, state.edited), (0, state.template)):
        array = np.full(n_base, absent, dtype=value.dtype)
        array[slot] = value[found]
        values.append(array)
    return values


def _added_and_changed(old: State, new: State, n_base: int) -> npt.NDArray[np.int32]:
    def added(state: State) -> dict[int, tuple[int, int, int, int]]:
        at = np.flatnonzero(state.layout.slot >= n_base)
        columns = (state.sample[at], state.code[at], state.edited[at], state.template[at])
        return dict(zip(state.id[at].tolist(), zip(*(column.tolist() for column in columns), strict=True), strict=True))

    before, after = added(old), added(new)
    ids = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    return np.array(sorted(ids), dtype=np.int32)
