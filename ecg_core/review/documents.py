"""Documents of signed reports, kept by their SHA-256: the signature covers the hashes, and a document never changes."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Engine, insert, select

from ecg_core.errors import ReviewError
from ecg_core.review.database import reading, writing
from ecg_core.review.schema import documents as table

MAX_BYTES: Final = 64 << 20
"""Of one document."""


class StoredDocuments:
    """The documents of a database.

    Parameters
    ----------
    engine : Engine
        See :func:`ecg_core.review.database.engine`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def keep(self, files: Mapping[str, bytes]) -> dict[str, str]:
        """Keep documents; those that are there already are not kept twice.

        Parameters
        ----------
        files : mapping of str to bytes
            By name.

        Returns
        -------
        dict of str to str
            Their SHA-256 by name.

        Raises
        ------
        ReviewError
            If one is too long, or nothing can be written.
        """
        for name, data in files.items():
            if len(data) > MAX_BYTES:
                raise ReviewError(f"The document {name} is longer than {MAX_BYTES >> 20} MB.")
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        rows = {hashes[name]: base64.b64encode(data).decode("ascii") for name, data in files.items()}
        with writing(self.engine) as connection:
            known = set(connection.scalars(select(table.c.sha256).where(table.c.sha256.in_(rows))))
            new = [{"sha256": sha256, "data": data} for sha256, data in rows.items() if sha256 not in known]
            if new:
                connection.execute(insert(table), new)
        return hashes

    def get(self, sha256: str) -> bytes:
        """Return a document.

        Parameters
        ----------
        sha256 : str
            Of the document, as a signed report names it.

        Raises
        ------
        ReviewError
            If it is not there or not what was kept, or the database cannot be read.
        """
        with reading(self.engine) as connection:
            found = connection.execute(select(table.c.data).where(table.c.sha256 == sha256)).scalar()
        try:
            data = base64.b64decode(found or "", validate=True)
        except binascii.Error:
            data = b""
        if found is None or hashlib.sha256(data).hexdigest() != sha256:
            raise ReviewError("A document of this report is missing or was changed after it was signed.")
        return data
