"""Episode kinds: names, order of urgency, WFDB rhythm names, and the limits from which something is an episode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Source = Literal["beats", "signal", "pacing", "device", "person"]
"""What an episode rests on: the beat table, the rhythm model, pacing spikes, the device's statement, or a person."""

EPISODE_COLUMNS: Final = ("start_sample", "stop_sample", "kind", "n_beats", "rate_bpm", "reason", "source")


@dataclass(frozen=True)
class Kind:
    """A kind of episode.

    Attributes
    ----------
    name : str
        As shown to a person, in lower case.
    sign : str
        One character to stand beside the name.
    wfdb : str or None
        Rhythm name in a WFDB annotation file, with its bracket; None where WFDB has none.
    needs_labels : bool
        Whether it can be told only where beats have classes.
    """

    name: str
    sign: str
    wfdb: str | None = None
    needs_labels: bool = False


KINDS: Final[dict[str, Kind]] = {
    "VF": Kind("ventricular fibrillation or flutter", "V", "(VF"),
    "POSSIBLE_VT": Kind("possible VF or VT, look first", "V"),
    "ASYSTOLE": Kind("asystole", "–"),
    "VT": Kind("ventricular tachycardia", "V", "(VT", needs_labels=True),
    "DEVICE_URGENT": Kind("urgent statement of the device", "!"),
    "AVB3": Kind("complete AV block", "↓", "(B3"),
    "CAPTURE": Kind("pacing without capture", "P"),
    "PAUSE": Kind("pause", "–"),
    "AVB2": Kind("second-degree AV block", "↓", "(BII"),
    "AFIB": Kind("atrial fibrillation", "~", "(AFIB"),
    "AFL": Kind("atrial flutter", "~", "(AFL"),
    "SVTA": Kind("supraventricular tachycardia", "S", "(SVTA", needs_labels=True),
    "DEVICE": Kind("statement of the device", "D"),
    "ST": Kind("ST deviation", "T"),
    "IVR": Kind("idioventricular rhythm", "V", "(IVR", needs_labels=True),
    "COUPLET": Kind("ventricular couplet", "V", needs_labels=True),
    "B": Kind("ventricular bigeminy", "V", "(B", needs_labels=True),
    "T": Kind("ventricular trigeminy", "V", "(T", needs_labels=True),
    "PAIR_S": Kind("supraventricular pair", "S", needs_labels=True),
    "SVR": Kind("supraventricular run", "S", needs_labels=True),
    "AB": Kind("atrial bigeminy", "S", "(AB", needs_labels=True),
    "NOD": Kind("junctional rhythm", "N", "(NOD"),
    "AVB1": Kind("first-degree AV block", "↓", "(BI"),
    "PACED": Kind("paced rhythm", "P", "(P"),
    "TACHY": Kind("tachycardia", "↑"),
    "SBR": Kind("bradycardia", "↓", "(SBR"),
    "SINGLE_V": Kind("single ventricular beat", "V", needs_labels=True),
    "SINGLE_S": Kind("single supraventricular beat", "S", needs_labels=True),
    "UNREADABLE": Kind("unreadable signal", "×"),
    "DEVICE_NORMAL": Kind("normal statement of the device", "D"),
}
"""Every kind of episode, the most urgent first."""

KIND_NAMES: Final = {code: kind.name for code, kind in KINDS.items()}
URGENCY: Final = tuple(KINDS)
SIGNS: Final = {code: kind.sign for code, kind in KINDS.items()}
LABELLED_KINDS: Final = tuple(code for code, kind in KINDS.items() if kind.needs_labels)
"""Kinds that cannot be told where beats have no class."""

NOT_ASSESSED: Final = ("NOD",)
"""Kinds that the program itself never looks for; a person or a device may name them."""

PARTLY_ASSESSED: Final = ("AFL",)
"""Kinds that are found in some of their forms only: that none was found is no count of zero."""


@dataclass(frozen=True)
class Span:
    """A span of the recording that something other than the beat table names.

    Attributes
    ----------
    start_sample, stop_sample : int
        ``start_sample <= sample < stop_sample`` at the recording's own rate.
    kind : str
        One of `KINDS`; ``N`` where a person names sinus rhythm.
    reason : str
        Why, as a short text with figures and units.
    source : {"signal", "pacing", "device", "person"}
    """

    start_sample: int
    stop_sample: int
    kind: str
    reason: str
    source: Source = "signal"


@dataclass(frozen=True)
class Limits:
    """From where on something is an episode.

    Attributes
    ----------
    pause_s : float
    asystole_s : float
        Shortest time without a beat in readable signal that is asystole rather than a pause.
    slow_bpm, fast_bpm : float
    run_fast_bpm : float
        What a run of ectopic beats must exceed to be a tachycardia.
    sustained_s : float
        Shortest slow rhythm and fast rhythm.
    af_s : float
        Shortest atrial fibrillation.
    unreadable_s : float
        Shortest time in which no lead can be read.
    n_singles : int
        Single V, and single S, that are shown, the earliest ones; the summary counts all of them.
    """

    pause_s: float = 2.0
    asystole_s: float = 4.0
    slow_bpm: float = 50.0
    fast_bpm: float = 100.0
    run_fast_bpm: float = 100.0
    sustained_s: float = 30.0
    af_s: float = 10.0
    unreadable_s: float = 5.0
    n_singles: int = 25


DEFAULT_LIMITS: Final = Limits()
