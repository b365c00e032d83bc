"""Recordings to be exported, and what must come back of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ecg_core.export.signal import FORMATS, write_signal
from ecg_core.formats import open_recording
from ecg_core.recording import Annotations, Recording, from_array

ALL = tuple(FORMATS)
EXACT = ("csv", "parquet")
"""Formats that hold float32 as it is."""


def ecg_like(n_samples: int, n_leads: int, step_mv: float = 0.005, seed: int = 1) -> np.ndarray:
    """A signal on the steps of a converter."""
    walk = np.cumsum(np.random.default_rng(seed).normal(size=(n_samples, n_leads)), axis=0)
    steps = np.rint(300 * np.sin(walk / 30))
    return (steps * step_mv).astype(np.float32)


def recording(signal_mv: np.ndarray, fs_hz: float = 250.0, names: tuple[str, ...] = (), **more: Any) -> Recording:
    leads = names or ("II", "V1", "V5", "aVF", "MLII", "X")[: signal_mv.shape[1]]
    return replace(from_array(signal_mv, fs_hz, leads), **more)


def marks_of(samples: list[int], symbols: str, aux: tuple[str, ...] = (), name: str = "atr") -> Annotations:
    return Annotations(name, np.array(samples), np.array(list(symbols)), aux or ("",) * len(symbols))


def out_and_in(made: Recording, folder: Path, format: str, **more: Any) -> Recording:
    """Write a recording and open what was written."""
    written = write_signal(made, folder, format, stem=f"out-{format}", **more)
    assert all(path.is_file() for path in written)
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in written)
    return open_recording(written[0])


def rows(annotations: Annotations | None) -> list[tuple[int, str, str]]:
    assert annotations is not None
    return sorted(zip(annotations.sample.tolist(), annotations.symbol.tolist(), annotations.aux, strict=True))
