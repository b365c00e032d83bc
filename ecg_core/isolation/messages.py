"""Messages between the server and its reader processes: JSON and raw arrays, never pickles.

A message is a frame of two lengths (JSON, arrays; both unsigned 64-bit, network order), the JSON text, and the bytes of
the arrays one after the other. A reader may have been taken over by a hostile file, so only the data classes of
`CLASSES` are built from what it sends, and no more bytes are accepted than the receiver allows.
"""

from __future__ import annotations

import json
import math
import socket
import struct
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.formats.common.channels import ChannelView
from ecg_core.formats.tables.layout import TableLayout
from ecg_core.formats.tables.view import ColumnView, TableView
from ecg_core.recording import Annotations, Identity, Lead

CLASSES: Final[dict[str, type]] = {
    one.__name__: one for one in (Annotations, ChannelView, ColumnView, Identity, Lead, TableLayout, TableView)
}
"""Data classes that a message may hold, by name."""

MAX_JSON_BYTES: Final = 256 << 20
_HEAD: Final = struct.Struct("!QQ")
_ARRAY_KINDS: Final = "biufU"
_TAG: Final = "$"


class BrokenMessageError(ValueError):
    """A message does not follow the format, or is larger than the receiver allows."""


def send(to: socket.socket, message: Any) -> None:
    """Send a message.

    Parameters
    ----------
    to : socket
        Stream socket.
    message : object
        None, bool, int, float, str, tuple, list, dict with str keys, Path, dates and times, ndarray, and instances of
        `CLASSES`, nested at will.
    """
    arrays: list[npt.NDArray[Any]] = []
    text = json.dumps(_encoded(message, arrays), ensure_ascii=False).encode("utf-8", errors="surrogatepass")
    to.sendall(_HEAD.pack(len(text), sum(array.nbytes for array in arrays)) + text)
    for array in arrays:
        if array.nbytes:
            to.sendall(array.view(np.uint8).data if array.ndim and array.dtype.kind != "U" else array.tobytes())


def receive(of: socket.socket, max_array_bytes: int) -> Any:
    """Receive a message; sequences arrive as tuples.

    Parameters
    ----------
    of : socket
        Stream socket.
    max_array_bytes : int
        Largest total size of the arrays that is accepted.

    Returns
    -------
    object

    Raises
    ------
    EOFError
        If the other side has closed the connection.
    BrokenMessageError
        If the message is damaged or too large.
    TimeoutError
        If nothing came within the socket's timeout.
    """
    n_text, n_arrays = _HEAD.unpack(_exactly(of, bytearray(_HEAD.size)))
    if n_text > MAX_JSON_BYTES or n_arrays > max_array_bytes:
        raise BrokenMessageError(f"a message of {n_text + n_arrays} bytes")
    text = _exactly(of, bytearray(n_text))
    content = _exactly(of, np.empty(n_arrays, dtype=np.uint8))
    try:
        return _decoded(json.loads(text.decode("utf-8", errors="surrogatepass")), content)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BrokenMessageError("a damaged message") from error


def _exactly(of: socket.socket, buffer: Any) -> Any:
    view = memoryview(buffer).cast("B")
    position = 0
    while position < len(view):
        n_received = of.recv_into(view[position:])
        if not n_received:
            raise EOFError
        position += n_received
    return buffer


def _encoded(value: Any, arrays: list[npt.NDArray[Any]]) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value)
    if isinstance(value, list | tuple):
        return [_encoded(each, arrays) for each in value]
    if isinstance(value, dict):
        return {_TAG: "dict", "items": [[key, _encoded(each, arrays)] for key, each in value.items()]}
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in _ARRAY_KINDS:
            raise TypeError(f"arrays of {value.dtype} are not sent")
        begin = sum(array.nbytes for array in arrays)
        arrays.append(np.ascontiguousarray(value))
        return {_TAG: "array", "dtype": value.dtype.str, "shape": list(value.shape), "begin": begin}
    if isinstance(value, Path):
        return {_TAG: "path", "text": str(value)}
    for kind in (datetime, date, time):  # a datetime is a date
        if isinstance(value, kind):
            return {_TAG: kind.__name__, "text": value.isoformat()}
    if is_dataclass(value) and type(value).__name__ in CLASSES:
        held = {one.name: _encoded(getattr(value, one.name), arrays) for one in fields(value)}
        return {_TAG: type(value).__name__, "fields": held}
    raise TypeError(f"{type(value).__name__} is not sent")


def _decoded(value: Any, content: npt.NDArray[np.uint8]) -> Any:
    if isinstance(value, list):
        return tuple(_decoded(each, content) for each in value)
    if not isinstance(value, dict):
        return value
    match value[_TAG]:
        case "dict":
            return {str(key): _decoded(each, content) for key, each in value["items"]}
        case "array":
            return _array(value, content)
        case "path":
            return Path(value["text"])
        case "datetime":
            return datetime.fromisoformat(value["text"])
        case "date":
            return date.fromisoformat(value["text"])
        case "time":
            return time.fromisoformat(value["text"])
        case name:
            return CLASSES[name](**{str(key): _decoded(each, content) for key, each in value["fields"].items()})


def _array(value: dict[str, Any], content: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    dtype, shape, begin = np.dtype(str(value["dtype"])), tuple(map(int, value["shape"])), int(value["begin"])
    n_bytes = math.prod(shape) * dtype.itemsize
    if dtype.kind not in _ARRAY_KINDS or min(shape, default=0) < 0 or not 0 <= begin <= begin + n_bytes <= len(content):
        raise BrokenMessageError("an array outside its message")
    held = content if n_bytes == len(content) else content[begin : begin + n_bytes].copy()  # aligned, and no more held
    return held.view(dtype).reshape(shape)
