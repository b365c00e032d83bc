"""Paced ECG with exact truth: waves as Gaussians, spikes as pulses of any width, height, polarity and tail."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfilt


@dataclass(frozen=True)
class Heart:
    """What a lead shows, in seconds and millivolts: (delay, width, height) of each wave from the beat's time."""

    wide: tuple[tuple[float, float, float], ...] = (
        (-0.045, 0.014, -0.08),
        (0.0, 0.034, 0.9),
        (0.075, 0.03, -0.18),
        (0.32, 0.07, -0.38),
    )
    narrow: tuple[tuple[float, float, float], ...] = (
        (-0.022, 0.008, -0.1),
        (0.0, 0.011, 1.0),
        (0.026, 0.009, -0.22),
        (0.28, 0.05, 0.25),
    )
    p: tuple[tuple[float, float, float], ...] = ((0.0, 0.025, 0.12),)


@dataclass
class Paced:
    """A recording as it is built up.

    Attributes
    ----------
    beats_s, atrial_s, ventricular_s : list of float
        Times of QRS peaks and of spikes.
    """

    fs_hz: float
    duration_s: float
    signal: npt.NDArray[np.float64] = field(init=False)
    beats_s: list[float] = field(default_factory=list)
    atrial_s: list[float] = field(default_factory=list)
    ventricular_s: list[float] = field(default_factory=list)
    heart: Heart = field(default_factory=Heart)

    # Spikes are far shorter than a sample, so the signal is built at a high rate first.
    FINE = 8000

    def __post_init__(self) -> None:
        self.signal = np.zeros(round(self.duration_s * self.FINE))

    def _wave(self, at_s: float, waves: tuple[tuple[float, float, float], ...]) -> None:
        for delay_s, width_s, height in waves:
            centre = at_s + delay_s
            first, last = (
                int(np.clip((centre + side * 5 * width_s) * self.FINE, 0, len(self.signal))) for side in (-1, 1)
            )
            time_s = np.arange(first, last) / self.FINE - centre
            self.signal[first:last] += height * np.exp(-0.5 * (time_s / width_s) ** 2)

    def wide(self, at_s: float) -> None:
        """Add a beat of ventricular origin."""
        self._wave(at_s, self.heart.wide)
        self.beats_s.append(at_s)

    def narrow(self, at_s: float, p: bool = True) -> None:
        """Add a conducted beat."""
        self._wave(at_s, self.heart.narrow)
        if p:
            self._wave(at_s - 0.16, self.heart.p)
        self.beats_s.append(at_s)

    def p_wave(self, at_s: float) -> None:
        """Add a P wave."""
        self._wave(at_s, self.heart.p)

    def finish(
        self,
        height_mv: float = 2.0,
        width_ms: float = 0.5,
        biphasic: bool = False,
        tail: float = 0.0,
        tail_ms: float = 8.0,
        noise_mv: float = 0.008,
        leads: int = 1,
        cutoff: float | None = None,
        seed: int = 0,
        rounded: bool = True,
    ) -> npt.NDArray[np.float32]:
        """Return the signal at `fs_hz` with spikes and noise, shape (samples, leads).

        With `cutoff` (share of half the rate) spikes pass an analogue-like low-pass; without it they are held in one
        sample, as recorders do that mark them.
        """
        n = round(self.duration_s * self.fs_hz)
        time_s = np.arange(n) / self.fs_hz
        clean = np.interp(time_s, np.arange(len(self.signal)) / self.FINE, self.signal)
        spikes = np.zeros(n)
        pulses = np.zeros(len(self.signal))
        for at_s in sorted(self.atrial_s + self.ventricular_s):
            if cutoff is None:
                first = round(at_s * self.fs_hz)
                n_high = max(1, round(width_ms / 1000 * self.fs_hz))
                spikes[first : first + n_high] += height_mv
                if biphasic:
                    spikes[first + n_high : first + 2 * n_high] -= height_mv
                behind = np.arange(n - first - n_high)
                spikes[first + n_high :] -= tail * height_mv * np.exp(-behind / (tail_ms / 1000 * self.fs_hz))
            else:
                first = round(at_s * self.FINE)
                n_high = max(1, round(width_ms / 1000 * self.FINE))
                pulses[first : first + n_high] += 1
                if biphasic:
                    pulses[first + n_high : first + 2 * n_high] -= 1
                behind = np.arange(min(len(pulses) - first - n_high, self.FINE))
                pulses[first + n_high : first + n_high + len(behind)] -= tail * np.exp(
                    -behind / (tail_ms / 1000 * self.FINE)
                )
        if cutoff is not None:
            sos = butter(4, cutoff * self.fs_hz / 2, fs=self.FINE, output="sos")
            passed = sosfilt(sos, pulses)
            seen = np.interp(time_s, np.arange(len(passed)) / self.FINE, passed)
            spikes = height_mv * seen / max(np.abs(seen).max(), 1e-9)
        rng = np.random.default_rng(seed)
        columns = []
        for lead in range(leads):
            scale = 1.0 if lead == 0 else rng.uniform(0.35, 1.2) * rng.choice([-1, 1])
            spike_scale = 1.0 if lead == 0 else rng.uniform(0.3, 1.2) * rng.choice([-1, 1])
            columns.append(scale * clean + spike_scale * spikes + noise_mv * rng.standard_normal(n))
        signal = np.stack(columns, axis=1)
        if rounded:
            signal = np.round(signal * 200) / 200
        return signal.astype(np.float32)


