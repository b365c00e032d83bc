"""The heart's own signal: scheduled wave groups summed into any span of samples."""

from __future__ import annotations

import numpy as np

from ecg_core.arrays import Float64Array
from ecg_core.synthesis.modulation import Modulation, band_of_tones
from ecg_core.synthesis.morphology import FIBRILLATION_DIRECTION, FLUTTER_DIRECTION, QRS, Heart, P, T, rotation
from ecg_core.synthesis.scenario import Scenario, random_stream
from ecg_core.synthesis.schedule import Schedule

BEFORE_S, AFTER_S = 0.30, 0.70
"""How far a wave group reaches before and after its dominant deflection."""


# Beat-to-beat variability, one standard deviation.
_AMPLITUDE_SD = {P: 0.07, QRS: 0.025, T: 0.05}
_QRS_WIDTH_SD = 0.015
_PR_SD_S = 0.003
_QT_SD_S = 0.003
# Breathing in turns and shrinks the dipole.
_BREATH_TURN_RAD = 0.03
_BREATH_GAIN = 0.06


def render_beats(
    heart: Heart, schedule: Schedule, modulation: Modulation, fs_hz: float, start: int, stop: int
) -> Float64Array:
    """Sum the wave groups into a span, without fibrillation or noise.

    Parameters
    ----------
    heart : Heart
        Parameters of the heart.
    schedule : Schedule
        Beats of the recording.
    modulation : Modulation
        Modulation by respiration and slow waves.
    fs_hz : float
        Sampling rate in Hz.
    start, stop : int
        First sample, and one past the last.

    Returns
    -------
    ndarray of float, shape (stop - start, leads)
        Millivolts.
    """
    first, last = np.searchsorted(schedule.time_s, [start / fs_hz - AFTER_S, stop / fs_hz + BEFORE_S])
    total = np.zeros((stop - start, len(heart.leads)))
    if first == last:
        return total
    groups = slice(int(first), int(last))
    offset_s, width_s = _timing(heart, schedule, groups)
    wave_mv = _lead_amplitudes(heart, schedule, modulation, groups)

    time_s = schedule.time_s[groups]
    origin = np.floor((time_s - BEFORE_S) * fs_hz).astype(np.int64)
    n_window = int((BEFORE_S + AFTER_S) * fs_hz) + 2
    since_s = (origin[:, None] + np.arange(n_window)) / fs_hz - time_s[:, None]
    z = (since_s[:, None, :] - offset_s[..., None]) / width_s[..., None]
    shape = np.exp(-0.5 * z * z)
    # einsum's own loop sums in a fixed order, whatever the number of groups in the span.
    windows = np.einsum("gwn,gwl->gnl", shape, wave_mv, optimize=False)
    for window, begin in zip(windows, origin - start, strict=True):
        low, high = max(int(begin), 0), min(int(begin) + n_window, stop - start)
        if low < high:
            total[low:high] += window[low - begin : high - begin]
    return total


def _timing(heart: Heart, schedule: Schedule, groups: slice) -> tuple[Float64Array, Float64Array]:
    """Return centre and width of each wave, shape (groups, waves), adapted to rate and varied."""
    kind, jitter = schedule.kind[groups], schedule.jitter[groups, :, None]
    role, rr_s = heart.role[kind], schedule.rr_s[groups, None]
    offset_s, width_s = heart.offset_s[kind], heart.width_s[kind]
    qt = np.cbrt(rr_s)
    pr = np.clip(rr_s, 0.3, 1.2) ** 0.25
    conduction = 1 + _QRS_WIDTH_SD * jitter[:, 3]
    offset_s = np.select(
        [role == P, role == T],
        [offset_s * pr + _PR_SD_S * jitter[:, 4], offset_s * qt + _QT_SD_S * jitter[:, 5]],
        offset_s * conduction,
    )
    return offset_s, width_s * np.select([role == P, role == T], [np.ones_like(qt), qt], conduction)


