"""Messages of a live stream, version 1: a JSON header, binary frames of samples, JSON answers (docs/live.md).

Nothing that arrives is trusted: sizes are checked before memory is reserved, texts are bounded, and whatever is wrong
becomes one sentence (`StreamError`).
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.errors import RecordingError
from ecg_core.recording import Lead
from ecg_core.texts import plain

VERSION: Final = 1
PATH: Final = "/api/live/stream"
"""Path of the server's WebSocket."""

ENCODINGS: Final = ("int16", "float32")
ABSENT: Final = -32768
"""Value of an int16 sample that is absent; NaN where samples are float32."""

MAX_LEADS: Final = 16
MIN_RATE_HZ: Final = 100.0
MAX_RATE_HZ: Final = 2000.0
MAX_HEADER_BYTES: Final = 16 * 1024
MAX_FRAME_BYTES: Final = 256 * 1024
MAX_FRAME_S: Final = 10.0
"""Longest time that the samples of one frame may span."""

_MAX_NAME: Final = 60
_LARGEST_MV: Final = 1e4
_MAX_INDEX: Final = 2**53
_FRAME: Final = struct.Struct("<IQ")
"""Sequence number and index of the first sample, little endian."""


class StreamError(RecordingError):
    """A message of a stream cannot be taken; the sentence says what was wrong."""


@dataclass(frozen=True)
class StreamHeader:
    """What a stream says of its samples before the first of them.

    Attributes
    ----------
    name : str
        A name for people; it must not say whose recording it is.
    fs_hz : float
        Samples per second and lead.
    leads : tuple of Lead
    encoding : {"int16", "float32"}
    lsb_mv : tuple of float, length leads
        Millivolts of one count where samples are int16; 1 where they are float32 in mV.
    synthetic : bool
        True for generated signal.
    resume : str or None
        Id of the stream that goes on after its connection broke off.
    """

    name: str
    fs_hz: float
    leads: tuple[Lead, ...]
    encoding: str = "float32"
    lsb_mv: tuple[float, ...] = ()
    synthetic: bool = False
    resume: str | None = None

    @property
    def sample_bytes(self) -> int:
        """Bytes of one sample of all leads."""
        return len(self.leads) * (2 if self.encoding == "int16" else 4)

    def fits(self, other: StreamHeader) -> bool:
        """Tell whether samples of another header can follow those of this one."""
        return (self.fs_hz, self.leads, self.synthetic) == (other.fs_hz, other.leads, other.synthetic)


@dataclass(frozen=True)
class Frame:
    """Consecutive samples of all leads.

    Attributes
    ----------
    sequence : int
        Counts the frames of a connection from 0.
    first_sample : int
        Index of the first sample in the stream.
    signal_mv : ndarray of float32, shape (samples, leads)
        NaN where absent.
    """

    sequence: int
    first_sample: int
    signal_mv: npt.NDArray[np.float32]


def parse_header(text: str) -> StreamHeader:
    """Read the first message of a stream.

    Parameters
    ----------
    text : str
        JSON as docs/live.md describes it.

    Returns
    -------
    StreamHeader

    Raises
    ------
    StreamError
        If it is no header, or asks for more than a stream may have.
    """
    if len(text) > MAX_HEADER_BYTES:
        raise StreamError(f"The header of a stream may have {MAX_HEADER_BYTES // 1024} KiB; this one is longer.")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise StreamError("The first message of a stream must be its header in JSON; this is not JSON.") from None
    if not isinstance(given, dict):
        raise StreamError("The header of a stream must be a JSON object.")
    if given.get("protocol") != VERSION:
        raise StreamError(f"This server understands protocol {VERSION}; the header must say so in `protocol`.")
    fs_hz = _number(given, "fs_hz", MIN_RATE_HZ, MAX_RATE_HZ)
    leads = _leads(given.get("leads"))
    encoding = given.get("encoding")
    if encoding not in ENCODINGS:
        raise StreamError("The header's `encoding` must be int16 or float32.")
    resume = given.get("resume")
    if resume is not None and not (isinstance(resume, str) and len(resume) <= _MAX_NAME):
        raise StreamError("The header's `resume` must be the id of a stream.")
    name = given.get("name", "")
    if not isinstance(name, str):
        raise StreamError("The header's `name` must be a text.")
    return StreamHeader(
        name=" ".join(plain(name, _MAX_NAME).split()) or "stream",
        fs_hz=fs_hz,
        leads=leads,
        encoding=encoding,
        lsb_mv=_steps(given.get("lsb_mv"), len(leads)) if encoding == "int16" else (1.0,) * len(leads),
        synthetic=given.get("synthetic") is True,
        resume=resume,
    )


