"""A report as FHIR resources: a transaction of a DiagnosticReport, an Observation for each figure, and the PDF.

The resources are those of FHIR R4 (4.0.1) in the form that R4B (4.3.0) shares with it, and are validated by
`fhir.resources`. Codes are LOINC's where there is one for what was measured: a figure without one has a code of our
own and its name, never the code of something alike. Units are those of UCUM.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from ecg_core.errors import ReportError
from ecg_core.report.as_data import content_sha256
from ecg_core.report.blocks import Figure
from ecg_core.report.coded import STUDY_CODES, UNITS, sent_figures, study_key, texts_of
from ecg_core.report.model import Report
from ecg_core.report.subject import PatientIdentity

LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"
OWN_SYSTEM: Final = "urn:rhythmoscope:report-figure"
OWN_IDENTIFIER: Final = "urn:rhythmoscope:report"

FIGURE_CODES: Final[dict[str, tuple[str, str]]] = {
    "rate.mean_bpm": ("8867-4", "Heart rate"),
    "intervals.rate_bpm": ("8867-4", "Heart rate"),
    "intervals.pr_ms": ("8625-6", "P-R Interval"),
    "intervals.qrs_ms": ("8633-0", "QRS duration"),
    "intervals.qt_ms": ("8634-8", "Q-T interval"),
    "intervals.qtc_bazett_ms": ("76635-2", "Q-T interval corrected based on Bazett formula"),
    "intervals.qtc_fridericia_ms": ("76634-5", "Q-T interval corrected based on Fridericia formula"),
    "intervals.qtc_framingham_ms": ("8636-3", "Q-T interval corrected"),
    "intervals.qtc_hodges_ms": ("8636-3", "Q-T interval corrected"),
    "intervals.qrs_axis_deg": ("8632-2", "QRS axis"),
}
"""LOINC code and name by the id of the figure."""

_STATUS: Final = {"draft": "partial", "preliminary": "preliminary", "final": "final", "amended": "amended"}
_GENDERS: Final = {"m": "male", "male": "male", "f": "female", "female": "female"}
_ABSENT: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_DEVICE: Final = "Rhythmoscope"


def fhir_bundle(
    report: Report, pdf: bytes | None = None, *, start: datetime | None = None, end: datetime | None = None
) -> dict[str, Any]:
    """Return a report as a FHIR transaction.

    Parameters
    ----------
    report : Report
        The report. A Patient is part of it only where the report has an identity.
    pdf : bytes, optional
        The document, which becomes the ``presentedForm``.
    start, end : datetime, optional
        When the recording began and ended, with a time zone; left out by default, since files seldom tell the zone.

    Returns
    -------
    dict
        A Bundle as JSON values. Ids follow from the content: the same report gives the same resources.

    Raises
    ------
    ReportError
        If a time has no zone, or the resources are not valid.
    """
    for moment in (start, end):
        if moment is not None and moment.tzinfo is None:
            raise ReportError("FHIR needs the time zone of the recording's start and end.")
    content = content_sha256(report)
    observed = [
        (url, _observation(report, figure))
        for figure in sent_figures(report)
        for url in (_url(content, f"figure.{figure.id}"),)
    ]
    patient = None if report.identity is None else _patient(report)
    patient_url = _url(content, "patient")
    if patient is not None:
        for _, observation in observed:
            observation["subject"] = {"reference": patient_url}
    document = _report(report, content, pdf, [url for url, _ in observed], start, end)
    if patient is not None:
        document["subject"] = {"reference": patient_url}
    resources = [(_url(content, f"report.{report.status.stage}"), document), *observed]
    if patient is not None:
        resources.append((patient_url, patient))
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": url, "resource": resource, "request": _request(resource, signed=bool(report.status.signatures))}
            for url, resource in resources
        ],
    }
    return _validated(bundle)


def fhir_json(report: Report, pdf: bytes | None = None) -> str:
    """Return a report as a FHIR transaction in JSON text; see :func:`fhir_bundle`.

    Parameters
    ----------
    report : Report
        The report.
    pdf : bytes, optional
        The document.
    """
    return json.dumps(fhir_bundle(report, pdf), indent=1, ensure_ascii=False) + "\n"


def _request(resource: dict[str, Any], signed: bool) -> dict[str, str]:
    """Return how a server is to take a resource: of a signed report once, however often it is sent.

    An amended report takes the place of the one that it amends, which the server keeps in its history. A patient who is
    there already stays as they are.
    """
    kind = str(resource["resourceType"])
    if not signed or "identifier" not in resource:
        return {"method": "POST", "url": kind}
    lasting = resource["identifier"][0]
    condition = f"identifier={lasting['system']}|{lasting['value']}"
    if kind == "Patient":
        return {"method": "POST", "url": kind, "ifNoneExist": condition}
    return {"method": "PUT", "url": f"{kind}?{condition}"}


def _lasting(report: Report, part: str) -> dict[str, str]:
    """Return an identifier that stays through amendments."""
    return {"system": OWN_IDENTIFIER, "value": f"{study_key(report)[:32]}/{part}"}


def _url(content: str, part: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{content}/{part}')}"


def _report(
    report: Report,
    content: str,
    pdf: bytes | None,
    results: list[str],
    start: datetime | None,
    end: datetime | None,
) -> dict[str, Any]:
    code, display = STUDY_CODES.get(report.template, STUDY_CODES["twelve-lead"])
    result: dict[str, Any] = {
        "resourceType": "DiagnosticReport",
        "identifier": [
            _lasting(report, "report"),
            {"system": "urn:ietf:rfc:3986", "value": _url(content, f"report.{report.status.stage}")},
            {"system": "urn:rhythmoscope:content-sha256", "value": content},
        ],
        "status": _STATUS[report.status.stage],
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/v2-0074",
                        "code": "EC",
                        "display": "Electrocardiac (e.g., EKG, EEC, Holter)",
                    }
                ]
            }
        ],
        "code": {"coding": [{"system": LOINC, "code": code, "display": display}], "text": report.title},
        "issued": report.status.signatures[-1].signed_at if report.status.signatures else report.created_at,
        "result": [{"reference": url} for url in results],
    }
    if start is not None or end is not None:
        period = {"start": start, "end": end}
        result["effectivePeriod"] = {name: moment.isoformat() for name, moment in period.items() if moment is not None}
    if report.status.signatures:
        result["resultsInterpreter"] = [{"display": f"{one.name}, {one.role}"} for one in report.status.signatures]
    if conclusion := "\n".join(texts_of(report, "conclusion")):
        result["conclusion"] = conclusion
    if pdf is not None:
        result["presentedForm"] = [
            {
                "contentType": "application/pdf",
                "data": base64.b64encode(pdf).decode("ascii"),
                "size": len(pdf),
                "hash": base64.b64encode(hashlib.sha1(pdf, usedforsecurity=False).digest()).decode("ascii"),
                "title": report.title,
            }
        ]
    return result


def _observation(report: Report, figure: Figure) -> dict[str, Any]:
    coding = [{"system": OWN_SYSTEM, "code": figure.id, "display": figure.label}]
    if figure.id in FIGURE_CODES:
        code, display = FIGURE_CODES[figure.id]
        coding.insert(0, {"system": LOINC, "code": code, "display": display})
    result: dict[str, Any] = {
        "resourceType": "Observation",
        "identifier": [_lasting(report, figure.id)],
        "status": {"draft": "preliminary"}.get(report.status.stage, report.status.stage),
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "procedure",
                        "display": "Procedure",
                    }
                ]
            }
        ],
        "code": {"coding": coding, "text": figure.label},
        "device": {"display": f"{_DEVICE} {report.version}"},
    }
    if figure.value is None:
        unknown = {"system": _ABSENT, "code": "unknown", "display": "Unknown"}
        result["dataAbsentReason"] = {"coding": [unknown], "text": figure.reason or "not measured"}
    elif isinstance(figure.value, str):
        result["valueString"] = figure.value
    else:
        unit = UNITS.get(figure.unit)
        quantity: dict[str, Any] = {"value": round(float(figure.value), max(figure.digits, 3))}
        if figure.unit:
            quantity["unit"] = figure.unit
        if unit is not None:
            quantity |= {"system": UCUM, "code": unit}
        result["valueQuantity"] = quantity
    if figure.detail:
        result["note"] = [{"text": figure.detail}]
    return result


def _patient(report: Report) -> dict[str, Any]:
    identity = report.identity or PatientIdentity()
    result: dict[str, Any] = {"resourceType": "Patient", "identifier": [_lasting(report, "patient")]}
    if identity.patient_id.strip():
        result["identifier"].append({"value": identity.patient_id.strip()})
    if identity.name.strip():
        result["name"] = [{"text": identity.name.strip()}]
    if gender := _GENDERS.get(identity.sex.strip().casefold()):
        result["gender"] = gender
    with suppress(ValueError):  # a date in words has no place in FHIR
        result["birthDate"] = datetime.fromisoformat(identity.birth_date.strip()).date().isoformat()
    return result


def _validated(bundle: dict[str, Any]) -> dict[str, Any]:
    from fhir.resources.R4B.bundle import Bundle  # takes half a second

    try:
        return dict(json.loads(Bundle.model_validate(bundle).model_dump_json()))
    except ValueError as error:
        raise ReportError(f"The report makes no valid FHIR resources: {str(error).splitlines()[0]}.") from error
