"""Budget of bytes in memory, per person and in total, for request bodies and uploads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Final

MAX_REMEMBERED_WINDOWS: Final = 1000
"""Windows whose person is remembered, before those that store nothing are forgotten."""


def _nothing_stored() -> Mapping[str, int]:
    return {}


class ByteBudget:
    """Counts bytes that have arrived and are not yet stored, together with what is stored for open windows.

    Parameters
    ----------
    person_bytes, all_bytes : int
        Limits of one person and of all together.
    stored : callable
        Returns the bytes that are stored for each window; none by default.
    """

    def __init__(
        self, person_bytes: int, all_bytes: int, stored: Callable[[], Mapping[str, int]] = _nothing_stored
    ) -> None:
        self.person_bytes, self.all_bytes = person_bytes, all_bytes
        self._stored = stored
        self._lock = threading.Lock()
        self._taken: dict[str, int] = {}
        self._people: dict[str, str] = {}

    def fits(self, person: str, n_bytes: int) -> bool:
        """Tell whether there is room for so many bytes now; reserves nothing.

        Parameters
        ----------
        person : str
            Who sends: a browser, or a window where the browser is not known.
        n_bytes : int
            Size.

        Returns
        -------
        bool
        """
        with self._lock:
            return self._fits(person, n_bytes)

    def take(self, person: str, n_bytes: int, window: str = "") -> bool:
        """Reserve memory for received bytes.

        Parameters
        ----------
        person : str
            Who sends.
        n_bytes : int
            Size.
        window : str
            The window that they will be stored for, if any.

        Returns
        -------
        bool
            False if there is no room.
        """
        with self._lock:
            if window and window != person:
                self._people[window] = person
            if not self._fits(person, n_bytes):
                return False
            self._taken[person] = self._taken.get(person, 0) + n_bytes
            return True

    def give_back(self, person: str, n_bytes: int) -> None:
        """Release reserved memory, once the bytes are stored or no longer needed.

        Parameters
        ----------
        person : str
            Who sent.
        n_bytes : int
            Size.
        """
        with self._lock:
            left = self._taken.pop(person, 0) - n_bytes
            if left > 0:
                self._taken[person] = left

    def _fits(self, person: str, n_bytes: int) -> bool:
        stored = self._stored()
        if len(self._people) > MAX_REMEMBERED_WINDOWS:
            self._people = {window: self._people[window] for window in stored if window in self._people}
        mine = sum(size for window, size in stored.items() if self._people.get(window, window) == person)
        in_all = sum(stored.values()) + sum(self._taken.values())
        return mine + self._taken.get(person, 0) + n_bytes <= self.person_bytes and in_all + n_bytes <= self.all_bytes
