"""Recordings made of given intervals."""

from datetime import time

import numpy as np
import pandas as pd

from ecg_core.rhythm import EPISODE_COLUMNS
from ecg_core.rhythm.hrv import HeartRateVariability
from ecg_core.rhythm.intervals import Intervals

FS_HZ = 10_000.0


def beats_of(rr_ms, labels=None, readable=None):
    """Intervals whose beats lie on whole samples at 10 kHz."""
    sample = np.concatenate(([0], np.cumsum(np.rint(np.asarray(rr_ms) * FS_HZ / 1000)))).astype(np.int64)
    label = np.full(len(sample), "N") if labels is None else np.array(list(labels))
    rr_s = np.diff(sample) / FS_HZ
    return Intervals(sample, label, rr_s, np.ones(len(rr_s), bool) if readable is None else np.asarray(readable))


def episodes_of(*spans):
    """Episodes ``(kind, start_s, stop_s)``."""
    rows = [(int(start * FS_HZ), int(stop * FS_HZ), kind, 0, None, "", "beats") for kind, start, stop in spans]
    return pd.DataFrame(rows, columns=list(EPISODE_COLUMNS))


def variability_of(rr_ms, *, labels=None, readable=None, episodes=(), start_time: time | None = None):
    """Heart-rate variability of a recording that ends with its last beat."""
    given = beats_of(rr_ms, labels, readable)
    return HeartRateVariability(given, episodes_of(*episodes), FS_HZ, int(given.sample[-1]) + 1, start_time)


def modulated(duration_s, *waves, mean_ms=800.0):
    """Intervals in ms that follow sine waves ``(frequency_hz, amplitude_ms)`` of the time at which each ends."""
    times, result = 0.0, []
    while times < duration_s:
        rr_ms = mean_ms
        for _ in range(4):
            rr_ms = mean_ms + sum(a * np.sin(2 * np.pi * f * (times + rr_ms / 1000)) for f, a in waves)
        result.append(rr_ms)
        times += rr_ms / 1000
    return np.array(result)


def sinus(duration_s, seed=1):
    """Intervals in ms of a recording with slow, respiratory and random variation, in whole ms."""
    random = np.random.default_rng(seed)
    rr_ms = modulated(duration_s, (0.0005, 60), (0.02, 25), (0.1, 30), (0.25, 20), mean_ms=850)
    return np.round(rr_ms + random.normal(0, 6, len(rr_ms)))
