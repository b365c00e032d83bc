"""Kinds of episodes: what they are called, which of them need classes, and from where on something is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

EPISODE_COLUMNS: Final = ("start_sample", "stop_sample", "kind", "n_beats", "rate_bpm", "reason")

KIND_NAMES: Final = {
    "VT": "ventricular tachycardia",
    "IVR": "idioventricular rhythm",
    "COUPLET": "ventricular couplet",
    "SINGLE_V": "single ventricular beat",
    "SVTA": "supraventricular tachycardia",
    "SVR": "supraventricular run",
    "PAIR_S": "supraventricular pair",
    "SINGLE_S": "single supraventricular beat",
    "B": "ventricular bigeminy",
    "T": "ventricular trigeminy",
    "AFIB": "atrial fibrillation",
    "PAUSE": "pause",
    "SBR": "bradycardia",
    "TACHY": "tachycardia",
    "UNREADABLE": "unreadable signal",
}

LABELLED_KINDS: Final = ("VT", "IVR", "COUPLET", "SINGLE_V", "SVTA", "SVR", "PAIR_S", "SINGLE_S", "B", "T", "AFIB")
"""Kinds that cannot be told where beats have no class."""


@dataclass(frozen=True)
class Limits:
    """From where on something is an episode.

    Attributes
    ----------
    pause_s : float
    slow_bpm, fast_bpm : float
    run_fast_bpm : float
        What a run of ectopic beats must exceed to be a tachycardia.
    sustained_s : float
        Shortest slow rhythm, fast rhythm and atrial fibrillation.
    unreadable_s : float
        Shortest time in which no lead can be read.
    n_singles : int
        Single V, and single S, that are shown, the earliest ones; the summary counts all of them.
    """

    pause_s: float = 2.0
    slow_bpm: float = 50.0
    fast_bpm: float = 100.0
    run_fast_bpm: float = 100.0
    sustained_s: float = 30.0
    unreadable_s: float = 5.0
    n_singles: int = 25


DEFAULT_LIMITS: Final = Limits()
