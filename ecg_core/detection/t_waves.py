"""Removal of T waves counted as beats: tall narrow T waves, as in hyperkalaemia, pass for QRS complexes by their slope.

Every ventricular depolarisation is followed by its repolarisation, and most of all a wide one, which has a secondary T
wave of opposite direction. A peak that is wider than the QRS before it, follows it at a constant interval as long as a
QT interval, beat after beat, and has nothing behind it is itself the T wave. A ventricular bigeminy, whose T waves
follow its extrasystoles, is left alone, as are narrow extrasystoles. What the lead cannot show (rates at which the next
P wave follows at once, noise above the limit) leaves all beats as they are.

Source: D. B. Diercks et al., Electrocardiographic manifestations of hyperkalemia, J Emerg Med 27 (2004) 153.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

MIN_RT_S, MAX_RT_S = 0.18, 0.42
"""From R to the peak of T."""

MAX_RT_SPREAD_S: Final = 0.03
"""Difference of the RT interval from the median of its neighbours."""

MIN_WIDER: Final = 1.3
"""Width of the T wave at half height, in widths of the QRS."""

MAX_BEHIND: Final = 0.1
"""Peak to peak behind the T wave, and its distance from the baseline, in its own height: a QRS has a T wave there."""

BEHIND_S = (0.14, 0.45)
"""Where a T wave would follow if the peak were a QRS."""

BEFORE_NEXT_S: Final = 0.2
"""Before the next QRS, where its P wave lies."""

BASELINE_S = (0.09, 0.05)
"""Before the QRS, where its PQ segment lies: what is behind the T wave has returned to its level."""

MIN_BEHIND_S: Final = 0.1
"""Time behind the T wave that must be seen."""

NEIGHBOURS: Final = 21
MIN_SHARE: Final = 0.8
"""Share of the neighbouring pairs that must look like QRS and T wave."""

MIN_PAIRS: Final = 5


def without_t_waves(
    beats: npt.NDArray[np.int64], signal: npt.NDArray[np.floating], fs_hz: float
) -> npt.NDArray[np.bool_]:
    """Tell which beats are not the T wave of the beat before.

    Parameters
    ----------
    beats : ndarray of int64, shape (beats,)
        Samples, increasing.
    signal : ndarray of float, shape (samples, leads)
        In mV; NaN where absent.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray of bool, shape (beats,)
        False for T waves.
    """
    kept = np.ones(len(beats), dtype=bool)
    if len(beats) < 2 * MIN_PAIRS:
        return kept
    ends = np.append(beats, len(signal) + round(fs_hz))  # no beat ends the time behind the last one
    interval_s = np.diff(ends) / fs_hz
    to_t_s, to_next_s = interval_s[:-1], interval_s[1:]
    short = np.flatnonzero((to_t_s >= MIN_RT_S) & (to_t_s <= MAX_RT_S) & (to_next_s > to_t_s))
    if len(short) < MIN_PAIRS:
        return kept
    looks = np.array([_is_t_wave(ends[at : at + 3], signal, fs_hz) for at in short])
    if ends[short[-1] + 2] > len(signal):  # the recording ends behind the last one
        looks[-1] |= looks[-2]
    rt_s = to_t_s[short]
    for place in np.flatnonzero(looks):
        near = slice(max(place - NEIGHBOURS // 2, 0), place + NEIGHBOURS // 2 + 1)
        alike = looks[near] & (np.abs(rt_s[near] - rt_s[place]) <= MAX_RT_SPREAD_S)
        n_beats = int(short[near][-1] - short[near][0]) + 2
        enough = alike.sum() >= MIN_PAIRS and 2 * alike.sum() >= MIN_SHARE * n_beats
        kept[short[place] + 1] = not enough
    return kept


def _is_t_wave(three: npt.NDArray[np.int64], signal: npt.NDArray[np.floating], fs_hz: float) -> bool:
    """Tell whether the second of three peaks is a T wave, in every lead that shows it and the first."""
    r, t, following = three.tolist()
    begin = t + round(BEHIND_S[0] * fs_hz)
    end = min(t + round(BEHIND_S[1] * fs_hz), following - round(BEFORE_NEXT_S * fs_hz), len(signal))
    if end - begin < MIN_BEHIND_S * fs_hz:
        return False
    shown = 0
    for lead in signal.T:
        around = lead[max(r - round(0.1 * fs_hz), 0) : end]
        if np.isnan(around).any():
            continue
        behind = uniform_filter1d(lead[begin:end], max(round(0.02 * fs_hz), 1))
        level = float(np.median(behind))
        height, width = _peak(lead, t, level, fs_hz)
        of_r, width_r = _peak(lead, r, level, fs_hz)
        if min(height, of_r) < 0.1 * max(height, of_r) or not height:
            continue
        baseline = float(
            np.median(lead[max(r - round(BASELINE_S[0] * fs_hz), 0) : max(r - round(BASELINE_S[1] * fs_hz), 1)])
        )
        returned = max(float(np.ptp(behind)), abs(level - baseline)) <= MAX_BEHIND * height
        if width < MIN_WIDER * width_r or not returned:
            return False
        shown += 1
    return shown > 0


def _peak(lead: npt.NDArray[np.floating], at: int, level: float, fs_hz: float) -> tuple[float, float]:
    """Return height and width at half height of the peak near a sample."""
    reach = round(0.1 * fs_hz)
    first = max(at - reach, 0)
    span = lead[first : at + reach + 1].astype(np.float64) - level
    near = slice(max(at - first - round(0.04 * fs_hz), 0), at - first + round(0.04 * fs_hz) + 1)
    top = near.start + int(np.abs(span[near]).argmax())
    if span[top] < 0:
        span = -span
    if not span[top] > 0:
        return 0.0, 0.0
    padded = np.concatenate(([0.0], np.maximum(span, 0.0), [0.0]))
    return float(span[top]), float(_half_width(padded, top + 1))


def _half_width(span: npt.NDArray[np.float64], top: int) -> float:
    """Return the width in samples at half the height of a sample."""
    half = span[top] / 2
    left, right = top, top
    while span[left - 1] > half:
        left -= 1
    while span[right + 1] > half:
        right += 1
    before = (span[left] - half) / (span[left] - span[left - 1])
    behind = (span[right] - half) / (span[right] - span[right + 1])
    return right - left + before + behind
