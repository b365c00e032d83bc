"""HL7 annotated ECG: patient and device identity."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from ecg_core.formats.common.xml_safe import all_text, child_text, child_value, day, number
from ecg_core.recording import Identity

_AGE_CODE = "21612-7"  # LOINC: reported age
_AGE_YEARS = {"a": 1.0, "mo": 1 / 12, "wk": 7 / 365.25, "d": 1 / 365.25}
_MAX_OTHER = 200


def read_identity(root: Element) -> Identity:
    """Read the subject, the device, and every other name and free text of an annotated ECG."""
    subject = next(root.iter("trialSubject"), None)
    person = next(root.iter("subjectDemographicPerson"), None)
    device = next(root.iter("manufacturedSeriesDevice"), None)
    makers = child_text(next(root.iter("manufacturerOrganization"), None), "name")
    model = " ".join(part for part in (makers, child_text(device, "manufacturerModelName")) if part)
    return Identity(
        name=all_text(person.find("name")) if person is not None else None,
        patient_id=child_value(subject, "id", key="extension") or None,
        birth_date=day(child_value(person, "birthTime")[:8], "%Y%m%d"),
        sex=child_value(person, "administrativeGenderCode", key="code") or None,
        age_years=_age(root),
        device=model or None,
        device_serial=child_value(device, "id", key="extension") or None,
        other=tuple(_others(root))[:_MAX_OTHER],
    )


def _age(root: Element) -> float | None:
    for observation in root.iter("relatedObservation"):
        if child_value(observation, "code", key="code") == _AGE_CODE:
            value = number(child_value(observation, "value"))
            factor = _AGE_YEARS.get(child_value(observation, "value", key="unit"))
            return value * factor if value is not None and factor else None
    return None


def _others(root: Element) -> dict[tuple[str, str], None]:
    """Names of persons and places, their identifiers, titles and comments, each once, with where they stand."""
    found: dict[tuple[str, str], None] = {}
    for parent in root.iter():
        if parent.tag in {"subjectDemographicPerson", "manufacturerOrganization", "manufacturedSeriesDevice"}:
            continue
        for child in parent:
            text = ""
            if child.tag in {"name", "title"} or (child.tag == "text" and parent.tag == "subjectFindingComment"):
                text = all_text(child)
            elif child.tag == "id" and parent.tag != "trialSubject":
                text = child.get("extension") or (child.get("root") or "" if parent is root else "")
            if text:
                found.setdefault((parent.tag, text))
    return found
