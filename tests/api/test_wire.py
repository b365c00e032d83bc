"""What travels: arrays and JSON come out as they went in, aligned, and never as markup or NaN."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from desk_client import unpack
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ecg_core.recording import Identity
from pages.api.wire import DTYPES, json_bytes, json_fragment, pack

ARRAYS = st.one_of([arrays(name, array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)) for name in DTYPES])


@given(
    st.dictionaries(st.text(max_size=8), ARRAYS, max_size=4), st.dictionaries(st.text(max_size=9), st.text(max_size=9))
)
def test_arrays_and_meta_come_out_as_they_went_in(sent: dict[str, np.ndarray], meta: dict[str, str]) -> None:
    told, received = unpack(pack(meta, sent))
    assert told == json.loads(json_bytes(meta))
    assert list(received) == list(json.loads(json_bytes(dict.fromkeys(sent, 0))))
    for mine, theirs in zip(sent.values(), received.values(), strict=True):
        assert mine.dtype == theirs.dtype
        np.testing.assert_array_equal(mine, theirs)


def test_transposed_and_big_endian_arrays_are_written_in_order() -> None:
    array = np.arange(6, dtype=">i4").reshape(2, 3).T
    _, received = unpack(pack({}, {"a": array}))
    np.testing.assert_array_equal(received["a"], [[0, 3], [1, 4], [2, 5]])


def test_a_type_that_browsers_lack_is_refused() -> None:
    with pytest.raises(ValueError, match="int64"):
        pack({}, {"a": np.arange(3)})


def test_what_is_absent_or_not_finite_becomes_null() -> None:
    sent = {"a": [np.nan, np.float32(0.5), pd.NA, None, np.int8(3)], "b": np.array([np.inf, 1.0]), "c": float("nan")}
    assert json.loads(json_bytes(sent)) == {"a": [None, 0.5, None, None, 3], "b": [None, 1.0], "c": None}


def test_what_was_written_before_stands_where_it_belongs_and_texts_stay_texts() -> None:
    picture = json_fragment(np.array([[0.25, np.nan]]))
    hostile = '</script>"\\ \ud800'
    received = json.loads(json_bytes({"texts": [hostile], "pictures": [picture, {"again": picture}]}))
    assert received["pictures"] == [[[0.25, None]], {"again": [[0.25, None]]}]
    assert received["texts"] == ['</script>"\\ ?']


def test_a_named_tuple_a_proxy_and_keys_that_are_numbers_are_written_as_json() -> None:
    class Pair(NamedTuple):
        first: int
        second: float

    sent = {"pair": Pair(1, 2.5), "proxy": MappingProxyType({1: np.bool_(True)}), 7: np.float32(0.1)}
    assert json.loads(json_bytes(sent)) == {"pair": [1, 2.5], "proxy": {"1": True}, "7": float(np.float32(0.1))}


@pytest.mark.parametrize("value", [object(), {1, 2}, Identity(name="Doe"), datetime(2020, 5, 1, tzinfo=UTC)])
def test_what_json_has_nothing_for_is_refused_and_no_identity_is_sent_by_accident(value: object) -> None:
    with pytest.raises(TypeError):
        json_bytes({"a": [value]})
