"""Statements of intraventricular conduction, pre-excitation and axis.

Source: Surawicz B et al.: AHA/ACCF/HRS recommendations for the standardization and interpretation of the
electrocardiogram, part III: intraventricular conduction disturbances (2009, doi:10.1161/CIRCULATIONAHA.108.191095).
Notches and slurs of the QRS are not measured: the broad R of left bundle-branch block is told by its R peak time, a
delta wave by the P wave that ends where the QRS begins. One departure: a nonspecific delay begins at 120 ms, as WHO and
ISFC have it (Willems JL et al. 1985, doi:10.1016/S0735-1097(85)80335-1), and not above 110 ms: the QRS from the
earliest onset to the latest end in any lead lasts that long in every tenth normal ECG.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ecg_core.delineation.measured import Measured
from ecg_core.interpretation.criteria import (
    Checklist,
    Criterion,
    Judgement,
    above,
    all_of,
    any_of,
    at_least,
    at_most,
    below,
    between,
    holds,
    stated,
    unassessed,
)
from ecg_core.interpretation.ecg import Ecg, combined
from ecg_core.interpretation.rhythm_rules import PACED_SHARE
from ecg_core.interpretation.statement import Rule, Severity, SoFar

COMPLETE_MS, INCOMPLETE_MS = 120.0, 110.0
LATE_R_LEFT_MS, LATE_R_RIGHT_MS, LATE_R_AVL_MS = 60.0, 50.0, 45.0
LONG_S_MS: Final = 40.0
SHORT_PR_MS: Final = 120.0
NO_PR_SEGMENT_MS: Final = 20.0
"""A P wave that ends within this time of the QRS onset meets the delta wave."""

SMALLEST_R_PRIME, SMALLEST_Q = 0.1, 0.03
"""Waves that count, as a share of the QRS; smaller ones are within the noise of a tracing."""

_LATERAL: Final = ("I", "aVL", "V5", "V6")
_SOURCE: Final = "Surawicz 2009"
_WHO: Final = "Willems 1985"


def ventricular_pacing(ecg: Ecg) -> bool:
    """Tell whether ventricular pacing leaves nothing to say about the QRS and what follows from it."""
    return (ecg.rhythm.ventricular_pacing.value or 0.0) >= PACED_SHARE


def _late_r(ecg: Ecg, lead: str) -> Checklist:
    """Return rsr', rsR' or rSR' in a right precordial lead, or its dominant late R."""
    wider = combined(lambda second, first: second - first, ecg.lead(lead, "r2_ms"), ecg.lead(lead, "r_ms"))
    taller = combined(lambda second, first: second - first, ecg.share(lead, "r2"), ecg.share(lead, "r"))
    return any_of(
        all_of(
            at_least(f"R' in {lead}, share of QRS", ecg.share(lead, "r2"), SMALLEST_R_PRIME, "share"),
            any_of(
                above(f"R' wider than r in {lead}, by", wider, 0.0, "ms"),
                above(f"R' taller than r in {lead}, by, share of QRS", taller, 0.0, "share"),
            ),
            name=f"rsR' in {lead}",
        ),
        all_of(
            above(f"net QRS in {lead}", ecg.net(lead), 0.0, "ratio"),
            above(f"R peak time in {lead}", ecg.r_peak_ms(lead), LATE_R_RIGHT_MS, "ms"),
            name=f"dominant R in {lead}",
        ),
        name=f"late R in {lead}",
    )


def _long_s(ecg: Ecg, lead: str) -> Checklist:
    longer = combined(lambda s, r: s - r if s else -r, ecg.lead(lead, "s_ms"), ecg.lead(lead, "r_ms"))
    return any_of(
        above(f"S longer than R in {lead}, by", longer, 0.0, "ms"),
        above(f"S duration in {lead}", ecg.lead(lead, "s_ms"), LONG_S_MS, "ms"),
        name=f"long S in {lead}",
    )


def _right_pattern(ecg: Ecg) -> Checklist:
    return all_of(
        any_of(_late_r(ecg, "V1"), _late_r(ecg, "V2")),
        _long_s(ecg, "I"),
        _long_s(ecg, "V6"),
        name="pattern of right bundle-branch block",
    )


