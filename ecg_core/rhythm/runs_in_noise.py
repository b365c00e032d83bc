"""Runs of V by their classes alone, in noise: possible, and not named, VT.

A run is doubted where the rhythm model takes the signal for noise rather than for VT or VF, and where the leads are too
poor to tell beats by their shape and the model does not see VT or VF either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.beats import USABLE
from ecg_core.rhythm.rhythm_classes import IS_VENTRICULAR, RHYTHM_CLASSES
from ecg_core.rhythm.signal_precedence import Row
from ecg_core.rhythm.ventricular import POSSIBLE

NOISE: Final = 0.05
"""Probability of noise from which a run is doubted, if VT and VF are less likely.

Between 0.02 and 0.1 the limit changes nothing for the runs that the annotators of MIT-BIH DS1, VFDB and the Challenge
2015 marked.
"""

_BEST_LEADS: Final = 2


@dataclass(frozen=True)
class RhythmDoubt:
    """What may cast doubt on a run.

    Attributes
    ----------
    noise, ventricular : ndarray of float32, shape (seconds,)
        Probability of noise, and of VT or VF, by the rhythm model.
    grade : ndarray of float64, shape (seconds,)
        Mean quality grade of the two best leads.
    """

    noise: npt.NDArray[np.float32]
    ventricular: npt.NDArray[np.float32]
    grade: npt.NDArray[np.float64]

    @classmethod
    def of(cls, probabilities: npt.NDArray[np.float32], quality: npt.NDArray[np.uint8]) -> RhythmDoubt:
        """Build the doubt of a recording.

        Parameters
        ----------
        probabilities : ndarray of float32, shape (seconds, 8)
            Of the classes of the rhythm model.
        quality : ndarray of uint8, shape (seconds, leads)
            Quality grades.

        Returns
        -------
        RhythmDoubt
        """
        ventricular = probabilities[:, IS_VENTRICULAR].sum(axis=1)
        best = np.sort(quality, axis=1)[: len(probabilities), -_BEST_LEADS:]
        return cls(probabilities[:, RHYTHM_CLASSES.index("NOISE")], ventricular, best.mean(axis=1))

    def reason(self, first_s: int, stop_s: int) -> str | None:
        """Tell why a run is doubted.

        Parameters
        ----------
        first_s, stop_s : int
            Seconds of the run; `stop_s` is not part of it.

        Returns
        -------
        str or None
            None if it is not doubted.
        """
        inside = slice(first_s, stop_s)
        noise, ventricular = float(self.noise[inside].max()), float(self.ventricular[inside].max())
        if noise >= NOISE and noise > ventricular:
            return f"rhythm model {noise:.0%} noise"
        if ventricular < POSSIBLE and self.grade[inside].mean() < USABLE:
            return f"leads hardly readable and rhythm model {ventricular:.0%} VT or VF"
        return None


def doubted(rows: Iterable[Row], doubt: RhythmDoubt, fs_hz: float) -> Iterator[Row]:
    """Yield the rows of the beats' episodes, with VT in noise as possible VT or VF.

    Parameters
    ----------
    rows : iterable of Row
        Of the beats alone.
    doubt : RhythmDoubt
        Of the recording.
    fs_hz : float
        Sampling rate of the rows' samples in Hz.

    Yields
    ------
    Row
    """
    for row in rows:
        start, stop, kind, n_beats, rate_bpm, reason, source = row
        why = doubt.reason(int(start / fs_hz), int(np.ceil(stop / fs_hz))) if kind == "VT" else None
        if why is None:
            yield row
        else:
            yield (start, stop, "POSSIBLE_VT", n_beats, rate_bpm, f"{reason}, but {why}", source)
