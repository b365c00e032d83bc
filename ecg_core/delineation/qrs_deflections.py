"""Q, R, S and R' of a QRS complex: its deflections from the baseline, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ecg_core.arrays import Float64Array

MIN_MV: Final = 0.02
MIN_MS: Final = 6.0
"""A smaller or shorter deflection is no wave (IEC 60601-2-51: 20 uV and 6 ms)."""

_AT_END_MS: Final = 6.0

NAMES: Final = ("q", "r", "s", "r2")


@dataclass(frozen=True)
class Deflection:
    """One wave of the QRS complex.

    Attributes
    ----------
    mv : float
        Amplitude against the baseline, negative for Q and S.
    ms : float
        Duration.
    """

    mv: float
    ms: float


def qrs_deflections(qrs_mv: Float64Array, fs_hz: float) -> dict[str, Deflection]:
    """Return the deflections of a QRS complex by name; absent ones are left out.

    Q is a negative deflection before the first positive one, R the first positive, S the negative one behind it, and
    R' the next positive. A complex without a positive deflection is a QS and stands as Q.

    Parameters
    ----------
    qrs_mv : ndarray of float64, shape (samples,)
        From onset to end, against the baseline.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    dict of str to Deflection
        Keys of `NAMES`.
    """
    found: list[Deflection] = []
    sign = np.sign(qrs_mv)
    edges = np.flatnonzero(np.diff(sign)) + 1
    parts = np.split(qrs_mv, edges)
    for number, part in enumerate(parts):
        if not len(part):
            continue
        peak_at = int(np.abs(part).argmax())
        peak = float(part[peak_at])
        if number == len(parts) - 1 and peak_at >= len(part) - _AT_END_MS * fs_hz / 1000:
            continue  # it does not return before the J point: a shifted ST segment
        duration_ms = len(part) * 1000 / fs_hz
        if abs(peak) < MIN_MV or duration_ms < MIN_MS:
            continue
        if found and np.sign(found[-1].mv) == np.sign(peak):
            larger = peak if abs(peak) > abs(found[-1].mv) else found[-1].mv
            found[-1] = Deflection(larger, found[-1].ms + duration_ms)
        else:
            found.append(Deflection(peak, duration_ms))
    names = NAMES if found and found[0].mv < 0 else NAMES[1:]
    return dict(zip(names, found, strict=False))
