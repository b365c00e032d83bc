"""Tracings whose waves are known exactly: beats placed one by one, each from P, QRS, ST and T dipoles.

A scenario (`scenario`) tells what happens over hours; a tracing is some seconds of any leads with the truth of
every wave: onset, peak and end in each lead and in all leads together. The waves are those of
:mod:`ecg_core.synthesis.morphology`: Gaussians of the heart's dipole, projected by Dower's matrix.

Onset and end of a wave in a lead are where its own contribution to that lead first and last exceeds `LEVELS` of its
largest value. For a single Gaussian 0.135 is two standard deviations from the centre: where the tangent at the
steepest point meets the baseline, which is how the end of T is measured by hand. A wave smaller than `MIN_MV` in a
lead is absent there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array, Float64Array
from ecg_core.synthesis.morphology import lead_vectors

LEVELS: Final = {"P": 0.10, "QRS": 0.015, "T": 0.135}
MIN_MV: Final = {"P": 0.02, "QRS": 0.05, "T": 0.03}
_GRID_S: Final = 0.001
_SPAN_S: Final = (-0.35, 0.75)
_ST_RISE_S: Final = 0.008
"""Time constant with which the ST segment's level is reached behind the QRS complex."""

Component = tuple[float, float, tuple[float, float, float]]
"""Centre and standard deviation in s, and the dipole in mV (left, down, back)."""

TWELVE_LEADS: Final = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


@dataclass(frozen=True)
class WaveShape:
    """A wave as a sum of Gaussians.

    Attributes
    ----------
    components : tuple of Component
        Centres are relative to the wave's own place.
    """

    components: tuple[Component, ...]

    def scaled(self, gain: float = 1.0, stretch: float = 1.0) -> WaveShape:
        """Return the wave larger or longer.

        Parameters
        ----------
        gain : float
            Factor on the dipole.
        stretch : float
            Factor on centres and widths.

        Returns
        -------
        WaveShape
        """
        return WaveShape(
            tuple(
                (centre * stretch, width * stretch, (x * gain, y * gain, z * gain))
                for centre, width, (x, y, z) in self.components
            )
        )

    def turned(self, matrix: Float64Array) -> WaveShape:
        """Return the wave with its dipole turned.

        Parameters
        ----------
        matrix : ndarray of float64, shape (3, 3)
            Rotation.

        Returns
        -------
        WaveShape
        """
        return WaveShape(
            tuple(
                (centre, width, (float(turned[0]), float(turned[1]), float(turned[2])))
                for centre, width, dipole in self.components
                for turned in (matrix @ np.array(dipole),)
            )
        )

    def in_leads(self, time_s: Float64Array, leads: Float64Array) -> Float64Array:
        """Return the wave in each lead.

        Parameters
        ----------
        time_s : ndarray of float64, shape (times,)
            Relative to the wave's place.
        leads : ndarray of float64, shape (leads, 3)
            Projections, see :func:`ecg_core.synthesis.morphology.lead_vectors`.

        Returns
        -------
        ndarray of float64, shape (times, leads)
            Millivolts.
        """
        total = np.zeros((len(time_s), len(leads)))
        for centre, width, dipole in self.components:
            total += np.exp(-0.5 * ((time_s - centre) / width) ** 2)[:, None] * (leads @ np.array(dipole))
        return total


@dataclass(frozen=True)
class Complex:
    """A QRS complex with its repolarisation.

    Attributes
    ----------
    qrs, t : WaveShape
        Centres relative to the QRS complex's place; those of T for an RR interval of 1 s.
    st : tuple of float
        Dipole of the ST segment in mV.
    symbol : str
        WFDB symbol of the beat.
    other : WaveShape or None
        Deflections that belong to none of P, QRS and T: U wave, J wave. They are drawn and have no true boundaries.
    """

    qrs: WaveShape
    t: WaveShape
    st: tuple[float, float, float] = (0.0, 0.0, 0.0)
    symbol: str = "N"
    other: WaveShape | None = None


