"""Waves, ST segment and AV block follow a person's corrections, and are those that a fresh delineation gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ecg_core import wave_updates
from ecg_core.beats import beat_table
from ecg_core.delineation.corrections import Correction
from ecg_core.delineation.waves import Waves
from ecg_core.pacing import no_spikes
from ecg_core.recording import Recording, from_array
from ecg_core.rhythm.episodes import EPISODE_COLUMNS
from ecg_core.synthesis.conditions import CONDITIONS, tracing_of
from ecg_core.wave_findings import WaveFindings, find_waves
from ecg_core.wave_updates import WaveUpdater

FS_HZ = 250.0
QUALITY = np.full((200, 2), 2, dtype=np.uint8)
NO_EPISODES = pd.DataFrame(columns=pd.Index(EPISODE_COLUMNS))


def drawn(name: str, duration_s: float = 120.0) -> tuple[Recording, np.ndarray]:
    tracing = tracing_of(CONDITIONS[name], fs_hz=FS_HZ, duration_s=duration_s, lead_names=("II", "V5"))
    noise = 0.005 * np.random.default_rng(3).standard_normal(tracing.signal_mv.shape)
    return from_array((tracing.signal_mv + noise).astype(np.float32), FS_HZ, ("II", "V5")), tracing.waves.beat


def table(samples: np.ndarray, label: str = "N") -> pd.DataFrame:
    beats = beat_table(np.sort(samples).astype(np.int64), FS_HZ)
    beats["label"] = label
    return beats


def fresh(recording: Recording, beats: pd.DataFrame) -> WaveFindings:
    return find_waves(recording, no_spikes(2), beats, NO_EPISODES, QUALITY, cache=False)


def updater(recording: Recording, beats: pd.DataFrame) -> WaveUpdater:
    return WaveUpdater(recording, no_spikes(2), fresh(recording, beats), NO_EPISODES, QUALITY)


def assert_alike(one: Waves, other: Waves, samples: int = 2) -> None:
    assert np.array_equal(one.beat, other.beat)
    assert np.array_equal(one.assessed, other.assessed)
    close = np.abs(one.common.astype(int) - other.common.astype(int)) <= samples
    assert close.mean() > 0.99
    assert one.unconducted_p[:, 1] == pytest.approx(other.unconducted_p[:, 1], abs=samples)


@pytest.mark.parametrize("change", ["added", "deleted", "moved"])
@pytest.mark.parametrize("name", ["normal", "wenckebach"])
def test_waves_after_a_correction_are_those_of_a_fresh_delineation(name: str, change: str) -> None:
    recording, beat = drawn(name)
    first, then = {
        "added": (np.delete(beat, [7, 40]), beat),
        "deleted": (np.append(beat, beat[12] + 90), beat),
        "moved": (np.where(np.arange(len(beat)) == 30, beat - 8, beat), beat),
    }[change]
    found = updater(recording, table(first)).updated(table(then), [])
    expected = fresh(recording, table(then))
    assert_alike(found.waves, expected.waves)
    assert found.st.level_mv == pytest.approx(expected.st.level_mv, abs=0.01, nan_ok=True)
    assert np.array_equal(found.st.n_beats, expected.st.n_beats)
    assert [span.kind for span in found.spans] == [span.kind for span in expected.spans]


def test_what_was_corrected_and_taken_back_is_as_it_was_found() -> None:
    recording, beat = drawn("normal")
    keeps = updater(recording, table(beat))
    before = keeps.updated(table(beat), [])
    keeps.updated(table(np.delete(beat, 20)), [])
    after = keeps.updated(table(beat), [])
    assert np.array_equal(before.waves.offset, after.waves.offset)
    for name in ("level_mv", "j_mv", "slope_mv_s", "reference_mv", "n_beats"):
        assert np.array_equal(getattr(before.st, name), getattr(after.st, name), equal_nan=name != "n_beats")


def test_beats_that_become_ventricular_are_left_out_of_the_st_trend() -> None:
    recording, beat = drawn("normal")
    keeps = updater(recording, table(beat))
    beats = table(beat)
    beats.loc[(beats["time_s"] > 30) & (beats["time_s"] < 40), "label"] = "V"
    trend = keeps.updated(beats, []).st
    assert trend.n_beats[3].tolist() == [0, 0]
    assert np.isnan(trend.level_mv[3]).all()
    assert np.isfinite(trend.level_mv[[1, 6]]).all()
    assert np.array_equal(trend.n_beats[6:], keeps._found.st.n_beats[6:])


def test_the_j_point_that_a_person_sets_moves_the_st_level() -> None:
    recording, beat = drawn("stemi_inferior")
    keeps = updater(recording, table(beat))
    before = keeps.updated(table(beat), []).st
    corrections = [Correction(int(at), "qrs_off", int(at) + 17, None) for at in beat[20:60]]
    after = keeps.updated(table(beat), corrections)
    assert (after.waves.common[25:55, 5] == 17).all()
    inside = slice(int(beat[30] / FS_HZ // 10), int(beat[50] / FS_HZ // 10))
    assert np.abs(after.st.level_mv[inside] - before.level_mv[inside]).max() > 0.01


def test_a_block_appears_when_the_beats_it_hid_behind_are_deleted() -> None:
    recording, beat = drawn("wenckebach")
    t_waves = beat[5:100:2] + round(0.3 * FS_HZ)
    keeps = updater(recording, table(np.append(beat, t_waves)))
    assert "AVB2" in {span.kind for span in keeps.updated(table(beat), []).spans}


def test_a_correction_that_does_not_fit_is_passed_over_and_the_others_hold() -> None:
    recording, beat = drawn("normal")
    corrections = [
        Correction(int(beat[10]), "qrs_off", int(beat[10]) - 60, None),
        Correction(int(beat[11]), "qrs_off", int(beat[11]) + 25, None),
    ]
    waves = updater(recording, table(beat)).updated(table(beat), corrections).waves
    assert waves.common[11, 5] == 25
    assert waves.common[10, 5] > 0


def test_many_corrections_are_delineated_in_several_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wave_updates, "MAX_LEAD_S", 150)
    recording, beat = drawn("normal", duration_s=180)
    keeps = updater(recording, table(beat[::2]))
    first = keeps.updated(table(beat), [])
    assert keeps.n_pending
    assert not first.waves.assessed.all()
    left = [keeps.n_pending]
    while keeps.n_pending:
        last = keeps.updated(table(beat), [])
        left.append(keeps.n_pending)
    assert left == sorted(left, reverse=True)
    assert_alike(last.waves, fresh(recording, table(beat)).waves)


def test_without_beats_nothing_is_left_and_nothing_fails() -> None:
    recording, beat = drawn("normal")
    found = updater(recording, table(beat)).updated(table(beat[:0]), [])
    assert not len(found.waves)
    assert replace(found, waves=found.waves).spans == ()