def ventricular(fs_hz: float, duration_s: float = 30.0, interval_s: float = 1.0) -> Paced:
    """Ventricular pacing, every spike captured."""
    made = Paced(fs_hz, duration_s)
    for at_s in np.arange(0.7, duration_s - 0.6, interval_s):
        made.ventricular_s.append(float(at_s))
        made.wide(float(at_s) + 0.09)
    return made


def dual(fs_hz: float, duration_s: float = 30.0, interval_s: float = 1.0, av_s: float = 0.16) -> Paced:
    """Both chambers paced."""
    made = Paced(fs_hz, duration_s)
    for at_s in np.arange(0.7, duration_s - 0.8, interval_s):
        made.atrial_s.append(float(at_s))
        made.p_wave(float(at_s) + 0.05)
        made.ventricular_s.append(float(at_s) + av_s)
        made.wide(float(at_s) + av_s + 0.09)
    return made


def atrial(fs_hz: float, duration_s: float = 30.0, interval_s: float = 0.9) -> Paced:
    """Atria paced, conducted to the ventricles."""
    made = Paced(fs_hz, duration_s)
    for at_s in np.arange(0.7, duration_s - 0.8, interval_s):
        made.atrial_s.append(float(at_s))
        made.p_wave(float(at_s) + 0.05)
        made.narrow(float(at_s) + 0.2, p=False)
    return made


def fibrillation_on_demand(fs_hz: float, duration_s: float = 60.0, seed: int = 0) -> Paced:
    """Atrial fibrillation; the ventricle is paced when nothing came for 1 s."""
    made, rng, at_s = Paced(fs_hz, duration_s), np.random.default_rng(seed), 0.5
    while at_s < duration_s - 1.2:
        rr_s = float(rng.uniform(0.5, 1.4))
        if rr_s > 1.0:
            made.ventricular_s.append(at_s + 1.0)
            made.wide(at_s + 1.09)
            at_s += 1.09
        else:
            at_s += rr_s
            made.narrow(at_s, p=False)
    time_s = np.arange(len(made.signal)) / made.FINE
    made.signal += 0.05 * np.sin(2 * np.pi * (6.3 * time_s + 0.8 * np.sin(2 * np.pi * 0.7 * time_s)))
    return made


def without_capture(fs_hz: float, duration_s: float = 60.0, every: int = 3) -> Paced:
    """Ventricular pacing in which every third spike captures nothing."""
    made = Paced(fs_hz, duration_s)
    for index, at_s in enumerate(np.arange(0.7, duration_s - 0.6, 1.0)):
        made.ventricular_s.append(float(at_s))
        if index % every != every - 1:
            made.wide(float(at_s) + 0.09)
    return made


def asystole_after(fs_hz: float, captured_s: float = 20.0, duration_s: float = 60.0) -> Paced:
    """Ventricular pacing that ceases to capture."""
    made = Paced(fs_hz, duration_s)
    for at_s in np.arange(0.7, duration_s - 0.6, 1.0):
        made.ventricular_s.append(float(at_s))
        if at_s < captured_s:
            made.wide(float(at_s) + 0.09)
    return made
