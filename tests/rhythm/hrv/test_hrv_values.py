"""Values of heart-rate variability for intervals whose measures are known exactly."""

import numpy as np
import pytest
from hrv_for_tests import beats_of, modulated, sinus, variability_of

from ecg_core.rhythm.hrv.deceleration import deceleration_capacity_ms
from ecg_core.rhythm.hrv.nonlinear import SHORT_SCALES, scaling_exponent
from ecg_core.rhythm.hrv.spectrum import periodogram, tachogram
from ecg_core.rhythm.hrv.time_domain import BIN_MS, tinn_ms, triangular_index

pytestmark = pytest.mark.slow


def value(found, name):
    assert found.measures[name].value is not None, found.measures[name].reason
    return found.measures[name].value


def test_constant_intervals_do_not_vary():
    found = variability_of(np.full(500, 800)).of((0, 300))
    for name in ("sdnn_ms", "rmssd_ms", "sdsd_ms", "pnn50_percent", "sd1_ms", "sd2_ms", "lf_ms2", "hf_ms2"):
        assert value(found, name) == pytest.approx(0, abs=1e-9)
    assert value(found, "mean_nn_ms") == 800
    for name in ("lf_hf", "dfa_alpha1", "lomb_lf_hf"):
        assert found.measures[name].value is None
        assert found.measures[name].reason == "the intervals do not vary"


def test_alternating_intervals():
    found = variability_of(np.tile([760, 840], 250)).of((0, 300))
    n = found.n_nn
    assert value(found, "rmssd_ms") == pytest.approx(80)
    assert value(found, "nn50") == n - 1
    assert value(found, "pnn50_percent") == 100
    assert value(found, "sdnn_ms") == pytest.approx(40, rel=0.01)
    assert value(found, "sd1_ms") == pytest.approx(80 / np.sqrt(2), rel=0.01)
    assert value(found, "sd2_ms") == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("kind", ["", "lomb_"])
def test_a_sine_gives_half_its_squared_amplitude_to_its_band(kind):
    found = variability_of(modulated(400, (0.1, 40), (0.25, 20))).of((0, 300))
    assert value(found, f"{kind}lf_ms2") == pytest.approx(800, rel=0.05)
    assert value(found, f"{kind}hf_ms2") == pytest.approx(200, rel=0.1)
    assert value(found, f"{kind}lf_hf") == pytest.approx(4, rel=0.12)
    assert value(found, f"{kind}vlf_ms2") < 8


def test_normalised_units_add_up():
    found = variability_of(sinus(400)).of((0, 300))
    assert value(found, "lf_nu") + value(found, "hf_nu") == pytest.approx(100)
    bands = [value(found, f"{band}_ms2") for band in ("vlf", "lf", "hf")]
    assert value(found, "total_power_ms2") == pytest.approx(sum(bands))


def test_ultra_low_frequencies_are_those_of_a_day():
    rr_ms = modulated(19 * 3600, (1 / 3600, 50), (0.1, 30))
    found = variability_of(rr_ms).whole
    assert value(found, "ulf_ms2") == pytest.approx(1250, rel=0.05)
    assert value(found, "lf_ms2") == pytest.approx(450, rel=0.05)
    assert value(found, "total_power_ms2") == pytest.approx(1700, rel=0.05)
    # Averages of five minutes follow the slow wave, deviations within them the fast one.
    assert value(found, "sdann_ms") == pytest.approx(50 / np.sqrt(2), rel=0.03)
    assert value(found, "sdnn_index_ms") == pytest.approx(30 / np.sqrt(2), rel=0.05)


def test_sdann_and_index_are_those_of_steps():
    levels = np.array([750, 1000] * 114)
    rr_ms = np.concatenate([np.tile([level - 10, level + 10], round(150_000 / level)) for level in levels])
    found = variability_of(rr_ms).whole
    assert value(found, "sdann_ms") == pytest.approx(np.std(levels, ddof=1), rel=0.01)
    assert value(found, "sdnn_index_ms") == pytest.approx(10, rel=0.1)


def test_triangular_histogram():
    counts = [*range(1, 11), *range(9, 0, -1)]
    nn_ms = np.repeat((100 + np.arange(len(counts)) + 0.5) * BIN_MS, counts)
    assert triangular_index(nn_ms) == pytest.approx(sum(counts) / 10)
    assert tinn_ms(nn_ms) == pytest.approx(20 * BIN_MS)


