"""Examples for the delineation network: signals with a class for every sample of each lead, augmented when drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfiltfilt

from ecg_core.delineation.wave_input import RATE_HZ, channels, wave_input
from ecg_core.delineation.waves import WAVES
from ecg_core.evaluation.wave_references import ludb
from ecg_core.formats import open_recording

MASKED: Final = 255
"""Class of samples of which nothing is known."""

N_SAMPLES: Final = 2048
"""Length of a training window at 250 Hz."""

N_LEADS: Final = 6
"""Leads of a training window."""


@dataclass(frozen=True)
class WaveExample:
    """A recording with the class of every sample.

    Attributes
    ----------
    name, patient, database : str
    signal_mv : ndarray of float32, shape (samples, leads)
    fs_hz : float
    target : ndarray of uint8, shape (samples, leads)
        0 none, then `ecg_core.delineation.WAVES` in order; `MASKED` where nothing is known.
    """

    name: str
    patient: str
    database: str
    signal_mv: npt.NDArray[np.float32]
    fs_hz: float
    target: npt.NDArray[np.uint8]


def ludb_examples(folder: Path) -> list[WaveExample]:
    """Return the recordings of LUDB.

    Parameters
    ----------
    folder : Path
        LUDB's folder.

    Returns
    -------
    list of WaveExample
    """
    examples = []
    for reference in ludb(folder):
        recording = open_recording(reference.header)
        target = np.full((recording.n_samples, len(recording.leads)), MASKED, dtype=np.uint8)
        for place, lead in enumerate(reference.leads):
            target[lead.start : lead.stop, place] = 0
            for number, wave in enumerate(WAVES, 1):
                for onset, _, end in lead.of_wave[wave].tolist():
                    target[onset : end + 1, place] = number
        examples.append(
            WaveExample(f"ludb/{reference.patient}", reference.patient, "ludb", recording.read(), 500.0, target)
        )
    return examples


def noise_of(folder: Path) -> list[npt.NDArray[np.float32]]:
    """Return baseline wander and muscle noise of the Noise Stress Test database at 250 Hz, each of unit RMS.

    Parameters
    ----------
    folder : Path
        Its folder.

    Returns
    -------
    list of ndarray of float32, shape (samples,)
    """
    noises = []
    for name in ("bw", "ma"):
        recording = open_recording(folder / f"{name}.hea")
        signal = recording.read()
        step = recording.fs_hz / RATE_HZ
        at = np.arange(int(len(signal) / step)) * step
        for lead in signal.T:
            values = np.interp(at, np.arange(len(lead)), np.nan_to_num(lead)).astype(np.float32)
            values -= values.mean()
            noises.append(values / max(float(values.std()), 1e-6))
    return noises


@dataclass
class WaveSampler:
    """Draws training windows of `N_LEADS` leads.

    Attributes
    ----------
    examples : sequence of sequence of WaveExample
        By database.
    shares : sequence of float
        How often a window is drawn from each database.
    noises : sequence of ndarray of float32
        Of :func:`noise_of`.
    rng : numpy.random.Generator
    """

    examples: Sequence[Sequence[WaveExample]]
    shares: Sequence[float]
    noises: Sequence[npt.NDArray[np.float32]]
    rng: np.random.Generator

    def batch(self, size: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
        """Return input channels, which leads are present, and targets of a batch.

        Parameters
        ----------
        size : int
            Windows.

        Returns
        -------
        wave : ndarray of float32, shape (size, leads, samples / 2, 4)
        present : ndarray of float32, shape (size, leads, 1, 1)
        target : ndarray of uint8, shape (size, leads, samples)
        """
        share = np.array(self.shares) / np.sum(self.shares)
        rows = []
        for database in self.rng.choice(len(self.examples), size, p=share):
            examples = self.examples[database]
            rows.append(self._window(examples[int(self.rng.integers(len(examples)))]))
        wave, present, target = (np.stack(parts) for parts in zip(*rows, strict=True))
        return channels(wave), present, target

    def _window(
        self, example: WaveExample
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
        rng = self.rng
        leads = rng.permutation(example.signal_mv.shape[1])[:N_LEADS]
        if len(leads) < N_LEADS:
            leads = np.concatenate([leads, rng.choice(leads, N_LEADS - len(leads))])
        signal = example.signal_mv[:, leads]
        signal = self._disturbed(np.nan_to_num(signal), example.fs_hz)
        # At another rate than its own, everything is faster or slower.
        fs_hz = example.fs_hz * float(np.exp(rng.uniform(np.log(0.75), np.log(1.35))))
        wave, _ = wave_input(signal, fs_hz)
        at = np.minimum(np.rint(np.arange(len(wave)) * fs_hz / RATE_HZ).astype(np.int64), len(signal))
        target = np.pad(example.target[:, leads], ((0, 1), (0, 0)), constant_values=MASKED)[at]
        wave = wave * (rng.choice([-1.0, 1.0], N_LEADS) * np.exp(rng.normal(0, 0.25, N_LEADS))).astype(np.float32)
        start = int(rng.integers(0, max(len(wave) - N_SAMPLES, 0) + 1))
        wave, target = wave[start : start + N_SAMPLES], target[start : start + N_SAMPLES]
        missing = N_SAMPLES - len(wave)
        wave = np.pad(wave, ((0, missing), (0, 0))).T
        target = np.pad(target, ((0, missing), (0, 0)), constant_values=MASKED).T
        present = np.ones((N_LEADS, 1, 1), dtype=np.float32)
        n_kept = int(rng.integers(1, N_LEADS + 1)) if rng.random() < 0.5 else N_LEADS
        if n_kept == 1 and rng.random() < 0.5:
            # One lead alone sees itself as the mean of all.
            wave, target = np.repeat(wave[:1], N_LEADS, axis=0), np.repeat(target[:1], N_LEADS, axis=0)
        else:
            present[n_kept:] = 0
            wave[n_kept:] = 0
            target[n_kept:] = MASKED
        return wave, present, target

    def _disturbed(self, signal: npt.NDArray[np.float32], fs_hz: float) -> npt.NDArray[np.float32]:
        """Return the leads with what disturbs real recordings, in proportion to their QRS height."""
        rng = self.rng
        n_samples, n_leads = signal.shape
        height = np.ptp(signal, axis=0).astype(np.float32) + np.float32(1e-6)
        result = signal.copy()
        time_s = (np.arange(n_samples) / fs_hz).astype(np.float32)
        for lead in range(n_leads):
            if self.noises and rng.random() < 0.35:
                noise = self.noises[int(rng.integers(len(self.noises)))]
                length = int(n_samples * RATE_HZ / fs_hz) + 2
                start = int(rng.integers(0, len(noise) - length))
                values = np.interp(time_s * RATE_HZ, np.arange(length), noise[start : start + length])
                size = float(height[lead]) * float(np.exp(rng.uniform(-5.3, -2.3)))
                result[:, lead] += np.asarray(size * values, dtype=np.float32)
            if rng.random() < 0.3:
                size = float(height[lead]) * float(np.exp(rng.uniform(-6, -3.4)))
                result[:, lead] += np.asarray(size * rng.standard_normal(n_samples), dtype=np.float32)
            if rng.random() < 0.15:
                size = float(height[lead]) * float(np.exp(rng.uniform(-5, -2.8)))
                result[:, lead] += (
                    size * np.sin(2 * np.pi * rng.choice([50.0, 60.0]) * time_s + rng.uniform(0, 6))
                ).astype(np.float32)
        if rng.random() < 0.35:
            cut = float(rng.uniform(25, 60))
            result = sosfiltfilt(butter(2, cut, fs=fs_hz, output="sos"), result, axis=0).astype(np.float32)
        return result
