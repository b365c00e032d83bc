"""Public names of recordings, free of identity."""

from __future__ import annotations

from typing import Final

from ecg_core.privacy.traces import Traces
from ecg_core.recording import Recording

_CODE_LENGTH: Final = 8


def public_name(recording: Recording) -> str:
    """Return what files, logs, exports and provenance call a recording.

    Parameters
    ----------
    recording : Recording
        The recording.

    Returns
    -------
    str
        Its name for demos and PhysioNet's records, and for local files whose name tells nothing of the identity in
        them. Otherwise, and for every upload, ``ecg-`` with the first digits of its content's hash: the same content
        always has the same code.

    Raises
    ------
    RecordingError
        If the content has to be hashed and cannot be read.
    """
    if recording.source in {"demo", "physionet"}:
        return recording.name
    if recording.source == "upload" or name_reveals(recording):
        return coded_name(recording)
    return recording.name


def coded_name(recording: Recording) -> str:
    """Return the code of a recording's content: ``ecg-`` with the first digits of its hash.

    Raises
    ------
    RecordingError
        If the content cannot be read.
    """
    return f"ecg-{recording.sha256[:_CODE_LENGTH]}"


def name_reveals(recording: Recording) -> bool:
    """Tell whether a recording's name shows something of the identity found in its file."""
    return Traces.of(recording.identity).shown_by(recording.name)
