"""Fibrillation as the program itself names it takes S away, and bigeminy, however irregular, keeps it."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.beats import to_aami
from ecg_core.classification.context import ContextSpec, in_context
from ecg_core.evaluation.behaviour import DURATION_S, cases
from ecg_core.synthesis.beat_lists import draw_beats

pytestmark = pytest.mark.slow

S = 1
SPEC = ContextSpec(cluster_weight=0.0, af_spans=True)


def drawn(name: str) -> tuple[object, np.ndarray, np.ndarray, np.ndarray]:
    """Return a recording, where its beats are, their true classes, and which are in fibrillation."""
    case = cases()[name]
    p_weight = np.ones(len(case.time_s))
    inside = np.zeros(len(case.time_s), dtype=bool)
    for start_s, stop_s in case.fibrillation_s:
        inside |= (case.time_s >= start_s) & (case.time_s <= stop_s)
    p_weight[inside] = 0
    recording, sample = draw_beats(
        case.time_s, case.symbol, DURATION_S, p_weight=p_weight, fibrillation_s=case.fibrillation_s
    )
    return recording, sample, to_aami(case.symbol), inside


def said(labels: np.ndarray) -> np.ndarray:
    found = np.full((len(labels), 5), 0.05, np.float32)
    found[np.arange(len(labels)), np.searchsorted(["N", "S", "V"], labels)] = 0.8
    return found


def test_s_gives_way_in_fibrillation_and_nowhere_else() -> None:
    recording, sample, labels, inside = drawn("fibrillation of 120 s")
    everything_s = said(np.full(len(labels), "S"))
    found = in_context(recording, sample, everything_s, spec=SPEC).argmax(axis=1) == S  # type: ignore[arg-type]
    assert found[inside].mean() < 0.03
    assert found[~inside].mean() > 0.97


@pytest.mark.parametrize("rate", [50, 70, 100])
def test_atrial_bigeminy_is_no_fibrillation(rate: int) -> None:
    recording, sample, labels, _ = drawn(f"atrial bigeminy {rate}/min")
    found = in_context(recording, sample, said(labels), spec=SPEC).argmax(axis=1) == S  # type: ignore[arg-type]
    np.testing.assert_array_equal(found, labels == "S")


def test_progress_ends_where_no_shape_is_looked_at() -> None:
    recording, sample, labels, _ = drawn("atrial bigeminy 100/min")
    seen: list[float] = []
    in_context(recording, sample, said(labels), spec=SPEC, progress=seen.append)  # type: ignore[arg-type]
    assert seen == [1.0]
