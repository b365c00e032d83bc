"""A whole evaluation: every protocol, pooled and by record, with intervals; and its figures for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ecg_core.beats import to_aami
from ecg_core.evaluation.bootstrap import RESAMPLES, SEED, matrix_intervals
from ecg_core.evaluation.calibration import calibration_dict
from ecg_core.evaluation.counts import COLUMNS, ROWS, STATISTICS, BeatMatrix
from ecg_core.evaluation.coverage import coverage_dict
from ecg_core.evaluation.errors import ErrorSums
from ecg_core.evaluation.matching import inside, samples_of
from ecg_core.evaluation.protocol import DOMINANT_S_RECORD, Peaks, Protocol, Settings, name_of
from ecg_core.evaluation.scores import KINDS, RecordBeats, RecordScore, Summary, mean_of, score_record, summarise
from ecg_core.evaluation.ventricular_runs import RUN_KINDS
from ecg_core.evaluation.worst import worst_minute
from ecg_core.mitbih import patient_of

WITHOUT: Final = f"without_{DOMINANT_S_RECORD}"


@dataclass(frozen=True)
class Block:
    """All records under one protocol.

    Attributes
    ----------
    protocol : Protocol
    summary : Summary
    intervals : dict or None
        As :func:`~ecg_core.evaluation.bootstrap.matrix_intervals` returns them.
    without : Summary or None
        The same without the record that holds most S beats; None where it is not among them or alone.
    intervals_without : dict or None
    """

    protocol: Protocol
    summary: Summary
    intervals: dict[str, Any] | None
    without: Summary | None
    intervals_without: dict[str, Any] | None


@dataclass(frozen=True)
class Assessment:
    """What a report says.

    Attributes
    ----------
    results : tuple of RecordBeats
    peaks : {"reference", "detected"}
    settings : Settings
    blocks : tuple of Block
        One a protocol, in the order of the settings.
    calibration, coverage : dict or None
        Under the first protocol, where the reference's own beats were classified with probabilities.
    notes : tuple of str
        Sentences about where the beats come from, printed on top.
    """

    results: tuple[RecordBeats, ...]
    peaks: Peaks
    settings: Settings
    blocks: tuple[Block, ...]
    calibration: dict[str, Any] | None = None
    coverage: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()


def assess(
    results: Sequence[RecordBeats], peaks: Peaks, settings: Settings | None = None, notes: Sequence[str] = ()
) -> Assessment:
    """Score records under every protocol of the settings.

    Parameters
    ----------
    results : sequence of RecordBeats
        Beats of each record.
    peaks : {"reference", "detected"}
        How the beats were found.
    settings : Settings, optional
        Both mappings, with and without the first five minutes, by default. Where no beat carries a class, only
        the first mapping is gone through: it makes no difference then.
    notes : sequence of str
        Sentences for the report's head.

    Returns
    -------
    Assessment
        For :func:`report_dict` and :func:`~ecg_core.evaluation.report_text.report_text`.
    """
    settings = settings or Settings()
    labelled = any(result.test_label is not None for result in results)
    protocols = settings.protocols(peaks, labelled=labelled)
    calibration, coverage = _of_probabilities(results, protocols[0])
    blocks = tuple(_block(results, protocol) for protocol in protocols)
    return Assessment(tuple(results), peaks, settings, blocks, calibration, coverage, tuple(notes))


def report_dict(assessment: Assessment) -> dict[str, Any]:
    """Return an assessment as JSON-able values; shares are fractions, None where undefined."""
    results, settings = assessment.results, assessment.settings
    records = [result.record for result in results]
    figures: dict[str, Any] = {
        "standard": "ANSI/AAMI EC57:2012, beats paired as by WFDB bxb, runs as by rxr",
        "records": records,
        "record_set": name_of(records),
        "peaks": assessment.peaks,
        "flutter": settings.flutter,
        "fusion_against_s": settings.fusion_against_s,
        "fibrillation_runs": settings.fibrillation_runs,
        "bootstrap": {"by": "patient", "resamples": RESAMPLES, "seed": SEED, "interval": "95 % percentile"},
        "flutter_left_out_s": {
            r.record: round(r.flutter_s, 3) for r in results if r.flutter_spans and settings.flutter == "ec57"
        },
        "notes": list(assessment.notes),
        "results": [_block_dict(block, results) for block in assessment.blocks],
    }
    if assessment.calibration:
        stated = {"mapping": assessment.blocks[0].protocol.mapping, "start_s": assessment.blocks[0].protocol.start_s}
        figures["calibration"] = {**stated, **assessment.calibration}
        figures["risk_coverage"] = {**stated, **(assessment.coverage or {})}
    return figures


def _block(results: Sequence[RecordBeats], protocol: Protocol) -> Block:
    scores = [score_record(result, protocol) for result in results]
    summary = summarise(scores, fusion_against_s=protocol.fusion_against_s)
    split = summary.gross.labelled and DOMINANT_S_RECORD in summary.records and len(summary.records) > 1
    without = summary.without(DOMINANT_S_RECORD) if split else None
    return Block(protocol, summary, _intervals(summary), without, _intervals(without) if without else None)


def _intervals(summary: Summary) -> dict[str, Any] | None:
    return matrix_intervals(
        [score.matrix for score in summary.scores],
        [patient_of(score.record) for score in summary.scores],
        fusion_against_s=summary.fusion_against_s,
    )


def _of_probabilities(
    results: Sequence[RecordBeats], protocol: Protocol
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return calibration and coverage over the reference's own beats, where all of them have probabilities."""
    given = [result.probabilities for result in results if result.probabilities is not None]
    if protocol.peaks != "reference" or not given or len(given) < len(results):
        return None, None
    truth, patients, kept = [], [], []
    for result, probabilities in zip(results, given, strict=True):
        counted = result.reference_sample >= samples_of(protocol.start_s, result.fs_hz)
        if protocol.flutter == "ec57":
            counted &= ~inside(result.reference_sample, result.flutter_spans)
        kept.append(probabilities[counted])
        truth.append(to_aami(result.reference_symbol, protocol.mapping)[counted])
        patients += [patient_of(result.record)] * int(counted.sum())
    if not patients:
        return None, None
    all_kept, all_truth = np.concatenate(kept), np.concatenate(truth)
    return (
        calibration_dict(all_kept, all_truth, patients),
        coverage_dict(all_kept, all_truth, fusion_against_s=protocol.fusion_against_s),
    )


