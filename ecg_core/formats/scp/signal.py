"""SCP-ECG signal decompression: Huffman codes, differences, reference beat subtraction.

EN 1064:2005 / ISO 11073-91064:2009, 5.5 (tables), 5.7 (reference beats), 5.8 and 5.9 (data), annex C.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

DEFAULT_TABLE_CODE: Final = 19999
MAX_SAMPLES: Final = 2_000_000
"""Samples of all leads that are decoded: five minutes of twelve leads at 500 Hz; the format stores seconds."""

_MAX_SPARE_BITS: Final = 32
"""What fills the last byte, or the last even number of bytes, of a lead."""


class PackingError(ValueError):
    """The packed samples contradict their own description; the message says how."""


@dataclass(frozen=True)
class Code:
    """What a prefix stands for.

    Attributes
    ----------
    value : int
        A sample, or the table to go on with.
    extra_bits : int
        Bits that follow and hold a signed number to add; 0 for none.
    switches : bool
        Whether `value` is a table's number from 0 on.
    """

    value: int
    extra_bits: int = 0
    switches: bool = False


Table = dict[tuple[int, int], Code]
"""Codes by the number of bits of their prefix and the prefix itself, first bit the highest."""


def default_table() -> Table:
    """The table that the standard defines (annex C, table C.1)."""
    table: Table = {(1, 0): Code(0)}
    for size in range(1, 9):
        ones = ((1 << size) - 1) << 2
        table[size + 2, ones] = Code(size)
        table[size + 2, ones | 1] = Code(-size)
    table[10, 0b1111111110] = Code(0, extra_bits=8)
    table[10, 0b1111111111] = Code(0, extra_bits=16)
    return table


def read_tables(body: bytes) -> list[Table]:
    """Read section 2.

    Raises
    ------
    PackingError
        If it ends early or holds an impossible code.
    """
    if len(body) < 2:
        raise PackingError("its Huffman tables are missing")
    (n_tables,) = struct.unpack_from("<H", body)
    if n_tables == DEFAULT_TABLE_CODE:
        return [default_table()]
    tables: list[Table] = []
    position = 2
    for _ in range(n_tables):
        if position + 2 > len(body):
            raise PackingError("its Huffman tables end early")
        (n_codes,) = struct.unpack_from("<H", body, position)
        position += 2
        if position + 9 * n_codes > len(body):
            raise PackingError("its Huffman tables end early")
        table: Table = {}
        for _ in range(n_codes):
            prefix_bits, all_bits, mode, value, stored = struct.unpack_from("<BBBhI", body, position)
            position += 9
            prefix_bits, all_bits = sorted((prefix_bits, all_bits))
            if not 1 <= prefix_bits <= 32:
                raise PackingError(f"a Huffman code of {prefix_bits} bits is impossible")
            # The prefix is stored with its first bit lowest.
            prefix = int(f"{stored & ((1 << prefix_bits) - 1):0{prefix_bits}b}"[::-1], 2)
            switches = mode == 0
            if switches and not 1 <= value <= n_tables:
                raise PackingError(f"a Huffman code leads to table {value}, which there is not")
            table[prefix_bits, prefix] = Code(value - switches, all_bits - prefix_bits, switches)
        tables.append(table)
    if not tables:
        raise PackingError("its Huffman tables are missing")
    return tables


def decode_huffman(packed: bytes, n_samples: int, tables: list[Table]) -> tuple[npt.NDArray[np.int64], int]:
    """Decode a stream of Huffman codes, most significant bit first.

    Parameters
    ----------
    packed : bytes
        The stream.
    n_samples : int
        How many values to decode.
    tables : list of Table
        Huffman tables; codes can switch between them.

    Returns
    -------
    values : ndarray of int64, shape (samples,)
        As many as asked for, or fewer where the stream ends or breaks before.
    n_bits : int
        Bits that they take.
    """
    n_bits = 8 * len(packed)
    bits = bin(int.from_bytes(b"\1" + packed, "big"))[3:]
    values: list[int] = []
    longest = [max((length for length, _ in table), default=0) for table in tables]
    current, position = 0, 0
    while len(values) < n_samples:
        code, prefix, length = None, 0, 0
        while code is None and length < longest[current] and position < n_bits:
            prefix = prefix << 1 | (bits[position] == "1")
            position += 1
            length += 1
            code = tables[current].get((length, prefix))
        if code is None or position + code.extra_bits > n_bits:
            break
        if code.switches:
            current = code.value
            continue
        value = code.value
        if code.extra_bits:
            extra = int(bits[position : position + code.extra_bits], 2)
            value += extra - (1 << code.extra_bits if extra >> (code.extra_bits - 1) else 0)
            position += code.extra_bits
        values.append(value if -(1 << 31) <= value < 1 << 31 else 0)
    return np.array(values, dtype=np.int64), position


def undo_differences(values: npt.NDArray[np.int64], order: int) -> npt.NDArray[np.int64]:
    """Integrate first or second differences in 16-bit arithmetic, as the writers compute them.

    Parameters
    ----------
    values : ndarray of int64, shape (samples,)
        Values, or their differences.
    order : int
        0 for values, 1 for first, 2 for second differences.

    Returns
    -------
    ndarray of int64, shape (samples,)
    """
    if order == 0 or not len(values):
        return values
    if order == 1:
        summed = np.cumsum(values)
    elif len(values) < 3:
        summed = values
    else:
        slopes = np.concatenate(([values[1] - values[0]], values[2:]))
        summed = np.concatenate(([values[0]], values[0] + np.cumsum(np.cumsum(slopes))))
    return summed.astype(np.int16).astype(np.int64)


@dataclass(frozen=True)
class Packed:
    """Samples of all leads as sections 5 and 6 give them.

    Attributes
    ----------
    nanovolts : int
        What one stored unit is.
    interval_us : int
        Time between samples.
    bimodal : bool
        Whether samples outside the QRS complexes were decimated (section 6 up to version 2).
    leads : list of ndarray of int64, shape (samples,)
    notes : tuple of str
        What of the coding was found otherwise than section 2 says.
    """

    nanovolts: int
    interval_us: int
    bimodal: bool
    leads: list[npt.NDArray[np.int64]]
    notes: tuple[str, ...] = ()


def unpack(body: bytes, lengths: list[int], tables: list[Table] | None) -> Packed:
    """Decode the body of section 5 or 6.

    Parameters
    ----------
    body : bytes
        The section after its header.
    lengths : list of int
        The samples each lead should have.
    tables : list of Table, or None
        None where samples are stored as 16 bit numbers.

    Raises
    ------
    PackingError
        If the section ends before its first sample.
    """
    if len(body) < 6 + 2 * len(lengths):
        raise PackingError("its samples are missing")
    nanovolts, interval_us, order, bimodal = struct.unpack_from("<HHBB", body)
    if order > 2:
        raise PackingError(f"its samples are differences of order {order}, which there is not")
    sizes = struct.unpack_from(f"<{len(lengths)}H", body, 6)
    position = 6 + 2 * len(lengths)
    packed = []
    for size in sizes:
        packed.append(body[position : position + size])
        position += size
    coding, notes = _coding(packed, sizes, lengths, tables)
    leads, n_decoded = [], 0
    for stream, n_samples in zip(packed, lengths, strict=True):
        values = _values(stream, n_samples, coding)
        n_decoded += len(values)
        if n_decoded > MAX_SAMPLES:
            raise PackingError(f"it holds more than the {MAX_SAMPLES:,} samples that are read")
        leads.append(undo_differences(values, order))
    return Packed(nanovolts, interval_us, bool(bimodal), leads, notes)


def _values(packed: bytes, n_samples: int, tables: list[Table] | None) -> npt.NDArray[np.int64]:
    if tables is None:
        return np.frombuffer(packed[: len(packed) // 2 * 2], dtype="<i2").astype(np.int64)[:n_samples]
    return decode_huffman(packed, min(n_samples, 8 * len(packed)), tables)[0]


def _coding(
    packed: list[bytes], sizes: Sequence[int], lengths: list[int], tables: list[Table] | None
) -> tuple[list[Table] | None, tuple[str, ...]]:
    """Return how samples are coded: as section 2 says, unless the lengths of the leads fit the other way alone.

    Raises
    ------
    PackingError
        If they fit 16 bit numbers and the named codes do not give the samples, or the other way round, in some leads.
    """
    if sum(lengths) > MAX_SAMPLES or any(len(stream) < size for stream, size in zip(packed, sizes, strict=True)):
        return tables, ()  # a file that ends early proves nothing
    raw = [size == 2 * n_samples for size, n_samples in zip(sizes, lengths, strict=True)]
    if tables is None and all(raw):
        return None, ()
    if tables is not None and not any(raw):
        return tables, ()
    codes = [default_table()] if tables is None else tables
    coded = []
    for stream, n_samples in zip(packed, lengths, strict=True):
        values, n_bits = decode_huffman(stream, min(n_samples, 8 * len(stream)), codes)
        coded.append(len(values) == n_samples and 8 * len(stream) - n_bits < _MAX_SPARE_BITS)
    if tables is None:
        if all(coded):
            return codes, ("Section 2 with the Huffman table is missing; the samples fit the standard's own table.",)
        return None, ()
    if all(coded):
        return tables, ()
    if all(raw):
        return None, ("Section 2 names Huffman tables, but the samples are 16 bit numbers and were read as such.",)
    raise PackingError("its samples are not coded as its section 2 says")
