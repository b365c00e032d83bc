"""Labels of a reference that several models contradict together, and the scores without them.

The labels of a public database hold errors. A label is suspicious where every one of several models, none of which
learnt from that database, gives the beat one and the same other class of N, S and V. Models of one kind err alike, so
a suspicious label is one to look at, not one that is wrong: it is listed, and scores are shown with and without it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import BoolArray
from ecg_core.beats import Mapping, to_aami
from ecg_core.evaluation.counts import BeatMatrix
from ecg_core.evaluation.protocol import Protocol
from ecg_core.evaluation.scores import RecordBeats, compare_under
from ecg_core.evaluation.tables import align, percent
from ecg_core.writing import replacing

JUDGED: Final = ("N", "S", "V")
"""Classes of which a label, and the class that the models give, must be one: models hardly know F and Q."""

MIN_MODELS: Final = 2
"""Models whose agreement says something."""

COLUMNS: Final = ("record", "sample", "time_s", "label", "models_say")


@dataclass(frozen=True)
class SuspiciousLabels:
    """Suspicious labels of one record.

    Attributes
    ----------
    record : str
    fs_hz : float
    sample : ndarray of int64, shape (labels,)
    label, proposed : ndarray of str, shape (labels,)
        Class by the reference, and by all models.
    of_beat : ndarray of bool, shape (reference beats,)
        Which beats carry them.
    """

    record: str
    fs_hz: float
    sample: npt.NDArray[np.int64]
    label: npt.NDArray[np.str_]
    proposed: npt.NDArray[np.str_]
    of_beat: BoolArray


def suspicious_labels(
    by_model: Sequence[Sequence[RecordBeats]], mapping: Mapping = "de_chazal"
) -> list[SuspiciousLabels]:
    """Return the labels of each record that all models contradict in the same way.

    Parameters
    ----------
    by_model : sequence of sequence of RecordBeats
        Of each model the same records with the reference's beats, classified.
    mapping : {"de_chazal", "bxb"}
        What the reference's symbols count as.

    Raises
    ------
    ValueError
        If there are fewer than two models, or a model was given other beats than the reference's.
    """
    if len(by_model) < MIN_MODELS:
        raise ValueError(f"Labels are judged by {MIN_MODELS} models or more.")
    found = []
    for of_record in zip(*by_model, strict=True):
        first = of_record[0]
        label = to_aami(first.reference_symbol, mapping)
        said = np.stack([_labels(beats, mapping) for beats in of_record])
        suspicious = (said == said[0]).all(axis=0) & (said[0] != label)
        suspicious &= np.isin(label, JUDGED) & np.isin(said[0], JUDGED)
        found.append(
            SuspiciousLabels(
                first.record,
                first.fs_hz,
                first.reference_sample[suspicious],
                label[suspicious],
                said[0][suspicious],
                suspicious,
            )
        )
    return found


def without_labels(results: Sequence[RecordBeats], suspicious: Sequence[SuspiciousLabels]) -> list[RecordBeats]:
    """Return records without the beats whose labels are suspicious.

    Parameters
    ----------
    results : sequence of RecordBeats
        With the reference's beats.
    suspicious : sequence of SuspiciousLabels
        Of the same records.
    """
    kept = []
    for beats, of_record in zip(results, suspicious, strict=True):
        stays = ~of_record.of_beat
        assert beats.test_label is not None
        kept.append(
            replace(
                beats,
                reference_sample=beats.reference_sample[stays],
                reference_symbol=beats.reference_symbol[stays],
                test_sample=beats.test_sample[stays],
                test_label=beats.test_label[stays],
                probabilities=None if beats.probabilities is None else beats.probabilities[stays],
            )
        )
    return kept


def suspicious_dict(
    results: Sequence[RecordBeats], suspicious: Sequence[SuspiciousLabels], protocol: Protocol
) -> dict[str, Any]:
    """Return counts, and the scores of a model with and without the suspicious labels, as JSON values.

    Parameters
    ----------
    results : sequence of RecordBeats
        The model's, with the reference's beats.
    suspicious : sequence of SuspiciousLabels
        Of the same records.
    protocol : Protocol
        How the scores are counted.

    Returns
    -------
    dict
    """
    return {
        "mapping": protocol.mapping,
        "records": {of.record: _counts(of) for of in suspicious if len(of.sample)},
        "with": _scores(results, protocol),
        "without": _scores(without_labels(results, suspicious), protocol),
    }


def suspicious_text(figures: dict[str, Any]) -> str:
    """Return what :func:`suspicious_dict` counted as text, the records with most suspicious labels first."""
    total: Counter[str] = Counter()
    for counts in figures["records"].values():
        total.update(counts)
    kinds = sorted(total, key=total.__getitem__, reverse=True)
    by_record = sorted(figures["records"].items(), key=lambda item: -sum(item[1].values()))
    rows = [["record", *kinds]]
    rows += [[record, *(str(counts.get(kind, 0)) for kind in kinds)] for record, counts in by_record]
    rows.append(["all", *(str(total[kind]) for kind in kinds)])
    lines = [
        "Suspicious labels: what every model calls otherwise, as one (label, then what the models say)",
        align(rows),
    ]
    scores = [
        ["F1 in percent", *JUDGED],
        *([f"{name} them", *(percent(figures[name][kind]) for kind in JUDGED)] for name in ("with", "without")),
    ]
    return "\n\n".join([*lines, align(scores)]) + "\n"


def write_suspicious(path: Path, suspicious: Sequence[SuspiciousLabels]) -> None:
    """Write the list as CSV, one label a row.

    Parameters
    ----------
    path : Path
        File to write.
    suspicious : sequence of SuspiciousLabels
        Of each record.
    """
    with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(COLUMNS)
        for of in suspicious:
            for sample, label, proposed in zip(of.sample, of.label, of.proposed, strict=True):
                table.writerow([of.record, int(sample), f"{sample / of.fs_hz:.3f}", label, proposed])


def _labels(beats: RecordBeats, mapping: Mapping) -> npt.NDArray[np.str_]:
    if beats.test_label is None or not np.array_equal(beats.test_sample, beats.reference_sample):
        raise ValueError(f"The reference's beats of {beats.record} must be classified.")
    return to_aami(beats.test_label, mapping)


def _counts(of: SuspiciousLabels) -> dict[str, int]:
    return dict(Counter(f"{label} {proposed}" for label, proposed in zip(of.label, of.proposed, strict=True)))


def _scores(results: Sequence[RecordBeats], protocol: Protocol) -> dict[str, float | None]:
    matrix = BeatMatrix()
    for beats in results:
        assert beats.test_label is not None
        matrix += compare_under(beats, beats.test_label, protocol).matrix
    return {kind: matrix.score(kind, fusion_against_s=protocol.fusion_against_s).values()["f1"] for kind in JUDGED}
