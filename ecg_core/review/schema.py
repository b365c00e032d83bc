"""Tables of the database of edits, as the newest migration leaves them.

`ecg_core.review.migrations` makes them; its last migration has the number `SCHEMA_VERSION`. What the tables refuse
(changes of what was appended) is said by triggers, which are made by the migrations alone.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Float, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

SCHEMA_VERSION: Final = 9
"""Number of the newest migration; the table ``schema_version`` holds that of a database."""

METADATA: Final = MetaData()

_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
"""Entry numbers, 64 bits: SQLite's INTEGER PRIMARY KEY has as many."""

schema_version = Table("schema_version", METADATA, Column("version", Integer, nullable=False))

database_identity = Table("database_identity", METADATA, Column("identifier", String(64), nullable=False))
"""Identifier of the database, see `ecg_core.review.identity`; drawn when it is made."""

entries = Table(
    "entries",
    METADATA,
    Column("seq", _NUMBER, primary_key=True),
    Column("uuid", String(80), nullable=False, unique=True),
    Column("recording_sha256", String(64), nullable=False),
    Column("model_sha256", String(64), nullable=False),
    Column("person", String(120), nullable=False),
    Column("at", String(40), nullable=False),
    Column("action", String(40), nullable=False),
    Column("payload", Text, nullable=False),
    Index("entries_of_a_recording", "recording_sha256", "model_sha256", "seq"),
)
"""The log. ``model_sha256`` is "none" for edits of beats that no model had labelled; ``at`` is UTC in ISO 8601."""

audit = Table(
    "audit",
    METADATA,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),
    Column("person", String(120), nullable=False),
    Column("role", String(40), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("details", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Index("audit_of_a_subject", "subject", "seq"),
)
"""The audit log, see `ecg_core.review.audit`: numbers without gaps from 1, each row with the hash of the one before."""

worklist = Table(
    "worklist",
    METADATA,
    Column("recording_sha256", String(64), primary_key=True),
    Column("status", String(10), nullable=False),
    Column("assigned_to", String(120)),
    Column("claimed_at", String(40)),
    Column("due", String(40)),
    Column("position_sample", _NUMBER),
    Column("added_at", String(40), nullable=False),
    Column("changed_at", String(40), nullable=False),
    Column("changed_by", String(120), nullable=False),
    Column("rec", String(1000)),
    Column("folder", Text),
    Column("name", String(200)),
    Column("recorded_at", String(40)),
    Column("duration_s", Float),
    Column("fs_hz", Float),
    Column("stage", String(12), nullable=False, server_default="none"),
    Column("worst_kind", String(20)),
    Column("worst_sample", _NUMBER),
    Column("statement", String(200)),
    Column("statement_severity", Integer),
    Column("burden_v_percent", Float),
    Column("burden_s_percent", Float),
    Column("af_share", Float),
    Column("readable_share", Float),
    Index("worklist_by_status", "status", "due"),
)
"""State of recordings in the worklist, see `ecg_core.review.worklist`; times are UTC in ISO 8601, but for the begin of
the recording, which is that of its clock."""

reports = Table(
    "reports",
    METADATA,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("recording_sha256", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", String(12), nullable=False),
    Column("content", Text, nullable=False),
    Column("paragraphs", Text, nullable=False),
    Column("saves", Integer, nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("created_by", String(120), nullable=False),
    Column("saved_at", String(40), nullable=False),
    Column("saved_by", String(120), nullable=False),
    Column("replaces", Integer),
    Column("reason", Text),
    Column("model_sha256", String(64)),
    Column("log_revision", _NUMBER),
    Column("log_sha256", String(64)),
    Column("signed_by", String(120)),
    Column("signed_role", String(40)),
    Column("signed_at", String(40)),
    Column("hash", String(64)),
    UniqueConstraint("recording_sha256", "version"),
)
"""Versions of reports, see `ecg_core.review.reports`. A row that is signed never changes."""

span_notes = Table(
    "span_notes",
    METADATA,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("uuid", String(80), nullable=False, unique=True),
    Column("recording_sha256", String(64), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("start_sample", _NUMBER, nullable=False),
    Column("stop_sample", _NUMBER, nullable=False),
    Column("text", Text, nullable=False),
    Column("person", String(120), nullable=False),
    Column("at", String(40), nullable=False),
    Column("withdrawn_by", String(120)),
    Column("withdrawn_at", String(40)),
    Index("span_notes_of_a_recording", "recording_sha256", "start_sample"),
)
"""Notes on spans, diary entries and button presses, see `ecg_core.review.span_notes`."""

verdicts = Table(
    "verdicts",
    METADATA,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("uuid", String(80), nullable=False, unique=True),
    Column("recording_sha256", String(64), nullable=False),
    Column("verdict", String(10), nullable=False),
    Column("finding", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Column("model_sha256", String(64)),
    Column("person", String(120), nullable=False),
    Column("at", String(40), nullable=False),
    Index("verdicts_of_a_recording", "recording_sha256", "seq"),
)
"""What people say of a screening's findings, see `ecg_core.review.verdicts`; rows are only ever appended."""
documents = Table(
    "documents",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("data", Text, nullable=False),
)
"""Documents of signed reports by their SHA-256, as base64, see `ecg_core.review.documents`; only ever appended."""

sends = Table(
    "sends",
    METADATA,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("recording_sha256", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("report_hash", String(64), nullable=False),
    Column("destination", String(40), nullable=False),
    Column("state", String(10), nullable=False),
    Column("asked_at", String(40), nullable=False),
    Column("asked_by", String(120), nullable=False),
    Column("asked_role", String(40), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", String(40)),
    Column("claim", String(64)),
    Column("claimed_until", String(40)),
    Column("reason", Text),
    Column("sent_at", String(40)),
    UniqueConstraint("recording_sha256", "version", "destination"),
    Index("sends_by_time", "state", "next_at"),
)
"""Signed reports on their way to destinations, see `ecg_core.review.sends`; times are UTC in ISO 8601."""

quiz_answers = Table(
    "quiz_answers",
    METADATA,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("attempt", String(80), nullable=False),
    Column("quiz", String(20), nullable=False),
    Column("case_code", String(20), nullable=False),
    Column("account", String(64), nullable=False),
    Column("person", String(120), nullable=False),
    Column("question", String(12), nullable=False),
    Column("answer", Text, nullable=False),
    Column("truth", Text, nullable=False),
    Column("correct", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("at", String(40), nullable=False),
    UniqueConstraint("attempt", "question"),
    Index("quiz_answers_of_a_quiz", "quiz", "seq"),
    Index("quiz_answers_of_a_person", "account", "person", "seq"),
)
"""Answers to quizzes, see `ecg_core.teaching.answers`; ``quiz`` is empty where a case came again by itself. Rows never
change; those of a quiz can be removed."""
