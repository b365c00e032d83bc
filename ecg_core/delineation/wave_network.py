"""The delineation network, computed with NumPy: which wave each sample of each lead belongs to.

The network is trained with Keras (`ecg_core.training.wave_network`). It is a U-Net (Ronneberger et al. 2015,
doi:10.1007/978-3-319-24574-4_28) over one lead at 125 Hz, whose input channels are two successive samples at 250 Hz. At
the lowest rate each lead also sees mean and maximum of all leads that can be read, so that any number of leads in any
order can be delineated. Batch normalisation is folded into the convolutions when the weights are
written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ecg_core.arrays import BoolArray, Float32Array
from ecg_core.convolutions import convolve
from ecg_core.delineation.wave_input import channels

CLASSES: Final = ("none", "P", "QRS", "T")
CONTEXT_S: Final = 6
"""Seconds to either side that a sample's output depends on, at most."""


@dataclass(frozen=True)
class WaveNetwork:
    """Weights of the delineation network.

    Attributes
    ----------
    spec : dict
        ``levels``: number of rates; ``dilations`` at the lowest rate.
    weights : dict of str to ndarray of float32
        Kernels of shape (taps, inputs, outputs), each with its ``..._bias``.
    """

    spec: dict[str, Any]
    weights: dict[str, Float32Array]

    @property
    def multiple(self) -> int:
        """Samples that the length of the input must be a multiple of."""
        return int(2 ** self.spec["levels"])

    def complete(self) -> bool:
        """Tell whether the weights are those of the layers that the constants name."""
        try:
            levels, dilations = int(self.spec["levels"]), list(self.spec["dilations"])
            names = [f"down_{level}{part}" for level in range(levels) for part in ("", "_b")]
            names += [f"deep_{number}" for number in range(len(dilations))]
            names += ["shared", *(f"up_{level}" for level in range(levels - 1)), "logits"]
            return all(self.weights[name].shape[-1:] == self.weights[f"{name}_bias"].shape for name in names)
        except (KeyError, TypeError, ValueError):
            return False

    def probabilities(self, wave: Float32Array, readable: BoolArray) -> Float32Array:
        """Return the probability of each wave in each sample.

        Parameters
        ----------
        wave : ndarray of float32, shape (samples, leads)
            As :func:`~ecg_core.delineation.wave_input.wave_input` returns it.
        readable : ndarray of bool, shape (spans, leads)
            Where a lead can be read, in spans of equal length; elsewhere it tells the other leads nothing.

        Returns
        -------
        ndarray of float32, shape (samples, leads, 4)
            In the order of `CLASSES`; they sum to one.
        """
        n_samples, n_leads = wave.shape
        padded = np.pad(wave, ((0, -n_samples % self.multiple), (0, 0)))
        # A row for each class: NumPy finds the largest of four rows many times faster than that of four columns.
        result = np.empty((n_leads, len(CLASSES), n_samples), dtype=np.float32)
        leads = [self._down(channels(np.ascontiguousarray(lead))) for lead in padded.T]
        shared = _shared([lead[-1] for lead in leads], readable)
        for levels, of_lead in zip(leads, result, strict=True):
            of_lead[:] = self._up(levels, shared)[:n_samples].T
            of_lead -= of_lead.max(axis=0)
            np.exp(of_lead, out=of_lead)
            of_lead /= of_lead.sum(axis=0)
        return result.transpose(2, 0, 1)

    def _down(self, x: Float32Array) -> list[Float32Array]:
        """Return the features at each rate, that of the lowest last."""
        levels = []
        for level in range(self.spec["levels"]):
            x = self._convolution(f"down_{level}", x, stride=2 if level else 1)
            x = self._convolution(f"down_{level}_b", x)
            levels.append(x)
        for number, dilation in enumerate(self.spec["dilations"]):
            x = x + self._convolution(f"deep_{number}", x, dilation=dilation)
        return [*levels[:-1], x]

    def _up(self, levels: list[Float32Array], shared: Float32Array) -> Float32Array:
        x = self._convolution("shared", np.concatenate([levels[-1], shared], axis=1))
        for level in range(len(levels) - 2, -1, -1):
            x = self._convolution(f"up_{level}", np.concatenate([np.repeat(x, 2, axis=0), levels[level]], axis=1))
        x = x @ self.weights["logits"][0] + self.weights["logits_bias"]
        return np.asarray(x.reshape(-1, len(CLASSES)), dtype=np.float32)

    def _convolution(self, name: str, x: Float32Array, stride: int = 1, dilation: int = 1) -> Float32Array:
        return convolve(x, self.weights[name], self.weights[f"{name}_bias"], stride, dilation)


def _shared(features: list[Float32Array], readable: BoolArray) -> Float32Array:
    """Return mean and maximum of the leads' features at each step, of the leads that can be read there."""
    n_steps = len(features[0])
    at = np.minimum(np.arange(n_steps) * len(readable) // max(n_steps, 1), len(readable) - 1)
    weight = readable[at].astype(np.float32)
    total, most = np.zeros_like(features[0]), np.zeros_like(features[0])
    for number, lead in enumerate(features):
        seen = lead * weight[:, [number]]
        total += seen
        np.maximum(most, seen, out=most)
    return np.concatenate([total / np.maximum(weight.sum(axis=1, keepdims=True), 1), most], axis=1)
