"""Fonts of a report, embedded in each document, and texts as they can print them.

Texts are drawn as they are, character by character: nothing in them is ever read as mark-up. DejaVu Sans Condensed
covers Latin, Greek, Cyrillic and more; what it has no glyph for is printed as a box. Words written from right to left
are put into the order in which they are seen; Arabic letters are not joined.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import lru_cache
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from ecg_core.errors import ReportError
from ecg_core.paths import FONTS_FOLDER
from ecg_core.texts import plain

REGULAR: Final = "RhythmoscopeSans"
BOLD: Final = "RhythmoscopeSans-Bold"
MISSING_GLYPH: Final = "\N{WHITE SQUARE}"
MAX_TEXT: Final = 5000

_FILES: Final = {REGULAR: "DejaVuSansCondensed.ttf", BOLD: "DejaVuSansCondensed-Bold.ttf"}
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
_NEUTRAL: Final = frozenset({"WS", "ON", "CS", "ES", "ET", "NSM", "EN", "AN"})
_registering: Final = threading.Lock()


def register_fonts() -> None:
    """Make the fonts known to ReportLab, once in a process.

    Raises
    ------
    ReportError
        If a font file is not there.
    """
    with _registering:
        known = pdfmetrics.getRegisteredFontNames()
        for name, file in _FILES.items():
            if name in known:
                continue
            path = FONTS_FOLDER / file
            if not path.is_file():
                raise ReportError(f"The font {file} is not in {FONTS_FOLDER}; install the program anew.")
            pdfmetrics.registerFont(TTFont(name, str(path)))


def printable(text: str) -> str:
    """Return a text as it is printed: on one line, without control characters, with a box for what has no glyph.

    Parameters
    ----------
    text : str
        Anybody's.

    Returns
    -------
    str
        In the order in which it is seen from left to right.
    """
    shown = plain(text, MAX_TEXT)
    if shown.isascii():
        return shown
    glyphs = _glyphs(REGULAR)
    shown = unicodedata.normalize("NFC", shown)
    return _as_seen("".join(sign if ord(sign) in glyphs else MISSING_GLYPH for sign in shown))


@lru_cache(maxsize=20_000)
def text_width(text: str, font: str, size: float) -> float:
    """Return the width of a text that is printable, in points.

    Parameters
    ----------
    text : str
        See `printable`.
    font : str
        `REGULAR` or `BOLD`.
    size : float
        In points.

    Returns
    -------
    float
    """
    return float(pdfmetrics.stringWidth(text, font, size))


def wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    """Break a text into lines that are no wider than `width`.

    Parameters
    ----------
    text : str
        As it was given; it is made printable here, line by line.
    font : str
        `REGULAR` or `BOLD`.
    size, width : float
        In points.

    Returns
    -------
    list of str
        Printable lines; one empty line for an empty text. Words that are wider than a line are broken.
    """
    lines: list[str] = []
    line = ""
    for word in _words(plain(text, MAX_TEXT), font, size, width):
        longer = f"{line} {word}" if line else word
        if line and text_width(printable(longer), font, size) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [printable(one) for one in [*lines, line]]


def shortened(text: str, font: str, size: float, width: float) -> str:
    """Return a printable text cut with an ellipsis where it is wider than `width`.

    Parameters
    ----------
    text : str
        As it was given.
    font : str
        `REGULAR` or `BOLD`.
    size, width : float
        In points.

    Returns
    -------
    str
    """
    shown = plain(text, MAX_TEXT)
    if text_width(printable(shown), font, size) <= width:
        return printable(shown)
    low, high = 0, len(shown)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(printable(shown[:middle].rstrip() + "…"), font, size) <= width:
            low = middle
        else:
            high = middle - 1
    return printable(shown[:low].rstrip() + "…")


def _words(text: str, font: str, size: float, width: float) -> list[str]:
    words: list[str] = []
    for word in text.split():
        rest = word
        while len(rest) > 1 and text_width(printable(rest), font, size) > width:
            fits = max(int(len(rest) * width / text_width(printable(rest), font, size)), 1)
            while fits > 1 and text_width(printable(rest[:fits]), font, size) > width:
                fits -= 1
            words.append(rest[:fits])
            rest = rest[fits:]
        words.append(rest)
    return words


@lru_cache(maxsize=4)
def _glyphs(font: str) -> frozenset[int]:
    register_fonts()
    return frozenset(pdfmetrics.getFont(font).face.charToGlyph)


def _as_seen(text: str) -> str:
    """Put runs that are written from right to left into the order in which they are seen; numbers in them stay."""
    kinds = [unicodedata.bidirectional(sign) for sign in text]
    if not _RIGHT_TO_LEFT.intersection(kinds):
        return text
    parts: list[str] = []
    at = 0
    while at < len(text):
        if kinds[at] not in _RIGHT_TO_LEFT:
            parts.append(text[at])
            at += 1
            continue
        stop = last = at
        while stop < len(text) and (kinds[stop] in _RIGHT_TO_LEFT or kinds[stop] in _NEUTRAL):
            if kinds[stop] in _RIGHT_TO_LEFT:
                last = stop
            stop += 1
        parts.append(_reversed(text[at : last + 1]))
        at = last + 1
    return "".join(parts)


def _reversed(run: str) -> str:
    """Reverse a run, but for the numbers in it."""
    seen: list[str] = []
    number = ""
    for sign in run:
        if unicodedata.bidirectional(sign) in {"EN", "AN"}:
            number += sign
            continue
        if number:
            seen.append(number)
            number = ""
        seen.append((unicodedata.mirrored(sign) and _MIRROR.get(sign, sign)) or sign)
    return "".join(reversed([*seen, *([number] if number else [])]))


_MIRROR: Final = dict(zip("()[]{}<>«»", ")(][}{><»«", strict=True))
