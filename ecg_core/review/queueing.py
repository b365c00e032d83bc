"""The queue of those who would write: one at a time, in the order in which they came, and nobody waits for ever."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class WriteQueue:
    """Lets the threads of a process write one after the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = False
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def turn(self, patience_s: float) -> Iterator[None]:
        """Wait for one's turn, which ends with the block.

        Raises
        ------
        TimeoutError
            If it has not come within `patience_s`.
        """
        self._wait(patience_s)
        try:
            yield
        finally:
            with self._lock:
                if self._waiting:
                    self._waiting.popleft().set()  # it stays busy: with the next one
                else:
                    self._busy = False

    def _wait(self, patience_s: float) -> None:
        mine = threading.Event()
        with self._lock:
            if not self._busy:
                self._busy = True
                return
            self._waiting.append(mine)
        if mine.wait(patience_s):
            return
        with self._lock:
            if not mine.is_set():
                self._waiting.remove(mine)
                raise TimeoutError
