"""Episodes as the rhythm changes of a WFDB annotation file."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from ecg_core.rhythm.episode_types import KINDS, URGENCY

_RHYTHMS: Final = tuple(code for code in reversed(URGENCY) if KINDS[code].wfdb)
"""Kinds that WFDB has a rhythm name for; where they overlap, the later, more urgent one is written."""

_BY_PERSON: Final = {"CAPTURE": "(P", "ASYSTOLE": "(ASYS", "UNREADABLE": "(NOISE"}
"""Rhythm names of further kinds, written where a person named them; the last two as in the MIT-BIH Malignant
Ventricular Ectopy Database."""

_NAMES: Final = ("(N", *(str(KINDS[code].wfdb) for code in _RHYTHMS), "(ASYS", "(NOISE")


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
        one that a person named, else the graver one, and ``(N`` outside of all. Kinds without a WFDB name are left
        out; where a person named one, ``(N``.
    """
    named = episodes[episodes["kind"].isin(_RHYTHMS) | (episodes["source"] == "person")]
    starts = named["start_sample"].to_numpy().clip(min=first_sample)
    stops = named["stop_sample"].to_numpy().clip(min=first_sample)
    edges = np.unique(np.concatenate(([first_sample], starts, stops)))
    rank = np.zeros(len(edges), dtype=np.int64)
    # Ranks are painted in rising order, so what is graver lies on top, and what a person named on top of all.
    ranks = np.array([_NAMES.index(_name(kind)) for kind in named["kind"]], dtype=np.int64)
    persons = (named["source"] == "person").to_numpy(dtype=bool)
    for row in np.lexsort((ranks, persons)):
        rank[np.searchsorted(edges, starts[row]) : np.searchsorted(edges, stops[row])] = ranks[row]
    changed = np.flatnonzero(np.diff(rank, prepend=-1))
    return [(int(edges[index]), _NAMES[rank[index]]) for index in changed]


def _name(kind: str) -> str:
    return (KINDS[kind].wfdb if kind in KINDS else None) or _BY_PERSON.get(kind, "(N")
