"""The order of recordings by their worst finding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ecg_core.analysis import Analysis, with_beats
from ecg_core.beats import CLASSES, beat_table, set_probabilities
from ecg_core.recording import from_array
from ecg_core.rhythm import URGENCY
from ecg_core.screening.urgency import LOOK_NOW, Worst, worst_of

FS_HZ = 250.0


def with_episodes(*episodes: tuple[str, float, float]) -> Analysis:
    """Return the analysis of 60 s of normal beats, with kinds of episodes between two times in seconds."""
    recording = from_array(np.zeros((int(60 * FS_HZ), 1)), FS_HZ)
    beats = beat_table([int(at * FS_HZ) for at in np.arange(0.4, 59.8, 0.8)], FS_HZ)
    beats = set_probabilities(beats, np.tile(np.eye(len(CLASSES))[CLASSES.index("N")], (len(beats), 1)))
    analysis = with_beats(recording, beats, np.full((60, 1), 2, np.uint8), {"model": "m", "model_sha256": "0"})
    columns = ("kind", "start_sample", "stop_sample", "source", "reason")
    rows = [(kind, int(start * FS_HZ), int(stop * FS_HZ), "signal", "") for kind, start, stop in episodes]
    stated = pd.DataFrame(rows, columns=list(columns)).reindex(columns=analysis.episodes.columns)
    return replace(analysis, episodes=stated)


def worst(*episodes: tuple[str, float, float]) -> Worst:
    return worst_of(with_episodes(*episodes), FS_HZ, None)


@pytest.mark.parametrize("certain", ["VF", "ASYSTOLE", "VT", "AVB3", "CAPTURE"])
def test_what_may_be_noise_stands_behind_every_certain_finding_of_its_tier(certain: str) -> None:
    """However long it lasts: among alarms of intensive care, 2 of 62 such recordings had one."""
    possible, found = worst(("POSSIBLE_VT", 0, 50)), worst((certain, 20, 23))
    assert (possible.tier, found.tier) == (LOOK_NOW, LOOK_NOW)
    assert found.urgency < possible.urgency
    both = worst(("POSSIBLE_VT", 0, 50), (certain, 20, 23))
    assert (both.kind, both.start_s) == (certain, 20)


def test_what_may_be_vf_stands_above_every_finding_of_a_later_tier() -> None:
    assert worst(("POSSIBLE_VT", 0, 5), ("AFIB", 5, 60), ("PAUSE", 5, 9)).kind == "POSSIBLE_VT"


@pytest.mark.parametrize("kind", URGENCY)
def test_of_one_kind_the_longer_comes_first(kind: str) -> None:
    assert worst((kind, 10, 40)).urgency < worst((kind, 10, 12)).urgency
