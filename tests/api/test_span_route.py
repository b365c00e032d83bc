"""Chunks of signal: what the file holds, to a step of the answer; no peak lost; joins without a trace."""

from __future__ import annotations

import math

import numpy as np
import pytest
from desk_client import Arrays, DeskClient, unpack
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.recording import Recording, from_array
from ecg_core.signal.viewing import filtered
from pages.api.signal_chunks import CHUNK_S, chunk_start, n_chunks, span
from pages.services.errors import RequestError
from pages.services.workspace import OpenedRecording

ABSENT = -32768


def millivolts(arrays: Arrays, chunk: int) -> np.ndarray:
    """A chunk's points (points, leads) in mV."""
    counts = arrays[f"c{chunk}"].T.astype(float)
    return np.where(counts == ABSENT, np.nan, counts * arrays["lsb"])


def recording_of(n_samples: int, fs_hz: float, seed: int = 0, largest_mv: float = 2.0) -> Recording:
    rng = np.random.default_rng(seed)
    signal = rng.uniform(-largest_mv, largest_mv, (n_samples, 2)).astype(np.float32)
    signal[rng.random(signal.shape) < 0.02] = np.nan
    return from_array(signal, fs_hz)


@pytest.mark.parametrize("rec", ["demo_pvc", "demo_12lead", "demo_noise"])
def test_chunks_hold_what_the_file_holds(rec: str) -> None:
    from pages.services import workspace

    recording = workspace.open_in_workspace(f"demo/{rec}", "").recording
    meta, arrays = unpack(span(recording, 1, 2, recording.fs_hz, []))
    assert (meta["first"], meta["count"], meta["rate_hz"], meta["filter"]) == (1, 2, recording.fs_hz, "none")
    for chunk in (1, 2):
        start, stop = chunk_start(recording, chunk), chunk_start(recording, chunk + 1)
        assert meta["starts"][chunk - 1] == start
        wanted = recording.read(start, stop)
        np.testing.assert_array_equal(np.isnan(millivolts(arrays, chunk)), np.isnan(wanted))
        error = np.nan_to_num(np.abs(millivolts(arrays, chunk) - wanted))
        assert (error <= 0.51 * arrays["lsb"] + 1e-6).all()


@settings(max_examples=40)
@given(
    st.integers(1, 9000),
    st.sampled_from([50.0, 128.0, 250.0, 257.3, 360.0, 1000.0]),
    st.floats(1, 2000),
    st.integers(0, 10**6),
)
def test_every_sample_is_in_exactly_one_chunk_and_no_extreme_is_lost(
    n_samples: int, fs_hz: float, points_per_s: float, seed: int
) -> None:
    recording = recording_of(n_samples, fs_hz, seed)
    total = n_chunks(recording)
    assert chunk_start(recording, 0) == 0
    assert chunk_start(recording, total) == n_samples
    for first in range(total):
        meta, arrays = unpack(span(recording, first, 1, points_per_s, []))
        assert meta["rate_hz"] <= max(points_per_s, 0) + 1e-6 or meta["rate_hz"] == fs_hz
        start, stop = chunk_start(recording, first), chunk_start(recording, first + 1)
        assert 0 < stop - start <= math.ceil(CHUNK_S * fs_hz)
        wanted, points = recording.read(start, stop), millivolts(arrays, first)
        if np.isfinite(wanted).any(axis=0).all():
            for extreme in (np.nanmin, np.nanmax):
                np.testing.assert_allclose(extreme(points, axis=0), extreme(wanted, axis=0), atol=6e-4)
        # A point stands where the samples lie that it stands for.
        assert (len(points) - 1) / meta["rate_hz"] < (stop - start) / fs_hz + 2 / meta["rate_hz"]


def test_a_spike_of_one_sample_is_seen_at_every_rate() -> None:
    signal = np.zeros((30_000, 1), dtype=np.float32)
    signal[12_345] = 5.0
    recording = from_array(signal, 1000.0)
    for points_per_s in (20, 100, 333, 1000):
        meta, arrays = unpack(span(recording, 1, 1, points_per_s, []))
        points = millivolts(arrays, 1)[:, 0]
        assert points.max() == pytest.approx(5.0, abs=1e-3)
        at_s = CHUNK_S + points.argmax() / meta["rate_hz"]
        assert at_s == pytest.approx(12.345, abs=2 / meta["rate_hz"])


@pytest.mark.parametrize("filters", [["baseline"], ["mains50", "muscle"], ["baseline", "mains50", "mains60", "muscle"]])
def test_filtered_chunks_join_as_if_all_had_been_filtered_at_once(demo: OpenedRecording, filters: list[str]) -> None:
    recording = demo.recording
    whole = filtered(recording.read(), recording.fs_hz, filters)
    joined, steps = [], []
    for chunk in range(n_chunks(recording)):
        meta, arrays = unpack(span(recording, chunk, 1, recording.fs_hz, filters))
        assert meta["filter"] == ",".join(filters)
        joined.append(millivolts(arrays, chunk))
        steps.append(arrays["lsb"].max())
    inside = slice(round(5 * recording.fs_hz), -round(5 * recording.fs_hz))
    np.testing.assert_allclose(np.concatenate(joined)[inside], whole[inside], atol=0.51 * max(steps) + 1e-5)


def test_a_lead_of_large_values_gets_larger_steps_and_keeps_its_shape() -> None:
    recording = recording_of(2000, 200.0, largest_mv=500.0)
    _, arrays = unpack(span(recording, 0, 1, 200.0, []))
    wanted = recording.read()
    np.testing.assert_allclose(millivolts(arrays, 0), wanted, atol=0.51 * float(arrays["lsb"].max()))


def test_a_view_of_three_leads_and_its_neighbours_stays_below_150_kb() -> None:
    rng = np.random.default_rng(0)
    noisy = from_array(rng.normal(0, 1, (360 * 120, 3)), 360.0)
    assert len(span(noisy, 4, 3, 500.0, [])) < 150_000


def test_the_recording_ends_where_it_ends(client: DeskClient, classified: OpenedRecording) -> None:
    total = n_chunks(classified.recording)
    meta, arrays = client.packed("span", first=total - 2, count=16)
    assert meta["count"] == 2
    assert set(arrays) == {"lsb", f"c{total - 2}", f"c{total - 1}"}
    beyond = client.ask("span", first=total)
    assert beyond.status_code == 404
    assert beyond.json()["problem"] == f"The recording ends in chunk {total - 1}; there is no chunk {total}."
    with pytest.raises(RequestError):
        span(classified.recording, total, 1, 500.0, [])


def test_the_signal_waits_neither_for_the_hash_nor_for_the_beats(
    demo: OpenedRecording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.services.analysis_jobs.analyse", lambda *_, **__: pytest.fail("looked for beats"))
    client = DeskClient(demo)
    assert client.ask("span", first=0, count=3).status_code == 200
    assert client.ask("disclosure", start_s=0, minutes=1, width=100).status_code == 200
    assert "sha256" not in demo.recording.__dict__
