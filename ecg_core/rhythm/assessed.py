"""Kinds of episodes that were looked for in a recording, and those that were not, with the reason.

An absent kind is a finding only if it was looked for. What is looked for follows from what ran: the beat table gives
ectopic beats, runs, AF by irregular intervals, pauses and rates; the rhythm model gives what beats cannot show; pacing
spikes give paced rhythm and loss of capture. Of AV conduction only dropped beats are looked for, with visible P waves
(:mod:`ecg_core.rhythm.dropped_beats`) or in regular groups, until the waves are delineated; nor is the ST segment.
Atrial flutter is told apart where
its waves show (:mod:`ecg_core.rhythm.atrial_flutter`); elsewhere irregular flutter is named AF, regular flutter a fast
rate or supraventricular beats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from ecg_core.rhythm.episode_types import DEFAULT_LIMITS, KINDS, LABELLED_KINDS, NOT_ASSESSED, Limits
from ecg_core.rhythm.statements import DEVICE_KINDS
from ecg_core.rhythm.summary import Summary

RHYTHM_MODEL_KINDS: Final = ("VF", "POSSIBLE_VT", "VT")
"""Kinds that are named from the rhythm model's output; its other classes name no episode."""

PACING_KINDS: Final = ("CAPTURE", "PACED")

WAVE_KINDS: Final = {"ST": "st", "AVB3": "av_conduction", "AVB1": "av_conduction"}
"""Kinds that rest on the waves, and the key of the provenance that says whether they were judged."""

_WAVES_LAST_S: Final = 30.0
_ONLY_BY_MODEL: Final = frozenset({"VF", "POSSIBLE_VT", "AVB2"})
_NEVER: Final = frozenset(NOT_ASSESSED)
_READABLE_ENOUGH: Final = 0.95
_NOT_LOOKED_FOR: Final = "not looked for"
_FLUTTER_NOT_SOUGHT: Final = "not told apart from AF and supraventricular tachycardia"
_FLUTTER_WINDOW_S: Final = 9.0

GROUPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("VF", ("VF", "POSSIBLE_VT")),
    ("VT", ("VT",)),
    ("asystole", ("ASYSTOLE",)),
    ("pauses", ("PAUSE",)),
    ("AF", ("AFIB",)),
    ("atrial flutter", ("AFL",)),
    ("runs", ("IVR", "SVTA", "SVR")),
    ("ectopic beats", ("COUPLET", "B", "T", "PAIR_S", "SINGLE_V", "SINGLE_S")),
    ("lasting slow or fast rate", ("SBR", "TACHY")),
    ("paced rhythm", ("PACED",)),
    ("loss of capture", ("CAPTURE",)),
    ("ST segment", ("ST",)),
    ("AV conduction otherwise", ("AVB3", "AVB1")),
    ("second-degree AV block", ("AVB2",)),
    ("junctional rhythm", ("NOD",)),
    ("atrial bigeminy", ("AB",)),
    ("signal quality", ("UNREADABLE",)),
)
"""Kinds under the names by which a person asks for them."""


class Analysed(Protocol):
    """What is read of an :class:`ecg_core.analysis.Analysis`."""

    @property
    def summary(self) -> Summary:
        """The figures."""
        ...

    @property
    def provenance(self) -> Mapping[str, Any]:
        """What ran."""
        ...


@dataclass(frozen=True)
class Assessment:
    """What was looked for in a recording.

    Attributes
    ----------
    assessed : tuple of str
        Codes of the kinds that were looked for.
    not_assessed : dict of str to str
        Codes of the kinds that were not, with the reason.
    remarks : tuple of str
        What limits all of it: unreadable time, no beats.
    flutter_limits : str
        In which forms alone atrial flutter was looked for.
    """

    assessed: tuple[str, ...]
    not_assessed: dict[str, str]
    remarks: tuple[str, ...] = ()
    flutter_limits: str = ""

    @property
    def checked(self) -> str:
        """What was looked for, in words: ``"VT, asystole, pauses"``; empty if nothing was."""
        found = [name for name, kinds in GROUPS if not any(kind in self.not_assessed for kind in kinds)]
        # Without the rhythm model VT is what beats that can be told apart show, which is the least of it.
        parts = {"second-degree AV block": "only dropped beats, with visible P waves or in regular groups"}
        if self.flutter_limits:
            parts["atrial flutter"] = self.flutter_limits
        if "VF" in self.not_assessed:
            parts["VT"] = "only as runs of V"
        return ", ".join(f"{name} ({parts[name]})" if name in parts else name for name in found)

    @property
    def unchecked_names(self) -> str:
        """What was not looked for, in words without reasons: ``"ST segment, AV conduction, AF"``."""
        return ", ".join(name for name, kinds in GROUPS if any(kind in self.not_assessed for kind in kinds))

    @property
    def unchecked(self) -> str:
        """What was not looked for, in words, with reasons: ``"ST segment, AV conduction; AF (needs 30 s)"``."""
        by_reason: dict[str, list[str]] = {_NOT_LOOKED_FOR: []}
        for name, kinds in GROUPS:
            missing = [kind for kind in kinds if kind in self.not_assessed]
            if not missing:
                continue
            whole = len(missing) == len(kinds)
            told = name if whole else ", ".join(KINDS[kind].name for kind in missing)
            by_reason.setdefault(self.not_assessed[missing[0]], []).append(told)
        parts = [
            ", ".join(names) + ("" if reason == _NOT_LOOKED_FOR else f" ({reason})")
            for reason, names in by_reason.items()
            if names
        ]
        return "; ".join(parts)


