"""Recordings by reference: ``demo/demo_pvc``, ``local/mitdb/208``, ``physionet/mitdb/100``, ``upload/TOKEN/1``,
``case/CODE``.

A reference is what an address carries. It never holds an absolute path, never leads out of its folder, and says
nothing of whose recording it is: uploads are numbered, and local names that tell are hidden. No Streamlit in here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from ecg_core import logs, settings
from ecg_core.caching import cache_folder
from ecg_core.confinement import confined_to
from ecg_core.errors import RecordingError, SourceError
from ecg_core.formats import ChannelsNeededError, ChannelView, LayoutNeededError, TableLayout
from ecg_core.formats.tables.view import TableView
from ecg_core.isolation import open_isolated, view_table_isolated
from ecg_core.privacy import Traces, on_screen
from ecg_core.recording import Recording, Source
from ecg_core.sources import Found, Listing, Upload, fetch_record, list_demos, list_recordings, receive
from ecg_core.sources.demos import demo_folder
from ecg_core.sources.local import recording_file, stays_inside
from ecg_core.sources.uploads import DEFAULT_LIMITS, UploadedFile, close_all
from ecg_core.teaching.library import case_library
from ecg_core.teaching.signals import case_header
from pages.services.accounts import Action, acting
from pages.services.allowed_folders import allowed_folder
from pages.services.references import hidden, revealed
from pages.services.table_layouts import layout_of, stamp_of
from pages.services.upload_store import UploadStore, grace_s

_SOURCES: Final[dict[str, Source]] = {
    "demo": "demo",
    "case": "demo",
    "local": "local",
    "physionet": "physionet",
    "upload": "upload",
}
_ELSEWHERE: Final = "choose another one on the Recordings page"
_uploads: Final = UploadStore(grace_s=grace_s())


class _People:
    """How the window and the browser of a caller are known."""

    who_asks: Callable[[], tuple[str, str]] = staticmethod(lambda: ("", ""))


@dataclass(frozen=True)
class LocatedRecording:
    """Location of a recording, resolved from its reference.

    Attributes
    ----------
    header : Path
        A WFDB record's header, or the file itself.
    name : str
        What to call it.
    source : {"demo", "local", "upload", "physionet"}
    stamp : tuple
        Differs as soon as the file on disk does, or what a person said of it.
    folder : Path
        The folder to which its files are confined, links resolved.
    layout : TableLayout or None
        What a person said of a table of numbers.
    """

    header: Path
    name: str
    source: Source
    stamp: tuple[str, int, int]
    folder: Path
    layout: TableLayout | None = None

    def open(self) -> Recording:
        """Open the recording with identity removed from all other texts."""
        return on_screen(self.open_with(self.layout, name=self.name))

    def open_with(self, layout: TableLayout | None, name: str | None = None) -> Recording:
        """Open the recording with a table layout, identity included.

        Parameters
        ----------
        layout : TableLayout or None
            Layout of a table; None for the file's own.
        name : str, optional
            Name of the recording.

        Returns
        -------
        Recording
        """
        return open_isolated(self.header, name=name, source=self.source, layout=layout, within=(self.folder,))

    def view_table(self) -> TableView | None:
        """Return the preview of a table; None if the file is no table."""
        return view_table_isolated(self.header, within=(self.folder,))

    def unnamed_channels(self) -> tuple[ChannelView, ...]:
        """Return the channels of a file that does not say which are ECG leads; none of one that does."""
        try:
            self.open_with(None)
        except ChannelsNeededError as error:
            return error.channels
        return ()


@dataclass(frozen=True)
class RecordingDescription:
    """Entry of a recording list.

    Attributes
    ----------
    rec : str
        Its reference.
    name : str
    recording : Recording or None
    problem : str or None
        Why it cannot be opened.
    needs_description : bool
        Whether it is a file that opens once a person has said what it holds: a table of numbers, or one that does not
        say which of its channels are ECG leads.
    """

    rec: str
    name: str
    recording: Recording | None
    problem: str | None = None
    needs_description: bool = False


def default_folder() -> str:
    """Return `settings.ECG_DATA` as text; empty if unset."""
    folder = settings.ECG_DATA.get()
    return str(folder) if folder else ""


def locate(rec: str, folder: str) -> LocatedRecording:
    """Find the recording that a reference names.

    Parameters
    ----------
    rec : str
        A reference.
    folder : str
        The local folder that ``local/...`` is relative to; may be empty.

    Raises
    ------
    SourceError
        If there is no such recording.
    AccessDeniedError
        If the account may not read it.
    """
    acting().require(Action.READ, rec)
    kind, _, path = rec.partition("/")
    name = path
    if kind == "demo":
        root = demo_folder()
    elif kind == "local":
        if not folder:
            raise SourceError(f"{rec} needs a local folder: open the folder on the Recordings page, or set ECG_DATA.")
        root = allowed_folder(folder)
        name = path = revealed(path, str(root))
    elif kind == "case":
        case = case_library().find(path)
        header = case_header(case)
        root, name, path = header.parent, case.code, header.stem
    elif kind == "physionet":
        root = cache_folder("physionet")
    elif kind == "upload":
        token, _, path = path.partition("/")
        upload = _uploads.get(token, *_People.who_asks())
        if upload is None:
            raise SourceError("This upload is no longer here; upload the files again on the Recordings page.")
        root, name = upload.folder, _numbered(upload, path)
        path = name
    else:
        raise SourceError(f"{rec:.120} names no recording; {_ELSEWHERE}.")
    return _inside(rec, kind, name, root, path)


def _inside(rec: str, kind: str, name: str, root: Path, path: str) -> LocatedRecording:
    gone = f"The recording {rec:.120} is not here (any more); {_ELSEWHERE}."
    if kind == "physionet":
        gone = f"{path:.120} has not been fetched from PhysioNet to this machine; fetch it on the Recordings page."
    try:
        root = root.resolve()
        header = recording_file(root, path)
        inside = bool(path) and stays_inside(root, header)
        status = header.stat() if inside else None
    except (OSError, ValueError, RuntimeError):  # no path, or a loop of links
        raise SourceError(gone) from None
    if status is None:
        raise SourceError(f"{rec:.120} names no recording; {_ELSEWHERE}.")
    source = _SOURCES[kind]
    with confined_to((root,)):
        layout = layout_of(header, source)
    stamp = (f"{header}{stamp_of(layout)}", status.st_mtime_ns, status.st_size)
    return LocatedRecording(header, name, source, stamp, root, layout)


def _numbered(upload: Upload, number: str) -> str:
    """Return the name of an upload's recording by its number; none if there is no such."""
    known = number.isascii() and number.isdecimal() and len(number) < 8 and 1 <= int(number) <= len(upload.recordings)
    return upload.recordings[int(number) - 1].name if known else ""


