"""Waves of the beats in a span, and the measurements of the recording, of one family and of one beat."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any, Final

import numpy as np

from ecg_core.analysis import Analysis
from ecg_core.beat_criteria import beat_reasons
from ecg_core.delineation.beat_intervals import COLUMNS, beat_intervals
from ecg_core.delineation.device_comparison import compared_with_device
from ecg_core.delineation.waves import ABSENT, BOUNDARIES, Waves
from ecg_core.episode_criteria import WITH_CRITERIA, episode_reasons
from ecg_core.group_measurements import measure_family
from ecg_core.measurements import RecordingMeasurements, measure_recording, measured_dict, waves_of_beats
from ecg_core.review.session import ReviewSession
from pages.api.endpoint import Answer, DeskRequest
from pages.api.params import choice_param, float_param, int_param
from pages.services import workspace
from pages.services.errors import RequestError
from pages.services.review_sessions import read_on, review_session_of
from pages.services.wave_jobs import waves_job
from pages.services.wording import shown
from pages.services.workspace import OpenedRecording

MAX_BOUNDARIES: Final = 200_000
"""Numbers in an answer; a longer span must be asked for in parts."""

_MAX_TIME_S: Final = 1e9
_MAX_FAMILY: Final = 2**15 - 1
MAX_BEAT_ID: Final = 2**31 - 1


def get_waves(request: DeskRequest) -> Answer:
    """Return the boundaries of the beats in a span of time."""
    start_s = float_param(request.params, "start_s", 0.0, _MAX_TIME_S)
    stop_s = float_param(request.params, "stop_s", 0.0, _MAX_TIME_S)
    analysis, revision = _analysis(request)
    state = waves_state(request.opened, analysis)
    waves = None if analysis is None else waves_of_beats(analysis)
    if analysis is None or waves is None:
        return {**state, "revision": revision, "beats": []}
    fs_hz = request.opened.recording.fs_hz
    low, high = np.searchsorted(waves.beat, [start_s * fs_hz, max(start_s, stop_s) * fs_hz]).tolist()
    if (high - low) * waves.offset[0:1].size > MAX_BOUNDARIES:
        raise RequestError("This span holds too many beats; ask for a shorter one.")
    part = waves.of_beats(np.arange(low, high))
    ids = analysis.beats["id"].to_numpy() if "id" in analysis.beats else waves.beat
    intervals = _interval_rows(waves, fs_hz, low, high)
    people = _set_by_people(review_session_of(request.opened))
    confidence = np.rint(100 * np.nan_to_num(part.confidence)).astype(np.int64)
    return {
        **state,
        "revision": revision,
        "beats": [
            {
                "id": int(ids[low + row]),
                "sample": int(part.beat[row]),
                "assessed": part.assessed[row].tolist(),
                "boundaries": [_samples(part.beat[row], offset) for offset in part.offset[row]],
                "common": _samples(part.beat[row], part.common[row]),
                "confidence": confidence[row].tolist(),
                "set": people.get(int(ids[low + row]), []),
                "intervals": intervals[row],
            }
            for row in range(len(part))
        ],
    }


def get_measurements(request: DeskRequest) -> Answer:
    """Return the measurements of the usual beat, statements, and what the device measured."""
    analysis, revision = _analysis(request)
    state = waves_state(request.opened, analysis)
    if analysis is None or analysis.waves is None:
        return {**state, "revision": revision, "measured": None}
    session = review_session_of(request.opened)
    if session is not None and (share := session.delineate_more()) < 1:
        return {"state": "running", "share": share, "problem": None, "revision": revision, "measured": None}
    analysis, revision = _analysis(request)
    recording = request.opened.recording
    found = None if analysis is None else measure_recording(recording, analysis)
    if analysis is None or found is None:
        return {**state, "revision": revision, "measured": None}
    return {**state, "revision": revision, "measured": _payload(request.opened, analysis, found)}


def get_family(request: DeskRequest) -> Answer:
    """Return the measurements of the median beat of one family; none where the family has no beats any more."""
    index = int_param(request.params, "family", 0, _MAX_FAMILY)
    analysis, revision = _analysis(request)
    found = None if analysis is None else measure_family(request.opened.recording, analysis, index)
    return {
        **waves_state(request.opened, analysis),
        "revision": revision,
        "family": index,
        "measured": None
        if found is None
        else {
            "basis": found.basis,
            "overall": {name: measured_dict(one) for name, one in found.measurements.overall.items()},
        },
    }


def get_criteria(request: DeskRequest) -> Answer:
    """Return intervals and clinical criteria of one beat; empty where there is no such beat or no wave is known yet."""
    beat = int_param(request.params, "beat", -MAX_BEAT_ID, MAX_BEAT_ID)
    analysis, _ = _analysis(request)
    if analysis is None or analysis.waves is None:
        return None
    ids = analysis.beats["id" if "id" in analysis.beats else "sample"].to_numpy()
    rows = np.flatnonzero(ids == beat)
    if not len(rows):
        return None
    found = beat_reasons(analysis, request.opened.recording.fs_hz, int(rows[0]))
    return {
        "label": found.label,
        "summary": found.summary,
        "criteria": [dict(one.__dict__) for one in found.criteria],
        "intervals_ms": {name: None if one is None else round(one, 1) for name, one in found.intervals_ms.items()},
    }


def get_episode_criteria(request: DeskRequest) -> Answer:
    """Return the clinical criteria of an episode; empty for kinds without criteria."""
    last = request.opened.recording.n_samples
    kind = choice_param(request.params, "kind", WITH_CRITERIA, "")
    start_sample = int_param(request.params, "start", 0, last)
    stop_sample = int_param(request.params, "stop", 0, last)
    analysis, _ = _analysis(request)
    if analysis is None or not analysis.classified:
        return None
    found = episode_reasons(analysis, request.opened.recording.fs_hz, kind, start_sample, stop_sample)
    return {"criteria": [dict(one.__dict__) for one in found]}


def waves_state(opened: OpenedRecording, analysis: Analysis | None) -> dict[str, Any]:
    """Return whether the waves are there, under way, or why they are not.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    analysis : Analysis or None
        Its analysis.

    Returns
    -------
    dict
        ``state``: "ready", "running", "waiting" (for the beats, or to be asked for) or "failed"; ``share`` and
        ``problem``.
    """
    if analysis is not None and analysis.waves is not None:
        return {"state": "ready", "share": 1.0, "problem": None}
    if opened.live is not None:
        return {"state": "failed", "share": 0.0, "problem": "Waves and intervals are not measured in a live stream."}
    job = waves_job(opened)
    if job is None or job.cancelled:
        return {"state": "waiting", "share": 0.0, "problem": None}
    if job.problem is not None:
        return {"state": "failed", "share": job.share, "problem": job.problem}
    return {"state": "waiting" if job.done else "running", "share": job.share, "problem": None}


def _analysis(request: DeskRequest) -> tuple[Analysis | None, int]:
    """Return the analysis with what people have corrected, and its revision."""
    workspace.restore(request.opened)
    session = review_session_of(request.opened)
    if session is None:
        return request.opened.analysis, 0
    return session.analysis, read_on(session)


def _payload(opened: OpenedRecording, analysis: Analysis, found: RecordingMeasurements) -> dict[str, Any]:
    recording = opened.recording
    measured = found.shown
    median = found.usual.median
    return {
        "basis": found.basis,
        "overall": {name: measured_dict(one) for name, one in measured.overall.items()},
        "leads": {
            shown(lead, 40): {name: measured_dict(one) for name, one in values.items()}
            for lead, values in measured.leads.items()
        },
        "relative": {shown(lead, 40): reason for lead, reason in found.relative.items()},
        "device": [
            {
                "label": shown(one.label, 80),
                "text": shown(one.text, 80),
                "quantity": one.quantity,
                "difference": None if one.difference is None else round(one.difference, 1),
                "differs": one.differs,
            }
            for one in compared_with_device(measured.overall, recording.measurements[:200])
        ],
        "interpretation": found.interpretation.as_dict(),
        "st_not_assessed": {} if analysis.waves is None else dict(analysis.waves.st.not_assessed),
        "median": None
        if median is None
        else {
            "fs_hz": recording.fs_hz,
            "lead_names": [shown(lead, 40) for lead in measured.leads],
            "signal_mv": [_curve(lead) for lead in median.signal_mv.T],
            "boundaries": [[_place(value) for value in lead] for lead in found.usual.boundary],
            "common": [_place(value) for value in found.usual.common],
        },
    }


def _interval_rows(waves: Waves, fs_hz: float, low: int, high: int) -> list[dict[str, float | None]]:
    """Return the intervals in ms of beats of a range."""
    first = max(low - 1, 0)  # the beat before gives the RR interval
    table = beat_intervals(waves.of_beats(np.arange(first, high)), fs_hz).iloc[low - first :]
    return [
        {str(name): None if math.isnan(value) else round(float(value), 1) for name, value in row.items()}
        for row in table[list(COLUMNS)].to_dict("records")
    ]


def _set_by_people(session: ReviewSession | None) -> dict[int, list[list[int | None]]]:
    """Return lead and boundary of what people have set, by the id of the beat."""
    found: dict[int, list[list[int | None]]] = defaultdict(list)
    for beat, boundary, lead in {} if session is None else session.state.boundaries:
        found[beat].append([lead, BOUNDARIES.index(boundary)])
    return found


def _samples(beat: np.int64, offset: np.ndarray[Any, np.dtype[np.int16]]) -> list[int | None]:
    return [None if value == ABSENT else int(beat) + value for value in offset.tolist()]


def _place(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 2)


def _curve(values: np.ndarray[Any, np.dtype[np.float64]]) -> list[float | None]:
    return [None if math.isnan(value) else round(value, 4) for value in values.tolist()]
