"""Reports at a real archive: stored by C-STORE and STOW-RS, found, read back equal, never doubled; refusals told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydicom
import pytest
from orthanc_for_tests import AE_TITLE, PASSWORD, USER, Orthanc, free_port
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (
    PatientRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
)
from signed_for_tests import ANN, amended_report, documents_of, read, same, signed_report

from ecg_core.errors import SendError
from ecg_core.report import ClinicalDetails
from ecg_core.report.dicom.common import part10
from ecg_core.sending import Destination, DicomDestination, Documents, WebDestination, check, deliver

pytestmark = pytest.mark.slow


def by_store(archive: Orthanc, **changes: Any) -> DicomDestination:
    values = {"name": "pacs", "title": "PACS", "host": "127.0.0.1", "port": archive.dicom_port, "called_ae": AE_TITLE}
    return DicomDestination(**{**values, **changes})


def by_web(archive: Orthanc, tmp_path: Path, **changes: Any) -> WebDestination:
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n")
    values = {"name": "web", "title": "Archive", "kind": "dicomweb", "url": f"{archive.url}/dicom-web", "user": USER}
    return WebDestination(**{"password_file": password, **values, **changes})


@pytest.fixture(params=["dicom", "dicomweb"])
def destination(request: pytest.FixtureRequest, archive: Orthanc, tmp_path: Path) -> Destination:
    return by_store(archive) if request.param == "dicom" else by_web(archive, tmp_path)


def stored(archive: Orthanc, documents: Documents) -> list[str]:
    """Make sure that an archive holds exactly the objects of a report, as they were sent; return their UIDs."""
    there = archive.instances()
    sent = {str(read(one).SOPInstanceUID): one for one in documents.dicom}
    assert set(there) == set(sent)
    assert all(same(there[uid], one) for uid, one in sent.items())
    return list(sent)


def test_a_report_is_stored_and_read_back_as_it_was_signed(archive: Orthanc, destination: Destination) -> None:
    documents = documents_of(signed_report())
    assert deliver(destination, documents) == len(documents.dicom) == 3
    stored(archive, documents)
    (study,) = archive.get("/studies").json()
    assert len(archive.get(f"/studies/{study}/series").json()) == 3


def test_sending_twice_doubles_nothing(archive: Orthanc, destination: Destination, tmp_path: Path) -> None:
    documents = documents_of(signed_report())
    for _ in range(2):
        deliver(destination, documents)
    stored(archive, documents)
    deliver(by_web(archive, tmp_path), documents)  # by another way, too
    deliver(by_store(archive), documents)
    stored(archive, documents)


def test_an_amendment_joins_the_study_refers_to_the_same_waveform_and_names_its_predecessor(
    archive: Orthanc, destination: Destination
) -> None:
    first = signed_report()
    before = documents_of(first)
    details = ClinicalDetails(medication="Bisoprolol 5 mg")
    after = documents_of(amended_report(first, details=details), before.dicom[-1])
    deliver(destination, before)
    deliver(destination, after)
    assert len(archive.get("/studies").json()) == 1
    assert len(archive.instances()) == 5  # one waveform, and of each version document and structured report
    old, new = read(before.dicom[-1]), read(after.dicom[-1])
    series = new.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0]
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == old.SOPInstanceUID


def test_a_report_with_an_identity_is_found_by_the_patients_id(archive: Orthanc, tmp_path: Path) -> None:
    deliver(by_web(archive, tmp_path), documents_of(signed_report(ANN)))
    answer = archive.get("/dicom-web/studies?PatientID=4711&includefield=all", headers={"Accept": "application/json"})
    (study,) = answer.json()
    assert study["00100010"]["Value"] == [{"Alphabetic": "Example^Ann"}]
    assert archive.get("/dicom-web/studies?PatientID=4712").json() == []


def test_c_find_and_c_get_give_back_what_c_store_has_stored(archive: Orthanc) -> None:
    documents = documents_of(signed_report())
    deliver(by_store(archive), documents)
    entity = AE(ae_title="READER")
    entity.add_requested_context(PatientRootQueryRetrieveInformationModelFind)
    query = pydicom.Dataset()
    query.QueryRetrieveLevel, query.PatientID, query.PatientName, query.StudyInstanceUID = "STUDY", "4711", "", ""
    association = entity.associate("127.0.0.1", archive.dicom_port, ae_title=AE_TITLE)
    answers = association.send_c_find(query, PatientRootQueryRetrieveInformationModelFind)
    found = [data for status, data in answers if status.Status == 0xFF00]
    association.release()
    assert [str(one.StudyInstanceUID) for one in found] == [str(read(documents.dicom[0]).StudyInstanceUID)]

    given: dict[str, pydicom.Dataset] = {}

    def take(event: evt.Event) -> int:
        given[str(event.dataset.SOPInstanceUID)] = event.dataset
        return 0

    entity = AE(ae_title="READER")
    entity.add_requested_context(StudyRootQueryRetrieveInformationModelGet)
    roles = []
    for one in documents.dicom:
        entity.add_requested_context(read(one).SOPClassUID, "1.2.840.10008.1.2.1")
        roles.append(build_role(read(one).SOPClassUID, scp_role=True))
    wanted = pydicom.Dataset()
    wanted.QueryRetrieveLevel, wanted.StudyInstanceUID = "STUDY", found[0].StudyInstanceUID
    association = entity.associate(
        "127.0.0.1", archive.dicom_port, ae_title=AE_TITLE, ext_neg=roles, evt_handlers=[(evt.EVT_C_STORE, take)]
    )
    for _ in association.send_c_get(wanted, StudyRootQueryRetrieveInformationModelGet):
        pass
    association.release()
    for one in map(read, documents.dicom):
        assert given[str(one.SOPInstanceUID)] == one


def test_without_an_identity_nothing_says_whose_it_is(archive: Orthanc, destination: Destination) -> None:
    documents = documents_of(signed_report(None))
    deliver(destination, documents)
    for uid in stored(archive, documents):
        one = read(archive.instances()[uid])
        assert (str(one.PatientName), one.PatientID, one.PatientBirthDate, one.PatientSex) == ("", "", "", "")
        assert one.PatientIdentityRemoved == "YES"


def test_an_archive_that_is_down_is_told_and_not_taken_for_a_refusal(tmp_path: Path) -> None:
    port = free_port()
    documents = documents_of(signed_report())
    for gone in (
        DicomDestination("pacs", "PACS", "127.0.0.1", port, AE_TITLE),
        WebDestination("web", "Archive", "dicomweb", f"http://127.0.0.1:{port}/dicom-web"),
    ):
        with pytest.raises(SendError, match="does not answer") as caught:
            deliver(gone, documents)
        assert not caught.value.refused


def test_what_an_archive_refuses_is_told_with_its_reason(archive: Orthanc, tmp_path: Path) -> None:
    documents = documents_of(signed_report())
    with pytest.raises(
        SendError, match="rejected the association of RHYTHMOSCOPE with NOBODY: Called AE title"
    ) as caught:
        deliver(by_store(archive, called_ae="NOBODY"), documents)
    assert caught.value.refused
    wrong = tmp_path / "wrong"
    wrong.write_text("another secret")
    with pytest.raises(SendError, match="Archive answered 401: Unauthorized") as caught:
        deliver(by_web(archive, tmp_path, password_file=wrong), documents)
    assert caught.value.refused
    with pytest.raises(SendError, match="Archive answered 404"):
        deliver(by_web(archive, tmp_path, url=f"{archive.url}/nothing-here"), documents)
    assert archive.instances() == {}


def test_an_archive_that_keeps_nothing_is_told(archive: Orthanc, destination: Destination) -> None:
    """What it acknowledged, and threw away at once since its disk is full, does not pass for stored."""
    archive.stop()
    archive.start(MaximumStorageSize=1)
    try:
        document = read(documents_of(signed_report()).dicom[1])
        document.EncapsulatedDocument = b"%PDF" + bytes(3 << 20)
        with pytest.raises(SendError, match=r"refused object 1 of 1|tells of 0 of 1 objects"):
            deliver(destination, Documents([part10(document)], b""))
    finally:
        archive.stop()
        archive.start()


def test_a_destination_can_be_checked_without_sending_anything(archive: Orthanc, tmp_path: Path) -> None:
    assert check(by_store(archive)) == "answers C-ECHO"
    assert check(by_web(archive, tmp_path)) == "answers QIDO-RS"
    with pytest.raises(SendError, match="does not answer"):
        check(by_store(archive, port=free_port()))
    assert archive.instances() == {}
