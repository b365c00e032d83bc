"""Documents of signed reports, and reports on their way to destinations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg_core.review.migrations._scripts import triggers

revision = "0007"
down_revision = "0006"

_KEPT = ("seq", "recording_sha256", "version", "report_hash", "destination")
_SENTENCE = "what was sent where is never changed or forgotten"


def upgrade() -> None:
    """Make the tables."""
    number = sa.Integer if op.get_bind().dialect.name == "sqlite" else sa.BigInteger
    op.create_table(
        "documents",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("data", sa.Text, nullable=False),
    )
    triggers.append_only("documents")
    op.create_table(
        "sends",
        sa.Column("seq", number, primary_key=True, autoincrement=False),
        sa.Column("recording_sha256", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("report_hash", sa.String(64), nullable=False),
        sa.Column("destination", sa.String(40), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("asked_at", sa.String(40), nullable=False),
        sa.Column("asked_by", sa.String(120), nullable=False),
        sa.Column("asked_role", sa.String(40), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_at", sa.String(40)),
        sa.Column("claim", sa.String(64)),
        sa.Column("claimed_until", sa.String(40)),
        sa.Column("reason", sa.Text),
        sa.Column("sent_at", sa.String(40)),
        sa.UniqueConstraint("recording_sha256", "version", "destination"),
        sa.CheckConstraint("state IN ('queued', 'sending', 'sent', 'failed', 'given up')", name="sends_state"),
        sa.CheckConstraint("(state = 'sending') = (claim IS NOT NULL)", name="sends_claim"),
        sa.CheckConstraint("(claim IS NULL) = (claimed_until IS NULL)", name="sends_claimed_until"),
        sa.CheckConstraint("(state IN ('queued', 'failed')) = (next_at IS NOT NULL)", name="sends_next"),
        sa.CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name="sends_sent"),
    )
    op.create_index("sends_by_time", "sends", ["state", "next_at"])
    triggers.refuse("sends", "UPDATE", _SENTENCE, " OR ".join(f"OLD.{one} <> NEW.{one}" for one in _KEPT))
    triggers.refuse("sends", "DELETE", _SENTENCE)
    triggers.refuse_emptying("sends", _SENTENCE)
