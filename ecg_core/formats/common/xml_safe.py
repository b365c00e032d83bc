"""Parser of untrusted XML: no entities, no external resources, bounded size, depth and number of elements.

Namespaces are taken off tags and attributes, since writers of one format disagree on them. A document type that
only names a DTD (GE MUSE writes one) is passed over and never loaded; any entity declared in one is refused.
"""

from __future__ import annotations

import base64
import binascii
import math
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element
from xml.parsers.expat import errors

import numpy as np
import numpy.typing as npt
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from ecg_core.confinement import open_file, size_of
from ecg_core.errors import RecordingError

MAX_XML_BYTES: Final = 32 << 20
"""An ECG in XML is a resting ECG of seconds or minutes; a day of it belongs in a format that is read in spans."""

MAX_ELEMENTS: Final = 300_000
MAX_ATTRIBUTES: Final = 600_000
MAX_TEXT: Final = 20_000
"""Characters of a text for people that are looked at; samples are read whole."""

MAX_DEPTH: Final = 100
MAX_TAG_BYTES: Final = 1 << 20
"""A tag with its attributes, or a comment, that runs on for longer is there to use up memory."""

_CHUNK_BYTES: Final = 1 << 18
_ENDS_TOO_EARLY: Final = frozenset(
    errors.codes[message]
    for message in (errors.XML_ERROR_NO_ELEMENTS, errors.XML_ERROR_UNCLOSED_TOKEN, errors.XML_ERROR_PARTIAL_CHAR)
)


class _TooLargeError(Exception):
    """The document exceeds a limit; the message says which."""


