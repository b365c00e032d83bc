"""Runs of V by classes alone in a signal taken for noise are possible VT, first but one in the list."""

from __future__ import annotations

import numpy as np
import pytest
from beats_for_tests import FS_HZ, grid, length, table

from ecg_core.rhythm.episodes import episodes_of
from ecg_core.rhythm.intervals import intervals
from ecg_core.rhythm.rhythm_classes import RHYTHM_CLASSES
from ecg_core.rhythm.runs_in_noise import RhythmDoubt

BEATS = table([0.8] * 10 + [0.4] * 3 + [0.8] * 10, "N" * 11 + "VVV" + "N" * 10)


def found(grades: tuple[int, ...] = (2, 2), **share: float) -> list[str]:
    n_seconds = int(np.ceil(length(BEATS) / FS_HZ))
    probabilities = np.zeros((n_seconds, len(RHYTHM_CLASSES)), dtype=np.float32)
    for name, value in share.items():
        probabilities[:, RHYTHM_CLASSES.index(name)] = value
    probabilities[:, 0] = 1 - probabilities[:, 1:].sum(axis=1)
    doubt = RhythmDoubt.of(probabilities, np.tile(np.uint8(grades), (n_seconds, 1)))
    listed = episodes_of(intervals(BEATS, FS_HZ, grid(BEATS)), FS_HZ, length(BEATS), doubt=doubt)
    rows = listed[listed["kind"].isin(["VT", "POSSIBLE_VT"])]
    return [f"{row.kind}: {row.reason}" for row in rows.itertuples()]


def test_a_run_in_noise_is_possible_and_its_reason_says_why() -> None:
    (told,) = found(NOISE=0.34)
    assert told.startswith("POSSIBLE_VT: 3 V at 150 bpm")
    assert told.endswith("rhythm model 34% noise")


@pytest.mark.parametrize(
    "share", [{}, {"NOISE": 0.04}, {"NOISE": 0.3, "VT": 0.28, "VF": 0.03}, {"NOISE": 0.05, "VT": 0.06}]
)
def test_a_run_without_noise_or_that_the_model_bears_out_is_named(share: dict[str, float]) -> None:
    (told,) = found(**share)
    assert told.startswith("VT: 3 V at 150 bpm")
    assert "noise" not in told


@pytest.mark.parametrize("grades", [(0,), (1, 0), (1, 0, 0)])
def test_a_run_in_hardly_readable_leads_is_possible_unless_the_model_sees_a_ventricular_rhythm(
    grades: tuple[int, ...],
) -> None:
    (told,) = found(grades, VT=0.04)
    assert told.startswith("POSSIBLE_VT: 3 V at 150 bpm")
    assert told.endswith("leads hardly readable and rhythm model 4% VT or VF")
    (told,) = found(grades, VT=0.2)
    assert told.startswith("VT: 3 V at 150 bpm")


@pytest.mark.parametrize("grades", [(1,), (2, 0), (1, 1), (2, 0, 0), (0, 1, 1, 0)])
def test_a_run_in_one_good_or_two_usable_leads_is_named(grades: tuple[int, ...]) -> None:
    (told,) = found(grades)
    assert told.startswith("VT: 3 V at 150 bpm")
