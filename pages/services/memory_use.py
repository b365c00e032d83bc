"""Memory held by an object: arrays, tables, and the program's own objects and readers."""

from __future__ import annotations

import mmap
import sys
from collections import deque
from functools import partial
from types import FunctionType, MethodType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

_OWN: Final = ("ecg_core", "pages")
_SAMPLED: Final = 64
"""Of a longer container of small things so many are measured, and the rest taken to be like them."""


def size_of(*objects: object) -> int:
    """Return how many bytes objects hold, each part counted once.

    Followed are containers, arrays (as the whole buffer that a view keeps alive), tables, the attributes of objects of
    this program, and what functions enclose. Memory-mapped files count nothing, nor do objects of other packages,
    which are shared.
    """
    total = 0
    counted: set[int] = set()
    left: deque[tuple[object, float]] = deque((one, 1.0) for one in objects)
    while left:
        one, times = left.pop()
        if one is None or isinstance(one, bool | int | float | type):
            continue
        one = _owner(one) if isinstance(one, np.ndarray) else one
        if id(one) in counted:
            continue
        counted.add(id(one))
        n_bytes, parts = _measured(one)
        total += round(times * n_bytes)
        shown = parts if len(parts) <= _SAMPLED else parts[:: len(parts) // _SAMPLED]
        left.extend((part, times * len(parts) / len(shown)) for part in shown)
    return total


def _measured(one: object) -> tuple[int, list[Any]]:
    """Return the bytes of an object itself, and its parts."""
    if isinstance(one, mmap.mmap):
        return 0, []
    if isinstance(one, np.ndarray):
        return one.nbytes, []
    if isinstance(one, pd.DataFrame):
        return int(one.memory_usage(deep=False).sum()), []
    if isinstance(one, pd.Series):
        return int(one.memory_usage(deep=False)), []
    if isinstance(one, dict):
        return sys.getsizeof(one), [*one.keys(), *one.values()]
    if isinstance(one, list | tuple | set | frozenset | deque):
        return sys.getsizeof(one), list(one)
    if isinstance(one, FunctionType):
        return 0, [cell.cell_contents for cell in one.__closure__ or () if _is_filled(cell)]
    if isinstance(one, MethodType):
        return 0, [one.__self__]
    if isinstance(one, partial):
        return 0, [one.func, *one.args, *one.keywords.values()]
    if type(one).__module__.partition(".")[0] in _OWN:
        slots = [getattr(one, name, None) for name in getattr(type(one), "__slots__", ())]
        return sys.getsizeof(one), [*getattr(one, "__dict__", {}).values(), *slots]
    return sys.getsizeof(one) if isinstance(one, str | bytes | bytearray) else 0, []


def _owner(array: npt.NDArray[Any]) -> object:
    """Return what holds an array's memory: itself, the array it is a view of, or the file it is mapped from."""
    one: object = array
    while isinstance(one, np.ndarray) and one.base is not None:
        one = one.base
    return one if isinstance(one, np.ndarray | mmap.mmap) else array


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False
