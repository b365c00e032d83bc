"""Heart-rate variability of a recording and of any of its spans.

No measure is given without enough to rest on. A span is refused as a whole where more than a fifth of its time is no
N-N interval: Vest et al. (2018) leave out windows of which more than 20 % is rejected. Each measure has a shortest
length besides, see `SHORTEST_S`.

References
----------
Task Force of the European Society of Cardiology and the North American Society of Pacing and Electrophysiology.
Circulation 1996; 93: 1043-1065.
Vest AN, Da Poian G, Li Q, et al. An open source benchmarked toolbox for cardiovascular waveform and interval analysis.
Physiol Meas 2018; 39: 105004.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from ecg_core.arrays import BoolArray, Float64Array
from ecg_core.rhythm.hrv import nonlinear, spectrum, time_domain
from ecg_core.rhythm.hrv.deceleration import deceleration_capacity_ms
from ecg_core.rhythm.hrv.nn_intervals import NNIntervals, nn_intervals
from ecg_core.rhythm.hrv.turbulence import Turbulence, turbulence
from ecg_core.rhythm.intervals import Intervals

LEFT_OUT_LIMIT: Final = 0.2
"""Largest share of a span's time that may be left out (Vest 2018)."""

WINDOW_S: Final = 300
HOUR_S: Final = 3600
DAY_HOURS: Final = (6, 22)
"""Clock times at which the day begins and ends."""

_MINUTE_S: Final = 60
_LONG_S: Final = 18 * HOUR_S

SHORTEST_S: Final[dict[str, float]] = {
    "mean_nn_ms": _MINUTE_S,
    "sdnn_ms": WINDOW_S,
    "sdann_ms": _LONG_S,
    "sdnn_index_ms": HOUR_S,
    "rmssd_ms": _MINUTE_S,
    "sdsd_ms": _MINUTE_S,
    "nn50": _MINUTE_S,
    "pnn50_percent": _MINUTE_S,
    "triangular_index": 20 * _MINUTE_S,
    "tinn_ms": 20 * _MINUTE_S,
    "ulf_ms2": _LONG_S,
    "vlf_ms2": WINDOW_S,
    "lf_ms2": 2 * _MINUTE_S,
    "hf_ms2": _MINUTE_S,
    "total_power_ms2": WINDOW_S,
    "lf_nu": 2 * _MINUTE_S,
    "hf_nu": 2 * _MINUTE_S,
    "lf_hf": 2 * _MINUTE_S,
    "lomb_vlf_ms2": WINDOW_S,
    "lomb_lf_ms2": 2 * _MINUTE_S,
    "lomb_hf_ms2": _MINUTE_S,
    "lomb_lf_hf": 2 * _MINUTE_S,
    "sd1_ms": _MINUTE_S,
    "sd2_ms": WINDOW_S,
    "sample_entropy": WINDOW_S,
    "dfa_alpha1": WINDOW_S,
    "dfa_alpha2": 20 * _MINUTE_S,
    "deceleration_capacity_ms": _LONG_S,
}
"""Shortest span of each measure in seconds.

Five minutes for short-term measures, 1 min for HF, 2 min for LF, 20 min for the geometrical measures and 18 h of N-N
intervals for those of 24 h are the Task Force's; so is the minute of what rests on successive differences, which lie
in the high frequencies. An hour for the SDNN index, and 20 min for alpha 2, are enough windows for a mean.
"""

_FEWEST_NN: Final = 30
_MOST_NN_ENTROPY: Final = 2000
_MOST_KEPT: Final = 4096
"""Spans whose measures are kept; a recording of two days has 576 windows of five minutes."""

_FEWEST_NN_ENTROPY: Final = 200
"""Twice what Richman and Moorman (2000) ask for: 10 to the power of the pattern's length."""

_TOO_FEW: Final = "too few N-N intervals"
_CONSTANT: Final = "the intervals do not vary"
_DISTURBED: Final = "too much is interpolated in every segment of five minutes"


@dataclass(frozen=True)
class Measure:
    """A measure's value, or the reason why there is none."""

    value: float | None
    reason: str = ""


