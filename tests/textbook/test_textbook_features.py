"""Hand-made features follow the shape of a beat that is known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.classification.rr import RR_FEATURES, rr_features
from ecg_core.classification.windows import WindowSpec
from ecg_core.recording import from_array
from ecg_core.synthesis import Synthetic
from ecg_core.textbook.features import FEATURES, beat_features
from ecg_core.textbook.inputs import FeatureInputs

WINDOW = WindowSpec(fs_hz=200.0, before_s=0.32, after_s=0.48)
TIME_S = WINDOW.offsets_s


def bump(at_s: float, width_s: float, height_mv: float) -> np.ndarray:
    return height_mv * np.exp(-(((TIME_S - at_s) / width_s) ** 2))


def beat(qrs_s: float = 0.018, r_mv: float = 1.0, p_mv: float = 0.1, t_mv: float = 0.3, st_mv: float = 0.0) -> dict:
    wave = bump(0, qrs_s, r_mv) + bump(-0.18, 0.025, p_mv) + bump(0.28, 0.04, t_mv)
    wave += st_mv * ((TIME_S > 0.08) & (TIME_S < 0.16))
    return dict(zip(FEATURES, beat_features(wave[None], WINDOW)[0], strict=True))


def test_a_wider_complex_is_wider() -> None:
    widths = [beat(qrs_s=width)["qrs_width_ms"] for width in (0.012, 0.02, 0.03, 0.045)]
    assert widths == sorted(set(widths))
    assert 0.3 < widths[0] < widths[-1] <= 2.0
    steepness = [beat(qrs_s=width)["steepest_mv_per_s"] for width in (0.012, 0.02, 0.03, 0.045)]
    assert steepness == sorted(set(steepness), reverse=True)


@pytest.mark.parametrize("t_mv", [0.4, -0.4])
def test_the_t_wave_keeps_its_sign_and_height(t_mv: float) -> None:
    found = beat(t_mv=t_mv)
    assert found["t_height_mv"] == pytest.approx(t_mv, abs=0.02)
    # A Gaussian's area is height x width x sqrt(pi).
    assert found["t_area_mv_s"] == pytest.approx(10 * t_mv * 0.04 * np.pi**0.5, rel=0.1)


def test_p_r_and_st_are_measured_in_millivolts_from_the_pr_segment() -> None:
    found = beat(r_mv=1.3, p_mv=0.17, st_mv=-0.12)
    assert found["r_height_mv"] == pytest.approx(1.3, abs=0.02)
    assert found["p_height_mv"] == pytest.approx(0.17, abs=0.02)
    assert found["st_level_mv"] == pytest.approx(-0.12, abs=0.02)
    wave = bump(0, 0.018, 1.3) + bump(-0.18, 0.025, 0.17) + 5
    shifted = dict(zip(FEATURES, beat_features(wave[None], WINDOW)[0], strict=True))
    assert shifted["r_height_mv"] == pytest.approx(1.3, abs=0.02)


def test_q_and_s_are_negative_depths() -> None:
    wave = bump(0, 0.012, 1.0) + bump(-0.04, 0.01, -0.2) + bump(0.04, 0.01, -0.35)
    found = dict(zip(FEATURES, beat_features(wave[None], WINDOW)[0], strict=True))
    assert found["q_depth_mv"] == pytest.approx(-0.2, abs=0.03)
    assert found["s_depth_mv"] == pytest.approx(-0.35, abs=0.03)


@pytest.mark.parametrize(("tone_hz", "band"), [(6, "4_8"), (11, "8_15"), (20, "15_25"), (32, "25_40")])
def test_a_tone_s_power_is_in_its_band(tone_hz: float, band: str) -> None:
    found = dict(zip(FEATURES, beat_features(np.sin(2 * np.pi * tone_hz * TIME_S)[None], WINDOW)[0], strict=True))
    powers = {name: value for name, value in found.items() if name.startswith("log_power_")}
    assert max(powers, key=lambda name: powers[name]) == f"log_power_{band}_hz"
    assert np.exp(powers[f"log_power_{band}_hz"]) > 0.5
    assert np.exp(list(powers.values())).sum() < 1.01


def test_wavelet_shares_sum_to_one_and_follow_the_frequency() -> None:
    of_tone = {}
    for tone_hz in (4.0, 75.0):
        found = dict(zip(FEATURES, beat_features(np.sin(2 * np.pi * tone_hz * TIME_S)[None], WINDOW)[0], strict=True))
        shares = np.exp([found[f"log_wavelet_{level}"] for level in range(5)])
        assert shares.sum() == pytest.approx(1, abs=0.01)
        of_tone[tone_hz] = int(shares.argmax())
    assert of_tone == {4.0: 0, 75.0: 4}  # the coarse approximation, and the finest detail


def test_shares_do_not_depend_on_gain_and_millivolts_do() -> None:
    wave = bump(0, 0.018, 1.0) + bump(0.28, 0.04, 0.3)
    plain, louder = beat_features(np.stack([wave, 3 * wave]), WINDOW)
    relative = np.array([name.startswith("log_") or name == "qrs_width_ms" for name in FEATURES])
    np.testing.assert_allclose(louder[relative], plain[relative], atol=1e-3)
    np.testing.assert_allclose(louder[~relative], 3 * plain[~relative], atol=1e-3)


def test_a_flat_beat_is_finite_and_no_beats_are_none() -> None:
    assert np.isfinite(beat_features(np.zeros((2, WINDOW.n_samples)), WINDOW)).all()
    assert beat_features(np.empty((0, WINDOW.n_samples)), WINDOW).shape == (0, len(FEATURES))


def test_ventricular_beats_are_wider_than_normal_ones_and_come_with_their_intervals(synthetic: Synthetic) -> None:
    samples, symbols = synthetic.annotations.beats()
    found = FeatureInputs().arrays(from_array(synthetic.signal, synthetic.fs_hz), samples)["features"]
    np.testing.assert_array_equal(found[:, : len(RR_FEATURES)], rr_features(samples / synthetic.fs_hz))
    width = found[:, len(RR_FEATURES) + FEATURES.index("qrs_width_ms")]
    assert width[symbols == "V"].min() > np.median(width[symbols == "N"])
    against_median = found[:, len(RR_FEATURES) + len(FEATURES) :]
    np.testing.assert_allclose(np.median(against_median, axis=0), 0, atol=1e-5)
