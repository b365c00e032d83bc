"""Tracings of known conditions as recordings, with their exact waves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ecg_core.arrays import Float64Array
from ecg_core.delineation.waves import ABSENT, Waves
from ecg_core.recording import Recording, from_array
from ecg_core.synthesis.conditions import CONDITIONS, tracing_of
from ecg_core.synthesis.tracing import Tracing


def drawn(name: str, *, fs_hz: float = 500.0, noise_mv: float = 0.0, **changes: object) -> tuple[Recording, Tracing]:
    """A condition as a recording, its tracing beside it; `changes` are of the condition."""
    tracing = tracing_of(replace(CONDITIONS[name], **changes), fs_hz=fs_hz)  # type: ignore[arg-type]
    noise = noise_mv * np.random.default_rng(5).standard_normal(tracing.signal_mv.shape)
    return from_array(tracing.signal_mv + noise.astype(np.float32), fs_hz, tracing.lead_names, name), tracing


def true_waves(tracing: Tracing) -> Waves:
    """The exact waves of a tracing."""
    truth = tracing.waves
    n_beats, n_leads = truth.boundary.shape[:2]

    def offsets(boundary: Float64Array) -> np.ndarray:
        beat = truth.beat.reshape((-1,) + (1,) * (boundary.ndim - 1))
        return np.where(np.isfinite(boundary), np.rint(boundary) - beat, ABSENT).astype(np.int16)

    return Waves(
        truth.beat,
        tracing.lead_names,
        offsets(truth.boundary),
        np.ones((n_beats, n_leads, 3), dtype=np.float32),
        np.ones((n_beats, n_leads), dtype=bool),
        offsets(truth.common),
    )


def median_ms(waves: Waves, start: str, stop: str, fs_hz: float) -> float:
    """The median of an interval over the beats that are not cut by the edges."""
    return float(np.nanmedian(waves.interval_ms(start, stop, fs_hz)[1:-1]))
