"""Standard phrases of the conclusion: a data file of texts with conditions on figures of the analysis.

A condition is ``[name, relation, number]``; all of a phrase's conditions must hold. The relations are
``> >= < <= =`` and ``absent``. Of a figure that is absent nothing holds but ``absent``: what was not assessed is never
told as not found.
"""

from __future__ import annotations

import json
import operator
import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from ecg_core.errors import ReportError
from ecg_core.report.blocks import number_text
from ecg_core.report.source import ReportSource
from ecg_core.report.wording import duration_text, plural
from ecg_core.rhythm import DEVICE_KINDS, KINDS

PHRASES_FILE: Final = Path(__file__).with_name("phrases.json")

_RELATIONS: Final[dict[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}
_ABSENT: Final = "absent"
_ID: Final = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
_FORMAT: Final = re.compile(r"(\.[0-4]f)?", re.ASCII)
_MAX_PHRASES: Final = 500

Facts = Mapping[str, float | str | None]


@dataclass(frozen=True)
class Phrase:
    """A phrase: id, text with figures in braces, conditions, and whether it is printed in bold."""

    id: str
    text: str
    when: tuple[tuple[str, str, float], ...]
    press: bool = False

    def holds(self, facts: Facts) -> bool:
        """Tell whether all conditions hold."""
        return all(_holds(facts.get(name), relation, limit) for name, relation, limit in self.when)

    def told(self, facts: Facts) -> str:
        """Return the text with its figures."""
        parts = []
        for literal, name, form, _ in string.Formatter().parse(self.text):
            parts.append(literal)
            if name is not None:
                parts.append(number_text(facts.get(name), int(form[1]) if form else 0))
        return "".join(parts)

    @property
    def reason(self) -> str:
        """The conditions in words."""
        return " and ".join(
            f"{name} {relation}" if relation == _ABSENT else f"{name} {relation} {limit:g}"
            for name, relation, limit in self.when
        )


@cache
def load_phrases(path: Path = PHRASES_FILE) -> tuple[Phrase, ...]:
    """Read phrases from a file.

    Parameters
    ----------
    path : Path
        JSON as `PHRASES_FILE`; the shipped ones by default.

    Returns
    -------
    tuple of Phrase

    Raises
    ------
    ReportError
        If the file cannot be read, or a phrase in it is none.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))["phrases"]
        phrases = tuple(_parsed(one) for one in told[:_MAX_PHRASES])
    except (OSError, ValueError, TypeError, KeyError) as error:
        if isinstance(error, ReportError):
            raise
        raise ReportError(f"{path.name} holds no phrases of a report ({type(error).__name__}).") from error
    if len({one.id for one in phrases}) < len(phrases):
        raise ReportError(f"{path.name} holds two phrases of one id.")
    return phrases


def facts_of(source: ReportSource) -> dict[str, float | str | None]:
    """Return the figures that phrases can name.

    Parameters
    ----------
    source : ReportSource
        What the report is made from.

    Returns
    -------
    dict of str to (float, str or None)
        ``n_KIND`` and ``told_KIND`` (number, longest and first) of every kind in lower case, figures of the summary.
    """
    summary, review = source.summary, source.review
    by_class = summary.n_by_class or {}
    facts: dict[str, float | str | None] = {
        "n_beats": summary.n_beats,
        "mean_bpm": summary.mean_rate_bpm,
        "min_bpm": summary.min_rate_bpm,
        "max_bpm": summary.max_rate_bpm,
        "longest_rr_s": summary.longest_rr_s,
        "readable_percent": None if summary.readable_share is None else 100 * summary.readable_share,
        "af_percent": None if summary.af_share is None else 100 * summary.af_share,
        "n_v": by_class.get("V"),
        "n_s": by_class.get("S"),
        "v_percent": summary.burden_v_percent,
        "s_percent": summary.burden_s_percent,
        "n_not_assessed": len(source.assessment.not_assessed),
        "unchecked": source.assessment.unchecked,
        "n_conflicts": review.n_conflicts,
        "revision": review.revision,
        "qtc_ms": None,
        "n_unjudged": None,
    }
    if source.measurements is not None:
        facts["n_unjudged"] = len(source.measurements.interpretation.not_assessed)
        facts["qtc_ms"] = source.measurements.shown.overall["qtc_fridericia_ms"].value
    for kind in KINDS:
        if kind in DEVICE_KINDS:
            continue
        found = source.of_kinds(kind)
        facts[f"n_{kind.lower()}"] = summary.n_by_kind.get(kind) if not len(found) else _number(source, kind)
        facts[f"told_{kind.lower()}"] = _told(source, kind) if len(found) else None
    return facts


def _number(source: ReportSource, kind: str) -> int:
    return int(source.summary.n_by_kind.get(kind) or len(source.of_kinds(kind)))


def _told(source: ReportSource, kind: str) -> str:
    """Return how many episodes of a kind there are, how long the longest is, and when the first begins."""
    found = source.of_kinds(kind)
    length_s = (found["stop_sample"] - found["start_sample"]) / source.fs_hz
    first = source.at(int(found["start_sample"].min()))
    number = _number(source, kind)
    longest = duration_text(float(length_s.max()))
    if number == 1:
        return f"one episode of {longest} at {first}"
    return f"{plural(number, 'episode')}, the longest {longest}, the first at {first}"


def _holds(value: float | str | None, relation: str, limit: float) -> bool:
    if relation == _ABSENT:
        return value is None
    return not (value is None or isinstance(value, str)) and _RELATIONS[relation](value, limit)


def _parsed(told: Mapping[str, Any]) -> Phrase:
    name, text, press = told["id"], told["text"], told.get("press", False)
    if not (isinstance(name, str) and _ID.fullmatch(name)) or not isinstance(text, str) or not isinstance(press, bool):
        raise ReportError("A phrase needs an id of small letters, digits and underscores, and a text.")
    when = tuple((str(one[0]), str(one[1]), float(one[2])) for one in told["when"])
    if any(relation not in (*_RELATIONS, _ABSENT) for _, relation, _ in when):
        raise ReportError(f"The phrase {name} has a condition that is none; relations are > >= < <= = absent.")
    for _, field, form, _ in string.Formatter().parse(text):
        # A format string can read attributes of what it is given; nothing but names and decimals is let through.
        if field is not None and (not _ID.fullmatch(field) or not _FORMAT.fullmatch(form or "")):
            raise ReportError(f"The phrase {name} names a figure that is none: {field!r:.40}.")
    return Phrase(name, text, when, press)
