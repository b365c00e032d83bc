"""Noise augmentation of the detector's training recordings: recorded noise, gain changes, lead-off.

The noise is that of the MIT-BIH Noise Stress Test Database, `bw` (baseline wander) and `ma` (muscle) only, also played
at other speeds: wander several times as fast moves like an electrode that is touched. The database's own electrode
motion `em` is what detectors are tested with and is never read here. (Synthetic jolts of an electrode, steps that
decay, were tried too: cross-validation got worse, and detection in electrode motion no better.)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array
from ecg_core.errors import SourceError
from ecg_core.training.noise import NOISE_RECORDS, open_noise

KINDS: Final = ("muscle", "wander", "fast wander", "both")
KIND_SHARES: Final = (0.35, 0.1, 0.35, 0.2)
SNR_DB: Final = (-8.0, 18.0)
"""Signal-to-noise ratios, drawn evenly; as the Noise Stress Test defines them (Moody, Muldrow, Mark 1984): the
signal's power is an eighth of the squared peak-to-peak amplitude of its QRS complexes."""

CLEAN_S: Final = (5, 60)
NOISY_S: Final = (5, 120)
GAIN_LASTS_S: Final = (60, 600)
LOG_GAIN: Final = 1.2
OFF_S: Final = (2, 40)
OFF_EVERY_S: Final = 300
MAX_WANDER: Final = 14.0


@dataclass(frozen=True)
class NoiseRecords:
    """Recorded noise, two leads each, at one rate.

    Attributes
    ----------
    tracks : dict of str to ndarray of float32, shape (samples, 2)
    fs_hz : float
    """

    tracks: dict[str, Float32Array]
    fs_hz: float

    @classmethod
    def load(cls, folder: Path, part: slice) -> NoiseRecords:
        """Read the noise records; training and validation use different thirds of them.

        Parameters
        ----------
        folder : Path
            The MIT-BIH Noise Stress Test Database.
        part : slice
            Which thirds of each record to keep.

        Returns
        -------
        NoiseRecords

        Raises
        ------
        SourceError
            If a record is missing.
        """
        recordings = open_noise(folder)
        absent = [name for name in NOISE_RECORDS if name not in recordings]
        if absent:
            raise SourceError(f"{folder} lacks the noise record {absent[0]}; the detector is trained with both.")
        tracks = {
            name: np.concatenate(np.array_split(recording.read(), 3)[part]) for name, recording in recordings.items()
        }
        fs_hz = recordings[NOISE_RECORDS[0]].fs_hz
        return cls(tracks, fs_hz)

    def draw(self, n_samples: int, fs_hz: float, rng: np.random.Generator, kind: str | None = None) -> Float32Array:
        """Draw a span of noise at random.

        Parameters
        ----------
        n_samples : int
            Length of the span.
        fs_hz : float
            Sampling rate of the span in Hz.
        rng : numpy.random.Generator
            Source of randomness.
        kind : str, optional
            One of `KINDS`; drawn by `KIND_SHARES` by default.

        Returns
        -------
        ndarray of float32, shape (n_samples, 2)
            Each lead with standard deviation 1.
        """
        kind = kind or str(rng.choice(KINDS, p=KIND_SHARES))

        def take(name: str, slowest: float, fastest: float) -> Float32Array:
            speed = np.exp(rng.uniform(np.log(slowest), np.log(fastest)))
            return self._take(name, n_samples, speed * self.fs_hz / fs_hz, rng)

        if kind == "muscle":
            noise = take("ma", 1, 1)
        elif kind == "wander":
            noise = take("bw", 1, 1)
        elif kind == "fast wander":
            noise = take("bw", 2, MAX_WANDER)
        else:
            share = rng.uniform(0.2, 0.8)
            noise = share * take("ma", 0.5, 1.5) + (1 - share) * take("bw", 1, MAX_WANDER)
        return np.asarray(noise / (noise.std(axis=0) + 1e-9), dtype=np.float32)

    def _take(self, name: str, n_samples: int, step: float, rng: np.random.Generator) -> Float32Array:
        track = self.tracks[name]
        n_read = int(n_samples * step) + 2
        start = int(rng.integers(0, max(len(track) - n_read, 1)))
        read = np.take(track, np.arange(start, start + n_read), axis=0, mode="wrap")
        at = np.arange(n_samples) * step
        whole = np.minimum(at.astype(np.int64), n_read - 2)
        part = (at - whole)[:, None]
        noise = read[whole] * (1 - part) + read[whole + 1] * part
        if rng.random() < 0.5:
            noise = noise[:, ::-1]
        noise = noise - noise.mean(axis=0)
        return np.asarray(noise / (noise.std(axis=0) + 1e-9), dtype=np.float32)


def add_noise(
    signal_mv: Float32Array, fs_hz: float, beats: npt.NDArray[np.int64], noises: NoiseRecords, rng: np.random.Generator
) -> Float32Array:
    """Add bursts of noise, gain changes and lead-off to a signal.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        In mV; not changed.
    fs_hz : float
        Sampling rate in Hz.
    beats : ndarray of int64, shape (beats,)
        Beat positions in samples, by which the height of the noise is chosen.
    noises : NoiseRecords
        Where the noise comes from.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float32, shape (samples, leads)
        In mV.
    """
    return _spoil_leads(_add_bursts(signal_mv, fs_hz, beats, noises, rng), fs_hz, rng)


def _add_bursts(
    signal_mv: Float32Array, fs_hz: float, beats: npt.NDArray[np.int64], noises: NoiseRecords, rng: np.random.Generator
) -> Float32Array:
    noisy = signal_mv.copy()
    half = round(0.05 * fs_hz)
    inside = beats[(beats > half) & (beats < len(signal_mv) - half)]
    heights = np.ptp(signal_mv[inside[:, None] + np.arange(-half, half + 1)], axis=1)
    height = np.median(heights, axis=0) if len(inside) else np.ones(signal_mv.shape[1])
    start = 0
    while start < len(signal_mv):
        start += int(rng.uniform(*CLEAN_S) * fs_hz)
        length = min(int(rng.uniform(*NOISY_S) * fs_hz), len(signal_mv) - start)
        if length < fs_hz:
            break
        noise = noises.draw(length, fs_hz, rng)
        snr_db = rng.uniform(*SNR_DB)
        for lead in range(signal_mv.shape[1]):
            if lead and rng.random() < 0.25:
                continue
            if lead and rng.random() < 0.5:
                snr_db = rng.uniform(*SNR_DB)
            gain = np.sqrt(height[lead] ** 2 / 8 / 10 ** (snr_db / 10))
            noisy[start : start + length, lead] += gain * noise[:, lead % 2]
        start += length
    return noisy


def _spoil_leads(signal_mv: Float32Array, fs_hz: float, rng: np.random.Generator) -> Float32Array:
    spoilt = signal_mv.copy()
    n_samples = len(spoilt)
    for lead in spoilt.T:
        start, gain = 0, 1.0
        while start < n_samples:
            length = int(rng.uniform(*GAIN_LASTS_S) * fs_hz)
            lead[start : start + length] *= gain
            start += length
            gain = float(np.exp(rng.uniform(-LOG_GAIN, LOG_GAIN)))
        for _ in range(int(n_samples / fs_hz / OFF_EVERY_S)):
            start = int(rng.integers(0, n_samples))
            off = lead[start : start + int(rng.uniform(*OFF_S) * fs_hz)]
            faint = (0.0, 0.02, np.nan)[rng.integers(3)]
            off[:] = off[0] + faint * off
    return spoilt
