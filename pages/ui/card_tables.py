"""Tables of a model's card as HTML: scores with their intervals, runs, coverage. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from ecg_core.beats import CLASS_NAMES
from pages.services.card_figures import CALIBRATED, STATISTICS, Score, percent, percent_range
from pages.ui.markup import Markup, letter, table

_DASH: Final = "–"
_HEADS: Final = {"se": "Se %", "ppv": "+P %", "f1": "F1 %", "specificity": "Spec %"}


def count(value: Any) -> str:
    """Write a number of beats, a dash where it is absent."""
    return f"{value:,}" if isinstance(value, int) else _DASH


def scores_table(scores: Sequence[Score], counted: str = "beats") -> str:
    """Return the table of a set of scores; columns that no line fills are left out.

    Parameters
    ----------
    scores : sequence of Score
        Scores to show.
    counted : {"beats", "records"}
        What a line's scores are made of.
    """
    shown = [name for name in STATISTICS if any(score.figures.get(name) is not None for score in scores)]
    rows = [
        (
            Markup(letter(score.label)) if score.label in CLASS_NAMES else score.label,
            f"without record {score.without}" if score.without else CLASS_NAMES.get(score.label, "every beat"),
            count(score.figures.get(counted)),
            *(_with_interval(score.figures.get(name), score.intervals.get(name)) for name in shown),
        )
        for score in scores
    ]
    return table(("", "class", counted, *(_HEADS[name] for name in shown)), rows, numeric=range(2, 3 + len(shown)))


def runs_table(runs: Sequence[tuple[str, str, Mapping[str, Any]]]) -> str:
    """Return the table of couplets and runs."""
    rows = [
        (
            Markup(letter(label)),
            name,
            count(values.get("reference")),
            count(values.get("found")),
            *(percent(values.get(statistic)) for statistic in ("se", "ppv")),
        )
        for label, name, values in runs
    ]
    return table(("", "runs", "reference", "model", "Se %", "+P %"), rows, numeric=range(2, 6))


def coverage_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of what is right at each coverage, and how many ectopic beats are left to a person."""
    lines = []
    for row in rows:
        cells = [percent(row["coverage"], 0), percent(row.get("accuracy"))]
        for label in ("V", "S"):
            values = row.get(label)
            found = values if isinstance(values, Mapping) else {}
            cells += [f"{percent(found.get('se'))} / {percent(found.get('ppv'))}", count(found.get("left_out"))]
        lines.append(cells)
    header = ("kept %", "accuracy %", "V Se / +P", "V left", "S Se / +P", "S left")
    return table(header, lines, numeric=range(6))


def calibration_line(calibration: Mapping[str, Any]) -> str:
    """Return what to say of a calibration: its error of the label and of each class, and the Brier score."""
    errors = []
    for label in ("label", *CALIBRATED):
        found = calibration.get(label)
        equal = found.get("equal") if isinstance(found, Mapping) else None
        if isinstance(equal, Mapping) and isinstance(equal.get("error"), int | float):
            spread = percent_range(equal.get("interval")) if label == "label" else ""
            errors.append(f"{label} {percent(equal['error'])}{f' ({spread})' if spread else ''}")
    parts = [f"Expected calibration error, %: {', '.join(errors)}"] if errors else []
    brier = calibration.get("brier")
    whole = brier.get("all") if isinstance(brier, Mapping) else None
    if isinstance(whole, int | float):
        parts.append(f"Brier score {whole:.3f}{_brier_range(calibration.get('brier_interval'))}")
    return f"{'. '.join(parts)}." if parts else ""


def _brier_range(interval: Any) -> str:
    known = isinstance(interval, Sequence) and len(interval) == 2 and all(isinstance(x, int | float) for x in interval)
    return f" ({interval[0]:.3f}–{interval[1]:.3f})" if known else ""


def _with_interval(value: Any, interval: Any) -> str:
    spread = percent_range(interval)
    return Markup(f"{percent(value)}<small>{escape(spread)}</small>") if spread else percent(value)
