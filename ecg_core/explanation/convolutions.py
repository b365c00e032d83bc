"""Grad-CAM on the last convolution of a textbook network, and where on its input each place of it lies.

Selvaraju et al. 2017, doi:10.1109/ICCV.2017.74. Departure: the gradient is not averaged over the places of the
convolution before it weighs them (HiResCAM, Draelos & Carin 2020, arXiv:2011.08891). These networks flatten what
they convolve, so that what follows weighs each place by itself; averaged gradients would point at places that the
network ignores. Where pooling over all places follows instead, both are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ecg_core.classification.device import tensorflow
from ecg_core.textbook.inputs import Arrays
from ecg_core.textbook.model import TextbookModel

if TYPE_CHECKING:
    import keras

_CONVOLUTIONS: Final = frozenset({"Conv1D", "Conv2D", "SeparableConv1D", "SeparableConv2D"})
_POOLINGS: Final = frozenset({"MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D"})
_KEPT: Final = 16
_graphs: dict[str, keras.Model] = {}


def last_convolution(network: keras.Model) -> keras.Layer | None:
    """Return the last convolution, also one applied to each part of the input in turn; None if there is none.

    Convolutions over a sequence of embedded beats (depthwise ones) do not look at the waveform and do not count.
    """
    found = [layer for layer in network.layers if type(_inner(layer)).__name__ in _CONVOLUTIONS]
    return found[-1] if found else None


def contributions(
    model: TextbookModel, arrays: Arrays, output: int, sign: float = 1.0
) -> tuple[npt.NDArray[np.float32], list[npt.NDArray[np.float64]]]:
    """Weigh the activations of the last convolution by the gradient of an output.

    Parameters
    ----------
    model : TextbookModel
        A network with a convolution.
    arrays : dict of str to ndarray
        The inputs of one beat, first axis of length 1.
    output : int
        Which of the network's outputs.
    sign : float
        -1 for what speaks against it.

    Returns
    -------
    values : ndarray of float32, shape (places,) or (places, places)
        What each place adds to the output, negative where it speaks against it. Where nothing but one dense layer
        follows, they sum to the output without its bias.
    centres : list of ndarray
        For each axis of `values`, the middle of what a place sees, in samples of the input from its first.
    """
    tf = tensorflow()
    layer = last_convolution(model.network)
    if layer is None:
        raise ValueError(f"{model.name} has no convolution.")
    graph = _graph(model, layer)
    with tf.GradientTape() as tape:
        activations, outputs = graph([arrays[tensor.name] for tensor in graph.inputs], training=False)
        chosen = sign * outputs[:, output]
    gradients = tape.gradient(chosen, activations)
    values = np.asarray((gradients * activations).numpy().sum(axis=-1)[0], dtype=np.float32)
    in_parts = type(layer).__name__ == "TimeDistributed"
    n_axes = values.ndim - in_parts
    centres = [_centres(model.network, layer, axis, values.shape[axis + in_parts]) for axis in range(n_axes)]
    if in_parts:
        # Parts stand one after another on the input's only axis.
        length = model.network.inputs[0].shape[1] // len(values)
        centres = [(np.arange(len(values))[:, None] * length + centres[0][None]).ravel()]
        values = values.ravel()
    return values, centres


def _centres(network: keras.Model, last: keras.Layer, axis: int, n_places: int) -> npt.NDArray[np.float64]:
    """Follow strides and borders along the chain of layers up to `last`."""
    first, step = 0.0, 1
    for layer in _up_to(network, last):
        inner, wrapped = _inner(layer), layer is not _inner(layer)
        name = type(inner).__name__
        if name == "Reshape":
            first, step = 0.0, 1  # the input is cut into parts, and each begins anew
        if name not in _CONVOLUTIONS | _POOLINGS:
            continue
        convolves = name in _CONVOLUTIONS
        width = (inner.kernel_size if convolves else inner.pool_size)[axis]
        reach = (width - 1) * (inner.dilation_rate[axis] if convolves else 1)
        stride = inner.strides[axis]
        before = 0
        if inner.padding == "same":  # as many zeros, half of them before, as make ceil(length / stride) places
            length = layer.input.shape[1 + wrapped + axis]
            before = max((-(-length // stride) - 1) * stride + reach + 1 - length, 0) // 2
        first += step * (reach / 2 - before)
        step *= stride
    return np.asarray(first + step * np.arange(n_places), dtype=np.float64)


def _up_to(network: keras.Model, last: keras.Layer) -> Iterator[keras.Layer]:
    for layer in network.layers:
        yield layer
        if layer is last:
            return


def _inner(layer: keras.Layer) -> keras.Layer:
    """Return the layer that is applied to each part, or the layer itself."""
    return layer.layer if type(layer).__name__ == "TimeDistributed" else layer


def _graph(model: TextbookModel, layer: keras.Layer) -> keras.Model:
    """Return the network with the convolution's activations as a further output; the last few are kept."""
    if model.sha256 not in _graphs:
        import keras

        while len(_graphs) >= _KEPT:
            _graphs.pop(next(iter(_graphs)), None)
        network = model.network
        if isinstance(network, keras.Sequential):
            # Its layers may have been called more than once while it was built; `layer.output` is of the first call.
            first = network.inputs[0]
            kept = x = start = keras.Input(first.shape[1:], name=first.name)
            for step in network.layers:
                x = step(x)
                kept = x if step is layer else kept
            _graphs[model.sha256] = keras.Model([start], [kept, x])
        else:
            _graphs[model.sha256] = keras.Model(network.inputs, [layer.output, *network.outputs])
    return _graphs[model.sha256]
