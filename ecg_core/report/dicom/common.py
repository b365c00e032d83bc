"""What the DICOM objects of a report share: UIDs, patient, study, texts, and the file of Part 10."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Final

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import RE_VALID_UID, UID, ExplicitVRLittleEndian

from ecg_core.errors import ReportError
from ecg_core.recording import Recording
from ecg_core.report.coded import study_key
from ecg_core.report.model import Report

IMPLEMENTATION_UID: Final = UID("2.25.166403466148837270184107349372823015217")
"""Ours; drawn as a UUID, as PS3.5 B.2 allows."""

MANUFACTURER: Final = "Rhythmoscope"

_SEXES: Final = {"m": "M", "male": "M", "f": "F", "female": "F"}
_MAX_NAME: Final = 64
_MAX_UID: Final = 64
_STUDY_FIELDS: Final = ("StudyID", "AccessionNumber", "ReferringPhysicianName")


@dataclass(frozen=True)
class Study:
    """Study that the objects of a report belong to.

    Attributes
    ----------
    uid : UID
        The same for all versions of a report of one recording and person.
    date, time : str
        When the recording began, as DICOM writes it; empty where the file does not say.
    """

    uid: UID
    date: str = ""
    time: str = ""


def study_of(report: Report, recording: Recording | None = None, uid: str = "") -> Study:
    """Return the study of a report.

    Parameters
    ----------
    report : Report
        The report.
    recording : Recording, optional
        What it is about, without what identifies a person.
    uid : str
        Of the study, where there is one already.

    Raises
    ------
    ReportError
        If the UID is none.
    """
    if uid and not (re.fullmatch(RE_VALID_UID, uid) and len(uid) <= _MAX_UID):
        raise ReportError("The UID of the study is not valid.")
    begins = None if recording is None else recording.start_time
    told = (f"{begins:%Y%m%d}", f"{begins:%H%M%S}") if isinstance(begins, datetime) and begins.year >= 1000 else ()
    return Study(UID(uid) if uid else uid_of(study_key(report), "study"), *told)


def uid_of(key: str, part: str) -> UID:
    """Return a UID that follows from a key, as PS3.5 B.2 makes them of UUIDs.

    Parameters
    ----------
    key, part : str
        Of what, and of which part of it.
    """
    return UID(f"2.25.{int.from_bytes(hashlib.sha256(f'{key}/{part}'.encode()).digest()[:16], 'big')}")


def one_value(text: str, longest: int = _MAX_NAME) -> str:
    """Return a text as one value of an element: a backslash would make two of it.

    Parameters
    ----------
    text : str
        Plain text.
    longest : int
        Characters of the element.
    """
    return " ".join(text.replace("\\", "/").split())[:longest]


def person_name(text: str) -> str:
    """Return a name as DICOM's PN; one that was not written in its parts is a family name as a whole."""
    name = one_value(text.replace("=", " "))
    return name if "^" in name or not name else f"{name[: _MAX_NAME - 1]}^"


def add_study(data: Dataset, study: Study) -> None:
    """Set the study's elements.

    Parameters
    ----------
    data : Dataset
        Object of a report.
    study : Study
        Where it belongs.
    """
    data.StudyInstanceUID, data.StudyDate, data.StudyTime = study.uid, study.date, study.time
    for keyword in _STUDY_FIELDS:
        setattr(data, keyword, "")


def add_equipment(data: Dataset, report: Report) -> None:
    """Set the elements that say which program made an object.

    Parameters
    ----------
    data : Dataset
        Object of a report.
    report : Report
        The report.
    """
    data.Manufacturer, data.ManufacturerModelName = MANUFACTURER, MANUFACTURER
    data.SoftwareVersions = one_value(report.version)


def add_identity(data: Dataset, report: Report) -> None:
    """Set the patient's elements: what the report says of the person and nothing else.

    Parameters
    ----------
    data : Dataset
        Object of a report.
    report : Report
        The report.
    """
    identity = report.identity
    for keyword in ("PatientIdentityRemoved", "DeidentificationMethod"):
        data.pop(keyword, None)
    data.PatientName = "" if identity is None else one_value(identity.name.replace("=", " "))
    data.PatientID = "" if identity is None else one_value(identity.patient_id)
    data.PatientSex = "" if identity is None else _SEXES.get(identity.sex.strip().casefold(), "")
    data.PatientBirthDate = ""
    if identity is None:
        data.PatientIdentityRemoved, data.DeidentificationMethod = "YES", "Report without identity"
        return
    with suppress(ValueError):  # a date in words has no place in DICOM
        data.PatientBirthDate = f"{datetime.fromisoformat(identity.birth_date.strip()):%Y%m%d}"


def add_moment(data: Dataset, at: str) -> None:
    """Set when an object was made.

    Parameters
    ----------
    data : Dataset
        Object of a report.
    at : str
        UTC in ISO 8601.
    """
    made = datetime.fromisoformat(at)
    data.ContentDate, data.ContentTime = f"{made:%Y%m%d}", f"{made:%H%M%S}"
    data.InstanceCreationDate, data.InstanceCreationTime = data.ContentDate, data.ContentTime
    data.TimezoneOffsetFromUTC = "+0000"


def issued_at(report: Report) -> str:
    """Return when a report was signed; when it was put together where it was not."""
    return report.status.signatures[-1].signed_at if report.status.signatures else report.created_at


def part10(data: Dataset) -> bytes:
    """Return an object as a file of Part 10; the same object gives the same bytes.

    Parameters
    ----------
    data : Dataset
        Complete.
    """
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = data.SOPClassUID, data.SOPInstanceUID
    meta.TransferSyntaxUID, meta.ImplementationClassUID = ExplicitVRLittleEndian, IMPLEMENTATION_UID
    data.file_meta = meta
    stream = BytesIO()
    dcmwrite(stream, data, enforce_file_format=True)
    return stream.getvalue()
