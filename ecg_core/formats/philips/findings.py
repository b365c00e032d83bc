"""Philips ECG XML: measurements, statements and patient identity."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element

from ecg_core.formats.common.xml_safe import child_text, child_value, day, number, words
from ecg_core.recording import Identity

_MEASURES: Final = (
    ("Heart rate", "bpm", ("heartrate", "meanventrate")),
    ("Atrial rate", "bpm", ("atrialrate",)),
    ("RR interval", "ms", ("rrint",)),
    ("P duration", "ms", ("pdur",)),
    ("PR interval", "ms", ("print", "meanprint")),
    ("QRS duration", "ms", ("qrsdur", "meanqrsdur")),
    ("QT interval", "ms", ("qtint", "meanqtint")),
    ("QTc interval", "ms", ("meanqtc",)),
    ("QTc interval (Bazett)", "ms", ("qtcb",)),
    ("QTc interval (Fridericia)", "ms", ("qtcf",)),
    ("P axis", "°", ("pfrontaxis",)),
    ("QRS axis", "°", ("qrsfrontaxis",)),
    ("T axis", "°", ("tfrontaxis",)),
)
_FREE_TEXT: Final = (
    "orderinfo",
    "dataacquisition/acquirer",
    "userdefines",
    "documentinfo",
    "patient/patientmedicaldata",
)
_FORMAT_TEXT: Final = frozenset({"documenttype", "documentversion", "documentname"})
_MAX_OTHER: Final = 200


def read_measurements(root: Element) -> tuple[tuple[str, str], ...]:
    """Read the measurements of the interpretation, and the filters of the acquisition."""
    interpretation = root.find("interpretations/interpretation")
    sources = [
        part
        for tag in ("globalmeasurements", "interpretationmeasurements")
        if interpretation is not None and (part := interpretation.find(tag)) is not None
    ]
    found = []
    for label, unit, tags in _MEASURES:
        values = (number(child_text(part, tag)) for part in sources for tag in tags)
        value = next((value for value in values if value is not None), None)
        if value is not None:
            found.append((label, f"{value:g} {unit}"))
    acquired = root.find("dataacquisition/signalcharacteristics")
    low, high = number(child_text(acquired, "hipass")), number(child_text(acquired, "lowpass"))
    band = child_text(acquired, "signalbandwidth") or (f"{low:g}-{high:g}" if low and high else "")
    if band:
        found.append(("Bandwidth", f"{band} Hz"))
    return tuple(found)


def read_statements(root: Element) -> tuple[str, ...]:
    """Read the statements of the interpretation with their reasons, and its severity."""
    found: list[str] = []
    for interpretation in root.findall("interpretations/interpretation"):
        for statement in interpretation.findall("statement"):
            left, right = child_text(statement, "leftstatement"), child_text(statement, "rightstatement")
            text = f"{left} ({right})" if left and right else left or right
            if text:
                found.append(text)
        severity = child_text(interpretation, "severity").strip("- ")
        if severity:
            found.append(severity)
    return tuple(dict.fromkeys(found))


def read_identity(root: Element) -> Identity:
    """Read the patient, the device, and every other name and free text."""
    person = root.find("patient/generalpatientdata")
    machine = root.find("dataacquisition/machine")
    sex = child_text(person, "sex")
    first, last = _either(person, "firstname"), _either(person, "lastname")
    born = child_text(person, "age", "dateofbirth") or child_text(person, "dateofbirth")
    return Identity(
        name=" ".join(part for part in (first, last) if part) or None,
        patient_id=child_text(person, "patientid") or None,
        birth_date=day(born, "%Y-%m-%d", "%m/%d/%Y"),
        sex={"male": "M", "female": "F"}.get(sex.lower(), sex) or None,
        age_years=number(child_text(person, "age", "years")),
        device=child_text(machine) or None,
        device_serial=child_value(machine, key="machineid") or None,
        other=tuple(_others(root, person))[:_MAX_OTHER],
    )


def _either(person: Element | None, tag: str) -> str:
    return child_text(person, "name", tag) or child_text(person, tag)


def _others(root: Element, person: Element | None) -> dict[tuple[str, str], None]:
    found: dict[tuple[str, str], None] = {}

    def take(label: str, text: str | None) -> None:
        text = words(text)
        if text.strip(" .-"):
            found.setdefault((label, text))

    for tag in ("MRN", "uniquepatientid"):
        take(tag, child_text(person, tag))
    take("middlename", child_text(person, "name", "middlename"))
    for define in root.findall("userdefines/userdefine"):
        take(child_text(define, "label") or "user-defined", child_text(define, "value"))
    for path in _FREE_TEXT:
        for part in root.findall(path):
            for element in part.iter():
                if element.tag not in _FORMAT_TEXT | {"label", "value"}:
                    take(element.tag, element.text)
                    for key in ("id", "name"):
                        take(f"{element.tag} {key}", element.get(key))
    take("document", child_text(root, "documentinfo", "documentname"))
    for interpretation in root.findall("interpretations/interpretation"):
        for tag in ("mdsignatureline", "confirmingclinician"):
            take(tag, child_text(interpretation, tag))
    return found
