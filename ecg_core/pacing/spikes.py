"""Pacing spikes of one lead, told from everything else by width, isolation and return to the level before.

A pacing pulse lasts 0.1 to 2 ms (ISO 14708-2; AAMI EC13 tests monitors with pulses of 0.1 to 2 ms). A recorder
turns it into a deflection of one to four samples, with the ringing of its filters. No wave of the heart is as narrow:
the narrowest QRS of the databases measures 12 ms at half its height. Nothing here is in millivolts: each height is
held against the slopes of the same lead beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from ecg_core.signal.gaps import bridge_gaps

MIN_RATE_HZ: Final = 250.0
"""Below this rate a spike cannot be told from a narrow QRS (EC11 and the AHA ask for 500 Hz, monitors record 250)."""

WIDEST_MS: Final = 9.0
"""Greatest width at half height."""

BEFORE: Final = 3.5
AFTER: Final = 1.2
"""Smallest height in units of the steepest slope of the lead within `BESIDE_S` before and after. Before a spike the
heart rests; behind it the paced QRS begins."""

FAINT_BEFORE: Final = 1.5
FAINT_AFTER: Final = 0.5
FAINT_WIDEST_MS: Final = 12.0
"""The same for spikes beside clear ones, such as those that fall into a QRS."""

BESIDE_S: Final = 0.05
RINGING: Final = 0.25
"""Greatest curvature in the 12 to 40 ms before, in units of the spike's: filters that ring so make spikes of narrow
QRS complexes, too. (Pacemakers: 0.01 to 0.15.)"""

STEP: Final = 0.6
"""Greatest change of level, in units of the height: an electrode that moves leaves a step."""

PHASE_S: Final = 0.03
"""The phases of one pulse lie within this time."""

MIN_HEIGHT: Final = 0.04
"""Least height in units of the lead's usual peak-to-peak range."""

_BLOCK_S: Final = 0.04
_AROUND_S: Final = 1.0
_CLEAR_OF_NOISE: Final = 3.0
_CHUNK: Final = 20_000


@dataclass(frozen=True)
class Candidates:
    """Narrow deflections of one lead.

    Attributes
    ----------
    sample : ndarray of int64, shape (candidates,)
        Increasing.
    height : ndarray of float32, shape (candidates,)
        Signed, in the lead's unit.
    clear : ndarray of bool, shape (candidates,)
        False where it counts only beside clear ones.
    """

    sample: npt.NDArray[np.int64]
    height: npt.NDArray[np.float32]
    clear: npt.NDArray[np.bool_]


def candidates(lead: npt.NDArray[np.float32], fs_hz: float) -> Candidates:
    """Find the deflections of a lead that are as narrow and as isolated as a pacing spike.

    Parameters
    ----------
    lead : ndarray of float32, shape (samples,)
        In any unit; NaN where absent.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    Candidates
    """
    step = half_width(fs_hz)
    reach = math.ceil((BESIDE_S + 0.01) * fs_hz) + step
    nothing = Candidates(np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, np.bool_))
    if len(lead) <= 2 * reach + math.ceil(2 * _BLOCK_S * fs_hz):
        return nothing
    bridged, absent = bridge_gaps(lead[:, None])
    signal = np.ascontiguousarray(bridged[:, 0])
    position = _narrow_peaks(signal, step, fs_hz)
    position = position[(position >= reach) & (position < len(signal) - reach)]
    if absent is not None:
        missing = np.concatenate(([0], np.cumsum(absent[:, 0])))
        position = position[missing[position + reach + 1] == missing[position - reach]]
    parts = [
        _measured(signal, position[first : first + _CHUNK], step, reach, fs_hz)
        for first in range(0, len(position), _CHUNK)
    ]
    if not parts:
        return nothing
    sample, height, clear = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    kept = ~_beside_higher(sample, height, fs_hz)
    return Candidates(sample[kept], height[kept], clear[kept])


def _beside_higher(
    sample: npt.NDArray[np.int64], height: npt.NDArray[np.float32], fs_hz: float
) -> npt.NDArray[np.bool_]:
    """Tell which candidates are the other phase, or the tail, of a higher one close by."""
    result = np.zeros(len(sample), dtype=bool)
    close = np.diff(sample) <= PHASE_S * fs_hz
    size = np.abs(height)
    result[1:] |= close & (size[1:] < 0.7 * size[:-1])
    result[:-1] |= close & (size[:-1] < 0.7 * size[1:])
    return result


def half_width(fs_hz: float) -> int:
    """Return the samples from a spike's peak within which it has gone."""
    return math.ceil(0.006 * fs_hz)


def _narrow_peaks(signal: npt.NDArray[np.float32], step: int, fs_hz: float) -> npt.NDArray[np.int64]:
    """Return the most prominent narrow peak of each block, where it stands out of those around."""
    centre = signal[step:-step]
    rise, fall = centre - signal[: -2 * step], centre - signal[2 * step :]
    centre_height = np.minimum(np.abs(rise), np.abs(fall))
    centre_height[np.signbit(rise) != np.signbit(fall)] = 0
    block = max(round(_BLOCK_S * fs_hz), 2 * step)
    n_blocks = len(centre_height) // block
    blocks = centre_height[: n_blocks * block].reshape(n_blocks, block)
    inside = blocks.argmax(axis=1)
    highest = blocks[np.arange(n_blocks), inside]
    usual = median_filter(highest, 2 * round(_AROUND_S / _BLOCK_S) + 1, mode="nearest")
    kept = (highest > _CLEAR_OF_NOISE * usual) & (highest > 0)
    return (inside + np.arange(n_blocks) * block + step)[kept].astype(np.int64)


