"""Measurements of a strip from its true waves and its signal without noise: what a case's criteria are met with.

Amplitudes are relative to the signal 8 ms before the QRS complex; the ST level is that of the J point. A measure of
several beats is their median.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import BoolArray, Float64Array, Int64Array
from ecg_core.errors import SourceError
from ecg_core.synthesis.strip_drawing import DrawnStrip
from ecg_core.synthesis.tracing import TWELVE_LEADS
from ecg_core.teaching.case import CaseText, Criterion

UNITS: Final = {"bpm": "/min", "ms": "ms", "mv": "mV", "deg": "°", "percent": "%"}
_BASELINE_S: Final = 0.008
_PREMATURE: Final = frozenset("AaJSVF")
_IN_ONE_LEAD: Final = frozenset({"p_mv", "p_terminal_mv", "q_ms", "q_mv", "r_mv", "s_mv", "r_to_s", "st_mv", "t_mv"})


@dataclass(frozen=True)
class MeasuredCriterion:
    """A criterion with what it is met with.

    Attributes
    ----------
    criterion : Criterion
    value : float or None
        None where nothing is measured, or the tracing has no such wave.
    met : bool or None
        None without limits or value.
    """

    criterion: Criterion
    value: float | None
    met: bool | None

    @property
    def shown(self) -> str:
        """Value with its unit; empty without one."""
        if self.value is None or self.criterion.measure is None:
            return ""
        unit = UNITS.get(self.criterion.measure.rpartition("_")[2], "")
        digits = 2 if unit == "mV" or self.criterion.measure == "r_to_s" else 0
        return f"{self.value:.{digits}f} {unit}".strip()


def measured_criteria(text: CaseText, drawn: DrawnStrip | None) -> tuple[MeasuredCriterion, ...]:
    """Measure the criteria of a case.

    Parameters
    ----------
    text : CaseText
        The case.
    drawn : DrawnStrip or None
        Its tracing; None of a real recording, whose criteria are not measured.

    Returns
    -------
    tuple of MeasuredCriterion

    Raises
    ------
    SourceError
        If a measure of one lead comes without a lead.
    """
    found = []
    for criterion in text.criteria:
        value = None
        if criterion.measure is not None and drawn is not None:
            if criterion.measure in _IN_ONE_LEAD and criterion.lead not in TWELVE_LEADS:
                raise SourceError(f"The criterion “{criterion.text:.60}” measures one lead: give it a lead.")
            value = measure_truth(drawn, criterion)
        met = None
        if value is not None and (criterion.above is not None or criterion.below is not None):
            above, below = criterion.above, criterion.below
            met = (above is None or value >= above) and (below is None or value <= below)
        found.append(MeasuredCriterion(criterion, value, met))
    return tuple(found)


def measure_truth(drawn: DrawnStrip, criterion: Criterion) -> float | None:
    """Measure a strip.

    Parameters
    ----------
    drawn : DrawnStrip
        The tracing with its truth.
    criterion : Criterion
        Measure, lead and beats.

    Returns
    -------
    float or None
        None where there is no such wave or interval.
    """
    value = _Measures(drawn, criterion).value(criterion.measure or "")
    return None if value is None or not np.isfinite(value) else float(value)


class _Measures:
    """The measures of one criterion's beats."""

    def __init__(self, drawn: DrawnStrip, criterion: Criterion) -> None:
        self._drawn, self._criterion = drawn, criterion
        self._fs_hz = drawn.tracing.fs_hz
        waves = drawn.tracing.waves
        self._in_rhythm = self._within(waves.beat)
        symbols = waves.symbol
        self._chosen = self._in_rhythm & (
            np.isin(symbols, list(criterion.symbols)) if criterion.symbols else _usual(symbols, self._in_rhythm)
        )
        self._common = waves.common[self._chosen] * 1000 / self._fs_hz
        self._lead = TWELVE_LEADS.index(criterion.lead) if criterion.lead in TWELVE_LEADS else -1

    def value(self, measure: str) -> float | None:
        common, rr_ms = self._common, self._rr_ms()
        with np.errstate(all="ignore"):
            pr_ms = common[:, 3] - common[:, 0]
            simple = {
                "pr_ms": lambda: _median(pr_ms),
                "shortest_pr_ms": lambda: _reduced(np.min, pr_ms),
                "longest_pr_ms": lambda: _reduced(np.max, pr_ms),
                "p_ms": lambda: _median(common[:, 2] - common[:, 0]),
                "qrs_ms": lambda: _median(common[:, 5] - common[:, 3]),
                "qt_ms": lambda: _median(common[:, 8] - common[:, 3]),
                "qtc_bazett_ms": lambda: self._corrected(1 / 2),
                "qtc_fridericia_ms": lambda: self._corrected(1 / 3),
                "rate_bpm": lambda: 60_000 / float(np.mean(rr_ms)) if len(rr_ms) else None,
                "rr_variation_percent": lambda: float(100 * rr_ms.std() / rr_ms.mean()) if len(rr_ms) > 1 else None,
                "shortest_rr_ms": lambda: _reduced(np.min, rr_ms),
                "longest_rr_ms": lambda: _reduced(np.max, rr_ms),
                "atrial_rate_bpm": self._atrial_rate,
                "qrs_axis_deg": lambda: self._axis(3, 5),
                "p_axis_deg": lambda: self._axis(0, 2),
                "sokolow_mv": lambda: self._sum(("s_mv", "V1"), max(self._of("r_mv", "V5"), self._of("r_mv", "V6"))),
                "cornell_mv": lambda: self._sum(("s_mv", "V3"), self._of("r_mv", "aVL")),
                "p_without_qrs": lambda: float(np.sum(self._within(self._marked("p")))),
                "beats": lambda: float(np.sum(self._chosen)),
                "longest_run": self._longest_run,
                "coupling_ms": lambda: self._around(before=True),
                "pause_percent": self._pause,
                "spikes": lambda: float(len(self._spikes())),
                "spikes_without_qrs": self._lost_spikes,
            }
            return simple[measure]() if measure in simple else self._of(measure, self._criterion.lead)

    def _within(self, sample: Int64Array) -> BoolArray:
        """Tell which samples lie in the criterion's rhythm."""
        if not self._criterion.rhythm:
            return np.ones(len(sample), dtype=bool)
        rhythms = self._drawn.truth.rhythms
        at = np.searchsorted([start_s for start_s, _ in rhythms], sample / self._fs_hz, side="right") - 1
        return np.array([rhythms[index][1] == self._criterion.rhythm for index in at], dtype=bool)

    def _marked(self, symbol: str) -> Int64Array:
        marks = self._drawn.annotations
        return np.asarray(marks.sample[marks.symbol == symbol])

    def _rr_ms(self) -> Float64Array:
        beat = self._drawn.tracing.waves.beat
        keep = self._in_rhythm[1:] & self._in_rhythm[:-1]
        return np.diff(beat)[keep] * 1000 / self._fs_hz

    def _corrected(self, power: float) -> float | None:
        """Return the QT interval corrected for the RR interval before each beat, in ms."""
        beat = self._drawn.tracing.waves.beat
        rr_s = np.append(np.nan, np.diff(beat) / self._fs_hz)[self._chosen]
        return _median((self._common[:, 8] - self._common[:, 3]) / rr_s**power)

    def _atrial_rate(self) -> float | None:
        atria = [per_min for _, _, mechanism, per_min in self._drawn.truth.atria if mechanism == "flutter"]
        if atria:
            return atria[0]
        waves = self._drawn.tracing.waves
        peaks = np.concatenate([waves.common[:, 1], self._marked("p")])
        peaks = np.sort(peaks[np.isfinite(peaks)])
        peaks = peaks[self._within(np.asarray(peaks, dtype=np.int64))]
        return None if len(peaks) < 3 else 60 * self._fs_hz / float(np.median(np.diff(peaks)))

    def _axis(self, onset: int, end: int) -> float | None:
        """Return the axis of the net area of a wave in I and aVF, in degrees."""
        angles = []
        for lead_areas in self._areas(onset, end):
            one, foot = lead_areas[0], lead_areas[5]
            angles.append(np.arctan2(foot * 2 / np.sqrt(3), one))
        return float(np.rad2deg(np.angle(np.mean(np.exp(1j * np.array(angles)))))) if angles else None

    def _areas(self, onset: int, end: int) -> list[Float64Array]:
        signal = self._drawn.tracing.signal_mv
        found = []
        for row in self._drawn.tracing.waves.common[self._chosen]:
            if np.isfinite(row[[onset, end]]).all() and row[onset] > _BASELINE_S * self._fs_hz:
                low, high = round(row[onset]), min(round(row[end]) + 1, len(signal))
                base = signal[max(low - round(_BASELINE_S * self._fs_hz), 0)]
                found.append((signal[low:high] - base).sum(axis=0).astype(np.float64))
        return found

    def _of(self, measure: str, lead: str) -> float:
        """Return an amplitude or width of one lead, the median of the beats; NaN where the wave is absent."""
        index = TWELVE_LEADS.index(lead)
        values = [
            self._in_beat(measure, index, row, own)
            for row, own in zip(
                self._drawn.tracing.waves.common[self._chosen],
                self._drawn.tracing.waves.boundary[self._chosen, index],
                strict=True,
            )
        ]
        found = _median(np.array(values, dtype=np.float64))
        return float("nan") if found is None else found

    def _in_beat(self, measure: str, lead: int, common: Float64Array, own: Float64Array) -> float:
        signal = self._drawn.tracing.signal_mv[:, lead].astype(np.float64)
        on, off = common[3], common[5]
        if not (on > _BASELINE_S * self._fs_hz and off < len(signal) - 1):
            return float("nan")
        base = signal[round(on - _BASELINE_S * self._fs_hz)]
        if measure == "st_mv":
            return float(signal[round(off)] - base)
        if measure == "t_mv":
            return float(signal[round(own[7])] - base) if np.isfinite(own[7]) and own[7] < len(signal) else float("nan")
        if measure in {"p_mv", "p_terminal_mv"}:
            if not np.isfinite(common[[0, 2]]).all() or common[0] < _BASELINE_S * self._fs_hz:
                return float("nan")
            low, high = round(common[0]), round(common[2])
            wave = signal[low:high] - signal[max(low - round(_BASELINE_S * self._fs_hz), 0)]
            if measure == "p_terminal_mv":
                return float(wave[len(wave) // 2 :].min())
            return float(wave[np.abs(wave).argmax()])
        qrs = signal[round(on) : round(off) + 1] - base
        top = int(qrs.argmax())
        r, s = max(float(qrs[top]), 0.0), max(-float(qrs[top:].min()), 0.0)
        if measure == "r_mv":
            return r
        if measure == "s_mv":
            return max(-float(qrs.min()), 0.0) if r < 0.05 else s
        if measure == "r_to_s":
            return r / max(s, 0.01)
        before = qrs[:top] if r >= 0.05 else qrs
        q = max(-float(before.min()), 0.0) if len(before) else 0.0
        return q if measure == "q_mv" else float(np.sum(before < -0.03)) * 1000 / self._fs_hz

    def _sum(self, first: tuple[str, str], second: float) -> float:
        return self._of(*first) + second

    def _longest_run(self) -> float:
        longest = here = 0
        wanted = self._criterion.symbols or "V"
        for symbol, inside in zip(self._drawn.tracing.waves.symbol, self._in_rhythm, strict=True):
            here = here + 1 if inside and symbol in wanted else 0
            longest = max(longest, here)
        return float(longest)

    def _around(self, before: bool) -> float | None:
        """Return the median interval before, or after, the first premature beat of each group, in ms."""
        waves = self._drawn.tracing.waves
        premature = np.isin(waves.symbol, list(self._criterion.symbols or _PREMATURE))
        at = np.flatnonzero(premature)
        at = at[(at > 0) & (at < len(premature) - 1)]
        at = at[~premature[at - 1]] if before else at[~premature[at + 1]]
        edges = (at - 1, at) if before else (at, at + 1)
        return _median((waves.beat[edges[1]] - waves.beat[edges[0]]) * 1000.0 / self._fs_hz)

    def _pause(self) -> float | None:
        """Return the interval around a premature beat as a share of two usual ones, in percent."""
        coupling, after = self._around(before=True), self._around(before=False)
        waves = self._drawn.tracing.waves
        normal = ~np.isin(waves.symbol, list(_PREMATURE))
        usual = _median(np.diff(waves.beat)[normal[1:] & normal[:-1]] * 1000.0 / self._fs_hz)
        return None if coupling is None or after is None or not usual else 100 * (coupling + after) / (2 * usual)

    def _spikes(self) -> Float64Array:
        n_samples = len(self._drawn.tracing.signal_mv)
        times = [event.time_s for event in self._drawn.truth.events if event.spike is not None]
        found = np.array(sorted(times), dtype=np.float64)
        found = found[(found >= 0) & (found * self._fs_hz < n_samples)]
        return np.asarray(found[self._within(np.asarray(found * self._fs_hz, dtype=np.int64))])

    def _lost_spikes(self) -> float:
        beats = self._drawn.tracing.waves.common[self._drawn.tracing.waves.symbol == "/", 3] / self._fs_hz
        return float(sum(not np.any((beats > at - 0.01) & (beats < at + 0.25)) for at in self._spikes()))


def _usual(symbols: npt.NDArray[np.str_], among: BoolArray) -> BoolArray:
    """Choose the beats of the symbol that most beats have."""
    if not among.any():
        return among
    names, counts = np.unique(symbols[among], return_counts=True)
    return np.asarray(symbols == names[counts.argmax()])


def _median(values: npt.NDArray[np.floating]) -> float | None:
    return _reduced(np.median, values[np.isfinite(values)])


def _reduced(reduce: Callable[..., Any], values: npt.NDArray[np.floating]) -> float | None:
    present = values[np.isfinite(values)]
    return float(reduce(present)) if len(present) else None
