"""Beats of a signal in memory.

The chain, each step of it local and symmetric in time, so that cutting a recording changes nothing away from the cut:

1. each lead at a common rate, as QRS energy in units of the usual QRS height around (`signal.qrs_energy`);
2. the leads fused by clarity (`fusion`);
3. every hump a candidate, described by its shape, its surroundings and the local rhythm (`candidates`):
   what a search-back, a T-wave test and adaptive thresholds would look at;
4. one small network weighs all that (`scorer`, fitted by `fit`);
5. what is taken for a beat is put on its dominant deflection at the recording's own rate (`refine`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.beats import UNREADABLE
from ecg_core.detection.candidates import find_candidates
from ecg_core.detection.fusion import fuse
from ecg_core.detection.refine import refine
from ecg_core.detection.scorer import choose, load_scorer
from ecg_core.signal.gaps import as_columns, bridge_gaps
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ
from ecg_core.signal.quality import at_common_rate, grade

REFRACTORY_S: Final = 0.235
"""No two beats are closer than this."""


def detect_beats(signal_mv: npt.ArrayLike, fs_hz: float) -> npt.NDArray[np.int64]:
    """Find the QRS complexes of one or several simultaneous leads.

    Parameters
    ----------
    signal_mv : array_like, shape (samples,) or (samples, leads)
        Millivolts, or any other unit; NaN where absent.
    fs_hz : float

    Returns
    -------
    ndarray of int64, shape (beats,)
        Strictly increasing samples at `fs_hz`, each on the R peak or the dominant QRS deflection of the first
        lead that is readable there. Nothing where no lead is readable.
    """
    return detect_with_quality(as_columns(signal_mv), fs_hz)[0]


def detect_with_quality(
    signal: npt.NDArray[np.float32], fs_hz: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Find the beats, and grade the signal on the way.

    Parameters
    ----------
    signal : ndarray of float32, shape (samples, leads)
    fs_hz : float

    Returns
    -------
    sample : ndarray of int64, shape (beats,)
    quality : ndarray of uint8, shape (seconds, leads)
    """
    nothing = np.empty(0, dtype=np.int64)
    if not signal.size:
        return nothing, np.empty((0, signal.shape[1]), dtype=np.uint8)
    common = at_common_rate(signal, fs_hz)
    quality = grade(common)
    if not (quality > UNREADABLE).any():
        return nothing, quality
    position, features = find_candidates(fuse(common, quality))
    beats = choose(position, load_scorer()(features), round(REFRACTORY_S * ENERGY_RATE_HZ))
    sample = np.rint(beats * (fs_hz / ENERGY_RATE_HZ)).astype(np.int64)
    sample = np.minimum(sample, len(signal) - 1)
    second = np.minimum((beats / ENERGY_RATE_HZ).astype(np.int64), len(quality) - 1)
    first_readable = (quality[second] > UNREADABLE).argmax(axis=1)
    bridged, _ = bridge_gaps(signal)
    for lead in np.unique(first_readable):
        here = first_readable == lead
        sample[here] = refine(bridged[:, lead], fs_hz, sample[here])
    return np.unique(sample), quality
