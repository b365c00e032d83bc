"""Payloads of the hourly table and of the heart-rate variability of a span."""

from __future__ import annotations

from typing import Any, Final

from ecg_core.rhythm.hrv import DAY_HOURS, MEASURE_NAMES, HeartRateVariability, Sex, Variability, references
from ecg_core.rhythm.hrv.as_json import turbulence_as_json
from pages.api.endpoint import Answer, DeskRequest
from pages.api.params import choice_param, float_param, int_param
from pages.services import workspace
from pages.services.errors import RequestError
from pages.services.trends import DEFAULT_QTC, QTC_FORMULAS, age_years, sex_of, trends_of

_MAX_TIME_S: Final = 1e9
_OLDEST: Final = 120
_PARTS: Final = ("span", "whole", "day", "night")
_SEXES: Final = ("", "F", "M")
_ENOUGH_DIGITS: Final = 6


def get_trends(request: DeskRequest) -> Answer:
    """Return the hourly table, its QTc by the formula asked for; empty before beats have been found."""
    workspace.restore(request.opened)
    found = trends_of(request.opened, choice_param(request.params, "qtc", QTC_FORMULAS, DEFAULT_QTC))
    if found is None:
        return None
    table = found.table
    return {
        "revision": found.revision,
        "day_hours": list(DAY_HOURS),
        "has_clock": found.variability.has_clock,
        "n_dismissed": len(found.dismissed),
        "qtc": found.qtc,
        "columns": [
            {"name": one.name, "title": one.title, "unit": one.unit, "group": one.group}
            | {"digits": one.digits, "leads_to": one.leads_to}
            for one in table.columns
        ],
        "rows": [
            {
                "kind": row.kind,
                "spans_s": [list(span) for span in row.spans_s],
                "values": [_rounded(cell.value) for cell in row.cells],
                "samples": [cell.sample for cell in row.cells],
                "reasons": [cell.reason for cell in row.cells],
            }
            for row in table.rows
        ],
    }


def get_variability(request: DeskRequest) -> Answer:
    """Return the heart-rate variability of a span, or of the whole recording, the day or the night.

    Empty before beats have been found.
    """
    workspace.restore(request.opened)
    found = trends_of(request.opened)
    if found is None:
        return None
    part = choice_param(request.params, "part", _PARTS, "span")
    of_file = age_years(request.opened.recording)
    age = int_param(request.params, "age", 0, _OLDEST, default=-1) if "age" in request.params else of_file
    sex_of_file = sex_of(request.opened.recording)
    sex = _sex(choice_param(request.params, "sex", _SEXES, sex_of_file or ""))
    spans = _spans(request, part, found.variability)
    if not spans:
        raise RequestError("The recording has no such part, or does not say when it began.")
    return {
        "revision": found.revision,
        "part": part,
        "age_years": age,
        "age_of_file": of_file,
        "sex": sex,
        "sex_of_file": sex_of_file,
        **_variability(found.variability.of(*spans), age, sex),
        "turbulence": turbulence_as_json(found.variability.turbulence) if part == "whole" else None,
    }


def _spans(request: DeskRequest, part: str, variability: HeartRateVariability) -> list[tuple[float, float]]:
    if part == "whole":
        return [(0.0, variability.duration_s)]
    if part in ("day", "night"):
        return variability.day() if part == "day" else variability.night()
    start_s = float_param(request.params, "start_s", 0.0, _MAX_TIME_S)
    stop_s = float_param(request.params, "stop_s", 0.0, _MAX_TIME_S)
    stop_s = min(stop_s, variability.duration_s)
    if not start_s < stop_s:
        raise RequestError("stop_s must lie behind start_s, and start_s within the recording.")
    return [(start_s, stop_s)]


def _sex(text: str) -> Sex | None:
    return "F" if text == "F" else "M" if text == "M" else None


def _variability(found: Variability, age: float | None, sex: Sex | None) -> dict[str, Any]:
    length_s = sum(stop_s - start_s for start_s, stop_s in found.spans_s)
    known = references(length_s, age, sex)
    measures = []
    for name, words in MEASURE_NAMES.items():
        measure, reference = found.measures[name], known.get(name)
        measures.append(
            {"name": name, "title": words.title, "unit": words.unit, "group": words.group, "digits": words.digits}
            | {"meaning": words.meaning, "value": _rounded(measure.value), "reason": measure.reason}
            | {"reference": None if reference is None else dict(reference.__dict__)}
        )
    return {
        "spans_s": [list(span) for span in found.spans_s],
        "n_nn": found.n_nn,
        "nn_s": found.nn_s,
        "left_out_share": found.left_out_share,
        "left_out": [{"cause": cause, "n": n, "time_s": time_s} for cause, (n, time_s) in found.left_out.items()],
        "n_interpolated": found.n_interpolated,
        "refused": found.refused or None,
        "measures": measures,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _ENOUGH_DIGITS)
