"""Hand-made features of one beat: time, frequency and time-frequency domain.

After the feature families common in the literature: de Chazal et al. 2004 (doi:10.1109/TBME.2004.827359) for
intervals and morphology, Güler & Übeyli 2005 (doi:10.1016/j.eswa.2005.04.011) for wavelet energies.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.classification.windows import WindowSpec

_BANDS_HZ: Final = ((0.5, 4), (4, 8), (8, 15), (15, 25), (25, 40))
_WAVELET: Final = "db4"
_LEVELS: Final = 4

FEATURES: Final = (
    "qrs_width_ms",
    "p_height_mv",
    "q_depth_mv",
    "r_height_mv",
    "s_depth_mv",
    "t_height_mv",
    "st_level_mv",
    "qrs_area_mv_s",
    "t_area_mv_s",
    "steepest_mv_per_s",
    *(f"log_power_{low:g}_{high:g}_hz" for low, high in _BANDS_HZ),
    *(f"log_wavelet_{level}" for level in range(_LEVELS + 1)),
)
"""Names and units in the order of the array's last axis; widths and slopes are scaled to the size of the others."""


def beat_features(wave_mv: npt.NDArray[np.floating], window: WindowSpec) -> npt.NDArray[np.float32]:
    """Compute the features of beats.

    Parameters
    ----------
    wave_mv : ndarray, shape (beats, samples)
        Baseline already removed.
    window : WindowSpec
        Its beat stands at sample ``window.n_before``; at least 0.3 s before and 0.45 s after it.

    Returns
    -------
    ndarray of float32, shape (beats, len(FEATURES))
        Widths in units of 100 ms, slopes in units of 100 mV/s.
    """
    import pywt

    if not len(wave_mv):
        return np.empty((0, len(FEATURES)), np.float32)
    fs_hz = window.fs_hz

    def span(begin_s: float, end_s: float) -> npt.NDArray[np.floating]:
        return wave_mv[:, window.n_before + round(begin_s * fs_hz) : window.n_before + round(end_s * fs_hz)]

    level = np.median(span(-0.12, -0.07), axis=1, keepdims=True)  # the PR segment is the isoelectric level
    wave_mv = wave_mv - level
    qrs, before, after = span(-0.1, 0.1), span(-0.07, 0.0), span(0.0, 0.09)
    p_wave, t_wave = span(-0.28, -0.08), span(0.14, 0.44)
    slope = np.abs(np.diff(qrs, axis=1)) * fs_hz
    steepest = slope.max(axis=1, keepdims=True)
    active = slope > 0.15 * np.maximum(steepest, 1e-6)
    first = active.argmax(axis=1)
    last = active.shape[1] - 1 - active[:, ::-1].argmax(axis=1)
    columns = [
        (last - first + 1) / fs_hz * 10,
        p_wave.max(axis=1),
        before.min(axis=1),
        qrs.max(axis=1),
        after.min(axis=1),
        _signed_extreme(t_wave),
        np.median(span(0.09, 0.13), axis=1),
        qrs.sum(axis=1) / fs_hz * 10,
        t_wave.sum(axis=1) / fs_hz * 10,
        steepest[:, 0] / 100,
    ]
    power = np.abs(np.fft.rfft(wave_mv * np.hanning(wave_mv.shape[1]), axis=1)) ** 2
    frequency_hz = np.fft.rfftfreq(wave_mv.shape[1], 1 / fs_hz)
    total = power.sum(axis=1) + 1e-9
    for low, high in _BANDS_HZ:
        columns.append(np.log(power[:, (frequency_hz >= low) & (frequency_hz < high)].sum(axis=1) / total + 1e-4))
    details = pywt.wavedec(wave_mv, _WAVELET, level=_LEVELS, axis=1)
    energies = np.stack([(detail**2).sum(axis=1) for detail in details], axis=1)
    columns += list(np.log(energies / (energies.sum(axis=1, keepdims=True) + 1e-9) + 1e-4).T)
    return np.stack(columns, axis=1).astype(np.float32)


def _signed_extreme(span: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Return the value farthest from zero, with its sign."""
    return np.take_along_axis(span, np.abs(span).argmax(axis=1, keepdims=True), axis=1)[:, 0]
