"""Diagnostic statements of an ECG, with the criteria that each rests on and what was not assessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from ecg_core.interpretation.criteria import Criterion, Judgement
from ecg_core.interpretation.ecg import Ecg
from ecg_core.interpretation.performance import known_performance

DISCLAIMER: Final = "Decision support: statements by rules, to be confirmed by a physician."


SoFar = Mapping[str, bool | None]
"""What the rules before made of the ECG, by code: met, not met, or None where it cannot be judged."""

Judge = Callable[[Ecg, SoFar], Judgement]


class Severity(IntEnum):
    """Urgency of a statement, the most urgent first."""

    CRITICAL = 0
    URGENT = 1
    ABNORMAL = 2
    BORDERLINE = 3


@dataclass(frozen=True)
class Rule:
    """A statement that is looked for.

    Attributes
    ----------
    code : str
        Short name: the SCP-ECG acronym where there is one.
    text : str
        The statement, in the words of the recommendations.
    severity : Severity
    source : str
        Where the criteria come from.
    judge : callable
        Of the ECG and what the rules before made of it.
    """

    code: str
    text: str
    severity: Severity
    source: str
    judge: Judge


@dataclass(frozen=True)
class DiagnosticStatement:
    """A statement that holds.

    Attributes
    ----------
    code, text, source : str
    severity : Severity
    reason : str
        The criteria that are met, with their values.
    criteria : tuple of Criterion
        The whole checklist: met, not met and not measurable.
    """

    code: str
    text: str
    severity: Severity
    source: str
    reason: str
    criteria: tuple[Criterion, ...]

    @property
    def performance(self) -> str:
        """How well the statement is made, see :mod:`ecg_core.interpretation.performance`."""
        return known_performance(self.code)

    def as_dict(self) -> dict[str, Any]:
        """Return the statement as plain values, for ``NAME.json`` and the pages."""
        return {
            "code": self.code,
            "text": self.text,
            "severity": self.severity.name.lower(),
            "reason": self.reason,
            "source": self.source,
            "performance": self.performance,
            "criteria": [criterion.__dict__ for criterion in self.criteria],
        }


@dataclass(frozen=True)
class Interpretation:
    """What the rules make of an ECG.

    Attributes
    ----------
    statements : tuple of DiagnosticStatement
        The most urgent first.
    looked_for : mapping of str to str
        Code and words of what was looked for and not found.
    not_assessed : mapping of str to (str, str)
        Code to the words of what could not be judged, and the reason.
    """

    statements: tuple[DiagnosticStatement, ...]
    looked_for: Mapping[str, str] = field(default_factory=dict)
    not_assessed: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the statements that hold."""
        return tuple(statement.code for statement in self.statements)

    @property
    def summary(self) -> str:
        """The statements in one line; without any, what was looked for and what was not assessed."""
        if self.statements:
            return "; ".join(statement.text for statement in self.statements)
        looked_for = ", ".join(self.looked_for.values()) or "nothing"
        missing = "; ".join(f"{text} ({reason})" for text, reason in self.not_assessed.values()) or "nothing"
        return f"No statement. Looked for: {looked_for}. Not assessed: {missing}."

    def as_dict(self) -> dict[str, Any]:
        """Return the interpretation as plain values, for ``NAME.json`` and the pages."""
        return {
            "statements": [statement.as_dict() for statement in self.statements],
            "looked_for": dict(self.looked_for),
            "not_assessed": {code: {"text": text, "reason": why} for code, (text, why) in self.not_assessed.items()},
            "disclaimer": DISCLAIMER,
        }
