"""Ventricular tachycardia and fibrillation: named, never called unreadable, in agreement with the beats."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from ecg_core.analysis import analyse
from ecg_core.detection.tachycardia import tachycardia_parts
from ecg_core.formats import open_recording
from ecg_core.recording import from_array
from ecg_core.rhythm import by_urgency
from ecg_core.rhythm.network_input import RATE_HZ, network_input
from ecg_core.rhythm.rhythm_classes import RHYTHM_CLASSES
from ecg_core.rhythm.signal_precedence import joined_with_signal
from ecg_core.rhythm.ventricular import ventricular_spans
from ecg_core.signal.resampling import resample
from ecg_core.synthesis.strip import Strip, StripPassage
from ecg_core.synthesis.strip_drawing import draw_strip
from ecg_core.synthesis.tracing import TWELVE_LEADS

pytestmark = pytest.mark.slow

FS_HZ = 250.0
LENGTH_S = 70
VT_S = (30, 50)


def wave(time_s: np.ndarray, parts: list[tuple[float, float, float]]) -> np.ndarray:
    return sum(
        (height * np.exp(-0.5 * ((time_s - centre) / width) ** 2) for height, centre, width in parts),
        start=np.zeros_like(time_s),
    )


def recording_of(rate_bpm: float | None, seed: int = 1, sinus_bpm: float = 70.0) -> np.ndarray:
    """Sinus rhythm with broad complexes of a rate within `VT_S`; without a rate, sinus rhythm alone. Two leads."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(LENGTH_S * FS_HZ)) / FS_HZ
    signal = np.zeros_like(time_s)
    sinus_s = np.arange(0.5, LENGTH_S, 60 / sinus_bpm)
    for at in sinus_s:
        if rate_bpm and VT_S[0] - 0.6 < at < VT_S[1] + 0.4:
            continue
        signal += wave(time_s - at, [(0.12, -0.17, 0.022), (1.0, 0.0, 0.011), (-0.2, 0.03, 0.012), (0.25, 0.26, 0.05)])
    if rate_bpm:
        rr_s = 60 / rate_bpm
        width = min(0.05, 0.22 * rr_s)
        for at in np.arange(VT_S[0], VT_S[1], rr_s):
            signal += wave(time_s - at, [(1.4, 0.0, width), (-0.7, min(0.5 * rr_s, 0.25), 1.3 * width)])
    leads = np.stack([signal, -0.6 * signal], axis=1)
    return (leads + 0.015 * rng.standard_normal(leads.shape)).astype(np.float32)


def seconds_named(signal: np.ndarray, fs_hz: float = FS_HZ) -> np.ndarray:
    """Tell in which seconds VT or VF is named."""
    analysis = analyse(from_array(signal, fs_hz), group=False, cache=False)
    named = np.zeros(LENGTH_S, dtype=bool)
    for row in analysis.episodes.itertuples():
        if row.kind in ("VT", "VF"):
            named[int(row.start_sample / fs_hz) : int(np.ceil(row.stop_sample / fs_hz))] = True
    return named


@pytest.mark.parametrize("rate_bpm", [120, 150, 180, 220, 260, 300])
def test_monomorphic_tachycardia_is_named_with_its_beats(rate_bpm: float) -> None:
    analysis = analyse(from_array(recording_of(rate_bpm), FS_HZ), group=False, cache=False)
    named = analysis.episodes[analysis.episodes["kind"].isin(["VT", "VF"])]
    covered = sum(
        max(min(row.stop_sample / FS_HZ, VT_S[1]) - max(row.start_sample / FS_HZ, VT_S[0]), 0)
        for row in named.itertuples()
    )
    assert covered > 0.85 * (VT_S[1] - VT_S[0])
    assert by_urgency(analysis.episodes)["kind"].iloc[0] in ("VT", "VF")
    assert "UNREADABLE" not in set(analysis.episodes["kind"])
    if rate_bpm <= 240:
        time_s = analysis.beats["time_s"].to_numpy()
        inside = time_s[(time_s > VT_S[0] + 1) & (time_s < VT_S[1] - 1)]
        assert 60 / np.median(np.diff(inside)) == pytest.approx(rate_bpm, rel=0.03)


@pytest.mark.parametrize("sinus_bpm", [40, 60, 100, 140, 170])
def test_steady_sinus_rhythm_is_no_ventricular_rhythm_at_any_rate(sinus_bpm: float) -> None:
    assert not seconds_named(recording_of(None, sinus_bpm=sinus_bpm)).any()


def test_scale_polarity_lead_order_and_resampling_change_nothing() -> None:
    signal = recording_of(200)
    expected = seconds_named(signal)
    assert expected[32:48].all()
    for other in (40 * signal, 0.05 * signal, -signal, signal[:, ::-1]):
        assert np.abs(seconds_named(other).astype(int) - expected).sum() <= 2
    at_360_hz = resample(signal, FS_HZ, 360.0)
    assert np.abs(seconds_named(at_360_hz, 360.0).astype(int) - expected).sum() <= 2


