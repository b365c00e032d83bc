"""Synthetic noise: baseline wander, mains hum, electronic noise, muscle, motion, lead-off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.signal import butter, sosfilt

from ecg_core.arrays import Float64Array
from ecg_core.synthesis.modulation import Modulation, band_of_tones
from ecg_core.synthesis.scenario import Disturbance, Scenario, random_stream

WHITE_MV = 0.005
HUM_MV = 0.003
HUM_HZ = 50.0
WANDER_MV = 0.04
BREATH_MV = 0.045
_WANDER_STEP_S = 0.05


class Background:
    """The noise that is always there.

    Parameters
    ----------
    scenario : Scenario
    seed : int
    modulation : Modulation
        The baseline breathes with it.
    """

    def __init__(self, scenario: Scenario, seed: int, modulation: Modulation) -> None:
        rng = random_stream(scenario, seed, "noise")
        n_leads = len(scenario.lead_names)
        self._scenario, self._seed, self._modulation = scenario, seed, modulation
        self._wander = [band_of_tones(rng, 7, 0.02, 0.3) for _ in range(n_leads)]
        self._breath_mv = BREATH_MV * rng.uniform(0.4, 1.0, n_leads)
        self._hum_phase = 2 * np.pi * rng.random(n_leads)

    def render(self, tile: int, start: int, stop: int) -> Float64Array:
        """Return the noise of one tile.

        Parameters
        ----------
        tile : int
            Number of the tile, which seeds its white noise.
        start : int
            First sample.
        stop : int
            One past the last sample.

        Returns
        -------
        ndarray of float64, shape (stop - start, leads)
            Noise in mV.
        """
        fs_hz, n_leads = self._scenario.fs_hz, len(self._wander)
        rng = random_stream(self._scenario, self._seed, "noise", tile + 1)
        noise = WHITE_MV * rng.standard_normal((stop - start, n_leads))
        time_s = np.arange(start, stop) / fs_hz
        # The baseline moves slowly: computed on a coarse grid tied to time zero, then interpolated.
        grid = np.arange(np.floor(time_s[0] / _WANDER_STEP_S), np.ceil(time_s[-1] / _WANDER_STEP_S) + 1)
        grid_s = grid * _WANDER_STEP_S
        breath = self._modulation.respiration(grid_s)
        for lead in range(n_leads):
            slow = WANDER_MV * self._wander[lead].at(grid_s) + self._breath_mv[lead] * breath
            noise[:, lead] += np.interp(time_s, grid_s, slow)
            noise[:, lead] += HUM_MV * np.sin(2 * np.pi * HUM_HZ * time_s + self._hum_phase[lead])
        return noise * self._scenario.noise_scale


class Bursts:
    """The scripted disturbances of a recording.

    Parameters
    ----------
    scenario : Scenario
    seed : int
    disturbances : sequence of Disturbance
        In order of time.
    """

    def __init__(self, scenario: Scenario, seed: int, disturbances: Sequence[Disturbance]) -> None:
        self._scenario, self._seed = scenario, seed
        self._disturbances = tuple(disturbances)

    def apply(self, signal_mv: Float64Array, start: int) -> None:
        """Disturb a span of samples in place: noise is added, then leads that are off read their constant.

        Parameters
        ----------
        signal_mv : ndarray of float, shape (samples, leads)
            Signal in mV.
        start : int
            The span's first sample.
        """
        fs_hz, stop = self._scenario.fs_hz, start + len(signal_mv)
        for number, event in sorted(enumerate(self._disturbances), key=lambda numbered: numbered[1].kind == "off"):
            begin, end = sample_span(event, fs_hz)
            low, high = max(begin, start), min(end, stop)
            if low >= high:
                continue
            leads = list(event.leads or range(signal_mv.shape[1]))
            if event.kind == "off":
                signal_mv[low - start : high - start, leads] = event.level_mv
                continue
            rng = random_stream(self._scenario, self._seed, "disturbance", number)
            # Drawn whole each time, so that it does not depend on where the span is cut.
            burst = _burst(event, fs_hz, end - begin, len(leads), rng)
            signal_mv[low - start : high - start, leads] += burst[low - begin : high - begin]


def sample_span(event: Disturbance, fs_hz: float) -> tuple[int, int]:
    """Return the span of a disturbance.

    Parameters
    ----------
    event : Disturbance
        The disturbance.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    tuple of int
        First sample, and one past the last.
    """
    return round(event.at_s * fs_hz), round((event.at_s + event.duration_s) * fs_hz)


def _burst(event: Disturbance, fs_hz: float, n_samples: int, n_leads: int, rng: np.random.Generator) -> Float64Array:
    """Draw noise that swells and fades, with the RMS `event.level_mv` where it is full."""
    band_hz = (20.0, min(120.0, 0.45 * fs_hz)) if event.kind == "muscle" else (0.3, 4.5)
    sos = butter(2, band_hz, "bandpass", fs=fs_hz, output="sos")
    settle = round(2 * fs_hz)
    noise = sosfilt(sos, rng.standard_normal((n_samples + settle, n_leads)), axis=0)[settle:]
    noise *= event.level_mv / max(float(noise.std()), 1e-12)
    time_s = np.arange(n_samples) / fs_hz
    edge_s = np.minimum(time_s, event.duration_s - time_s)
    envelope = np.sin(np.pi / 2 * np.clip(edge_s / 0.8, 0, 1)) ** 2
    envelope *= np.clip(1 + 0.35 * band_of_tones(rng, 5, 0.2, 1.5).at(time_s), 0.2, 2.0)
    return noise * envelope[:, None]
