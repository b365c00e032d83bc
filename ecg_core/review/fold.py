"""From beats as they were found and a log of edits to beats as they are: pure, and the same for everybody."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from ecg_core.review.log import Entry
from ecg_core.review.state import Base, State

__all__ = ["Base", "Fold", "State", "fold"]


class Fold:
    """A fold that goes on: entries are applied one after the other, each once."""

    def __init__(self, base: Base, fs_hz: float, n_samples: int, quality_per_second: npt.NDArray[np.uint8]) -> None:
        raise NotImplementedError

    def apply(self, entries: Iterable[Entry]) -> None:
        """Apply entries that follow those applied before."""
        raise NotImplementedError

    @property
    def state(self) -> State:
        """The beats as the entries leave them."""
        raise NotImplementedError


def fold(
    base: Base,
    entries: Iterable[Entry],
    fs_hz: float,
    n_samples: int,
    quality_per_second: npt.NDArray[np.uint8],
) -> State:
    """Fold a log over the beats."""
    raise NotImplementedError
