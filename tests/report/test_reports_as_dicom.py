"""The report as an encapsulated PDF of DICOM, read back."""

from __future__ import annotations

from io import BytesIO

import pydicom
import pytest
from pydicom.uid import EncapsulatedPDFStorage
from reports_for_tests import drafted

from ecg_core.errors import ReportError
from ecg_core.report import PatientIdentity, ReportStatus, Signature, content_sha256
from ecg_core.report.dicom import encapsulated_pdf


def read(document: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(BytesIO(document))


@pytest.mark.parametrize("pdf", [b"%PDF-1.7 odd", b"%PDF-1.7 even"])
def test_the_document_is_read_back_byte_for_byte(pdf: bytes) -> None:
    data = read(encapsulated_pdf(drafted(), pdf))
    assert data.SOPClassUID == EncapsulatedPDFStorage
    assert data.EncapsulatedDocument[: data.EncapsulatedDocumentLength] == pdf
    assert len(data.EncapsulatedDocument) % 2 == 0
    assert data.MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert data.ConceptNameCodeSequence[0].CodeValue == "18754-2"


def test_nothing_says_whose_it_is_unless_the_report_does() -> None:
    data = read(encapsulated_pdf(drafted(), b"%PDF"))
    assert (str(data.PatientName), data.PatientID, data.PatientIdentityRemoved) == ("", "", "YES")
    assert data.BurnedInAnnotation == "NO"
    someone = PatientIdentity("Example^Ann", "4711", "1950-02-03", "F")
    data = read(encapsulated_pdf(drafted(identity=someone), b"%PDF"))
    assert (str(data.PatientName), data.PatientID) == ("Example^Ann", "4711")
    assert (data.PatientBirthDate, data.PatientSex, data.BurnedInAnnotation) == ("19500203", "F", "YES")


def test_only_a_signed_report_is_verified() -> None:
    assert read(encapsulated_pdf(drafted(), b"%PDF")).VerificationFlag == "UNVERIFIED"
    signed = Signature("A. Reader", "cardiologist", "2026-03-01T10:00:00Z", content_sha256(drafted()))
    final = drafted(status=ReportStatus("final", (signed,)))
    assert read(encapsulated_pdf(final, b"%PDF")).VerificationFlag == "VERIFIED"


def test_uids_are_valid_follow_from_the_content_and_name_the_given_study() -> None:
    one, same = (read(encapsulated_pdf(drafted(), b"%PDF")) for _ in range(2))
    other = read(encapsulated_pdf(drafted(template_name="event"), b"%PDF", study_uid="1.2.840.1"))
    assert one.SOPInstanceUID == same.SOPInstanceUID != other.SOPInstanceUID
    assert one.SOPInstanceUID.is_valid
    assert one.StudyInstanceUID == same.StudyInstanceUID
    assert other.StudyInstanceUID == "1.2.840.1"
    with pytest.raises(ReportError):
        encapsulated_pdf(drafted(), b"%PDF", study_uid="no uid")
