"""Delineation of a recording: the waves of every beat in every lead, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from ecg_core.arrays import BoolArray, Float32Array, Float64Array
from ecg_core.beats import UNREADABLE
from ecg_core.delineation.common_waves import common_boundaries, unconducted_p_waves
from ecg_core.delineation.decoding import decode
from ecg_core.delineation.wave_input import BLOCK_S, RATE_HZ, wave_input
from ecg_core.delineation.wave_model import WaveModel, load_wave_model
from ecg_core.delineation.waves import ABSENT, Waves, no_waves
from ecg_core.recording import Recording
from ecg_core.signal.quality import grades_at

PIECE_S: Final = 640
OVERLAP_S: Final = 32
"""Seconds read beyond each piece on either side: more than scaling and network look aside."""

STEP_S: Final = 16
"""A piece begins with a whole one: a step of the network's lowest rate."""

THREADS: Final = 2


@dataclass(frozen=True)
class _Piece:
    """Waves of the beats of one piece, in samples of the recording after the beat; other P waves in samples."""

    boundary: Float64Array
    confidence: Float32Array
    present: BoolArray
    common: Float64Array
    unconducted_p: Float64Array


def delineate(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    quality: npt.NDArray[np.uint8],
    model: WaveModel | None = None,
    progress: Callable[[float], None] | None = None,
) -> Waves:
    """Find onset, peak and end of the P wave, QRS complex and T wave of every beat in every lead.

    Parameters
    ----------
    recording : Recording
        The recording; one with pacing spikes without them, see :func:`ecg_core.pacing.without_spikes`.
    samples : ndarray of int64, shape (beats,)
        The beats, increasing.
    quality : ndarray of uint8, shape (seconds, leads)
        Quality grades. Where a lead is unreadable its waves are not assessed.
    model : WaveModel, optional
        The shipped one by default.
    progress : callable, optional
        Is told the fraction done, 0..1, after each piece.

    Returns
    -------
    Waves
    """
    samples = np.asarray(samples, dtype=np.int64)
    if not len(samples):
        return no_waves(samples, recording.lead_names)
    model = model or load_wave_model()
    fs_hz = recording.fs_hz
    readable = _readable_beats(recording, samples, quality)
    duration_s = int(np.ceil(recording.n_samples / fs_hz))
    parts: list[_Piece] = []
    waiting: deque[Future[_Piece]] = deque()

    def of_piece(start: int, stop: int, begin_s: int, signal: Float32Array) -> _Piece:
        at = round(begin_s * fs_hz)
        inside = slice(*np.searchsorted(samples, [at, at + len(signal)]).tolist())
        own = (samples[inside] >= start) & (samples[inside] < stop)
        grades = quality[begin_s : begin_s + int(np.ceil(len(signal) / fs_hz))]
        found = _delineated(signal, fs_hz, at, samples[inside], readable[inside], grades, own, model)
        peak = found.unconducted_p[:, 1]
        return replace(found, unconducted_p=found.unconducted_p[(peak >= start) & (peak < stop)])

    def keep_next() -> None:
        parts.append(waiting.popleft().result())
        if progress is not None:
            progress(min(len(parts) * PIECE_S / max(duration_s, 1), 1.0))

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(THREADS) as pool:
        for begin in range(0, duration_s, PIECE_S):
            start, stop = round(begin * fs_hz), round((begin + PIECE_S) * fs_hz)
            begin_s = max(begin - OVERLAP_S, 0)
            signal = recording.read(round(begin_s * fs_hz), round((begin + PIECE_S + OVERLAP_S) * fs_hz))
            waiting.append(pool.submit(of_piece, start, stop, begin_s, signal))
            if len(waiting) > THREADS:
                keep_next()
        while waiting:
            keep_next()
    return _joined(parts, samples, recording.lead_names)


