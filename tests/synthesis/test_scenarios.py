"""The scenarios show what they say, as a cardiologist would check it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.signal import lombscargle, welch

from ecg_core.synthesis import Ectopy, Pause, Scenario, Synthetic, generate, scenarios
from ecg_core.synthesis.modulation import Modulation


def beats_in(recording: Synthetic, start_s: float, stop_s: float, symbols: str = "NAVF") -> np.ndarray:
    sample, symbol = recording.annotations.beats()
    time_s = sample / recording.fs_hz
    return sample[(time_s >= start_s) & (time_s < stop_s) & np.isin(symbol, list(symbols))]


def median_beat(
    signal_mv: npt.NDArray[np.float32], samples: np.ndarray, fs_hz: float, before_s: float, after_s: float
) -> np.ndarray:
    before, after = round(before_s * fs_hz), round(after_s * fs_hz)
    inside = samples[(samples >= before) & (samples + after < len(signal_mv))]
    return np.median([signal_mv[sample - before : sample + after] for sample in inside], axis=0)


def qrs_duration_s(recording: Synthetic, samples: np.ndarray) -> float:
    """How long the spatial velocity of the median beat stays above a tenth of a steep normal slope."""
    beat = median_beat(recording.clean, samples, recording.fs_hz, 0.1, 0.15)
    velocity_mv_s = np.linalg.norm(np.diff(beat, axis=0), axis=1) * recording.fs_hz
    steep = np.flatnonzero(velocity_mv_s > 8.0)
    return float(steep[-1] - steep[0] + 1) / recording.fs_hz


def isolated(event: Ectopy | Pause) -> tuple[Scenario, np.ndarray, np.ndarray]:
    scenario = Scenario("isolated", "One event", events=(event,))
    recording = generate(scenario, 20, 1)
    sample, symbol = recording.annotations.beats()
    return scenario, sample / recording.fs_hz, symbol


def test_six_demos_of_five_minutes_and_a_day() -> None:
    every = scenarios()
    demos = [scenario for name, scenario in every.items() if name.startswith("demo_")]
    assert sum(scenario.duration_s == 300 for scenario in demos) == 6
    assert every["holter_day"].duration_s == 86400
    assert all(name == scenario.name for name, scenario in every.items())
    assert all(scenario.description for scenario in every.values())


def test_the_pause_after_a_ventricular_beat_is_fully_compensatory() -> None:
    _, time_s, symbol = isolated(Ectopy(10))
    at = int(np.flatnonzero(symbol == "V")[0])
    regular_s = np.diff(time_s[at - 6 : at]).mean()
    assert time_s[at] - time_s[at - 1] < 0.75 * regular_s
    assert time_s[at + 1] - time_s[at - 1] == pytest.approx(2 * regular_s, rel=0.07)


def test_the_pause_after_an_atrial_beat_is_less_than_compensatory() -> None:
    _, time_s, symbol = isolated(Ectopy(10, kind="A"))
    at = int(np.flatnonzero(symbol == "A")[0])
    regular_s = np.diff(time_s[at - 6 : at]).mean()
    assert time_s[at] - time_s[at - 1] < 0.75 * regular_s
    assert 1.5 * regular_s < time_s[at + 1] - time_s[at - 1] < 1.9 * regular_s


def test_a_sinus_pause_has_the_length_asked_for() -> None:
    _, time_s, symbol = isolated(Pause(10, 3.3))
    assert np.diff(time_s).max() == pytest.approx(3.3, abs=0.01)
    assert set(symbol) == {"N"}


def test_ventricular_beats_are_wide_without_p_and_with_discordant_t() -> None:
    recording = generate(scenarios()["demo_pvc"])
    fs_hz, time_span = recording.fs_hz, (0, 80)
    normal, ectopic = (beats_in(recording, *time_span, symbols=s) for s in "NV")
    assert qrs_duration_s(recording, normal) < 0.11
    assert qrs_duration_s(recording, ectopic) > 0.12
    for focus in (ectopic[:2], ectopic[2:3]):
        beat = median_beat(recording.clean, focus, fs_hz, 0.3, 0.5)
        r_index = round(0.3 * fs_hz)
        t_wave = beat[r_index + round(0.18 * fs_hz) : r_index + round(0.36 * fs_hz)].mean(axis=0)
        assert (np.sign(t_wave) == -np.sign(beat[r_index])).all()
    lead_p = median_beat(recording.clean[:, 0], normal, fs_hz, 0.25, 0.1)[: round(0.15 * fs_hz)]
    assert lead_p.max() > 0.1


def test_the_two_ventricular_foci_have_opposite_axes() -> None:
    recording = generate(scenarios()["demo_pvc"], 60)
    upright, _, inverted = beats_in(recording, 0, 60, symbols="V")
    assert recording.clean[upright, 0] > 1
    assert recording.clean[inverted, 0] < -1
    assert recording.clean[upright, 1] < -0.5
    assert recording.clean[inverted, 1] > 0.5


def test_the_atrial_p_is_inverted_and_the_qrs_as_narrow_as_normal() -> None:
    recording = generate(scenarios()["demo_pac"], 110)
    normal, ectopic = (beats_in(recording, 0, 110, symbols=s) for s in "NA")
    assert qrs_duration_s(recording, ectopic) == pytest.approx(qrs_duration_s(recording, normal), abs=0.012)
    at_p = slice(0, round(0.08 * 360))
    sinus, early = (median_beat(recording.clean[:, 0], beats, 360, 0.17, 0.1) for beats in (normal, ectopic))
    assert sinus[at_p].max() > 0.1
    assert np.ptp(early[at_p]) > 0.05
    assert early[at_p].min() < sinus[at_p].min() - 0.03


def test_rhythms_of_the_ventricular_demo_are_noted_in_order() -> None:
    recording = generate(scenarios()["demo_pvc"])
    names = [name for _, name in recording.annotations.rhythms()]
    assert names == ["N", "B", "N", "VT", "N", "T", "N"]
    _, symbol = recording.annotations.beats()
    text = "".join(symbol)
    assert "NVVVVVN" in text
    assert "NVVN" in text
    assert "VN" * 11 in text
    assert "F" in text
    starts = {name: sample for sample, name in reversed(recording.annotations.rhythms())}
    run = beats_in(recording, 170, 178, "V")
    assert starts["VT"] < run[0]


def test_rates_of_the_slow_and_fast_demo() -> None:
    recording = generate(scenarios()["demo_brady_pause_tachy"])
    slow, fast = (np.diff(beats_in(recording, *span)) / 360 for span in ((70, 120), (225, 262)))
    assert 60 / slow.mean() == pytest.approx(42, abs=1.5)
    assert 60 / fast.mean() == pytest.approx(140, abs=4)
    assert slow.std() > 4 * fast.std()
    assert [name for _, name in recording.annotations.rhythms()] == ["N", "SBR", "N"]


def test_qt_shortens_with_rate() -> None:
    recording = generate(scenarios()["demo_brady_pause_tachy"])

    def t_peak_s(start_s: float, stop_s: float) -> float:
        beat = median_beat(recording.clean[:, 0], beats_in(recording, start_s, stop_s), 360, 0, 0.5)
        low = round(0.12 * 360)
        return (low + beat[low : round(0.38 * 360)].argmax()) / 360

    slow, middle, fast = t_peak_s(80, 120), t_peak_s(10, 38), t_peak_s(225, 262)
    assert fast < middle < slow
    assert slow / fast == pytest.approx((140 / 42) ** (1 / 3), rel=0.06)


def test_fibrillation_is_irregular_has_no_p_and_fibrillatory_waves() -> None:
    recording = generate(scenarios()["demo_af"])
    sinus, fibrillating = (0.0, 60.0), (66.0, 200.0)
    rr_s = np.diff(beats_in(recording, *fibrillating, "N")) / 360
    assert 0.17 < np.std(rr_s) / np.mean(rr_s) < 0.3
    assert abs(np.corrcoef(rr_s[:-1], rr_s[1:])[0, 1]) < 0.25
    assert 60 / rr_s.mean() == pytest.approx(100, abs=10)

    at_p = slice(0, round(0.09 * 360))
    long_rr = beats_in(recording, *fibrillating, "N")[1:][rr_s > 0.6]
    with_p = median_beat(recording.clean[:, 0], beats_in(recording, *sinus, "N"), 360, 0.2, 0.1)[at_p]
    without = median_beat(recording.clean[:, 0], long_rr, 360, 0.2, 0.1)[at_p]
    assert np.ptp(with_p) > 0.1
    assert np.ptp(without) < 0.02

    def f_power(start_s: float, stop_s: float) -> float:
        span = slice(int(start_s * 360), int(stop_s * 360))
        frequency, power = welch((recording.signal - recording.clean)[span, 1], 360, nperseg=1440)
        return float(power[(frequency >= 4) & (frequency <= 9)].sum() * frequency[1])

    assert f_power(*fibrillating) > 50 * f_power(*sinus)
    assert [name for _, name in recording.annotations.rhythms()][:3] == ["N", "AFIB", "N"]


def test_intervals_breathe_and_have_mayer_waves() -> None:
    recording = generate(scenarios()["demo_sinus"], 900, 2)
    time_s = recording.annotations.beats()[0] / 360
    rr_s = np.diff(time_s)
    assert 60 / rr_s.mean() == pytest.approx(66, abs=2)
    assert 0.015 < rr_s.std() < 0.08
    frequency = np.arange(0.02, 0.5, 0.001)
    power = lombscargle(time_s[1:], rr_s - rr_s.mean(), 2 * np.pi * frequency)
    respiration_hz = Modulation(scenarios()["demo_sinus"], 2).respiration_hz
    high, low = (frequency > 0.17) & (frequency < 0.4), (frequency > 0.06) & (frequency < 0.14)
    between = (frequency > 0.14) & (frequency < 0.17)
    assert abs(frequency[high][power[high].argmax()] - respiration_hz) < 0.02
    assert power[low].max() > 5 * power[between].mean()
    assert 0.2 < power[low].sum() / power[high].sum() < 1.2


def test_r_waves_breathe() -> None:
    recording = generate(scenarios()["demo_sinus"])
    sample = recording.annotations.beats()[0]
    breath = Modulation(recording.scenario, recording.seed).respiration(sample / 360)
    assert abs(np.corrcoef(recording.clean[sample, 0], breath)[0, 1]) > 0.4
    assert 0.02 < np.std(recording.clean[sample, 0]) / np.mean(recording.clean[sample, 0]) < 0.15


def test_the_day_is_slower_at_night() -> None:
    scenario = scenarios()["holter_day"]
    modulation = Modulation(scenario, 1)
    clock_h = {3: 18, 15: 6}
    rate = {
        hour: np.mean([modulation.circadian_bpm(60 * minute + 3600 * (after - 1)) for minute in range(120)])
        for hour, after in clock_h.items()
    }
    assert rate[15] - rate[3] > 15
