"""Recordings with analyses for reports, and ways to read a PDF back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime, time
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pdfplumber
import pypdfium2

from ecg_core.analysis import Analysis, with_beats
from ecg_core.beats import CLASSES, beat_table, set_probabilities
from ecg_core.recording import Lead, Recording, from_array
from ecg_core.report import Report, draft_report
from ecg_core.report.source import Review

FS_HZ = 250.0
MADE_AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
POINTS_PER_MM = 72 / 25.4
PROVENANCE: dict[str, Any] = {
    "version": "0.1.0",
    "model": "some-model",
    "model_sha256": "c" * 64,
    "rhythm_model": "some-rhythm",
    "rhythm_model_sha256": "d" * 64,
    "pacing": "assessed",
    "device": "CPU",
    "analysed_at": "2026-03-01T09:00:00+00:00",
}


def square_beats(samples: Sequence[int], n_samples: int, n_leads: int = 2, height_mv: float = 1.0) -> np.ndarray:
    """Return a signal whose beats are rectangles of known height, 100 ms wide."""
    signal = np.zeros((n_samples, n_leads), dtype=np.float32)
    for sample in samples:
        signal[sample : sample + round(0.1 * FS_HZ)] = height_mv
    return signal


def recording_of(
    signal: np.ndarray, name: str = "record", lead_names: Sequence[str] = ("MLII", "V1"), **fields: Any
) -> Recording:
    """Return a recording of an array, with other fields as given."""
    made = from_array(signal, FS_HZ, list(lead_names)[: signal.shape[1]], name=name)
    taken: dict[str, Any] = {one: getattr(made, one) for one in ("fs_hz", "n_samples", "leads", "read_span")}
    result = Recording(name=name, **{**taken, **fields})
    result.__dict__["sha256"] = made.sha256
    return result


def analysis_of(
    recording: Recording, samples: Sequence[int], labels: str | None = None, provenance: dict[str, Any] | None = None
) -> Analysis:
    """Return an analysis of given beats, without networks."""
    beats = beat_table(np.asarray(samples, dtype=np.int64), recording.fs_hz)
    if labels is not None and len(samples):
        certain = np.full((len(samples), len(CLASSES)), 0.02)
        certain[np.arange(len(samples)), [CLASSES.index(label) for label in labels]] = 0.92
        beats = set_probabilities(beats, certain)
    quality = np.full((int(np.ceil(recording.duration_s)), len(recording.leads)), 2, dtype=np.uint8)
    if len(samples):
        beats["quality"] = pd.array(np.full(len(samples), 2), dtype="Int8")
    told = {**PROVENANCE, **(provenance or {})}
    if labels is None:
        told |= {"model": None, "model_sha256": None}
    return with_beats(recording, beats, quality, told)


LABELS = ("N" * 7 + "V" + "N" * 6 + "VV" + "N" * 8 + "VVVV" + "N" * 9 + "S" + "N" * 7) * 3


@cache
def _holter_signal() -> tuple[np.ndarray, tuple[int, ...]]:
    steps = np.full(len(LABELS), round(0.8 * FS_HZ))
    steps[20] = round(3.0 * FS_HZ)
    for at, label in enumerate(LABELS):
        if label == "V":
            steps[at] = round(0.45 * FS_HZ)
    samples = np.cumsum(steps)
    return square_beats(samples.tolist(), int(samples[-1] + FS_HZ)), tuple(samples.tolist())


def holter(**fields: Any) -> tuple[Recording, Analysis]:
    """Return about two minutes with single V, couplets, runs of V, S beats and a pause of 3 s; it began at 14:00."""
    signal, samples = _holter_signal()
    fields = {"start_time": time(14, 0, 0), "format_name": "WFDB", **fields}
    recording = recording_of(signal, **fields)
    return recording, analysis_of(recording, samples, LABELS)


def drafted(review: Review | None = None, **options: Any) -> Report:
    """Return the draft of the report of `holter`."""
    recording, analysis = holter()
    return draft_report(recording, analysis, review, created_at=MADE_AT, **options)


def opened(document: bytes) -> pdfplumber.PDF:
    """Open a PDF."""
    return pdfplumber.open(io.BytesIO(document))


def page_texts(document: bytes) -> list[str]:
    """Return the text of each page, on one line."""
    pdf = pypdfium2.PdfDocument(document)
    try:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in pdf]
    finally:
        pdf.close()


def text_of(document: bytes) -> str:
    """Return the text of all pages on one line."""
    return " ".join(page_texts(document))


def uncalibrated(recording: Recording) -> tuple[Lead, ...]:
    """Return the leads of a recording as if the file gave no gain."""
    return tuple(Lead(lead.name, calibrated=False) for lead in recording.leads)
