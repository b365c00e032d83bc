"""Binary response format: a JSON header followed by little-endian arrays that the browser maps without copying.

``uint32`` length H of the header (little-endian), H bytes of UTF-8 JSON ``{"meta": ..., "arrays": ...}`` padded with
spaces so that the data begins at a multiple of 8, then each array, C-contiguous and little-endian, padded to a
multiple of 8. An array's entry is ``{"dtype", "shape", "offset", "bytes"}``, the offset counted from the begin of the
data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

DTYPES: Final = frozenset({"int8", "uint8", "int16", "uint16", "int32", "float32", "float64"})
"""Types for which a browser has a typed array."""

_ALIGNMENT: Final = 8
_OPTIONS: Final = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


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


def json_bytes(value: Any) -> bytes:
    """Serialise JSON; NumPy's and pandas' values as JSON's, what is absent or not finite as null.

    Parameters
    ----------
    value : object
        Halves of surrogate pairs in texts, which UTF-8 cannot hold, become question marks. Fragments of
        `json_fragment` are inserted as they are.

    Raises
    ------
    TypeError
        If something in it has no counterpart in JSON; dataclasses and times are refused too, so that nothing is sent
        by accident.
    """
    try:
        return orjson.dumps(value, default=_plain, option=_OPTIONS)
    except TypeError:
        return orjson.dumps(_without_surrogates(value), default=_plain, option=_OPTIONS)


def json_fragment(value: Any) -> orjson.Fragment:
    """Serialise what will be part of other JSON, for content that is sent repeatedly."""
    return orjson.Fragment(json_bytes(value))


def _plain(value: Any) -> Any:
    """Return what JSON has in the place of a value that orjson does not know."""
    if value is pd.NA:
        return None
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    if isinstance(value, tuple):  # one with names
        return list(value)
    raise TypeError(f"{type(value).__name__} has no counterpart in JSON.")


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_without_surrogates(str(key)): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_surrogates(item) for item in value]
    return value
