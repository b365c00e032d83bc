"""How a text table is written, told from its beginning: encoding, line ends, delimiter, titles, kinds of columns.

Lines are split by the csv module. Encodings other than Unicode are told by charset-normalizer.

References
----------
RFC 4180 for CSV; ``sep=;`` in the first line is an instruction to Excel; ``#`` before titles is NumPy's savetxt.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ecg_core.formats.common.lead_names import millivolts_per, names_ecg
from ecg_core.formats.tables.metadata import Preamble, read_preamble
from ecg_core.formats.tables.numbers import ABSENT
from ecg_core.formats.tables.stamps import StampFormat, stamp_format

HEAD_BYTES: Final = 1 << 16
_MIN_ROWS: Final = 10
_MIN_ROWS_IN_TRUNCATED_HEAD: Final = 3
_MAX_ABOVE: Final = 400
_MAX_TITLES: Final = 4
_SAMPLED_ROWS: Final = 400
_GOOD: Final = 0.9
_DELIMITERS: Final = (";", "\t", ",", "|", " ", "")
"""A blank stands for any number of them; the empty one for a single column."""
_CODE_PAGES: Final = ("cp1251", "cp1252", "cp1250", "gb18030", "shift_jis", "euc_kr", "big5")
_KNOWN_WORDS: Final = re.compile(
    "время|отведение|частота|единиц|мкв|мв|сек|时间|导联|单位|采样|心电|時間|導聯|單位|誘導|単位|心電|시간|유도|단위|심전도|čas|svod|jednotk",
    re.IGNORECASE,
)
_SEP: Final = re.compile(r"^\"?sep=(.)\"?\s*$", re.IGNORECASE)
_NUMBER: Final = re.compile(r"^[+-−]?(?:\d[\d.,'’\u00a0\u202f\u2009 ]*|[.,]\d+)(?:[eEdD][+-]?\d{1,4})?$")
_DAY: Final = re.compile(r"^\d{1,4}\.\d{1,2}\.\d{1,4}$")
_TITLE_LINE: Final = re.compile(r"^[#%]\s*")
_PAIRED_INTEGERS: Final = re.compile(r"^[+-]?\d+,\d+$")
_OTHER_UNITS: Final = re.compile(
    r"^(s|sec|secs|seconds?|ms|msec|milliseconds?|us|µs|ns|min|h|hh?:mm(:ss)?([.,]m+)?|hz|bpm|adu|nu|raw|cal|g|m/s\^?2|"
    r"degc|°c|%|n/?a|none|no[ _]units?|-|samples?|s/\d+|mmhg|k?ohms?|a\.?u\.?|lsb|unitless|yyyy.*|dd.*)$",
    re.IGNORECASE,
)
_BLANK_RUN: Final = re.compile(r"[ \t]+")
_LETTER: Final = re.compile(r"[A-Za-z\x80-\U0010ffff]")
"""Every lead's name has one, or a sign beyond ASCII."""


@dataclass(frozen=True)
class Dialect:
    """How a text table is written.

    Attributes
    ----------
    encoding : str
    unit_bytes : int
        Bytes of a code unit: 2 for UTF-16.
    line_end : int
        The code unit that ends a line.
    delimiter : str
        A blank stands for any number of them; empty for a single column.
    quote : str
    n_above : int
        Lines above the first row.
    names, units : tuple of str
        One for each column; empty where there is none.
    kinds : tuple of str
        ``number``, ``stamp`` or ``text`` for each column.
    preamble : Preamble
    lines_above : tuple of str
        As they stand there, without the titles.
    notes : tuple of str
        What was concluded.
    """

    encoding: str
    unit_bytes: int
    line_end: int
    delimiter: str
    quote: str
    n_above: int
    names: tuple[str, ...]
    units: tuple[str, ...]
    kinds: tuple[str, ...]
    preamble: Preamble
    lines_above: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def n_columns(self) -> int:
        """Columns."""
        return len(self.names)


