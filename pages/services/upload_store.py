"""Storage of uploads on disk with size limits, expiry and ownership. No Streamlit."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from ecg_core import settings
from ecg_core.errors import SettingError, SourceError
from ecg_core.sources import Upload

MAX_UPLOADS_PER_PERSON: Final = 12
"""Uploads of one person; their oldest goes when another comes."""

PERSON_BYTES: Final = 4 << 30
ALL_BYTES: Final = 16 << 30
MIN_FREE_BYTES: Final = 1 << 30
"""Room that uploads leave on their disk."""

DEFAULT_GRACE_S: Final = settings.UPLOAD_GRACE_S.default()
"""As long as Streamlit lets a window that lost its connection come back."""

_ELSEWHERE: Final = "open the files as a local folder"


@dataclass
class _StoredUpload:
    upload: Upload
    windows: set[str]
    """Those of its browser in which it was brought or opened; none where it belongs to no window."""
    browser: str
    person: str
    n_bytes: int
    gone_at_s: float | None = None
    """When all of its windows were first found closed."""


class UploadStore:
    """Uploads by token. An upload goes when the window that brought it has been closed for a grace period.

    While the window is open, whoever has the token has the upload. In the grace period only the same browser has it: a
    page that is loaded anew finds it again, and the upload stays as long as that window does.

    Parameters
    ----------
    person_bytes, all_bytes : int
        How much one person, and all together, may have on the disk.
    grace_s : float
        How long a closed window may be opened again.

    Attributes
    ----------
    is_here : callable
        Tells whether a window is open.
    when_gone : callable
        Is called with each upload that was removed.
    """

    def __init__(
        self, person_bytes: int = PERSON_BYTES, all_bytes: int = ALL_BYTES, grace_s: float = DEFAULT_GRACE_S
    ) -> None:
        self.person_bytes, self.all_bytes, self.grace_s = person_bytes, all_bytes, grace_s
        self.is_here: Callable[[str], bool] = lambda _: True
        self.when_gone: Callable[[Upload], None] = lambda _: None
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _StoredUpload] = OrderedDict()
        self._closed = False

    def __contains__(self, token: str) -> bool:
        return token in self._kept

    def __getitem__(self, token: str) -> Upload:
        return self._kept[token].upload

    def get(self, token: str, window: str = "", browser: str = "") -> Upload | None:
        """Return an upload; None if it does not exist, has expired or belongs to somebody else.

        Parameters
        ----------
        token : str
            Of the upload.
        window, browser : str
            Who asks.
        """
        with self._lock:
            kept = self._kept.get(token)
            if kept is None:
                return None
            if window and browser and browser == kept.browser and self.is_here(window):
                kept.windows.add(window)
            return None if self._is_gone(kept) else kept.upload

    def tidy(self) -> int:
        """Remove the uploads of windows that have been closed for the grace period; returns how many."""
        now_s = time.monotonic()
        with self._lock:
            for kept in self._kept.values():
                if not self._is_gone(kept):
                    kept.gone_at_s = None
                elif kept.gone_at_s is None:
                    kept.gone_at_s = now_s
            late = [
                token
                for token, kept in self._kept.items()
                if kept.gone_at_s is not None and now_s - kept.gone_at_s >= self.grace_s
            ]
            removed = [self._kept.pop(token).upload for token in late]
        self._remove(removed)
        return len(removed)

    def _is_gone(self, kept: _StoredUpload) -> bool:
        return bool(kept.windows) and not any(map(self.is_here, kept.windows))

    def _remove(self, uploads: Iterable[Upload]) -> None:
        for upload in uploads:
            upload.close()
            self.when_gone(upload)

    def room_for(self, owner: str, browser: str = "") -> int:
        """Return how many bytes a person may upload now; uploads of windows that were closed give way.

        Parameters
        ----------
        owner, browser : str
            The window, and its browser, whose windows are one person; empty where that is not known.

        Raises
        ------
        SourceError
            If there is no room.
        """
        with self._lock:
            person = browser or owner
            mine = sum(kept.n_bytes for kept in self._kept.values() if kept.person == person)
            if mine >= self.person_bytes:
                raise SourceError(
                    f"Your uploads take {_size(mine)} already, the most that one person may have here; reload the page "
                    f"to give them back, or {_ELSEWHERE}."
                )
            wanted = self.person_bytes - mine
            removed = []
            for token in [token for token, kept in self._kept.items() if self._is_gone(kept)]:
                if self._left() >= wanted:
                    break
                removed.append(self._kept.pop(token).upload)
                removed[-1].close()
            left = self._left()
        self._remove(removed)
        if left <= 0:
            raise SourceError(f"There is no room for more uploads at the moment; try again later, or {_ELSEWHERE}.")
        return min(wanted, left)

    def keep(self, token: str, upload: Upload, owner: str, browser: str = "") -> int:
        """Keep an upload; return its size in bytes.

        Parameters
        ----------
        token : str
            Of the upload.
        upload : Upload
            The unpacked upload.
        owner, browser : str
            The window that brought it, and its browser; without a window it stays until the program ends.

        Raises
        ------
        SourceError
            If the program is ending.
        """
        n_bytes = sum(path.stat().st_size for path in upload.folder.rglob("*") if path.is_file())
        with self._lock:
            if self._closed:
                upload.close()
                raise SourceError("The server is stopping; upload the files again when it runs.")
            person = browser or owner
            self._kept[token] = _StoredUpload(upload, {owner} - {""}, browser, person, n_bytes)
            mine = [name for name, kept in self._kept.items() if kept.person == person]
            removed = [self._kept.pop(name).upload for name in mine[: max(len(mine) - MAX_UPLOADS_PER_PERSON, 0)]]
        self._remove(removed)
        return n_bytes

    def clear(self) -> None:
        """Remove all uploads."""
        with self._lock:
            removed = [kept.upload for kept in self._kept.values()]
            self._kept.clear()
        self._remove(removed)

    def close(self) -> None:
        """Remove all uploads and accept no more."""
        with self._lock:
            self._closed = True
        self.clear()

    def _left(self) -> int:
        held = sum(kept.n_bytes for kept in self._kept.values())
        try:
            free = shutil.disk_usage(tempfile.gettempdir()).free - MIN_FREE_BYTES
        except OSError:
            free = self.all_bytes
        return min(self.all_bytes - held, free)


def grace_s() -> float:
    """Return the setting `settings.UPLOAD_GRACE_S`, or its default where the setting is unusable."""
    try:
        return settings.UPLOAD_GRACE_S.get()
    except SettingError:  # reported when the server starts
        return settings.UPLOAD_GRACE_S.default()


def _size(n_bytes: int) -> str:
    return f"{n_bytes / (1 << 30):.3g} GB" if n_bytes >= 1 << 28 else f"{n_bytes / (1 << 20):.3g} MB"
