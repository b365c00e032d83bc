"""Columns of a table of numbers, and what the reader of every kind of table offers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from ecg_core.formats.common.lead_names import millivolts_per, names_lead
from ecg_core.formats.tables.clock import Clock
from ecg_core.recording import Identity

_UNIT_BEHIND = re.compile(
    r"^(?P<name>.*?)\s*(?:[\[(]\s*(?P<in>[^\])]{1,14})\s*[\])]|[ _/,]+(?P<after>[a-zµμ.]{1,14}))$", re.IGNORECASE
)
_SECONDS_PER: Final = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0, "sekunden": 1.0, "sek": 1.0, "сек": 1.0, "с": 1.0,
    "秒": 1.0, "ms": 1e-3, "msec": 1e-3, "millis": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3, "мс": 1e-3,
    "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "usec": 1e-6, "micros": 1e-6, "microseconds": 1e-6, "ns": 1e-9, "nsec": 1e-9,
    "nanoseconds": 1e-9, "min": 60.0, "minutes": 60.0, "h": 3600.0, "hours": 3600.0,
}  # fmt: skip
_TICKS: Final = re.compile(r"^s\s*/\s*(\d{1,6})$", re.IGNORECASE)


def seconds_per(unit: str) -> float | None:
    """Return what a unit of time is in seconds; None if it is none."""
    word = unit.strip().lower()
    ticks = _TICKS.match(word)
    if ticks and int(ticks[1]):
        return 1 / int(ticks[1])
    return _SECONDS_PER.get(word)


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name : str
        Empty if it has none.
    unit : str or None
        As the file gives it.
    stamp : {"date", "day", "time of day"} or None
        What a column of time stamps holds, which are read in seconds: points in time, days, times of day or elapsed
        times; None for plain numbers.
    is_text : bool
        Whether it holds words.
    n_invalid, n_absent : int
        Cells that hold something else than a number, and cells without anything.
    zero : float
        The stored value of 0 mV.
    doubt : {"decimal", "date_order"} or None
        What its cells leave open: a field of :class:`~ecg_core.formats.tables.layout.TableLayout`.
    """

    name: str
    unit: str | None = None
    stamp: str | None = None
    is_text: bool = False
    n_invalid: int = 0
    n_absent: int = 0
    zero: float = 0.0
    doubt: str | None = None

    @staticmethod
    def named(name: str) -> Column:
        """Take a unit off a column's name: ``II (mV)``, ``II [uV]``, ``Spannung II / mV``, ``time_s``."""
        if len(name.strip()) > 1 and seconds_per(name) is not None:
            return Column(name.strip(), name.strip())
        found = _UNIT_BEHIND.match(name.strip())
        if found:
            unit = found["in"] or found["after"]
            if (found["in"] and not names_lead(unit)) or millivolts_per(unit) or seconds_per(unit):
                return Column(found["name"].strip() or name, unit.strip())
        return Column(name.strip())

    @staticmethod
    def titled(name: str, unit: str) -> Column:
        """Return a column whose unit stands in a line of its own, or in its name.

        Parameters
        ----------
        name : str
            Name of the column, which may hold the unit.
        unit : str
            Unit from a line of its own, empty if there is none.

        Returns
        -------
        Column
        """
        column = Column.named(name)
        return Column(column.name, unit) if unit else column


class Table(Protocol):
    """A table whose rows are read span by span.

    Attributes
    ----------
    columns : tuple of Column
    n_rows : int
    fs_hz : float or None
        Where the file says it in words.
    begins : datetime, time or None
        When the first row was recorded, where the file says it in words.
    comments, notes : tuple of str
    format_name : str
    identity : Identity or None
        Whom the texts around the numbers name.
    clocks : dict
        The clocks of columns of times that were read, or what is wrong with them, by column and seconds of a unit.
    """

    @property
    def columns(self) -> tuple[Column, ...]: ...  # noqa: D102

    @property
    def n_rows(self) -> int: ...  # noqa: D102

    @property
    def fs_hz(self) -> float | None: ...  # noqa: D102

    @property
    def begins(self) -> datetime | time | None: ...  # noqa: D102

    @property
    def comments(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def notes(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def format_name(self) -> str: ...  # noqa: D102

    @property
    def identity(self) -> Identity | None: ...  # noqa: D102

    @property
    def clocks(self) -> dict[tuple[int, float], Clock | str]: ...  # noqa: D102

    def read(self, start: int, stop: int, columns: Sequence[int]) -> npt.NDArray[np.float64]:
        """Return a span of rows of some columns.

        Parameters
        ----------
        start, stop : int
            Span of rows; `stop` is not part of it.
        columns : sequence of int
            Indices of columns.

        Returns
        -------
        ndarray of float64, shape (stop - start, columns)
            NaN where there is no number.
        """
        ...
