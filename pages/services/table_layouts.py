"""Storage of table layouts that people entered: beside an upload, else in the data folder. No Streamlit.

A layout belongs to a file's content, whatever it is called and wherever it lies. Its file is named by size and
hash, so that only tables of the same size as one that was told of are ever hashed.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from ecg_core.confinement import open_file
from ecg_core.errors import SourceError
from ecg_core.formats import TableLayout
from ecg_core.private import private_folder
from ecg_core.recording import Source
from ecg_core.review.database import data_folder

_FOLDER: Final = "layouts"
_MAX_LAYOUT_BYTES: Final = 1 << 20


def layout_of(path: Path, source: Source) -> TableLayout | None:
    """Return the stored layout of a table; None if there is none or it is unreadable.

    Parameters
    ----------
    path : Path
        The table.
    source : str
        Where the recording comes from.

    Returns
    -------
    TableLayout or None
    """
    try:
        folder, size = _folder(path, source), path.stat().st_size
        if not any(folder.glob(f"{size}-*.json")):
            return None
        kept = folder / _name(path)
        if not kept.is_file() or kept.stat().st_size > _MAX_LAYOUT_BYTES:
            return None
        return _layout(json.loads(kept.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        return None


def keep_layout(path: Path, source: Source, layout: TableLayout) -> None:
    """Store the layout of a table atomically.

    Parameters
    ----------
    path : Path
        The table.
    source : str
        Where the recording comes from.
    layout : TableLayout
        What the person entered.

    Raises
    ------
    SourceError
        If it cannot be kept.
    """
    partial = None
    try:
        folder = _folder(path, source)
        private_folder(folder)
        kept = folder / _name(path)
        partial = kept.with_name(f".{kept.stem}.{os.getpid()}-{id(layout):x}.part")
        partial.write_text(json.dumps(_plain(layout)), encoding="utf-8")
        partial.replace(kept)
    except OSError as error:
        if partial is not None:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
        raise SourceError(
            f"What was said of {path.name} cannot be kept in {_FOLDER}: {error.strerror}; make room, or set "
            "RHYTHMOSCOPE_HOME to a folder that can be written to."
        ) from error


def stamp_of(layout: TableLayout | None) -> str:
    """Return a text that differs as soon as a layout does; empty without one."""
    return "" if layout is None else f"#{hashlib.sha256(json.dumps(_plain(layout)).encode()).hexdigest()[:16]}"


def _folder(path: Path, source: Source) -> Path:
    # An upload lies in a private folder of its own, which goes with it.
    return path.parent / f".{_FOLDER}" if source == "upload" else data_folder() / _FOLDER


def _name(path: Path) -> str:
    status = path.stat()
    return f"{status.st_size}-{_sha256(str(path), status.st_mtime_ns, status.st_size)}.json"


@lru_cache(maxsize=256)
def _sha256(path: str, mtime_ns: int, size: int) -> str:
    with open_file(Path(path)) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _plain(layout: TableLayout) -> dict[str, Any]:
    return {name: value for name, value in vars(layout).items() if value is not None}


def _layout(kept: Any) -> TableLayout:
    """Read a layout; ValueError where it is none.

    The reader checks the values against the table; here only their kinds are.
    """
    if not isinstance(kept, dict):
        raise ValueError("no layout")

    def of(name: str, *kinds: type) -> Any:
        value = kept.get(name)
        if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
            raise ValueError(name)
        return value

    names, columns, channels = of("lead_names", list), of("columns", list), of("channels", list)
    texts, places = (*(names or ()), *(channels or ())), columns or ()
    if not all(isinstance(text, str) for text in texts) or not all(type(at) is int for at in places):
        raise ValueError("leads")
    return TableLayout(
        fs_hz=of("fs_hz", int, float),
        unit=of("unit", str),
        lead_names=None if names is None else tuple(names),
        time_column=of("time_column", int, str),
        columns=None if columns is None else tuple(columns),
        time_unit=of("time_unit", str),
        decimal=of("decimal", str),
        date_order=of("date_order", str),
        invalid_as_gaps=True if kept.get("invalid_as_gaps") is True else None,
        channels=None if channels is None else tuple(channels),
    )
