"""Text of unknown encoding: UTF-8 and UTF-16 where it is that, else the code page of Western Windows."""

from __future__ import annotations

from typing import Final

_BYTE_ORDER_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def decoded(content: bytes) -> str:
    """Return bytes as text; every byte gives some character.

    Parameters
    ----------
    content : bytes
        UTF-8, or UTF-16 with a byte order mark, or else Windows-1252, which agrees with Latin-1 in all letters.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    for encoding in ("utf-8", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")
