"""Blocks of a report: paragraphs, figures, tables, pictures, strips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

ABSENT: Final = "–"
"""Stands for a figure that is not there; its reason is printed beside it or below the table."""

Value = float | int | str | None


def number_text(value: Value, digits: int = 0) -> str:
    """Return a figure as it is printed: with a point, a thin space between thousands, a minus sign; a dash if absent.

    Parameters
    ----------
    value : float, int, str or None
        A text stays as it is.
    digits : int
        Decimals.

    Returns
    -------
    str
    """
    if value is None:
        return ABSENT
    if isinstance(value, str):
        return value
    text = f"{value:,.{digits}f}".replace(",", "\N{THIN SPACE}")
    if not text.strip("-0.\N{THIN SPACE}"):
        text = text.lstrip("-")
    return text.replace("-", "\N{MINUS SIGN}")


@dataclass(frozen=True)
class Paragraph:
    """A text that a person may replace.

    Attributes
    ----------
    id : str
    text : str
        As it is printed; empty where nothing is.
    drafted : str
        What the program wrote.
    reason : str
        What the program's text rests on; empty where that is evident.
    emphasis : bool
        Whether it is set in bold, as conclusions that press are.
    """

    id: str
    text: str
    drafted: str = ""
    reason: str = ""
    emphasis: bool = False

    @property
    def edited(self) -> bool:
        """Whether a person has changed the text."""
        return self.text != self.drafted


@dataclass(frozen=True)
class Figure:
    """A figure with its label.

    Attributes
    ----------
    id, label : str
    value : float, int, str or None
        None where it is absent, with the reason.
    unit : str
    digits : int
        Decimals in print.
    detail : str
        Printed behind it: where it was found, what it rests on.
    reason : str
        Why there is no value.
    sample : int or None
        Where it is seen in the recording.
    """

    id: str
    label: str
    value: Value
    unit: str = ""
    digits: int = 0
    detail: str = ""
    reason: str = ""
    sample: int | None = None

    @property
    def text(self) -> str:
        """The figure with its unit, or a dash and the reason."""
        if self.value is None:
            return f"{ABSENT} ({self.reason})" if self.reason else ABSENT
        unit = f" {self.unit}" if self.unit else ""
        detail = f" ({self.detail})" if self.detail else ""
        return f"{number_text(self.value, self.digits)}{unit}{detail}"


@dataclass(frozen=True)
class Figures:
    """Figures under each other.

    Attributes
    ----------
    id : str
    figures : tuple of Figure
    columns : int
        In so many columns where there is room.
    """

    id: str
    figures: tuple[Figure, ...]
    columns: int = 2


@dataclass(frozen=True)
class TableColumn:
    """A column of a table: id, heading, unit, heading shared with its neighbours, decimals, and whether it is text."""

    id: str
    title: str
    unit: str = ""
    group: str = ""
    digits: int = 0
    text: bool = False
    weight: float = 1.0


@dataclass(frozen=True)
class Cell:
    """A cell: its value, or the reason why there is none, and where it is seen."""

    value: Value
    reason: str = ""
    sample: int | None = None


@dataclass(frozen=True)
class TableRow:
    """A row of a table with a cell for each column; a total stands apart."""

    id: str
    cells: tuple[Cell, ...]
    total: bool = False


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes
    ----------
    id, title : str
    columns : tuple of TableColumn
    rows : tuple of TableRow
    note : str
        Printed below: what was left out.
    """

    id: str
    title: str
    columns: tuple[TableColumn, ...]
    rows: tuple[TableRow, ...]
    note: str = ""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why cells are absent, each reason once with the columns that it concerns."""
        found: dict[str, list[str]] = {}
        for at, column in enumerate(self.columns):
            for reason in dict.fromkeys(row.cells[at].reason for row in self.rows if row.cells[at].value is None):
                if reason:
                    found.setdefault(reason, []).append(column.title)
        return tuple(f"{', '.join(dict.fromkeys(titles))}: {reason}" for reason, titles in found.items())


@dataclass(frozen=True)
class Band:
    """A row of marks below a trend: spans in seconds, and what they are."""

    id: str
    label: str
    spans_s: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class RateTrend:
    """Picture of the heart rate over the recording.

    Attributes
    ----------
    id, title : str
    bin_s : float
        Length of a step in seconds.
    mean_bpm, min_bpm, max_bpm : ndarray of float64, shape (bins,)
        NaN where there is no rate.
    bands : tuple of Band
    duration_s : float
    clock_s : float or None
        Seconds between midnight and the start; None where it is not known.
    note : str
    """

    id: str
    title: str
    bin_s: float
    mean_bpm: npt.NDArray[np.float64]
    min_bpm: npt.NDArray[np.float64]
    max_bpm: npt.NDArray[np.float64]
    bands: tuple[Band, ...]
    duration_s: float
    clock_s: float | None
    note: str = ""


@dataclass(frozen=True)
class StripBeat:
    """A beat in a strip: time in seconds from its start, class (empty without), and the interval before in ms."""

    time_s: float
    label: str
    rr_ms: float | None


@dataclass(frozen=True)
class Strip:
    """A strip of signal at true size.

    Attributes
    ----------
    id : str
    title : str
        What it shows, with its time.
    caption : Paragraph
    start_sample, stop_sample : int
    fs_hz : float
    leads : tuple of str
    calibrated : tuple of bool, length leads
        Whether the millivolts of a lead are those of the file.
    signal_mv : ndarray of float32, shape (samples, leads)
        As recorded, unfiltered; NaN where absent.
    beats : tuple of StripBeat
    event : str
        Key of the event in the log of edits; empty where the strip shows none.
    starred : bool
        Whether a person chose it.
    """

    id: str
    title: str
    caption: Paragraph
    start_sample: int
    stop_sample: int
    fs_hz: float
    leads: tuple[str, ...]
    calibrated: tuple[bool, ...]
    signal_mv: npt.NDArray[np.float32]
    beats: tuple[StripBeat, ...]
    event: str = ""
    starred: bool = False


@dataclass(frozen=True)
class TwelveLead:
    """A twelve-lead ECG as a page of 3 x 4 with a rhythm strip, at true size.

    Attributes
    ----------
    id : str
    start_sample : int
    fs_hz : float
    leads : tuple of str
        In the recording's order.
    calibrated : tuple of bool, length leads
    signal_mv : ndarray of float32, shape (samples, leads)
        Ten seconds at most.
    beats : tuple of StripBeat
    rhythm_lead : str
    figures : tuple of Figure
        Measurements of the median beat, printed above the tracing.
    """

    id: str
    start_sample: int
    fs_hz: float
    leads: tuple[str, ...]
    calibrated: tuple[bool, ...]
    signal_mv: npt.NDArray[np.float32]
    beats: tuple[StripBeat, ...]
    rhythm_lead: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class FamilyPicture:
    """Mean beat of a family: its label, size, and signal of one lead, shape (samples,) in mV at `fs_hz`."""

    id: str
    label: str
    n_beats: int
    share_percent: float
    lead: str
    fs_hz: float
    mean_mv: npt.NDArray[np.float32]
    detail: str = ""


@dataclass(frozen=True)
class FamilyPictures:
    """Mean beats of the families side by side, at true size."""

    id: str
    pictures: tuple[FamilyPicture, ...]


Block = Paragraph | Figures | Table | RateTrend | Strip | TwelveLead | FamilyPictures
