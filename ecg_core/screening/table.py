"""Queries on the results of a screening: only the rows that are shown are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from ecg_core.errors import SourceError
from ecg_core.screening.columns import SCHEMA, SQL_TYPES

MAX_ROWS: Final = 1000
"""Rows of one answer."""

URGENCY_ORDER: Final = "urgency"
_COLUMNS: Final = frozenset(SCHEMA.names)
_ORDERS: Final = {URGENCY_ORDER: "tier, urgency, name"}


@dataclass(frozen=True)
class Filter:
    """Which rows are meant.

    Attributes
    ----------
    text : str
        Part of the name, of the reason, of statements or of the device's.
    equal : mapping of str to sequence
        Column to the values of which one must be had.
    keys : sequence of str or None
        Only these recordings.
    present : sequence of str
        Columns that must not be absent.
    """

    text: str = ""
    equal: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    keys: Sequence[str] | None = None
    present: Sequence[str] = ()


class ResultTable:
    """Results of a screening, on disk.

    Parameters
    ----------
    path : Path
        ``screening.parquet``; columns that an earlier version did not write are absent in every row.

    Raises
    ------
    SourceError
        If it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        import duckdb

        self._database = duckdb.connect(config={"threads": 2})
        try:
            # A view takes no parameters.
            source = f"read_parquet('{_quoted(path)}', file_row_number = true)"
            known = {name for name, *_ in self._database.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}  # noqa: S608
            lacking = "".join(
                f", NULL::{SQL_TYPES[field.type]} AS {field.name}" for field in SCHEMA if field.name not in known
            )
            self._database.execute(f"CREATE VIEW results AS SELECT *{lacking} FROM {source}")  # noqa: S608
        except duckdb.Error as error:
            raise SourceError(f"{path} holds no results of a screening that can be read: {error!s:.120}") from error
        if not known >= {"key", "name", "tier", "urgency"}:
            raise SourceError(f"{path} holds no results of a screening.")

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the database."""
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def count(self, wanted: Filter | None = None) -> int:
        """Return how many rows a filter leaves.

        Parameters
        ----------
        wanted : Filter, optional
            All by default.
        """
        where, values = _where(wanted)
        found = self._database.execute(f"SELECT count(*) FROM results{where}", values).fetchone()  # noqa: S608
        return int(found[0]) if found else 0

    def rows(
        self,
        wanted: Filter | None = None,
        *,
        order: str = URGENCY_ORDER,
        descending: bool = False,
        start: int = 0,
        count: int = 50,
    ) -> list[dict[str, Any]]:
        """Return rows.

        Parameters
        ----------
        wanted : Filter, optional
            Which; all by default.
        order : str
            `URGENCY_ORDER` or a column; what is absent comes last.
        descending : bool
            Whether the largest come first.
        start, count : int
            Which of them, at most `MAX_ROWS`.
        """
        where, values = _where(wanted)
        if order in _ORDERS:
            by = _ORDERS[order]
        else:
            by = f"{_column(order)} {'DESC' if descending else 'ASC'} NULLS LAST, tier, urgency, name"
        # Rows are chosen by their numbers alone: with all their columns the last of a million take seconds. In one
        # query, since the file may be replaced between two while the screening runs.
        chosen = f"SELECT file_row_number FROM results{where} ORDER BY {by} LIMIT ? OFFSET ?"  # noqa: S608 - columns are checked
        answer = self._database.execute(
            f"SELECT * EXCLUDE (file_row_number) FROM results WHERE file_row_number IN ({chosen}) ORDER BY {by}",  # noqa: S608
            [*values, min(count, MAX_ROWS), start],
        )
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def groups(self, column: str, wanted: Filter | None = None) -> list[tuple[Any, int]]:
        """Return the values of a column with the number of rows of each, the most frequent first.

        Parameters
        ----------
        column : str
            The column.
        wanted : Filter, optional
            Which rows; all by default.
        """
        where, values = _where(wanted)
        name = _column(column)
        return self._database.execute(
            f"SELECT {name}, count(*) FROM results{where} GROUP BY 1 ORDER BY 2 DESC, 1",  # noqa: S608
            values,
        ).fetchall()

    def sums(self, columns: Sequence[str], wanted: Filter | None = None) -> dict[str, int | float | None]:
        """Add columns up over recordings.

        Parameters
        ----------
        columns : sequence of str
            Columns with numbers.
        wanted : Filter, optional
            Over which recordings; all by default.

        Returns
        -------
        dict of str to number or None
            By column; None where no recording has a value.
        """
        where, values = _where(wanted)
        asked = ", ".join(f"sum({_column(column)})" for column in columns)
        found = self._database.execute(f"SELECT {asked} FROM results{where}", values).fetchone()  # noqa: S608
        totals = found or (None,) * len(columns)
        return {
            column: int(total) if total is not None and total == int(total) else total
            for column, total in zip(columns, totals, strict=True)
        }

    def drawn(self, count: int, seed: int, wanted: Filter | None = None) -> list[str]:
        """Draw recordings at random.

        Parameters
        ----------
        count : int
            How many.
        seed : int
            The same one draws the same recordings in the same order, and fewer are the first of more.
        wanted : Filter, optional
            From which; all by default.

        Returns
        -------
        list of str
            Their keys.
        """
        where, values = _where(wanted)
        found = self._database.execute(
            f"SELECT key FROM results{where} ORDER BY md5(? || key), key LIMIT ?",  # noqa: S608
            [*values, f"{seed} ", count],
        )
        return [str(key) for (key,) in found.fetchall()]


def _where(wanted: Filter | None) -> tuple[str, list[Any]]:
    if wanted is None:
        return "", []
    parts: list[str] = []
    values: list[Any] = []
    if wanted.text:
        searched = ("name", "worst_reason", "statements", "device_statement", "refused")
        parts.append("(" + " OR ".join(f"contains(lower({name}), ?)" for name in searched) + ")")
        values += [wanted.text.lower()] * len(searched)
    for column, allowed in wanted.equal.items():
        name = _column(column)
        given = [value for value in allowed if value is not None]
        either = [f"{name} IN ({', '.join('?' * len(given))})"] if given else []
        if len(given) < len(allowed):
            either.append(f"{name} IS NULL")
        parts.append(f"({' OR '.join(either)})" if either else "false")
        values += given
    parts += [f"{_column(column)} IS NOT NULL" for column in wanted.present]
    if wanted.keys is not None:
        parts.append("key IN (SELECT unnest(?::VARCHAR[]))")
        values.append(list(wanted.keys))
    return (f" WHERE {' AND '.join(parts)}" if parts else ""), values


def _column(name: str) -> str:
    if name not in _COLUMNS:
        raise SourceError(f"The results have no column {name!r:.60}.")
    return f'"{name}"'


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
