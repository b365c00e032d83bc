"""What may come out of a damaged file: a recording in proportion to it, or one clear sentence."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np

from ecg_core.errors import RecordingError, SourceError
from ecg_core.formats import TableLayout, open_recording
from ecg_core.recording import Recording
from ecg_core.sources import list_recordings, receive

MAX_VALUES = 40 * 86_400 * 500 * 12
MAX_SENTENCE = 600
MAX_TEXT = 5000


class BrokenError(Exception):
    """Something came out that must not; the message says what."""


def check_case(folder: Path, target: dict[str, Any]) -> str:
    """Open what lies in a folder; returns what was answered, numbers left out, to tell new answers from known ones."""
    layout = TableLayout(**target["layout"]) if target.get("layout") else None
    if layout and layout.lead_names:
        layout = TableLayout(layout.fs_hz, layout.unit, tuple(layout.lead_names))
    try:
        if target["kind"] == "upload":
            with receive([(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]) as upload:
                answers = [_opened(lambda name=found.name: upload.open(name)) for found in upload.recordings]
                return " | ".join(answers)
        list_recordings(folder)
        return _opened(lambda: open_recording(folder / target["opened"], layout=layout))
    except SourceError as error:
        return _sentence(error)


def _opened(opener: Any) -> str:
    try:
        recording = opener()
        check_recording(recording)
    except (RecordingError, SourceError) as error:
        return _sentence(error)
    return f"{recording.format_name} {len(recording.leads)} {len(recording.notes)} {bool(recording.annotation_names)}"


def check_recording(recording: Recording) -> None:
    """Read some of a recording and look at everything it says.

    Raises
    ------
    BrokenError
        If it says what it must not.
    RecordingError
        If it cannot be read.
    """
    n_leads = len(recording.leads)
    _require(0 < recording.n_samples * n_leads <= MAX_VALUES, f"{recording.n_samples} samples of {n_leads} leads")
    _require(bool(np.isfinite(recording.fs_hz)) and recording.fs_hz > 0, f"a rate of {recording.fs_hz}")
    most = max(1, 400_000 // n_leads)
    for start in {0, recording.n_samples // 2, max(0, recording.n_samples - most)}:
        signal = recording.read(start, start + most)
        _require(signal.dtype == np.float32, f"a signal of {signal.dtype}")
        _require(signal.shape == (min(most, recording.n_samples - start), n_leads), f"a span of shape {signal.shape}")
        _require(not np.isinf(signal).any(), "an infinite value")
    _require(len(recording.sha256) == 64, "no hash")
    for name in recording.annotation_names:
        try:
            marks = recording.annotations(name)
        except RecordingError as error:
            _sentence(error)
            continue
        _require(marks is not None, "no annotations of a name it gives")
        assert marks is not None
        inside = (marks.sample >= 0) & (marks.sample < recording.n_samples)
        _require(bool(inside.all()), "an annotation outside of the recording")
        _require(bool((np.diff(marks.sample) >= 0).all()), "annotations out of order")
        _require(len(marks.sample) == len(marks.symbol) == len(marks.aux), "annotations without text")
        marks.beats()
        for text in (*marks.aux[:1000], *map(str, marks.symbol[:1000])):
            _text(text)
    texts = [recording.name, recording.format_name, *recording.comments, *recording.notes, *recording.other_channels]
    texts += [text for lead in recording.leads for text in (lead.name, lead.original_name)]
    texts += [text for pair in recording.measurements for text in pair] + list(recording.statements)
    if recording.identity:
        known = recording.identity
        texts += [part for part in (known.name, known.patient_id, known.sex, known.device, known.device_serial) if part]
        texts += [text for pair in known.other for text in pair]
    _require(len(texts) < 20_000, f"{len(texts)} texts")
    for text in texts:
        _text(text)


def _text(text: str) -> None:
    _require(len(text) <= MAX_TEXT, f"a text of {len(text)} characters")
    bad = [sign for sign in text if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} or sign in "‪‫‬‭‮⁦⁧⁨⁩"]
    _require(not bad, f"control characters in {text[:60]!r}")


def _sentence(error: Exception) -> str:
    sentence = str(error)
    _require(sentence.endswith("."), f"no sentence: {sentence[:200]!r}")
    _require(len(sentence) < MAX_SENTENCE, f"a sentence of {len(sentence)} characters: {sentence[:200]!r}")
    _text(sentence)
    return re.sub(r"\d+|'.*?'", "#", sentence)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise BrokenError(otherwise)
