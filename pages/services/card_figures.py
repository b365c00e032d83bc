"""Reader of the figures of a model card; tolerates missing fields. No Streamlit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard

from ecg_core.beats import CLASSES

STATISTICS: Final = ("se", "ppv", "f1", "specificity")
RUN_KINDS: Final = {"couplet": "couplets", "short": "runs of 3 to 5", "long": "runs of 6 or more"}
CALIBRATED: Final = ("N", "S", "V")
_GROUPS: Final = {"ds1": "DS1", "ds2": "DS2", "all": "All records"}
_MAPPINGS: Final = {
    "de_chazal": "e and j count as N (de Chazal)",
    "bxb": "e, j and n count as S (EC57, bxb)",
}
_NO_SCORES: Final = ("cross_validation", "explanations", "behaviour", "leave_database_out")
_DATA: Final = re.compile(r"--data[ =](\S+)")


@dataclass(frozen=True)
class Score:
    """One line of a table of scores.

    Attributes
    ----------
    label : str
        The class, or ``"QRS"``.
    figures : mapping
        ``se, ppv, f1, specificity, beats``; what is absent is absent.
    intervals : mapping
        Statistic to ``(low, high)``.
    without : str
        The record that is left out, if one is.
    """

    label: str
    figures: Mapping[str, Any]
    intervals: Mapping[str, Any] = field(default_factory=dict)
    without: str = ""


@dataclass(frozen=True)
class Block:
    """One set of figures under one protocol; shares are fractions, None where undefined.

    Attributes
    ----------
    title, setting, command : str
    data : str
        Name of the folder that was measured, where the command tells.
    accuracy : float or None
    accuracy_interval : (float, float) or None
    scores : list of Score
        Pooled over the records; S twice where the card states it without the record with most S beats.
    average : list of Score
        Averaged over records.
    runs : list of (str, str, dict)
        Class, kind of run and its ``se, ppv, reference, found``.
    matrix : list of lists of float, or None
        Rows reference, columns model, in the order of `CLASSES`.
    per_record : list of (str, dict)
        Record and its scores by class.
    calibration, coverage : dict
        As the report states them for the whole set; empty where it does not.
    measured : str
        Under which setting these two were taken.
    """

    title: str
    setting: str = ""
    command: str = ""
    data: str = ""
    accuracy: float | None = None
    accuracy_interval: Any = None
    scores: Sequence[Score] = ()
    average: Sequence[Score] = ()
    runs: Sequence[tuple[str, str, Mapping[str, Any]]] = ()
    matrix: list[list[float]] | None = None
    per_record: Sequence[tuple[str, Mapping[str, Any]]] = ()
    calibration: Mapping[str, Any] = field(default_factory=dict)
    coverage: Mapping[str, Any] = field(default_factory=dict)
    measured: str = ""


def blocks(figures: Any) -> list[Block]:
    """Return the blocks of a card's ``figures``, cross-validation last; how good the explanations are is none."""
    if not isinstance(figures, Mapping):
        return []
    found = [block for key, value in figures.items() if key not in _NO_SCORES for block in _of_set(key, value)]
    return found + list(_of_validation(figures.get("cross_validation")))


def percent(value: Any, digits: int = 1) -> str:
    """Format a fraction as a percentage without the sign; a dash if absent.

    Parameters
    ----------
    value : object
        A fraction; anything but a number is absent.
    digits : int
        After the decimal point.

    Returns
    -------
    str
    """
    return f"{100 * value:.{digits}f}" if _is_number(value) else "–"


def percent_range(interval: Any) -> str:
    """Write an interval of fractions as percentages; empty where there is none."""
    pair = list(interval) if isinstance(interval, Sequence) and not isinstance(interval, str) else []
    if len(pair) != 2 or "–" in (low := percent(pair[0]), high := percent(pair[1])):
        return ""
    return f"{low}–{high}"


def bins_of(calibration: Mapping[str, Any]) -> dict[str, list[Mapping[str, float]]]:
    """Return the bins of equal width of each class that a card's calibration states."""
    found = {}
    for label in CALIBRATED:
        rows = _mapping(_mapping(calibration.get(label)).get("equal")).get("bins")
        whole = [row for row in rows if _has_numbers(row, ("predicted", "observed", "n"))] if _is_list(rows) else []
        if whole:
            found[label] = whole
    return found


def curve_of(coverage: Mapping[str, Any]) -> tuple[list[float], list[float]]:
    """Return coverage and risk of a card's curve, both empty where it states none."""
    curve = _mapping(coverage.get("curve"))
    kept, risk = curve.get("coverage"), curve.get("risk")
    if not (_is_list(kept) and _is_list(risk) and len(kept) == len(risk)):
        return [], []
    if not all(_is_number(value) for value in (*kept, *risk)):
        return [], []
    return list(kept), list(risk)


