"""Sets of half-open sample intervals: union, intersection, difference, length.

A set is an int64 array of shape (intervals, 2) with rows ``start <= sample < stop`` that are sorted, do not overlap and
do not touch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Int64Array


def interval_set(spans: Iterable[Sequence[int]], n_samples: int | None = None) -> Int64Array:
    """Join spans that overlap or touch.

    Parameters
    ----------
    spans : iterable of (int, int)
        Start and stop; empty and reversed ones are left out.
    n_samples : int, optional
        Spans are clipped to ``0 <= sample < n_samples``.

    Returns
    -------
    ndarray of int64, shape (intervals, 2)
    """
    given = np.array([(span[0], span[1]) for span in spans], dtype=np.int64).reshape(-1, 2)
    if n_samples is not None:
        given = given.clip(0, n_samples)
    given = given[given[:, 1] > given[:, 0]]
    if not len(given):
        return given
    given = given[np.argsort(given[:, 0], kind="stable")]
    reach = np.maximum.accumulate(given[:, 1])
    first = np.concatenate(([True], given[1:, 0] > reach[:-1]))
    begins = np.flatnonzero(first)
    return np.column_stack((given[begins, 0], reach[np.append(begins[1:], len(given)) - 1]))


def union(*sets: Int64Array) -> Int64Array:
    """Return what lies in any of the sets."""
    return interval_set(np.concatenate(sets).tolist())


def complement(of: Int64Array, n_samples: int) -> Int64Array:
    """Return the samples in ``0 <= sample < n_samples`` that are not in a set.

    Parameters
    ----------
    of : ndarray of int64, shape (intervals, 2)
        First sample of each interval, and one past its last.
    n_samples : int
        Length of the recording in samples.

    Returns
    -------
    ndarray of int64, shape (intervals, 2)
    """
    inner = interval_set(of.tolist(), n_samples)
    edges = np.concatenate(([0], inner.ravel(), [n_samples])).reshape(-1, 2)
    return edges[edges[:, 1] > edges[:, 0]].astype(np.int64)


def intersection(one: Int64Array, other: Int64Array) -> Int64Array:
    """Return the samples in both sets.

    Parameters
    ----------
    one, other : ndarray of int64, shape (intervals, 2)
        First sample of each interval, and one past its last.

    Returns
    -------
    ndarray of int64, shape (intervals, 2)
    """
    if not len(one) or not len(other):
        return np.empty((0, 2), dtype=np.int64)
    edges = np.unique(np.concatenate((one.ravel(), other.ravel())))
    inside = _contains(one, edges[:-1]) & _contains(other, edges[:-1])
    return interval_set(np.column_stack((edges[:-1], edges[1:]))[inside].tolist())


def difference(one: Int64Array, other: Int64Array) -> Int64Array:
    """Return the samples in the first set that are not in the second.

    Parameters
    ----------
    one, other : ndarray of int64, shape (intervals, 2)
        First sample of each interval, and one past its last.

    Returns
    -------
    ndarray of int64, shape (intervals, 2)
    """
    if not len(one) or not len(other):
        return one
    return intersection(one, complement(other, int(max(one[-1, 1], other[-1, 1]))))


def length(of: Int64Array) -> int:
    """Return the number of samples in a set."""
    return int((of[:, 1] - of[:, 0]).sum())


def overlaps(intervals: Int64Array, with_set: Int64Array) -> npt.NDArray[np.int64]:
    """Return how many samples of each interval lie in a set.

    Parameters
    ----------
    intervals : ndarray of int64, shape (intervals, 2)
        Intervals, which may overlap each other.
    with_set : ndarray of int64, shape (members, 2)
        The set.

    Returns
    -------
    ndarray of int64, shape (intervals,)
        Numbers of samples.
    """
    return _covered(with_set, intervals[:, 1]) - _covered(with_set, intervals[:, 0])


def widened(of: Int64Array, by: int) -> Int64Array:
    """Return a set whose intervals are extended at both ends.

    Parameters
    ----------
    of : ndarray of int64, shape (intervals, 2)
        First sample of each interval, and one past its last.
    by : int
        Extension at each end in samples.

    Returns
    -------
    ndarray of int64, shape (intervals, 2)
    """
    return interval_set((of + np.array([-by, by])).tolist())


def bridged(of: Int64Array, gap: int, across: Int64Array | None = None) -> Int64Array:
    """Return a set whose intervals are joined over short gaps, and over gaps that lie wholly in another set.

    Parameters
    ----------
    of : ndarray of int64, shape (intervals, 2)
        The set.
    gap : int
        Samples up to which a gap is short.
    across : ndarray of int64, shape (intervals, 2), optional
        The other set.
    """
    if not len(of):
        return of
    gaps = np.column_stack((of[:-1, 1], of[1:, 0]))
    apart = gaps[:, 1] - gaps[:, 0] > gap
    if across is not None:
        apart &= overlaps(gaps, across) < gaps[:, 1] - gaps[:, 0]
    return np.column_stack((of[np.append(True, apart), 0], of[np.append(apart, True), 1]))


def _contains(of: Int64Array, at: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    before = np.searchsorted(of[:, 0], at, side="right") - 1
    return (before >= 0) & (at < of[before.clip(min=0), 1])


def _covered(of: Int64Array, at: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return how many samples of the set lie before each place."""
    if not len(of):
        return np.zeros(len(at), dtype=np.int64)
    before = np.searchsorted(of[:, 0], at, side="right") - 1
    passed = np.concatenate(([0], np.cumsum(of[:, 1] - of[:, 0])))
    inside = np.minimum(at, of[before.clip(min=0), 1]) - of[before.clip(min=0), 0]
    return np.where(before < 0, 0, passed[before.clip(min=0)] + inside)
