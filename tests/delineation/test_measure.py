"""Measurements of median beats against exact waves, and the formulas behind them."""

from __future__ import annotations

import numpy as np
import pytest
from waves_for_tests import drawn, true_waves

from ecg_core.delineation.axes import frontal_axis_deg
from ecg_core.delineation.beat_intervals import beat_intervals, hourly_medians
from ecg_core.delineation.device_comparison import compared_with_device
from ecg_core.delineation.measure import calibrated_only, measure
from ecg_core.delineation.measured import BeatMeasurements, Measured
from ecg_core.delineation.qrs_deflections import qrs_deflections
from ecg_core.delineation.qtc import qtc_ms
from ecg_core.recording import from_array
from ecg_core.synthesis.conditions import ST_ELEVATION
from ecg_core.synthesis.morphology import lead_vectors


def measured(name: str, **changes: object) -> BeatMeasurements:
    recording, tracing = drawn(name, **changes)  # type: ignore[arg-type]
    waves = true_waves(tracing)
    return measure(recording, waves, np.ones(len(waves), dtype=bool)).measurements


@pytest.mark.parametrize(("rate_bpm", "pr_s"), [(50.0, 0.14), (70.0, 0.2), (95.0, 0.24)])
def test_rate_and_pr_are_those_of_the_tracing(rate_bpm: float, pr_s: float) -> None:
    overall = measured("normal", rate_bpm=rate_bpm, pr_s=pr_s).overall
    assert overall["rate_bpm"].value == pytest.approx(rate_bpm, abs=0.2)
    assert overall["pr_ms"].value == pytest.approx(1000 * pr_s, abs=2)


@pytest.mark.parametrize("territory", list(ST_ELEVATION))
def test_st_levels_are_those_of_the_territory(territory: str) -> None:
    """The level at the J point is the projection of the ST dipole on each lead."""
    found = measured(f"stemi_{territory}").leads
    names = tuple(found)
    expected = lead_vectors(names) @ np.array(ST_ELEVATION[territory])
    for name, level in zip(names, expected, strict=True):
        assert found[name]["j_mv"].value == pytest.approx(level, abs=0.04), name


def test_a_shifted_st_segment_is_no_wave_of_the_qrs() -> None:
    assert measured("stemi_inferior").leads["III"]["r2_mv"].reason == "no R' wave"


def test_absent_p_waves_leave_pr_without_a_value() -> None:
    overall = measured("afib").overall
    assert overall["pr_ms"].value is None
    assert overall["pr_ms"].reason == "no P wave"
    assert overall["p_axis_deg"].value is None
    assert overall["qrs_ms"].value is not None


def test_gain_scales_amplitudes_and_nothing_else() -> None:
    recording, tracing = drawn("normal")
    waves = true_waves(tracing)
    every = np.ones(len(waves), dtype=bool)
    one = measure(recording, waves, every).measurements
    two = measure(from_array(2 * recording.read(), 500.0, recording.lead_names), waves, every).measurements
    for name in ("I", "V2", "V5"):
        assert two.leads[name]["r_mv"].value == pytest.approx(2 * one.leads[name]["r_mv"].value, rel=1e-3)
        assert two.leads[name]["qrs_ms"] == one.leads[name]["qrs_ms"]
    assert two.overall["qrs_axis_deg"].value == pytest.approx(one.overall["qrs_axis_deg"].value, abs=0.1)


def test_a_drifting_baseline_changes_no_amplitude() -> None:
    recording, tracing = drawn("normal")
    waves = true_waves(tracing)
    every = np.ones(len(waves), dtype=bool)
    drift = 0.8 * np.sin(2 * np.pi * 0.12 * np.arange(recording.n_samples) / 500.0)
    signal = recording.read() + drift[:, None].astype(np.float32)
    one = measure(recording, waves, every).measurements.leads
    two = measure(from_array(signal, 500.0, recording.lead_names), waves, every).measurements.leads
    for name in ("II", "V3"):
        for quantity in ("r_mv", "st80_mv", "t_mv"):
            assert two[name][quantity].value == pytest.approx(one[name][quantity].value, abs=0.03)


def test_beats_that_were_not_chosen_count_nothing() -> None:
    recording, tracing = drawn("normal")
    waves = true_waves(tracing)
    none = measure(recording, waves, np.zeros(len(waves), dtype=bool)).measurements
    assert none.overall["qrs_ms"].value is None
    assert all(value.value is None for value in none.leads["II"].values())


