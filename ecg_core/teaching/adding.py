"""New cases in the data folder: from a script, or from a recording, which is de-identified first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ecg_core.errors import SourceError
from ecg_core.export.signal import write_signal
from ecg_core.privacy import deidentified
from ecg_core.recording import Annotations, Recording
from ecg_core.synthesis.strip_drawing import draw_strip
from ecg_core.teaching.case import code_of
from ecg_core.teaching.library import CASE_FILE, TeachingCase, case_as_toml, case_library, own_cases_folder, parse_case
from ecg_core.teaching.truth_measures import measured_criteria
from ecg_core.writing import drafting, write_text

MAX_RECORDING_S: Final = 1800.0
"""Longest recording that a case holds."""

_NOT_PLAIN: Final = re.compile(r"[^a-z0-9]+")


def name_from(title: str) -> str:
    """Return a name for a case from its diagnosis or title: lower-case letters, digits and underscores.

    Parameters
    ----------
    title : str
        Any text.

    Returns
    -------
    str
        Empty if the text holds no letter.
    """
    plain = _NOT_PLAIN.sub("_", title.lower()).strip("_")
    return re.sub(r"^[^a-z]+", "", plain)[:60].rstrip("_")


def add_case(
    name: str,
    data: Mapping[str, Any],
    recording: Recording | None = None,
    marks: Annotations | None = None,
    span_s: tuple[float, float] | None = None,
) -> TeachingCase:
    """Add a case to the data folder.

    Parameters
    ----------
    name : str
        A new name, see :func:`name_from`.
    data : mapping
        What ``case.toml`` is to hold; without ``recording`` where one is given.
    recording : Recording, optional
        Its signal becomes the case's, without what says whose it is: no name, no date, no text of strangers.
    marks : Annotations, optional
        The truth of the recording.
    span_s : tuple of float, optional
        Start and end of the part to take; the whole recording by default.

    Returns
    -------
    TeachingCase

    Raises
    ------
    SourceError
        In one sentence, if the name is taken, a field is wrong, or the files cannot be written.
    RecordingError
        If the recording cannot be read.
    """
    if name != name_from(name) or len(name) < 2:
        raise SourceError(f"{name!r:.80} is no name of a case: take lower-case letters, digits and underscores.")
    library = case_library()
    if name in library.cases or (own_cases_folder() / name).exists():
        raise SourceError(f"There is a case {name} already; give the new one another title or name.")
    stem = code_of(name)
    whole = dict(data)
    if recording is not None:
        whole["recording"] = {"file": f"{stem}.hea"}
    text = parse_case(whole, name)
    unknown = [one.case for one in text.look_alikes if one.case not in library.cases]
    if unknown:
        raise SourceError(f"{name}: there is no case {unknown[0]:.60} to look alike.")
    if text.signal is not None:
        try:
            measured_criteria(text, draw_strip(text.signal))
        except ValueError as error:
            raise SourceError(f"{name}: {error}.") from None
    root = own_cases_folder()
    try:
        with drafting(root, name) as draft:
            folder = draft / name
            folder.mkdir()
            if recording is not None:
                _write_recording(recording, folder, stem, marks, span_s)
            write_text(folder / CASE_FILE, case_as_toml(whole))
            folder.rename(root / name)
    except OSError as error:
        raise SourceError(f"The case {name} cannot be kept in {root}: {error.strerror or error}.") from error
    return case_library().find(name)


def _write_recording(
    recording: Recording, folder: Path, stem: str, marks: Annotations | None, span_s: tuple[float, float] | None
) -> None:
    """Write a part of a recording as WFDB without what says whose it is."""
    start_s, stop_s = span_s or (0.0, recording.duration_s)
    start = round(max(start_s, 0.0) * recording.fs_hz)
    stop = min(round(stop_s * recording.fs_hz), recording.n_samples)
    if not start < stop:
        raise SourceError(
            f"The part from {start_s:g} to {stop_s:g} s lies outside the recording of {recording.duration_s:.0f} s."
        )
    if (stop - start) / recording.fs_hz > MAX_RECORDING_S:
        raise SourceError(f"A case holds {MAX_RECORDING_S / 60:.0f} min at most; choose a part of the recording.")
    public = deidentified(recording, shift_days=None)
    write_signal(public, folder, "wfdb", start=start, stop=stop, stem=stem, marks=marks)
