"""Reference rhythms of annotated databases as spans of one vocabulary.

A database tells rhythms in one of several ways, recognised by what stands in its folder:

- WFDB ``+`` annotations with rhythm names, in the spelling of the MIT-BIH databases (``(AFIB``), of the Malignant
  Ventricular Ectopy Database (``(VFIB``, ``(ASYS``, ``(NOISE``) or the older one without a bracket (``AF``, ``J``);
- ``[`` and ``]`` around ventricular flutter and fibrillation;
- beats with classes: three or more V above 100 bpm are VT where no ``+`` says so, and couplets, pairs, supraventricular
  runs and pauses follow from the beats by the rules of :mod:`ecg_core.rhythm.episodes`;
- one class a recording (``REFERENCE-v3.csv`` of the Challenge 2017), or a table of beats with rhythm labels (VitalDB).

Time whose rhythm the reference does not tell is unscored: before its first rhythm, noise, unclassifiable rhythm.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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
from ecg_core.evaluation.rhythm_scores import ATRIAL, CATEGORIES, DANGER, DANGER_OR_POSSIBLE, ReferenceSpan
from ecg_core.evaluation.spans import flutter_spans, unreadable_spans
from ecg_core.formats import open_recording
from ecg_core.formats.wfdb_annotations import load_annotations
from ecg_core.formats.wfdb_header import read_header
from ecg_core.mitbih import patient_of
from ecg_core.recording import Annotations, Recording

UNSCORED: Final = ""
"""Stands for a rhythm that the reference does not tell."""

RHYTHM_KINDS: Final[Mapping[str, str]] = {
    **{str(kind.wfdb)[1:]: code for code, kind in rhythm.KINDS.items() if kind.wfdb},
    **dict.fromkeys(("N", "NSR"), "N"),
    **dict.fromkeys(("VF", "VFL", "VFIB"), "VF"),
    **dict.fromkeys(("AF", "AFIB"), "AFIB"),
    **dict.fromkeys(("J", "NOD"), "NOD"),
    **dict.fromkeys(("P", "PM"), "PACED"),
    "SVT": "SVTA",
    "ASYS": "ASYSTOLE",
    "VER": "IVR",
    "NOISE": UNSCORED,
}
"""Rhythm names of WFDB annotations without their bracket; a name that is not among them stands for itself."""

VITALDB_KINDS: Final[Mapping[str, str]] = {
    "N": "N",
    "AFIB/AFL": ATRIAL,
    "SVTA": "SVTA",
    "VT": "VT",
    "AVB": "AVB",
    "Noise": UNSCORED,
    "Unclassifiable": UNSCORED,
    "": UNSCORED,
}

BEAT_KINDS: Final = ("COUPLET", "PAIR_S", "SVR", "PAUSE", "ASYSTOLE")
"""Kinds that no rhythm name stands for, taken from the reference's beats."""

_EITHER_KINDS: Final = ("SVTA", "IVR", "B", "T")
"""Kinds taken from the reference's beats where its rhythm names do not tell them."""

_DANGER: Final = frozenset({DANGER, DANGER_OR_POSSIBLE})
_CLASSES_FILE: Final = "REFERENCE-v3.csv"
_VITALDB_FILE: Final = re.compile(r"Annotation_file_(\d+)\.csv")
_VITALDB_HZ: Final = 500.0
_VITALDB_BEATS: Final = {"N": "N", "S": "S", "V": "V", "U": "Q", "P": "Q"}
_NUMBER: Final = re.compile(r"\d+(\.\d+)?")
_LONGEST_GAP_S: Final = 10.0
_INEXACT_S: Final = 5.0
_NOISE_RECORDS: Final = ("bw", "em", "ma")


@dataclass(frozen=True)
class Database:
    """What is known of a database beside what its annotations say.

    Attributes
    ----------
    first_rhythm : str or None
        Kind before the first rhythm annotation; None where that time is unscored.
    absent : tuple of str
        Names of `CATEGORIES` that no recording has, although no annotation says so.
    told : tuple of str or None
        Names of `CATEGORIES` that alone are scored; None for all that occur, with VT and VF.
    note : str
        What a reader of the figures should know.
    """

    first_rhythm: str | None = None
    absent: tuple[str, ...] = ()
    told: tuple[str, ...] | None = None
    note: str = ""


