"""ST levels, their reference and episodes on made recordings with an exact ST segment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from st_for_tests import made

from ecg_core.delineation.st import BIN_S, StTrend, st_trend
from ecg_core.delineation.st_episodes import lasting_levels, st_episodes, st_spans
from ecg_core.delineation.st_levels import st_levels
from ecg_core.delineation.waves import BOUNDARIES, Waves
from ecg_core.recording import Lead, Recording

pytestmark = pytest.mark.slow


def constant(level: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda time: np.full(len(time), level)


def bump(from_s: float, to_s: float, height: float, ramp_s: float = 60, base: float = 0.0) -> Callable:
    """A level that rises and falls along ramps, like ischaemia."""
    return lambda time: base + height * np.clip(np.minimum((time - from_s) / ramp_s, (to_s - time) / ramp_s), 0, 1)


def trend_of(recording: Recording, waves: Waves, label: str = "N") -> StTrend:
    return st_trend(recording, waves, np.full(len(waves), label))


@pytest.mark.parametrize("fs_hz", [128, 250, 360, 500, 1000])
@pytest.mark.parametrize("level", [-0.2, 0.0, 0.15])
def test_the_level_of_each_beat_is_that_of_the_signal_after_j(fs_hz: float, level: float) -> None:
    recording, waves = made(1, constant(level), fs_hz=fs_hz, noise_mv=0)
    levels = st_levels(recording, waves, np.ones(len(waves), dtype=bool))
    assert np.abs(levels.level_mv[1:-1, 0] - level).max() < 0.01
    assert np.abs(levels.level_mv[1:-1, 1]).max() < 0.01


@pytest.mark.parametrize(("rate_bpm", "seen"), [(100, True), (115, True), (125, False), (150, False)])
def test_above_120_a_minute_the_level_is_taken_earlier(rate_bpm: float, seen: bool) -> None:
    recording, waves = made(1, constant(0), rate_bpm=rate_bpm, noise_mv=0, t_mv=0)
    pulse = np.zeros((recording.n_samples, 2), dtype=np.float32)
    for end in (waves.beat + round(0.045 * 250)).tolist():
        pulse[end + round(0.071 * 250) : end + round(0.092 * 250)] = 0.5

    def read(start: int, stop: int, leads: list[int]) -> np.ndarray:
        return recording.read_span(start, stop, leads) + pulse[start:stop][:, leads]

    levels = st_levels(replace(recording, read_span=read), waves, np.ones(len(waves), dtype=bool))
    assert (np.nanmedian(levels.level_mv) > 0.3) == seen
    assert np.nanmedian(levels.slope_mv_s) == pytest.approx(0.5 / 0.076 if seen else 0, abs=1)


def test_gain_scales_the_level_and_offset_and_wander_do_not_change_it() -> None:
    recording, waves = made(2, constant(-0.15), noise_mv=0)
    plain = st_levels(recording, waves, np.ones(len(waves), dtype=bool)).level_mv

    def read(start: int, stop: int, leads: list[int]) -> np.ndarray:
        return 2 * recording.read_span(start, stop, leads) + 3

    other = st_levels(replace(recording, read_span=read), waves, np.ones(len(waves), dtype=bool)).level_mv
    assert np.allclose(other[1:-1], 2 * plain[1:-1], atol=1e-3)
    wandering, same = made(2, constant(-0.15), noise_mv=0, wander_mv=0.3)
    moved = trend_of(wandering, same).level_mv
    assert np.abs(moved[1:-1, 0] + 0.15).max() < 0.03


def test_beats_that_are_not_normal_not_narrow_or_not_readable_are_left_out() -> None:
    recording, waves = made(2, constant(-0.2))
    assert np.isnan(trend_of(recording, waves, "V").level_mv).all()
    assert trend_of(recording, waves, "V").not_assessed == dict.fromkeys(("V5", "II"), "no normal beats")
    common = waves.common.copy()
    common[:, BOUNDARIES.index("qrs_off")] += 20
    wide = replace(waves, common=common)
    reasons = trend_of(recording, wide).not_assessed
    assert "QRS 168 ms" in reasons["V5"]
    paced = st_trend(recording, waves, np.full(len(waves), "N"), paced=np.ones(len(waves), dtype=bool))
    assert "pacing" in paced.not_assessed["II"]
    quality = np.full((120, 2), 2, dtype=np.uint8)
    quality[20:40, 0] = 0
    level = st_trend(recording, waves, np.full(len(waves), "N"), quality).level_mv
    assert np.isnan(level[2:4, 0]).all()
    assert np.isfinite(level[2:4, 1]).all()
    assert np.isfinite(level[4:, 0]).all()


@pytest.mark.parametrize(("usual", "wider", "kept"), [(7, 3, True), (7, 6, False), (0, 6, True), (0, 9, False)])
def test_a_qrs_about_120_ms_does_not_come_and_go_but_a_wider_one_is_left_out(
    usual: int, wider: int, kept: bool
) -> None:
    recording, waves = made(4, constant(-0.1))
    common = waves.common.copy()
    column = BOUNDARIES.index("qrs_off")
    common[:, column] += usual
    late = waves.beat > 180 * 250
    common[late, column] += wider
    level = trend_of(recording, replace(waves, common=common)).level_mv
    assert np.isfinite(level[2:17]).all()
    assert np.isfinite(level[19:23]).all() == kept


def test_an_uncalibrated_lead_has_no_level() -> None:
    recording, waves = made(2, constant(-0.2))
    uncalibrated = replace(recording, leads=(Lead("V5", calibrated=False), Lead("II")))
    trend = trend_of(uncalibrated, waves)
    assert np.isnan(trend.level_mv[:, 0]).all()
    assert np.isfinite(trend.level_mv[:, 1]).all()
    assert trend.not_assessed == {"V5": "amplitude not calibrated"}


@pytest.mark.parametrize("height", [-0.21, 0.3])
@pytest.mark.parametrize("base", [-0.05, 0.0])
def test_an_ischaemic_change_is_one_episode_with_its_reason(height: float, base: float) -> None:
    recording, waves = made(40, bump(900, 1300, height, base=base))
    (episode,) = st_episodes(trend_of(recording, waves))
    assert episode.lead == "V5"
    assert episode.deviation_mv == pytest.approx(height, abs=0.02)
    assert episode.reference_mv == pytest.approx(base, abs=0.02)
    assert abs(episode.start_s - 910) <= 20
    assert abs(episode.stop_s - 1290) <= 20
    (span,) = st_spans(trend_of(recording, waves), recording)
    name = "depression" if height < 0 else "elevation"
    assert span.kind == "ST"
    assert span.reason.startswith(f"ST {name} {abs(episode.deviation_mv):.2f} mV in V5 for 6 min, reference")


def test_ischaemia_of_most_of_a_short_recording_does_not_become_the_reference() -> None:
    recording, waves = made(30, bump(300, 1500, -0.2))
    (episode,) = st_episodes(trend_of(recording, waves))
    assert episode.deviation_mv == pytest.approx(-0.2, abs=0.02)
    assert episode.stop_s - episode.start_s > 1100


@pytest.mark.parametrize(
    "level",
    [constant(-0.2), bump(600, 620, -0.3, ramp_s=1), bump(600, 1200, -0.08)],
    ids=["lasting", "20 s", "0.08 mV"],
)
def test_what_lasts_throughout_or_is_too_short_or_small_is_no_episode(level: Callable) -> None:
    recording, waves = made(30, level)
    assert not st_episodes(trend_of(recording, waves))


def test_a_level_that_lasts_throughout_is_told() -> None:
    recording, waves = made(5, constant(-0.2))
    assert lasting_levels(trend_of(recording, waves)) == ("ST level -0.20 mV in V5 throughout",)
    assert not lasting_levels(trend_of(*made(5, constant(-0.05))))


def test_a_drift_over_hours_is_no_episode() -> None:
    recording, waves = made(240, lambda time: -0.3 * time / 14400, fs_hz=128)
    assert not st_episodes(trend_of(recording, waves))


def position(time: np.ndarray) -> np.ndarray:
    """One at first, and a QRS of 60 % between 10 and 25 minutes."""
    return np.where((time > 600) & (time < 1500), 0.6, 1.0)


def test_a_change_of_body_position_is_no_episode() -> None:
    recording, waves = made(40, lambda time: np.where((time > 600) & (time < 1500), -0.15, 0.0), position)
    trend = trend_of(recording, waves)
    assert [abs(change * BIN_S - at) <= 20 for change, at in zip(trend.position_changes, (600, 1500), strict=True)]
    assert not st_episodes(trend)


def test_ischaemia_in_another_body_position_is_an_episode() -> None:
    ischaemia = bump(900, 1200, -0.2)
    recording, waves = made(
        40, lambda time: np.where((time > 600) & (time < 1500), -0.15, 0.0) + ischaemia(time), position
    )
    (episode,) = st_episodes(trend_of(recording, waves))
    assert episode.deviation_mv == pytest.approx(-0.2, abs=0.03)
    assert episode.reference_mv == pytest.approx(-0.15, abs=0.03)


def test_a_step_of_st_without_a_step_of_the_qrs_is_an_episode() -> None:
    recording, waves = made(40, lambda time: np.where((time > 600) & (time < 1200), -0.15, 0.0))
    trend = trend_of(recording, waves)
    assert not trend.position_changes
    (episode,) = st_episodes(trend)
    assert episode.stop_s - episode.start_s == pytest.approx(600, abs=20)


def test_a_large_step_of_st_is_an_episode_although_the_qrs_changes() -> None:
    recording, waves = made(40, lambda time: np.where((time > 600) & (time < 1200), 0.5, 0.0), position)
    assert any(episode.deviation_mv > 0.4 for episode in st_episodes(trend_of(recording, waves)))


def test_overlapping_episodes_of_two_leads_are_one_span() -> None:
    recording, waves = made(30, bump(600, 900, -0.3))

    def read(start: int, stop: int, leads: list[int]) -> np.ndarray:
        first = recording.read_span(start, stop, [0])[:, 0]
        return np.stack([first, -0.5 * first], axis=1)[:, leads].astype(np.float32)

    both = replace(recording, read_span=read)
    (span,) = st_spans(trend_of(both, waves), both)
    assert "depression 0.30 mV in V5" in span.reason
    assert "elevation 0.15 mV in II" in span.reason


def test_the_table_by_minute_names_the_largest_deviation_and_its_time() -> None:
    recording, waves = made(40, bump(900, 1300, -0.25))
    table = trend_of(recording, waves).table(60)
    assert len(table) == 40 * 2
    v5 = table[table["lead"] == "V5"]
    worst = v5.loc[v5["deviation_mv"].idxmin()]
    assert 900 < worst["deviation_s"] < 1300
    assert worst["level_mv"] == pytest.approx(-0.25, abs=0.02)
    assert v5["n_beats"].sum() == len(waves)


def test_an_unreadable_minute_does_not_end_an_episode_and_makes_none() -> None:
    recording, waves = made(30, bump(600, 1000, -0.25))
    quality = np.full((1800, 2), 2, dtype=np.uint8)
    quality[780:820] = 0
    label = np.full(len(waves), "N")
    (episode,) = st_episodes(st_trend(recording, waves, label, quality))
    assert episode.stop_s - episode.start_s > 350
    quality[590:1010] = 0
    assert not st_episodes(st_trend(recording, waves, label, quality))


def test_a_recording_without_beats_has_no_trend_and_says_so() -> None:
    recording, waves = made(1, constant(0))
    none = waves.of_beats(np.zeros(len(waves), dtype=bool))
    trend = st_trend(recording, none, None)
    assert trend.not_assessed == {"V5": "no beats", "II": "no beats"}
    assert not st_episodes(trend)
