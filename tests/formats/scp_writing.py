"""A writer of SCP-ECG records, as small as tests need it: sections, pointers, checksums, Huffman codes."""

from __future__ import annotations

import binascii
import struct

import numpy as np

LEAD_CODES = {"I": 1, "II": 2, "V1": 3, "V2": 4, "X": 16, "III": 61, "aVR": 62}


def section(number: int, body: bytes) -> bytes:
    body += b"\0" * (len(body) % 2)
    rest = struct.pack("<HIBB6x", number, 16 + len(body), 20, 20) + body
    return struct.pack("<H", binascii.crc_hqx(rest, 0xFFFF)) + rest


def record(bodies: dict[int, bytes]) -> bytes:
    """Join sections behind the pointer section."""
    index, pointers, parts = 7, b"", []
    numbers = range(12)
    pointer_length = 16 + 10 * len(numbers)
    index += pointer_length
    for number in numbers[1:]:
        part = section(number, bodies[number]) if number in bodies else b""
        pointers += struct.pack("<HII", number, len(part), index if part else 0)
        index += len(part)
        parts.append(part)
    pointer_section = section(0, struct.pack("<HII", 0, pointer_length, 7) + pointers)
    rest = struct.pack("<I", 6 + pointer_length + sum(map(len, parts))) + pointer_section + b"".join(parts)
    return struct.pack("<H", binascii.crc_hqx(rest, 0xFFFF)) + rest


def tags(fields: dict[int, bytes]) -> bytes:
    """Body of section 1."""
    return b"".join(struct.pack("<BH", tag, len(value)) + value for tag, value in fields.items()) + b"\xff\0\0"


def leads(names: list[str], lengths: list[int], flags: int = 4, first: int = 1) -> bytes:
    """Body of section 3."""
    spans = (
        struct.pack("<IIB", first, first + n - 1, LEAD_CODES[name]) for name, n in zip(names, lengths, strict=True)
    )
    return bytes([len(names), flags]) + b"".join(spans)


def samples(packed: list[bytes], nanovolts: int = 5000, interval_us: int = 2000, order: int = 0) -> bytes:
    """Body of section 5 or 6."""
    sizes = struct.pack(f"<{len(packed)}H", *map(len, packed))
    return struct.pack("<HHBB", nanovolts, interval_us, order, 0) + sizes + b"".join(packed)


def differences(values: np.ndarray, order: int) -> np.ndarray:
    """Take differences; the first ones stay as they are."""
    return np.concatenate((values[:order], np.diff(values, order))) if order else values


def _bits_to_bytes(bits: str) -> bytes:
    bits += "0" * (-len(bits) % 8)
    return int("1" + bits, 2).to_bytes(len(bits) // 8 + 1, "big")[1:] if bits else b""


def huffman(values: np.ndarray) -> bytes:
    """Encode by the table that the standard defines."""
    bits = []
    for value in map(int, values):
        if value == 0:
            bits.append("0")
        elif abs(value) <= 8:
            bits.append("1" * abs(value) + "0" + ("1" if value < 0 else "0"))
        elif -128 <= value < 128:
            bits.append("1111111110" + f"{value & 0xFF:08b}")
        else:
            bits.append("1111111111" + f"{value & 0xFFFF:016b}")
    return _bits_to_bytes("".join(bits))


def own_table() -> bytes:
    """Body of section 2 with two tables: the first leads to the second by 11, the second back by 1.

    Table 1: 0 is the value 0, 10 a 12 bit number, 11 switches to table 2. Table 2: 0 is the value 7, 1 switches back.
    """

    def code(prefix: str, total: int, mode: int, value: int) -> bytes:
        return struct.pack("<BBBhI", len(prefix), total, mode, value, int(prefix[::-1], 2))

    first = code("0", 1, 1, 0) + code("10", 14, 1, 0) + code("11", 2, 0, 2)
    second = code("0", 1, 1, 7) + code("1", 1, 0, 1)
    return struct.pack("<H", 2) + struct.pack("<H", 3) + first + struct.pack("<H", 2) + second


def own_huffman(values: np.ndarray) -> bytes:
    """Encode by :func:`own_table`."""
    bits = []
    for value in map(int, values):
        if value == 7:
            bits.append("1101")
        else:
            bits.append("0" if value == 0 else "10" + f"{value & 0xFFF:012b}")
    return _bits_to_bytes("".join(bits))
