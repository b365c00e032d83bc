"""Figures of delineation as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ecg_core.evaluation.wave_scores import IEC_LIMITS_MS, PRESENCE_MS, TOLERANCE_MS


def wave_text(figures: Mapping[str, Any], *, cross_validated: bool) -> str:
    """Return the report.

    Parameters
    ----------
    figures : mapping
        Of :meth:`ecg_core.evaluation.wave_scores.WaveScores.as_dict`, with ``data`` and ``records``.
    cross_validated : bool
        Whether no model has seen the patients it was scored on.

    Returns
    -------
    str
    """
    return "\n".join(_lines(figures, cross_validated)) + "\n"


def _lines(figures: Mapping[str, Any], cross_validated: bool) -> Iterator[str]:
    how = "patients left out" if cross_validated else "one model for all; patients of its training are no test"
    yield f"Waves: {figures['data']}, {figures['records']} records, detected beats, all leads pooled; {how}"
    yield f"A wave is found if its peak lies within {PRESENCE_MS:.0f} ms of the mark's"
    yield ""
    yield "wave      marked      Se      +P      F1"
    for wave, found in figures["presence"].items():
        rates = "".join(f"{_number(found[key], 2):>8}" for key in ("sensitivity", "precision", "f1"))
        yield f"{wave:<8}{found['tp'] + found['fn']:>8}{rates}"
    yield ""
    yield "boundary (ms)      n    mean      SD  median   F1 within"
    for name, found in figures["boundaries"].items():
        numbers = "".join(f"{_number(found[key], 1):>8}" for key in ("mean_ms", "sd_ms", "median_ms"))
        wave, part = name.split()
        within = ""
        if part != "peak":
            tolerance = TOLERANCE_MS[wave][part == "end"]
            within = f"{_number(found['f1_tolerance'], 2):>8} {tolerance:.0f} ms"
        yield f"{name:<12}{found['n']:>8}{numbers}{within}"
    yield ""
    yield "Intervals of all leads together, median of each record, by the same rule from our boundaries and the marks"
    yield "interval (ms)      n    mean      SD   IEC 60601-2-25: mean, SD"
    for name, found in figures["intervals"].items():
        limit = IEC_LIMITS_MS[name]
        numbers = "".join(f"{_number(found[key], 1):>8}" for key in ("mean_ms", "sd_ms"))
        yield f"{name:<12}{found['n']:>8}{numbers}   {limit[0]:.0f}, {limit[1]:.0f}"


def _number(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"
