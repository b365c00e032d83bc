"""One line on the terminal that says how far a long piece of work has come."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

_REDRAW_S = 0.2
_WIDTH = 24


class ProgressLine:
    """A progress bar with the time left, on standard error, where that is a terminal.

    Parameters
    ----------
    title : str
        What is being done.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._began = self._drawn = self._share = 0.0
        self._visible = sys.stderr.isatty()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def show(self, stage: str, share: float) -> None:
        """Draw the bar at a share from 0 to 1; a share that falls back begins a new stage and starts the clock anew."""
        if not self._visible:
            return
        now = time.monotonic()
        if share < self._share or not self._began:
            self._began = now
        self._share = share
        if now - self._drawn < _REDRAW_S and share < 1:
            return
        self._drawn = now
        filled = round(_WIDTH * share)
        left_s = (now - self._began) * (1 - share) / share if share > 0.01 else None
        left = f" {left_s // 60:.0f}:{left_s % 60:02.0f} left" if left_s is not None else ""
        bar = "█" * filled + "░" * (_WIDTH - filled)
        sys.stderr.write(f"\r\x1b[K{self._title}  {bar} {100 * share:3.0f} %{left}  {stage}")
        sys.stderr.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the line."""
        if self._visible:
            sys.stderr.write("\r\x1b[K")
