"""Perturbations of a recording, each as a ladder of steps: noise, wander, gain, a lead that is off, a lower rate.

The beats stay where they are: what is tested is what a model says of them, not how they are found. The signal-to-noise
ratio is that of the MIT-BIH Noise Stress Test Database: signal power is the squared peak-to-peak height of the QRS
complexes, divided by 8, which is that of a sine of this height.

References
----------
Moody GB, Muldrow WE, Mark RG. A noise stress test for arrhythmia detectors. Computers in Cardiology 1984; 11: 381-384.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array, Float64Array, Int64Array
from ecg_core.recording import Recording, from_array
from ecg_core.signal.resampling import resample

SEED: Final = 1
MIN_RATE_HZ: Final = 20.0
"""A lower rate keeps nothing of a QRS complex."""

_QRS_HALF_S: Final = 0.05
_WANDER_HZ: Final = (0.15, 0.28, 0.4)
_OFF_PERIOD_S: Final = 20.0


@dataclass(frozen=True)
class Ladder:
    """A kind of perturbation and its steps, the gentlest first.

    Attributes
    ----------
    kind : str
        Key of the kind.
    title : str
        What is done to the signal.
    levels : tuple of float
        Level of each step.
    text : str
        Format of a level for people.
    none : float
        Level at which the signal stays as it is.
    """

    kind: str
    title: str
    levels: tuple[float, ...]
    text: str
    none: float

    def say(self, level: float) -> str:
        """Return a level for people."""
        return self.text.format(level).replace("%", " %").replace("-", "−")


NOISE: Final = Ladder("noise", "White noise", (24.0, 18.0, 12.0, 6.0, 0.0), "{:g} dB", np.inf)
WANDER: Final = Ladder("wander", "Baseline wander", (6.0, 0.0, -6.0, -12.0, -18.0), "{:g} dB", np.inf)
GAIN: Final = Ladder("gain", "Lower gain", (0.7, 0.5, 0.25, 0.1), "× {:g}", 1.0)
LEAD_OFF: Final = Ladder("lead_off", "First lead off, share of the time", (0.1, 0.25, 0.5, 1.0), "{:.0%}", 0.0)
RATE: Final = Ladder("rate", "Lower sampling rate", (180.0, 125.0, 90.0, 60.0, 40.0), "{:g} Hz", np.inf)
LADDERS: Final = (NOISE, WANDER, GAIN, LEAD_OFF, RATE)


def ladders_for(recording: Recording) -> tuple[Ladder, ...]:
    """Return the ladders whose steps change a recording: no rate that is not below its own.

    Parameters
    ----------
    recording : Recording
        The recording.

    Returns
    -------
    tuple of Ladder
    """
    found = []
    for ladder in LADDERS:
        levels = ladder.levels if ladder != RATE else tuple(hz for hz in RATE.levels if hz < recording.fs_hz)
        if levels:
            found.append(Ladder(ladder.kind, ladder.title, levels, ladder.text, ladder.none))
    return tuple(found)


def perturbed(
    recording: Recording, samples: Int64Array, kind: str, level: float, seed: int = SEED
) -> tuple[Recording, Int64Array]:
    """Return a recording changed by one step of a ladder, and its beats.

    Parameters
    ----------
    recording : Recording
        The recording; all of it is read.
    samples : ndarray of int64, shape (beats,)
        Beat positions in samples.
    kind : {"noise", "wander", "gain", "lead_off", "rate"}
        What is done.
    level : float
        Signal-to-noise ratio in dB; gain; share of the time in which the first lead is off; sampling rate in Hz.
    seed : int
        Of the noise: each step of a ladder adds the same noise, scaled.

    Returns
    -------
    Recording
        In memory.
    ndarray of int64, shape (beats,)
        Beat positions, at the new rate where that is lower.

    Raises
    ------
    ValueError
        If there is no such kind, or the level is beyond its range.
    """
    if kind == RATE.kind:
        return _at_rate(recording, samples, level)
    if kind not in _CHANGES:
        raise ValueError(f"There is no perturbation {kind!r}; there are {', '.join(one.kind for one in LADDERS)}.")
    signal_mv = recording.read()
    changed = _CHANGES[kind](signal_mv.copy(), recording.fs_hz, samples, level, np.random.default_rng(seed))
    return from_array(changed, recording.fs_hz, recording.lead_names), samples


def qrs_height_mv(signal_mv: Float32Array, fs_hz: float, samples: Int64Array) -> Float64Array:
    """Return the median peak-to-peak height of the QRS complexes in each lead.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        The signal.
    fs_hz : float
        Sampling rate in Hz.
    samples : ndarray of int64, shape (beats,)
        Beat positions in samples.

    Returns
    -------
    ndarray of float64, shape (leads,)
        Zero in a lead without signal at the beats.
    """
    half = max(1, round(_QRS_HALF_S * fs_hz))
    inside = samples[(samples >= half) & (samples < len(signal_mv) - half)]
    if not len(inside):
        return np.zeros(signal_mv.shape[1])
    windows = signal_mv[inside[:, None] + np.arange(-half, half + 1)]
    heights = np.nanmedian(np.nan_to_num(windows.max(axis=1) - windows.min(axis=1)), axis=0)
    return np.asarray(heights, dtype=np.float64)


def _noise_rms(signal_mv: Float32Array, fs_hz: float, samples: Int64Array, snr_db: float) -> Float64Array:
    """Return the root mean square of the noise of a signal-to-noise ratio, for each lead."""
    power = qrs_height_mv(signal_mv, fs_hz, samples) ** 2 / 8
    return np.asarray(np.sqrt(power / 10 ** (snr_db / 10)))


def _with_noise(
    signal_mv: Float32Array, fs_hz: float, samples: Int64Array, level: float, rng: np.random.Generator
) -> Float32Array:
    rms = _noise_rms(signal_mv, fs_hz, samples, level)
    return (signal_mv + rms * rng.standard_normal(signal_mv.shape)).astype(np.float32)


def _with_wander(
    signal_mv: Float32Array, fs_hz: float, samples: Int64Array, level: float, rng: np.random.Generator
) -> Float32Array:
    rms = _noise_rms(signal_mv, fs_hz, samples, level)
    phase = 2 * np.pi * rng.random((len(_WANDER_HZ), 1, signal_mv.shape[1]))
    time_s = (np.arange(len(signal_mv)) / fs_hz)[:, None]
    tones = [np.sin(2 * np.pi * hz * time_s + phase[place]) for place, hz in enumerate(_WANDER_HZ)]
    # A tone of amplitude 1 has the power 1/2.
    return (signal_mv + rms * np.sqrt(2 / len(tones)) * np.sum(tones, axis=0)).astype(np.float32)


def _with_gain(
    signal_mv: Float32Array, fs_hz: float, samples: Int64Array, level: float, rng: np.random.Generator
) -> Float32Array:
    return (signal_mv * np.float32(level)).astype(np.float32)


def _with_lead_off(
    signal_mv: Float32Array, fs_hz: float, samples: Int64Array, level: float, rng: np.random.Generator
) -> Float32Array:
    if not 0 <= level <= 1:
        raise ValueError(f"A lead is off for a share of the time from 0 to 1, not {level:g}.")
    # The end of each period is off, so that what one step takes away the next one takes away, too.
    phase = (np.arange(len(signal_mv)) / fs_hz) % _OFF_PERIOD_S
    signal_mv[phase >= (1 - level) * _OFF_PERIOD_S, 0] = 0
    return signal_mv


def _at_rate(recording: Recording, samples: Int64Array, level: float) -> tuple[Recording, Int64Array]:
    if level >= recording.fs_hz:
        return recording, samples
    if level < MIN_RATE_HZ:
        raise ValueError(f"A sampling rate of {level:g} Hz is too low; the lowest is {MIN_RATE_HZ:g} Hz.")
    lower = from_array(resample(recording.read(), recording.fs_hz, level), level, recording.lead_names)
    moved = np.round(samples * (level / recording.fs_hz)).astype(np.int64)
    return lower, np.minimum(moved, lower.n_samples - 1)


_Change = Callable[
    [Float32Array, float, npt.NDArray[np.int64], float, np.random.Generator],
    Float32Array,
]
_CHANGES: Final[dict[str, _Change]] = {
    NOISE.kind: _with_noise,
    WANDER.kind: _with_wander,
    GAIN.kind: _with_gain,
    LEAD_OFF.kind: _with_lead_off,
}
