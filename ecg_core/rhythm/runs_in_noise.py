"""Runs of V by their classes alone, in a signal that the rhythm model takes for noise: possible, and not named, VT."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import BoolArray
from ecg_core.rhythm.rhythm_classes import IS_VENTRICULAR, RHYTHM_CLASSES
from ecg_core.rhythm.signal_precedence import Row

NOISE: Final = 0.05
"""Probability of noise in some second of a run from which the run is doubted.

In the runs of V that the annotators of MIT-BIH and SVDB marked it stays below; in three of four of those found in added
electrode motion it is above.
"""

VENTRICULAR: Final = 0.1
"""Probability of VT or VF from which the rhythm model bears a run out, whatever it takes for noise."""


@dataclass(frozen=True)
class RhythmDoubt:
    """What the rhythm model says that may cast doubt on a run.

    Attributes
    ----------
    noise, ventricular : ndarray of float32, shape (seconds,)
        Probability of noise, and of VT or VF.
    """

    noise: npt.NDArray[np.float32]
    ventricular: npt.NDArray[np.float32]

    @classmethod
    def of(cls, probabilities: npt.NDArray[np.float32]) -> RhythmDoubt:
        """Take it from the model's probabilities, shape (seconds, 8)."""
        ventricular = probabilities[:, IS_VENTRICULAR].sum(axis=1)
        return cls(probabilities[:, RHYTHM_CLASSES.index("NOISE")], ventricular)

    def seconds(self) -> BoolArray:
        """Tell in which seconds noise is likelier than VT or VF; shape (seconds,)."""
        return (self.noise >= NOISE) & (self.noise > self.ventricular)


def doubted(rows: Iterable[Row], doubt: RhythmDoubt, fs_hz: float) -> Iterator[Row]:
    """Yield the rows of the beats' episodes, with VT in noise as possible VT or VF.

    Parameters
    ----------
    rows : iterable of Row
        Of the beats alone.
    doubt : RhythmDoubt
    fs_hz : float

    Yields
    ------
    Row
    """
    noisy = doubt.seconds()
    for row in rows:
        start, stop, kind, n_beats, rate_bpm, reason, source = row
        inside = slice(int(start / fs_hz), int(np.ceil(stop / fs_hz)))
        if kind == "VT" and noisy[inside].any() and doubt.ventricular[inside].max() < VENTRICULAR:
            told = f"{reason}, but rhythm model {float(doubt.noise[inside].max()):.0%} noise"
            yield (start, stop, "POSSIBLE_VT", n_beats, rate_bpm, told, source)
        else:
            yield row
