"""Parquet: the columns of the CSV table as float32 in row groups; rate, start and comments in the file's own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ecg_core.export.cells import shown_plainly
from ecg_core.export.csv_out import column_names, table, write_marks
from ecg_core.export.excerpt import Excerpt
from ecg_core.export.wfdb_out import plain_number

_GROUP_ROWS: Final = 1 << 16


def write(excerpt: Excerpt, folder: Path, stem: str, say: Callable[[str], None]) -> list[str]:
    """Write a table; see :data:`ecg_core.export.excerpt.Writer`."""
    import pyarrow
    import pyarrow.parquet

    columns = column_names(excerpt)
    words = {"fs_hz": plain_number(excerpt.fs_hz)}
    if excerpt.start_time is not None:
        words["start"] = excerpt.start_time.isoformat()
    if excerpt.recording.comments:
        words["rhythmoscope_comments"] = json.dumps([shown_plainly(comment) for comment in excerpt.recording.comments])
    schema = pyarrow.schema(
        [("time_s", pyarrow.float64()), *((column, pyarrow.float32()) for column in columns[1:])], metadata=words
    )
    name = f"{stem}.parquet"
    with pyarrow.parquet.ParquetWriter(folder / name, schema, compression="zstd") as writer:
        for first, signal in excerpt.pieces():
            writer.write_table(table(excerpt, schema, first, signal), row_group_size=_GROUP_ROWS)
    return [*write_marks(excerpt.marks, excerpt.fs_hz, folder, stem), name]