@dataclass(frozen=True)
class Event:
    """A P wave, a QRS complex, or a pacing spike at a time.

    Attributes
    ----------
    time_s : float
        Place of the wave.
    p : WaveShape or None
    beat : Complex or None
    rr_s : float
        Interval that repolarisation has adapted to.
    spike : tuple of float or None
        Dipole of a pacing spike in mV.
    conducted : bool
        Of a P wave: whether a QRS complex may follow from it.
    """

    time_s: float
    p: WaveShape | None = None
    beat: Complex | None = None
    rr_s: float = 1.0
    spike: tuple[float, float, float] | None = None
    conducted: bool = True


@dataclass(frozen=True)
class TrueWaves:
    """Exact waves of a tracing.

    Attributes
    ----------
    beat : ndarray of int64, shape (beats,)
        Samples of the QRS complexes' largest deflection over all leads.
    symbol : ndarray of str, shape (beats,)
    boundary : ndarray of float64, shape (beats, leads, 9)
        In the order of `ecg_core.delineation.BOUNDARIES`, in samples; NaN where a wave is absent.
    common : ndarray of float64, shape (beats, 9)
        Earliest onset and latest end over the leads.
    other_p : ndarray of float64, shape (waves, leads, 3)
        P waves that no QRS complex follows.
    """

    beat: npt.NDArray[np.int64]
    symbol: npt.NDArray[np.str_]
    boundary: Float64Array
    common: Float64Array
    other_p: Float64Array


@dataclass(frozen=True)
class Tracing:
    """Some seconds of ECG with the truth.

    Attributes
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
    fs_hz : float
    lead_names : tuple of str
    waves : TrueWaves
    """

    signal_mv: Float32Array
    fs_hz: float
    lead_names: tuple[str, ...]
    waves: TrueWaves


