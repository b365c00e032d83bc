"""Disturbing training examples: gain, polarity, wander, noise, stretched time, shifted fiducial points, absent leads.

Everything happens batch by batch on training patients alone; no disturbed copy exists before patients were divided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array
from ecg_core.training.limits import require
from ecg_core.training.noise import NoiseBank


@dataclass(frozen=True)
class Augmentation:
    """How much a training example is disturbed.

    Attributes
    ----------
    shift_common, shift_alone : int
        Samples by which beat and dominant beat move together, and the beat alone: detected peaks are not references.
    log_gain : float
        Standard deviation of the logarithm of a lead's gain.
    wander, noise : float
        Largest amplitude of slow wander and of noise, in QRS heights.
    recorded_noise : float
        Largest deviation of recorded noise (`~ecg_core.training.noise.NoiseBank`), in QRS heights.
    stretch : float
        Largest share by which time is stretched or squeezed around the fiducial point.
    flip : float
        Share of leads with reversed polarity.
    one_lead : float
        Share of batches that see a single lead.
    rr_scatter : float
        Standard deviation added to each RR feature.
    """

    shift_common: int = 5
    shift_alone: int = 2
    log_gain: float = 0.15
    wander: float = 0.15
    noise: float = 0.08
    recorded_noise: float = 0.0
    stretch: float = 0.0
    flip: float = 0.15
    one_lead: float = 0.5
    rr_scatter: float = 0.02

    def __post_init__(self) -> None:
        """Refuse what leaves nothing of a beat."""
        for name in ("shift_common", "shift_alone"):
            require(f"augmentation.{name}", getattr(self, name), 0, 50)
        for name in ("log_gain", "wander", "noise", "recorded_noise", "rr_scatter"):
            require(f"augmentation.{name}", getattr(self, name), 0, 10)
        require("augmentation.stretch", self.stretch, 0, 0.5)
        for name in ("flip", "one_lead"):
            require(f"augmentation.{name}", getattr(self, name), 0, 1)


STILL = Augmentation(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""Disturbs nothing."""

MILD = replace(STILL, shift_alone=3, log_gain=0.15, wander=0.15, noise=0.08, stretch=0.05, rr_scatter=0.02)
"""For a single lead whose polarity is what it is."""


def gains(shape: tuple[int, ...], augmentation: Augmentation, rng: np.random.Generator) -> Float32Array:
    """Draw random gains, a share of them negative.

    Parameters
    ----------
    shape : tuple of int
        Shape of the result.
    augmentation : Augmentation
        Ranges of the gains, and the share of inverted polarity.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float32, shape `shape`
        Factors of the amplitude.
    """
    factors = np.exp(rng.normal(0, augmentation.log_gain, shape))
    factors *= np.where(rng.random(shape) < augmentation.flip, -1.0, 1.0)
    return factors.astype(np.float32)


def disturbance(
    shape: tuple[int, int, int], augmentation: Augmentation, rng: np.random.Generator, bank: NoiseBank | None = None
) -> npt.NDArray[np.float64]:
    """Draw wander and noise, in QRS heights.

    Parameters
    ----------
    shape : (examples, leads, samples)
        Shape of the result.
    augmentation : Augmentation
        Random changes of the signal.
    rng : Generator
        Source of randomness.
    bank : NoiseBank, optional
        Recorded noise; without it there is none, however large `recorded_noise`.
    """
    n, n_leads, length = shape
    time = np.linspace(0, 1, length)[None, None, :]
    phase, cycles = rng.random((2, n, n_leads, 1))
    size = augmentation.wander * rng.random((n, n_leads, 1)) ** 2
    added = size * np.sin(2 * np.pi * (phase + (0.2 + cycles) * time))
    noise = rng.standard_normal(shape)
    noise[..., 1:] = 0.6 * noise[..., 1:] + 0.4 * noise[..., :-1]
    added += augmentation.noise * rng.random((n, n_leads, 1)) ** 2 * noise
    if bank is not None and augmentation.recorded_noise:
        drawn = bank.stretches(n * n_leads, length, rng).reshape(shape)
        added += augmentation.recorded_noise * rng.random((n, n_leads, 1)) ** 2 * drawn
    return np.asarray(added)


def resampled(wave: Float32Array, position: npt.NDArray[np.floating]) -> Float32Array:
    """Read windows at fractional positions, linearly between samples; beyond the ends, the end's value.

    Parameters
    ----------
    wave : ndarray, shape (examples, leads, samples)
        Windows.
    position : ndarray, shape (examples, new samples)
        Positions to read, in samples of the window.
    """
    position = np.clip(position, 0, wave.shape[2] - 1)
    below = np.minimum(position.astype(int), max(wave.shape[2] - 2, 0))
    share = (position - below)[:, None, :].astype(np.float32)
    row, lead = np.arange(wave.shape[0])[:, None, None], np.arange(wave.shape[1])[None, :, None]
    above = np.minimum(below + 1, wave.shape[2] - 1)
    return np.asarray(wave[row, lead, below[:, None]] * (1 - share) + wave[row, lead, above[:, None]] * share)


def stretches(n: int, augmentation: Augmentation, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Draw a factor of time for each example.

    Parameters
    ----------
    n : int
        Number of examples.
    augmentation : Augmentation
        Range of the factors.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float64, shape (n, 1)
        Factors of duration.
    """
    return 1 + augmentation.stretch * rng.uniform(-1, 1, (n, 1))


def disturbed_arrays(
    arrays: Mapping[str, Float32Array],
    waves: Mapping[str, int],
    augmentation: Augmentation,
    rng: np.random.Generator,
    bank: NoiseBank | None = None,
) -> dict[str, Float32Array]:
    """Disturb the prepared inputs of a textbook model.

    Parameters
    ----------
    arrays : mapping of str to ndarray, first axis examples
        Inputs by name.
    waves : mapping of str to int
        The inputs that are waveforms, and the sample of their fiducial point. Their last axis but a channel of one
        is time, and what lies between counts as leads.
    augmentation : Augmentation
        Random changes of the signal.
    rng : Generator
        Source of randomness.
    bank : NoiseBank, optional
        Recorded noise to mix in.
    """
    changed = dict(arrays)
    for name, fiducial in waves.items():
        given = arrays[name]
        wave = given[..., 0] if given.shape[-1] == 1 else given
        wave = wave[:, None] if wave.ndim == 2 else wave
        n, n_leads, length = wave.shape
        shift = rng.integers(-augmentation.shift_alone, augmentation.shift_alone + 1, (n, 1))
        if augmentation.stretch or augmentation.shift_alone:
            position = fiducial + (np.arange(length)[None] - fiducial) * stretches(n, augmentation, rng) + shift
            wave = resampled(wave, position)
        height = np.ptp(wave, axis=2, keepdims=True)
        wave = wave * gains((n, n_leads, 1), augmentation, rng)
        wave = wave + height * disturbance((n, n_leads, length), augmentation, rng, bank)
        changed[name] = np.asarray(wave, np.float32).reshape(given.shape)
    if "rr" in changed and augmentation.rr_scatter:
        scatter = rng.normal(0, augmentation.rr_scatter, changed["rr"].shape)
        changed["rr"] = (changed["rr"] + scatter).astype(np.float32)
    return changed
