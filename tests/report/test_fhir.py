"""The report as FHIR resources: valid, complete, the same figures, and nobody's name unless it is wanted."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from reports_for_tests import drafted

from ecg_core.delineation.measured import GLOBAL_QUANTITIES
from ecg_core.errors import ReportError
from ecg_core.report import PatientIdentity, ReportStatus, Signature, content_sha256
from ecg_core.report.blocks import Figures
from ecg_core.report.coded import SENT_SECTIONS, UNITS
from ecg_core.report.fhir import FIGURE_CODES, LOINC, OWN_SYSTEM, fhir_bundle, fhir_json
from ecg_core.report.model import Report

pytestmark = pytest.mark.slow

PDF = b"%PDF-1.7 some document"


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def figures_sent(report: Report) -> dict[str, Any]:
    return {
        figure.id: figure
        for section in report.sections
        if section.id in SENT_SECTIONS
        for block in section.blocks
        if isinstance(block, Figures)
        for figure in block.figures
    }


def own_code(observation: dict[str, Any]) -> str:
    (code,) = (one["code"] for one in observation["code"]["coding"] if one["system"] == OWN_SYSTEM)
    return str(code)


def test_the_bundle_is_valid_fhir_and_names_every_observation_in_the_report() -> None:
    bundle = fhir_bundle(drafted(), PDF)
    assert Bundle.model_validate(bundle).type == "transaction"
    (report,) = resources(bundle, "DiagnosticReport")
    urls = {entry["fullUrl"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Observation"}
    assert {one["reference"] for one in report["result"]} == urls
    assert len(urls) == len(resources(bundle, "Observation")) > 10
    assert all(entry["request"]["method"] == "POST" for entry in bundle["entry"])


def test_each_figure_is_an_observation_with_its_value_and_unit_or_the_reason_of_its_absence() -> None:
    report = drafted()
    observed = {own_code(one): one for one in resources(fhir_bundle(report), "Observation")}
    expected = figures_sent(report)
    assert set(observed) == set(expected)
    n_absent = 0
    for name, figure in expected.items():
        one = observed[name]
        if figure.value is None:
            n_absent += 1
            assert one["dataAbsentReason"]["text"]
            assert "valueQuantity" not in one
        elif not isinstance(figure.value, str):
            assert one["valueQuantity"]["value"] == pytest.approx(figure.value, abs=1e-3)
            assert one["valueQuantity"].get("code") == UNITS[figure.unit]
    assert 0 < n_absent < len(expected)


def test_codes_are_those_of_loinc_where_there_is_one_and_our_own_elsewhere() -> None:
    observed = {own_code(one): one for one in resources(fhir_bundle(drafted()), "Observation")}
    rate = observed["rate.mean_bpm"]["code"]["coding"][0]
    assert (rate["system"], rate["code"]) == (LOINC, "8867-4")
    assert [one["system"] for one in observed["ectopy.n_v"]["code"]["coding"]] == [OWN_SYSTEM]
    known = {f"intervals.{name}" for name in GLOBAL_QUANTITIES} | set(figures_sent(drafted()))
    assert set(FIGURE_CODES) <= known


def test_the_document_comes_along_unchanged_with_its_hash() -> None:
    (report,) = resources(fhir_bundle(drafted(), PDF), "DiagnosticReport")
    (form,) = report["presentedForm"]
    assert base64.b64decode(form["data"]) == PDF
    assert base64.b64decode(form["hash"]) == hashlib.sha1(PDF, usedforsecurity=False).digest()
    (without,) = resources(fhir_bundle(drafted()), "DiagnosticReport")
    assert "presentedForm" not in without


def test_nothing_says_whose_it_is_unless_the_report_does() -> None:
    assert not resources(fhir_bundle(drafted()), "Patient")
    someone = PatientIdentity("Ann Example", "4711", "1950-02-03", "F")
    bundle = fhir_bundle(drafted(identity=someone))
    (patient,) = resources(bundle, "Patient")
    assert patient["name"][0]["text"] == "Ann Example"
    assert (patient["gender"], patient["birthDate"]) == ("female", "1950-02-03")
    subjects = {
        one["subject"]["reference"] for kind in ("DiagnosticReport", "Observation") for one in resources(bundle, kind)
    }
    assert subjects == {entry["fullUrl"] for entry in bundle["entry"] if entry["resource"] is patient}
    vague = fhir_bundle(drafted(identity=PatientIdentity("A", birth_date="spring of 1950", sex="?")))
    assert set(resources(vague, "Patient")[0]) == {"resourceType", "identifier", "name"}


@pytest.mark.parametrize(("stage", "told"), [("draft", "partial"), ("preliminary", "preliminary"), ("final", "final")])
def test_the_status_is_that_of_the_report_and_a_draft_is_never_final(stage: str, told: str) -> None:
    signed = Signature("A. Reader", "cardiologist", "2026-03-01T10:00:00Z", content_sha256(drafted()))
    status = ReportStatus(stage, () if stage == "draft" else (signed,))
    bundle = fhir_bundle(drafted(status=status))
    (report,) = resources(bundle, "DiagnosticReport")
    assert report["status"] == told
    assert ("resultsInterpreter" in report) == (stage != "draft")
    assert {one["status"] for one in resources(bundle, "Observation")} == {
        "preliminary" if stage != "final" else "final"
    }


def test_the_same_report_gives_the_same_resources_and_another_text_gives_others() -> None:
    assert fhir_json(drafted(), PDF) == fhir_json(drafted(), PDF)
    texts = {name: "Other words." for name in drafted().paragraphs() if name.startswith("conclusion.")}
    (one,), (other,) = (
        resources(fhir_bundle(report), "DiagnosticReport") for report in (drafted(), drafted(texts=texts))
    )
    assert one["identifier"] != other["identifier"]
    assert "Other words." in other["conclusion"]


def test_times_need_a_zone() -> None:
    start = datetime(2026, 3, 1, 8, tzinfo=UTC)
    (report,) = resources(fhir_bundle(drafted(), start=start, end=start), "DiagnosticReport")
    assert report["effectivePeriod"]["start"].startswith("2026-03-01T08:00:00")
    with pytest.raises(ReportError, match="time zone"):
        fhir_bundle(drafted(), start=start.replace(tzinfo=None))


def test_text_of_the_report_stays_text() -> None:
    hostile = '<script>alert(1)</script> & "quotes"'
    report = drafted(texts={next(name for name in drafted().paragraphs() if name.startswith("conclusion")): hostile})
    assert hostile in json.loads(fhir_json(report))["entry"][0]["resource"]["conclusion"]
