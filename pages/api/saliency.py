"""Payload of saliency maps of the beats on screen."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.analysis import Analysis
from ecg_core.beats import CLASSES
from ecg_core.classification.model import load_model
from ecg_core.explanation import METHOD_NAMES, maps_of_beats
from ecg_core.review.state import State
from pages.api.wire import pack
from pages.services.analysis_jobs import ReadyModel, saliency_key, start_saliency
from pages.services.errors import RequestError
from pages.services.job_executor import ANALYSIS_JOBS
from pages.services.workspace import OpenedRecording

MAX_SALIENCY_BEATS: Final = 64
AUTO: Final = "auto"

_GRACE_S: Final = 0.1
_LOADING: Final = "The model is being loaded."
_NOT_LOADED: Final = "The model is not loaded yet."
_one_at_a_time: Final = threading.Lock()


def saliency(opened: OpenedRecording, state: State, ids: Sequence[int], target: str) -> bytes:
    """Pack the Grad-CAM maps of some beats.

    Parameters
    ----------
    opened : OpenedRecording
        Its beats are classified.
    state : State
        The beats under review.
    ids : sequence of int
        Beats that are not there any more are passed over.
    target : str
        A class, or "auto": of each beat the one that it has.

    Returns
    -------
    bytes
        See `pages.api.wire`. ``meta``: method, beats (id, start_sample, n, target). ``s<k>``: uint8 (leads, samples) of
        the k-th of these beats at the recording's own samples, 255 where the map is strongest.

    Raises
    ------
    RequestError
        With status 409 until `prepare` has loaded the model in the background; 422 of a live stream.
    """
    if opened.live is not None:
        raise RequestError("Saliency maps are not made of a live stream.", 422)
    analysis = opened.analysis
    assert analysis is not None
    model, reference = _ready(opened, analysis)
    positions = np.unique(state.positions(np.asarray(ids, dtype=np.int64)))
    positions = positions[positions >= 0]
    targets = [target if target != AUTO else _class_of(state, position) for position in positions]
    with _one_at_a_time:
        maps = maps_of_beats(
            opened.recording, state.sample, positions.tolist(), targets, model, reference, analysis.quality
        )
    beats: list[dict[str, Any]] = []
    arrays: dict[str, npt.NDArray[np.uint8]] = {}
    for at, (found, chosen) in enumerate(zip(maps, targets, strict=True)):
        arrays[f"s{at}"] = np.round(255 * found.weights.T).astype(np.uint8)
        beats.append(
            {
                "id": int(state.id[found.index]),
                "start_sample": found.start_sample,
                "n": len(found.weights),
                "target": chosen,
            }
        )
    return pack({"beats": beats, "method": METHOD_NAMES["grad_cam"]}, arrays)


def _class_of(state: State, position: int) -> str:
    code = int(state.code[position])
    return CLASSES[code] if code < len(CLASSES) else CLASSES[0]


def prepare(opened: OpenedRecording) -> None:
    """Start to load what saliency maps need; `saliency` answers once it is there.

    Parameters
    ----------
    opened : OpenedRecording
        Its beats are classified.

    Raises
    ------
    RequestError
        If the beats are not classified, or were classified by a model that is not the one in use.
    """
    analysis = opened.analysis
    if analysis is None or not analysis.classified:
        raise RequestError("Classify the beats first; saliency maps belong to classified beats.", 422)
    _check_model(analysis)
    start_saliency(opened, analysis)


def _check_model(analysis: Analysis) -> None:
    if load_model().sha256 != analysis.provenance["model_sha256"]:
        raise RequestError(
            f"The beats were classified by {analysis.provenance['model']}, which is not the model in use now; "
            "classify them again.",
            422,
        )


def _ready(opened: OpenedRecording, analysis: Analysis) -> ReadyModel:
    """Return the model with its network, and the recording's dominant beats, once `prepare` has loaded them."""
    _check_model(analysis)
    key = saliency_key(opened, analysis)
    job = ANALYSIS_JOBS.get(key)
    if job is None:
        raise RequestError(_NOT_LOADED, 409)
    if not job.wait(_GRACE_S):
        raise RequestError(_LOADING, 409)
    if job.problem:
        # Told once; the next `prepare` tries again.
        ANALYSIS_JOBS.drop(key)
        raise RequestError(job.problem, 422)
    ready: ReadyModel = job.result
    return ready
