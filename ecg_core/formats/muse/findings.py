"""GE MUSE XML: measurements, statements and patient identity."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element

from ecg_core.formats.common.xml_safe import child_text, day, number, words
from ecg_core.recording import Identity

_MEASURES: Final = (
    ("Heart rate", "bpm", "VentricularRate"),
    ("Atrial rate", "bpm", "AtrialRate"),
    ("PR interval", "ms", "PRInterval"),
    ("QRS duration", "ms", "QRSDuration"),
    ("QT interval", "ms", "QTInterval"),
    ("QTc interval", "ms", "QTCorrected"),
    ("QTc interval (Fridericia)", "ms", "QTcFrederica"),
    ("P axis", "°", "PAxis"),
    ("QRS axis", "°", "RAxis"),
    ("T axis", "°", "TAxis"),
)
_AGE_YEARS: Final = {"YEARS": 1.0, "MONTHS": 1 / 12, "WEEKS": 7 / 365.25, "DAYS": 1 / 365.25, "HOURS": 1 / 8766}
_DATES: Final = ("%m-%d-%Y", "%m/%d/%Y", "%Y-%m-%d")
_SECTIONS: Final = ("PatientDemographics", "TestDemographics", "Order", "ExtraQuestions", "PharmaData")
_READ_ELSEWHERE: Final = frozenset(
    {
        "PatientID",
        "PatientLastName",
        "PatientFirstName",
        "PatientAge",
        "AgeUnits",
        "DateofBirth",
        "Gender",
        "AcquisitionDevice",
        "CartNumber",
        "AcquisitionDate",
        "AcquisitionTime",
        "DataType",
        "Status",
        "Priority",
        "AcquisitionSoftwareVersion",
        "AnalysisSoftwareVersion",
        "TestType",
        "XMLSourceVersion",
    }
)
_MAX_OTHER: Final = 200


def read_measurements(root: Element, rhythm: Element) -> tuple[tuple[str, str], ...]:
    """Return the latest measurements, the RR interval and the filters of the rhythm leads.

    Parameters
    ----------
    root : Element
        The document's root.
    rhythm : Element
        Its rhythm waveform, for the filters.

    Returns
    -------
    tuple of (str, str)
        Labels, and values with units.
    """
    measured = root.find("RestingECGMeasurements")
    if measured is None:
        measured = root.find("OriginalRestingECGMeasurements")
    found = [(label, number(child_text(measured, tag)), unit) for label, unit, tag in _MEASURES]
    found.insert(2, ("RR interval", number(child_text(root, "QRSTimesTypes", "GlobalRR")), "ms"))
    high_pass = number(child_text(rhythm, "HighPassFilter"))
    found += [
        ("High-pass filter", high_pass / 100 if high_pass else None, "Hz"),  # stored in hundredths
        ("Low-pass filter", number(child_text(rhythm, "LowPassFilter")), "Hz"),
        ("Notch filter", number(child_text(rhythm, "ACFilter")), "Hz"),
    ]
    return tuple((label, f"{value:g} {unit}") for label, value, unit in found if value is not None)


def read_statements(root: Element) -> tuple[str, ...]:
    """Read the lines of the diagnosis; a line may stand in pieces, the last of which is flagged."""
    diagnosis = root.find("Diagnosis")
    if diagnosis is None:
        diagnosis = root.find("OriginalDiagnosis")
    if diagnosis is None:
        return ()
    pieces = [
        (child_text(one, "StmtText"), any((flag.text or "").strip() == "ENDSLINE" for flag in one.findall("StmtFlag")))
        for one in diagnosis.findall("DiagnosisStatement")
    ]
    if not any(ends for _, ends in pieces):
        return tuple(text for text, _ in pieces if text)
    lines, line = [], []
    for text, ends in pieces:
        line.append(text)
        if ends:
            lines.append(" ".join(filter(None, line)))
            line = []
    lines.append(" ".join(filter(None, line)))
    return tuple(text for text in lines if text)


def read_identity(root: Element) -> Identity:
    """Read the patient, the device, and every other text of the patient's, the test's and the order's part."""
    patient, test = root.find("PatientDemographics"), root.find("TestDemographics")
    names = (child_text(patient, "PatientFirstName"), child_text(patient, "PatientLastName"))
    age, unit = number(child_text(patient, "PatientAge")), child_text(patient, "AgeUnits").upper()
    sex = child_text(patient, "Gender")
    other: dict[tuple[str, str], None] = {}
    for section in _SECTIONS:
        for part in root.findall(section):
            for element in part.iter():
                text = words(element.text)
                if text and element.tag not in _READ_ELSEWHERE:
                    other.setdefault((element.tag, text))
    return Identity(
        name=" ".join(part for part in names if part) or None,
        patient_id=child_text(patient, "PatientID") or None,
        birth_date=day(child_text(patient, "DateofBirth"), *_DATES),
        sex={"MALE": "M", "FEMALE": "F"}.get(sex.upper(), sex) or None,
        age_years=age * _AGE_YEARS[unit] if age is not None and unit in _AGE_YEARS else None,
        device=child_text(test, "AcquisitionDevice") or None,
        device_serial=child_text(test, "CartNumber") or None,
        other=tuple(other)[:_MAX_OTHER],
    )
