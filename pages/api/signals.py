"""The routes for signal that leaves: an export is begun, asked after, fetched, or stopped."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from ecg_core.export import FORMATS, file_stem, marks_of, write_signal
from ecg_core.export.names import plain_stem
from ecg_core.privacy import deidentified
from ecg_core.recording import Annotations
from pages.api.answering import Answer, Call, Stored
from pages.api.asking import Refused
from pages.api.patches import bench_to_read
from pages.api.preparing import EXPORTS, Preparation
from pages.api.seats import NOBODY

MARKS: Final = ("reviewed", "file", "none")
"""Marks that are written along: the beats as they are under review, the file's own annotations, or none."""

_MEDIA: Final = {".zip": "application/zip", ".csv": "text/csv", ".dcm": "application/dicom"}


def post_export(call: Call) -> Answer:
    """Begin an export of the recording, or of a span of it, without what says whose it is."""
    format_ = _choice(call.body, "format", tuple(FORMATS))
    which = _choice(call.body, "marks", MARKS)
    recording = call.opened.recording
    start_s = _seconds(call.body, "start_s", 0.0)
    stop_s = _seconds(call.body, "stop_s", recording.duration_s)
    start = max(round(start_s * recording.fs_hz), 0)
    stop = min(round(stop_s * recording.fs_hz), recording.n_samples)
    if stop <= start:
        raise Refused("The span to export is empty; choose a longer one.")
    public = deidentified(recording)
    stem = plain_stem(file_stem(public))
    reviewed = marks_of(bench_to_read(call).analysis) if which == "reviewed" else None

    def make(folder: Path, progress: Callable[[float], None], say: Callable[[str], None]) -> list[Path]:
        marks: Annotations | None = public.annotations() if which == "file" else reviewed
        return write_signal(
            public, folder, format_, start=start, stop=stop, stem=stem, marks=marks, progress=progress, say=say
        )

    person = "" if call.person == NOBODY else call.person
    return _told(EXPORTS.begin(call.token, person, stem, make))


def get_export(call: Call) -> Answer:
    """Tell how far an export is."""
    return _told(EXPORTS.of(call.token, call.params.get("key", "")))


def get_exported(call: Call) -> Answer:
    """Send the file of an export, piece by piece, and forget it afterwards."""
    preparation = EXPORTS.of(call.token, call.params.get("key", ""))
    if preparation.file is None:
        raise Refused(preparation.problem or "The export is not ready yet.", 409)
    path = preparation.file
    media = _MEDIA.get(path.suffix, "application/octet-stream")
    return Stored(path.name, media, path, lambda: EXPORTS.give_up(preparation.page, preparation.key))


def post_stop(call: Call) -> Answer:
    """Stop an export, or forget it."""
    key = call.body.get("key")
    if isinstance(key, str):
        EXPORTS.give_up(call.token, key)
    return None


def _told(preparation: Preparation) -> dict[str, Any]:
    path = preparation.file
    return {
        "key": preparation.key,
        "share": round(preparation.share, 3),
        "ready": path is not None,
        "name": path.name if path else None,
        "bytes": path.stat().st_size if path and path.exists() else None,
        "problem": preparation.problem,
        "said": list(preparation.said),
    }


def _choice(body: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    chosen = body.get(name)
    if not isinstance(chosen, str) or chosen not in choices:
        raise Refused(f"{name} must be one of {', '.join(choices)}.")
    return chosen


def _seconds(body: Mapping[str, Any], name: str, default: float) -> float:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e9:
        raise Refused(f"{name} must be a number of seconds.")
    return float(value)
