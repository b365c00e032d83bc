"""Dropped beats with P waves that go on: made signals of AV block and of what looks like it, and real recordings."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from ecg_core.analysis import analyse
from ecg_core.recording import Recording, from_array
from ecg_core.rhythm.dropped_beats import dropped_beat_spans, dropped_beats

pytestmark = pytest.mark.slow

LENGTHENING = {"wenckebach": (0.16, 0.23, 0.26, None), "mobitz": (0.18, 0.18, 0.18, 0.18, None), "sinus": (0.16,)}
"""PR interval of each beat of a group in s; None where it is dropped."""

Made = tuple[np.ndarray, np.ndarray, int]


def made(kind: str, fs_hz: float = 250, cycle_s: float = 0.85, seed: int = 1, *, with_p: bool = True) -> Made:
    """A signal of two leads, its R peaks, and how many beats are dropped; `with_p` draws the blocked P waves."""
    rng = np.random.default_rng(seed)
    atrial = 1 + np.cumsum(cycle_s * (1 + 0.01 * rng.standard_normal(60)))
    group = LENGTHENING[kind]
    pr = [group[place % len(group)] for place in range(len(atrial))]
    t = np.arange(int((atrial[-1] + 1) * fs_hz)) / fs_hz
    lead = np.zeros(len(t))
    for at, delay in zip(atrial, pr, strict=True):
        if delay is not None or with_p:
            lead += 0.12 * np.exp(-(((t - at) / 0.025) ** 2))
    peaks = [at + delay for at, delay in zip(atrial, pr, strict=True) if delay is not None]
    for at in peaks:
        lead += np.exp(-(((t - at) / 0.012) ** 2)) - 0.2 * np.exp(-(((t - at - 0.03) / 0.012) ** 2))
        lead += 0.28 * np.exp(-(((t - at - 0.28) / 0.05) ** 2))
    signal = np.stack([lead, 0.5 * lead], 1) + 0.015 * rng.standard_normal((len(t), 2))
    return signal, np.round(np.array(peaks) * fs_hz).astype(np.int64), sum(delay is None for delay in pr)


@pytest.mark.parametrize("kind", ["wenckebach", "mobitz"])
@pytest.mark.parametrize("cycle_s", [0.7, 0.85, 1.0])
@pytest.mark.parametrize("fs_hz", [128, 250, 500])
def test_dropped_beats_are_found_at_every_usual_rate(kind: str, cycle_s: float, fs_hz: float) -> None:
    signal, peaks, dropped = made(kind, fs_hz, cycle_s)
    assert dropped - 3 <= len(dropped_beats(from_array(signal, fs_hz), peaks)) <= dropped, "not the first and the last"


@pytest.mark.parametrize("kind", ["wenckebach", "mobitz"])
def test_gain_polarity_offset_and_the_order_of_leads_do_not_matter(kind: str) -> None:
    signal, peaks, _ = made(kind)
    expected = [one.beat for one in dropped_beats(from_array(signal, 250), peaks)]
    assert expected
    for other in (0.3 * signal, -signal, signal + 1.5, signal[:, ::-1]):
        assert [one.beat for one in dropped_beats(from_array(other, 250), peaks)] == expected


@pytest.mark.parametrize("kind", ["wenckebach", "mobitz"])
def test_a_pause_without_a_p_wave_is_no_av_block(kind: str) -> None:
    signal, peaks, _ = made(kind, with_p=False)
    assert not dropped_beats(from_array(signal, 250), peaks)


def test_sinus_rhythm_and_a_beat_that_detection_missed_are_no_av_block() -> None:
    signal, peaks, _ = made("sinus")
    recording = from_array(signal, 250)
    assert not dropped_beats(recording, peaks)
    assert not dropped_beats(recording, np.delete(peaks, [20, 40]))


def test_a_pause_after_a_premature_beat_is_no_av_block() -> None:
    signal, peaks, _ = made("mobitz")
    early = peaks.copy()
    pauses = np.flatnonzero(np.diff(peaks) > 1.5 * np.median(np.diff(peaks)))
    early[pauses] -= 60
    assert not dropped_beats(from_array(signal, 250), early)


def test_dropped_beats_that_follow_each_other_are_one_episode_that_gives_its_figures() -> None:
    signal, peaks, _ = made("mobitz")
    (span,) = dropped_beat_spans(from_array(signal, 250), peaks)
    found = dropped_beats(from_array(signal, 250), peaks)
    assert (span.kind, span.source) == ("AVB2", "signal")
    assert (span.start_sample, span.stop_sample) == (peaks[found[0].beat], peaks[found[-1].beat + 1] + 1)
    assert span.reason.startswith(f"{len(found)} dropped beats: RR 1.7")
    assert "P wave on time and no QRS" in span.reason
    assert len(span.reason) <= 160, "as long as findings keep"


def test_unreadable_pauses_do_not_count() -> None:
    signal, peaks, _ = made("mobitz")
    quality = np.zeros((int(np.ceil(len(signal) / 250)), 2), dtype=np.uint8)
    assert not dropped_beat_spans(from_array(signal, 250), peaks, quality)


def test_analysis_names_the_block_and_keeps_it_in_its_cache() -> None:
    signal, _, _ = made("wenckebach")
    recording: Recording = from_array(signal, 250)
    for _ in range(2):
        assert "AVB2" in analyse(recording, group=False).episodes["kind"].tolist()
    plain = from_array(made("sinus")[0], 250)
    assert "AVB2" not in analyse(plain, group=False).episodes["kind"].tolist()


@pytest.mark.skipif("ECG_DATA" not in os.environ, reason="ECG_DATA names no folder of databases")
@pytest.mark.parametrize("database, record", [("svdb", "841"), ("svdb", "879"), ("mitdb", "203"), ("mitdb", "118")])
def test_bigeminy_fibrillation_and_blocked_early_beats_are_no_av_block(database: str, record: str) -> None:
    wfdb = pytest.importorskip("wfdb")
    path = str(Path(os.environ["ECG_DATA"]) / database / record)
    read, marks = wfdb.rdrecord(path), wfdb.rdann(path, "atr")
    beats = marks.sample[np.isin(marks.symbol, list("NLRAaJSVEFfQ/"))].astype(np.int64)
    assert not dropped_beats(from_array(read.p_signal, read.fs), beats)
