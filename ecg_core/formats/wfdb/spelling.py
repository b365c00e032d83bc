"""Spelling of WFDB headers: what programs write otherwise than header(5) says, put as the `wfdb` package reads it.

Non-ASCII letters, decimal commas, units, starts in any order, lines of text without ``#``. The signal's own fields are
never guessed: what cannot be read stays as it is, for the parser to refuse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from ecg_core.formats.common.lead_names import millivolts_per
from ecg_core.formats.common.spelled_dates import read_clock, read_date
from ecg_core.formats.common.text_encodings import decoded

_SIGNAL_LINE: Final = re.compile(r"\S+[ \t]+\d+(x\d+)?(:\d+)?(\+\d+)?([ \t].*)?", re.ASCII)
_GAIN: Final = re.compile(
    r"(?P<file>\S+[ \t]+\S+[ \t]+)(?P<gain>[-+]?\d*[.,]?\d+\.?(?:e[-+]?\d+)?)(?P<baseline>\([^)\s]*\))?"
    r"(?:[ \t]*/[ \t]*(?P<unit>[^\s\d]\S*))?(?P<rest>(?:[ \t].*)?)",
    re.IGNORECASE | re.ASCII,
)
_RATE: Final = re.compile(r"(\d+(?:[.,]\d+)?)(?:Hz|/s)?", re.IGNORECASE | re.ASCII)
_USUAL_START: Final = re.compile(
    r"(?P<clock>\d{1,2}(:\d{1,2}){0,2}(\.\d+)?)( (?P<date>\d{1,2}/\d{1,2}/\d{4}))?", re.ASCII
)
_UNITS: Final = {1e3: "V", 1.0: "mV", 1e-3: "uV", 1e-6: "nV"}
_PIVOT_YEAR: Final = 69


@dataclass(frozen=True)
class SpelledHeader:
    """A header's text as it is written and as the `wfdb` package reads it.

    Attributes
    ----------
    record : str
        The record line as read.
    described : tuple of str
        The lines that describe signals or segments, as read: ASCII, as long from the unit on as the lines written.
    written : tuple of str
        The same lines as written.
    comments : tuple of str
    notes : tuple of str
        What was read otherwise than it is written; no dates and no texts of the file.
    changed : bool
        Whether anything was.
    """

    record: str
    described: tuple[str, ...]
    written: tuple[str, ...]
    comments: tuple[str, ...]
    notes: tuple[str, ...]
    changed: bool

    @property
    def n_announced(self) -> int | None:
        """The number of signals of the record line; None where it is none, or the record has segments."""
        fields = self.record.split()
        plain = len(fields) > 1 and "/" not in fields[0] and fields[1].isdecimal() and len(fields[1]) < 7
        return int(fields[1]) if plain else None

    def content(self, n_signals: int | None = None) -> bytes:
        """Return the text that the `wfdb` package reads, with another number of signals where one is given."""
        fields = self.record.split(" ")
        if n_signals is not None:
            fields[1] = str(n_signals)
        return "\n".join((" ".join(fields), *self.described[:n_signals], "")).encode("ascii", "replace")

    def name(self, place: int, read: str) -> str:
        """Return the name of a signal as written, of which the package has read another spelling.

        Parameters
        ----------
        place : int
            Index of the signal.
        read : str
            Its name as the package has read it.
        """
        written = self.written[place] if place < len(self.written) else ""
        return written[len(written) - len(read) :] if read else read


def spelled(file_name: str, content: bytes) -> SpelledHeader:
    """Read the spelling of a header.

    Parameters
    ----------
    file_name : str
        For notes.
    content : bytes
        The header file.
    """
    lines = [line.strip() for line in decoded(content).splitlines()]
    comments = [line.strip(" \t#") for line in lines if line.startswith("#")]
    written = [line for line in lines if line and not line.startswith("#")]
    if not written:
        return SpelledHeader("", (), (), tuple(comments), (), False)
    notes: list[str] = []
    first, described = written[0], written[1:]
    record = _record_line(file_name, first, notes)
    if "/" not in first.split()[0]:
        signals = [line for line in described if _SIGNAL_LINE.fullmatch(line)]
        announced = re.match(r"\S+\s+(\d{1,6})(\s|$)", first, re.ASCII)
        if announced and int(announced[1]) <= len(signals) < len(described):
            comments += [line for line in described if not _SIGNAL_LINE.fullmatch(line)]
            n_texts = len(described) - len(signals)
            notes.append(f"{file_name} has lines that describe no signal ({n_texts}); they are taken for comments.")
            described = signals
    read = [_signal_line(file_name, line, notes) for line in described]
    as_read = ["".join(sign if sign.isascii() else "_" for sign in line) for line in (record, *read)]
    return SpelledHeader(
        record=as_read[0],
        described=tuple(as_read[1:]),
        written=tuple(described),
        comments=tuple(comments),
        notes=tuple(dict.fromkeys(notes)),
        changed=as_read != written,
    )


def _record_line(file_name: str, line: str, notes: list[str]) -> str:
    """Return the record line with its rate and start as header(5) has them."""
    fields = line.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}").split()
    kept, rest = fields[:2], fields[2:]
    if rest:
        rate = _RATE.fullmatch(rest[0])
        # A comma before three digits may part thousands; the parser refuses it.
        if rate and not re.fullmatch(r"\d+,\d{3}", rate[1]):
            kept.append(rate[1].replace(",", "."))
            if kept[-1] != rest[0]:
                notes.append(f"The rate {rest[0]:.20} of {file_name} is read as {kept[-1]} Hz.")
        else:
            kept.append(rest[0])
        rest = rest[1:]
        if rest and rest[0].lower() == "hz":
            rest = rest[1:]
    if rest and (length := re.fullmatch(r"(\d+)(?:\.0*)?", rest[0], re.ASCII)):
        kept.append(length[1])
        rest = rest[1:]
    if rest:
        if len(kept) < 4:
            kept.append("0")
        kept += _start(file_name, " ".join(rest), notes)
    return " ".join(kept)


def _start(file_name: str, text: str, notes: list[str]) -> list[str]:
    """Return the fields of a start, as far as they can be read."""
    usual = _USUAL_START.fullmatch(text)
    if usual and _is_clock(usual["clock"]) and (usual["date"] is None or _is_day(usual["date"])):
        return text.split()
    clock, day = read_clock(text), read_date(text, _PIVOT_YEAR)
    if clock is None:
        notes.append(f"{file_name} gives its start in a form that cannot be read; it is not known.")
        return []
    if day is None:
        notes.append(f"{file_name} gives the date of its start in a form that cannot be read; it is not known.")
        return [clock.isoformat()]
    doubt = f", {day.doubt}" if day.doubt else ""
    notes.append(f"{file_name} gives its start in another form than time and date{doubt}; it was read all the same.")
    return [clock.isoformat(), day.day.strftime("%d/%m/") + f"{day.day.year:04d}"]


def _is_clock(text: str) -> bool:
    parts = [float(part) for part in text.split(":")]
    return all(part < 60 for part in parts[-2:]) and (len(parts) < 3 or parts[0] < 24)


def _is_day(text: str) -> bool:
    day, month, year = map(int, text.split("/"))
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _signal_line(file_name: str, line: str, notes: list[str]) -> str:
    """Return a signal line with its gain, baseline and unit as header(5) has them."""
    found = _GAIN.fullmatch(line)
    if found is None:
        return line
    gain, baseline, unit = found["gain"], found["baseline"] or "", found["unit"]
    if re.search(r"\d,\d", gain) and not re.search(r"\d,\d{3}\b", gain):
        gain = gain.replace(",", ".")
    if inside := re.fullmatch(r"\(([-+]?\d+)[.,]0*\)", baseline):
        baseline = f"({inside[1]})"
    if unit is not None:
        factor = millivolts_per(unit)
        if factor is not None and unit not in {"V", "mV", "uV", "nV", "v", "mv", "uv", "nv"}:
            notes.append(f"The unit {unit!r:.24} of {file_name} is read as {_UNITS[factor]}.")
            unit = _UNITS[factor]
    return f"{found['file']}{gain}{baseline}{'' if unit is None else f'/{unit}'}{found['rest']}"
