"""Mutable view of a recording's beat templates during interactive split and merge."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array, Int64Array
from ecg_core.recording import Recording
from ecg_core.templates.describing import describe_family, squared_distance
from ecg_core.templates.families import Families, Family
from ecg_core.templates.timing import Timing, beat_timing
from ecg_core.templates.waves import usual_heights

_REMEMBERED: Final = 64
"""Families kept for undoing and redoing; each holds a distance for every beat."""


@dataclass(frozen=True)
class _EditedTemplate:
    """A family that came of splitting or merging, and each beat's distance to its centre, shape (beats,)."""

    family: Family
    distance: Float32Array


@dataclass(frozen=True)
class _BeatFeatures:
    """What describing a family needs to know of all beats."""

    points: Float32Array
    timing: Timing
    height_mv: Float32Array


class TemplateEditor:
    """Families as they were found, and as a person has split and merged them.

    A family that splitting or merging has made is described once, from at most 151 of its beats, and remembered. It is
    for one thread at a time.

    Parameters
    ----------
    recording : Recording
    samples : ndarray of int64, shape (beats,)
        The beats that were grouped.
    grouped : Families
        Those that were found, aligned with `samples`.
    points : callable
        Gives each beat's place among the others, shape (beats, features); asked once, and only when needed.
    """

    def __init__(
        self,
        recording: Recording,
        samples: Int64Array,
        grouped: Families,
        points: Callable[[], npt.NDArray[np.floating]],
    ) -> None:
        self._recording, self._samples, self._grouped = recording, samples, grouped
        self._load = points
        self._known: _BeatFeatures | None = None
        self._pages: OrderedDict[tuple[int, int], _EditedTemplate] = OrderedDict()

    def families(
        self, of_beat: npt.NDArray[np.int16], positions: Int64Array, changed: Mapping[int, int] | None = None
    ) -> Families:
        """Return the families that there are now.

        Parameters
        ----------
        of_beat : ndarray of int16, shape (beats now,)
            Family of each beat.
        positions : ndarray of int64, shape (beats now,)
            Where each stood among the beats that were grouped; -1 for a beat that a person added.
        changed : mapping of int to int, optional
            The number of each family that a split or a merge has touched, and the number of the last such change: the
            same family after the same change has the same picture, whatever has become of single beats since.

        Returns
        -------
        Families
            Aligned with the beats that there are now, in the order of their numbers, without those that merging has
            emptied. Sizes and labels are those of `Families.renamed`, which is still to be called.
        """
        before = self._grouped.at(positions)
        same = before.of_beat == of_beat
        distance = np.where(same, before.distance, np.float32(np.nan))
        kept = {family.index: family for family in self._grouped.families}
        for index, change in (changed or {}).items():
            kept.pop(index, None)
            rows = np.flatnonzero((of_beat == index) & (positions >= 0))
            if len(rows):
                page = self._page(index, change, positions[rows])
                kept[index] = page.family
                distance[rows] = page.distance[positions[rows]]
        families = tuple(kept[index] for index in sorted(kept))
        return replace(self._grouped, of_beat=of_beat, distance=distance, families=families)

    def _page(self, index: int, change: int, members: Int64Array) -> _EditedTemplate:
        known = self._pages.get((index, change))
        if known is not None:
            self._pages.move_to_end((index, change))
            return known
        if self._known is None:
            timing = beat_timing(self._samples / self._recording.fs_hz)
            points = self._load().astype(np.float32)
            self._known = _BeatFeatures(points, timing, usual_heights(self._recording, self._samples))
        points = self._known.points
        lost = [family.index for family in self._grouped.families if family.unreadable]
        unreadable = np.isin(self._grouped.of_beat, lost)
        family = describe_family(
            self._recording,
            self._samples,
            members,
            points,
            self._known.timing,
            self._known.height_mv,
            index=index,
            unreadable=bool(unreadable[members].all()),
        )
        readable = members[~unreadable[members]]
        distance = np.full(len(points), np.nan, dtype=np.float32)
        if len(readable):
            distance[~unreadable] = np.sqrt(squared_distance(points, points[readable].mean(axis=0)))[~unreadable]
        page = self._pages[index, change] = _EditedTemplate(family, distance)
        if len(self._pages) > _REMEMBERED:
            self._pages.popitem(last=False)
        return page
