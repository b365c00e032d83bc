"""Descriptions of edits for the undo and redo buttons."""

from __future__ import annotations

from ecg_core.delineation.corrections import BOUNDARY_NAMES
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
from ecg_core.rhythm.precedence import NAMEABLE

_MARKED = {"seen": "mark an event as seen", "dismissed": "dismiss an event", "report": "put a strip into the report"}
_MARKED_ON = {"seen": "mark {} as seen", "dismissed": "dismiss {}", "report": "put {} into the report"}
_MARKED_OFF = {"seen": "mark {} as not seen", "dismissed": "bring back {}", "report": "take {} out of the report"}
_RIGHT = {
    "": "take back who is right",
    "program": "the program is right",
    "file": "the file is right",
    "unsure": "unsure who is right",
}


def in_words(edit: Edit) -> str:
    """Describe an edit, for the text after "Undo:"."""
    match edit:
        case RelabelSimilar(beats=beats, label=label):
            return f"{_count(len(beats), 'similar beat')} to {label}"
        case Relabel(beats=beats, label=label):
            return f"{_count(len(beats), 'beat')} to {label}"
        case RelabelSpan(label=label):
            return f"beats of a span to {label}"
        case RelabelFamily(family=family, label=label):
            return f"family {family + 1} to {label}"
        case Add(label=label):
            return f"add a beat {label}"
        case Move():
            return "move a beat"
        case Delete(beats=pairs):
            return f"delete {_count(len(pairs), 'beat')}"
        case SetBoundary(boundary=boundary, to_sample=None):
            return f"{BOUNDARY_NAMES[boundary].split()[0]} wave absent".replace("QRS wave", "QRS complex")
        case SetBoundary(boundary=boundary):
            return f"set a {BOUNDARY_NAMES[boundary]}"
        case SplitFamily(family=family):
            return f"split family {family + 1}"
        case MergeFamilies(family=family, into=into):
            return f"merge family {family + 1} into {into + 1}"
        case MarkEvent(mark=mark):
            return _MARKED.get(mark or "", "take the mark off an event")
        case SetRhythm(rhythm=rhythm, overrules=overruled):
            overruling = f", overruling {_count(len(overruled), 'dangerous event')}" if overruled else ""
            return f"rhythm of a span to {NAMEABLE[rhythm]}{overruling}"
        case TrimRhythm():
            return "trim the rhythm of a span"
        case DeleteRhythm():
            return "delete the rhythm of a span"
        case MarkEvents(events=events, mark=mark, on=on):
            return (_MARKED_ON if on else _MARKED_OFF)[mark].format(_count(len(events), "event"))
        case NoteEvent(text=text):
            return "note on an event" if text else "take the note off an event"
        case JudgeDifference(judgement=judgement):
            return f"difference: {_RIGHT[judgement or '']}"
        case SettleConflict():
            return "settle a conflict"
        case _:
            return edit.action


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" + ("" if n == 1 else "s")
