"""The edits that a person can make, as plain values, and how they are read from JSON.

A beat is named by its id: the sample at which detection found it, which stays its name when it is moved, or a negative
number that whoever added the beat has drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Final, Literal, cast, get_args

from ecg_core.beats import CLASSES
from ecg_core.delineation.waves import BOUNDARIES
from ecg_core.errors import ReviewError
from ecg_core.rhythm.precedence import NAMEABLE
from ecg_core.texts import plain

Mark = Literal["seen", "dismissed", "report"]

Judgement = Literal["program", "file", "unsure"]
"""Who a person says was right where program and file differ."""

MAX_BEATS: Final = 1_000_000
"""Beats that one edit may name: about ten days of them."""

MAX_OVERRULED: Final = 1_000
"""Events that naming one span may overrule by name."""

MAX_EVENTS: Final = 100_000
"""Events that one edit may name."""

MAX_VERSIONS: Final = 100
"""Versions of a beat that one edit may give up."""

MAX_NOTE_LENGTH: Final = 500
"""Characters of a note on an event."""

MAX_ENTRY: Final = 2**62
"""Largest number of an entry that an edit may name; no entry has it."""

_MAX_ID: Final = 2**31 - 1
_MAX_SAMPLE: Final = 2**53
_MAX_FAMILY: Final = 32_000
_MAX_LEAD: Final = 10_000
_MAX_ANNOTATOR_LENGTH: Final = 80
_EVENT: Final = re.compile(r"[A-Za-z0-9_]{1,24}:[0-9]{1,16}")
_DIFFERENCE: Final = re.compile(r"(beat|episode):[0-9]{1,16}:[A-Za-z0-9_]{1,24}>[A-Za-z0-9_]{1,24}")


@dataclass(frozen=True)
class Edit:
    """One thing that a person does to the beats or to the list of events."""

    action: ClassVar[str]

    def payload(self) -> dict[str, Any]:
        """Return what the edit says besides its action, as JSON-able values."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def to_dict(self) -> dict[str, Any]:
        """Return the whole edit as JSON-able values, fit for :func:`parse_edit`."""
        return {"action": self.action, **self.payload()}


@dataclass(frozen=True)
class Relabel(Edit):
    """Beats get a class."""

    action = "relabel"
    beats: tuple[int, ...]
    label: str


@dataclass(frozen=True)
class RelabelSimilar(Relabel):
    """Beats get a class that was proposed for them, and why: they are similar to beats that a person relabelled."""

    action = "relabel_similar"
    reason: str


@dataclass(frozen=True)
class RelabelSpan(Edit):
    """All beats with ``start_sample <= sample < stop_sample`` get a class."""

    action = "relabel_span"
    start_sample: int
    stop_sample: int
    label: str


@dataclass(frozen=True)
class RelabelFamily(Edit):
    """All beats of a family get a class."""

    action = "relabel_family"
    family: int
    label: str


@dataclass(frozen=True)
class Add(Edit):
    """A beat that was not found; its id is negative."""

    action = "add"
    beat: int
    sample: int
    label: str


@dataclass(frozen=True)
class Move(Edit):
    """A beat goes elsewhere, if it stands where the person saw it."""

    action = "move"
    beat: int
    from_sample: int
    to_sample: int


@dataclass(frozen=True)
class Delete(Edit):
    """Beats are no beats: pairs of id and sample, each for exactly that beat at exactly that sample."""

    action = "delete"
    beats: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class SetBoundary(Edit):
    """A boundary of a wave goes elsewhere, in one lead or, where `lead` is None, in all.

    `to_sample` is None where the whole wave is absent; `from_sample` is where the person saw the boundary, None where
    there was none.
    """

    action = "set_boundary"
    beat: int
    boundary: str
    lead: int | None
    from_sample: int | None
    to_sample: int | None


@dataclass(frozen=True)
class SplitFamily(Edit):
    """Some of a family's beats become a family of their own, with a number that no family has had."""

    action = "split_family"
    family: int
    into: int
    beats: tuple[int, ...]


@dataclass(frozen=True)
class MergeFamilies(Edit):
    """All beats of one family go into another."""

    action = "merge_families"
    family: int
    into: int


@dataclass(frozen=True)
class MarkEvent(Edit):
    """An event, named ``kind:start_sample``, has this mark alone; None takes its marks away.

    Written before marks were independent of each other; logs still hold such entries, see `MarkEvents`.
    """

    action = "mark_event"
    event: str
    mark: Mark | None