def reference_of(kind: str, name: str, recording: Recording) -> str:
    """Return the reference of a recording that is not an upload; where its name tells whose it is, the name is hidden.

    Parameters
    ----------
    kind : str
        ``demo``, ``local`` or ``physionet``.
    name : str
        As its folder lists it.
    recording : Recording
        With the identity found in it.
    """
    tells = kind == "local" and Traces.of(recording.identity).shown_by(name)
    return f"{kind}/{hidden(name) if tells else name}"


def demos() -> list[RecordingDescription]:
    """Describe the bundled recordings."""
    return describe("demo", list_demos())


def in_folder(folder: str) -> Listing:
    """List the recordings of a local folder.

    Raises
    ------
    SourceError
        If it may not be opened, is not there, or cannot be read.
    """
    acting().require(Action.READ)
    return list_recordings(allowed_folder(folder))


def fetched() -> list[RecordingDescription]:
    """Describe the recordings downloaded from PhysioNet."""
    return describe("physionet", list_recordings(cache_folder("physionet")).recordings)


def uploaded(tokens: Sequence[str]) -> list[RecordingDescription]:
    """Describe the recordings of uploads."""
    kept = [(token, _uploads[token]) for token in tokens if token in _uploads]
    return [line for token, upload in kept for line in describe(f"upload/{token}", upload.recordings)]


def is_uploaded(rec: str) -> bool:
    """Tell whether the upload that a reference names is here.

    Parameters
    ----------
    rec : str
        ``upload/TOKEN/NUMBER``.
    """
    return rec.startswith("upload/") and _uploads.get(rec.split("/")[1], *_People.who_asks()) is not None


def refused(token: str) -> tuple[tuple[str, str], ...]:
    """Return the files of an upload that are no recording and belong to none: name and reason.

    Parameters
    ----------
    token : str
        The upload's.
    """
    return _uploads[token].refused if token in _uploads else ()


def know_people(
    is_here: Callable[[str], bool], who_asks: Callable[[], tuple[str, str]], when_gone: Callable[[Path], None]
) -> None:
    """Register callbacks that identify the browser windows uploads belong to.

    Parameters
    ----------
    is_here : callable
        Tells whether a window is open.
    who_asks : callable
        Returns the window and the browser that the caller works for, empty where there is none.
    when_gone : callable
        Is called with the folder of each upload that was removed.
    """

    def removed(upload: Upload) -> None:
        _described.cache_clear()  # which holds what was read of it
        when_gone(upload.folder.resolve())

    _uploads.is_here, _uploads.when_gone, _People.who_asks = is_here, removed, staticmethod(who_asks)


