"""The rhythm network, computed with NumPy: a rhythm for every second, before TensorFlow has been imported.

The network is trained with Keras (`ecg_core.training.rhythm_fit`). Each lead passes through the same convolutions at
100, 50 and 25 Hz; each second of a lead becomes an embedding; leads are pooled under a mask of what is present, joined
by figures of the intervals between beats, and convolutions over seconds give the context of about 15 s to either side.
Batch normalisation is folded into the convolutions when the weights are written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array
from ecg_core.convolutions import convolve
from ecg_core.rhythm.network_input import RATE_HZ
from ecg_core.rhythm.rhythm_classes import RHYTHM_CLASSES

CONTEXT_S: Final = 20
"""Seconds to either side that a second's output depends on, at most."""

PIECE_S: Final = 300
"""Seconds computed at a time, besides the context: bounds the memory."""


@dataclass(frozen=True)
class RhythmNetwork:
    """Weights of the rhythm network.

    Attributes
    ----------
    spec : dict
        ``strides``, ``dilations`` of the convolutions over the signal, ``context_dilations`` of those over seconds.
    weights : dict of str to ndarray of float32
        ``signal_K``, ``context_K`` of shape (taps, inputs, outputs), ``lead``, ``intervals_embedding``, ``joined``,
        ``logits`` of shape (inputs, outputs), each with its ``..._bias``.
    """

    spec: dict[str, Any]
    weights: dict[str, Float32Array]

    def probabilities(
        self, wave: Float32Array, present: npt.NDArray[np.bool_], intervals: Float32Array
    ) -> Float32Array:
        """Return the probability of each rhythm in each second.

        Parameters
        ----------
        wave : ndarray of float32, shape (seconds * 100, leads)
            As :func:`~ecg_core.rhythm.network_input.network_input` returns it.
        present : ndarray of bool, shape (seconds, leads)
            Where a lead can be read.
        intervals : ndarray of float32, shape (seconds, features)
            As :func:`~ecg_core.rhythm.interval_summary.interval_summary` returns them.

        Returns
        -------
        ndarray of float32, shape (seconds, 8)
            In the order of `RHYTHM_CLASSES`; rows sum to one.
        """
        n_seconds = len(present)
        result = np.empty((n_seconds, len(RHYTHM_CLASSES)), dtype=np.float32)
        for start in range(0, n_seconds, PIECE_S):
            stop = min(start + PIECE_S, n_seconds)
            first, last = max(start - CONTEXT_S, 0), min(stop + CONTEXT_S, n_seconds)
            part = self._logits(wave[first * RATE_HZ : last * RATE_HZ], present[first:last], intervals[first:last])
            result[start:stop] = part[start - first : stop - first]
        result -= result.max(axis=1, keepdims=True)
        np.exp(result, out=result)
        result /= result.sum(axis=1, keepdims=True)
        return result

    def _logits(self, wave: Float32Array, present: npt.NDArray[np.bool_], intervals: Float32Array) -> Float32Array:
        mask = present.astype(np.float32)
        leads = [self._lead(np.ascontiguousarray(lead), len(present)) for lead in wave.T]
        embedded = np.stack(leads, axis=1) * mask[..., None]
        mean = embedded.sum(axis=1) / np.maximum(mask.sum(axis=1), 1.0)[:, None]
        rhythm = self._dense("intervals_embedding", intervals)
        x = np.concatenate([mean, embedded.max(axis=1), rhythm, mask.max(axis=1)[:, None]], axis=1)
        x = self._dense("joined", x)
        for index, dilation in enumerate(self.spec["context_dilations"], 1):
            x = x + self._convolution(f"context_{index}", x, 1, dilation)
        return np.asarray(x @ self.weights["logits"] + self.weights["logits_bias"], dtype=np.float32)

    def _lead(self, wave: Float32Array, n_seconds: int) -> Float32Array:
        x = wave[:, None]
        for index, (stride, dilation) in enumerate(zip(self.spec["strides"], self.spec["dilations"], strict=True), 1):
            y = self._convolution(f"signal_{index}", x, stride, dilation)
            x = x + y if y.shape == x.shape else y
        seconds = x.reshape(n_seconds, -1, x.shape[1])
        return self._dense("lead", np.concatenate([seconds.mean(axis=1), seconds.max(axis=1)], axis=1))

    def _dense(self, name: str, x: Float32Array) -> Float32Array:
        return np.maximum(x @ self.weights[name] + self.weights[f"{name}_bias"], np.float32(0))

    def _convolution(self, name: str, x: Float32Array, stride: int, dilation: int) -> Float32Array:
        return convolve(x, self.weights[name], self.weights[f"{name}_bias"], stride, dilation)