def test_amplitudes_of_leads_without_a_scale_are_not_shown() -> None:
    shown = calibrated_only(measured("normal"), {"V1": "amplitude not calibrated"})
    assert shown.leads["V1"]["s_mv"].value is None
    assert shown.leads["V1"]["s_mv"].reason == "amplitude not calibrated"
    assert shown.leads["V1"]["qrs_ms"].value is not None
    assert shown.leads["V2"]["s_mv"].value is not None


@pytest.mark.parametrize(
    ("formula", "expected"), [("bazett", 447.2), ("fridericia", 430.9), ("framingham", 430.8), ("hodges", 435.0)]
)
def test_qtc_formulas_at_400_ms_and_75_per_minute(formula: str, expected: float) -> None:
    """RR 0.8 s: 400/sqrt(0.8), 400/cbrt(0.8), 400 + 154 (1 - 0.8), 400 + 1.75 (75 - 60) less rounding."""
    exact = {"hodges": 400 + 1.75 * 15}.get(formula, expected)
    assert float(qtc_ms(formula, 400.0, 0.8)) == pytest.approx(exact, abs=0.1)


def test_qtc_without_an_interval_has_no_value() -> None:
    assert np.isnan(qtc_ms("bazett", [400.0, 400.0], [0.0, np.nan])).all()


@pytest.mark.parametrize("angle_deg", [-150, -90, -45, 0, 30, 60, 90, 120, 179])
def test_frontal_axis_of_a_vector_in_every_direction(angle_deg: float) -> None:
    x, y = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    lead_i = np.full(50, x)
    lead_ii = np.full(50, x / 2 + y * np.sqrt(3) / 2)
    assert frontal_axis_deg(lead_i, lead_ii) == pytest.approx(angle_deg, abs=0.01)


def test_a_wave_without_net_area_has_no_axis() -> None:
    balanced = np.concatenate([np.ones(50), -np.ones(50)])
    assert frontal_axis_deg(balanced, balanced) is None
    assert frontal_axis_deg(np.zeros(50), np.zeros(50)) is None


def test_deflections_of_a_qrs_by_name() -> None:
    time = np.arange(100) / 1000

    def hump(centre: float, size: float) -> np.ndarray:
        return size * np.exp(-0.5 * ((time - centre) / 0.006) ** 2)

    found = qrs_deflections(hump(0.02, -0.2) + hump(0.045, 1.0) + hump(0.07, -0.4), 1000.0)
    assert list(found) == ["q", "r", "s"]
    assert found["r"].mv == pytest.approx(1.0, abs=0.02)
    assert list(qrs_deflections(hump(0.05, -0.8), 1000.0)) == ["q"]
    split = qrs_deflections(hump(0.02, 0.3) + hump(0.045, -0.6) + hump(0.07, 0.5), 1000.0)
    assert list(split) == ["r", "s", "r2"]
    assert not qrs_deflections(np.full(100, 0.01), 1000.0)


def test_hourly_medians_are_absent_where_few_beats_show_the_interval() -> None:
    _, tracing = drawn("normal")
    waves = true_waves(tracing)
    table = beat_intervals(waves, 500.0)
    every = np.ones(len(waves), dtype=bool)
    assert hourly_medians(table, waves.beat, every, 500.0, 2).isna().all().all()
    many = np.concatenate([waves.beat + 5000 * turn for turn in range(4)])
    repeated = beat_intervals(waves.of_beats(np.tile(np.arange(len(waves)), 4)), 500.0)
    medians = hourly_medians(repeated, many, np.ones(len(many), dtype=bool), 500.0, 2)
    assert medians["pr_ms"][0] == pytest.approx(160, abs=2)
    assert medians.iloc[1].isna().all()


def test_differences_from_the_device_are_marked_beyond_the_tolerance() -> None:
    overall = {"pr_ms": Measured(180.0), "qrs_ms": Measured(92.0), "qrs_axis_deg": Measured(-178.0)}
    device = [
        ("PR interval", "160 ms"),
        ("QRS duration", "94 ms"),
        ("QRS axis", "176 °"),
        ("QTc interval", "410 ms"),
        ("Bandwidth", "0.05 to 150 Hz"),
    ]
    pr, qrs, axis, qtc, band = compared_with_device(overall, device)
    assert (pr.difference, pr.differs) == (20.0, True)
    assert (qrs.difference, qrs.differs) == (-2.0, False)
    assert axis.difference == pytest.approx(6.0)
    assert not axis.differs
    assert qtc.quantity is None
    assert band.difference is None
