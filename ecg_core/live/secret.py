"""The token with which senders of live streams are let in: random, kept as its SHA-256 alone."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Final

from ecg_core import settings
from ecg_core.private import private_file, private_folder
from ecg_core.writing import write_text

_FILE: Final = "live-token.sha256"


def make_token() -> str:
    """Make a new token and keep its hash; the one before is no longer taken.

    Returns
    -------
    str
        The token, which cannot be read again.

    Raises
    ------
    OSError
        If the hash cannot be kept.
    """
    token = secrets.token_urlsafe(32)
    file = private_folder(settings.HOME.get()) / _FILE
    write_text(file, _hash(token))
    private_file(file)
    return token


def revoke_token() -> bool:
    """Take no token any more; return whether one was taken before."""
    file = _file()
    known = file.is_file()
    file.unlink(missing_ok=True)
    return known


def has_token() -> bool:
    """Tell whether live streams are taken at all: not before a token was made."""
    return _file().is_file()


def is_token(given: str) -> bool:
    """Tell whether a sender may send; compared in constant time."""
    try:
        known = _file().read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return False
    return bool(known) and hmac.compare_digest(known, _hash(given))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _file() -> Path:
    return settings.HOME.get() / _FILE
