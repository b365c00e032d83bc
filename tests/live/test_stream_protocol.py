"""Messages of a stream are read as documented, and refused in one sentence where they are not."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ecg_core.live.protocol import (
    MAX_FRAME_BYTES,
    Frame,
    StreamError,
    StreamHeader,
    frame_bytes,
    header_text,
    parse_frame,
    parse_header,
)
from ecg_core.recording import Lead

HEADER: dict[str, Any] = {
    "protocol": 1,
    "name": "bed 4",
    "fs_hz": 250,
    "leads": [{"name": "II"}, {"name": "V1", "calibrated": False}],
    "encoding": "int16",
    "lsb_mv": [0.005, 0.01],
}


def test_a_header_says_what_the_samples_are() -> None:
    header = parse_header(json.dumps(HEADER))
    assert (header.name, header.fs_hz, header.encoding) == ("bed 4", 250.0, "int16")
    assert header.leads == (Lead("II"), Lead("V1", calibrated=False))
    assert header.lsb_mv == (0.005, 0.01)
    assert parse_header(header_text(header)) == header


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"protocol": 2}, "protocol"),
        ({"fs_hz": 50}, "fs_hz"),
        ({"fs_hz": True}, "fs_hz"),
        ({"fs_hz": float("nan")}, "fs_hz"),
        ({"leads": []}, "leads"),
        ({"leads": [{"name": "I"}] * 2}, "different names"),
        ({"leads": [{"name": f"L{n}"} for n in range(17)]}, "leads"),
        ({"leads": ["II"]}, "name"),
        ({"encoding": "float64"}, "encoding"),
        ({"lsb_mv": [0.005]}, "lsb_mv"),
        ({"lsb_mv": [0.005, -1]}, "lsb_mv"),
        ({"name": 4}, "name"),
        ({"resume": 4}, "resume"),
    ],
)
def test_a_header_that_asks_for_more_or_less_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(StreamError, match=said):
        parse_header(json.dumps({**HEADER, **change}))


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 20_000])
def test_what_is_no_header_is_refused(text: str) -> None:
    with pytest.raises(StreamError):
        parse_header(text)


def test_control_characters_of_a_name_do_not_pass() -> None:
    header = parse_header(json.dumps({**HEADER, "name": "a\u202e\nb" + "x" * 100}))
    assert "\u202e" not in header.name
    assert "\n" not in header.name
    assert len(header.name) <= 60


@pytest.mark.parametrize("encoding", ["int16", "float32"])
def test_samples_arrive_as_they_were_sent(encoding: str) -> None:
    header = StreamHeader("x", 250.0, (Lead("II"), Lead("V1")), encoding, (0.005, 0.01))
    signal = np.array([[0.5, -1.0], [np.nan, 2.0], [0.005, 0.01]], dtype=np.float32)
    frame = parse_frame(frame_bytes(Frame(7, 900, signal), header), header)
    assert (frame.sequence, frame.first_sample) == (7, 900)
    np.testing.assert_allclose(frame.signal_mv, signal, atol=1e-6)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "whole samples"),
        (bytes(12), "whole samples"),
        (bytes(12 + 6), "whole samples"),
        (bytes(MAX_FRAME_BYTES + 1), "KiB"),
        (bytes(12 + 8 * 2501), "may span"),
        (b"\0" * 4 + b"\xff" * 8 + bytes(8), "first sample"),
    ],
)
def test_what_is_no_frame_is_refused(content: bytes, said: str) -> None:
    header = StreamHeader("x", 250.0, (Lead("II"), Lead("V1")), "float32", (1.0, 1.0))
    with pytest.raises(StreamError, match=said):
        parse_frame(content, header)


def test_values_that_are_no_voltage_are_absent() -> None:
    header = StreamHeader("x", 250.0, (Lead("II"),), "float32", (1.0,))
    content = bytes(12) + np.float32([1, np.inf, -np.inf, np.nan, 1e20, -2]).tobytes()
    values = parse_frame(content, header).signal_mv[:, 0]
    np.testing.assert_array_equal(values, np.float32([1, np.nan, np.nan, np.nan, np.nan, -2]))
