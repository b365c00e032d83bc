"""SCP-ECG: patient, device and time (section 1), and lead names."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ecg_core.recording import Identity

_ENCODINGS: Final = {
    0x03: "iso8859_2",
    0x0B: "iso8859_4",
    0x13: "iso8859_5",
    0x1B: "iso8859_6",
    0x23: "iso8859_7",
    0x2B: "iso8859_8",
    0x33: "iso8859_11",
    0x3B: "iso8859_15",
    0x07: "utf-16-le",
    0x0F: "shift_jis",
    0x17: "euc_jp",
    0x1F: "euc_jp",
    0x27: "gb2312",
    0x2F: "cp949",
    0x37: "utf-8",
}
"""Of the language support code, byte 17 of tag 14."""

_OTHER_TEXTS: Final = {
    3: "Second last name",
    13: "Diagnosis or indication",
    16: "Acquiring institution",
    17: "Analysing institution",
    18: "Acquiring department",
    19: "Analysing department",
    20: "Referring physician",
    21: "Confirming physician",
    22: "Technician",
    23: "Room",
    30: "Comment",
    31: "Sequence number",
    35: "History",
}
_AGE_YEARS: Final = {1: 1.0, 2: 1 / 12, 3: 7 / 365.25, 4: 1 / 365.25, 5: 1 / 8766}
_SEX: Final = {1: "M", 2: "F"}
_MAX_TAGS: Final = 2000


@dataclass(frozen=True)
class Header:
    """What section 1 says.

    Attributes
    ----------
    identity : Identity
    start_time : datetime or None
        Where both date and time are given.
    version : int
        Ten times the version of the protocol; 0 if not given.
    encoding : str
        Of the texts, also of the statements.
    filters : tuple of (label, text)
    """

    identity: Identity
    start_time: datetime | None
    version: int
    encoding: str
    filters: tuple[tuple[str, str], ...]


def read_header(body: bytes) -> Header:
    """Read section 1, as far as its fields follow one another."""
    fields = _split(body)
    machine = fields.get(14, [b""])[0]
    encoding = _ENCODINGS.get(machine[16], "latin-1") if len(machine) > 16 else "latin-1"

    def text(tag: int) -> str | None:
        return decode(fields[tag][0], encoding) or None if tag in fields else None

    names = [part for part in (text(1), text(0)) if part]
    born = _date(fields.get(5, [b""])[0])
    on, at = _date(fields.get(25, [b""])[0]), fields.get(26, [b""])[0]
    start_time = None
    if on and len(at) >= 3 and at[0] < 24 and at[1] < 60 and at[2] < 60:
        start_time = datetime(on.year, on.month, on.day, at[0], at[1], at[2])
    model, serial, maker = _machine(machine, encoding)
    return Header(
        identity=Identity(
            name=" ".join(names) or None,
            patient_id=text(2),
            birth_date=born,
            sex=_SEX.get(fields[8][0][0]) if fields.get(8, [b""])[0] else None,
            age_years=_age(fields.get(4, [b""])[0]),
            device=" ".join(part for part in (maker, model) if part) or None,
            device_serial=serial or None,
            other=tuple(
                (label, decode(value, encoding))
                for tag, label in _OTHER_TEXTS.items()
                for value in fields.get(tag, [])
                if decode(value, encoding)
            ),
        ),
        start_time=start_time,
        version=machine[14] if len(machine) > 14 else 0,
        encoding=encoding,
        filters=_filters(fields),
    )


def decode(value: bytes, encoding: str) -> str:
    """Decode a NUL-terminated text.

    Parameters
    ----------
    value : bytes
        The field.
    encoding : str
        As for `bytes.decode`.

    Returns
    -------
    str
        Stripped; undecodable bytes replaced.
    """
    if encoding == "utf-16-le":
        return value[: len(value) // 2 * 2].decode(encoding, errors="replace").split("\0")[0].strip()
    return value.split(b"\0", 1)[0].decode(encoding, errors="replace").strip()


def _split(body: bytes) -> dict[int, list[bytes]]:
    """Split the section into the values of its tags; what follows a wrong length is left."""
    fields: dict[int, list[bytes]] = {}
    position = 0
    for _ in range(_MAX_TAGS):
        if position + 3 > len(body):
            break
        tag, length = struct.unpack_from("<BH", body, position)
        position += 3
        if tag == 255 or position + length > len(body):
            break
        fields.setdefault(tag, []).append(body[position : position + length])
        position += length
    return fields


def _date(value: bytes) -> date | None:
    if len(value) < 4:
        return None
    year, month, day = struct.unpack_from("<HBB", value)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _age(value: bytes) -> float | None:
    if len(value) < 3:
        return None
    age, unit = struct.unpack_from("<HB", value)
    return age * _AGE_YEARS[unit] if age and unit in _AGE_YEARS else None


def _machine(value: bytes, encoding: str) -> tuple[str, str, str]:
    """Model, serial number and maker of tag 14."""
    if len(value) < 36:
        return "", "", ""
    texts = [decode(part, encoding) for part in value[36:].split(b"\0")] + [""] * 5
    return decode(value[8:14], encoding), texts[1], texts[4]


def _filters(fields: dict[int, list[bytes]]) -> tuple[tuple[str, str], ...]:
    found = []
    for tag, label, unit in ((27, "High-pass filter", 0.01), (28, "Low-pass filter", 1.0)):
        value = fields.get(tag, [b""])[0]
        if len(value) >= 2 and (stored := struct.unpack_from("<H", value)[0]):
            found.append((label, f"{stored * unit:g} Hz"))
    bits = (fields.get(29, [b""])[0] or b"\0")[0]
    if bits & 3:
        found.append(("Notch filter", "60 Hz" if bits & 1 else "50 Hz"))
    return tuple(found)
