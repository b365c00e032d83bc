"""Signed reports on their way: asked for by name, tried until they arrive, also by the server after a killed one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from orthanc_for_tests import AE_TITLE, Orthanc
from sending.fhir_server_for_tests import FhirServer, running_fhir_server
from sending.signed_for_tests import read, same

from ecg_core.errors import ReviewError, SettingError
from ecg_core.report import PatientIdentity
from ecg_core.review import sends as sends_module
from ecg_core.review.audit import AuditLog
from ecg_core.review.database import writing
from ecg_core.review.reports import Report as Version
from ecg_core.review.sends import Sends, wait_s
from pages.services import report_versions
from pages.services.report_drafts import first_form
from pages.services.report_versions import (
    amend,
    documents_to_send,
    draft_kept,
    keep_draft,
    problem_of,
    sign,
    signed_versions,
)
from pages.services.review_sessions import database_in_use
from pages.services.send_worker import SendWorker
from pages.services.sending import Sender, give_up, may_send, send, sender_of, sending_of
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
BEA = Sender("Bea", "reader")


@pytest.fixture
def server() -> Iterator[FhirServer]:
    with running_fhir_server() as running:
        yield running


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "destinations.toml"
    monkeypatch.setenv("RHYTHMOSCOPE_DESTINATIONS", str(path))
    return path


@pytest.fixture
def ehr(file: Path, server: FhirServer) -> FhirServer:
    file.write_text(f'[destinations.ehr]\nkind = "fhir"\ntitle = "Hospital record"\nurl = "{server.url}"\n')
    return server


@pytest.fixture
def version(classified: OpenedRecording) -> Version:
    form = replace(first_form(classified), identity=PatientIdentity("Example^Ann", "4711"))
    return sign(classified, keep_draft(classified, form, draft_kept(classified), "Ann"), "Dr Ann", "cardiologist")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let time go on for what is on its way."""
    gone = [0.0]

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(seconds=gone[0])

    monkeypatch.setattr(sends_module, "datetime", Clock)

    def go(seconds: float) -> None:
        gone[0] += seconds

    return go


def test_nothing_leaves_before_somebody_asks_for_it(version: Version, ehr: FhirServer) -> None:
    worker = SendWorker()
    assert worker.run_due() == 0
    assert not ehr.resources
    send(version, "ehr", BEA)
    assert worker.run_due() == 1
    assert len(ehr.resources["DiagnosticReport"]) == 1
    actions = [(one.person, one.action) for one in AuditLog(database_in_use()).entries()]
    assert actions[-2:] == [("Bea", "asked for sending"), ("Bea", "sent")]
    assert worker.run_due() == 0


def test_a_draft_is_not_sent(classified: OpenedRecording, ehr: FhirServer) -> None:
    kept = keep_draft(classified, first_form(classified), draft_kept(classified), "Ann")
    assert kept.version is not None
    with pytest.raises(ReviewError, match="Only a signed report"):
        send(kept.version, "ehr", BEA)
    assert SendWorker().run_due() == 0
    assert not ehr.resources


def test_who_asks_gives_a_name_and_the_destination_must_be_there(version: Version, ehr: FhirServer) -> None:
    assert sender_of("  ", "reader") is None
    assert not may_send(None)
    assert may_send(sender_of(" Bea ", "reader"))
    with pytest.raises(SettingError, match="no destination elsewhere any more"):
        send(version, "elsewhere", BEA)


def test_what_is_sent_has_the_identity_of_the_report(version: Version, ehr: FhirServer, archive_file: Orthanc) -> None:
    send(version, "pacs", BEA)
    assert SendWorker().run_due() == 1
    there = archive_file.instances()
    sent = {str(read(one).SOPInstanceUID): one for one in documents_to_send(version).dicom}
    assert set(there) == set(sent)
    assert all(same(there[uid], one) for uid, one in sent.items())
    assert {(str(read(one).PatientName), read(one).PatientID) for one in there.values()} == {("Example^Ann", "4711")}


@pytest.fixture
def archive_file(orthanc_server: Orthanc, file: Path) -> Orthanc:
    """An empty archive that is a destination."""
    orthanc_server.clear()
    file.write_text(
        f'[destinations.pacs]\nkind = "dicom"\nhost = "127.0.0.1"\nport = {orthanc_server.dicom_port}\n'
        f'called_ae = "{AE_TITLE}"\n'
    )
    return orthanc_server


def test_an_archive_that_is_down_gets_the_report_when_it_is_there_again(
    classified: OpenedRecording, version: Version, archive_file: Orthanc, later: Callable[[float], None]
) -> None:
    worker = SendWorker()
    archive_file.stop()
    try:
        send(version, "pacs", BEA)
        assert worker.run_due() == 1
        one = sending_of(classified, version).send_to("pacs")
        assert one is not None
        assert (one.state, one.tries) == ("failed", 1)
        assert "does not answer" in (one.reason or "")
        assert worker.run_due() == 0  # not before its time
    finally:
        archive_file.start()
    later(wait_s(1, refused=False) + 1)
    assert worker.run_due() == 1
    one = sending_of(classified, version).send_to("pacs")
    assert one is not None
    assert (one.state, one.reason) == ("sent", None)
    assert len(archive_file.instances()) == 3


