"""Heart-rate turbulence: how sinus rhythm responds to single ventricular beats.

References
----------
Schmidt G, Malik M, Barthel P, et al. Heart-rate turbulence after ventricular premature beats as a predictor of
mortality after acute myocardial infarction. Lancet 1999; 353: 1390-1396.
Bauer A, Malik M, Schmidt G, et al. Heart rate turbulence: standards of measurement, physiological interpretation, and
clinical use. ISHNE consensus. J Am Coll Cardiol 2008; 52: 1353-1365.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ecg_core.arrays import BoolArray, Float64Array
from ecg_core.rhythm.hrv.nn_intervals import NNIntervals
from ecg_core.rhythm.intervals import Intervals

BEFORE: Final = 5
"""Sinus intervals before the coupling interval: their mean is the reference."""

AFTER: Final = 15
"""Sinus intervals after the compensatory pause (Schmidt 1999 looked for the slope in 20, the consensus in 15)."""

FEWEST: Final = 5
"""Ventricular beats without which turbulence is not given (consensus 2008)."""

PREMATURITY: Final = 0.2
"""By which share of the reference a beat must come early, and the pause after it be long."""

_LONGEST_S, _SHORTEST_S = 2.0, 0.3
_LARGEST_STEP_S: Final = 0.2
_LARGEST_DEVIATION: Final = 0.2
_SLOPE_BEATS: Final = 5


@dataclass(frozen=True)
class Turbulence:
    """Heart-rate turbulence of a recording.

    Attributes
    ----------
    onset_percent : float or None
        Mean over the ventricular beats; below 0 is normal.
    slope_ms : float or None
        Steepest rise over five intervals of the mean course, in ms per interval; above 2.5 is normal.
    n_beats : int
        Ventricular beats that it rests on.
    n_ventricular : int
        All ventricular beats.
    reason : str
        Why there are no values.
    """

    onset_percent: float | None
    slope_ms: float | None
    n_beats: int
    n_ventricular: int
    reason: str = ""

    @property
    def category(self) -> int | None:
        """HRT category: 0 both normal, 1 one abnormal, 2 both abnormal."""
        if self.onset_percent is None or self.slope_ms is None:
            return None
        return int(self.onset_percent >= 0) + int(self.slope_ms <= 2.5)


def turbulence(given: Intervals, intervals: NNIntervals) -> Turbulence:
    """Measure heart-rate turbulence.

    A ventricular beat counts if five N-N intervals lead to its coupling interval and fifteen follow its pause without
    a gap; if it comes 20 % or more early and its pause is 20 % or more longer than the reference; and if no N-N
    interval is shorter than 0.3 s or longer than 2 s, differs from the one before by more than 0.2 s or from the
    reference by more than 20 % (before the beat).

    Parameters
    ----------
    given : Intervals
        Beats and intervals.
    intervals : NNIntervals
        The same intervals with the reason why each does not count.

    Returns
    -------
    Turbulence
    """
    ventricular = np.flatnonzero(given.labelled_as("V"))
    courses = []
    for beat in ventricular:
        course = _course(given.rr_s, given.readable, intervals.normal, int(beat))
        if course is not None:
            courses.append(course)
    if len(courses) < FEWEST:
        reason = f"{len(courses)} of {len(ventricular)} ventricular beats can be used, {FEWEST} are needed"
        return Turbulence(None, None, len(courses), len(ventricular), reason)
    table = 1000 * np.array(courses)
    before, after = table[:, BEFORE - 2 : BEFORE].sum(axis=1), table[:, BEFORE : BEFORE + 2].sum(axis=1)
    onset = float(np.mean(100 * (after - before) / before))
    mean = table[:, BEFORE:].mean(axis=0)
    slope = max(
        float(np.polyfit(np.arange(_SLOPE_BEATS), mean[at : at + _SLOPE_BEATS], 1)[0])
        for at in range(AFTER - _SLOPE_BEATS + 1)
    )
    return Turbulence(onset, slope, len(courses), len(ventricular))


def _course(rr_s: Float64Array, readable: BoolArray, normal: BoolArray, beat: int) -> Float64Array | None:
    """Return the intervals before a ventricular beat and after its pause; None where it does not count."""
    first, last = beat - 1 - BEFORE, beat + 1 + AFTER
    if first < 0 or last > len(rr_s) or not readable[beat - 1 : beat + 1].all():
        return None
    before, after = slice(first, beat - 1), slice(beat + 1, last)
    if not (normal[before].all() and normal[after].all()):
        return None
    reference = rr_s[before].mean()
    if rr_s[beat - 1] > (1 - PREMATURITY) * reference or rr_s[beat] < (1 + PREMATURITY) * reference:
        return None
    course = np.concatenate((rr_s[before], rr_s[after]))
    if course.min() < _SHORTEST_S or course.max() > _LONGEST_S:
        return None
    if np.abs(rr_s[before] - reference).max() > _LARGEST_DEVIATION * reference:
        return None
    if max(np.abs(np.diff(rr_s[part])).max() for part in (before, after)) > _LARGEST_STEP_S:
        return None
    return course
