"""Text encoding of annotations for formats with timed texts but no beat codes: EDF+ and DICOM.

A beat is its WFDB symbol, a rhythm its name with the bracket (``(AFIB``), a comment its text; all else, and what would
be taken for one of these, is written out as ``WFDB ~ text``.
"""

from __future__ import annotations

import re
from typing import Final

from ecg_core.beats import BEAT_SYMBOLS

NOTE_SYMBOL: Final = '"'
"""WFDB's symbol of a comment, whose text is its auxiliary text."""

_RHYTHM: Final = re.compile(r"\([A-Z0-9]+")
_WRITTEN_OUT: Final = re.compile(r"WFDB (\S)(?: (.*))?", re.DOTALL)


def mark_of(text: str) -> tuple[str, str]:
    """Return the WFDB symbol and auxiliary text that a text stands for."""
    if text in BEAT_SYMBOLS:
        return text, ""
    if _RHYTHM.fullmatch(text):
        return "+", text
    if written := _WRITTEN_OUT.fullmatch(text):
        return written[1], written[2] or ""
    return NOTE_SYMBOL, text


def text_of(symbol: str, aux: str) -> str:
    """Return the text that stands for a WFDB symbol and auxiliary text.

    Parameters
    ----------
    symbol : str
        WFDB symbol, one character.
    aux : str
        WFDB auxiliary text; may be empty.

    Returns
    -------
    str
    """
    if len(symbol) != 1 or symbol.isspace():
        symbol = NOTE_SYMBOL
    short = aux or symbol
    if mark_of(short) == (symbol, aux):
        return short
    return f"WFDB {symbol} {aux}" if aux else f"WFDB {symbol}"
