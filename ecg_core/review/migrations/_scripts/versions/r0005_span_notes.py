"""Notes on spans, diary entries and button presses, which are withdrawn and never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg_core.review.migrations._scripts import triggers

revision = "0005"
down_revision = "0004"

_KEPT = ("seq", "uuid", "recording_sha256", "kind", "start_sample", "stop_sample", "text", "person", "at")
_SENTENCE = "notes are withdrawn once and never changed"


def upgrade() -> None:
    """Make the table."""
    number = sa.Integer if op.get_bind().dialect.name == "sqlite" else sa.BigInteger
    op.create_table(
        "span_notes",
        sa.Column("seq", number, primary_key=True, autoincrement=False),
        sa.Column("uuid", sa.String(80), nullable=False, unique=True),
        sa.Column("recording_sha256", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("start_sample", number, nullable=False),
        sa.Column("stop_sample", number, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("person", sa.String(120), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("withdrawn_by", sa.String(120)),
        sa.Column("withdrawn_at", sa.String(40)),
        sa.CheckConstraint(
            "kind IN ('diary', 'button', 'artefact', 'sleep', 'activity', 'note')", name="span_notes_kind"
        ),
        sa.CheckConstraint("start_sample >= 0 AND stop_sample >= start_sample", name="span_notes_span"),
        sa.CheckConstraint("(withdrawn_by IS NULL) = (withdrawn_at IS NULL)", name="span_notes_withdrawn"),
    )
    op.create_index("span_notes_of_a_recording", "span_notes", ["recording_sha256", "start_sample"])
    otherwise = " OR ".join(f"OLD.{column} <> NEW.{column}" for column in _KEPT)
    triggers.refuse(
        "span_notes", "UPDATE", _SENTENCE, f"OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL OR {otherwise}"
    )
    triggers.refuse("span_notes", "DELETE", _SENTENCE)
    triggers.refuse_emptying("span_notes", _SENTENCE)
