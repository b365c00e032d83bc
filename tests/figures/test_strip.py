"""The strip's payload: what is sent, how large it is, and that the signal survives the journey."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from ecg_core.beats import beat_table, set_probabilities
from ecg_core.figures.strip import (
    Saliency,
    StripPayload,
    clip_view,
    lead_ranges_mv,
    strip_payload,
    unreadable_spans,
)
from ecg_core.figures.strip_signal import ABSENT, MAX_RATE_HZ
from ecg_core.formats import open_recording
from ecg_core.recording import Annotations, Recording, from_array

FS_HZ = 250.0


def wave(duration_s: float = 60.0, fs_hz: float = FS_HZ, n_leads: int = 2) -> npt.NDArray[np.float32]:
    t = np.arange(round(duration_s * fs_hz)) / fs_hz
    return np.stack([(lead + 1) * np.sin(2 * np.pi * 1.3 * t) for lead in range(n_leads)], axis=1).astype(np.float32)


def recording(duration_s: float = 60.0, fs_hz: float = FS_HZ, n_leads: int = 2) -> Recording:
    return from_array(wave(duration_s, fs_hz, n_leads), fs_hz)


def decoded_mv(payload: StripPayload) -> npt.NDArray[np.float64]:
    counts = np.frombuffer(base64.b64decode(payload["data"]["int16"]), dtype="<i2")
    counts = counts.reshape(len(payload["leads"]), payload["data"]["n"]).T
    return np.where(counts == ABSENT, np.nan, counts * [lead["lsb_mv"] for lead in payload["leads"]])


def labelled_beats(samples: list[int], certainty: list[float], fs_hz: float = FS_HZ) -> pd.DataFrame:
    p = np.array([[c, 1 - c, 0.0, 0.0, 0.0] for c in certainty])
    return set_probabilities(beat_table(samples, fs_hz), p)


def annotations(samples: list[int], symbols: str, aux: list[str] | None = None) -> Annotations:
    return Annotations("atr", np.array(samples), np.array(list(symbols)), tuple(aux or [""] * len(samples)))


def test_samples_arrive_within_half_a_microvolt_apart_from_the_leads_constant() -> None:
    signal = wave() + np.array([5.0, -300.0], dtype=np.float32)
    payload = strip_payload(from_array(signal, FS_HZ), None, 20, 10)
    first, n = payload["data"]["start_sample"], payload["data"]["n"]
    loaded = signal[first : first + n].astype(np.float64)
    np.testing.assert_allclose(decoded_mv(payload), loaded - np.median(loaded, axis=0), atol=6e-4)


def test_neighbourhood_comes_along_on_both_sides() -> None:
    data = strip_payload(recording(), None, 20, 10, margin_s=5)["data"]
    assert data["start_sample"] == 15 * FS_HZ
    assert data["start_sample"] + data["n"] >= 35 * FS_HZ


def test_view_is_moved_into_the_recording() -> None:
    assert clip_view(60, -4, 10) == (0, 10)
    assert clip_view(60, 58, 10) == (50, 10)
    assert clip_view(7, 3, 10) == (0, 10)


def test_rows_after_the_end_are_left_out() -> None:
    assert clip_view(10, 0, 60) == (0, 10)
    assert clip_view(25, 0, 60) == (0, 30)
    assert clip_view(1800, 0, 60) == (0, 60)


def test_absent_samples_stay_absent() -> None:
    signal = wave()
    signal[2600:2700, 1] = np.nan
    payload = strip_payload(from_array(signal, FS_HZ), None, 10, 10)
    first = payload["data"]["start_sample"]
    absent = np.isnan(decoded_mv(payload))
    assert not absent[:, 0].any()
    np.testing.assert_array_equal(np.flatnonzero(absent[:, 1]) + first, np.arange(2600, 2700))


def test_lead_without_any_sample_is_sent_as_absent() -> None:
    signal = wave()
    signal[:, 0] = np.nan
    payload = strip_payload(from_array(signal, FS_HZ), None, 10, 10)
    assert np.isnan(decoded_mv(payload)[:, 0]).all()
    low, high = payload["leads"][0]["range_mv"]
    assert low < 0 < high


def test_flat_lead_is_a_line_on_its_baseline() -> None:
    payload = strip_payload(from_array(np.full((5000, 1), 3.7), FS_HZ), None, 0, 10)
    assert (decoded_mv(payload) == 0).all()


def test_amplitudes_beyond_int16_microvolts_keep_their_shape() -> None:
    signal = 400 * wave(n_leads=1)
    values = decoded_mv(strip_payload(from_array(signal, FS_HZ), None, 20, 10))
    assert np.ptp(values) == pytest.approx(np.ptp(signal), rel=1e-3)


@pytest.mark.parametrize("fs_hz", [1000.0, 2000.0, 977.0])
def test_high_rates_are_reduced_without_losing_a_spike(fs_hz: float) -> None:
    signal = wave(60, fs_hz, 1)
    spike = round(25 * fs_hz)
    signal[spike] = 9.0
    payload = strip_payload(from_array(signal, fs_hz), None, 20, 10)
    rate_hz = payload["data"]["rate_hz"]
    assert rate_hz <= MAX_RATE_HZ
    values = decoded_mv(payload)[:, 0]
    at_s = payload["data"]["start_sample"] / fs_hz + values.argmax() / rate_hz
    assert values.max() == pytest.approx(9.0, abs=0.01)
    assert at_s == pytest.approx(25.0, abs=2 / rate_hz)


def test_three_leads_of_ten_seconds_stay_below_150_kb() -> None:
    rng = np.random.default_rng(0)
    noisy = from_array(rng.normal(0, 1, (360 * 120, 3)), 360.0)
    beats = labelled_beats(list(range(100, 360 * 120, 200)), [0.9] * 216, 360.0)
    assert len(json.dumps(strip_payload(noisy, beats, 50, 10))) < 150_000


def test_day_long_recording_is_read_in_spans_only() -> None:
    read = []

    def read_span(start: int, stop: int, leads: object) -> npt.NDArray[np.float32]:
        read.append(stop - start)
        return np.zeros((stop - start, 2), dtype=np.float32)

    day = replace(recording(), n_samples=round(24 * 3600 * FS_HZ), read_span=read_span)
    lead_ranges_mv(day)
    strip_payload(day, None, 40_000, 60)
    assert max(read) <= 90 * FS_HZ
    assert sum(read) < 300 * FS_HZ


def test_leads_come_in_the_order_asked_for() -> None:
    ranges = np.array([[-1, 1], [-2, 2], [-3, 3]])
    payload = strip_payload(recording(n_leads=3), None, 0, 10, leads=[2, 0], lead_range_mv=ranges)
    assert [lead["name"] for lead in payload["leads"]] == ["lead 3", "lead 1"]
    assert [lead["range_mv"] for lead in payload["leads"]] == [[-3, 3], [-1, 1]]
    assert np.ptp(decoded_mv(payload), axis=0) == pytest.approx([6, 2], abs=0.02)


def test_lane_heights_are_those_of_the_recording_whatever_is_on_screen() -> None:
    signal = wave(n_leads=1)
    signal[: 10 * 250] *= 0.1
    whole = from_array(signal, FS_HZ)
    ranges = lead_ranges_mv(whole)
    shown = [
        strip_payload(whole, None, start, 5, lead_range_mv=ranges)["leads"][0]["range_mv"] for start in (0, 20, 40)
    ]
    assert shown[0] == shown[1] == shown[2]


def test_lead_range_ignores_a_noisy_stretch_and_a_baseline_step() -> None:
    clean = wave(600, n_leads=1)
    dirty = clean.copy()
    dirty[3000:8000] += np.random.default_rng(1).normal(0, 8, (5000, 1))
    dirty[90_000:] += 40
    np.testing.assert_allclose(
        lead_ranges_mv(from_array(dirty, FS_HZ)), lead_ranges_mv(from_array(clean, FS_HZ)), atol=0.15
    )


@pytest.mark.data
def test_lead_range_of_a_real_recording_holds_nearly_all_of_it(ecg_data: Path) -> None:
    real = open_recording(ecg_data / "mitdb" / "208")
    low, high = lead_ranges_mv(real)[0]
    signal = real.read(0, 360 * 300, [0])[:, 0]
    signal = signal - np.median(signal)
    assert ((signal > low - 0.3) & (signal < high + 0.3)).mean() > 0.995
    assert high - low < 5


def test_beats_near_the_view_are_sent_with_their_table_values() -> None:
    beats = labelled_beats([1000, 5000, 5400, 14000], [0.9, 0.95, 0.6, 0.9])
    sent = strip_payload(recording(), beats, 20, 5, margin_s=5)["beats"]
    assert sent["sample"] == [5000, 5400]
    assert sent["label"] == ["N", "N"]
    assert sent["rr_ms"] == [16000, 1600]
    assert sent["uncertain"] == [False, True]
    assert sent["p"][1] == pytest.approx([0.6, 0.4, 0, 0, 0], abs=1e-3)


def test_beats_before_classification_have_no_label_and_no_probability() -> None:
    sent = strip_payload(recording(), beat_table([300, 600], FS_HZ), 0, 10)["beats"]
    assert sent == {
        "sample": [300, 600],
        "label": [None, None],
        "p": [None, None],
        "rr_ms": [None, 1200],
        "uncertain": [False, False],
    }


def test_reference_marks_what_was_called_otherwise_or_missed() -> None:
    beats = labelled_beats([500, 1000, 1500], [0.9, 0.1, 0.9])  # N S N
    reference = annotations([100, 505, 1000, 1490, 2000], "+NNRV", ["(AFIB\x00", "", "", "", ""])
    marks = strip_payload(recording(), beats, 0, 10, reference=reference)["reference"]
    assert marks is not None
    assert [mark["symbol"] for mark in marks] == ["+", "N", "N", "R", "V"]
    assert [mark["differs"] for mark in marks] == [False, False, True, False, True]
    assert marks[0]["note"] == "(AFIB"
    assert not marks[0]["beat"]


def test_reference_mapping_decides_about_junctional_escape() -> None:
    beats = labelled_beats([500], [0.9])
    reference = annotations([500], "j")
    differs = {
        mapping: strip_payload(recording(), beats, 0, 10, reference=reference, mapping=mapping)["reference"]
        for mapping in ("de_chazal", "bxb")
    }
    assert [marks[0]["differs"] for marks in differs.values() if marks] == [False, True]


def test_reference_differs_from_nothing_before_classification() -> None:
    beats = beat_table([500, 1000], FS_HZ)
    marks = strip_payload(recording(), beats, 0, 10, reference=annotations([500, 1000], "NV"))["reference"]
    assert marks is not None
    assert not any(mark["differs"] for mark in marks)


def test_unreadable_seconds_become_spans_per_lead() -> None:
    quality = np.array([[2, 0], [0, 0], [0, 1], [2, 0]], dtype=np.uint8)
    assert unreadable_spans(quality) == [[(1, 3)], [(0, 2), (3, 4)]]


def test_unreadable_spans_follow_their_lead() -> None:
    payload = strip_payload(recording(), None, 0, 10, leads=[1, 0], unreadable=[[], [(2, 4), (58, 59)]])
    assert [lead["unreadable"] for lead in payload["leads"]] == [[[2, 4]], []]


def test_saliency_follows_its_lead_and_is_clipped() -> None:
    weights = np.array([[0.0, 1.0], [0.5, 2.0], [np.nan, -1.0]])
    sent = strip_payload(recording(), None, 0, 10, leads=[1], saliency=Saliency(700, weights))["saliency"]
    assert sent is not None
    assert (sent["start_sample"], sent["n"]) == (700, 3)
    assert list(base64.b64decode(sent["uint8"])) == [255, 255, 0]


def test_clock_is_the_second_of_the_day_where_known() -> None:
    started = replace(recording(), start_time=datetime(2020, 5, 1, 14, 3, 2, 500_000))
    assert strip_payload(started, None, 0, 10)["clock_s"] == 14 * 3600 + 3 * 60 + 2.5
    assert strip_payload(recording(), None, 0, 10)["clock_s"] is None


def test_payload_is_json_whatever_the_lead_is_called() -> None:
    name = "<img src=x onerror=alert(1)>"
    named = from_array(wave(n_leads=1), FS_HZ, [name])
    payload = strip_payload(named, labelled_beats([500], [0.9]), 0, 10, selected_sample=np.int64(500))
    assert json.loads(json.dumps(payload))["leads"][0]["name"] == name
