"""Payload of the beat table: one typed array per column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.analysis import Analysis
from ecg_core.beats import CLASSES
from ecg_core.review.state import Base, State

NONE: Final = 255
"""Absent value in a column of bytes."""

Columns = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Distances:
    """Distance of each beat from its family's centre, quantised to bytes.

    Attributes
    ----------
    id : ndarray of int32, shape (beats,)
        The beats.
    level : ndarray of uint8, shape (beats,)
        Steps of `scale`, 255 where it is not known.
    scale : float
        Distance of one step.
    """

    id: npt.NDArray[np.int32]
    level: npt.NDArray[np.uint8]
    scale: float

    @classmethod
    def of(cls, found: Analysis, now: Analysis) -> Distances:
        """Take the distances of beats under review.

        Parameters
        ----------
        found : Analysis
            As the beats were found: the farthest one has the highest level, so that the scale stays whatever becomes
            of them.
        now : Analysis
            With corrected beats.
        """
        ids = now.beats["id"].to_numpy(np.int32)
        level = np.full(len(ids), NONE, dtype=np.uint8)
        if found.templates is None or now.templates is None:
            return cls(ids, level, 1.0)
        scale = _largest(found.templates.distance) / (NONE - 1) or 1.0
        distance = now.templates.distance
        known = np.isfinite(distance)
        level[known] = np.minimum(np.round(distance[known] / scale), NONE - 1).astype(np.uint8)
        return cls(ids, level, scale)

    def at(self, ids: npt.NDArray[np.int32]) -> npt.NDArray[np.uint8]:
        """Return the levels of beats by id, 255 for those that are not known."""
        if np.array_equal(ids, self.id):
            return self.level
        if not len(self.id):
            return np.full(len(ids), NONE, dtype=np.uint8)
        order = self._order
        place = order[np.minimum(np.searchsorted(self.id, ids, sorter=order), len(order) - 1)]
        return np.where(self.id[place] == ids, self.level[place], NONE).astype(np.uint8)

    @cached_property
    def _order(self) -> npt.NDArray[np.int64]:
        return np.argsort(self.id, kind="stable")


def columns(state: State, distances: Distances, rows: npt.NDArray[np.int64] | None = None) -> Columns:
    """Return the columns of beats under review.

    Parameters
    ----------
    state : State
        Beats under review.
    distances : Distances
        Distances from the centres of families.
    rows : ndarray of int64, optional
        Positions of the beats wanted; all by default.

    Returns
    -------
    dict of str to ndarray
        ``id, sample, label, p, edited, quality, family, distance``, see `pages.api.beat_columns.NONE` for what is
        absent.
    """
    chosen = slice(None) if rows is None else rows
    ids = state.id[chosen].astype(np.int32, copy=False)
    return {
        "id": ids,
        "sample": state.sample[chosen].astype(np.int32),
        "label": state.code[chosen],
        "p": _levels(state.p[chosen]),
        "edited": state.edited[chosen],
        "quality": state.quality[chosen],
        "family": state.template[chosen],
        "distance": distances.at(ids),
    }


def unlabelled_columns(analysis: Analysis) -> Columns:
    """Return the columns for detected beats that are not classified."""
    base = Base.of(analysis)
    n_beats = len(base.sample)
    return {
        "id": base.sample.astype(np.int32),
        "sample": base.sample.astype(np.int32),
        "label": base.code,
        "p": np.full((n_beats, len(CLASSES)), NONE, dtype=np.uint8),
        "edited": np.zeros(n_beats, dtype=np.uint8),
        "quality": base.quality,
        "family": base.template,
        "distance": np.full(n_beats, NONE, dtype=np.uint8),
    }


def no_beats() -> Columns:
    """Return empty columns, for use before detection has finished."""
    empty = np.empty(0, dtype=np.uint8)
    return {
        "id": np.empty(0, dtype=np.int32),
        "sample": np.empty(0, dtype=np.int32),
        "label": empty,
        "p": np.empty((0, len(CLASSES)), dtype=np.uint8),
        "edited": empty,
        "quality": empty,
        "family": np.empty(0, dtype=np.int16),
        "distance": empty,
    }


def _levels(p: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return probabilities in steps of 1/255; five times 255, which no probabilities can be, where there are none."""
    known = np.isfinite(p).all(axis=1, keepdims=True)
    return np.where(known, np.round(255 * np.nan_to_num(p)), NONE).astype(np.uint8)


def _largest(distance: npt.NDArray[np.floating]) -> float:
    known = distance[np.isfinite(distance)]
    return float(known.max()) if len(known) else 0.0
