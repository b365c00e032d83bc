"""From beats as they were found and a log of edits to beats as they are: pure, and the same for everybody.

Entries are applied in the order of the log. One that cannot be applied when its turn comes is refused for good: it
does not come to life when something before it is undone later, since whoever made it has been told that it did not
happen. Of an edit that names several beats, those that are there are changed and the others are left out for good.

An undo takes an entry out as if it had never been made; the entries behind it are applied again without it, from the
nearest checkpoint. One of them may then have lost what it was made for, a label for an added beat for instance: it
lapses, and holds again when the entry before it is redone. So undoing and redoing leaves everything as it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.review.applying import Working
from ecg_core.review.beat_store import BeatStore
from ecg_core.review.conflicts import Author
from ecg_core.review.edits import Add, Edit, Redo, SplitFamily, Undo
from ecg_core.review.log import Entry
from ecg_core.review.state import Base, Layout, State

__all__ = ["Base", "Fold", "State", "fold"]

_BETWEEN_CHECKPOINTS: Final = 32
_MAX_CHECKPOINTS: Final = 10


class Fold:
    """A fold that goes on: entries are applied one after the other, each once.

    Parameters
    ----------
    base : Base
    fs_hz : float
    n_samples : int
        Length of the recording.
    quality_per_second : ndarray of uint8, shape (seconds, leads)
        May be empty.
    """

    def __init__(self, base: Base, fs_hz: float, n_samples: int, quality_per_second: npt.NDArray[np.uint8]) -> None:
        self._of_recording = fs_hz, n_samples, quality_per_second
        self._all: list[Entry] = []
        n_families = int(base.template.max(initial=-1)) + 1
        self._working = Working(BeatStore(base, fs_hz, n_samples, quality_per_second), n_families)
        self._checkpoints = [(0, self._working.copy())]
        self._revision = 0
        # Edits that were applied when their turn came, as far as they were; those refused are told in _refused alone.
        self._entries: list[Entry] = []
        self._edits: list[Edit] = []
        self._position: dict[int, int] = {}
        self._undone: set[int] = set()
        self._refused: dict[int, str] = {}
        self._in_part: dict[int, str] = {}
        self._of_person: dict[str, list[int]] = defaultdict(list)
        self._to_redo: dict[str, list[int]] = defaultdict(list)
        self._added: set[int] = set()
        self._next_family = n_families
        self._state: State | None = None
        self._layout: Layout | None = None

    @property
    def revision(self) -> int:
        """Number of the last entry that was applied, 0 before the first."""
        return self._revision

    @property
    def state(self) -> State:
        """The beats as the entries leave them."""
        if self._state is None:
            self._state = self._frozen()
        return self._state

    def apply(self, entries: Iterable[Entry]) -> None:
        """Apply the entries that follow those applied before; others are passed over."""
        for entry in entries:
            if entry.seq <= self._revision:
                continue
            self._revision = entry.seq
            self._all.append(entry)
            self._state = None
            match entry.edit:
                case Undo(entry=target):
                    problem = self._undo(entry.person, target)
                case Redo(entry=target):
                    problem = self._redo(entry.person, target)
                case _:
                    problem = self._apply(entry)
            if problem:
                self._refused[entry.seq] = problem

    def on(self, base: Base) -> Fold:
        """Return the fold of the same entries over a base of which more is known, such as the waves of its beats."""
        again = Fold(base, *self._of_recording)
        again.apply(self._all)
        return again

    def in_force(self) -> list[Entry]:
        """Return the entries that are in force, in order."""
        return [entry for position, entry in enumerate(self._entries) if position not in self._undone]

    def entry(self, seq: int) -> Entry | None:
        """Return the entry of a number, None where none of that number was applied."""
        position = self._position.get(seq)
        return None if position is None else self._entries[position]

    def to_undo(self, person: str) -> Entry | None:
        """Return the person's last entry that is in force, None if there is none."""
        in_force = (at for at in reversed(self._of_person.get(person, [])) if at not in self._undone)
        return next((self._entries[at] for at in in_force), None)

    def to_redo(self, person: str) -> Entry | None:
        """Return what the person has undone last, None if that is nothing or there was another edit since."""
        undone = self._to_redo.get(person)
        return self._entries[undone[-1]] if undone else None

    def _apply(self, entry: Entry) -> str | None:
        edit = entry.edit
        if isinstance(edit, Add) and edit.beat in self._added:
            return "A beat with this id was added before, so none was added; add it again."
        if isinstance(edit, SplitFamily) and edit.into != self._next_family:
            return f"The next family has the number {self._next_family + 1}, so none was split; split it again."
        conflicts = self._working.conflicts
        applied, sentence = self._working.apply(_author(entry), edit)
        conflicts.note_unapplied(self._working.slots, edit, _author(entry))
        if applied is None:
            return sentence
        if sentence:
            self._in_part[entry.seq] = sentence
        if isinstance(applied, Add):
            self._added.add(applied.beat)
        elif isinstance(applied, SplitFamily):
            self._next_family = applied.into + 1
        position = len(self._entries)
        conflicts.persons[entry.seq] = entry.person
        self._entries.append(entry)
        self._edits.append(applied)
        self._position[entry.seq] = position
        self._of_person[entry.person].append(position)
        self._to_redo[entry.person].clear()
        self._keep_checkpoint(position + 1)
        return None

    def _undo(self, person: str, seq: int) -> str | None:
        position = self._position.get(seq)
        if position is None:
            return f"Entry {seq} is not in force, so it was not undone."
        if self._entries[position].person != person:
            return "Another person has made this edit, so it was not undone."
        if position in self._undone:
            return "This edit had been undone before."
        self._undone.add(position)
        self._to_redo[person].append(position)
        self._apply_again(position)
        return None

    def _redo(self, person: str, seq: int) -> str | None:
        position = self._position.get(seq)
        if position is None or position not in self._to_redo[person]:
            return f"Entry {seq} is not among what can be redone."
        self._to_redo[person].remove(position)
        self._undone.discard(position)
        self._apply_again(position)
        return None

    def _apply_again(self, position: int) -> None:
        """Apply again what comes from a position on."""
        while self._checkpoints[-1][0] > position:
            self._checkpoints.pop()
        first, kept = self._checkpoints[-1]
        self._working = kept.copy()
        for at in range(first, len(self._edits)):
            if at not in self._undone:
                entry = self._entries[at]
                sentence = self._working.apply(_author(entry), self._edits[at]).sentence
                if sentence:
                    self._working.lapsed[entry.seq] = sentence
            self._keep_checkpoint(at + 1)

    def _keep_checkpoint(self, n_applied: int) -> None:
        if n_applied - self._checkpoints[-1][0] < _BETWEEN_CHECKPOINTS:
            return
        self._checkpoints.append((n_applied, self._working.copy()))
        if len(self._checkpoints) > _MAX_CHECKPOINTS:
            # What lies far back is undone seldom: there they may stand further apart.
            old = self._checkpoints[: _MAX_CHECKPOINTS // 2]
            self._checkpoints = old[::2] + self._checkpoints[_MAX_CHECKPOINTS // 2 :]

    def _frozen(self) -> State:
        working, slots = self._working, self._working.slots
        if self._layout is not None:
            slots.share_layout(self._layout)
        layout = self._layout = slots.layout()
        undone = {self._entries[at].seq for at in self._undone}
        in_part = {seq: sentence for seq, sentence in self._in_part.items() if seq not in undone}
        return State(
            layout=layout,
            code=slots.code[layout.slot],
            template=slots.template[layout.slot],
            edited=slots.edited[layout.slot],
            entry=slots.entry[layout.slot],
            marks=dict(working.marks),
            rhythms=dict(working.rhythms),
            boundaries=dict(working.boundaries),
            notes=dict(working.notes),
            judgements=dict(working.judgements),
            conflicts=[conflict for _, conflict in working.conflicts.all_open(slots)],
            alias=dict(working.alias),
            next_family=self._next_family,
            reshaped=dict(working.reshaped),
            refused=sorted({**in_part, **working.lapsed, **self._refused}.items()),
            n_in_force=len(self._entries) - len(self._undone),
        )


def _author(entry: Entry) -> Author:
    return Author(entry.seq, entry.person, entry.based_on)


def fold(
    base: Base,
    entries: Iterable[Entry],
    fs_hz: float,
    n_samples: int,
    quality_per_second: npt.NDArray[np.uint8],
) -> State:
    """Fold a log over the beats.

    Parameters
    ----------
    base : Base
        The beats as they were found and classified.
    entries : iterable of Entry
        In the order of the log.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording.
    quality_per_second : ndarray of uint8, shape (seconds, leads)
        Grades, for beats that are added or moved; may be empty.

    Returns
    -------
    State
    """
    whole = Fold(base, fs_hz, n_samples, quality_per_second)
    whole.apply(entries)
    return whole.state
