"""Episodes as the rhythm changes of a WFDB annotation file."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from ecg_core.rhythm.kinds import KINDS, URGENCY

_RHYTHMS: Final = tuple(code for code in reversed(URGENCY) if KINDS[code].wfdb)
"""Kinds that WFDB has a rhythm name for; where they overlap, the later, more urgent one is written."""


def rhythm_changes(episodes: pd.DataFrame, first_sample: int = 0) -> list[tuple[int, str]]:
    """Return the rhythm changes to write into a WFDB annotation file.

    Parameters
    ----------
    episodes : pandas.DataFrame
        As :func:`ecg_core.rhythm.episodes` returns them.
    first_sample : int
        Where the first rhythm is written.

    Returns
    -------
    list of (int, str)
        Sample and name, e.g. ``(36000, "(VT")``. One rhythm holds at a time: of overlapping episodes the
        graver one, and ``(N`` outside of all. Kinds without a WFDB name are left out.
    """
    named = episodes[episodes["kind"].isin(_RHYTHMS)]
    starts = named["start_sample"].to_numpy().clip(min=first_sample)
    stops = named["stop_sample"].to_numpy().clip(min=first_sample)
    edges = np.unique(np.concatenate(([first_sample], starts, stops)))
    rank = np.zeros(len(edges), dtype=np.int64)
    # Ranks are painted in rising order, so what is graver lies on top.
    ranks = named["kind"].map({kind: index + 1 for index, kind in enumerate(_RHYTHMS)}).to_numpy(dtype=np.int64)
    for row in np.argsort(ranks, kind="stable"):
        rank[np.searchsorted(edges, starts[row]) : np.searchsorted(edges, stops[row])] = ranks[row]
    names = ["(N", *(str(KINDS[code].wfdb) for code in _RHYTHMS)]
    changed = np.flatnonzero(np.diff(rank, prepend=-1))
    return [(int(edges[index]), names[rank[index]]) for index in changed]
