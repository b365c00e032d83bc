"""Wave boundaries of every beat in every lead, and those of the beat as a whole.

Boundaries are kept as offsets from the beat in samples, so that 24 hours of three leads take 6 MB. A wave that is
looked for and not there is absent; a lead that cannot be read at a beat is not assessed. The two are never the same
answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

BOUNDARIES: Final = ("p_on", "p_peak", "p_off", "qrs_on", "qrs_peak", "qrs_off", "t_on", "t_peak", "t_off")
"""Order of the boundaries in :attr:`Waves.offset`."""

WAVES: Final = ("P", "QRS", "T")
"""Each has three consecutive boundaries."""

ABSENT: Final = np.iinfo(np.int16).min
"""Offset of a boundary of a wave that is not there."""


@dataclass(frozen=True)
class Waves:
    """Onset, peak and end of the P wave, QRS complex and T wave.

    Attributes
    ----------
    beat : ndarray of int64, shape (beats,)
        Samples of the beats, increasing.
    lead_names : tuple of str, length leads
    offset : ndarray of int16, shape (beats, leads, 9)
        Boundaries of each lead, in the order of `BOUNDARIES`: samples after the beat, `ABSENT` where there is no wave
        or the lead was not assessed.
    confidence : ndarray of float32, shape (beats, leads, 3)
        Of each wave in the order of `WAVES`: probability that it is as stated, present or absent; NaN where the lead
        was not assessed.
    assessed : ndarray of bool, shape (beats, leads)
        Whether a lead can be read around the beat. Where it cannot, nothing is known of its waves.
    common : ndarray of int16, shape (beats, 9)
        Boundaries of the beat in all leads together: the earliest onset and the latest end on which leads agree. Peaks
        are those of the lead in which the wave is largest.
    unconducted_p : ndarray of int64, shape (waves, 3)
        Onset, peak and end, in samples, of the P waves that no QRS complex follows in time, in all leads together.
    """

    beat: npt.NDArray[np.int64]
    lead_names: tuple[str, ...]
    offset: npt.NDArray[np.int16]
    confidence: npt.NDArray[np.float32]
    assessed: npt.NDArray[np.bool_]
    common: npt.NDArray[np.int16]
    unconducted_p: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 3), dtype=np.int64))

    def __post_init__(self) -> None:
        n_beats, n_leads = len(self.beat), len(self.lead_names)
        wanted = {
            "offset": (n_beats, n_leads, len(BOUNDARIES)),
            "confidence": (n_beats, n_leads, len(WAVES)),
            "assessed": (n_beats, n_leads),
            "common": (n_beats, len(BOUNDARIES)),
            "unconducted_p": (len(self.unconducted_p), 3),
        }
        for name, shape in wanted.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} has shape {getattr(self, name).shape}, not {shape}.")

    def __len__(self) -> int:
        return len(self.beat)

    def sample_of(self, boundary: str, lead: int | None = None) -> npt.NDArray[np.float64]:
        """Return the sample of one boundary in each beat.

        Parameters
        ----------
        boundary : str
            One of `BOUNDARIES`.
        lead : int, optional
            Index of a lead; the boundary of all leads together by default.

        Returns
        -------
        ndarray of float64, shape (beats,)
            Whole numbers; NaN where the wave is absent or was not assessed.
        """
        column = BOUNDARIES.index(boundary)
        offset = self.common[:, column] if lead is None else self.offset[:, lead, column]
        return np.where(offset == ABSENT, np.nan, self.beat + offset.astype(np.float64))

    def interval_ms(self, start: str, stop: str, fs_hz: float, lead: int | None = None) -> npt.NDArray[np.float64]:
        """Return the time from one boundary to another in each beat.

        Parameters
        ----------
        start, stop : str
            Of `BOUNDARIES`.
        fs_hz : float
            Sampling rate in Hz.
        lead : int, optional
            Index of a lead; the boundaries of all leads together by default.

        Returns
        -------
        ndarray of float64, shape (beats,)
            Milliseconds; NaN where either boundary is missing.
        """
        return (self.sample_of(stop, lead) - self.sample_of(start, lead)) * 1000 / fs_hz

    def common_samples(self) -> npt.NDArray[np.float64]:
        """Return the samples of all boundaries of all leads together, shape (beats, 9); NaN where absent."""
        return np.stack([self.sample_of(boundary) for boundary in BOUNDARIES], axis=1)

    def at(self, samples: npt.NDArray[np.int64]) -> Waves:
        """Return the waves of other beats: those at the same samples are the same, of the others nothing is known.

        Parameters
        ----------
        samples : ndarray of int64, shape (beats,)
            Increasing.

        Returns
        -------
        Waves
        """
        if np.array_equal(samples, self.beat):
            return self
        result = replace(no_waves(samples, self.lead_names), unconducted_p=self.unconducted_p)
        if not len(self.beat):
            return result
        place = np.minimum(np.searchsorted(self.beat, samples), len(self.beat) - 1)
        same = np.flatnonzero(self.beat[place] == samples)
        for name in ("offset", "confidence", "assessed", "common"):
            getattr(result, name)[same] = getattr(self, name)[place[same]]
        return result

    def of_beats(self, chosen: npt.NDArray[Any]) -> Waves:
        """Return the waves of some of the beats.

        Parameters
        ----------
        chosen : ndarray of bool or int
            Index into the beats.

        Returns
        -------
        Waves
        """
        return replace(
            self,
            beat=self.beat[chosen],
            offset=self.offset[chosen],
            confidence=self.confidence[chosen],
            assessed=self.assessed[chosen],
            common=self.common[chosen],
        )


def no_waves(beat: npt.NDArray[np.int64], lead_names: tuple[str, ...]) -> Waves:
    """Return waves of which nothing was assessed.

    Parameters
    ----------
    beat : ndarray of int64, shape (beats,)
        Samples of the beats.
    lead_names : tuple of str
        Names of the leads.

    Returns
    -------
    Waves
    """
    shape = (len(beat), len(lead_names))
    return Waves(
        np.asarray(beat, dtype=np.int64),
        lead_names,
        np.full((*shape, len(BOUNDARIES)), ABSENT, dtype=np.int16),
        np.full((*shape, len(WAVES)), np.nan, dtype=np.float32),
        np.zeros(shape, dtype=bool),
        np.full((len(beat), len(BOUNDARIES)), ABSENT, dtype=np.int16),
    )
