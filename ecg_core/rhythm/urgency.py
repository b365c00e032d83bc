"""What a person looks at first."""

from __future__ import annotations

from typing import Final

import pandas as pd

URGENCY: Final = (
    "VT",
    "PAUSE",
    "AFIB",
    "SVTA",
    "IVR",
    "SBR",
    "TACHY",
    "COUPLET",
    "B",
    "T",
    "SVR",
    "PAIR_S",
    "SINGLE_V",
    "SINGLE_S",
    "UNREADABLE",
)
"""Kinds in the order in which a person would want to look at them."""

SIGNS: Final = {
    "VT": "V",
    "IVR": "V",
    "COUPLET": "V",
    "B": "V",
    "T": "V",
    "SINGLE_V": "V",
    "SVTA": "S",
    "SVR": "S",
    "PAIR_S": "S",
    "SINGLE_S": "S",
    "AFIB": "~",
    "PAUSE": "–",
    "SBR": "↓",
    "TACHY": "↑",
    "UNREADABLE": "×",
}
"""One character for each kind, to stand beside its name."""

_BY_LENGTH: Final = ("PAUSE", "UNREADABLE")


def by_urgency(episodes: pd.DataFrame) -> pd.DataFrame:
    """Order episodes by urgency.

    Parameters
    ----------
    episodes : pandas.DataFrame
        As :func:`ecg_core.rhythm.episodes` returns them.

    Returns
    -------
    pandas.DataFrame
        Kinds as in `URGENCY`, others last; within a kind the one of more beats first, of pauses and unreadable time
        the longer; then the earlier.
    """
    rank = episodes["kind"].map({kind: place for place, kind in enumerate(URGENCY)}).fillna(len(URGENCY))
    length = episodes["stop_sample"] - episodes["start_sample"]
    weight = length.where(episodes["kind"].isin(_BY_LENGTH), episodes["n_beats"])
    order = pd.DataFrame({"rank": rank, "weight": -weight, "start": episodes["start_sample"]})
    return episodes.loc[order.sort_values(["rank", "weight", "start"]).index]
