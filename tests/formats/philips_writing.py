"""Philips ECG XML as small as tests need it, with an encoder for XLI."""

from __future__ import annotations

import base64

import numpy as np

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def lzw(data: bytes) -> bytes:
    """Compress with codes of 10 bits; the table stops growing when it is full."""
    table = {bytes([value]): value for value in range(256)}
    codes, current = [], b""
    for byte in data:
        longer = current + bytes([byte])
        if longer in table:
            current = longer
            continue
        codes.append(table[current])
        if len(table) < 1023:
            table[longer] = len(table)
        current = bytes([byte])
    codes += [table[current]] if current else []
    bits = "".join(f"{code:010b}" for code in codes)
    bits += "1" * (-len(bits) % 8)
    return int("1" + bits, 2).to_bytes(len(bits) // 8 + 1, "big")[1:]


def chunk(samples: np.ndarray) -> bytes:
    """Pack one lead."""
    corrections = 2 * samples[1:-1] - samples[:-2] - samples[2:]
    numbers = np.concatenate((samples[:2], corrections[1:] + 64, [0])).astype(">i2")
    raw = np.frombuffer(numbers.tobytes(), dtype=np.uint8)
    packed = lzw(raw[::2].tobytes() + raw[1::2].tobytes())
    return len(packed).to_bytes(4, "little") + b"\0\0" + int(corrections[0]).to_bytes(2, "little", signed=True) + packed


def halved(values: np.ndarray) -> np.ndarray:
    return np.trunc(values / 2).astype(np.int64)


def xli(leads: np.ndarray) -> bytes:
    """Pack twelve leads, shape (samples, leads)."""
    one, two, three, right, left, foot = leads.T[:6]
    stored = [
        one,
        two,
        two - one - three,
        -right - halved(one + two),
        halved(one - three) - left,
        halved(two + three) - foot,
        *leads.T[6:],
    ]
    return b"".join(chunk(lead) for lead in stored)


def document(
    payload: bytes | str, attributes: str, *, version: str = "1.04", more: str = "", acquired: str = ""
) -> str:
    text = payload if isinstance(payload, str) else base64.b64encode(payload).decode()
    return (
        '<?xml version="1.0"?><restingecgdata xmlns="http://www3.medical.philips.com"><documentinfo>'
        f"<documenttype>PhilipsECG</documenttype><documentversion>{version}</documentversion></documentinfo>"
        f'<dataacquisition date="2021-03-04" time="05:06:07">{acquired}</dataacquisition>{more}'
        f"<waveforms><parsedwaveforms {attributes}>{text}</parsedwaveforms></waveforms></restingecgdata>"
    )
