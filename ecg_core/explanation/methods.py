"""Three ways to ask where in a beat's waveform the beat model found its class, in one form.

Grad-CAM tells where the last convolution looked. Integrated gradients and occlusion are second opinions that see
the whole way from the waveform to the answer, the comparison with the dominant beat included; they tell what makes
this beat another than the recording's usual one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array
from ecg_core.classification.model import BeatModel
from ecg_core.explanation.gradcam import grad_cam_values
from ecg_core.explanation.gradients import STEPS, integrated_gradients
from ecg_core.explanation.log_odds import log_odds
from ecg_core.explanation.occlusion import occlusion_map, scaled
from ecg_core.explanation.smoothing import smoothed

Method = Literal["grad_cam", "integrated_gradients", "occlusion"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
CARD_KEY: Final = "explanations"
"""Where a card's figures keep how far the maps can be trusted."""

METHOD_NAMES: Final[dict[Method, str]] = {
    "grad_cam": "Grad-CAM",
    "integrated_gradients": "Integrated gradients",
    "occlusion": "Occlusion",
}


@dataclass(frozen=True)
class Saliency:
    """What the samples of some beats say about a class.

    Attributes
    ----------
    values : ndarray of float32, shape (beats, leads, samples)
        Signed: what speaks for the class is positive. Grad-CAM: weighted sum of the last convolution's activations.
        Integrated gradients: what each sample adds to the log odds against the dominant beat. Occlusion: by how much
        the log odds fall, on average, where a stretch around the sample is covered by the dominant beat's.
    smooth : ndarray of float32, shape (beats, leads, samples)
        The same, smoothed over 40 ms where neighbours would alternate: what `map` ranks by.
    map : ndarray of float32, shape (beats, leads, samples)
        What is shown: 0 to 1, the largest value of each beat 1; all zero where nothing speaks for the class.
    """

    values: Float32Array
    smooth: Float32Array
    map: Float32Array


def saliency(
    model: BeatModel,
    wave: Float32Array,
    readable: Float32Array,
    rr: Float32Array,
    target: npt.NDArray[np.int64],
    method: Method = "grad_cam",
    n_steps: int = STEPS,
) -> Saliency:
    """Map which parts of each beat's waveform speak for a class.

    Parameters
    ----------
    model : BeatModel
        The classifier.
    wave : ndarray of float32, shape (beats, leads, samples, 2)
        The beat, and the dominant beat.
    readable : ndarray of float32, shape (beats, leads)
        1 where a lead can be read, else 0.
    rr : ndarray of float32, shape (beats, features)
        RR features.
    target : ndarray of int64, shape (beats,)
        Index of the class to explain, for each beat.
    method : {"grad_cam", "integrated_gradients", "occlusion"}
        Method of explanation.
    n_steps : int
        Of integrated gradients.

    Raises
    ------
    ValueError
        If there is no such method.
    """
    if method == "grad_cam":
        values = grad_cam_values(model, wave, readable, rr, target)
    elif method == "integrated_gradients":
        values = integrated_gradients(model, wave, readable, rr, target, n_steps)
    elif method == "occlusion":
        values = occlusion_values(model, wave, readable, rr, target)
    else:
        raise ValueError(f"There is no method {method!r}; there are {', '.join(METHODS)}.")
    # Occlusion is a mean over overlapping stretches already.
    smooth = values if method == "occlusion" else smoothed(values, model.window.fs_hz)
    return Saliency(values, smooth, np.stack([scaled(beat) for beat in smooth]) if len(smooth) else smooth)


def occlusion_values(
    model: BeatModel, wave: Float32Array, readable: Float32Array, rr: Float32Array, target: npt.NDArray[np.int64]
) -> Float32Array:
    """Return how far the log odds fall where spans of each lead are replaced by the dominant beat.

    Parameters
    ----------
    model : BeatModel
        The classifier.
    wave : ndarray of float32, shape (beats, leads, samples, 2)
        Windows: beat and dominant beat.
    readable : ndarray of float32, shape (beats, leads)
        1 where a lead can be read.
    rr : ndarray of float32, shape (beats, features)
        RR features.
    target : ndarray of int64, shape (beats,)
        Index of the class to explain.

    Returns
    -------
    ndarray of float32, shape (beats, leads, samples)
        The mean fall of the log odds where a sample is covered. Unreadable leads are zero.
    """
    at_s, step_s = model.window.offsets_s, 1 / model.window.fs_hz
    values = np.zeros(wave.shape[:3], dtype=np.float32)
    for beat, lead in np.argwhere(readable > 0):

        def scores(variants: Float32Array, beat: int = beat, lead: int = lead) -> npt.NDArray[np.float64]:
            n_variants = len(variants)
            covered = np.repeat(wave[beat][None], n_variants, axis=0)
            covered[:, lead, :, 0] = variants
            others = (np.repeat(one[beat][None], n_variants, axis=0) for one in (readable, rr, target))
            return log_odds(model, covered, *others)

        this, usual = wave[beat, lead, :, 0], wave[beat, lead, :, 1]
        values[beat, lead] = occlusion_map(scores, this, at_s, step_s, at_s, fill=usual)
    return values
