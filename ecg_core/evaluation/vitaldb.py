"""Rhythm references of the VitalDB arrhythmia database: tables of beats with rhythm labels, without a signal."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from ecg_core.beats import beat_table
from ecg_core.errors import RecordingError
from ecg_core.evaluation.interval_sets import interval_set
from ecg_core.evaluation.rhythm_counts import ATRIAL
from ecg_core.evaluation.rhythm_databases import DANGER_GROUPS, UNSCORED, RhythmReference
from ecg_core.evaluation.rhythm_scores import ReferenceSpan

FILE_NAME: Final = re.compile(r"Annotation_file_(\d+)\.csv")

KINDS: Final[Mapping[str, str]] = {
    "N": "N",
    "AFIB/AFL": ATRIAL,
    "SVTA": "SVTA",
    "VT": "VT",
    "AVB": "AVB",
    "Noise": UNSCORED,
    "Unclassifiable": UNSCORED,
    "": UNSCORED,
}
"""Kinds by the rhythm labels of the tables; a label that is not among them stands for itself."""

_HZ: Final = 500.0
_BEATS: Final = {"N": "N", "S": "S", "V": "V", "U": "Q", "P": "Q"}
_MAX_GAP_S: Final = 10.0


def vitaldb_reference(table: Path, record: str) -> RhythmReference:
    """Read a table of beats with rhythm labels; times are sorted, the first beat is at 0 s.

    Parameters
    ----------
    table : Path
        CSV file.
    record : str
        Name of the record.

    Returns
    -------
    RhythmReference
    """
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            rows = [
                (float(row["time_second"]), row["beat_type"], row["rhythm_label"] or "", row["bad_signal_quality"])
                for row in csv.DictReader(stream)
            ]
    except (KeyError, TypeError, ValueError, UnicodeDecodeError, csv.Error) as error:
        raise RecordingError(f"{table.name} is no table of the VitalDB arrhythmia database ({error}).") from error
    rows = sorted(row for row in rows if row[1] in _BEATS)
    if not rows:
        raise RecordingError(f"{table.name} lists no beats; leave {record} out.")
    times = np.array([row[0] for row in rows])
    sample, first = np.unique(np.rint((times - times[0]) * _HZ).astype(np.int64), return_index=True)
    rows = [rows[place] for place in first]
    n_samples = int(sample[-1]) + 1
    beats = beat_table(sample, _HZ)
    # The tables call beats of atrial fibrillation S; a classifier that is right calls conducted beats N.
    conducted = [row[1] == "S" and KINDS.get(row[2]) == ATRIAL for row in rows]
    labels = ["N" if is_n else _BEATS[row[1]] for row, is_n in zip(rows, conducted, strict=True)]
    beats["label"] = np.array(labels, dtype=object)
    spans: list[ReferenceSpan] = []
    unscored: list[tuple[int, int]] = []
    stops = np.append(sample[1:], n_samples)
    for row, start, stop in zip(rows, sample.tolist(), stops.tolist(), strict=True):
        kind = KINDS.get(row[2], row[2])
        bad = str(row[3]).lower() == "true" or stop - start > _MAX_GAP_S * _HZ
        if bad or kind == UNSCORED:
            unscored.append((start, stop))
        if kind == UNSCORED:
            continue
        if spans and spans[-1].stop_sample == start and spans[-1].kind == kind:
            spans[-1] = spans[-1]._replace(stop_sample=stop)
        else:
            spans.append(ReferenceSpan(start, stop, kind))
    told = {ATRIAL, "SVTA", "VT", *DANGER_GROUPS}
    joined = tuple((int(start), int(stop)) for start, stop in interval_set(unscored))
    return RhythmReference(record, record, _HZ, n_samples, tuple(spans), joined, frozenset(told), beats=beats)
