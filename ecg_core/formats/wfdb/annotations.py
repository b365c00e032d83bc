"""WFDB annotation files beside a record, through the `wfdb` package."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
import wfdb

from ecg_core.confinement import OutsideError, for_library, read_bytes, size_of
from ecg_core.errors import RecordingError
from ecg_core.formats.common.text_encodings import decoded
from ecg_core.recording import Annotations

ANNOTATORS: Final = (
    "atr",
    "ecgc",
    "ari",
    "man",
    "ecg",
    "qrsc",
    "qrs",
    "wqrs",
    "gqrs",
    "sqrs",
    "xqrs",
    "gqrsl",
    "gqrsh",
    *("ii", "i", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6"),
)
"""Extensions taken for annotation files, preferred first: references, then detectors, then LUDB's per lead."""


MAX_BYTES: Final = 16 << 20
"""A fortnight of beats takes less than a third of this."""

_MAX_SYMBOL_CHARS: Final = 20
_COMMENT, _SKIP, _AUX = 22, 59, 63
_PLAIN = rb"(?!## )[^\n]*"
_PREAMBLE = re.compile(
    rb"(?:" + _PLAIN + rb"\n)*(?:## time resolution: \d+\.?\d*[^\n]*\n)?(?:" + _PLAIN + rb"\n)*"
    rb"(?:## annotation type definitions\n(?:\d+ \S+ [^\n]+\n)*## end of definitions\n)?(?:" + _PLAIN + rb"\n)*"
)


def annotation_names(header: Path) -> tuple[str, ...]:
    """List the annotators whose files stand beside a record's header."""
    return tuple(name for name in ANNOTATORS if header.with_suffix(f".{name}").is_file())


def load_annotations(
    header: Path, frame_rate_hz: float, fs_hz: float, name: str, *, n_samples: int | None = None
) -> Annotations:
    """Read one annotation file.

    Parameters
    ----------
    header : Path
        The record's header file.
    frame_rate_hz : float
        The rate of the file's time unit unless the file itself says otherwise.
    fs_hz : float
        The recording's sampling rate; samples are converted to it.
    name : str
        The annotator, i.e. the file's extension.
    n_samples : int, optional
        The recording's length; annotations outside it are left out.

    Raises
    ------
    RecordingError
        If the file is missing or damaged.
    """
    file_name = f"{header.stem}.{name}"
    if not header.with_suffix(f".{name}").is_file():
        raise RecordingError(f"There is no annotation file {file_name} beside {header.name}.")
    path = header.with_suffix(f".{name}")
    if size_of(path) > MAX_BYTES:
        raise RecordingError(f"{file_name} has more than {MAX_BYTES >> 20} MB of annotations; it was not read.")
    try:
        with for_library(header, [path]) as record:
            _require_readable_preamble(read_bytes(record.with_name(f"{record.name}.{name}")))
            raw = wfdb.rdann(str(record), name, return_label_elements=["symbol", "label_store"])
    except OutsideError:
        raise
    except Exception as error:  # wfdb raises whatever its decoder trips over
        raise RecordingError(
            f"{file_name} is not a readable WFDB annotation file; the recording opens without it."
        ) from error
    time_unit_hz = float(raw.fs or 0) or frame_rate_hz
    sample = np.asarray(raw.sample, dtype=np.float64) * (fs_hz / time_unit_hz)
    order = np.argsort(sample, kind="stable")
    if n_samples is not None:
        rounded = np.rint(sample[order])
        order = order[(rounded >= 0) & (rounded < n_samples)]
    aux = [_decoded(str(text or "").rstrip("\0")) for text in raw.aux_note or [""] * len(sample)]
    symbols = [
        f"[{code}]" if symbol is None or symbol != symbol else str(symbol)[:_MAX_SYMBOL_CHARS]
        for symbol, code in zip(raw.symbol, raw.label_store, strict=True)
    ]  # as WFDB's own programs name a code that is not defined
    return Annotations(
        name=name,
        sample=np.rint(sample[order]).astype(np.int64),
        symbol=np.array(symbols, dtype=str)[order],
        aux=tuple(aux[index] for index in order),
        subtype=tuple(int(raw.subtype[index]) for index in order),
    )


def _decoded(text: str) -> str:
    """Return a text of which the package has made a character of each byte."""
    try:
        return decoded(text.encode("latin-1"))
    except UnicodeEncodeError:
        return text


def _require_readable_preamble(content: bytes) -> None:
    """Refuse a file on which wfdb would never return: it takes a comment at sample 0 with ``## `` for a definition.

    Annotations are those of the manual page annot(5): 6 bits of code and 10 of time, some with more bytes behind.

    Raises
    ------
    ValueError
        If one is neither a time resolution nor definitions of types.
    """
    aux: list[bytes] = []
    n_comments, place = 0, 0
    while place + 2 <= len(content):
        word = int.from_bytes(content[place : place + 2], "little")
        code, value = word >> 10, word & 0x3FF
        place += 2
        if code == _SKIP:
            if any(content[place : place + 4]):
                break
            place += 4
        elif code == _AUX and aux:
            aux[-1] = content[place : place + value]
            place += value + value % 2
        elif code < _SKIP:
            if value or not word:
                break
            aux.append(b"")
            n_comments += code == _COMMENT
    texts = b"".join(text.replace(b"\n", b" ").rstrip(b"\0") + b"\n" for text in aux[:n_comments])
    if not _PREAMBLE.fullmatch(texts):
        raise ValueError("comments at sample 0 that are no definitions")
