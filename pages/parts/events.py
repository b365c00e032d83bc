"""Episodes as a list for people: most urgent first, each with its reason; no Streamlit in here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pandas as pd

from ecg_core.rhythm import KIND_NAMES, SIGNS, by_urgency
from pages.parts.picklist import EventRow

MOST: Final = 200
"""Rows shown; beyond them nobody scrolls."""

_NOT_COUNTED: Final = ("PAUSE", "SINGLE_V", "SINGLE_S", "UNREADABLE")
"""Kinds whose number of beats says nothing."""


def event_rows(
    episodes: pd.DataFrame, fs_hz: float, clock: Callable[[float], str], window_s: tuple[float, float]
) -> list[EventRow]:
    """Return the rows of the event list.

    Parameters
    ----------
    episodes : pandas.DataFrame
        As `ecg_core.rhythm.episodes` returns them.
    fs_hz : float
    clock : callable
        Writes a time in seconds of the recording.
    window_s : (start_s, stop_s)
        What is on screen: the first event that begins in it is marked.

    Returns
    -------
    list of EventRow
        `id` is the sample at which the episode starts.
    """
    rows: list[EventRow] = []
    marked = False
    for episode in by_urgency(episodes).head(MOST).to_dict("records"):
        start_s = episode["start_sample"] / fs_hz
        inside = not marked and window_s[0] <= start_s < window_s[1]
        marked |= inside
        rows.append(
            EventRow(
                id=str(episode["start_sample"]),
                title=KIND_NAMES.get(episode["kind"], episode["kind"]).capitalize(),
                beside="" if episode["kind"] in _NOT_COUNTED else f"{episode['n_beats']:,} beats",
                remark=episode["reason"],
                value=clock(start_s),
                letter=SIGNS.get(episode["kind"], "·"),
                current=inside,
            )
        )
    return rows
