"""Dates and times of day in the spellings of many devices and languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from typing import Final

_MONTHS: Final = (
    ("jan", "gen", "ene", "янв", "sty"),
    ("feb", "fev", "fév", "фев", "lut"),
    ("mar", "mrz", "mär", "mae", "maa", "мар"),
    ("apr", "avr", "abr", "апр", "kwi"),
    ("may", "mai", "mag", "mei", "maj", "май", "мая"),
    ("jun", "giu", "juin", "июн", "cze"),
    ("jul", "lug", "juil", "июл", "lip"),
    ("aug", "ago", "aou", "aoû", "авг", "sie"),
    ("sep", "set", "сен", "wrz"),
    ("oct", "okt", "ott", "out", "окт", "paź"),
    ("nov", "ноя", "lis"),
    ("dec", "dez", "dic", "déc", "des", "дек", "gru"),
)
"""Beginnings of the names of the months in English, German, French, Spanish, Italian, Portuguese, Dutch, Nordic
languages, Polish and Russian."""

_CLOCK: Final = re.compile(
    r"(?<![\d.:])(\d{1,2})[:h](\d{1,2})(?:[:m](\d{1,2})(?:[.,](\d{1,9}))?)?s?\s*([ap])?\.?(?:m\.?)?(?![\d:])",
    re.IGNORECASE | re.ASCII,
)
_NUMBERS: Final = re.compile(r"(?<!\d)(\d{1,4})\s?[./\- 年]\s?(\d{1,2})\s?[./\- 月]\s?(\d{1,4})(?!\d)")
_COMPACT: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)([01]\d)([0-3]\d)(?!\d)")
_NAME: Final = r"(?P<name>[^\W\d_]{3,12})"
_NAMED: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d)(?P<day>\d{{1,2}})\W{{0,2}}{_NAME}\W{{0,2}}(?P<year>\d{{4}}|\d\d)(?!\d)",
        rf"(?<!\d)(?P<year>\d{{4}})\W{{0,2}}{_NAME}\W{{0,2}}(?P<day>\d{{1,2}})(?!\d)",
        rf"{_NAME}\W{{0,2}}(?P<day>\d{{1,2}})\W{{1,2}}(?P<year>\d{{4}})(?!\d)",
    )
)


@dataclass(frozen=True)
class SpelledDate:
    """A date that was read.

    Attributes
    ----------
    day : date
    doubt : str or None
        What had to be assumed to read it.
    """

    day: date
    doubt: str | None = None


def read_clock(text: str) -> time | None:
    """Return the first time of day in a text, with a colon or an ``h`` behind the hour; None if there is none.

    Examples
    --------
    >>> read_clock("9:49:17 PM"), read_clock("08:14:22.5")
    (datetime.time(21, 49, 17), datetime.time(8, 14, 22, 500000))
    """
    found = _CLOCK.search(text)
    if found is None:
        return None
    hour = int(found[1])
    if found[5]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[5].lower() == "p" else 0)
    fraction = (found[4] or "").ljust(6, "0")[:6]
    try:
        return time(hour, int(found[2]), int(found[3] or 0), int(fraction))
    except ValueError:
        return None


def read_date(text: str, pivot_year: int = 69) -> SpelledDate | None:
    """Return the date in a text; None if there is none.

    Parameters
    ----------
    text : str
        Day before month, unless that is impossible or the year comes first.
    pivot_year : int
        Years of two digits from here on are of the 20th century.

    Examples
    --------
    >>> read_date("05-May-2020").day, read_date("2020-05-04").day, read_date("12/31/1991").doubt
    (datetime.date(2020, 5, 5), datetime.date(2020, 5, 4), 'month before day')
    """
    text = " ".join(_CLOCK.sub(" ", text).split())
    named = _named(text, pivot_year)
    if named is not None:
        return SpelledDate(named)
    if compact := _COMPACT.search(text):
        day = _date(int(compact[1]), int(compact[2]), int(compact[3]))
        return SpelledDate(day) if day else None
    found = _NUMBERS.search(text)
    if found is None:
        return None
    first, second, third = found.groups()
    if len(first) == 4:
        day = _date(int(first), int(second), int(third))
        return SpelledDate(day) if day else None
    if len(first) > 2 or len(third) not in (2, 4):
        return None
    year = _year(third, pivot_year)
    day = _date(year, int(second), int(first))
    if day is not None:
        return SpelledDate(day)
    swapped = _date(year, int(first), int(second))
    return SpelledDate(swapped, "month before day") if swapped else None


def _named(text: str, pivot_year: int) -> date | None:
    for found in (found for pattern in _NAMED for found in pattern.finditer(text)):
        name = found["name"].lower()
        month = next((number for number, names in enumerate(_MONTHS, start=1) if name.startswith(names)), None)
        if month is not None:
            return _date(_year(found["year"], pivot_year), month, int(found["day"]))
    return None


def _year(digits: str, pivot_year: int) -> int:
    year = int(digits)
    return year if len(digits) == 4 else year + (1900 if year >= pivot_year else 2000)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
