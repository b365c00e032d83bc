"""How well intervals tell fibrillation, of recordings that were left out: by duration and by recording."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import BoolArray
from ecg_core.rhythm.af_spans import af_spans
from ecg_core.rhythm.episode_types import Limits
from ecg_core.rhythm.fibrillation import fibrillation
from ecg_core.rhythm.intervals import Intervals
from ecg_core.training.interval_data import IntervalRecord

_FS_HZ = 1000.0
BY_RECORDING = ("cinc2017",)
"""Databases with one rhythm for each recording."""


def called(record: IntervalRecord, probability: npt.NDArray[np.float32]) -> BoolArray:
    """Return which intervals lie in an episode of AF found by the network.

    Parameters
    ----------
    record : IntervalRecord
        The recording.
    probability : ndarray of float32, shape (intervals,)
        Probability of AF.

    Returns
    -------
    ndarray of bool, shape (intervals,)
    """
    of_beat = (np.concatenate((probability[:1], probability)) + np.concatenate((probability, probability[-1:]))) / 2
    sample = _sample(record)
    spans = af_spans(of_beat.astype(np.float32), sample, _FS_HZ, readable=record.readable)
    return _inside(record, [np.searchsorted(sample, (one.start_sample, one.stop_sample)) for one in spans])


def called_by_irregularity(record: IntervalRecord, shortest_s: float = 30.0) -> BoolArray:
    """Return which intervals lie in an episode of AF found by the irregularity index.

    See :mod:`ecg_core.rhythm.fibrillation`.

    Parameters
    ----------
    record : IntervalRecord
        The recording.
    shortest_s : float
        Shortest episode in s.

    Returns
    -------
    ndarray of bool, shape (intervals,)
    """
    n = len(record.rr_s) + 1
    label = np.full(n, "N") if record.ventricular is None else np.where(record.ventricular, "V", "N")
    given = Intervals(_sample(record), label, record.rr_s, record.readable)
    return _inside(record, [(first, last + 1) for first, last, _ in fibrillation(given, Limits(af_s=shortest_s).af_s)])


def scores(records: Sequence[IntervalRecord], calls: Sequence[BoolArray]) -> dict[str, dict[str, Any]]:
    """Return figures of each database: by duration, of short recordings also by recording.

    Whatever the annotators do not call AF counts as not AF; time across gaps is left out.

    Parameters
    ----------
    records : sequence of IntervalRecord
        Recordings with their reference.
    calls : sequence of ndarray of bool, shape (intervals,)
        Intervals called AF in each recording.

    Returns
    -------
    dict
        Figures by database.
    """
    found: dict[str, dict[str, Any]] = {}
    for database in dict.fromkeys(record.database for record in records):
        of_it = [(one, call) for one, call in zip(records, calls, strict=True) if one.database == database]
        table = np.zeros((2, 2))
        for record, call in of_it:
            length_s = record.rr_s * record.readable
            for said in (False, True):
                for given in (False, True):
                    table[int(said), int(given)] += length_s[(record.marked == said) & (call == given)].sum()
        found[database] = {"recordings": len(of_it), "hours": round(table.sum() / 3600, 2), **_figures(table)}
        if database in BY_RECORDING:
            table = np.zeros((2, 2))
            for record, call in of_it:
                table[int(record.marked.any()), int(call.any())] += 1
            found[database]["by_recording"] = _figures(table)
    return found


def _figures(table: npt.NDArray[np.float64]) -> dict[str, float | None]:
    (tn, fp), (fn, tp) = table.tolist()

    def share(part: float, whole: float) -> float | None:
        return round(part / whole, 4) if whole else None

    return {
        "se": share(tp, tp + fn),
        "sp": share(tn, tn + fp),
        "ppv": share(tp, tp + fp),
        "f1": share(2 * tp, 2 * tp + fp + fn) if tp + fn else None,
    }


def _sample(record: IntervalRecord) -> npt.NDArray[np.int64]:
    return np.round(np.concatenate(([0.0], np.cumsum(record.rr_s))) * _FS_HZ).astype(np.int64)


def _inside(record: IntervalRecord, spans: Sequence[Any]) -> BoolArray:
    result = np.zeros(len(record.rr_s), dtype=bool)
    for begin, end in spans:
        result[int(begin) : int(end) - 1] = True
    return result
