"""Grad-CAM on the beat network's last convolution.

Selvaraju et al. 2017, "Grad-CAM: visual explanations from deep networks via gradient-based localization",
doi:10.1109/ICCV.2017.74. There, a channel weighs by the mean of its gradient over the places that are pooled. Here
what comes before, in and after the QRS complex is pooled apart, so each part has weights of its own: one mean over all
three would weigh each by the gradient of the others (measured on DS1, such maps of S beats were worse than random ones,
and two trainings agreed less). Departures: the encoder is shared by all leads, so maps are computed for each lead and
scaled by the largest value over all leads of the beat, which keeps leads comparable; and what is differentiated is the
class's log odds, not its logit, which says nothing of the other classes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ecg_core.classification.device import tensorflow
from ecg_core.classification.model import BeatModel
from ecg_core.classification.network import LAST_ACTIVATION, NetworkSpec, pooled_steps
from ecg_core.explanation.log_odds import log_odds_tensor

if TYPE_CHECKING:
    import keras

_BATCH: Final = 128
_KEPT: Final = 8
_graphs: dict[str, keras.Model] = {}


def grad_cam_values(
    model: BeatModel,
    wave: npt.NDArray[np.float32],
    readable: npt.NDArray[np.float32],
    rr: npt.NDArray[np.float32],
    target: npt.NDArray[np.int64],
) -> npt.NDArray[np.float32]:
    """Weigh the last convolution's activations by what they do for a class.

    Parameters
    ----------
    model : BeatModel
        The classifier.
    wave : ndarray of float32, shape (beats, leads, samples, 2)
        Windows: beat and dominant beat, in QRS heights.
    readable : ndarray of float32, shape (beats, leads)
        1 where a lead can be read, else 0.
    rr : ndarray of float32, shape (beats, features)
        RR features.
    target : ndarray of int64, shape (beats,)
        Index of the class to explain, for each beat.

    Returns
    -------
    ndarray of float32, shape (beats, leads, samples)
        Negative where the last convolution speaks against the class; comparable within a beat only. Unreadable leads,
        which the network does not see, are zero. See :func:`~ecg_core.explanation.methods.saliency` for the map.
    """
    tf = tensorflow()
    values = np.zeros(wave.shape[:3], dtype=np.float32)
    graph = _graph(model)
    for start in range(0, len(wave), _BATCH):
        rows = slice(start, start + _BATCH)
        with tf.GradientTape() as tape:
            activations, logits = graph([wave[rows], readable[rows], rr[rows]], training=False)
            figure = log_odds_tensor(model, logits, target[rows])
        gradients = tape.gradient(figure, activations).numpy()
        parts = pooled_steps(wave.shape[2], gradients.shape[2])
        coarse = weighted_sums(activations.numpy(), gradients, parts)
        values[rows] = _stretched(coarse * readable[rows][:, :, None], wave.shape[2])
    return values


def weighted_sums(
    activations: npt.NDArray[np.float32], gradients: npt.NDArray[np.float32], parts: Iterable[tuple[int, int]]
) -> npt.NDArray[np.float32]:
    """Sum the channels, each weighed by the mean of its gradient over the part of the beat that is pooled with it.

    Parameters
    ----------
    activations, gradients : ndarray of float32, shape (beats, leads, steps, channels)
        Activations of the layer, and the gradients of the target by them.
    parts : iterable of (int, int)
        First step of each part, and the one behind its last.

    Returns
    -------
    ndarray of float32, shape (beats, leads, steps)
    """
    sums = np.zeros(activations.shape[:3], dtype=np.float32)
    for begin, end in parts:
        weights = gradients[:, :, begin:end].mean(axis=2, keepdims=True)
        sums[:, :, begin:end] = (weights * activations[:, :, begin:end]).sum(axis=-1)
    return sums


def time_steps(spec: NetworkSpec) -> int:
    """Return how many steps of time a beat has in Grad-CAM: those of the last convolution over the window."""
    steps = spec.n_samples
    for stride in spec.strides:
        steps = math.ceil(steps / stride)
    return steps


def _graph(model: BeatModel) -> keras.Model:
    """Return the network with the last convolution's activations as a further output; the last few models' are kept."""
    if model.sha256 not in _graphs:
        import keras

        while len(_graphs) >= _KEPT:
            _graphs.pop(next(iter(_graphs)), None)
        network = model.network
        _graphs[model.sha256] = keras.Model(network.inputs, [network.get_layer(LAST_ACTIVATION).output, network.output])
    return _graphs[model.sha256]


def _stretched(coarse: npt.NDArray[np.float32], n_samples: int) -> npt.NDArray[np.float32]:
    """Interpolate (beats, leads, steps) linearly to (beats, leads, samples), steps standing at their centres."""
    n_steps = coarse.shape[2]
    position = (np.arange(n_samples) + 0.5) * n_steps / n_samples - 0.5
    below = np.clip(np.floor(position).astype(int), 0, n_steps - 1)
    above = np.minimum(below + 1, n_steps - 1)
    share = np.clip(position - below, 0, 1).astype(np.float32)
    return np.asarray(coarse[..., below] * (1 - share) + coarse[..., above] * share)
