"""Beats and rhythms that an annotator, a device or another analysis states of a recording, in one vocabulary.

Beside what rhythm annotations name, runs of V and S, pauses and asystole follow from the stated beats by the program's
own rules. What a file does not tell is not taken for a denial: kinds that it never speaks of are left out of `told`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core import rhythm
from ecg_core.analysis import Analysis
from ecg_core.arrays import Int64Array
from ecg_core.beats import beat_table, to_aami
from ecg_core.evaluation.interval_sets import interval_set, overlaps
from ecg_core.evaluation.matching import Spans, window_samples
from ecg_core.evaluation.rhythm_references import rhythm_spans, spans_of_beats
from ecg_core.evaluation.rhythm_scores import ReferenceSpan
from ecg_core.evaluation.spans import flutter_spans, unreadable_spans
from ecg_core.recording import Annotations, Recording

OF_BEATS: Final = ("VT", "IVR", "SVTA", "PAUSE", "ASYSTOLE")
"""Kinds that follow from stated beats; VF is told by them too, since none are marked in it."""

OF_RHYTHMS: Final = ("VF", "VT", "AFIB", "AFL", "SVTA", "IVR")
"""Kinds that a file with rhythm annotations tells, also where it names none of them."""

COMPARED: Final = (
    *("VF", "POSSIBLE_VT", "ASYSTOLE", "VT", "AVB3", "PAUSE", "AVB2", "AFIB", "AFL", "SVTA", "IVR", "NOD", "PACED"),
    "SBR",
)
"""Kinds of episodes that are compared; couplets, bigeminy and single beats are compared beat by beat."""


@dataclass(frozen=True, eq=False)
class StatedLabels:
    """What is stated of a recording's beats and rhythm.

    Attributes
    ----------
    name : str
        Who states it: the annotation set's name, or what an analysis was made with.
    sample : ndarray of int64, shape (beats,)
        Strictly increasing.
    label : ndarray of str, shape (beats,)
        Classes ``N S V F Q``.
    spans : tuple of ReferenceSpan
        Episodes of the kinds in `COMPARED`, and sinus rhythm as ``N``.
    unmarked : sequence of (int, int)
        First and last sample of spans in which no beats are stated since the signal is called unreadable.
    untold : sequence of (int, int)
        First and last sample of spans whose rhythm is not stated; those of `unmarked` among them.
    without_beats : sequence of (int, int)
        Stated ventricular flutter and fibrillation, in which no beats are marked.
    told : frozenset of str
        Kinds of `COMPARED` that are told; of the others the absence means nothing.
    notes : tuple of str
        What a reader of a comparison should know, one sentence each.
    """

    name: str
    sample: Int64Array
    label: npt.NDArray[np.str_]
    spans: tuple[ReferenceSpan, ...]
    unmarked: Spans
    untold: Spans
    without_beats: Spans
    told: frozenset[str]
    notes: tuple[str, ...] = ()


def labels_of_annotations(annotations: Annotations, recording: Recording) -> StatedLabels:
    """Return what annotations state.

    Parameters
    ----------
    annotations : Annotations
        As :meth:`ecg_core.recording.Recording.annotations` gives them.
    recording : Recording
        The recording that they came with.

    Returns
    -------
    StatedLabels
    """
    n_samples, fs_hz = recording.n_samples, recording.fs_hz
    sample, symbol = annotations.beats()
    inside = (sample >= 0) & (sample < n_samples)
    sample, label = sample[inside], to_aami(symbol[inside])
    named, unscored = rhythm_spans(annotations, n_samples)
    without_beats = flutter_spans(annotations, n_samples)
    unmarked = unreadable_spans(annotations, n_samples, window_samples(fs_hz))
    untold = [*((start, stop - 1) for start, stop in unscored), *unmarked]
    spans = [*named, *(ReferenceSpan(start, stop, "VF") for start, stop in without_beats)]
    told = {span.kind for span in spans} & set(COMPARED)
    if named:
        told |= set(OF_RHYTHMS)
    if len(sample):
        told |= {"VF", *OF_BEATS}
        spans += _spans_of_beats(sample, label, spans, fs_hz, n_samples)
    if told & {"VT", "VF"}:
        told.add("POSSIBLE_VT")
    notes = []
    outside = int((~inside).sum())
    if outside:
        notes.append(f"{outside:,} marked beats lie outside the signal and were left out.")
    if not len(sample):
        notes.append("The file marks no beats: rhythms alone are compared.")
    elif len(np.unique(label)) == 1:
        notes.append(f"All {len(sample):,} beats of the file are {label[0]}: it may not tell classes apart.")
    if not named:
        notes.append("The file names no rhythms: of AF, flutter and AV block it tells nothing.")
    ordered = sorted(span for span in spans if span.kind in COMPARED or span.kind == "N")
    return StatedLabels(
        annotations.name,
        sample,
        label,
        tuple(ordered),
        unmarked,
        untold,
        without_beats,
        frozenset(told),
        tuple(notes),
    )


def labels_of_analysis(analysis: Analysis, name: str) -> StatedLabels:
    """Return what another analysis of the same recording states, such as that of another model or version.

    Parameters
    ----------
    analysis : Analysis
        With classified beats.
    name : str
        What it was made with.

    Returns
    -------
    StatedLabels
    """
    beats = analysis.beats[analysis.beats["label"].notna()]
    listed = analysis.episodes[analysis.episodes["kind"].isin(COMPARED)]
    columns = (listed[column].tolist() for column in ("start_sample", "stop_sample", "kind"))
    spans = tuple(ReferenceSpan(*row) for row in zip(*columns, strict=True))
    without = [span[:2] for span in spans if span.kind == "VF"]
    sample = beats["sample"].to_numpy(np.int64)
    label = beats["label"].to_numpy().astype("<U1")
    return StatedLabels(name, sample, label, spans, (), (), without, frozenset(COMPARED))


def _spans_of_beats(
    sample: Int64Array,
    label: npt.NDArray[np.str_],
    named: Iterable[ReferenceSpan],
    fs_hz: float,
    n_samples: int,
) -> list[ReferenceSpan]:
    """Return runs, pauses and asystole of the stated beats, where no stated rhythm tells them already."""
    beats = beat_table(sample, fs_hz)
    beats["label"] = label.astype(object)
    named = list(named)
    found = []
    for span in spans_of_beats(beats, fs_hz, n_samples, OF_BEATS):
        same = {"VT": ("VT", "VF"), "PAUSE": ("VF", "ASYSTOLE"), "ASYSTOLE": ("VF", "ASYSTOLE")}
        kinds = same.get(span.kind, (span.kind,))
        known = interval_set((each[:2] for each in named if each.kind in kinds), n_samples)
        if not overlaps(np.array([span[:2]]), known)[0]:
            found.append(span)
    return found


def kinds_named(kinds: Iterable[str]) -> str:
    """Return kinds as a list in words, for sentences."""
    return ", ".join(rhythm.KIND_NAMES.get(kind, kind) for kind in kinds)
