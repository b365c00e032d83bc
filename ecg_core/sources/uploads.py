"""Uploaded files: the files of a record together, or a zip of them, unpacked in a private folder.

Whatever arrives is a stranger's; :mod:`ecg_core.sources.unpacking` says what is taken of it.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ecg_core.errors import SourceError
from ecg_core.formats import TableLayout, supported
from ecg_core.formats.registry import document_hint
from ecg_core.formats.wfdb.files import is_plain, read_named_files
from ecg_core.isolation import open_isolated
from ecg_core.leftovers import hold, remove
from ecg_core.recording import Recording
from ecg_core.sources.local import Found, list_recordings, why_none
from ecg_core.sources.unpacking import DEFAULT_LIMITS, Unpacker, UploadedFile, UploadLimits

__all__ = ["DEFAULT_LIMITS", "Upload", "UploadLimits", "UploadedFile", "close_all", "receive"]


FOLDER_PREFIX: Final = "rhythmoscope-upload-"
"""Of the names of folders of uploads."""

_alive: weakref.WeakSet[Upload] = weakref.WeakSet()


class Upload:
    """Uploaded recordings, unpacked in a private folder that goes when the upload does.

    Use it as a context manager, call :meth:`close`, or drop it; recordings opened from it read from the folder,
    so keep it as long as they are used.

    Attributes
    ----------
    folder : Path
        Readable by this user only.
    recordings : tuple of Found
        The recordings in it, in order of their names.
    refused : tuple of (str, str)
        Names of the files that are no recording and belong to none, with a sentence why.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recordings: tuple[Found, ...] = ()
        self.refused: tuple[tuple[str, str], ...] = ()
        self._remove = weakref.finalize(self, remove, folder, hold(folder))
        _alive.add(self)

    def open(self, name: str, layout: TableLayout | None = None) -> Recording:
        """Open one of the recordings by name.

        Parameters
        ----------
        name : str
            Name of the recording.
        layout : TableLayout, optional
            Layout of a table of numbers that does not state its own.

        Returns
        -------
        Recording

        Raises
        ------
        SourceError
            If there is no such recording or a file that it needs was not uploaded.
        RecordingError
            If it cannot be read.
        """
        found = {recording.name: recording for recording in self.recordings}
        if name not in found:
            raise SourceError(f"{name} was not among the uploaded recordings: {', '.join(found)}.")
        absent = _absent_file(found[name].path)
        if absent:
            raise SourceError(absent)
        return open_isolated(found[name].path, name=name, source="upload", layout=layout, within=(self.folder,))

    def close(self) -> None:
        """Remove the folder and all that was unpacked."""
        self._remove()

    def __enter__(self) -> Upload:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def close_all() -> None:
    """Remove the folders of all uploads of this process, also of those that are being received."""
    for upload in list(_alive):
        upload.close()


def receive(files: Sequence[UploadedFile], limits: UploadLimits = DEFAULT_LIMITS) -> Upload:
    """Unpack uploaded files and find the recordings in them.

    Parameters
    ----------
    files : sequence of (str, bytes or binary file)
        The files of one or more records, and zips of such files.
    limits : UploadLimits
        Limits of number and size.

    Returns
    -------
    Upload

    Raises
    ------
    SourceError
        If a file is refused, a limit is exceeded, or no recording can be opened from what was uploaded. Nothing
        is left behind then.
    """
    upload = Upload(Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX)))
    try:
        Unpacker(upload.folder, limits).unpack(files)
        listing = list_recordings(upload.folder, max_depth=0)
        upload.recordings = listing.recordings
        upload.refused = tuple((path.name, why_none(upload.folder, path)) for path in listing.unknown)
        documents = [f"{path.name} {hint}" for path in listing.unknown if (hint := document_hint(path))]
        if not upload.recordings and documents:
            raise SourceError(documents[0])
        if not upload.recordings:
            raise SourceError(
                "None of the uploaded files is a WFDB header (.hea) or a recording of another known format "
                f"({supported()}); upload all files of a WFDB record together, or a zip of them."
            )
        absent = [_absent_file(recording.path) for recording in upload.recordings]
        if absent[0] and all(absent):
            raise SourceError(absent[0])
    except BaseException:
        upload.close()
        raise
    return upload


def _absent_file(header: Path) -> str | None:
    """Say which signal file a header names that is not there; None if all are there or it is another format's file.

    The segments of a multi-segment record may be absent: they are shown as a gap.
    """
    if header.suffix != ".hea":
        return None
    for name in read_named_files(header).signals:
        if not is_plain(name):
            return f"{header.name} names {name!r:.80}, which is not a plain file name; it was not opened."
        if not (header.parent / name).is_file():
            return (
                f"{header.name} names {name}, which was not among the uploaded files; "
                f"upload {header.name} and {name} together."
            )
    return None
