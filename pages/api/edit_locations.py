"""Time span that an edit changes, so that the strip can scroll there before an undo."""

from __future__ import annotations

import numpy as np

from ecg_core.review.edits import (
    Add,
    Delete,
    DeleteRhythm,
    Edit,
    JudgeDifference,
    Move,
    Relabel,
    RelabelSpan,
    SetBoundary,
    SetRhythm,
    TrimRhythm,
)
from ecg_core.review.state import State


def edited_span(edit: Edit, state: State) -> list[int] | None:
    """Return the span of the beats or rhythm that an edit changes.

    Parameters
    ----------
    edit : Edit
        The edit.
    state : State
        Beats under review.

    Returns
    -------
    list of int or None
        First and last sample; None where the edit names neither beats nor a span.
    """
    match edit:
        case Relabel(beats=beats):
            rows = state.positions(np.array(beats, dtype=np.int64))
            samples = state.sample[rows[rows >= 0]].tolist()
        case (
            RelabelSpan(start_sample=start, stop_sample=stop)
            | SetRhythm(start_sample=start, stop_sample=stop)
            | TrimRhythm(start_sample=start, stop_sample=stop)
        ):
            samples = [start, stop]
        case DeleteRhythm(span=span) if span in state.rhythms:
            samples = [state.rhythms[span].start_sample, state.rhythms[span].stop_sample]
        case Add(sample=sample):
            samples = [sample]
        case SetBoundary(beat=beat):
            row = int(state.positions([beat])[0])
            samples = [int(state.sample[row])] if row >= 0 else []
        case Move(from_sample=here, to_sample=there):
            samples = [here, there]
        case JudgeDifference(difference=key):
            samples = [int(key.split(":")[1])]
        case Delete(beats=pairs):
            samples = [sample for _, sample in pairs]
        case _:
            samples = []
    return [min(samples), max(samples)] if samples else None
