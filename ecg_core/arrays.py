"""Types of arrays, by their dtype. Shapes and units stand in the docstrings of what takes or returns them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

AnyArray = npt.NDArray[Any]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.floating[Any]]
Float16Array = npt.NDArray[np.float16]
Float32Array = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]
Int16Array = npt.NDArray[np.int16]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]
UInt8Array = npt.NDArray[np.uint8]


def nan_median(values: npt.NDArray[np.floating]) -> Float64Array:
    """Return the median along the first axis without NaN; NaN, and no warning, where nothing else is there."""
    ordered = np.sort(values, axis=0)  # NaN come last
    count = len(values) - np.isnan(values).sum(axis=0)
    lower, upper = (
        np.take_along_axis(ordered, at[None], axis=0)[0]
        for at in (np.maximum(count - 1, 0) // 2, np.minimum(count // 2, len(values) - 1))
    )
    return np.asarray((lower + upper) / 2, dtype=np.float64)
