"""Reference rhythms of annotated databases as spans of one vocabulary.

A database tells rhythms in one of several ways, recognised by what stands in its folder:

- WFDB ``+`` annotations with rhythm names, in the spelling of the MIT-BIH databases (``(AFIB``), of the Malignant
  Ventricular Ectopy Database (``(VFIB``, ``(ASYS``, ``(NOISE``) or the older one without a bracket (``AF``, ``J``);
- ``[`` and ``]`` around ventricular flutter and fibrillation;
- beats with classes: three or more V above 100 bpm are VT where no ``+`` says so, and couplets, pairs, supraventricular
  runs and pauses follow from the beats by the rules of :mod:`ecg_core.rhythm.episodes`;
- one class a recording (``REFERENCE-v3.csv`` of the Challenge 2017), or a table of beats with rhythm labels (VitalDB);
- one statement a recording (:mod:`ecg_core.evaluation.stated_rhythms`).

Time whose rhythm the reference does not tell is unscored: before its first rhythm, noise, unclassifiable rhythm.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from ecg_core import rhythm
from ecg_core.beats import beat_table, to_aami
from ecg_core.errors import RecordingError, SourceError
from ecg_core.evaluation.interval_sets import interval_set, overlaps
from ecg_core.evaluation.matching import window_samples
from ecg_core.evaluation.protocol import select_records
from ecg_core.evaluation.rhythm_counts import ATRIAL, CATEGORIES
from ecg_core.evaluation.rhythm_databases import (
    DANGER_GROUPS,
    DATABASES,
    INEXACT_S,
    UNSCORED,
    Database,
    RhythmReference,
    kind_of,
)
from ecg_core.evaluation.rhythm_scores import ReferenceSpan
from ecg_core.evaluation.spans import flutter_spans, unreadable_spans
from ecg_core.evaluation.stated_rhythms import rhythm_statement, stated_reference
from ecg_core.evaluation.vitaldb import FILE_NAME, vitaldb_reference
from ecg_core.formats import open_recording
from ecg_core.formats.wfdb.annotations import load_annotations
from ecg_core.formats.wfdb.header import read_header
from ecg_core.mitbih import patient_of
from ecg_core.recording import Annotations, Recording

BEAT_KINDS: Final = ("COUPLET", "PAIR_S", "SVR", "PAUSE", "ASYSTOLE")
"""Kinds that no rhythm name stands for, taken from the reference's beats."""

_EITHER_KINDS: Final = ("SVTA", "IVR", "B", "T")
"""Kinds taken from the reference's beats where its rhythm names do not tell them."""

_CLASSES_FILE: Final = "REFERENCE-v3.csv"
_NUMBER: Final = re.compile(r"\d+(\.\d+)?")
_NOISE_RECORDS: Final = ("bw", "em", "ma")