def delineate_some(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    quality: npt.NDArray[np.uint8],
    chosen: BoolArray,
    model: WaveModel | None = None,
) -> Waves:
    """Find the waves of some of the beats, reading the signal around them alone.

    Parameters
    ----------
    recording : Recording
        As for :func:`delineate`.
    samples : ndarray of int64, shape (beats,)
        All beats, increasing.
    quality : ndarray of uint8, shape (seconds, leads)
        Quality grades.
    chosen : ndarray of bool, shape (beats,)
        Beats whose waves are wanted.
    model : WaveModel, optional
        The shipped one by default.

    Returns
    -------
    Waves
        Of the chosen beats. Its P waves without beat are those between the beat before each and the beat after it.
    """
    model = model or load_wave_model()
    fs_hz = recording.fs_hz
    rows = np.flatnonzero(chosen)
    if not len(rows):
        return no_waves(samples[rows], recording.lead_names)
    readable = _readable_beats(recording, samples, quality)
    begin_s = np.maximum((samples[rows] / fs_hz // STEP_S).astype(np.int64) * STEP_S - OVERLAP_S, 0)
    end_s = (samples[rows] / fs_hz).astype(np.int64) + OVERLAP_S
    apart = np.append(True, (begin_s[1:] > end_s[:-1]) | (begin_s[1:] // PIECE_S > begin_s[:-1] // PIECE_S))
    parts = []
    with threadpool_limits(1, "blas"):
        for group in np.split(np.arange(len(rows)), np.flatnonzero(apart)[1:]):
            at_s = int(begin_s[group[0]])
            at = round(at_s * fs_hz)
            signal = recording.read(at, round(int(end_s[group[-1]]) * fs_hz))
            inside = slice(*np.searchsorted(samples, [at, at + len(signal)]).tolist())
            own = np.zeros(len(samples), dtype=bool)
            own[rows[group]] = True
            grades = quality[at_s : at_s + int(np.ceil(len(signal) / fs_hz))]
            found = _delineated(signal, fs_hz, at, samples[inside], readable[inside], grades, own[inside], model)
            gap = np.searchsorted(samples, found.unconducted_p[:, 1])  # between the beats `gap - 1` and `gap`
            padded = np.concatenate([[False], own, [False]])
            parts.append(replace(found, unconducted_p=found.unconducted_p[padded[gap] | padded[gap + 1]]))
    return _joined(parts, samples[rows], recording.lead_names)


def _delineated(
    signal: Float32Array,
    fs_hz: float,
    offset: int,
    samples: npt.NDArray[np.int64],
    readable: BoolArray,
    grades: npt.NDArray[np.uint8],
    own: BoolArray,
    model: WaveModel,
) -> _Piece:
    """Return the waves of the piece's own beats; `samples` are those of the whole signal read, `readable` theirs."""
    if not np.isfinite(signal).any():
        return _none_assessed(int(own.sum()), signal.shape[1])
    wave, present = wave_input(signal, fs_hz)
    scale = fs_hz / RATE_HZ
    beat = (samples - offset) / scale
    if len(beat):
        block = np.minimum((beat / (BLOCK_S * RATE_HZ)).astype(np.int64), len(present) - 1)
        readable = readable & present[block]
    probability = model.network.probabilities(wave, _readable_blocks(present, grades))
    leads = [decode(probability[:, lead], np.ascontiguousarray(wave[:, lead]), beat) for lead in range(wave.shape[1])]
    boundary = np.stack([lead.boundary for lead in leads], axis=1)
    confidence = np.stack([lead.confidence for lead in leads], axis=1)
    height = np.stack([lead.height for lead in leads], axis=1)
    boundary[~readable] = np.nan
    common = common_boundaries(boundary, confidence, readable, height, RATE_HZ)
    other_p = unconducted_p_waves(leads, beat, readable, common, RATE_HZ)
    at_own = samples[own] - offset
    return _Piece(
        boundary[own] * scale - at_own[:, None, None],
        confidence[own],
        readable[own],
        common[own] * scale - at_own[:, None],
        np.rint(other_p * scale) + offset,
    )


def _none_assessed(n_beats: int, n_leads: int) -> _Piece:
    """Return what a piece without signal tells of its beats, which only a person can have set there."""
    shape = (n_beats, n_leads)
    return _Piece(
        np.full((*shape, 9), np.nan),
        np.zeros((*shape, 3), dtype=np.float32),
        np.zeros(shape, dtype=bool),
        np.full((n_beats, 9), np.nan),
        np.empty((0, 3)),
    )


def _readable_beats(recording: Recording, samples: npt.NDArray[np.int64], quality: npt.NDArray[np.uint8]) -> BoolArray:
    """Return in which leads each beat can be read; all where there are no grades."""
    if not len(quality):
        return np.ones((len(samples), len(recording.leads)), dtype=bool)
    return np.asarray(grades_at(quality, samples / recording.fs_hz) != UNREADABLE)


def _readable_blocks(present: BoolArray, grades: npt.NDArray[np.uint8]) -> BoolArray:
    """Return in which blocks of the input each lead can be read; all that are present where none can."""
    if not len(grades):
        return present
    at = np.minimum(np.arange(len(present)) * BLOCK_S, len(grades) - 1)
    good = present & (grades[at] != UNREADABLE)
    return np.where(good.any(axis=1)[:, None], good, present)


def _joined(parts: list[_Piece], samples: npt.NDArray[np.int64], lead_names: tuple[str, ...]) -> Waves:
    assessed = np.concatenate([part.present for part in parts])
    confidence = np.concatenate([part.confidence for part in parts]).astype(np.float32)
    confidence[~assessed] = np.nan
    return Waves(
        samples,
        lead_names,
        _as_offsets(np.concatenate([part.boundary for part in parts])),
        confidence,
        assessed,
        _as_offsets(np.concatenate([part.common for part in parts])),
        np.concatenate([part.unconducted_p for part in parts]).astype(np.int64),
    )


def _as_offsets(boundary: Float64Array) -> npt.NDArray[np.int16]:
    limit = np.iinfo(np.int16).max
    offset = np.clip(np.rint(boundary), -limit, limit)
    return np.where(np.isnan(boundary), ABSENT, offset).astype(np.int16)