@dataclass(frozen=True)
class SetRhythm(Edit):
    """A span gets a rhythm, one of `ecg_core.rhythm.precedence.NAMEABLE`; of a span that is there already, another.

    Its id is a positive number that whoever names it has drawn. ``start_sample <= sample < stop_sample`` lie in it.
    ``overrules`` names the dangerous events, as ``kind:start_sample``, that whoever named the span saw there.
    """

    action = "set_rhythm"
    span: int
    start_sample: int
    stop_sample: int
    rhythm: str
    overrules: tuple[str, ...]


@dataclass(frozen=True)
class TrimRhythm(Edit):
    """A span whose rhythm a person has named begins and ends elsewhere."""

    action = "trim_rhythm"
    span: int
    start_sample: int
    stop_sample: int


@dataclass(frozen=True)
class DeleteRhythm(Edit):
    """A span has no rhythm named by a person any more: what the program found there holds again."""

    action = "delete_rhythm"
    span: int


@dataclass(frozen=True)
class MarkEvents(Edit):
    """Events get or lose one mark; their other marks stay. All events of a kind are confirmed by one such edit."""

    action = "mark_events"
    events: tuple[str, ...]
    mark: Mark
    on: bool


@dataclass(frozen=True)
class NoteEvent(Edit):
    """An event has a note, as plain text of one line; an empty text takes it away."""

    action = "note_event"
    event: str
    text: str


@dataclass(frozen=True)
class JudgeDifference(Edit):
    """Who was right where the program and the file's annotations differ; None takes an earlier judgement back.

    `annotator` names the annotation set; `difference` is a key of :mod:`ecg_core.screening.differences`, such as
    ``beat:1234:N>V`` for the program's N at sample 1234 and the file's V.
    """

    action = "judge_difference"
    annotator: str
    difference: str
    judgement: Judgement | None


@dataclass(frozen=True)
class SettleConflict(Edit):
    """Of several persons' versions of beats one is kept, see :mod:`ecg_core.review.conflicts`.

    The versions are named by the entries that made them.
    """

    action = "settle_conflict"
    kept: int
    given_up: tuple[int, ...]


@dataclass(frozen=True)
class Undo(Edit):
    """An entry of the log is no longer in force."""

    action = "undo"
    entry: int


@dataclass(frozen=True)
class Redo(Edit):
    """An entry that was undone is in force again."""

    action = "redo"
    entry: int


_KINDS: Final[dict[str, type[Edit]]] = {
    kind.action: kind
    for kind in (
        Relabel,
        RelabelSimilar,
        RelabelSpan,
        RelabelFamily,
        Add,
        Move,
        Delete,
        SetBoundary,
        SplitFamily,
        MergeFamilies,
        MarkEvent,
        SetRhythm,
        TrimRhythm,
        DeleteRhythm,
        MarkEvents,
        NoteEvent,
        JudgeDifference,
        SettleConflict,
        Undo,
        Redo,
    )
}


def parse_edit(obj: Mapping[str, Any]) -> Edit:
    """Read an edit from JSON's values.

    Parameters
    ----------
    obj : mapping
        ``action`` and what belongs to it; anything else is passed over.

    Raises
    ------
    ReviewError
        If it is no edit, or says what no edit can say.
    """
    if not isinstance(obj, Mapping):
        raise ReviewError("An edit must be an object with an action; send it again.")
    action = obj.get("action")
    kind = _KINDS.get(action) if isinstance(action, str) else None
    if kind is None:
        raise ReviewError(f"There is no edit called {str(action)[:40]!r}; known are {', '.join(_KINDS)}.")
    values = {}
    for field in fields(kind):
        if field.name not in obj:
            raise ReviewError(f"The edit {action!r} lacks its {field.name!r}; send it again with it.")
        value = obj[field.name]
        # Pairs of beat and sample and lists of beats go by the same name.
        read = _pairs if kind is Delete else _READERS[field.name]
        if kind is MarkEvent and field.name == "mark":
            read = _mark_or_none
        if kind is SetBoundary and value is None and field.name in {"lead", "from_sample", "to_sample"}:
            read = _nothing
        try:
            values[field.name] = read(value)
        except ValueError as error:
            raise ReviewError(f"The edit {action!r} needs {error} as its {field.name!r}.") from None
    edit = kind(**values)
    if isinstance(edit, (RelabelSpan, SetRhythm, TrimRhythm)) and edit.start_sample >= edit.stop_sample:
        raise ReviewError("A span must end after it starts; choose it again.")
    if isinstance(edit, Add) and edit.beat >= 0:
        raise ReviewError("The id of an added beat must be negative; the others are those of beats that were found.")
    return edit


