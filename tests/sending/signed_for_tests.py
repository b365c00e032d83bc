"""Signed reports without a dashboard, with their documents."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pydicom
from report.reports_for_tests import drafted, holter

from ecg_core.report import PatientIdentity, Report, ReportStatus, Signature, content_sha256
from ecg_core.report.dicom import study_objects
from ecg_core.report.fhir import fhir_json
from ecg_core.sending import Documents

PDF = b"%PDF-1.7 a document of an odd length"
ANN = PatientIdentity("Example^Ann", "4711", "1950-02-03", "F")


def signed_report(identity: PatientIdentity | None = ANN, at: str = "2026-03-01T10:00:00Z", **options: Any) -> Report:
    """Return a report that was signed."""
    report = drafted(identity=identity, **options)
    signature = Signature("Dr A. Reader", "cardiologist", at, content_sha256(report))
    return drafted(identity=identity, status=ReportStatus("final", (signature,)), **options)


def amended_report(first: Report, **options: Any) -> Report:
    """Return a report that takes the place of another one."""
    report = drafted(identity=first.identity, **options)
    signature = Signature("Dr B. Reader", "cardiologist", "2026-03-02T10:00:00Z", content_sha256(report))
    status = ReportStatus("amended", (signature,), "Dose was wrong", content_sha256(first))
    return drafted(identity=first.identity, status=status, **options)


def documents_of(report: Report, replaced: bytes | None = None) -> Documents:
    """Return what is sent of a report."""
    recording, _ = holter()
    objects = study_objects(report, PDF, recording, replaced)
    return Documents([one.data for one in objects], fhir_json(report, PDF).encode())


def read(data: bytes) -> pydicom.Dataset:
    """Read a DICOM file."""
    return pydicom.dcmread(BytesIO(data))


def same(one: bytes, other: bytes) -> bool:
    """Tell whether two DICOM files hold the same object; an archive may write the file's own head anew."""
    first, second = read(one), read(other)
    if first.file_meta.TransferSyntaxUID != second.file_meta.TransferSyntaxUID:
        return False
    return bool(first == second)


def millivolts(data: pydicom.Dataset) -> np.ndarray:
    """Return the signal of a waveform, shape (samples, channels)."""
    array = data.waveform_array(0)
    unit = data.WaveformSequence[0].ChannelDefinitionSequence[0].ChannelSensitivityUnitsSequence[0].CodeValue
    assert unit == "uV"
    return np.asarray(array) / 1000
