"""The delineation network in Keras: a U-Net over each lead, whose deepest features all leads share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ecg_core.delineation.wave_network import WaveNetwork

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class WaveNetworkSpec:
    """Dimensions of the delineation network.

    Attributes
    ----------
    widths : tuple of int
        Channels at 125 Hz and at each halved rate.
    kernel : int
        Taps of the convolutions on the way down; those on the way up have three.
    dilations : tuple of int
        Of the convolutions at the lowest rate.
    """

    widths: tuple[int, ...] = (16, 24, 32, 48, 64)
    kernel: int = 5
    dilations: tuple[int, ...] = (1, 2, 4)


def build_wave_network(spec: WaveNetworkSpec, n_leads: int, n_steps: int) -> keras.Model:
    """Return the network: ``(batch, leads, steps, 4)`` and ``(batch, leads, 1, 1)`` to logits.

    Parameters
    ----------
    spec : WaveNetworkSpec
        Dimensions.
    n_leads, n_steps : int
        Leads, and steps of two samples.

    Returns
    -------
    keras.Model
        Its output is ``(batch, leads, 2 * steps, 4)``.
    """
    import keras
    from keras import layers, ops

    wave = keras.Input((n_leads, n_steps, 4), name="wave")
    present = keras.Input((n_leads, 1, 1), name="present")

    def convolution(x: Any, name: str, width: int, taps: int, stride: int = 1, dilation: int = 1) -> Any:
        x = layers.Conv2D(
            width,
            (1, taps),
            strides=(1, stride),
            dilation_rate=(1, dilation),
            padding="same",
            use_bias=False,
            name=name,
        )(x)
        x = layers.BatchNormalization(momentum=0.95, epsilon=1e-3, name=f"{name}_norm")(x)
        return layers.Activation("relu")(x)

    x = convolution(wave, "down_0", spec.widths[0], 7)
    x = convolution(x, "down_0_b", spec.widths[0], spec.kernel)
    skips = []
    for level, width in enumerate(spec.widths[1:], 1):
        skips.append(x)
        x = convolution(x, f"down_{level}", width, spec.kernel, stride=2)
        x = convolution(x, f"down_{level}_b", width, spec.kernel)
    for number, dilation in enumerate(spec.dilations):
        x = layers.Add()([x, convolution(x, f"deep_{number}", spec.widths[-1], 3, dilation=dilation)])
    n_present = ops.maximum(ops.sum(present, axis=1, keepdims=True), 1.0)
    mean = ops.sum(x * present, axis=1, keepdims=True) / n_present
    most = ops.max(x * present, axis=1, keepdims=True)  # features are not negative
    shared = ops.repeat(ops.concatenate([mean, most], axis=-1), n_leads, axis=1)
    x = ops.concatenate([x, shared], axis=-1)
    x = convolution(x, "shared", spec.widths[-1], 1)
    for level in range(len(spec.widths) - 2, -1, -1):
        x = ops.repeat(x, 2, axis=2)
        x = ops.concatenate([x, skips[level]], axis=-1)
        x = convolution(x, f"up_{level}", spec.widths[level], 3)
    x = layers.Conv2D(8, 1, name="logits")(x)
    x = ops.reshape(x, (-1, n_leads, 2 * n_steps, 4))
    return keras.Model([wave, present], x, name="wave_network")


def exported(network: keras.Model, spec: WaveNetworkSpec) -> WaveNetwork:
    """Return the network for NumPy, with batch normalisation folded into the convolutions before it.

    Parameters
    ----------
    network : keras.Model
        Trained network.
    spec : WaveNetworkSpec
        Dimensions it was built from.

    Returns
    -------
    WaveNetwork
    """
    weights = {}
    for layer in network.layers:
        if layer.name == "logits":
            kernel, bias = layer.get_weights()
            weights["logits"], weights["logits_bias"] = kernel[0].astype(np.float32), bias.astype(np.float32)
        elif layer.name.endswith("_norm"):
            name = layer.name.removesuffix("_norm")
            (kernel,) = network.get_layer(name).get_weights()
            gamma, beta, mean, variance = layer.get_weights()
            scale = gamma / np.sqrt(variance + layer.epsilon)
            weights[name] = (kernel[0] * scale).astype(np.float32)
            weights[f"{name}_bias"] = (beta - mean * scale).astype(np.float32)
    return WaveNetwork({"levels": len(spec.widths), "dilations": list(spec.dilations)}, weights)
