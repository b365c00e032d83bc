"""Heart-rate variability beside NeuroKit2 and hrv-analysis on the same intervals.

Where definitions differ, the difference is stated at the test, and ours is computed with the library's settings.
"""

from importlib import import_module

import numpy as np
import pytest
from hrv_for_tests import sinus, variability_of
from scipy import signal

from ecg_core.rhythm.hrv import nonlinear
from ecg_core.rhythm.hrv.spectrum import Spectrum, lomb_scargle, tachogram

hrvanalysis = pytest.importorskip("hrvanalysis")
neurokit2 = pytest.importorskip("neurokit2")


@pytest.fixture(scope="module")
def five_minutes():
    """Our measures of five minutes, and the intervals in ms."""
    rr_ms = sinus(310)
    return variability_of(rr_ms).of((0, 300)), rr_ms[np.cumsum(rr_ms) <= 300_000]


@pytest.fixture(scope="module")
def day():
    """Our measures of a day, and the intervals in ms."""
    rr_ms = sinus(24 * 3600)
    return variability_of(rr_ms).whole, rr_ms


@pytest.mark.parametrize("length", ["five_minutes", "day"])
def test_time_domain_as_hrv_analysis(length, request):
    ours, rr_ms = request.getfixturevalue(length)
    theirs = hrvanalysis.get_time_domain_features(rr_ms.tolist())
    for name, key in {
        "mean_nn_ms": "mean_nni",
        "sdnn_ms": "sdnn",
        "rmssd_ms": "rmssd",
        "nn50": "nni_50",
        "pnn50_percent": "pnni_50",
    }.items():
        assert ours.measures[name].value == pytest.approx(theirs[key], rel=1e-9), name
    # hrv-analysis divides the squares of SDSD by n, we by n - 1 as for SDNN.
    n = len(rr_ms) - 1
    assert ours.measures["sdsd_ms"].value == pytest.approx(theirs["sdsd"] * np.sqrt(n / (n - 1)), rel=1e-9)


def test_time_domain_as_neurokit2(day):
    ours, rr_ms = day
    peaks = {"RRI": rr_ms, "RRI_Time": np.cumsum(rr_ms) / 1000}
    theirs = neurokit2.hrv_time(peaks).iloc[0]
    for name, key in {"mean_nn_ms": "MeanNN", "sdnn_ms": "SDNN", "rmssd_ms": "RMSSD", "sdsd_ms": "SDSD"}.items():
        assert ours.measures[name].value == pytest.approx(theirs[f"HRV_{key}"], rel=1e-9), name
    assert ours.measures["triangular_index"].value == pytest.approx(theirs["HRV_HTI"], rel=1e-6)
    # NeuroKit2 divides NN50 by the intervals; the Task Force and we by the differences, one fewer.
    assert ours.measures["pnn50_percent"].value == pytest.approx(
        theirs["HRV_pNN50"] * len(rr_ms) / (len(rr_ms) - 1), rel=1e-9
    )
    # NeuroKit2's windows of five minutes take an interval by its end, ours hold it whole.
    assert ours.measures["sdann_ms"].value == pytest.approx(theirs["HRV_SDANN5"], rel=0.01)
    assert ours.measures["sdnn_index_ms"].value == pytest.approx(theirs["HRV_SDNNI5"], rel=0.01)


def test_poincare_plot_as_both(five_minutes):
    ours, rr_ms = five_minutes
    theirs = hrvanalysis.get_poincare_plot_features(rr_ms.tolist())
    assert ours.measures["sd1_ms"].value == pytest.approx(theirs["sd1"], rel=1e-9)
    # hrv-analysis takes SD2 from SDNN and SDSD, which holds for long series; we take it from the plot.
    assert ours.measures["sd2_ms"].value == pytest.approx(theirs["sd2"], rel=0.005)
    module = import_module("neurokit2.hrv.hrv_nonlinear")
    theirs = module._hrv_nonlinear_poincare(rr_ms)
    assert ours.measures["sd1_ms"].value == pytest.approx(theirs["SD1"], rel=1e-9)
    assert ours.measures["sd2_ms"].value == pytest.approx(theirs["SD2"], rel=1e-9)


def test_sample_entropy_as_both(five_minutes, monkeypatch):
    ours, rr_ms = five_minutes
    theirs, _ = neurokit2.entropy_sample(rr_ms, dimension=2, delay=1, tolerance=0.2 * np.std(rr_ms, ddof=1))
    assert ours.measures["sample_entropy"].value == pytest.approx(theirs, rel=1e-9)
    # hrv-analysis leaves the tolerance to nolds, which scales it with the length of the pattern.
    import nolds

    tolerance = 0.1164 * np.std(rr_ms, ddof=1) * (0.5627 * np.log(2) + 1.3334)
    monkeypatch.setattr(nonlinear, "TOLERANCE", tolerance / np.std(rr_ms, ddof=1))
    follows = np.ones(len(rr_ms), bool)
    assert nonlinear.sample_entropy(rr_ms, follows) == pytest.approx(
        hrvanalysis.get_sampen(rr_ms.tolist())["sampen"], rel=0.01
    )
    assert nonlinear.sample_entropy(rr_ms, follows) == pytest.approx(
        nolds.sampen(rr_ms, emb_dim=2, tolerance=tolerance, closed=True), rel=1e-9
    )


def test_scaling_exponents_as_neurokit2(day):
    ours, rr_ms = day
    for name, scales in {"dfa_alpha1": nonlinear.SHORT_SCALES, "dfa_alpha2": nonlinear.LONG_SCALES}.items():
        theirs, _ = neurokit2.fractal_dfa(rr_ms, scale=scales, overlap=False, integrate=True, order=1)
        assert ours.measures[name].value == pytest.approx(theirs, rel=1e-3), name


def test_welch_as_hrv_analysis_with_its_settings():
    # A line between the beats, segments of 64 s, no trend but the mean of the whole, half of the bins.
    rr_ms = sinus(301)
    theirs = hrvanalysis.get_frequency_domain_features(rr_ms.tolist(), method="welch", interpolation_method="linear")
    found = tachogram(variability_of(rr_ms).intervals, "linear")
    values = found.nn_ms - found.nn_ms.mean()
    ours = Spectrum(*signal.welch(values, 4, "hann", nperseg=256, nfft=4096))
    for band in ("vlf", "lf", "hf"):
        assert ours.power(band) == pytest.approx(theirs[band], rel=1e-6), band


def test_lomb_scargle_as_hrv_analysis_up_to_its_unit():
    # hrv-analysis integrates Scargle's power over frequency; ours is a density: twice the mean step of time.
    rr_ms = sinus(301)
    theirs = hrvanalysis.get_frequency_domain_features(rr_ms.tolist(), method="lomb")
    end_s = np.cumsum(rr_ms) / 1000
    step_s = (end_s[-1] - end_s[0]) / (len(end_s) - 1)
    frequency = 0.003 + np.arange(int((0.4 - 0.003) * 5 * (end_s[-1] - end_s[0])) + 2) / 5 / (end_s[-1] - end_s[0])
    ours = lomb_scargle(end_s, rr_ms, frequency[frequency < 0.4])
    for band in ("lf", "hf"):
        assert ours.power(band) == pytest.approx(theirs[band] * 2 * step_s, rel=0.01), band
