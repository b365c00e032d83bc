"""Documents of signed reports by their hash: kept once, given back as they were, never in place of others."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from postgresql_for_tests import PostgresDatabases

from ecg_core.errors import ReviewError
from ecg_core.review import documents as module
from ecg_core.review.database import engine, reading, writing
from ecg_core.review.documents import StoredDocuments
from ecg_core.review.schema import documents as table

Databases = Path | PostgresDatabases


def test_documents_are_given_back_by_their_hash_and_kept_once(databases: Databases) -> None:
    database = engine(databases / "reviews")
    stored = StoredDocuments(database)
    files = {"pdf": b"%PDF", "csv": b"a,b", "copy": b"%PDF", "none": b""}
    hashes = stored.keep(files)
    assert hashes == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert stored.keep(files) == hashes
    assert {name: stored.get(sha256) for name, sha256 in hashes.items()} == files
    with reading(database) as connection:
        assert len(connection.execute(table.select()).all()) == 3


def test_a_document_that_is_missing_or_other_is_refused(databases: Databases) -> None:
    database = engine(databases / "reviews")
    with pytest.raises(ReviewError, match="missing or was changed"):
        StoredDocuments(database).get("a" * 64)
    with writing(database) as connection:
        connection.execute(table.insert().values(sha256="b" * 64, data="JVBERg=="))
    with pytest.raises(ReviewError, match="missing or was changed"):
        StoredDocuments(database).get("b" * 64)


def test_what_is_too_long_is_refused(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 1 << 20)
    with pytest.raises(ReviewError, match="longer than 1 MB"):
        StoredDocuments(engine(databases / "reviews")).keep({"pdf": bytes((1 << 20) + 1)})