def _lead_amplitudes(heart: Heart, schedule: Schedule, modulation: Modulation, groups: slice) -> Float64Array:
    """Return the amplitude of each wave in each lead, shape (groups, waves, leads)."""
    kind, jitter = schedule.kind[groups], schedule.jitter[groups]
    role = heart.role[kind]
    breath = modulation.respiration(schedule.time_s[groups])
    gain = np.ones(role.shape)
    for one_role, spread in _AMPLITUDE_SD.items():
        varied = 1 + spread * np.clip(jitter[:, one_role, None], -3, 3)
        gain = np.where(role == one_role, varied, gain)
    gain = np.where(role == P, gain * schedule.p_weight[groups, None], gain)
    gain *= (schedule.weight[groups] * (1 - _BREATH_GAIN * breath))[:, None]
    leads = np.einsum("lc,gcd->gld", heart.leads, rotation(_BREATH_TURN_RAD * breath))
    return np.einsum("gwd,gld->gwl", heart.dipole_mv[kind] * gain[..., None], leads)


class Fibrillation:
    """Fibrillatory waves: a sawtooth near 6 Hz, its frequency and size always wandering.

    The sawtooth of a few harmonics is that of Stridh and Sörnmo 2001 (doi:10.1109/10.900266).

    Parameters
    ----------
    scenario : Scenario
    seed : int
    heart : Heart
        Its leads are used.
    """

    def __init__(self, scenario: Scenario, seed: int, heart: Heart) -> None:
        rng = random_stream(scenario, seed, "heart", 1)
        self.rate_hz = float(rng.uniform(5.4, 6.8))
        self._lead_mv = heart.leads @ np.array(FIBRILLATION_DIRECTION)
        self._drift = [band_of_tones(rng, 4, 0.1, 0.9) for _ in self._lead_mv]
        self._size = [band_of_tones(rng, 4, 0.1, 1.2) for _ in self._lead_mv]

    def render(self, spans_s: list[tuple[float, float]], fs_hz: float, start: int, stop: int) -> Float64Array:
        """Return the fibrillatory waves within spans.

        Parameters
        ----------
        spans_s : list of tuple of float and float
            Start and end of each span of fibrillation in s.
        fs_hz : float
            Sampling rate in Hz.
        start : int
            First sample.
        stop : int
            One past the last sample.

        Returns
        -------
        ndarray of float64, shape (stop - start, leads)
            Waves in mV.
        """
        total = np.zeros((stop - start, len(self._lead_mv)))
        for span_start_s, span_stop_s in spans_s:
            low = max(start, int(span_start_s * fs_hz))
            high = min(stop, int(span_stop_s * fs_hz))
            if low >= high:
                continue
            time_s = np.arange(low, high) / fs_hz
            edge_s = np.minimum(time_s - span_start_s, span_stop_s - time_s)
            envelope = np.clip(edge_s / 0.4, 0, 1)
            for lead, size_mv in enumerate(self._lead_mv):
                phase = 2 * np.pi * self.rate_hz * time_s + 1.1 * self._drift[lead].at(time_s)
                saw = np.sin(phase) + np.sin(2 * phase) / 2.5 + np.sin(3 * phase) / 5
                size = np.clip(1 + 0.35 * self._size[lead].at(time_s), 0.2, 2.0)
                total[low - start : high - start, lead] += 0.7 * size_mv * size * envelope * saw
        return total


def render_flutter(
    heart: Heart, spans_s: list[tuple[float, float, float]], fs_hz: float, start: int, stop: int
) -> Float64Array:
    """Return flutter waves, the sawtooth of typical flutter: negative in II, III and aVF, positive in V1.

    Parameters
    ----------
    heart : Heart
        Its leads are used.
    spans_s : list of (float, float, float)
        Start, end, and rate in waves a minute.
    fs_hz : float
        Sampling rate in Hz.
    start, stop : int
        First sample, and one past the last.

    Returns
    -------
    ndarray of float, shape (stop - start, leads)
        Millivolts.
    """
    lead_mv = heart.leads @ np.array(FLUTTER_DIRECTION)
    total = np.zeros((stop - start, len(lead_mv)))
    for start_s, stop_s, per_min in spans_s:
        low, high = max(start, int(start_s * fs_hz)), min(stop, int(stop_s * fs_hz))
        if low >= high:
            continue
        time_s = np.arange(low, high) / fs_hz
        phase = 2 * np.pi * per_min / 60 * (time_s - start_s)
        saw = np.sin(phase) + np.sin(2 * phase) / 2.5 + np.sin(3 * phase) / 5
        envelope = np.clip(np.minimum(time_s - start_s, stop_s - time_s) / 0.2, 0, 1)
        total[low - start : high - start] += lead_mv * (envelope * saw)[:, None]
    return total
