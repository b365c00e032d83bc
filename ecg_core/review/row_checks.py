"""Checks of what is to stand in rows of the database, each with the sentence that refuses it."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from ecg_core.errors import ReviewError

MAX_PERSON_LENGTH: Final = 120
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def check_person(person: object) -> None:
    """Make sure that something is a name that can be kept and read.

    Raises
    ------
    ReviewError
        If it is not.
    """
    fits = isinstance(person, str) and person.strip() and len(person) <= MAX_PERSON_LENGTH and person.isprintable()
    if not fits:
        raise ReviewError(f"A person's name of 1 to {MAX_PERSON_LENGTH} characters is needed; give yours.")


def check_recording(recording_sha256: object) -> None:
    """Make sure that something is the SHA-256 of a recording.

    Raises
    ------
    ReviewError
        If it is not.
    """
    if not isinstance(recording_sha256, str) or not _SHA256.fullmatch(recording_sha256):
        raise ReviewError("A recording is named by its SHA-256, 64 hexadecimal digits.")


def json_of(value: Any, what: str, max_bytes: int) -> str:
    """Return a value as JSON in one form: sorted keys, no spaces, ASCII, no NaN.

    Parameters
    ----------
    value : object
        What JSON can hold.
    what : str
        What it is, for the message.
    max_bytes : int
        The longest that is taken.

    Returns
    -------
    str

    Raises
    ------
    ReviewError
        If it cannot be written as JSON or is longer.
    """
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise ReviewError(f"{what} cannot be written as JSON.") from None
    if len(text) > max_bytes:
        raise ReviewError(f"{what} is longer than {max_bytes >> 10:,} kB.")
    return text
