"""Second-degree AV block that is found by single P waves and by all of them is told once."""

from __future__ import annotations

from ecg_core.rhythm.episode_types import Span
from ecg_core.rhythm.signal_precedence import joined_blocks


def test_overlapping_blocks_are_one_with_the_reason_of_the_longest() -> None:
    found = joined_blocks(
        [Span(100, 200, "AVB2", "one pause"), Span(150, 900, "AVB2", "2:1"), Span(950, 990, "AVB2", "c")]
    )
    assert found == [Span(100, 900, "AVB2", "2:1"), Span(950, 990, "AVB2", "c")]


def test_inside_complete_block_no_second_degree_block_is_told() -> None:
    complete = Span(0, 1000, "AVB3", "PR varies")
    assert joined_blocks([Span(100, 200, "AVB2", "one pause"), complete]) == [complete]


def test_what_a_person_names_and_other_kinds_stay() -> None:
    spans = [Span(100, 200, "AVB2", "named", "person"), Span(150, 300, "AVB2", "pause"), Span(0, 400, "AFL", "flutter")]
    assert sorted(joined_blocks(spans), key=spans.index) == spans
