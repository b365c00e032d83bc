"""RR error as bxb's, heart rate error as mxm's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.evaluation.errors import ErrorSums, interval_errors, rate_errors
from ecg_core.evaluation.matching import match_beats

FS_HZ = 1000.0
WINDOW = 150


def rr(reference: list[int], test: list[int], **options: object) -> ErrorSums:
    ref, tst = np.array(reference, dtype=np.int64), np.array(test, dtype=np.int64)
    return interval_errors(ref, tst, match_beats(ref, tst, WINDOW), FS_HZ, **options)  # type: ignore[arg-type]


def walked(reference: list[int], test: list[int]) -> list[tuple[int, int]]:
    """Walk through both lists as bxb's main loop does; return the pairs of valid RR intervals in samples."""
    never = 1 << 60
    ref, tst = [*reference, never, never], [*test, never, never]
    i = j = 0
    found = []
    match = match_beats(reference, test, WINDOW)
    partner = dict(zip(match.reference.tolist(), match.test.tolist(), strict=True))
    while i < len(reference) or j < len(test):
        if 0 < i < len(reference) and 0 < j < len(test):
            found.append((ref[i] - ref[i - 1], tst[j] - tst[j - 1]))
        if i < len(reference) and partner.get(i) == j:
            i, j = i + 1, j + 1
        elif tst[j] < ref[i]:
            j += 1
        else:
            i += 1
    return found


def test_rr_error_is_the_difference_of_intervals_in_seconds() -> None:
    sums = rr([1000, 2000, 3000, 4000], [1000, 2010, 3000, 4000])
    assert sums.n == 3
    assert sums.mean == pytest.approx((0.010 - 0.010 + 0) / 3)
    assert sums.rms == pytest.approx(np.sqrt(2 * 0.010**2 / 3))
    assert sums.normalised_rms == pytest.approx(np.sqrt(2 * 0.010**2 / 3) / 1.0)


def test_constant_delay_of_the_detector_is_no_rr_error() -> None:
    sums = rr([1000, 2000, 3500, 4000], [1050, 2050, 3550, 4050])
    assert (sums.n, sums.rms) == (3, 0.0)


def test_missed_beat_costs_its_interval_as_in_bxb() -> None:
    # At the missed beat bxb compares 2000-1000 with 3000-1000, and at the pair after it 3000-2000 with the same.
    sums = rr([1000, 2000, 3000, 4000], [1000, 3000, 4000])
    assert (sums.n, sums.error, sums.squared_error) == (3, 2.0, 2.0)


def test_extra_beat_costs_both_its_intervals() -> None:
    sums = rr([1000, 2000, 3000], [1000, 1500, 2000, 3000])
    assert (sums.n, sums.error, sums.squared_error) == (3, -1.0, 0.5)


def test_interval_across_the_start_of_flutter_is_left_out() -> None:
    assert rr([1000, 2000, 9000, 10000], [1000, 2000, 9100, 10000]).n == 3
    assert rr([1000, 2000, 9000, 10000], [1000, 2000, 9100, 10000], reference_gaps=((2500, 8500),)).n == 2
    assert rr([1000, 2000, 9000, 10000], [1000, 2000, 9100, 10000], test_gaps=((2500, 8500),)).n == 2


def test_learning_period_lends_its_last_beat_to_the_first_interval() -> None:
    reference = np.array([1000, 2000, 3000, 4000])
    test = reference + np.array([0, 20, 0, 0])
    match = match_beats(reference[2:], test[2:], WINDOW)
    sums = interval_errors(reference, test, match, FS_HZ, first_reference=2, first_test=2)
    assert (sums.n, sums.error) == (2, pytest.approx(-0.020))


beats = st.lists(st.integers(1, 6000), max_size=25, unique=True).map(sorted)


@given(beats, beats)
def test_rr_errors_are_those_of_bxb_s_walk(reference: list[int], test: list[int]) -> None:
    expected = walked(reference, test)
    sums = rr(reference, test)
    assert sums.n == len(expected)
    assert sums.squared_error == pytest.approx(sum(((b - a) / FS_HZ) ** 2 for a, b in expected))
    assert sums.reference == pytest.approx(sum(a for a, _ in expected) / FS_HZ)


def test_heart_rate_error_is_normalised_by_the_mean_reference_rate() -> None:
    reference = np.arange(0, 60_000, 1000)
    test = np.arange(0, 60_000, 750)
    sums = rate_errors(reference, test, FS_HZ)
    assert sums.mean == pytest.approx(20.0)
    assert sums.rms == pytest.approx(20.0)
    assert sums.mean_reference == pytest.approx(60.0)
    assert sums.normalised_rms == pytest.approx(1 / 3)
    assert sums.n == len(test) - 8


def test_heart_rate_of_perfect_detection_has_no_error() -> None:
    beats_at = np.cumsum(np.random.default_rng(1).integers(500, 1200, 200))
    assert rate_errors(beats_at, beats_at, FS_HZ).rms == 0.0
    assert rate_errors(beats_at, beats_at + 30, FS_HZ).rms == pytest.approx(0.0)


def test_test_measurement_is_compared_with_the_nearest_in_time() -> None:
    slow, fast = np.arange(0, 20_000, 1000), np.arange(20_000, 40_000, 500)
    reference = np.concatenate([slow, fast])
    # Measurements at 19 s end the slow part; one at 19.4 s is nearer to it than to that at 20 s.
    test = np.concatenate([np.arange(11_400, 19_401, 1000)])
    sums = rate_errors(reference, test, FS_HZ)
    assert (sums.n, sums.mean, sums.mean_reference) == (1, 0.0, pytest.approx(60.0))


def test_measurements_of_the_learning_period_and_of_flutter_are_left_out() -> None:
    reference = np.arange(0, 100_000, 1000)
    assert rate_errors(reference, reference, FS_HZ, start=50_000).n == 50
    assert rate_errors(reference, reference, FS_HZ, gaps=((50_500, 50_600),)).n == 92 - 8


def test_too_few_beats_give_no_heart_rate() -> None:
    sums = rate_errors(np.arange(8) * 1000, np.arange(50) * 1000, FS_HZ)
    assert sums.values() == {"mean": None, "rms": None, "normalised_rms": None, "mean_reference": None}


def test_sums_add_up() -> None:
    total = ErrorSums(1, 2.0, 4.0, 60.0) + ErrorSums(3, -2.0, 12.0, 180.0)
    assert (total.mean, total.rms, total.mean_reference) == (0.0, 2.0, 60.0)
