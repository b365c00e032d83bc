"""Sanity checks of saliency maps by randomisation of the network's weights.

Adebayo et al. 2018, "Sanity checks for saliency maps", arXiv:1810.03292: the weights are drawn anew layer by layer from
the output towards the input (cascading), and each time the map is compared with the one of the trained network. A map
that stays shows the signal's edges and not the network's reasons.

Two rank correlations (Spearman) are given, as there: of the signed values, and of their sizes. Where a value is a
difference to the dominant beat times a weight, sizes stay alike even when the weights are noise, since the difference
stays; the signed values must vanish.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from ecg_core.arrays import Float32Array
from ecg_core.classification.model import BeatModel

if TYPE_CHECKING:
    import keras

DRAWS: Final = 3
_NORMALISATIONS: Final = ("LayerNormalization", "BatchNormalization", "GroupNormalization")

Maps = Callable[[BeatModel], Float32Array]
"""Maps the same beats with a model: signed values, shape (beats, leads, samples)."""


@dataclass(frozen=True)
class Randomised:
    """What is left of the maps after a layer, and all layers behind it, were drawn anew.

    Attributes
    ----------
    layer : str
    signed, size : ndarray, shape (draws, beats)
        Rank correlation with the trained network's values, and of their sizes.
    """

    layer: str
    signed: npt.NDArray[np.float64]
    size: npt.NDArray[np.float64]


def cascade(
    model: BeatModel, maps: Maps, readable: Float32Array, seed: int = 1, draws: int = DRAWS
) -> list[Randomised]:
    """Randomise a model's weights layer by layer from the output and compare the maps.

    Parameters
    ----------
    model : BeatModel
        Stays as it is.
    maps : callable
        Returns the maps of a model.
    readable : ndarray of float32, shape (beats, leads)
        Only these leads are compared.
    seed : int
        Seed of the random numbers.
    draws : int
        Cascades; the maps of one random network may resemble the true ones by chance.

    Returns
    -------
    list of Randomised
        From the output to the input.
    """
    trained = maps(model)
    found: dict[str, list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]] = {}
    for draw in range(draws):
        generator = np.random.default_rng([seed, draw])
        # Under a name of its own: graphs are kept by the model's hash, and this one's weights change under way.
        copy = replace(model, name=f"{model.name} randomised", sha256=f"{model.sha256}-randomised-{seed}-{draw}")
        for name, layers in stages(copy.network):
            for layer in layers:
                layer.set_weights([_drawn(weight, generator) for weight in layer.weights])
            now = maps(copy)
            pair = rank_correlation(trained, now, readable), rank_correlation(np.abs(trained), np.abs(now), readable)
            found.setdefault(name, []).append(pair)
    return [
        Randomised(name, np.stack([signed for signed, _ in pairs]), np.stack([size for _, size in pairs]))
        for name, pairs in found.items()
    ]


def stages(network: keras.Model) -> list[tuple[str, list[keras.Layer]]]:
    """List the layers with weights from the output to the input; a normalisation goes with the layer before it."""
    found: list[tuple[str, list[keras.Layer]]] = []
    behind: list[keras.Layer] = []
    for layer in reversed(network.layers):
        if not layer.weights:
            continue
        behind.append(layer)
        if type(layer).__name__ not in _NORMALISATIONS:
            found.append((layer.name, behind))
            behind = []
    return [*found, (behind[-1].name, behind)] if behind else found


def rank_correlation(first: Float32Array, second: Float32Array, readable: Float32Array) -> npt.NDArray[np.float64]:
    """Correlate maps by rank, beat by beat.

    Parameters
    ----------
    first, second : ndarray of float32, shape (beats, leads, samples)
        The maps to compare.
    readable : ndarray of float32, shape (beats, leads)
        1 where a lead can be read, else 0.

    Returns
    -------
    ndarray of float64, shape (beats,)
        -1 to 1; 0 where a map says the same everywhere, since nothing is left of it.
    """
    result = np.zeros(len(first))
    for beat, seen in enumerate(readable > 0):
        ranks = [rankdata(one[beat][seen].ravel()) for one in (first, second)]
        centred = [rank - rank.mean() for rank in ranks]
        norm = math.sqrt(float((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
        if norm > 0:
            result[beat] = float((centred[0] * centred[1]).sum()) / norm
    return result


def _drawn(weight: keras.Variable, generator: np.random.Generator) -> Float32Array:
    """Draw a weight as it was before training: Glorot's uniform for kernels, one for scales, zero for shifts."""
    shape = tuple(weight.shape)
    if len(shape) < 2:
        scales = weight.name in ("gamma", "moving_variance", "scale")
        return np.full(shape, 1.0 if scales else 0.0, dtype=np.float32)
    field = math.prod(shape[:-2])
    limit = math.sqrt(6 / (field * (shape[-2] + shape[-1])))
    return generator.uniform(-limit, limit, shape).astype(np.float32)
