"""Counts of rhythm episodes: worked examples at 10 samples a second, and what must not change them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.evaluation.rhythm_counts import CATEGORIES, DANGER, DANGER_OR_POSSIBLE, DangerCounts, RhythmCounts
from ecg_core.evaluation.rhythm_scores import ReferenceSpan, score_rhythm

pytestmark = pytest.mark.slow

HZ = 10.0
MINUTE = 600


def found(*rows: tuple[int, int, str]) -> pd.DataFrame:
    """Episodes of (start, stop, kind)."""
    return pd.DataFrame(rows, columns=["start_sample", "stop_sample", "kind"])


def spans(*rows: tuple[int, int, str]) -> list[ReferenceSpan]:
    return [ReferenceSpan(*row) for row in rows]


def test_half_found_episode_by_episode_and_by_time() -> None:
    reference = spans((0, 100, "N"), (100, 300, "AFIB"), (300, 600, "N"))
    counts = score_rhythm(reference, found((200, 350, "AFIB"), (500, 520, "AFIB")), HZ, MINUTE)
    one = counts.kinds["AFIB"]
    assert (one.n_reference, one.n_reference_hit, one.n_found, one.n_found_right) == (1, 1, 2, 1)
    assert (one.reference_s, one.hit_s, one.found_s, one.other_s) == (20, 10, 17, 40)
    assert one.figures["time_se"] == 0.5
    assert one.figures["time_ppv"] == pytest.approx(10 / 17)
    assert one.figures["time_f1"] == pytest.approx(20 / 37)
    assert one.figures["specificity"] == pytest.approx(1 - 7 / 40)
    assert one.figures["episode_ppv"] == 0.5
    assert one.figures["false_per_hour"] is None
    assert (one.onset_errors_s, one.end_errors_s) == ((10.0,), (5.0,))


def test_false_alarms_are_counted_an_hour_of_recordings_that_have_none() -> None:
    clean = score_rhythm(spans((0, MINUTE, "N")), found((10, 20, "VT"), (100, 140, "VF")), HZ, MINUTE)
    having = score_rhythm(spans((0, 50, "VT")), found((100, 140, "VT")), HZ, MINUTE)
    total = (clean + clean + having).kinds[DANGER]
    assert (total.clean_s, total.n_clean_false) == (120, 4)
    assert total.figures["false_per_hour"] == pytest.approx(120)
    assert total.figures["episode_ppv"] == 0


def test_dangerous_time_is_named_before_possible_before_unreadable_before_missed() -> None:
    reference = spans((0, 100, "N"), (100, 200, "VT"), (200, 300, "VF"), (300, 600, "N"))
    called = found((90, 130, "VT"), (120, 160, "POSSIBLE_VT"), (150, 250, "UNREADABLE"), (400, 460, "POSSIBLE_VT"))
    danger = score_rhythm(reference, called, HZ, MINUTE).danger
    assert danger == DangerCounts(3, 3, 9, 5, 1, 6, 0, 40, 0)
    assert danger.reference_s == 20
    assert danger.figures["unreadable"] == 0.45
    assert danger.figures["other_possible"] == 0.15


def test_ventricular_rhythms_are_one_group_and_each_spares_the_other() -> None:
    reference = spans((100, 200, "VT"), (200, 300, "VF"))
    counts = score_rhythm(reference, found((100, 300, "VT")), HZ, MINUTE)
    group, vt, vf = (counts.kinds[name] for name in (DANGER, "VT", "VF"))
    assert (group.n_reference, group.hit_s, group.figures["time_f1"]) == (1, 20, 1.0)
    assert (vt.found_s, vt.hit_s, vt.n_found_right) == (10, 10, 1)
    assert (vf.n_reference, vf.n_reference_hit, vf.n_found) == (1, 0, 0)
    only_vf = score_rhythm(spans((200, 300, "VF")), found((180, 300, "VT")), HZ, MINUTE).kinds["VT"]
    assert (only_vf.n_found, only_vf.n_clean_false, only_vf.found_s) == (0, 0, 2)


def test_flutter_of_the_reference_is_not_held_against_fibrillation() -> None:
    reference = spans((0, 300, "AFL"), (300, 600, "N"))
    within = score_rhythm(reference, found((50, 250, "AFIB")), HZ, MINUTE).kinds["AFIB"]
    assert (within.n_found, within.found_s, within.other_s, within.figures["specificity"]) == (0, 0, 30, 1.0)
    both = score_rhythm(reference, found((50, 250, "AFIB")), HZ, MINUTE).kinds["AFIB/AFL"]
    assert (both.n_reference_hit, both.hit_s) == (1, 20)


def test_reference_that_tells_no_more_than_either_counts_for_the_group_alone() -> None:
    counts = score_rhythm(spans((0, 300, "AFIB/AFL")), found((0, 300, "AFIB")), HZ, MINUTE)
    assert counts.kinds["AFIB/AFL"].figures["time_f1"] == 1.0
    assert counts.kinds["AFIB"].n_reference == counts.kinds["AFIB"].n_found == 0


def test_possible_counts_in_its_own_group_only() -> None:
    counts = score_rhythm(spans((0, 100, "VF")), found((0, 100, "POSSIBLE_VT")), HZ, MINUTE)
    assert counts.kinds[DANGER].n_reference_hit == 0
    assert counts.kinds[DANGER_OR_POSSIBLE].n_reference_hit == 1


def test_unscored_time_counts_nowhere() -> None:
    reference = spans((0, 200, "VT"), (400, 600, "N"))
    called = found((0, 50, "VT"), (250, 350, "VT"), (390, 410, "VT"))
    counts = score_rhythm(reference, called, HZ, MINUTE, unscored=[(100, 400)])
    one = counts.kinds[DANGER]
    assert (counts.scored_s, counts.unscored_s) == (30, 30)
    assert (one.reference_s, one.hit_s, one.found_s) == (10, 5, 6)
    assert (one.n_reference, one.n_found, one.n_found_right) == (1, 2, 1)
    assert sum(counts.confusion_s.values()) == 30
    assert one.end_errors_s == (-15.0,)
    nothing = score_rhythm(reference, called, HZ, MINUTE, unscored=[(0, MINUTE)])
    assert (nothing.scored_s, nothing.kinds[DANGER].n_found, nothing.confusion_s) == (0, 0, {})


def test_onset_at_the_edge_of_scored_time_is_no_onset() -> None:
    counts = score_rhythm(spans((100, 300, "AFIB")), found((150, 280, "AFIB")), HZ, MINUTE, unscored=[(0, 100)])
    assert counts.kinds["AFIB"].onset_errors_s == ()
    assert counts.kinds["AFIB"].end_errors_s == (-2.0,)


def test_errors_of_an_episode_found_in_pieces_are_those_of_its_ends() -> None:
    pieces = found((90, 150, "AFIB"), (160, 200, "AFIB"), (250, 330, "AFIB"), (400, 500, "AFIB"))
    one = score_rhythm(spans((100, 300, "AFIB")), pieces, HZ, MINUTE).kinds["AFIB"]
    assert (one.onset_errors_s, one.end_errors_s) == ((-1.0,), (3.0,))
    assert (one.n_found, one.n_found_right) == (4, 3)


def test_short_interruption_of_fibrillation_is_no_onset_and_no_end() -> None:
    reference = spans((50, 200, "AFIB"), (200, 210, "VT"), (210, 400, "AFIB"), (550, 580, "AFIB"))
    one = score_rhythm(reference, found((60, 410, "AFIB"), (550, 580, "AFIB")), HZ, MINUTE).kinds["AFIB"]
    assert one.n_reference == 3
    assert (one.onset_errors_s, one.end_errors_s) == ((1.0, 0.0), (1.0, 0.0))
    bigeminy = spans((50, 200, "AFIB"), (200, 400, "B"), (400, 500, "AFIB"))
    one = score_rhythm(bigeminy, found((60, 480, "AFIB")), HZ, MINUTE).kinds["AFIB"]
    assert (one.onset_errors_s, one.end_errors_s, one.found_s - one.hit_s) == ((1.0,), (-2.0,), 20.0)
    runs = spans((50, 100, "VT"), (120, 200, "VT"))
    assert len(score_rhythm(runs, found((50, 200, "VT")), HZ, MINUTE).kinds["VT"].onset_errors_s) == 2


def test_long_episodes_are_those_of_five_seconds_or_more_of_scored_time() -> None:
    reference = spans((0, 50, "VT"), (100, 149, "VT"), (200, 280, "VT"))
    one = score_rhythm(reference, found((40, 45, "VT"), (100, 120, "VT")), HZ, MINUTE).kinds["VT"]
    assert (one.n_reference, one.n_reference_hit, one.n_long, one.n_long_hit) == (3, 2, 2, 1)


def test_calls_over_an_inexact_mark_are_counted_apart() -> None:
    reference = spans((200, 300, "VF"))
    called = found((150, 320, "VT"), (340, 380, "VF"), (500, 520, "VT"))
    one = score_rhythm(reference, called, HZ, MINUTE, inexact_s=5.0)
    assert one.danger.beyond_s == 5 + 2 + 4
    assert one.danger.other_named_s == 2
    assert one.danger.other_s == 60 - 10 - 11
    kind = one.kinds[DANGER]
    assert (kind.n_found, kind.n_found_right, kind.found_s, kind.hit_s) == (2, 1, 12, 10)
    strict = score_rhythm(reference, called, HZ, MINUTE)
    assert (strict.danger.beyond_s, strict.danger.other_named_s) == (0, 13)
    assert strict.kinds[DANGER].n_found == 3


def test_confusion_names_the_most_urgent_kind_at_each_time() -> None:
    called = found((0, 300, "TACHY"), (100, 200, "VT"), (150, 400, "UNREADABLE"), (120, 121, "SINGLE_V"))
    counts = score_rhythm(spans((0, 250, "AFIB"), (250, 500, "PREX")), called, HZ, MINUTE)
    assert counts.confusion_s == {
        ("AFIB", "TACHY"): 15,
        ("AFIB", "VT"): 10,
        ("PREX", "TACHY"): 5,
        ("PREX", "UNREADABLE"): 10,
        ("PREX", "none"): 10,
        ("other", "none"): 10,
    }


KINDS = st.sampled_from(["VT", "VF", "AFIB", "AFL", "N", "POSSIBLE_VT", "UNREADABLE", "SVTA", "PREX"])
ROWS = st.lists(st.tuples(st.integers(0, MINUTE), st.integers(1, 200), KINDS), max_size=8)


def rows_of(drawn: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    return [(start, start + size, kind) for start, size, kind in drawn]


def assert_same(one: RhythmCounts, other: RhythmCounts) -> None:
    np.testing.assert_allclose(one.danger.array, other.danger.array)
    for name in CATEGORIES:
        np.testing.assert_allclose(one.kinds[name].array, other.kinds[name].array)
        np.testing.assert_allclose(one.kinds[name].onset_errors_s, other.kinds[name].onset_errors_s)
    assert one.confusion_s == pytest.approx(other.confusion_s)


@given(ROWS, ROWS)
def test_order_rate_and_cutting_into_touching_pieces_change_nothing(first: list, second: list) -> None:
    reference, called = rows_of(first), rows_of(second)
    counts = score_rhythm(spans(*reference), found(*called), HZ, MINUTE)
    halves = [part for a, b, k in called for part in ((a, (a + b) // 2, k), ((a + b) // 2, b, k))]
    assert_same(counts, score_rhythm(spans(*reversed(reference)), found(*reversed(halves)), HZ, MINUTE))
    faster = [[(3 * a, 3 * b, k) for a, b, k in rows] for rows in (reference, called)]
    assert_same(counts, score_rhythm(spans(*faster[0]), found(*faster[1]), 3 * HZ, 3 * MINUTE))


@given(ROWS, ROWS)
def test_times_add_up_to_the_recording(first: list, second: list) -> None:
    counts = score_rhythm(spans(*rows_of(first)), found(*rows_of(second)), HZ, MINUTE, unscored=[(50, 90)])
    assert counts.scored_s == pytest.approx(56)
    assert sum(counts.confusion_s.values()) == pytest.approx(56)
    assert counts.danger.reference_s + counts.danger.other_s == pytest.approx(56)
    for one in counts.kinds.values():
        assert one.hit_s <= min(one.reference_s, one.found_s) + 1e-9
        assert one.n_found_right <= one.n_found
        assert one.n_long_hit <= one.n_reference_hit <= one.n_reference
        assert one.found_s - one.hit_s <= one.other_s + 1e-9


@given(ROWS)
def test_reference_found_as_it_is_scores_full_marks(drawn: list) -> None:
    named = [row for row in rows_of(drawn) if row[2] in CATEGORIES]
    counts = score_rhythm(spans(*named), found(*named), HZ, MINUTE)
    for one in counts.kinds.values():
        figures = one.figures
        assert figures["time_se"] in (None, 1.0)
        assert figures["episode_se"] in (None, 1.0)
        assert all(error == 0 for error in one.onset_errors_s + one.end_errors_s)
    assert counts.danger.missed_s == counts.danger.other_named_s == 0


def test_counts_add_up_whatever_the_order() -> None:
    first = score_rhythm(spans((0, 300, "AFIB")), found((0, 200, "AFIB")), HZ, MINUTE)
    second = score_rhythm(spans((0, 100, "VT")), found((50, 200, "VF")), HZ, 2 * MINUTE)
    assert_same(first + second, second + first)
    assert (first + second).n_records == 2
    assert (first + second).scored_s == 180
    assert_same(RhythmCounts() + first, first)


def test_recording_without_episodes_and_without_reference_is_scored() -> None:
    counts = score_rhythm([], found(), HZ, MINUTE)
    assert counts.confusion_s == {("other", "none"): 60.0}
    assert counts.kinds[DANGER].figures["specificity"] == 1.0
