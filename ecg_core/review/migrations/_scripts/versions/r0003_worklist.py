"""The worklist: status, claim, due time and last position of recordings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    number = sa.Integer if op.get_bind().dialect.name == "sqlite" else sa.BigInteger
    op.create_table(
        "worklist",
        sa.Column("recording_sha256", sa.String(64), primary_key=True),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("assigned_to", sa.String(120)),
        sa.Column("claimed_at", sa.String(40)),
        sa.Column("due", sa.String(40)),
        sa.Column("position_sample", number),
        sa.Column("added_at", sa.String(40), nullable=False),
        sa.Column("changed_at", sa.String(40), nullable=False),
        sa.Column("changed_by", sa.String(120), nullable=False),
        sa.CheckConstraint("status IN ('new', 'reading', 'read', 'signed', 'amended')", name="worklist_status"),
        sa.CheckConstraint("(assigned_to IS NULL) = (claimed_at IS NULL)", name="worklist_claim"),
    )
    op.create_index("worklist_by_status", "worklist", ["status", "due"])
