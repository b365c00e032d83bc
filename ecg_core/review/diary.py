"""Diary of a recording: entries and button presses of the patient as the file tells them, and notes that people add."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from ecg_core.errors import RecordingError
from ecg_core.formats.common.annotation_texts import NOTE_SYMBOL
from ecg_core.recording import Annotations, Recording
from ecg_core.review.span_notes import MAX_TEXT_LENGTH, Kind, SpanNote
from ecg_core.texts import plain, sentence

MAX_FILE_ENTRIES: Final = 2000
"""Texts of a file that are listed; that there are more is told."""

KIND_TITLES: Final[dict[Kind, str]] = {
    "diary": "Diary entry",
    "button": "Button press",
    "sleep": "Sleep",
    "activity": "Activity",
    "note": "Note",
}

_BUTTON: Final = re.compile(
    r"\W*(patient'?s?\s+)?(event|button|marker|trigger|symptom)s?(\s+(button|marker|mark|press|pressed|push|event)){0,2}"
    r"(\s*(no\.?|#)?\s*\d{1,4})?\W*",
    re.IGNORECASE,
)
_CODE: Final = re.compile(r"[A-Z0-9_+\-/()]{1,8}")
"""Codes of annotators and machines, such as MIT-BIH's ``TS``: no words of a patient."""

_WITH_LENGTH: Final = re.compile(r"(.*\S)\s+\((\d{1,6}(?:\.\d{1,6})?) s\)", re.DOTALL)
"""As the reader of EDF+ writes a text that holds for some time."""


@dataclass(frozen=True)
class DiaryEntry:
    """A mark with a text.

    Attributes
    ----------
    kind : str
        One of `KIND_TITLES`.
    start_sample, stop_sample : int
        The second one not included; equal for a moment.
    text : str
        Bounded and of one line; may be empty.
    origin : {"file", "person"}
    uuid : str
        Of the note by which a person may withdraw it; empty for what the file tells.
    person, at : str
        Who has added it, and when: UTC in ISO 8601; empty for what the file tells.
    """

    kind: Kind
    start_sample: int
    stop_sample: int
    text: str
    origin: Literal["file", "person"] = "file"
    uuid: str = ""
    person: str = ""
    at: str = ""

    @property
    def title(self) -> str:
        """Name of its kind."""
        return KIND_TITLES[self.kind]


@dataclass(frozen=True)
class FileDiary:
    """What a file tells of the patient's diary.

    Attributes
    ----------
    entries : tuple of DiaryEntry
        In order of time.
    problems : tuple of str
        What could not be read or is not listed, one sentence each.
    """

    entries: tuple[DiaryEntry, ...] = ()
    problems: tuple[str, ...] = ()


def file_diary(recording: Recording) -> FileDiary:
    """Return the texts with a time that came with a recording: EDF+ annotations, WFDB comments, timed texts of DICOM.

    Parameters
    ----------
    recording : Recording
        The recording, de-identified as far as its reader may see it; its texts are those of strangers.

    Returns
    -------
    FileDiary
    """
    found: dict[tuple[int, str], DiaryEntry] = {}
    problems = []
    for name in recording.annotation_names:
        try:
            annotations = recording.annotations(name)
        except RecordingError as error:
            problems.append(sentence(f"The annotations {plain(name, 40)} could not be read: {error}"))
            continue
        for entry in () if annotations is None else _entries(annotations, recording):
            found.setdefault((entry.start_sample, entry.text), entry)
    entries = sorted(found.values(), key=lambda one: one.start_sample)
    if len(entries) > MAX_FILE_ENTRIES:
        problems.append(f"The file holds {len(entries):,} texts; the first {MAX_FILE_ENTRIES:,} are listed.")
    return FileDiary(tuple(entries[:MAX_FILE_ENTRIES]), tuple(problems))


def _entries(annotations: Annotations, recording: Recording) -> Iterable[DiaryEntry]:
    with_length = recording.format_name.startswith("EDF")
    for at in np.flatnonzero(annotations.symbol == NOTE_SYMBOL).tolist():
        text = plain(annotations.aux[at].strip(), MAX_TEXT_LENGTH)
        start = min(max(int(annotations.sample[at]), 0), max(recording.n_samples - 1, 0))
        stop = start
        if with_length and (length := _WITH_LENGTH.fullmatch(text)):
            text, stop = length[1], min(start + round(float(length[2]) * recording.fs_hz), recording.n_samples)
        if text:
            yield DiaryEntry(_kind_of(text), start, stop, text)


def _kind_of(text: str) -> Kind:
    if _BUTTON.fullmatch(text):
        return "button"
    return "note" if _CODE.fullmatch(text) else "diary"


def diary(of_file: FileDiary, notes: Iterable[SpanNote]) -> list[DiaryEntry]:
    """Return what the file tells and what people have added, in order of time.

    Parameters
    ----------
    of_file : FileDiary
        As :func:`file_diary` returns it.
    notes : iterable of SpanNote
        Those that nobody has withdrawn.

    Returns
    -------
    list of DiaryEntry
    """
    added = [
        DiaryEntry(one.kind, one.start_sample, one.stop_sample, one.text, "person", one.uuid, one.person, one.at)
        for one in notes
        if one.withdrawn_at is None and one.kind in KIND_TITLES
    ]
    return sorted([*of_file.entries, *added], key=lambda one: (one.start_sample, one.stop_sample))
