"""Annotations in the format of the WFDB manual page annot(5), MIT format: words of 6 bits of code and 10 of time."""

from __future__ import annotations

import struct
from typing import Final

from ecg_core.recording import Annotations

_CODES: Final = {
    symbol: code for code, symbol in enumerate(' NLRaVFJASEj/Q~ | sT*D"=pB^t+u?![]en@xf()r') if symbol != " "
} | {".": 1}
"""WFDB's codes of annotations by their symbols, from ecgcodes.h."""

_NOTE: Final = 22
_SKIP, _SUBTYPE, _AUX = 59, 61, 63
_FARTHEST: Final = 1023
_MAX_AUX: Final = 255
_WIDEST_SKIP: Final = (1 << 31) - 1


def annotation_bytes(marks: Annotations) -> bytes:
    """Return the content of an annotation file.

    A symbol that WFDB does not have becomes a comment that begins with it. Texts are Latin-1 of at most 255 characters.
    """
    parts: list[bytes] = []
    before = 0
    for sample, symbol, aux, subtype in _placed(marks):
        code = _CODES.get(symbol)
        text = aux if code is not None else f"{symbol} {aux}".strip()
        step = sample - before
        while step > _FARTHEST:
            skip = min(step, _WIDEST_SKIP)
            parts.append(struct.pack("<HHH", _SKIP << 10, skip >> 16, skip & 0xFFFF))
            step -= skip
        parts.append(_word(_NOTE if code is None else code, step))
        before = sample
        if subtype:
            parts.append(_word(_SUBTYPE, subtype & 0xFF))
        if text:
            note = text.encode("latin-1", "replace")[:_MAX_AUX]
            parts.append(_word(_AUX, len(note)) + note + b"\0" * (len(note) % 2))
    return b"".join(parts) + b"\0\0"


def _placed(marks: Annotations) -> list[tuple[int, str, str, int]]:
    """Return marks in order of time.

    A comment at the first sample moves on by one: there, readers take it for a definition of the file's own.
    """
    subtypes = marks.subtype or (0,) * len(marks.sample)
    rows = zip(marks.sample.tolist(), marks.symbol.tolist(), marks.aux, subtypes, strict=True)
    moved = [
        (1 if sample == 0 and _CODES.get(symbol, _NOTE) == _NOTE else sample, symbol, aux, subtype)
        for sample, symbol, aux, subtype in rows
    ]
    return sorted(moved, key=lambda row: row[0])


def _word(code: int, value: int) -> bytes:
    return struct.pack("<H", code << 10 | value)