def test_tinn_does_not_see_stray_intervals():
    counts = [*range(1, 11), *range(9, 0, -1)]
    nn_ms = np.repeat((100 + np.arange(len(counts)) + 0.5) * BIN_MS, counts)
    assert tinn_ms(np.append(nn_ms, 1500.0)) == pytest.approx(20 * BIN_MS)


def test_scaling_exponents_of_noise_and_of_a_walk():
    noise = np.random.default_rng(4).normal(0, 20, 20_000)
    assert scaling_exponent(800 + noise, SHORT_SCALES) == pytest.approx(0.5, abs=0.1)
    assert scaling_exponent(800 + np.cumsum(noise), SHORT_SCALES) == pytest.approx(1.5, abs=0.1)


def test_entropy_is_higher_in_noise_than_in_a_wave():
    random = np.random.default_rng(2)
    noise = variability_of(np.round(800 + random.normal(0, 30, 450))).of((0, 300))
    wave = variability_of(modulated(400, (0.1, 40))).of((0, 300))
    assert value(noise, "sample_entropy") > 1.8
    assert value(wave, "sample_entropy") < 0.6


def test_deceleration_capacity_of_a_saw():
    # Ten rises of 10 ms, then back: anchors see 2 x 10 ms between the pairs before and after, but for the turns.
    rr_ms = np.concatenate([[*np.arange(800, 900, 10), 900, *np.arange(890, 800, -10)]] * 60)
    follows = np.ones(len(rr_ms), bool)
    follows[0] = False
    anchors = [i for i in range(2, len(rr_ms) - 1) if rr_ms[i] > rr_ms[i - 1]]
    by_hand = np.mean([(rr_ms[i] + rr_ms[i + 1] - rr_ms[i - 1] - rr_ms[i - 2]) / 4 for i in anchors])
    assert deceleration_capacity_ms(rr_ms.astype(float), follows) == pytest.approx(by_hand)
    assert 8 < by_hand < 10


def test_deceleration_capacity_leaves_out_jumps():
    rr_ms = np.tile([800.0, 800.0, 900.0, 900.0], 100)
    follows = np.ones(len(rr_ms), bool)
    assert deceleration_capacity_ms(rr_ms, follows) is None


def turbulent(n_beats, early_ms=480, pause_ms=1120):
    """V beats among N at 800 ms: two intervals of 760 ms follow, then a rise of 8 ms per interval over five."""
    after = [760, 760, *[760 + 8 * step for step in range(1, 6)], *[800] * 13]
    rr_ms = [800] * 20 + [early_ms, pause_ms, *after, *[800] * 10] * n_beats
    labels = ["N"] * 21 + (["V", "N"] + ["N"] * (len(after) + 10)) * n_beats
    return variability_of(rr_ms, labels=labels)


def test_turbulence_onset_and_slope():
    found = turbulent(6).turbulence
    assert (found.n_beats, found.n_ventricular) == (6, 6)
    assert found.onset_percent == pytest.approx(100 * (2 * 760 - 2 * 800) / (2 * 800))
    assert found.slope_ms == pytest.approx(8, rel=0.05)
    assert found.category == 0


def test_turbulence_needs_five_beats():
    found = turbulent(4).turbulence
    assert (found.onset_percent, found.slope_ms, found.category) == (None, None, None)
    assert found.reason == "4 of 4 ventricular beats can be used, 5 are needed"


def test_turbulence_leaves_out_beats_that_are_not_premature():
    assert turbulent(6, early_ms=700).turbulence.n_beats == 0
    assert turbulent(6, pause_ms=900).turbulence.n_beats == 0


def test_spectrum_keeps_the_variance():
    given = variability_of(sinus(3600)).intervals
    found = tachogram(given)
    spectrum = periodogram(found.nn_ms)
    total = np.trapezoid(spectrum.density, spectrum.frequency_hz)
    assert total == pytest.approx(np.var(found.nn_ms), rel=1e-3)


def test_beats_lie_on_samples():
    assert np.allclose(beats_of([800.1, 799.9]).rr_s, [0.8001, 0.7999])


def test_a_single_interval_beside_a_long_gap_does_not_bend_it():
    rr_ms = np.round(sinus(3 * 3600))
    times = np.cumsum(rr_ms) / 1000
    labels = np.full(len(rr_ms) + 1, "N")
    labels[1:][(times > 3600) & (times < 5400)] = "V"
    last = np.flatnonzero(times <= 3600)[-1]
    bent = rr_ms.copy()
    bent[last] *= 1.3
    values = [tachogram(variability_of(each, labels=labels).intervals).nn_ms for each in (rr_ms, bent)]
    assert np.var(values[1]) == pytest.approx(np.var(values[0]), rel=0.05)
