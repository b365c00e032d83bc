"""One-time disclosure of a file's patient identity; stores which files were disclosed, not what they say."""

from __future__ import annotations

import threading
from typing import Final

from ecg_core.private import private_folder
from ecg_core.recording import Identity
from ecg_core.review.database import data_folder
from pages.services.workspace import OpenedRecording

_FOLDER: Final = "identities_shown"
_shown: set[str] = set()
_lock = threading.Lock()


def pop_identity(opened: OpenedRecording) -> Identity | None:
    """Return the patient identity of a file and mark it as shown; None if absent or shown before.

    An upload is known by where it lies, which is new with each; another file by its content, across sessions and
    restarts: an empty file named by the hash is left in the data folder.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.

    Raises
    ------
    RecordingError
        If the file can no longer be read.
    """
    recording = opened.recording
    if not recording.identity:
        return None
    uploaded = recording.source == "upload"
    key = opened.stamp[0] if uploaded else recording.sha256
    with _lock:
        if key in _shown:
            return None
        _shown.add(key)
    return recording.identity if uploaded or _first(key) else None


def forget_shown_identities() -> None:
    """Forget what was shown since the program was started."""
    with _lock:
        _shown.clear()


def _first(sha256: str) -> bool:
    """Leave a mark that a file's identity was shown; tells whether there was none."""
    try:
        folder = data_folder() / _FOLDER
        private_folder(folder)
        (folder / sha256).touch(exist_ok=False)
    except FileExistsError:
        return False
    except OSError:  # a folder that cannot be written to: it is known as long as the program runs
        return True
    return True