def test_what_the_other_side_refuses_is_told_and_can_be_given_up(
    classified: OpenedRecording, version: Version, ehr: FhirServer, later: Callable[[float], None]
) -> None:
    ehr.refuse = 422, "Observation.code is not allowed here"
    send(version, "ehr", BEA)
    SendWorker().run_due()
    now = sending_of(classified, version)
    one = now.send_to("ehr")
    assert one is not None
    assert now.pending
    assert "Observation.code is not allowed here" in (one.reason or "")
    give_up(one, BEA)
    assert not sending_of(classified, version).pending
    ehr.refuse = None
    later(1e6)
    assert SendWorker().run_due() == 0
    assert not ehr.resources


def test_a_version_that_was_changed_in_the_database_does_not_leave(
    classified: OpenedRecording, version: Version, ehr: FhirServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.services.send_worker.documents_to_send", report_versions.documents_to_send)
    send(version, "ehr", BEA)
    with writing(database_in_use()) as connection:
        connection.exec_driver_sql("DROP TRIGGER reports_no_update")
        connection.exec_driver_sql("UPDATE reports SET signed_by = 'Eve'")
    report_versions._VERIFIED.clear()
    SendWorker().run_due()
    one = sending_of(classified, version).send_to("ehr")
    assert one is not None
    assert (one.state, one.reason) == ("failed", "The report was changed after it was signed.")
    assert not ehr.resources


def test_a_signed_version_is_verified_once(version: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    real = report_versions.Reports.problem_of

    def counted(self: report_versions.Reports, one: Version) -> str | None:
        looked.append(one.version)
        return real(self, one)

    monkeypatch.setattr(report_versions.Reports, "problem_of", counted)
    for _ in range(3):
        assert problem_of(version) is None
    assert looked == [1]
    with writing(database_in_use()) as connection:
        connection.exec_driver_sql("DROP TRIGGER reports_no_update")
        connection.exec_driver_sql("UPDATE reports SET signed_by = 'Eve'")
    report_versions._VERIFIED.clear()
    for _ in range(2):  # what is wrong is never taken for settled
        assert problem_of(version) == "The report was changed after it was signed."
    assert looked == [1, 1, 1]


def test_an_amended_report_takes_the_place_of_the_first_and_the_first_is_not_sent_any_more(
    classified: OpenedRecording, version: Version, ehr: FhirServer
) -> None:
    send(version, "ehr", BEA)
    SendWorker().run_due()
    amend(draft_kept(classified), "Dose was wrong", "Dr Ann", "cardiologist")
    newer = sign(classified, draft_kept(classified), "Dr Ann", "cardiologist")
    with pytest.raises(ReviewError, match="replaced by version 2"):
        send(version, "ehr", BEA)
    send(newer, "ehr", BEA)
    SendWorker().run_due()
    (report,) = ehr.resources["DiagnosticReport"]
    assert report["status"] == "amended"
    structured = [read(documents_to_send(one).dicom[-1]) for one in signed_versions(classified)]
    series = structured[0].PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0]
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == structured[1].SOPInstanceUID


def test_a_server_killed_while_it_sends_loses_and_doubles_nothing(
    classified: OpenedRecording,
    version: Version,
    ehr: FhirServer,
    later: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken, go_on = threading.Event(), threading.Event()
    real = FhirServer.transaction

    def slow(self: FhirServer, bundle: dict[str, object]) -> dict[str, object]:
        answer = real(self, bundle)
        taken.set()
        go_on.wait(60)
        return answer

    monkeypatch.setattr(FhirServer, "transaction", slow)
    send(version, "ehr", BEA)
    program = "from pages.services.send_worker import SendWorker; SendWorker().run_due()"
    child = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.DEVNULL)
    assert taken.wait(60)
    child.send_signal(signal.SIGKILL)
    child.wait(60)
    go_on.set()
    worker = SendWorker()
    assert worker.run_due() == 0  # the claim holds for a while
    later(sends_module.CLAIM_S + 1)
    assert worker.run_due() == 1
    one = Sends(database_in_use()).of(version.recording_sha256)[0]
    assert (one.state, one.tries) == ("sent", 2)
    assert len(ehr.resources["DiagnosticReport"]) == 1
    assert os.environ["RHYTHMOSCOPE_DESTINATIONS"]


def test_the_background_thread_sends_what_is_asked_for(version: Version, ehr: FhirServer) -> None:
    worker, arrived = SendWorker(), threading.Event()
    real = FhirServer.transaction

    def noticed(self: FhirServer, bundle: dict[str, object]) -> dict[str, object]:
        arrived.set()
        return real(self, bundle)

    ehr.transaction = noticed.__get__(ehr)  # type: ignore[method-assign]
    worker.start()
    try:
        send(version, "ehr", BEA)
        worker.wake()
        assert arrived.wait(60)
    finally:
        worker.stop()


def test_without_an_identity_or_with_a_bad_file_the_page_is_told(
    classified: OpenedRecording, file: Path, version: Version
) -> None:
    file.write_text('[destinations.pacs]\nkind = "email"\n')
    now = sending_of(classified, version)
    assert "kind must be dicom, dicomweb or fhir" in now.problem
    assert not now.destinations
    assert not now.without_identity
    amend(draft_kept(classified), "No name", "Dr Ann", "cardiologist")
    form = replace(draft_kept(classified).form, identity=PatientIdentity())
    newer = sign(classified, keep_draft(classified, form, draft_kept(classified), "Ann"), "Dr Ann", "cardiologist")
    assert sending_of(classified, newer).without_identity