def _left_pattern(ecg: Ecg) -> Checklist:
    return all_of(
        below("net QRS in V1", ecg.net("V1"), 0.0, "ratio"),
        any_of(
            *(
                below(f"q in {lead}, share of QRS", ecg.share(lead, "q"), SMALLEST_Q, "share")
                for lead in ("I", "V5", "V6")
            ),
            needed=2,
            name="no q in I, V5, V6",
        ),
        any_of(
            *(above(f"net QRS in {lead}", ecg.net(lead), 0.0, "ratio") for lead in _LATERAL),
            needed=2,
            name="dominant R in two of I, aVL, V5, V6",
        ),
        above("R peak time, mean of those", _mean_r_peak(ecg, _LATERAL), LATE_R_LEFT_MS, "ms"),
        name="pattern of left bundle-branch block",
    )


def _mean_r_peak(ecg: Ecg, leads: Sequence[str]) -> Measured:
    """Return the mean R peak time of the leads with a dominant R: that of one lead is uncertain by 10 ms."""
    dominant = [lead for lead in leads if (ecg.net(lead).value or 0.0) > 0]
    if not dominant:
        return Measured(None, reason="no lead with a dominant R")
    return combined(lambda *times: sum(times) / len(times), *(ecg.r_peak_ms(lead) for lead in dominant))


def _qrs(ecg: Ecg, low: float, high: float | None = None) -> Criterion:
    width = ecg.overall("qrs_ms")
    if high is None:
        return at_least("QRS duration", width, low, "ms")
    return between("QRS duration", width, low, high, "ms")


def _preexcitation(ecg: Ecg, so_far: SoFar) -> Judgement:
    if ventricular_pacing(ecg):
        return unassessed("ventricular pacing")
    segment = combined(lambda pr, p: pr - p, ecg.overall("pr_ms"), ecg.overall("p_ms"))
    if any(so_far.get(code) for code in ("AFIB", "AFLT", "3AVB")):
        return unassessed("no constant PR interval")
    return Judgement(
        all_of(
            below("PR interval", ecg.overall("pr_ms"), SHORT_PR_MS, "ms"),
            at_most("end of P to QRS onset", segment, NO_PR_SEGMENT_MS, "ms"),
            _qrs(ecg, INCOMPLETE_MS),
        )
    )


def _excluded(so_far: SoFar, ecg: Ecg) -> Judgement | None:
    """Return the judgement that conduction cannot be judged, None where it can."""
    if ventricular_pacing(ecg):
        return unassessed("ventricular pacing")
    return unassessed("pre-excitation") if so_far.get("WPW") else None


def _right_block(ecg: Ecg, so_far: SoFar) -> Judgement:
    return _excluded(so_far, ecg) or Judgement(all_of(_qrs(ecg, COMPLETE_MS), _right_pattern(ecg)))


def _incomplete_right_block(ecg: Ecg, so_far: SoFar) -> Judgement:
    return _excluded(so_far, ecg) or Judgement(all_of(_qrs(ecg, INCOMPLETE_MS, COMPLETE_MS), _right_pattern(ecg)))


def _left_block(ecg: Ecg, so_far: SoFar) -> Judgement:
    return _excluded(so_far, ecg) or Judgement(all_of(_qrs(ecg, COMPLETE_MS), _left_pattern(ecg)))


def _incomplete_left_block(ecg: Ecg, so_far: SoFar) -> Judgement:
    return _excluded(so_far, ecg) or Judgement(all_of(_qrs(ecg, INCOMPLETE_MS, COMPLETE_MS), _left_pattern(ecg)))


def _unspecific_delay(ecg: Ecg, so_far: SoFar) -> Judgement:
    blocks = {
        "CRBBB": "right bundle-branch block",
        "CLBBB": "left bundle-branch block",
        "IRBBB": "incomplete right bundle-branch block",
        "ILBBB": "incomplete left bundle-branch block",
    }
    found = next((name for code, name in blocks.items() if so_far.get(code)), "")
    untold = any(so_far.get(code) is None for code in blocks)
    other = stated("no bundle-branch block", False if found else None if untold else True, found or "")
    return _excluded(so_far, ecg) or Judgement(all_of(_qrs(ecg, COMPLETE_MS), other))


def _anterior_fascicle(ecg: Ecg, so_far: SoFar) -> Judgement:
    return _excluded(so_far, ecg) or Judgement(
        all_of(
            between("QRS axis", ecg.overall("qrs_axis_deg"), -90, -45, "deg"),
            _q_r(ecg, "aVL"),
            at_least("R peak time in aVL", ecg.r_peak_ms("aVL"), LATE_R_AVL_MS, "ms"),
            below("QRS duration", ecg.overall("qrs_ms"), COMPLETE_MS, "ms"),
        )
    )


