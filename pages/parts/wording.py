"""Figures and times in words, the same everywhere; no Streamlit in here."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Final

from ecg_core.recording import Recording

ABSENT: Final = "–"


def duration(seconds: float) -> str:
    """Write a length: ``30 min 06 s``, ``24 h 00 min``, ``10 s``."""
    total = round(seconds)
    if total < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    if total < 3600:
        return f"{total // 60} min {total % 60:02d} s"
    return f"{total // 3600} h {total // 60 % 60:02d} min"


def clock(time_s: float, start_time: datetime | time | None = None) -> str:
    """Write a time in the recording as ``hh:mm:ss``: of the day where the start is known, else since the start."""
    total = round(time_s + (0.0 if start_time is None else _seconds_of_day(start_time)))
    if start_time is not None:
        total %= 86400
    return f"{total // 3600:02d}:{total // 60 % 60:02d}:{total % 60:02d}"


def _seconds_of_day(moment: datetime | time) -> float:
    return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6


def rate(fs_hz: float) -> str:
    """Write a sampling rate."""
    return f"{fs_hz:g} Hz" if abs(fs_hz - round(fs_hz)) < 1e-9 else f"{fs_hz:.2f} Hz"


def leads(recording: Recording, most: int = 4) -> str:
    """Name the leads, the first few where there are many."""
    names = recording.lead_names
    if len(names) <= most:
        return ", ".join(names)
    return f"{len(names)} leads ({', '.join(names[:2])} … {names[-1]})"


def number(value: float | None, digits: int = 0) -> str:
    """Write a figure, or a dash where it is absent."""
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
