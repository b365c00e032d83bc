"""One reader per family of file formats, and one door to all of them: :func:`open_recording`."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

from ecg_core.errors import RecordingError
from ecg_core.recording import Recording, Source

__all__ = ["open_recording"]


def open_recording(path: str | PathLike[str], *, name: str | None = None, source: Source = "local") -> Recording:
    """Open a recording without reading its signal.

    Parameters
    ----------
    path : path-like
        A WFDB record: its header (``100.hea``), its signal file (``100.dat``) or the record's path without
        extension (``mitdb/100``).
    name : str, optional
        The name shown to people; the file's stem by default.
    source : {"demo", "local", "upload", "physionet"}

    Returns
    -------
    Recording

    Raises
    ------
    RecordingError
        If there is no such recording or it cannot be read; the message says why in one sentence.
    """
    from ecg_core.formats import wfdb_reader

    given = Path(fspath(path)).expanduser()
    header = given if given.suffix == ".hea" else given.with_name(given.name + ".hea")
    if not header.is_file() and given.suffix in {".dat", ".mat", ".atr"}:
        header = given.with_suffix(".hea")
    if not header.is_file():
        raise RecordingError(
            f"{given.name}: there is no WFDB header {header.name} in {header.parent}; "
            "give the path of a record that has one."
        )
    return wfdb_reader.open_wfdb(header, name=name or header.stem, source=source)
