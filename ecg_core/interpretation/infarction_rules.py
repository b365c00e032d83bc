"""Statements of acute and old infarction by territory.

Sources: Thygesen K et al.: Fourth universal definition of myocardial infarction (2018,
doi:10.1161/CIR.0000000000000617), tables 2 and 3. Wagner GS et al.: AHA/ACCF/HRS recommendations for the
standardization and interpretation of the electrocardiogram, part VI: acute ischemia/infarction (2009,
doi:10.1161/CIRCULATIONAHA.108.191098). In left bundle-branch block and ventricular pacing: Sgarbossa EB et al. 1996
(doi:10.1056/NEJM199602223340801) with the ratio of Smith SW et al. 2012 (doi:10.1016/j.annemergmed.2012.07.119).
In left ventricular hypertrophy the ST elevation of V1 to V3 counts from a quarter of the S wave: Armstrong EJ et al.
2012 (doi:10.1016/j.amjcard.2012.05.006). One departure: outside V2 and V3 a pathological Q wave is also a quarter of R
or more, the classical criterion (the Minnesota code asks for a third: Prineas RJ et al. 2010,
doi:10.1007/978-1-84882-778-3), since the septal q of healthy hearts, measured from the earliest onset in any lead,
often lasts 30 ms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ecg_core.delineation.measured import Measured
from ecg_core.interpretation.chamber_rules import left_ventricular_voltages
from ecg_core.interpretation.conduction_rules import ventricular_pacing
from ecg_core.interpretation.criteria import (
    Checklist,
    Criterion,
    Judgement,
    above,
    all_of,
    any_of,
    at_least,
    at_most,
    holds,
    stated,
    unassessed,
)
from ecg_core.interpretation.ecg import Ecg, Subject, combined
from ecg_core.interpretation.statement import Judge, Rule, Severity, SoFar

ELEVATION_MV: Final = 0.1
DEPRESSION_MV: Final = -0.05
MEN_40_MV, MEN_YOUNGER_MV, WOMEN_MV = 0.2, 0.25, 0.15
LEFT_MAIN_MV, LEFT_MAIN_LEADS = -0.1, 6
Q_MS, Q_MV, Q_V2_V3_MS = 30.0, 0.1, 20.0
Q_SHARE_OF_R: Final = 0.25
TALL_R_MS: Final = 40.0
CONCORDANT_MV, DISCORDANT_SHARE = 0.1, 0.25
SECONDARY_SHARE: Final = 0.25

PAIRS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "anterior": (("V1", "V2"), ("V2", "V3"), ("V3", "V4"), ("V4", "V5")),
    "inferior": (("II", "aVF"), ("aVF", "III"), ("II", "III")),
    "lateral": (("I", "aVL"), ("V5", "V6")),
}
"""Contiguous leads of each territory."""

OPPOSITE: Final = {"anterior": ("III", "aVF"), "inferior": ("I", "aVL"), "lateral": ("III", "aVF", "V1")}
"""Leads in which ST depression is reciprocal to the elevation of a territory."""

_UNIVERSAL: Final = "Thygesen 2018"
_WAGNER: Final = "Wagner 2009"


def elevation_limit_mv(lead: str, subject: Subject) -> float:
    """Return the limit of ST elevation at the J point.

    Parameters
    ----------
    lead : str
        Name of the lead.
    subject : Subject
        Age and sex count in V2 and V3. Where they are unknown the lowest limit that may apply counts, so that nothing
        is missed.

    Returns
    -------
    float
        In mV.
    """
    if lead not in ("V2", "V3"):
        return ELEVATION_MV
    if subject.sex == "M":
        return MEN_YOUNGER_MV if subject.age_years is not None and subject.age_years < 40 else MEN_40_MV
    return WOMEN_MV


def _elevation(ecg: Ecg, lead: str, *, hypertrophy: bool) -> Criterion:
    """Return whether the J point of a lead is elevated beyond its limit."""
    level, limit = ecg.lead(lead, "j_mv"), elevation_limit_mv(lead, ecg.subject)
    name = f"J point in {lead}"
    if hypertrophy and lead in ("V1", "V2", "V3"):
        depth = ecg.depth(lead).value
        limit = max(limit, SECONDARY_SHARE * depth) if depth is not None else limit
    return at_least(name, level, limit, "mv")


def _pairs(criteria: Mapping[str, Criterion | Checklist], pairs: Sequence[tuple[str, str]], name: str) -> Checklist:
    return any_of(*(all_of(*(criteria[lead] for lead in pair), name=" and ".join(pair)) for pair in pairs), name=name)


def _reciprocal(ecg: Ecg, leads: Sequence[str]) -> Checklist:
    return any_of(
        *(at_most(f"J point in {lead}", ecg.lead(lead, "j_mv"), DEPRESSION_MV, "mv") for lead in leads),
        name="reciprocal ST depression",
    )


def _secondary(ecg: Ecg, so_far: SoFar) -> Judgement | None:
    if ventricular_pacing(ecg):
        return unassessed("ventricular pacing: see the criteria of Sgarbossa")
    if so_far.get("CLBBB"):
        return unassessed("left bundle-branch block: see the criteria of Sgarbossa")
    return unassessed("pre-excitation") if so_far.get("WPW") else None


def _acute(territory: str) -> Judge:
    def judge(ecg: Ecg, so_far: SoFar) -> Judgement:
        hypertrophy = left_ventricular_voltages(ecg).met is True
        leads = {lead for pair in PAIRS[territory] for lead in pair}
        elevated = {lead: _elevation(ecg, lead, hypertrophy=hypertrophy) for lead in leads}
        reciprocal = _reciprocal(ecg, OPPOSITE[territory])
        if so_far.get("AFLT"):
            return unassessed("flutter waves distort the ST segment")
        text = f"ST elevation, {territory}: possible acute infarction"
        if not reciprocal.met:
            text += ", pericarditis or early repolarization"
        return _secondary(ecg, so_far) or Judgement(
            all_of(_pairs(elevated, PAIRS[territory], "two contiguous leads")),
            text=text,
            supporting=(reciprocal,),
            raised=reciprocal.met is True,
        )

    return judge


def _acute_posterior(ecg: Ecg, so_far: SoFar) -> Judgement:
    leads = ("V1", "V2", "V3")
    depressed = {
        lead: all_of(
            at_most(f"J point in {lead}", ecg.lead(lead, "j_mv"), DEPRESSION_MV, "mv"),
            at_most(f"ST 60 ms after J in {lead}", ecg.lead(lead, "st60_mv"), DEPRESSION_MV, "mv"),
        )
        for lead in leads
    }
    if so_far.get("CRBBB"):
        return unassessed("right bundle-branch block")
    return _secondary(ecg, so_far) or Judgement(
        all_of(_pairs(depressed, (("V1", "V2"), ("V2", "V3")), "ST depression")),
        supporting=tuple(holds(f"T upright in {lead}", ecg.is_upright(lead, "t_mv")) for lead in leads),
    )


def _left_main(ecg: Ecg, so_far: SoFar) -> Judgement:
    others = ("I", "II", "III", "aVL", "aVF", "V2", "V3", "V4", "V5", "V6")
    return _secondary(ecg, so_far) or Judgement(
        all_of(
            any_of(
                *(at_most(f"J point in {lead}", ecg.lead(lead, "j_mv"), LEFT_MAIN_MV, "mv") for lead in others),
                needed=LEFT_MAIN_LEADS,
                name="ST depression in six leads",
            ),
            any_of(
                *(at_least(f"J point in {lead}", ecg.lead(lead, "j_mv"), 0.05, "mv") for lead in ("aVR", "V1")),
                name="ST elevation in aVR or V1",
            ),
        )
    )


def _in_left_block(ecg: Ecg, so_far: SoFar) -> Judgement:
    if not so_far.get("CLBBB") and not ventricular_pacing(ecg):
        return Judgement(all_of(stated("left bundle-branch block or ventricular pacing", False, "none")))
    leads = ("I", "II", "III", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
    concordant = any_of(
        *(
            all_of(
                above(f"net QRS in {lead}", ecg.net(lead), 0.0, "ratio"),
                at_least(f"J point in {lead}", ecg.lead(lead, "j_mv"), CONCORDANT_MV, "mv"),
            )
            for lead in leads
        ),
        name="concordant ST elevation",
    )
    depressed = any_of(
        *(
            all_of(
                at_most(f"net QRS in {lead}", ecg.net(lead), 0.0, "ratio"),
                at_most(f"J point in {lead}", ecg.lead(lead, "j_mv"), -CONCORDANT_MV, "mv"),
            )
            for lead in ("V1", "V2", "V3")
        ),
        name="concordant ST depression in V1 to V3",
    )
    discordant = any_of(
        *(
            all_of(
                at_least(f"J point in {lead}", ecg.lead(lead, "j_mv"), CONCORDANT_MV, "mv"),
                at_least(f"ST/S in {lead}", _st_to_s(ecg, lead), DISCORDANT_SHARE, "ratio"),
            )
            for lead in leads
        ),
        name="excessive discordant ST elevation",
    )
    return Judgement(any_of(concordant, depressed, discordant))


def _st_to_s(ecg: Ecg, lead: str) -> Measured:
    return combined(lambda j, s: j / s if s else 0.0, ecg.lead(lead, "j_mv"), ecg.depth(lead))


def _pathological_q(ecg: Ecg, lead: str) -> Checklist:
    """Return the criteria of a pathological Q wave in one lead."""
    qs = holds(f"QS in {lead}", ecg.is_qs(lead))
    duration, depth = ecg.lead(lead, "q_ms"), combined(lambda q: -q, ecg.lead(lead, "q_mv"))
    if lead in ("V2", "V3"):
        wide: Criterion | Checklist = all_of(
            above(f"Q duration in {lead}", duration, Q_V2_V3_MS, "ms"),
            at_least(f"Q depth in {lead}", depth, 0.05, "mv"),
        )
    else:
        shares = (ecg.share(lead, wave) for wave in ("q", "r", "r2"))
        of_r = combined(lambda q, r, r2: q / (max(r, r2) or 0.01), *shares)
        wide = all_of(
            at_least(f"Q duration in {lead}", duration, Q_MS, "ms"),
            at_least(f"Q depth in {lead}", depth, Q_MV, "mv"),
            at_least(f"Q/R in {lead}", of_r, Q_SHARE_OF_R, "ratio"),
        )
    return any_of(qs, wide, name=f"Q wave in {lead}")


OLD_PAIRS: Final = {**PAIRS, "anterior": (("V2", "V3"), ("V3", "V4"), ("V4", "V5"))}
"""Without V1, in which a QS complex is normal."""


def _old(territory: str) -> Judge:
    def judge(ecg: Ecg, so_far: SoFar) -> Judgement:
        leads = {lead for pair in OLD_PAIRS[territory] for lead in pair}
        waves = {lead: _pathological_q(ecg, lead) for lead in leads}
        inverted = any_of(
            *(at_most(f"T in {lead}", ecg.lead(lead, "t_mv"), -0.1, "mv") for lead in sorted(leads)),
            name="T-wave inversion",
        )
        if ventricular_pacing(ecg):
            return unassessed("ventricular pacing")
        if so_far.get("CLBBB"):
            return unassessed("left bundle-branch block")
        if so_far.get("WPW"):
            return unassessed("pre-excitation")
        return Judgement(all_of(_pairs(waves, OLD_PAIRS[territory], "two contiguous leads")), supporting=(inverted,))

    return judge


def _old_posterior(ecg: Ecg, so_far: SoFar) -> Judgement:
    if any(so_far.get(code) for code in ("CRBBB", "CLBBB", "IRBBB", "RVH", "WPW")) or ventricular_pacing(ecg):
        return unassessed("conduction delay or right ventricular hypertrophy")
    tall = tuple(
        all_of(
            at_least(f"R duration in {lead}", ecg.lead(lead, "r_ms"), TALL_R_MS, "ms"),
            at_least(f"net QRS in {lead}", ecg.net(lead), 0.0, "ratio"),
            holds(f"T upright in {lead}", ecg.is_upright(lead, "t_mv")),
            name=f"tall R in {lead}",
        )
        for lead in ("V1", "V2")
    )
    return Judgement(all_of(*tall))


def _acute_rule(territory: str) -> Rule:
    return Rule(
        f"STE_{territory.upper()}",
        f"ST elevation, {territory}",
        Severity.URGENT,
        _UNIVERSAL,
        _acute(territory),
    )


INFARCTION_RULES: Final = (
    *(_acute_rule(territory) for territory in PAIRS),
    Rule(
        "STD_LEFT_MAIN",
        "ST depression in six or more leads with ST elevation in aVR or V1: possible left main or multivessel disease",
        Severity.CRITICAL,
        _WAGNER,
        _left_main,
    ),
    Rule(
        "STE_BLOCK",
        "ST deviation in left bundle-branch block or pacing: possible acute infarction",
        Severity.CRITICAL,
        "Sgarbossa 1996, Smith 2012",
        _in_left_block,
    ),
    Rule(
        "STD_POSTERIOR",
        "ST depression in V1 to V3: possible posterior infarction, record V7 to V9",
        Severity.URGENT,
        _UNIVERSAL,
        _acute_posterior,
    ),
    *(
        Rule(code, text, Severity.ABNORMAL, _UNIVERSAL, _old(territory))
        for code, text, territory in (
            ("AMI", "Anterior infarction, age undetermined", "anterior"),
            ("IMI", "Inferior infarction, age undetermined", "inferior"),
            ("LMI", "Lateral infarction, age undetermined", "lateral"),
        )
    ),
    Rule("PMI", "Posterior infarction, age undetermined", Severity.ABNORMAL, _UNIVERSAL, _old_posterior),
)
