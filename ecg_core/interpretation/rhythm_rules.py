"""Statements of rhythm, rate, AV conduction and pacing.

Sources: Mason JW et al.: Recommendations for the standardization and interpretation of the electrocardiogram, part II:
diagnostic statement list (2007, doi:10.1161/CIRCULATIONAHA.106.180201). Kusumoto FM et al.: 2018 ACC/AHA/HRS guideline
on bradycardia and cardiac conduction delay (doi:10.1161/CIR.0000000000000628). Which rhythm there is, is decided by
:mod:`ecg_core.rhythm`; the rules put its episodes into the words of the list. Ten seconds hold too few intervals for it
to be sure of fibrillation, so that irregular RR without P waves suffice too (Joglar JA et al.: 2023 ACC/AHA/ACCP/HRS
guideline on atrial fibrillation, doi:10.1161/CIR.0000000000001193). A regular tachycardia with narrow QRS complexes
and no P waves before them is supraventricular, whichever kind it is (Page RL et al.: 2015 ACC/AHA/HRS guideline for the
management of adult patients with supraventricular tachycardia, doi:10.1161/CIR.0000000000000311).
"""

from __future__ import annotations

from typing import Final

from ecg_core.delineation.av_conduction import (
    ESCAPE_BPM,
    FASTER_ATRIA,
    LONG_PR_MS,
    MIN_P_SHARE,
    REGULAR_RR,
    VARYING_PR_MS,
)
from ecg_core.delineation.st_levels import WIDE_QRS_MS
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
    holds,
    stated,
    told,
    unassessed,
)
from ecg_core.interpretation.ecg import Ecg
from ecg_core.interpretation.facts import MOST
from ecg_core.interpretation.statement import Judge, Rule, Severity, SoFar
from ecg_core.rhythm.episode_types import KINDS

SLOW_BPM, FAST_BPM = 60.0, 100.0
PACED_SHARE: Final = 0.1
"""Share of paced beats that makes the statement: one in ten seconds of a slow rhythm."""

NO_P_SHARE, IRREGULAR_RR = 0.2, 0.05
"""Atrial fibrillation has no repeating P waves and irregular RR; a regular rhythm varies by less than 5 %."""

SVT_BPM: Final = 150.0
"""Rate from which a rhythm without P waves before its QRS complexes is no longer an accelerated junctional one."""

MAX_BLOCKED_P: Final = 0.2
"""Share of P waves without QRS complex up to which the rate of the ventricles is that of the sinus node."""

_NAMED_WITH_RATE: Final = ("VF", "VT", "ASYSTOLE", "AFIB", "AFLT", "SVTAC", "3AVB", "2AVB")
_MASON: Final = "Mason 2007"
_KUSUMOTO: Final = "Kusumoto 2018"


def _named(kind: str, ecg: Ecg, *, most_of_it: bool) -> Criterion:
    """Return the criterion that the rhythm analysis names a kind of episode."""
    found = ecg.rhythm.kinds if most_of_it else ecg.rhythm.present
    name = f"{KINDS[kind].name} by rhythm analysis"
    if kind in found:
        return stated(name, True, found[kind])
    if kind in ecg.rhythm.unassessed:
        return stated(name, None, ecg.rhythm.unassessed[kind])
    return stated(name, False, "not found")


def _episode(kind: str) -> Judge:
    def judge(ecg: Ecg, so_far: SoFar) -> Judgement:
        return Judgement(all_of(_named(kind, ecg, most_of_it=False)))

    return judge


def _second_degree(ecg: Ecg, so_far: SoFar) -> Judgement:
    return Judgement(all_of(_named("AVB2", ecg, most_of_it=False)), text="Second-degree AV block")


def _neither_paced_nor_ventricular(ecg: Ecg, so_far: SoFar) -> tuple[Criterion, Criterion]:
    return (
        stated("not paced", not so_far.get("PACE")),
        stated("not ventricular", (ecg.rhythm.v_share.value or 0.0) < MOST),
    )


def _fibrillation(ecg: Ecg, so_far: SoFar) -> Judgement:
    irregular = all_of(
        below("beats with a P wave", ecg.rhythm.p_share, NO_P_SHARE, "share"),
        above("variation of RR", ecg.rhythm.rr_spread, IRREGULAR_RR, "share"),
        *_neither_paced_nor_ventricular(ecg, so_far),
        stated("no flutter waves found", "AFL" not in ecg.rhythm.kinds),
        name="irregular without P waves",
    )
    found: Criterion | Checklist = any_of(_named("AFIB", ecg, most_of_it=True), irregular)
    known = ecg.rhythm.p_share.value is not None
    few = (below("beats with a P wave", ecg.rhythm.p_share, MIN_P_SHARE, "share"),) if known else ()
    return _with_response("Atrial fibrillation", ecg, all_of(found, *few))


