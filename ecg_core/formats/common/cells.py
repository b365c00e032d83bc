"""Text cells of tables that a spreadsheet shows as text, whatever a stranger put into them.

A cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break is a formula to a spreadsheet (OWASP, "CSV
Injection"); marks that turn the direction of writing make a text look like another one.
"""

from __future__ import annotations

import re
from typing import Final

GUARD: Final = "'"
"""Stands before a text that would be taken for a formula; spreadsheets show the text without it."""

_STARTS_FORMULA: Final = re.compile(r"'|[\s\"]*[=+\-@\uff0b\uff0d\uff1d\uff20]")
_HIDDEN: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_SEPARATORS: Final = re.compile(r"\s*[,;|]\s*")


def guarded(text: str) -> str:
    r"""Return a text as a cell that no spreadsheet takes for a formula.

    Control characters and marks of direction are shown as what they are, ``\x07`` or ``\u202e``.

    Examples
    --------
    >>> guarded("=1+1"), guarded("V1"), guarded("a\tb")
    ("'=1+1", 'V1', 'a\\x09b')
    """
    shown = shown_plainly(text)
    # An escaped mark at the beginning cannot start a formula, but what stood behind it might in another program.
    return GUARD + shown if _STARTS_FORMULA.match(shown) or _HIDDEN.match(text) else shown


def shown_plainly(text: str) -> str:
    """Return a text on one line, with control characters and marks of direction escaped."""
    return _HIDDEN.sub(_escaped, text)


def comment_line(text: str) -> str:
    """Return a comment as a line of a CSV file that stays one cell, whatever separates cells."""
    return f"# comment: {_SEPARATORS.sub(' / ', shown_plainly(text))}"


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
