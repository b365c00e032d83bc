"""The worklist: where each recording is opened from, what it is called, and what was found in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns; recordings of before have no place and count as not analysed."""
    number = sa.Integer if op.get_bind().dialect.name == "sqlite" else sa.BigInteger
    for column in (
        sa.Column("rec", sa.String(1000)),
        sa.Column("folder", sa.Text),
        sa.Column("name", sa.String(200)),
        sa.Column("recorded_at", sa.String(40)),
        sa.Column("duration_s", sa.Float),
        sa.Column("fs_hz", sa.Float),
        sa.Column("stage", sa.String(12), nullable=False, server_default="none"),
        sa.Column("worst_kind", sa.String(20)),
        sa.Column("worst_sample", number),
        sa.Column("statement", sa.String(200)),
        sa.Column("statement_severity", sa.Integer),
        sa.Column("burden_v_percent", sa.Float),
        sa.Column("burden_s_percent", sa.Float),
        sa.Column("af_share", sa.Float),
        sa.Column("readable_share", sa.Float),
    ):
        op.add_column("worklist", column)