def _flutter(ecg: Ecg, so_far: SoFar) -> Judgement:
    return _with_response("Atrial flutter", ecg, all_of(_named("AFL", ecg, most_of_it=True)))


def _supraventricular_tachycardia(ecg: Ecg, so_far: SoFar) -> Judgement:
    narrow_and_regular = all_of(
        at_least("rate", ecg.overall("rate_bpm"), SVT_BPM, "bpm"),
        at_most("variation of RR", ecg.rhythm.rr_spread, IRREGULAR_RR, "share"),
        below("QRS duration", ecg.overall("qrs_ms"), WIDE_QRS_MS, "ms"),
        below("beats with a P wave", ecg.rhythm.p_share, NO_P_SHARE, "share"),
        *_neither_paced_nor_ventricular(ecg, so_far),
        stated("atrial fibrillation or flutter not stated", not (so_far.get("AFIB") or so_far.get("AFLT"))),
        name="fast, regular and narrow without P waves",
    )
    return Judgement(all_of(any_of(_named("SVTA", ecg, most_of_it=False), narrow_and_regular)))


def _with_response(text: str, ecg: Ecg, checklist: Checklist) -> Judgement:
    """Return the judgement about an atrial rhythm with the ventricular response in its text."""
    rapid, slow = _rate(ecg, slow=False), _rate(ecg, slow=True)
    response = "rapid" if rapid.met else "slow" if slow.met else ""
    return Judgement(
        checklist,
        text=f"{text} with {response} ventricular response" if response else text,
        supporting=(rapid,),
        raised=rapid.met is True,
    )


def _paced(ecg: Ecg, so_far: SoFar) -> Judgement:
    ventricular = at_least("beats paced in the ventricle", ecg.rhythm.ventricular_pacing, PACED_SHARE, "share")
    atrial = at_least("beats paced in the atrium", ecg.rhythm.atrial_pacing, PACED_SHARE, "share")
    chamber = {(True, True): "Dual-chamber", (False, True): "Atrial"}.get((bool(ventricular.met), bool(atrial.met)))
    return Judgement(any_of(ventricular, atrial), text=f"{chamber or 'Ventricular'}-paced complexes or rhythm")


def _other_rhythm(so_far: SoFar) -> str:
    """Return the rhythm that leaves no place for a statement about sinus rhythm or the PR interval."""
    names = {"AFIB": "atrial fibrillation", "AFLT": "atrial flutter", "VT": "ventricular tachycardia"}
    return next((name for code, name in names.items() if so_far.get(code)), "")


def _is_sinus(ecg: Ecg) -> tuple[Criterion, ...]:
    """Return the criteria of a sinus rhythm; the P wave's direction counts where lead II shows it."""
    p_waves = at_least("beats with a P wave", ecg.rhythm.p_share, MIN_P_SHARE, "share")
    upright = ecg.is_upright("II", "p_mv")
    return p_waves, *([holds("P wave upright in II", upright)] if upright.value is not None else [])


def _sinus_rate(slow: bool) -> Judge:
    def judge(ecg: Ecg, so_far: SoFar) -> Judgement:
        if other := _other_rhythm(so_far):
            return Judgement(all_of(stated("sinus rhythm", False, other)))
        if so_far.get("PACE"):
            return unassessed("paced rhythm")
        if so_far.get("3AVB"):
            return Judgement(all_of(stated("sinus rhythm of the ventricles", False, "complete AV block")))
        of_sinus = _is_sinus(ecg)
        if slow and ecg.rhythm.blocked_p_share.value is not None:
            of_sinus += (at_most("P waves without QRS complex", ecg.rhythm.blocked_p_share, MAX_BLOCKED_P, "share"),)
        return Judgement(all_of(_rate(ecg, slow), *of_sinus))

    return judge


def _other_rate(slow: bool) -> Judge:
    def judge(ecg: Ecg, so_far: SoFar) -> Judgement:
        if so_far.get("SBRAD" if slow else "STACH"):
            return Judgement(all_of(stated("rhythm other than sinus", False, "sinus rhythm")))
        if any(so_far.get(code) for code in _NAMED_WITH_RATE):
            return Judgement(all_of(stated("rhythm without a name", False, "named")))
        if slow and (ecg.rhythm.blocked_p_share.value or 0.0) > MAX_BLOCKED_P:
            blocked = above("P waves without QRS complex", ecg.rhythm.blocked_p_share, MAX_BLOCKED_P, "share")
            text = "Slow ventricular rate, P waves without QRS complexes"
            return Judgement(all_of(_rate(ecg, slow), blocked), text=text)
        return Judgement(all_of(_rate(ecg, slow)))

    return judge


