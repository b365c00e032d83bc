"""Which files belong to a WFDB record, read from its header without opening any of them.

Only what decides which files belong together: the signal files of a record or the segments of a multi-segment
record (header(5), WFDB Applications Guide). Whether the header is sound is for
:mod:`ecg_core.formats.wfdb_header` to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ecg_core.formats.wfdb_annotations import ANNOTATORS

MAX_HEADER_BYTES: Final = 4 << 20
"""A header of a month of one-minute segments has less than half of this."""

_NOT_PLAIN = re.compile(r"[/\\:*?\"<>|\x00-\x1f\x7f]|^[.\-~]|[. ]$")
_DEVICE_NAME = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST_NAME: Final = 120


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
    lines = [line.split() for line in header.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines or len(lines[0]) < 2:
        return NamedFiles()
    record, n_signals = lines[0][0], lines[0][1]
    described = [words[0] for words in lines[1:]]
    if "/" in record:
        return NamedFiles(segments=tuple(dict.fromkeys(name for name in described if name != "~")))
    count = int(n_signals) if n_signals.isdecimal() else 0
    return NamedFiles(signals=tuple(dict.fromkeys(name for name in described[:count] if name != "~")))


def read_named_files(path: Path) -> NamedFiles:
    """Return the files that a header file names; nothing if it cannot be read."""
    try:
        with path.open("rb") as stream:
            return named_files(stream.read(MAX_HEADER_BYTES).decode("latin-1"))
    except OSError:
        return NamedFiles()


def is_plain(name: str) -> bool:
    """Tell whether a name is a plain file name on every system: no folder, drive or device, nothing hidden."""
    return 0 < len(name) <= _LONGEST_NAME and not _NOT_PLAIN.search(name) and not _DEVICE_NAME.fullmatch(name)


def header_of(path: Path) -> Path:
    """Return where the header of a record is or should be, by any of its files or its name without suffix."""
    if path.suffix == ".hea":
        return path
    added = path.with_name(f"{path.name}.hea")
    return added if added.is_file() or not path.suffix else path.with_suffix(".hea")


def siblings(path: Path) -> tuple[Path, ...]:
    """Return the files that belong to a header: its signals, segments and annotations, where they exist."""
    named = read_named_files(path)
    files = [path.with_name(name) for name in named.signals if is_plain(name)]
    files += [path.with_name(f"{name}.hea") for name in named.segments if is_plain(name)]
    files += [path.with_suffix(f".{annotator}") for annotator in ANNOTATORS]
    return tuple(file for file in files if file.is_file())


def belongs_to_record(path: Path) -> bool:
    """Tell whether a file is a header, or one of the files of the header beside it."""
    header = header_of(path)
    return path == header or (header.is_file() and path in siblings(header))
