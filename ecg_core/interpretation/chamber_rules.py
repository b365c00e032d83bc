"""Statements of chamber hypertrophy, atrial abnormality and voltage.

Source: Hancock EW et al.: AHA/ACCF/HRS recommendations for the standardization and interpretation of the
electrocardiogram, part V: electrocardiogram changes associated with cardiac chamber hypertrophy (2009,
doi:10.1161/CIRCULATIONAHA.108.191097), table 1 (left ventricle) and table 2 (right ventricle).
One departure: the product of Cornell voltage and QRS duration counts beside a strain pattern only. Its limit was set
with QRS durations read in single leads; those from the earliest onset to the latest end in any lead are longer, and 13
of the 15 recordings in which it alone was met (PTB-XL, rhythm12) have no hypertrophy by their readers.
"""

from __future__ import annotations

from typing import Final

from ecg_core.delineation.measured import Measured
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
    below,
    stated,
    unassessed,
)
from ecg_core.interpretation.ecg import Ecg, combined, sum_of
from ecg_core.interpretation.statement import Rule, Severity, SoFar

SOKOLOW_MV: Final = 3.5
SOKOLOW_FROM_YEARS: Final = 35.0
"""Below this age the limits of voltage are exceeded by healthy hearts."""

R_AVL_MV: Final = 1.1
CORNELL_MV: Final = {"M": 2.8, "F": 2.0}
CORNELL_PRODUCT: Final = 243.6
"""In mV ms: 2436 mm ms."""

STRAIN_ST_MV, STRAIN_T_MV = -0.05, -0.1
LOW_LIMB_MV, LOW_CHEST_MV = 0.5, 1.0
TALL_P_MV, TALL_P_V1_MV = 0.25, 0.15
LONG_P_MS: Final = 120.0
NEGATIVE_P_V1_MV: Final = -0.1

_SOURCE: Final = "Hancock 2009"


def _s(ecg: Ecg, lead: str) -> Measured:
    return ecg.depth(lead)


def left_ventricular_voltages(ecg: Ecg) -> Checklist:
    """Return the voltage criteria of left ventricular hypertrophy, of which any one suffices.

    Parameters
    ----------
    ecg : Ecg
        The ECG. Where the sex is unknown the higher limit counts, where the age is unknown that of adults.

    Returns
    -------
    Checklist
    """
    lateral = combined(max, ecg.largest_r("V5"), ecg.largest_r("V6"))
    young = ecg.subject.age_years is not None and ecg.subject.age_years < SOKOLOW_FROM_YEARS
    sokolow = above("S in V1 + R in V5 or V6", combined(sum_of, _s(ecg, "V1"), lateral), SOKOLOW_MV, "mv")
    if young:
        limit = f"{sokolow.limit}, from {SOKOLOW_FROM_YEARS:.0f} years"
        sokolow = Criterion(sokolow.name, limit, sokolow.measured, False)
    cornell = combined(sum_of, ecg.largest_r("aVL"), _s(ecg, "V3"))
    sex = ecg.subject.sex
    return any_of(
        sokolow,
        above("R in aVL", ecg.largest_r("aVL"), R_AVL_MV, "mv"),
        above("R in aVL + S in V3", cornell, CORNELL_MV["F" if sex == "F" else "M"], "mv"),
        name="voltage",
    )


def strain(ecg: Ecg) -> Checklist:
    """Return the criteria of secondary ST and T changes in the lateral leads.

    Parameters
    ----------
    ecg : Ecg
        The ECG.

    Returns
    -------
    Checklist
        ST depressed and T inverted in one of I, aVL, V5, V6 with an upright QRS.
    """
    return any_of(
        *(
            all_of(
                above(f"net QRS in {lead}", ecg.net(lead), 0.0, "ratio"),
                at_most(f"ST in {lead}", ecg.lead(lead, "st60_mv"), STRAIN_ST_MV, "mv"),
                at_most(f"T in {lead}", ecg.lead(lead, "t_mv"), STRAIN_T_MV, "mv"),
                name=f"strain in {lead}",
            )
            for lead in ("I", "aVL", "V5", "V6")
        ),
        name="ST-T abnormality",
    )


def _left_atrium(ecg: Ecg) -> Checklist:
    return all_of(
        at_least("P duration", ecg.overall("p_ms"), LONG_P_MS, "ms"),
        at_most("terminal P in V1", ecg.lead("V1", "p_mv"), NEGATIVE_P_V1_MV, "mv"),
        name="left atrial abnormality",
    )


def _blocked(ecg: Ecg, so_far: SoFar, *codes: str) -> Judgement | None:
    names = {
        "CLBBB": "left bundle-branch block",
        "CRBBB": "right bundle-branch block",
        "WPW": "pre-excitation",
    }
    if ventricular_pacing(ecg):
        return unassessed("ventricular pacing")
    found = next((names[code] for code in codes if so_far.get(code)), "")
    return unassessed(found) if found else None


