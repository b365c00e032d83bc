"""Signal out: a recording or a span of it as WFDB, EDF+, CSV, Parquet or DICOM.

The signal is read and written piece by piece, a day of it is never in memory. Files are written in a folder of their
own beside where they belong and moved there when all are whole; an export that fails or is stopped leaves nothing.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from ecg_core.errors import ExportError
from ecg_core.export_formats import EXPORT_FORMATS
from ecg_core.formats.common.excerpt import Excerpt, Writer, cut_marks
from ecg_core.formats.common.output_names import plain_stem
from ecg_core.formats.registry import writer
from ecg_core.recording import Annotations, Recording
from ecg_core.writing import drafting

FORMATS: Final = EXPORT_FORMATS
"""Title of each format, by the name that `write_signal` takes."""

SUFFIXES: Final[Mapping[str, str]] = {
    "wfdb": ".hea",
    "edf": ".edf",
    "csv": ".csv",
    "parquet": ".parquet",
    "dicom": ".dcm",
}
"""Of the file by which what was written is opened again."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def write_signal(
    recording: Recording,
    folder: Path,
    format: str,
    *,
    start: int = 0,
    stop: int | None = None,
    stem: str,
    marks: Annotations | None = None,
    progress: Callable[[float], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> list[Path]:
    """Write a recording, or a span of it, with marks.

    What is written is what the recording says of leads, units, rate, start time, comments and gaps; never its
    identity, and neither its name nor its files: give it without what identifies a person.

    Parameters
    ----------
    recording : Recording
        The recording.
    folder : Path
        Made if needed; files of the same name are replaced.
    format : str
        A key of :data:`FORMATS`.
    start, stop : int
        First sample, and one past the last; clipped to the recording. All of it by default.
    stem : str
        What the files are called; characters that a file system or WFDB does not take become ``-``.
    marks : Annotations, optional
        In samples of the recording; those of the span are written, counted from its beginning.
    progress : callable, optional
        Called with the share done, 0 to 1; whatever it raises ends the export and leaves nothing.
    say : callable, optional
        Called with a sentence on each thing that the format cannot hold as it is.

    Returns
    -------
    list of Path
        The file that opens what was written first; see :data:`SUFFIXES`.

    Raises
    ------
    ExportError
        If the span is empty, the format cannot hold the recording, a file would take the place of one that is read,
        or the disk does not take the files.
    RecordingError
        If the recording can no longer be read.
    """
    if format not in FORMATS:
        raise ExportError(f"There is no format {format!r:.40} to write; choose from {', '.join(FORMATS)}.")
    start = min(max(int(start), 0), recording.n_samples)
    stop = recording.n_samples if stop is None else min(int(stop), recording.n_samples)
    if stop <= start:
        raise ExportError(f"The span to export is empty: the recording lasts {recording.duration_s:.1f} s.")
    if not recording.leads:
        raise ExportError("The recording has no leads to export.")
    passes = 1 if format in {"csv", "parquet"} else 2
    excerpt = Excerpt(
        recording, start, stop, None if marks is None else cut_marks(marks, start, stop), _advance(progress, passes)
    )
    folder = Path(folder)
    _require_other_files(recording, [folder / f"{plain_stem(stem)}{SUFFIXES[format]}"])
    try:
        written = _write(writer(format), excerpt, folder, plain_stem(stem), say or (lambda _: None))
    except OSError as error:
        if isinstance(error, ExportError):
            raise
        raise ExportError(_sentence(error, folder)) from error
    if progress:
        progress(1.0)
    return written


def _write(write: Writer, excerpt: Excerpt, folder: Path, stem: str, say: Callable[[str], None]) -> list[Path]:
    placed: list[Path] = []
    with drafting(folder, "export") as draft:
        names = write(excerpt, draft, stem, say)
        _require_other_files(excerpt.recording, [folder / name for name in names])
        for name in names:
            _to_disk(draft / name)
        try:
            for name in names:
                placed.append(folder / name)
                os.replace(draft / name, folder / name)
        except BaseException:
            # Some may have taken their place already: a part of a recording is worse than none.
            for path in placed:
                path.unlink(missing_ok=True)
            raise
    return placed[::-1]


def _require_other_files(recording: Recording, paths: Sequence[Path]) -> None:
    """Refuse to replace what is read: a span, or less than the file says, would take the place of the original."""
    own = {path.resolve() for path in recording.files}
    for path in paths:
        if path.resolve() in own:
            raise ExportError(f"{path.name} would replace the recording's own file; choose another folder.")


def _to_disk(path: Path) -> None:
    """Wait until the disk has a file: some tell only then that they are full."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _advance(progress: Callable[[float], None] | None, passes: int) -> Callable[[float], None]:
    """Return what turns the shares of several passes over the signal into one."""
    done, last = 0, 0.0

    def advance(share: float) -> None:
        nonlocal done, last
        if share < last:
            done = min(done + 1, passes - 1)
        last = share
        if progress:
            progress(min((done + share) / passes, 0.99))

    return advance


def _sentence(error: OSError, folder: Path) -> str:
    if error.errno in _FULL:
        return f"The disk of {folder} is full; nothing was exported. Make room or choose another folder."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"{folder} cannot be written to; choose a folder that can."
    return f"Nothing was exported to {folder}: {error.strerror or error}."
