"""The beat network: one encoder for every lead, pooled over the leads, joined by the RR intervals.

Built from a few numbers kept in the model's card, never from serialised code.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ecg_core.beats import CLASSES
from ecg_core.classification.rr import RR_FEATURES

if TYPE_CHECKING:
    import keras

LAST_ACTIVATION = "last_activation"
"""Name of the layer that holds the last convolution's rectified activations, which Grad-CAM weighs."""

EMBEDDING = "joined"
"""Name of the last hidden layer."""

ENCODER_LAYERS = ("convolution_", "normalisation_")
"""How the names of the layers begin that make features of a lead; fine-tuning may leave them as they are."""


@dataclass(frozen=True)
class NetworkSpec:
    """Numbers from which the network is built.

    Attributes
    ----------
    n_samples : int
        Samples of a window.
    n_rr_features : int
    filters, kernels, strides : tuple of int
        One entry per convolution; the last one's output is what Grad-CAM explains.
    dense : int
        Width of the dense layers.
    dropout : float
    usual_interval_s : float or None
        Whether a beat is N or S is decided without the rate: intervals against one second are taken as if the local
        median were this long. None decides it with them.
    """

    n_samples: int
    n_rr_features: int
    filters: tuple[int, ...] = (24, 32, 48, 64)
    kernels: tuple[int, ...] = (7, 5, 5, 3)
    strides: tuple[int, ...] = (1, 2, 2, 1)
    dense: int = 64
    dropout: float = 0.3
    usual_interval_s: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the card."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> NetworkSpec:
        """Read the card's values."""
        numbers: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        return cls(**numbers)


def build_network(spec: NetworkSpec, *, half: bool = False) -> keras.Model:
    """Build the untrained network.

    Inputs are ``wave`` (beats, leads, samples, 2), ``readable`` (beats, leads) and ``rr`` (beats, features); the
    number of leads is free. The output is the logits (beats, 5) in the order of `ecg_core.beats.CLASSES`.

    Parameters
    ----------
    spec : NetworkSpec
        Dimensions of the network.
    half : bool
        Whether the convolutions compute in half precision, which they do nearly all of the work in; weights, and what
        comes after them, stay in full precision.
    """
    import keras
    from keras import layers, ops

    wave = keras.Input((None, spec.n_samples, 2), name="wave")
    readable = keras.Input((None,), name="readable")
    rr = keras.Input((spec.n_rr_features,), name="rr")

    x = wave
    last = len(spec.filters) - 1
    dtype = "mixed_float16" if half else None
    for index, (filters, kernel, stride) in enumerate(zip(spec.filters, spec.kernels, spec.strides, strict=True)):
        x = layers.Conv2D(
            filters,
            (1, kernel),
            strides=(1, stride),
            padding="same",
            dtype=dtype,
            name=f"convolution_{index + 1}",
        )(x)
        x = layers.LayerNormalization(dtype=dtype, name=f"normalisation_{index + 1}")(x)
        activation = LAST_ACTIVATION if index == last else f"activation_{index + 1}"
        x = layers.Activation("relu", dtype=dtype, name=activation)(x)
        if index < last:
            x = layers.SpatialDropout2D(spec.dropout / 3, dtype=dtype, name=f"dropout_{index + 1}")(x)
    if half:
        x = ops.cast(x, "float32")
    # Where in the beat something stands matters (before the QRS, in it, after it): pool in three parts, not over all.
    parts = []
    for begin, end in pooled_steps(spec.n_samples, x.shape[2]):
        part = x[:, :, begin:end, :]
        parts += [ops.mean(part, axis=2), ops.max(part, axis=2)]
    lead = ops.concatenate([*parts, _comparison(wave, spec.n_samples)], axis=-1)
    lead = layers.Dense(spec.dense, activation="relu", name="lead_embedding")(lead)
    weight = ops.expand_dims(readable, -1)
    pooled = ops.sum(lead * weight, axis=1) / ops.maximum(ops.sum(weight, axis=1), 1.0)
    of_rr = layers.Dense(32, activation="relu", name="rr_embedding")
    steps = (
        layers.Dropout(spec.dropout, name="dropout_joined"),
        layers.Dense(spec.dense, activation="relu", name=EMBEDDING),
        layers.Dropout(spec.dropout, name="dropout_last"),
        layers.Dense(len(CLASSES), name="logits"),
    )

    def decided(timing: Any) -> Any:
        found = ops.concatenate([pooled, of_rr(timing)], axis=-1)
        for step in steps:
            found = step(found)
        return found

    logits = decided(rr)
    if spec.usual_interval_s is not None:
        logits = _split_anew(logits, decided(_without_rate(rr, spec.usual_interval_s)))
    return keras.Model([wave, readable, rr], logits, name="beat_network")