def test_the_input_has_no_baseline_and_the_size_that_is_usual_around() -> None:
    signal = recording_of(None)
    drift = signal + np.linspace(0, 30, len(signal), dtype=np.float32)[:, None]
    made, present = network_input(signal, FS_HZ)
    drifting, _ = network_input(drift, FS_HZ)
    assert made.shape == (LENGTH_S * RATE_HZ, 2)
    assert present.all()
    assert np.abs(made - drifting)[RATE_HZ:-RATE_HZ].max() < 0.05
    assert np.median(np.ptp(made.reshape(LENGTH_S, RATE_HZ, 2), axis=1)) == pytest.approx(1, abs=0.1)


def test_a_silent_span_is_not_blown_up_to_the_size_of_beats() -> None:
    signal = recording_of(None)
    signal[round(30 * FS_HZ) : round(60 * FS_HZ)] *= 0.01
    made, _ = network_input(signal, FS_HZ)
    assert np.ptp(made[40 * RATE_HZ : 50 * RATE_HZ]) < 0.2


def probabilities_of(ventricular: list[float], share_vf: float = 0.0) -> np.ndarray:
    result = np.zeros((len(ventricular), len(RHYTHM_CLASSES)), dtype=np.float32)
    p = np.asarray(ventricular, dtype=np.float32)
    result[:, RHYTHM_CLASSES.index("VT")] = (1 - share_vf) * p
    result[:, RHYTHM_CLASSES.index("VF")] = share_vf * p
    result[:, RHYTHM_CLASSES.index("N")] = 1 - p
    return result


def test_a_rhythm_is_named_out_to_where_it_ends() -> None:
    good = np.full((40, 1), 2, dtype=np.uint8)
    (span,) = ventricular_spans(probabilities_of([0.0] * 10 + [0.3] * 4 + [0.9] * 6 + [0.0] * 20, 0.8), good)
    assert span.certain
    assert (span.start_s, span.stop_s) == (11, 21)
    assert span.vf_share == pytest.approx(0.8)
    assert ventricular_spans(probabilities_of([0.0] * 10 + [0.35] * 10 + [0.0] * 20), good) == []


def test_unreadable_time_is_possible_vt_unless_that_was_ruled_out() -> None:
    quality = np.full((60, 2), 2, dtype=np.uint8)
    quality[20:40] = 0
    (span,) = ventricular_spans(probabilities_of([0.0] * 20 + [0.3] * 20 + [0.0] * 20), quality)
    assert not span.certain
    assert 20 <= span.start_s < span.stop_s <= 40
    assert ventricular_spans(probabilities_of([0.01] * 60), quality) == []
    named, possible = ventricular_spans(probabilities_of([0.0] * 10 + [0.9] * 5 + [0.0] * 45), quality)
    assert named.certain
    assert not possible.certain  # it may go on behind the artefact
    assert (possible.start_s, possible.stop_s) == (20, 40)
    quality[20:40, 1] = 1  # one lead can be read: nothing is hidden
    assert ventricular_spans(probabilities_of([0.0] * 20 + [0.3] * 20 + [0.0] * 20), quality) == []


def test_a_named_rhythm_may_go_on_until_its_end_is_seen() -> None:
    quality = np.full((900, 1), 2, dtype=np.uint8)
    quality[100:200] = 0
    quality[205:260] = 0  # five readable seconds between do not show that it has ended
    quality[280:300] = 0  # nor do twenty
    quality[340:360] = 0  # forty do
    fibrillation = [0.0] * 90 + [0.9] * 10
    named, *possible = ventricular_spans(probabilities_of(fibrillation + [0.0] * 800), quality)
    assert named.certain
    assert [(span.start_s, span.stop_s) for span in possible] == [(101, 200), (205, 260), (280, 300)]
    quality[100:] = 0
    _, after = ventricular_spans(probabilities_of(fibrillation + [0.0] * 800), quality)
    assert after.start_s == 101
    assert 390 < after.stop_s < 410  # not for hours


def test_beats_of_a_fast_regular_wave_are_told_and_those_of_noise_are_not() -> None:
    time_s = np.arange(0, 12, 1 / RATE_HZ)
    regular = np.sin(2 * np.pi * 3.5 * time_s)[:, None].astype(np.float32)
    ((start, stop, beats),) = tachycardia_parts(regular, RATE_HZ)
    assert (start, stop) == (0, 12)
    assert beats is not None
    assert np.diff(beats) == pytest.approx(1 / 3.5, abs=0.02)
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((1200, 1)).astype(np.float32)
    assert [beats for _, _, beats in tachycardia_parts(noise, RATE_HZ)] == [None]


