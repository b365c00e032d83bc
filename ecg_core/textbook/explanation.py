"""Prediction of a textbook model for a beat, and its saliency.

Networks that convolve the signal or its time-frequency image are explained by Grad-CAM, all others by occlusion; an
autoencoder by where it fails to rebuild the beat. What is found is told on the recording's own samples in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.arrays import Float32Array, Float64Array
from ecg_core.errors import ModelError
from ecg_core.explanation.convolutions import contributions, last_convolution
from ecg_core.explanation.explanation_target import ExplanationTarget, explanation_target
from ecg_core.explanation.native_samples import native_samples
from ecg_core.explanation.occlusion import occlusion_map, scaled
from ecg_core.explanation.sequence import explain_sequence, feature_effects
from ecg_core.explanation.smoothing import summed
from ecg_core.recording import Recording
from ecg_core.textbook.inputs import (
    Arrays,
    FeatureInputs,
    PeriodicityInputs,
    SegmentInputs,
    SequenceInputs,
    SpectrogramInputs,
)
from ecg_core.textbook.model import TextbookModel

Method = Literal["Grad-CAM", "occlusion"]
GRAD_CAM: Final = "Grad-CAM"
OCCLUSION: Final = "occlusion"

_LEAD: Final = 0
_BEATS_FOR_SCALE: Final = 5000
_SMOOTHING_S, _SMOOTHING_SHARE = 0.03, 0.01


@dataclass(frozen=True)
class TimeFrequencyMap:
    """A beat's time-frequency image and what in it spoke for the answer.

    Attributes
    ----------
    offsets_s : ndarray, shape (times,)
        Relative to the beat.
    frequencies_hz : ndarray, shape (frequencies,)
    image : ndarray of float32, shape (frequencies, times)
        As the network sees it: logarithm of the amplitude, standardised.
    map : ndarray of float32, shape (frequencies, times)
        0 to 1.
    """

    offsets_s: Float64Array
    frequencies_hz: Float64Array
    image: Float32Array
    map: Float32Array


@dataclass(frozen=True)
class TextbookExplanation:
    """What a textbook model says of one beat, and why.

    Attributes
    ----------
    index, sample : int
        The beat.
    method : {"Grad-CAM", "occlusion"}
    target : {"aami", "binary", "anomaly", "rate"}
        What the model was trained for.
    explained : str
        The class; ``normal`` or ``abnormal``, whichever the model says; ``reconstruction error``; ``heart rate``.
    probabilities : ndarray of float32, shape (5,), or None
        In the order of `ecg_core.beats.CLASSES`, of a model that tells them.
    value : float or None
        Of the others: the probability that the beat is abnormal; the mean square that an autoencoder fails to
        rebuild, of a segment of variance 1; the heart rate per minute.
    offsets_s : ndarray, shape (n,)
        Time of the recording's own samples relative to the beat.
    wave_mv : ndarray of float32, shape (n, 1)
        The first lead's own samples, NaN outside the recording.
    map : ndarray of float32, shape (n, 1), or None
        What spoke for `explained` at those samples, 0 to 1; None for a model that sees hand-made features.
    image : TimeFrequencyMap or None
        For a model that sees a time-frequency image; `map` is its mean over the frequencies.
    features : pandas.DataFrame or None
        Columns ``feature, text, value, effect``: by how much the probability of `explained` (or the value) falls
        when the feature is replaced by the recording's median. Of a model of hand-made features also ``shapley``: its
        Shapley value against all features at the median, see :mod:`ecg_core.explanation.shapley`.
    attention : pandas.DataFrame or None
        Columns ``position, offset_s, weight``: each beat of the sequence, 0 the one explained, and the share of
        attention it was given.
    """

    index: int
    sample: int
    method: Method
    target: str
    explained: str
    probabilities: Float32Array | None
    value: float | None
    offsets_s: Float64Array
    wave_mv: Float32Array
    map: Float32Array | None
    image: TimeFrequencyMap | None = None
    features: pd.DataFrame | None = None
    attention: pd.DataFrame | None = None


def explain_textbook(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    index: int,
    model: TextbookModel,
    target: str | None = None,
) -> TextbookExplanation:
    """Explain what a textbook model says of one beat.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        All beats of the recording.
    index : int
        Which of them. A model of the heart rate is asked about the window around it.
    model : TextbookModel
        The model.
    target : {"N", "S", "V", "F", "Q"}, optional
        The class to explain, the most probable one by default; only for a model that tells the five classes.

    Raises
    ------
    ModelError
        If this version cannot explain such a model.
    """
    inputs = model.inputs
    arrays, row = _prepared(recording, samples, index, inputs)
    one = {name: array[row : row + 1] for name, array in arrays.items()}
    outputs = model.outputs(one)
    question = explanation_target(model, one, outputs, target)
    common: dict[str, Any] = {
        "index": index,
        "sample": int(samples[index]),
        "target": question.target,
        "explained": question.explained,
        "probabilities": question.probabilities,
        "value": question.value,
    }
    if isinstance(inputs, FeatureInputs):
        window = inputs.WINDOW
        offsets_s, wave_mv = native_samples(recording, int(samples[index]), window.before_s, window.after_s, [_LEAD])
        table = feature_effects(model, question, arrays["features"], row)
        return TextbookExplanation(
            **common, method=OCCLUSION, offsets_s=offsets_s, wave_mv=wave_mv, map=None, features=table
        )
    if isinstance(inputs, SequenceInputs):
        return TextbookExplanation(
            **common, method=OCCLUSION, **explain_sequence(recording, samples, index, model, inputs, question, arrays)
        )
    if not isinstance(inputs, SegmentInputs | SpectrogramInputs | PeriodicityInputs):
        raise ModelError(f"This version cannot explain a model of {inputs.kind}.")
    offsets_s, wave_mv = native_samples(recording, int(samples[index]), inputs.before_s, inputs.after_s, [_LEAD])
    shown = {**common, "offsets_s": offsets_s, "wave_mv": wave_mv}
    if isinstance(inputs, SpectrogramInputs):
        image = _of_image(model, question, one, inputs)
        fine = np.interp(offsets_s, image.offsets_s, image.map.mean(axis=0))
        return TextbookExplanation(**shown, method=GRAD_CAM, map=scaled(fine)[:, None], image=image)
    if isinstance(inputs, PeriodicityInputs):
        (stretch,) = inputs.stretches(recording, samples[[index]])

        def scores(variants: Float32Array) -> npt.NDArray[np.floating]:
            return question.score(model.outputs(inputs.of_stretches(variants)))

        falls = occlusion_map(scores, stretch, inputs.window.offsets_s, 1 / inputs.fs_hz, offsets_s)
        return TextbookExplanation(**shown, method=OCCLUSION, map=scaled(question.speaking_for(falls))[:, None])
    method, values = _of_segment(model, question, one, outputs, inputs, offsets_s)
    return TextbookExplanation(**shown, method=method, map=scaled(values)[:, None])


def _prepared(recording: Recording, samples: npt.NDArray[np.int64], index: int, inputs: Any) -> tuple[Arrays, int]:
    """Return inputs and the beat's row in them, of no more beats than the beat's own depend on."""
    if isinstance(inputs, SegmentInputs | SpectrogramInputs | PeriodicityInputs):
        chosen = np.array([index])
        if getattr(inputs, "scale", "segment") == "recording":
            # Each beat's window is scaled by all windows; of a day, beats spread over it tell the scale as well.
            spread = np.linspace(0, len(samples) - 1, min(len(samples), _BEATS_FOR_SCALE)).astype(int)
            chosen = np.union1d(spread, chosen)
        return inputs.arrays(recording, samples[chosen]), int(np.searchsorted(chosen, index))
    return inputs.arrays(recording, samples), index


def _of_segment(
    model: TextbookModel,
    question: ExplanationTarget,
    one: Arrays,
    outputs: Float32Array,
    inputs: SegmentInputs,
    at_s: Float64Array,
) -> tuple[Method, Float32Array]:
    """Return the method, and what each moment of a segment adds to the answer."""
    segment, window = one["segment"][0, :, 0], inputs.window
    if question.target == "anomaly":
        # The error is the mean of these: its gradient at the rebuilt segment, times how far that is from the segment.
        shares = (outputs[0, :, 0] - segment) ** 2
        return GRAD_CAM, np.interp(at_s, window.offsets_s, shares).astype(np.float32)
    if _convolves(model):
        values, (centres,) = contributions(model, one, question.output, question.sign)
        offsets_s = (centres - window.n_before) / window.fs_hz
        fine = _smoothed(values, offsets_s)
        return GRAD_CAM, np.interp(at_s, offsets_s, question.speaking_for(fine)).astype(np.float32)

    def scores(variants: Float32Array) -> npt.NDArray[np.floating]:
        return question.score(model.outputs({"segment": variants[..., None]}))

    falls = occlusion_map(scores, segment, window.offsets_s, 1 / window.fs_hz, at_s)
    return OCCLUSION, question.speaking_for(falls)


def _of_image(
    model: TextbookModel, question: ExplanationTarget, one: Arrays, inputs: SpectrogramInputs
) -> TimeFrequencyMap:
    """Explain a time-frequency image: the map has the image's own rows and columns."""
    if not _convolves(model):
        raise ModelError(f"{model.name} looks at an image without a convolution; this version cannot explain that.")
    values, (rows, columns) = contributions(model, one, question.output, question.sign)
    values = question.speaking_for(values)
    every = np.arange(inputs.SIZE)
    wide = np.stack([np.interp(every, columns, line) for line in values])
    whole = np.stack([np.interp(every, rows, line) for line in wide.T], axis=1)
    return TimeFrequencyMap(inputs.offsets_s, inputs.frequencies_hz, one["image"][0, :, :, 0], scaled(whole))


def _convolves(model: TextbookModel) -> bool:
    return "network.json" in model.card["files"] and last_convolution(model.network) is not None


def _smoothed(values: Float32Array, offsets_s: Float64Array) -> Float32Array:
    """Add up what neighbouring places say: one sample's for and the next one's against are nothing to look at."""
    width_s = max(_SMOOTHING_S, _SMOOTHING_SHARE * float(np.ptp(offsets_s)))
    half = min(round(width_s / float(np.median(np.diff(offsets_s)))), (len(values) - 1) // 2)
    return summed(values, half, "constant")
