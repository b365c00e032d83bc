"""Display filters that the reviewer can switch on: zero phase, independent of how the signal is cut into spans.

A filter changes what is seen, so none is on by itself, and each has a name. What is cut out of a recording is read
with `REACH_S` more on both sides, beyond which nothing has influence, so two pieces that were filtered one by one
join without a trace.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, iirnotch, sosfiltfilt, tf2sos

from ecg_core.arrays import Float32Array
from ecg_core.recording import Recording
from ecg_core.signal.filters import remove_baseline

REACH_S: Final = 5.0
"""No filter reaches further, to a thousandth of a millivolt per volt."""

MUSCLE_HZ: Final = 35.0
"""Edge of the low-pass against muscle noise; it takes height off the QRS too, which is why it is never on by itself."""

_NOTCH_WIDTH_HZ: Final = 2.5
_SHORT_GAP_S: Final = 1.0
_MAX_EDGE_SHARE: Final = 0.95
"""Of half the rate: a filter with an edge beyond that does nothing."""


def view_filters(fs_hz: float) -> tuple[str, ...]:
    """Return the names of the filters that a recording of this rate can have, in the order they are applied."""
    return tuple(name for name, edge_hz in _EDGES_HZ.items() if edge_hz < _MAX_EDGE_SHARE * fs_hz / 2)


def filtered(signal_mv: Float32Array, fs_hz: float, names: Sequence[str]) -> Float32Array:
    """Apply filters.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        NaN where absent.
    fs_hz : float
        Sampling rate in Hz.
    names : sequence of str
        Of `VIEW_FILTERS`, in any order; one that the rate cannot carry does nothing.

    Returns
    -------
    ndarray of float32, shape (samples, leads)
        NaN where the input is absent.

    Raises
    ------
    KeyError
        If there is no filter of a name.
    """
    unknown = set(names) - set(VIEW_FILTERS)
    if unknown:
        raise KeyError(min(unknown))
    chosen = [name for name in view_filters(fs_hz) if name in names]
    if not chosen or not len(signal_mv):
        return signal_mv
    absent = ~np.isfinite(signal_mv)
    clean = _bridged(signal_mv, absent, fs_hz)
    for name in chosen:
        clean = _FILTERS[name](clean, fs_hz)
    clean[absent] = np.nan
    return clean


def read_filtered(
    recording: Recording, start: int, stop: int, leads: Sequence[int] | None = None, names: Sequence[str] = ()
) -> Float32Array:
    """Read a span as if the whole recording had been filtered.

    Parameters
    ----------
    recording : Recording
        Read beyond the span as far as the filters reach.
    start, stop : int
        First sample, and one past the last, within the recording.
    leads : sequence of int, optional
        All by default.
    names : sequence of str
        Of `VIEW_FILTERS`.

    Returns
    -------
    ndarray of float32, shape (samples, leads)

    Raises
    ------
    RecordingError
        If the span cannot be read.
    """
    if not names:
        return recording.read(start, stop, leads)
    reach = round(REACH_S * recording.fs_hz)
    first = max(start - reach, 0)
    around = recording.read(first, stop + reach, leads)
    return filtered(around, recording.fs_hz, names)[start - first : stop - first]


def _bridged(signal_mv: Float32Array, absent: npt.NDArray[np.bool_], fs_hz: float) -> Float32Array:
    """Draw a line over each short gap, and hold the nearest value over a long one.

    What is drawn near present samples then depends on what lies near them alone, however long the gap is.
    """
    bridged = signal_mv.copy()
    for lead in np.flatnonzero(absent.any(axis=0)):
        present = np.flatnonzero(~absent[:, lead])
        if not len(present):
            bridged[:, lead] = 0.0
            continue
        gaps = np.flatnonzero(absent[:, lead])
        after = np.searchsorted(present, gaps)
        left, right = present[np.maximum(after - 1, 0)], present[np.minimum(after, len(present) - 1)]
        nearest = np.where(np.abs(gaps - left) <= np.abs(right - gaps), left, right)
        line = np.interp(gaps, present, signal_mv[present, lead])
        short = right - left <= _SHORT_GAP_S * fs_hz
        bridged[gaps, lead] = np.where(short, line, signal_mv[nearest, lead])
    return bridged


def _zero_phase(sections: npt.NDArray[np.float64], signal_mv: Float32Array, fs_hz: float) -> Float32Array:
    padding = min(len(signal_mv) - 1, round(REACH_S * fs_hz / 2))
    return np.asarray(sosfiltfilt(sections, signal_mv, axis=0, padtype="even", padlen=padding), dtype=np.float32)


def _without_mains(mains_hz: float) -> Callable[[Float32Array, float], Float32Array]:
    def notch(signal_mv: Float32Array, fs_hz: float) -> Float32Array:
        return _zero_phase(tf2sos(*iirnotch(mains_hz, mains_hz / _NOTCH_WIDTH_HZ, fs=fs_hz)), signal_mv, fs_hz)

    return notch


def _without_muscle(signal_mv: Float32Array, fs_hz: float) -> Float32Array:
    return _zero_phase(butter(2, MUSCLE_HZ, "lowpass", fs=fs_hz, output="sos"), signal_mv, fs_hz)


_FILTERS: Final[dict[str, Callable[[Float32Array, float], Float32Array]]] = {
    "baseline": remove_baseline,
    "mains50": _without_mains(50.0),
    "mains60": _without_mains(60.0),
    "muscle": _without_muscle,
}
_EDGES_HZ: Final = {"baseline": 0.0, "mains50": 50.0, "mains60": 60.0, "muscle": MUSCLE_HZ}

VIEW_FILTERS: Final = tuple(_FILTERS)
"""``baseline`` (a high-pass near 0.6 Hz), ``mains50`` and ``mains60`` (notches 2.5 Hz wide), ``muscle`` (35 Hz)."""
