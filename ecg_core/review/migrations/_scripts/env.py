"""Alembic's environment: migrations run on the connection and in the transaction that the caller has opened."""

from __future__ import annotations

from alembic import context

from ecg_core.review.schema import METADATA

# Alembic takes SQLite for unable to take back what was done to tables; it is able where the driver begins nothing.
context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
