"""How well each statement is made, by the figures that ``evaluate --statements --card`` keeps beside this module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

ENOUGH: Final = 10
"""Reference recordings from which on figures are worth a comparison; fewer are called too few."""

PERFORMANCE_FILE: Final = Path(__file__).with_name("performance.json")

NOT_MEASURED: Final = "not measured"


@dataclass(frozen=True)
class StatementCounts:
    """Recordings of a database by reference and finding.

    Attributes
    ----------
    hits, missed, false : int
        Stated by both, by the reference alone, by the program alone.
    right_without : int
        Stated by neither.
    unassessed : int
        Of those missed, the ones that were not assessed.
    """

    hits: int = 0
    missed: int = 0
    false: int = 0
    right_without: int = 0
    unassessed: int = 0

    @property
    def n_reference(self) -> int:
        """Recordings with the statement."""
        return self.hits + self.missed

    @property
    def n_scored(self) -> int:
        """Recordings that were scored."""
        return self.n_reference + self.false + self.right_without

    @property
    def sensitivity(self) -> float | None:
        """Share of the reference statements that were made."""
        return _quotient(self.hits, self.n_reference)

    @property
    def precision(self) -> float | None:
        """Share of the statements made that the reference has."""
        return _quotient(self.hits, self.hits + self.false)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both."""
        return _quotient(2 * self.hits, 2 * self.hits + self.missed + self.false)


def _quotient(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def known_performance(code: str, figures: Mapping[str, Any] | None = None) -> str:
    """Tell what is known of how well a statement is made.

    Parameters
    ----------
    code : str
        Code of the statement.
    figures : mapping, optional
        Counts by code and database; those kept in the package by default.

    Returns
    -------
    str
        ``"Se 80 % (4 of 5), +P 80 % (4 of 5) on PTB-XL, too few to rely on"``; databases apart by semicolons.
    """
    by_database = (_kept() if figures is None else figures).get(code, {})
    told = []
    for database, values in by_database.items():
        one = StatementCounts(**values)
        if not one.n_reference and not one.false:
            continue
        few = "" if one.n_reference >= ENOUGH else ", too few to rely on"
        told.append(
            f"Se {_percent(one.sensitivity)} ({one.hits} of {one.n_reference}), "
            f"+P {_percent(one.precision)} ({one.hits} of {one.hits + one.false}) on {database}{few}"
        )
    return "; ".join(told) or NOT_MEASURED


@cache
def _kept() -> dict[str, Any]:
    return dict(json.loads(PERFORMANCE_FILE.read_text(encoding="utf-8"))["figures"])


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{round(100 * value)} %"
