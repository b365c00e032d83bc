"""From what a file stores to the millivolts that recordings hold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def scaled(
    stored: npt.NDArray[np.number],
    factor: float | npt.NDArray[np.float64],
    offset: float | npt.NDArray[np.float64] = 0.0,
) -> npt.NDArray[np.float64]:
    """Turn stored values into millivolts; what overflows is infinite and becomes a gap."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(stored, dtype=np.float64) * factor + offset


def as_float32(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Return millivolts as recordings hold them; what is no number, or none that float32 can hold, is a gap."""
    with np.errstate(over="ignore"):
        signal = values.astype(np.float32)
    signal[~np.isfinite(signal)] = np.nan
    return signal
