"""Slow rhythms of the body: respiration, Mayer waves and the time of day.

All are closed functions of time, sums of tones with random frequencies and phases, so that any span of a
recording of any length can be computed on its own and always comes out the same.

The tachogram follows ECGSYN: a high-frequency band at the respiratory rate and a low-frequency band at
0.1 Hz (Mayer waves) with an LF/HF ratio of 0.5 (McSharry et al. 2003, doi:10.1109/TBME.2003.808805), plus a
weaker very slow wander. ECGSYN draws the high band from a Gaussian spectrum; here respiration itself drives
it, so that intervals, amplitudes and baseline breathe together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float64Array
from ecg_core.synthesis.scenario import Scenario, random_stream

LF_HF_RATIO = 0.5
MAYER_HZ = 0.1


@dataclass(frozen=True)
class Tones:
    """A sum of cosines with variance one.

    Attributes
    ----------
    frequency_hz, phase_rad : ndarray of float, shape (tones,)
    """

    frequency_hz: Float64Array
    phase_rad: Float64Array

    def at(self, time_s: npt.ArrayLike) -> Float64Array:
        """Return the sum at each time, shape of `time_s`."""
        time = np.asarray(time_s, dtype=np.float64)
        if time.ndim == 0:  # asked for beat by beat, where a loop over tones would cost the most
            total = np.cos(2 * np.pi * self.frequency_hz * time + self.phase_rad).sum()
            return np.asarray(total * math.sqrt(2 / len(self.frequency_hz)))
        total = np.zeros(time.shape)
        for frequency, phase in zip(self.frequency_hz, self.phase_rad, strict=True):
            total += np.cos(2 * np.pi * frequency * time + phase)
        return total * math.sqrt(2 / len(self.frequency_hz))


def band_of_tones(rng: np.random.Generator, n_tones: int, low_hz: float, high_hz: float) -> Tones:
    """Draw tones spread evenly, with jitter, over a frequency band.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    n_tones : int
        Number of tones.
    low_hz : float
        Lower end of the band in Hz.
    high_hz : float
        Upper end of the band in Hz.

    Returns
    -------
    Tones
    """
    steps = (np.arange(n_tones) + rng.random(n_tones)) / n_tones
    return Tones(low_hz + (high_hz - low_hz) * steps, 2 * np.pi * rng.random(n_tones))


class Modulation:
    """Respiration and heart-rate variability of one synthetic person.

    Parameters
    ----------
    scenario : Scenario
    seed : int
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        rng = random_stream(scenario, seed, "modulation")
        self.respiration_hz = float(rng.uniform(0.22, 0.28))
        self._drift = band_of_tones(rng, 3, 0.005, 0.03)
        self._depth = band_of_tones(rng, 3, 0.01, 0.04)
        self._mayer = band_of_tones(rng, 9, MAYER_HZ - 0.02, MAYER_HZ + 0.02)
        self._slow = band_of_tones(rng, 5, 0.003, 0.03)
        self._hours = band_of_tones(rng, 5, 1 / 5400, 1 / 600)
        self._start_clock_h = scenario.start_clock_h

    def respiration(self, time_s: npt.ArrayLike) -> Float64Array:
        """Return respiration, about -1 (expired) to 1 (inspired), at each time."""
        time = np.asarray(time_s, dtype=np.float64)
        phase = 2 * np.pi * self.respiration_hz * time + 0.9 * self._drift.at(time)
        return (1 + 0.15 * self._depth.at(time)) * np.sin(phase)

    def drift(self, time_s: float) -> float:
        """Return the very slow component of the rate, over minutes, with a standard deviation of one."""
        return float(self._slow.at(time_s))

    def variability(self, time_s: float) -> float:
        """Return the relative deviation of the RR interval, with a standard deviation of about one."""
        high = math.sqrt(2) * float(self.respiration(time_s))
        low = math.sqrt(LF_HF_RATIO) * float(self._mayer.at(time_s))
        return (-high + low + 0.4 * self.drift(time_s)) / math.sqrt(1 + LF_HF_RATIO + 0.16)

    def circadian_bpm(self, time_s: float) -> float:
        """Return by how much the time of day and daily life move the sinus rate; 0 without a clock.

        Slowest at three in the morning, fastest at three in the afternoon.
        """
        if self._start_clock_h is None:
            return 0.0
        clock_h = self._start_clock_h + time_s / 3600
        day = math.cos(2 * math.pi * (clock_h - 15) / 24)
        return 12 * day + (3.5 + 1.5 * day) * float(self._hours.at(time_s))
