"""Annotated interval sequences of public databases, with the rhythm of every interval.

Databases without a signal give their annotators' beats. Of short hand-held recordings, which have no beat annotations,
the program's own detector finds the beats, with the errors that it makes.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.beats import is_beat, to_aami
from ecg_core.detection import detect_beats
from ecg_core.errors import SourceError
from ecg_core.formats import open_recording
from ecg_core.mitbih import DS1, patient_of

REGULAR, AF, FLUTTER, IRREGULAR = range(4)
IGNORED: Final = -1
MAX_INTERVAL_S: Final = 6.0

_RHYTHMS: Final = {
    **dict.fromkeys(("N", "SBR", "J", "NOD", "PREX", "P", "BI"), REGULAR),
    **dict.fromkeys(("AFIB", "AF"), AF),
    **dict.fromkeys(("AFL", "SVTA"), FLUTTER),
    **dict.fromkeys(("B", "T", "AB", "BII"), IRREGULAR),
}
_VITALDB: Final = {
    **dict.fromkeys(("N",), REGULAR),
    "AFIB/AFL": AF,
    "SVTA": FLUTTER,
    **dict.fromkeys(("SR-mPVC-BT", "SR-mPAC-BT", "SND", "MAT", "AVB"), IRREGULAR),
}
_CINC2017: Final = {"N": REGULAR, "A": AF, "O": IRREGULAR, "~": IGNORED}
_SANDWICHED: Final = ("SBR", "VT", "IVR", "B", "T", "AB", "SVTA")
"""Marks that LTAFDB sets for a few beats inside fibrillation: neither fibrillation nor its end."""
_REGULAR_FLUTTER: Final = 0.04
"""Median relative change of intervals under which VitalDB's AFIB/AFL is taken to be flutter or paced, and not used."""


@dataclass(frozen=True)
class IntervalRecord:
    """One recording's intervals.

    Attributes
    ----------
    name, database, patient : str
    rr_s : ndarray of float64, shape (intervals,)
    ventricular : ndarray of bool, shape (intervals + 1,), or None
        Which beats are V or F; None where the beats have no class.
    readable : ndarray of bool, shape (intervals,)
        False across gaps.
    truth : ndarray of int8, shape (intervals,)
        `REGULAR`, `AF`, `FLUTTER`, `IRREGULAR`, or `IGNORED`.
    marked : ndarray of bool, shape (intervals,)
        Where the annotators say AF, without exception: what durations are measured against.
    """

    name: str
    database: str
    patient: str
    rr_s: npt.NDArray[np.float64]
    ventricular: npt.NDArray[np.bool_] | None
    readable: npt.NDArray[np.bool_]
    truth: npt.NDArray[np.int8]
    marked: npt.NDArray[np.bool_]


def interval_records(folders: Sequence[Path], progress: Callable[[float], None] | None = None) -> list[IntervalRecord]:
    """Read every recording of the given database folders that has a rhythm for its intervals.

    Parameters
    ----------
    folders : sequence of Path
        Named as on PhysioNet, with or without ``_ann``. Of ``mitdb`` de Chazal's DS1 alone is read.
    progress : callable, optional
        Called with the fraction done.

    Raises
    ------
    SourceError
        If there is nothing to read.
    """
    jobs = [(folder, name) for folder in folders for name in _names(folder)]
    found = []
    for number, (folder, name) in enumerate(jobs):
        record = _read(folder, name)
        if record is not None and len(record.rr_s) >= 8:
            found.append(record)
        if progress:
            progress((number + 1) / len(jobs))
    if not found:
        raise SourceError(f"No annotated intervals in {', '.join(str(folder) for folder in folders)}.")
    return found


def database_of(folder: Path) -> str:
    """Return a folder's database without the ending that says that it holds annotations alone."""
    return folder.name.removesuffix("_ann")


def _names(folder: Path) -> list[str]:
    database = database_of(folder)
    if database == "vitaldb_arrdb":
        return sorted(path.stem for path in folder.glob("Annotation_file_*.csv"))
    names = sorted(path.stem for path in folder.glob("*.hea"))
    if database == "mitdb":
        return [name for name in names if name in DS1]
    if database == "cinc2017":
        return names
    return [name for name in names if (folder / f"{name}.atr").is_file()]


def _read(folder: Path, name: str) -> IntervalRecord | None:
    database = database_of(folder)
    if database == "vitaldb_arrdb":
        return _vitaldb(folder / f"{name}.csv", database)
    if database == "cinc2017":
        return _cinc2017(folder, name, database)
    return _wfdb(folder, name, database)


def _record(
    name: str,
    database: str,
    patient: str,
    beat_s: npt.NDArray[np.float64],
    ventricular: npt.NDArray[np.bool_] | None,
    truth: npt.NDArray[np.int8],
    marked: npt.NDArray[np.bool_],
) -> IntervalRecord:
    """Cut what the annotators say at each beat down to the intervals that follow the beats."""
    rr_s = np.diff(beat_s)
    readable = (rr_s < MAX_INTERVAL_S) & (rr_s > 0.1)
    inside = truth[:-1].copy()
    inside[truth[:-1] != truth[1:]] = IGNORED
    inside[~readable] = IGNORED
    return IntervalRecord(name, database, patient, rr_s, ventricular, readable, inside, marked[:-1])


