"""Constructed measurements: a normal 12-lead ECG, and changes to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecg_core.delineation.measured import GLOBAL_QUANTITIES, LEAD_QUANTITIES, BeatMeasurements, Measured
from ecg_core.interpretation import Ecg, RhythmFacts, Subject

COLUMNS = ("p_mv", "q_ms", "q_mv", "r_ms", "r_mv", "s_ms", "s_mv", "t_mv")
NORMAL_LEADS = {
    "I": (0.08, 15, -0.06, 45, 0.7, 25, -0.1, 0.2),
    "II": (0.12, 15, -0.06, 50, 1.0, 22, -0.1, 0.3),
    "III": (0.05, 15, -0.05, 40, 0.4, 30, -0.15, 0.1),
    "aVR": (-0.1, 60, -0.8, 20, 0.1, 0, 0, -0.25),
    "aVL": (0.04, 12, -0.04, 40, 0.3, 30, -0.12, 0.08),
    "aVF": (0.08, 15, -0.05, 45, 0.7, 25, -0.1, 0.2),
    "V1": (0.05, 0, 0, 25, 0.2, 55, -0.9, -0.05),
    "V2": (0.06, 0, 0, 30, 0.4, 50, -1.3, 0.4),
    "V3": (0.06, 0, 0, 38, 0.8, 45, -0.8, 0.45),
    "V4": (0.06, 8, -0.04, 45, 1.3, 35, -0.4, 0.4),
    "V5": (0.06, 12, -0.06, 48, 1.3, 25, -0.2, 0.35),
    "V6": (0.06, 14, -0.07, 46, 1.0, 20, -0.08, 0.25),
}
NORMAL_OVERALL = {
    "rr_ms": 833,
    "rate_bpm": 72,
    "p_ms": 100,
    "pr_ms": 160,
    "qrs_ms": 92,
    "qt_ms": 380,
    "qtc_bazett_ms": 416,
    "qtc_fridericia_ms": 404,
    "qtc_framingham_ms": 406,
    "qtc_hodges_ms": 401,
    "p_axis_deg": 50,
    "qrs_axis_deg": 45,
    "t_axis_deg": 40,
}


def value(number: float) -> Measured:
    return Measured(float(number), n=10)


NORMAL_RHYTHM: dict[str, Any] = {
    "p_share": value(1.0),
    "pr_spread_ms": value(3.0),
    "rr_spread": value(0.03),
    "p_cycle_ms": value(0.0),
    "ventricular_pacing": value(0.0),
    "atrial_pacing": value(0.0),
    "v_share": value(0.0),
}


def ecg(
    leads: Mapping[str, Mapping[str, float]] | None = None,
    overall: Mapping[str, float] | None = None,
    rhythm: Mapping[str, Any] | None = None,
    subject: Subject = Subject(60, "M"),  # noqa: B008
    without: tuple[str, ...] = (),
    gain: float = 1.0,
    relative: tuple[str, ...] = (),
) -> Ecg:
    """A normal ECG with changes: `leads` by lead and quantity, `overall` and `rhythm` by quantity."""
    matrix: dict[str, dict[str, Measured]] = {}
    for lead, normal in NORMAL_LEADS.items():
        row = dict.fromkeys(LEAD_QUANTITIES, 0.0) | dict(zip(COLUMNS, normal, strict=True))
        row |= {"pr_ms": 160, "qrs_ms": 92, "qt_ms": 380} | dict((leads or {}).get(lead, {}))
        if lead not in without:
            matrix[lead] = {name: value(number * gain if "_mv" in name else number) for name, number in row.items()}
    numbers = NORMAL_OVERALL | dict(overall or {})
    measured = {name: value(numbers[name]) for name in GLOBAL_QUANTITIES}
    facts = RhythmFacts(**(NORMAL_RHYTHM | dict(rhythm or {})))
    return Ecg(BeatMeasurements(measured, matrix), subject, facts, dict.fromkeys(relative, "amplitude not calibrated"))


def in_leads(names: str, **values: float) -> dict[str, dict[str, float]]:
    """The same change in several leads, named with blanks between them."""
    return {name: dict(values) for name in names.split()}


def merged(*changes: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Changes of leads together; later ones replace earlier ones, quantity by quantity."""
    result: dict[str, dict[str, float]] = {}
    for change in changes:
        for lead, values in change.items():
            result[lead] = result.get(lead, {}) | dict(values)
    return result


RIGHT_BLOCK = merged(
    {"V1": {"r_mv": 0.2, "r_ms": 25, "s_mv": -0.3, "s_ms": 30, "r2_mv": 0.7, "r2_ms": 70}},
    in_leads("I V6", s_ms=60, s_mv=-0.3),
)
LEFT_BLOCK = merged(
    in_leads("I aVL V5 V6", q_ms=0, q_mv=0, r_ms=130, r_mv=0.9, s_ms=0, s_mv=0, t_mv=-0.2, st60_mv=-0.1, j_mv=-0.1),
    in_leads("V1 V2 V3", r_mv=0.1, s_mv=-1.8, s_ms=120, t_mv=0.5, j_mv=0.25, st60_mv=0.3),
)
"""Right and left bundle-branch block, but for the QRS duration."""
