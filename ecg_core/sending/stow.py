"""Storage of DICOM objects at an archive by STOW-RS (PS3.18 10.5)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from ecg_core.errors import SendError
from ecg_core.sending.destinations import WebDestination
from ecg_core.sending.web import json_of, refusal, request

_FAILED: Final = "00081198"
_REASON: Final = "00081197"
_STORED: Final = "00081199"
_ALREADY_THERE: Final = 0x0111
_RESOURCES: Final = 0xA700


def store(destination: WebDestination, files: Sequence[bytes]) -> int:
    """Store objects; return how many.

    Parameters
    ----------
    destination : WebDestination
        The archive.
    files : sequence of bytes
        Files of Part 10.

    Raises
    ------
    SendError
        If the archive does not answer, or does not have all of the objects.
    SettingError
        If a password or token cannot be read.
    """
    border = uuid.uuid4().hex
    head = f"--{border}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    body = b"".join(head + file + b"\r\n" for file in files) + f"--{border}--\r\n".encode()
    headers = {
        "Content-Type": f'multipart/related; type="application/dicom"; boundary={border}',
        "Accept": "application/dicom+json",
    }
    answer = request(destination, "POST", "/studies", headers, body)
    told = json_of(answer)
    if isinstance(told, list):
        told = told[0] if told else {}
    told = told if isinstance(told, dict) else {}
    failed = [code for code in map(_reason, _items(told, _FAILED)) if code != _ALREADY_THERE]
    if failed:
        code = failed[0]
        raise SendError(
            f"{destination.title} did not take {len(failed)} of {len(files)} objects"
            f"{'' if code is None else f': reason 0x{code:04X}'}.",
            refused=code is None or code & 0xFF00 != _RESOURCES,
        )
    # 409 with nothing failed but what is there already; 202 with failures was told above.
    if answer.status_code not in (200, 202) and not (answer.status_code == 409 and _items(told, _FAILED)):
        raise refusal(destination, answer)
    n_stored = len(_items(told, _STORED)) + len(_items(told, _FAILED))
    if n_stored != len(files):
        raise SendError(f"{destination.title} tells of {n_stored} of {len(files)} objects only.")
    return len(files)


def check(destination: WebDestination) -> str:
    """Ask an archive for one study (QIDO-RS); return what is said of it.

    Raises
    ------
    SendError
        If it does not answer, or not as such an archive does.
    SettingError
        If a password or token cannot be read.
    """
    answer = request(destination, "GET", "/studies?limit=1", {"Accept": "application/dicom+json"})
    if answer.status_code not in (200, 204):
        raise refusal(destination, answer)
    return "answers QIDO-RS"


def _items(told: dict[str, Any], tag: str) -> list[Any]:
    element = told.get(tag)
    values = element.get("Value") if isinstance(element, dict) else None
    return values if isinstance(values, list) else []


def _reason(item: Any) -> int | None:
    values = _items(item, _REASON) if isinstance(item, dict) else []
    return int(values[0]) if values and isinstance(values[0], int | float) else None
