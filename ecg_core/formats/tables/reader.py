"""Registry entries of the table formats; see :mod:`ecg_core.formats.tables.table`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ecg_core.confinement import open_file
from ecg_core.errors import RecordingError
from ecg_core.formats.base import HEAD_BYTES, Format
from ecg_core.formats.tables.annotations import siblings
from ecg_core.formats.tables.arrays import (
    MAT5_MAGIC,
    MAT7_MAGIC,
    NPY_MAGIC,
    is_mat4,
    open_mat4,
    open_mat5,
    open_npy,
)
from ecg_core.formats.tables.hdf5 import HDF5_MAGIC, open_hdf5
from ecg_core.formats.tables.layout import TableLayout
from ecg_core.formats.tables.parquet import PARQUET_MAGIC, open_parquet
from ecg_core.formats.tables.table import Table, recording_of
from ecg_core.formats.tables.text import is_text_table, open_text
from ecg_core.formats.tables.view import TableView, view_of
from ecg_core.recording import Recording, Source


def open_table(path: Path, *, name: str, source: Source, layout: TableLayout | None = None) -> Recording:
    """Open a table of numbers; see :func:`ecg_core.formats.open_recording`.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Name of the recording.
    source : str
        Where the recording comes from; see `ecg_core.recording.Source`.
    layout : TableLayout, optional
        What the file does not say itself.

    Returns
    -------
    Recording

    Raises
    ------
    LayoutNeededError
        If the file does not say its rate or unit, and neither does the layout.
    RecordingError
        If it cannot be read, or the layout does not fit it.
    """
    return recording_of(path, _opened(path, layout), layout, name=name, source=source)


def view_of_file(path: Path) -> TableView:
    """Look into a table of numbers, whether or not it says what it holds.

    Raises
    ------
    RecordingError
        If it cannot be read.
    """
    try:
        return view_of(path, _opened(path, None))
    except (RecordingError, MemoryError):
        raise
    except Exception as error:  # libraries raise whatever a stranger's file makes them trip over
        raise RecordingError(f"{path.name} is damaged beyond reading; fetch or export it again.") from error


def _opened(path: Path, layout: TableLayout | None) -> Table:
    try:
        with open_file(path) as stream:
            head = stream.read(HEAD_BYTES)
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    n_leads = len(layout.lead_names) if layout and layout.lead_names and layout.columns is None else None
    if head.startswith(MAT7_MAGIC):
        raise RecordingError(f"{path.name} is a MATLAB 7.3 file, which is not read; save it again with -v7.")
    if head.startswith(NPY_MAGIC):
        return open_npy(path, n_leads)
    if head.startswith(MAT5_MAGIC):
        return open_mat5(path, n_leads)
    if head.startswith(PARQUET_MAGIC):
        return open_parquet(path)
    if head.startswith(HDF5_MAGIC):
        return open_hdf5(path)
    return open_mat4(path, n_leads) if is_mat4(head) else open_text(path, layout)


def _is_matlab(head: bytes, _: Path) -> bool:
    return head.startswith((MAT5_MAGIC, MAT7_MAGIC)) or is_mat4(head)


FORMATS: Final = (
    Format("Parquet", (".parquet",), lambda head, _: head.startswith(PARQUET_MAGIC), open_table, siblings),
    Format("HDF5", (".h5", ".hdf5"), lambda head, _: head.startswith(HDF5_MAGIC), open_table),
    Format("NPY", (".npy",), lambda head, _: head.startswith(NPY_MAGIC), open_table),
    Format("MATLAB", (".mat",), _is_matlab, open_table, in_memory=True),
    Format("CSV / TSV", (".csv", ".tsv", ".txt"), is_text_table, open_table, siblings, in_memory=True),
)
