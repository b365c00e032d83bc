"""Cache of open recordings with a memory budget that is shared fairly among people.

What nobody has looked at for `LOOKED_AT_S` goes first, the one unused for longest before the others. Where that is not
enough, those whose recordings take more than their share of the memory give up some, never one that a person who takes
less looks at too.
Of theirs the one used last before the present one goes: for somebody who looks at one after the other in turn, the
oldest would be the very next one (sequential flooding of a least-recently-used cache), while so most of a round stay.
No Streamlit in here.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from ecg_core import settings
from ecg_core.errors import SettingError

LOOKED_AT_S: Final = 150.0
"""A recording is being looked at when a page has asked for it within so long; one in sight asks every few seconds."""

_MIN_DEFAULT_BUDGET_BYTES: Final = 512 << 20
_MAX_DEFAULT_BUDGET_BYTES: Final = 4 << 30
_REMEASURE_AFTER_S: Final = 10.0
_MIN_RECORDING_BYTES: Final = 1 << 16
"""Least memory that an open recording counts for, however small it was measured."""

Item = TypeVar("Item")


def budget_bytes() -> int:
    """Return the memory budget of open recordings: `settings.OPEN_RECORDINGS_MB`, else an eighth of the memory."""
    try:
        given_mb = settings.OPEN_RECORDINGS_MB.get()
    except SettingError:  # reported when the server starts
        given_mb = None
    if given_mb is None:
        return min(max(_memory_bytes() // 8, _MIN_DEFAULT_BUDGET_BYTES), _MAX_DEFAULT_BUDGET_BYTES)
    return max(int(given_mb * (1 << 20)), 0)


@dataclass(eq=False)
class _Open(Generic[Item]):
    item: Item
    used: int = 0
    n_bytes: int = _MIN_RECORDING_BYTES
    measured_s: float = -_REMEASURE_AFTER_S
    state: object = None
    seen_s: dict[str, float] = field(default_factory=dict)

    def lookers(self, now_s: float) -> list[str]:
        return [person for person, seen_s in self.seen_s.items() if now_s - seen_s <= LOOKED_AT_S]


class OpenRecordings(Generic[Item]):
    """Open recordings by key.

    Parameters
    ----------
    measure : callable
        Tells how many bytes one takes.
    state : callable
        Tells what of it decides its size; it is measured again as soon as that is another object.
    is_busy : callable
        Tells whether something is being computed for one: it stays then.
    """

    def __init__(
        self, measure: Callable[[Item], int], state: Callable[[Item], object], is_busy: Callable[[Item], bool]
    ) -> None:
        self._measure, self._state, self._is_busy = measure, state, is_busy
        self._lock = threading.RLock()
        self._open: dict[Hashable, _Open[Item]] = {}
        self._n_used = 0

    def __len__(self) -> int:
        return len(self._open)

    def __contains__(self, key: object) -> bool:
        return key in self._open

    def keys(self) -> list[Hashable]:
        """Return the keys of open recordings."""
        with self._lock:
            return list(self._open)

    def n_bytes(self) -> int:
        """Return their total size in bytes, as measured."""
        with self._lock:
            return sum(one.n_bytes for one in self._open.values())

    def get(self, key: Hashable, person: str) -> Item | None:
        """Return an open recording and note that the person looked at it; None if it is not open.

        Parameters
        ----------
        key : hashable
            Key of the recording.
        person : str
            Who asks.

        Returns
        -------
        Item or None
        """
        with self._lock:
            found = self._open.get(key)
            return None if found is None else self._looked_at(key, found, person)

    def peek(self, key: Hashable) -> Item | None:
        """Return an open recording without counting as a look at it; None if it is not open."""
        with self._lock:
            found = self._open.get(key)
            return None if found is None else found.item

    def put(self, key: Hashable, item: Item, person: str) -> Item:
        """Add an open recording unless its key is open already; evicts others beyond the budget.

        Parameters
        ----------
        key : hashable
            Key of the recording.
        item : Item
            The recording.
        person : str
            Who asks.

        Returns
        -------
        Item
            `item`, or what was open under the key already.
        """
        with self._lock:
            return self._looked_at(key, self._open.setdefault(key, _Open(item)), person)

    def close_where(self, is_gone: Callable[[Item], bool]) -> None:
        """Close recordings for which a condition holds, even if in use."""
        with self._lock:
            self._open = {key: one for key, one in self._open.items() if not is_gone(one.item)}

    def clear(self) -> None:
        """Close all."""
        with self._lock:
            self._open.clear()

    def _looked_at(self, key: Hashable, one: _Open[Item], person: str) -> Item:
        now_s = time.monotonic()
        self._n_used += 1
        one.used = self._n_used
        one.seen_s = {name: seen_s for name, seen_s in one.seen_s.items() if now_s - seen_s <= LOOKED_AT_S}
        one.seen_s[person] = now_s
        state = self._state(one.item)
        if state is not one.state or now_s - one.measured_s >= _REMEASURE_AFTER_S:
            one.n_bytes = max(self._measure(one.item), _MIN_RECORDING_BYTES)
            one.measured_s, one.state = now_s, state
        self._make_room(key, now_s)
        return one.item

    def _make_room(self, present: Hashable, now_s: float) -> None:
        too_many = self.n_bytes() - budget_bytes()
        while too_many > 0:
            key = self._least_needed(present, now_s)
            if key is None:
                return
            too_many -= self._open.pop(key).n_bytes

    def _least_needed(self, present: Hashable, now_s: float) -> Hashable | None:
        may_go = {key: one for key, one in self._open.items() if key != present and not self._is_busy(one.item)}
        unwatched = [key for key, one in may_go.items() if not one.lookers(now_s)]
        if unwatched:
            return min(unwatched, key=lambda key: may_go[key].used)
        taken = self._taken(now_s)
        share = sum(taken.values()) / max(len(taken), 1)
        takes_more = {person for person, n_bytes in taken.items() if n_bytes >= share}
        for person in sorted(takes_more, key=lambda name: -taken[name]):
            lookers = {key: set(one.lookers(now_s)) for key, one in may_go.items()}
            theirs = [key for key, who in lookers.items() if person in who and who <= takes_more]
            if theirs:
                return max(theirs, key=lambda key: may_go[key].used)
        return None

    def _taken(self, now_s: float) -> dict[str, float]:
        """Return what each person's recordings take; of one that several look at, each has a part."""
        taken: dict[str, float] = {}
        for one in self._open.values():
            lookers = one.lookers(now_s)
            for person in lookers:
                taken[person] = taken.get(person, 0.0) + one.n_bytes / len(lookers)
        return taken


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8 * _MIN_DEFAULT_BUDGET_BYTES
