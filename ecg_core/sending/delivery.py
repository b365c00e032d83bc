"""Delivery of a report's documents to a destination, by the way that its kind asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecg_core.sending.destinations import Destination, DicomDestination


@dataclass(frozen=True)
class Documents:
    """What is sent of a signed report.

    Attributes
    ----------
    dicom : sequence of bytes
        Files of Part 10 of one study, what is referred to first.
    fhir : bytes
        Transaction as JSON.
    """

    dicom: Sequence[bytes]
    fhir: bytes


def deliver(destination: Destination, documents: Documents) -> int:
    """Send a report; return how many objects or resources the destination now has of it.

    Parameters
    ----------
    destination : DicomDestination or WebDestination
        Where to.
    documents : Documents
        As they were signed.

    Raises
    ------
    SendError
        If the destination does not have all of it.
    SettingError
        If a password, token or certificate cannot be read.
    """
    if isinstance(destination, DicomDestination):
        from ecg_core.sending import dicom_store  # pynetdicom takes a while

        return dicom_store.store(destination, documents.dicom)
    from ecg_core.sending import fhir_server, stow

    if destination.kind == "dicomweb":
        return stow.store(destination, documents.dicom)
    return fhir_server.post(destination, documents.fhir)


def check(destination: Destination) -> str:
    """Ask a destination whether it is there, without sending anything of a report.

    Parameters
    ----------
    destination : DicomDestination or WebDestination
        Which.

    Returns
    -------
    str
        What it answered, for an administrator.

    Raises
    ------
    SendError
        If it does not answer, or not as such a destination does.
    SettingError
        If a password, token or certificate cannot be read.
    """
    if isinstance(destination, DicomDestination):
        from ecg_core.sending import dicom_store

        return dicom_store.echo(destination)
    from ecg_core.sending import fhir_server, stow

    return stow.check(destination) if destination.kind == "dicomweb" else fhir_server.check(destination)
