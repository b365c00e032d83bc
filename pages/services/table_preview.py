"""Preview and validation of a table under a layout that is being entered. No Streamlit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.errors import RecordingError
from ecg_core.formats import LayoutNeededError, TableLayout
from ecg_core.recording import Recording
from pages.services.library import LocatedRecording
from pages.services.wording import duration, rate

SHOWN_S: Final = 6.0
MAX_PREVIEWED_LEADS: Final = 3
_COUNTED_S: Final = 30.0
_ENOUGH_S: Final = 5.0
_USUAL_MV: Final = (0.15, 8.0)
_USUAL_BPM: Final = (35.0, 180.0)
_MIN_BEATS: Final = 4
_MIN_SAMPLES: Final = 500
_TABLES: Final = frozenset({"CSV", "TSV", "Parquet", "NPY", "HDF5", "MATLAB 4", "MATLAB 5"})


@dataclass(frozen=True)
class Preview:
    """Preview of the first seconds of a table.

    Attributes
    ----------
    signal : ndarray of float32, shape (samples, leads)
        Of the first leads.
    fs_hz : float
    lead_names : tuple of str
    calibrated : bool
    facts : str
        Length, rate, height and rate of the heart in words.
    doubt : str or None
        What looks wrong.
    """

    signal: npt.NDArray[np.float32]
    fs_hz: float
    lead_names: tuple[str, ...]
    calibrated: bool
    facts: str
    doubt: str | None


def is_table(recording: Recording) -> bool:
    """Tell whether a recording was opened from a table of numbers, whose layout a person can change."""
    return recording.format_name.partition(" (")[0] in _TABLES


def preview(located: LocatedRecording, layout: TableLayout) -> Preview | str:
    """Open a table with a layout; return the error sentence if it does not fit.

    Parameters
    ----------
    located : LocatedRecording
        The table.
    layout : TableLayout
        What the person entered so far.
    """
    try:
        recording = located.open_with(layout)
        shown = list(range(min(len(recording.leads), MAX_PREVIEWED_LEADS)))
        counted = recording.read(0, round(_COUNTED_S * recording.fs_hz), shown)
    except LayoutNeededError as error:
        if error.contradicts:
            return str(error)
        wanted = {"fs_hz": "the sampling rate", "unit": "the unit"}
        missing = [wanted[each] for each in error.missing]
        return f"Give {' and '.join(missing)} to see the signal."
    except RecordingError as error:
        return str(error)
    fs_hz = recording.fs_hz
    calibrated = all(recording.leads[lead].calibrated for lead in shown)
    height_mv = _height(counted, fs_hz) if calibrated else None
    rate_bpm = _rate_bpm(counted, fs_hz)
    facts = [duration(recording.duration_s), rate(fs_hz)]
    facts.append(f"about {height_mv:.2g} mV high" if height_mv else "heights not known" if not calibrated else "flat")
    if rate_bpm is not None:
        facts.append(f"about {rate_bpm:.0f} beats a minute")
    return Preview(
        signal=counted[: round(SHOWN_S * fs_hz)],
        fs_hz=fs_hz,
        lead_names=tuple(recording.leads[lead].name for lead in shown),
        calibrated=calibrated,
        facts=" · ".join(facts),
        doubt=_doubt(height_mv, rate_bpm, len(counted) >= _ENOUGH_S * fs_hz),
    )


def _height(signal_mv: npt.NDArray[np.float32], fs_hz: float) -> float | None:
    """Return the usual height of a second and lead; a wandering baseline adds little to it."""
    per_second = max(round(fs_hz), _MIN_SAMPLES)  # where the rate is told far too low, a beat takes many "seconds"
    whole = len(signal_mv) // per_second * per_second
    if not whole:
        return None
    seconds = signal_mv[:whole].reshape(-1, per_second, signal_mv.shape[1]).astype(np.float64)
    present = np.isfinite(seconds).all(axis=1)
    heights = np.ptp(seconds, axis=1)[present]
    height = float(np.median(heights)) if len(heights) else 0.0
    return height or None


def _rate_bpm(signal_mv: npt.NDArray[np.float32], fs_hz: float) -> float | None:
    from ecg_core.detection import detect_beats

    beats = detect_beats(signal_mv, fs_hz)
    return float(60 * fs_hz / np.median(np.diff(beats))) if len(beats) >= _MIN_BEATS else None


def _doubt(height_mv: float | None, rate_bpm: float | None, long_enough: bool) -> str | None:
    if height_mv is not None and not _USUAL_MV[0] <= height_mv <= _USUAL_MV[1]:
        return f"An ECG is rarely {height_mv:.2g} mV high: is the unit right?"
    if rate_bpm is None and long_enough:
        return "Hardly a beat is found here: are the sampling rate and the leads right?"
    if rate_bpm is not None and not _USUAL_BPM[0] <= rate_bpm <= _USUAL_BPM[1]:
        return f"A heart rarely beats {rate_bpm:.0f} times a minute: is the sampling rate right?"
    return None
