"""Sampling rate and gaps from the time stamps of all rows.

Stamps may be finer than the sampling interval or coarser: whole seconds, whole milliseconds, one stamp for each packet
of a radio link. So the rate comes from the rows at which the stamp changes. Against the even clock of that rate each
change is late or early; lateness that stays is a gap, lateness that is made up for is jitter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.errors import RecordingError

Blocks = Callable[[], Iterator[tuple[int, npt.NDArray[np.float64]]]]
"""Returns the stamps in seconds, block by block with the first row of each."""

_ROWS_PER_ANCHOR: Final = 64
_MAX_CANDIDATES: Final = 5000
_NEAREST: Final = 1e-4
_MAX_JITTER_S: Final = 0.25
"""What radio links and the clocks of telephones add; more is no even clock."""

_WINDOW: Final = 8
_SAMPLED: Final = 8192
_DAY_S: Final = 86_400.0
_HALF_DAY_S: Final = 43_200.0
_MAX_ABSENT_S: Final = 7 * _DAY_S


class UnevenTimesError(RecordingError):
    """The stamps are those of no evenly sampled recording; the message says what is wrong with them."""


@dataclass(frozen=True)
class Clock:
    """What the time stamps of a table tell.

    Attributes
    ----------
    fs_hz : float
    gap_rows : ndarray of int64
        Rows before which samples are missing.
    gap_samples : ndarray of int64
        How many.
    jitter_s : float
        The usual distance of a stamp from the even clock.
    resolution_s : float
        The usual distance of two stamps that differ.
    n_unreadable : int
        Rows without a stamp.
    """

    fs_hz: float
    gap_rows: npt.NDArray[np.int64]
    gap_samples: npt.NDArray[np.int64]
    jitter_s: float
    resolution_s: float
    n_unreadable: int = 0

    @property
    def is_even(self) -> bool:
        """Whether each row has a stamp of its own that keeps to the even clock."""
        return self.resolution_s * self.fs_hz < 1.5 and self.jitter_s * self.fs_hz < 0.6

    @property
    def gap_s(self) -> npt.NDArray[np.float64]:
        """Lengths of the gaps in seconds."""
        return self.gap_samples / self.fs_hz


@dataclass
class _Changes:
    """Rows at which the stamp changes, and their stamps."""

    rows: npt.NDArray[np.int64]
    times: npt.NDArray[np.float64]


def read_clock(blocks: Blocks, n_rows: int, *, wraps: bool = False) -> Clock:
    """Find the rate and the gaps of a table by the stamps of all its rows.

    Parameters
    ----------
    blocks : callable
        Returns the stamps.
    n_rows : int
        How many there are.
    wraps : bool
        Whether the stamps are times of day, which begin anew at midnight.

    Returns
    -------
    Clock

    Raises
    ------
    UnevenTimesError
        If they run backwards, stand still, or are no even clock with gaps.
    """
    per_anchor = max(1, min(_ROWS_PER_ANCHOR, n_rows // 100))
    anchors: list[_Changes] = []
    near: list[_Changes] = []
    steps_s, n_changes, n_unreadable = [], 0, 0
    for changes, missing in _changes(blocks, wraps):
        n_unreadable += missing
        if len(changes.rows) < 2:
            continue
        n_changes += len(changes.rows) - 1
        first = np.flatnonzero(np.diff(changes.rows[1:] // per_anchor, prepend=-1))
        anchors.append(_Changes(changes.rows[1:][first], changes.times[1:][first]))
        steps_s.append(_median(np.diff(changes.times)))
        near.append(_suspicious(changes))
    if n_changes < 2:
        raise UnevenTimesError("stand still")
    rows = np.concatenate([each.rows for each in anchors])
    times = np.concatenate([each.times for each in anchors])
    resolution_s = float(np.median(steps_s))
    is_fine = n_changes > 0.9 * n_rows
    # Packets arrive early and late, so that only several of them together show their rate.
    every = 1 if is_fine else max(1, min(_WINDOW, len(rows) // _WINDOW))
    period_s, span = _period(rows[::every], times[::every], is_fine)
    rate_hz = 1 / period_s
    nearest = round(rate_hz)
    within = _NEAREST if is_fine else max(_NEAREST, 1.0 / span)
    fs_hz = float(nearest) if nearest and abs(rate_hz / nearest - 1) < within else rate_hz
    gap_rows, gap_samples, jitter_s = _gaps(near, period_s, fs_hz, rows, times, is_fine)
    _require_even(rows, times, period_s, gap_rows, gap_samples / fs_hz / period_s, max(resolution_s, period_s))
    absent_s = gap_samples.sum() / fs_hz
    if absent_s > max(_MAX_ABSENT_S, 20 * n_rows / fs_hz):
        raise UnevenTimesError(f"leave out {absent_s / 3600:.3g} hours")
    return Clock(fs_hz, gap_rows, gap_samples, jitter_s, resolution_s, n_unreadable)


def _changes(blocks: Blocks, wraps: bool) -> Iterator[tuple[_Changes, int]]:
    """Yield the changes of each block behind the last change before it, and how many stamps are missing."""
    last_row, last_s = -1, np.nan
    offset_s = 0.0
    for first_row, given in blocks():
        valid = np.flatnonzero(np.isfinite(given))
        stamps = given[valid] + offset_s
        rows = valid + first_row
        if not len(rows):
            yield _Changes(rows, stamps), len(given)
            continue
        if wraps:
            before = np.concatenate([[stamps[0] if last_row < 0 else last_s], stamps[:-1]])
            turns = _turns(stamps - before)
            stamps = stamps + np.cumsum(turns)
            offset_s += float(turns.sum())
        earlier = last_s if last_row >= 0 else stamps[0] - 1.0
        steps = np.diff(stamps, prepend=earlier)
        backwards = np.flatnonzero(steps < 0)
        if len(backwards) and -steps.min() > max(_MAX_JITTER_S, 2 * _median(np.abs(steps))):
            worst = int(backwards[np.argmin(steps[backwards])])
            raise UnevenTimesError(f"run backwards by {-steps[worst]:.3g} s at row {rows[worst] + 1:,}")
        at = np.flatnonzero(steps != 0)
        head = ([last_row], [last_s]) if last_row >= 0 else ([], [])
        found = _Changes(
            np.concatenate([np.array(head[0], dtype=np.int64), rows[at]]), np.concatenate([head[1], stamps[at]])
        )
        if len(at):
            last_row, last_s = int(rows[at[-1]]), float(stamps[at[-1]])
        yield found, len(given) - len(valid)


def _turns(steps_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return what a clock that begins anew leaves out: a day, or half of one where it counts to twelve."""
    turns = np.zeros(len(steps_s))
    turns[steps_s < -_HALF_DAY_S / 2] = _HALF_DAY_S
    turns[steps_s < -1.25 * _HALF_DAY_S] = _DAY_S
    return turns


