"""Application of edits to the beats; an edit that changes nothing returns the sentence that says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import numpy as np

from ecg_core.arrays import Int64Array
from ecg_core.delineation.corrections import BOUNDARY_NAMES, Correction, corrected
from ecg_core.review import spans
from ecg_core.review.beat_store import BeatStore, code_of
from ecg_core.review.conflicts import NOBODY, Author, Conflicts
from ecg_core.review.edits import (
    Add,
    Delete,
    DeleteRhythm,
    Edit,
    JudgeDifference,
    MarkEvent,
    MarkEvents,
    MergeFamilies,
    Move,
    NoteEvent,
    Relabel,
    RelabelFamily,
    RelabelSimilar,
    RelabelSpan,
    SetBoundary,
    SetRhythm,
    SettleConflict,
    SplitFamily,
    TrimRhythm,
)
from ecg_core.review.state import MARK_BITS, MOVED, RELABELLED, Boundaries, Judged


class Result(NamedTuple):
    """What came of an edit: the part of it that was applied, if any, and what there is to say about the rest."""

    applied: Edit | None
    sentence: str | None


@dataclass
class Working:
    """Everything that edits change, while they are applied.

    Attributes
    ----------
    slots : BeatStore
    n_families : int
        Families that the grouping made; they have the numbers from 0.
    splits : list of int
        Families that splitting made.
    marks, notes, judgements, rhythms, boundaries, alias, reshaped
        As in `State`.
    conflicts : Conflicts
    lapsed : dict of int to str
        Entries that were applied once and cannot be now, since one before them was undone, and why.
    author : Author
        Of the entry that is being applied.
    """

    slots: BeatStore
    n_families: int
    marks: dict[str, int] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    judgements: dict[tuple[str, str], Judged] = field(default_factory=dict)
    rhythms: spans.NamedSpans = field(default_factory=dict)
    boundaries: Boundaries = field(default_factory=dict)
    conflicts: Conflicts = field(default_factory=Conflicts)
    alias: dict[int, int] = field(default_factory=dict)
    splits: list[int] = field(default_factory=list)
    reshaped: dict[int, int] = field(default_factory=dict)
    lapsed: dict[int, str] = field(default_factory=dict)
    author: Author = NOBODY

    @property
    def seq(self) -> int:
        """Number of the entry that is being applied."""
        return self.author.seq

    def copy(self) -> Working:
        """Return what can be changed without changing this."""
        return replace(
            self,
            slots=self.slots.copy(),
            marks=dict(self.marks),
            rhythms=dict(self.rhythms),
            boundaries=dict(self.boundaries),
            notes=dict(self.notes),
            judgements=dict(self.judgements),
            conflicts=self.conflicts.copy(),
            alias=dict(self.alias),
            splits=list(self.splits),
            reshaped=dict(self.reshaped),
            lapsed=dict(self.lapsed),
        )

    def apply(self, author: Author, edit: Edit) -> Result:
        """Apply an edit that is neither undo nor redo; an edit that cannot be applied changes nothing.

        Parameters
        ----------
        author : Author
            Number of the entry, person, and the entry that they had seen last.
        edit : Edit
            The edit.

        Returns
        -------
        Result
        """
        self.author = author
        result = _APPLYING[type(edit)](self, edit)
        if result.applied is not None and isinstance(edit, (SplitFamily, MergeFamilies)):
            # The same numbers come of the same splits and merges, in the same order, alone.
            both = edit.family, self.alias.get(edit.into, edit.into)
            change = hash((author.seq, *(self.reshaped.get(family, 0) for family in both)))
            self.reshaped.update(dict.fromkeys(both, change))
        return result

    @contextmanager
    def changing(self, found: Int64Array, *, one_by_one: bool) -> Iterator[None]:
        """Context in which beats are changed: their entry is recorded, and conflicts with other persons are noted.

        Parameters
        ----------
        found : ndarray of int64, shape (beats,)
            Slots of the beats.
        one_by_one : bool
            Whether the beats are changed each to a value of its own.

        Yields
        ------
        None
        """
        over = self.conflicts.overridden(self.slots, found, self.author)
        yield
        self.slots.entry[found] = self.author.seq
        self.conflicts.changed(self.slots, found, over, self.author, one_by_one=one_by_one)

    def has_family(self, family: int) -> bool:
        """Tell whether a family has been made and not undone, be it merged away since."""
        return family < self.n_families or family in self.splits


def _relabel(working: Working, edit: Relabel) -> Result:
    beats = tuple(dict.fromkeys(edit.beats))
    found = working.slots.slots_of(beats)
    there = found >= 0
    if not there.any():
        return Result(None, f"{_gone(working, beats)}, so nothing was relabelled.")
    _set_class(working, found[there], edit.label, one_by_one=True)
    if there.all():
        return Result(edit, None)
    left = tuple(beat for beat, is_there in zip(beats, there, strict=True) if is_there)
    return Result(
        replace(edit, beats=left), f"{_some(len(beats) - len(left), len(beats))}; the others were relabelled."
    )


def _relabel_span(working: Working, edit: RelabelSpan) -> Result:
    found = working.slots.slots_between(edit.start_sample, edit.stop_sample)
    if not len(found):
        span = f"{_clock(working, edit.start_sample)} and {_clock(working, edit.stop_sample)}"
        return Result(None, f"There is no beat between {span}, so nothing was relabelled.")
    _set_class(working, found, edit.label)
    return Result(edit, None)


def _relabel_family(working: Working, edit: RelabelFamily) -> Result:
    problem = _no_such_family(working, edit.family)
    if problem:
        return Result(None, f"{problem}, so nothing was relabelled.")
    found = working.slots.slots_in(edit.family)
    if not len(found):
        return Result(None, f"Family {edit.family + 1} has no beats any more, so nothing was relabelled.")
    _set_class(working, found, edit.label)
    return Result(edit, None)


def _add(working: Working, edit: Add) -> Result:
    problem = _no_place(working, edit.sample)
    if problem:
        return Result(None, f"{problem}, so none was added.")
    slot = working.slots.add(edit.beat, edit.sample, code_of(edit.label))
    working.slots.entry[slot] = working.seq
    return Result(edit, None)


def _move(working: Working, edit: Move) -> Result:
    slot = int(working.slots.slots_of([edit.beat])[0])
    if slot < 0:
        return Result(None, f"{_gone(working, (edit.beat,))}, so it was not moved.")
    if working.slots.sample[slot] != edit.from_sample:
        return Result(None, f"{_elsewhere(working, slot)}, so it was not moved.")
    problem = _no_place(working, edit.to_sample)
    if problem:
        return Result(None, f"{problem}, so the beat was not moved.")
    with working.changing(np.array([slot]), one_by_one=True):
        working.slots.move(slot, edit.to_sample)
        working.slots.edited[slot] |= MOVED
    return Result(edit, None)


def _delete(working: Working, edit: Delete) -> Result:
    pairs = tuple(dict.fromkeys(edit.beats))
    slots = working.slots
    found = slots.slots_of([beat for beat, _ in pairs])
    exact = found >= 0
    exact[exact] = slots.sample[found[exact]] == np.array([sample for _, sample in pairs], dtype=np.int64)[exact]
    if exact.any():
        with working.changing(found[exact], one_by_one=True):
            slots.remove(found[exact])
        if exact.all():
            return Result(edit, None)
        left = tuple(pair for pair, is_exact in zip(pairs, exact, strict=True) if is_exact)
        rest = _some(len(pairs) - len(left), len(pairs), " or not where they were")
        return Result(replace(edit, beats=left), f"{rest}; the others were deleted.")
    if len(pairs) == 1 and found[0] >= 0:
        return Result(None, f"{_elsewhere(working, int(found[0]))}, so it was not deleted.")
    if (found >= 0).any():
        return Result(None, f"None of the {len(pairs):,} beats is where it was, so nothing was deleted.")
    return Result(None, f"{_gone(working, tuple(beat for beat, _ in pairs))}, so nothing was deleted.")


def _set_boundary(working: Working, edit: SetBoundary) -> Result:
    name = BOUNDARY_NAMES[edit.boundary]
    slot = int(working.slots.slots_of([edit.beat])[0])
    if slot < 0:
        return Result(None, f"{_gone(working, (edit.beat,))}, so its {name} was not set.")
    base = working.slots.base
    if edit.to_sample is not None and edit.to_sample >= working.slots.n_samples:
        return Result(None, f"The recording ends before this place, so the {name} was not set.")
    key = (edit.beat, edit.boundary, edit.lead)
    # Where it is set for all leads, what was set for single ones before is over.
    boundaries = {
        each: sample
        for each, sample in working.boundaries.items()
        if each != key and not (edit.lead is None and each[:2] == key[:2])
    }
    boundaries[key] = edit.to_sample
    if base.waves is not None:
        at = int(working.slots.sample[slot])
        # Of a beat that was added or moved the waves are not known here: what does not fit them is passed over later.
        own = [
            Correction(at, boundary, sample, lead)
            for (beat, boundary, lead), sample in boundaries.items()
            if beat == edit.beat
        ]
        try:
            corrected(base.waves.of_beats(np.flatnonzero(base.waves.beat == at)), own)
        except ValueError as error:
            return Result(None, f"The {name} was not set: {error}.")
    working.boundaries = boundaries
    return Result(edit, None)


def _split(working: Working, edit: SplitFamily) -> Result:
    problem = _no_such_family(working, edit.family)
    if problem:
        return Result(None, f"{problem}, so it was not split.")
    beats = tuple(dict.fromkeys(edit.beats))
    found = working.slots.slots_of(beats)
    inside = found >= 0
    inside[inside] = working.slots.template[found[inside]] == edit.family
    if not inside.any():
        return Result(None, f"Family {edit.family + 1} holds none of these beats any more, so it was not split.")
    working.slots.template[found[inside]] = edit.into
    working.splits.append(edit.into)
    if inside.all():
        return Result(edit, None)
    left = tuple(beat for beat, is_inside in zip(beats, inside, strict=True) if is_inside)
    rest = _some(len(beats) - len(left), len(beats), f" or not in family {edit.family + 1}")
    return Result(replace(edit, beats=left), f"{rest}; the family was split without them.")


def _merge(working: Working, edit: MergeFamilies) -> Result:
    # A family that its partner has gone into meanwhile is meant all the same.
    into = working.alias.get(edit.into, edit.into)
    problem = _no_such_family(working, edit.family) or _no_such_family(working, into)
    if problem is None and into == edit.family:
        problem = f"Family {into + 1} cannot go into itself"
    if problem:
        return Result(None, f"{problem}, so nothing was merged.")
    working.slots.template[working.slots.slots_in(edit.family)] = into
    for one, target in working.alias.items():
        if target == edit.family:
            working.alias[one] = into
    working.alias[edit.family] = into
    return Result(edit, None)


def _mark(working: Working, edit: MarkEvent) -> Result:
    _set_marks(working, edit.event, MARK_BITS[edit.mark] if edit.mark else 0)
    return Result(edit, None)


def _mark_events(working: Working, edit: MarkEvents) -> Result:
    bit = MARK_BITS[edit.mark]
    for event in edit.events:
        bits = working.marks.get(event, 0)
        _set_marks(working, event, bits | bit if edit.on else bits & ~bit)
    return Result(edit, None)


def _set_marks(working: Working, event: str, bits: int) -> None:
    if bits:
        working.marks[event] = bits
    else:
        working.marks.pop(event, None)


def _note(working: Working, edit: NoteEvent) -> Result:
    if edit.text:
        working.notes[edit.event] = edit.text
    else:
        working.notes.pop(edit.event, None)
    return Result(edit, None)


def _judge(working: Working, edit: JudgeDifference) -> Result:
    key = edit.annotator, edit.difference
    if edit.judgement is None:
        working.judgements.pop(key, None)
    else:
        working.judgements[key] = Judged(edit.judgement, working.seq)
    return Result(edit, None)


def _settle(working: Working, edit: SettleConflict) -> Result:
    entries = frozenset((edit.kept, *edit.given_up))
    if not working.conflicts.settle(working.slots, edit.kept, entries, working.seq):
        return Result(None, "This conflict is settled already or cannot be settled so, and nothing was changed.")
    return Result(edit, None)


def _set_rhythm(working: Working, edit: SetRhythm) -> Result:
    return Result(*spans.set_rhythm(working.rhythms, edit, working.seq, working.slots.n_samples))


def _trim_rhythm(working: Working, edit: TrimRhythm) -> Result:
    return Result(*spans.trim_rhythm(working.rhythms, edit, working.seq, working.slots.n_samples))


def _delete_rhythm(working: Working, edit: DeleteRhythm) -> Result:
    return Result(*spans.delete_rhythm(working.rhythms, edit))


_APPLYING: Final[dict[type[Edit], Callable[[Working, Any], Result]]] = {
    Relabel: _relabel,
    RelabelSimilar: _relabel,
    RelabelSpan: _relabel_span,
    RelabelFamily: _relabel_family,
    Add: _add,
    Move: _move,
    Delete: _delete,
    SetBoundary: _set_boundary,
    SplitFamily: _split,
    MergeFamilies: _merge,
    MarkEvent: _mark,
    SetRhythm: _set_rhythm,
    TrimRhythm: _trim_rhythm,
    DeleteRhythm: _delete_rhythm,
    MarkEvents: _mark_events,
    NoteEvent: _note,
    JudgeDifference: _judge,
    SettleConflict: _settle,
}


def _set_class(working: Working, slots: Int64Array, label: str, *, one_by_one: bool = False) -> None:
    with working.changing(slots, one_by_one=one_by_one):
        working.slots.code[slots] = code_of(label)
        working.slots.edited[slots] |= RELABELLED


def _no_such_family(working: Working, family: int) -> str | None:
    if not working.has_family(family):
        return f"There is no family {family + 1}"
    into = working.alias.get(family)
    return None if into is None else f"Family {family + 1} has gone into family {into + 1}"


def _no_place(working: Working, sample: int) -> str | None:
    if sample >= working.slots.n_samples:
        return "The recording ends before the place of the beat"
    if working.slots.taken(sample):
        return f"A beat stands at {_clock(working, sample)} already"
    return None


def _gone(working: Working, beats: tuple[int, ...]) -> str:
    if len(beats) > 1:
        return f"None of the {len(beats):,} beats is there any more"
    where = f"found at {_clock(working, beats[0])}" if beats[0] >= 0 else "that was added"
    return f"The beat {where} is not there any more"


def _some(n_gone: int, n_beats: int, other: str = "") -> str:
    are = "is" if n_gone == 1 else "are"
    return f"{n_gone:,} of {n_beats:,} beats {are} not there any more{other}"


def _elsewhere(working: Working, slot: int) -> str:
    return f"The beat stands at {_clock(working, int(working.slots.sample[slot]))} now, not where it was"


def _clock(working: Working, sample: int) -> str:
    seconds = round(sample / working.slots.fs_hz, 3)
    minutes, second = divmod(seconds, 60)
    return f"{int(minutes) // 60}:{int(minutes) % 60:02d}:{second:06.3f}"
