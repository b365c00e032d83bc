"""Handlers of signal exports: start, progress, download, stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from ecg_core.export import FORMATS, file_stem, marks_of, write_signal
from ecg_core.formats.common.output_names import plain_stem
from ecg_core.privacy import deidentified
from ecg_core.recording import Annotations
from pages.api.deltas import session_to_read
from pages.api.endpoint import Answer, DeskRequest, StoredFileAnswer
from pages.services.errors import RequestError
from pages.services.export_jobs import EXPORTS, ExportJob
from pages.services.tokens import DEFAULT_REVIEWER_NAME

MARKS: Final = ("reviewed", "file", "none")
"""Marks that are written along: the beats as they are under review, the file's own annotations, or none."""

_MEDIA: Final = {".zip": "application/zip", ".csv": "text/csv", ".dcm": "application/dicom"}


def post_export(request: DeskRequest) -> Answer:
    """Start a de-identified export of the recording or a span of it."""
    format_ = _choice(request.body, "format", tuple(FORMATS))
    which = _choice(request.body, "marks", MARKS)
    recording = request.opened.recording
    start_s = _seconds(request.body, "start_s", 0.0)
    stop_s = _seconds(request.body, "stop_s", recording.duration_s)
    start = max(round(start_s * recording.fs_hz), 0)
    stop = min(round(stop_s * recording.fs_hz), recording.n_samples)
    if stop <= start:
        raise RequestError("The span to export is empty; choose a longer one.")
    public = deidentified(recording)
    stem = plain_stem(file_stem(public))
    reviewed = marks_of(session_to_read(request).analysis) if which == "reviewed" else None

    def make(folder: Path, progress: Callable[[float], None], say: Callable[[str], None]) -> list[Path]:
        marks: Annotations | None = public.annotations() if which == "file" else reviewed
        return write_signal(
            public, folder, format_, start=start, stop=stop, stem=stem, marks=marks, progress=progress, say=say
        )

    person = "" if request.person == DEFAULT_REVIEWER_NAME else request.person
    return _progress(EXPORTS.begin(request.token, person, stem, make))


def get_export(request: DeskRequest) -> Answer:
    """Return the progress of an export."""
    return _progress(EXPORTS.of(request.token, request.params.get("key", "")))


def get_exported(request: DeskRequest) -> Answer:
    """Stream the file of a finished export, then discard the export."""
    export = EXPORTS.of(request.token, request.params.get("key", ""))
    path = export.file
    if path is None:
        raise RequestError(export.job.problem or "The export is not ready yet.", 409)
    media = _MEDIA.get(path.suffix, "application/octet-stream")
    return StoredFileAnswer(path.name, media, path, lambda: EXPORTS.give_up(export.page, export.key))


def post_stop(request: DeskRequest) -> Answer:
    """Cancel an export, or discard a finished one."""
    key = request.body.get("key")
    if isinstance(key, str):
        EXPORTS.give_up(request.token, key)
    return None


def _progress(export: ExportJob) -> dict[str, Any]:
    path = export.file
    return {
        "key": export.key,
        "share": round(export.job.share, 3),
        "ready": path is not None,
        "name": path.name if path else None,
        "bytes": path.stat().st_size if path and path.exists() else None,
        "problem": export.job.problem,
        "said": list(export.said),
    }


def _choice(body: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    chosen = body.get(name)
    if not isinstance(chosen, str) or chosen not in choices:
        raise RequestError(f"{name} must be one of {', '.join(choices)}.")
    return chosen


def _seconds(body: Mapping[str, Any], name: str, default: float) -> float:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e9:
        raise RequestError(f"{name} must be a number of seconds.")
    return float(value)
