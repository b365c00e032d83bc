"""Beat tables with exactly known intervals and classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ecg_core.beats import beat_table

FS_HZ = 250.0


def table(rr_s: Sequence[float] | np.ndarray, labels: str | None = None, begin_s: float = 1.0) -> pd.DataFrame:
    """Beats with the given intervals; one label more than intervals."""
    times = begin_s + np.concatenate(([0.0], np.cumsum(rr_s)))
    beats = beat_table(np.round(times * FS_HZ).astype(np.int64), FS_HZ)
    if labels is not None:
        assert len(labels) == len(beats)
        beats["label"] = list(labels)
    return beats


def length(beats: pd.DataFrame) -> int:
    """Samples of a recording that ends one second after its last beat."""
    return int(beats["sample"].iloc[-1] + FS_HZ)


def grid(beats: pd.DataFrame, unreadable_s: Sequence[int] = ()) -> np.ndarray:
    """Quality of two leads, good but for the given seconds."""
    quality = np.full((int(np.ceil(length(beats) / FS_HZ)), 2), 2, dtype=np.uint8)
    quality[list(unreadable_s)] = 0
    return quality