def assessed_kinds(analysis: Analysed, limits: Limits = DEFAULT_LIMITS) -> Assessment:
    """Tell which kinds of episodes were looked for.

    Parameters
    ----------
    analysis : Analysis
        Of its provenance are read: ``model``, ``rhythm_model`` (name of the rhythm model that ran), ``pacing``
        ("assessed", or the reason why spikes cannot be told), and ``flutter`` (in which forms it was looked for).
    limits : Limits
        Those with which episodes were sought.
    """
    summary, provenance = analysis.summary, analysis.provenance
    reasons = {kind: _why_not(kind, summary, provenance, limits) for kind in KINDS if kind not in DEVICE_KINDS}
    remarks = []
    if not summary.n_beats:
        remarks.append("no beats found")
    if summary.readable_share is not None and summary.readable_share < _READABLE_ENOUGH:
        remarks.append(f"readable {int(100 * summary.readable_share)} % of the time")
    return Assessment(
        tuple(kind for kind, reason in reasons.items() if not reason),
        {kind: reason for kind, reason in reasons.items() if reason},
        tuple(remarks),
        str(provenance.get("flutter") or ""),
    )


def without_untold(summary: Summary, assessment: Assessment) -> Summary:
    """Return a summary in which figures of kinds that were not looked for are absent rather than 0.

    Parameters
    ----------
    summary : Summary
        Summary of the recording.
    assessment : Assessment
        What was looked for.

    Returns
    -------
    Summary
    """
    counts = {kind: None if n == 0 and kind in assessment.not_assessed else n for kind, n in summary.n_by_kind.items()}
    af_share = None if "AFIB" in assessment.not_assessed and not summary.af_share else summary.af_share
    return replace(summary, n_by_kind=counts, af_share=af_share)


def _why_not(kind: str, summary: Summary, provenance: Mapping[str, Any], limits: Limits) -> str:
    """Return why a kind was not looked for; an empty text where it was."""
    if kind in _NEVER:
        return _NOT_LOOKED_FOR
    if kind in WAVE_KINDS:
        state = str(provenance.get(WAVE_KINDS[kind]) or _NOT_LOOKED_FOR)
        if state != "assessed":
            return state
        return (
            ""
            if summary.duration_s >= _WAVES_LAST_S
            else f"as an episode needs {_WAVES_LAST_S:g} s; see the statements"
        )
    if kind == "AFL" and not provenance.get("flutter"):
        return _FLUTTER_NOT_SOUGHT
    if kind in PACING_KINDS:
        pacing = provenance.get("pacing")
        return "" if pacing in (True, "assessed") else str(pacing or "pacing spikes not looked for")
    seconds = _shortest_s(kind, limits)
    if summary.duration_s * (1.0 if summary.readable_share is None else summary.readable_share) < seconds:
        return f"needs {seconds:g} s"
    if kind == "UNREADABLE":
        return "" if summary.readable_share is not None else "not assessed"
    if provenance.get("rhythm_model") and kind in (*RHYTHM_MODEL_KINDS, "AVB2"):
        return ""
    if kind == "ASYSTOLE" and summary.readable_share is not None:
        return ""
    if kind in _ONLY_BY_MODEL:
        return "no rhythm model ran"
    if kind in LABELLED_KINDS and summary.n_by_class is None:
        return "beats not classified"
    return "" if summary.mean_rate_bpm is not None else "no readable interval between beats"


def _shortest_s(kind: str, limits: Limits) -> float:
    """Return the shortest time, in s, that shows a kind."""
    return {
        "AFIB": limits.af_s,
        "AFL": _FLUTTER_WINDOW_S,
        "SBR": limits.sustained_s,
        "TACHY": limits.sustained_s,
        "ASYSTOLE": limits.asystole_s,
        "PAUSE": limits.pause_s,
        "UNREADABLE": limits.unreadable_s,
    }.get(kind, 0.0)