class _Builder:
    """Builds the tree that the parser's events describe, counting as it goes."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._n_elements = self._n_attributes = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._n_elements += 1
        if self._n_elements > MAX_ELEMENTS:
            raise _TooLargeError(f"more than {MAX_ELEMENTS:,} elements")
        self._n_attributes += len(attributes)
        if self._n_attributes > MAX_ATTRIBUTES:
            raise _TooLargeError(f"more than {MAX_ATTRIBUTES:,} attributes")
        if len(self._open) >= MAX_DEPTH:
            raise _TooLargeError(f"elements nested more than {MAX_DEPTH} deep")
        element = Element(_local(tag), {_local(key): value for key, value in attributes.items()})
        if self._open:
            self._open[-1].append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def end(self, tag: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())

    def data(self, text: str) -> None:
        if self._texts:
            self._texts[-1].append(text)

    def close(self) -> Element | None:
        return self.root

    def unfinished(self) -> tuple[str, str]:
        """Return tag and text so far of the innermost element that was not closed."""
        return (self._open[-1].tag, "".join(self._texts[-1])) if self._open else ("", "")


@dataclass(frozen=True)
class Document:
    """An XML document.

    Attributes
    ----------
    root : Element
        Tags and attributes come without namespace; `text` is all of an element's own text.
    truncated : bool
        Whether the file ends within the document: `root` then holds what stood before, and an element that was
        not closed has no text.
    unfinished : tuple of str
        Tag and text of the element within which the file ends.
    """

    root: Element
    truncated: bool
    unfinished: tuple[str, str] = ("", "")


def parse_xml(path: Path) -> Document:
    """Read an XML file.

    Raises
    ------
    RecordingError
        If the file is too large, not well-formed, or declares entities.
    """
    builder = _Builder()
    truncated = False
    if _size(path) > MAX_XML_BYTES:
        raise RecordingError(
            f"{path.name} is larger than the {MAX_XML_BYTES >> 20} MB of XML that are read; "
            "export it in a binary format such as EDF or WFDB."
        )
    try:
        parser = DefusedXMLParser(target=builder, forbid_entities=True, forbid_external=True)
        with open_file(path) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                parser.feed(chunk)
                if stream.tell() - parser.parser.CurrentByteIndex > MAX_TAG_BYTES:
                    raise _TooLargeError("a tag of more than a million characters")
        parser.close()
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except DefusedXmlException as error:
        raise RecordingError(
            f"{path.name} declares XML entities, which are never expanded here; export it again without them."
        ) from error
    except _TooLargeError as error:
        raise RecordingError(f"{path.name} is no ECG that can be read: its XML has {error}.") from error
    except (SyntaxError, ValueError, LookupError) as error:  # ParseError, and encodings that Python does not know
        truncated = getattr(error, "code", None) in _ENDS_TOO_EARLY
        if not truncated or builder.root is None:
            line = getattr(error, "position", (0, 0))[0]
            where = f" (line {line})" if line else ""
            raise RecordingError(
                f"{path.name} is not well-formed XML{where}; export it from the device or copy it again."
            ) from error
    if builder.root is None:
        raise RecordingError(f"{path.name} is empty; export or copy it again.")
    return Document(builder.root, truncated, builder.unfinished() if truncated else ("", ""))


def open_document(path: Path, tag: str, what: str) -> tuple[Document, list[str]]:
    """Read the XML file of an ECG.

    Parameters
    ----------
    path : Path
        The file.
    tag : str
        What its root element is called.
    what : str
        What such a file is, for the message: ``MUSE export``.

    Returns
    -------
    document : Document
    notes : list of str
        The note that it ends early, where it does.

    Raises
    ------
    RecordingError
        If it cannot be read or begins with another element.
    """
    document = parse_xml(path)
    if document.root.tag != tag:
        raise RecordingError(f"{path.name} is no {what}: its XML begins with <{document.root.tag[:40]}>.")
    return document, [ends_early(path)] if document.truncated else []


def ends_early(path: Path) -> str:
    """Say that a file is shown as far as it goes."""
    return f"{path.name} ends early; what stands before is shown."


def _size(path: Path) -> int:
    try:
        return size_of(path)
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}.") from error


def head_text(head: bytes) -> str:
    """Decode the first bytes of an XML file far enough to look for a tag; empty where it is no XML."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head[: len(head) // 2 * 2].decode("utf-16", errors="ignore")
    elif head.startswith(b"<\0"):
        text = head[: len(head) // 2 * 2].decode("utf-16-le", errors="ignore")
    else:
        text = head.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    return text if text.lstrip().startswith("<") else ""


def child_text(element: Element | None, *path: str) -> str:
    """Text of the first descendant along a path of tags, stripped; empty where there is none."""
    for tag in path:
        if element is None:
            return ""
        element = element.find(tag)
    return words(element.text) if element is not None else ""


def words(text: str | None) -> str:
    """Return a text for people with single blanks between its words, cut after `MAX_TEXT` characters."""
    return " ".join((text or "")[:MAX_TEXT].split())


def all_text(element: Element | None) -> str:
    """Return the text of an element and of all within it, as :func:`words` does."""
    if element is None:
        return ""
    return words(" ".join(islice(element.itertext(), 1000)))


def child_value(element: Element | None, *path: str, key: str = "value") -> str:
    """Return an attribute of the first descendant along a path of tags, stripped; empty if absent.

    Parameters
    ----------
    element : Element or None
        Where to begin; None gives an empty text.
    *path : str
        Tags from `element` down.
    key : str
        Name of the attribute.

    Returns
    -------
    str
    """
    for tag in path:
        if element is None:
            return ""
        element = element.find(tag)
    return (element.get(key) or "")[:MAX_TEXT].strip() if element is not None else ""


def number(text: str | None) -> float | None:
    """Read a finite number; None where the text is none."""
    try:
        value = float((text or "")[:MAX_TEXT].strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def moment(text: str, *layouts: str) -> datetime | None:
    """Read a point in time in the first of several `strptime` layouts that fits; None where none does."""
    for layout in layouts:
        try:
            return datetime.strptime(text.strip(), layout)
        except ValueError:
            continue
    return None


def day(text: str, *layouts: str) -> date | None:
    """Read a date in the first of several `strptime` layouts that fits; None where none does."""
    found = moment(text, *layouts)
    return found.date() if found else None


def base64_bytes(text: str, what: str) -> bytes:
    """Decode Base64 text, which must be whole.

    Parameters
    ----------
    text : str
        As in the document.
    what : str
        File and lead, for the message.
    """
    try:
        return base64.b64decode(text.encode("ascii").translate(None, b" \t\r\n\f\v"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RecordingError(f"{what}: the Base64 text of its samples is damaged; export it again.") from error


def numbers(text: str, what: str) -> npt.NDArray[np.float64]:
    """Parse numbers separated by white space, commas or semicolons.

    Parameters
    ----------
    text : str
        As in the document.
    what : str
        For the error message.

    Returns
    -------
    ndarray of float64, shape (numbers,)
    """
    try:
        values = _joined_numbers(text.translate(_SEPARATORS))
    except ValueError as error:
        raise RecordingError(f"{what}: its samples are no list of numbers; export it again.") from error
    return np.where(np.isfinite(values), values, np.nan)


_SEPARATORS: Final = str.maketrans(",;", "  ")
_PIECE: Final = 1 << 16


def _joined_numbers(text: str) -> npt.NDArray[np.float64]:
    """Read numbers between blanks piece by piece: a list of all words takes ten times the text."""
    parts, begin = [], 0
    while begin < len(text):
        end = begin + _PIECE
        while end < len(text) and not text[end].isspace():
            end += 1
        parts.append(np.array(text[begin:end].split(), dtype=np.float64))
        begin = end
    return np.concatenate(parts) if parts else np.empty(0)


def _local(name: str) -> str:
    return name.rpartition("}")[2]
