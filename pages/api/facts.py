"""Payload of recording facts and of the progress of its analysis."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.analysis import Analysis
from ecg_core.classification.model import load_model
from ecg_core.errors import ModelError
from ecg_core.formats.common.lead_check import notes_of_leads
from pages.services import workspace
from pages.services.job_executor import ANALYSIS_JOBS, LONG_S, Job
from pages.services.wording import person, seconds_of_day, shown
from pages.services.workspace import OpenedRecording

_MAX_LINES: Final = 200
_NAME: Final = 120
_NOTE: Final = 500
_MIN_HEIGHT, _USUAL_HEIGHT, _MAX_HEIGHT = 0.7, 1.8, 4.0
"""Of a lead on the strip in mV, or what would be mV."""


def stage(analysis: Analysis | None) -> str:
    """Return the stage of the analysis: "beats" (detection runs), "found" or "classified"."""
    if analysis is None:
        return "beats"
    return "classified" if analysis.classified else "found"


def job(opened: OpenedRecording, at: str) -> dict[str, Any] | None:
    """Return the payload of the running or failed job of a recording.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    at : str
        Stage of the analysis; see `stage`.

    Returns
    -------
    dict or None
        None where there is no job, or it was cancelled.
    """
    for what, key in (("classes", workspace.classify_key(opened)), ("beats", workspace.beats_key(opened))):
        found = ANALYSIS_JOBS.get(key)
        if found is not None and _tells(found, what, at):
            payload = {"what": what, "stage": found.stage, "share": found.share, "problem": found.problem}
            long_s = found.estimate_s if not found.done and (found.estimate_s or 0.0) >= LONG_S else None
            return {**payload, "long_s": None if long_s is None else round(long_s)}
    return None


def _tells(found: Job, what: str, at: str) -> bool:
    if not found.done:
        return True
    if found.problem is None or (what == "classes" and found.cancelled):
        return False
    return at != "classified" and (what == "classes" or at == "beats")


def recording_facts(opened: OpenedRecording) -> dict[str, Any]:
    """Return the facts of a recording. Texts from its files are untrusted."""
    recording = opened.recording
    return {
        "rec": opened.rec,
        "name": shown(recording.name),
        "fs_hz": recording.fs_hz,
        "n_samples": recording.n_samples,
        "duration_s": recording.duration_s,
        "clock_s": None if recording.start_time is None else seconds_of_day(recording.start_time),
        "start_time": None if recording.start_time is None else recording.start_time.isoformat(),
        "synthetic": recording.synthetic,
        "person": person(recording.comments),
        "notes": [shown(note, _NOTE) for note in recording.notes[:_MAX_LINES]],
        "lead_notes": [shown(note, _NOTE) for note in notes_of_leads(recording.notes)[:_MAX_LINES]],
        "leads": [
            {
                "name": shown(lead.name, _NAME),
                "calibrated": lead.calibrated,
                "scale": _scale(lead.calibrated, opened.lanes.range_mv[at]),
                "range_mv": [round(float(limit), 3) for limit in opened.lanes.range_mv[at]],
                "offset_mv": round(float(opened.lanes.level_mv[at]), 4),
            }
            for at, lead in enumerate(recording.leads)
        ],
        "annotators": [shown(name, _NAME) for name in recording.annotation_names[:_MAX_LINES]],
    }


def _scale(calibrated: bool, range_mv: npt.NDArray[np.float32]) -> float:
    """Return how many times its size a lead is drawn: one without calibration as high as an ECG usually is."""
    height = float(range_mv[1] - range_mv[0])
    if calibrated or _MIN_HEIGHT <= height <= _MAX_HEIGHT:
        return 1.0
    return _USUAL_HEIGHT / height


def model_facts(analysis: Analysis | None) -> dict[str, Any] | None:
    """Return the facts of the model that classified the beats, or would; None if there is none."""
    if analysis is not None and analysis.classified:
        known = analysis.provenance
        return {"name": known["model"], "device": known["device"], "sha256": known["model_sha256"]}
    try:
        model = load_model()
    except ModelError:
        return None
    return {"name": model.name, "device": None, "sha256": model.sha256}
