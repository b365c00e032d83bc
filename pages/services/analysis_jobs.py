"""Analysis jobs of open recordings: beat detection, classification, model for saliency maps. No Streamlit.

All of them start here, when a page or a POST request asks for it; no GET request and no property starts one.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ecg_core.analysis import Analysis, analyse, classification_cached
from ecg_core.classification.model import BeatModel, load_model
from ecg_core.classification.windows import LeadReference
from ecg_core.errors import ModelError
from ecg_core.explanation import maps_of_beats
from ecg_core.progress import Progress
from ecg_core.recording import Recording
from pages.services.job_executor import ANALYSIS_JOBS, Job
from pages.services.worklist_updates import UPDATES
from pages.services.workspace import (
    OpenedRecording,
    beats_key,
    classify_key,
    keep,
    log_opened,
    remember_hash,
    restore,
)

SAMPLES_PER_S: Final = 2e6
"""Samples of one lead that detection and the rhythm network process per second; flat signal takes a fifth of it."""

ReadyModel = tuple[BeatModel, LeadReference]
"""A model with its network loaded, and the recording's dominant beats."""


def estimate_s(recording: Recording) -> float:
    """Return the expected duration in seconds of a recording's first analysis, from its samples and leads."""
    return recording.n_samples * len(recording.leads) / SAMPLES_PER_S


def start_beat_detection(opened: OpenedRecording) -> Job:
    """Start beat detection in the background; classes come from the cache if available.

    A job that failed is returned as it is until it is dropped from the executor. Results live in the workspace alone:
    an analysis that was evicted is restored from the cache, or else the job runs again.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.

    Returns
    -------
    Job
        The job under way or ended.
    """
    earlier = ANALYSIS_JOBS.get(beats_key(opened))
    if earlier is not None and earlier.problem:
        return earlier
    if restore(opened):
        return _ended()
    if earlier is not None and earlier.done and opened.analysis is None:
        ANALYSIS_JOBS.drop(beats_key(opened))

    def work(progress: Progress) -> None:
        remember_hash(opened.recording)
        log_opened(opened)
        try:
            model = load_model()
            known = classification_cached(opened.recording, model)
        except ModelError:
            known = False
        # Families wait for the classes: beats that are yet to be classified are shown the sooner.
        keep(opened, analyse(opened.recording, model if known else None, group=known, progress=progress))
        UPDATES.renew(opened)

    return ANALYSIS_JOBS.submit(beats_key(opened), work, estimate_s(opened.recording))


def start_classification(opened: OpenedRecording) -> Job:
    """Start classification in the background.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.

    Returns
    -------
    Job
    """
    earlier = ANALYSIS_JOBS.get(classify_key(opened))
    if earlier is not None and earlier.done and not (opened.analysis is not None and opened.analysis.classified):
        ANALYSIS_JOBS.drop(classify_key(opened))

    def work(progress: Progress) -> None:
        keep(opened, analyse(opened.recording, load_network(progress), progress=progress))
        UPDATES.renew(opened)

    return ANALYSIS_JOBS.submit(classify_key(opened), work, estimate_s(opened.recording))


def saliency_key(opened: OpenedRecording, analysis: Analysis) -> tuple[object, ...]:
    """Return the key of the job that prepares a recording's saliency maps.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    analysis : Analysis
        Its analysis, classified.

    Returns
    -------
    tuple
    """
    return ("maps", opened.stamp, analysis.provenance["model_sha256"])


def start_saliency(opened: OpenedRecording, analysis: Analysis) -> Job:
    """Start to load the model and the recording's dominant beats for saliency maps; the result is a `ReadyModel`.

    TensorFlow is imported by the job, since that takes seconds in which no other request would be answered.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    analysis : Analysis
        Its analysis, classified.

    Returns
    -------
    Job
    """
    samples = analysis.beats["sample"].to_numpy(np.int64)

    def work(progress: Progress) -> ReadyModel:
        model = load_network(progress)
        progress("Looking for the dominant beats", 0.5)
        reference = model.lead_reference(opened.recording, samples)
        # The first map builds the network's graph, which takes as long as a hundred maps.
        if len(samples):
            first = min(1, len(samples) - 1)
            maps_of_beats(opened.recording, samples, [first], ["N"], model, reference, analysis.quality)
        return model, reference

    return ANALYSIS_JOBS.submit(saliency_key(opened, analysis), work)


def load_network(progress: Progress) -> BeatModel:
    """Load the model with its network, which imports TensorFlow the first time."""
    model = load_model()
    progress(f"Loading {model.name}", 0.0)
    _ = model.network
    return model


def _ended() -> Job:
    job = Job(kind="beats", share=1.0)
    job.end()
    return job
