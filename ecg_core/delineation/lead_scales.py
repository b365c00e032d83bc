"""Leads whose amplitudes mean nothing although the file gives a gain.

Data sets for machine learning are often scaled lead by lead, each to the same range or the same standard deviation, and
their headers turn that into millivolts (the Lobachevsky University Database does so). The limb leads then contradict
Einthoven's law, II = I + III, which holds for every three leads that share a scale. Voltages, ST levels and axes of
such leads would be silently wrong.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ecg_core.arrays import Float32Array
from ecg_core.recording import Recording

LOOKED_AT_S: Final = 10.0
LIMB_LEADS: Final = ("I", "II", "III", "aVR", "aVL", "aVF")

FEWEST_LEADS: Final = 6
"""Leads of one range from which on that is no chance."""

SAME: Final = 0.005
"""Relative difference up to which ranges, or standard deviations, are the same."""

LARGEST_RESIDUE: Final = 0.25
"""Largest standard deviation of II - I - III, as a share of the largest one of the three leads."""

_NOT_CALIBRATED: Final = "amplitude not calibrated"
_SAME_RANGE: Final = "every lead is scaled to the same range"
_EINTHOVEN: Final = "limb leads do not share a scale: II is not I + III"


def relative_leads(recording: Recording) -> dict[str, str]:
    """Find the leads whose amplitudes are relative.

    Parameters
    ----------
    recording : Recording
        The recording; its first 10 s are looked at.

    Returns
    -------
    dict of str to str
        Lead names with the reason.

    Raises
    ------
    RecordingError
        If the signal cannot be read.
    """
    names = recording.lead_names
    found = {lead.name: _NOT_CALIBRATED for lead in recording.leads if not lead.calibrated}
    has_triangle = {"I", "II", "III"} <= set(names)
    if len(names) < FEWEST_LEADS and not has_triangle:
        return found
    signal = recording.read(0, round(LOOKED_AT_S * recording.fs_hz))
    if _same_range(signal):
        return dict.fromkeys(names, _SAME_RANGE) | found
    if has_triangle and _contradict(signal[:, [names.index(name) for name in ("I", "II", "III")]]):
        return {name: _EINTHOVEN for name in names if name in LIMB_LEADS} | found
    return found


def _same_range(signal: Float32Array) -> bool:
    present = signal[:, np.isfinite(signal).mean(axis=0) > 0.5]
    moving = present[:, np.nanstd(present, axis=0) > 0] if present.size else present
    if moving.shape[1] < FEWEST_LEADS:
        return False
    sizes = (np.nanmax(moving, axis=0) - np.nanmin(moving, axis=0), np.nanstd(moving, axis=0))
    return any(float(size.max()) <= (1 + SAME) * float(size.min()) for size in sizes)


def _contradict(triangle: Float32Array) -> bool:
    whole = triangle[np.isfinite(triangle).all(axis=1)]
    if len(whole) < 2:
        return False
    largest = float(whole.std(axis=0).max())
    return float((whole[:, 1] - whole[:, 0] - whole[:, 2]).std()) > LARGEST_RESIDUE * largest
