"""Spans of atrial fibrillation, from its probability at each beat."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.rhythm.episode_types import DEFAULT_LIMITS, Limits, Source, Span
from ecg_core.rhythm.intervals import runs

MAX_GAP_S: Final = 10.0
"""Time without a usable interval over which fibrillation is not taken to go on."""

EVIDENCE_SCALE: Final = 0.3
"""Share of each beat's log odds that counts: neighbours see the same intervals."""

CHANGE_COST: Final = 2.25
"""Log odds that must have gathered for a change of rhythm."""

BIAS: Final = 0.2
"""Log odds added for fibrillation. By it left-out LTAFDB gains 0.5 points of F1, NSRDB loses 0.2 of specificity."""

MIN_INTERVALS: Final = 8

P_ABSENT, P_PRESENT = 0.3, 0.7
"""P evidence between which nothing is concluded: a short paroxysm is compared with the sinus beats around it."""

P_WEIGHT: Final = 10.0
"""Log odds against fibrillation for each unit of P evidence above `P_PRESENT`."""

P_FOR: Final = 0.7
"""Most that absent P waves speak for fibrillation: noise hides them too."""

_STRONGEST: Final = 5.0


def af_spans(
    probability: npt.NDArray[np.float32],
    sample: npt.NDArray[np.int64],
    fs_hz: float,
    p_evidence: npt.NDArray[np.float32] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    readable: npt.NDArray[np.bool_] | None = None,
    source: Source = "beats",
    n_samples: int | None = None,
) -> list[Span]:
    """Find spans of atrial fibrillation: the most likely sequence of rhythms (Viterbi).

    Parameters
    ----------
    probability : ndarray of float32, shape (beats,)
        As :func:`~ecg_core.rhythm.interval_model.af_probability` gives it, or joined with what the signal says.
    sample : ndarray of int64, shape (beats,)
        Beat positions in samples.
    fs_hz : float
        Sampling rate in Hz.
    p_evidence : ndarray of float32, shape (beats,), optional
        As :func:`~ecg_core.rhythm.p_waves.p_wave_evidence` gives it; NaN where unknown. Like waves before every QRS
        speak against fibrillation, however irregular the intervals are; that there are none speaks weakly for it.
    limits : Limits
        ``af_s`` is the shortest span.
    readable : ndarray of bool, shape (beats - 1,), optional
        False where beats may be missing.
    source : str
        What the spans are said to rest on.
    n_samples : int, optional
        Length of the recording. A span that reaches its first or last beat goes on to its end, as far as one mean
        interval, for the comparison with ``limits.af_s``: a 12-lead ECG of 10 s that shows fibrillation throughout is
        fibrillation (ESC 2020), although its first and last beat are less than 10 s apart.

    Returns
    -------
    list of Span
        From the first beat to one sample past the last.
    """
    if len(sample) <= MIN_INTERVALS:
        return []
    odds = _odds(probability, p_evidence)
    state = np.zeros(len(sample), dtype=bool)
    usable = np.ones(len(sample) - 1, dtype=bool) if readable is None else readable
    for first, last in _pieces(sample, usable, fs_hz):
        piece = slice(first, last + 1)
        touched = np.ones(last - first + 1, dtype=bool)
        if last > first:
            touched[:-1] &= usable[first:last]
            touched[1:] &= usable[first:last]
        state[piece] = _most_likely(EVIDENCE_SCALE * np.where(touched, odds[piece], 0.0))
        state[last] &= last > first
    joined = np.concatenate(([False], np.ones(len(sample) - 1, dtype=bool)))
    for first, _ in _pieces(sample, usable, fs_hz):
        joined[first] = False
    found = []
    for first, last in zip(*runs(state, joined), strict=True):
        length_s = float(sample[last] - sample[first]) / fs_hz
        if last - first < MIN_INTERVALS:
            continue
        mean_s = length_s / (last - first)
        before_s = float(sample[0]) / fs_hz if first == 0 else 0.0
        after_s = float(n_samples - sample[-1]) / fs_hz if n_samples is not None and last == len(sample) - 1 else 0.0
        if length_s + min(before_s, mean_s) + min(after_s, mean_s) < limits.af_s:
            continue
        inside = slice(int(first), int(last) + 1)
        reason = (
            f"RR irregular for {length_s:,.0f} s, {60 * (last - first) / length_s:.0f} bpm, "
            f"mean probability {float(probability[inside].mean()):.2f}"
        )
        if p_evidence is not None and np.isfinite(p_evidence[inside]).any():
            reason += f", likeness of waves before the QRS {float(np.nanmedian(p_evidence[inside])):.2f}"
        found.append(Span(int(sample[first]), int(sample[last]) + 1, "AFIB", reason, source))
    return found


def _odds(probability: npt.NDArray[np.float32], p_evidence: npt.NDArray[np.float32] | None) -> npt.NDArray[np.float64]:
    bounded = np.clip(probability.astype(np.float64), 1e-4, 1 - 1e-4)
    odds = np.clip(np.log(bounded / (1 - bounded)) + BIAS, -_STRONGEST, _STRONGEST)
    if p_evidence is not None:
        known = np.nan_to_num(p_evidence.astype(np.float64), nan=P_PRESENT)
        odds = odds - P_WEIGHT * np.maximum(known - P_PRESENT, 0.0)
        odds = odds + P_FOR * np.clip((P_ABSENT - known) / P_ABSENT, 0.0, 1.0)
    return odds


def _pieces(sample: npt.NDArray[np.int64], usable: npt.NDArray[np.bool_], fs_hz: float) -> list[tuple[int, int]]:
    """Return first and last beat of the parts between which too long a time is not known."""
    first, last = runs(~usable)
    cut = [
        (int(begin), int(end) + 1)
        for begin, end in zip(first, last, strict=True)
        if sample[end + 1] - sample[begin] > MAX_GAP_S * fs_hz
    ]
    long = np.flatnonzero(usable & (np.diff(sample) > MAX_GAP_S * fs_hz))
    cut = sorted([*cut, *((int(place), int(place) + 1) for place in long)])
    starts = [0, *(end for _, end in cut)]
    stops = [*(begin for begin, _ in cut), len(sample) - 1]
    return list(zip(starts, stops, strict=True))


def _most_likely(evidence: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return the sequence of states that gathers most evidence less `CHANGE_COST` for each change.

    With two states the difference between the best sequences that end in each is enough: it is clipped to the cost
    before each beat's evidence is added.
    """
    n = len(evidence)
    lead = np.empty(n)
    level = 0.0
    for place, value in enumerate(evidence.tolist()):
        level = min(max(level, -CHANGE_COST), CHANGE_COST) + value
        lead[place] = level
    state = np.empty(n, dtype=bool)
    now = level > 0
    for place in range(n - 1, -1, -1):
        if place < n - 1:
            before = lead[place]
            # Coming from the other state is better where the lead exceeds the cost of changing.
            now = before > -CHANGE_COST if now else before > CHANGE_COST
        state[place] = now
    return state
