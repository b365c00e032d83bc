"""Progress of long work: callback types, a progress line on the terminal, cancellation."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

Progress = Callable[[str, float], None]
"""Called with the stage and the fraction done, 0 to 1."""

FractionProgress = Callable[[float, str], None]
"""Called with the fraction done, 0 to 1, and what is being done."""

StageProgress = Callable[[str, float, str], None]
"""Called with the stage, the fraction done, 0 to 1, and a remark."""

EpochProgress = Callable[[int, int, dict[str, float]], None]
"""Called with the epoch, the number of epochs, and the figures of the epoch."""

_REDRAW_S = 0.2
_PLAIN_S = 30.0
_WIDTH = 24


class Cancelled(Exception):  # noqa: N818 - a wish of the person, no error
    """Raised by whoever is told of progress, to stop the work there; nothing half done is kept."""


class ProgressLine:
    """A progress bar with the time left on standard error; where that is no terminal, a plain line now and then.

    Work of less than half a minute leaves nothing in a log.

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
        """Draw the progress bar; a fraction that falls back begins a new stage and restarts the clock.

        Parameters
        ----------
        stage : str
            Name of the stage.
        share : float
            Fraction done, from 0 to 1.
        """
        now = time.monotonic()
        if share < self._share or not self._began:
            self._began = now
        self._share = share
        self._drawn = self._drawn or (0.0 if self._visible else now)
        if now - self._drawn < (_REDRAW_S if self._visible else _PLAIN_S) and not (self._visible and share >= 1):
            return
        self._drawn = now
        filled = round(_WIDTH * share)
        left_s = (now - self._began) * (1 - share) / share if share > 0.01 else None
        left = f" {left_s // 60:.0f}:{left_s % 60:02.0f} left" if left_s is not None else ""
        if not self._visible:
            sys.stderr.write(f"{self._title}: {stage}, {100 * share:.0f} %{left}\n")
            sys.stderr.flush()
            return
        bar = "█" * filled + "░" * (_WIDTH - filled)
        sys.stderr.write(f"\r\x1b[K{self._title}  {bar} {100 * share:3.0f} %{left}  {stage}")
        sys.stderr.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the line."""
        if self._visible:
            sys.stderr.write("\r\x1b[K")
