"""EDF, EDF+ and BDF header parser. Header fields are validated against the file size.

EDF: Kemp et al., Electroenceph Clin Neurophysiol 1992;82:391; EDF+: Kemp and Olivan, Clin Neurophysiol
2003;114:1755 (https://www.edfplus.info/specs/). BDF stores 24 bits a sample (https://www.biosemi.com/faq/file_format.htm).
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Final

from ecg_core.confinement import open_file, open_raw, size_of
from ecg_core.errors import RecordingError
from ecg_core.formats.common.lead_names import MAX_LEADS
from ecg_core.formats.common.spelled_dates import read_clock, read_date
from ecg_core.formats.common.text_encodings import decoded
from ecg_core.formats.edf.private import ABSENT_MARK, samples_of
from ecg_core.recording import Identity

_FIXED_BYTES: Final = 256
_WIDTHS: Final = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
"""Of a signal's fields: label, transducer, unit, physical and digital range, filters, samples per record, reserved."""
_PIVOT_YEAR: Final = 85
"""Two-digit years from here on are of the 20th century, says the specification."""


@dataclass(frozen=True)
class EdfSignal:
    """One signal of a file.

    Attributes
    ----------
    label, unit, filters : str
    has_absent : bool
        Whether the digital minimum stands for samples that are absent.
    physical, digital : tuple of float
        The physical values that the digital ones stand for; NaN where a field is no number.
    samples_per_record : int
    first_byte : int
        Where it begins in a record.
    """

    label: str
    unit: str
    filters: str
    physical: tuple[float, float]
    digital: tuple[float, float]
    samples_per_record: int
    first_byte: int
    has_absent: bool = False

    @property
    def is_annotations(self) -> bool:
        """Whether it holds texts."""
        return self.label.lower().removesuffix("s") in {"edf annotation", "bdf annotation"}

    @property
    def gain(self) -> float | None:
        """Physical units a digital step; None where the file gives no usable one."""
        span = self.digital[1] - self.digital[0]
        height = self.physical[1] - self.physical[0]
        gain = height / span if math.isfinite(span) and span else math.nan
        return gain if math.isfinite(gain) and gain else None


@dataclass(frozen=True)
class EdfHeader:
    """A header whose numbers were checked against the file.

    Attributes
    ----------
    format_name : str
        ``EDF``, ``EDF+C``, ``EDF+D``, ``BDF``, ``BDF+C`` or ``BDF+D``.
    signals : tuple of EdfSignal
    bytes_per_sample, data_offset, record_bytes, n_records : int
        Records that the file really holds whole.
    record_s : float
        A record's duration.
    start_time : datetime, time or None
        The time of day alone where the file says that the date is unknown.
    identity : Identity
    notes : tuple of str
    n_samples : int or None
        Of each signal, where the file says that its last record is only partly signal.
    """

    format_name: str
    signals: tuple[EdfSignal, ...]
    bytes_per_sample: int
    data_offset: int
    record_bytes: int
    n_records: int
    record_s: float
    start_time: datetime | time | None
    identity: Identity
    notes: tuple[str, ...]
    n_samples: int | None = None


def is_edf(head: bytes) -> bool:
    """Tell whether a file's first bytes are an EDF or BDF header."""
    count = head[252:256].strip(b" \0")
    if len(head) < _FIXED_BYTES or not count.isdigit():
        return False
    if head[:8] != b"\xffBIOSEMI" and head[:8].strip(b" \0") != b"0":
        return False
    # Dates are spelled in many ways: what the header says of its own size is as good.
    says_size = head[184:192].strip(b" \0") == str(_FIXED_BYTES * (int(count) + 1)).encode()
    return says_size or re.fullmatch(rb"[\d .:+\-eE]*", head[168:192]) is not None


def read_edf_header(path: Path) -> EdfHeader:
    """Read and check the header of a file.

    Raises
    ------
    RecordingError
        If it is cut short or contradicts itself, or no whole record follows it.
    """
    try:
        size = size_of(path)
        with open_file(path) as stream:
            fixed = stream.read(_FIXED_BYTES)
            n_signals = _count(path, fixed)
            described = stream.read(_FIXED_BYTES * n_signals)
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    if len(described) < _FIXED_BYTES * n_signals:
        raise RecordingError(f"{path.name} ends within its header; fetch or export it again.")
    is_bdf = fixed[:1] == b"\xff"
    kind = _kind(fixed, is_bdf)
    signals = _signals(path, described, n_signals, 3 if is_bdf else 2)
    record_bytes = sum(signal.samples_per_record for signal in signals) * (3 if is_bdf else 2)
    record_s = _number(fixed[244:252])
    has_signals = any(not signal.is_annotations for signal in signals)
    if has_signals and not (math.isfinite(record_s) and record_s > 0):
        raise RecordingError(
            f"{path.name} gives its records a duration of {_text(fixed[244:252])!r} s, so its sampling rate "
            "is unknown; export it again."
        )
    announced = _number(fixed[236:244])
    offset, notes = _data_offset(path, fixed, n_signals, size, announced * record_bytes)
    n_records, more = _records(path, announced, size - offset, record_bytes, record_s)
    start, doubts = _start(path, fixed)
    notes += [*more, *doubts]
    return EdfHeader(
        format_name=kind,
        signals=signals,
        bytes_per_sample=3 if is_bdf else 2,
        data_offset=offset,
        record_bytes=record_bytes,
        n_records=n_records,
        record_s=record_s,
        start_time=start,
        identity=_identity(fixed),
        notes=tuple(notes),
        n_samples=samples_of(_text(fixed[192:236])),
    )


