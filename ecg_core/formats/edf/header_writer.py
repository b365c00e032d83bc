"""The header of an EDF+ file: numbers in eight characters that mean the steps in which a lead is stored.

EDF: Kemp et al., Electroenceph Clin Neurophysiol 1992;82:391; EDF+: Kemp and Olivan, Clin Neurophysiol 2003;114:1755.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

import numpy as np

from ecg_core.errors import ExportError
from ecg_core.formats.common.scales import LeadRange, Scale, scale_of
from ecg_core.formats.edf.private import ABSENT_MARK, samples_told
from ecg_core.formats.edf.records import Layout

_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_UNITS: Final = (("uV", 1e3), ("mV", 1.0), ("V", 1e-3))
_WIDTH: Final = 8
_LOWEST: Final = -(1 << 15)
_HIGHEST: Final = (1 << 15) - 1
_MAX_DEVIATION: Final = 0.05
"""Of a step, by which the header may miss a height."""


@dataclass(frozen=True)
class EdfField:
    """What the header says of one signal.

    Attributes
    ----------
    label, unit : str
    scale : Scale
    digital : tuple of int
        Minimum, which stands for absent samples where there are any, and maximum.
    physical : tuple of str
        What these mean.
    absent : bool
        Whether samples are absent.
    """

    label: str
    unit: str
    scale: Scale
    digital: tuple[int, int]
    physical: tuple[str, str]
    absent: bool


def signal_field(label: str, calibrated: bool, found: LeadRange) -> EdfField:
    """Choose steps and limits of a lead that eight characters can say.

    Parameters
    ----------
    label : str
        Name of the lead as written.
    calibrated : bool
        Whether its values are millivolts.
    found : LeadRange
        Its range and steps.

    Raises
    ------
    ExportError
        If its heights are beyond what these can.
    """
    for own_grid in (True, False):
        scale = scale_of(found, own_grid=own_grid)
        # A lead without a unit has heights as they are.
        for unit, per_mv in _UNITS if calibrated else (("", 1.0),):
            if field := _field(label, unit, per_mv, scale, found.n_absent > 0):
                return field
    coarser = scale_of(found, own_grid=False)
    for _ in range(12):
        for unit, per_mv in _UNITS if calibrated else (("", 1.0),):
            if field := _field(label, unit, per_mv, coarser, found.n_absent > 0):
                return field
        coarser = scale_of(_widened(found, coarser), own_grid=False)
    raise ExportError(
        f"EDF cannot hold lead {label}, which reaches from {found.low_mv:g} to {found.high_mv:g} mV; export it as CSV, "
        "Parquet or WFDB."
    )


def _widened(found: LeadRange, scale: Scale) -> LeadRange:
    """Return a range that takes the next coarser step."""
    reach = scale.step_uv * 1e-3 * _HIGHEST * 1.1
    middle = (found.low_mv + found.high_mv) / 2
    return LeadRange(min(found.low_mv, middle - reach), max(found.high_mv, middle + reach), found.n_absent)


def _field(label: str, unit: str, per_mv: float, scale: Scale, absent: bool) -> EdfField | None:
    low = _limit(scale, per_mv, scale.low - 1, downwards=True, near=absent)
    high = _limit(scale, per_mv, max(scale.high, scale.low + 1), downwards=False, near=absent)
    if low is None or high is None:
        return None
    return EdfField(label, unit, scale, (low[0], high[0]), (low[1], high[1]), absent)


def _limit(scale: Scale, per_mv: float, innermost: int, *, downwards: bool, near: bool) -> tuple[int, str] | None:
    """Return a digital limit at or beyond `innermost`, with its height in eight characters, that miss it least.

    The outermost of equally good ones; the innermost where absent samples are drawn there.
    """
    digital = np.arange(innermost, _LOWEST - 1, -1) if downwards else np.arange(innermost, _HIGHEST + 1)
    if not len(digital):
        return None
    height = (digital + scale.centre) / scale.gain * per_mv
    whole = np.floor(np.log10(np.maximum(np.abs(height), 1.0))) + 1 + (height < 0)
    possible = whole <= _WIDTH
    if not possible.any():
        return None
    factor = 10.0 ** np.clip(_WIDTH - 1 - whole, 0, 6)
    off = np.abs(np.rint(height * factor) / factor - height) * scale.gain / per_mv
    off = np.where(possible, np.maximum(off, 1e-9), np.inf)
    # A miss of a millionth of a step is no better than none.
    good = np.flatnonzero(off <= max(float(off.min()), 1e-6))
    best = int(good[0] if near else good[-1])
    text = number_text(float(height[best]))
    if off[best] > _MAX_DEVIATION or text is None:
        return None
    return int(digital[best]), text


def number_text(value: float) -> str | None:
    """Return a number in at most eight characters, as exact as these allow; None if it is too large."""
    for digits in range(6, -1, -1):
        text = f"{value:.{digits}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        if len(text) <= _WIDTH:
            return "0" if text == "-0" else text
    return None


def file_header(begins: datetime | time | None, n_samples: int, layout: Layout, fields: Sequence[EdfField]) -> bytes:
    """Return the header; it says nothing of a person (EDF+ 2.1.3.3: ``X`` for what is unknown).

    Parameters
    ----------
    begins : datetime, time or None
        When the recording starts.
    n_samples : int
        Samples of each lead.
    layout : Layout
        The data records.
    fields : sequence of EdfField
        One a lead.
    """
    date, long_date = "01.01.85", "X"
    if isinstance(begins, datetime):
        in_range = 1985 <= begins.year < 2085
        date = f"{begins.day:02d}.{begins.month:02d}.{begins.year % 100:02d}" if in_range else "01.01.85"
        long_date = f"{begins.day:02d}-{_MONTHS[begins.month - 1]}-{begins.year:04d}"
    clock = f"{begins:%H.%M.%S}" if begins is not None else "00.00.00"
    n_signals = len(fields) + 1
    fixed = (
        ("0", 8),
        ("X X X X", 80),
        (f"Startdate {long_date} X X X", 80),
        (date, 8),
        (clock, 8),
        (256 * (n_signals + 1), 8),
        (samples_told(n_samples), 44),
        (layout.n_records, 8),
        (layout.duration, 8),
        (n_signals, 4),
    )
    texts = "EDF Annotations"
    columns = (
        ([*(field.label for field in fields), texts], 16),
        ([*(ABSENT_MARK if field.absent else "" for field in fields), ""], 80),
        ([*(field.unit for field in fields), ""], 8),
        ([*(field.physical[0] for field in fields), -1], 8),
        ([*(field.physical[1] for field in fields), 1], 8),
        ([*(field.digital[0] for field in fields), _LOWEST], 8),
        ([*(field.digital[1] for field in fields), _HIGHEST], 8),
        ([""] * n_signals, 80),
        ([*(layout.samples for _ in fields), layout.text_bytes // 2], 8),
        ([""] * n_signals, 32),
    )
    words = [_padded(value, width) for value, width in fixed]
    words += [_padded(value, width) for values, width in columns for value in values]
    return b"".join(words)


def _padded(value: object, width: int) -> bytes:
    return str(value).encode("ascii", "replace")[:width].ljust(width)
