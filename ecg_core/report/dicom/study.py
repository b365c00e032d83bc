"""All DICOM objects of a report, in one study, in the order in which they are sent: what is referred to comes first."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from pydicom import dcmread

from ecg_core.recording import Recording
from ecg_core.report.dicom.common import study_of
from ecg_core.report.dicom.encapsulated import encapsulated_pdf
from ecg_core.report.dicom.waveforms import waveforms
from ecg_core.report.model import Report


@dataclass(frozen=True)
class StudyObject:
    """A DICOM object of a report.

    Attributes
    ----------
    name : str
        ``waveform.1`` and so on, ``document``, ``structured``.
    data : bytes
        A file of Part 10.
    """

    name: str
    data: bytes


def study_objects(
    report: Report, pdf: bytes, recording: Recording, replaced: bytes | None = None
) -> tuple[StudyObject, ...]:
    """Return the DICOM objects of a report: waveforms, encapsulated PDF, structured report.

    Parameters
    ----------
    report : Report
        The report. Whose it is stands in the objects only where the report has an identity.
    pdf : bytes
        The document.
    recording : Recording
        What it is about, without what identifies a person.
    replaced : bytes, optional
        Structured report of the version that this one amends.

    Returns
    -------
    tuple of StudyObject
        UIDs follow from recording, person, content and signatures: the same report gives the same objects.

    Raises
    ------
    RecordingError
        If the recording can no longer be read.
    """
    from ecg_core.report.dicom.structured import structured_report  # takes a second

    study = study_of(report, recording)
    signals = waveforms(report, recording, study)
    document = encapsulated_pdf(report, pdf, recording, series_number=2)
    evidence = [dcmread(BytesIO(one), stop_before_pixels=True) for one in (*signals, document)]
    before = None if replaced is None else dcmread(BytesIO(replaced))
    structured = structured_report(report, study, evidence, recording, replaced=before)
    return (
        *(StudyObject(f"waveform.{number}", one) for number, one in enumerate(signals, 1)),
        StudyObject("document", document),
        StudyObject("structured", structured),
    )