def _count(path: Path, fixed: bytes) -> int:
    if len(fixed) < _FIXED_BYTES:
        raise RecordingError(f"{path.name} ends within its header; fetch or export it again.")
    count = _number(fixed[252:256])
    if not 1 <= count <= MAX_LEADS:
        raise RecordingError(f"{path.name} announces {_text(fixed[252:256])!r} signals; its header is damaged.")
    return int(count)


def _kind(fixed: bytes, is_bdf: bool) -> str:
    reserved = _text(fixed[192:236])
    base = "BDF" if is_bdf else "EDF"
    return f"{base}{reserved[3:5]}" if reserved[:5] in {f"{base}+C", f"{base}+D"} else base


def _signals(path: Path, described: bytes, n_signals: int, bytes_per_sample: int) -> tuple[EdfSignal, ...]:
    fields: list[list[bytes]] = []
    position = 0
    for width in _WIDTHS:
        column = described[position : position + width * n_signals]
        fields.append([column[at : at + width] for at in range(0, len(column), width)])
        position += width * n_signals
    signals = []
    first_byte = 0
    for index in range(n_signals):
        label, transducer, unit, low, high, lowest, highest, filters, samples, _ = (field[index] for field in fields)
        count = _number(samples)
        if not (count >= 0 and count == int(count)):
            raise RecordingError(
                f"{path.name} gives signal {index + 1} {_text(samples)!r} samples a record; its header is damaged."
            )
        signals.append(
            EdfSignal(
                label=_text(label),
                unit=_text(unit),
                filters=_text(filters),
                physical=(_number(low), _number(high)),
                digital=(_number(lowest), _number(highest)),
                samples_per_record=int(count),
                first_byte=first_byte,
                has_absent=_text(transducer) == ABSENT_MARK,
            )
        )
        first_byte += int(count) * bytes_per_sample
    return tuple(signals)


def _data_offset(path: Path, fixed: bytes, n_signals: int, size: int, n_bytes: float) -> tuple[int, list[str]]:
    """Return where the records begin, and what to say of it; `n_bytes` is how long the header says that they are."""
    usual, given = _FIXED_BYTES * (n_signals + 1), _number(fixed[184:192])
    if given == usual:
        return usual, []
    if math.isfinite(given) and usual < given < size and given + n_bytes == size:
        return int(given), [f"The records of {path.name} begin at byte {given:.0f}, as its header says."]
    if math.isfinite(given) and usual < given < size and usual + n_bytes != size:
        raise RecordingError(
            f"{path.name} says that its records begin at byte {given:.0f}, but its signals are described in {usual} "
            "and its length fits neither; export it again."
        )
    return usual, [f"{path.name} gives its header a length of {_text(fixed[184:192])!r} bytes; it has {usual}."]


def _records(path: Path, announced: float, n_bytes: int, record_bytes: int, record_s: float) -> tuple[int, list[str]]:
    """Return how many records the file holds whole, and what to say of it."""
    held = n_bytes // record_bytes if record_bytes else 0
    if held <= 0:
        raise RecordingError(f"{path.name} holds no whole record of signal after its header; fetch or export it again.")
    if not announced >= 0:  # -1 while it is being recorded; anything else is damaged
        return held, []
    if announced > held:
        return held, [
            f"{path.name} announces {announced * record_s:.1f} s but ends after {held * record_s:.1f} s; "
            "the recording is shown up to there."
        ]
    return (int(announced), []) if announced else (held, [])


def _number(field: bytes) -> float:
    """Return a header's number, NaN if it is none."""
    text = _text(field).replace(",", ".")
    return float(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII) else math.nan


def _text(field: bytes) -> str:
    return decoded(field.strip(b" \0")).strip(" \0")


