"""A report's PDF as a DICOM object: Encapsulated PDF Storage (PS3.3 A.45.1)."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EncapsulatedPDFStorage

from ecg_core.recording import Recording
from ecg_core.report.coded import STUDY_CODES, document_key
from ecg_core.report.dicom.common import (
    add_equipment,
    add_identity,
    add_moment,
    add_study,
    part10,
    study_of,
    uid_of,
)
from ecg_core.report.model import Report


def encapsulated_pdf(
    report: Report, pdf: bytes, recording: Recording | None = None, *, study_uid: str = "", series_number: int = 1
) -> bytes:
    """Return a report as a DICOM file.

    Parameters
    ----------
    report : Report
        What the document says. Whose it is stands in the object only where the report has an identity.
    pdf : bytes
        The document.
    recording : Recording, optional
        What the report is about, without what identifies a person: its beginning dates the study.
    study_uid : str
        Of the study that the document belongs to; that of the recording and person by default.
    series_number : int
        Of the series.

    Returns
    -------
    bytes
        A file of Part 10. UIDs follow from the content and the status: the same report gives the same object.

    Raises
    ------
    ReportError
        If the study's UID is none.
    """
    key = document_key(report)
    data = Dataset()
    data.SpecificCharacterSet = "ISO_IR 192"
    data.SOPClassUID, data.SOPInstanceUID = EncapsulatedPDFStorage, uid_of(key, "document")
    data.SeriesInstanceUID = uid_of(key, "document.series")
    data.Modality, data.SeriesNumber, data.InstanceNumber = "DOC", str(series_number), "1"
    data.ConversionType = "WSD"
    add_study(data, study_of(report, recording, study_uid))
    add_equipment(data, report)
    add_identity(data, report)
    add_moment(data, report.created_at)
    data.AcquisitionDateTime = ""
    data.BurnedInAnnotation = "YES" if report.identity else "NO"
    data.DocumentTitle = report.title
    data.VerificationFlag = "VERIFIED" if report.status.stage in ("final", "amended") else "UNVERIFIED"
    data.ConceptNameCodeSequence = Sequence([_study_code(report.template)])
    data.MIMETypeOfEncapsulatedDocument = "application/pdf"
    data.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    data.EncapsulatedDocumentLength = len(pdf)
    return part10(data)


def _study_code(template: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodeMeaning = STUDY_CODES.get(template, STUDY_CODES["twelve-lead"])
    code.CodingSchemeDesignator = "LN"
    return code
