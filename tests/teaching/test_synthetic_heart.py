"""The synthetic heart: every setting changes what it names, the truth follows, and an address keeps the settings."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from ecg_core.errors import SourceError
from ecg_core.teaching.case import Criterion
from ecg_core.teaching.heart import (
    ELECTRODE_FAULTS,
    RANGES,
    WALLS,
    HeartSettings,
    draw_heart,
    ectopic_places,
    heart_recording,
    longest_pr_ms,
    settings_of_text,
    st_lead,
)
from ecg_core.teaching.truth_measures import measure_truth

USUAL = HeartSettings()
MEASURES: dict[str, float] = {"rate_bpm": 0.5, "pr_ms": 2.0, "qrs_ms": 2.0, "qt_ms": 4.0}


def measured(settings: HeartSettings, measure: str, lead: str = "") -> float:
    value = measure_truth(draw_heart(settings), Criterion("measured", measure=measure, lead=lead))  # type: ignore[arg-type]
    assert value is not None
    return value


def letters(settings: HeartSettings) -> str:
    return "".join(draw_heart(settings).tracing.waves.symbol)


@pytest.mark.parametrize(
    ("name", "measure", "values", "tolerance"),
    [
        ("rate_bpm", "rate_bpm", (30, 48, 100, 155, 200), 0.5),
        ("pr_ms", "pr_ms", (80, 120, 240, 400), 2.0),
        ("qrs_ms", "qrs_ms", (70, 110, 150, 200), 2.0),
    ],
)
def test_the_truth_follows_a_setting_and_the_other_intervals_stay(
    name: str, measure: str, values: tuple[float, ...], tolerance: float
) -> None:
    for value in values:
        settings = replace(USUAL, **{name: value})
        assert measured(settings, measure) == pytest.approx(value, abs=tolerance)
        for other, near in MEASURES.items():
            follows = other == measure or (other == "qt_ms" and name != "pr_ms")
            if not follows:
                assert measured(settings, other) == pytest.approx(measured(USUAL, other), abs=near)


def test_qt_follows_the_rate_by_the_cube_root_and_the_qrs_duration_by_its_own_length() -> None:
    slow, usual = measured(replace(USUAL, rate_bpm=40), "qt_ms"), measured(USUAL, "qt_ms")
    assert slow / usual == pytest.approx((70 / 40) ** (1 / 3), abs=0.03)
    broad = measured(replace(USUAL, qrs_ms=150), "qt_ms")
    assert broad - usual == pytest.approx(60, abs=12)


@pytest.mark.parametrize("wall", WALLS)
@pytest.mark.parametrize("level", [-0.2, 0.3])
def test_the_st_level_is_that_of_the_lead_that_looks_at_the_wall(wall: str, level: float) -> None:
    settings = replace(USUAL, st_mv=level, wall=wall)
    lead = st_lead(wall)
    assert measured(settings, "st_mv", lead) - measured(USUAL, "st_mv", lead) == pytest.approx(level, abs=0.03)
    assert measured(settings, "pr_ms") == measured(USUAL, "pr_ms")


@pytest.mark.parametrize(("name", "symbol"), [("pvc_percent", "V"), ("pac_percent", "A")])
def test_the_share_of_premature_beats_follows_its_setting(name: str, symbol: str) -> None:
    assert symbol not in letters(USUAL)
    for share in (10, 25, 50):
        found = letters(replace(USUAL, rate_bpm=100, **{name: share}))
        assert set(found) <= {"N", symbol}
        assert 100 * found.count(symbol) / len(found) == pytest.approx(share, abs=7)


def test_ectopic_places_are_even_and_never_more_than_one_a_beat() -> None:
    after_v, after_a = ectopic_places(50, 50, 10)
    assert after_v == tuple(range(1, 11))
    assert after_a == ()
    after_v, after_a = ectopic_places(20, 20, 300)
    assert not set(after_v) & set(after_a)
    assert len(after_v) == pytest.approx(100, abs=2)
    assert len(after_a) == pytest.approx(100, abs=2)
    assert set(np.diff(after_v).tolist()) <= {2, 3, 4}


def test_potassium_makes_the_textbooks_sequence() -> None:
    def at(level: float) -> HeartSettings:
        return replace(USUAL, potassium_mmol=level)

    usual_t = measured(USUAL, "t_mv", "V3")
    assert measured(at(6), "t_mv", "V3") > 1.8 * usual_t
    assert abs(measured(at(2.5), "t_mv", "V3")) < 0.5 * usual_t
    assert measured(at(2.25), "st_mv", "V4") < measured(USUAL, "st_mv", "V4") - 0.05
    assert measured(at(7), "pr_ms") > measured(USUAL, "pr_ms") + 40
    assert measured(at(7), "p_mv", "II") < 0.6 * measured(USUAL, "p_mv", "II")
    assert measured(at(8.5), "qrs_ms") > 1.7 * measured(USUAL, "qrs_ms")
    assert measure_truth(draw_heart(at(8.5)), Criterion("measured", measure="pr_ms")) is None
    assert [name for _, name in draw_heart(at(8.5)).truth.rhythms] == ["N"]
    widths = [measured(at(level), "qrs_ms") for level in (6, 6.5, 7, 7.5, 8, 8.5, 9)]
    assert widths == sorted(widths)


def test_noise_is_added_to_the_signal_and_leaves_the_truth() -> None:
    def noise(settings: HeartSettings) -> float:
        drawn = draw_heart(settings)
        return float((drawn.signal_mv - drawn.tracing.signal_mv)[:, 6].std())

    loud = replace(USUAL, noise_mv=0.4)
    # V1 lies between its own electrode and the mean of three others.
    assert noise(loud) == pytest.approx(0.4 * np.sqrt(1 + 1 / 3), rel=0.15)
    assert noise(USUAL) < 0.1
    assert np.array_equal(draw_heart(loud).tracing.signal_mv, draw_heart(USUAL).tracing.signal_mv)


def test_exchanged_electrodes_and_a_turned_heart_change_the_leads_they_reach() -> None:
    usual = draw_heart(USUAL).tracing.signal_mv
    arms = draw_heart(replace(USUAL, electrodes="both arms exchanged")).tracing.signal_mv
    assert np.allclose(arms[:, 0], -usual[:, 0], atol=1e-4)
    assert np.allclose(arms[:, 6:], usual[:, 6:], atol=1e-4)
    chest = draw_heart(replace(USUAL, electrodes="V1 and V6 exchanged")).tracing.signal_mv
    assert np.allclose(chest[:, 6], usual[:, 11], atol=1e-4)
    turned = replace(USUAL, axis_turn_deg=60)
    change = measured(turned, "qrs_axis_deg") - measured(USUAL, "qrs_axis_deg")
    assert 25 < change < 75


def test_a_long_pr_interval_gives_way_where_the_rate_leaves_no_room() -> None:
    fast = replace(USUAL, rate_bpm=200, pr_ms=400)
    assert longest_pr_ms(fast) == 180
    assert measured(fast, "pr_ms") == pytest.approx(180, abs=2)
    assert longest_pr_ms(replace(USUAL, pr_ms=400)) == 400


def test_no_corner_of_the_settings_fails() -> None:
    for name, limits in RANGES.items():
        for value in (limits.lowest, limits.highest):
            for rate in (30, 200):
                settings = replace(USUAL, **({"rate_bpm": rate} | {name: value}))
                drawn = draw_heart(settings)
                assert drawn.signal_mv.shape == (5000, 12)
                assert np.isfinite(drawn.signal_mv).all()
                assert len(drawn.tracing.waves.beat) >= 4


@pytest.mark.parametrize(
    "settings",
    [
        USUAL,
        HeartSettings(rate_bpm=150, st_mv=0.15, wall="inferior", electrodes="V1 and V2 exchanged"),
        HeartSettings(potassium_mmol=7.25, noise_mv=0.06, axis_turn_deg=-30, pvc_percent=15),
    ],
)
def test_the_text_of_an_address_gives_the_same_settings(settings: HeartSettings) -> None:
    assert settings_of_text(settings.text) == settings
    assert " " not in settings.text
    assert all(
        name in {one.name for one in fields(settings)}
        for name in [p.split(":")[0] for p in settings.text.split(",")]
        if name != "usual"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rate_bpm:900", "goes from 30 to 200 bpm"),
        ("rate_bpm:nan", "goes from 30 to 200 bpm"),
        ("rate_bpm:fast", "is a number"),
        ("colour:red", "no setting colour"),
        ("electrodes:upside_down", "electrodes is one of"),
        ("wall:north", "wall is one of"),
    ],
)
def test_what_an_address_says_wrongly_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence):
        settings_of_text(text)


def test_the_recording_is_the_signal_marked_as_synthetic() -> None:
    settings: dict[str, Any] = {"rate_bpm": 90.0}
    recording = heart_recording(HeartSettings(**settings))
    assert recording.synthetic
    assert recording.fs_hz == 500
    assert np.array_equal(recording.read(), draw_heart(HeartSettings(**settings)).signal_mv)
    assert recording.sha256 != heart_recording(USUAL).sha256
    assert set(ELECTRODE_FAULTS) >= {"correct"}