@dataclass(frozen=True)
class Variability:
    """Heart-rate variability of a span.

    Attributes
    ----------
    spans_s : tuple of (float, float)
        Start and end in seconds from the start of the recording; several for the day and the night.
    measures : mapping of str to Measure
        By the names of `SHORTEST_S`.
    n_nn : int
        N-N intervals that it rests on.
    nn_s : float
        Their time.
    left_out : mapping of str to (int, float)
        Intervals left out and their time in seconds, by cause, the longest time first.
    n_interpolated : int
        Intervals put in place of what was left out, for Welch's spectrum alone.
    refused : str
        Why there are no values at all.
    """

    spans_s: tuple[tuple[float, float], ...]
    measures: Mapping[str, Measure]
    n_nn: int
    nn_s: float
    left_out: Mapping[str, tuple[int, float]]
    n_interpolated: int
    refused: str = ""

    @property
    def left_out_share(self) -> float:
        """Share of the time that is left out."""
        return _share(self.nn_s, self.left_out)


@dataclass(frozen=True)
class _Part:
    """The N-N intervals of a span."""

    nn_ms: Float64Array
    end_s: Float64Array
    follows: BoolArray

    @property
    def differences_ms(self) -> Float64Array:
        return np.diff(self.nn_ms)[self.follows[1:]]


