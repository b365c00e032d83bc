"""Gap handling: absent samples are interpolated before a filter and set to NaN again after it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def as_columns(signal_mv: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return the signal as float32 of shape (samples, leads); one lead may come as (samples,).

    Raises
    ------
    ValueError
        If the array has more than two axes.
    """
    signal = np.asarray(signal_mv, dtype=np.float32)
    if signal.ndim == 1:
        signal = signal[:, None]
    if signal.ndim != 2:
        raise ValueError(f"A signal has the shape (samples, leads), not {signal.shape}.")
    return signal


def bridge_gaps(
    signal_mv: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_] | None]:
    """Interpolate linearly over absent spans, so that a filter neither spreads NaN nor rings.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        Absent samples are NaN (infinities count as absent).

    Returns
    -------
    bridged : ndarray of float32, shape (samples, leads)
        The input itself where nothing is absent. A lead without any value becomes zero.
    absent : ndarray of bool, shape (samples, leads), or None
        Where the values are drawn, None where nothing is absent.
    """
    absent = ~np.isfinite(signal_mv)
    if not absent.any():
        return signal_mv, None
    bridged = signal_mv.copy()
    for lead in np.flatnonzero(absent.any(axis=0)):
        present = np.flatnonzero(~absent[:, lead])
        gaps = np.flatnonzero(absent[:, lead])
        bridged[gaps, lead] = np.interp(gaps, present, signal_mv[present, lead]) if len(present) else 0.0
    return bridged, absent


def restore_gaps(signal_mv: npt.NDArray[np.float32], absent: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.float32]:
    """Set interpolated samples to NaN again, in place.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        In mV; changed in place.
    absent : ndarray of bool, shape (samples, leads), or None
        As `bridge_gaps` returned it; None if nothing was absent.

    Returns
    -------
    ndarray of float32, shape (samples, leads)
        `signal_mv` itself.
    """
    if absent is not None:
        signal_mv[absent] = np.nan
    return signal_mv
