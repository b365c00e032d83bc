"""ECG of an exact list of beats: what a script of :mod:`ecg_core.synthesis.scenario` cannot say, a list can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float64Array
from ecg_core.recording import Recording, from_array
from ecg_core.synthesis.generator import Synthesizer
from ecg_core.synthesis.scenario import Focus, Scenario
from ecg_core.synthesis.schedule import JITTERS, KINDS, Schedule

_ADAPTATION: Final = 8
"""Beats over which repolarisation adapts to the interval."""


def draw_beats(
    time_s: Float64Array,
    symbol: npt.NDArray[np.str_],
    duration_s: float,
    *,
    seed: int = 1,
    lead_names: tuple[str, ...] = ("MLII", "V1"),
    noise_scale: float = 1.0,
    focus: Focus = "rvot",
    p_weight: npt.ArrayLike = 1.0,
    sinus_p: bool = False,
    fibrillation_s: Sequence[tuple[float, float]] = (),
) -> tuple[Recording, npt.NDArray[np.int64]]:
    """Draw the ECG of given beats.

    Parameters
    ----------
    time_s : ndarray of float64, shape (beats,)
        Increasing times of the QRS complexes.
    symbol : ndarray of str, shape (beats,)
        ``N`` sinus, ``A`` atrial, ``V`` ventricular.
    duration_s : float
        Duration in s.
    seed : int
        Fixes heart, noise and the variability of beats.
    lead_names : tuple of str
        Names of the leads.
    noise_scale : float
        Factor on baseline wander, mains hum and electronic noise.
    focus : {"rvot", "apical"}
        Site of origin of ventricular beats.
    p_weight : array_like of float, shape (beats,)
        Factor on each P wave; 0 for none.
    sinus_p : bool
        Whether the P wave of atrial beats looks like that of sinus beats.
    fibrillation_s : sequence of (float, float)
        Spans with fibrillatory waves.

    Returns
    -------
    recording : Recording
    sample : ndarray of int64, shape (beats,)
        Where the beats stand.
    """
    n = len(time_s)
    scenario = Scenario(f"beats-{seed}", "exact beats", lead_names=lead_names, noise_scale=noise_scale)
    sinus, atrial = KINDS.index("sinus"), KINDS.index("sinus" if sinus_p else "atrial")
    rr_s = np.diff(time_s, prepend=time_s[0] - float(np.median(np.diff(time_s))))
    padded = np.pad(rr_s, (_ADAPTATION - 1, 0), mode="edge")
    schedule = Schedule(
        time_s=time_s,
        kind=np.select([symbol == "V", symbol == "A"], [KINDS.index(focus), atrial], sinus).astype(np.int64),
        symbol=symbol,
        rr_s=np.convolve(padded, np.full(_ADAPTATION, 1 / _ADAPTATION), mode="valid"),
        weight=np.ones(n),
        p_weight=np.broadcast_to(np.asarray(p_weight, dtype=np.float64), (n,)),
        jitter=np.random.default_rng(seed).standard_normal((n, JITTERS)),
        rhythms=[],
        fibrillation_s=list(fibrillation_s),
        flutter_s=[],
        disturbances=[],
    )
    blocks = list(Synthesizer(scenario, duration_s, seed, schedule).blocks())
    signal = np.concatenate([block.signal_mv for block in blocks])
    return from_array(signal, scenario.fs_hz, lead_names), np.concatenate([block.beat_sample for block in blocks])
