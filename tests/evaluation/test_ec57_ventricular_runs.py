"""Run-by-run comparison as rxr does it: lengths, windows, both directions, flutter, the learning period."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.evaluation.counts import Ratio
from ecg_core.evaluation.ventricular_runs import RUN_TYPES, BeatList, RunMatrix, RunType, score_runs

FS_HZ = 360
WINDOW = 54


def beats(labels: str, **spans: object) -> BeatList:
    """One beat a second; ``.`` stands for no beat."""
    letters = np.array(list(labels))
    sample = FS_HZ * np.arange(1, len(letters) + 1)
    return BeatList(sample[letters != "."], letters[letters != "."], **spans)  # type: ignore[arg-type]


def compared(truth: str, found: str, run_type: RunType = "V", start: int = 0) -> RunMatrix:
    return score_runs(beats(truth), beats(found), run_type, WINDOW, start)


def entries(matrix: RunMatrix) -> tuple[set[tuple[int, ...]], set[tuple[int, ...]]]:
    """Return the (reference, test) lengths that occur among the reference's runs and among the test's."""
    return tuple({tuple(int(i) for i in at) for at in np.argwhere(side)} for side in matrix.counts)  # type: ignore[return-value]


@pytest.mark.parametrize(
    "length, kind", [(2, "couplet"), (3, "short"), (4, "short"), (5, "short"), (6, "long"), (9, "long")]
)
@pytest.mark.parametrize("run_type", ["V", "S"])
def test_each_length_has_its_kind(length: int, kind: str, run_type: RunType) -> None:
    labels = "NN" + run_type * length + "NN"
    matrix = compared(labels, labels, run_type)
    for other in ("couplet", "short", "long"):
        expected = Ratio(1, 1) if other == kind else Ratio(0, 0)
        assert matrix.score(other) == (expected, expected)


def test_single_beats_are_no_runs() -> None:
    matrix = compared("NVNVN", "NVNVN")
    assert all(matrix.score(kind) == (Ratio(0, 0), Ratio(0, 0)) for kind in ("couplet", "short", "long"))
    assert entries(matrix) == ({(1, 1)}, {(1, 1)})


def test_sensitivity_lets_a_longer_test_run_answer_but_not_a_shorter_one() -> None:
    longer = compared("NNVVNNN", "NNVVVNN")
    # The window ends 150 ms after the reference's run: of the test's three beats, two lie inside.
    assert entries(longer) == ({(2, 2)}, {(2, 3)})
    assert longer.score("couplet").sensitivity == Ratio(1, 1)
    assert longer.score("short").predictivity == Ratio(0, 1)
    shorter = compared("NNVVVNN", "NNVVNNN")
    assert entries(shorter) == ({(3, 2)}, {(2, 2)})
    assert shorter.score("short").sensitivity == Ratio(0, 1)
    assert shorter.score("couplet").predictivity == Ratio(1, 1)


def test_missed_middle_beat_leaves_a_run_but_a_wrong_class_splits_it() -> None:
    assert entries(compared("NVVVN", "NV.VN"))[0] == {(3, 2)}
    assert entries(compared("NVVVN", "NVNVN"))[0] == {(3, 1)}


def test_invented_run_counts_against_predictivity_only() -> None:
    matrix = compared("NNNNN", "NVVVN")
    assert matrix.score("short") == (Ratio(0, 0), Ratio(0, 1))


def test_short_and_long_matrix_sums_are_rxr_s() -> None:
    counts = np.zeros((2, 7, 7), dtype=np.int64)
    counts[0] = np.arange(49).reshape(7, 7)
    counts[1] = 100 + np.arange(49).reshape(7, 7)
    s = counts
    matrix = RunMatrix(counts)
    assert matrix.score("couplet").sensitivity.hits == s[0, 2, 2] + s[0, 2, 3] + s[0, 2, 4] + s[0, 2, 5] + s[0, 2, 6]
    assert matrix.score("couplet").predictivity == (
        s[1, 2, 2] + s[1, 3, 2] + s[1, 4, 2] + s[1, 5, 2] + s[1, 6, 2],
        s[1, :, 2].sum(),
    )
    assert matrix.score("short").sensitivity == (s[0, 3:6, 3:].sum(), s[0, 3:6].sum())
    assert matrix.score("short").predictivity == (s[1, 3:, 3:6].sum(), s[1, :, 3:6].sum())
    assert matrix.score("long") == ((s[0, 6, 6], s[0, 6].sum()), (s[1, 6, 6], s[1, :, 6].sum()))


def test_fusion_beats_belong_to_ventricular_runs() -> None:
    assert compared("NVFVN", "NVVVN").score("short") == (Ratio(1, 1), Ratio(1, 1))


@pytest.mark.parametrize("between", ["N", "S", "Q"])
def test_other_beats_end_a_ventricular_run(between: str) -> None:
    labels = f"NVV{between}VVN"
    assert compared(labels, labels).score("couplet").sensitivity == Ratio(2, 2)


@pytest.mark.parametrize("between", ["N", "V", "F", "Q"])
def test_other_beats_end_a_supraventricular_run(between: str) -> None:
    labels = f"NSS{between}SSN"
    assert compared(labels, labels, "S").score("couplet").sensitivity == Ratio(2, 2)


@pytest.mark.parametrize("shift, answered", [(54, 1), (55, 0)])
def test_window_reaches_150_ms_beyond_the_run(shift: int, answered: int) -> None:
    truth = beats("NNVVNN")
    found = BeatList(truth.sample + np.array([0, 0, 0, shift, 0, 0]), truth.label)
    assert score_runs(truth, found, "V", WINDOW).score("couplet").sensitivity == Ratio(answered, 1)


def test_run_at_the_very_end_is_not_counted() -> None:
    assert entries(compared("NNVVV", "NNVVV")) == (set(), set())


def test_learning_period_cuts_a_run_that_it_ends_in() -> None:
    assert entries(compared("NVVVVN", "NVVVVN", start=int(3.5 * FS_HZ)))[0] == {(2, 2)}


def test_flutter_is_a_long_run_that_v_beats_found_in_it_answer() -> None:
    span = ((int(1.5 * FS_HZ), int(9.5 * FS_HZ)),)
    truth = beats("N.........N", flutter_spans=span)
    found = score_runs(truth, beats("NNVVVVVVVNN"), "V", WINDOW)
    assert found.score("long") == (Ratio(1, 1), Ratio(1, 1))
    missed = score_runs(truth, beats("N.........N"), "V", WINDOW)
    assert missed.score("long").sensitivity == Ratio(0, 1)
    two = score_runs(truth, beats("NNVVNNNNNNN"), "V", WINDOW)
    assert two.score("couplet").predictivity == Ratio(1, 1)
    assert two.score("long").sensitivity == Ratio(0, 1)


def test_flutter_begun_in_the_learning_period_is_answered_after_it_only() -> None:
    span = ((int(0.5 * FS_HZ), int(9.5 * FS_HZ)),)
    truth, found = beats("..........N", flutter_spans=span), beats("VVVVVVNNNNN")
    assert score_runs(truth, found, "V", WINDOW, start=4 * FS_HZ).score("long").sensitivity == Ratio(0, 1)
    assert score_runs(truth, found, "V", WINDOW).score("long").sensitivity == Ratio(1, 1)


def test_beat_that_has_answered_one_run_does_not_answer_the_next() -> None:
    truth = BeatList(np.array([1000, 1040, 1080, 2000]), np.array(["V", "N", "V", "N"]))
    found = BeatList(np.array([1030, 2000]), np.array(["V", "N"]))
    lengths = score_runs(truth, found, "V", WINDOW).counts[0]
    assert (lengths[1, 1], lengths[1, 0]) == (1, 1)


def test_flutter_after_v_beats_makes_theirs_a_long_run() -> None:
    span = ((int(2.5 * FS_HZ), int(5.5 * FS_HZ)),)
    truth = beats("NV...NN", flutter_spans=span)
    assert entries(score_runs(truth, truth, "V", WINDOW)) == ({(6, 6)}, {(6, 6)})


def test_atrial_fibrillation_is_a_long_supraventricular_run_where_asked_for() -> None:
    span = ((int(1.5 * FS_HZ), int(6.5 * FS_HZ)),)
    truth, found = beats("NNNNNNNN", fibrillation_spans=span), beats("NNNNNNNN")
    assert score_runs(truth, truth, "S", WINDOW).score("long") == (Ratio(1, 1), Ratio(1, 1))
    assert score_runs(truth, found, "S", WINDOW).score("long").sensitivity == Ratio(0, 1)
    assert entries(score_runs(truth, truth, "V", WINDOW)) == (set(), set())


def test_unreadable_signal_ends_a_run_in_both_lists() -> None:
    span = ((int(3.5 * FS_HZ), int(3.6 * FS_HZ)),)
    whole, broken = beats("NVVVVN"), beats("NVVVVN", unreadable_spans=span)
    assert entries(score_runs(broken, whole, "V", WINDOW)) == ({(2, 2)}, {(2, 4)})


def test_matrices_add_up() -> None:
    total = compared("NVVN", "NVVN") + compared("NVVN", "NNNN")
    assert total.score("couplet").sensitivity == Ratio(1, 2)


@given(st.text(alphabet="NSVFQ", min_size=2, max_size=60))
def test_perfect_result_is_perfect_in_runs(labels: str) -> None:
    for run_type in RUN_TYPES:
        matrix = compared(labels, labels, run_type)
        assert np.array_equal(matrix.counts[0], matrix.counts[1])
        assert np.array_equal(matrix.counts[0], np.diag(np.diag(matrix.counts[0])))


@given(st.text(alphabet="NSVQ", min_size=1, max_size=50), st.data())
def test_swapping_the_lists_swaps_sensitivity_and_predictivity(truth: str, data: st.DataObject) -> None:
    found = data.draw(st.text(alphabet="NSVQ", min_size=len(truth), max_size=len(truth)))
    forward, backward = compared(truth, found), compared(found, truth)
    for kind in ("couplet", "short", "long"):
        assert forward.score(kind) == backward.score(kind)[::-1]
