"""Pacemakers: spikes in the signal, the chambers they pace, beats that follow them, spikes without capture."""

from ecg_core.pacing.blanking import without_spikes
from ecg_core.pacing.chambers import ATRIAL, VENTRICULAR
from ecg_core.pacing.finding import find_beats_and_spikes
from ecg_core.pacing.response import NOT_ASSESSABLE, PacingResponse, described, mode_name, response
from ecg_core.pacing.search import PacingSpikes, no_spikes, search_spikes
from ecg_core.pacing.spans import pacing_spans

__all__ = [
    "ATRIAL",
    "NOT_ASSESSABLE",
    "VENTRICULAR",
    "PacingResponse",
    "PacingSpikes",
    "described",
    "find_beats_and_spikes",
    "mode_name",
    "no_spikes",
    "pacing_spans",
    "response",
    "search_spikes",
    "without_spikes",
]
