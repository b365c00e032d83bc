"""Detection in pieces leaves no trace of the pieces."""

import numpy as np
import pytest
from gaussian_ecg import gaussian_ecg, pairs_within, peaks

from ecg_core.detection import Detection, detect_beats, detect_recording
from ecg_core.detection import streaming as module
from ecg_core.recording import Recording, from_array
from ecg_core.signal import assess_quality

pytestmark = pytest.mark.slow

FS_HZ = 250.0


@pytest.fixture(scope="module")
def quarter() -> Recording:
    """Eleven minutes and a bit with ventricular beats, a lead-off and noise, on two leads."""
    duration_s = 671.3
    truth_s = peaks(duration_s)
    broad = tuple(range(5, 900, 13))
    leads = [gaussian_ecg(truth_s, FS_HZ, duration_s, broad=broad, seed=seed, noise_mv=0.03) for seed in (1, 2)]
    leads[0][290 * 250 : 320 * 250] = np.nan
    leads[1][295 * 250 : 310 * 250] = 0
    leads[1][500 * 250 : 540 * 250] += np.random.default_rng(4).normal(size=(40 * 250, 1)) * 0.3
    return from_array(np.hstack(leads), FS_HZ)


@pytest.fixture(scope="module")
def found(quarter: Recording) -> Detection:
    return detect_recording(quarter)


def test_pieces_give_what_the_whole_gives(quarter: Recording, found: Detection) -> None:
    assert np.array_equal(found.sample, detect_beats(quarter.read(), FS_HZ))
    of_signal = assess_quality(quarter.read(), FS_HZ)
    lowered = np.flatnonzero((found.quality != of_signal).any(axis=1))
    assert (found.quality <= of_signal).all()
    assert set(lowered) <= set(range(289, 321))  # the first lead is absent there, the second flat for a part


@pytest.mark.parametrize("piece_s", [60, 97, 211])
def test_size_of_the_pieces_does_not_matter(
    quarter: Recording, found: Detection, piece_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PIECE_S", piece_s)
    again = detect_recording(quarter)
    assert np.array_equal(again.sample, found.sample)
    assert np.array_equal(again.quality, found.quality)


@pytest.mark.parametrize("cut", [40_000, 75_001, 120_123])
def test_recording_cut_in_two_has_the_same_beats(quarter: Recording, found: Detection, cut: int) -> None:
    signal = quarter.read()
    parts = [
        detect_recording(from_array(signal[:cut], FS_HZ)).sample,
        detect_recording(from_array(signal[cut:], FS_HZ)).sample + cut,
    ]
    joined = np.concatenate(parts)
    away = np.abs(joined - cut) > 250
    assert pairs_within(joined[away], found.sample[np.abs(found.sample - cut) > 250], 1)


def test_progress_rises_to_one(quarter: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE_S", 300)
    told: list[float] = []
    detect_recording(quarter, progress=told.append)
    assert told == sorted(told)
    assert len(told) == 3
    assert told[-1] == 1


def test_leads_are_chosen_by_name_and_number(quarter: Recording) -> None:
    by_name = detect_recording(quarter, leads=["lead 2"])
    assert by_name.quality.shape == (672, 1)
    assert np.array_equal(by_name.sample, detect_recording(quarter, leads=[1]).sample)


def test_no_beats_where_no_lead_is_readable(found: Detection) -> None:
    assert not np.any((found.sample > 295.3 * 250) & (found.sample < 309.7 * 250))
    assert np.any((found.sample > 311 * 250) & (found.sample < 319 * 250))


def test_empty_recording() -> None:
    empty = detect_recording(from_array(np.empty((0, 2)), FS_HZ))
    assert len(empty.sample) == 0
    assert empty.quality.shape == (0, 2)
