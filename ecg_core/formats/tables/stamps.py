"""Time stamps in text: dates in every usual order, times of day, elapsed times, time zones.

Whether ``03/05/2024`` is in March or in May is told by the other stamps of the column (a number above 12, the part
that moves on at midnight), by the separator (points stand in day.month.year) or by am and pm, else by nobody: the date
is then left out, since a recording's rate needs the time alone.

References
----------
ISO 8601-1:2019; Unicode CLDR date formats, https://cldr.unicode.org/translation/date-time/date-time-patterns.
PhysioBank ATM prints ``[hh:mm:ss.mmm dd/mm/yyyy]``: https://physionet.org/physiotools/wag/rdsamp-1.htm.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

DateOrder = Literal["ymd", "dmy", "mdy"]

_TIME: Final = (
    r"(?P<h>\d{1,3}):(?P<mi>\d{1,2})(?::(?P<s>\d{1,2}))?(?:[.,:](?P<f>\d{1,9}))?\s?(?P<ap>[AaPp]\.?\s?[Mm]\.?)?"
)
_ZONE: Final = r"\s?(?P<tz>Z|UTC|GMT|[+-]\d{1,2}:?\d{2})?(?:\s?\[?[A-Z][A-Za-z_]*(?:/[A-Za-z_]+)?\]?)?"
_BETWEEN: Final = r"(?:,?\s+|[T_]|,|\s-\s)"
_YMD: Final = r"(?P<y>\d{4})(?P<sep>[-/.])(?P<mo>\d{1,2})[-/.](?P<d>\d{1,2})\.?"
_XY: Final = r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d{2})"
_LETTER: Final = "[A-Za-z\u00c0-\u024f\u0400-\u04ff]"
"""Of the names of months; what ``\\w`` covers is not the same to Python and to Arrow."""

_WEEKDAY: Final = rf"(?:{_LETTER}{{2,9}}\.?,?\s+)?"
_MONTH: Final = rf"(?P<mon>{_LETTER}{{3,10}})\.?"
_DAY_FIRST: Final = rf"{_WEEKDAY}(?P<d>\d{{1,2}})\.?[\s-]+(?:de\s+)?{_MONTH}(?:\s+de)?[\s,-]+(?P<y>\d{{4}})"
_MONTH_FIRST: Final = rf"{_WEEKDAY}{_MONTH}[\s-]+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})"
_COMPACT: Final = (
    r"(?P<y>\d{4})(?P<mo>\d\d)(?P<d>\d\d)[T _-](?P<h>\d\d):?(?P<mi>\d\d):?(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?"
)
_DATES: Final = (_YMD, _XY, _DAY_FIRST, _MONTH_FIRST)
_PATTERNS: Final = (
    *(rf"^\s*\[?{date}{_BETWEEN}{_TIME}{_ZONE}\s*\]?$" for date in _DATES),
    rf"^\s*{_COMPACT}{_ZONE}\s*$",
    *(rf"^\s*\[?{_TIME}{_ZONE}{_BETWEEN}{date}\s*\]?$" for date in _DATES),
    rf"^\s*\[?{_TIME}{_ZONE}\s*\]?$",
    *(rf"^\s*{date}\s*$" for date in _DATES),
)
_MONTHS: Final = {
    word: number
    for number, words in enumerate(
        (
            "jan januar januari january janvier janv enero ene gennaio gen janeiro янв января",
            "feb februar februari february février fév febrero febbraio fevereiro fev фев февраля",
            "mar mär märz maart march mars marzo março мар марта mrz mrt",
            "apr april avril avr abril abr aprile апр апреля",
            "may mai mei maj mayo maggio mag maio мая май",
            "jun juni june juin junio giugno giu junho июн июня",
            "jul juli july juillet juil julio luglio lug julho июл июля",
            "aug august augusti augustus août aoû agosto ago авг августа",
            "sep sept september septembre septiembre settembre set setembro сен сентября",
            "oct okt october oktober octobre octubre ottobre ott outubro out окт октября",
            "nov november novembre noviembre novembro ноя ноября",
            "dec dez december dezember décembre déc diciembre dic dicembre dezembro дек декабря",
        ),
        start=1,
    )
    for word in words.split()
}
_ENOUGH: Final = 0.9
_DAY_S: Final = 86_400.0


@dataclass(frozen=True)
class StampFormat:
    """How the time stamps of a column are written.

    Attributes
    ----------
    pattern : str
        A regular expression with named groups.
    order : {"ymd", "dmy", "mdy"} or None
        Of numeric dates; None where the stamps do not tell.
    """

    pattern: str
    order: DateOrder | None = "ymd"

    @property
    def has_date(self) -> bool:
        """Whether there is a date."""
        return "(?P<y>" in self.pattern

    @property
    def has_time(self) -> bool:
        """Whether there is a time of day."""
        return "(?P<h>" in self.pattern

    def seconds(self, cells: Any) -> npt.NDArray[np.float64]:
        """Return time stamps in seconds: since 1970 where there is a date, else since midnight or the start.

        Parameters
        ----------
        cells : pyarrow.Array
            Strings.

        Returns
        -------
        ndarray of float64
            NaN where a cell is no such stamp. UTC where the stamps have a zone.
        """
        import pyarrow
        import pyarrow.compute as pc

        if self.pattern == _PATTERNS[0]:
            try:
                moments = cells.cast(pyarrow.timestamp("ns"))
                return np.asarray(moments.cast(pyarrow.int64()).to_numpy(zero_copy_only=False)) / 1e9
            except pyarrow.ArrowInvalid:  # a zone, a pad missing, or no stamp at all
                pass
        parts = pc.extract_regex(cells, pattern=self.pattern)
        found = np.asarray(pc.is_valid(parts).to_numpy(zero_copy_only=False))
        groups = {parts.type.field(n).name: parts.field(n) for n in range(parts.type.num_fields)}
        total = np.zeros(len(cells))
        if self.has_time:
            total += _seconds_of_day(groups)
        if self.has_date:
            total += _days(groups, self.order or "dmy") * _DAY_S
        return np.where(found, total, np.nan)

    def moment(self, cell: str) -> datetime | time | None:
        """Return a stamp on its own clock: with its date where the order of the date is known.

        None where it is no point in time.
        """
        import pyarrow

        without_zone = re.sub(r"\(\?P<tz>[^)]*\)\?", r"(?:Z|UTC|GMT|[+-]\\d{1,2}:?\\d{2})?", self.pattern)
        at = StampFormat(without_zone, self.order).seconds(pyarrow.array([cell]))[0]
        if not np.isfinite(at) or not self.has_time:
            return None
        whole = datetime(1970, 1, 1) + timedelta(seconds=round(float(at), 6))
        if self.has_date and self.order is not None:
            return whole
        return whole.time() if 0 <= at % _DAY_S < _DAY_S and _is_of_day(self.pattern, cell) else None

    def day(self, cell: str) -> datetime | None:
        """Return the day of a stamp without a time; None where it is none, or the order of its date is not known."""
        import pyarrow

        at = self.seconds(pyarrow.array([cell]))[0]
        known = self.order is not None and bool(np.isfinite(at))
        return datetime(1970, 1, 1) + timedelta(seconds=float(at)) if known else None


def _is_of_day(pattern: str, cell: str) -> bool:
    """Tell whether a stamp is a time of day rather than one that has elapsed, such as ``0:00.004``."""
    found = re.match(pattern, cell)
    return found is not None and found["s"] is not None and int(found["h"]) < 24


def _ints(values: Any, absent: str = "0") -> npt.NDArray[np.int64]:
    import pyarrow
    import pyarrow.compute as pc

    given = pc.fill_null(pc.if_else(pc.equal(values, ""), absent, values), absent)
    return np.asarray(given.cast(pyarrow.int64()).to_numpy(zero_copy_only=False))


def _seconds_of_day(groups: dict[str, Any]) -> npt.NDArray[np.float64]:
    import pyarrow
    import pyarrow.compute as pc

    hours, minutes, seconds = _ints(groups["h"]), _ints(groups["mi"]), _ints(groups["s"], "-1")
    digits = pc.fill_null(groups["f"], "")
    fraction = pc.binary_join_element_wise("0", digits, ".").cast(pyarrow.float64()).to_numpy(zero_copy_only=False)
    if "ap" in groups:
        half = pc.utf8_lower(pc.utf8_slice_codeunits(pc.fill_null(groups["ap"], ""), 0, 1))
        is_am = np.asarray(pc.equal(half, "a").to_numpy(zero_copy_only=False))
        is_pm = np.asarray(pc.equal(half, "p").to_numpy(zero_copy_only=False))
        hours = np.where(is_am | is_pm, hours % 12 + 12 * is_pm, hours)
    two_parts = seconds < 0  # minutes and seconds: what PhysioNet's tools print below an hour
    whole = np.where(two_parts, hours * 60 + minutes, hours * 3600 + minutes * 60 + np.maximum(seconds, 0))
    result = whole + np.asarray(fraction, dtype=np.float64)
    if "tz" in groups:
        result = result - _zone_seconds(groups["tz"])
    return result


def _zone_seconds(zones: Any) -> npt.NDArray[np.float64]:
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(pc.fill_null(zones, ""))
    known = []
    for zone in encoded.dictionary.to_pylist():
        match = re.fullmatch(r"([+-])(\d{1,2}):?(\d{2})", zone)
        known.append(0.0 if match is None else (int(match[2]) * 3600 + int(match[3]) * 60) * (-1) ** (match[1] == "-"))
    return np.array(known or [0.0])[np.asarray(encoded.indices.to_numpy(zero_copy_only=False))]


def _days(groups: dict[str, Any], order: DateOrder) -> npt.NDArray[np.float64]:
    years = _ints(groups["y"], "1970")
    years = np.where(years < 100, np.where(years < 70, years + 2000, years + 1900), years)
    if "mon" in groups:
        import pyarrow.compute as pc

        encoded = pc.dictionary_encode(pc.fill_null(groups["mon"], ""))
        known = np.array([_MONTHS.get(word.casefold(), 0) for word in encoded.dictionary.to_pylist()] or [0])
        months, days = known[np.asarray(encoded.indices.to_numpy(zero_copy_only=False))], _ints(groups["d"], "1")
    elif "mo" in groups:
        months, days = _ints(groups["mo"], "1"), _ints(groups["d"], "1")
    else:
        first, second = _ints(groups["a"], "1"), _ints(groups["b"], "1")
        months, days = (first, second) if order == "mdy" else (second, first)
    valid = (months >= 1) & (months <= 12) & (days >= 1) & (days <= 31) & (years > 1800) & (years < 2300)
    month = (np.where(valid, years, 1970) - 1970) * 12 + np.where(valid, months, 1) - 1
    start = month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return np.where(valid, start + days - 1.0, np.nan)


def stamp_format(cells: Sequence[str], order: DateOrder | None = None) -> StampFormat | None:
    """Return how the time stamps of a column are written; None if it holds none.

    Parameters
    ----------
    cells : sequence of str
        Cells of the column from its beginning and its end, in order.
    order : {"ymd", "dmy", "mdy"}, optional
        Of numeric dates, as a person gave it.

    Returns
    -------
    StampFormat or None
    """
    given = [cell for cell in cells if cell.strip()]
    if not given or not any(sign in given[0] for sign in ":/-. "):
        return None
    for pattern in _PATTERNS:
        compiled = re.compile(pattern)
        found = [match for cell in given if (match := compiled.match(cell))]
        if len(found) < _ENOUGH * len(given):
            continue
        if "mon" in compiled.groupindex and any(match["mon"].casefold() not in _MONTHS for match in found):
            continue
        if "a" not in compiled.groupindex:
            return StampFormat(pattern)
        return StampFormat(pattern, order or _order(found))
    return None


def _order(found: Sequence[re.Match[str]]) -> DateOrder | None:
    first, second = [int(match["a"]) for match in found], [int(match["b"]) for match in found]
    if max(first) > 12 or found[0]["sep"] == ".":
        return "dmy"
    if max(second) > 12:
        return "mdy"
    if (first[0] != first[-1]) != (second[0] != second[-1]):  # midnight moves the day on, rarely the month
        return "dmy" if first[0] != first[-1] else "mdy"
    if "ap" in found[0].re.groupindex and found[0]["ap"] and found[0]["sep"] == "/":
        return "mdy"
    return None
