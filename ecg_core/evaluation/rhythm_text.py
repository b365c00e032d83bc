"""A comparison of rhythms as plain text: dangerous rhythm first, then each kind, then confusion by duration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ecg_core.evaluation.bootstrap import Interval
from ecg_core.evaluation.challenge2017 import CLASS_NAMES, CLASSES, class_f1
from ecg_core.evaluation.rhythm_counts import (
    DANGER,
    DANGER_OR_POSSIBLE,
    NOTHING,
    UNLABELLED,
    RhythmCounts,
)
from ecg_core.evaluation.rhythm_report import NEAR_S, defined, edge_figures, kinds_not_told, told_kinds
from ecg_core.evaluation.rhythm_run import RhythmAssessment
from ecg_core.evaluation.tables import align, number, percent, percent_range
from ecg_core.rhythm.episode_types import URGENCY

_LISTED_OUTSIDE: Final = 20
_EDGE_KINDS: Final = ("AFIB", "AFL", "AFIB/AFL", "VT/VF", "SVTA")
_INTERVAL_FIGURES: Final = ("episode_se", "episode_ppv", "time_se", "time_ppv", "time_f1", "specificity")

Intervals = Mapping[str, Mapping[str, Interval | None]] | None


def rhythm_text(assessment: RhythmAssessment) -> str:
    """Write a comparison as plain text.

    Parameters
    ----------
    assessment : RhythmAssessment
        The comparison to write.

    Returns
    -------
    str
        Ends with a newline.
    """
    intervals = assessment.intervals()
    blocks = [
        _head(assessment),
        *([_recordings(assessment, intervals)] if assessment.matrix is not None else []),
        _danger(assessment, intervals),
        _kinds(assessment),
        *([_intervals(assessment, intervals)] if intervals else []),
        _edges(assessment),
        _confusion(assessment.total),
        _per_record(assessment),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _head(assessment: RhythmAssessment) -> str:
    total = assessment.total
    lines = [
        f"Rhythm: {assessment.data}, {total.n_records} records of {assessment.n_patients} patients, "
        f"{total.scored_s / 3600:.2f} h scored; not scored {total.unscored_s / 3600:.2f} h "
        "(noise, unclassified, before the first rhythm mark)",
        "Episodes matched and durations compared as by WFDB epicmp (ANSI/AAMI EC57): found if any part is found",
        *assessment.notes,
    ]
    not_told = [
        f"{name} {counts.n_found:.0f} ({3600 * counts.n_found / max(total.scored_s, 1):.2f}/h)"
        for name, counts in kinds_not_told(assessment)
    ]
    if not_told:
        lines.append(f"Found, but not told by the reference: {', '.join(not_told)}")
    return "\n".join(lines)


def _danger(assessment: RhythmAssessment, intervals: Intervals) -> str:
    total = assessment.total
    if DANGER not in assessment.told:
        return ""
    danger, counts = total.danger, total.kinds[DANGER]
    figures = danger.figures
    ranges = (intervals or {}).get("danger", {})
    either = total.kinds[DANGER_OR_POSSIBLE]

    def share(name: str, key: str, seconds: float) -> list[str]:
        return [name, percent(figures[key]), percent_range(ranges.get(key)), number(seconds)]

    rows = [["", "% of time", "95 % by patient", "s"]]
    if danger.reference_s:
        rows += [
            share("named VT or VF", "named", danger.named_s),
            share("possible VF or VT", "possible", danger.possible_s),
            share("unreadable", "unreadable", danger.unreadable_s),
            share("missed", "missed", danger.missed_s),
        ]
    rows += [
        share("other time: named VT or VF", "other_named", danger.other_named_s),
        share("other time: possible", "other_possible", danger.other_possible_s),
        share("other time: unreadable", "other_unreadable", danger.other_unreadable_s),
    ]
    lines = [
        f"Dangerous rhythm (VT, flutter, fibrillation together): {danger.reference_s:.0f} s in "
        f"{counts.n_reference:.0f} episodes",
        "VT of the reference: what its rhythm marks call so; where it has beats, also three or more V above 100 bpm",
        align(rows),
    ]
    if counts.n_long:
        lines.append(
            f"Episodes of 5 s or more: {counts.n_long:.0f}, touched {counts.n_long_hit:.0f} "
            f"({percent(counts.figures['long_se'])} %); with 'possible' {either.n_long_hit:.0f} "
            f"({percent(either.figures['long_se'])} %)"
        )
    n_false = either.n_found - either.n_found_right
    lines.append(
        f"Episodes, 'possible' too, that touch no reference: {n_false:.0f}, "
        f"{number(3600 * n_false / danger.other_s if danger.other_s else None, 3)} an hour of the other time"
    )
    if assessment.n_on_fusion_runs:
        n_left = n_false - assessment.n_on_fusion_runs
        lines.append(
            f"Of these, on runs of V and fusion beats of the reference, ventricular runs by EC57 (rxr): "
            f"{assessment.n_on_fusion_runs}; without them {n_left:.0f}, "
            f"{number(3600 * n_left / danger.other_s if danger.other_s else None, 3)} an hour"
        )
    if danger.beyond_s:
        lines.append(f"Called beyond the marks, neither right nor false: {danger.beyond_s:.0f} s")
    spans = sorted(
        (span for one in assessment.records for span in one.outside), key=lambda span: span.start_s - span.stop_s
    )
    if spans:
        shown = [
            f"{span.record} {span.start_s:.1f}-{span.stop_s:.1f} s {span.kind}" for span in spans[:_LISTED_OUTSIDE]
        ]
        lines.append(f"Called outside the reference, {len(spans)} spans, the longest: {'; '.join(shown)}")
    return "\n".join(lines)


def _kinds(assessment: RhythmAssessment) -> str:
    rows = [
        [
            "By kind (%)",
            *("episodes", "Se", "found", "+P"),
            *("s", "Se(t)", "+P(t)", "F1(t)", "Sp(t)"),
            *("false/h", "of h"),
        ]
    ]
    for name in told_kinds(assessment):
        counts = assessment.total.kinds[name]
        figures = counts.figures
        rows.append(
            [
                name,
                f"{counts.n_reference:.0f}",
                percent(figures["episode_se"]),
                f"{counts.n_found:.0f}",
                percent(figures["episode_ppv"]),
                number(counts.reference_s, 0),
                *(percent(figures[key]) for key in ("time_se", "time_ppv", "time_f1", "specificity")),
                number(figures["false_per_hour"], 3),
                number(counts.clean_s / 3600, 2),
            ]
        )
    if len(rows) == 1:
        return ""
    return (
        f"{align(rows)}\n"
        "Se, +P: by episode; (t): by duration; Sp: of scored time outside the reference; false/h: episodes an hour of "
        "the records that have none of it"
    )


def _intervals(assessment: RhythmAssessment, intervals: Intervals) -> str:
    assert intervals is not None
    rows = [["95 % by patient", "Se", "+P", "Se(t)", "+P(t)", "F1(t)", "Sp(t)"]]
    rows += [
        [name, *(percent_range(intervals[name].get(figure)) for figure in _INTERVAL_FIGURES)]
        for name in told_kinds(assessment)
        if name in intervals
    ]
    return align(rows) if len(rows) > 1 else ""


def _edges(assessment: RhythmAssessment) -> str:
    rows = [["Onset, end (s)", "n", "median", "median of size", "95th of size", f"within {NEAR_S:.0f} s %"]]
    for name in _EDGE_KINDS:
        if name not in assessment.told:
            continue
        counts = assessment.total.kinds[name]
        for edge, errors in (("onset", counts.onset_errors_s), ("end", counts.end_errors_s)):
            if errors:
                figures = edge_figures(errors)
                rows.append(
                    [
                        f"{name} {edge}",
                        str(len(errors)),
                        *(number(figures[key], 2) for key in ("median_s", "median_size_s", "p95_size_s")),
                        percent(figures["within"]),
                    ]
                )
    return align(rows) if len(rows) > 1 else ""


def _confusion(total: RhythmCounts) -> str:
    order = [*URGENCY, UNLABELLED, "N"]
    place = {kind: at for at, kind in enumerate(order)}
    true = sorted({pair[0] for pair in total.confusion_s}, key=lambda kind: (place.get(kind, len(order)), kind))
    found = sorted({pair[1] for pair in total.confusion_s}, key=lambda kind: place.get(kind, len(order)))
    if not true:
        return ""
    rows = [["Reference \\ found (s)", *found, "sum"]]
    for kind in true:
        seconds = [total.confusion_s.get((kind, other), 0.0) for other in found]
        rows.append([kind, *(number(value, 0) if value else "." for value in seconds), number(sum(seconds), 0)])
    return f"{align(rows)}\nfound: the most urgent kind at each time; {NOTHING}: no episode"


def _recordings(assessment: RhythmAssessment, intervals: Intervals) -> str:
    matrix = assessment.matrix
    assert matrix is not None
    f1 = class_f1(matrix)
    ranges = (intervals or {}).get("recordings", {})
    rows = [["Recordings, reference \\ found", *CLASSES, "F1 %", "95 %"]]
    rows += [
        [f"{name} {CLASS_NAMES[name]}", *map(str, line), percent(defined(f1[name])), percent_range(ranges.get(name))]
        for name, line in zip(CLASSES, matrix.tolist(), strict=True)
    ]
    rows.append(
        ["mean of N, A, O", *[""] * len(CLASSES), percent(defined(f1["mean"])), percent_range(ranges.get("mean"))]
    )
    return (
        f"{align(rows)}\n"
        "A: an episode of AF; ~: half of it or more unreadable; O: anything else found; F1 as in the Challenge 2017"
    )


def _per_record(assessment: RhythmAssessment) -> str:
    rows = [["Record", "VT/VF s", "named %", "possible %", "unreadable %", "other s", "falsely named s", "possible s"]]
    for one in assessment.records:
        danger = one.counts.danger
        if not (danger.reference_s or danger.other_named_s or danger.other_possible_s):
            continue
        figures = danger.figures
        rows.append(
            [
                one.record,
                number(danger.reference_s),
                *(percent(figures[key]) for key in ("named", "possible", "unreadable")),
                number(danger.other_s, 0),
                number(danger.other_named_s),
                number(danger.other_possible_s),
            ]
        )
    return align(rows) if len(rows) > 1 and DANGER in assessment.told else ""
