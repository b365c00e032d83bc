"""One-dimensional convolutions of networks that NumPy computes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ecg_core.arrays import Float32Array

ROWS: Final = 1024
"""Rows that are computed at a time: their columns fit the processor's cache."""


def convolve(
    x: Float32Array, kernel: Float32Array, bias: Float32Array, stride: int = 1, dilation: int = 1
) -> Float32Array:
    """Convolve with zeros beyond the ends, as Keras' padding "same" places them, add the bias and rectify.

    Parameters
    ----------
    x : ndarray of float32, shape (steps, inputs)
        Features.
    kernel : ndarray of float32, shape (taps, inputs, outputs)
        Weights.
    bias : ndarray of float32, shape (outputs,)
        Added to each step.
    stride : int
        Steps between outputs.
    dilation : int
        Steps between taps.

    Returns
    -------
    ndarray of float32, shape (ceil(steps / stride), outputs)
    """
    taps, n_inputs, n_outputs = kernel.shape
    n_out = -(-len(x) // stride)
    reach = (taps - 1) * dilation
    missing = max((n_out - 1) * stride + reach + 1 - len(x), 0)
    padded = np.ascontiguousarray(np.pad(x, ((missing // 2, missing - missing // 2), (0, 0))))
    step, item = padded.strides
    # The inputs of a step lie side by side, so that each tap is copied as a whole.
    windows = as_strided(padded, (n_out, taps, n_inputs), (stride * step, dilation * step, item), writeable=False)
    flat = np.ascontiguousarray(kernel.reshape(taps * n_inputs, n_outputs))
    result = np.empty((n_out, n_outputs), dtype=np.float32)
    columns = np.empty((min(ROWS, max(n_out, 1)), taps, n_inputs), dtype=np.float32)
    for start in range(0, n_out, ROWS):
        stop = min(start + ROWS, n_out)
        part = columns[: stop - start]
        np.copyto(part, windows[start:stop])
        np.matmul(part.reshape(stop - start, taps * n_inputs), flat, out=result[start:stop])
    result += bias
    return np.maximum(result, np.float32(0), out=result)