def _left_hypertrophy(ecg: Ecg, so_far: SoFar) -> Judgement:
    voltages = left_ventricular_voltages(ecg)
    repolarisation = strain(ecg)
    more = any_of(
        repolarisation,
        _left_atrium(ecg),
        any_of(*voltages.items, needed=2, name="two voltage criteria"),
        name="support by a second criterion",
    )
    text = "Left ventricular hypertrophy"
    cornell = combined(sum_of, ecg.largest_r("aVL"), _s(ecg, "V3"))
    product = combined(lambda voltage, width: voltage * width, cornell, ecg.overall("qrs_ms"))
    enough = any_of(
        all_of(voltages, more),
        all_of(above("Cornell product", product, CORNELL_PRODUCT, "mvms"), repolarisation),
    )
    return _blocked(ecg, so_far, "CLBBB", "WPW") or Judgement(
        all_of(enough), text=f"{text} with ST-T abnormality" if repolarisation.met else text
    )


def _left_voltage(ecg: Ecg, so_far: SoFar) -> Judgement:
    alone = stated("no other sign of hypertrophy", not so_far.get("LVH"))
    return _blocked(ecg, so_far, "CLBBB", "WPW") or Judgement(all_of(left_ventricular_voltages(ecg), alone))


def _right_hypertrophy(ecg: Ecg, so_far: SoFar) -> Judgement:
    return _blocked(ecg, so_far, "CLBBB", "CRBBB", "WPW") or Judgement(
        all_of(
            at_least("QRS axis", ecg.overall("qrs_axis_deg"), 90, "deg"),
            any_of(
                all_of(
                    above("net QRS in V1", ecg.net("V1"), 0.0, "ratio"),
                    above("R in V1", ecg.largest_r("V1"), 0.5, "mv"),
                    name="tall R in V1",
                ),
                above("R in V1", ecg.largest_r("V1"), 0.6, "mv"),
                above(
                    "R in V1 + S in V5 or V6",
                    combined(lambda r, v5, v6: r + max(v5, v6), ecg.largest_r("V1"), _s(ecg, "V5"), _s(ecg, "V6")),
                    1.05,
                    "mv",
                ),
            ),
        )
    )


def _atrial_rhythm(ecg: Ecg, so_far: SoFar) -> Judgement | None:
    other = {"AFIB": "atrial fibrillation", "AFLT": "atrial flutter"}
    found = next((name for code, name in other.items() if so_far.get(code)), "")
    if found:
        return unassessed(found)
    return unassessed("atrial pacing") if (ecg.rhythm.atrial_pacing.value or 0) > 0 else None


def _left_atrial(ecg: Ecg, so_far: SoFar) -> Judgement:
    return _atrial_rhythm(ecg, so_far) or Judgement(_left_atrium(ecg))


def _right_atrial(ecg: Ecg, so_far: SoFar) -> Judgement:
    return _atrial_rhythm(ecg, so_far) or Judgement(
        any_of(
            *(above(f"P in {lead}", ecg.lead(lead, "p_mv"), TALL_P_MV, "mv") for lead in ("II", "III", "aVF")),
            above("P in V1", ecg.lead("V1", "p_mv"), TALL_P_V1_MV, "mv"),
        )
    )


def _low_voltage(ecg: Ecg, so_far: SoFar) -> Judgement:
    limb, chest = (
        all_of(*(below(f"QRS in {lead}", ecg.peak_to_peak(lead), limit, "mv") for lead in leads), name=name)
        for leads, limit, name in (
            (("I", "II", "III", "aVR", "aVL", "aVF"), LOW_LIMB_MV, "limb leads"),
            (("V1", "V2", "V3", "V4", "V5", "V6"), LOW_CHEST_MV, "precordial leads"),
        )
    )
    where = " and ".join(group.name for group in (limb, chest) if group.met)
    return Judgement(any_of(limb, chest), text=f"Low voltage, {where}")


CHAMBER_RULES: Final = (
    Rule("LVH", "Left ventricular hypertrophy", Severity.ABNORMAL, _SOURCE, _left_hypertrophy),
    Rule("VCLVH", "Voltage criteria for left ventricular hypertrophy", Severity.BORDERLINE, _SOURCE, _left_voltage),
    Rule("RVH", "Right ventricular hypertrophy", Severity.ABNORMAL, _SOURCE, _right_hypertrophy),
    Rule("LAE", "Left atrial abnormality", Severity.BORDERLINE, _SOURCE, _left_atrial),
    Rule("RAE", "Right atrial abnormality", Severity.BORDERLINE, _SOURCE, _right_atrial),
    Rule("LVOLT", "Low voltage", Severity.BORDERLINE, "Kligfield 2007", _low_voltage),
)
