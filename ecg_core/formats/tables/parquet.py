"""Parquet tables, read by row groups."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.confinement import open_file, size_of
from ecg_core.errors import RecordingError
from ecg_core.formats.common.free_text import identity_of_pairs
from ecg_core.formats.tables.columns import Column
from ecg_core.formats.tables.head import TableHead
from ecg_core.formats.tables.metadata import begins_of

PARQUET_MAGIC: Final = b"PAR1"
_MAX_GROUP_BYTES: Final = 192 << 20
_MAX_CHUNK_BYTES: Final = 128 << 20
"""What a column of a row group says it takes unpacked."""

_MAX_COLUMNS: Final = 4096
_MAX_EXPANSION: Final = 4000
"""Numbers a byte of file: a flat lead packs well, but a table that holds far more than its file is a trap."""
_MAX_TEXT_COLUMNS: Final = 8
_MAX_TEXTS: Final = 50
_MAX_TEXT_CHARS: Final = 4096
_SCHEMAS: Final = frozenset(
    {b"pandas", b"ARROW:schema", b"org.apache.spark.version", b"start", b"rhythmoscope_comments"}
)
_RATE_KEY = re.compile(rb"(fs|fs_hz|sampling_rate|sampling_frequency)", re.IGNORECASE)
_UNIT_KEY = re.compile(rb"units?", re.IGNORECASE)


@dataclass(frozen=True)
class ParquetTable(TableHead):
    """A table in a Parquet file; columns that hold no numbers are left out."""

    path: Path
    columns: tuple[Column, ...]
    own_names: tuple[str, ...]
    group_rows: npt.NDArray[np.int64]
    format_name: str = "Parquet"
    _last: dict[tuple[int, tuple[int, ...]], npt.NDArray[np.float64]] = field(default_factory=dict, repr=False)

    @property
    def n_rows(self) -> int:
        """Rows of all groups."""
        return int(self.group_rows.sum())

    def read(self, start: int, stop: int, columns: Sequence[int]) -> npt.NDArray[np.float64]:
        """Return a span of rows of some columns.

        Parameters
        ----------
        start, stop : int
            Span of rows; `stop` is not part of it.
        columns : sequence of int
            Indices of columns.

        Returns
        -------
        ndarray of float64, shape (stop - start, columns)
            NaN where a value is missing.
        """
        begins = np.concatenate([[0], np.cumsum(self.group_rows)])
        first = int(np.searchsorted(begins, start, side="right")) - 1
        parts = []
        for group in range(first, len(self.group_rows)):
            begin = int(begins[group])
            if begin >= stop:
                break
            values = self._group(group, tuple(columns))
            parts.append(values[max(start - begin, 0) : stop - begin])
        return np.concatenate(parts) if parts else np.empty((0, len(columns)))

    def _group(self, group: int, columns: tuple[int, ...]) -> npt.NDArray[np.float64]:
        """Read a row group; the last one is kept, since neighbouring spans are asked for one after the other."""
        key = (group, columns)
        if (kept := self._last.get(key)) is not None:
            return kept
        import pyarrow.parquet

        n_rows = int(self.group_rows[group])
        if n_rows * 8 * len(columns) > _MAX_GROUP_BYTES:
            raise RecordingError(f"{self.path.name} has row groups too large to read; write it with smaller ones.")
        names = [self.own_names[column] for column in columns]
        self._last.clear()
        values = np.empty((n_rows, len(names)))
        whole = True
        try:
            with open_file(self.path) as stream, pyarrow.parquet.ParquetFile(stream) as file:
                for place, name in enumerate(names):  # one by one, so that no more than one is held twice
                    column = _as_numbers(file.read_row_group(group, columns=[name], use_threads=False).column(name))
                    whole &= len(column) == n_rows
                    values[: len(column), place] = column[:n_rows]
        except (RecordingError, MemoryError):
            raise
        except Exception as error:  # pyarrow raises whatever its decoders trip over
            raise RecordingError(
                f"{self.path.name} is damaged in its row group {group + 1}; write it again."
            ) from error
        if not whole:
            raise RecordingError(f"{self.path.name} is damaged in its row group {group + 1}; write it again.")
        self._last[key] = values
        return values


def open_parquet(path: Path) -> ParquetTable:
    """Open a Parquet file by its description at its end; no values are read but the first and last of its dates.

    Raises
    ------
    RecordingError
        If it is damaged, holds no columns of numbers, or claims to hold far more than it can.
    """
    import pyarrow.parquet

    try:
        size = size_of(path)
        with (
            open_file(path) as stream,
            pyarrow.parquet.ParquetFile(
                stream, thrift_string_size_limit=16 << 20, thrift_container_size_limit=1 << 20
            ) as file,
        ):
            schema, described = file.schema_arrow, file.metadata
            group_rows = np.array(
                [described.row_group(n).num_rows for n in range(described.num_row_groups)], dtype=np.int64
            )
            extra = dict(described.metadata or {})
            too_large = _largest_chunk(described) > _MAX_CHUNK_BYTES
            too_many = len(schema) > _MAX_COLUMNS or int(group_rows.sum()) * len(schema) > _MAX_EXPANSION * size
            unknown = too_many or too_large
            texts = [] if unknown else _texts(file, schema)
    except (RecordingError, MemoryError):
        raise
    except Exception as error:  # pyarrow raises whatever its decoders trip over
        raise RecordingError(f"{path.name} is not a readable Parquet file; write it again.") from error
    if too_many or (group_rows < 0).any():
        raise RecordingError(f"{path.name} claims to hold far more than {size} bytes can; it was not read.")
    if too_large:
        raise RecordingError(f"{path.name} has row groups too large to read; write it with smaller ones.")
    stamped = {one.name for one in schema if str(one.type).startswith("timestamp")}
    numeric = [one.name for one in schema if one.name in stamped or _is_numeric(str(one.type))]
    if set(numeric) <= stamped or len(set(schema.names)) < len(schema.names):
        raise RecordingError(
            f"{path.name} holds no columns of numbers with names of their own; write it with one a lead."
        )
    unit = next((value.decode("latin-1") for key, value in extra.items() if _UNIT_KEY.fullmatch(key)), None)
    columns = [Column.named(name) for name in numeric]
    table = ParquetTable(
        path=path,
        columns=tuple(
            replace(column, unit=None, stamp="date") if name in stamped else replace(column, unit=column.unit or unit)
            for name, column in zip(numeric, columns, strict=True)
        ),
        own_names=tuple(numeric),
        group_rows=group_rows,
        fs_hz=_rate(extra),
        begins=begins_of(extra.get(b"start", b"").decode("latin-1")),
        comments=_comments(extra.get(b"rhythmoscope_comments", b"")),
        identity=identity_of_pairs([*_said(extra), *texts]),
    )
    first_stamp = next((place for place, name in enumerate(numeric) if name in stamped), None)
    if first_stamp is None or not table.n_rows:
        return table
    return replace(table, begins=_moment(table.read(0, 1, [first_stamp])[0, 0]) or table.begins)


def _said(extra: dict[bytes, bytes]) -> list[tuple[str, str]]:
    """Return what the file's description says besides rate, unit and the schemas of the programs that wrote it."""
    return [
        (key.decode("utf-8", errors="replace"), value.decode("utf-8", errors="replace")[:_MAX_TEXT_CHARS])
        for key, value in list(extra.items())[:_MAX_TEXTS]
        if not (key in _SCHEMAS or _RATE_KEY.fullmatch(key) or _UNIT_KEY.fullmatch(key))
    ]


