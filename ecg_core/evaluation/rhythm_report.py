"""A comparison of rhythms as JSON, and what of it stands in a model's card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from ecg_core.evaluation.challenge2017 import CLASSES, class_f1
from ecg_core.evaluation.rhythm_counts import CATEGORIES, DANGER, KindCounts, RhythmCounts
from ecg_core.evaluation.rhythm_run import RhythmAssessment

NEAR_S: Final = 5.0
"""Onsets and ends within so many seconds are counted as met."""


def rhythm_dict(assessment: RhythmAssessment) -> dict[str, Any]:
    """Return a comparison for JSON: figures as fractions, None where undefined.

    Parameters
    ----------
    assessment : RhythmAssessment
        The comparison to write.

    Returns
    -------
    dict
        ``data``, ``records``, ``danger``, ``kinds``, ``calls_not_told``, ``confusion_s``, ``outside``, ``per_record``,
        ``intervals``, ``notes``, and ``recordings`` where each has a class.
    """
    total = assessment.total
    result: dict[str, Any] = {
        "standard": "episodes matched and durations compared as by WFDB epicmp (ANSI/AAMI EC57)",
        "data": assessment.data,
        "n_records": total.n_records,
        "n_patients": assessment.n_patients,
        "n_without_signal": assessment.n_without_signal,
        "scored_s": total.scored_s,
        "unscored_s": total.unscored_s,
        "notes": list(assessment.notes),
        "danger": _danger_dict(total) | {"n_on_fusion_runs": assessment.n_on_fusion_runs},
        "kinds": {name: _kind_dict(total.kinds[name]) for name in told_kinds(assessment)},
        "calls_not_told": {
            name: {"n_found": counts.n_found, "found_s": counts.found_s} for name, counts in kinds_not_told(assessment)
        },
        "confusion_s": [
            {"reference": true, "found": found, "s": seconds} for (true, found), seconds in total.confusion_s.items()
        ],
        "intervals": assessment.intervals(),
        "outside": [span._asdict() for one in assessment.records for span in one.outside],
        "per_record": {one.record: _record_dict(one.counts) for one in assessment.records},
    }
    if (matrix := assessment.matrix) is not None:
        result["recordings"] = {
            "classes": list(CLASSES),
            "matrix": matrix.tolist(),
            "f1": {name: defined(value) for name, value in class_f1(matrix).items()},
        }
    return result


def performance(assessment: RhythmAssessment) -> dict[str, dict[str, Any]]:
    """Return what stands beside each kind where it is used.

    Returns
    -------
    dict
        By kind ``sensitivity`` and ``precision`` by episode, ``time_sensitivity`` and ``time_precision`` by duration,
        ``false_per_hour`` of recordings that have none of it, ``episodes`` and ``hours`` of the reference, ``data``.
        Kinds that the reference has nowhere, and that were never found, are left out.
    """
    found: dict[str, dict[str, Any]] = {}
    for name in told_kinds(assessment):
        counts = assessment.total.kinds[name]
        figures = counts.figures
        found[name] = {
            "sensitivity": figures["episode_se"],
            "precision": figures["episode_ppv"] if counts.n_reference else None,
            "time_sensitivity": figures["time_se"],
            "time_precision": figures["time_ppv"] if counts.n_reference else None,
            "false_per_hour": figures["false_per_hour"],
            "episodes": int(counts.n_reference),
            "hours": counts.reference_s / 3600,
            "data": assessment.data,
        }
    return found


def told_kinds(assessment: RhythmAssessment) -> list[str]:
    """List the categories that the references tell and that occur on either side, or never occur but must not."""
    kinds = assessment.total.kinds
    return [
        name
        for name in CATEGORIES
        if name in assessment.told and (kinds[name].n_reference or kinds[name].n_found or name == DANGER)
    ]


def kinds_not_told(assessment: RhythmAssessment) -> Iterator[tuple[str, KindCounts]]:
    """Yield the kinds that were found although the references do not tell them."""
    for name, counts in assessment.total.kinds.items():
        if name not in assessment.told and counts.n_found and "/" not in name:
            yield name, counts


def _danger_dict(total: RhythmCounts) -> dict[str, Any]:
    danger = total.danger
    return {"reference_s": danger.reference_s, "other_s": danger.other_s, "beyond_s": danger.beyond_s, **danger.figures}


def _kind_dict(counts: KindCounts) -> dict[str, Any]:
    edges = {"onset": counts.onset_errors_s, "end": counts.end_errors_s}
    return {
        **{name: getattr(counts, name) for name in _COUNTS},
        **counts.figures,
        "edges": {edge: edge_figures(errors) for edge, errors in edges.items() if errors},
    }


_COUNTS: Final = (
    *("n_reference", "n_reference_hit", "n_long", "n_long_hit", "n_found", "n_found_right"),
    *("reference_s", "hit_s", "found_s", "other_s", "clean_s", "n_clean_false"),
)


def _record_dict(counts: RhythmCounts) -> dict[str, Any]:
    kinds = {
        name: {key: getattr(one, key) for key in ("n_reference", "n_found", "reference_s", "hit_s", "found_s")}
        for name, one in counts.kinds.items()
        if one.n_reference or one.n_found
    }
    return {"scored_s": counts.scored_s, "danger": _danger_dict(counts), "kinds": kinds}


def edge_figures(errors: Sequence[float]) -> dict[str, float]:
    """Return number, median, median and 95th percentile of the size, and the share within `NEAR_S` of errors."""
    size = np.abs(errors)
    return {
        "n": len(errors),
        "median_s": float(np.median(errors)),
        "median_size_s": float(np.median(size)),
        "p95_size_s": float(np.percentile(size, 95)),
        "within": float((size <= NEAR_S).mean()),
    }


def defined(value: Any) -> float | None:
    """Return a figure as a number, None where it is NaN."""
    return None if np.isnan(value) else float(value)
