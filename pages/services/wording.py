"""Formatting of figures, durations and times. No Streamlit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time
from typing import Final

from ecg_core.recording import Lead, Recording

ABSENT: Final = "–"
_STEERING: Final = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
"""Control characters, marks that turn the direction of writing (Unicode's Bidi_Control), halves of characters."""


def shown(text: str, most: int = 200) -> str:
    """Return what a file says fit to be shown: on one line, bounded, without what steers the direction of writing.

    Parameters
    ----------
    text : str
        From a file; untrusted.
    most : int
        Characters; what is longer ends in an ellipsis.
    """
    # Only what is looked at is gone through: a text may be as long as its file.
    line = " ".join(_STEERING.sub("\N{REPLACEMENT CHARACTER}", text[: 4 * most]).split())
    return line if len(line) <= most and len(text) <= 4 * most else f"{line[: most - 1].rstrip()}…"


def duration(seconds: float) -> str:
    """Format a duration: ``30 min 06 s``, ``24 h 00 min``, ``10 s``."""
    total = round(seconds)
    if total < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    if total < 3600:
        return f"{total // 60} min {total % 60:02d} s"
    return f"{total // 3600} h {total // 60 % 60:02d} min"


def clock(time_s: float, start_time: datetime | time | None = None) -> str:
    """Format a time as ``hh:mm:ss``: time of day if the start is known, else since the start.

    After a day the times of day come again and say theirs, the first being 1: ``10:30:00 day 2``.

    Parameters
    ----------
    time_s : float
        From the begin of the recording, in s.
    start_time : datetime or time, optional
        Begin of the recording.

    Returns
    -------
    str
    """
    start_s = 0.0 if start_time is None else seconds_of_day(start_time)
    total, day = round(time_s + start_s), ""
    if start_time is not None:
        day = f" day {total // 86400 + 1}" if total > 86400 + start_s else ""
        total %= 86400
    return f"{total // 3600:02d}:{total // 60 % 60:02d}:{total % 60:02d}{day}"


def seconds_of_day(moment: datetime | time) -> float:
    """Return the seconds between midnight and a moment."""
    return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6


def signed(value: float) -> str:
    """Format a signed change with two decimals; zero has no sign."""
    text = f"{value:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def rate(fs_hz: float) -> str:
    """Format a sampling rate."""
    return f"{fs_hz:g} Hz" if abs(fs_hz - round(fs_hz)) < 1e-9 else f"{fs_hz:.2f} Hz"


def leads(recording: Recording, most: int = 4) -> str:
    """List the lead names, abbreviated if there are many.

    Parameters
    ----------
    recording : Recording
        The recording.
    most : int
        Up to so many leads are all named.

    Returns
    -------
    str
    """
    names = [shown(name, 40) for name in recording.lead_names]
    if len(names) <= most:
        return ", ".join(names)
    return f"{len(names)} leads ({', '.join(names[:2])} … {names[-1]})"


def height_unit(leads_shown: Sequence[Lead]) -> str:
    """Return the unit of heights: millivolts, where all of some leads are calibrated."""
    return "mV" if all(lead.calibrated for lead in leads_shown) else "(uncalibrated)"


def number(value: float | None, digits: int = 0) -> str:
    """Format a number; a dash if absent.

    Parameters
    ----------
    value : float or None
        None if absent.
    digits : int
        After the decimal point.

    Returns
    -------
    str
    """
    return ABSENT if value is None else f"{value:,.{digits}f}"


def person(comments: tuple[str, ...]) -> str | None:
    """Find sex and age in a header's comments: ``F 23``, None if they are not told.

    Known are MIT-BIH's ``23 F 1629 1654 ...`` and the ``Age: 23`` / ``Sex: Female`` of the later databases.
    """
    text = "\n".join(comments)
    first = re.match(r"\s*(\d{1,3}|-1|\?)\s+([MF])\b", text)
    if first:
        age, sex = first.groups()
        return f"{sex} {age}" if age.isdigit() else sex
    found_age = re.search(r"<?\bage\b>?\s*[:=]?\s*((?:over |>)?\d{1,3})\b", text, re.IGNORECASE)
    found_sex = re.search(r"<?\bsex\b>?\s*[:=]?\s*(male|female|[MF])\b", text, re.IGNORECASE)
    parts = [found_sex.group(1)[0].upper() if found_sex else "", found_age.group(1) if found_age else ""]
    return " ".join(part for part in parts if part) or None