def _texts(file: Any, schema: Any) -> list[tuple[str, str]]:
    """Return the first text of each column of texts, which may say whose recording it is."""
    names = [one.name for one in schema if str(one.type) in {"string", "large_string"}][:_MAX_TEXT_COLUMNS]
    if not names:
        return []
    first = next(file.iter_batches(batch_size=1, columns=names), None)
    if first is None or not first.num_rows:
        return []
    return [(name, str(first.column(name)[0].as_py() or "")[:_MAX_TEXT_CHARS]) for name in names]


def _comments(content: bytes) -> tuple[str, ...]:
    """Return the comments of our own files, a JSON list of texts."""
    try:
        listed = json.loads(content) if content else []
    except (ValueError, RecursionError):
        return ()
    return tuple(text for text in listed if isinstance(text, str)) if isinstance(listed, list) else ()


def _largest_chunk(described: Any) -> int:
    """Return the most bytes that a column of a row group unpacks to, by the file's own account."""
    groups = (described.row_group(number) for number in range(described.num_row_groups))
    chunks = (group.column(number) for group in groups for number in range(group.num_columns))
    return max((chunk.total_uncompressed_size for chunk in chunks), default=0)


def _is_numeric(kind: str) -> bool:
    return re.fullmatch(r"u?int(8|16|32|64)|halffloat|float|double|decimal\d+\(.*\)", kind) is not None


def _as_numbers(column: Any) -> npt.NDArray[np.float64]:
    import pyarrow

    per_second = 1.0
    if pyarrow.types.is_timestamp(column.type):
        per_second = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[column.type.unit]
        column = column.cast(pyarrow.int64())
    return np.asarray(column.cast(pyarrow.float64(), safe=False).to_numpy(), dtype=np.float64) / per_second


def _rate(extra: dict[bytes, bytes]) -> float | None:
    for key, value in extra.items():
        if _RATE_KEY.fullmatch(key) and re.fullmatch(rb"\d{1,7}(\.\d{1,17})?", value):
            return float(value)
    return None


def _moment(seconds: float) -> datetime | None:
    """Return a time stamp in seconds since 1970 to the microsecond; None where it is missing or no date."""
    try:
        return datetime(1970, 1, 1) + timedelta(seconds=round(seconds, 6))
    except (OverflowError, ValueError):
        return None