def dialect_of(head: bytes) -> Dialect | None:
    """Tell how a text's rows are written; None if it is no table of numbers.

    Parameters
    ----------
    head : bytes
        The first `HEAD_BYTES` of the file.

    Returns
    -------
    Dialect or None
    """
    decoded = _decoded(head)
    if decoded is None:
        return None
    text, encoding, unit_bytes = decoded
    line_end = 10 if "\n" in text else 13
    lines = text.split("\n") if line_end == 10 else text.split("\r")
    lines = [line.rstrip("\r") for line in lines]
    if len(head) >= HEAD_BYTES:
        lines = lines[:-1]
        fewest = _MIN_ROWS_IN_TRUNCATED_HEAD
    else:
        while lines and not lines[-1].strip():
            lines.pop()
        fewest = _MIN_ROWS
    told = _SEP.match(lines[0]) if lines else None
    delimiters = (told[1],) if told else _DELIMITERS
    for delimiter in delimiters:
        for quote in ("'", '"') if _has_apostrophes(lines) else ('"',):
            found = _body(lines, delimiter, quote, fewest, bool(told))
            if found is not None:
                start, kinds = found
                return _titled(lines, start, kinds, delimiter, quote, (encoding, unit_bytes, line_end))
    return None


def _has_apostrophes(lines: Sequence[str]) -> bool:
    """Tell whether cells begin with an apostrophe, as PhysioNet's tools quote times."""
    return any(re.search(r"(^|[,;\t|])'", line) for line in lines[-20:])


def cells_of(line: str, delimiter: str, quote: str = '"') -> list[str]:
    """Return the cells of a line without quotes and surrounding blanks.

    Parameters
    ----------
    line : str
        Without its end.
    delimiter, quote : str
        As in :class:`Dialect`.

    Returns
    -------
    list of str
    """
    if not delimiter:
        bare = line.strip()
        return [bare[1:-1].strip() if len(bare) > 1 and bare[0] == bare[-1] == quote else bare]
    if delimiter == " ":
        line, delimiter = _BLANK_RUN.sub("\t", line.strip()), "\t"
    try:
        row = next(csv.reader([line], delimiter=delimiter, quotechar=quote, skipinitialspace=True), [])
    except csv.Error:
        row = line.split(delimiter)
    return [cell.strip() for cell in row]