@dataclass
class Drawing:
    """Draws events into a tracing.

    Attributes
    ----------
    fs_hz : float
    duration_s : float
    lead_names : tuple of str
    projection : ndarray of float64, shape (leads, 3), or None
        Of the dipole onto the leads, where electrodes lie elsewhere than the leads' names say.
    """

    fs_hz: float = 500.0
    duration_s: float = 10.0
    lead_names: tuple[str, ...] = TWELVE_LEADS
    projection: Float64Array | None = None
    _known: dict[tuple[WaveShape, str], Float64Array] = field(default_factory=dict)

    def draw(self, events: Sequence[Event], atria: Float64Array | None = None) -> Tracing:
        """Return the tracing of some events.

        Parameters
        ----------
        events : sequence of Event
            In order of time. A P wave belongs to the QRS complex that follows it before another P wave, within 0.6 s.
        atria : ndarray of float64, shape (samples, leads), optional
            Fibrillatory or flutter waves to add, in mV.

        Returns
        -------
        Tracing
        """
        leads = lead_vectors(self.lead_names) if self.projection is None else self.projection
        n_samples = round(self.duration_s * self.fs_hz)
        signal = np.zeros((n_samples, len(leads))) if atria is None else atria.astype(np.float64).copy()
        beats: list[tuple[int, str]] = []
        rows: list[Float64Array] = []
        waiting: list[tuple[float, Float64Array]] = []
        alone: list[Float64Array] = []
        for event in sorted(events, key=lambda one: one.time_s):
            if event.spike is not None:
                at = round(event.time_s * self.fs_hz)
                n_spike = max(round(0.002 * self.fs_hz), 1)
                signal[max(at, 0) : max(at + n_spike, 0)] += leads @ np.array(event.spike)
            if event.p is not None:
                self._add(signal, event.time_s, event.p, leads)
                found = self._boundaries(event.p, "P", event.time_s, leads)
                if event.conducted:
                    waiting.append((event.time_s, found))
                else:
                    alone.append(found)
            if event.beat is None:
                continue
            t = _adapted(event.beat.t, event.rr_s)
            self._add(signal, event.time_s, event.beat.qrs, leads)
            self._add(signal, event.time_s, t, leads)
            self._add_st(signal, event.time_s, event.beat, t, leads)
            if event.beat.other is not None:
                self._add(signal, event.time_s, event.beat.other, leads)
            row = np.full((len(leads), 9), np.nan)
            if waiting and event.time_s - waiting[-1][0] < 0.6:
                row[:, :3] = waiting.pop()[1]
            alone += [boundary for _, boundary in waiting]
            waiting = []
            row[:, 3:6] = self._boundaries(event.beat.qrs, "QRS", event.time_s, leads)
            row[:, 6:] = self._boundaries(t, "T", event.time_s, leads)
            at = round(event.time_s * self.fs_hz)
            if 0 <= at < n_samples:
                beats.append((at, event.beat.symbol))
                rows.append(row)
        alone += [boundary for _, boundary in waiting]
        boundary = np.array(rows).reshape(-1, len(leads), 9)
        waves = TrueWaves(
            np.array([at for at, _ in beats], dtype=np.int64),
            np.array([symbol for _, symbol in beats], dtype="<U1"),
            boundary,
            _common(boundary),
            np.array(alone).reshape(-1, len(leads), 3),
        )
        return Tracing(signal.astype(np.float32), self.fs_hz, self.lead_names, waves)

    def _add(self, signal: Float64Array, time_s: float, shape: WaveShape, leads: Float64Array) -> None:
        low = max(int((time_s + _SPAN_S[0]) * self.fs_hz), 0)
        high = min(int((time_s + _SPAN_S[1]) * self.fs_hz), len(signal))
        if low < high:
            signal[low:high] += shape.in_leads(np.arange(low, high) / self.fs_hz - time_s, leads)

    def _add_st(self, signal: Float64Array, time_s: float, beat: Complex, t: WaveShape, leads: Float64Array) -> None:
        """Add the ST segment's level, from the end of the QRS complex to the middle of T."""
        if not any(beat.st):
            return
        low, high = max(int(time_s * self.fs_hz), 0), min(int((time_s + _SPAN_S[1]) * self.fs_hz), len(signal))
        if low >= high:
            return
        begin_s = end_of(beat.qrs) - 2 * _ST_RISE_S
        peak_s = max(centre for centre, _, _ in t.components)
        width_s = max(width for _, width, _ in t.components)
        since_s = np.arange(low, high) / self.fs_hz - time_s
        with np.errstate(over="ignore"):
            level = 1 / (1 + np.exp(-(since_s - begin_s) / (_ST_RISE_S / 3)))
            level /= 1 + np.exp((since_s - peak_s - width_s) / (width_s / 3))
        signal[low:high] += level[:, None] * (leads @ np.array(beat.st))

    def _boundaries(self, shape: WaveShape, wave: str, time_s: float, leads: Float64Array) -> Float64Array:
        """Return onset, peak and end of a wave in each lead, in samples; shape (leads, 3)."""
        key = (shape, wave)
        if key not in self._known:
            grid_s = np.arange(*_SPAN_S, _GRID_S)
            values = np.abs(shape.in_leads(grid_s, leads))
            peak = values.argmax(axis=0)
            largest = values.max(axis=0)
            above = values >= LEVELS[wave] * largest
            first = above.argmax(axis=0)
            last = len(grid_s) - 1 - above[::-1].argmax(axis=0)
            found = np.stack([grid_s[first], grid_s[peak], grid_s[last]], axis=1)
            found[largest < MIN_MV[wave]] = np.nan
            self._known[key] = found
        return (self._known[key] + time_s) * self.fs_hz


def end_of(shape: WaveShape, level: float = 0.01) -> float:
    """Return when a wave has ended in space, in s after its place.

    Parameters
    ----------
    shape : WaveShape
        The wave.
    level : float
        Share of its largest magnitude.

    Returns
    -------
    float
    """
    grid_s = np.arange(*_SPAN_S, _GRID_S)
    size = np.linalg.norm(shape.in_leads(grid_s, np.eye(3)), axis=1)
    return float(grid_s[np.flatnonzero(size >= level * size.max())[-1]])


def _adapted(t: WaveShape, rr_s: float) -> WaveShape:
    """Return a T wave at another rate: the QT interval follows the cube root of RR (Fridericia 1920)."""
    return t.scaled(stretch=float(np.cbrt(rr_s)))


def _common(boundary: Float64Array) -> Float64Array:
    result = np.full((len(boundary), 9), np.nan)
    for column in range(9):
        values = boundary[:, :, column]
        known = np.isfinite(values).any(axis=1)
        reduce = (np.nanmin, np.nanmedian, np.nanmax)[column % 3]
        if known.any():
            result[known, column] = reduce(values[known], axis=1)
    return result
