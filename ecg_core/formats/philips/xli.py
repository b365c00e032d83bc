"""XLI decompression (Philips): 10-bit LZW over second differences.

Each lead is a chunk: its length (4 bytes), 2 bytes that are not needed, a first difference (2 bytes), and the codes.
What they expand to holds all high bytes before all low bytes of 16 bit numbers: two samples, then corrections to a
prediction in a straight line. Format: the published reference decoder of the Sierra ECG tools.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

_HEADER_BYTES: Final = 8
_CODE_BITS: Final = 10
_LAST_CODE: Final = (1 << _CODE_BITS) - 2
_BIAS: Final = 64


class XliError(ValueError):
    """The codes cannot be those of a signal; the message says why."""


def read_chunks(packed: bytes, most_leads: int, most_samples: int) -> Iterator[npt.NDArray[np.int64]]:
    """Decode one lead after the other.

    Parameters
    ----------
    packed : bytes
        Content of the waveform element, decoded from Base64.
    most_leads : int
        Chunks beyond are left.
    most_samples : int
        What a lead may expand to at most.

    Yields
    ------
    ndarray of int64, shape (samples,)
        Ends where a chunk's header or length cannot be true.

    Raises
    ------
    XliError
        If a chunk is damaged.
    """
    position = 0
    for _ in range(most_leads):
        size = int.from_bytes(packed[position : position + 4], "little", signed=True)
        begin = position + _HEADER_BYTES
        if size <= 0 or begin + size > len(packed):
            return
        first = int.from_bytes(packed[position + 6 : begin], "little", signed=True)
        yield undo_prediction(expand(packed[begin : begin + size], 2 * most_samples), first)
        position = begin + size


def expand(packed: bytes, most_bytes: int) -> bytes:
    """Decompress LZW with 10-bit codes, most significant bit first.

    Parameters
    ----------
    packed : bytes
        The compressed stream.
    most_bytes : int
        Limit of the output.

    Returns
    -------
    bytes

    Raises
    ------
    XliError
        If a code stands for nothing yet, or more comes out than `most_bytes`.
    """
    strings: list[bytes] = [bytes([value]) for value in range(256)]
    out = bytearray()
    previous = b""
    buffer = n_bits = 0
    for byte in packed:
        buffer, n_bits = (buffer << 8 | byte) & 0xFFFFF, n_bits + 8
        if n_bits < _CODE_BITS:
            continue
        n_bits -= _CODE_BITS
        code = buffer >> n_bits & ((1 << _CODE_BITS) - 1)
        if code > _LAST_CODE:
            break
        if code < len(strings):
            current = strings[code]
        elif previous:
            current = previous + previous[:1]
        else:
            raise XliError("its codes begin with one that stands for nothing")
        if previous and len(strings) <= _LAST_CODE:
            strings.append(previous + current[:1])
        out += current
        previous = current
        if len(out) > most_bytes:
            raise XliError("a lead expands to more than it can hold")
    return bytes(out)


def undo_prediction(expanded: bytes, first: int) -> npt.NDArray[np.int64]:
    """Turn expanded bytes into samples.

    Parameters
    ----------
    expanded : bytes
        All high bytes, then all low bytes.
    first : int
        The correction to the third sample.
    """
    half = -(-len(expanded) // 2)
    if half < 2:
        raise XliError("a lead holds fewer than two samples")
    raw = np.frombuffer(expanded + b"\0" * (2 * half - len(expanded)), dtype=np.uint8).astype(np.uint16)
    numbers = (raw[:half] << 8 | raw[half:]).view(np.int16).astype(np.int64)
    corrections = np.concatenate(([first], numbers[2:-1] - _BIAS))[: half - 2]
    slopes = np.concatenate(([numbers[1] - numbers[0]], -corrections))
    return np.concatenate((numbers[:1], numbers[0] + np.cumsum(np.cumsum(slopes))))
