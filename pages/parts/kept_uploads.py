"""Uploads that are kept on disk: so much for each person, so much for all; no Streamlit in here."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ecg_core.errors import SourceError
from ecg_core.sources import Upload

KEPT: Final = 12
"""Uploads of one person; their oldest goes when another comes."""

ONE_BYTES: Final = 4 << 30
ALL_BYTES: Final = 16 << 30
LEAST_FREE_BYTES: Final = 1 << 30
"""Room that uploads leave on their disk."""

_ELSEWHERE: Final = "open the files as a local folder"


@dataclass(frozen=True)
class _Kept:
    upload: Upload
    owner: str
    n_bytes: int


class KeptUploads:
    """Uploads by token.

    Parameters
    ----------
    one_bytes, all_bytes : int
        How much one person, and all together, may have on the disk.

    Attributes
    ----------
    is_here : callable
        Tells whether a person is still there: whoever is gone makes room for others.
    """

    def __init__(self, one_bytes: int = ONE_BYTES, all_bytes: int = ALL_BYTES) -> None:
        self.one_bytes, self.all_bytes = one_bytes, all_bytes
        self.is_here: Callable[[str], bool] = lambda _: True
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def __contains__(self, token: str) -> bool:
        return token in self._kept

    def __getitem__(self, token: str) -> Upload:
        return self._kept[token].upload

    def get(self, token: str) -> Upload | None:
        """Return an upload, None if it is not here (any more)."""
        kept = self._kept.get(token)
        return None if kept is None else kept.upload

    def room_for(self, owner: str) -> int:
        """Return how many bytes a person may upload now; uploads of people who are gone give way.

        Raises
        ------
        SourceError
            If there is no room.
        """
        with self._lock:
            mine = sum(kept.n_bytes for kept in self._kept.values() if kept.owner == owner)
            if mine >= self.one_bytes:
                raise SourceError(
                    f"Your uploads take {_size(mine)} already, the most that one person may have here; reload the page "
                    f"to give them back, or {_ELSEWHERE}."
                )
            wanted = self.one_bytes - mine
            for token in [token for token, kept in self._kept.items() if not self.is_here(kept.owner)]:
                if self._left() >= wanted:
                    break
                del self._kept[token]
            left = self._left()
        if left <= 0:
            raise SourceError(f"There is no room for more uploads at the moment; try again later, or {_ELSEWHERE}.")
        return min(wanted, left)

    def keep(self, token: str, upload: Upload, owner: str) -> int:
        """Keep an upload; return its size in bytes."""
        n_bytes = sum(path.stat().st_size for path in upload.folder.rglob("*") if path.is_file())
        with self._lock:
            self._kept[token] = _Kept(upload, owner, n_bytes)
            mine = [name for name, kept in self._kept.items() if kept.owner == owner]
            for name in mine[: max(len(mine) - KEPT, 0)]:
                del self._kept[name]
        return n_bytes

    def clear(self) -> None:
        """Forget all uploads, which removes their folders."""
        with self._lock:
            self._kept.clear()

    def _left(self) -> int:
        held = sum(kept.n_bytes for kept in self._kept.values())
        try:
            free = shutil.disk_usage(tempfile.gettempdir()).free - LEAST_FREE_BYTES
        except OSError:
            free = self.all_bytes
        return min(self.all_bytes - held, free)


def _size(n_bytes: int) -> str:
    return f"{n_bytes / (1 << 30):.3g} GB" if n_bytes >= 1 << 28 else f"{n_bytes / (1 << 20):.3g} MB"
