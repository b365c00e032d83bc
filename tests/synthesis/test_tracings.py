"""Tracings with exact waves: what a condition says is what the waves show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecg_core.synthesis.conditions import CONDITIONS, tracing_of
from ecg_core.synthesis.tracing import TWELVE_LEADS, TrueWaves

pytestmark = pytest.mark.slow


def interval_ms(waves: TrueWaves, start: int, stop: int) -> np.ndarray:
    return (waves.common[1:-1, stop] - waves.common[1:-1, start]) * 2


@pytest.mark.parametrize("name", list(CONDITIONS))
def test_limb_leads_obey_einthoven_and_goldberger(name: str) -> None:
    tracing = tracing_of(CONDITIONS[name])
    one, two, three, right, left, foot = (tracing.signal_mv[:, TWELVE_LEADS.index(lead)] for lead in TWELVE_LEADS[:6])
    assert np.allclose(three, two - one, atol=1e-5)
    assert np.allclose(right, -(one + two) / 2, atol=1e-5)
    assert np.allclose(left + right + foot, 0, atol=1e-5)


@pytest.mark.parametrize("name", list(CONDITIONS))
def test_boundaries_of_every_wave_are_in_order(name: str) -> None:
    waves = tracing_of(CONDITIONS[name]).waves
    assert len(waves.beat) >= 5
    for first in (0, 3, 6):
        part = waves.boundary[:, :, first : first + 3]
        known = np.isfinite(part).all(axis=2)
        assert (np.diff(part[known], axis=1) >= 0).all()


@pytest.mark.parametrize("pr_s", [0.1, 0.16, 0.28, 0.4])
@pytest.mark.parametrize("name", ["normal", "lbbb", "rbbb"])
def test_the_pr_interval_is_the_one_that_was_asked_for(name: str, pr_s: float) -> None:
    waves = tracing_of(replace(CONDITIONS[name], pr_s=pr_s, rate_bpm=50)).waves
    assert interval_ms(waves, 0, 3) == pytest.approx(1000 * pr_s, abs=2)


def test_durations_of_the_qrs_are_those_of_the_condition() -> None:
    width = {name: float(np.median(interval_ms(tracing_of(one).waves, 3, 5))) for name, one in CONDITIONS.items()}
    assert all(width[name] >= 120 for name in ("rbbb", "lbbb", "paced_ventricular", "avb3_ventricular"))
    assert all(80 <= width[name] < 110 for name in ("normal", "avb1", "stemi_inferior", "long_qt"))
    assert 110 <= width["incomplete_rbbb"] < 130
    assert width["wpw"] > width["normal"] + 30


def test_the_qt_interval_follows_scale_and_rate() -> None:
    qt = {name: float(np.median(interval_ms(tracing_of(CONDITIONS[name]).waves, 3, 8))) for name in CONDITIONS}
    assert qt["long_qt"] > qt["normal"] + 100
    assert qt["short_qt"] < qt["normal"] - 50
    assert qt["sinus_tachycardia"] < qt["normal"] < qt["sinus_bradycardia"]


def test_wenckebach_lengthens_the_pr_interval_until_a_p_wave_is_not_conducted() -> None:
    waves = tracing_of(CONDITIONS["wenckebach"]).waves
    pr = (waves.common[:, 3] - waves.common[:, 0]) * 2
    rr = np.diff(waves.beat) * 2
    assert len(waves.other_p) >= 2
    dropped = np.flatnonzero(rr > 1.5 * np.median(rr))
    for at in dropped:
        assert pr[at + 1] < pr[at]


def test_in_complete_block_p_waves_and_qrs_complexes_keep_their_own_cycles() -> None:
    waves = tracing_of(CONDITIONS["avb3_ventricular"]).waves
    assert np.ptp(np.diff(waves.beat)) <= 1
    assert len(waves.other_p) > len(waves.beat) / 2
    assert np.nanstd((waves.common[:, 3] - waves.common[:, 0]) * 2) > 40


@pytest.mark.parametrize("name", ["afib", "flutter"])
def test_fibrillation_and_flutter_have_no_p_waves(name: str) -> None:
    waves = tracing_of(CONDITIONS[name]).waves
    assert np.isnan(waves.boundary[:, :, :3]).all()
    assert not len(waves.other_p)


def test_rates_leads_and_length_are_those_that_were_asked_for() -> None:
    tracing = tracing_of(CONDITIONS["normal"], fs_hz=250.0, duration_s=20.0, lead_names=("II", "V5"))
    assert tracing.signal_mv.shape == (5000, 2)
    assert tracing.lead_names == ("II", "V5")
    again = tracing_of(CONDITIONS["normal"], fs_hz=250.0, duration_s=20.0, lead_names=("II", "V5"))
    assert np.array_equal(tracing.signal_mv, again.signal_mv)


def test_paced_tracings_carry_spikes() -> None:
    for name in ("paced_ventricular", "paced_dual"):
        tracing = tracing_of(CONDITIONS[name])
        steps = np.abs(np.diff(tracing.signal_mv[:, 1]))
        assert (steps > 0.5).sum() >= 2 * len(tracing.waves.beat) - 4
    assert set(tracing_of(CONDITIONS["paced_dual"]).waves.symbol) == {"/"}