def _split_anew(logits: Any, others: Any) -> Any:
    """Divide what beats have of N and S together as other logits do; V, F and Q stay."""
    from keras import ops

    together = ops.logsumexp(logits[:, :2], axis=-1, keepdims=True)
    return ops.concatenate([together + ops.log_softmax(others[:, :2], axis=-1), logits[:, 2:]], axis=-1)


def _without_rate(rr: Any, usual_interval_s: float) -> Any:
    """Replace the features that tell the rate by those of the same beat at one and the same rate."""
    from keras import ops

    usual = float(np.log(usual_interval_s))
    column = {name: rr[:, index : index + 1] for index, name in enumerate(RR_FEATURES)}
    column["rr_before_s"] = column["rr_before"] + usual
    column["rr_local_s"] = ops.full_like(column["rr_local_s"], usual)
    return ops.concatenate(list(column.values()), axis=-1)


def pooled_steps(n_samples: int, n_steps: int) -> tuple[tuple[int, int], ...]:
    """Return which steps of the last convolution are pooled together: before, in and after the QRS complex.

    Parameters
    ----------
    n_samples : int
        Of the window.
    n_steps : int
        Of the last convolution over it.
    """
    return tuple((begin * n_steps // n_samples, end * n_steps // n_samples) for begin, end in _parts(n_samples))


def _parts(n_samples: int) -> tuple[tuple[int, int], ...]:
    """Return the spans before, in and after the QRS complex of a window whose beat stands in its middle."""
    middle, half = n_samples // 2, n_samples // 13
    return (0, middle - half), (middle - half, middle + half), (middle + half, n_samples)


def _comparison(wave: Any, n_samples: int) -> Any:
    """Compare the beat with the dominant beat in each part of the window, by plain figures.

    Ratios are what a convolution followed by pooling finds hardest to form, and what carries over best to patients
    it never saw: likeness (correlation), size, steepness and breadth against the patient's own usual beat.

    Parameters
    ----------
    wave : tensor, shape (beats, leads, samples, 2)
        Windows: beat and dominant beat, in QRS heights.
    n_samples : int
        Length of the window in samples.

    Returns
    -------
    tensor, shape (beats, leads, figures)
    """
    from keras import ops

    small = 1e-2
    figures = []
    for begin, end in _parts(n_samples):
        part = wave[:, :, begin:end, :]
        part = part - ops.mean(part, axis=2, keepdims=True)
        beat, dominant = part[..., 0], part[..., 1]
        norms = ops.sqrt(ops.mean(ops.square(part), axis=2) + small**2)
        figures.append(ops.mean(beat * dominant, axis=2) / (norms[..., 0] * norms[..., 1]))
        figures.append(ops.sqrt(ops.mean(ops.square(beat - dominant), axis=2) + small**2) / norms[..., 1])
        heights = ops.max(part, axis=2) - ops.min(part, axis=2) + small
        steps = part[:, :, 1:, :] - part[:, :, :-1, :]
        steepness = ops.max(ops.absolute(steps), axis=2) + small
        breadth = ops.mean(ops.absolute(part), axis=2) / heights + small
        figures += [ops.log(figure[..., 0] / figure[..., 1]) for figure in (norms, heights, steepness, breadth)]
    stacked = ops.stack(figures, axis=-1)
    return ops.clip(stacked, -3.0, 3.0)
