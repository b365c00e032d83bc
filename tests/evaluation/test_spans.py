"""Spans that annotations mark, as bxb and rxr read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.evaluation import load_reference
from ecg_core.evaluation.spans import fibrillation_spans, flutter_spans, unreadable_spans
from ecg_core.recording import Annotations

END = 1000


def annotated(*marks: tuple[Any, ...]) -> Annotations:
    """Make annotations of (sample, symbol) and of (sample, symbol, subtype or text)."""
    extra = [mark[2] if len(mark) > 2 else None for mark in marks]
    return Annotations(
        "atr",
        np.array([mark[0] for mark in marks], dtype=np.int64),
        np.array([mark[1] for mark in marks], dtype=str),
        tuple(value if isinstance(value, str) else "" for value in extra),
        tuple(value if isinstance(value, int) else 0 for value in extra),
    )


def test_flutter_reaches_from_bracket_to_bracket_or_to_the_end() -> None:
    marks = [(100, "["), (150, "!"), (200, "]"), (300, "N"), (400, "[")]
    assert flutter_spans(annotated(*marks), END) == ((100, 200), (400, END))


def test_atrial_fibrillation_lasts_until_another_rhythm() -> None:
    changes = [(10, "+", "(N"), (100, "+", "(AFIB"), (200, "+", "(AFL"), (300, "+", "(N"), (400, "+", "(AFIB")]
    assert fibrillation_spans(annotated(*changes), END) == ((100, 300), (400, END))
    assert fibrillation_spans(annotated((5, "N")), END) == ()


@pytest.mark.parametrize("subtype", [0x30, 0x33, -1])
def test_shutdown_lasts_from_both_signals_unreadable_to_the_next_quality_mark(subtype: int) -> None:
    marks = [(50, "N"), (100, "~", subtype), (300, "~", 0), (350, "N")]
    assert unreadable_spans(annotated(*marks), END, 54) == ((100, 300),)


@pytest.mark.parametrize("subtype", [0, 3, 0x10, 0x22])
def test_noise_in_one_signal_is_no_shutdown(subtype: int) -> None:
    assert unreadable_spans(annotated((100, "~", subtype), (300, "~", 0)), END, 54) == ()


def test_single_shutdown_mark_stands_for_the_time_between_its_neighbours() -> None:
    marks = [(100, "N"), (300, "~", -1), (500, "N")]
    assert unreadable_spans(annotated(*marks), END, 54) == ((154, 446),)
    close = [(100, "N"), (110, "~", -1), (120, "N")]
    assert unreadable_spans(annotated(*close), END, 54) == ((66, 66),)


def test_shutdown_left_open_reaches_to_the_end() -> None:
    assert unreadable_spans(annotated((100, "N"), (300, "~", -1)), END, 54) == ((300, END),)


def test_annotations_without_subtypes_mark_no_shutdown() -> None:
    bare = Annotations("x", np.array([10, 20]), np.array(["~", "~"]), ("", ""))
    assert unreadable_spans(bare, END, 54) == ()


@pytest.mark.data
def test_unreadable_signal_of_the_mit_bih_database(ecg_data: Path) -> None:
    marked = {
        record: load_reference(ecg_data / "mitdb", record).unreadable_spans
        for record in ("100", "101", "105", "203", "208", "210")
    }
    assert {record: len(spans) for record, spans in marked.items()} == {
        **{"100": 0, "101": 1, "105": 4, "203": 1},
        **{"208": 1, "210": 1},
    }
    assert all(0 < last - first < 60 * 360 for spans in marked.values() for first, last in spans)
