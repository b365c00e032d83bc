"""The figures of a model's card, read tolerantly: what is there is shown, what is absent is absent. No Streamlit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ecg_core.beats import CLASSES

STATISTICS: Final = ("se", "ppv", "f1")
_GROUPS: Final = {"ds1": "DS1", "ds2": "DS2", "all": "All records"}
_MAPPINGS: Final = {
    "de_chazal": "e and j count as N (de Chazal)",
    "bxb": "e, j and n count as S (EC57, bxb)",
}


@dataclass(frozen=True)
class Block:
    """One set of figures under one protocol; shares are fractions, None where undefined.

    Attributes
    ----------
    title, setting, command : str
    accuracy : float or None
    scores : dict
        Class to ``{"se": ..., "ppv": ..., "f1": ..., "beats": ...}``, pooled over the records.
    average : dict
        The same, averaged over records.
    matrix : list of lists of float, or None
        Rows reference, columns model, in the order of `CLASSES`.
    per_record : list of (str, dict)
        Record and its scores by class.
    remarks : tuple of str
    """

    title: str
    setting: str = ""
    command: str = ""
    accuracy: float | None = None
    scores: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    average: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    matrix: list[list[float]] | None = None
    per_record: Sequence[tuple[str, Mapping[str, Any]]] = ()
    remarks: tuple[str, ...] = ()


def blocks(figures: Any) -> list[Block]:
    """Return the blocks of a card's ``figures``, cross-validation last."""
    if not isinstance(figures, Mapping):
        return []
    found = [block for key, value in figures.items() if key != "cross_validation" for block in _of_set(key, value)]
    return found + list(_of_validation(figures.get("cross_validation")))


def percent(value: Any, digits: int = 1) -> str:
    """Write a fraction as a percentage, a dash where it is absent."""
    return f"{100 * value:.{digits}f}" if isinstance(value, int | float) and value == value else "–"


def _of_set(key: str, value: Any) -> Iterator[Block]:
    if not isinstance(value, Mapping):
        return
    group, _, peaks = key.partition("_")
    title = f"{_GROUPS.get(group, group)}, {peaks or 'reference'} beats"
    results = value.get("results")
    for result in results if isinstance(results, Sequence) and not isinstance(results, str) else [value]:
        if isinstance(result, Mapping):
            yield _block(title, result, str(value.get("command", "")))


def _block(title: str, result: Mapping[str, Any], command: str) -> Block:
    gross = _mapping(result.get("gross"))
    accuracy = result.get("accuracy", gross.get("accuracy"))
    return Block(
        title=title,
        setting=_setting(result),
        command=command,
        accuracy=accuracy if isinstance(accuracy, int | float) else None,
        scores=_by_class(gross),
        average=_by_class(_mapping(result.get("average"))),
        matrix=_matrix(result.get("matrix")),
        per_record=_per_record(result.get("per_record")),
        remarks=tuple(_without(result)),
    )


def _of_validation(value: Any) -> Iterator[Block]:
    found = _mapping(value)
    scores = _by_class(_mapping(found.get("classes"))) or _by_class(_mapping(found.get("gross")))
    if scores or found.get("accuracy") is not None:
        folds = f"{found['folds']} folds, " if "folds" in found else ""
        yield Block(
            title="Cross-validation on the training data",
            setting=f"{folds}grouped by {found.get('grouped_by', 'patient')}",
            accuracy=found.get("accuracy"),
            scores=scores,
        )


def _setting(result: Mapping[str, Any]) -> str:
    mapping = result.get("mapping", result.get("S_mapping"))
    parts = [_MAPPINGS.get(str(mapping), str(mapping))] if mapping else []
    if "start_s" in result:
        start_s = result["start_s"]
        parts.append(f"first {start_s / 60:g} min left out" if start_s else "whole records")
    return ", ".join(parts)


def _by_class(found: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {label: found[label] for label in CLASSES if isinstance(found.get(label), Mapping)}


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
    if isinstance(found, Sequence) and not isinstance(found, str):
        return [(str(scores.get("record", "")), scores) for scores in found if isinstance(scores, Mapping)]
    return []


def _without(result: Mapping[str, Any]) -> Iterator[str]:
    for key, value in result.items():
        if key.startswith("S_without_") and isinstance(value, Mapping):
            scores = _mapping(value.get("gross"))
            figures = ", ".join(
                f"{name} {percent(scores.get(statistic))} %"
                for name, statistic in (("Se", "se"), ("+P", "ppv"), ("F1", "f1"))
            )
            yield f"S without record {key.removeprefix('S_without_')} ({value.get('beats', '–')} beats): {figures}."


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
