"""Storage of DICOM objects at an archive by C-STORE (PS3.4 Annex B)."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any, Final

from pydicom import Dataset, dcmread
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.pdu import A_ASSOCIATE_RJ
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]
from pynetdicom.status import code_to_category

from ecg_core.errors import SendError, SettingError
from ecg_core.sending.destinations import DicomDestination

_CONNECT_S: Final = 10.0
_ANSWER_S: Final = 60.0
_ALREADY_THERE: Final = 0x0111
"""Duplicate SOP Instance: what another try has stored."""

# What pynetdicom would log is told by the errors raised here, without what it says of the objects.
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)


def store(destination: DicomDestination, files: Sequence[bytes]) -> int:
    """Store objects; return how many.

    Parameters
    ----------
    destination : DicomDestination
        The archive.
    files : sequence of bytes
        Files of Part 10.

    Raises
    ------
    SendError
        If the archive does not answer, refuses the association, or does not take an object.
    SettingError
        If a certificate cannot be read.
    """
    objects = [dcmread(BytesIO(file)) for file in files]
    classes = list(dict.fromkeys(str(one.SOPClassUID) for one in objects))
    with _association(destination, classes) as association:
        for number, one in enumerate(objects, 1):
            _store(destination, association, one, f"object {number} of {len(objects)}, {one.SOPClassUID.name}")
    return len(objects)


def echo(destination: DicomDestination) -> str:
    """Ask an archive whether it is there (C-ECHO); return what is said of it.

    Raises
    ------
    SendError
        If it is not, or refuses the association.
    SettingError
        If a certificate cannot be read.
    """
    with _association(destination, [str(Verification)]) as association:
        status = association.send_c_echo()
        if status is None or status.get("Status") != 0:
            raise SendError(f"{destination.title} did not answer C-ECHO.")
    return "answers C-ECHO"


def _store(destination: DicomDestination, association: Association, one: Dataset, what: str) -> None:
    try:
        status = association.send_c_store(one)
    except ValueError as error:  # no presentation context was accepted
        raise SendError(f"{destination.title} does not take {what}: {error}", refused=True) from error
    except RuntimeError as error:
        raise SendError(f"{destination.title} ended the association before {what} was stored.") from error
    code = status.get("Status")
    if code is None:
        raise SendError(f"{destination.title} did not answer to {what}: the connection broke or timed out.")
    if code == _ALREADY_THERE or code_to_category(code) in ("Success", "Warning"):
        return
    told = str(status.get("ErrorComment") or "").strip()
    raise SendError(
        f"{destination.title} refused {what}: status 0x{code:04X}{', ' + told if told else ''}.",
        refused=code_to_category(code) == "Failure" and code >> 8 != 0xA7,  # A7xx: out of resources
    )


@contextmanager
def _association(destination: DicomDestination, classes: Sequence[str]) -> Iterator[Association]:
    entity = AE(ae_title=destination.calling_ae)
    entity.connection_timeout = _CONNECT_S
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = _ANSWER_S
    for sop_class in classes:
        entity.add_requested_context(sop_class, [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
    reasons: list[str] = []
    connected: list[bool] = []

    def received(event: Any) -> None:
        if isinstance(event.pdu, A_ASSOCIATE_RJ):
            reasons.append(str(event.pdu.reason_str))

    def opened(event: Any) -> None:
        connected.append(True)

    association = entity.associate(
        destination.host,
        destination.port,
        ae_title=destination.called_ae,
        tls_args=_tls(destination) if destination.tls else None,
        evt_handlers=[(evt.EVT_PDU_RECV, received), (evt.EVT_CONN_OPEN, opened)],
    )
    if not association.is_established:
        if reasons:
            raise SendError(
                f"{destination.title} rejected the association of {destination.calling_ae} with "
                f"{destination.called_ae}: {reasons[0]}.",
                refused=True,
            )
        if association.is_aborted and connected and not association.accepted_contexts and association.rejected_contexts:
            raise SendError(f"{destination.title} takes no objects of these kinds.", refused=True)
        what = "ended the connection" if connected else "does not answer"
        raise SendError(f"{destination.title} at {destination.host}:{destination.port} {what}.")
    try:
        yield association
    finally:
        association.release()


def _tls(destination: DicomDestination) -> tuple[ssl.SSLContext, str]:
    try:
        context = ssl.create_default_context(cafile=destination.ca_file)
        if destination.certificate_file is not None:
            context.load_cert_chain(destination.certificate_file, destination.key_file)
    except OSError as error:  # ssl.SSLError is one
        raise SettingError(
            f"Destination {destination.name}: its certificates cannot be read: {error.strerror or error}."
        ) from None
    return context, destination.host
