"""From a trained Keras rhythm network to the arrays that `ecg_core.rhythm.rhythm_network` computes with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ecg_core.rhythm.rhythm_network import RhythmNetwork

if TYPE_CHECKING:
    import keras

    from ecg_core.training.rhythm_fit import RhythmNetworkSpec


def exported(network: keras.Model, spec: RhythmNetworkSpec) -> RhythmNetwork:
    """Return the network for NumPy, with batch normalisation folded into the convolutions before it.

    Parameters
    ----------
    network : keras.Model
        Trained network.
    spec : RhythmNetworkSpec
        Dimensions it was built from.

    Returns
    -------
    RhythmNetwork
    """
    weights: dict[str, npt.NDArray[np.float32]] = {}
    for kind, n_layers in (("signal", len(spec.filters)), ("context", len(spec.context_dilations))):
        for index in range(1, n_layers + 1):
            name = f"{kind}_{index}"
            kernel, bias = (np.asarray(part) for part in network.get_layer(name).get_weights())
            gamma, beta, mean, variance = network.get_layer(f"{kind}_norm_{index}").get_weights()
            scale = gamma / np.sqrt(variance + network.get_layer(f"{kind}_norm_{index}").epsilon)
            weights[name] = (kernel.reshape(kernel.shape[-3:]) * scale).astype(np.float32)
            weights[f"{name}_bias"] = ((bias - mean) * scale + beta).astype(np.float32)
    for name in ("lead", "intervals_embedding", "joined", "logits"):
        kernel, bias = network.get_layer(name).get_weights()
        weights[name], weights[f"{name}_bias"] = kernel.astype(np.float32), bias.astype(np.float32)
    return RhythmNetwork(constants(spec), weights)


def constants(spec: RhythmNetworkSpec) -> dict[str, Any]:
    """Return the numbers of a network that its weights do not tell, for the card."""
    return {
        "strides": list(spec.strides),
        "dilations": list(spec.dilations),
        "context_dilations": list(spec.context_dilations),
    }
