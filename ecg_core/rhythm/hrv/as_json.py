"""Heart-rate variability as plain values for JSON files."""

from __future__ import annotations

from typing import Any

from ecg_core.rhythm.hrv.turbulence import Turbulence
from ecg_core.rhythm.hrv.variability import DAY_HOURS, LEFT_OUT_LIMIT, HeartRateVariability, Variability

_NO_CLOCK = "the recording does not say when it began"


def variability_as_json(variability: HeartRateVariability) -> dict[str, Any]:
    """Return the heart-rate variability of a recording, whole, by hour, in five minutes, of the day and the night.

    Parameters
    ----------
    variability : HeartRateVariability
        Of a recording.

    Returns
    -------
    dict
        ``value`` is None with a ``reason`` where a measure cannot be given. Times are in seconds from the start.
    """
    day, night = variability.day(), variability.night()
    return {
        "rests_on": "intervals between N beats",
        "left_out_limit": LEFT_OUT_LIMIT,
        "whole": span_as_json(variability.whole),
        "hours": [span_as_json(variability.of(span)) for span in variability.hours()],
        "five_minutes": [span_as_json(variability.of(span)) for span in variability.windows()],
        "day_hours": list(DAY_HOURS),
        "day": span_as_json(variability.of(*day)) if day else {"refused": _absent("day", variability)},
        "night": span_as_json(variability.of(*night)) if night else {"refused": _absent("night", variability)},
        "turbulence": turbulence_as_json(variability.turbulence),
    }


def span_as_json(found: Variability) -> dict[str, Any]:
    """Return the variability of a span as plain values.

    A span that is refused as a whole gives its reason once, in ``refused``, and no measures.
    """
    return {
        "spans_s": [[round(start_s, 3), round(stop_s, 3)] for start_s, stop_s in found.spans_s],
        "n_nn": found.n_nn,
        "nn_s": round(found.nn_s, 3),
        "left_out_share": round(found.left_out_share, 4),
        "left_out": {name: {"n": n, "time_s": round(time_s, 3)} for name, (n, time_s) in found.left_out.items()},
        "n_interpolated": found.n_interpolated,
        "refused": found.refused or None,
        "measures": {}
        if found.refused
        else {
            name: {"value": _rounded(one.value)} if one.value is not None else {"value": None, "reason": one.reason}
            for name, one in found.measures.items()
        },
    }


def turbulence_as_json(found: Turbulence) -> dict[str, Any]:
    """Return heart-rate turbulence as plain values."""
    return {
        "onset_percent": _rounded(found.onset_percent),
        "slope_ms": _rounded(found.slope_ms),
        "category": found.category,
        "n_beats": found.n_beats,
        "n_ventricular": found.n_ventricular,
        "reason": found.reason or None,
    }


def _absent(name: str, variability: HeartRateVariability) -> str:
    return f"the recording has no part of the {name}" if variability.has_clock else _NO_CLOCK


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
