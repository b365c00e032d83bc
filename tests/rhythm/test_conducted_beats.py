"""Beats conducted in second-degree AV block are not premature, whatever the pauses make of their intervals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from beats_for_tests import FS_HZ, grid, length, table

from ecg_core.analysis import analyse
from ecg_core.classification.loading import load_beat_classifier
from ecg_core.formats import open_recording
from ecg_core.rhythm import Span
from ecg_core.rhythm.conducted_beats import conducted_in_block
from ecg_core.rhythm.episodes import episodes_of
from ecg_core.rhythm.intervals import intervals

pytestmark = pytest.mark.slow

PERIODS = [0.95, 0.88, 1.75] * 6


def told(rr_s: list[float], labels: str, spans: list[Span] | None = None) -> str:
    """The labels with a small letter for each beat that is conducted in block."""
    conducted = conducted_in_block(intervals(table(rr_s, labels), FS_HZ), spans or [])
    return "".join(label.lower() if inside else label for label, inside in zip(labels, conducted, strict=True))


def test_beats_of_wenckebachs_periods_are_conducted_and_those_around_are_not_touched() -> None:
    found = told([0.8] * 6 + PERIODS + [0.8] * 6, "N" * 6 + "NSS" * 6 + "N" * 7)
    assert "nssnssnssnss" in found
    assert found.startswith("NNNN")
    assert found.endswith("NNNNNN")


def test_a_premature_beat_between_dropped_ones_stays_premature() -> None:
    rr_s = [0.8] * 4 + [1.6] + [0.8] * 3 + [0.55, 0.95] + [0.8] * 2 + [1.6] + [0.8] * 4
    beats = table(rr_s)["sample"].to_numpy()
    block = Span(int(beats[4]), int(beats[13]) + 1, "AVB2", "", "signal")
    found = told(rr_s, "NNNNNNSNNSNNNNNNNN", [block])
    assert found == "NNNNnnsnnSnnnnNNNN"
    assert told(rr_s, "NNNNNNSNNSNNNNNNNN") == "NNNNNNSNNSNNNNNNNN"


@pytest.mark.parametrize("n_pauses", [1, 2])
def test_a_single_dropped_beat_in_fibrillation_is_no_av_block(n_pauses: int) -> None:
    rng = np.random.default_rng(4)
    rr_s = (0.75 * np.exp(0.22 * rng.standard_normal(120))).tolist()
    beats = table(rr_s, "N" * 121)
    sample = beats["sample"].to_numpy()
    block = Span(int(sample[60]), int(sample[60 + n_pauses]) + 1, "AVB2", "", "signal")
    kinds = episodes_of(intervals(beats, FS_HZ, grid(beats)), FS_HZ, length(beats), spans=[block])["kind"].tolist()
    assert "AFIB" in kinds
    assert ("AVB2" in kinds) == (n_pauses > 1)


def test_the_case_of_wenckebach_holds_no_premature_beats_but_those_before_its_first_pause(ecg_data: Path) -> None:
    path = ecg_data.parent / "cases" / "rhythm" / "e_wenckebach.csv"
    if not path.is_file():
        pytest.skip("needs cases/rhythm beside ECG_DATA")
    analysis = analyse(open_recording(path), load_beat_classifier(), group=False)
    assert (analysis.beats["label"] == "S").sum() <= 1
    assert (analysis.beats["label"] == "N").sum() >= 150
    kinds = set(analysis.episodes["kind"])
    assert "AVB2" in kinds
    assert "PAIR_S" not in kinds
