"""Synthetic recordings for the rhythm network: tachycardias, fibrillation, asystole and artefacts with exact truth.

Waves are sums of Gaussians of random width and height, so that neither one morphology nor one rate stands for a
rhythm: conducted rhythms of 40 to 200 per minute with narrow and with broad complexes, monomorphic ventricular
tachycardia of 105 to 300 per minute, polymorphic tachycardia, fibrillation as a narrow band of wandering frequency,
asystole, and artefacts: mains, steps, drifting electrodes, broad-band motion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from scipy.signal import butter, sosfilt

from ecg_core.arrays import Float64Array
from ecg_core.rhythm.network_input import RATE_HZ, network_input
from ecg_core.training.rhythm_data import RhythmExample, bits

LENGTH_S: Final = 120
N_LEADS: Final = 2
_NOISES: Final = 0.02, 0.08


def synthetic_examples(n: int, seed: int) -> Iterator[RhythmExample]:
    """Generate recordings of two minutes, each with two to five spans of different rhythms.

    Parameters
    ----------
    n : int
        Number of recordings.
    seed : int
        Seed of the generator.

    Yields
    ------
    RhythmExample
    """
    rng = np.random.default_rng(seed)
    for number in range(n):
        signal = np.zeros((LENGTH_S * RATE_HZ, N_LEADS))
        allowed = np.zeros(LENGTH_S, dtype=np.uint8)
        home = _beat_shape(rng, broad=bool(rng.random() < 0.25))
        home_rr_s = float(rng.uniform(0.4, 1.3))
        start, at_home = 0, True
        while start < LENGTH_S:
            length = min(int(rng.integers(6, 40)), LENGTH_S - start)
            span = slice(start * RATE_HZ, (start + length) * RATE_HZ)
            if at_home:
                signal[span] = _conducted(rng, length, home, home_rr_s)
                allowed[start : start + length] = bits("N") if home_rr_s > 0.5 else bits("N", "SVTA")
            else:
                make, rhythm = _EPISODES[int(rng.choice(len(_EPISODES), p=_SHARES))]
                signal[span] = make(rng, length)
                allowed[start : start + length] = rhythm
            if start:
                allowed[start] = allowed[start - 1] = allowed[start] | allowed[start - 1]
            start, at_home = start + length, not at_home or bool(rng.random() < 0.2)
        signal += rng.uniform(*_NOISES) * rng.standard_normal(signal.shape)
        drift = np.cumsum(rng.standard_normal(signal.shape), axis=0)
        signal += rng.uniform(0, 0.01) * drift
        wave, present = network_input(signal, RATE_HZ)
        yield RhythmExample("synth", f"synth{number}", f"synth{number}", wave.astype(np.float16), present, allowed)


def _gaussians(
    rng: np.random.Generator, parts: list[tuple[float, float, float]]
) -> Callable[[Float64Array], Float64Array]:
    gains = [np.array([height, height * rng.uniform(-1.2, 1.2)]) for height, _, _ in parts]

    def wave(time_s: Float64Array) -> Float64Array:
        return sum(
            (
                gain * np.exp(-0.5 * ((time_s[:, None] - centre) / width) ** 2)
                for gain, (_, centre, width) in zip(gains, parts, strict=True)
            ),
            start=np.zeros((len(time_s), N_LEADS)),
        )

    return wave


def _beat_shape(rng: np.random.Generator, *, broad: bool) -> Callable[[Float64Array], Float64Array]:
    """Return a conducted beat: P wave, QRS complex, T wave; time 0 is the QRS complex."""
    width = rng.uniform(0.022, 0.04) if broad else rng.uniform(0.009, 0.018)
    parts = [
        (rng.uniform(0.03, 0.2), -rng.uniform(0.13, 0.2), rng.uniform(0.018, 0.03)),
        (rng.uniform(-0.3, 0.1), -2 * width, width),
        (1.0, 0.0, width),
        (rng.uniform(-0.6, 0.1), 2 * width, width * rng.uniform(0.8, 1.6)),
        (rng.uniform(-0.4, 0.5), rng.uniform(0.22, 0.3), rng.uniform(0.035, 0.06)),
    ]
    return _gaussians(rng, parts)


def _placed(
    length: int, beat_s: Float64Array, shape: Callable[[Float64Array], Float64Array], gains: Float64Array
) -> Float64Array:
    signal = np.zeros((length * RATE_HZ, N_LEADS))
    for at, gain in zip(beat_s, gains, strict=True):
        first, last = max(round((at - 0.35) * RATE_HZ), 0), min(round((at + 0.55) * RATE_HZ), len(signal))
        if last > first:
            signal[first:last] += gain * shape(np.arange(first, last) / RATE_HZ - at)
    return signal


def _train(rng: np.random.Generator, length: int, rr_s: float, jitter: float) -> Float64Array:
    n = int(length / rr_s) + 3
    breath = 1 + rng.uniform(0, 0.04) * np.sin(2 * np.pi * np.arange(n) * rr_s / rng.uniform(3, 6))
    rr = np.maximum(rr_s * breath * (1 + jitter * rng.standard_normal(n)), 0.15)
    return np.cumsum(rr) - rr_s * rng.uniform(0.5, 1.5)


def _conducted(
    rng: np.random.Generator, length: int, shape: Callable[[Float64Array], Float64Array], rr_s: float
) -> Float64Array:
    beats = _train(rng, length, rr_s, rng.uniform(0.002, 0.03))
    return _placed(length, beats, shape, 1 + 0.05 * rng.standard_normal(len(beats)))


def _other_conducted(rng: np.random.Generator, length: int) -> Float64Array:
    """A conducted rhythm of another morphology: bundle branch block, paced, exercise."""
    return _conducted(rng, length, _beat_shape(rng, broad=bool(rng.random() < 0.6)), float(rng.uniform(0.38, 1.1)))


def _supraventricular(rng: np.random.Generator, length: int) -> Float64Array:
    return _conducted(rng, length, _beat_shape(rng, broad=False), float(rng.uniform(0.24, 0.42)))


def _monomorphic(rng: np.random.Generator, length: int) -> Float64Array:
    rr_s = float(60 / rng.uniform(105, 300))
    width = float(min(rng.uniform(0.035, 0.08), 0.28 * rr_s))
    sign = -np.sign(rng.uniform(-1, 1))
    parts = [
        (1.0, 0.0, width),
        (rng.uniform(-0.7, 0.3), 1.6 * width, width),
        (sign * rng.uniform(0.1, 0.7), min(0.5 * rr_s, 0.3), min(rng.uniform(0.04, 0.09), 0.25 * rr_s)),
    ]
    shape = _gaussians(rng, parts)
    beats = _train(rng, length, rr_s, rng.uniform(0.001, 0.03))
    return rng.uniform(0.6, 2.5) * _placed(length, beats, shape, 1 + 0.06 * rng.standard_normal(len(beats)))


def _fibrillation(rng: np.random.Generator, length: int) -> Float64Array:
    n = length * RATE_HZ
    wander = np.cumsum(rng.standard_normal(n)) * rng.uniform(0.01, 0.05)
    frequency = np.clip(rng.uniform(3.2, 7.5) + wander - np.linspace(0, wander[-1], n), 2.5, 9)
    phase = 2 * np.pi * np.cumsum(frequency) / RATE_HZ
    size = _low_passed(rng, n, rng.uniform(0.3, 1.2))
    columns = []
    for _ in range(N_LEADS):
        second = rng.uniform(0, 0.5) * np.sin(2 * phase + rng.uniform(0, 6))
        own = rng.uniform(0.1, 0.5) * _low_passed(rng, n, 6.0, centred=True)
        columns.append((np.sin(phase + rng.uniform(0, 6)) + second) * np.abs(size + rng.uniform(0.3, 1.0)) + own)
    return rng.uniform(0.15, 1.2) * np.stack(columns, axis=1)


def _polymorphic(rng: np.random.Generator, length: int) -> Float64Array:
    base = _monomorphic(rng, length)
    turn = 2 * np.pi * np.arange(len(base)) / RATE_HZ / rng.uniform(3, 8)
    return base * np.stack([np.sin(turn + rng.uniform(0, 6)), np.sin(turn + rng.uniform(0, 6))], axis=1)


def _asystole(rng: np.random.Generator, length: int) -> Float64Array:
    signal = rng.uniform(0.0, 0.03) * rng.standard_normal((length * RATE_HZ, N_LEADS))
    if rng.random() < 0.4:  # P waves go on
        shape = _gaussians(rng, [(rng.uniform(0.05, 0.15), 0.0, 0.025)])
        beats = _train(rng, length, float(rng.uniform(0.5, 1.2)), 0.02)
        signal += _placed(length, beats, shape, np.ones(len(beats)))
    return signal


def _artefact(rng: np.random.Generator, length: int) -> Float64Array:
    n = length * RATE_HZ
    time_s = np.arange(n) / RATE_HZ
    columns = []
    kind = int(rng.integers(5))
    for _ in range(N_LEADS):
        if kind == 0:  # mains, as it is left after resampling, and beats of it
            tone = np.sin(2 * np.pi * rng.uniform(8, 49) * time_s) * (1 + 0.5 * _low_passed(rng, n, 1.0, centred=True))
            columns.append(rng.uniform(0.3, 3) * tone)
        elif kind == 1:  # steps of a loose electrode and their decay
            jumps = (rng.random(n) < rng.uniform(0.3, 3) / RATE_HZ) * rng.standard_normal(n) * 3
            columns.append(sosfilt(butter(1, rng.uniform(0.2, 2), "high", fs=RATE_HZ, output="sos"), np.cumsum(jumps)))
        elif kind == 2:  # motion: broad band
            low, high = rng.uniform(0.7, 2), rng.uniform(6, 30)
            noise = sosfilt(butter(2, (low, high), "band", fs=RATE_HZ, output="sos"), rng.standard_normal(n))
            columns.append(rng.uniform(1, 5) * noise * (1 + np.abs(_low_passed(rng, n, 0.5, centred=True))))
        elif kind == 3:  # muscle
            noise = sosfilt(butter(2, 15, "high", fs=RATE_HZ, output="sos"), rng.standard_normal(n))
            columns.append(rng.uniform(0.5, 3) * noise)
        else:  # an electrode that floats
            columns.append(rng.uniform(0.2, 2) * np.cumsum(rng.standard_normal(n)) * 0.1)
    return np.stack(columns, axis=1)


def _low_passed(rng: np.random.Generator, n: int, cut_hz: float, *, centred: bool = False) -> Float64Array:
    noise = sosfilt(butter(2, cut_hz, fs=RATE_HZ, output="sos"), rng.standard_normal(n + 500))[500:]
    noise = noise / (noise.std() + 1e-9)
    return noise if centred else np.abs(noise)


_EPISODES: Final = (
    (_monomorphic, bits("VT")),
    (_polymorphic, bits("VT", "VF")),
    (_fibrillation, bits("VF")),
    (_asystole, bits("ASYSTOLE")),
    (_artefact, bits("NOISE")),
    (_other_conducted, bits("N")),
    (_supraventricular, bits("SVTA", "N", "AFL")),
)
_SHARES: Final = (0.22, 0.08, 0.15, 0.1, 0.2, 0.15, 0.1)
