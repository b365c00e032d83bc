"""The log of edits: the tables of 0.1, where ``schema_version`` was 1."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg_core.review.migrations._scripts import triggers

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table("schema_version", sa.Column("version", sa.Integer, nullable=False))
    op.execute("INSERT INTO schema_version VALUES (1)")
    op.create_table("database_identity", sa.Column("identifier", sa.String(64), nullable=False))
    in_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "entries",
        # Numbers are given by the program. SQLite remembers the last one besides, so that none is given twice.
        sa.Column("seq", sa.Integer if in_sqlite else sa.BigInteger, primary_key=True, autoincrement=in_sqlite),
        sa.Column("uuid", sa.String(80), nullable=False, unique=True),
        sa.Column("recording_sha256", sa.String(64), nullable=False),
        sa.Column("model_sha256", sa.String(64), nullable=False),
        sa.Column("person", sa.String(120), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("entries_of_a_recording", "entries", ["recording_sha256", "model_sha256", "seq"])
    triggers.make_refusing_function()
    triggers.append_only("entries")
