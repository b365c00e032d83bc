"""Sleep estimated from the heart rate: where it stays low for hours.

The method is that of Perez-Pozuelo et al. (2022) with the settings that its authors give for recordings of a day: the
rate of each minute, smoothed over five; minutes below the 35th percentile; blocks of them of at least 30 minutes;
blocks joined where less than 180 minutes lie between them. It departs in three ways: what was joined counts as sleep
from 3 h on and naps are not told, since a recording may hold two nights; on- and offset are not moved to where the rate
changes quickly; and nothing is estimated where the rate asleep is not at least 10 % below that awake, the limit of a
blunted dip in Ben-Dov et al. (2007), or where more than a tenth of the recording is a rhythm whose rate sleep does not
set: in the Long-Term AF Database what is slow is often the sinus rhythm between two episodes, by day.

Drugs that slow the heart mislead the estimate, too. Whatever is estimated is labelled so, and gives way to what a
person sets.

References
----------
Perez-Pozuelo I, Posa M, Spathis D, et al. Detecting sleep outside the clinic using wearable heart rate devices.
Sci Rep 2022; 12: 7956.
Ben-Dov IZ, Kark JD, Ben-Ishay D, et al. Blunted heart rate dip during sleep and all-cause mortality. Arch Intern Med
2007; 167: 2116-2121.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from ecg_core.arrays import BoolArray
from ecg_core.rhythm.intervals import Intervals, runs
from ecg_core.rhythm.rate import rate_trend_of

SHORTEST_RECORDING_S: Final = 12 * 3600.0
OTHER_RHYTHMS: Final = ("AFIB", "AFL", "PACED", "AVB3", "NOD", "IVR", "VT", "VF")
"""Kinds whose rate says nothing of sleep."""

MOST_OTHER_RHYTHM: Final = 0.10
"""Largest share of the recording in `OTHER_RHYTHMS`."""

LEAST_DIP: Final = 0.10
"""Least difference between the rates asleep and awake, as a share of the rate awake (Ben-Dov 2007)."""

_MINUTE_S: Final = 60.0
_SMOOTHED_MIN: Final = 5
_LOW_QUANTILE: Final = 0.35
_SHORTEST_BLOCK_MIN: Final = 30
_LONGEST_GAP_MIN: Final = 180
_SHORTEST_SLEEP_MIN: Final = 180
_LEAST_KNOWN: Final = 0.7


@dataclass(frozen=True)
class SleepEstimate:
    """Sleep as the heart rate suggests it.

    Attributes
    ----------
    spans_s : tuple of (float, float)
        Start and end in seconds from the start of the recording; none where nothing can be estimated.
    reason : str
        Why there are none.
    dip : float or None
        By which share the rate asleep lies below that awake.
    """

    spans_s: tuple[tuple[float, float], ...] = ()
    reason: str = ""
    dip: float | None = None


def estimate_sleep(given: Intervals, episodes: pd.DataFrame, fs_hz: float, n_samples: int) -> SleepEstimate:
    """Estimate sleep from the heart rate.

    Parameters
    ----------
    given : Intervals
        Beats and intervals that count.
    episodes : pandas.DataFrame
        Episodes of the rhythm, without those that a person has dismissed.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording in samples.

    Returns
    -------
    SleepEstimate
    """
    duration_s = n_samples / fs_hz
    if duration_s < SHORTEST_RECORDING_S:
        return SleepEstimate(reason="the recording is shorter than 12 h")
    share = _share_of_other_rhythms(episodes, n_samples)
    if share > MOST_OTHER_RHYTHM:
        return SleepEstimate(
            reason=f"fibrillation, flutter, pacing or block sets the rate for {100 * share:.0f} % of it"
        )
    rate = rate_trend_of(given, fs_hz, n_samples, _MINUTE_S)["rate_bpm"]
    known = float(rate.notna().mean())
    if known < _LEAST_KNOWN:
        return SleepEstimate(reason=f"the rate is known in {100 * known:.0f} % of the minutes only")
    smooth = rate.rolling(_SMOOTHED_MIN, center=True, min_periods=_SMOOTHED_MIN // 2 + 1).mean()
    asleep = _blocks(smooth < smooth.quantile(_LOW_QUANTILE))
    if not asleep.any():
        return SleepEstimate(reason="the rate stays low nowhere for 3 h")
    dip = 1 - float(rate[asleep].mean()) / float(rate[~asleep].mean()) if not asleep.all() else 0.0
    if not dip >= LEAST_DIP:
        return SleepEstimate(
            reason=f"the rate shows no difference of day and night: where it is low it is {100 * dip:.0f} % lower, "
            f"and {100 * LEAST_DIP:.0f} % are asked for",
            dip=dip,
        )
    spans = zip(*runs(asleep), strict=True)
    return SleepEstimate(
        tuple((_MINUTE_S * int(first), min(_MINUTE_S * (int(last) + 1), duration_s)) for first, last in spans), dip=dip
    )


def _share_of_other_rhythms(episodes: pd.DataFrame, n_samples: int) -> float:
    covered, reached = 0, 0
    chosen = episodes[episodes["kind"].isin(OTHER_RHYTHMS)].sort_values("start_sample")
    for start, stop in zip(chosen["start_sample"].tolist(), chosen["stop_sample"].tolist(), strict=True):
        covered += max(stop - max(start, reached), 0)
        reached = max(reached, stop)
    return covered / n_samples


def _blocks(low: pd.Series[bool]) -> BoolArray:
    """Return which minutes lie in long blocks of low rate, short gaps between blocks included; shape (minutes,)."""
    first, last = runs(low.to_numpy(dtype=bool))
    long = last - first + 1 >= _SHORTEST_BLOCK_MIN
    joined: list[list[int]] = []
    for begin, end in zip(first[long].tolist(), last[long].tolist(), strict=True):
        if joined and begin - joined[-1][1] - 1 <= _LONGEST_GAP_MIN:
            joined[-1][1] = end
        else:
            joined.append([begin, end])
    inside = np.zeros(len(low), dtype=bool)
    for begin, end in joined:
        if end - begin + 1 >= _SHORTEST_SLEEP_MIN:
            inside[begin : end + 1] = True
    return inside
