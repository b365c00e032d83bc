"""SCP-ECG: measurements and statements (sections 7, 8, 10 and 11)."""

from __future__ import annotations

import struct
from typing import Final

from ecg_core.formats.common.scp_lead_codes import lead_name
from ecg_core.formats.scp.header import decode

_UNKNOWN: Final = frozenset({29999, 19999, 999, 0xFFFF, -32768})
_PER_LEAD: Final = (
    ("P duration", "ms"),
    ("PR interval", "ms"),
    ("QRS duration", "ms"),
    ("QT interval", "ms"),
    ("Q duration", "ms"),
    ("R duration", "ms"),
    ("S duration", "ms"),
    ("R' duration", "ms"),
    ("S' duration", "ms"),
    ("Q amplitude", "µV"),
    ("R amplitude", "µV"),
    ("S amplitude", "µV"),
    ("R' amplitude", "µV"),
    ("S' amplitude", "µV"),
    ("J point amplitude", "µV"),
    ("P+ amplitude", "µV"),
    ("P− amplitude", "µV"),
    ("T+ amplitude", "µV"),
    ("T− amplitude", "µV"),
)


def read_measurements(body: bytes) -> tuple[tuple[str, str], ...]:
    """Read section 7: intervals of the first measurement block, axes, rate and corrected QT.

    The section stores where waves begin and end within the representative beat; intervals are their differences.
    """
    if len(body) < 6:
        return ()
    n_blocks, n_spikes, rr_ms, _ = struct.unpack_from("<BBHH", body)
    found: list[tuple[str, int, str]] = [("RR interval", rr_ms if rr_ms else 29999, "ms")]
    if n_blocks and len(body) >= 22:
        p_on, p_off, qrs_on, qrs_off, t_off, *axes = struct.unpack_from("<5H3h", body, 6)
        spans = (
            ("P duration", p_on, p_off),
            ("PR interval", p_on, qrs_on),
            ("QRS duration", qrs_on, qrs_off),
            ("QT interval", qrs_on, t_off),
        )
        found += [
            (label, end - begin, "ms") for label, begin, end in spans if not {begin, end} & _UNKNOWN and begin < end
        ]
        found += [(f"{wave} axis", axis, "°") for wave, axis in zip(("P", "QRS", "T"), axes, strict=True)]
    position = 6 + 16 * n_blocks + 10 * n_spikes
    if position + 2 <= len(body):
        position += 2 + struct.unpack_from("<H", body, position)[0]
        if position + 6 <= len(body):
            ventricular_bpm, atrial_bpm, qtc_ms = struct.unpack_from("<HHH", body, position)
            found += [
                ("Heart rate", ventricular_bpm or 29999, "bpm"),
                ("Atrial rate", atrial_bpm or 29999, "bpm"),
                ("QTc interval", qtc_ms or 29999, "ms"),
            ]
    return tuple((label, f"{value} {unit}") for label, value, unit in found if value not in _UNKNOWN)


def read_lead_measurements(body: bytes) -> tuple[tuple[str, str], ...]:
    """Read section 10: what was measured in each lead."""
    if len(body) < 4:
        return ()
    (n_leads,) = struct.unpack_from("<H", body)
    found: list[tuple[str, str]] = []
    position = 4
    for _ in range(min(n_leads, 256)):
        if position + 4 > len(body):
            break
        code, length = struct.unpack_from("<HH", body, position)
        block = body[position + 4 : position + 4 + length]
        position += 4 + length
        values = struct.unpack_from(f"<{len(block) // 2}h", block)
        found += [
            (f"{lead_name(code)} {label}", f"{value} {unit}")
            for value, (label, unit) in zip(values, _PER_LEAD, strict=False)
            if value not in _UNKNOWN
        ]
    return tuple(found)


def read_statements(body: bytes, encoding: str, *, universal: bool = False) -> tuple[str, ...]:
    """Return the statements of section 8 or 11.

    Parameters
    ----------
    body : bytes
        Content of section 8 or 11 without its header.
    encoding : str
        Of the texts.
    universal : bool
        Whether it is section 11, where each text begins with a byte for its kind.

    Returns
    -------
    tuple of str
    """
    found: list[str] = []
    if len(body) < 9:
        return ()
    position = 9
    for _ in range(body[8]):
        if position + 3 > len(body):
            break
        (length,) = struct.unpack_from("<H", body, position + 1)
        value = body[position + 3 : position + 3 + length]
        position += 3 + length
        parts = value[1:].split(b"\0") if universal else [value]
        text = " ".join(part for part in (decode(one, encoding) for one in parts) if part)
        if text:
            found.append(text)
    return tuple(found)
