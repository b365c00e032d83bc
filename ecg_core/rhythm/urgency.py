"""Order of episodes by urgency."""

from __future__ import annotations

from typing import Final

import pandas as pd

from ecg_core.rhythm.episode_types import URGENCY

_BY_LENGTH: Final = ("VF", "POSSIBLE_VT", "ASYSTOLE", "PAUSE", "AFIB", "AFL", "UNREADABLE")


def by_urgency(episodes: pd.DataFrame) -> pd.DataFrame:
    """Order episodes by urgency.

    Parameters
    ----------
    episodes : pandas.DataFrame
        As :func:`ecg_core.rhythm.episodes` returns them.

    Returns
    -------
    pandas.DataFrame
        Kinds as in `URGENCY`, others last; within a kind the one of more beats first, of kinds in `_BY_LENGTH`
        the longer; then the earlier.
    """
    rank = episodes["kind"].map({kind: place for place, kind in enumerate(URGENCY)}).fillna(len(URGENCY))
    length = episodes["stop_sample"] - episodes["start_sample"]
    weight = length.where(episodes["kind"].isin(_BY_LENGTH), episodes["n_beats"])
    order = pd.DataFrame({"rank": rank, "weight": -weight, "start": episodes["start_sample"]})
    return episodes.loc[order.sort_values(["rank", "weight", "start"]).index]