def _excess(changes: _Changes, period_s: float) -> npt.NDArray[np.float64]:
    """Return by how much each change comes later than the even clock says, counted from the one before."""
    return np.diff(changes.times) - np.diff(changes.rows) * period_s


def _median(values: npt.NDArray[np.number]) -> float:
    """Return the median of a sample that is large enough."""
    return float(np.median(values[:: max(1, len(values) // _SAMPLED | 1)]))


def _limit(excess_s: npt.NDArray[np.float64], period_s: float, is_fine: bool) -> float:
    usual_s = _median(np.abs(excess_s - _median(excess_s))) if len(excess_s) else 0.0
    return (0.6 if is_fine else 1.5) * period_s + 6 * usual_s


def _suspicious(changes: _Changes) -> _Changes:
    """Return the changes around those that come late by the block's own rate."""
    spans = np.diff(changes.rows)
    period_s = _median(np.diff(changes.times) / spans)
    is_fine = _median(spans) == 1
    if not is_fine and changes.rows[0] == 0 and len(spans) > 1:  # the first stamp may have begun before the table
        changes = _Changes(changes.rows[1:], changes.times[1:])
    excess_s = _excess(changes, period_s)
    late = np.flatnonzero(excess_s > _limit(excess_s, max(period_s, 0.0), is_fine))
    if len(late) > _MAX_CANDIDATES:
        raise UnevenTimesError("follow no even clock")
    kept = np.unique((late[:, None] + np.arange(1 - _WINDOW, _WINDOW + 1)).ravel()) if len(late) else late
    kept = kept[(kept >= 0) & (kept < len(changes.rows))]
    return _Changes(changes.rows[kept], changes.times[kept])


def _period(rows: npt.NDArray[np.int64], times: npt.NDArray[np.float64], is_fine: bool) -> tuple[float, int]:
    """Return the sampling interval by all stretches without a gap, and how many rows they are."""
    if len(rows) < 2:
        raise UnevenTimesError("are too few")
    spans, elapsed_s = np.diff(rows), np.diff(times)
    period_s = float(np.median(elapsed_s / spans))
    kept = np.ones(len(spans), dtype=bool)
    for _ in range(3):
        if not period_s > 0:
            raise UnevenTimesError("do not increase")
        excess_s = elapsed_s - spans * period_s
        usual_s = float(np.median(np.abs(excess_s)))
        kept = np.abs(excess_s) <= (0.75 if is_fine else 1.5) * period_s + 6 * usual_s
        period_s = float(elapsed_s[kept].sum() / spans[kept].sum())
    return period_s, int(spans[kept].sum())


def _gaps(
    near: list[_Changes],
    period_s: float,
    fs_hz: float,
    rows: npt.NDArray[np.int64],
    times: npt.NDArray[np.float64],
    is_fine: bool,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], float]:
    """Return the rows before which samples are missing, how many, and the usual jitter."""
    lateness = times - rows * period_s
    jitter_s = float(np.median(np.abs(np.diff(lateness)))) if len(rows) > 2 else 0.0
    # Packets are late by nothing or by a whole turn of the radio: their usual lateness says little.
    often_s = 0.0 if is_fine or len(rows) < 3 else float(np.quantile(np.abs(np.diff(lateness)), 0.9))
    found: dict[int, int] = {}
    for changes in near:
        if len(changes.rows) < 2:
            continue
        excess_s = _excess(changes, period_s)
        late_s = changes.times - changes.rows * period_s
        limit_s = (0.6 if is_fine else 1.5) * period_s + max(6 * jitter_s, 2 * often_s)
        places = np.flatnonzero(excess_s > limit_s)
        edges = np.concatenate([[0], places + 1, [len(changes.rows)]])
        for number, place in enumerate(places):
            before = late_s[max(edges[number], place + 1 - _WINDOW) : place + 1]
            after = late_s[place + 1 : min(edges[number + 2], place + 1 + _WINDOW)]
            stays_s = float(np.median(after) - np.median(before))
            n_missing = round(stays_s * fs_hz)
            if n_missing > 0 and stays_s > limit_s * 0.9:
                found[int(changes.rows[place + 1])] = n_missing
    if len(found) > _MAX_CANDIDATES:
        raise UnevenTimesError("follow no even clock")
    gap_rows = np.array(sorted(found), dtype=np.int64)
    return gap_rows, np.array([found[row] for row in gap_rows.tolist()], dtype=np.int64), jitter_s


def _require_even(
    rows: npt.NDArray[np.int64],
    times: npt.NDArray[np.float64],
    period_s: float,
    gap_rows: npt.NDArray[np.int64],
    gap_samples: npt.NDArray[np.float64],
    step_s: float,
) -> None:
    """Refuse stamps that are no even clock even where the gaps are taken out."""
    part = np.searchsorted(gap_rows, rows, side="right")
    shift = np.concatenate([[0], np.cumsum(gap_samples)])[part]
    late_s = times - (rows + shift) * period_s
    late_s -= np.median(late_s)
    worst_s = float(np.abs(late_s).max())
    if worst_s > max(2 * step_s, _MAX_JITTER_S) and worst_s > 1e-4 * (rows[-1] - rows[0]) * period_s:
        raise UnevenTimesError(f"stray by up to {worst_s:.2g} s from an even clock")
