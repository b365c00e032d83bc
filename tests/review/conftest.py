"""Databases of both kinds, for the tests that hold for either."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgresql_for_tests import PostgresDatabases, Server


@pytest.fixture
def postgresql_databases(postgresql_server: Server) -> Iterator[PostgresDatabases]:
    """Databases on a PostgreSQL server."""
    made = PostgresDatabases(postgresql_server)
    yield made
    made.drop()


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Path | PostgresDatabases:
    """A place for databases: a folder for SQLite's files, or a server; ``databases / "name"`` is where one is."""
    name = "tmp_path" if request.param == "sqlite" else "postgresql_databases"
    place: Path | PostgresDatabases = request.getfixturevalue(name)
    return place