def rows_at(coverage: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a card's figures at single coverages."""
    rows = coverage.get("at")
    return [row for row in rows if _has_numbers(row, ("coverage",))] if _is_list(rows) else []


def _of_set(key: str, value: Any) -> Iterator[Block]:
    if not isinstance(value, Mapping):
        return
    group, _, peaks = key.partition("_")
    title = f"{_GROUPS.get(group, group)}, {peaks or 'reference'} beats"
    results = value.get("results")
    for result in results if _is_list(results) else [value]:
        if isinstance(result, Mapping):
            yield _block(title, result, value)


def _block(title: str, result: Mapping[str, Any], whole: Mapping[str, Any]) -> Block:
    gross, intervals = _mapping(result.get("gross")), _mapping(result.get("intervals"))
    accuracy = result.get("accuracy", gross.get("accuracy"))
    command = str(whole.get("command", ""))
    data = _DATA.search(command)
    calibration = _mapping(whole.get("calibration"))
    return Block(
        title=title,
        setting=_setting(result),
        command=command,
        data=data.group(1).rstrip("/").rpartition("/")[2] if data else "",
        accuracy=accuracy if _is_number(accuracy) else None,
        accuracy_interval=intervals.get("accuracy"),
        scores=_scores(gross, intervals, result),
        average=_scores(_mapping(result.get("average")), {}, {}),
        runs=list(_runs(_mapping(result.get("runs")))),
        matrix=_matrix(result.get("matrix")),
        per_record=_per_record(result.get("per_record")),
        calibration=calibration,
        coverage=_mapping(whole.get("risk_coverage")),
        measured=_setting(calibration),
    )


def _of_validation(value: Any) -> Iterator[Block]:
    found = _mapping(value)
    folds = f"{found['folds']} folds, " if "folds" in found else ""
    setting = f"{folds}grouped by {found.get('grouped_by', 'patient')}"
    parts = {"": found}
    parts |= {f"of {name}, ": _mapping(part) for name, part in _mapping(found.get("of")).items()}
    parts |= {"each beat by itself, ": _mapping(found.get("without_context"))}
    for what, part in parts.items():
        scores = _scores(_mapping(part.get("classes")), {}, {}) or _scores(_mapping(part.get("gross")), {}, {})
        if scores or part.get("accuracy") is not None:
            yield Block(
                title="Cross-validation on the training data",
                setting=what + setting,
                accuracy=part.get("accuracy"),
                scores=scores,
            )


def _setting(result: Mapping[str, Any]) -> str:
    mapping = result.get("mapping", result.get("S_mapping"))
    parts = [_MAPPINGS.get(str(mapping), str(mapping))] if mapping else []
    if "start_s" in result:
        start_s = result["start_s"]
        parts.append(f"first {start_s / 60:g} min left out" if start_s else "whole records")
    return ", ".join(parts)


def _scores(gross: Mapping[str, Any], intervals: Mapping[str, Any], result: Mapping[str, Any]) -> list[Score]:
    lines = []
    for label in ("QRS", *CLASSES):
        values = gross.get(label)
        # With the reference's own beats nothing can be missed: that line would say nothing.
        if isinstance(values, Mapping) and not (label == "QRS" and values.get("se") == values.get("ppv") == 1.0):
            lines.append(Score(label, values, _mapping(intervals.get(label))))
        lines += _without(label, result)
    return lines


def _without(label: str, result: Mapping[str, Any]) -> Iterator[Score]:
    start = f"{label}_without_"
    for key, found in result.items():
        if isinstance(key, str) and key.startswith(start) and isinstance(found, Mapping):
            values = {"beats": found.get("beats"), **_mapping(found.get("gross"))}
            yield Score(label, values, _mapping(found.get("intervals")), key.removeprefix(start))


def _runs(found: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for label in ("V", "S"):
        for kind, name in RUN_KINDS.items():
            values = _mapping(found.get(label)).get(kind)
            if isinstance(values, Mapping):
                yield label, name, values


def _matrix(found: Any) -> list[list[float]] | None:
    try:
        if isinstance(found, Mapping):
            return [[float(found[row][column.lower()]) for column in CLASSES] for row in CLASSES]
        rows = [[float(value) for value in row] for row in found]
    except (KeyError, TypeError, ValueError):
        return None
    return rows if len(rows) == len(CLASSES) and all(len(row) == len(CLASSES) for row in rows) else None


def _per_record(found: Any) -> list[tuple[str, Mapping[str, Any]]]:
    if isinstance(found, Mapping):
        return [(str(record), _mapping(scores)) for record, scores in found.items()]
    if _is_list(found):
        return [(str(scores.get("record", "")), scores) for scores in found if isinstance(scores, Mapping)]
    return []


def _is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _has_numbers(value: Any, names: Sequence[str]) -> bool:
    return isinstance(value, Mapping) and all(_is_number(value.get(name)) for name in names)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
