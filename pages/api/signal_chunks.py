"""Payload of signal in chunks of ten seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from ecg_core.figures.trace_points import quantised, reduced
from ecg_core.recording import Recording
from ecg_core.signal.viewing import read_filtered, view_filters
from pages.api.wire import pack
from pages.services.errors import RequestError

CHUNK_S: Final = 10.0
MAX_CHUNKS: Final = 16
MIN_RATE_HZ: Final = 1.0
MAX_RATE_HZ: Final = 4000.0


def chunk_start(recording: Recording, chunk: int) -> int:
    """Return the first sample of a chunk.

    Parameters
    ----------
    recording : Recording
        The recording.
    chunk : int
        Index of the chunk.

    Returns
    -------
    int
        At most the length of the recording in samples.
    """
    return min(math.ceil(chunk * CHUNK_S * recording.fs_hz - 1e-6), recording.n_samples)


def n_chunks(recording: Recording) -> int:
    """Return how many chunks a recording has; the last one may be shorter."""
    return math.ceil(recording.n_samples / recording.fs_hz / CHUNK_S - 1e-9)


def span(recording: Recording, first: int, count: int, points_per_s: float, filters: Sequence[str]) -> bytes:
    """Pack consecutive chunks of all leads.

    Parameters
    ----------
    recording : Recording
        The recording.
    first, count : int
        Chunk ``k`` holds the seconds from ``10 k`` on. Fewer come where the recording ends.
    points_per_s : float
        How many points a second are wanted at most; where there are more samples, each pair of points is the extremes
        of the samples it stands for, in their order in time.
    filters : sequence of str
        Of `ecg_core.signal.viewing.VIEW_FILTERS`.

    Returns
    -------
    bytes
        See `pages.api.wire`. ``meta``: first, count, rate_hz, filter (those applied), starts (first sample of each
        chunk). ``lsb``: float32 mV per count of each lead. ``c<k>``: int16 (leads, points), -32768 where absent; point
        ``j`` belongs to the time of the chunk's first sample plus ``j / rate_hz``.

    Raises
    ------
    RequestError
        If the first chunk lies behind the end.
    RecordingError
        If the signal cannot be read.
    """
    total = n_chunks(recording)
    if first >= total:
        raise RequestError(f"The recording ends in chunk {total - 1}; there is no chunk {first}.", 404)
    count = min(count, total - first)
    starts = [chunk_start(recording, chunk) for chunk in range(first, first + count + 1)]
    signal_mv = read_filtered(recording, starts[0], starts[-1], None, filters)
    pieces, rate_hz = [], recording.fs_hz
    for begin, end in pairwise(starts):
        piece, rate_hz = reduced(signal_mv[begin - starts[0] : end - starts[0]], recording.fs_hz, points_per_s)
        pieces.append(piece)
    counts, lsb_mv = quantised(np.concatenate(pieces))
    edges = np.cumsum([len(piece) for piece in pieces])[:-1]
    applied = [name for name in view_filters(recording.fs_hz) if name in filters]
    return pack(
        {
            "first": first,
            "count": count,
            "rate_hz": rate_hz,
            "filter": ",".join(applied) or "none",
            "starts": starts[:-1],
        },
        {
            "lsb": np.array(lsb_mv, dtype=np.float32),
            **{f"c{first + at}": part.T for at, part in enumerate(np.split(counts, edges))},
        },
    )