def _block_dict(block: Block, results: Sequence[RecordBeats]) -> dict[str, Any]:
    summary, protocol = block.summary, block.protocol
    result: dict[str, Any] = {
        "mapping": protocol.mapping,
        "start_s": protocol.start_s,
        "window_s": protocol.window_s,
        "matrix": {
            row: {column: summary.gross[row + column] for column in COLUMNS if not (row in "OX" and column in "ox")}
            for row in ROWS
        },
        "gross": _gross_dict(summary, summary.gross),
        "average": _average_dict(summary),
        "intervals": block.intervals,
        "runs": _runs_dict(summary),
        "errors": _errors_dict(summary),
        "per_record": {
            score.record: {**_record_dict(summary, score), **_worst_dict(beats, protocol)}
            for score, beats in zip(summary.scores, results, strict=True)
        },
    }
    if block.without:
        intervals = block.intervals_without or {}
        result[WITHOUT] = {
            "gross": _gross_dict(block.without, block.without.gross),
            "average": _average_dict(block.without),
            "intervals": block.intervals_without,
        }
        result[f"S_{WITHOUT}"] = {
            "beats": block.without.gross.n_reference_of("S"),
            "gross": block.without.values(block.without.gross, "S"),
            "average": _average_dict(block.without)["S"],
            "intervals": intervals.get("S"),
        }
        result[f"accuracy_{WITHOUT}"] = {
            "beats": block.without.gross.n_reference,
            "gross": block.without.gross.accuracy.value,
            "average": block.without.average_accuracy.value,
            "interval": intervals.get("accuracy"),
        }
    return result


def _gross_dict(summary: Summary, matrix: BeatMatrix) -> dict[str, Any]:
    result: dict[str, Any] = {"accuracy": matrix.accuracy.value}
    for kind in KINDS if matrix.labelled else ("QRS",):
        beats = matrix.n_reference if kind == "QRS" else matrix.n_reference_of(kind)
        result[kind] = {"beats": beats, **summary.values(matrix, kind)}
    if matrix.labelled:
        result["S"]["ppv_fusion_spared"] = matrix.score("S", fusion_against_s=False).predictivity.value
    return result


def _record_dict(summary: Summary, score: RecordScore) -> dict[str, Any]:
    return {
        **_gross_dict(summary, score.matrix),
        "runs": {
            run_type: {
                kind: {"se": list(ratios.sensitivity), "ppv": list(ratios.predictivity)}
                for kind in RUN_KINDS
                for ratios in [matrix.score(kind)]
            }
            for run_type, matrix in score.runs.items()
        },
        "errors": {"rr_s": score.rr_error.values(), "heart_rate_bpm": score.rate_error.values()},
    }


def _worst_dict(beats: RecordBeats, protocol: Protocol) -> dict[str, Any]:
    worst = worst_minute(beats, protocol)
    return {"worst_minute_s": worst and worst.start_s, "worst_minute_errors": worst.n_errors if worst else 0}


def _average_dict(summary: Summary) -> dict[str, Any]:
    kinds = KINDS if summary.gross.labelled else ("QRS",)
    result: dict[str, Any] = {"accuracy": summary.average_accuracy.value}
    for kind in kinds:
        result[kind] = {
            **{statistic: summary.average(kind, statistic).value for statistic in STATISTICS},
            "records": summary.average(kind, "se").n_records,
        }
    if summary.gross.labelled:
        result["S"]["ppv_fusion_spared"] = mean_of(
            score.matrix.score("S", fusion_against_s=False).predictivity.value for score in summary.scores
        ).value
    return result


def _runs_dict(summary: Summary) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for run_type, matrix in summary.pooled.runs.items():
        result[run_type] = {"matrix": matrix.counts.tolist()}
        for kind in RUN_KINDS:
            ratios = matrix.score(kind)
            average = {name: summary.average_of_runs(run_type, kind, name) for name in ("se", "ppv")}
            result[run_type][kind] = {
                "reference": ratios.sensitivity.total,
                "found": ratios.predictivity.total,
                **matrix.values(kind),
                "average": {name: mean.value for name, mean in average.items()},
                "records": average["se"].n_records,
            }
    return result


def _errors_dict(summary: Summary) -> dict[str, Any]:
    def both(pooled: ErrorSums, single: Sequence[ErrorSums]) -> dict[str, Any]:
        names = ("mean", "rms", "normalised_rms", "mean_reference")
        average = {name: mean_of(error.values()[name] for error in single).value for name in names}
        return {"n": pooled.n, **pooled.values(), "average": average}

    return {
        "rr_s": both(summary.pooled.rr_error, [score.rr_error for score in summary.scores]),
        "heart_rate_bpm": both(summary.pooled.rate_error, [score.rate_error for score in summary.scores]),
    }
