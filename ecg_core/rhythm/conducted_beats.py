"""Beats conducted in second-degree AV block: S by their intervals alone, and in truth sinus beats.

Behind a dropped beat every interval is short against the pause, so that beats of Wenckebach's periods pass for
premature ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from ecg_core.arrays import BoolArray
from ecg_core.rhythm.episode_types import Span
from ecg_core.rhythm.grouped_beating import grouped_beating
from ecg_core.rhythm.intervals import Intervals

NOT_EARLY: Final = 0.85
"""Least interval before a conducted beat, of the usual one between conducted beats."""

_PAUSE: Final = 1.4
"""Of a short interval, from which one holds a dropped beat."""

_LOWER: Final = 0.25
"""Quantile of the intervals that is a short one: there may be as many pauses as conducted intervals."""


def conducted_in_block(given: Intervals, spans: Iterable[Span]) -> BoolArray:
    """Tell which beats are conducted in second-degree AV block, and not premature.

    Parameters
    ----------
    given : Intervals
        Intervals between beats.
    spans : iterable of Span
        Of the signal; those of AV block count, and what the intervals alone tell of it.

    Returns
    -------
    ndarray of bool, shape (beats,)
    """
    found = np.zeros(len(given.sample), dtype=bool)
    blocks = [
        tuple(np.searchsorted(given.sample, [span.start_sample, span.stop_sample]).tolist())
        for span in spans
        if span.kind == "AVB2" and span.source == "signal"
    ]
    blocks += [(first, last + 1) for first, last, _ in grouped_beating(given)]
    for first, stop in blocks:
        before = given.rr_s[max(first - 1, 0) : stop - 1]
        if not len(before):
            continue
        shorter = before[before < _PAUSE * np.quantile(before, _LOWER)]
        late = before >= NOT_EARLY * float(np.median(shorter))
        found[stop - len(before) : stop] |= late
    return found
