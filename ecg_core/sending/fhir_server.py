"""A report as a transaction to a FHIR server: all of it or nothing, and once however often it is sent."""

from __future__ import annotations

import json
from typing import Any, Final

from ecg_core.errors import SendError
from ecg_core.sending.destinations import WebDestination
from ecg_core.sending.web import json_of, refusal, request

_JSON: Final = "application/fhir+json"


def post(destination: WebDestination, transaction: bytes) -> int:
    """Post a transaction; return how many resources the server now has of it.

    Parameters
    ----------
    destination : WebDestination
        The server.
    transaction : bytes
        A Bundle as JSON, whose requests are conditional.

    Raises
    ------
    SendError
        If the server does not answer, or does not take it.
    SettingError
        If a password or token cannot be read.
    """
    bundle = json.loads(transaction)
    if destination.patient_system:
        _find_patient(bundle, destination.patient_system)
    headers = {"Content-Type": _JSON, "Accept": _JSON, "Prefer": "return=minimal"}
    answer = request(destination, "POST", "", headers, json.dumps(bundle, ensure_ascii=False).encode())
    told = json_of(answer)
    if answer.status_code not in (200, 201):
        raise refusal(destination, answer, _outcome(told))
    entries = told.get("entry") if isinstance(told, dict) and told.get("resourceType") == "Bundle" else None
    if not isinstance(entries, list) or len(entries) != len(bundle["entry"]):
        raise SendError(f"{destination.title} did not answer as a FHIR server does to a transaction.", refused=True)
    for entry in entries:
        response = entry.get("response", {}) if isinstance(entry, dict) else {}
        if not str(response.get("status", "")).startswith("2"):
            words = _outcome(response.get("outcome")) or str(response.get("status", "no status"))
            raise SendError(f"{destination.title} did not take a resource: {words}.", refused=True)
    return len(entries)


def check(destination: WebDestination) -> str:
    """Ask a server for its capabilities; return what is said of it.

    Raises
    ------
    SendError
        If it does not answer, or not as such a server does.
    SettingError
        If a password or token cannot be read.
    """
    answer = request(destination, "GET", "/metadata", {"Accept": _JSON})
    told = json_of(answer)
    if answer.status_code != 200:
        raise refusal(destination, answer, _outcome(told))
    if not isinstance(told, dict) or told.get("resourceType") != "CapabilityStatement":
        raise SendError(f"{destination.title} does not answer as a FHIR server does.", refused=True)
    return f"answers as FHIR {told.get('fhirVersion', 'of no told version')!s:.20}"


def _find_patient(bundle: dict[str, Any], system: str) -> None:
    """Let the server find the patient by the ID of the report within a system of identifiers."""
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] != "Patient":
            continue
        for identifier in resource.get("identifier", []):
            if "system" not in identifier:
                identifier["system"] = system
                entry["request"]["ifNoneExist"] = f"identifier={system}|{identifier['value']}"


def _outcome(told: Any) -> str:
    """Return what an OperationOutcome says first."""
    issues = told.get("issue") if isinstance(told, dict) and told.get("resourceType") == "OperationOutcome" else None
    for issue in issues if isinstance(issues, list) else ():
        if isinstance(issue, dict):
            details = issue.get("details")
            text = issue.get("diagnostics") or (details.get("text") if isinstance(details, dict) else None)
            if isinstance(text, str) and text.strip():
                return text.strip().rstrip(".")[:300]
    return ""
