"""The detectors that are measured: ours and its peers, each on one lead in memory."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]
Detect = Callable[[Signal, float], Any]

OURS = "rhythmoscope"
SLOW = ("wfdb gqrs", "wfdb xqrs")
"""Pure Python sample by sample: minutes for a day, so they are left out there."""


def _ours(signal: Signal, fs_hz: float) -> Any:
    from ecg_core.detection import detect_recording
    from ecg_core.recording import from_array

    return detect_recording(from_array(signal, fs_hz)).sample


def _sleepecg(signal: Signal, fs_hz: float) -> Any:
    import sleepecg

    return sleepecg.detect_heartbeats(signal, fs_hz)


def _gqrs(signal: Signal, fs_hz: float) -> Any:
    from wfdb import processing

    return processing.gqrs_detect(signal, fs=fs_hz)


def _xqrs(signal: Signal, fs_hz: float) -> Any:
    from wfdb import processing

    return processing.xqrs_detect(signal, fs=fs_hz, verbose=False)


def _neurokit(method: str) -> Detect:
    def detect(signal: Signal, fs_hz: float) -> Any:
        import neurokit2

        rate = round(fs_hz)
        cleaned = neurokit2.ecg_clean(signal, sampling_rate=rate, method=method)
        return neurokit2.ecg_peaks(cleaned, sampling_rate=rate, method=method)[1]["ECG_R_Peaks"]

    return detect


_DETECTORS: dict[str, tuple[str, Detect]] = {
    OURS: ("ecg_core", _ours),
    "sleepecg": ("sleepecg", _sleepecg),
    "neurokit2 neurokit": ("neurokit2", _neurokit("neurokit")),
    "neurokit2 pantompkins1985": ("neurokit2", _neurokit("pantompkins1985")),
    "wfdb gqrs": ("wfdb", _gqrs),
    "wfdb xqrs": ("wfdb", _xqrs),
}

NAMES = tuple(_DETECTORS)


def detector(name: str) -> Detect | None:
    """Return a detector that gives sorted sample indices, or None if its package is not installed."""
    package, detect = _DETECTORS[name]
    if find_spec(package) is None:
        return None

    def found(signal: Signal, fs_hz: float) -> npt.NDArray[np.int64]:
        samples = np.asarray(detect(signal, fs_hz), dtype=np.float64)
        return np.unique(samples[np.isfinite(samples)]).astype(np.int64)

    return found
