"""Pairing of reference and test beats, one to one, as the WFDB program bxb pairs them.

bxb (G. B. Moody, WFDB Applications Guide) is the reference implementation that ANSI/AAMI EC57 names. It walks
through both lists in time and decides by the earlier of the two current beats: the two are a pair if they are
no further apart than the match window and if no neighbour has a better claim. The claim is judged with the
alternative criterion of the 2002 revision, which matters only above 200 beats per minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Int64Array

WINDOW_S: Final = 0.150
"""Largest distance of a pair, EC57 and bxb's default."""

_NEVER: Final = 1 << 62


Spans = Sequence[tuple[int, int]]
"""``(first, last)`` sample of each span, both inside it."""


@dataclass(frozen=True)
class Match:
    """Which test beat answers which reference beat.

    Attributes
    ----------
    reference, test : ndarray of int64, shape (pairs,)
        Positions in the two lists of beats; the k-th elements belong together.
    missed : ndarray of int64
        Positions of the reference beats without a partner.
    extra : ndarray of int64
        Positions of the test beats without a partner.
    """

    reference: Int64Array
    test: Int64Array
    missed: Int64Array
    extra: Int64Array


def window_samples(fs_hz: float, window_s: float = WINDOW_S) -> int:
    """Return the match window in samples.

    Parameters
    ----------
    fs_hz : float
        Sampling rate in Hz.
    window_s : float
        Match window in s.

    Returns
    -------
    int
    """
    return samples_of(window_s, fs_hz)


def samples_of(seconds: float, fs_hz: float) -> int:
    """Return a duration in samples, halves rounded up as WFDB's ``strtim`` does.

    Parameters
    ----------
    seconds : float
        Duration in s.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    int
    """
    return int(seconds * fs_hz + 0.5)


def match_beats(reference_sample: npt.ArrayLike, test_sample: npt.ArrayLike, window: int) -> Match:
    """Pair reference and test beats one to one.

    Parameters
    ----------
    reference_sample, test_sample : array_like of int
        Sample indices at one and the same rate, not decreasing.
    window : int
        Largest distance of a pair in samples, see :func:`window_samples`.

    Returns
    -------
    Match
        Every reference beat is in exactly one of `reference` and `missed`, every test beat in exactly one of
        `test` and `extra`.

    Raises
    ------
    ValueError
        If one of the lists is not in order of time.
    """
    reference = _in_order(reference_sample, "Reference")
    test = _in_order(test_sample, "Test")
    n_reference, n_test = len(reference), len(test)
    # Two sentinels: the pairing looks one beat ahead in both lists.
    ref = [*reference.tolist(), _NEVER, _NEVER]
    tst = [*test.tolist(), _NEVER, _NEVER]

    pairs: list[tuple[int, int]] = []
    missed: list[int] = []
    extra: list[int] = []
    i = j = 0
    while i < n_reference or j < n_test:
        here, there = ref[i], tst[j]
        if there < here:
            distance, rival = here - there, abs(here - tst[j + 1])
            if distance <= window and (distance < rival or abs(ref[i + 1] - tst[j + 1]) < rival):
                pairs.append((i, j))
                i += 1
            else:
                extra.append(j)
            j += 1
        else:
            distance, rival = there - here, abs(there - ref[i + 1])
            if distance <= window and (distance < rival or abs(tst[j + 1] - ref[i + 1]) < rival):
                pairs.append((i, j))
                j += 1
            else:
                missed.append(i)
            i += 1
    paired = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Match(
        reference=paired[:, 0],
        test=paired[:, 1],
        missed=np.array(missed, dtype=np.int64),
        extra=np.array(extra, dtype=np.int64),
    )


def first_counted(reference: Int64Array, test: Int64Array, start: int, window: int) -> tuple[int, int]:
    """Return where in both lists the counting begins when a learning period is left out.

    bxb counts reference beats from `start` on. The last test beat of the learning period is counted if it is
    the one that answers the first of them, and the first test beat after `start` is not counted if it lies
    within the window of `start` and the next one answers better: it may well answer a beat left out.

    Parameters
    ----------
    reference, test : ndarray of int64
        Sample indices in order of time.
    start : int
        Length of the learning period in samples; with 0 all beats count.
    window : int
        Match window in samples.

    Returns
    -------
    tuple of int
        Positions of the first reference beat and of the first test beat to count.
    """
    if start <= 0:
        return 0, 0
    first_reference = int(np.searchsorted(reference, start))
    first_test = int(np.searchsorted(test, start))
    here = int(reference[first_reference]) if first_reference < len(reference) else _NEVER

    def distance(position: int) -> int:
        return abs(here - (int(test[position]) if position < len(test) else _NEVER))

    if first_test > 0:
        before = here - int(test[first_test - 1])
        if before <= window and before < distance(first_test):
            return first_reference, first_test - 1
    early = first_test < len(test) and int(test[first_test]) - start <= window
    if early and distance(first_test + 1) < distance(first_test):
        first_test += 1
    return first_reference, first_test


def inside(samples: npt.NDArray[np.int64], spans: Spans) -> npt.NDArray[np.bool_]:
    """Tell which samples lie in one of the spans, ends included.

    Parameters
    ----------
    samples : ndarray of int64, shape (samples,)
        Positions in samples.
    spans : Spans
        First and last sample of each span.

    Returns
    -------
    ndarray of bool, shape (samples,)
    """
    result = np.zeros(len(samples), dtype=bool)
    for first, last in spans:
        result |= (samples >= first) & (samples <= last)
    return result


def _in_order(samples: npt.ArrayLike, whose: str) -> Int64Array:
    array = np.asarray(samples, dtype=np.int64)
    if np.any(np.diff(array) < 0):
        raise ValueError(f"{whose} beats must be in order of time.")
    return array