DATABASES: Final[Mapping[str, Database]] = {
    "vfdb": Database(absent=("ASYSTOLE",), note="Rhythms alone are marked, no beats; onsets to about a second."),
    "cudb": Database(
        told=(DANGER, DANGER_OR_POSSIBLE),
        note=f"VF alone is marked, not the VT around it, and its onset is inexact: what an episode within "
        f"{_INEXACT_S:.0f} s of a mark calls outside it is counted apart.",
    ),
    "afib": Database(first_rhythm="N", note="AF alone is marked; before its first mark the rhythm is another."),
    "nsrdb_ann": Database(absent=("AFIB", "AFL", ATRIAL), note="Healthy people: all AF is false."),
    "ltdb_ann": Database(told=()),
    "sddb_ann": Database(told=()),
    "afdb_ann": Database(told=("AFIB", "AFL", ATRIAL, "NOD"), note="Beats are those of the file .qrs, all taken as N."),
    "nstdb": Database(absent=tuple(_DANGER), note="Reconstructed. bw, em and ma are noise without an ECG."),
    "cinc2017": Database(
        absent=("VT", "VF", *_DANGER, "ASYSTOLE", "AFIB", "AFL", ATRIAL, "SVTA", "IVR"),
        note="One class a recording; by time, recordings of class N alone are scored.",
    ),
}


@dataclass(frozen=True)
class RhythmReference:
    """The reference rhythm of one record.

    Attributes
    ----------
    record, patient : str
    fs_hz : float
    n_samples : int
    spans : tuple of ReferenceSpan
    unscored : tuple of (int, int)
    told : frozenset of str
        Names of `CATEGORIES` that this record's reference tells apart from the rest.
    inexact_s : float
        As in :func:`ecg_core.evaluation.rhythm_scores.score_rhythm`.
    recording : Recording or None
        The signal; None where there are annotations alone.
    beats : pandas.DataFrame or None
        Beat table with the reference's beats and classes; None where it marks no beats.
    record_class : str or None
        Class of the whole recording: N, A, O or ~.
    """

    record: str
    patient: str
    fs_hz: float
    n_samples: int
    spans: tuple[ReferenceSpan, ...]
    unscored: tuple[tuple[int, int], ...] = ()
    told: frozenset[str] = frozenset()
    inexact_s: float = 0.0
    recording: Recording | None = None
    beats: pd.DataFrame | None = None
    record_class: str | None = None


def rhythm_records(folder: Path, choice: str) -> list[str]:
    """Name the records of a folder whose rhythm is to be scored.

    Parameters
    ----------
    folder : Path
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
        held += [found[1] for path in folder.glob("*.csv") if (found := _VITALDB_FILE.fullmatch(path.name))]
    if not held:
        raise SourceError(f"No recording in {folder} has a reference rhythm; put NAME.atr beside each header.")
    return select_records(choice, held)


def load_rhythm_reference(folder: Path, record: str) -> RhythmReference:
    """Read the reference rhythm of one record.

    Raises
    ------
    RecordingError
        If the record or its annotations cannot be read, or say nothing of rhythm.
    """
    database = DATABASES.get(folder.name, Database())
    table = folder / f"Annotation_file_{record}.csv"
    if table.is_file():
        reference = _vitaldb(table, record)
    elif (folder / _CLASSES_FILE).is_file():
        reference = _classed(folder, record)
    elif record in _NOISE_RECORDS and not (folder / f"{record}.atr").is_file():
        recording = open_recording(folder / f"{record}.hea", name=record)
        whole = ReferenceSpan(0, recording.n_samples, "noise")
        reference = RhythmReference(record, "noise", recording.fs_hz, recording.n_samples, (whole,), recording=recording)
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
    n_samples : int
        Where the last rhythm ends.
    first_rhythm : str, optional
        Kind before the first rhythm annotation; without it that time is unscored.

    Returns
    -------
    spans : list of ReferenceSpan
        Empty if there is no ``+`` with a name.
    unscored : list of (int, int)
    """
    changes = [
        (int(sample), kind_of(text))
        for sample, symbol, text in zip(annotations.sample, annotations.symbol, annotations.aux, strict=True)
        if symbol == "+" and text.strip("\0 ()")
    ]
    if not changes:
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


