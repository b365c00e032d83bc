"""Criteria of a statement: each with its limit and what was measured, and lists of them in three-valued logic.

A criterion is met, not met, or not measurable. A list is met once enough of its items are, is not met once too few can
still be, and is not measurable in between: what is missing never counts as normal (Kleene's logic).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ecg_core.delineation.measured import Measured

UNITS: Final = {
    "ms": ("ms", 0),
    "mv": ("mV", 2),
    "bpm": ("/min", 0),
    "deg": ("°", 0),
    "mvms": ("mV·ms", 0),
    "ratio": ("", 2),
    "share": ("%", 0),
    "years": ("years", 0),
}
"""How values are written: unit and decimals."""


@dataclass(frozen=True)
class Criterion:
    """One criterion.

    Attributes
    ----------
    name : str
        What is looked at: ``QRS duration``, ``S in V1 + R in V5``.
    limit : str
        ``>= 120 ms``.
    measured : str
        ``146 ms``, or why it cannot be measured.
    met : bool or None
        None where it cannot be measured.
    """

    name: str
    limit: str
    measured: str
    met: bool | None

    def __str__(self) -> str:
        limit = f" (limit {self.limit})" if self.limit else ""
        return f"{self.name} {self.measured}{limit}" if self.measured else f"{self.name}{limit}"

    def criteria(self) -> Iterator[Criterion]:
        """Yield the criterion."""
        yield self


@dataclass(frozen=True)
class Checklist:
    """Several criteria, or lists of them, of which some number must be met.

    Attributes
    ----------
    items : tuple of Criterion or Checklist
    needed : int
        How many of them must be met.
    name : str
        What the list stands for, where it is part of another.
    """

    items: tuple[Criterion | Checklist, ...]
    needed: int
    name: str = ""

    @property
    def met(self) -> bool | None:
        """Whether enough of the items are met; None where that cannot be told."""
        states = [item.met for item in self.items]
        met, unknown = states.count(True), states.count(None)
        if met >= self.needed:
            return True
        return None if met + unknown >= self.needed else False

    @property
    def missing(self) -> str:
        """Why the list cannot be judged: what the first criterion lacks that would decide it."""
        for item in self.items:
            if item.met is None:
                if isinstance(item, Checklist):
                    return item.missing
                return f"{item.name}: {item.measured}" if item.name else item.measured
        return ""

    def criteria(self) -> Iterator[Criterion]:
        """Yield every criterion, depth first."""
        for item in self.items:
            yield from item.criteria()

    def reasons(self) -> Iterator[Criterion]:
        """Yield the criteria that are met, but for those in lists that are not."""
        for item in self.items:
            if not item.met:
                continue
            if isinstance(item, Checklist):
                yield from item.reasons()
            else:
                yield item


def all_of(*items: Criterion | Checklist, name: str = "") -> Checklist:
    """Return a list of which every item must be met.

    Parameters
    ----------
    *items
        Criteria and lists.
    name : str
        What the list stands for.
    """
    return Checklist(items, len(items), name)


def any_of(*items: Criterion | Checklist, needed: int = 1, name: str = "") -> Checklist:
    """Return a list of which some items must be met.

    Parameters
    ----------
    *items
        Criteria and lists.
    needed : int
        How many.
    name : str
        What the list stands for.
    """
    return Checklist(items, needed, name)


def told(measured: Measured, unit: str) -> str:
    """Return a value with its unit, or why there is none.

    Parameters
    ----------
    measured : Measured
        The quantity.
    unit : str
        A key of `UNITS`.
    """
    if measured.value is None:
        return measured.reason or "not measured"
    return _with_unit(measured.value, unit)


def _as_shown(value: float, unit: str) -> float:
    decimals = UNITS[unit][1] + (2 if unit == "share" else 0)
    return round(value, decimals)


def _with_unit(value: float, unit: str) -> str:
    name, decimals = UNITS[unit]
    if unit == "share":
        value = 100 * value
    text = f"{value + 0.0:.{decimals}f}"
    return f"{text}°" if name == "°" else f"{text} {name}".rstrip()


def at_least(name: str, measured: Measured, limit: float, unit: str) -> Criterion:
    """Return the criterion that a value reaches a limit.

    Parameters
    ----------
    name : str
        What is looked at.
    measured : Measured
        The quantity.
    limit : float
        In the quantity's unit.
    unit : str
        A key of `UNITS`.

    Returns
    -------
    Criterion
    """
    return _compared(name, measured, f">= {_with_unit(limit, unit)}", unit, lambda value: value >= limit)


def above(name: str, measured: Measured, limit: float, unit: str) -> Criterion:
    """Return the criterion that a value is larger than a limit.

    Parameters
    ----------
    name : str
        What is looked at.
    measured : Measured
        The quantity.
    limit : float
        In the quantity's unit.
    unit : str
        A key of `UNITS`.

    Returns
    -------
    Criterion
    """
    return _compared(name, measured, f"> {_with_unit(limit, unit)}", unit, lambda value: value > limit)


def at_most(name: str, measured: Measured, limit: float, unit: str) -> Criterion:
    """Return the criterion that a value does not exceed a limit.

    Parameters
    ----------
    name : str
        What is looked at.
    measured : Measured
        The quantity.
    limit : float
        In the quantity's unit.
    unit : str
        A key of `UNITS`.

    Returns
    -------
    Criterion
    """
    return _compared(name, measured, f"<= {_with_unit(limit, unit)}", unit, lambda value: value <= limit)


def below(name: str, measured: Measured, limit: float, unit: str) -> Criterion:
    """Return the criterion that a value is smaller than a limit.

    Parameters
    ----------
    name : str
        What is looked at.
    measured : Measured
        The quantity.
    limit : float
        In the quantity's unit.
    unit : str
        A key of `UNITS`.

    Returns
    -------
    Criterion
    """
    return _compared(name, measured, f"< {_with_unit(limit, unit)}", unit, lambda value: value < limit)


def between(name: str, measured: Measured, low: float, high: float, unit: str) -> Criterion:
    """Return the criterion ``low <= value < high``.

    Parameters
    ----------
    name : str
        What is looked at.
    measured : Measured
        The quantity.
    low, high : float
        In the quantity's unit.
    unit : str
        A key of `UNITS`.

    Returns
    -------
    Criterion
    """
    limit = f"{_with_unit(low, unit)} to {_with_unit(high, unit)}"
    return _compared(name, measured, limit, unit, lambda value: low <= value < high)


def _compared(name: str, measured: Measured, limit: str, unit: str, holds: Callable[[float], bool]) -> Criterion:
    # As it is shown: what is told as "60 /min" is not below 60.
    value = None if measured.value is None else _as_shown(measured.value, unit)
    met = None if value is None else bool(holds(value))
    return Criterion(name, limit, told(measured, unit), met)


def stated(name: str, met: bool | None, measured: str = "", limit: str = "") -> Criterion:
    """Return a criterion that something else has decided.

    Parameters
    ----------
    name : str
        What is looked at.
    met : bool or None
        Whether it holds; None where it cannot be told.
    measured : str
        What was found, or why it cannot be told.
    limit : str
        The limit in words.
    """
    return Criterion(name, limit, measured, met)


def holds(name: str, flag: Measured) -> Criterion:
    """Return the criterion that something is so.

    Parameters
    ----------
    name : str
        What is looked at.
    flag : Measured
        1 or 0; without a value where it cannot be told.

    Returns
    -------
    Criterion
    """
    if flag.value is None:
        return Criterion(name, "", told(flag, "ratio"), None)
    return Criterion(name, "", "yes" if flag.value else "no", bool(flag.value))


def unassessed(reason: str) -> Judgement:
    """Return the judgement that a statement cannot be looked for, with the reason."""
    return Judgement(Checklist((Criterion("", "", reason, None),), 1))


@dataclass(frozen=True)
class Judgement:
    """What a rule makes of an ECG.

    Attributes
    ----------
    checklist : Checklist
        Decides.
    text : str
        Replaces the rule's words; empty for those.
    supporting : tuple of Criterion or Checklist
        Shown beside the criteria and deciding nothing.
    raised : bool
        Whether the finding is more urgent, by one step, than the rule says.
    """

    checklist: Checklist
    text: str = ""
    supporting: tuple[Criterion | Checklist, ...] = ()
    raised: bool = False
