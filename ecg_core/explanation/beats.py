"""Maps of several beats at once, at the recording's own samples, to be laid over its trace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array
from ecg_core.beats import CLASSES
from ecg_core.classification.model import BeatModel
from ecg_core.classification.rr import rr_of_recording
from ecg_core.classification.windows import LeadReference, windows_between
from ecg_core.explanation.methods import Method, saliency
from ecg_core.recording import Recording

_TOGETHER_S: Final = 30.0
"""Beats closer than this are cut out of one span."""


@dataclass(frozen=True)
class BeatMap:
    """What of a beat's waveform speaks for a class.

    Attributes
    ----------
    index : int
        The beat.
    start_sample : int
        The map's first sample; within the recording.
    weights : ndarray of float32, shape (samples, leads)
        0 to 1 at the recording's own samples.
    """

    index: int
    start_sample: int
    weights: Float32Array


def maps_of_beats(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    indices: Sequence[int],
    targets: Sequence[str],
    model: BeatModel,
    reference: LeadReference,
    quality: npt.NDArray[np.uint8] | None = None,
    method: Method = "grad_cam",
) -> list[BeatMap]:
    """Map some beats of a recording.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        All beats of the recording.
    indices : sequence of int
        Which of them to map; strictly increasing.
    targets : sequence of {"N", "S", "V", "F", "Q"}
        The class to explain, for each of them.
    model : BeatModel
        The classifier.
    reference : LeadReference
        The recording's own dominant beats, see :meth:`BeatModel.lead_reference`.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.
    method : {"grad_cam", "integrated_gradients", "occlusion"}
        Method of explanation.

    Returns
    -------
    list of BeatMap
        One for each of `indices`, in their order.
    """
    rr = rr_of_recording(samples, recording.fs_hz, quality)
    wanted_class = dict(zip(indices, (CLASSES.index(target) for target in targets), strict=True))
    maps = []
    for together in _groups(samples, indices, _TOGETHER_S * recording.fs_hz):
        first, last = together[0], together[-1]
        cut = windows_between(
            recording, samples, int(samples[first]), int(samples[last]) + 1, model.window, reference, quality
        )
        if cut is None:
            raise IndexError(f"Beat {first} lies outside {recording.name}.")
        rows = np.array(together) - cut.first
        classes = np.array([wanted_class[index] for index in together])
        found = saliency(model, cut.wave[rows], cut.readable[rows], rr[together], classes, method).map
        maps += [
            _at_own_samples(recording, index, int(samples[index]), fine, model)
            for index, fine in zip(together, found, strict=True)
        ]
    return maps


def _groups(samples: npt.NDArray[np.int64], indices: Sequence[int], longest: float) -> Iterator[list[int]]:
    """Yield the beats in groups that are cut out of spans no longer than a length in samples."""
    group: list[int] = []
    for index in indices:
        if group and samples[index] - samples[group[0]] > longest:
            yield group
            group = []
        group.append(int(index))
    if group:
        yield group


def _at_own_samples(recording: Recording, index: int, sample: int, fine: Float32Array, model: BeatModel) -> BeatMap:
    """Interpolate a map (leads, samples) of the model's rate to the recording's samples, inside the recording."""
    window = model.window
    start = max(sample - int(window.before_s * recording.fs_hz), 0)
    stop = min(sample + int(window.after_s * recording.fs_hz) + 1, recording.n_samples)
    offsets_s = (np.arange(start, stop) - sample) / recording.fs_hz
    weights = np.stack([np.interp(offsets_s, window.offsets_s, lead) for lead in fine], axis=1)
    return BeatMap(index, start, weights.astype(np.float32))
