"""A signed report goes to a hospital's server by a click, and the page tells how far it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.conftest import windows_on
from playwright.sync_api import Browser, expect
from sending.fhir_server_for_tests import FhirServer, running_fhir_server
from synthetic_patients import Cohort, Desk


@pytest.fixture
def hospital() -> Iterator[FhirServer]:
    with running_fhir_server() as running:
        yield running


@pytest.fixture
def reader(
    cohort: Cohort, hospital: FhirServer, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """A window on a dashboard that may send to the hospital."""
    file = tmp_path / "destinations.toml"
    file.write_text(f'[destinations.ehr]\nkind = "fhir"\ntitle = "Hospital record"\nurl = "{hospital.url}"\n')
    monkeypatch.setenv("RHYTHMOSCOPE_DESTINATIONS", str(file))
    with cohort.serve(tmp_path, network=True) as server, windows_on(server, browser, Desk) as new:
        yield new()  # type: ignore[misc]


def test_a_reader_signs_sends_and_sees_it_arrive(reader: Desk, hospital: FhirServer) -> None:
    hospital.refuse = 503, "closed for the night"
    reader.review("cleo").go("Report")
    page = reader.page
    page.get_by_label("Your name").fill("Dr Ann Reader")
    page.get_by_label("Your name").press("Tab")
    page.get_by_role("button", name="Sign as final").click()  # nobody has filled in anything before
    expect(page.get_by_role("heading", name=re.compile("final, signed by Dr Ann Reader"))).to_be_visible()
    expect(page.get_by_text("it will arrive without a patient")).to_be_visible()
    assert not hospital.headers
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Hospital record answered 503: closed for the night.")).to_be_visible()
    expect(page.get_by_text(re.compile(r"failed, try \d+; next try at"))).to_be_visible()
    hospital.refuse = None
    page.get_by_role("button", name="Try now").click()
    expect(page.get_by_text(re.compile("sent at .* UTC, by Dr Ann Reader"))).to_be_visible()
    expect(page.get_by_role("button", name="Send again")).to_be_visible()
    assert len(hospital.resources["DiagnosticReport"]) == 1
    assert "Patient" not in hospital.resources
    reader.check("report_not_sent")
