"""Sensitivity and precision of diagnostic statements against the references of a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ecg_core.evaluation.statement_references import SCORED, StatementReference
from ecg_core.evaluation.tables import align
from ecg_core.interpretation import Interpretation
from ecg_core.interpretation.performance import ENOUGH, StatementCounts

_OUTCOMES: Final = {
    (True, True): "hits",
    (True, False): "missed",
    (False, True): "false",
    (False, False): "right_without",
}
"""By whether the reference has a statement, and whether it was made."""


def count_statements(
    results: Iterable[tuple[StatementReference, Interpretation]],
) -> dict[str, dict[str, StatementCounts]]:
    """Count statements against references.

    Parameters
    ----------
    results : iterable of (StatementReference, Interpretation)
        Of each recording.

    Returns
    -------
    dict of str to dict of str to StatementCounts
        By database, then by key of `SCORED`.
    """
    counted: dict[str, dict[str, dict[str, int]]] = {}
    for reference, found in results:
        of_database = counted.setdefault(reference.database, {})
        for key, scored in SCORED.items():
            if key in reference.unscored:
                continue
            one = of_database.setdefault(key, dict.fromkeys(StatementCounts.__dataclass_fields__, 0))
            made = any(code in found.codes for code in scored.codes)
            stated = key in reference.stated
            one[_OUTCOMES[stated, made]] += 1
            one["unassessed"] += stated and not made and any(code in found.not_assessed for code in scored.codes)
    return {
        database: {key: StatementCounts(**values) for key, values in of_database.items()}
        for database, of_database in counted.items()
    }


def statement_text(counts: Mapping[str, Mapping[str, StatementCounts]]) -> str:
    """Write the figures of each database as a table.

    Parameters
    ----------
    counts : mapping
        As :func:`count_statements` returns them.

    Returns
    -------
    str
        Statements with a reference or a finding; percentages.
    """
    parts = []
    for database, of_database in counts.items():
        rows = [["Statement", "reference", "found", "both", "Se", "+P", "F1", "not assessed", ""]]
        for key, one in of_database.items():
            if not one.n_reference and not one.false:
                continue
            remark = "" if one.n_reference >= ENOUGH else "too few"
            figures = (one.n_reference, one.hits + one.false, one.hits)
            rates = (one.sensitivity, one.precision, one.f1)
            rows.append([key, *map(str, figures), *map(_percent, rates), str(one.unassessed), remark])
        n_scored = max((one.n_scored for one in of_database.values()), default=0)
        parts.append(f"{database}, {n_scored} recordings\n\n{align(rows)}")
    return "\n\n".join(parts) + "\n"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def statement_figures(counts: Mapping[str, Mapping[str, StatementCounts]]) -> dict[str, dict[str, dict[str, int]]]:
    """Return the counts as plain values, by key of `SCORED`, then by database.

    Parameters
    ----------
    counts : mapping
        As :func:`count_statements` returns them.
    """
    figures: dict[str, dict[str, dict[str, int]]] = {}
    for database, of_database in counts.items():
        for key, one in of_database.items():
            figures.setdefault(key, {})[database] = dict(one.__dict__)
    return figures