def kind_of(name: str) -> str:
    """Return the kind that a rhythm name of a WFDB annotation stands for; the name itself where it is no kind of ours."""
    bare = name.strip("\0 ()")
    return RHYTHM_KINDS.get(bare.upper(), bare)


def spans_of_beats(beats: pd.DataFrame, fs_hz: float, n_samples: int, kinds: Iterable[str]) -> list[ReferenceSpan]:
    """Return the spans of some kinds that follow from a reference's beats by the rules of the product."""
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
    exact = bool(named) or database.told is None
    if recording is not None and len(beats) and exact:
        from_beats = {"VT", *BEAT_KINDS, *(kind for kind in _EITHER_KINDS if kind not in told)}
        marked = interval_set((span[:2] for span in spans if span.kind in ("VT", "VF")), n_samples)
        for span in spans_of_beats(beats, fs_hz, n_samples, from_beats):
            if span.kind != "VT" or not overlaps(np.array([span[:2]]), marked)[0]:
                spans.append(span)
        told |= from_beats
    if named or flutter or recording is not None:
        told |= _DANGER | {"VT", "VF"}
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
        0.0 if exact else _INEXACT_S,
        recording,
        beats if len(beats) else None,
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


def _vitaldb(table: Path, record: str) -> RhythmReference:
    """Read a table of beats with rhythm labels; times are sorted, the first beat is at 0 s."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            rows = [
                (float(row["time_second"]), row["beat_type"], row["rhythm_label"] or "", row["bad_signal_quality"])
                for row in csv.DictReader(stream)
            ]
    except (KeyError, TypeError, ValueError, UnicodeDecodeError, csv.Error) as error:
        raise RecordingError(f"{table.name} is no table of the VitalDB arrhythmia database ({error}).") from error
    rows = sorted(row for row in rows if row[1] in _VITALDB_BEATS)
    if not rows:
        raise RecordingError(f"{table.name} lists no beats; leave {record} out.")
    times = np.array([row[0] for row in rows])
    sample, first = np.unique(np.rint((times - times[0]) * _VITALDB_HZ).astype(np.int64), return_index=True)
    rows = [rows[place] for place in first]
    n_samples = int(sample[-1]) + 1
    beats = beat_table(sample, _VITALDB_HZ)
    beats["label"] = np.array([_VITALDB_BEATS[row[1]] for row in rows], dtype=object)
    spans: list[ReferenceSpan] = []
    unscored: list[tuple[int, int]] = []
    stops = np.append(sample[1:], n_samples)
    for row, start, stop in zip(rows, sample.tolist(), stops.tolist(), strict=True):
        kind = VITALDB_KINDS.get(row[2], row[2])
        bad = str(row[3]).lower() == "true" or stop - start > _LONGEST_GAP_S * _VITALDB_HZ
        if bad or kind == UNSCORED:
            unscored.append((start, stop))
        if kind == UNSCORED:
            continue
        if spans and spans[-1].stop_sample == start and spans[-1].kind == kind:
            spans[-1] = spans[-1]._replace(stop_sample=stop)
        else:
            spans.append(ReferenceSpan(start, stop, kind))
    told = {ATRIAL, "SVTA", "VT", *_DANGER}
    joined = tuple((int(start), int(stop)) for start, stop in interval_set(unscored))
    return RhythmReference(
        record, record, _VITALDB_HZ, n_samples, tuple(spans), joined, frozenset(told), beats=beats
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
    return header.with_suffix(".atr").is_file() or (header.stem in _NOISE_RECORDS and _has_signal(header))


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
