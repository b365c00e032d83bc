"""Table layout entered by a person: sampling rate, unit, leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from ecg_core.errors import RecordingError

UNCALIBRATED: Final = "uncalibrated"
"""A unit for signals of unknown height."""


@dataclass(frozen=True)
class TableLayout:
    """What a person says of a table of numbers; None for what the file says itself.

    Attributes
    ----------
    fs_hz : float or None
        Samples a second.
    unit : str or None
        ``mV``, ``uV``, ``V``, stored steps such as ``200/mV``, or :data:`UNCALIBRATED`.
    lead_names : tuple of str or None
        The columns that are leads by their names, or names for all columns in order.
    time_column : str, int or None
        The column that holds times, by its name or by its place from 0.
    columns : tuple of int or None
        The places from 0 of the columns that are leads; `lead_names`, where given, names them one by one.
    time_unit : str or None
        ``s``, ``ms``, ``us``, ``ns`` or ``min``; the column's own by default, else seconds.
    decimal : {".", ","} or None
        The decimal sign; the other one then separates thousands.
    date_order : {"dmy", "mdy", "ymd"} or None
        The order of day, month and year.
    invalid_as_gaps : bool or None
        Whether cells that are no numbers are gaps, however many they are.
    channels : tuple of str or None
        Of a file of another format, the names of the channels that are ECG leads.
    """

    fs_hz: float | None = None
    unit: str | None = None
    lead_names: tuple[str, ...] | None = None
    time_column: str | int | None = None
    columns: tuple[int, ...] | None = None
    time_unit: str | None = None
    decimal: str | None = None
    date_order: str | None = None
    invalid_as_gaps: bool | None = None
    channels: tuple[str, ...] | None = None

    def told(self) -> tuple[tuple[str, str], ...]:
        """Return what is said, as pairs of what and its value in words."""
        leads = [
            name if place is None else f"{name or 'lead'} (column {place + 1})"
            for name, place in zip_longest(
                self.lead_names or ("",) * len(self.columns or ()), self.columns or (None,) * len(self.lead_names or ())
            )
        ]
        time = self.time_column + 1 if isinstance(self.time_column, int) else self.time_column
        said = {
            "sampling rate": None if self.fs_hz is None else f"{self.fs_hz:g} Hz",
            "unit": self.unit,
            "leads": ", ".join(leads) or None,
            "time column": None if time is None else f"{time} in {self.time_unit or 'its unit'}",
            "time unit": self.time_unit if time is None else None,
            "decimal sign": self.decimal,
            "order of dates": self.date_order,
            "cells that are no numbers": "gaps" if self.invalid_as_gaps else None,
            "channels": ", ".join(self.channels or ()) or None,
        }
        return tuple((what, value) for what, value in said.items() if value is not None)


class LayoutNeededError(RecordingError):
    """A table leaves open what a person has to say, its rate or unit for example; the message asks for it.

    Attributes
    ----------
    columns : tuple of str
        What the table calls its columns; empty names where it does not.
    n_rows : int
    missing : tuple of str
        Fields of :class:`TableLayout` that have to be given, or one of them where the file contradicts itself.
    contradicts : bool
        Whether the file says something, but what it says does not fit together.
    """

    def __init__(
        self, message: str, columns: Sequence[str], n_rows: int, missing: Sequence[str], contradicts: bool = False
    ) -> None:
        super().__init__(message)
        self.contradicts = contradicts
        self.columns = tuple(columns)
        self.n_rows = n_rows
        self.missing = tuple(missing)


def given_note(what: Sequence[str]) -> str:
    """Say which facts are a person's word and not the file's."""
    *first, last = [f"the {each}" for each in what]
    listed = f"{', '.join(first)} and {last}" if first else last
    verb = "were" if first or last in {"the leads", "the channels", "the cells that are no numbers"} else "was"
    return f"{listed[0].upper()}{listed[1:]} {verb} given by a person."
