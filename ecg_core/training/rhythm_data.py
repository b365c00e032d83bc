"""Training data of the rhythm network: for each second, the set of rhythms that its reference allows.

A reference rarely says everything. The Creighton database marks fibrillation and nothing else; a false alarm says only
that there was no ventricular tachycardia. A second therefore carries the set of classes that its reference leaves
possible, as bits, and the loss is the probability of that set. No bit means that the second is not learned from.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import wfdb

from ecg_core.beats import is_beat
from ecg_core.formats import open_recording
from ecg_core.rhythm.network_input import network_input
from ecg_core.rhythm.rhythm_classes import RHYTHM_CLASSES
from ecg_core.training.noise import NOISE_RECORDS

MAX_LEADS: Final = 2
_ALL: Final = (1 << len(RHYTHM_CLASSES)) - 1


def bits(*names: str) -> int:
    """Return the set of the named classes."""
    return sum(1 << RHYTHM_CLASSES.index(name) for name in names)


VENTRICULAR: Final = bits("VT", "VF")
NOT_VENTRICULAR: Final = _ALL & ~VENTRICULAR
_CONDUCTED: Final = bits("N")

AUX: Final = {
    **dict.fromkeys(
        ("N", "NSR", "B", "T", "BI", "BII", "B3", "NOD", "J", "SBR", "P", "PM", "PREX", "VER", "AB"), _CONDUCTED
    ),
    "IVR": bits("N", "VT"),
    "HGEA": bits("N", "VT"),
    "AFIB": bits("AFIB"),
    "AF": bits("AFIB"),
    "AFL": bits("AFL"),
    "SVTA": bits("SVTA"),
    "VT": bits("VT"),
    "VFL": bits("VF"),
    "VF": bits("VF"),
    "VFIB": bits("VF"),
    "ASYS": bits("ASYSTOLE"),
    "NOISE": bits("NOISE"),
}
"""WFDB rhythm names, without their bracket."""

UNCERTAIN_EDGE_S: Final = 1
"""Seconds to either side of a change that are not learned from."""


@dataclass(frozen=True)
class RhythmExample:
    """A recording to learn rhythms from.

    Attributes
    ----------
    database, name, patient : str
    wave : ndarray of float16, shape (seconds * 100, leads)
    present : ndarray of bool, shape (seconds, leads)
    allowed : ndarray of uint8, shape (seconds,)
        Set of classes; 0 where nothing is known.
    alarm : (int, int) or None
        First second and one past the last within which a ventricular rhythm is somewhere; None where `allowed` says
        everything.
    """

    database: str
    name: str
    patient: str
    wave: npt.NDArray[np.float16]
    present: npt.NDArray[np.bool_]
    allowed: npt.NDArray[np.uint8]
    alarm: tuple[int, int] | None = None


def _spans_to_seconds(changes: list[tuple[float, int]], n_seconds: int) -> npt.NDArray[np.uint8]:
    """Paint changes of rhythm, as (time in seconds, set), on seconds; edges stay unknown."""
    allowed = np.zeros(n_seconds, dtype=np.uint8)
    for (start_s, rhythm), (stop_s, _) in zip(changes, [*changes[1:], (float(n_seconds), 0)], strict=True):
        allowed[round(start_s) : round(stop_s)] = rhythm
    for (at_s, rhythm), (_, before) in zip(changes[1:], changes[:-1], strict=True):
        if rhythm != before:
            middle = round(at_s)
            allowed[max(middle - UNCERTAIN_EDGE_S, 0) : middle + UNCERTAIN_EDGE_S] = rhythm | before
    return allowed


def _aux_changes(annotation: wfdb.Annotation, fs_hz: float) -> list[tuple[float, int]]:
    changes = [
        (float(sample) / fs_hz, AUX.get(aux.strip("\0 ").lstrip("("), 0))
        for sample, symbol, aux in zip(annotation.sample, annotation.symbol, annotation.aux_note, strict=True)
        if symbol == "+"
    ]
    return [(0.0 if index == 0 and at < 1 else at, rhythm) for index, (at, rhythm) in enumerate(changes)]


def _with_ventricular_runs(allowed: npt.NDArray[np.uint8], annotation: wfdb.Annotation, fs_hz: float) -> None:
    """Mark runs of three or more V above 100 bpm as VT, seconds that they touch only in part as either."""
    symbols = np.asarray(annotation.symbol)
    beat = is_beat(symbols)
    sample, is_v = annotation.sample[beat] / fs_hz, np.isin(symbols[beat], ["V", "E", "r"])
    first = 0
    while first < len(is_v):
        last = first
        while last + 1 < len(is_v) and is_v[first] and is_v[last + 1]:
            last += 1
        if is_v[first] and last - first >= 2 and 60 * (last - first) / (sample[last] - sample[first]) > 100:
            begin, end = sample[first], sample[last]
            touched = slice(int(begin), int(end) + 1)
            allowed[touched] |= VENTRICULAR & bits("VT")
            inner = slice(int(np.ceil(begin)), int(end))
            if inner.stop > inner.start:
                allowed[inner] = bits("VT")
        first = last + 1


def _vf_marks(annotation: wfdb.Annotation, fs_hz: float, n_seconds: int) -> list[tuple[int, int]]:
    spans, start = [], None
    for sample, symbol in zip(annotation.sample, annotation.symbol, strict=True):
        if symbol == "[":
            start = sample / fs_hz
        elif symbol == "]" and start is not None:
            spans.append((round(start), round(sample / fs_hz)))
            start = None
    if start is not None:
        spans.append((round(start), n_seconds))
    return spans


def _example(database: str, path: Path, patient: str) -> tuple[RhythmExample, float]:
    recording = open_recording(path)
    wave, present = network_input(
        recording.read(leads=list(range(min(len(recording.leads), MAX_LEADS)))), recording.fs_hz
    )
    allowed = np.zeros(len(present), dtype=np.uint8)
    return RhythmExample(database, path.name, patient, wave.astype(np.float16), present, allowed), recording.fs_hz


def vfdb(folder: Path) -> Iterator[RhythmExample]:
    """MIT-BIH Malignant Ventricular Ectopy Database: a rhythm for every second."""
    for header in sorted(folder.glob("*.hea")):
        example, fs_hz = _example("vfdb", header.with_suffix(""), header.stem)
        annotation = wfdb.rdann(str(header.with_suffix("")), "atr")
        example.allowed[:] = _spans_to_seconds(_aux_changes(annotation, fs_hz), len(example.allowed))
        yield example


def cudb(folder: Path) -> Iterator[RhythmExample]:
    """Creighton University database: fibrillation between ``[`` and ``]``; outside, anything but fibrillation."""
    for header in sorted(folder.glob("*.hea")):
        example, fs_hz = _example("cudb", header.with_suffix(""), header.stem)
        annotation = wfdb.rdann(str(header.with_suffix("")), "atr")
        example.allowed[:] = _ALL & ~bits("VF")
        for start, stop in _vf_marks(annotation, fs_hz, len(example.allowed)):
            example.allowed[max(start - 3, 0) : stop + 3] = 0
            example.allowed[start + 2 : stop - 1] = bits("VF")
        yield example


def mitdb(folder: Path, records: tuple[str, ...]) -> Iterator[RhythmExample]:
    """MIT-BIH Arrhythmia Database: rhythms, ventricular flutter, and runs of V.

    Parameters
    ----------
    folder : Path
        Folder of the database.
    records : tuple of str
        Names of the records to read.

    Yields
    ------
    RhythmExample
    """
    for name in records:
        example, fs_hz = _example("mitdb", folder / name, name)
        annotation = wfdb.rdann(str(folder / name), "atr")
        example.allowed[:] = _spans_to_seconds(_aux_changes(annotation, fs_hz), len(example.allowed))
        _with_ventricular_runs(example.allowed, annotation, fs_hz)
        for start, stop in _vf_marks(annotation, fs_hz, len(example.allowed)):
            example.allowed[start : stop + 1] = bits("VF")
        yield example


def svdb(folder: Path) -> Iterator[RhythmExample]:
    """MIT-BIH Supraventricular Arrhythmia Database: no rhythms, but no ventricular one outside runs of V."""
    for header in sorted(folder.glob("*.hea")):
        example, fs_hz = _example("svdb", header.with_suffix(""), header.stem)
        annotation = wfdb.rdann(str(header.with_suffix("")), "atr")
        example.allowed[:] = bits("N", "AFIB", "AFL", "SVTA")
        _with_ventricular_runs(example.allowed, annotation, fs_hz)
        yield example


def afib(folder: Path) -> Iterator[RhythmExample]:
    """Recordings of the China Physiological Signal Challenge 2021: fibrillation or not."""
    for header in sorted(folder.glob("*.hea")):
        example, fs_hz = _example("afib", header.with_suffix(""), "_".join(header.stem.split("_")[:2]))
        annotation = wfdb.rdann(str(header.with_suffix("")), "atr")
        changes = _aux_changes(annotation, fs_hz) or [(0.0, bits("N"))]
        example.allowed[:] = _spans_to_seconds(changes, len(example.allowed))
        yield example


def cinc2017(folder: Path) -> Iterator[RhythmExample]:
    """Challenge 2017: hand-held recordings of one lead, one word for each."""
    of_word = {
        "N": bits("N"),
        "A": bits("AFIB"),
        "O": NOT_VENTRICULAR & ~bits("AFIB", "ASYSTOLE", "NOISE"),
        "~": NOT_VENTRICULAR & ~bits("ASYSTOLE"),
    }
    with (folder / "REFERENCE-v3.csv").open(encoding="utf-8") as file:
        words = dict(csv.reader(file))
    for header in sorted(folder.glob("*.hea")):
        example, _ = _example("cinc2017", header.with_suffix(""), header.stem)
        example.allowed[:] = of_word[words[header.stem]]
        yield example


def cinc2015(folder: Path) -> Iterator[RhythmExample]:
    """Challenge 2015: a minute before an alarm, the last seconds of which are or are not what it said."""
    with (folder / "ALARMS.csv").open(encoding="utf-8") as file:
        rows = {row["record"]: row for row in csv.DictReader(file)}
    for header in sorted(folder.glob("*.hea")):
        row = rows[header.stem]
        example, _ = _example("cinc2015", header.with_suffix(""), header.stem)
        n_seconds = len(example.allowed)
        last = slice(max(n_seconds - 14, 0), n_seconds)
        ventricular = row["alarm"].startswith("Ventricular")
        alarm = None
        if ventricular and row["true"] == "1":
            alarm = (max(n_seconds - 12, 0), n_seconds)
        elif ventricular:
            example.allowed[last] = NOT_VENTRICULAR
        elif (row["true"] == "1" and row["alarm"] == "Asystole") or (
            row["true"] == "1" and row["alarm"] == "Bradycardia"
        ):
            example.allowed[last] = bits("N", "ASYSTOLE", "AFIB", "AFL")
        yield RhythmExample(**{**vars(example), "alarm": alarm})


def noise(folder: Path) -> Iterator[RhythmExample]:
    """MIT-BIH Noise Stress Test Database, muscle and baseline noise alone: electrode motion stays for tests."""
    for name in NOISE_RECORDS:
        example, _ = _example("nstdb", folder / name, name)
        example.allowed[:] = bits("NOISE")
        yield example
