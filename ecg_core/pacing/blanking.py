"""The recording without its pacing spikes: each is replaced by a straight line, so that no filter rings at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.pacing.search import PacingSpikes
from ecg_core.recording import Recording

AROUND_S: Final = 0.010
"""What is replaced to either side of a spike at least."""

MAX_TAIL_S: Final = 0.1
"""The charge that a pulse leaves at the electrode may decay for so long behind it."""

MAX_RINGING_S: Final = 0.05

_LOBE_S: Final = 0.012
MAX_CAUSAL_S: Final = 0.016
_RINGS_BEHIND: Final = 0.002
_RINGS: Final = 0.1
"""Curvature of the lead, in units of the spike's, above which it still rings."""

_MARGIN_S: Final = AROUND_S + MAX_TAIL_S + 0.05
_TAIL_SHARE: Final = 0.002
_LEVEL_S: Final = 0.012


def without_spikes(recording: Recording, spikes: PacingSpikes) -> Recording:
    """Return a recording that reads as the given one, but for its pacing spikes.

    Parameters
    ----------
    recording : Recording
        The recording.
    spikes : PacingSpikes
        Pacing spikes of the recording.

    Returns
    -------
    Recording
        The given one itself where there are no spikes. Whatever span is read, a sample has the same value.
    """
    if not len(spikes):
        return recording
    margin = round(_MARGIN_S * recording.fs_hz) + 1

    def read_span(start: int, stop: int, leads: Sequence[int]) -> npt.NDArray[np.float32]:
        first, last = max(start - 2 * margin, 0), min(stop + 2 * margin, recording.n_samples)
        near = np.searchsorted(spikes.sample, [start - margin, stop + margin])
        if near[0] == near[1]:
            return recording.read_span(start, stop, leads)
        signal = recording.read_span(first, last, leads)
        blank(signal, spikes.sample[near[0] : near[1]] - first, recording.fs_hz)
        return signal[start - first : stop - first]

    blanked = replace(recording, read_span=read_span)
    blanked.__dict__["sha256"] = recording.sha256
    return blanked


def blank(signal: npt.NDArray[np.float32], sample: npt.NDArray[np.int64], fs_hz: float) -> None:
    """Replace spikes in place.

    Parameters
    ----------
    signal : ndarray of float32, shape (samples, leads)
        Signal in mV.
    sample : ndarray of int64, shape (spikes,)
        May lie beyond the ends.
    fs_hz : float
        Sampling rate in Hz.
    """
    around = round(AROUND_S * fs_hz)
    for lead in signal.T:
        ringing = _ringing(lead, sample, around, fs_hz)
        begin = sample - around - ringing
        behind = np.maximum(ringing, _causal_ringing(lead, sample, around, fs_hz))
        end = sample + around + np.maximum(behind, _tails(lead, sample, around, fs_hz))
        # Spikes that follow each other closely are bridged as one.
        joined = np.r_[True, begin[1:] > end[:-1] + 1]
        starts, stops = begin[joined], np.maximum.reduceat(end, np.flatnonzero(joined))
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
            _bridge(lead, start, stop)


def _bridge(lead: npt.NDArray[np.float32], start: int, stop: int) -> None:
    """Draw a line over ``start..stop``; absent samples stay absent."""
    left, right = max(start, 0), min(stop + 1, len(lead))
    if left >= right:
        return
    ends = lead[left - 1 : left] if left else lead[:0], lead[right : right + 1]
    values = [float(end[0]) for end in ends if len(end) and np.isfinite(end[0])]
    if not values:
        return
    line = np.linspace(values[0], values[-1], right - left + 2, dtype=np.float32)[1:-1]
    lead[left:right] = np.where(np.isfinite(lead[left:right]), line, np.nan)


