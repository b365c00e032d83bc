"""Grad-CAM on the beat network's last convolution.

Selvaraju et al. 2017, "Grad-CAM: visual explanations from deep networks via gradient-based localization",
doi:10.1109/ICCV.2017.74. Departures: the encoder is shared by all leads and has one time axis, so channel weights
and maps are computed for each lead; a map is scaled by its largest value over all leads of the beat, which keeps
leads comparable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ecg_core.classification.device import tensorflow
from ecg_core.classification.model import BeatModel
from ecg_core.classification.network import LAST_ACTIVATION

if TYPE_CHECKING:
    import keras

_BATCH = 128
_graphs: dict[str, keras.Model] = {}


def grad_cam(
    model: BeatModel,
    wave: npt.NDArray[np.float32],
    readable: npt.NDArray[np.float32],
    rr: npt.NDArray[np.float32],
    target: npt.NDArray[np.int64],
) -> npt.NDArray[np.float32]:
    """Map which parts of each beat's waveform speak for a class.

    Parameters
    ----------
    model : BeatModel
    wave : ndarray of float32, shape (beats, leads, samples, 2)
    readable : ndarray of float32, shape (beats, leads)
    rr : ndarray of float32, shape (beats, features)
    target : ndarray of int64, shape (beats,)
        Index of the class to explain, for each beat.

    Returns
    -------
    ndarray of float32, shape (beats, leads, samples)
        0 to 1, the largest value of each beat 1; all zero where nothing speaks for the class. Unreadable leads,
        which the network does not see, are zero.
    """
    tf = tensorflow()
    n_samples = wave.shape[2]
    maps = np.zeros(wave.shape[:3], dtype=np.float32)
    graph = _graph(model)
    for start in range(0, len(wave), _BATCH):
        rows = slice(start, start + _BATCH)
        with tf.GradientTape() as tape:
            activations, logits = graph([wave[rows], readable[rows], rr[rows]], training=False)
            chosen = tf.gather(logits, tf.constant(target[rows]), axis=1, batch_dims=1)
        gradients = tape.gradient(chosen, activations).numpy()
        activations = activations.numpy()
        weights = gradients.mean(axis=2, keepdims=True)
        coarse = np.maximum((weights * activations).sum(axis=-1), 0) * readable[rows][:, :, None]
        maps[rows] = _stretched(coarse, n_samples)
    largest = maps.max(axis=(1, 2), keepdims=True)
    return np.divide(maps, largest, out=np.zeros_like(maps), where=largest > 0)


def _graph(model: BeatModel) -> keras.Model:
    """Return the network with the last convolution's activations as a further output; kept per model."""
    if model.sha256 not in _graphs:
        import keras

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