def _start(path: Path, fixed: bytes) -> tuple[datetime | time | None, list[str]]:
    """Return when the recording starts, and what to say of it."""
    recording, short, hour = _text(fixed[88:168]), _text(fixed[168:176]), _text(fixed[176:184])
    at = _clock(hour)
    # EDF+ 2.1.3.3: a date that is unknown, or left out, is "Startdate X" with the first day that the header can say.
    if recording.split()[:2] == ["Startdate", "X"] and short == "01.01.85":
        return (None if at in {None, time(0)} else at), []
    named, spelled = _startdate(recording), read_date(short.replace(":", "."), _PIVOT_YEAR)
    day = named or (spelled.day if spelled else None)
    notes = []
    if at is None:
        notes.append(f"{path.name} gives no readable time of day; its start is not known.")
    if day is None:
        notes.append(f"{path.name} gives no readable date; the date of its start is not known.")
    elif named is None and (spelled is None or spelled.doubt or not re.fullmatch(r"[\d.]+", short)):
        how = (spelled.doubt if spelled else None) or "day before month"
        notes.append(f"{path.name} spells the date of its start in an unusual way; it was read {how}.")
    if at is None:
        return None, notes
    return (datetime.combine(day, at) if day else at), notes


def _clock(text: str) -> time | None:
    """Return the time of day of the header's field, however its parts are separated."""
    parts = re.fullmatch(r"(\d{1,2})[.:,;/\-h ](\d{1,2})(?:[.:,;/\-m ](\d{1,2}))?s?", text, re.ASCII) or re.fullmatch(
        r"(\d\d)(\d\d)(\d\d)", text, re.ASCII
    )
    if parts is None:
        return read_clock(text)
    try:
        return time(int(parts[1]), int(parts[2]), int(parts[3] or 0))
    except ValueError:
        return None


def _startdate(recording_field: str) -> date | None:
    words = recording_field.split()
    return _long_date(words[1]) if len(words) > 1 and words[0].lower() == "startdate" else None


def _long_date(word: str) -> date | None:
    found = read_date(word) if re.search(r"\d{4}", word, re.ASCII) else None
    return found.day if found else None


def _identity(fixed: bytes) -> Identity:
    """Read the patient and recording fields: EDF+ subfields where they have that shape, free text otherwise."""
    patient, recording = _text(fixed[8:88]), _text(fixed[88:168])
    other: list[tuple[str, str]] = []
    patient_id = sex = person = born = device = None
    words = patient.split()
    if len(words) >= 4 and words[1] in {"F", "M", "X"}:
        patient_id, sex, person = _said(words[0]), _said(words[1]), _said(words[3])
        born = _long_date(words[2])
        other += [("Patient", " ".join(words[4:]))] if words[4:] else []
    elif patient and patient.lower() != "dd-mmm-yyyy":
        other.append(("Patient", patient))
    words = recording.split()
    if words and words[0] == "Startdate":
        device = _said(words[4]) if len(words) > 4 else None
        for label, word in zip(("Administration code", "Technician"), words[2:4], strict=False):
            other += [(label, said)] if (said := _said(word)) else []
        other += [("Recording", " ".join(words[5:]))] if words[5:] else []
    elif recording:
        other.append(("Recording", recording))
    return Identity(person, patient_id, born, sex, device=device, other=tuple(other))


def _said(word: str) -> str | None:
    """Return a subfield: its underscores stand for blanks, and ``X`` for nothing."""
    return None if word == "X" else word.replace("_", " ")


def read_at(path: Path, offset: int, n_bytes: int) -> bytes:
    """Read bytes at a position of a file.

    Parameters
    ----------
    path : Path
        The file.
    offset : int
        Position of the first byte.
    n_bytes : int
        How many to read.

    Returns
    -------
    bytes
        Exactly `n_bytes`.

    Raises
    ------
    RecordingError
        If it cannot be read or ends before.
    """
    try:
        with open_file(path) as stream:
            stream.seek(offset, os.SEEK_SET)
            content = stream.read(n_bytes)
    except OSError as error:
        raise RecordingError(f"{path.name} can no longer be read: {error.strerror or error}.") from error
    if len(content) < n_bytes:
        raise RecordingError(f"{path.name} is shorter than when it was opened; open it again.")
    return content


def read_heads(path: Path, places: range, n_bytes: int) -> Iterator[bytes]:
    """Yield the bytes at each of many positions of a file; see :func:`read_at`.

    Parameters
    ----------
    path : Path
        The file.
    places : range
        Positions in bytes.
    n_bytes : int
        How many to read at each.
    """
    try:
        with open_raw(path) as stream:
            for place in places:
                stream.seek(place)
                yield stream.read(n_bytes)
    except OSError as error:
        raise RecordingError(f"{path.name} can no longer be read: {error.strerror or error}.") from error