def _rate(ecg: Ecg, slow: bool) -> Criterion:
    rate = ecg.overall("rate_bpm")
    return below("rate", rate, SLOW_BPM, "bpm") if slow else above("rate", rate, FAST_BPM, "bpm")


def _first_degree(ecg: Ecg, so_far: SoFar) -> Judgement:
    if other := _other_rhythm(so_far):
        return unassessed(other)
    if so_far.get("3AVB"):
        return unassessed("complete AV block")
    if (ecg.rhythm.ventricular_pacing.value or 0.0) >= PACED_SHARE:
        return unassessed("ventricular pacing")
    return Judgement(
        all_of(
            above("PR interval", ecg.overall("pr_ms"), LONG_PR_MS, "ms"),
            at_least("beats with a P wave", ecg.rhythm.p_share, MIN_P_SHARE, "share"),
        )
    )


def _complete_block(ecg: Ecg, so_far: SoFar) -> Judgement:
    named = _named("AVB3", ecg, most_of_it=False)
    if named.met:
        return Judgement(all_of(named))
    if other := _other_rhythm(so_far):
        return unassessed(f"{other}: no P waves to compare with")
    if (ecg.rhythm.ventricular_pacing.value or 0.0) >= PACED_SHARE:
        return unassessed("ventricular pacing")
    cycle, rr = ecg.rhythm.p_cycle_ms, ecg.overall("rr_ms")
    if cycle.value is None or rr.value is None:
        faster = stated("P waves faster than QRS", None, told(cycle, "ms"), "")
    else:
        limit = FASTER_ATRIA * rr.value
        faster = stated(
            "P to P", 0 < cycle.value < limit, told(cycle, "ms") if cycle.value else "as RR", f"< {limit:.0f} ms"
        )
    return Judgement(
        all_of(
            at_most("ventricular rate", ecg.overall("rate_bpm"), ESCAPE_BPM, "bpm"),
            at_most("variation of RR", ecg.rhythm.rr_spread, REGULAR_RR, "share"),
            at_least("spread of PR", ecg.rhythm.pr_spread_ms, VARYING_PR_MS, "ms"),
            faster,
        )
    )


RHYTHM_RULES: Final = (
    Rule("VF", "Ventricular fibrillation or flutter", Severity.CRITICAL, _MASON, _episode("VF")),
    Rule("VT", "Ventricular tachycardia", Severity.CRITICAL, _MASON, _episode("VT")),
    Rule("ASYSTOLE", "Asystole", Severity.CRITICAL, _MASON, _episode("ASYSTOLE")),
    Rule("CAPTURE", "Failure to capture", Severity.CRITICAL, _MASON, _episode("CAPTURE")),
    Rule("PACE", "Paced complexes or rhythm", Severity.ABNORMAL, _MASON, _paced),
    Rule("AFIB", "Atrial fibrillation", Severity.ABNORMAL, f"{_MASON}, Joglar 2023", _fibrillation),
    Rule("AFLT", "Atrial flutter", Severity.ABNORMAL, _MASON, _flutter),
    Rule(
        "SVTAC", "Supraventricular tachycardia", Severity.URGENT, f"{_MASON}, Page 2015", _supraventricular_tachycardia
    ),
    Rule("3AVB", "AV block, complete (third-degree)", Severity.CRITICAL, _KUSUMOTO, _complete_block),
    Rule("2AVB", "Second-degree AV block", Severity.URGENT, _KUSUMOTO, _second_degree),
    Rule("1AVB", "Prolonged PR interval (first-degree AV block)", Severity.ABNORMAL, _KUSUMOTO, _first_degree),
    Rule("SBRAD", "Sinus bradycardia", Severity.BORDERLINE, _MASON, _sinus_rate(slow=True)),
    Rule("STACH", "Sinus tachycardia", Severity.ABNORMAL, _MASON, _sinus_rate(slow=False)),
    Rule("BRADY", "Slow ventricular rate, rhythm not sinus", Severity.ABNORMAL, _MASON, _other_rate(slow=True)),
    Rule("TACHY", "Rapid ventricular rate, rhythm not sinus", Severity.URGENT, _MASON, _other_rate(slow=False)),
)
