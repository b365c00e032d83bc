"""Beats of a recording into families: the whole pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.beats import CLASSES
from ecg_core.recording import Recording
from ecg_core.templates.describing import describe_families
from ecg_core.templates.families import Families
from ecg_core.templates.features import Weights
from ecg_core.templates.grouping import group_points
from ecg_core.templates.space import BeatSpace, beat_space

MAX_FAMILIES: Final = 12
"""What a person looks through in a minute; together they hold every beat, so that nothing is left to odd ends."""

_CUTTING_SHARE: Final = 0.7


def group_beats(
    recording: Recording,
    samples: npt.ArrayLike,
    quality: npt.NDArray[np.uint8] | None = None,
    probabilities: npt.NDArray[np.floating] | None = None,
    progress: Callable[[float], None] | None = None,
    *,
    labels: npt.ArrayLike | None = None,
    most_families: int = MAX_FAMILIES,
    weights: Weights | None = None,
    space: BeatSpace | None = None,
) -> Families:
    """Group a recording's beats by shape and timing, in bounded memory and always to the same result.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : array_like of int, shape (beats,)
        Strictly increasing, within the recording.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Grades; beats at which no lead can be read make a family of their own.
    probabilities : ndarray, shape (beats, 5), optional
        Of the classes `ecg_core.beats.CLASSES`: what a classifier says keeps unlike beats apart where shape and
        timing alone would not.
    progress : callable, optional
        Called with the share done, 0 to 1.
    labels : array_like of str, shape (beats,), optional
        Classes, e.g. as a person has corrected them; they name the families but do not shape them. The most
        probable ones by default.
    most_families : int
        At least 2.
    weights : Weights, optional
        Weights of shape, timing and class in the distance.
    space : BeatSpace, optional
        What :func:`~ecg_core.templates.space.beat_space` gives for these beats, where it is known already.

    Returns
    -------
    Families
        At most `most_families`, which hold every beat. The same partition comes out whatever the gain, the polarity
        or the order of the leads.

    Raises
    ------
    ValueError
        If samples, probabilities, labels or the space do not fit each other or the recording.
    """
    sample, given = _checked(recording, samples, probabilities, labels, most_families)
    if space is not None and len(space.points) != len(sample):
        raise ValueError("Each beat needs its place in the space.")
    report = progress or (lambda _: None)
    if space is None:
        space = beat_space(recording, sample, quality, lambda share: report(_CUTTING_SHARE * share), weights)
    kept = np.flatnonzero(~space.lost)
    groups = np.full(len(sample), -1, dtype=np.int64)
    if len(kept):
        groups[kept] = group_points(
            space.points[kept],
            most_families - bool(space.lost.any()),
            None if probabilities is None else probabilities[kept],
        )
    families = describe_families(sample, groups, space, recording.lead_names, probabilities, given)
    report(1.0)
    return families


def _checked(
    recording: Recording,
    samples: npt.ArrayLike,
    probabilities: npt.NDArray[np.floating] | None,
    labels: npt.ArrayLike | None,
    most_families: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.str_] | None]:
    sample = np.asarray(samples, dtype=np.int64)
    if np.any(np.diff(sample) <= 0):
        raise ValueError("Beat samples must increase strictly.")
    if len(sample) and not (sample[0] >= 0 and sample[-1] < recording.n_samples):
        raise ValueError(f"Beats must lie within the {recording.n_samples} samples of {recording.name}.")
    if probabilities is not None and probabilities.shape != (len(sample), len(CLASSES)):
        raise ValueError(f"Expected probabilities of shape {(len(sample), len(CLASSES))}.")
    given = None if labels is None else np.asarray(labels, dtype=str)
    if given is not None and len(given) != len(sample):
        raise ValueError("Each beat needs one label.")
    if most_families < 2:
        raise ValueError("At least two families are needed: readable and unreadable beats.")
    return sample, given
