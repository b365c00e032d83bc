"""The audit log: who did what to which recording or document, in a chain of hashes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg_core.review.migrations._scripts import triggers

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    in_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer if in_sqlite else sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("person", sa.String(120), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
    )
    op.create_index("audit_of_a_subject", "audit", ["subject", "seq"])
    triggers.append_only("audit")