def tidy_uploads() -> int:
    """Remove the uploads of windows that have been closed for long enough; returns how many."""
    return _uploads.tidy()


def close_uploads() -> None:
    """Remove all uploads and accept no more; called at shutdown."""
    _uploads.close()
    close_all()


def take_upload(files: Sequence[UploadedFile], owner: str = "") -> tuple[str, tuple[Found, ...]]:
    """Unpack an upload and keep it; returns its token and what is in it.

    Parameters
    ----------
    files : sequence of (str, bytes or binary file)
        Names and contents.
    owner : str
        The window, which may have so much uploaded at a time and with which the upload goes.

    Raises
    ------
    SourceError
        If it was refused, holds no recording, or there is no room for it.
    """
    acting().require(Action.READ)
    browser = _People.who_asks()[1]
    try:
        room = _uploads.room_for(owner, browser)
        upload = receive(files, replace(DEFAULT_LIMITS, total_bytes=min(DEFAULT_LIMITS.total_bytes, room)))
    except SourceError as error:
        logs.event("upload_refused", files=len(files), reason=logs.place(error))
        raise
    except OSError as error:
        logs.event("upload_refused", files=len(files), reason=logs.reason_of(error))
        raise SourceError(
            f"The upload could not be kept on this machine: {error.strerror or error}; make room and upload it again."
        ) from error
    token = secrets.token_urlsafe(9)
    n_bytes = _uploads.keep(token, upload, owner, browser)
    logs.event("upload_received", files=len(files), bytes=n_bytes, recordings=len(upload.recordings))
    return token, upload.recordings


def fetch(name: str, progress: Callable[[str, float], None]) -> str:
    """Download a PhysioNet record.

    Parameters
    ----------
    name : str
        ``database/record``.
    progress : callable
        Called with the stage and the fraction done.

    Returns
    -------
    str
        Reference of the recording.
    """
    folder = cache_folder("physionet")
    header = fetch_record(name, folder, lambda share, file: progress(f"Fetching {file}", share))
    return f"physionet/{header.relative_to(folder).with_suffix('').as_posix()}"


def describe(prefix: str, found: Sequence[Found]) -> list[RecordingDescription]:
    """Describe recordings (length, leads, rate) without reading their signals.

    Parameters
    ----------
    prefix : str
        Of the references.
    found : sequence of Found
        Files to open.

    Returns
    -------
    list of RecordingDescription
    """
    lines = []
    for number, one in enumerate(found, start=1):
        is_upload = prefix.startswith("upload/")
        rec = f"{prefix}/{number if is_upload else one.name}"
        try:
            status = one.path.stat()
            with confined_to(_folders_of(one)):
                layout = layout_of(one.path, _SOURCES[prefix.partition("/")[0]])
            found_in = _described(one, prefix, layout, status.st_mtime_ns, status.st_size)
            if isinstance(found_in, str):
                lines.append(RecordingDescription(rec, one.name, None, found_in, needs_description=True))
                continue
            lines.append(
                RecordingDescription(rec if is_upload else reference_of(prefix, one.name, found_in), one.name, found_in)
            )
        except RecordingError as error:
            lines.append(RecordingDescription(rec, one.name, None, str(error)))
        except OSError as error:
            lines.append(RecordingDescription(rec, one.name, None, f"{one.name} cannot be read: {error.strerror}."))
    return lines


def _folders_of(found: Found) -> tuple[Path]:
    """Return the folder to which the files of a recording are confined."""
    return ((found.folder or found.path.parent).resolve(),)


@lru_cache(maxsize=2048)
def _described(found: Found, prefix: str, layout: TableLayout | None, mtime_ns: int, size: int) -> Recording | str:
    """Open a recording; for a table that opens once a person has said what it holds, the sentence that asks for it."""
    within = _folders_of(found)
    try:
        source = _SOURCES[prefix.partition("/")[0]]
        return open_isolated(found.path, name=found.name, source=source, layout=layout, within=within)
    except (ChannelsNeededError, LayoutNeededError) as error:
        return str(error)
    except RecordingError as error:
        # Other files may lack one that comes later, but a table is whole.
        if view_table_isolated(found.path, within=within) is None:
            raise
        return str(error)
