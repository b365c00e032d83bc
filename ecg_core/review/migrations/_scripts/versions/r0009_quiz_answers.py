"""Answers to quizzes, which are never changed; a teacher may remove those of a quiz, since they are of persons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ecg_core.review.migrations._scripts import triggers

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table."""
    number = sa.Integer if op.get_bind().dialect.name == "sqlite" else sa.BigInteger
    op.create_table(
        "quiz_answers",
        sa.Column("seq", number, primary_key=True, autoincrement=False),
        sa.Column("attempt", sa.String(80), nullable=False),
        sa.Column("quiz", sa.String(20), nullable=False),
        sa.Column("case_code", sa.String(20), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("person", sa.String(120), nullable=False),
        sa.Column("question", sa.String(12), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("truth", sa.Text, nullable=False),
        sa.Column("correct", sa.Integer, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.UniqueConstraint("attempt", "question"),
    )
    op.create_index("quiz_answers_of_a_quiz", "quiz_answers", ["quiz", "seq"])
    op.create_index("quiz_answers_of_a_person", "quiz_answers", ["account", "person", "seq"])
    triggers.refuse("quiz_answers", "UPDATE", "rows of quiz_answers are never changed")
