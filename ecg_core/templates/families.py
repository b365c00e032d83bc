"""Beat families: mean waveform, rhythm, size, certainty of the label."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array
from ecg_core.beats import CLASSES

NO_FAMILY: Final = -1


@dataclass(frozen=True)
class Family:
    """Beats that look and come alike.

    Attributes
    ----------
    index : int
        Its number in `Families.of_beat`.
    n_beats : int
    unreadable : bool
        Whether it holds the beats at which no lead can be read.
    mean_mv, median_mv : ndarray of float32, shape (leads, samples)
        The beats laid over each other, at `Families.offsets_s`; of at most 501 beats spread evenly over the family,
        151 after a split or a merge.
    spread_mv : ndarray of float32, shape (leads, samples)
        Standard deviation of these beats.
    before, after : float
        Mean interval before and after its beats, against the local median: 0.7 is early, 1 regular.
    label : str or None
        The class that most of its beats have, where they have been labelled.
    certainty : float or None
        Mean probability of that class over the beats that have probabilities; where none has, the share of beats that
        have the label.
    typical_sample : int
        The beat nearest to the family's centre, as a sample of the recording.
    """

    index: int
    n_beats: int
    unreadable: bool
    mean_mv: Float32Array
    median_mv: Float32Array
    spread_mv: Float32Array
    before: float
    after: float
    label: str | None
    certainty: float | None
    typical_sample: int


@dataclass(frozen=True)
class Families:
    """The families of a recording; every beat that was found is in exactly one.

    Attributes
    ----------
    of_beat : ndarray of int16, shape (beats,)
        Each beat's family; `NO_FAMILY` for a beat that came after the grouping.
    families : tuple of Family
        The largest first when they were made; the unreadable beats, if there are any, last. Numbers may be missing
        where a person has merged families: :meth:`family` finds one by its number.
    offsets_s : ndarray, shape (samples,)
        Times of the pictures' samples relative to the centre of the QRS complex.
    lead_names : tuple of str
    distance : ndarray of float32, shape (beats,)
        Each beat's distance to its family's centre, in the space of shape and timing; NaN where there is none: a beat
        without a family, or one at which no lead can be read.
    """

    of_beat: npt.NDArray[np.int16]
    families: tuple[Family, ...]
    offsets_s: npt.NDArray[np.float64]
    lead_names: tuple[str, ...]
    distance: Float32Array

    def __len__(self) -> int:
        return len(self.families)

    def beats_of(self, index: int) -> npt.NDArray[np.int64]:
        """Return the positions of a family's beats."""
        return np.flatnonzero(self.of_beat == index)

    def family(self, index: int) -> Family:
        """Return the family of a number.

        Raises
        ------
        KeyError
            If there is none.
        """
        for family in self.families:
            if family.index == index:
                return family
        raise KeyError(index)

    def at(self, positions: npt.NDArray[np.int64]) -> Families:
        """Return the same families over other beats.

        Parameters
        ----------
        positions : ndarray of int64, shape (beats,)
            Where each beat that there is now stood before; -1 for a beat that is new.
        """
        known = positions >= 0
        of_beat = np.full(len(positions), NO_FAMILY, dtype=np.int16)
        distance = np.full(len(positions), np.nan, dtype=np.float32)
        of_beat[known] = self.of_beat[positions[known]]
        distance[known] = self.distance[positions[known]]
        return replace(self, of_beat=of_beat, distance=distance)

    def renamed(
        self,
        of_beat: npt.NDArray[np.int16],
        labels: npt.NDArray[np.str_] | None,
        probabilities: npt.NDArray[np.floating] | None = None,
    ) -> Families:
        """Return the same families with the sizes, labels and certainties that their beats give them now.

        Parameters
        ----------
        of_beat : ndarray of int16, shape (beats,)
            Family of each beat there is now. A distance is kept where these are the beats that it was told of, i.e.
            there are as many, and the beat's family is the same.
        labels : ndarray of str, shape (beats,), optional
            Classes; empty where a beat has none.
        probabilities : ndarray, shape (beats, 5), optional
            NaN for a beat without.
        """
        distance = np.full(len(of_beat), np.nan, dtype=np.float32)
        if len(of_beat) == len(self.of_beat):
            same = of_beat == self.of_beat
            distance[same] = self.distance[same]
        codes = None if labels is None else _codes(labels)
        families = []
        for family in self.families:
            beats = np.flatnonzero(of_beat == family.index)
            label, certainty = _majority(beats, probabilities, codes)
            families.append(replace(family, n_beats=len(beats), label=label, certainty=certainty))
        return replace(self, of_beat=of_beat, distance=distance, families=tuple(families))

    def largest_first(self) -> list[int]:
        """Return the families' numbers in the order of their size."""
        return [family.index for family in sorted(self.families, key=lambda family: -family.n_beats)]

    def least_certain_first(self) -> list[int]:
        """Return the families' numbers, those whose label is least certain first; the larger first among equals."""

        def key(family: Family) -> tuple[float, int]:
            return (0.0 if family.certainty is None else family.certainty, -family.n_beats)

        return [family.index for family in sorted(self.families, key=key)]


def majority(labels: npt.ArrayLike) -> str | None:
    """Return the class that most labels have, the first of `CLASSES` among equals; None of nothing."""
    letters = np.asarray(labels, dtype=str)
    if not len(letters):
        return None
    return max(CLASSES, key=lambda letter: (int((letters == letter).sum()), -CLASSES.index(letter)))


_NO_LABEL: Final = len(CLASSES)


def _codes(labels: npt.NDArray[np.str_]) -> npt.NDArray[np.int64]:
    """Return each label's place among `CLASSES`, `_NO_LABEL` where there is none, one more for anything else."""
    # Code points compare many times faster than strings do.
    point = np.ascontiguousarray(labels, dtype="<U1").view(np.uint32)
    codes = np.where(point == 0, _NO_LABEL, _NO_LABEL + 1)
    for place, letter in enumerate(CLASSES):
        codes[point == ord(letter)] = place
    return codes


def _majority(
    beats: npt.NDArray[np.int64],
    probabilities: npt.NDArray[np.floating] | None,
    codes: npt.NDArray[np.int64] | None,
) -> tuple[str | None, float | None]:
    """Return the class that most of the beats have, the first among equals, and how certain it is."""
    if codes is None:
        return None, None
    counts = np.bincount(codes[beats], minlength=_NO_LABEL + 2)
    n_named = int(counts.sum() - counts[_NO_LABEL])
    if not n_named:
        return None, None
    place = int(counts[:_NO_LABEL].argmax())
    if probabilities is not None:
        of_label = np.asarray(probabilities)[beats, place]
        known = np.isfinite(of_label)
        if known.any():
            return CLASSES[place], float(of_label[known].mean())
    return CLASSES[place], float(counts[place] / n_named)
