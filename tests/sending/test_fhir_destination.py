"""Reports at a FHIR server: a transaction, once however often it is sent, amendments in place, refusals told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir_server_for_tests import FhirServer, running_fhir_server
from signed_for_tests import ANN, amended_report, documents_of, signed_report

from ecg_core.errors import SendError
from ecg_core.report import ClinicalDetails
from ecg_core.sending import WebDestination, check, deliver

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[FhirServer]:
    with running_fhir_server() as running:
        yield running


def to(server: FhirServer, **options: Any) -> WebDestination:
    return WebDestination("ehr", "Hospital record", "fhir", server.url, **options)


def test_a_report_arrives_with_its_observations_and_the_patient_it_names(server: FhirServer) -> None:
    n_resources = deliver(to(server), documents_of(signed_report()))
    (report,), (patient,) = server.resources["DiagnosticReport"], server.resources["Patient"]
    assert n_resources == 2 + len(server.resources["Observation"]) > 10
    assert report["status"] == "final"
    assert report["subject"]["reference"] == f"Patient/{patient['id']}"
    assert len(report["result"]) == len(server.resources["Observation"])
    assert patient["name"] == [{"text": "Example^Ann"}]


def test_sending_twice_doubles_nothing_also_where_the_first_answer_was_lost(server: FhirServer) -> None:
    documents = documents_of(signed_report())
    server.drop_answer = True
    with pytest.raises(SendError, match="Hospital record does not answer"):
        deliver(to(server), documents)
    once = {kind: len(found) for kind, found in server.resources.items()}
    assert once["DiagnosticReport"] == once["Patient"] == 1
    deliver(to(server), documents)
    assert {kind: len(found) for kind, found in server.resources.items()} == once


def test_an_amended_report_takes_the_place_of_the_one_it_amends(server: FhirServer) -> None:
    first = signed_report()
    deliver(to(server), documents_of(first))
    deliver(to(server), documents_of(amended_report(first, details=ClinicalDetails(medication="Bisoprolol"))))
    (report,) = server.resources["DiagnosticReport"]
    assert report["status"] == "amended"
    assert {one["status"] for one in server.resources["Observation"]} == {"amended"}


def test_the_hospitals_patient_is_found_by_the_configured_system_of_identifiers(server: FhirServer) -> None:
    known = {"resourceType": "Patient", "id": "p1", "identifier": [{"system": "urn:oid:1.2.3", "value": "4711"}]}
    other = {"resourceType": "Patient", "id": "p2", "identifier": [{"system": "urn:oid:9.9.9", "value": "4711"}]}
    server.resources["Patient"] = [known, other]
    deliver(to(server, patient_system="urn:oid:1.2.3"), documents_of(signed_report(ANN)))
    assert server.resources["Patient"] == [known, other]
    assert server.resources["DiagnosticReport"][0]["subject"]["reference"] == "Patient/p1"
    # Without one the same number of another system is not taken for the patient.
    deliver(to(server), documents_of(signed_report(ANN)))
    assert len(server.resources["Patient"]) == 3


def test_without_an_identity_no_patient_arrives(server: FhirServer) -> None:
    deliver(to(server, patient_system="urn:oid:1.2.3"), documents_of(signed_report(None)))
    assert "Patient" not in server.resources
    assert "subject" not in server.resources["DiagnosticReport"][0]


def test_what_the_server_refuses_is_told_in_its_words(server: FhirServer) -> None:
    server.refuse = 422, "Observation.code is not allowed here"
    with pytest.raises(
        SendError, match=r"Hospital record answered 422: Observation\.code is not allowed here\."
    ) as caught:
        deliver(to(server), documents_of(signed_report()))
    assert caught.value.refused
    server.refuse = 503, "closed for the night"
    with pytest.raises(SendError, match="closed for the night") as caught:
        deliver(to(server), documents_of(signed_report()))
    assert not caught.value.refused


def test_the_token_is_sent_and_nothing_of_the_environment(
    server: FhirServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_SECRET_EHR", "a token")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    deliver(to(server, token_variable="RHYTHMOSCOPE_SECRET_EHR"), documents_of(signed_report()))
    assert server.headers[-1]["Authorization"] == "Bearer a token"
    deliver(to(server), documents_of(signed_report()))
    assert "Authorization" not in server.headers[-1]


def test_a_server_can_be_checked_without_sending_anything(server: FhirServer) -> None:
    assert check(to(server)) == "answers as FHIR 4.0.1"
    assert not server.resources
