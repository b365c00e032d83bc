"""Conflicts: beats that two people changed while neither knew of the other's change.

An entry of the log may say on which revision its edit was based. Where it changes a beat that another person has
changed after that revision, the later entry wins as always, and both versions are kept beside the beat until a person
settles which holds, or changes that very beat in full knowledge of them. Where the later edit could not be applied
(the beat was deleted or moved meanwhile), what it wanted is kept in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np

from ecg_core.arrays import Int64Array
from ecg_core.review.beat_store import BeatStore, Value, code_of
from ecg_core.review.edits import Delete, Edit, Move, Relabel


class Author(NamedTuple):
    """Who makes an entry, and what they had before them; `based_on` is None where nothing tells it."""

    seq: int
    person: str
    based_on: int | None


NOBODY: Final = Author(0, "", None)


@dataclass(frozen=True)
class Version:
    """What one entry makes of a beat."""

    entry: int
    person: str
    value: Value


@dataclass(frozen=True)
class Conflict:
    """Versions of one beat, in the order of their entries; the beat is as the last one that was applied says."""

    beat: int
    versions: tuple[Version, ...]

    @property
    def entries(self) -> frozenset[int]:
        """The entries that made the versions."""
        return frozenset(version.entry for version in self.versions)


@dataclass(frozen=True)
class _Unapplied:
    """A version that was refused, since the beat was no longer what the person saw."""

    slot: int
    over: Version
    version: Version


@dataclass
class Conflicts:
    """Conflicts while entries are applied.

    Attributes
    ----------
    open : dict of int to Conflict
        By slot.
    settled : set of frozenset of int
        Entries whose refused versions have been settled.
    persons : dict of int to str
        Who made each entry that was applied; shared by all copies.
    unapplied : list
        Refused versions; shared by all copies.
    """

    open: dict[int, Conflict] = field(default_factory=dict)
    settled: set[frozenset[int]] = field(default_factory=set)
    persons: dict[int, str] = field(default_factory=dict)
    unapplied: list[_Unapplied] = field(default_factory=list)

    def copy(self) -> Conflicts:
        """Return what can be changed without changing this."""
        return replace(self, open=dict(self.open), settled=set(self.settled))

    def overridden(self, slots: BeatStore, found: Int64Array, author: Author) -> dict[int, Version]:
        """Return the versions that a change of beats would override and that its author has not seen.

        Parameters
        ----------
        slots : BeatStore
            The beats.
        found : ndarray of int64, shape (beats,)
            Slots of the beats to change.
        author : Author
            Number of the entry, person, and the entry that they had seen last.

        Returns
        -------
        dict of int to Version
            Versions by slot.
        """
        if author.based_on is None:
            return {}
        versions = {}
        for slot in found[slots.entry[found] > author.based_on].tolist():
            entry = int(slots.entry[slot])
            person = self.persons.get(entry, author.person)
            if person != author.person:
                versions[slot] = Version(entry, person, slots.value(slot))
        return versions

    def changed(
        self, slots: BeatStore, found: Int64Array, over: dict[int, Version], author: Author, *, one_by_one: bool
    ) -> None:
        """Note that beats were changed.

        Parameters
        ----------
        slots : BeatStore
            After the change.
        found : ndarray of int64
            The slots that were changed.
        over : dict of int to Version
            What :meth:`overridden` gave before the change.
        author : Author
            Number of the entry, person, and the entry that they had seen last.
        one_by_one : bool
            Whether the edit names its beats, so that it settles what its author knew of.
        """
        for slot, version in over.items():
            self._add(slots, slot, author, version)
        if not self.open or author.based_on is None:
            return
        disputed = np.fromiter(self.open, np.int64, len(self.open))
        for slot in disputed[np.isin(disputed, found)].tolist():
            if slot in over:
                continue
            if one_by_one and max(self.open[slot].entries) <= author.based_on:
                del self.open[slot]
            else:
                self._add(slots, slot, author)

    def note_unapplied(self, slots: BeatStore, edit: Edit, author: Author) -> None:
        """Note what an edit, which has just been applied as far as possible, requested of beats it did not change.

        Parameters
        ----------
        slots : BeatStore
            The beats.
        edit : Edit
            The edit.
        author : Author
            Number of the entry, person, and the entry that they had seen last.
        """
        if author.based_on is None:
            return
        for slot in _named(slots, edit, author).tolist():
            entry = int(slots.entry[slot])
            person = self.persons.get(entry, author.person)
            now = slots.value(slot)
            wanted = _wanted(edit, now)
            if person != author.person and not now.same(wanted):
                over = Version(entry, person, now)
                self.unapplied.append(_Unapplied(slot, over, Version(author.seq, author.person, wanted)))

    def all_open(self, slots: BeatStore) -> Iterator[tuple[int, Conflict]]:
        """Yield every conflict that nobody has settled, with its slot."""
        yield from self.open.items()
        for lost in self.unapplied:
            if lost.slot in self.open or lost.over.entry != int(slots.entry[lost.slot]):
                continue  # the beat has been changed since, or what stood in the way was undone
            conflict = Conflict(slots.name_of(lost.slot), (lost.over, lost.version))
            if conflict.entries not in self.settled:
                yield lost.slot, conflict

    def settle(self, slots: BeatStore, kept: int, entries: frozenset[int], seq: int) -> int:
        """Settle the conflicts of beats in favour of the version of one entry.

        Parameters
        ----------
        slots : BeatStore
            The beats.
        kept : int
            Number of the entry whose version holds.
        entries : frozenset of int
            Numbers of the entries in conflict.
        seq : int
            Number of the entry that settles them.

        Returns
        -------
        int
            Number of beats.
        """
        n_beats = 0
        for slot, conflict in list(self.all_open(slots)):
            if conflict.entries != entries:
                continue
            value = next(version.value for version in conflict.versions if version.entry == kept)
            if not slots.put(slot, value):
                continue
            slots.entry[slot] = seq
            self.open.pop(slot, None)
            n_beats += 1
        if n_beats:
            self.settled.add(entries)
        return n_beats

    def _add(self, slots: BeatStore, slot: int, author: Author, over: Version | None = None) -> None:
        conflict = self.open.get(slot)
        known = [] if conflict is None else list(conflict.versions)
        replaced = {author.person, *([] if over is None else [over.person])}
        versions = [version for version in known if version.person not in replaced]
        versions += [*([] if over is None else [over]), Version(author.seq, author.person, slots.value(slot))]
        if all(version.value.same(versions[0].value) for version in versions):
            self.open.pop(slot, None)
        else:
            self.open[slot] = Conflict(slots.name_of(slot), tuple(versions))


def _named(slots: BeatStore, edit: Edit, author: Author) -> Int64Array:
    """Return the slots of the beats that an edit names and has not changed, others having done so unseen."""
    match edit:
        case Relabel(beats=beats):
            found = slots.slots_ever(beats)
        case Delete(beats=pairs):
            found = slots.slots_ever([beat for beat, _ in pairs])
        case Move(beat=beat):
            found = slots.slots_ever([beat])
        case _:
            found = np.empty(0, dtype=np.int64)
    found = np.unique(found[found >= 0])
    entry = slots.entry[found]
    return found[(entry > (author.based_on or 0)) & (entry != author.seq)]


def _wanted(edit: Edit, now: Value) -> Value:
    """Return what an edit wants of a beat."""
    match edit:
        case Relabel(label=label):
            return now._replace(alive=True, code=code_of(label))
        case Move(to_sample=sample):
            return now._replace(alive=True, sample=sample)
        case _:
            return now._replace(alive=False)
