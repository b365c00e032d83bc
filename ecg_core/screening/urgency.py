"""Urgency of a recording: its worst finding, and where that places it among others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ecg_core.analysis import Analysis
from ecg_core.measurements import RecordingMeasurements
from ecg_core.rhythm import DEVICE_KINDS, URGENCY, by_urgency

TIERS: Final = ("look now", "look today", "cannot be told", "finding", "nothing found")
"""Names of the tiers, the most urgent first; the rows' ``tier`` is the place in it."""

LOOK_NOW, LOOK_TODAY, CANNOT_TELL, FINDING, NOTHING_FOUND = range(len(TIERS))

_NOW: Final = frozenset({"VF", "POSSIBLE_VT", "ASYSTOLE", "VT", "DEVICE_URGENT", "AVB3", "CAPTURE"})
_POSSIBLE: Final = frozenset({"POSSIBLE_VT"})
"""Not told apart from noise: behind what is certain of the same tier."""

_TODAY: Final = frozenset({"PAUSE", "AVB2", "AFIB", "AFL", "SVTA", "ST"})
_NO_FINDING: Final = frozenset({"DEVICE_NORMAL", "PACED", "SINGLE_V", "SINGLE_S"})

MIN_READABLE_SHARE: Final = 0.5
"""Below it, that nothing was found says nothing of the recording."""

_STATEMENT_PLACE: Final = {0: URGENCY.index("DEVICE_URGENT"), 1: URGENCY.index("ST")}
"""Where critical and urgent diagnostic statements stand among the kinds of episodes."""


@dataclass(frozen=True)
class Worst:
    """The most urgent finding of a recording.

    Attributes
    ----------
    kind : str
        Kind of episode, or code of a diagnostic statement; empty where nothing was found.
    source : str
        ``program``, ``device``, or ``statement`` for a diagnostic statement of the program.
    start_s, stop_s : float or None
        Where it is; None for a statement, which is of the whole recording.
    reason : str
    tier : int
        Place in `TIERS`.
    urgency : float
        Order within the tier, the least first.
    """

    kind: str
    source: str
    start_s: float | None
    stop_s: float | None
    reason: str
    tier: int
    urgency: float


def worst_of(
    analysis: Analysis, fs_hz: float, measured: RecordingMeasurements | None, with_device: bool = True
) -> Worst:
    """Return the most urgent finding of a recording.

    Parameters
    ----------
    analysis : Analysis
        Of the recording.
    fs_hz : float
        Its sampling rate in Hz.
    measured : RecordingMeasurements or None
        Its measurements with the diagnostic statements.
    with_device : bool
        Whether what the file's device states counts, too.

    Returns
    -------
    Worst
        In the tier "cannot be told" where nothing was found in a recording that can be read for less than
        `MIN_READABLE_SHARE` of its time, has no beats, or whose beats have no classes.
    """
    episodes = by_urgency(analysis.episodes)
    if not with_device:
        episodes = episodes[~episodes["kind"].isin(DEVICE_KINDS)]
    candidates = [_of_episode(row, fs_hz) for row in episodes.drop_duplicates("kind").to_dict("records")]
    if measured is not None:
        candidates += [
            Worst(
                one.code,
                "statement",
                None,
                None,
                f"{one.text}: {one.reason}",
                LOOK_NOW if one.severity == 0 else LOOK_TODAY,
                _STATEMENT_PLACE[int(one.severity)],
            )
            for one in measured.interpretation.statements
            if int(one.severity) in _STATEMENT_PLACE
        ]
        candidates += [
            Worst(one.code, "statement", None, None, f"{one.text}: {one.reason}", FINDING, float(len(URGENCY)))
            for one in measured.interpretation.statements
            if int(one.severity) not in _STATEMENT_PLACE
        ]
    worst = min(candidates, key=lambda one: (one.tier, one.urgency), default=None)
    doubt = _cannot_tell(analysis)
    if doubt and (worst is None or worst.tier > CANNOT_TELL):
        return Worst("", "program", None, None, doubt, CANNOT_TELL, 0.0)
    if worst is None:
        return Worst("", "program", None, None, "nothing of what was looked for was found", NOTHING_FOUND, 0.0)
    return worst


def _of_episode(row: dict[Any, Any], fs_hz: float) -> Worst:
    kind = str(row["kind"])
    if kind in _NOW:
        tier = LOOK_NOW
    elif kind in _TODAY:
        tier = LOOK_TODAY
    else:
        tier = NOTHING_FOUND if kind in _NO_FINDING else FINDING
    start_s, stop_s = float(row["start_sample"] / fs_hz), float(row["stop_sample"] / fs_hz)
    weight = (stop_s - start_s) / (1 + stop_s - start_s)  # longer first, within the kind
    source = "device" if kind in DEVICE_KINDS else str(row["source"])
    place = len(URGENCY) if kind in _POSSIBLE else URGENCY.index(kind)
    return Worst(kind, source, start_s, stop_s, str(row["reason"]), tier, place + 1 - weight)


def _cannot_tell(analysis: Analysis) -> str:
    """Return why nothing can be said of a recording in which nothing was found; empty if something can."""
    share = analysis.summary.readable_share
    if not len(analysis.beats):
        return "no beat was found"
    if not analysis.classified:
        return "the beats were not classified"
    if share is not None and share < MIN_READABLE_SHARE:
        return f"readable for {100 * share:.0f} % of its time only"
    return ""
