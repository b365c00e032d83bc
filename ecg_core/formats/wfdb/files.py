"""Files that belong to a WFDB record, read from its header without opening any of them.

Only what decides which files belong together: the signal files of a record or the segments of a multi-segment
record (header(5), WFDB Applications Guide). Whether the header is sound is for
:mod:`ecg_core.formats.wfdb.header` to say.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

from ecg_core.confinement import current_folders, open_file
from ecg_core.formats.common.lead_names import MAX_LEADS
from ecg_core.formats.common.text_encodings import decoded
from ecg_core.formats.wfdb.annotations import ANNOTATORS
from ecg_core.texts import plain

MAX_HEADER_BYTES: Final = 4 << 20
"""A header of a month of one-minute segments has less than half of this."""

MAX_SEGMENTS: Final = 100_000
"""Two months of one-minute segments."""

_NOT_PLAIN = re.compile(r"[/\\:*?\"<>|]|^[.\-~ ]|[. ]$")
_DEVICE_NAME = re.compile(
    r"(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3]) *(\..*)?", re.IGNORECASE
)
_MAX_NAME_CHARS: Final = 120
_MAX_NAME_BYTES: Final = 240


@dataclass(frozen=True)
class NamedFiles:
    """The files that a header names.

    Attributes
    ----------
    signals : tuple of str
        Signal files, each once; empty for a multi-segment record.
    segments : tuple of str
        Records that a multi-segment record consists of, gaps (``~``) left out.
    """

    signals: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()


def named_files(header: str) -> NamedFiles:
    """Return the files that a header's text names; nothing if the text is not a header's.

    Names are given as they stand there: check them with :func:`is_plain` before using one as a path.
    """
    lines = (found[0] for found in _LINE.finditer(header))
    first = next(lines, "").split(None, 2)
    if len(first) < 2:
        return NamedFiles()
    record, n_signals = first[:2]
    described = (line.split(None, 1)[0] for line in lines)
    if "/" in record:
        return NamedFiles(segments=_distinct(described, MAX_SEGMENTS))
    count = int(n_signals) if n_signals.isdecimal() and len(n_signals) < 10 else 0
    return NamedFiles(signals=_distinct(described, min(count, MAX_LEADS)))


_LINE = re.compile(r"^[^\S\n]*[^#\s][^\n\r]*", re.MULTILINE)
"""A line that is neither empty nor a comment."""


def _distinct(names: Iterator[str], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in islice(names, most) if name != "~"))


def read_named_files(path: Path) -> NamedFiles:
    """Return the files that a header file names; nothing if it cannot be read or is no plain file."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return NamedFiles()
        return _read_named_files(path, current_folders(), status.st_mtime_ns, status.st_size, status.st_ino)
    except (OSError, ValueError):
        return NamedFiles()


@lru_cache(maxsize=4096)
def _read_named_files(path: Path, _folders: tuple[str, ...] | None, *_: int) -> NamedFiles:
    """Read a header; it is asked for with each file beside it and each time its folder is listed."""
    with open_file(path) as stream:
        text = decoded(stream.read(MAX_HEADER_BYTES))
    return named_files(text.replace("\r\n", "\n").replace("\r", "\n"))


def is_plain(name: str) -> bool:
    """Tell whether a name is a plain file name on every system: no folder, drive or device, nothing unseen."""
    return (
        0 < len(name) <= _MAX_NAME_CHARS
        and len(name.encode("utf-8", "surrogatepass")) <= _MAX_NAME_BYTES
        and plain(name, _MAX_NAME_CHARS) == name
        and not _NOT_PLAIN.search(name)
        and not _DEVICE_NAME.fullmatch(name)
    )


def header_of(path: Path) -> Path:
    """Return where the header of a record is or should be, by any of its files or its name without suffix."""
    if path.suffix == ".hea" or not path.name:  # a folder such as "." has no name
        return path
    added = path.with_name(f"{path.name}.hea")
    return added if added.is_file() or not path.suffix else path.with_suffix(".hea")


def siblings(path: Path, present: Collection[str] | None = None) -> tuple[Path, ...]:
    """Return the files that belong to a header: its signals, segments and annotations, where they exist.

    Parameters
    ----------
    path : Path
        The file.
    present : collection of str, optional
        The names of the files in its folder, where they are known: looking for each of many segments takes long.
    """
    named = read_named_files(path)
    names = [*named.signals, *(f"{name}.hea" for name in named.segments)]
    names += [path.with_suffix(f".{annotator}").name for annotator in ANNOTATORS]
    if present is not None:
        return tuple(path.with_name(name) for name in names if name in present)
    return tuple(file for name in names if is_plain(name) and (file := path.with_name(name)).is_file())


def belongs_to_record(path: Path) -> bool:
    """Tell whether a file is a header, or one of the files of the header beside it."""
    header = header_of(path)
    if path == header:
        return True
    if not header.is_file() or not path.is_file():
        return False
    annotates = path.stem == header.stem and path.suffix.removeprefix(".") in ANNOTATORS
    return annotates or path.name in read_named_files(header).signals