def _whole(smallest: int, largest: int, what: str) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not smallest <= value <= largest:
            raise ValueError(what)
        return value

    return read


_id = _whole(-_MAX_ID, _MAX_ID, "a beat's id")
_sample = _whole(0, _MAX_SAMPLE, "a sample number")
_family = _whole(0, _MAX_FAMILY, "a family's number")
_lead = _whole(0, _MAX_LEAD, "a lead's index or null")
_entry = _whole(1, MAX_ENTRY, "an entry's number")
_span = _whole(1, _MAX_ID, "a span's id")


def _sequence(value: object, what: str) -> Sequence[object]:
    if not isinstance(value, (list, tuple)) or not 0 < len(value) <= MAX_BEATS:
        raise ValueError(f"a list of 1 to {MAX_BEATS:,} {what}")
    return value


def _ids(value: object) -> tuple[int, ...]:
    return tuple(_id(one) for one in _sequence(value, "ids of beats"))


def _pairs(value: object) -> tuple[tuple[int, int], ...]:
    pairs = []
    for one in _sequence(value, "pairs of a beat's id and its sample"):
        if not isinstance(one, (list, tuple)) or len(one) != 2:
            raise ValueError("pairs of a beat's id and its sample")
        pairs.append((_id(one[0]), _sample(one[1])))
    return tuple(pairs)


def _label(value: object) -> str:
    if not isinstance(value, str) or value not in CLASSES:
        raise ValueError(f"one of the classes {' '.join(CLASSES)}")
    return value


def _rhythm(value: object) -> str:
    if not isinstance(value, str) or value not in NAMEABLE:
        raise ValueError(f"one of the rhythms {' '.join(NAMEABLE)}")
    return value


def _event(value: object) -> str:
    if not isinstance(value, str) or not _EVENT.fullmatch(value):
        raise ValueError("an event's kind and first sample, as in VT:123456,")
    return value


def _overruled(value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or len(value) > MAX_OVERRULED:
        raise ValueError(f"a list of up to {MAX_OVERRULED:,} events")
    return tuple(_event(one) for one in value)


def _events(value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not 0 < len(value) <= MAX_EVENTS:
        raise ValueError(f"a list of 1 to {MAX_EVENTS:,} events")
    return tuple(_event(one) for one in value)


def _mark(value: object) -> Mark:
    if not isinstance(value, str) or value not in get_args(Mark):
        raise ValueError(f"one of {', '.join(get_args(Mark))}")
    return cast(Mark, value)


def _mark_or_none(value: object) -> Mark | None:
    return None if value is None else _mark(value)


def _annotator(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_ANNOTATOR_LENGTH or not value.isprintable():
        raise ValueError(f"an annotation set's name of 1 to {_MAX_ANNOTATOR_LENGTH} characters")
    return value


def _difference(value: object) -> str:
    if not isinstance(value, str) or not _DIFFERENCE.fullmatch(value):
        raise ValueError("a difference, as in beat:1234:N>V,")
    return value


def _judgement(value: object) -> Judgement | None:
    if value is not None and value not in get_args(Judgement):
        raise ValueError(f"one of {', '.join(get_args(Judgement))}, or null")
    return cast(Judgement | None, value)


def _nothing(_: object) -> None:
    return None


def _boundary(value: object) -> str:
    if not isinstance(value, str) or value not in BOUNDARIES:
        raise ValueError(f"one of the boundaries {' '.join(BOUNDARIES)}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _note(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"a text of up to {MAX_NOTE_LENGTH} characters")
    return plain(value.strip(), MAX_NOTE_LENGTH)


def _entries(value: object) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)) or not 0 < len(value) <= MAX_VERSIONS:
        raise ValueError(f"a list of 1 to {MAX_VERSIONS} numbers of entries")
    return tuple(_entry(one) for one in value)


_READERS: Final[dict[str, Callable[[object], Any]]] = {
    "beats": _ids,
    "beat": _id,
    "label": _label,
    "sample": _sample,
    "from_sample": _sample,
    "to_sample": _sample,
    "start_sample": _sample,
    "stop_sample": _sample,
    "boundary": _boundary,
    "lead": _lead,
    "family": _family,
    "into": _family,
    "span": _span,
    "rhythm": _rhythm,
    "overrules": _overruled,
    "event": _event,
    "events": _events,
    "mark": _mark,
    "on": _flag,
    "text": _note,
    "reason": _note,
    "entry": _entry,
    "annotator": _annotator,
    "difference": _difference,
    "judgement": _judgement,
    "kept": _entry,
    "given_up": _entries,
}
