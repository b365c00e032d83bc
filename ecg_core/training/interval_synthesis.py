"""Made rhythms with known truth: regular ones that look irregular, and fibrillation that begins and ends in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float64Array
from ecg_core.training.interval_data import AF, FLUTTER, IRREGULAR, REGULAR, IntervalRecord

_N: Final = 400
"""Beats of one made recording."""

_Made = tuple[Float64Array, npt.NDArray[np.bool_], int]
"""Intervals, which beat is V, one more, and the rhythm."""


def made_records(count: int, seed: int) -> list[IntervalRecord]:
    """Generate recordings of each kind in turn; every second one has spans of fibrillation in it.

    Parameters
    ----------
    count : int
        Number of recordings.
    seed : int
        Seed of the generator.

    Returns
    -------
    list of IntervalRecord
    """
    generator = np.random.default_rng(seed)
    kinds = (_sinus, _breathing, _breathing, _ectopic, _pattern, _pattern, _wenckebach, _pauses, _flutter, _changing)
    found = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        rr_s, ventricular, rhythm = kind(generator)
        truth = np.full(len(rr_s), rhythm, dtype=np.int8)
        if number // len(kinds) % 2:
            rr_s, ventricular, truth = _with_fibrillation(rr_s, ventricular, truth, generator)
        name = f"{kind.__name__[1:]}-{number}"
        found.append(
            IntervalRecord(
                name,
                "made",
                f"made/{name}",
                rr_s,
                ventricular,
                np.ones(len(rr_s), dtype=bool),
                truth,
                truth == AF,
            )
        )
    return found


def _none(n: int) -> npt.NDArray[np.bool_]:
    return np.zeros(n + 1, dtype=bool)


def _drift(generator: np.random.Generator, n: int, spread: float) -> Float64Array:
    """Slow changes of the logarithm of the interval, of about the given standard deviation."""
    steps = np.cumsum(generator.standard_normal(n + 40))
    smooth = np.convolve(steps, np.ones(41) / 41, mode="valid")
    return np.asarray(spread * (smooth - smooth.mean()) / max(float(smooth.std()), 1e-9))


def _steady(generator: np.random.Generator, n: int = _N) -> Float64Array:
    base = 60 / generator.uniform(38, 150)
    jitter = generator.uniform(0.002, 0.03) * generator.standard_normal(n)
    return np.asarray(base * np.exp(_drift(generator, n, generator.uniform(0, 0.12)) + jitter))


def _sinus(generator: np.random.Generator) -> _Made:
    return _steady(generator), _none(_N), REGULAR


def _breathing(generator: np.random.Generator) -> _Made:
    """Respiratory sinus arrhythmia: the interval follows the breath, whose rate and depth wander."""
    base = 60 / generator.uniform(42, 130)
    depth = generator.uniform(0.06, 0.42) * np.exp(_drift(generator, _N, generator.uniform(0, 0.4)))
    rate_hz = generator.uniform(0.08, 0.45) * np.exp(_drift(generator, _N, generator.uniform(0, 0.25)))
    harmonic, noise = generator.uniform(0, 0.5), generator.uniform(0.003, 0.04)
    rr_s, phase = np.empty(_N), generator.uniform(0, 2 * np.pi)
    for beat in range(_N):
        wave = np.sin(phase) + harmonic * np.sin(2 * phase + 1)
        rr_s[beat] = base * np.exp(depth[beat] * wave + noise * generator.standard_normal())
        phase += 2 * np.pi * rate_hz[beat] * rr_s[beat]
    return rr_s, _none(_N), REGULAR


def _ectopic(generator: np.random.Generator) -> _Made:
    """Premature beats at random, ventricular with a compensatory pause or atrial with a reset."""
    rr_s, ventricular = _steady(generator), _none(_N)
    often, early = generator.uniform(0.03, 0.4), generator.uniform(0.45, 0.85)
    varies, is_v = generator.uniform(0.01, 0.12), generator.random() < 0.5
    beat = 1
    while beat < _N - 1:
        if generator.random() < often:
            coupling = np.clip(early + varies * generator.standard_normal(), 0.35, 0.95)
            whole = rr_s[beat - 1] if beat else rr_s[beat]
            rr_s[beat] = coupling * whole
            rr_s[beat + 1] = whole * ((2 - coupling) if is_v else generator.uniform(1.0, 1.15))
            ventricular[beat + 1] = is_v
            beat += 2
        else:
            beat += 1
    return rr_s, ventricular, IRREGULAR if often > 0.12 else REGULAR


def _pattern(generator: np.random.Generator) -> _Made:
    """Bigeminy, trigeminy, quadrigeminy, mixed, ventricular or atrial."""
    base = _steady(generator)
    coupling, varies = generator.uniform(0.45, 0.88), generator.uniform(0.003, 0.05)
    period, mixed, is_v = int(generator.integers(2, 5)), generator.random() < 0.4, generator.random() < 0.5
    after = 2 - coupling if is_v else generator.uniform(1.0, 1.2)
    factor, ventricular = np.ones(_N), _none(_N)
    beat = int(generator.integers(0, 4))
    while beat < _N - 2:
        early = coupling + varies * generator.standard_normal()
        factor[beat], factor[beat + 1] = early, after + coupling - early
        ventricular[beat + 1] = is_v
        beat += int(generator.integers(2, 5)) if mixed else period
        if generator.random() < 0.02:
            beat += int(generator.integers(1, 20))
    return base * factor, ventricular, IRREGULAR


def _wenckebach(generator: np.random.Generator) -> _Made:
    """Second-degree block, type I: the PR interval grows by less each time until a beat is dropped."""
    cycle_s = 60 / generator.uniform(50, 130)
    usual, varies = int(generator.integers(2, 8)), generator.random() < 0.5
    growth, noise, typical = generator.uniform(0.05, 0.22), generator.uniform(0.002, 0.02), generator.random() < 0.7
    times: list[float] = []
    sinus = 0.0
    while len(times) <= _N:
        conducted = max(1, usual + (int(generator.integers(-1, 2)) if varies else 0))
        delay = 0.0
        for beat in range(conducted):
            times.append(sinus + delay)
            sinus += cycle_s * (1 + noise * generator.standard_normal())
            delay += growth * cycle_s / ((beat + 1) if typical else 1)
            delay = min(delay, 0.6 * cycle_s)
        sinus += cycle_s
    return np.diff(times)[:_N].clip(0.2), _none(_N), IRREGULAR


def _pauses(generator: np.random.Generator) -> _Made:
    """Sinus pauses and blocked beats: intervals of once, twice or any other number of cycles."""
    rr_s = _steady(generator)
    often, any_length = generator.uniform(0.02, 0.3), generator.random() < 0.4
    paused = generator.random(_N) < often
    rr_s[paused] *= generator.uniform(1.3, 3, _N)[paused] if any_length else 2.0
    return rr_s, _none(_N), IRREGULAR


def _flutter(generator: np.random.Generator) -> _Made:
    """Flutter with fixed or changing conduction: multiples of one cycle, by turns or at random."""
    cycle_s = generator.uniform(0.18, 0.28)
    choices = ((2,), (4,), (2, 4), (2, 3), (3, 4), (2, 2, 4), (4, 4, 2, 2))[int(generator.integers(0, 7))]
    pattern = (
        np.resize(choices, _N)
        if generator.random() < 0.6
        else np.repeat(generator.choice(choices, _N), generator.integers(1, 12, _N))[:_N]
    )
    return cycle_s * pattern + 0.006 * generator.standard_normal(_N), _none(_N), FLUTTER


def _changing(generator: np.random.Generator) -> _Made:
    """Steps and ramps of the rate, as tachycardia begins and ends and as a person starts to walk."""
    parts: list[Float64Array] = []
    while sum(map(len, parts)) < _N:
        part = _steady(generator, int(generator.integers(8, 120)))
        if parts and generator.random() < 0.5:
            n = min(len(part), 25)
            part[:n] = np.geomspace(parts[-1][-1], part[n - 1], n) * np.exp(0.01 * generator.standard_normal(n))
        parts.append(part)
    return np.concatenate(parts)[:_N], _none(_N), REGULAR


def fibrillation(generator: np.random.Generator, n: int) -> Float64Array:
    """Generate intervals of fibrillation: nearly independent, of various distributions.

    Parameters
    ----------
    generator : numpy.random.Generator
        Source of randomness.
    n : int
        Number of intervals.

    Returns
    -------
    ndarray of float64, shape (n,)
        Intervals in s.
    """
    base, spread = 60 / generator.uniform(50, 150), generator.uniform(0.1, 0.32)
    kinds: tuple[Callable[[], Float64Array], ...] = (
        lambda: base * np.exp(spread * generator.standard_normal(n)),
        lambda: base * generator.uniform(1 - 1.6 * spread, 1 + 1.6 * spread, n),
        lambda: base * (1 - spread) + generator.gamma(2.0, spread * base / 2, n),
    )
    return np.asarray(kinds[int(generator.integers(0, 3))]().clip(0.24, 2.5))


def _with_fibrillation(
    rr_s: Float64Array, ventricular: npt.NDArray[np.bool_], truth: npt.NDArray[np.int8], generator: np.random.Generator
) -> tuple[Float64Array, npt.NDArray[np.bool_], npt.NDArray[np.int8]]:
    rr_s, ventricular, truth = rr_s.copy(), ventricular.copy(), truth.copy()
    start = int(generator.integers(0, 60))
    while start < _N:
        stop = min(start + int(np.exp(generator.uniform(np.log(12), np.log(150)))), _N)
        rr_s[start:stop] = fibrillation(generator, stop - start)
        ventricular[start + 1 : stop] = generator.random(max(stop - start - 1, 0)) < 0.03
        truth[start:stop] = AF
        start = stop + int(np.exp(generator.uniform(np.log(15), np.log(150))))
    return rr_s, ventricular, truth
