"""Reports of scores as plain text and as a dictionary for JSON; both state the protocol."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from ecg_core.beats import Mapping
from ecg_core.evaluation.counts import COLUMNS, ROWS, BeatMatrix
from ecg_core.evaluation.protocol import (
    DOMINANT_S_RECORD,
    LEARNING_PERIOD_S,
    MAPPING_TEXT,
    PACED,
    Peaks,
    Protocol,
    name_of,
)
from ecg_core.evaluation.scores import KINDS, RecordBeats, Summary, score_record, summarise

_STATISTICS = ("se", "ppv", "f1", "fpr")
_PER_RECORD = (("QRS", "se"), ("QRS", "ppv"), ("V", "se"), ("V", "ppv"), ("S", "se"), ("S", "ppv"))


def report_text(
    results: Sequence[RecordBeats],
    peaks: Peaks,
    *,
    mappings: Sequence[Mapping] = ("de_chazal", "bxb"),
    starts_s: Sequence[float] = (0.0, LEARNING_PERIOD_S),
) -> str:
    """Write EC57's tables: one block for each mapping and learning period, then each record.

    Parameters
    ----------
    results : sequence of RecordBeats
    peaks : {"reference", "detected"}
        How the beats were found.
    mappings : sequence of {"de_chazal", "bxb"}
        Where no beat carries a class, only the first is shown: it makes no difference then.
    starts_s : sequence of float
        Learning periods to leave out.

    Returns
    -------
    str
        Percentages with two decimals; ``-`` where a statistic is undefined.
    """
    protocols = _protocols(results, peaks, mappings, starts_s)
    summaries = [_summarise(results, protocol) for protocol in protocols]
    blocks = [_heading(results, peaks)]
    blocks += [
        f"{_setting_line(protocol)}\n\n{_summary_table(summary)}"
        for protocol, summary in zip(protocols, summaries, strict=True)
    ]
    blocks += [
        f"Each record: {_setting_line(protocol)}\n\n{_record_table(summary)}"
        for protocol, summary in zip(protocols, summaries, strict=True)
        if protocol.mapping == mappings[0]
    ]
    return "\n\n".join(blocks) + "\n"


def report_dict(
    results: Sequence[RecordBeats],
    peaks: Peaks,
    *,
    mappings: Sequence[Mapping] = ("de_chazal", "bxb"),
    starts_s: Sequence[float] = (0.0, LEARNING_PERIOD_S),
) -> dict[str, Any]:
    """Return what :func:`report_text` prints as JSON-able values; fractions, None where undefined."""
    records = [result.record for result in results]
    return {
        "standard": "ANSI/AAMI EC57:2012, beats paired as by WFDB bxb",
        "records": records,
        "record_set": name_of(records),
        "peaks": peaks,
        "flutter_left_out_s": {r.record: round(r.flutter_s, 3) for r in results if r.flutter_spans},
        "results": [
            {
                "mapping": protocol.mapping,
                "start_s": protocol.start_s,
                "window_s": protocol.window_s,
                **_summary_dict(_summarise(results, protocol)),
            }
            for protocol in _protocols(results, peaks, mappings, starts_s)
        ],
    }


def _protocols(
    results: Sequence[RecordBeats], peaks: Peaks, mappings: Sequence[Mapping], starts_s: Sequence[float]
) -> list[Protocol]:
    labelled = any(result.test_label is not None for result in results)
    kept = mappings if labelled else mappings[:1]
    return [Protocol(mapping, start_s, peaks=peaks) for mapping in kept for start_s in starts_s]


def _summarise(results: Sequence[RecordBeats], protocol: Protocol) -> Summary:
    return summarise([score_record(result, protocol) for result in results])


def _heading(results: Sequence[RecordBeats], peaks: Peaks) -> str:
    records = [result.record for result in results]
    group = name_of(records)
    listed = f"{f'{group}, ' if group else ''}{len(records)}: {' '.join(records)}"
    lines = [
        "Beat-by-beat comparison after ANSI/AAMI EC57:2012, beats paired as by WFDB bxb",
        textwrap.fill(f"Records  {listed}", 100, subsequent_indent=" " * 9),
        f"Peaks    {peaks}",
        "Window   150 ms, one to one",
        "Gross: all records pooled. Average: mean of the records that define the figure.",
    ]
    if group == "DS2":
        lines.append("Record 202 is of the same man as record 201 of DS1.")
    paced = [record for record in records if record in PACED]
    if paced:
        lines.append(f"Paced records are among them: {' '.join(paced)}")
    flutter = [result for result in results if result.flutter_spans]
    if flutter:
        spans = ", ".join(
            f"{result.record} ({len(result.flutter_spans)} spans, {result.flutter_s:.1f} s)" for result in flutter
        )
        lines.append(f"Ventricular flutter left out: {spans}")
    return "\n".join(lines)


def _setting_line(protocol: Protocol) -> str:
    period = f"first {protocol.start_s / 60:g} minutes left out" if protocol.start_s else "whole records counted"
    return f"S mapping {MAPPING_TEXT[protocol.mapping]}, {period}, peaks {protocol.peaks}"


def _summary_table(summary: Summary) -> str:
    labelled = summary.gross.labelled
    rows = [["", "beats", "Se", "+P", "F1", "FPR", "Se", "+P", "F1", "FPR", "records"]]
    for kind in KINDS if labelled else ("QRS",):
        rows.append(_summary_row(kind, kind, summary))
        if kind == "S" and _has_dominant(summary):
            without = summary.without(DOMINANT_S_RECORD)
            rows.append(_summary_row(f"S without {DOMINANT_S_RECORD}", kind, without))
    widths = _widths(rows)
    gross = widths[0] + widths[1] + 4
    line = " " * gross + "gross %".ljust(sum(widths[2:6]) + 8) + "average %"
    table = f"{line}\n{_align(rows)}"
    if not labelled:
        return table
    mean = summary.average_accuracy
    accuracy = (
        f"Overall accuracy: gross {_percent(summary.gross.accuracy.value)} % "
        f"({summary.gross.accuracy.hits} of {summary.gross.accuracy.total} reference beats), "
        f"average {_percent(mean.value)} % ({mean.n_records} records)"
    )
    return f"{_matrix_table(summary.gross)}\n\n{table}\n\n{accuracy}"


def _summary_row(title: str, kind: str, summary: Summary) -> list[str]:
    beats = summary.gross.n_reference if kind == "QRS" else summary.gross.n_reference_of(kind)
    gross = summary.gross.score(kind).values()
    means = {statistic: summary.average(kind, statistic) for statistic in _STATISTICS}
    return [
        title,
        str(beats),
        *(_percent(gross[statistic]) for statistic in _STATISTICS),
        *(_percent(means[statistic].value) for statistic in _STATISTICS),
        str(means["se"].n_records),
    ]


def _matrix_table(matrix: BeatMatrix) -> str:
    rows = [["", *COLUMNS]]
    # A pair of no beat with no beat does not exist: bxb leaves these four cells out as well.
    rows += [
        [row, *("" if row in "OX" and column in "ox" else str(matrix[row + column]) for column in COLUMNS)]
        for row in ROWS
    ]
    return "Reference in rows, found in columns; o, x missed (x while shut down); O, X no such beat\n" + _align(rows)


def _record_table(summary: Summary) -> str:
    labelled = summary.gross.labelled
    shown = _PER_RECORD if labelled else _PER_RECORD[:2]
    names = {"se": "Se", "ppv": "+P"}
    rows = [
        ["record", "beats", "missed", "extra", *(["V", "S"] if labelled else [])]
        + [f"{kind} {names[statistic]}" for kind, statistic in shown]
        + (["accuracy"] if labelled else [])
    ]
    for score in summary.scores:
        qrs = score.matrix.score("QRS")
        cells = [
            score.record,
            str(score.matrix.n_reference),
            str(qrs.sensitivity.total - qrs.sensitivity.hits),
            str(qrs.predictivity.total - qrs.predictivity.hits),
        ]
        if labelled:
            cells += [str(score.matrix.n_reference_of(letter)) for letter in "VS"]
        cells += [_percent(score.matrix.score(kind).values()[statistic]) for kind, statistic in shown]
        if labelled:
            cells.append(_percent(score.matrix.accuracy.value))
        rows.append(cells)
    return _align(rows)


def _summary_dict(summary: Summary) -> dict[str, Any]:
    result: dict[str, Any] = {
        "matrix": {
            row: {column: summary.gross[row + column] for column in COLUMNS if not (row in "OX" and column in "ox")}
            for row in ROWS
        },
        "gross": _gross_dict(summary.gross),
        "average": _average_dict(summary),
        "per_record": {score.record: _gross_dict(score.matrix) for score in summary.scores},
    }
    if summary.gross.labelled and _has_dominant(summary):
        without = summary.without(DOMINANT_S_RECORD)
        result[f"S_without_{DOMINANT_S_RECORD}"] = {
            "beats": without.gross.n_reference_of("S"),
            "gross": without.gross.score("S").values(),
            "average": _average_dict(without)["S"],
        }
    return result


def _gross_dict(matrix: BeatMatrix) -> dict[str, Any]:
    kinds = KINDS if matrix.labelled else ("QRS",)
    counts = {kind: matrix.n_reference if kind == "QRS" else matrix.n_reference_of(kind) for kind in kinds}
    return {
        "accuracy": matrix.accuracy.value,
        **{kind: {"beats": counts[kind], **matrix.score(kind).values()} for kind in kinds},
    }


def _average_dict(summary: Summary) -> dict[str, Any]:
    kinds = KINDS if summary.gross.labelled else ("QRS",)
    return {
        "accuracy": summary.average_accuracy.value,
        **{
            kind: {
                **{statistic: summary.average(kind, statistic).value for statistic in _STATISTICS},
                "records": summary.average(kind, "se").n_records,
            }
            for kind in kinds
        },
    }


def _has_dominant(summary: Summary) -> bool:
    return DOMINANT_S_RECORD in summary.records and len(summary.records) > 1


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f}"


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]


def _align(rows: Sequence[Sequence[str]]) -> str:
    widths = _widths(rows)
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
