"""Local functions of a long sequence, recomputed after an edit only where their input has changed.

After an edit of one beat all but a few of a day's 100,000 intervals are what they were. The results of the last calls
are kept; a new input is compared with them from both ends, and only what lies between is computed again.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from ecg_core.arrays import AnyArray

Local = Callable[[Sequence[AnyArray]], AnyArray]

KEPT_RESULTS: Final = 8
_MIN_SHARED: Final = 0.5
"""Share of a sequence that a kept result must have in common with it; below, everything is computed."""


class Recomputed:
    """A function of equally long arrays whose every result depends on inputs within a reach.

    Parameters
    ----------
    function : callable
        Takes the arrays, each of shape (rows, ...), and returns an array of shape (rows, ...).
    reach : int
        Rows to either side that a row of the result depends on.
    """

    def __init__(self, function: Local, reach: int) -> None:
        self._function, self._reach = function, reach
        self._lock = threading.Lock()
        self._kept: deque[tuple[tuple[AnyArray, ...], AnyArray]] = deque(maxlen=KEPT_RESULTS)

    def __call__(self, *inputs: AnyArray) -> AnyArray:
        """Return the function's result; it must not be changed."""
        n = len(inputs[0])
        with self._lock:
            kept = list(self._kept)
        found, first, last = None, 0, 0
        for known, result in kept:
            ahead, behind = _shared(known, inputs)
            if ahead + behind > max(first + last, _MIN_SHARED * n):
                found, first, last = result, ahead, behind
        if found is None:
            result = self._function(inputs)
        elif first + last >= n == len(found):
            return found
        else:
            start, stop = max(first - self._reach, 0), min(n - last + self._reach, n)
            begin, end = max(start - self._reach, 0), min(stop + self._reach, n)
            middle = self._function([array[begin:end] for array in inputs])[start - begin : stop - begin]
            result = np.concatenate([found[:start], middle, found[len(found) - (n - stop) :]])
        with self._lock:
            self._kept.append((tuple(np.array(array) for array in inputs), result))
        return result


def _shared(known: Sequence[AnyArray], new: Sequence[AnyArray]) -> tuple[int, int]:
    """Return how many rows two inputs have in common at the start and at the end, none counted twice."""
    least = min(len(known[0]), len(new[0]))
    ahead = behind = least
    for old, now in zip(known, new, strict=True):
        ahead = min(ahead, _equal_rows(old[:least], now[:least]))
        behind = min(behind, _equal_rows(old[::-1][:least], now[::-1][:least]))
    return ahead, min(behind, least - ahead)


def _equal_rows(one: AnyArray, other: AnyArray) -> int:
    different = one != other
    return int(different.argmax()) if different.any() else len(one)
