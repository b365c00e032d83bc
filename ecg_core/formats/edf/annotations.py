"""EDF+ and BDF+: timed annotation lists (TALs) and onsets of data records.

Time-stamped annotation lists (TAL) are those of the EDF+ specification, 2.2.2 to 2.2.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from ecg_core.arrays import Float64Array
from ecg_core.formats.common.annotation_texts import NOTE_SYMBOL, mark_of
from ecg_core.formats.common.text_encodings import decoded
from ecg_core.formats.edf.header import EdfHeader, read_at, read_heads
from ecg_core.formats.edf.private import is_remark
from ecg_core.recording import Annotations

ANNOTATIONS_NAME: Final = "edf+"
MAX_ANNOTATIONS: Final = 1_000_000
_CHUNK_BYTES: Final = 8 << 20
_TAL = re.compile(rb"^([+-]\d{1,15}(?:\.\d{0,15})?)(?:\x15(\d{0,15}(?:\.\d{0,15})?))?\x14(.*)$", re.DOTALL)


def has_annotations(header: EdfHeader) -> bool:
    """Tell whether a file has a signal of annotations."""
    return any(signal.is_annotations and signal.samples_per_record for signal in header.signals)


def record_onsets_s(path: Path, header: EdfHeader, n_records: int, first_record: int = 0) -> Float64Array:
    """Return when records begin, in s after the header's start time; NaN where a record does not say.

    A record says so in a list that begins with an empty text; another list is an event within it.

    Parameters
    ----------
    path : Path
        The file.
    header : EdfHeader
        Of a file with annotations.
    n_records : int
        How many are asked for.
    first_record : int
        The first of them.
    """
    first = next(signal for signal in header.signals if signal.is_annotations and signal.samples_per_record)
    n_bytes = min(first.samples_per_record * header.bytes_per_sample, 64)
    onsets = np.full(n_records, np.nan)
    data_offset = header.data_offset + first_record * header.record_bytes
    if header.record_bytes * n_records <= _CHUNK_BYTES:
        content = memoryview(read_at(path, data_offset, header.record_bytes * n_records))
        heads: Iterator[bytes] = (
            bytes(content[at : at + n_bytes]) for at in _places(first.first_byte, header.record_bytes, n_records)
        )
    else:
        begin = data_offset + first.first_byte
        heads = read_heads(path, _places(begin, header.record_bytes, n_records), n_bytes)
    for record, head in enumerate(heads):
        tal = _TAL.match(head.split(b"\0", 1)[0])
        if tal and tal[2] is None and tal[3][:1] in {b"", b"\x14"}:
            onsets[record] = float(tal[1])
    return onsets


def _places(begin: int, step: int, count: int) -> range:
    return range(begin, begin + step * count, step)


def read_annotations(path: Path, header: EdfHeader, origin_s: float, fs_hz: float, n_samples: int) -> Annotations:
    """Read all annotations.

    Parameters
    ----------
    path : Path
        The file.
    header : EdfHeader
        The file's header.
    origin_s : float
        When the recording's first sample was taken, in s after the header's start time.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        The recording's length; annotations beyond it are left out.

    Returns
    -------
    Annotations
        What :func:`~ecg_core.formats.common.annotation_texts.mark_of` makes of each text; a comment with its duration
        if it has one.
    """
    found: list[tuple[int, str, str]] = []
    for onset_s, duration_s, text in _texts(path, header):
        sample = round((onset_s - origin_s) * fs_hz)
        if 0 <= sample <= n_samples and not is_remark(text):
            found.append((min(sample, n_samples - 1), *_as_wfdb(text, duration_s)))
        if len(found) >= MAX_ANNOTATIONS:
            break
    found.sort(key=lambda one: one[0])
    return Annotations(
        name=ANNOTATIONS_NAME,
        sample=np.array([sample for sample, _, _ in found], dtype=np.int64),
        symbol=np.array([symbol for _, symbol, _ in found], dtype=str),
        aux=tuple(text for _, _, text in found),
    )


def _as_wfdb(text: str, duration_s: float | None) -> tuple[str, str]:
    symbol, aux = mark_of(text)
    return symbol, f"{aux} ({duration_s:g} s)" if duration_s and symbol == NOTE_SYMBOL else aux


def _texts(path: Path, header: EdfHeader) -> Iterator[tuple[float, float | None, str]]:
    for tal in _lists(path, header):
        parts = _TAL.match(tal)
        if parts is None:
            continue
        duration_s = float(parts[2]) if parts[2] and parts[2] != b"." else None
        for text in parts[3].split(b"\x14"):
            if text:  # one without text says when its record begins
                yield float(parts[1]), duration_s, decoded(text)


def _lists(path: Path, header: EdfHeader) -> Iterator[bytes]:
    signals = [signal for signal in header.signals if signal.is_annotations]
    step = max(_CHUNK_BYTES // header.record_bytes, 1)
    for first in range(0, header.n_records, step):
        count = min(step, header.n_records - first)
        content = read_at(path, header.data_offset + first * header.record_bytes, count * header.record_bytes)
        records = np.frombuffer(content, dtype=np.uint8).reshape(count, header.record_bytes)
        for signal in signals:
            n_bytes = signal.samples_per_record * header.bytes_per_sample
            texts = records[:, signal.first_byte : signal.first_byte + n_bytes]
            # A list ends with its record even where its last byte is missing.
            ended = np.pad(texts, ((0, 0), (0, 1)))
            yield from (tal for tal in ended.tobytes().split(b"\0") if tal)
