"""What a person is shown of each family: its picture, its rhythm, its size, and how sure its label is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.beats import CLASSES
from ecg_core.templates.timing import Timing
from ecg_core.templates.waves import Waves

Floats = npt.NDArray[np.float32]

NO_FAMILY: Final = -1
_BEATS_OF_A_PICTURE: Final = 501


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
        The beats laid over each other, at `Families.offsets_s`; of at most 501 beats spread evenly over the family.
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
    mean_mv: Floats
    median_mv: Floats
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
        The largest first when they were made; the unreadable beats, if there are any, last.
    offsets_s : ndarray, shape (samples,)
        Times of the pictures' samples relative to the centre of the QRS complex.
    lead_names : tuple of str
    """

    of_beat: npt.NDArray[np.int16]
    families: tuple[Family, ...]
    offsets_s: npt.NDArray[np.float64]
    lead_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.families)

    def beats_of(self, index: int) -> npt.NDArray[np.int64]:
        """Return the positions of a family's beats."""
        return np.flatnonzero(self.of_beat == index)

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
            Family of each beat there is now.
        labels : ndarray of str, shape (beats,), optional
            Classes; empty where a beat has none.
        probabilities : ndarray, shape (beats, 5), optional
            NaN for a beat without.
        """
        families = []
        for family in self.families:
            beats = np.flatnonzero(of_beat == family.index)
            label, certainty = _majority(beats, probabilities, labels)
            families.append(replace(family, n_beats=len(beats), label=label, certainty=certainty))
        return replace(self, of_beat=of_beat, families=tuple(families))

    def largest_first(self) -> list[int]:
        """Return the families' numbers in the order of their size."""
        return sorted(range(len(self)), key=lambda index: -self.families[index].n_beats)

    def least_certain_first(self) -> list[int]:
        """Return the families' numbers, those whose label is least certain first; the larger first among equals."""

        def key(index: int) -> tuple[float, int]:
            family = self.families[index]
            return (0.0 if family.certainty is None else family.certainty, -family.n_beats)

        return sorted(range(len(self)), key=key)


def describe_families(
    samples: npt.NDArray[np.int64],
    groups: npt.NDArray[np.int64],
    unreadable: npt.NDArray[np.bool_],
    points: Floats,
    waves: Waves,
    timing: Timing,
    lead_names: tuple[str, ...],
    offsets_s: npt.NDArray[np.float64],
    probabilities: npt.NDArray[np.floating] | None = None,
    labels: npt.NDArray[np.str_] | None = None,
) -> Families:
    """Number the groups by size and describe each.

    Parameters
    ----------
    samples : ndarray of int64, shape (beats,)
    groups : ndarray of int64, shape (beats,)
        Any number for each group.
    unreadable : ndarray of bool, shape (beats,)
        Beats of the group of unreadable ones, which comes last.
    points : ndarray of float32, shape (beats, features)
    waves : Waves
    timing : Timing
    lead_names : tuple of str
    offsets_s : ndarray, shape (samples,)
    probabilities : ndarray, shape (beats, 5), optional
    labels : ndarray of str, shape (beats,), optional
        Classes; the most probable ones by default.
    """
    numbers, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    if labels is None and probabilities is not None:
        labels = np.array(CLASSES)[np.asarray(probabilities).argmax(axis=1)]
    order = sorted(range(len(numbers)), key=lambda at: (bool(unreadable[first[at]]), -sizes[at], first[at]))
    of_beat = np.zeros(len(groups), dtype=np.int16)
    families = []
    for index, at in enumerate(order):
        beats = np.flatnonzero(groups == numbers[at])
        of_beat[beats] = index
        mean_mv, median_mv = _pictures(waves, beats)
        label, certainty = _majority(beats, probabilities, labels)
        centre = points[beats].mean(axis=0)
        families.append(
            Family(
                index=index,
                n_beats=len(beats),
                unreadable=bool(unreadable[beats[0]]),
                mean_mv=mean_mv,
                median_mv=median_mv,
                before=float(np.exp(timing.before[beats]).mean()),
                after=float(np.exp(timing.after[beats]).mean()),
                label=label,
                certainty=certainty,
                typical_sample=int(samples[beats[((points[beats] - centre) ** 2).sum(axis=1).argmin()]]),
            )
        )
    return Families(of_beat, tuple(families), offsets_s, lead_names)


def majority(labels: npt.ArrayLike) -> str | None:
    """Return the class that most labels have, the first of `CLASSES` among equals; None of nothing."""
    letters = np.asarray(labels, dtype=str)
    if not len(letters):
        return None
    return max(CLASSES, key=lambda letter: (int((letters == letter).sum()), -CLASSES.index(letter)))


def _majority(
    beats: npt.NDArray[np.int64],
    probabilities: npt.NDArray[np.floating] | None,
    labels: npt.NDArray[np.str_] | None,
) -> tuple[str | None, float | None]:
    """Return the class that most of the beats have, and how certain it is."""
    if labels is None:
        return None, None
    named = labels[beats]
    named = named[named != ""]
    label = majority(named)
    if label is None:
        return None, None
    if probabilities is not None:
        of_label = np.asarray(probabilities)[beats, CLASSES.index(label)]
        known = np.isfinite(of_label)
        if known.any():
            return label, float(of_label[known].mean())
    return label, float((named == label).mean())


def _pictures(waves: Waves, beats: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return mean and median beat in mV, each of shape (leads, samples)."""
    if len(beats) > _BEATS_OF_A_PICTURE:
        beats = beats[np.linspace(0, len(beats) - 1, _BEATS_OF_A_PICTURE).astype(np.int64)]
    stack = waves.wave[beats].astype(np.float32)
    height = waves.height_mv[:, None]
    return stack.mean(axis=0) * height, np.median(stack, axis=0) * height
