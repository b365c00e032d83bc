"""QRS detection and quality of a whole recording in pieces."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from ecg_core.detection.detector import detect_with_quality
from ecg_core.detection.exemplars import BLOCK_S
from ecg_core.recording import Recording

PIECE_S: Final = 900
"""Seconds whose beats are kept from each piece."""

OVERLAP_S: Final = 180
"""Seconds read beyond each piece on either side: more than anything in the detection looks aside."""

THREADS: Final = 2
"""Pieces that are worked on at a time."""


@dataclass(frozen=True)
class Detection:
    """Beats and quality of a recording.

    Attributes
    ----------
    sample : ndarray of int64, shape (beats,)
        Strictly increasing, at the recording's own rate.
    quality : ndarray of uint8, shape (seconds, leads)
        Grades of each started second, see :func:`ecg_core.signal.assess_quality`.
    """

    sample: npt.NDArray[np.int64]
    quality: npt.NDArray[np.uint8]


def detect_recording(
    recording: Recording,
    leads: Sequence[int | str] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Detection:
    """Find the beats of a recording of any length in bounded memory.

    The recording is read in pieces of `PIECE_S` with `OVERLAP_S` on either side. Every decision depends on
    less than the overlap, so the joins leave no trace.

    Parameters
    ----------
    recording : Recording
        Read piece by piece.
    leads : sequence of int or str, optional
        The leads to use, the one whose peaks are wanted first; all by default.
    progress : callable, optional
        Is told the fraction done, 0..1, after each piece.

    Returns
    -------
    Detection

    Raises
    ------
    RecordingError
        If a span cannot be read.
    """
    fs_hz = recording.fs_hz
    n_seconds = int(np.ceil(recording.n_samples / fs_hz))
    samples: list[npt.NDArray[np.int64]] = []
    grades: list[npt.NDArray[np.uint8]] = []
    last = -1
    waiting: deque[tuple[int, int, Future[tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]]]] = deque()

    def keep_next() -> None:
        nonlocal last
        start_s, first_s, work = waiting.popleft()
        found, quality = work.result()
        stop_s = min(start_s + PIECE_S, n_seconds)
        found = found + round(first_s * fs_hz)
        kept = found[(found >= round(start_s * fs_hz)) & (found < round(stop_s * fs_hz)) & (found > last)]
        samples.append(kept)
        last = int(kept[-1]) if len(kept) else last
        grades.append(quality[start_s - first_s : stop_s - first_s])
        if progress is not None:
            progress(stop_s / n_seconds)

    # Pieces are read here, in order; NumPy lets other threads work while it computes. With threads of its own for
    # each product of matrices it would take them the cores.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(THREADS) as pool:
        for start_s in range(0, n_seconds, PIECE_S):
            first_s = max(start_s - OVERLAP_S, 0) // BLOCK_S * BLOCK_S
            stop_s = min(start_s + PIECE_S, n_seconds)
            signal = recording.read(round(first_s * fs_hz), round((stop_s + OVERLAP_S) * fs_hz), leads)
            waiting.append((start_s, first_s, pool.submit(detect_with_quality, signal, fs_hz)))
            if len(waiting) > THREADS:
                keep_next()
        while waiting:
            keep_next()
    n_leads = len(recording.leads) if leads is None else len(leads)
    return Detection(
        sample=np.concatenate(samples) if samples else np.empty(0, dtype=np.int64),
        quality=np.concatenate(grades) if grades else np.empty((0, n_leads), dtype=np.uint8),
    )
