"""Background job that delineates the waves of an open recording. No Streamlit."""

from __future__ import annotations

from typing import Final

from ecg_core.analysis import Analysis, with_waves
from ecg_core.progress import Progress
from pages.services.job_executor import ANALYSIS_JOBS, Job
from pages.services.review_sessions import adopt
from pages.services.worklist_updates import UPDATES
from pages.services.workspace import OpenedRecording

SAMPLES_PER_S: Final = 4e6
"""Samples of one lead that are delineated per second."""


def waves_key(opened: OpenedRecording, analysis: Analysis) -> tuple[object, ...]:
    """Return the key of the job that delineates a recording.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    analysis : Analysis
        Its analysis: with classes the job is another one.

    Returns
    -------
    tuple
    """
    return ("waves", opened.stamp, analysis.provenance["model_sha256"])


def start_waves(opened: OpenedRecording) -> Job | None:
    """Start to delineate a recording in the background, once its beats are found.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.

    Returns
    -------
    Job or None
        None where there are no beats yet, the waves are known, or the recording is a live stream.
    """
    analysis = opened.analysis
    if analysis is None or analysis.waves is not None or opened.live is not None:
        return None
    key = waves_key(opened, analysis)
    earlier = ANALYSIS_JOBS.get(key)
    if earlier is not None and earlier.done and earlier.problem is None:
        ANALYSIS_JOBS.drop(key)

    def work(progress: Progress) -> None:
        found = with_waves(opened.recording, analysis, progress=progress)
        if opened.replace(analysis, found):
            adopt(opened, analysis, found)
            UPDATES.renew(opened)

    recording = opened.recording
    return ANALYSIS_JOBS.submit(key, work, recording.n_samples * len(recording.leads) / SAMPLES_PER_S)


def waves_job(opened: OpenedRecording) -> Job | None:
    """Return the job that delineates a recording; None where there is none."""
    analysis = opened.analysis
    return None if analysis is None else ANALYSIS_JOBS.get(waves_key(opened, analysis))