@pytest.mark.parametrize("rate_bpm", [235.0, 250.0])
@pytest.mark.parametrize("leads", [TWELVE_LEADS, ("II", "V1")])
def test_beats_of_a_turning_axis_are_told_where_those_of_a_lead_vanish(leads: tuple[str, ...], rate_bpm: float) -> None:
    made = draw_strip(Strip((StripPassage("torsades", 14, rate_bpm, beats=("polymorphic",)),), seed=2))
    wave, _ = network_input(made.signal_mv[:, [TWELVE_LEADS.index(name) for name in leads]], 500.0)
    true_s = np.asarray(made.tracing.waves.beat) / 500.0

    def share_found(*, turning: bool) -> float:
        parts = tachycardia_parts(wave, RATE_HZ, turning=turning)
        beats = np.concatenate([[-1.0], *(part for _, _, part in parts if part is not None)])
        return float((np.abs(true_s[:, None] - beats).min(axis=1) < 0.12).mean())

    assert share_found(turning=True) > 0.8
    assert share_found(turning=True) > share_found(turning=False) + 0.05


@pytest.mark.parametrize("turning", [False, True])
def test_an_axis_that_does_not_turn_changes_no_beat(turning: bool) -> None:
    time_s = np.arange(0, 12, 1 / RATE_HZ)
    wave = np.sin(2 * np.pi * 3.2 * time_s)[:, None].astype(np.float32) * np.float32([1.0, -0.4])
    ((_, _, beats),) = tachycardia_parts(wave, RATE_HZ, turning=turning)
    ((_, _, of_first),) = tachycardia_parts(wave[:, :1], RATE_HZ)
    assert beats == pytest.approx(of_first)


def test_a_run_of_beats_over_two_spans_of_the_signal_extends_their_ends_alone() -> None:
    of_beats = [(100, 5000, "VT", 30, 200.0, "", "beats")]
    of_signal = [(200, 2000, "VT", 10, 200.0, "", "signal"), (2000, 4000, "VT", 0, np.nan, "", "signal")]
    joined = joined_with_signal(of_beats, of_signal, shortest=100)
    assert [row[:2] for row in joined] == [(100, 2000), (2000, 5000)]


def test_a_run_of_beats_and_the_signals_tachycardia_are_one_episode() -> None:
    of_beats = [
        (300, 900, "VT", 5, 150.0, "", "beats"),
        (950, 1000, "COUPLET", 2, 150.0, "", "beats"),
        (0, 3000, "AFIB", 30, 90.0, "", "beats"),
        (5000, 5600, "PAUSE", 2, 20.0, "", "beats"),
    ]
    of_signal = [(500, 2000, "VT", 9, 160.0, "why", "signal")]
    rows = sorted(joined_with_signal(of_beats, of_signal, 200))
    assert rows == [
        (0, 300, "AFIB", 30, 90.0, "", "beats"),
        (300, 2000, "VT", 9, 160.0, "why", "signal"),
        (2000, 3000, "AFIB", 30, 90.0, "", "beats"),
        (5000, 5600, "PAUSE", 2, 20.0, "", "beats"),
    ]


@pytest.mark.data
@pytest.mark.parametrize(
    "name, at_s, least_share",
    [("vfdb/428", (1924, 1964), 0.95), ("vfdb/611", (1200, 2100), 0.95), ("mitdb/207", (1545, 1635), 0.95)],
)
def test_sustained_ventricular_rhythms_come_first(
    ecg_data: Path, name: str, at_s: tuple[int, int], least_share: float
) -> None:
    """All three were among the training data: what is tested is the way from the network to the list of events."""
    recording = open_recording(ecg_data / name)
    analysis = analyse(recording, group=False, cache=False)
    named = np.zeros(int(recording.duration_s) + 1, dtype=bool)
    unreadable = named.copy()
    for row in analysis.episodes.itertuples():
        span = slice(int(row.start_sample / recording.fs_hz), int(np.ceil(row.stop_sample / recording.fs_hz)))
        named[span] |= row.kind in ("VT", "VF")
        unreadable[span] |= row.kind == "UNREADABLE"
    assert named[slice(*at_s)].mean() >= least_share
    assert not unreadable[slice(*at_s)].any()
    assert by_urgency(analysis.episodes)["kind"].iloc[0] in ("VT", "VF")


@pytest.mark.data
def test_an_episode_has_one_rate_in_its_title_and_its_reason(ecg_data: Path) -> None:
    episodes = analyse(open_recording(ecg_data / "vfdb" / "428.hea"), group=False).episodes
    told = [
        (int(found[1]), int(found[2]), row.n_beats, row.rate_bpm)
        for row in episodes.itertuples()
        if (found := re.match(r"(\d+) broad complexes at (\d+) bpm", row.reason))
    ]
    assert len(told) >= 2
    for n_reason, bpm_reason, n_beats, rate_bpm in told:
        assert n_reason == n_beats
        assert bpm_reason == pytest.approx(rate_bpm, abs=0.51)
