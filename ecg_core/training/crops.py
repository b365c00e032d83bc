"""Parts of a recording as recordings of their own.

What a beat is seen against (the dominant beat, the local and the usual interval) comes from the recording it stands
in. The same beat in a part of half a minute, or of the minutes where ectopic beats are the most, is seen against
something else: networks that learn from both are less surprised by patients whose premature beats are the majority,
and by recordings of half a minute.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float64Array, Int64Array

_MIN_DURATION_S, _MAX_DURATION_S = 20.0, 300.0
_SHARE: Final = 0.6
"""How much of a recording's length random parts are together."""
_RICH_BEATS: Final = (60, 120, 200)
_RICH_EACH: Final = 2
_MIN_ECTOPIC: Final = 20
_MIN_BEATS: Final = 12
_SEED: Final = 7


def crops(time_s: Float64Array, label: Int64Array, duration_s: float) -> list[tuple[int, int]]:
    """Choose parts: some at random, some where supraventricular or ventricular beats are the most.

    Parameters
    ----------
    time_s : ndarray, shape (beats,)
        Increasing.
    label : ndarray of int64, shape (beats,)
        Index into `ecg_core.beats.CLASSES`.
    duration_s : float
        Of the recording.

    Returns
    -------
    list of (int, int)
        First beat, and the one after the last, of each part; always the same for the same recording.
    """
    found = [*_random(time_s, duration_s), *(part for kind in (1, 2) for part in _rich(label == kind))]
    return [(first, stop) for first, stop in found if stop - first >= _MIN_BEATS]


def _random(time_s: Float64Array, duration_s: float) -> list[tuple[int, int]]:
    generator = np.random.default_rng(_SEED)
    parts, covered = [], 0.0
    while covered < _SHARE * duration_s and duration_s > _MIN_DURATION_S:
        length = float(np.exp(generator.uniform(np.log(_MIN_DURATION_S), np.log(min(_MAX_DURATION_S, duration_s)))))
        begin = float(generator.uniform(0, duration_s - length))
        first, stop = np.searchsorted(time_s, [begin, begin + length]).tolist()
        parts.append((first, stop))
        covered += length
    return parts


def _rich(ectopic: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the parts of a few lengths that hold the most ectopic beats, those of one length apart."""
    if ectopic.sum() < _MIN_ECTOPIC:
        return []
    parts = []
    for length in _RICH_BEATS:
        if len(ectopic) < 2 * length:
            continue
        passed = np.concatenate([[0], np.cumsum(ectopic)])
        count = (passed[length:] - passed[:-length]).astype(float)
        for _ in range(_RICH_EACH):
            first = int(count.argmax())
            if count[first] < _MIN_ECTOPIC / 2:
                break
            parts.append((first, first + length))
            count[max(0, first - length) : first + length] = -1
    return parts
