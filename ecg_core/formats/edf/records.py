"""Data records of an EDF+ file: how long they are, and which texts stand in which.

A record's duration has eight characters, and its signals one number of samples: together they say the sampling rate. So
records get the length that says it best. Time-stamped annotation lists are those of the EDF+ specification, 2.2.2 to
2.2.4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.errors import ExportError

MAX_RECORD_BYTES: Final = 61_440
"""The specification's limit."""

_TEXT_BYTES: Final = (64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096, 8192, 16_384, 30_720)
_MAX_SAMPLES: Final = 30_720
_EXACT: Final = 1e-12
_MAX_TEXT: Final = 800
_MAX_ONSET: Final = 20


@dataclass(frozen=True)
class Text:
    """A text in time: sample, duration in samples (0 for none), and what it says."""

    sample: int
    duration: int
    text: str


@dataclass(frozen=True)
class Layout:
    """How a file is cut into records.

    Attributes
    ----------
    fs_hz : float
        Of the recording.
    samples : int
        Of each signal in a record.
    duration : str
        Of a record in s, as the header says it.
    n_records, text_bytes : int
        Records, and bytes of texts in each.
    placed : tuple of tuple of Text
        The texts of each record that has any, by its number.
    """

    fs_hz: float
    samples: int
    duration: str
    n_records: int
    text_bytes: int
    placed: dict[int, list[Text]]

    @property
    def rate_hz(self) -> float:
        """What the file says."""
        return self.samples / float(self.duration)

    @property
    def rate_error(self) -> float:
        """By which share this is beside the recording's rate."""
        return abs(self.rate_hz / self.fs_hz - 1)


def lay_out(fs_hz: float, n_samples: int, n_leads: int, texts: Sequence[Text], about: Sequence[Text]) -> Layout:
    """Cut a file into records such that all texts find room in the record of their time or a later one.

    Parameters
    ----------
    fs_hz : float
        Sampling rate in Hz.
    n_samples, n_leads : int
        Samples of each lead, and leads.
    texts, about : sequence of Text
        What happens in time, and what is said of all.

    Raises
    ------
    ExportError
        If the leads, or the texts, are too many for the format.
    """
    ordered = sorted([*about, *texts], key=lambda text: text.sample)
    longest = max((_size(text) for text in ordered), default=0)
    for text_bytes in _TEXT_BYTES:
        most = (MAX_RECORD_BYTES - text_bytes) // 2 // n_leads
        if text_bytes < longest + _MAX_ONSET or most < 1:
            continue
        samples, duration = _record(fs_hz, n_samples, min(most, _MAX_SAMPLES))
        n_records = -(-n_samples // samples)
        placed = _placed(ordered, samples, n_records, text_bytes - _MAX_ONSET)
        if placed is not None and n_records < 10**8:
            return Layout(fs_hz, samples, duration, n_records, text_bytes, placed)
    raise ExportError(
        f"EDF+ has no room for {n_leads} leads with {len(ordered)} annotations; export fewer, or as WFDB or CSV."
    )


def texts_of_records(layout: Layout, begins: datetime | time | None) -> Callable[[int, int], npt.NDArray[np.uint8]]:
    """Return what gives the bytes of texts of some records, shape (records, bytes).

    Parameters
    ----------
    layout : Layout
        The data records and their texts.
    begins : datetime, time or None
        When the recording starts; its fraction of a second is part of the onsets.
    """
    fraction_s = Decimal(begins.microsecond if begins is not None else 0) / 1_000_000
    record_s = Decimal(layout.duration)

    def of_records(first: int, beyond: int) -> npt.NDArray[np.uint8]:
        content = bytearray()
        for record in range(first, beyond):
            lists = [f"+{_plain(record * record_s + fraction_s)}\x14\x14\0".encode()]
            lists += [_list(text, layout.rate_hz, float(fraction_s)) for text in layout.placed.get(record, ())]
            content += b"".join(lists).ljust(layout.text_bytes, b"\0")
        return np.frombuffer(bytes(content), dtype=np.uint8).reshape(beyond - first, layout.text_bytes)

    return of_records


def _record(fs_hz: float, n_samples: int, most: int) -> tuple[int, str]:
    """Choose how many samples a record has: the rate exactly where it can be, and near a second."""
    longest = min(most, max(math.ceil(100 * fs_hz), 1))
    samples = np.arange(1, longest + 1)
    duration_s = samples / fs_hz
    whole = np.floor(np.log10(np.maximum(duration_s, 1.0))) + 1
    # In eight characters a number below one has six digits behind its point, others seven less those before.
    factor = 10.0 ** np.clip(7 - whole, 0, 6)
    written = np.rint(duration_s * factor) / factor
    off = np.where(written > 0, np.abs(written / duration_s - 1), np.inf)
    good = np.flatnonzero(off <= max(_EXACT, float(off.min())))
    away = np.abs(np.log(duration_s[good]))
    # A length that leaves nothing to be filled at the end is worth records of a tenth of a second to ten.
    fills = (n_samples % samples[good] == 0) & (away < math.log(10.1))
    best = int(good[np.lexsort((away, ~fills))[0]])
    digits = int(np.log10(factor[best]))
    text = f"{written[best]:.{digits}f}"
    return int(samples[best]), (text.rstrip("0").rstrip(".") if "." in text else text)


def _placed(texts: Sequence[Text], samples: int, n_records: int, room: int) -> dict[int, list[Text]] | None:
    """Put each text into the record of its time, or the next that has room; None if one finds none."""
    placed: dict[int, list[Text]] = {}
    record, left = 0, room
    for text in texts:
        own = min(text.sample // samples, n_records - 1)
        if own > record:
            record, left = own, room
        size = _size(text)
        if size > left:
            record, left = record + 1, room
            if record >= n_records:
                return None
        left -= size
        placed.setdefault(record, []).append(text)
    return placed


def _size(text: Text) -> int:
    return len(_content(text.text)) + 2 * _MAX_ONSET + 4


def _list(text: Text, fs_hz: float, fraction_s: float) -> bytes:
    onset = _plain(Decimal(round(text.sample / fs_hz + fraction_s, 6)))
    duration = f"\x15{_plain(Decimal(round(text.duration / fs_hz, 6)))}" if text.duration else ""
    return f"+{onset}{duration}\x14".encode() + _content(text.text) + b"\x14\0"


def _content(text: str) -> bytes:
    """Return a text without the bytes that part texts."""
    content = "".join(letter if letter >= " " else " " for letter in text).encode("utf-8", "replace")
    return content[:_MAX_TEXT].decode("utf-8", "ignore").encode()


def _plain(number: Decimal) -> str:
    text = f"{number:.6f}"
    return text.rstrip("0").rstrip(".")
