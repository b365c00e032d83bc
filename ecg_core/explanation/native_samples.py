"""Saliency at the recording's native samples, and features in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.recording import Recording
from ecg_core.textbook.features import FEATURES

FEATURE_TEXTS: Final = {
    "qrs_width_ms": "QRS width",
    "p_height_mv": "P wave height",
    "q_depth_mv": "Q wave depth",
    "r_height_mv": "R wave height",
    "s_depth_mv": "S wave depth",
    "t_height_mv": "T wave height",
    "st_level_mv": "ST level",
    "qrs_area_mv_s": "QRS area",
    "t_area_mv_s": "T wave area",
    "steepest_mv_per_s": "steepest slope of the QRS",
    "log_power_0.5_4_hz": "power from 0.5 to 4 Hz",
    "log_power_4_8_hz": "power from 4 to 8 Hz",
    "log_power_8_15_hz": "power from 8 to 15 Hz",
    "log_power_15_25_hz": "power from 15 to 25 Hz",
    "log_power_25_40_hz": "power from 25 to 40 Hz",
    "log_wavelet_0": "wavelet energy, coarsest part",
    "log_wavelet_1": "wavelet energy, coarsest detail",
    "log_wavelet_2": "wavelet energy, second coarsest detail",
    "log_wavelet_3": "wavelet energy, second finest detail",
    "log_wavelet_4": "wavelet energy, finest detail",
}
"""What each of the hand-made features is, in the order of `ecg_core.textbook.features.FEATURES`."""

_UNITS: Final = {"_ms": (100.0, "{:.0f} ms"), "_mv_per_s": (100.0, "{:.0f} mV/s"), "_mv_s": (100.0, "{:.0f} mV ms")}
"""What a feature's number is multiplied by to be told in a unit, see `beat_features`."""


def native_samples(
    recording: Recording, sample: int, before_s: float, after_s: float, leads: Sequence[int] | None = None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """Return offsets and signal of the recording's own samples around a beat, NaN outside the recording.

    Parameters
    ----------
    recording : Recording
        The recording.
    sample : int
        Beat position in samples.
    before_s, after_s : float
        Span before and after the beat in s.
    leads : sequence of int, optional
        All by default.

    Returns
    -------
    offsets_s : ndarray, shape (n,)
        Relative to the beat.
    wave_mv : ndarray of float32, shape (n, leads)
    """
    start = sample - int(before_s * recording.fs_hz)
    stop = sample + int(after_s * recording.fs_hz) + 1
    n_leads = len(recording.leads) if leads is None else len(leads)
    wave_mv = np.full((stop - start, n_leads), np.nan, dtype=np.float32)
    first, last = max(start, 0), min(stop, recording.n_samples)
    wave_mv[first - start : last - start] = recording.read(first, last, leads)
    return (np.arange(start, stop) - sample) / recording.fs_hz, wave_mv


def rr_in_words(feature: str, log_ratio: float) -> str:
    """Return the value of an RR feature in words.

    Parameters
    ----------
    feature : str
        Name of the feature.
    log_ratio : float
        Its value, a natural logarithm of a ratio.

    Returns
    -------
    str
    """
    ratio = float(np.exp(log_ratio))
    if feature.endswith("_s"):
        return f"{ratio * 1000:.0f} ms"
    return f"{100 * (ratio - 1):.0f} %" if feature.startswith("rr_irregularity") else f"× {ratio:.2f}"


def feature_in_words(feature: str, value: float) -> str:
    """Return the value of a hand-crafted feature in its unit; powers and energies as shares.

    Parameters
    ----------
    feature : str
        Name of the feature.
    value : float
        Its value.

    Returns
    -------
    str

    Raises
    ------
    KeyError
        If there is no such feature.
    """
    if feature not in FEATURES:
        raise KeyError(feature)
    if feature.startswith("log_"):
        return f"{100 * float(np.exp(value)):.1f} %"
    for ending, (factor, text) in _UNITS.items():
        if feature.endswith(ending):
            return text.format(factor * value)
    return f"{value:.2f} mV"
