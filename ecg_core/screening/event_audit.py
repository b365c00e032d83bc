"""Audit of marked events: runs, pauses, fibrillation, AV block; and those that the file lacks.

A marked tachycardia, fibrillation, asystole or pause is refuted only by what is there instead: every beat of the run
refuted by evidence of its own, or a clear beat inside the pause. Noise never refutes one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from ecg_core.analysis import Analysis
from ecg_core.beats import GOOD, PROBABILITY_COLUMNS
from ecg_core.evaluation.interval_sets import intersection, interval_set, length
from ecg_core.evaluation.rhythm_scores import ReferenceSpan
from ecg_core.recording import Recording
from ecg_core.rhythm import KIND_NAMES
from ecg_core.rhythm.episode_types import DEFAULT_LIMITS
from ecg_core.screening.beat_audit import SURE, BeatVerdict
from ecg_core.screening.stated_labels import COMPARED, StatedLabels
from ecg_core.screening.verdicts import REFUTED, Verdict

AUDITED: Final = tuple(kind for kind in COMPARED if kind not in ("POSSIBLE_VT", "NOD", "PACED", "SBR"))
"""Kinds of events that are judged."""

SUSTAINED: Final = frozenset({"AFIB", "AFL", "AVB2", "AVB3"})
"""Kinds whose share of time is compared: half of it must be found."""

CONFIRMING: Final = {
    "VT": ("VT", "VF"),
    "VF": ("VF", "VT"),
    "PAUSE": ("PAUSE", "ASYSTOLE"),
    "ASYSTOLE": ("ASYSTOLE", "PAUSE"),
    "AFIB": ("AFIB",),
    "AFL": ("AFL",),
}
"""Kinds by which a kind is confirmed; any other by itself."""

_HALF: Final = 0.5
_MIN_RUN: Final = 3


class EventVerdict(NamedTuple):
    """A verdict on one event.

    Attributes
    ----------
    start_sample, stop_sample : int
        ``start_sample <= sample < stop_sample``.
    kind : str
        Of `AUDITED`.
    program : str
        Kind that the program names there, empty for none.
    by : {"file", "program"}
        Who names it.
    verdict : Verdict
    reason : str
    """

    start_sample: int
    stop_sample: int
    kind: str
    program: str
    by: str
    verdict: Verdict
    reason: str


def audit_events(
    labels: StatedLabels, recording: Recording, analysis: Analysis, beats: Sequence[BeatVerdict]
) -> list[EventVerdict]:
    """Judge every event that a file marks, and the program's that it lacks.

    Parameters
    ----------
    labels : StatedLabels
        What the file states.
    recording : Recording
        The recording.
    analysis : Analysis
        With classes.
    beats : sequence of BeatVerdict
        Verdicts on the ectopic beats.

    Returns
    -------
    list of EventVerdict
        In order of time.
    """
    episodes = analysis.episodes
    found = [_marked(span, labels, recording, analysis, beats) for span in labels.spans if span.kind in AUDITED]
    listed = episodes[episodes["kind"].isin([*AUDITED, "POSSIBLE_VT"]) & (episodes["source"] != "device")]
    for start, stop, kind, reason in _rows(listed, "start_sample", "stop_sample", "kind", "reason"):
        stated = "VT" if kind == "POSSIBLE_VT" else kind
        if stated not in labels.told or _stated_there(labels, stated, start, stop):
            continue
        sure = _is_sure_run(kind, start, stop, analysis) and not _is_untold(labels, start, stop)
        verdict: Verdict = "missed" if sure else "uncertain"
        found.append(
            EventVerdict(start, stop, stated, kind, "program", verdict, f"the file does not name it: {reason}")
        )
    return sorted(found, key=lambda each: each[:3])


def _rows(table: pd.DataFrame, *columns: str) -> list[tuple[int, int, str, str]]:
    return list(zip(*(table[name].tolist() for name in columns), strict=True))


def _stated_there(labels: StatedLabels, kind: str, start: int, stop: int) -> bool:
    kinds = CONFIRMING.get(kind, (kind,))
    return any(span.kind in kinds and span.start_sample < stop and start < span.stop_sample for span in labels.spans)


def _is_sure_run(kind: str, start: int, stop: int, analysis: Analysis) -> bool:
    """Tell whether an episode is a run of ectopic beats each of which the program is sure of."""
    letter = {"VT": "V", "IVR": "V", "SVTA": "S"}.get(kind)
    beats = analysis.beats
    inside = beats[(beats["sample"] >= start) & (beats["sample"] < stop)]
    if letter is None or len(inside) < _MIN_RUN:
        return False
    certain = inside[list(PROBABILITY_COLUMNS)].to_numpy(np.float64).max(axis=1) >= SURE
    return bool(certain.all() and (inside["label"] == letter).all())


def _is_untold(labels: StatedLabels, start: int, stop: int) -> bool:
    return any(first < stop and start <= last for first, last in labels.untold)


def _marked(
    span: ReferenceSpan,
    labels: StatedLabels,
    recording: Recording,
    analysis: Analysis,
    beats: Sequence[BeatVerdict],
) -> EventVerdict:
    start, stop, kind = span
    episodes = analysis.episodes
    there = episodes[(episodes["start_sample"] < stop) & (episodes["stop_sample"] > start)]
    there = there[there["source"] != "device"]
    same = there[there["kind"].isin(CONFIRMING.get(kind, (kind,)))]
    covered = interval_set(((a, b) for a, b in zip(same["start_sample"], same["stop_sample"], strict=True)))
    share = length(intersection(covered, interval_set([(start, stop)]))) / max(stop - start, 1)
    program = "" if same.empty else str(same["kind"].iloc[0])

    def verdict(word: Verdict, reason: str) -> EventVerdict:
        return EventVerdict(start, stop, kind, program, "file", word, reason)

    if len(same) and (kind not in SUSTAINED or share >= _HALF):
        return verdict("confirmed", f"the program names {KIND_NAMES[program]} there: {same['reason'].iloc[0]}")
    if kind in ("VT", "IVR", "SVTA"):
        return verdict(*_run(start, stop, kind, labels, beats))
    if kind in ("PAUSE", "ASYSTOLE"):
        return verdict(*_pause(start, stop, recording, analysis))
    if len(same):
        return verdict("uncertain", f"the program finds it in {100 * share:.0f} % of the marked time")
    others = sorted({KIND_NAMES.get(each, each) for each in there["kind"] if each in (*COMPARED, "UNREADABLE")})
    return verdict("uncertain", f"the program names {', '.join(others) or 'nothing of the kind'} there")


def _run(start: int, stop: int, kind: str, labels: StatedLabels, beats: Sequence[BeatVerdict]) -> tuple[Verdict, str]:
    """Judge a run that the program does not find by the verdicts on its beats."""
    letters = ("S",) if kind == "SVTA" else ("V", "F")
    inside = [each for each in beats if each.by == "file" and start <= each.sample < stop and each.label in letters]
    refuted = [each for each in inside if each.verdict in REFUTED and each.verdict != "in_noise"]
    told = f"{len(refuted)} of its {len(inside)} marked beats refuted"
    if not inside or len(inside) - len(refuted) >= _MIN_RUN:
        return "uncertain", f"the program finds no run there; {told}"
    left = len(inside) - len(refuted)
    if left == 0 or (left < _MIN_RUN and len(refuted) >= left + 1):
        most = Counter(each.verdict for each in refuted).most_common(1)[0][0]
        return (most, told) if left == 0 else ("uncertain", f"{told}, {left} left: no run of three")
    return "uncertain", f"the program finds no run there; {told}"


def _pause(start: int, stop: int, recording: Recording, analysis: Analysis) -> tuple[Verdict, str]:
    """Judge a pause that the program does not find: whether a clear beat lies inside, and no pause beside it."""
    beats, fs_hz = analysis.beats, recording.fs_hz
    sample = beats["sample"].to_numpy(np.int64)
    margin = round(0.2 * fs_hz)
    inside = np.flatnonzero((sample > start + margin) & (sample < stop - margin))
    seconds = analysis.quality[int(start / fs_hz) : int(np.ceil(stop / fs_hz))]
    readable = bool(len(seconds)) and bool((seconds.max(axis=1) == GOOD).all())
    if not readable:
        return "uncertain", "the signal is not good throughout it"
    if not len(inside):
        return "uncertain", "no beat of the program's lies inside it"
    certainty = beats[list(PROBABILITY_COLUMNS)].to_numpy(np.float64)[inside].max(axis=1)
    edges = np.concatenate(([start], sample[inside], [stop]))
    longest_s = float(np.diff(edges).max()) / fs_hz
    at_s = ", ".join(f"{(each - start) / fs_hz:.1f} s" for each in sample[inside][:3].tolist())
    if longest_s < DEFAULT_LIMITS.pause_s and (certainty >= SURE).all():
        return "beat_inside", f"beats {at_s} after its start; longest interval {longest_s:.1f} s"
    return "uncertain", f"the program finds beats {at_s} after its start, not beyond doubt"
