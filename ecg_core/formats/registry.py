"""Registry of readable formats, recognised by a file's content and never by its name alone.

Each family has a folder, whose reader has a :class:`Format`; the first that recognises a file opens it. This module
alone knows all families.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ecg_core.confinement import confined_to, open_file, require_inside, size_of
from ecg_core.errors import RecordingError
from ecg_core.formats.base import HEAD_BYTES, MAX_DURATION_S, MAX_RATE_HZ, MIN_RATE_HZ, Format
from ecg_core.formats.tables.layout import TableLayout, given_note
from ecg_core.recording import Recording, Source

if TYPE_CHECKING:
    from ecg_core.formats.common.excerpt import Writer
    from ecg_core.formats.tables.view import TableView

_VALUES_PER_BYTE: Final = 4096
"""What the best packing makes of a flat line; what claims more than this consists of gaps."""
_MAX_GAPS_S: Final = 31 * 86_400.0
"""An intensive care record of days whose segments are mostly missing is real."""

_WRITERS: Final[Mapping[str, str]] = {
    "wfdb": "wfdb.writer",
    "edf": "edf.writer",
    "csv": "tables.csv_writer",
    "parquet": "tables.parquet_writer",
    "dicom": "dicom.writer",
}
"""Module of each writer; imported when it writes."""

# What it logs are names of files.
logging.getLogger("fsspec").setLevel(logging.CRITICAL + 1)


@cache
def formats() -> tuple[Format, ...]:
    """Return all formats, in the order in which they are asked whether a file is theirs."""
    from ecg_core.formats.aecg import reader as aecg
    from ecg_core.formats.dicom import reader as dicom
    from ecg_core.formats.edf import reader as edf
    from ecg_core.formats.ishne import reader as ishne
    from ecg_core.formats.muse import reader as muse
    from ecg_core.formats.philips import reader as philips
    from ecg_core.formats.scp import reader as scp
    from ecg_core.formats.tables import reader as tables
    from ecg_core.formats.wfdb import reader as wfdb

    return (
        wfdb.FORMAT,
        edf.FORMAT,
        ishne.FORMAT,
        dicom.FORMAT,
        aecg.FORMAT,
        scp.FORMAT,
        muse.FORMAT,
        philips.FORMAT,
        *tables.FORMATS,
    )


def recognise(path: Path) -> Format | None:
    """Return the format of a file, or None if it is none of those known or cannot be read."""
    try:
        return recognise_readable(path)
    except OSError:
        return None


def recognise_readable(path: Path) -> Format | None:
    """Return the format of a file, or None if it is none of those known.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Format or None

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with open_file(path) as stream:
        head = stream.read(HEAD_BYTES)
    return next((known for known in formats() if known.recognise(head, path)), None)


def open_recording(
    path: str | PathLike[str],
    *,
    name: str | None = None,
    source: Source = "local",
    layout: TableLayout | None = None,
    within: Sequence[Path] | None = None,
) -> Recording:
    """Open a recording without reading its signal.

    Parameters
    ----------
    path : path-like
        A file of any format of :func:`formats`; for WFDB any file of the record, or its path without extension.
    name : str, optional
        The name shown to people; the file's stem by default.
    source : {"demo", "local", "upload", "physionet"}
        Where the recording comes from.
    layout : TableLayout, optional
        Rate, unit and leads of a table of numbers that does not say them itself; of other formats the channels that are
        ECG leads.
    within : sequence of Path, optional
        Folders outside which no file is read, now or later: neither this one nor any that belongs to it, whatever links
        lead to. Not confined by default.

    Returns
    -------
    Recording
        Its notes tell what looked wrong: a signal that ends early, leads that contradict each other.

    Raises
    ------
    RecordingError
        If there is no such recording or it cannot be read; the message says why in one sentence. It is a
        LayoutNeededError where a table of numbers would open if its layout were given, a ChannelsNeededError where
        another file would if the channels that are ECG leads were, and an
        :class:`~ecg_core.confinement.OutsideError` where a file of it lies outside `within`.
    """
    folders = None if within is None else tuple(folder.resolve() for folder in within)
    with confined_to(folders):
        return replace(_opened(Path(fspath(path)).expanduser(), name, source, layout), within=folders)


def _opened(given: Path, name: str | None, source: Source, layout: TableLayout | None) -> Recording:
    from ecg_core.formats.common.free_text import sorted_out
    from ecg_core.formats.common.lead_check import check_leads
    from ecg_core.formats.common.sanitize import sanitized
    from ecg_core.formats.tables import reader as tables
    from ecg_core.formats.wfdb.files import header_of

    found = _existing(given)
    known = recognise(found)
    if known is None:
        raise RecordingError(_unknown(found))
    stem = header_of(found).stem if known.name == "WFDB" else found.stem
    try:
        if known in tables.FORMATS:
            recording = tables.open_table(found, name=name or stem, source=source, layout=_of_columns(layout))
        elif layout is None or layout.channels is None:
            recording = known.open(found, name=name or stem, source=source)
        elif known.open_channels is None:
            raise RecordingError(f"All channels of {found.name} are ECG leads ({known.name}); none can be chosen.")
        else:
            recording = known.open_channels(found, name=name or stem, source=source, channels=layout.channels)
            told = TableLayout(channels=layout.channels).told()
            notes = (*recording.notes, given_note([what for what, _ in told]))
            recording = replace(recording, user_metadata=told, notes=notes)
        require_inside({*recording.files, *known.siblings(found)})
        _require_possible(found, recording)
        recording = sorted_out(recording)
        recording = sanitized(replace(recording, notes=(*recording.notes, *check_leads(recording))))
    except RecordingError:
        raise
    except MemoryError as error:
        raise RecordingError(f"{found.name} needs more memory to read than there is; it was not opened.") from error
    except OSError as error:
        raise RecordingError(f"{found.name} cannot be read: {error.strerror or 'the disk refused it'}.") from error
    except Exception as error:  # libraries raise whatever a stranger's file makes them trip over
        raise RecordingError(
            f"{found.name} looks like {known.name} but is damaged beyond reading; fetch or export it again."
        ) from error
    return recording


