"""Frontal axes of P, QRS and T from the net areas of leads I and aVF."""

from __future__ import annotations

from typing import Final

import numpy as np

from ecg_core.arrays import Float64Array

MIN_SHARE: Final = 0.1
"""A net area smaller than this share of the whole area in both leads has no direction."""

MIN_MEAN_MV: Final = 0.005
"""Mean deflection below which a wave has no direction either."""


def frontal_axis_deg(lead_i_mv: Float64Array, lead_ii_mv: Float64Array) -> float | None:
    """Return the direction of a wave in the frontal plane.

    The net area, positive less negative, of leads I and aVF gives the vector; aVF = II - I / 2 is 2 / sqrt(3) as
    sensitive as I (Einthoven's triangle).

    Parameters
    ----------
    lead_i_mv, lead_ii_mv : ndarray of float64, shape (samples,)
        The wave in leads I and II, against the baseline.

    Returns
    -------
    float or None
        Degrees between -180 and 180: 0 to the left, 90 to the feet. None where the wave has no direction.
    """
    lead_avf = (lead_ii_mv - lead_i_mv / 2) * 2 / np.sqrt(3)
    x, y = float(lead_i_mv.mean()), float(lead_avf.mean())
    whole = float(np.abs(lead_i_mv).mean() + np.abs(lead_avf).mean())
    size = float(np.hypot(x, y))
    if not np.isfinite(size) or size < MIN_MEAN_MV or size < MIN_SHARE * whole:
        return None
    return float(np.degrees(np.arctan2(y, x)))
