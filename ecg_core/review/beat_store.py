"""Mutable beat store to which edits are applied in place.

Every beat has a slot that it keeps: those that detection found the first ones, in their order, those that people add
the next ones. Order in time is made when a state is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Int64Array
from ecg_core.beats import CLASSES
from ecg_core.review.state import ADDED, MOVED, NO_GRADE, RELABELLED, Base, Layout
from ecg_core.signal.quality import grades_at
from ecg_core.templates import NO_FAMILY

_SPARE: Final = 256
_COLUMNS: Final = ("sample", "code", "template", "quality", "edited", "entry", "alive")


class Value(NamedTuple):
    """What edits make of a beat: whether it is there, its class as an index in `CLASSES`, and where it stands."""

    alive: bool
    code: int
    sample: int

    def same(self, other: Value) -> bool:
        """Tell whether both say the same; of a beat that is not there nothing else counts."""
        return self == other or not (self.alive or other.alive)


class BeatStore:
    """Beats in slots.

    Parameters
    ----------
    base : Base
    fs_hz : float
    n_samples : int
        Length of the recording.
    quality_per_second : ndarray of uint8, shape (seconds, leads)
        Grades, for beats that are added or moved; may be empty.

    Attributes
    ----------
    sample, code, template, edited, entry, quality : ndarray
        As in `State`, by slot.
    alive : ndarray of bool
        Whether the slot holds a beat that has not been deleted.
    """

    def __init__(self, base: Base, fs_hz: float, n_samples: int, quality_per_second: npt.NDArray[np.uint8]) -> None:
        self.base = base
        self.fs_hz = fs_hz
        self.n_samples = n_samples
        self._grades = quality_per_second
        self.used = len(base.sample)
        self.sample = _with_room(base.sample)
        self.code = _with_room(base.code)
        self.template = _with_room(base.template)
        self.quality = _with_room(base.quality)
        self.edited = np.zeros(len(self.sample), dtype=np.uint8)
        self.entry = np.zeros(len(self.sample), dtype=np.int64)
        self.alive = np.zeros(len(self.sample), dtype=bool)
        self.alive[: self.used] = True
        self._added: dict[int, int] = {}
        # Beats that stand elsewhere than their slot tells: found again by their sample.
        self._astray: dict[int, int] = {}
        self._layout: Layout | None = None

    def copy(self) -> BeatStore:
        """Return beats that can be changed without changing these."""
        twin = copy(self)
        for name in _COLUMNS:
            setattr(twin, name, getattr(self, name).copy())
        twin._added, twin._astray = dict(self._added), dict(self._astray)
        return twin

    def slots_of(self, ids: Sequence[int]) -> Int64Array:
        """Return the slots of the beats with these ids, -1 for those that are not there."""
        found = self.slots_ever(ids)
        found[(found >= 0) & ~self.alive[found]] = -1
        return found

    def slots_ever(self, ids: Sequence[int]) -> Int64Array:
        """Return the slots of the beats with these ids, of deleted ones too; -1 for those that never were there."""
        wanted = np.asarray(ids, dtype=np.int64)
        at = np.searchsorted(self.base.sample, wanted)
        found = np.full(len(wanted), -1, dtype=np.int64)
        inside = at < len(self.base.sample)
        hit = np.flatnonzero(inside)[self.base.sample[at[inside]] == wanted[inside]]
        found[hit] = at[hit]
        for position in np.flatnonzero(wanted < 0).tolist():
            found[position] = self._added.get(int(wanted[position]), -1)
        return found

    def slots_between(self, start_sample: int, stop_sample: int) -> Int64Array:
        """Return the slots of the beats with ``start_sample <= sample < stop_sample``.

        Parameters
        ----------
        start_sample : int
            First sample.
        stop_sample : int
            One past the last sample.

        Returns
        -------
        ndarray of int64, shape (beats,)
        """
        first, last = np.searchsorted(self.base.sample, [start_sample, stop_sample])
        home = np.arange(first, last)
        home = home[self.alive[home] & (self.sample[home] == self.base.sample[home])]
        astray = [slot for sample, slot in self._astray.items() if start_sample <= sample < stop_sample]
        return np.concatenate([home, np.array(sorted(astray), dtype=np.int64)])

    def slots_in(self, family: int) -> Int64Array:
        """Return the slots of a family's beats."""
        return np.flatnonzero((self.template[: self.used] == family) & self.alive[: self.used])

    def taken(self, sample: int) -> bool:
        """Tell whether a beat stands at a sample."""
        if sample in self._astray:
            return True
        at = int(np.searchsorted(self.base.sample, sample))
        there = at < len(self.base.sample) and int(self.base.sample[at]) == sample
        return bool(there and self.alive[at] and self.sample[at] == sample)

    def add(self, name: int, sample: int, code: int) -> int:
        """Add a beat at a sample where there is none.

        Parameters
        ----------
        name : int
            Id of the beat.
        sample : int
            Position in samples.
        code : int
            Code of its class.

        Returns
        -------
        int
            Slot of the beat.
        """
        if self.used == len(self.sample):
            for column in _COLUMNS:
                setattr(self, column, _with_room(getattr(self, column)))
        slot = self.used
        self.used += 1
        self._added[name] = slot
        self.code[slot], self.template[slot], self.edited[slot] = code, NO_FAMILY, ADDED
        self.alive[slot] = True
        self._place(slot, sample)
        return slot

    def move(self, slot: int, sample: int) -> None:
        """Move a beat to a sample where there is none.

        Parameters
        ----------
        slot : int
            Slot of the beat.
        sample : int
            New position in samples.
        """
        self._astray.pop(int(self.sample[slot]), None)
        self._place(slot, sample)

    def remove(self, slots: Int64Array) -> None:
        """Take beats away."""
        self.alive[slots] = False
        if self._astray:
            for sample in self.sample[slots].tolist():
                self._astray.pop(sample, None)
        self._layout = None

    def name_of(self, slot: int) -> int:
        """Return the id of a slot's beat."""
        if slot < len(self.base.sample):
            return int(self.base.sample[slot])
        return next(name for name, at in self._added.items() if at == slot)

    def value(self, slot: int) -> Value:
        """Return what edits have made of a slot's beat."""
        return Value(bool(self.alive[slot]), int(self.code[slot]), int(self.sample[slot]))

    def put(self, slot: int, value: Value) -> bool:
        """Set a beat to a value, unless there is another beat at its place.

        Parameters
        ----------
        slot : int
            Slot of the beat.
        value : Value
            Position and class, or that the beat is deleted.

        Returns
        -------
        bool
            Whether the beat was set.
        """
        now = self.value(slot)
        if not value.alive:
            if now.alive:
                self.remove(np.array([slot]))
            return True
        if (not now.alive or now.sample != value.sample) and self.taken(value.sample):
            return False
        self.edited[slot] |= (RELABELLED if now.code != value.code else 0) | (
            MOVED if now.sample != value.sample else 0
        )
        self.code[slot] = value.code
        if now.alive and now.sample != value.sample:
            self.move(slot, value.sample)
        elif not now.alive:
            self.alive[slot] = True
            self._place(slot, value.sample)
        return True

    def layout(self) -> Layout:
        """Return the beats in their order in time."""
        if self._layout is None:
            slot = np.flatnonzero(self.alive[: self.used])
            sample = self.sample[slot]
            if np.any(np.diff(sample) < 0):
                order = np.argsort(sample, kind="stable")
                slot, sample = slot[order], sample[order]
            name = np.empty(self.used, dtype=np.int32)
            name[: len(self.base.sample)] = self.base.sample
            for added, at in self._added.items():
                name[at] = added
            self._layout = Layout(self.base, slot, name[slot], sample, self.quality[slot])
        return self._layout

    def share_layout(self, other: Layout) -> None:
        """Take another state's layout where it says the same: what was computed of it is computed already."""
        mine = self.layout()
        same = np.array_equal(mine.slot, other.slot) and np.array_equal(mine.sample, other.sample)
        if same and np.array_equal(mine.id, other.id):
            self._layout = other

    def _place(self, slot: int, sample: int) -> None:
        self.sample[slot] = sample
        self.quality[slot] = self._grade(sample)
        if slot >= len(self.base.sample) or self.base.sample[slot] != sample:
            self._astray[sample] = slot
        self._layout = None

    def _grade(self, sample: int) -> int:
        if not self._grades.size:
            return NO_GRADE
        return int(grades_at(self._grades, [sample / self.fs_hz])[0].max())


def code_of(label: str) -> int:
    """Return the index of a class."""
    return CLASSES.index(label)


def _with_room(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return an array's copy with room for more."""
    return np.concatenate([values, np.zeros(max(_SPARE, len(values) // 8), dtype=values.dtype)])