def _measured(
    signal: npt.NDArray[np.float32], position: npt.NDArray[np.int64], step: int, reach: int, fs_hz: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Measure each peak and keep those that may be spikes."""
    window = signal[position[:, None] + np.arange(-reach, reach + 1)]
    near, flank = round(0.006 * fs_hz) + step, round(0.012 * fs_hz)
    level_before = np.median(window[:, reach - step - flank : reach - step + 1], axis=1)
    level_after = np.median(window[:, reach + near : reach + near + flank + 1], axis=1)
    peak = window[:, reach]
    above, below = peak - level_before, peak - level_after
    height = np.where(np.abs(above) < np.abs(below), above, below)
    size = np.abs(height)
    before, after = _slopes_beside(window, position, size, step, reach, near)
    # Of a quantised lead the step between two values is the least slope that can be seen.
    change = np.abs(np.diff(window, axis=1))
    floor = np.where(change > 1e-5 * np.abs(window).max(axis=1, keepdims=True), change, np.inf).min(axis=1)
    before, after = np.maximum(before, floor), np.maximum(after, floor)
    width = width_ms(window, reach, height, fs_hz)
    returns = np.abs(level_after - level_before) < STEP * size
    fits = (
        (width <= FAINT_WIDEST_MS) & (above * below > 0) & (size >= MIN_HEIGHT * _usual_range(signal, position, fs_hz))
    )
    faint = fits & (size >= FAINT_BEFORE * before) & (size >= FAINT_AFTER * after)
    faint &= _ringing_before(window, reach, fs_hz) <= RINGING
    clear = faint & (width <= WIDEST_MS) & returns & (size >= BEFORE * before) & (size >= AFTER * after)
    return position[faint], height[faint].astype(np.float32), clear[faint]


def _ringing_before(window: npt.NDArray[np.float32], reach: int, fs_hz: float) -> npt.NDArray[np.float32]:
    """Return the greatest curvature before each peak, in units of its own."""
    step = max(round(0.004 * fs_hz), 1)
    curved = np.abs(2 * window[:, step:-step] - window[:, : -2 * step] - window[:, 2 * step :])
    centre = reach - step
    own = curved[:, centre - step : centre + step + 1].max(axis=1)
    before = curved[:, max(centre - round(0.04 * fs_hz), 0) : centre - round(0.012 * fs_hz) - step + 1].max(axis=1)
    return np.divide(before, own, out=np.ones_like(own), where=own > 0)


def _slopes_beside(
    window: npt.NDArray[np.float32],
    position: npt.NDArray[np.int64],
    size: npt.NDArray[np.float32],
    step: int,
    reach: int,
    near: int,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the greatest change over `step` samples before and after each peak.

    What lies at a neighbouring peak of similar height does not count: the ventricles may be paced in turn.
    """
    change = np.abs(window[:, step:] - window[:, :-step])
    offset = np.arange(change.shape[1]) + step / 2 - reach
    for neighbour in (-1, 1):
        distance = np.zeros(len(position))
        like = np.zeros(len(position), dtype=bool)
        if len(position) > 1:
            other = slice(None, -1) if neighbour < 0 else slice(1, None)
            mine = slice(1, None) if neighbour < 0 else slice(None, -1)
            distance[mine] = position[other] - position[mine]
            like[mine] = size[other] >= 0.3 * size[mine]
        beside = like & (np.abs(distance) > 3 * step) & (np.abs(distance) < reach + 2 * step)
        rows = np.flatnonzero(beside)
        if len(rows):
            hidden = np.abs(offset - distance[rows, None]) <= 2 * step
            change[rows] = np.where(hidden, 0, change[rows])
    return change[:, : reach - 2 * step].max(axis=1), change[:, reach + near :].max(axis=1)


def width_ms(
    window: npt.NDArray[np.float32], centre: int, height: npt.NDArray[np.float32], fs_hz: float
) -> npt.NDArray[np.float64]:
    """Return the width of each deflection at half its height.

    Parameters
    ----------
    window : ndarray of float32, shape (deflections, samples)
        Signal around each deflection in mV.
    centre : int
        Where the peaks lie.
    height : ndarray of float32, shape (deflections,)
        Signed, over the nearer of the levels on both sides.
    fs_hz : float
        Sampling rate in Hz.
    """
    depth = (window[:, centre : centre + 1] - window) * np.sign(height)[:, None]
    half = np.abs(height)[:, None] / 2
    width = np.zeros(len(window))
    for side in (depth[:, centre:], depth[:, centre::-1]):
        down = side >= half
        # Where it never comes down it is as wide as the window.
        first = np.where(down.any(axis=1), down.argmax(axis=1), side.shape[1] - 1)
        first = np.maximum(first, 1)
        rows = np.arange(len(side))
        outer, inner = side[rows, first], side[rows, first - 1]
        share = np.divide(half[:, 0] - inner, outer - inner, out=np.ones(len(side)), where=outer > inner)
        width += first - 1 + np.clip(share, 0, 1)
    return 1000 * width / fs_hz


def _usual_range(
    signal: npt.NDArray[np.float32], position: npt.NDArray[np.int64], fs_hz: float
) -> npt.NDArray[np.float32]:
    """Return the median peak-to-peak range of the seconds around each position."""
    length = round(fs_hz)
    n_seconds = max(len(signal) // length, 1)
    seconds = signal[: n_seconds * length].reshape(n_seconds, -1)
    usual = median_filter(seconds.max(axis=1) - seconds.min(axis=1), min(11, 2 * (n_seconds // 2) + 1), mode="nearest")
    return usual[np.minimum(position // length, n_seconds - 1)]
