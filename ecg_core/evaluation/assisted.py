"""Simulated review by beat families: gain in accuracy per action.

The person looks at some of each record's families of beats (`ecg_core.templates`) and gives each its majority reference
label: all its beats carry that class from then on, the others keep what the classifier said. A family's votes are the
reference beats that its beats answer, one to one within 150 ms as the scorer pairs them; a family without any stays
as it is. Then everything is scored as always, so that looking at none is the plain evaluation.

A clinician who labels 12 clusters a record is the "assisted" mode of Llamedo and Martinez 2012
(doi:10.1109/TBME.2012.2202662).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import BoolArray, Float32Array
from ecg_core.beats import to_aami
from ecg_core.evaluation.counts import BeatMatrix
from ecg_core.evaluation.matching import inside, match_beats, window_samples
from ecg_core.evaluation.protocol import DOMINANT_S_RECORD, Protocol
from ecg_core.evaluation.scores import RecordBeats, compare_under, flutter_left_out
from ecg_core.evaluation.tables import align, percent
from ecg_core.formats import open_recording
from ecg_core.templates import Families, beat_space, group_beats, majority

Order = Literal["largest", "least_certain"]
ORDERS: Final[dict[Order, str]] = {"largest": "largest first", "least_certain": "least certain first"}

BUDGETS: Final = (0, 1, 2, 4, 8, 12, 16)
"""Families looked at in each record, for the curve."""

_KINDS: Final = ("V", "S")


@dataclass(frozen=True)
class AssistedPoint:
    """What comes out when so many families of each record are looked at.

    Attributes
    ----------
    order : {"largest", "least_certain"}
    budget : int
        Families looked at in each record, or all where there are fewer.
    protocol : Protocol
    matrix : BeatMatrix
        All records pooled.
    without : BeatMatrix or None
        The same without the record that holds most S beats; None where it is not among them or alone.
    """

    order: Order
    budget: int
    protocol: Protocol
    matrix: BeatMatrix
    without: BeatMatrix | None


class PlacedBeats(NamedTuple):
    """Families of a record's beats, each beat's place among the others, and the beats that no lead shows readably."""

    families: Families
    points: Float32Array
    lost: BoolArray


def place_records(
    data_dir: Path, results: Sequence[RecordBeats], progress: Callable[[float, str], None] | None = None
) -> list[PlacedBeats]:
    """Group the beats of evaluated records into families, led by the classifier's probabilities where it gives any.

    Parameters
    ----------
    data_dir : Path
        Folder of the WFDB records.
    results : sequence of RecordBeats
        With labels.
    progress : callable, optional
        Called with the fraction done and the name of the record.
    """
    from ecg_core.analysis import find_beats

    placed = []
    for position, beats in enumerate(results):
        if progress:
            progress(position / len(results), beats.record)
        recording = open_recording(data_dir / beats.record, name=beats.record)
        quality = find_beats(recording).quality
        space = beat_space(recording, beats.test_sample, quality)
        found = group_beats(
            recording, beats.test_sample, quality, beats.probabilities, labels=beats.test_label, space=space
        )
        placed.append(PlacedBeats(found, space.points, space.lost))
    return placed


def assisted_labels(
    beats: RecordBeats, families: Families, chosen: Sequence[int], protocol: Protocol
) -> npt.NDArray[np.str_]:
    """Return the labels after a person has given the chosen families their majority reference label.

    Parameters
    ----------
    beats : RecordBeats
        With labels.
    families : Families
        Of its test beats.
    chosen : sequence of int
        Numbers of the families looked at.
    protocol : Protocol
        Its mapping says what the reference's symbols count as; reference beats in flutter that it leaves out
        do not vote.

    Returns
    -------
    ndarray of str, shape (test beats,)
        Classes ``N S V F Q``.
    """
    if beats.test_label is None:
        raise ValueError(f"The beats of {beats.record} carry no class; classify them first.")
    labels = to_aami(beats.test_label, protocol.mapping).copy()
    votes = reference_votes(beats, protocol)
    for number in chosen:
        members = families.beats_of(number)
        label = majority(votes[members][votes[members] != ""])
        if label is not None:
            labels[members] = label
    return labels


def assisted_curve(
    results: Sequence[RecordBeats],
    families: Sequence[Families],
    protocols: Sequence[Protocol],
    budgets: Sequence[int] = BUDGETS,
) -> list[AssistedPoint]:
    """Score every budget in both orders under every protocol.

    Parameters
    ----------
    results : sequence of RecordBeats
        With labels.
    families : sequence of Families
        One a record.
    protocols : sequence of Protocol
        Protocols to score under.
    budgets : sequence of int
        Numbers of templates reviewed.
    """
    points = []
    for protocol in protocols:
        for order in ORDERS:
            matrices: list[dict[int, BeatMatrix]] = [
                _matrices(beats, groups, order, protocol, budgets)
                for beats, groups in zip(results, families, strict=True)
            ]
            for budget in budgets:
                matrix, without = BeatMatrix(), BeatMatrix()
                for beats, of_record in zip(results, matrices, strict=True):
                    matrix += of_record[budget]
                    without += BeatMatrix() if beats.record == DOMINANT_S_RECORD else of_record[budget]
                among = len(results) > 1 and any(beats.record == DOMINANT_S_RECORD for beats in results)
                points.append(AssistedPoint(order, budget, protocol, matrix, without if among else None))
    return points


def budgets_up_to(asked: int) -> tuple[int, ...]:
    """Return the budgets of the curve and the one asked for, in order."""
    return tuple(sorted({*BUDGETS, asked}))


def assisted_dict(
    points: Sequence[AssistedPoint], results: Sequence[RecordBeats], families: Sequence[Families], asked: int
) -> dict[str, Any]:
    """Return the curve as JSON values; shares are fractions, None where undefined.

    Parameters
    ----------
    points : sequence of AssistedPoint
        Points of the curve.
    results : sequence of RecordBeats
        Beats of each record.
    families : sequence of Families
        Beat templates of each record.
    asked : int
        Number of templates that are reviewed in each record, at most.

    Returns
    -------
    dict
    """
    return {
        "asked": asked,
        "families": {
            beats.record: [group.n_beats for group in of_record.families]
            for beats, of_record in zip(results, families, strict=True)
        },
        "curve": [
            {
                "mapping": point.protocol.mapping,
                "start_s": point.protocol.start_s,
                "order": point.order,
                "families_looked_at": point.budget,
                **{kind: _values(point.matrix, kind, point.protocol) for kind in _KINDS},
                **(
                    {f"S_without_{DOMINANT_S_RECORD}": _values(point.without, "S", point.protocol)}
                    if point.without
                    else {}
                ),
            }
            for point in points
        ],
    }


def assisted_text(points: Sequence[AssistedPoint], families: Sequence[Families], asked: int) -> str:
    """Return the curve of each protocol as a table: gross F1 in percent by the number of templates reviewed.

    Parameters
    ----------
    points : sequence of AssistedPoint
        Points of the curve.
    families : sequence of Families
        Beat templates of each record.
    asked : int
        Number of templates that are reviewed in each record, at most.

    Returns
    -------
    str
    """
    numbers = [len(of_record) for of_record in families]
    lines = [
        f"Assisted: a person gives families of beats their majority label; {min(numbers)} to {max(numbers)} families "
        "a record",
        "Gross F1 in percent over families looked at in each record; the other beats keep the classifier's label",
    ]
    for protocol in dict.fromkeys(point.protocol for point in points):
        mine = [point for point in points if point.protocol == protocol]
        period = f"first {protocol.start_s / 60:g} minutes left out" if protocol.start_s else "whole records counted"
        lines += ["", f"S mapping {protocol.mapping}, {period}, peaks {protocol.peaks}", "", _table(mine, asked)]
    return "\n".join(lines) + "\n"


def reference_votes(beats: RecordBeats, protocol: Protocol) -> npt.NDArray[np.str_]:
    """Return the class of the reference beat that each test beat answers, empty where it answers none.

    Parameters
    ----------
    beats : RecordBeats
        Beats of one record.
    protocol : Protocol
        Its mapping and window.
    """
    counted = ~inside(beats.reference_sample, flutter_left_out(beats, protocol))
    window = window_samples(beats.fs_hz, protocol.window_s)
    match = match_beats(beats.reference_sample[counted], beats.test_sample, window)
    votes = np.full(len(beats.test_sample), "", dtype="<U1")
    votes[match.test] = to_aami(beats.reference_symbol[counted], protocol.mapping)[match.reference]
    return votes


def _matrices(
    beats: RecordBeats, families: Families, order: Order, protocol: Protocol, budgets: Sequence[int]
) -> dict[int, BeatMatrix]:
    ranked = families.largest_first() if order == "largest" else families.least_certain_first()
    distinct = {
        n_looked_at: compare_under(
            beats, assisted_labels(beats, families, ranked[:n_looked_at], protocol), protocol
        ).matrix
        for n_looked_at in {min(budget, len(ranked)) for budget in budgets}
    }
    return {budget: distinct[min(budget, len(ranked))] for budget in budgets}


def _values(matrix: BeatMatrix, kind: str, protocol: Protocol) -> dict[str, float | None]:
    return matrix.score(kind, fusion_against_s=protocol.fusion_against_s).values()


def _table(points: Sequence[AssistedPoint], asked: int) -> str:
    split = any(point.without for point in points)
    titles = ["V", "S", *([f"S without {DOMINANT_S_RECORD}"] if split else [])]
    rows = [["families", *(f"{title}, {text}" for text in ORDERS.values() for title in titles)]]
    for budget in dict.fromkeys(point.budget for point in points):
        row = [f"{budget}{' *' if budget == asked else ''}"]
        for order in ORDERS:
            point = next(point for point in points if point.budget == budget and point.order == order)
            figures = [_values(point.matrix, kind, point.protocol)["f1"] for kind in _KINDS]
            if split:
                figures.append(_values(point.without or point.matrix, "S", point.protocol)["f1"])
            row += [percent(figure) for figure in figures]
        rows.append(row)
    return align(rows)
