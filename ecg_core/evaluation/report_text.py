"""An assessment as plain text: EC57's tables for each protocol, then each record; every setting is stated."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from ecg_core.evaluation.bootstrap import INTERVAL_KINDS
from ecg_core.evaluation.counts import COLUMNS, ROWS, BeatMatrix, Ratio
from ecg_core.evaluation.errors import ErrorSums
from ecg_core.evaluation.protocol import DOMINANT_S_RECORD, MAPPING_TEXT, Protocol, name_of
from ecg_core.evaluation.report import Assessment, Block
from ecg_core.evaluation.scores import KINDS, RecordScore, Summary, mean_of
from ecg_core.evaluation.tables import align, number, percent, percent_range, widths
from ecg_core.evaluation.ventricular_runs import RUN_KINDS

_SHOWN = ("se", "ppv", "f1", "fpr", "specificity")
_TITLES = ("Se", "+P", "F1", "FPR", "Sp")
_PER_RECORD = (("QRS", "se"), ("QRS", "ppv"), ("V", "se"), ("V", "ppv"), ("S", "se"), ("S", "ppv"))
_RUN_TITLES = {"couplet": "couplets", "short": "short runs (3-5)", "long": "long runs (6+)"}


def report_text(assessment: Assessment) -> str:
    """Write the tables of an assessment.

    Returns
    -------
    str
        Percentages with two decimals; ``-`` where a statistic is undefined.
    """
    parts = [_heading(assessment)]
    parts += [f"{_setting_line(block.protocol)}\n\n{_block_text(block)}" for block in assessment.blocks]
    if assessment.calibration and assessment.coverage:
        parts.append(_probabilities_text(assessment.calibration, assessment.coverage, assessment.blocks[0].protocol))
    for block in assessment.blocks:
        if block.protocol.mapping == assessment.settings.mappings[0]:
            table = _record_table(block.summary, moved=block.protocol.peaks == "detected")
            parts.append(f"Each record: {_setting_line(block.protocol)}\n\n{table}")
            if block.summary.gross.labelled:
                parts.append(f"Runs of each record, those with runs\n\n{_record_runs(block.summary)}")
    return "\n\n".join(parts) + "\n"


def _heading(assessment: Assessment) -> str:
    results, settings = assessment.results, assessment.settings
    records = [result.record for result in results]
    group = name_of(records)
    listed = f"{f'{group}, ' if group else ''}{len(records)}: {' '.join(records)}"
    lines = [
        "Beat-by-beat comparison after ANSI/AAMI EC57:2012, beats paired as by WFDB bxb, runs as by rxr",
        textwrap.fill(f"Records  {listed}", 100, subsequent_indent=" " * 9),
        f"Peaks    {assessment.peaks}",
        "Window   150 ms, one to one",
        "Gross: all records pooled. Average: mean of the records that define the figure.",
    ]
    labelled = assessment.blocks[0].summary.gross.labelled
    if labelled:
        against = "counts against S +P, as in bxb." if settings.fusion_against_s else "does not count against S +P."
        lines.append(f"F found as V does not count against V +P; F found as S {against}")
    lines += assessment.notes
    if labelled and settings.fibrillation_runs:
        lines.append("Atrial fibrillation counts as a long run of S beats, as in rxr.")
    if group == "DS2":
        lines.append("Record 202 is of the same man as record 201 of DS1.")
    paced = [result.record for result in results if result.paced]
    if paced:
        lines.append(f"Paced records are among them: {' '.join(paced)}")
    flutter = [result for result in results if result.flutter_spans]
    unreadable = [result.record for result in results if result.unreadable_spans]
    if unreadable:
        lines.append(f"Signal marked unreadable, beats there in row X and column x: {' '.join(unreadable)}")
    if flutter:
        taken = "left out" if settings.flutter == "ec57" else "overlooked, all its beats counted"
        spans = ", ".join(
            f"{result.record} ({len(result.flutter_spans)} spans, {result.flutter_s:.1f} s)" for result in flutter
        )
        lines.append(f"Ventricular flutter {taken}: {spans}")
        if labelled and assessment.blocks[0].protocol.flutter_is_run:
            lines.append("In runs, ventricular flutter counts as a long run of V beats, as in rxr.")
    return "\n".join(lines)


def _setting_line(protocol: Protocol) -> str:
    period = f"first {protocol.start_s / 60:g} minutes left out" if protocol.start_s else "whole records counted"
    return f"S mapping {MAPPING_TEXT[protocol.mapping]}, {period}, peaks {protocol.peaks}"


def _block_text(block: Block) -> str:
    summary = block.summary
    parts = [_summary_table(block)]
    if summary.gross.labelled:
        parts.insert(0, _matrix_table(summary.gross))
        parts.append(_accuracy_lines(block))
    if block.intervals:
        parts.append(_interval_table(block))
    if summary.gross.labelled:
        parts.append(_run_table(summary))
    if block.protocol.peaks == "detected":
        parts.append(_error_lines(summary))
    return "\n\n".join(parts)


def _summary_table(block: Block) -> str:
    rows = [["", "beats", *_TITLES, *_TITLES, "records"]]
    for kind in KINDS if block.summary.gross.labelled else ("QRS",):
        rows.append(_summary_row(kind, kind, block.summary))
        if kind == "S" and block.without:
            rows.append(_summary_row(f"S without {DOMINANT_S_RECORD}", kind, block.without))
    width = widths(rows)
    gross = sum(width[2 : 2 + len(_SHOWN)]) + 2 * len(_SHOWN)
    return f"{' ' * (width[0] + width[1] + 4)}{'gross %'.ljust(gross)}average %\n{align(rows)}"


def _summary_row(title: str, kind: str, summary: Summary) -> list[str]:
    beats = summary.gross.n_reference if kind == "QRS" else summary.gross.n_reference_of(kind)
    gross = summary.values(summary.gross, kind)
    means = {statistic: summary.average(kind, statistic) for statistic in _SHOWN}
    return [
        title,
        str(beats),
        *(percent(gross[statistic]) for statistic in _SHOWN),
        *(percent(means[statistic].value) for statistic in _SHOWN),
        str(means["se"].n_records),
    ]


def _matrix_table(matrix: BeatMatrix) -> str:
    rows = [["", *COLUMNS]]
    # A pair of no beat with no beat does not exist: bxb leaves these four cells out as well.
    rows += [
        [row, *("" if row in "OX" and column in "ox" else str(matrix[row + column]) for column in COLUMNS)]
        for row in ROWS
    ]
    return "Reference in rows, found in columns; o, x missed (x while shut down); O, X no such beat\n" + align(rows)


def _accuracy_lines(block: Block) -> str:
    lines = [_accuracy("Overall accuracy", block.summary)]
    if block.without:
        lines.append(_accuracy(f"Without {DOMINANT_S_RECORD}", block.without))
    other = not block.summary.fusion_against_s
    pooled = block.summary.gross.score("S", fusion_against_s=other).predictivity.value
    mean = mean_of(score.matrix.score("S", fusion_against_s=other).predictivity.value for score in block.summary.scores)
    rule = "F counting against it, as in bxb" if other else "F not counting against it, as in sumstats"
    lines.append(f"S +P with {rule}: gross {percent(pooled)} %, average {percent(mean.value)} %")
    return "\n".join(lines)


def _accuracy(title: str, summary: Summary) -> str:
    mean, pooled = summary.average_accuracy, summary.gross.accuracy
    return (
        f"{title}: gross {percent(pooled.value)} % ({pooled.hits} of {pooled.total} reference beats), "
        f"average {percent(mean.value)} % ({mean.n_records} records)"
    )


def _interval_table(block: Block) -> str:
    intervals = block.intervals or {}
    rows = [["", "Se", "+P", "F1"]]
    for kind in INTERVAL_KINDS:
        if kind in intervals:
            rows.append([kind, *(percent_range(intervals[kind][name]) for name in ("se", "ppv", "f1"))])
        if kind == "S" and block.intervals_without:
            names = (percent_range(block.intervals_without["S"][name]) for name in ("se", "ppv", "f1"))
            rows.append([f"S without {DOMINANT_S_RECORD}", *names])
    text = "95 % intervals of the gross figures, bootstrap by patient, 2,000 resamples\n" + align(rows)
    if "accuracy" in intervals:
        text += f"\nOverall accuracy {percent_range(intervals['accuracy'])}"
        if block.intervals_without:
            text += f", without {DOMINANT_S_RECORD} {percent_range(block.intervals_without['accuracy'])}"
    return text


def _run_table(summary: Summary) -> str:
    rows = [["", "runs", "Se", "found", "+P", "Se", "+P"]]
    for run_type, matrix in summary.pooled.runs.items():
        for kind in RUN_KINDS:
            ratios, values = matrix.score(kind), matrix.values(kind)
            means = (summary.average_of_runs(run_type, kind, name).value for name in ("se", "ppv"))
            rows.append(
                [
                    f"{run_type} {_RUN_TITLES[kind]}",
                    str(ratios.sensitivity.total),
                    percent(values["se"]),
                    str(ratios.predictivity.total),
                    percent(values["ppv"]),
                    *(percent(mean) for mean in means),
                ]
            )
    return "Run by run: gross %, then average %\n" + align(rows)


def _error_lines(summary: Summary) -> str:
    def line(title: str, unit: str, scale: float, pooled: ErrorSums, single: Sequence[ErrorSums]) -> str:
        def figures(values: dict[str, float | None]) -> str:
            rms, mean = (None if values[name] is None else scale * (values[name] or 0) for name in ("rms", "mean"))
            return f"rms {number(rms)} {unit} ({percent(values['normalised_rms'])} %), mean {number(mean)} {unit}"

        average = {name: mean_of(error.values()[name] for error in single).value for name in pooled.values()}
        return f"{title}: gross {figures(pooled.values())}; average {figures(average)}"

    return "\n".join(
        [
            line("RR error", "ms", 1000, summary.pooled.rr_error, [s.rr_error for s in summary.scores]),
            line("Heart rate error", "bpm", 1, summary.pooled.rate_error, [s.rate_error for s in summary.scores]),
        ]
    )


def _probabilities_text(calibration: dict[str, Any], coverage: dict[str, Any], protocol: Protocol) -> str:
    rows = [["", "15 equal bins", "95 % interval", "adaptive", "95 % interval", "Brier"]]
    for name in ("label", "N", "S", "V"):
        equal, adaptive = calibration[name]["equal"], calibration[name]["adaptive"]
        rows.append(
            [
                "label" if name == "label" else f"class {name}",
                percent(equal["error"]),
                percent_range(equal["interval"]),
                percent(adaptive["error"]),
                percent_range(adaptive["interval"]),
                f"{calibration['brier']['all' if name == 'label' else name]:.4f}",
            ]
        )
    kept = [["coverage", "least probability", "accuracy", *(f"{c} {s}" for c in "NVS" for s in ("left", "Se", "+P"))]]
    for row in coverage["at"]:
        classes = ((str(row[c]["left_out"]), percent(row[c]["se"]), percent(row[c]["ppv"])) for c in "NVS")
        kept.append(
            [
                f"{100 * row['coverage']:.0f} %",
                f"{row['threshold']:.3f}",
                percent(row["accuracy"]),
                *(cell for cells in classes for cell in cells),
            ]
        )
    return (
        f"Probabilities: {_setting_line(protocol)}\n\nExpected calibration error %\n{align(rows)}\n\n"
        f"Surest beats kept, the others left to a person; figures of those kept, %\n{align(kept)}"
    )


def _record_table(summary: Summary, *, moved: bool) -> str:
    """Write a line a record; RR and heart rate errors where the beats are not the reference's own."""
    labelled = summary.gross.labelled
    shown = _PER_RECORD if labelled else _PER_RECORD[:2]
    names = {"se": "Se", "ppv": "+P"}
    rows = [
        ["record", "beats", "missed", "extra", *(["V", "S"] if labelled else [])]
        + [f"{kind} {names[statistic]}" for kind, statistic in shown]
        + (["accuracy"] if labelled else [])
        + (["RR err ms", "HR err %"] if moved else [])
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
        cells += [percent(summary.values(score.matrix, kind)[statistic]) for kind, statistic in shown]
        if labelled:
            cells.append(percent(score.matrix.accuracy.value))
        if moved:
            rms = score.rr_error.rms
            cells += [number(None if rms is None else 1000 * rms), percent(score.rate_error.normalised_rms)]
        rows.append(cells)
    return align(rows)


def _record_runs(summary: Summary) -> str:
    """Write rxr's line format: answered of the reference's, answered of those found, for each kind."""
    initials = {"couplet": "C", "short": "S", "long": "L"}
    heads = [f"{t} {initials[kind]} {s}" for t in summary.pooled.runs for kind in RUN_KINDS for s in ("Se", "+P")]
    rows = [["record", *heads]]
    for score in summary.scores:
        ratios = _ratios(score)
        if any(ratio.total for ratio in ratios):
            rows.append([score.record, *map(_of, ratios)])
    return align([*rows, ["sum", *map(_of, _ratios(summary.pooled))]])


def _ratios(score: RecordScore) -> list[Ratio]:
    return [ratio for matrix in score.runs.values() for kind in RUN_KINDS for ratio in matrix.score(kind)]


def _of(ratio: Ratio) -> str:
    return f"{ratio.hits}/{ratio.total}" if ratio.total else "-"
