"""A trace on its way to the screen survives the journey: no peak lost, what is absent stays absent."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from ecg_core.figures.trace_points import ABSENT, quantised, reduced


def wave(duration_s: float = 60.0, fs_hz: float = 250.0, n_leads: int = 2) -> npt.NDArray[np.float32]:
    t = np.arange(round(duration_s * fs_hz)) / fs_hz
    return np.stack([(lead + 1) * np.sin(2 * np.pi * 1.3 * t) for lead in range(n_leads)], axis=1).astype(np.float32)


def back_mv(signal_mv: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    counts, lsb_mv = quantised(signal_mv)
    return np.where(counts == ABSENT, np.nan, counts * np.array(lsb_mv))


def test_samples_arrive_within_half_a_microvolt() -> None:
    np.testing.assert_allclose(back_mv(wave()), wave(), atol=6e-4)


def test_absent_samples_stay_absent_and_only_they() -> None:
    signal = wave()
    signal[2600:2700, 1] = np.nan
    np.testing.assert_array_equal(np.isnan(back_mv(signal)), np.isnan(signal))
    signal[:, 0] = np.nan
    assert np.isnan(back_mv(signal)[:, 0]).all()


def test_amplitudes_beyond_int16_microvolts_keep_their_shape() -> None:
    signal = 400 * wave(n_leads=1)
    assert np.ptp(back_mv(signal)) == pytest.approx(np.ptp(signal), rel=1e-3)


@pytest.mark.parametrize("fs_hz", [1000.0, 2000.0, 977.0])
def test_high_rates_are_reduced_without_losing_a_spike(fs_hz: float) -> None:
    signal = wave(60, fs_hz, 1)
    signal[round(25 * fs_hz)] = 9.0
    points_mv, rate_hz = reduced(signal, fs_hz, 500.0)
    assert rate_hz <= 500
    assert points_mv.max() == 9
    assert points_mv[:, 0].argmax() / rate_hz == pytest.approx(25.0, abs=2 / rate_hz)


def test_a_gap_stays_a_gap_where_points_are_fewer() -> None:
    signal = wave(10, 1000.0, 1)
    signal[3000:4000] = np.nan
    points_mv, rate_hz = reduced(signal, 1000.0, 200.0)
    gone = np.flatnonzero(np.isnan(points_mv[:, 0])) / rate_hz
    assert gone.min() == pytest.approx(3, abs=2 / rate_hz)
    assert gone.max() == pytest.approx(4, abs=3 / rate_hz)


def test_a_rate_that_the_screen_can_show_is_left_alone() -> None:
    points_mv, rate_hz = reduced(wave(), 250.0, 500.0)
    assert rate_hz == 250
    np.testing.assert_array_equal(points_mv, wave())
