"""Explaining models that see hand-made features, or a beat among its neighbours."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.arrays import Float32Array, Float64Array
from ecg_core.classification.device import tensorflow
from ecg_core.classification.rr import RR_FEATURES
from ecg_core.explanation.explanation_target import ExplanationTarget
from ecg_core.explanation.native_samples import FEATURE_TEXTS, feature_in_words, native_samples, rr_in_words
from ecg_core.explanation.occlusion import occlusion_map, replacement_effects, scaled
from ecg_core.explanation.shapley import shapley_values
from ecg_core.recording import Recording
from ecg_core.textbook.features import FEATURES
from ecg_core.textbook.inputs import Arrays, SequenceInputs
from ecg_core.textbook.model import TextbookModel

ATTENTION: Final = "attention"
"""Name of the layer whose output is the weight of each beat of a sequence."""

_LEAD: Final = 0
_FARTHEST_S: Final = 10.0


def explain_sequence(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    index: int,
    model: TextbookModel,
    inputs: SequenceInputs,
    question: ExplanationTarget,
    arrays: Arrays,
) -> dict[str, Any]:
    """Explain a beat among its neighbours: their waveforms in time, their intervals, the attention they were given.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        Beat positions in samples.
    index : int
        Index of the beat.
    model : TextbookModel
        The model.
    inputs : SequenceInputs
        The model's.
    question : ExplanationTarget
        What is explained.
    arrays : dict of str to ndarray
        The inputs of all beats.

    Returns
    -------
    dict
        Fields of :class:`~ecg_core.textbook.explanation.TextbookExplanation`: ``offsets_s``, ``wave_mv``, ``map``,
        ``features``, ``attention``. An RR feature is replaced in all beats of the sequence at once.
    """
    neighbours = inputs.neighbours(len(samples))[index]
    beat_s = (samples[neighbours] - samples[index]) / recording.fs_hz
    near = np.abs(beat_s) <= _FARTHEST_S  # what lies beyond a gap is not drawn
    time_s = np.where(near[:, None], beat_s[:, None] + inputs.window.offsets_s, np.nan)
    before_s, after_s = -float(np.nanmin(time_s)), float(np.nanmax(time_s))
    offsets_s, wave_mv = native_samples(recording, int(samples[index]), before_s, after_s, [_LEAD])
    beats, rr = arrays["beats"][index], arrays["rr"][index]

    def waves(variants: Float32Array) -> npt.NDArray[np.floating]:
        return question.score(model.outputs({"beats": variants, "rr": np.repeat(rr[None], len(variants), axis=0)}))

    def intervals(variants: Float32Array) -> npt.NDArray[np.floating]:
        repeated = np.repeat(beats[None], len(variants), axis=0)
        return question.amount(model.outputs({"beats": repeated, "rr": variants}))

    falls = occlusion_map(waves, beats, time_s, 1 / inputs.fs_hz, offsets_s)
    middle = inputs.n_beats // 2
    median = np.median(arrays["rr"][:, middle], axis=0)
    effects = replacement_effects(intervals, rr, median, [[column] for column in range(len(RR_FEATURES))])
    rows = [
        (name, text, rr_in_words(name, float(value)), float(effect))
        for (name, text), value, effect in zip(RR_FEATURES.items(), rr[middle], effects, strict=True)
    ]
    return {
        "offsets_s": offsets_s,
        "wave_mv": wave_mv,
        "map": scaled(question.speaking_for(falls))[:, None],
        "features": pd.DataFrame(rows, columns=["feature", "text", "value", "effect"]),
        "attention": _attention(model, beats, rr, beat_s),
    }


def _attention(
    model: TextbookModel, beats: Float32Array, rr: Float32Array, beat_s: Float64Array
) -> pd.DataFrame | None:
    """Return the share of attention each beat was given, None for a network without."""
    named = [layer for layer in model.network.layers if layer.name == ATTENTION]
    if not named:
        return None
    tensorflow()
    import keras

    graph = keras.Model(model.network.inputs, named[0].output)
    one = {"beats": beats[None], "rr": rr[None]}
    weights = np.asarray(graph([one[tensor.name] for tensor in graph.inputs], training=False)).reshape(-1)
    if len(weights) != len(beats):
        return None
    return pd.DataFrame(
        {"position": np.arange(len(beats)) - len(beats) // 2, "offset_s": beat_s, "weight": weights.astype(float)}
    )


def feature_effects(
    model: TextbookModel, question: ExplanationTarget, features: Float32Array, row: int
) -> pd.DataFrame:
    """Return the effect of each RR feature, and of each hand-made one together with its distance from the median.

    Parameters
    ----------
    model : TextbookModel
        One that sees :class:`~ecg_core.textbook.inputs.FeatureInputs`.
    question : ExplanationTarget
        What is explained.
    features : ndarray of float32, shape (beats, features)
        Of all beats.
    row : int
        Which beat is explained.

    Returns
    -------
    pandas.DataFrame
        Columns ``feature, text, value, effect, shapley``: the fall when it alone is replaced by the recording's median,
        and its Shapley value against all at the median.
    """
    n_rr, n_own = len(RR_FEATURES), len(FEATURES)
    groups = [[column] for column in range(n_rr)] + [[n_rr + i, n_rr + n_own + i] for i in range(n_own)]
    own = features[row]

    def scores(variants: Float32Array) -> npt.NDArray[np.floating]:
        return question.amount(model.outputs({"features": variants}))

    median = np.median(features, axis=0)
    effects = replacement_effects(scores, own, median, groups)
    words = [rr_in_words(name, float(value)) for name, value in zip(RR_FEATURES, own[:n_rr], strict=True)]
    words += [feature_in_words(name, float(value)) for name, value in zip(FEATURES, own[n_rr:][:n_own], strict=True)]
    return pd.DataFrame(
        {
            "feature": [*RR_FEATURES, *FEATURES],
            "text": [*RR_FEATURES.values(), *(FEATURE_TEXTS[name] for name in FEATURES)],
            "value": words,
            "effect": effects,
            "shapley": shapley_values(scores, own, median, groups),
        }
    )
