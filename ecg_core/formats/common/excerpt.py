"""What is written of a recording: a span of its signal in pieces, with the marks and the time that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.recording import Annotations, Lead, Recording

PIECE_VALUES: Final = 1 << 20
"""Values of all leads that are in memory at once; what a writer makes of them takes some times as much."""

Piece = tuple[int, npt.NDArray[np.float32]]
"""First sample within the excerpt, and millivolts of shape (samples, leads)."""


@dataclass(frozen=True)
class Excerpt:
    """A span of a recording, counted from its own first sample.

    Attributes
    ----------
    recording : Recording
    start, stop : int
        The recording's samples.
    marks : Annotations or None
        Of the span alone; None where none are to be written.
    advance : callable
        Called with the share of a pass over the signal that is done, 0 to 1; whatever it raises ends the export.
    """

    recording: Recording
    start: int
    stop: int
    marks: Annotations | None
    advance: Callable[[float], None]

    @property
    def n_samples(self) -> int:
        """Samples per lead."""
        return self.stop - self.start

    @property
    def fs_hz(self) -> float:
        """Samples per second."""
        return self.recording.fs_hz

    @property
    def leads(self) -> tuple[Lead, ...]:
        """The leads, in order."""
        return self.recording.leads

    @cached_property
    def start_time(self) -> datetime | time | None:
        """Return when the span begins, as far as the recording tells."""
        begins = self.recording.start_time
        later = timedelta(seconds=self.start / self.fs_hz)
        if isinstance(begins, datetime):
            try:
                return (begins + later).replace(tzinfo=None)
            except OverflowError:
                return None
        if isinstance(begins, time):
            return (datetime.combine(datetime(2000, 1, 1), begins) + later).time().replace(tzinfo=None)
        return None

    def pieces(self, multiple: int = 1, leads: list[int] | None = None) -> Iterator[Piece]:
        """Read the span piece by piece.

        Parameters
        ----------
        multiple : int
            Each piece but the last holds a multiple of so many samples.
        leads : list of int, optional
            All by default.
        """
        n_leads = len(self.leads) if leads is None else len(leads)
        step = max(PIECE_VALUES // max(n_leads, 1) // multiple, 1) * multiple
        for first in range(0, self.n_samples, step):
            last = min(first + step, self.n_samples)
            yield first, self.recording.read(self.start + first, self.start + last, leads)
            self.advance(last / self.n_samples)


def cut_marks(marks: Annotations, start: int, stop: int) -> Annotations:
    """Return the marks of a span, counted from its beginning; the rhythm that holds there is repeated at its start.

    Parameters
    ----------
    marks : Annotations
        In samples of the recording.
    start, stop : int
        First sample of the span, and one past its last.
    """
    first, last = np.searchsorted(marks.sample, [start, stop])
    sample = (marks.sample[first:last] - start).tolist()
    symbol = marks.symbol[first:last].tolist()
    aux = list(marks.aux[first:last])
    subtype = list(marks.subtype[first:last])
    before = [(at, name) for at, name in marks.rhythms() if at <= start]
    if start and before and before[-1][0] < start:
        sample, symbol, aux = [0, *sample], ["+", *symbol], [f"({before[-1][1]}", *aux]
        subtype = [0, *subtype] if marks.subtype else []
    return Annotations(
        marks.name, np.array(sample, dtype=np.int64), np.array(symbol, dtype=str), tuple(aux), tuple(subtype)
    )


Writer = Callable[[Excerpt, Path, str, Callable[[str], None]], list[str]]
"""``(excerpt, folder, stem, say) -> names``: writes files into a folder of its own and returns their names, the one
that makes the others a recording last; `say` takes a sentence on what the format could not hold as it was."""