def header_text(header: StreamHeader) -> str:
    """Return a header as `parse_header` reads it."""
    return json.dumps(
        {
            "protocol": VERSION,
            "name": header.name,
            "fs_hz": header.fs_hz,
            "leads": [{"name": lead.name, "calibrated": lead.calibrated} for lead in header.leads],
            "encoding": header.encoding,
            "synthetic": header.synthetic,
            **({"lsb_mv": list(header.lsb_mv)} if header.encoding == "int16" else {}),
            **({"resume": header.resume} if header.resume else {}),
        }
    )


def parse_frame(content: bytes, header: StreamHeader) -> Frame:
    """Read a binary message.

    Parameters
    ----------
    content : bytes
        Sequence number (uint32), index of the first sample (uint64), then samples in order of time, those of all
        leads together; all little endian.
    header : StreamHeader
        The stream's header.

    Returns
    -------
    Frame

    Raises
    ------
    StreamError
        If it is no frame of this stream.
    """
    if len(content) > MAX_FRAME_BYTES:
        raise StreamError(f"A frame may have {MAX_FRAME_BYTES // 1024} KiB; this one has {len(content) // 1024}.")
    body = len(content) - _FRAME.size
    if body < header.sample_bytes or body % header.sample_bytes:
        raise StreamError(
            f"A frame must hold {_FRAME.size} bytes and whole samples of {header.sample_bytes} bytes; "
            f"this one has {len(content)} bytes."
        )
    n_samples = body // header.sample_bytes
    if n_samples > MAX_FRAME_S * header.fs_hz:
        raise StreamError(f"A frame may span {MAX_FRAME_S:g} s; this one has {n_samples / header.fs_hz:.1f} s.")
    sequence, first_sample = _FRAME.unpack_from(content)
    if first_sample > _MAX_INDEX:
        raise StreamError(f"A frame's first sample may be at most 2^53; this one is {first_sample}.")
    dtype = "<i2" if header.encoding == "int16" else "<f4"
    values = np.frombuffer(content, dtype, offset=_FRAME.size).reshape(n_samples, len(header.leads))
    signal_mv = values.astype(np.float32)
    if header.encoding == "int16":
        signal_mv *= np.array(header.lsb_mv, dtype=np.float32)
        signal_mv[values == ABSENT] = np.nan
    else:
        with np.errstate(invalid="ignore"):
            signal_mv[~(np.abs(signal_mv) <= _LARGEST_MV)] = np.nan  # infinite, or no voltage of a heart
    return Frame(sequence, first_sample, signal_mv)


def frame_bytes(frame: Frame, header: StreamHeader) -> bytes:
    """Return a frame as `parse_frame` reads it.

    Parameters
    ----------
    frame : Frame
        The samples.
    header : StreamHeader
        The stream's header.

    Returns
    -------
    bytes
    """
    if header.encoding == "int16":
        counts = frame.signal_mv / np.array(header.lsb_mv, dtype=np.float32)
        counts = np.clip(np.rint(counts), ABSENT + 1, -ABSENT - 1)
        body = np.where(np.isfinite(counts), counts, ABSENT).astype("<i2").tobytes()
    else:
        body = frame.signal_mv.astype("<f4").tobytes()
    return _FRAME.pack(frame.sequence & 0xFFFFFFFF, frame.first_sample) + body


def _number(given: dict[str, Any], name: str, least: float, most: float) -> float:
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise StreamError(f"The header's `{name}` must be a number from {least:g} to {most:g}.")
    return float(value)


def _leads(given: Any) -> tuple[Lead, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_LEADS:
        raise StreamError(f"The header's `leads` must list 1 to {MAX_LEADS} leads.")
    leads = []
    for each in given:
        name = each.get("name") if isinstance(each, dict) else None
        if not isinstance(name, str) or not name.strip():
            raise StreamError("Each of the header's `leads` must be an object with a `name`.")
        leads.append(Lead(" ".join(plain(name, _MAX_NAME).split()), calibrated=each.get("calibrated", True) is True))
    if len({lead.name for lead in leads}) < len(leads):
        raise StreamError("The header's `leads` must have different names.")
    return tuple(leads)


def _steps(given: Any, n_leads: int) -> tuple[float, ...]:
    steps: Sequence[Any] = given if isinstance(given, list) else ()
    usable = len(steps) == n_leads and all(
        isinstance(step, int | float) and not isinstance(step, bool) and math.isfinite(step) and 0 < step <= 1
        for step in steps
    )
    if not usable:
        raise StreamError(
            "The header's `lsb_mv` must give the millivolts of one count for each lead, above 0, up to 1."
        )
    return tuple(float(step) for step in steps)
