"""Wave boundaries: absent and not assessed are told apart, intervals follow from samples."""

import numpy as np
import pytest

from ecg_core.delineation import ABSENT, BOUNDARIES, Waves
from ecg_core.delineation.waves import no_waves


def _two_beats() -> Waves:
    offset = np.full((2, 1, 9), ABSENT, dtype=np.int16)
    offset[0, 0] = [-90, -80, -60, -20, 0, 25, 60, 110, 150]
    offset[1, 0, 3:6] = [-30, 0, 40]
    return Waves(
        np.array([500, 1000]),
        ("II",),
        offset,
        np.ones((2, 1, 3), dtype=np.float32),
        np.ones((2, 1), dtype=bool),
        offset[:, 0],
    )


def test_samples_are_counted_from_the_start_of_the_recording() -> None:
    waves = _two_beats()
    assert waves.sample_of("p_on", 0)[0] == 410
    assert waves.sample_of("qrs_off")[1] == 1040


def test_an_interval_with_an_absent_wave_has_no_value() -> None:
    pr_ms = _two_beats().interval_ms("p_on", "qrs_on", 500.0)
    assert pr_ms[0] == 140
    assert np.isnan(pr_ms[1])


def test_beats_are_chosen_with_all_their_boundaries() -> None:
    waves = _two_beats().of_beats(np.array([False, True]))
    assert waves.beat.tolist() == [1000]
    assert waves.interval_ms("qrs_on", "qrs_off", 500.0).tolist() == [140]


def test_nothing_is_known_of_waves_that_were_not_assessed() -> None:
    waves = no_waves(np.array([10, 20]), ("I", "II"))
    assert not waves.assessed.any()
    assert all(np.isnan(waves.sample_of(boundary)).all() for boundary in BOUNDARIES)
    assert np.isnan(waves.confidence).all()


def test_shapes_that_do_not_fit_are_refused() -> None:
    waves = _two_beats()
    with pytest.raises(ValueError, match="confidence has shape"):
        Waves(waves.beat, ("I", "II"), np.zeros((2, 2, 9), np.int16), waves.confidence, waves.assessed, waves.common)
