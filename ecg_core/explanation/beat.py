"""One beat's explanation, and the mean map of a class over a recording.

Maps (see :mod:`ecg_core.explanation.methods`) show where in the waveform the class was found. They cannot show what
the RR intervals did, which enter the network beside the waveform; their effect is measured by making them regular
and looking at what the probability does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats import CLASSES
from ecg_core.classification.model import BeatModel
from ecg_core.classification.rr import RR_FEATURES, rr_of_recording
from ecg_core.classification.windows import beat_windows
from ecg_core.explanation.gradients import as_usual
from ecg_core.explanation.log_odds import log_odds_of
from ecg_core.explanation.methods import Method, saliency
from ecg_core.explanation.native_samples import native_samples, rr_in_words
from ecg_core.recording import Recording


@dataclass(frozen=True)
class BeatExplanation:
    """Why one beat was given a class, or what speaks for another.

    Attributes
    ----------
    index, sample : int
        The beat.
    target : str
        The class explained.
    probabilities : ndarray of float32, shape (5,)
        In the order of `ecg_core.beats.CLASSES`.
    offsets_s : ndarray, shape (n,)
        Time of the recording's own samples relative to the beat.
    wave_mv : ndarray of float32, shape (n, leads)
        The recording's own samples, NaN outside it.
    map : ndarray of float32, shape (n, leads)
        What speaks for the target at those samples, 0 to 1.
    rr : pandas.DataFrame
        Columns ``feature, text, value, effect``: each RR feature, what it is in words, its value, and by how much it
        raises the target's probability compared with a regular rhythm.
    waveform_effect, rr_effect : float
        By how much the beat's shape (compared with the dominant beat), and its RR intervals together (compared with a
        regular rhythm), raise the target's probability.
    method : {"grad_cam", "integrated_gradients", "occlusion"}
        How the map was made.
    values : ndarray of float32, shape (n, leads)
        The same as `map` before it was rectified and scaled: negative where a sample speaks against the target.
    waveform_log_odds : float
        By how much the beat's shape raises the target's log odds: what integrated gradients share out.
    """

    index: int
    sample: int
    target: str
    probabilities: npt.NDArray[np.float32]
    offsets_s: npt.NDArray[np.float64]
    wave_mv: npt.NDArray[np.float32]
    map: npt.NDArray[np.float32]
    rr: pd.DataFrame
    waveform_effect: float
    rr_effect: float
    method: Method
    values: npt.NDArray[np.float32]
    waveform_log_odds: float


@dataclass(frozen=True)
class ClassMap:
    """The mean map of the beats of a class.

    Attributes
    ----------
    target : str
    offsets_s : ndarray, shape (n,)
    wave : ndarray of float32, shape (n, leads)
        The mean beat in units of the lead's QRS height.
    map : ndarray of float32, shape (n, leads)
        Mean of the beats' maps, 0 to 1.
    n_beats : int
        Beats averaged.
    method : {"grad_cam", "integrated_gradients", "occlusion"}
    """

    target: str
    offsets_s: npt.NDArray[np.float64]
    wave: npt.NDArray[np.float32]
    map: npt.NDArray[np.float32]
    n_beats: int
    method: Method


def explain_beat(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    index: int,
    model: BeatModel,
    target: str | None = None,
    quality: npt.NDArray[np.uint8] | None = None,
    method: Method = "grad_cam",
) -> BeatExplanation:
    """Explain one beat of a recording.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        All beats of the recording, as they were classified.
    index : int
        Which of them to explain.
    model : BeatModel
        The model that classified them.
    target : {"N", "S", "V", "F", "Q"}, optional
        The class to explain; the most probable one by default.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.
    method : {"grad_cam", "integrated_gradients", "occlusion"}
        How the waveform's part is mapped, see :mod:`ecg_core.explanation.methods`.
    """
    reference = model.lead_reference(recording, samples)
    windows = beat_windows(recording, samples, index, model.window, reference, quality)
    rr = rr_of_recording(samples, recording.fs_hz, quality)[index]

    n_features = len(RR_FEATURES)
    # Rows: as it is; shaped like the dominant beat; all intervals regular; each interval feature regular in turn.
    wave = np.repeat(windows.wave, 3 + n_features, axis=0)
    wave[1] = as_usual(wave[1])
    intervals = np.repeat(rr[None], 3 + n_features, axis=0)
    intervals[2] = 0
    intervals[3 + np.arange(n_features), np.arange(n_features)] = 0
    readable = np.repeat(windows.readable, len(wave), axis=0)
    probabilities = model.classify_windows(wave, readable, intervals)
    chosen = CLASSES.index(target) if target else int(probabilities[0].argmax())
    effects = probabilities[0, chosen] - probabilities[:, chosen]

    targets = np.array([chosen, chosen])
    found = saliency(model, windows.wave, windows.readable, rr[None], targets[:1], method)
    odds = log_odds_of(probabilities[:2], targets)
    offsets_s, wave_mv = native_samples(recording, int(samples[index]), model.window.before_s, model.window.after_s)

    def at_own(fine: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return np.stack([np.interp(offsets_s, model.window.offsets_s, lead) for lead in fine], axis=1).astype(
            np.float32
        )

    return BeatExplanation(
        index=index,
        sample=int(samples[index]),
        target=CLASSES[chosen],
        probabilities=probabilities[0],
        offsets_s=offsets_s,
        wave_mv=wave_mv,
        map=at_own(found.map[0]),
        rr=pd.DataFrame(
            {
                "feature": list(RR_FEATURES),
                "text": list(RR_FEATURES.values()),
                "value": [rr_in_words(name, value) for name, value in zip(RR_FEATURES, rr, strict=True)],
                "effect": effects[3:],
            }
        ),
        waveform_effect=float(effects[1]),
        rr_effect=float(effects[2]),
        method=method,
        values=at_own(found.smooth[0]),
        waveform_log_odds=float(odds[0] - odds[1]),
    )


def class_map(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    labels: npt.NDArray[np.object_],
    model: BeatModel,
    target: str,
    quality: npt.NDArray[np.uint8] | None = None,
    n_beats: int = 200,
    method: Method = "grad_cam",
) -> ClassMap | None:
    """Return the mean map of beats of one class, evenly spread over the recording.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        Beat positions in samples.
    labels : ndarray of object, shape (beats,)
        Class of each beat.
    model : BeatModel
        The classifier.
    target : str
        Class to explain.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.
    n_beats : int
        Number of beats, at most.
    method : Method
        Method of explanation.

    Returns
    -------
    ClassMap or None
        None if no beat has the class.
    """
    of_class = np.flatnonzero(np.asarray(labels) == target)
    if not len(of_class):
        return None
    chosen = of_class[np.unique(np.linspace(0, len(of_class) - 1, min(n_beats, len(of_class))).astype(int))]
    reference = model.lead_reference(recording, samples)
    cut = [beat_windows(recording, samples, int(index), model.window, reference, quality) for index in chosen]
    wave = np.concatenate([windows.wave for windows in cut])
    readable = np.concatenate([windows.readable for windows in cut])
    rr = rr_of_recording(samples, recording.fs_hz, quality)[chosen]
    maps = saliency(model, wave, readable, rr, np.full(len(chosen), CLASSES.index(target)), method).map
    weight = readable[:, :, None]
    count = np.maximum(weight.sum(axis=0), 1)
    return ClassMap(
        target=target,
        offsets_s=model.window.offsets_s,
        wave=((wave[..., 0] * weight).sum(axis=0) / count).T.astype(np.float32),
        map=((maps * weight).sum(axis=0) / count).T.astype(np.float32),
        n_beats=len(chosen),
        method=method,
    )
