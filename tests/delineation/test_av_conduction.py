"""First-degree and complete AV block from exact P waves and QRS complexes, and what looks alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecg_core.delineation.av_conduction import av_spans, p_cycle_s
from ecg_core.delineation.waves import ABSENT, BOUNDARIES, Waves

FS_HZ = 250.0


def waves_of(beat_s: np.ndarray, pr_s: np.ndarray) -> Waves:
    """Waves of beats with their PR interval, NaN where there is no P wave."""
    beat = np.round(beat_s * FS_HZ).astype(np.int64)
    common = np.full((len(beat), len(BOUNDARIES)), ABSENT, dtype=np.int16)
    common[:, BOUNDARIES.index("qrs_on")] = -10
    common[:, BOUNDARIES.index("qrs_off")] = 12
    there = np.isfinite(pr_s)
    common[there, BOUNDARIES.index("p_on")] = np.round(-10 - pr_s[there] * FS_HZ)
    one_lead = np.ones((len(beat), 1))
    return Waves(beat, ("II",), common[:, None], one_lead[..., None] * np.ones(3, np.float32), one_lead > 0, common)


def spans(beat_s: np.ndarray, pr_s: np.ndarray, conducted: np.ndarray | None = None) -> list[tuple[str, float, float]]:
    everywhere = np.ones(len(beat_s), dtype=bool)
    found = av_spans(waves_of(beat_s, pr_s), FS_HZ, everywhere if conducted is None else conducted)
    return [(span.kind, span.start_sample / FS_HZ, span.stop_sample / FS_HZ) for span in found]


def dissociated(seconds: float, rr_s: float, pp_s: float, jitter_s: float = 0.005) -> tuple[np.ndarray, np.ndarray]:
    """Beats and the PR intervals that P waves of another cycle show; those in QRS and T wave are hidden."""
    rng = np.random.default_rng(4)
    beat = np.arange(1, seconds, rr_s)
    atrial = np.arange(0.3, seconds, pp_s)
    pr = np.array([beat_at - 0.04 - atrial[atrial < beat_at - 0.08].max() for beat_at in beat])
    hidden = (pr > rr_s - 0.45) | (pr < 0.06)
    return beat, np.where(hidden, np.nan, pr + jitter_s * rng.standard_normal(len(pr)))


def test_a_long_pr_interval_for_minutes_is_first_degree_block_with_its_length() -> None:
    beat = np.arange(1, 300, 0.9)
    pr = np.where((beat > 100) & (beat < 200), 0.24, 0.16)
    (found,) = spans(beat, pr)
    assert found[0] == "AVB1"
    assert found[1] == pytest.approx(100, abs=5)
    assert found[2] == pytest.approx(200, abs=5)
    (span,) = av_spans(waves_of(beat, pr), FS_HZ, np.ones(len(beat), dtype=bool))
    assert span.reason.startswith("PR 240 ms, P wave before 100 % of")


@pytest.mark.parametrize(("pr_s", "lasting_s"), [(0.19, 200), (0.24, 20)], ids=["PR 190 ms", "for 20 s"])
def test_a_usual_or_briefly_long_pr_interval_is_no_block(pr_s: float, lasting_s: float) -> None:
    beat = np.arange(1, 300, 0.9)
    assert not spans(beat, np.where((beat > 100) & (beat < 100 + lasting_s), pr_s, 0.16))


def test_a_pr_interval_about_the_limit_is_one_episode() -> None:
    beat = np.arange(1, 300, 0.9)
    pr = np.where(beat % 100 < 50, 0.21, 0.196)
    (found,) = spans(beat, pr)
    assert found[2] - found[1] > 280
    assert not spans(beat, np.full(len(beat), 0.196))


def test_without_p_waves_or_in_beats_that_are_not_conducted_there_is_no_first_degree_block() -> None:
    beat = np.arange(1, 300, 0.9)
    few = np.where(np.arange(len(beat)) % 3 == 0, 0.24, np.nan)
    assert not spans(beat, few)
    assert not spans(beat, np.full(len(beat), 0.24), np.zeros(len(beat), dtype=bool))


@pytest.mark.parametrize("rr_s", [1.3, 1.6, 1.9])
@pytest.mark.parametrize("pp_s", [0.62, 0.75, 0.91])
def test_p_waves_with_a_cycle_of_their_own_are_complete_block(rr_s: float, pp_s: float) -> None:
    found = spans(*dissociated(180, rr_s, pp_s))
    assert {kind for kind, _, _ in found} == {"AVB3"}
    assert sum(stop - start for _, start, stop in found) > 100


def test_the_reason_of_complete_block_has_both_rates() -> None:
    beat, pr = dissociated(120, 1.6, 0.75)
    span = av_spans(waves_of(beat, pr), FS_HZ, np.ones(len(beat), dtype=bool))[0]
    assert "QRS 38/min" in span.reason or "QRS 37/min" in span.reason
    assert "P waves 80/min" in span.reason


def test_the_escape_beats_of_complete_block_may_be_ventricular_but_not_paced() -> None:
    beat, pr = dissociated(120, 1.6, 0.75)
    none, every = np.zeros(len(beat), dtype=bool), np.ones(len(beat), dtype=bool)
    found = av_spans(waves_of(beat, pr), FS_HZ, none, every)
    assert {span.kind for span in found} == {"AVB3"}
    assert not av_spans(waves_of(beat, pr), FS_HZ, none, none)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("what", ["slow sinus", "wandering PR", "no P waves seen rightly", "irregular", "fast"])
def test_what_is_no_complete_block(what: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    beat = np.arange(1, 300, 1.5) + 0.01 * rng.standard_normal(200)
    pr = 0.17 + 0.01 * rng.standard_normal(len(beat))
    if what == "wandering PR":
        pr = 0.16 + 0.02 * rng.standard_normal(len(beat))
    if what == "no P waves seen rightly":
        pr = rng.uniform(0.1, 0.3, len(beat))
    if what in ("irregular", "fast"):
        beat, pr = dissociated(200, 1.5 if what == "irregular" else 0.9, 0.7)
        beat = beat + (0.25 * rng.standard_normal(len(beat)) if what == "irregular" else 0)
        beat, order = np.sort(beat), np.argsort(beat)
        pr = pr[order]
    assert "AVB3" not in {kind for kind, _, _ in spans(beat, pr)}


def test_the_cycle_is_the_longest_that_p_waves_keep() -> None:
    assert p_cycle_s(np.arange(0, 20, 0.75), 1.6) == pytest.approx(0.75, rel=0.02)
    assert p_cycle_s(np.arange(0, 2, 0.75), 1.6) == 0
    assert p_cycle_s(np.random.default_rng(1).uniform(0, 20, 20), 1.6) == 0


def block_of(ratio: int, pr_s: list[float], n_groups: int = 8, pp_s: float = 0.8, jitter_s: float = 0.0) -> Waves:
    """Waves of a sinus rhythm in which the last of each `ratio` P waves is not conducted."""
    rng = np.random.default_rng(2)
    atrial = 1 + pp_s * np.arange(ratio * n_groups) + jitter_s * rng.standard_normal(ratio * n_groups)
    dropped = np.arange(len(atrial)) % ratio >= len(pr_s)
    pr = np.tile(pr_s, n_groups)
    given = waves_of(atrial[~dropped] + pr + 0.04, pr)
    other = np.round(atrial[dropped, None] * FS_HZ + np.array([0, 10, 20])).astype(np.int64)
    return replace(given, unconducted_p=other)


@pytest.mark.parametrize(
    ("ratio", "pr_s", "told"),
    [
        (2, [0.16], "2:1 block; P waves 75/min, QRS 38/min"),
        (3, [0.16, 0.26], "type I: PR 100 ms longer before the dropped beat than after it; P waves 75/min"),
        (4, [0.16, 0.24, 0.28], "type I: PR 120 ms longer"),
        (4, [0.18, 0.18, 0.18], "PR the same before and after the dropped beat, as in type II"),
        (3, [0.18], "advanced block, up to 2 P waves in a row without QRS"),
    ],
)
def test_p_waves_on_time_without_qrs_are_second_degree_block(ratio: int, pr_s: list[float], told: str) -> None:
    waves = block_of(ratio, pr_s)
    (span,) = av_spans(waves, FS_HZ, np.ones(len(waves), dtype=bool))
    assert span.kind == "AVB2"
    assert told in span.reason
    assert span.stop_sample - span.start_sample > 0.7 * (waves.beat[-1] - waves.beat[0])


def test_early_p_waves_without_qrs_are_blocked_premature_beats_and_no_block() -> None:
    waves = block_of(2, [0.16])
    early = replace(waves, unconducted_p=waves.unconducted_p - round(0.25 * FS_HZ))
    assert not av_spans(early, FS_HZ, np.ones(len(waves), dtype=bool))


def test_two_dropped_beats_or_p_waves_without_rhythm_are_no_episode() -> None:
    everywhere = np.ones(16, dtype=bool)
    waves = block_of(2, [0.16], n_groups=3)
    assert not av_spans(waves, FS_HZ, everywhere[:3])
    waves = block_of(2, [0.16], n_groups=16, jitter_s=0.15)
    assert not av_spans(waves, FS_HZ, everywhere)


def test_beats_that_are_not_conducted_make_no_second_degree_block() -> None:
    waves = block_of(3, [0.16, 0.26])
    assert not av_spans(waves, FS_HZ, np.zeros(len(waves), dtype=bool))


def test_wenckebach_periods_are_not_first_degree_block_as_well() -> None:
    waves = block_of(4, [0.22, 0.3, 0.34], n_groups=20)
    assert [span.kind for span in av_spans(waves, FS_HZ, np.ones(len(waves), dtype=bool))] == ["AVB2"]


def test_p_waves_without_beat_count_towards_the_cycle_of_complete_block() -> None:
    """Few P waves stand before a QRS complex; the others show that the atria keep a cycle of their own."""
    beat, pr = dissociated(180, 1.7, 0.72)
    atrial = np.arange(0.3, 180, 0.72)
    apart = np.abs(atrial[:, None] - beat).min(axis=1)
    other = np.round(atrial[apart > 0.3, None] * FS_HZ + np.array([0, 10, 20])).astype(np.int64)
    waves = replace(waves_of(beat, pr), unconducted_p=other)
    spans = av_spans(waves, FS_HZ, np.ones(len(waves), dtype=bool))
    assert {span.kind for span in spans} == {"AVB3"}