def _of_columns(layout: TableLayout | None) -> TableLayout | None:
    """Return a layout whose channels are a table's leads."""
    if layout is None or layout.channels is None:
        return layout
    return replace(layout, channels=None, lead_names=layout.lead_names or layout.channels)


def view_table(path: Path) -> TableView | None:
    """Look into a table of numbers, whether or not it says what it holds; None for a file of another format.

    Raises
    ------
    RecordingError
        If it is a table that cannot be read.
    """
    from ecg_core.formats.tables import reader as tables

    return tables.view_of_file(path) if recognise(path) in tables.FORMATS else None


def writer(format: str) -> Writer:
    """Return what writes signals in a format.

    Parameters
    ----------
    format : str
        A key of `ecg_core.export_formats.EXPORT_FORMATS`.
    """
    write: Writer = import_module(f"ecg_core.formats.{_WRITERS[format]}").write
    return write


def supported() -> str:
    """Return the names of all formats, for people."""
    return ", ".join(known.name for known in formats())


def _existing(given: Path) -> Path:
    """Return the file that a path means, or say that there is none."""
    from ecg_core.formats.wfdb.files import header_of

    try:
        if given.is_file():
            return given
        header = header_of(given)
        if header.is_file():
            return header
        is_folder = given.is_dir()
    except (OSError, ValueError):
        raise RecordingError(f"{str(given)!r:.120} is no path of a file on this machine; check it.") from None
    if is_folder:
        raise RecordingError(f"{given} is a folder; give the path of a recording in it.")
    if given.suffix and given.suffix != ".hea":
        raise RecordingError(f"There is no file {given.name} in {given.parent}; check the path.")
    raise RecordingError(
        f"{given.name}: there is no WFDB header {header.name} in {given.parent} and no file {given.name}; "
        "give the path of a recording."
    )


def _unknown(path: Path) -> str:
    try:
        with open_file(path) as stream:
            empty = not stream.read(1)
    except OSError as error:
        return f"{path.name} cannot be read: {error.strerror}."
    if empty:
        return f"{path.name} is empty; fetch or export it again."
    if path.suffix in {".dat", ".atr"}:
        return f"{path.name}: there is no WFDB header {path.stem}.hea beside it that names it; put both in one folder."
    document = document_hint(path)
    if document is not None:
        return f"{path.name} {document}"
    return f"{path.name} is no recording in a known format; what can be read is {supported()}."


_EXPORT_ADVICE: Final = "export the recording from the device or its software as DICOM, SCP-ECG, EDF, HL7 aECG or CSV."
_DOCUMENTS: Final = (
    (b"%PDF", 0, f"is a PDF, a print of an ECG that holds no samples to analyse; {_EXPORT_ADVICE}"),
    *(
        (magic, at, f"is a picture of an ECG at most, from which nothing is measured; {_EXPORT_ADVICE}")
        for magic, at in (
            *((b"\x89PNG\r\n", 0), (b"\xff\xd8\xff", 0), (b"GIF8", 0), (b"II*\0", 0), (b"MM\0*", 0), (b"WEBP", 8)),
            *((b"ftyp" + brand, 4) for brand in (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1", b"avif")),
        )
    ),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "is an office document; save the table that it holds as CSV."),
    (b"PK\x03\x04", 0, "is a zip archive or an office document; unpack it, or save the table that it holds as CSV."),
)
"""Beginnings of files that people take for recordings, where in the file they stand, and what to say."""


def document_hint(path: Path) -> str | None:
    """Say what a picture or document is and what to export instead, without its name; None for any other file.

    Parameters
    ----------
    path : Path
        The file.
    """
    try:
        with open_file(path) as stream:
            head = stream.read(64)
    except OSError:
        return None
    return next((hint for magic, at, hint in _DOCUMENTS if head[at : at + len(magic)] == magic), None)


def _require_possible(path: Path, recording: Recording) -> None:
    """Refuse what no ECG can be, before anything reserves memory for it."""
    if not MIN_RATE_HZ <= recording.fs_hz <= MAX_RATE_HZ:
        raise RecordingError(
            f"{path.name} gives a sampling rate of {recording.fs_hz:g} Hz; "
            f"QRS complexes can be found at {MIN_RATE_HZ:g} Hz or more, so it cannot be analysed."
        )
    if recording.duration_s > MAX_DURATION_S:
        raise RecordingError(f"{path.name} announces {recording.duration_s / 86_400:.3g} days, which cannot be true.")
    n_bytes = sum(size_of(file) for file in set(recording.files) if file.is_file())
    # One byte a sample and lead is the least that anything but a packed format takes.
    held_s = n_bytes / (recording.fs_hz * len(recording.leads))
    if recording.duration_s > held_s * _VALUES_PER_BYTE + _MAX_GAPS_S:
        raise RecordingError(
            f"{path.name} announces {recording.duration_s / 3600:.1f} h of signal, far more than its {n_bytes} bytes "
            "can hold; it is damaged or incomplete."
        )
