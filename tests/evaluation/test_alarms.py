"""Alarms of the Challenge 2015: what bears one out, and the score."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats import GOOD, UNREADABLE, beat_table
from ecg_core.detection.detector import detect_with_quality
from ecg_core.errors import SourceError
from ecg_core.evaluation.alarms import AlarmScore, Monitored, borne_out, read_alarms
from ecg_core.formats import open_recording
from ecg_core.rhythm import episodes
from ecg_core.rhythm.intervals import intervals

pytestmark = pytest.mark.slow

FS_HZ = 250.0


def monitored(rr_s: list[float], rest_s: float = 0.3, unreadable: slice = slice(0)) -> Monitored:
    samples = np.rint(np.concatenate(([0.5], 0.5 + np.cumsum(rr_s))) * FS_HZ).astype(np.int64)
    n_samples = int(samples[-1] + rest_s * FS_HZ)
    quality = np.full((int(np.ceil(n_samples / FS_HZ)), 1), GOOD, dtype=np.uint8)
    quality[unreadable] = UNREADABLE
    return of(samples, n_samples, quality)


def of(samples: np.ndarray, n_samples: int, quality: np.ndarray) -> Monitored:
    table = beat_table(samples, FS_HZ)
    told = episodes(table, FS_HZ, n_samples, quality)
    return Monitored(intervals(table, FS_HZ, quality), told, FS_HZ, n_samples)


@pytest.mark.parametrize(
    "kind, rr_s, expected",
    [
        ("Asystole", [0.8] * 70, False),
        ("Asystole", [0.8] * 60 + [4.5] + [0.8] * 4, True),
        ("Asystole", [4.5] + [0.8] * 70, False),  # long before the alarm
        ("Bradycardia", [0.8] * 60 + [1.7] * 6, True),
        ("Bradycardia", [1.7] * 6 + [0.8] * 60, False),
        ("Bradycardia", [1.1] * 50, False),
        ("Tachycardia", [0.8] * 50 + [0.4] * 25, True),
        ("Tachycardia", [0.8] * 70 + [0.4] * 8, False),
        ("Tachycardia", [0.55] * 110, False),
    ],
)
def test_events_of_the_last_seconds_count(kind: str, rr_s: list[float], expected: bool) -> None:
    assert borne_out(kind, monitored(rr_s)) is expected


def test_nothing_is_borne_out_across_unreadable_signal() -> None:
    rr_s = [0.8] * 60 + [5.0] + [0.8] * 4
    assert borne_out("Asystole", monitored(rr_s))
    assert not borne_out("Asystole", monitored(rr_s, unreadable=slice(49, 54)))
    assert not borne_out("Bradycardia", monitored(rr_s, unreadable=slice(49, 54)))


def test_a_missed_alarm_weighs_five_times() -> None:
    score = AlarmScore()
    for true, said in ((True, True), (True, False), (False, False), (False, True)):
        score = score.plus(true, said)
    assert (score.tp, score.fn, score.tn, score.fp) == (1, 1, 1, 1)
    assert score.percent == pytest.approx(100 * 2 / 8)
    assert np.isnan(AlarmScore().percent)


def test_a_folder_without_alarms_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"ALARMS\.csv"):
        read_alarms(tmp_path)


@pytest.mark.data
@pytest.mark.parametrize("kind, least", [("Asystole", 75), ("Bradycardia", 75), ("Tachycardia", 88)])
def test_scores_of_the_challenge(ecg_data: Path, kind: str, least: float) -> None:
    folder = ecg_data / "cinc2015_alarm60"
    if not folder.is_dir():
        pytest.skip("ECG_DATA holds no cinc2015_alarm60")
    score = AlarmScore()
    for alarm in read_alarms(folder):
        if alarm.kind != kind:
            continue
        recording = open_recording(folder / alarm.record)
        samples, quality = detect_with_quality(recording.read(), recording.fs_hz)
        score = score.plus(alarm.true, borne_out(kind, of(samples, recording.n_samples, quality)))
    assert min(score.tp, score.tn) > 0
    assert score.percent >= least
