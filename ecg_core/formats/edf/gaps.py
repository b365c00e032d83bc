"""Where leads have no signal, for the annotations of a format that has no value for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.formats.edf.private import GAP_MARK

_MOST: Final = 2000


@dataclass(frozen=True)
class Gap:
    """A stretch without signal in some leads; without `leads`, one that stands for several too many to be listed."""

    start: int
    stop: int
    leads: tuple[int, ...]

    def text(self, names: Sequence[str]) -> str:
        """Return what an annotation says of it."""
        if not self.leads:
            return f"{GAP_MARK} here and there"
        if len(self.leads) == len(names):
            return GAP_MARK
        return f"{GAP_MARK} {', '.join(names[lead] for lead in self.leads):.200}"


class GapFinder:
    """Collects gaps from pieces of signal that follow each other.

    Parameters
    ----------
    n_samples : int
        Of the whole signal.
    """

    def __init__(self, n_samples: int) -> None:
        self._n_samples = n_samples
        self._open: dict[int, int] = {}
        self._closed: dict[tuple[int, int], list[int]] = {}
        self._beyond: int | None = None

    def look(self, first: int, signal: npt.NDArray[np.float32]) -> None:
        """Take a piece of shape (samples, leads), whose first sample is `first`, into account.

        Parameters
        ----------
        first : int
            First sample of the piece.
        signal : ndarray of float32, shape (samples, leads)
            Millivolts; NaN where there is no sample.
        """
        absent = ~np.isfinite(signal)
        if not absent.any() and not self._open:
            return
        for lead in range(signal.shape[1]):
            was_open = lead in self._open
            changes = np.flatnonzero(np.diff(absent[:, lead], prepend=was_open))
            for change in changes.tolist():
                if lead in self._open:
                    self._close(lead, first + change)
                else:
                    self._open[lead] = first + change

    def found(self, names: Sequence[str]) -> list[Gap]:
        """Return all gaps in order of time."""
        for lead in list(self._open):
            self._close(lead, self._n_samples)
        gaps = [Gap(start, stop, tuple(leads)) for (start, stop), leads in self._closed.items()]
        if self._beyond is not None:
            gaps.append(Gap(self._beyond, self._n_samples, ()))
        return sorted(gaps, key=lambda gap: gap.start)

    def _close(self, lead: int, stop: int) -> None:
        start = self._open.pop(lead)
        if (start, stop) in self._closed or len(self._closed) < _MOST:
            self._closed.setdefault((start, stop), []).append(lead)
        elif self._beyond is None:
            self._beyond = start
