"""FIFO queue of the threads of one process that write to the database, with a time limit."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class WriteQueue:
    """First-in, first-out lock with a time limit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = False
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def turn(self, patience_s: float) -> Iterator[None]:
        """Hold the lock during the block.

        Raises
        ------
        TimeoutError
            If it was not acquired within `patience_s`.
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
