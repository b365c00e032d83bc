"""Full disclosure: a minute a row, extremes of each column about the row's own level."""

from __future__ import annotations

import numpy as np
from desk_client import DeskClient, unpack
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.recording import from_array
from pages.api.disclosure import ABSENT, disclosure
from pages.services.workspace import OpenedRecording

RANGE = np.array([-0.5, 1.0])


def test_rows_are_the_minutes_of_the_file(client: DeskClient, classified: OpenedRecording) -> None:
    recording, width, lead = classified.recording, 600, 1
    meta, arrays = client.packed("disclosure", start_s=60, minutes=3, width=width, lead=lead)
    assert (meta["row_s"], meta["start_s"], meta["width"], meta["lead"]) == (60, 60, width, lead)
    rows = arrays["minmax"]
    assert rows.shape == (3, width, 2)
    for row in range(3):
        start = round((60 + 60 * row) * recording.fs_hz)
        minute = recording.read(start, start + round(60 * recording.fs_hz), [lead])[:, 0]
        columns = (minute - np.median(minute)).reshape(width, -1)
        for at, extreme in enumerate((columns.min(axis=1), columns.max(axis=1))):
            wanted = np.clip(extreme / meta["scale_mv"], -127, 127)
            assert np.abs(rows[row, :, at] - wanted).max() <= 0.51


@settings(max_examples=40)
@given(
    st.integers(1, 20_000),
    st.sampled_from([3.7, 50.0, 128.0, 257.3]),
    st.floats(0, 200),
    st.integers(1, 5),
    st.integers(1, 700),
)
def test_least_and_largest_values_are_in_order_and_what_is_absent_is_told(
    n_samples: int, fs_hz: float, start_s: float, minutes: int, width: int
) -> None:
    rng = np.random.default_rng(n_samples)
    signal = rng.normal(0, 0.3, (n_samples, 1)).astype(np.float32)
    signal[n_samples // 3 : n_samples // 2] = np.nan
    recording = from_array(signal, fs_hz)
    if start_s * fs_hz > n_samples - 1:
        return
    meta, arrays = unpack(disclosure(recording, start_s, minutes, width, 0, [], RANGE))
    rows = arrays["minmax"].astype(int)
    assert 1 <= len(rows) <= minutes
    gone = rows == ABSENT
    np.testing.assert_array_equal(gone[..., 0], gone[..., 1])
    assert (rows[..., 0] <= rows[..., 1])[~gone[..., 0]].all()
    present = np.isfinite(signal[int(np.ceil(start_s * fs_hz)) : int((start_s + 60 * minutes) * fs_hz)])
    assert present.any() or gone.all()
    assert meta["scale_mv"] > 0


def test_a_lead_without_a_value_and_what_lies_behind_the_end_are_absent() -> None:
    signal = np.full((7000, 2), np.nan, dtype=np.float32)
    signal[:, 1] = np.sin(np.arange(7000) / 10)
    recording = from_array(signal, 100.0)
    _, arrays = unpack(disclosure(recording, 0.0, 5, 60, 0, [], RANGE))
    assert (arrays["minmax"] == ABSENT).all()
    _, arrays = unpack(disclosure(recording, 0.0, 5, 60, 1, [], RANGE))
    assert arrays["minmax"].shape == (2, 60, 2)
    assert (arrays["minmax"][1, 10:] == ABSENT).all()
    assert (arrays["minmax"][:, :10] != ABSENT).all()


def test_filters_are_applied(client: DeskClient) -> None:
    asked = {"start_s": 0, "minutes": 2, "width": 300}
    _, plain = client.packed("disclosure", **asked)
    _, seen = client.packed("disclosure", filter="baseline,muscle", **asked)
    assert (plain["minmax"] != seen["minmax"]).any()


def test_behind_the_end_there_is_nothing(client: DeskClient) -> None:
    answer = client.ask("disclosure", start_s=5000, minutes=1, width=100)
    assert answer.status_code == 404
    assert answer.json()["problem"] == "The recording ends after 300 s."
