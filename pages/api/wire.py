"""Binary response format: a JSON header followed by little-endian arrays that the browser maps without copying.

``uint32`` length H of the header (little-endian), H bytes of UTF-8 JSON ``{"meta": ..., "arrays": ...}`` padded with
spaces so that the data begins at a multiple of 8, then each array, C-contiguous and little-endian, padded to a
multiple of 8. An array's entry is ``{"dtype", "shape", "offset", "bytes"}``, the offset counted from the begin of the
data.
"""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

DTYPES: Final = frozenset({"int8", "uint8", "int16", "uint16", "int32", "float32", "float64"})
"""What a browser has a typed array for."""

_ALIGNMENT: Final = 8


def pack(meta: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Serialise arrays with a JSON header.

    Parameters
    ----------
    meta : mapping
        JSON-able; what is not finite becomes null.
    arrays : mapping of str to ndarray
        Of the types in `DTYPES`; their order is kept.

    Raises
    ------
    ValueError
        If an array has another type.
    """
    entries: dict[str, dict[str, Any]] = {}
    parts: list[bytes] = []
    offset = 0
    for name, array in arrays.items():
        if array.dtype.name not in DTYPES:
            raise ValueError(f"Arrays of {array.dtype.name} do not travel.")
        data = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
        entries[name] = {
            "dtype": array.dtype.name,
            "shape": list(array.shape),
            "offset": offset,
            "bytes": len(data),
        }
        data += b"\0" * (-len(data) % _ALIGNMENT)
        parts.append(data)
        offset += len(data)
    header = json_bytes({"meta": meta, "arrays": entries})
    header += b" " * (-(len(header) + 4) % _ALIGNMENT)
    return b"".join([len(header).to_bytes(4, "little"), header, *parts])


@dataclass(frozen=True)
class Written:
    """Serialised JSON fragment, for content that is sent repeatedly.

    Attributes
    ----------
    json : str
    """

    json: str


def json_bytes(value: Any) -> bytes:
    """Write JSON; NumPy's and pandas' values as JSON's, what is absent or not finite as null."""
    written: dict[str, str] = {}
    text = _text(_plain(value, written))
    # Each stands in the text as a string that nobody who is asked for texts can know.
    for place, json_text in written.items():
        text = text.replace(f'"{place}"', json_text)
    return text.encode("utf-8", "replace")


def write_once(value: Any) -> Written:
    """Write JSON that will be part of other JSON."""
    return Written(_text(_plain(value, {})))


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _plain(value: Any, written: dict[str, str]) -> Any:
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, Written):
        place = secrets.token_hex(16)
        written[place] = value.json
        return place
    if isinstance(value, Mapping):
        return {str(key): _plain(item, written) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist(), written)
    if isinstance(value, list | tuple):
        return [_plain(item, written) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value
