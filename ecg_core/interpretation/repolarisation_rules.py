"""Statements of the ST segment, T wave and QT interval.

Source: Rautaharju PM et al.: AHA/ACCF/HRS recommendations for the standardization and interpretation of the
electrocardiogram, part IV: the ST segment, T and U waves, and the QT interval (2009,
doi:10.1161/CIRCULATIONAHA.108.191096). Two departures. The QT interval counts as short from a QTc of 360 ms down, as
Zeppenfeld K et al.: 2022 ESC guidelines on ventricular arrhythmias (doi:10.1093/eurheartj/ehac262), since the 390 ms of
2009 hold for every fifth healthy person. With a QRS of 120 ms or more, 48.5 % of it are taken off the QT interval
(Bogossian H et al. 2014, doi:10.1016/j.hrthm.2014.09.003).
"""

from __future__ import annotations

from typing import Final

from ecg_core.delineation.measured import Measured
from ecg_core.delineation.st_levels import WIDE_QRS_MS
from ecg_core.interpretation.conduction_rules import ventricular_pacing
from ecg_core.interpretation.criteria import (
    Judgement,
    above,
    all_of,
    any_of,
    at_least,
    at_most,
    unassessed,
)
from ecg_core.interpretation.ecg import Ecg, combined
from ecg_core.interpretation.statement import Rule, Severity, SoFar

LONG_QTC_MS: Final = {"M": 450.0, "F": 460.0}
DANGEROUS_QTC_MS: Final = 500.0
"""From here on torsades de pointes become likely: Drew BJ et al. 2010, doi:10.1161/CIRCULATIONAHA.109.192704."""

SHORT_QTC_MS: Final = 360.0
SHORT_QT_RATES_BPM: Final = (50.0, 100.0)
"""Outside them no correction for the rate holds well enough to call a QT interval short."""

QRS_SHARE: Final = 0.485

ST_DEPRESSION_MV: Final = -0.05
T_INVERSION_MV: Final = -0.1

CONTIGUOUS: Final = (
    ("V2", "V3"),
    ("V3", "V4"),
    ("V4", "V5"),
    ("V5", "V6"),
    ("aVL", "I"),
    ("II", "aVF"),
    ("aVF", "III"),
)
"""Neighbouring leads; V1, aVR and III alone may have a negative T wave in health."""

_SOURCE: Final = "Rautaharju 2009"


def corrected_qt(ecg: Ecg) -> Measured:
    """Return QTc by Framingham's linear formula, of a wide QRS with its excess taken off.

    Parameters
    ----------
    ecg : Ecg
        The ECG.

    Returns
    -------
    Measured
        In ms.
    """
    qtc = ecg.overall("qtc_framingham_ms")
    return combined(lambda qt, qrs: qt - QRS_SHARE * qrs, qtc, ecg.overall("qrs_ms")) if _is_wide(ecg) else qtc


def _is_wide(ecg: Ecg) -> bool:
    return (ecg.overall("qrs_ms").value or 0.0) >= WIDE_QRS_MS


def _irregular(so_far: SoFar) -> bool:
    return bool(so_far.get("AFIB"))


def _long_qt(ecg: Ecg, so_far: SoFar) -> Judgement:
    qtc = corrected_qt(ecg)
    dangerous = at_least("QTc, dangerous", qtc, DANGEROUS_QTC_MS, "ms")
    # Of an irregular rhythm the correction is uncertain; what is dangerous even so is told.
    usual = LONG_QTC_MS["F" if ecg.subject.sex == "F" else "M"]
    limit = DANGEROUS_QTC_MS if dangerous.met or _irregular(so_far) else usual
    name = "QTc (Framingham, adjusted for the wide QRS)" if _is_wide(ecg) else "QTc (Framingham)"
    return Judgement(
        all_of(at_least(name, qtc, limit, "ms")),
        text="Prolonged QT interval" + (", dangerous: 500 ms or more" if dangerous.met else ""),
        supporting=() if dangerous.met else (dangerous,),
        raised=dangerous.met is True,
    )


def _short_qt(ecg: Ecg, so_far: SoFar) -> Judgement:
    if _irregular(so_far):
        return unassessed("atrial fibrillation: irregular rhythm")
    if _is_wide(ecg):
        return unassessed("wide QRS")
    rate_bpm, (slowest, fastest) = ecg.overall("rate_bpm").value, SHORT_QT_RATES_BPM
    if rate_bpm is not None and not slowest <= rate_bpm <= fastest:
        return unassessed(f"rate outside {slowest:.0f} to {fastest:.0f} bpm: QTc uncertain")
    return Judgement(all_of(at_most("QTc (Framingham)", corrected_qt(ecg), SHORT_QTC_MS, "ms")))


def _secondary(ecg: Ecg, so_far: SoFar) -> Judgement | None:
    names = {"CLBBB": "left bundle-branch block", "CRBBB": "right bundle-branch block", "WPW": "pre-excitation"}
    if ventricular_pacing(ecg):
        return unassessed("ventricular pacing: secondary changes")
    found = next((name for code, name in names.items() if so_far.get(code)), "")
    return unassessed(f"{found}: secondary changes") if found else None


def _st_depression(ecg: Ecg, so_far: SoFar) -> Judgement:
    pairs = [
        all_of(
            *(at_most(f"ST in {lead}", ecg.lead(lead, "st60_mv"), ST_DEPRESSION_MV, "mv") for lead in pair),
            *(at_most(f"J point in {lead}", ecg.lead(lead, "j_mv"), ST_DEPRESSION_MV, "mv") for lead in pair),
            name=" and ".join(pair),
        )
        for pair in CONTIGUOUS
    ]
    return _secondary(ecg, so_far) or Judgement(any_of(*pairs))


def _t_inversion(ecg: Ecg, so_far: SoFar) -> Judgement:
    pairs = [
        all_of(
            *(at_most(f"T in {lead}", ecg.lead(lead, "t_mv"), T_INVERSION_MV, "mv") for lead in pair),
            any_of(
                *(above(f"net QRS in {lead}", ecg.net(lead), 0.0, "ratio") for lead in pair),
                name="prominent R",
            ),
            name=" and ".join(pair),
        )
        for pair in CONTIGUOUS
    ]
    return _secondary(ecg, so_far) or Judgement(any_of(*pairs))


REPOLARISATION_RULES: Final = (
    Rule("LNGQT", "Prolonged QT interval", Severity.URGENT, _SOURCE, _long_qt),
    Rule("SHORTQT", "Short QT interval", Severity.ABNORMAL, "Zeppenfeld 2022", _short_qt),
    Rule("STD", "ST depression: possible ischemia", Severity.URGENT, "Thygesen 2018", _st_depression),
    Rule("INVT", "T-wave inversion", Severity.ABNORMAL, "Thygesen 2018", _t_inversion),
)
