"""Results of a screening on disk: a journal that survives a killed process, and the tables that follow from it.

A folder of results holds

- ``rows.jsonl``: the journal, one row a line, appended and flushed to the disk as each recording ends;
- ``screening.parquet`` and ``screening.csv``: the newest row of each recording, the most urgent first;
- ``status.json``: how far the screening is; ``control``: what a person asks of it (`pause`, `cancel`);
- ``settings.json``: what is screened, and how.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import orjson
from filelock import FileLock, Timeout

from ecg_core.errors import SourceError
from ecg_core.screening.columns import DONE, SCHEMA, SQL_TYPES
from ecg_core.writing import probe, replacing, write_text

JOURNAL: Final = "rows.jsonl"
PARQUET: Final = "screening.parquet"
CSV: Final = "screening.csv"
STATUS: Final = "status.json"
CONTROL: Final = "control"
SETTINGS: Final = "settings.json"
_LOCK: Final = ".screening.lock"
_LOOK_S: Final = 1.0
"""Whoever only looks whether the folder is held has let go of it by then."""

Wish = Literal["", "pause", "cancel"]


class Results:
    """A folder of results.

    Parameters
    ----------
    folder : Path
        Made if needed.

    Raises
    ------
    SourceError
        If it cannot be written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._journal: int | None = None
        if not folder.is_dir():
            self._require_place()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the folder while a screening writes to it; what a killed one left half written is cut off.

        Raises
        ------
        SourceError
            If another screening writes to it.
        """
        self._require_place()
        lock = FileLock(self.folder / _LOCK)
        try:
            lock.acquire(timeout=_LOOK_S)
        except Timeout:
            raise SourceError(f"Another screening is writing to {self.folder}; wait for it, or cancel it.") from None
        try:
            self._cut_half_line()
            path = self.folder / JOURNAL
            self._journal = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            yield
        finally:
            if self._journal is not None:
                os.close(self._journal)
                self._journal = None
            lock.release()

    def append(self, row: Mapping[str, Any]) -> None:
        """Add a row to the journal; it is on the disk when this returns.

        Parameters
        ----------
        row : mapping
            With the columns of `SCHEMA`.

        Raises
        ------
        SourceError
            If the disk does not take it.
        """
        assert self._journal is not None, "the folder is not held"
        line = orjson.dumps(row) + b"\n"
        try:
            written = os.write(self._journal, line)
            if written < len(line):
                raise OSError(28, "no space left")
            os.fsync(self._journal)
        except OSError as error:
            self._cut_half_line()
            raise SourceError(
                f"The results in {self.folder} cannot be kept: {error.strerror or error}; make room and start again: "
                "what is done is not done again."
            ) from error

    def done(self, version: str, model_sha256: str) -> dict[str, str]:
        """Return the recordings that need not be analysed again: their keys with the stamps of their files.

        Parameters
        ----------
        version : str
            Of the program that would analyse them.
        model_sha256 : str
            Of the model.

        Returns
        -------
        dict of str to str
            Refused ones are among them, too, since the same file would be refused again.
        """
        found: dict[str, str] = {}
        for row in self.rows()[0]:
            same = row.get("version") == version and row.get("model_sha256") in (model_sha256, None)
            if same and row.get("key"):
                found[str(row["key"])] = str(row.get("stamp") or "")
            else:
                found.pop(str(row.get("key")), None)
        return found

    def newest_rows(self) -> list[dict[str, Any]]:
        """Return the newest row of each recording."""
        return list({row["key"]: row for row in self.rows()[0]}.values())

    def rows(self, start: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Return whole rows of the journal, and where the next ones will begin.

        Parameters
        ----------
        start : int
            Byte of the journal to begin at: 0, or what an earlier call has returned.
        """
        path = self.folder / JOURNAL
        if not path.is_file():
            return [], start
        rows = []
        with path.open("rb") as journal:
            journal.seek(start)
            for line in journal:
                if not line.endswith(b"\n"):  # still being written
                    break
                start += len(line)
                try:
                    row = orjson.loads(line)
                except orjson.JSONDecodeError:  # damaged: its recording is analysed again
                    continue
                if isinstance(row, dict) and row.get("status"):
                    rows.append(row)
        return rows, start

    def write_tables(self) -> None:
        """Write the newest row of each recording as Parquet and CSV, the most urgent first."""
        import duckdb

        columns = ", ".join(f"{field.name}: '{SQL_TYPES[field.type]}'" for field in SCHEMA)
        path = self.folder / JOURNAL
        if not path.exists():
            path.touch(mode=0o600)
        with (
            duckdb.connect() as database,
            replacing(self.folder / PARQUET) as parquet,
            replacing(self.folder / CSV) as csv,
        ):
            database.execute("SET preserve_insertion_order = true")
            database.execute(
                f"CREATE TEMP TABLE results AS SELECT * EXCLUDE (line) FROM ("  # noqa: S608 - names of our own columns
                f"SELECT *, row_number() OVER () AS line FROM read_json(?, format='newline_delimited', "
                f"ignore_errors=true, maximum_object_size=4194304, columns={{{columns}}})) "
                "WHERE key IS NOT NULL QUALIFY row_number() OVER (PARTITION BY key ORDER BY line DESC) = 1 "
                "ORDER BY tier, urgency, name",
                [str(path)],
            )
            # COPY takes no parameters for its target.
            for target, options in ((parquet, "FORMAT parquet"), (csv, "FORMAT csv, HEADER")):
                database.execute(f"COPY results TO '{str(target).replace(chr(39), chr(39) * 2)}' ({options})")

    def set_status(self, status: Mapping[str, Any]) -> None:
        """Write how far the screening is.

        Parameters
        ----------
        status : mapping
            Plain values.
        """
        with replacing(self.folder / STATUS, durable=False) as partial:
            partial.write_bytes(orjson.dumps(status))

    def status(self) -> dict[str, Any]:
        """Return how far the screening is; empty before the first."""
        return _json(self.folder / STATUS)

    def set_settings(self, settings: Mapping[str, Any]) -> None:
        """Write what is screened, and how.

        Parameters
        ----------
        settings : mapping
            Plain values.
        """
        write_text(self.folder / SETTINGS, json.dumps(settings, indent=2) + "\n")

    def settings(self) -> dict[str, Any]:
        """Return what was screened, and how; empty before the first screening."""
        return _json(self.folder / SETTINGS)

    def ask(self, wish: Wish) -> None:
        """Ask the screening that writes here to pause, to go on, or to end.

        Parameters
        ----------
        wish : {"", "pause", "cancel"}
            Empty to go on.
        """
        write_text(self.folder / CONTROL, wish)

    def wish(self) -> Wish:
        """Return what a person asks of the screening."""
        try:
            asked = (self.folder / CONTROL).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""
        return asked if asked in ("pause", "cancel") else ""  # type: ignore[return-value]

    def under_way(self) -> bool:
        """Tell whether a screening writes to the folder now."""
        lock = FileLock(self.folder / _LOCK)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            return True
        lock.release()
        return False

    def _require_place(self) -> None:
        try:
            probe(self.folder)
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SourceError(
                f"Results cannot be written to {self.folder}: {error.strerror or error}; make room, or name another "
                "folder."
            ) from error

    def _cut_half_line(self) -> None:
        path = self.folder / JOURNAL
        if not path.is_file():
            return
        with path.open("rb+") as journal:
            end = journal.seek(0, os.SEEK_END)
            while end:
                start = max(end - (1 << 16), 0)
                journal.seek(start)
                last = journal.read(end - start).rfind(b"\n")
                if last >= 0:
                    end = start + last + 1
                    break
                end = start
            journal.truncate(end)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def is_done(row: Mapping[str, Any]) -> bool:
    """Tell whether a row is of a recording that was analysed, not of one that was refused."""
    return row.get("status") == DONE
