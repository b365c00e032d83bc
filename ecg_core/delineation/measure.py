"""Measurements of the median beat: intervals, axes, and the matrix per lead, each with its uncertainty.

Intervals rest on the boundaries of every beat: the median over the beats, whose error is that of a median from the
spread between them, the sampling, and what is left of the delineation's own error in the mean of many beats. Amplitudes
come from the median beat, against the baseline before the QRS onset. Amplitudes of leads without a scale are relative:
ratios and signs of theirs can be used, :func:`calibrated_only` leaves them out of what is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float64Array
from ecg_core.delineation.axes import frontal_axis_deg
from ecg_core.delineation.lead_scales import relative_leads
from ecg_core.delineation.measured import GLOBAL_QUANTITIES, LEAD_QUANTITIES, QTC_FORMULAS, BeatMeasurements, Measured
from ecg_core.delineation.median_beats import MedianBeat, median_beat
from ecg_core.delineation.qrs_deflections import NAMES, qrs_deflections
from ecg_core.delineation.qtc import qtc_ms
from ecg_core.delineation.waves import BOUNDARIES, Waves
from ecg_core.recording import Recording

_MIN_SHARE: Final = 0.5
"""Share of the beats that must show a wave for it to be measured."""

_SYSTEMATIC_MS: Final = {"p_ms": 5.0, "pr_ms": 4.0, "qrs_ms": 5.0, "qt_ms": 8.0}
"""Part of the delineation's error that more beats do not average out, from the LUDB figures of the model's card."""

_INTERVALS: Final = {
    "p_ms": ("p_on", "p_off"),
    "pr_ms": ("p_on", "qrs_on"),
    "qrs_ms": ("qrs_on", "qrs_off"),
    "qt_ms": ("qrs_on", "t_off"),
}
_WAVE_OF: Final = {"p_ms": "P", "pr_ms": "P", "qrs_ms": "QRS", "qt_ms": "T"}
_AXES: Final = {"p_axis_deg": ("p_on", "p_off"), "qrs_axis_deg": ("qrs_on", "qrs_off"), "t_axis_deg": ("t_on", "t_off")}
_J_MS: Final = 8.0
_ST_HALF_MS: Final = 10.0
_WAVE_WORDS: Final = {"q": "Q", "r": "R", "s": "S", "r2": "R'"}


@dataclass(frozen=True)
class Measurement:
    """Measurements with the median beat that they rest on.

    Attributes
    ----------
    measurements : BeatMeasurements
    median : MedianBeat or None
    boundary : ndarray of float64, shape (leads, 9)
        Medians of the boundaries of each lead, as samples of the median beat; NaN where absent.
    common : ndarray of float64, shape (9,)
        The same for all leads together.
    n_beats : int
    """

    measurements: BeatMeasurements
    median: MedianBeat | None
    boundary: Float64Array
    common: Float64Array
    n_beats: int


def measure(
    recording: Recording, waves: Waves, chosen: npt.NDArray[np.bool_], rr_ms: Float64Array | None = None
) -> Measurement:
    """Measure the median of some beats.

    Parameters
    ----------
    recording : Recording
        The recording.
    waves : Waves
        Boundaries of its beats.
    chosen : ndarray of bool, shape (beats,)
        Beats that are alike: normal ones, a family, those of an hour.
    rr_ms : ndarray of float64, shape (intervals,), optional
        Intervals for rate and QTc; those between successive chosen beats by default.

    Returns
    -------
    Measurement
    """
    own = waves.of_beats(chosen)
    fs_hz = recording.fs_hz
    onset = waves.sample_of("qrs_on")
    onset = np.maximum.accumulate(np.where(np.isfinite(onset), onset, waves.beat - 0.05 * fs_hz))
    median = median_beat(recording, own.beat, onset) if len(own) else None
    overall = _intervals(own, fs_hz, None)
    if rr_ms is None:
        following = chosen[1:] & chosen[:-1]
        rr_ms = np.diff(waves.beat)[following] * 1000 / fs_hz
    overall |= _rate_and_qtc(overall["qt_ms"], rr_ms, fs_hz)
    n_leads = len(waves.lead_names)
    at = median.at if median is not None else 0
    common = at + _medians(own.common)
    boundary = (
        at + np.stack([_medians(own.offset[:, lead]) for lead in range(n_leads)]) if n_leads else np.empty((0, 9))
    )
    relative = relative_leads(recording)
    overall |= _axes(median, common, waves.lead_names, relative)
    leads = {
        name: _lead(own, lead, name, fs_hz, median, common, boundary[lead])
        for lead, name in enumerate(waves.lead_names)
    }
    ordered = {name: overall[name] for name in GLOBAL_QUANTITIES}
    return Measurement(BeatMeasurements(ordered, leads), median, boundary, common, len(own))


def calibrated_only(measurements: BeatMeasurements, relative: Mapping[str, str]) -> BeatMeasurements:
    """Return measurements without the amplitudes of leads whose scale is not known.

    Parameters
    ----------
    measurements : BeatMeasurements
        Of any leads.
    relative : mapping of str to str
        Lead names with the reason, see :func:`ecg_core.delineation.lead_scales.relative_leads`.

    Returns
    -------
    BeatMeasurements
    """
    leads = {
        name: {
            quantity: Measured(None, reason=relative[name]) if name in relative and "_mv" in quantity else measured
            for quantity, measured in values.items()
        }
        for name, values in measurements.leads.items()
    }
    return BeatMeasurements(measurements.overall, leads)


def _medians(offset: npt.NDArray[np.int16]) -> Float64Array:
    """Return the median of each boundary over the beats; NaN where too few have it; shape (9,)."""
    result = np.full(len(BOUNDARIES), np.nan)
    if not len(offset):
        return result
    known = offset != np.iinfo(np.int16).min
    for column in np.flatnonzero(known.mean(axis=0) >= _MIN_SHARE).tolist():
        result[column] = np.median(offset[known[:, column], column])
    return result


def _intervals(own: Waves, fs_hz: float, lead: int | None) -> dict[str, Measured]:
    result = {}
    assessed = own.assessed.any(axis=1) if lead is None else own.assessed[:, lead]
    for name, (start, stop) in _INTERVALS.items():
        values = own.interval_ms(start, stop, fs_hz, lead)
        values = values[assessed & np.isfinite(values)]
        n_assessed = int(assessed.sum())
        if not n_assessed:
            reason = "no beats" if not len(own) else "no lead can be read" if lead is None else "lead cannot be read"
            result[name] = Measured(None, reason=reason)
        elif len(values) < _MIN_SHARE * n_assessed:
            result[name] = Measured(None, n=n_assessed, reason=f"no {_WAVE_OF[name]} wave")
        else:
            result[name] = Measured(float(np.median(values)), _error(values, name, fs_hz), len(values))
    return result


def _error(values: Float64Array, name: str, fs_hz: float) -> float:
    spread = 1.4826 * float(np.median(np.abs(values - np.median(values)))) * 1.2533 / np.sqrt(len(values))
    sampling = 1000 / fs_hz / np.sqrt(12)
    return float(np.sqrt(spread**2 + sampling**2 + _SYSTEMATIC_MS[name] ** 2))


def _rate_and_qtc(qt: Measured, rr_ms: Float64Array, fs_hz: float) -> dict[str, Measured]:
    rr_ms = rr_ms[np.isfinite(rr_ms) & (rr_ms > 0)]
    if not len(rr_ms):
        none = Measured(None, reason="no two successive beats")
        return {"rr_ms": none, "rate_bpm": none} | {f"qtc_{name}_ms": none for name in QTC_FORMULAS}
    mean = float(rr_ms.mean())
    error = float(np.sqrt(rr_ms.var() / len(rr_ms) + (1000 / fs_hz) ** 2 / 12))
    result = {
        "rr_ms": Measured(mean, error, len(rr_ms)),
        "rate_bpm": Measured(60000 / mean, 60000 / mean**2 * error, len(rr_ms)),
    }
    for name in QTC_FORMULAS:
        if qt.value is None:
            result[f"qtc_{name}_ms"] = Measured(None, n=qt.n, reason=qt.reason)
            continue
        value = float(qtc_ms(name, qt.value, mean / 1000))
        further = float(qtc_ms(name, qt.value, (mean + error) / 1000)) - value
        result[f"qtc_{name}_ms"] = Measured(value, float(np.hypot(qt.sd or 0.0, further)), qt.n)
    return result


def _axes(
    median: MedianBeat | None, common: Float64Array, names: Sequence[str], relative: dict[str, str]
) -> dict[str, Measured]:
    result = {}
    for quantity, (start, stop) in _AXES.items():
        wave = quantity.split("_")[0].upper()
        low, high = common[BOUNDARIES.index(start)], common[BOUNDARIES.index(stop)]
        missing = [name for name in ("I", "II") if name not in names]
        if missing or median is None:
            reason = f"no lead {missing[0]}" if missing else "no whole beat"
        elif relative.keys() & {"I", "II"}:
            name = next(name for name in ("I", "II") if name in relative)
            reason = f"{name}: {relative[name]}"
        elif not (np.isfinite(low) and np.isfinite(high)):
            reason = f"no {wave} wave"
        else:
            part = _part(median.signal_mv, low, high)
            if wave != "QRS":
                part = part - np.linspace(part[0], part[-1], len(part))
            axis = frontal_axis_deg(*(part[:, names.index(name)] for name in ("I", "II")))
            result[quantity] = Measured(axis, None, len(median.beats), "" if axis is not None else "no clear direction")
            continue
        result[quantity] = Measured(None, reason=reason)
    return result


def _lead(
    own: Waves,
    lead: int,
    name: str,
    fs_hz: float,
    median: MedianBeat | None,
    common: Float64Array,
    boundary: Float64Array,
) -> dict[str, Measured]:
    found = _intervals(own, fs_hz, lead)
    n_beats = len(own)
    readable = bool(own.assessed[:, lead].mean() >= _MIN_SHARE) if n_beats else False
    qrs_on, qrs_off = common[3], common[5]
    reason = (
        f"lead {name} cannot be read"
        if not readable
        else "no QRS wave"
        if median is None or not (np.isfinite(qrs_on) and np.isfinite(qrs_off))
        else ""
    )
    if reason or median is None:
        return {quantity: found.get(quantity, Measured(None, reason=reason)) for quantity in LEAD_QUANTITIES}
    signal, noise = median.signal_mv[:, lead], float(median.noise_mv[lead])
    level = float(np.mean(_part(signal, qrs_on - 0.02 * fs_hz, qrs_on - 1)))
    signal = signal - level

    def amplitude(value: float) -> Measured:
        return (
            Measured(value, noise, n_beats) if np.isfinite(value) else Measured(None, reason="outside the median beat")
        )

    deflections = qrs_deflections(_part(signal, qrs_on, qrs_off), fs_hz)
    for wave in NAMES:
        one = deflections.get(wave)
        absent = Measured(None, n=n_beats, reason=f"no {_WAVE_WORDS[wave]} wave")
        found[f"{wave}_mv"] = absent if one is None else amplitude(one.mv)
        found[f"{wave}_ms"] = absent if one is None else Measured(one.ms, 1000 / fs_hz, n_beats)
    per_ms = fs_hz / 1000
    half = _ST_HALF_MS * per_ms
    j_mv = _mean(signal, qrs_off, qrs_off + _J_MS * per_ms)
    found["j_mv"] = amplitude(j_mv)
    for after in (60, 80):
        found[f"st{after}_mv"] = amplitude(
            _mean(signal, qrs_off + after * per_ms - half, qrs_off + after * per_ms + half)
        )
    last = found["st80_mv"].value
    slope = (last - j_mv) / 0.076 if last is not None else float("nan")
    found["st_slope_mv_s"] = Measured(slope, noise * 18, n_beats) if np.isfinite(slope) else amplitude(slope)
    for wave, start, stop in (("t", 6, 8), ("p", 0, 2)):
        low, high = boundary[start], boundary[stop]
        if not (np.isfinite(low) and np.isfinite(high)):
            found[f"{wave}_mv"] = Measured(None, n=n_beats, reason=f"no {wave.upper()} wave")
            continue
        part = _part(signal, low, high)
        if wave == "p" and len(part):
            part = part - np.linspace(part[0], part[-1], len(part))  # it may stand on the end of the T wave
        found[f"{wave}_mv"] = amplitude(float(part[np.abs(part).argmax()]) if len(part) else float("nan"))
    return {quantity: found[quantity] for quantity in LEAD_QUANTITIES}


def _part(signal: Float64Array, low: float, high: float) -> Float64Array:
    """Return the samples between two places, both included."""
    first = max(round(low), 0)
    return signal[first : max(round(high), first) + 1]


def _mean(signal: Float64Array, low: float, high: float) -> float:
    part = _part(signal, low, high)
    return float(part.mean()) if len(part) and high < len(signal) else float("nan")