def _decoded(head: bytes) -> tuple[str, str, int] | None:
    """Return text, encoding and bytes of a code unit; None for what is no text."""
    if not head:
        return None
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            return _text(head[2:], encoding, 2)
    if head.startswith(b"\xef\xbb\xbf"):
        return _text(head[3:], "utf-8", 1)
    if b"\0" in head:
        zeros = [head[place::2].count(0) / max(len(head) // 2, 1) for place in (0, 1)]
        if max(zeros) < 0.6 or min(zeros) > 0.1:
            return None
        return _text(head, "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be", 2)
    cut = head
    for _ in range(4):  # the head may end within a letter
        try:
            return _clean(cut.decode("utf-8"), "utf-8", 1)
        except UnicodeDecodeError as error:
            if error.start < len(cut) - 3 or len(head) < HEAD_BYTES:
                break
            cut = cut[:-1]
    return _text(head, _single_bytes(head), 1)


def _single_bytes(head: bytes) -> str:
    from charset_normalizer import from_bytes

    try:
        head.decode("cp1252")
        western = True
    except UnicodeDecodeError:
        western = False
    above = b"\n".join(line for line in re.split(rb"[\r\n]+", head) if max(line, default=0) > 127)[:4096]
    letters = set(above) - set(range(128))
    if western and letters <= set("µ°²äöüÄÖÜßéèêàçñáíóúå".encode("cp1252")):
        return "cp1252"
    for encoding in _CODE_PAGES:  # a title is too short for statistics, but not for a word that stands in many
        try:
            if _KNOWN_WORDS.search(above.decode(encoding)):
                return encoding
        except UnicodeDecodeError:
            continue
    best = from_bytes(
        above, cp_isolation=["cp1251", "cp1252", "cp1250", "gb18030", "shift_jis", "euc_kr", "big5"]
    ).best()
    return best.encoding if best is not None else "cp1252" if western else "latin-1"


def _text(content: bytes, encoding: str, unit_bytes: int) -> tuple[str, str, int] | None:
    return _clean(content.decode(encoding, errors="replace"), encoding, unit_bytes)


def _clean(text: str, encoding: str, unit_bytes: int) -> tuple[str, str, int] | None:
    if "\0" in text or any(ord(sign) < 32 and sign not in "\t\r\n\f\v\x1a" for sign in set(text)):
        return None
    return text.lstrip("\ufeff"), encoding, unit_bytes


def _body(
    lines: Sequence[str], delimiter: str, quote: str, fewest: int, told: bool
) -> tuple[int, tuple[str, ...]] | None:
    """Return the first row and the kinds of the columns where lines are a table with a delimiter."""
    sample = lines[len(lines) // 2 :] if len(lines) > 4 * fewest else lines[-max(fewest, len(lines) // 2) :]
    rows = [cells_of(line, delimiter, quote) for line in sample[:_SAMPLED_ROWS] if line.strip()]
    if not rows:
        return None
    n_columns, n_same = Counter(len(row) for row in rows).most_common(1)[0]
    if n_same < _GOOD * len(rows) or (n_columns == 1 and delimiter and not told):
        return None
    if not delimiter and any(";" in row[0] or "\t" in row[0] for row in rows[:5]):
        return None
    same = [row for row in rows if len(row) == n_columns]
    kinds = tuple(_kind([row[place] for row in same]) for place in range(n_columns))
    if "number" not in kinds or (delimiter == "," and (_one_number(lines, same, kinds) or _halved(lines, same))):
        return None
    if "text" in kinds and not _names_a_lead(lines[:_MAX_ABOVE], delimiter, quote):
        return None
    start = _first_row(lines, delimiter, quote, kinds)
    if start is None or sum(bool(line.strip()) for line in lines[start:]) < fewest:
        return None
    return start, kinds


def _names_a_lead(lines: Sequence[str], delimiter: str, quote: str) -> bool:
    """Tell whether a cell names an ECG lead; each text is judged once, however often a column of labels repeats it."""
    texts = {cell for line in lines for cell in cells_of(line, delimiter, quote) if _LETTER.search(cell)}
    return any(names_ecg(text.strip("'\"")) for text in texts)


def _kind(cells: Sequence[str]) -> str:
    held = [cell for cell in cells if cell.lower() not in ABSENT]
    if not held:
        return "number"
    n_days = sum(_DAY.match(cell) is not None for cell in held)
    if sum(_NUMBER.match(cell) is not None for cell in held) - n_days >= _GOOD * len(held):
        return "number"
    return "stamp" if stamp_format(held) is not None else "text"


def _one_number(lines: Sequence[str], rows: Sequence[Sequence[str]], kinds: Sequence[str]) -> bool:
    """Tell whether a comma is the decimal sign of a single column, as in ``-0,123``.

    An integer is not written as ``-0`` or ``012``, and the decimals of all numbers are often as many.
    """
    if len(kinds) != 2 or set(kinds) != {"number"} or not all(_PAIRED_INTEGERS.match(",".join(row)) for row in rows):
        return False
    if any('"' in line for line in lines[-20:]):
        return False
    behind = [row[1] for row in rows]
    if any(row[0] == "-0" or (len(row[1]) > 1 and row[1][0] == "0") for row in rows):
        return True
    titles = next((line for line in lines if any(sign.isalpha() for sign in line)), "")
    return "," not in titles and len({len(cell) for cell in behind}) == 1 and len(behind[0]) > 1


def _halved(lines: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether decimal commas without quotes make two integers of each number: twice as many cells as titles."""
    n_columns = len(rows[0])
    titles = next((line for line in lines if any(sign.isalpha() for sign in line)), "")
    if n_columns % 2 or len(cells_of(titles, ",")) * 2 != n_columns:
        return False
    integers = all(re.fullmatch(r"[+-]?\d+", cell) for row in rows for cell in row)
    return integers and any(len(row[at]) > 1 and row[at][0] == "0" for row in rows for at in range(1, n_columns, 2))


def _first_row(lines: Sequence[str], delimiter: str, quote: str, kinds: Sequence[str]) -> int | None:
    good = 0
    for number, line in enumerate(lines):
        if number > _MAX_ABOVE + 3:
            return None
        good = good + 1 if _is_row(line, delimiter, quote, kinds) else 0
        if good == 3:
            return number - 2
    return None


def _is_row(line: str, delimiter: str, quote: str, kinds: Sequence[str]) -> bool:
    cells = cells_of(line, delimiter, quote)
    if len(cells) != len(kinds) or not line.strip() or line.lstrip()[0] in "#%":
        return False
    n_numbers = 0
    for cell, kind in zip(cells, kinds, strict=True):
        if cell.lower() in ABSENT:
            continue
        if kind == "number" and _NUMBER.match(cell) is None:
            return False
        if kind == "stamp" and stamp_format([cell]) is None:
            return False
        n_numbers += kind == "number"
    return n_numbers > 0


def _titled(
    lines: Sequence[str],
    start: int,
    kinds: tuple[str, ...],
    delimiter: str,
    quote: str,
    written: tuple[str, int, int],
) -> Dialect:
    n_columns = len(kinds)
    titles: list[list[str]] = []
    at = start
    while at > 0 and len(titles) < _MAX_TITLES:
        row = _title_cells(lines[at - 1], delimiter, quote, n_columns, bool(titles))
        if row is None:
            break
        titles.insert(0, row)
        at -= 1
    if _counts_rows(lines[start : start + 3], delimiter, quote):
        # R names no column for the numbers of its rows.
        titles = [["", *row[:-1]] if row[-1] == "" and row[0] else row for row in titles]
    above = [line for line in lines[:at] if not _SEP.match(line)]
    names, units = _names_and_units(titles, n_columns)
    return Dialect(
        encoding=written[0],
        unit_bytes=written[1],
        line_end=written[2],
        delimiter=delimiter,
        quote=quote,
        n_above=start,
        names=names,
        units=units,
        kinds=kinds,
        preamble=read_preamble(above),
        lines_above=tuple(above),
    )


def _counts_rows(lines: Sequence[str], delimiter: str, quote: str) -> bool:
    """Tell whether the first cells of rows are consecutive integers and the last ones are not empty."""
    rows = [cells_of(line, delimiter, quote) for line in lines]
    firsts = [int(row[0]) for row in rows if row[0].isdecimal() and row[-1]]
    return len(firsts) == len(lines) and all(after == one + 1 for one, after in itertools.pairwise(firsts))


def _title_cells(line: str, delimiter: str, quote: str, n_columns: int, below: bool) -> list[str] | None:
    """Return the titles that a line gives to the columns; None if it is no line of titles."""
    bare = _TITLE_LINE.sub("", line).strip() if delimiter != "\t" else _TITLE_LINE.sub("", line)
    if not bare.strip() or _SEP.match(line):
        return None
    marked = _TITLE_LINE.match(line) is not None
    if n_columns == 1 and delimiter in {"", " "}:
        said = read_preamble([line])
        is_title = not marked and len(bare) <= 60 and said.fs_hz is None and not re.search(r"[:=;\t]|,\S", bare)
        return [bare.strip("\"'").strip()] if is_title else None
    if marked and read_preamble([line]) != Preamble() and ":" in line:
        return None
    cells = [cell.strip("'\"").strip() for cell in cells_of(bare, delimiter, quote)]
    said = read_preamble([line])
    if said.fs_hz is not None or said.begins is not None:
        return None
    if delimiter == " " and len(cells) not in {n_columns, n_columns - 1}:
        cells = [cell.strip("'\"") for cell in re.split(r"\s{2,}|\t+", bare.strip())]
    while len(cells) > n_columns and not cells[-1]:
        cells.pop()
    if len(cells) == n_columns - 1 and not below and n_columns > 2:
        return None if marked else [*cells, ""]
    if len(cells) != n_columns or all(_NUMBER.match(cell) for cell in cells if cell):
        return None
    return cells


def _names_and_units(titles: Sequence[Sequence[str]], n_columns: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    nothing = ("",) * n_columns
    if not titles:
        return nothing, nothing
    rows = list(titles)
    units: Sequence[str] = nothing
    if _are_units(rows[-1]) and (len(rows) > 1 or n_columns > 1):
        units = [cell.strip("[]() '\"") for cell in rows.pop()]
    if not rows:
        return nothing, tuple(units)
    names = max(rows, key=lambda row: sum(names_ecg(cell) for cell in row))
    return tuple(names), tuple(units)


def _are_units(cells: Sequence[str]) -> bool:
    bare = [cell.strip("[]() '\"") for cell in cells]
    known = [bool(millivolts_per(cell) is not None or _OTHER_UNITS.match(cell)) for cell in bare if cell]
    named = any(names_ecg(cell) and millivolts_per(cell) is None for cell in bare)
    return bool(known) and sum(known) >= 0.6 * len(known) and not named


def formats_of(dialect: Dialect, cells: Sequence[Sequence[str]], order: str | None) -> tuple[StampFormat | None, ...]:
    """Return the formats of the columns of stamps; None for the others.

    Parameters
    ----------
    dialect : Dialect
        How the table is written.
    cells : sequence of sequence of str
        Rows from the beginning and the end of the table.
    order : str or None
        Of dates, as a person gave it.

    Returns
    -------
    tuple of StampFormat or None
    """
    return tuple(
        stamp_format([row[place] for row in cells if place < len(row)], order) if kind == "stamp" else None  # type: ignore[arg-type]
        for place, kind in enumerate(dialect.kinds)
    )
