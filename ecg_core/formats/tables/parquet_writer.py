"""Parquet: the columns of the CSV table as float32 in row groups; rate, start and comments in the file's own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ecg_core.formats.common.cells import shown_plainly
from ecg_core.formats.common.excerpt import Excerpt
from ecg_core.formats.common.output_names import plain_number
from ecg_core.formats.tables.csv_writer import column_names, table, write_marks

_GROUP_ROWS: Final = 1 << 16


def write(excerpt: Excerpt, folder: Path, stem: str, say: Callable[[str], None]) -> list[str]:
    """Write a table; see :data:`ecg_core.formats.common.excerpt.Writer`.

    Parameters
    ----------
    excerpt : Excerpt
        What is written.
    folder : Path
        Exists, and is empty.
    stem : str
        Of the files' names.
    say : callable
        Called with a sentence on each thing that the format cannot hold as it is.

    Returns
    -------
    list of str
        Names of the files; the one that opens the others comes last.
    """
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
