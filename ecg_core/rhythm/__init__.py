"""Rhythm from the beat table: heart rate, episodes with their reasons, and the summary of a recording."""

from ecg_core.rhythm.episodes import EPISODE_COLUMNS, KIND_NAMES, Limits, episodes, rhythm_changes
from ecg_core.rhythm.rate import RateRange, instantaneous_rate, rate_range, rate_trend, smoothed_rate
from ecg_core.rhythm.summary import Summary, summary

__all__ = [
    "EPISODE_COLUMNS",
    "KIND_NAMES",
    "Limits",
    "RateRange",
    "Summary",
    "episodes",
    "instantaneous_rate",
    "rate_range",
    "rate_trend",
    "rhythm_changes",
    "smoothed_rate",
    "summary",
]
