"""Alembic migrations of the database of edits, run by the program itself; there is no ``alembic.ini``.

Migration number N (``_scripts/versions/rNNNN_*.py``, revision "NNNN") leaves N in the table ``schema_version``, which
tells programs, 0.1 included, whether they can go on with a database. Alembic's own table ``alembic_version`` says the
same; a database of 0.1 has none and is at migration 1.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, select, update

from ecg_core.review.schema import SCHEMA_VERSION, schema_version

FOLDER: Final = Path(__file__).parent / "_scripts"
"""What Alembic runs."""

_running: Final = threading.Lock()
"""Alembic keeps the migration that runs in variables of its modules: one at a time in a process."""


def version_of(connection: Connection) -> int:
    """Return the number of the last migration that a database has had, 0 if it has no tables yet.

    Parameters
    ----------
    connection : Connection
        Connection with a transaction.
    """
    if not inspect(connection).has_table(schema_version.name):
        return 0
    return connection.execute(select(schema_version.c.version)).scalar() or 0


def upgrade(connection: Connection, to: int = SCHEMA_VERSION) -> None:
    """Bring a database to a migration, within the caller's transaction, beside which nobody else may write.

    What is in the tables stays. A database that is there already, or further, is left as it is.

    Parameters
    ----------
    connection : Connection
        Connection with a transaction.
    to : int
        Number of the migration.
    """
    found = version_of(connection)
    if found >= to:
        return
    # Imported only where there is something to do: each start would wait for it.
    from alembic import command
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _running:
        if found and not inspect(connection).has_table("alembic_version"):
            command.stamp(config, revision_of(found))
        command.upgrade(config, revision_of(to))
    connection.execute(update(schema_version).values(version=to))


def revision_of(version: int) -> str:
    """Return Alembic's name of a migration."""
    return f"{version:04d}"
