"""Agreement of beats and rhythm: beats inside ventricular tachycardia and fibrillation.

Where the rhythm network names a ventricular tachycardia, its beats are looked for by the period of the signal and are
ventricular; where they cannot be told apart, as in fibrillation, no beat is claimed and the episode says so. Where the
usual beats march through (:mod:`ecg_core.rhythm.pseudo_tachycardia`), those are the beats, and VT is at most possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecg_core.beats import UNREADABLE, USABLE
from ecg_core.detection import Detection
from ecg_core.detection.tachycardia import BLOCK_S, is_regular, regular_run, tachycardia_parts
from ecg_core.recording import Recording
from ecg_core.rhythm.episode_types import Span
from ecg_core.rhythm.network_input import RATE_HZ, network_input
from ecg_core.rhythm.pseudo_tachycardia import MarchingBeats, marching_beats
from ecg_core.rhythm.run_edges import unlike_beside
from ecg_core.rhythm.ventricular import VentricularSpan

_MARGIN_S = 10
_ALIKE = 0.15
_MIN_APART_S = 0.15
_HALF = 0.5
_RUN_REACH_S = 1
_BESIDE = 8
_MIN_RUN = 4
SLOWEST_VT_BPM = 100
"""A regular rhythm that is not faster is no tachycardia, whatever its complexes look like."""

FLUTTER_BPM = 240
"""A regular rhythm faster than this, which the network takes for fibrillation or flutter, is flutter."""


@dataclass(frozen=True)
class Agreement:
    """Beats and quality that agree with the rhythm.

    Attributes
    ----------
    sample : ndarray of int64, shape (beats,)
    quality : ndarray of uint8, shape (seconds, leads)
        Seconds of a named ventricular rhythm count as usable.
    spans : tuple of Span
        The ventricular rhythms, with their reasons.
    without_beats : tuple of (int, int)
        First sample and one past the last of spans in which beats cannot be told apart.
    """

    sample: npt.NDArray[np.int64]
    quality: npt.NDArray[np.uint8]
    spans: tuple[Span, ...]
    without_beats: tuple[tuple[int, int], ...]


def agree(
    recording: Recording, detection: Detection, found: Sequence[VentricularSpan], *, paced: bool = False
) -> Agreement:
    """Bring the beats of a recording into agreement with its ventricular rhythms.

    Parameters
    ----------
    recording : Recording
        The recording.
    detection : Detection
        Beats and quality that detection found.
    found : sequence of VentricularSpan
        Spans of VT, VF and possible VT or VF.
    paced : bool
        Whether the recording has pacing spikes.
    """
    fs_hz, quality = recording.fs_hz, detection.quality.copy()
    sample = detection.sample
    spans: list[Span] = []
    without: list[tuple[int, int]] = []
    for span in found:
        start = round(span.start_s * fs_hz)
        stop = min(round(span.stop_s * fs_hz), recording.n_samples)
        if not span.certain:
            likely = f"VT or VF not ruled out (up to {span.probability:.0%})"
            reason = f"no lead readable for {span.stop_s - span.start_s} s, {likely}"
            spans.append(Span(start, stop, "POSSIBLE_VT", reason, "signal"))
            continue
        # A pacemaker's complexes march through fibrillation.
        marching = None if paced else marching_beats(recording, detection.sample, span, found)
        if marching is not None:
            inside = slice(*np.searchsorted(sample, [start, stop]).tolist())
            kept = _apart(marching.sample, sample, inside, fs_hz)
            sample = np.concatenate([sample[: inside.start], kept, sample[inside.stop :]])
            if marching.clear_lead is None:
                spans.append(Span(start, stop, "POSSIBLE_VT", _march_reason(marching, span.probability), "signal"))
            continue
        told_apart = (detection.quality[span.start_s : span.stop_s] != UNREADABLE).any(axis=1).mean() > _HALF
        parts = _parts(recording, start, stop, sample, turning=span.vf_share <= _HALF)
        if span.stop_s - span.start_s <= BLOCK_S and span.vf_share <= _HALF:
            parts = _as_run(parts, sample, fs_hz)
        for begin, end, beats in parts:
            inside = slice(*np.searchsorted(sample, [begin, end]).tolist())
            if beats is None and told_apart and span.vf_share <= _HALF and inside.stop > inside.start:
                beats = sample[inside]  # short or irregular, but the detector was sure of them
            rate_bpm = _rate_bpm(beats, fs_hz)
            kind = "VF" if span.vf_share > _HALF and (beats is None or rate_bpm > FLUTTER_BPM) else "VT"
            if kind == "VT" and rate_bpm <= SLOWEST_VT_BPM:
                if told_apart and not paced:
                    continue  # beats that can be told, and too slow for a tachycardia
                _count_as_usable(quality, begin / fs_hz, end / fs_hz)
                # Regular complexes of a pacemaker may run on through fibrillation, and noise may look regular.
                slow = f"beats at {rate_bpm:.0f} bpm, but rhythm model {min(span.probability, 0.99):.0%} VT or VF"
                spans.append(Span(begin, end, "POSSIBLE_VT", slow, "signal"))
                continue
            _count_as_usable(quality, begin / fs_hz, end / fs_hz)
            kept = (
                np.empty(0, dtype=np.int64) if beats is None or kind == "VF" else _apart(beats, sample, inside, fs_hz)
            )
            outside = np.concatenate([sample[: inside.start][-_BESIDE:], sample[inside.stop :][:_BESIDE]])
            sample = np.concatenate([sample[: inside.start], kept, sample[inside.stop :]])
            if not len(kept):
                without.append((begin, end))
            first, last = unlike_beside(recording, kept, outside)
            begin = begin if first == 0 else int(kept[first - 1 : first + 1].mean())
            end = end if last == len(kept) else int(kept[last - 1 : last + 1].mean())
            kept = kept[first:last]
            told_bpm = _mean_rate_bpm(kept, fs_hz) if len(kept) > 1 else rate_bpm
            reason = _reason(kind, len(kept), told_bpm, (end - begin) / fs_hz, span.probability)
            spans.append(Span(begin, end, kind, reason, "signal"))
    return Agreement(sample, quality, tuple(spans), tuple(without))


def _count_as_usable(quality: npt.NDArray[np.uint8], start_s: float, stop_s: float) -> None:
    """Grade the seconds of a named rhythm at least usable: fibrillation does not make a signal unreadable."""
    seconds = quality[int(start_s) : int(np.ceil(stop_s))]
    seconds[(seconds == UNREADABLE).all(axis=1)] = USABLE


def _parts(
    recording: Recording, start: int, stop: int, detected: npt.NDArray[np.int64], *, turning: bool
) -> list[tuple[int, int, npt.NDArray[np.int64] | None]]:
    """Part a ventricular rhythm into spans with their beats, None where they cannot be told apart."""
    fs_hz = recording.fs_hz
    margin = round(_MARGIN_S * fs_hz)
    first = max(start - margin, 0)
    wave, _ = network_input(recording.read(first, min(stop + margin, recording.n_samples)), fs_hz)
    skipped = round((start - first) / fs_hz * RATE_HZ)
    named = wave[skipped : skipped + round((stop - start) / fs_hz * RATE_HZ)]
    parts = tachycardia_parts(named, RATE_HZ, turning=turning)
    result: list[tuple[int, int, npt.NDArray[np.int64] | None]] = []
    for begin_s, end_s, beat_s in parts:
        begin = start + round(begin_s * fs_hz)
        end = stop if end_s == parts[-1][1] else start + round(end_s * fs_hz)
        there = detected[(detected >= begin) & (detected < end)]
        regular = is_regular(there / fs_hz, (end - begin) / fs_hz)
        if beat_s is None:
            beats = there if regular else None
        elif regular and abs(len(there) / len(beat_s) - 1) < _ALIKE:
            beats = there  # on the dominant deflection at the recording's own rate
        else:
            beats = np.minimum(start + np.rint(beat_s * fs_hz).astype(np.int64), end - 1)
        result.append((begin, end, beats))
    return result


def _as_run(
    parts: list[tuple[int, int, npt.NDArray[np.int64] | None]], detected: npt.NDArray[np.int64], fs_hz: float
) -> list[tuple[int, int, npt.NDArray[np.int64] | None]]:
    """Return a short tachycardia without beats of its own as the run of detected beats in it, where there is one.

    The network names whole seconds, and a few beats are too few for a period of the signal: the beats before and
    behind the run stay what they are.
    """
    if any(beats is not None for _, _, beats in parts):
        return parts
    start, stop = parts[0][0], parts[-1][1]
    reach = round(_RUN_REACH_S * fs_hz)
    there = detected[(detected >= start - reach) & (detected < stop + reach)]
    first, last = regular_run(there / fs_hz)
    if last - first + 1 < _MIN_RUN or there[last] < start or there[first] >= stop:
        return parts
    run = there[first : last + 1]
    return [(int(run[0]), int(run[-1]) + 1, run)]


def _apart(
    beats: npt.NDArray[np.int64], sample: npt.NDArray[np.int64], inside: slice, fs_hz: float
) -> npt.NDArray[np.int64]:
    """Return the beats that are not the same as one before or behind the span."""
    least = round(_MIN_APART_S * fs_hz)
    kept = np.unique(beats)
    if inside.start:
        kept = kept[kept - sample[inside.start - 1] >= least]
    if inside.stop < len(sample):
        kept = kept[sample[inside.stop] - kept >= least]
    return kept


def _mean_rate_bpm(beats: npt.NDArray[np.int64], fs_hz: float) -> float:
    """Return the rate of an episode's beats as :mod:`ecg_core.rhythm.episodes` lists it."""
    return float(60 * fs_hz * (len(beats) - 1) / (beats[-1] - beats[0]))


def _rate_bpm(beats: npt.NDArray[np.int64] | None, fs_hz: float) -> float:
    if beats is None or len(beats) < 2:
        return float("nan")
    return float(60 * fs_hz / np.median(np.diff(beats)))


def _march_reason(marching: MarchingBeats, probability: float) -> str:
    n_beats, certain = len(marching.sample), f"rhythm model {min(probability, 0.99):.0%} VT or VF"
    return f"{n_beats} complexes like the usual ones march through at {marching.rate_bpm:.0f} bpm, but {certain}"


def _reason(kind: str, n_beats: int, rate_bpm: float, length_s: float, probability: float) -> str:
    certain = f"rhythm model {min(probability, 0.99):.0%}"
    if n_beats:
        return f"{n_beats} broad complexes at {rate_bpm:.0f} bpm for {length_s:.0f} s, {certain}"
    if kind == "VF" and rate_bpm > FLUTTER_BPM:
        return f"flutter at {rate_bpm:.0f} bpm for {length_s:.0f} s, no beat can be told apart, {certain}"
    what = "no beat can be told apart" if kind == "VF" else "broad complexes, beats cannot be told apart,"
    return f"{what} for {length_s:.0f} s, {certain}"
