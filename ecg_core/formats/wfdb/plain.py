"""WFDB signal files of formats 8, 16 and 212, read directly.

The `wfdb` package parses the header anew for each span, which takes longer than reading five minutes; of format 8,
which stores differences, it holds everything from the beginning on. It stays the reader of everything else, and of
files that prove shorter than their header says. The formats are those of the WFDB manual page signal(5).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.confinement import open_file, read_numbers
from ecg_core.formats.wfdb.header import Channel, Header

_ABSENT: Final = {"16": -(1 << 15), "212": -(1 << 11), "8": None}
"""The lowest value of a format marks a sample that is not there."""

_STEP_BYTES: Final = 1 << 20


def read_plain(header: Header, indices: Sequence[int], first: int, last: int) -> npt.NDArray[np.float32] | None:
    """Read frames of some channels.

    Parameters
    ----------
    header : Header
        Of a record of one segment.
    indices : sequence of int
        Positions among its channels.
    first, last : int
        First frame, and one past the last; within the record.

    Returns
    -------
    ndarray of float32, shape (last - first, len(indices)), or None
        Millivolts; NaN for samples marked absent. None where the files are of another kind, or cannot be read this way.
    """
    signal = np.empty((last - first, len(indices)), dtype=np.float32)
    for file_name in dict.fromkeys(header.channels[index].file_name for index in indices):
        of_file = [index for index, channel in enumerate(header.channels) if channel.file_name == file_name]
        if not _is_plain([header.channels[index] for index in of_file]):
            return None
        kind = header.channels[of_file[0]]
        path = header.path.with_name(file_name)
        values: npt.NDArray[np.integer] | None
        if kind.fmt == "8":
            initial = [header.channels[index].initial for index in of_file]
            values = _read_8(path, kind.byte_offset, initial, first, last)
        else:
            values = _frames(path, kind, len(of_file), first, last)
        if values is None:
            return None
        for column, index in enumerate(indices):
            if index in of_file:
                _to_millivolts(values[:, of_file.index(index)], header.channels[index], signal[:, column])
    return signal


def _to_millivolts(digital: npt.NDArray[np.integer], channel: Channel, out: npt.NDArray[np.float32]) -> None:
    np.subtract(digital, np.float32(channel.baseline), out=out, dtype=np.float32)
    out /= np.float32(channel.gain)
    if channel.millivolts_per_unit != 1:
        out *= np.float32(channel.millivolts_per_unit)
    lowest = _ABSENT[channel.fmt]
    if lowest is not None and (absent := digital == lowest).any():
        out[absent] = np.nan


def _is_plain(channels: Sequence[Channel]) -> bool:
    """Tell whether the channels of one file lie in it sample by sample, in a format that is read here."""
    first = channels[0]
    return first.fmt in _ABSENT and all(
        (one.fmt, one.byte_offset) == (first.fmt, first.byte_offset) and one.samples_per_frame == 1 and not one.skew
        for one in channels
    )


def _read_8(path: Path, offset: int, initial: Sequence[int], first: int, last: int) -> npt.NDArray[np.int64] | None:
    """Sum differences up, beginning at the nearest place whose sum is known; shape (last - first, channels)."""
    n_channels = len(initial)
    try:
        status = path.stat()
        sums = _sums(path, offset, n_channels, status.st_mtime_ns, status.st_size)
        step = _STEP_BYTES // n_channels
        known = first // step
        begin = known * step
        values = read_numbers(path, np.int8, (last - begin) * n_channels, offset + begin * n_channels)
    except OSError:
        return None
    if len(values) < (last - begin) * n_channels or known >= len(sums):
        return None
    summed = np.cumsum(values.reshape(-1, n_channels), axis=0, dtype=np.int64)[first - begin :]
    return summed + sums[known] + np.array(initial, dtype=np.int64)


@lru_cache(maxsize=64)
def _sums(path: Path, offset: int, n_channels: int, *_: int) -> npt.NDArray[np.int64]:
    """Return the sums of all differences before every so many frames, shape (places, channels)."""
    step = _STEP_BYTES // n_channels
    sums = [np.zeros(n_channels, dtype=np.int64)]
    with open_file(path) as stream:
        stream.seek(offset)
        while len(content := stream.read(step * n_channels)) == step * n_channels:
            differences = np.frombuffer(content, dtype=np.int8).reshape(-1, n_channels)
            sums.append(sums[-1] + differences.sum(axis=0, dtype=np.int64))
    return np.array(sums)


def _frames(path: Path, kind: Channel, n_channels: int, first: int, last: int) -> npt.NDArray[np.int16] | None:
    """Return frames as they are stored, shape (last - first, channels); None if the file does not hold them."""
    begin, end = first * n_channels, last * n_channels
    try:
        values = (_read_16 if kind.fmt == "16" else _read_212)(path, kind.byte_offset, begin, end)
    except OSError:
        return None
    return values.reshape(-1, n_channels) if len(values) == end - begin else None


def _read_16(path: Path, offset: int, begin: int, end: int) -> npt.NDArray[np.int16]:
    return read_numbers(path, "<i2", end - begin, offset + 2 * begin)


def _read_212(path: Path, offset: int, begin: int, end: int) -> npt.NDArray[np.int16]:
    """Unpack two samples from three bytes: low bytes left and right, both high halves between them."""
    pair = begin // 2
    n_bytes = 3 * (end // 2 - pair) + 2 * (end % 2)  # the second half of an odd last pair may not be there
    packed = read_numbers(path, np.uint8, n_bytes, offset + 3 * pair)
    if len(packed) < n_bytes:
        return np.empty(0, dtype=np.int16)
    triples = np.pad(packed, (0, -n_bytes % 3)).reshape(-1, 3).astype(np.int16)
    values = np.empty((len(triples), 2), dtype=np.int16)
    values[:, 0] = triples[:, 0] | ((triples[:, 1] & 0x0F) << 8)
    values[:, 1] = triples[:, 2] | ((triples[:, 1] & 0xF0) << 4)
    values -= (values & 0x800) << 1
    return values.ravel()[begin - 2 * pair : end - 2 * pair]
