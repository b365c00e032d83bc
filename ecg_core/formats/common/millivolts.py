"""Conversion of stored values to millivolts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def scaled(
    stored: npt.NDArray[np.number],
    factor: float | npt.NDArray[np.float64],
    offset: float | npt.NDArray[np.float64] = 0.0,
) -> npt.NDArray[np.float64]:
    """Convert stored values to millivolts.

    Parameters
    ----------
    stored : ndarray
        Stored values, of any shape.
    factor : float or ndarray of float64
        Millivolts per stored unit.
    offset : float or ndarray of float64
        Millivolts of a stored 0.

    Returns
    -------
    ndarray of float64
        In mV, shape of `stored`; infinite where it overflows, which readers turn into gaps.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(stored, dtype=np.float64) * factor + offset


def as_float32(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Return millivolts as recordings hold them; what is no number, or none that float32 can hold, is a gap."""
    with np.errstate(over="ignore"):
        signal = values.astype(np.float32)
    signal[~np.isfinite(signal)] = np.nan
    return signal
