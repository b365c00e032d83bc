"""Rhythm from the beat table: heart rate, episodes with their reasons, and the summary of a recording."""

from ecg_core.rhythm.assessed import Assessment, assessed_kinds, without_untold
from ecg_core.rhythm.changes import rhythm_changes
from ecg_core.rhythm.episode_types import (
    EPISODE_COLUMNS,
    KIND_NAMES,
    KINDS,
    LABELLED_KINDS,
    NOT_ASSESSED,
    SIGNS,
    URGENCY,
    Limits,
    Span,
)
from ecg_core.rhythm.episodes import episodes, episodes_of
from ecg_core.rhythm.intervals import Intervals
from ecg_core.rhythm.rate import RateRange, instantaneous_rate, rate_range, rate_trend, smoothed_rate
from ecg_core.rhythm.statements import DEVICE_KINDS, device_spans, event_keys
from ecg_core.rhythm.summary import Summary, summary, summary_of
from ecg_core.rhythm.urgency import by_urgency

__all__ = [
    "DEVICE_KINDS",
    "EPISODE_COLUMNS",
    "KINDS",
    "KIND_NAMES",
    "LABELLED_KINDS",
    "NOT_ASSESSED",
    "SIGNS",
    "URGENCY",
    "Assessment",
    "Intervals",
    "Limits",
    "RateRange",
    "Span",
    "Summary",
    "assessed_kinds",
    "by_urgency",
    "device_spans",
    "episodes",
    "episodes_of",
    "event_keys",
    "instantaneous_rate",
    "rate_range",
    "rate_trend",
    "rhythm_changes",
    "smoothed_rate",
    "summary",
    "summary_of",
    "without_untold",
]
