"""Reports: versions of a recording's report, of which those that are signed never change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg_core.review.migrations._scripts import triggers

revision = "0004"
down_revision = "0003"

_SENTENCE = "signed reports never change"


def upgrade() -> None:
    """Make the table."""
    number = sa.Integer if op.get_bind().dialect.name == "sqlite" else sa.BigInteger
    op.create_table(
        "reports",
        sa.Column("seq", number, primary_key=True, autoincrement=False),
        sa.Column("recording_sha256", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("paragraphs", sa.Text, nullable=False),
        sa.Column("saves", sa.Integer, nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("created_by", sa.String(120), nullable=False),
        sa.Column("saved_at", sa.String(40), nullable=False),
        sa.Column("saved_by", sa.String(120), nullable=False),
        sa.Column("replaces", sa.Integer),
        sa.Column("reason", sa.Text),
        sa.Column("model_sha256", sa.String(64)),
        sa.Column("log_revision", number),
        sa.Column("log_sha256", sa.String(64)),
        sa.Column("signed_by", sa.String(120)),
        sa.Column("signed_role", sa.String(40)),
        sa.Column("signed_at", sa.String(40)),
        sa.Column("hash", sa.String(64)),
        sa.UniqueConstraint("recording_sha256", "version"),
        sa.CheckConstraint("status IN ('draft', 'preliminary', 'final', 'amended')", name="reports_status"),
        sa.CheckConstraint("(status IN ('final', 'amended')) = (signed_at IS NOT NULL)", name="reports_signed"),
        sa.CheckConstraint("(signed_at IS NULL) = (hash IS NULL)", name="reports_hash"),
        sa.CheckConstraint("(replaces IS NULL) = (reason IS NULL)", name="reports_reason"),
    )
    for what in triggers.CHANGES:
        triggers.refuse("reports", what, _SENTENCE, "OLD.signed_at IS NOT NULL")
    triggers.refuse_emptying("reports", _SENTENCE)