def _ringing(
    lead: npt.NDArray[np.float32], sample: npt.NDArray[np.int64], around: int, fs_hz: float
) -> npt.NDArray[np.int64]:
    """Return for how many samples more a filter of linear phase rings to either side of each spike."""
    longest, lobe, step = round(MAX_RINGING_S * fs_hz), round(_LOBE_S * fs_hz), max(round(0.004 * fs_hz), 1)
    result = np.zeros(len(sample), dtype=np.int64)
    reach = around + longest + lobe
    inside = np.flatnonzero((sample >= reach + step) & (sample + reach + step < len(lead)))
    if not len(inside):
        return result
    window = lead[sample[inside, None] + np.arange(-reach - step, reach + step + 1)]
    curved = np.abs(2 * window[:, step:-step] - window[:, : -2 * step] - window[:, 2 * step :])
    curved /= np.maximum(curved[:, reach - step : reach + step + 1].max(axis=1, keepdims=True), 1e-12)
    extents = []
    for side in (curved[:, reach + around :], curved[:, reach - around :: -1]):
        highest = np.lib.stride_tricks.sliding_window_view(side, lobe, axis=1).max(axis=2)
        quiet = ~(highest > _RINGS)  # NaN counts as quiet
        extents.append(np.where(quiet.any(axis=1), quiet.argmax(axis=1), longest))
    # A QRS lies behind the spike, ringing of such a filter on both sides.
    result[inside] = np.minimum(np.minimum(*extents), longest)
    return result


def _causal_ringing(
    lead: npt.NDArray[np.float32], sample: npt.NDArray[np.int64], around: int, fs_hz: float
) -> npt.NDArray[np.int64]:
    """Return for how many samples an analogue filter still rings behind each spike, in units of its noise before."""
    longest = round(MAX_CAUSAL_S * fs_hz)
    result = np.zeros(len(sample), dtype=np.int64)
    reach = around + 2 * longest + 3
    inside = np.flatnonzero((sample >= reach) & (sample + reach < len(lead)))
    if not len(inside):
        return result
    window = lead[sample[inside, None] + np.arange(-reach, reach + 1)]
    curved = np.abs(2 * window[:, 1:-1] - window[:, :-2] - window[:, 2:])
    centre = reach - 1
    own = curved[:, centre - 2 : centre + 3].max(axis=1)
    noise = curved[:, : centre - around].max(axis=1)
    limit = np.maximum(1.5 * noise, _RINGS_BEHIND * own)
    behind = curved[:, centre + around : centre + around + longest + 2]
    highest = np.maximum(behind[:, :-1], behind[:, 1:])
    quiet = ~(highest > limit[:, None])
    result[inside] = np.where(quiet.any(axis=1), quiet.argmax(axis=1), longest)
    return result


def _tails(
    lead: npt.NDArray[np.float32], sample: npt.NDArray[np.int64], around: int, fs_hz: float
) -> npt.NDArray[np.int64]:
    """Return for how many samples behind each spike its charge still decays towards the level before it."""
    longest, flank, step = (round(length * fs_hz) for length in (MAX_TAIL_S, _LEVEL_S, 0.004))
    step = max(step, 1)
    tail = np.zeros(len(sample), dtype=np.int64)
    inside = np.flatnonzero((sample >= around + flank) & (sample + around + longest < len(lead)))
    if not len(inside):
        return tail
    place = sample[inside, None]
    quiet = lead[place + np.arange(-around - flank, -around + 1)]
    level = np.median(quiet, axis=1, keepdims=True)
    noise = 3 * np.std(quiet, axis=1, keepdims=True) / np.sqrt(step)
    after = lead[place + np.arange(around, around + longest + 1)]
    height = np.abs(lead[place + np.arange(-step, step + 1)] - level).max(axis=1, keepdims=True)
    # Means of a few samples, so that noise does not end a tail early.
    n_steps = (longest + 1) // step
    means = after[:, : n_steps * step].reshape(len(inside), n_steps, step).mean(axis=2) - level
    away = np.abs(means)
    falls = (away[:, 1:] < 0.97 * away[:, :-1]) & (np.sign(means[:, 1:]) == np.sign(means[:, :-1]))
    still = falls & (away[:, :-1] > np.maximum(noise, _TAIL_SHARE * height))
    n_falling = np.where(still.all(axis=1), n_steps - 1, (~still).argmax(axis=1))
    tail[inside] = n_falling * step
    return tail
