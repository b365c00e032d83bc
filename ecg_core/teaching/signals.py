"""Recordings of teaching cases: written from their scripts on first use and kept in the cache."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from ecg_core.caching import cache_folder
from ecg_core.errors import RecordingError, SourceError
from ecg_core.synthesis.strip_drawing import draw_strip, write_strip
from ecg_core.teaching.library import TeachingCase


def case_header(case: TeachingCase) -> Path:
    """Return the header of a case's recording; one from a script is written first where it is not in the cache.

    Parameters
    ----------
    case : TeachingCase
        The case; its recording is no record of PhysioNet, which is fetched by name.

    Returns
    -------
    Path

    Raises
    ------
    SourceError
        If the recording is one of PhysioNet or is not there, or its script names a wave that there is not.
    """
    recording = case.text.recording
    if recording is not None:
        if recording.physionet:
            raise SourceError(f"{case.name} is the record {recording.physionet} of PhysioNet; fetch it from there.")
        return case.folder / recording.file
    folder = cache_folder("cases") / _content_key(case)
    header = folder / f"{case.code}.hea"
    return header if header.is_file() else write_case(case, folder)


def write_case(case: TeachingCase, folder: Path, name: str | None = None) -> Path:
    """Write a case's tracing as a WFDB record with its truth.

    Parameters
    ----------
    case : TeachingCase
        A case with a script.
    folder : Path
        Made if it is not there.
    name : str, optional
        Of the record; the case's code, which does not tell the diagnosis, by default.

    Returns
    -------
    Path
        Of the header.

    Raises
    ------
    SourceError
        If the case has no script, or its script names a wave that there is not.
    RecordingError
        If the files cannot be written.
    """
    text = case.text
    if text.signal is None:
        where = text.recording.physionet or text.recording.file if text.recording else ""
        raise SourceError(f"{case.name} is a recording, not a script: {where}; export it from Review, or fetch it.")
    said = [f"Age: {text.age_years:g}"] if text.age_years is not None else []
    said += [f"Sex: {text.sex}"] if text.sex else []
    try:
        return write_strip(text.signal, folder, name or case.code, tuple(said))
    except ValueError as error:
        raise SourceError(f"{case.name}: {error}.") from None
    except OSError as error:
        raise RecordingError(f"{case.name} cannot be written to {folder}: {error.strerror or error}.") from error


@lru_cache(maxsize=512)
def _content_key(case: TeachingCase) -> str:
    """Return a key of what a case's files hold, so that another generator never finds files of an earlier one."""
    if case.text.signal is None:
        return "none"
    try:
        drawn = draw_strip(case.text.signal)
    except ValueError as error:
        raise SourceError(f"{case.name}: {error}.") from None
    marks = drawn.annotations
    said = repr((case.text.age_years, case.text.sex, marks.symbol.tolist(), marks.aux))
    content = hashlib.sha256(drawn.signal_mv.tobytes() + marks.sample.tobytes() + said.encode())
    return content.hexdigest()[:16]