def _q_r(ecg: Ecg, lead: str) -> Checklist:
    larger = combined(lambda r, r2, s: max(r, r2) - s, *(ecg.share(lead, wave) for wave in ("r", "r2", "s")))
    return all_of(
        above(f"q in {lead}, share of QRS", ecg.share(lead, "q"), 0.0, "share"),
        above(f"R larger than S in {lead}, by, share of QRS", larger, 0.0, "share"),
        name=f"qR in {lead}",
    )


def _r_s(ecg: Ecg, lead: str) -> Checklist:
    larger = combined(lambda s, r: s - r, ecg.share(lead, "s"), ecg.share(lead, "r"))
    return all_of(
        above(f"r in {lead}, share of QRS", ecg.share(lead, "r"), 0.0, "share"),
        above(f"S larger than r in {lead}, by, share of QRS", larger, 0.0, "share"),
        name=f"rS in {lead}",
    )


def _posterior_fascicle(ecg: Ecg, so_far: SoFar) -> Judgement:
    return _excluded(so_far, ecg) or Judgement(
        all_of(
            between("QRS axis", ecg.overall("qrs_axis_deg"), 90, 180, "deg"),
            *(_r_s(ecg, lead) for lead in ("I", "aVL")),
            *(_q_r(ecg, lead) for lead in ("III", "aVF")),
            below("QRS duration", ecg.overall("qrs_ms"), COMPLETE_MS, "ms"),
        )
    )


def _reversed_arms(ecg: Ecg, so_far: SoFar) -> Judgement:
    return Judgement(
        all_of(
            holds("P inverted in I", ecg.is_inverted("I", "p_mv")),
            below("net QRS in I", ecg.net("I"), 0.0, "ratio"),
            holds("P upright in aVR", ecg.is_upright("aVR", "p_mv")),
            above("net QRS in aVR", ecg.net("aVR"), 0.0, "ratio"),
        )
    )


def _left_axis(ecg: Ecg, so_far: SoFar) -> Judgement:
    return _axis(ecg, so_far, "LAFB", -90, -30)


def _right_axis(ecg: Ecg, so_far: SoFar) -> Judgement:
    return _axis(ecg, so_far, "LPFB", 90, 180)


def _axis(ecg: Ecg, so_far: SoFar, fascicle: str, low: float, high: float) -> Judgement:
    if ventricular_pacing(ecg):
        return unassessed("ventricular pacing")
    axis = ecg.overall("qrs_axis_deg")
    told_by_fascicle = stated("no fascicular block that explains it", not so_far.get(fascicle))
    return Judgement(all_of(between("QRS axis", axis, low, high, "deg"), told_by_fascicle))


CONDUCTION_RULES: Final = (
    Rule(
        "ARM_REVERSAL",
        "Suspected arm electrode reversal, or dextrocardia: territories and axis are not reliable",
        Severity.URGENT,
        "Kligfield 2007",
        _reversed_arms,
    ),
    Rule("WPW", "Ventricular preexcitation", Severity.URGENT, _SOURCE, _preexcitation),
    Rule("CLBBB", "Left bundle-branch block", Severity.ABNORMAL, _SOURCE, _left_block),
    Rule("CRBBB", "Right bundle-branch block", Severity.ABNORMAL, _SOURCE, _right_block),
    Rule("ILBBB", "Incomplete left bundle-branch block", Severity.BORDERLINE, _SOURCE, _incomplete_left_block),
    Rule("IRBBB", "Incomplete right bundle-branch block", Severity.BORDERLINE, _SOURCE, _incomplete_right_block),
    Rule("IVCD", "Nonspecific intraventricular conduction delay", Severity.BORDERLINE, _WHO, _unspecific_delay),
    Rule("LAFB", "Left anterior fascicular block", Severity.ABNORMAL, _SOURCE, _anterior_fascicle),
    Rule("LPFB", "Left posterior fascicular block", Severity.ABNORMAL, _SOURCE, _posterior_fascicle),
    Rule("LAD", "Left-axis deviation", Severity.BORDERLINE, _SOURCE, _left_axis),
    Rule("RAD", "Right-axis deviation", Severity.BORDERLINE, _SOURCE, _right_axis),
)
