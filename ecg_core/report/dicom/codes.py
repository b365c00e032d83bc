"""Codes of the structured report: concepts of TID 3700 and its parts, and what figures and findings are called.

Values are those of PS3.16 as pydicom's dictionary of its context groups has them, of LOINC, and of ISO/IEEE 11073-10101
(MDC); `tests/report/test_structured_report.py` compares. What has no code there has one of our own scheme and its name,
never the code of something alike.
"""

from __future__ import annotations

from typing import Final

from highdicom.sr import CodedConcept
from pydicom.sr.coding import Code

OWN_SCHEME: Final = "99RHYTHM"

REPORT_TITLES: Final = {
    "11524-6": Code("11524-6", "LN", "ECG Report"),
    "18754-2": Code("18754-2", "LN", "Holter Study Report"),
}
"""By the LOINC code of the study."""

PROCEDURES: Final = {
    "11524-6": Code("268400002", "SCT", "12-Lead ECG"),
    "18754-2": Code("266706003", "SCT", "Continuous electrocardiogram monitoring"),
}

LANGUAGE: Final = Code("en", "RFC5646", "English")
INDICATIONS: Final = Code("18785-6", "LN", "Indications for Procedure")
WAVEFORM_INFORMATION: Final = Code("55111-9", "LN", "Current Procedure Descriptions")
SUMMARY: Final = Code("55112-7", "LN", "Summary")
PROCEDURE_REPORTED: Final = Code("121058", "DCM", "Procedure reported")
FINDING: Final = Code("121071", "DCM", "Finding")
COMMENT: Final = Code("121106", "DCM", "Comment")
SOURCE: Final = Code("121112", "DCM", "Source of Measurement")
DURATION: Final = Code("121142", "DCM", "Acquisition Duration")
DERIVATION: Final = Code("121401", "DCM", "Derivation")
ALGORITHM: Final = Code("111001", "DCM", "Algorithm Name")
ALGORITHM_VERSION: Final = Code("111003", "DCM", "Algorithm Version")
QUANTITATIVE: Final = Code("122144", "DCM", "Quantitative Analysis")
QUALITATIVE: Final = Code("122145", "DCM", "Qualitative Analysis")
PROCEDURE_TIME: Final = Code("122146", "DCM", "Procedure DateTime")
GLOBAL_MEASUREMENTS: Final = Code("122158", "DCM", "ECG Global Measurements")
VALUE_UNKNOWN: Final = Code("114010", "DCM", "Value unknown")
ECG_FINDING: Final = Code("271921002", "SCT", "ECG Finding")
MORPHOLOGY: Final = Code("116676008", "SCT", "Associated morphology")

NOT_ASSESSED: Final = Code("not_assessed", OWN_SCHEME, "Not assessed")
DISCLAIMER: Final = Code("disclaimer", OWN_SCHEME, "Use of this report")
CONTENT_HASH: Final = Code("content_sha256", OWN_SCHEME, "SHA-256 of the report's content")
ROLE: Final = Code("signature_role", OWN_SCHEME, "Signed as")
REASON: Final = Code("amendment_reason", OWN_SCHEME, "Reason of the amendment")
COUNT: Final = Code("findings.number", OWN_SCHEME, "Number of events")

_RATE: Final = Code("2:16016", "MDC", "Ventricular Heart Rate")
_QTC: Final = Code("2:15876", "MDC", "QTc interval global")
_ECTOPIC: Final = Code("122707", "DCM", "Number of Ectopic Beats")

VENTRICULAR_BEAT: Final = Code("251175005", "SCT", "Ventricular premature contraction")
ATRIAL_BEAT: Final = Code("284470004", "SCT", "Atrial premature contraction")

FIGURES: Final[dict[str, tuple[Code, Code | None, Code | None]]] = {
    "rate.mean_bpm": (_RATE, DERIVATION, Code("373098007", "SCT", "Mean")),
    "rate.min_bpm": (_RATE, DERIVATION, Code("255605001", "SCT", "Minimum")),
    "rate.max_bpm": (_RATE, DERIVATION, Code("56851009", "SCT", "Maximum")),
    "ectopy.n_v": (_ECTOPIC, MORPHOLOGY, VENTRICULAR_BEAT),
    "intervals.rate_bpm": (_RATE, None, None),
    "intervals.rr_ms": (Code("2:16168", "MDC", "RR interval global"), None, None),
    "intervals.p_ms": (Code("2:16184", "MDC", "P duration global"), None, None),
    "intervals.pr_ms": (Code("2:15872", "MDC", "PR interval global"), None, None),
    "intervals.qrs_ms": (Code("2:16156", "MDC", "QRS duration global"), None, None),
    "intervals.qt_ms": (Code("2:16160", "MDC", "QT interval global"), None, None),
    "intervals.qtc_bazett_ms": (Code("2:15880", "MDC", "QTc global using Bazett formula"), None, None),
    "intervals.qtc_fridericia_ms": (Code("2:15892", "MDC", "QTc global using Fredericia formula"), None, None),
    "intervals.qtc_framingham_ms": (_QTC, ALGORITHM, Code("122733", "DCM", "Framingham QTc Algorithm")),
    "intervals.qtc_hodges_ms": (_QTC, ALGORITHM, Code("122731", "DCM", "Hodges QTc Algorithm")),
    "intervals.p_axis_deg": (Code("2:16128", "MDC", "P Axis"), None, None),
    "intervals.qrs_axis_deg": (Code("2:16132", "MDC", "QRS axis"), None, None),
    "intervals.t_axis_deg": (Code("2:16136", "MDC", "T axis"), None, None),
}
"""Concept of a figure, and what tells it from others of the same concept: a modifier's name and value."""

FINDINGS: Final[dict[str, Code]] = {
    "VT": Code("25569003", "SCT", "Ventricular tachycardia"),
    "ASYSTOLE": Code("10:10336", "MDC", "Asystole"),
    "AVB3": Code("27885002", "SCT", "Third degree Atrioventricular block"),
    "AVB2": Code("195042002", "SCT", "Second degree Atrioventricular block"),
    "AVB1": Code("270492004", "SCT", "First degree Atrioventricular block"),
    "AFIB": Code("49436004", "SCT", "Atrial Fibrillation"),
    "AFL": Code("10:9456", "MDC", "Atrial flutter"),
    "COUPLET": Code("10:9952", "MDC", "Ventricular Couplet"),
    "B": Code("10:9920", "MDC", "Ventricular Bigeminy"),
    "T": Code("10:9936", "MDC", "Ventricular Trigeminy"),
    "AB": Code("10:9376", "MDC", "Atrial Bigeminy"),
    "SINGLE_V": VENTRICULAR_BEAT,
}
"""Codes of kinds of episodes. Kinds that cover more than one code has (VF or flutter) have our own."""


def concept(code: Code) -> CodedConcept:
    """Return a code as an item of a code sequence."""
    return CodedConcept(code.value, code.scheme_designator, code.meaning)


def own(name: str, meaning: str) -> CodedConcept:
    """Return a code of our own scheme.

    Parameters
    ----------
    name : str
        Id of a figure or kind.
    meaning : str
        Its label.
    """
    return CodedConcept(name, OWN_SCHEME, meaning[:64])