def rhythm_records(folder: Path, choice: str) -> list[str]:
    """Name the records of a folder whose rhythm is to be scored.

    Parameters
    ----------
    folder : Path
        The folder.
    choice : str
        ``ds1``, ``ds2``, ``all`` or names separated by commas.

    Raises
    ------
    SourceError
        If the folder is not there, has no record with a reference, or not one that was asked for.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder} is no folder; name one with annotated recordings, or a database below $ECG_DATA.")
    if (folder / _CLASSES_FILE).is_file():
        held = [record for record in _classes(folder) if (folder / f"{record}.hea").is_file()]
    else:
        held = [path.stem for path in folder.glob("*.hea") if _has_reference(path)]
        held += [found[1] for path in folder.glob("*.csv") if (found := FILE_NAME.fullmatch(path.name))]
    if not held:
        raise SourceError(f"No recording in {folder} has a reference rhythm; put NAME.atr beside each header.")
    return select_records(choice, held)


def load_rhythm_reference(folder: Path, record: str) -> RhythmReference:
    """Read the reference rhythm of one record.

    Parameters
    ----------
    folder : Path
        Folder of the database.
    record : str
        Name of the record.

    Returns
    -------
    RhythmReference

    Raises
    ------
    RecordingError
        If the record or its annotations cannot be read, or hold no rhythm.
    """
    database = DATABASES.get(folder.name, Database())
    table = folder / f"Annotation_file_{record}.csv"
    if table.is_file():
        reference = vitaldb_reference(table, record)
    elif (folder / _CLASSES_FILE).is_file():
        reference = _classed(folder, record)
    elif record in _NOISE_RECORDS and not (folder / f"{record}.atr").is_file():
        recording = open_recording(folder / f"{record}.hea", name=record)
        whole = ReferenceSpan(0, recording.n_samples, "noise")
        reference = RhythmReference(
            record, "noise", recording.fs_hz, recording.n_samples, (whole,), recording=recording
        )
    elif not (folder / f"{record}.atr").is_file() and rhythm_statement(folder / f"{record}.hea") is not None:
        reference = stated_reference(folder / f"{record}.hea", record)
    else:
        reference = _annotated(folder, record, database)
    told = frozenset(database.told) if database.told is not None else reference.told | frozenset(database.absent)
    return replace(reference, told=told)


def rhythm_spans(
    annotations: Annotations, n_samples: int, first_rhythm: str | None = None
) -> tuple[list[ReferenceSpan], list[tuple[int, int]]]:
    """Return the rhythms that annotations name, and the spans whose rhythm they do not tell.

    Parameters
    ----------
    annotations : Annotations
        Annotations of the record.
    n_samples : int
        Where the last rhythm ends.
    first_rhythm : str, optional
        Kind before the first rhythm annotation, and throughout where there is none; without it that time is unscored.

    Returns
    -------
    spans : list of ReferenceSpan
        Empty if there is no ``+`` with a name, and no `first_rhythm`.
    unscored : list of (int, int)
    """
    changes = [
        (int(sample), kind_of(text))
        for sample, symbol, text in zip(annotations.sample, annotations.symbol, annotations.aux, strict=True)
        if symbol == "+" and text.strip("\0 ()")
    ]
    if not changes and first_rhythm is None:
        return [], []
    changes.insert(0, (0, UNSCORED if first_rhythm is None else first_rhythm))
    ends = [*(sample for sample, _ in changes[1:]), n_samples]
    spans, unscored = [], []
    for (start, kind), stop in zip(changes, ends, strict=True):
        if start >= stop:
            continue
        if kind == UNSCORED:
            unscored.append((start, stop))
        else:
            spans.append(ReferenceSpan(start, stop, kind))
    return spans, unscored


def spans_of_beats(beats: pd.DataFrame, fs_hz: float, n_samples: int, kinds: Iterable[str]) -> list[ReferenceSpan]:
    """Return the spans of some kinds that follow from a reference's beats by the program's rules.

    Parameters
    ----------
    beats : DataFrame
        Beat table of the reference.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording in samples.
    kinds : iterable of str
        Episode kinds to return.

    Returns
    -------
    list of ReferenceSpan
    """
    found = rhythm.episodes(beats, fs_hz, n_samples)
    found = found[found["kind"].isin(list(kinds))]
    columns = (found[name].tolist() for name in ("start_sample", "stop_sample", "kind"))
    return [ReferenceSpan(start, stop, kind) for start, stop, kind in zip(*columns, strict=True)]


def _annotated(folder: Path, record: str, database: Database) -> RhythmReference:
    """Read a WFDB record with annotations, with its signal or without."""
    header = folder / f"{record}.hea"
    recording: Recording | None = None
    if _has_signal(header):
        recording = open_recording(header, name=record)
        fs_hz, n_samples = recording.fs_hz, recording.n_samples
        marks = load_annotations(header, fs_hz, fs_hz, "atr", n_samples=n_samples)
        if recording.load_annotations is not None:
            marks = recording.load_annotations("atr")
        beats = _beats(marks, fs_hz)
    else:
        fs_hz, n_samples = _rate_and_length(header)
        marks = load_annotations(header, fs_hz, fs_hz, "atr")
        beats = _beats(marks, fs_hz)
        for annotator in ("qrsc", "qrs"):
            if not len(beats) and header.with_suffix(f".{annotator}").is_file():
                beats = _beats(load_annotations(header, fs_hz, fs_hz, annotator), fs_hz)
        last = max([0, *marks.sample[-1:].tolist(), *beats["sample"].tolist()[-1:]])
        n_samples = max(n_samples, last + 1)
    named, unscored = rhythm_spans(marks, n_samples, database.first_rhythm)
    flutter = [ReferenceSpan(*span, "VF") for span in flutter_spans(marks, n_samples)]
    if not (named or flutter or len(beats)):
        raise RecordingError(f"{record}.atr marks neither rhythms nor beats; leave {record} out.")
    unscored += unreadable_spans(marks, n_samples, window_samples(fs_hz))
    told = {span.kind for span in named} & set(CATEGORIES)
    spans = named + flutter
    fusion_runs: list[ReferenceSpan] = []
    exact = bool(named) or database.told is None
    if recording is not None and len(beats) and exact:
        from_beats = {"VT", *BEAT_KINDS, *(kind for kind in _EITHER_KINDS if kind not in told)}
        runs, fibrillation = (
            interval_set((span[:2] for span in spans if span.kind in kinds), n_samples)
            for kinds in (("VT", "VF"), ("VF",))  # no beats are marked in fibrillation: that is no asystole
        )
        for span in spans_of_beats(beats, fs_hz, n_samples, from_beats):
            if not overlaps(np.array([span[:2]]), runs if span.kind == "VT" else fibrillation)[0]:
                spans.append(span)
        told |= from_beats
        with_fusion = beats.assign(label=beats["label"].replace("F", "V"))
        danger = interval_set((span[:2] for span in spans if span.kind in ("VT", "VF")), n_samples)
        fusion_runs = [
            span
            for span in spans_of_beats(with_fusion, fs_hz, n_samples, ("VT",))
            if not overlaps(np.array([span[:2]]), danger)[0]
        ]
    if named or flutter or recording is not None:
        told |= DANGER_GROUPS | {"VT", "VF"}
    if told & {"AFIB", "AFL"}:
        told.add(ATRIAL)
    return RhythmReference(
        record,
        _patient(record),
        fs_hz,
        n_samples,
        tuple(spans),
        tuple(unscored),
        frozenset(told),
        0.0 if exact else INEXACT_S,
        recording,
        beats if len(beats) else None,
        fusion_runs=tuple(span[:2] for span in fusion_runs),
    )


def _classed(folder: Path, record: str) -> RhythmReference:
    """Open a recording that has one class as a whole."""
    recording = open_recording(folder / f"{record}.hea", name=record)
    whole = (0, recording.n_samples)
    record_class = _classes(folder)[record]
    normal = record_class == "N"
    return RhythmReference(
        record,
        record,
        recording.fs_hz,
        recording.n_samples,
        (ReferenceSpan(*whole, "N"),) if normal else (),
        () if normal else (whole,),
        recording=recording,
        record_class=record_class,
    )


def _beats(marks: Annotations, fs_hz: float) -> pd.DataFrame:
    sample, symbol = marks.beats()
    beats = beat_table(sample, fs_hz)
    beats["label"] = to_aami(symbol).astype(object)
    return beats


def _classes(folder: Path) -> dict[str, str]:
    with (folder / _CLASSES_FILE).open(encoding="utf-8-sig", newline="") as stream:
        return {row[0].strip(): row[1].strip() for row in csv.reader(stream) if len(row) >= 2}


def _has_reference(header: Path) -> bool:
    if header.with_suffix(".atr").is_file() or (header.stem in _NOISE_RECORDS and _has_signal(header)):
        return True
    return rhythm_statement(header) is not None and _has_signal(header)


def _has_signal(header: Path) -> bool:
    if _without_signals(header):
        return False
    channels = read_header(header, check_files=False).channels
    return bool(channels) and all((header.parent / channel.file_name).is_file() for channel in channels)


def _rate_and_length(header: Path) -> tuple[float, int]:
    """Return sampling rate and length of a record, also of one whose header describes no signals."""
    if (line := _without_signals(header)) is None:
        whole = read_header(header, check_files=False)
        return whole.frame_rate_hz, whole.n_frames
    return float(line[2]), int(line[3]) if line[3:] else 0


def _without_signals(header: Path) -> list[str] | None:
    """Return the fields of the record line of a header without signals, None where it describes some."""
    with header.open(encoding="ascii", errors="replace") as stream:
        for text in stream:
            if text.strip() and not text.startswith("#"):
                fields = text.split()
                plain = len(fields) >= 3 and fields[1] == "0" and _NUMBER.fullmatch(fields[2])
                return fields if plain and all(field.isdigit() for field in fields[3:4]) else None
    return None


def _patient(record: str) -> str:
    """Return whose recording it is: those of the CPSC 2021 are named data_PATIENT_NUMBER."""
    several = re.fullmatch(r"(data_\d+)_\d+", record)
    return several[1] if several else patient_of(record)
