"""Timestamps of HL7 and DICOM: digits from the year on, as many as are known."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

_TIMESTAMP: Final = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\.\d{1,9})?(?:[+-]\d{2,4}|Z)?", re.ASCII)


def timestamp(text: str) -> datetime | None:
    """Read ``20021122091000.000`` or less of it, on the clock of where it was written; None if it is no such thing."""
    match = _TIMESTAMP.fullmatch(text.strip())
    if match is None:
        return None
    year, *rest = (int(group) if group else None for group in match.groups()[:6])
    month, day, hour, minute, second = (
        value if value is not None else least for value, least in zip(rest, (1, 1, 0, 0, 0), strict=True)
    )
    try:
        moment = datetime(year or 0, month, day, hour, minute, second)
    except ValueError:
        return None
    return moment + timedelta(seconds=float(match[7] or 0))
