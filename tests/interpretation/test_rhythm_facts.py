"""What the rules are told of the rhythm, and age and sex as files state them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from ecg_core.delineation.waves import ABSENT, BOUNDARIES, Waves
from ecg_core.interpretation import RhythmFacts, Subject, rhythm_facts, subject_of
from ecg_core.recording import Identity, from_array
from ecg_core.rhythm.episode_types import EPISODE_COLUMNS

FS_HZ = 500.0
N_SAMPLES = 5000


def waves_of(beat_s: np.ndarray, p_s: np.ndarray) -> Waves:
    """Waves of beats whose P wave begins so many seconds before the QRS; NaN where there is none."""
    beat = np.round(beat_s * FS_HZ).astype(np.int64)
    common = np.full((len(beat), len(BOUNDARIES)), ABSENT, dtype=np.int16)
    common[:, BOUNDARIES.index("qrs_on")] = -20
    common[:, BOUNDARIES.index("qrs_off")] = 25
    there = np.isfinite(p_s)
    common[there, BOUNDARIES.index("p_on")] = np.round(-20 - p_s[there] * FS_HZ)
    shape = (len(beat), 1)
    return Waves(
        beat,
        ("II",),
        common[:, None],
        np.ones((*shape, 3), dtype=np.float32),
        np.ones(shape, dtype=bool),
        common,
    )


def episodes(*rows: tuple[int, int, str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [(start, stop, kind, 5, 70.0, f"why {kind}", source) for start, stop, kind, source in rows],
        columns=pd.Index(EPISODE_COLUMNS),
    )


def facts(waves: Waves, *rows: tuple[int, int, str, str], label: str = "N", pacing: str | None = "") -> RhythmFacts:
    n_beats = len(waves)
    return rhythm_facts(
        waves,
        FS_HZ,
        N_SAMPLES,
        waves.beat,
        np.array([label] * n_beats),
        episodes(*rows),
        {},
        None if pacing is None else np.array([pacing] * n_beats),
    )


BEATS_S = np.arange(0.6, 9.8, 0.8)


def test_a_steady_sinus_rhythm_has_p_waves_a_steady_pr_and_no_other_atrial_cycle() -> None:
    one = facts(waves_of(BEATS_S, np.full(len(BEATS_S), 0.16)))
    assert one.p_share.value == 1
    assert one.pr_spread_ms.value == pytest.approx(0, abs=3)
    assert one.rr_spread.value == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5])
def test_the_share_of_beats_with_a_p_wave_is_counted(share: float) -> None:
    p_s = np.where(np.arange(len(BEATS_S)) < share * len(BEATS_S), 0.16, np.nan)
    assert facts(waves_of(BEATS_S, p_s)).p_share.value == pytest.approx(share, abs=0.05)


@pytest.mark.parametrize("cycle_s", [0.6, 0.75, 0.9])
@pytest.mark.parametrize("jitter_s", [0.0, 0.008])
def test_p_waves_that_march_through_slow_beats_show_their_cycle(cycle_s: float, jitter_s: float) -> None:
    rng = np.random.default_rng(3)
    beat_s = np.arange(0.8, 9.9, 1.52)
    atrial = np.arange(0.1, 10, cycle_s)
    before = np.array([beat - atrial[atrial < beat - 0.06].max() for beat in beat_s])
    one = facts(waves_of(beat_s, before + jitter_s * rng.standard_normal(len(before))))
    assert one.pr_spread_ms.value is not None
    assert one.pr_spread_ms.value > 40
    assert one.p_cycle_ms.value == pytest.approx(1000 * cycle_s, rel=0.02)


def test_a_rhythm_that_covers_most_of_the_ecg_is_its_rhythm_and_the_devices_statement_is_none() -> None:
    waves = waves_of(BEATS_S, np.full(len(BEATS_S), np.nan))
    one = facts(waves, (0, 5000, "AFIB", "beats"), (100, 600, "VT", "signal"), (0, 5000, "AVB3", "device"))
    assert one.kinds == {"AFIB": "why AFIB"}
    assert one.present == {"AFIB": "why AFIB", "VT": "why VT"}
    two = facts(waves, (0, 1500, "AFIB", "beats"), (3000, 4500, "AFIB", "beats"))
    assert "AFIB" in two.kinds


def test_paced_beats_are_counted_by_chamber_and_their_p_waves_are_not_asked_for() -> None:
    waves = waves_of(BEATS_S, np.full(len(BEATS_S), 0.16))
    one = facts(waves, pacing="D")
    assert (one.ventricular_pacing.value, one.atrial_pacing.value) == (1, 1)
    assert one.p_share.value is None
    assert facts(waves, pacing="A").ventricular_pacing.value == 0
    assert "not looked for" in facts(waves, pacing=None).ventricular_pacing.reason


def test_ectopic_beats_do_not_count_for_the_p_waves() -> None:
    waves = waves_of(BEATS_S, np.where(np.arange(len(BEATS_S)) % 3 == 0, np.nan, 0.16))
    label = np.where(np.arange(len(BEATS_S)) % 3 == 0, "V", "N")
    one = rhythm_facts(waves, FS_HZ, N_SAMPLES, waves.beat, label, episodes(), {}, None)
    assert one.v_share.value == pytest.approx(1 / 3, abs=0.03)
    assert one.p_share.value == 1


def test_ventricular_beats_that_are_the_rhythm_itself_count() -> None:
    one = facts(waves_of(BEATS_S, np.full(len(BEATS_S), np.nan)), label="V")
    assert one.v_share.value == 1
    assert one.p_share.value == 0


def test_without_beats_or_waves_nothing_is_known() -> None:
    none = np.empty(0, dtype=np.int64)
    one = rhythm_facts(None, FS_HZ, N_SAMPLES, none, None, episodes(), {"VF": "no model"}, None)
    for measured in (one.p_share, one.pr_spread_ms, one.rr_spread, one.ventricular_pacing, one.v_share):
        assert measured.value is None
        assert measured.reason
    assert one.unassessed == {"VF": "no model"}


def test_age_and_sex_come_from_the_identity_or_the_comments() -> None:
    plain = from_array(np.zeros((1000, 1)), 500)
    born = replace(
        plain,
        identity=Identity(birth_date=date(1960, 6, 1), sex="Female"),
        start_time=datetime(2020, 6, 15, tzinfo=UTC),
    )
    assert subject_of(born).sex == "F"
    assert subject_of(born).age_years == pytest.approx(60, abs=0.1)
    for comments, expected in (
        (("Age: 59", "Sex: Female"), Subject(59, "F")),
        (("<age>: 51", "<sex>: M"), Subject(51, "M")),
        (("# Age: 63.0", "gender: male"), Subject(63, "M")),
        (("age: ?", "Sex: Unknown"), Subject(None, None)),
        (("Age: 300",), Subject(None, None)),
        ((), Subject(None, None)),
    ):
        assert subject_of(replace(plain, comments=comments)) == expected
