"""Parquet: uncompressed page sizes from the page headers, checked before decompression.

The file's description gives sizes too, but nothing makes them true: a page of a few kilobytes may announce, and
unpack to, two gigabytes. Page headers are Thrift structs in the compact protocol
(https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md); of these only the first three
fields are wanted, type, unpacked size and packed size (https://github.com/apache/parquet-format, PageHeader).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from ecg_core.confinement import open_file

_HEAD_BYTES: Final = 1 << 16
_MAX_DEPTH: Final = 8
_UNPACKED, _PACKED = 2, 3
_STOP, _TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(13)


class PageError(ValueError):
    """A page's header cannot be read."""


def unpacked_bytes(path: Path, chunk: Any, most: int) -> int:
    """Return how many bytes the pages of a column chunk say they unpack to; stops where it is more than `most`.

    Parameters
    ----------
    path : Path
        The file.
    chunk : pyarrow.parquet.ColumnChunkMetaData
        Column chunk, as the file's footer describes it.
    most : int
        Limit in bytes.

    Raises
    ------
    PageError
        If they do not follow one another as they should.
    """
    begins = [chunk.data_page_offset]
    if chunk.has_dictionary_page and chunk.dictionary_page_offset is not None:
        begins.append(chunk.dictionary_page_offset)
    position = min(begins)
    end = position + chunk.total_compressed_size
    total = 0
    with open_file(path) as stream:
        while position < end and total <= most:
            stream.seek(position)
            unpacked, packed, n_header = _page(stream.read(_HEAD_BYTES))
            total += unpacked
            position += n_header + packed
    return total


def _page(head: bytes) -> tuple[int, int, int]:
    """Return a page's unpacked and packed size, and the length of its header."""
    reader = _Compact(head)
    sizes = reader.struct(0)
    unpacked, packed = sizes.get(_UNPACKED, -1), sizes.get(_PACKED, -1)
    if unpacked < 0 or packed < 0:
        raise PageError("a page without sizes")
    return unpacked, packed, reader.position


class _Compact:
    """Reads Thrift's compact protocol as far as it has to: whole numbers of a struct, all else is passed over."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.position = 0

    def struct(self, depth: int) -> dict[int, int]:
        """Return the whole numbers of a struct by their fields."""
        if depth > _MAX_DEPTH:
            raise PageError("a header nested too deep")
        found: dict[int, int] = {}
        field = 0
        while (head := self._byte()) != _STOP:
            kind = head & 15
            field = field + (head >> 4) if head >> 4 else self._whole()
            value = self._value(kind, depth)
            if value is not None:
                found[field] = value
        return found

    def _value(self, kind: int, depth: int) -> int | None:
        if kind in (_I16, _I32, _I64):
            return self._whole()
        if kind == _BYTE:
            self.position += 1
        elif kind == _DOUBLE:
            self.position += 8
        elif kind == _BINARY:
            n_bytes = self._varint()
            self.position += n_bytes
        elif kind in (_LIST, _SET):
            self._list(depth)
        elif kind == _STRUCT:
            self.struct(depth + 1)
        elif kind not in (_TRUE, _FALSE):
            raise PageError("a header of an unknown kind")
        return None

    def _list(self, depth: int) -> None:
        head = self._byte()
        count = self._varint() if head >> 4 == 15 else head >> 4
        if count > len(self.content):
            raise PageError("a list longer than its header")
        for _ in range(count):
            if head & 15 in (_TRUE, _FALSE):
                self.position += 1
            else:
                self._value(head & 15, depth + 1)

    def _byte(self) -> int:
        if self.position >= len(self.content):
            raise PageError("a header that does not end")
        self.position += 1
        return self.content[self.position - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise PageError("a number that does not end")

    def _whole(self) -> int:
        coded = self._varint()
        return coded >> 1 ^ -(coded & 1)
