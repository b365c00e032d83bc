"""Beats are there within 2 s of signal, dangerous rhythms within 10 s of their onset."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from latency import WITHIN_S, NoModel, feed, onset_latency_s, onsets_of, standstill

from ecg_core.analysis import analyse
from ecg_core.formats import open_recording
from ecg_core.recording import from_array
from ecg_core.sources.demos import demo_folder

pytestmark = pytest.mark.slow

BEATS_WITHIN_S = 2.0


def test_beats_are_there_two_seconds_after_the_qrs() -> None:
    recording = open_recording(demo_folder() / "demo_pvc.hea")
    fs_hz = recording.fs_hz
    signal = recording.read(0, round(100 * fs_hz))
    truth = analyse(from_array(signal, fs_hz), None, cache=False, group=False).beats["sample"].to_numpy(np.int64)
    n_looked_at = 0
    for analyser in feed(signal, fs_hz, recording.leads, NoModel(), first_s=80.0):
        state = analyser.state
        assert state is not None
        found = state.analysis.beats["sample"].to_numpy()
        due = truth[(truth > 70 * fs_hz) & (truth <= state.recording.n_samples - BEATS_WITHIN_S * fs_hz)]
        apart = np.abs(found[np.clip(np.searchsorted(found, due), 0, len(found) - 1)] - due)
        before = np.abs(found[np.clip(np.searchsorted(found, due) - 1, 0, len(found) - 1)] - due)
        assert (np.minimum(apart, before) <= 0.1 * fs_hz).all()
        n_looked_at += len(due)
    assert n_looked_at > 100


def test_a_standstill_is_told_within_ten_seconds() -> None:
    recording, last_qrs_s = standstill()
    late_s = onset_latency_s(recording, last_qrs_s, ("ASYSTOLE",))
    assert 4.0 <= late_s <= WITHIN_S


def test_a_steady_rhythm_raises_no_alert() -> None:
    recording = open_recording(demo_folder() / "demo_sinus.hea")
    signal = recording.read(0, round(75 * recording.fs_hz))
    steps = feed(signal, recording.fs_hz, recording.leads, NoModel(), first_s=50.0, step_s=1.0)
    alerts = [analyser.state.alerts for analyser in steps if analyser.state is not None]
    assert len(alerts) > 20
    assert not any(alerts)


@pytest.mark.slow
@pytest.mark.parametrize("record", ["vfdb/419", "vfdb/428", "cudb/cu01"])
def test_ventricular_rhythms_of_the_databases_are_told_within_ten_seconds(record: str, ecg_data: Path) -> None:
    path = ecg_data / f"{record}.hea"
    onset = onsets_of(path)[0]
    assert onset_latency_s(open_recording(path), onset.at_s) <= WITHIN_S
