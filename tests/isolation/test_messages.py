"""Messages between server and readers: what is sent arrives, and nothing else is built from what arrives."""

from __future__ import annotations

import json
import socket
import struct
import threading
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.isolation.messages import BrokenMessageError, receive, send
from ecg_core.recording import Annotations, Identity, Lead

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.builds(Lead, st.text(min_size=1), st.booleans()),
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def passed(message: Any, max_array_bytes: int = 1 << 20) -> Any:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sending = threading.Thread(target=send, args=(ours, message))
        sending.start()
        try:
            return receive(theirs, max_array_bytes)
        finally:
            theirs.close()
            sending.join()


def arrived(head: tuple[int, int], content: bytes, max_array_bytes: int = 1 << 20) -> Any:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(struct.pack("!QQ", *head) + content)
        ours.close()
        return receive(theirs, max_array_bytes)


@given(VALUES)
def test_what_is_sent_arrives(value: Any) -> None:
    assert passed(value) == value


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "bool", "<U4"])
@pytest.mark.parametrize("shape", [(), (0,), (7,), (3, 5), (0, 2)])
def test_arrays_arrive_with_type_and_shape(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    one, two = passed((array, array[..., ::-1] if array.ndim else array))
    for got, sent in ((one, array), (two, array[..., ::-1] if array.ndim else array)):
        np.testing.assert_array_equal(got, sent)
        assert got.dtype == array.dtype
        assert got.shape == shape


def test_data_classes_arrive() -> None:
    marks = Annotations("atr", np.array([3, 9]), np.array(["N", "V"]), ("", "(VT"), (0, 1))
    identity = Identity("A", birth_date=date(1950, 1, 2), other=(("ward", "3"),))
    got_marks, got_identity, when = passed((marks, identity, (datetime(2024, 1, 1), time(8, 14), Path("/a/b"))))
    np.testing.assert_array_equal(got_marks.sample, marks.sample)
    np.testing.assert_array_equal(got_marks.symbol, marks.symbol)
    assert (got_marks.name, got_marks.aux, got_marks.subtype) == ("atr", ("", "(VT"), (0, 1))
    assert got_identity == identity
    assert when == (datetime(2024, 1, 1), time(8, 14), Path("/a/b"))


@pytest.mark.parametrize(
    "text",
    [
        b"not json",
        b'{"$": "Recording", "fields": {}}',
        b'{"$": "Path", "fields": {}}',
        b'{"no": "tag"}',
        b'{"$": "array", "dtype": "O", "shape": [1], "begin": 0}',
        b'{"$": "array", "dtype": "<f4", "shape": [-1], "begin": 0}',
        b'{"$": "array", "dtype": "<f4", "shape": [10], "begin": 0}',
        b'{"$": "array", "dtype": "<f4", "shape": [1], "begin": -4}',
        b'{"$": "datetime", "text": "yesterday"}',
        b"[" * 100_000,
    ],
)
def test_nothing_else_is_built_from_what_arrives(text: bytes) -> None:
    with pytest.raises(BrokenMessageError):
        arrived((len(text), 4), text + b"\0\0\0\0")


def test_a_message_larger_than_allowed_is_refused_unread() -> None:
    with pytest.raises(BrokenMessageError):
        arrived((4, 1 << 40), b"null")
    with pytest.raises(BrokenMessageError):
        arrived((1 << 40, 0), b"null")


def test_a_connection_that_ends_is_told() -> None:
    with pytest.raises(EOFError):
        arrived((40, 0), json.dumps("short").encode())
