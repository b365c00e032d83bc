"""Verdicts of people on what screenings found, which are appended and never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg_core.review.migrations._scripts import triggers

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    number = sa.Integer if op.get_bind().dialect.name == "sqlite" else sa.BigInteger
    op.create_table(
        "verdicts",
        sa.Column("seq", number, primary_key=True, autoincrement=False),
        sa.Column("uuid", sa.String(80), nullable=False, unique=True),
        sa.Column("recording_sha256", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("finding", sa.String(200), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("model_sha256", sa.String(64)),
        sa.Column("person", sa.String(120), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.CheckConstraint("verdict IN ('agree', 'disagree', 'unsure')", name="verdicts_verdict"),
    )
    op.create_index("verdicts_of_a_recording", "verdicts", ["recording_sha256", "seq"])
    triggers.append_only("verdicts")
