"""Untrusted text as one line of plain text of bounded length.

Markup is left as it is: whoever draws a text escapes it. What is taken away is what no escaping shows: control
characters, and those of Unicode that turn the direction of writing or show nothing (UAX #9, bidirectional controls).
"""

from __future__ import annotations

import re
from typing import Final

MAX_SENTENCE: Final = 590

_BLANKS: Final = re.compile("[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]")
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def plain(text: str, longest: int) -> str:
    """Return a text without control characters, cut where it is longer than `longest`.

    Parameters
    ----------
    text : str
        The text.
    longest : int
        Characters; a longer text ends with an ellipsis instead.

    Returns
    -------
    str
        Line breaks and tabs have become blanks, other control characters the replacement character.

    Examples
    --------
    >>> plain("II\\n<b>", 40), plain("abcdef", 4)
    ('II <b>', 'abc…')
    """
    if len(text) <= longest and text.isprintable():
        return text
    shown = _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", _BLANKS.sub(" ", text[: longest + 1]))
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def sentence(text: str) -> str:
    """Return a message as one line of bounded length that ends as a sentence does."""
    shown = plain(text, MAX_SENTENCE)
    return f"{shown}." if shown.endswith("…") else shown


def sentence_case(text: str) -> str:
    """Return a text with its first letter as a capital, and the rest as it is: abbreviations keep theirs."""
    return text[:1].upper() + text[1:]
