"""Full disclosure: one lead, one minute per row, as minimum and maximum of each pixel column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.recording import Recording
from ecg_core.signal.viewing import read_filtered
from pages.api.wire import pack
from pages.services.errors import RequestError

ROW_S: Final = 60.0
MAX_MINUTES: Final = 60
MAX_COLUMNS: Final = 4000

ABSENT: Final = -128
_MAX_INT8: Final = 127
_HEADROOM: Final = 3.0
"""Range of a row in multiples of the lead's usual amplitude; larger values are clipped."""

_MIN_LANE_MV: Final = 0.5
_ROWS_AT_ONCE: Final = 10
"""Minutes read at a time: files hold all leads, of which one is wanted."""


def disclosure(
    recording: Recording,
    start_s: float,
    minutes: int,
    width: int,
    lead: int,
    filters: Sequence[str],
    range_mv: npt.NDArray[np.floating],
) -> bytes:
    """Pack minutes of one lead, a minute a row.

    Parameters
    ----------
    recording : Recording
        The recording.
    start_s : float
        Where the first row begins.
    minutes : int
        Rows; those that begin behind the end are left out.
    width : int
        Columns of a row.
    lead : int
        Index of the lead.
    filters : sequence of str
        Of `ecg_core.signal.viewing.VIEW_FILTERS`.
    range_mv : ndarray, shape (2,)
        The lead's usual extremes around its level; the scale follows from it, so that all pages have the same.

    Returns
    -------
    bytes
        See `pages.api.wire`. ``meta``: start_s, row_s, width, scale_mv (of one count), lead. ``minmax``: int8
        (rows, width, 2), least and largest value of each column about the row's own median, -128 where absent.

    Raises
    ------
    RequestError
        If the recording ends before `start_s`.
    RecordingError
        If the signal cannot be read.
    """
    first = math.ceil(start_s * recording.fs_hz - 1e-6)
    if first >= recording.n_samples:
        raise RequestError(f"The recording ends after {recording.duration_s:.0f} s.", 404)
    n_rows = min(minutes, math.ceil((recording.n_samples - first) / (ROW_S * recording.fs_hz) - 1e-9))
    scale_mv = max(_HEADROOM * float(np.abs(range_mv).max()), _MIN_LANE_MV) / _MAX_INT8
    rows = np.full((n_rows, width, 2), ABSENT, dtype=np.int8)
    for row in range(0, n_rows, _ROWS_AT_ONCE):
        n_read = min(_ROWS_AT_ONCE, n_rows - row)
        columns = row * width + np.arange(n_read * width + 1)
        edges = np.ceil((start_s + ROW_S * columns / width) * recording.fs_hz - 1e-6).astype(np.int64)
        edges = np.minimum(edges, recording.n_samples)
        signal_mv = read_filtered(recording, int(edges[0]), int(edges[-1]), [lead], filters)[:, 0]
        for at in range(n_read):
            of_row = edges[at * width : (at + 1) * width + 1]
            minute_mv = signal_mv[of_row[0] - edges[0] : of_row[-1] - edges[0]]
            rows[row + at] = _extremes(minute_mv, of_row - of_row[0], scale_mv)
    meta = {"start_s": start_s, "row_s": ROW_S, "width": width, "scale_mv": scale_mv, "lead": lead}
    return pack(meta, {"minmax": rows})


def _extremes(row_mv: npt.NDArray[np.float32], edges: npt.NDArray[np.int64], scale_mv: float) -> npt.NDArray[np.int8]:
    """Return least and largest value of each column in counts, shape (columns, 2).

    A column in which no sample lies shows the next one.
    """
    n_columns = len(edges) - 1
    counts = np.full((n_columns, 2), ABSENT, dtype=np.int8)
    whole = np.isfinite(row_mv)
    if not whole.any():
        return counts
    level = np.median(row_mv[whole])
    began = int(np.searchsorted(edges[:-1], len(row_mv)))
    starts = edges[:began]
    columns = np.stack([np.fmin.reduceat(row_mv, starts), np.fmax.reduceat(row_mv, starts)], axis=1)
    present = np.isfinite(columns)
    scaled = np.where(present, np.round((columns - level) / scale_mv), ABSENT)
    counts[:began] = np.where(present, np.clip(scaled, -_MAX_INT8, _MAX_INT8), ABSENT).astype(np.int8)
    return counts
