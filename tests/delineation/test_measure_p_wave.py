"""The height of a P wave that stands on the T wave before it, as in tachycardia."""

from __future__ import annotations

import numpy as np
import pytest
from st_for_tests import made

from ecg_core.delineation.measure import measure


@pytest.mark.parametrize("rate_bpm", [60, 90, 100, 104, 105])
def test_a_p_wave_on_the_end_of_a_t_wave_is_upright(rate_bpm: float) -> None:
    recording, waves = made(0.5, lambda time: np.zeros(len(time)), rate_bpm=rate_bpm, noise_mv=0)
    found = measure(recording, waves, np.ones(len(waves), dtype=bool)).measurements
    for lead in recording.lead_names:
        height = found.leads[lead]["p_mv"].value
        assert height is not None
        assert height == pytest.approx(0.1, abs=0.04)