class HeartRateVariability:
    """Heart-rate variability of a recording, computed for the spans that are asked for.

    Parameters
    ----------
    given : Intervals
        Beats and intervals of a classified analysis.
    episodes : pandas.DataFrame
        Its episodes.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording in samples.
    start_time : datetime or time, optional
        Clock time of the first sample.
    """

    def __init__(
        self,
        given: Intervals,
        episodes: pd.DataFrame,
        fs_hz: float,
        n_samples: int,
        start_time: datetime | time | None = None,
    ) -> None:
        self.intervals: NNIntervals = nn_intervals(given, episodes, fs_hz, n_samples)
        self._given = given
        self._clock_s = None if start_time is None else _seconds_of_day(start_time)
        self._known: dict[tuple[tuple[float, float], ...], Variability] = {}

    @property
    def duration_s(self) -> float:
        """Length of the recording in seconds."""
        return self.intervals.duration_s

    @property
    def has_clock(self) -> bool:
        """Whether the recording says when it began; day and night are unknown otherwise."""
        return self._clock_s is not None

    @cached_property
    def turbulence(self) -> Turbulence:
        """Heart-rate turbulence of the whole recording."""
        return turbulence(self._given, self.intervals)

    @cached_property
    def whole(self) -> Variability:
        """Variability of the whole recording."""
        return self.of((0.0, self.duration_s))

    def hours(self) -> list[tuple[float, float]]:
        """Return the hours: of the clock where the start time is known, else from the start of the recording."""
        return self._steps(HOUR_S)

    def windows(self) -> list[tuple[float, float]]:
        """Return the windows of five minutes, aligned as the hours are."""
        return self._steps(WINDOW_S)

    def day(self) -> list[tuple[float, float]]:
        """Return the spans between `DAY_HOURS`; none where the start time is unknown."""
        return self._between(*DAY_HOURS)

    def night(self) -> list[tuple[float, float]]:
        """Return the spans outside `DAY_HOURS`; none where the start time is unknown."""
        return self._between(DAY_HOURS[1] - 24, DAY_HOURS[0])

    def of(self, *spans_s: tuple[float, float]) -> Variability:
        """Measure the variability of a span, or of several together.

        Parameters
        ----------
        *spans_s : (float, float)
            Start and end in seconds from the start of the recording; in order, and not overlapping.

        Returns
        -------
        Variability
        """
        if spans_s in self._known:
            return self._known[spans_s]
        parts = [self.intervals.inside(*span) for span in spans_s]
        at = np.concatenate([np.arange(part.start, part.stop) for part in parts]) if parts else np.empty(0, int)
        chosen = at[self.intervals.normal[at]]
        nn_s, onset_s = self.intervals.rr_s[chosen], self.intervals.onset_s[chosen]
        part = _Part(1000 * nn_s, onset_s + nn_s, np.concatenate(([False], np.diff(chosen) == 1))[: len(chosen)])
        left_out = _added([self.intervals.left_out(*span) for span in spans_s])
        refused = self._refusal(part, left_out)
        n_put_in = 0 if self._tachogram is None else sum(self._tachogram.n_put_in(*span) for span in spans_s)
        measures = dict.fromkeys(SHORTEST_S, Measure(None, refused)) if refused else self._measures(part, spans_s)
        result = Variability(spans_s, measures, len(chosen), float(nn_s.sum()), left_out, n_put_in, refused)
        if len(self._known) < _MOST_KEPT:
            self._known[spans_s] = result
        return result

    @cached_property
    def _tachogram(self) -> spectrum.Tachogram | None:
        return spectrum.tachogram(self.intervals)

    def _refusal(self, part: _Part, left_out: Mapping[str, tuple[int, float]]) -> str:
        if not self.intervals.classified:
            return "beats have no classes, so that N-N intervals are unknown"
        share = _share(float(part.nn_ms.sum() / 1000), left_out)
        if share > LEFT_OUT_LIMIT:
            total = sum(time_s for _, time_s in left_out.values()) / share
            causes = ", ".join(f"{name} {_percent(time_s / total)}" for name, (_, time_s) in left_out.items())
            return f"{_percent(share)} of the time is left out (limit {_percent(LEFT_OUT_LIMIT)}): {causes}"
        return _TOO_FEW if len(part.nn_ms) < _FEWEST_NN else ""

    def _measures(self, part: _Part, spans_s: Sequence[tuple[float, float]]) -> dict[str, Measure]:
        length_s = sum(stop_s - start_s for start_s, stop_s in spans_s)
        windows = [] if length_s <= WINDOW_S else self._windows_of(spans_s)
        values: dict[str, float | str | None] = {"mean_nn_ms": float(part.nn_ms.mean())}
        values["sdnn_ms"] = float(np.std(part.nn_ms, ddof=1))
        if len(part.differences_ms) > 2:
            values |= time_domain.successive(part.differences_ms)
            values |= nonlinear.poincare(part.nn_ms, part.follows)
        if length_s >= SHORTEST_S["triangular_index"]:
            values["triangular_index"] = time_domain.triangular_index(part.nn_ms)
            values["tinn_ms"] = time_domain.tinn_ms(part.nn_ms)
        values |= self._long_term(windows)
        values |= self._welch(spans_s, float(part.nn_ms.sum() / 1000))
        values |= self._lomb(part, windows)
        values |= self._nonlinear(part, windows, length_s)
        if part.nn_ms.sum() / 1000 >= _LONG_S:
            values["deceleration_capacity_ms"] = deceleration_capacity_ms(part.nn_ms, part.follows)
        nn_length_s = float(part.nn_ms.sum() / 1000)
        return {
            name: _measure(values.get(name), nn_length_s if shortest_s == _LONG_S else length_s, shortest_s)
            for name, shortest_s in SHORTEST_S.items()
        }

    def _windows_of(self, spans_s: Sequence[tuple[float, float]]) -> list[Variability]:
        """Measure the whole windows of five minutes in some spans: the clock's, or from the start of the span."""
        aligned = {window for window in self.windows() if window[1] - window[0] == WINDOW_S}
        result = []
        for start_s, stop_s in spans_s:
            inside = [window for window in aligned if window[0] >= start_s and window[1] <= stop_s]
            result += [self.of(window) for window in sorted(inside)]
        return [window for window in result if not window.refused]

    @staticmethod
    def _long_term(windows: Sequence[Variability]) -> dict[str, float | str | None]:
        if len(windows) < 3:
            return {}
        means, deviations = _values(windows, "mean_nn_ms"), _values(windows, "sdnn_ms")
        return {"sdann_ms": float(np.std(means, ddof=1)), "sdnn_index_ms": float(np.mean(deviations))}

    def _welch(self, spans_s: Sequence[tuple[float, float]], nn_s: float) -> dict[str, float | str | None]:
        tachogram = self._tachogram
        if tachogram is None:
            return {}
        found: list[tuple[spectrum.Spectrum, float]] = []
        for span in spans_s:
            part = tachogram.part(*span)
            one = spectrum.welch(tachogram.nn_ms[part], tachogram.interpolated[part])
            if one is not None:
                found.append((one, span[1] - span[0]))
        if not found:
            return dict.fromkeys(("vlf_ms2", "lf_ms2", "hf_ms2", "total_power_ms2", "lf_nu", "lf_hf"), _DISTURBED)
        weights = [weight for _, weight in found]
        powers = {
            f"{band}_ms2": float(np.average([one.power(band) for one, _ in found], weights=weights))
            for band in ("vlf", "lf", "hf")
        }
        values: dict[str, float | str | None] = {**powers, "total_power_ms2": sum(powers.values())}
        values |= _balance(powers["lf_ms2"], powers["hf_ms2"])
        if nn_s >= _LONG_S and len(spans_s) == 1:
            ultra_low = spectrum.periodogram(tachogram.nn_ms[tachogram.part(*spans_s[0])]).power("ulf")
            values["ulf_ms2"] = ultra_low
            values["total_power_ms2"] = sum(powers.values()) + ultra_low
        return values

    @staticmethod
    def _lomb(part: _Part, windows: Sequence[Variability]) -> dict[str, float | str | None]:
        bands = ("vlf", "lf", "hf")
        if windows:
            powers = {band: float(np.mean(_values(windows, f"lomb_{band}_ms2"))) for band in bands}
        else:
            found = spectrum.lomb_scargle(part.end_s, part.nn_ms)
            powers = {band: found.power(band) for band in bands}
        values: dict[str, float | str | None] = {f"lomb_{band}_ms2": powers[band] for band in bands}
        values["lomb_lf_hf"] = _balance(powers["lf"], powers["hf"])["lf_hf"]
        return values

    @staticmethod
    def _nonlinear(part: _Part, windows: Sequence[Variability], length_s: float) -> dict[str, float | str | None]:
        values: dict[str, float | str | None] = {}
        if windows:
            entropies = _values(windows, "sample_entropy")
            values["sample_entropy"] = float(np.mean(entropies)) if len(entropies) else None
        elif _FEWEST_NN_ENTROPY <= len(part.nn_ms) <= _MOST_NN_ENTROPY:
            values["sample_entropy"] = nonlinear.sample_entropy(part.nn_ms, part.follows)
        exponents = {"dfa_alpha1": nonlinear.SHORT_SCALES, "dfa_alpha2": nonlinear.LONG_SCALES}
        for name, scales in exponents.items():
            if length_s >= SHORTEST_S[name] and len(part.nn_ms) >= 4 * scales.max():
                exponent = nonlinear.scaling_exponent(part.nn_ms, scales)
                values[name] = _CONSTANT if exponent is None else exponent
        return values

    def _steps(self, step_s: int) -> list[tuple[float, float]]:
        first = step_s - (self._clock_s or 0) % step_s
        inner = np.arange(first, self.duration_s, step_s)
        edges = [0.0, *inner.tolist(), self.duration_s]
        return [(start, stop) for start, stop in pairwise(edges) if stop > start]

    def _between(self, first_hour: int, last_hour: int) -> list[tuple[float, float]]:
        if self._clock_s is None:
            return []
        spans = []
        for day in range(-1, int(self.duration_s // (24 * HOUR_S)) + 2):
            start_s, stop_s = ((24 * day + hour) * HOUR_S - self._clock_s for hour in (first_hour, last_hour))
            start_s, stop_s = max(start_s, 0.0), min(stop_s, self.duration_s)
            if stop_s > start_s:
                spans.append((start_s, stop_s))
        return spans


def _measure(value: float | str | None, length_s: float, shortest_s: float) -> Measure:
    if length_s < shortest_s:
        return Measure(None, f"needs {_duration(shortest_s)}{' of N-N intervals' if shortest_s == _LONG_S else ''}")
    if isinstance(value, str):
        return Measure(None, value)
    return Measure(None, _TOO_FEW) if value is None else Measure(value)


def _balance(lf: float, hf: float) -> dict[str, float | str | None]:
    if lf + hf <= 1e-9 or hf <= 1e-9:
        return dict.fromkeys(("lf_nu", "hf_nu", "lf_hf"), _CONSTANT)
    return {"lf_nu": 100 * lf / (lf + hf), "hf_nu": 100 * hf / (lf + hf), "lf_hf": lf / hf}


def _values(windows: Sequence[Variability], name: str) -> Float64Array:
    found = [window.measures[name].value for window in windows]
    return np.array([value for value in found if value is not None])


def _share(nn_s: float, left_out: Mapping[str, tuple[int, float]]) -> float:
    left_out_s = sum(time_s for _, time_s in left_out.values())
    return left_out_s / (left_out_s + nn_s) if left_out_s else 0.0


def _added(parts: Sequence[Mapping[str, tuple[int, float]]]) -> dict[str, tuple[int, float]]:
    total: dict[str, tuple[int, float]] = {}
    for part in parts:
        for name, (count, time_s) in part.items():
            known = total.get(name, (0, 0.0))
            total[name] = (known[0] + count, known[1] + time_s)
    return dict(sorted(total.items(), key=lambda one: -one[1][1]))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "below 1 %"


def _duration(length_s: float) -> str:
    return f"{length_s / HOUR_S:g} h" if length_s >= HOUR_S else f"{length_s / _MINUTE_S:g} min"


def _seconds_of_day(start: datetime | time) -> float:
    return start.hour * 3600 + start.minute * 60 + start.second + start.microsecond / 1e6
