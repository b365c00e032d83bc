"""Triggers by which the database itself refuses to change or drop rows, in SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Final

from alembic import op

_FUNCTION: Final = "rhythmoscope_refuse"

CHANGES: Final = ("UPDATE", "DELETE")


def make_refusing_function() -> None:
    """Make the function that PostgreSQL's triggers call; SQLite needs none."""
    if _is_postgresql():
        op.execute(
            f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END $$"
        )


def refuse(table: str, what: str, sentence: str, when: str | None = None, *, name: str | None = None) -> None:
    """Let a table refuse changes of its rows.

    Parameters
    ----------
    table : str
        Name of the table.
    what : str
        "UPDATE" or "DELETE".
    sentence : str
        What the error says.
    when : str, optional
        Condition on ``OLD`` and ``NEW``, in SQL that both databases know; always by default.
    name : str, optional
        Name of the trigger.
    """
    name = name or f"{table}_no_{what.lower()}"
    if _is_postgresql():
        condition = "" if when is None else f"WHEN ({when}) "
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW {condition}"
            f"EXECUTE FUNCTION {_FUNCTION}('{sentence}')"
        )
    else:
        condition = "" if when is None else f"WHEN {when} "
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {what} ON {table} {condition}BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
        )


def refuse_emptying(table: str, sentence: str) -> None:
    """Let a table refuse ``TRUNCATE``, which SQLite does not have.

    Parameters
    ----------
    table : str
        Name of the table.
    sentence : str
        What the error says.
    """
    if _is_postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            f"EXECUTE FUNCTION {_FUNCTION}('{sentence}')"
        )


def append_only(table: str) -> None:
    """Let a table take new rows and nothing else."""
    sentence = f"{table if table == 'entries' else f'rows of {table}'} are only ever appended"
    for what in CHANGES:
        refuse(table, what, sentence)
    refuse_emptying(table, sentence)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
