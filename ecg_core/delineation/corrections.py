"""Corrections of wave boundaries by a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from ecg_core.arrays import Int64Array
from ecg_core.delineation.waves import ABSENT, BOUNDARIES, WAVES, Waves

BOUNDARY_NAMES: Final = {
    f"{wave.lower()}_{part}": f"{wave} {word}"
    for wave in WAVES
    for part, word in (("on", "onset"), ("peak", "peak"), ("off", "end"))
}
"""Boundaries as they are written for people."""


class Correction(NamedTuple):
    """A boundary as a person has set it.

    Attributes
    ----------
    beat : int
        Sample of the beat.
    boundary : str
        One of `BOUNDARIES`.
    sample : int or None
        Where the boundary is; None where the whole wave is absent.
    lead : int or None
        Index of the lead; None for all leads: those that show the wave, and the boundaries of all leads together.
    """

    beat: int
    boundary: str
    sample: int | None
    lead: int | None


def corrected(waves: Waves, corrections: Iterable[Correction]) -> Waves:
    """Return waves with corrections, of which a later one holds against an earlier one.

    Corrections of beats that are not among the waves are passed over. A wave that a person has corrected is certain.

    Parameters
    ----------
    waves : Waves
        As they were delineated.
    corrections : iterable of Correction
        In the order in which they were made.

    Returns
    -------
    Waves

    Raises
    ------
    ValueError
        If a lead does not exist or was not assessed at the beat, if a boundary is too far from its beat, or if onset,
        peak and end of a wave would be out of order. The message is a clause for people.
    """
    row_of = {int(beat): row for row, beat in enumerate(waves.beat)}
    known = [(row_of[each.beat], each) for each in corrections if each.beat in row_of]
    if not known:
        return waves
    offset, confidence, common = waves.offset.copy(), waves.confidence.copy(), waves.common.copy()
    for row, (beat, boundary, sample, lead) in known:
        leads = _leads(waves, row, lead)
        column = BOUNDARIES.index(boundary)
        wave = column // 3
        columns = slice(3 * wave, 3 * wave + 3)
        if sample is None:
            offset[row, leads, columns] = ABSENT
            if lead is None:
                common[row, columns] = ABSENT
        else:
            value = sample - beat
            if abs(value) > np.iinfo(np.int16).max:
                raise ValueError("it is too far from its beat")
            if lead is None:
                leads = leads[(offset[row, leads, columns] != ABSENT).any(axis=1)]
                common[row, column] = value
            offset[row, leads, column] = value
        confidence[row, leads, wave] = 1.0
    for row, each in known:
        lead_boundaries = offset[row, _leads(waves, row, each.lead)]
        rows = lead_boundaries if each.lead is not None else np.vstack([lead_boundaries, common[row]])
        _check_order(rows.astype(np.int64), BOUNDARIES.index(each.boundary))
    return replace(waves, offset=offset, confidence=confidence, common=common)


def _leads(waves: Waves, row: int, lead: int | None) -> Int64Array:
    """Return the leads that a correction concerns."""
    assessed = waves.assessed[row]
    if lead is None:
        if not assessed.any():
            raise ValueError("no lead can be read at this beat")
        return np.flatnonzero(assessed)
    if lead >= len(waves.lead_names):
        raise ValueError("the recording has no such lead")
    if not assessed[lead]:
        raise ValueError(f"lead {waves.lead_names[lead]} cannot be read at this beat")
    return np.array([lead], dtype=np.int64)


def _check_order(boundaries: Int64Array, column: int) -> None:
    """Make sure that a boundary is where it belongs among those of its wave; shape (leads, 9)."""
    first = column - column % 3
    here = boundaries[:, column]
    for other in range(first, first + 3):
        there = boundaries[:, other]
        both = (here != ABSENT) & (there != ABSENT)
        wrong = here <= there if other < column else here >= there
        if other != column and (both & wrong).any():
            side = "after" if other < column else "before"
            raise ValueError(f"the {_name(column)} must come {side} the {_name(other)}")


def _name(column: int) -> str:
    return BOUNDARY_NAMES[BOUNDARIES[column]]