def _wfdb(folder: Path, name: str, database: str) -> IntervalRecord | None:
    import wfdb

    path = str(folder / name)
    annotated = wfdb.rdann(path, "atr")
    fs_hz = float(annotated.fs or wfdb.rdheader(path).fs)
    sample = np.asarray(annotated.sample, dtype=np.int64)
    symbol = np.asarray(annotated.symbol, dtype=object)
    notes = [(int(at), _rhythm_name(note)) for at, note in zip(sample, annotated.aux_note, strict=True)]
    starts = [(at, rhythm) for at, rhythm in notes if rhythm]
    beats = is_beat(symbol)
    ventricular = None
    if database == "afdb":
        beat = np.asarray(wfdb.rdann(path, "qrs").sample, dtype=np.int64)
    elif database == "afib":
        recording = open_recording(folder / name)
        beat = detect_beats(recording.read(), recording.fs_hz)
    else:
        beat, first = np.unique(sample[beats], return_index=True)
        ventricular = np.isin(to_aami(symbol[beats]), ("V", "F"))[first]
    if len(beat) < 9:
        return None
    if database == "nsrdb":
        truth = np.full(len(beat), REGULAR, dtype=np.int8)
        marked = np.zeros(len(beat), dtype=bool)
    else:
        if database == "afib":  # nothing is written where there is no fibrillation
            starts = [(0, "N"), *starts]
        if not starts:
            return None
        truth, marked = _truth(beat, starts)
    patient = name.rsplit("_", 1)[0] if database == "afib" else patient_of(name)
    return _record(name, database, f"{database}/{patient}", beat / fs_hz, ventricular, truth, marked)


def _rhythm_name(note: str) -> str:
    text = note.strip("\0 \n")
    if text.startswith("("):
        return text[1:]
    return text if text in ("N", "AF", "AFL", "J") else ""


def _truth(
    beat: npt.NDArray[np.int64], starts: Sequence[tuple[int, str]]
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.bool_]]:
    names = [rhythm for _, rhythm in starts]
    codes = np.array([_RHYTHMS.get(rhythm, IGNORED) for rhythm in names], dtype=np.int8)
    for place, rhythm in enumerate(names):
        before = names[place - 1] if place else ""
        after = names[place + 1] if place + 1 < len(names) else before
        if rhythm in _SANDWICHED and "AFIB" in (before, after):
            codes[place] = IGNORED
    at = np.searchsorted([start for start, _ in starts], beat, side="right") - 1
    known = at >= 0
    truth = np.where(known, codes[at.clip(min=0)], IGNORED).astype(np.int8)
    is_af = np.array([rhythm in ("AFIB", "AF") for rhythm in names])
    return truth, known & is_af[at.clip(min=0)]


def _cinc2017(folder: Path, name: str, database: str) -> IntervalRecord | None:
    label = _reference(folder).get(name)
    if label is None:
        return None
    recording = open_recording(folder / name)
    beat = detect_beats(recording.read(), recording.fs_hz)
    if len(beat) < 2:
        return None
    truth = np.full(len(beat), _CINC2017[label], dtype=np.int8)
    return _record(name, database, f"{database}/{name}", beat / recording.fs_hz, None, truth, truth == AF)


_KNOWN: dict[Path, dict[str, str]] = {}


def _reference(folder: Path) -> dict[str, str]:
    if folder not in _KNOWN:
        with (folder / "REFERENCE-v3.csv").open(encoding="utf-8") as stream:
            _KNOWN[folder] = {row[0]: row[1] for row in csv.reader(stream) if len(row) > 1 and row[1] in _CINC2017}
    return _KNOWN[folder]


def _vitaldb(path: Path, database: str) -> IntervalRecord | None:
    rows = list(_vitaldb_rows(path))
    if len(rows) < 9:
        return None
    rows.sort(key=lambda row: row[0])
    beat_s, first = np.unique(np.array([row[0] for row in rows]), return_index=True)
    kept = [rows[place] for place in first]
    truth = np.array([_VITALDB.get(rhythm, IGNORED) for _, _, rhythm, _ in kept], dtype=np.int8)
    truth[np.array([bad for *_, bad in kept])] = IGNORED
    marked = truth == AF
    change = np.abs(np.diff(np.log(np.diff(beat_s).clip(0.1)), prepend=0.0, append=0.0))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(change, (8, 8), mode="edge"), 17)
    truth[marked & (np.median(windows, axis=-1)[: len(truth)] < _REGULAR_FLUTTER)] = IGNORED
    ventricular = np.array([letter == "V" for _, letter, _, _ in kept])
    return _record(path.stem, database, f"{database}/{path.stem}", beat_s, ventricular, truth, marked)


def _vitaldb_rows(path: Path) -> Iterator[tuple[float, str, str, bool]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        row: dict[str, Any]
        for row in csv.DictReader(stream):
            if row["beat_type"] in ("N", "S", "V", "U"):
                yield (
                    float(row["time_second"]),
                    row["beat_type"],
                    row["rhythm_label"],
                    row["bad_signal_quality"] == "True",
                )
