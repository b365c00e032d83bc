"""EC57's beat matrix and formulas, each rule on a hand-made matrix."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats import CLASSES
from ecg_core.evaluation.comparison import compare_beats
from ecg_core.evaluation.counts import COLUMNS, ROWS, BeatMatrix, Ratio

SYMBOL = dict(zip(CLASSES, "NAVFQ", strict=True))


def matrix(**cells: int) -> BeatMatrix:
    counts = np.zeros((7, 7), dtype=np.int64)
    for cell, count in cells.items():
        counts[ROWS.index(cell[0]), COLUMNS.index(cell[1])] = count
    return BeatMatrix(counts)


def scored(truth: str, found: str, **options: object) -> BeatMatrix:
    """Score beats one second apart at 360 Hz; ``.`` stands for no beat."""
    times = 360 * np.arange(1, len(truth) + 1)
    has_truth, has_found = np.array(list(truth)) != ".", np.array(list(found)) != "."
    return compare_beats(
        times[has_truth],
        np.array(list(truth))[has_truth],
        times[has_found],
        np.array(list(found))[has_found],
        360.0,
        **options,  # type: ignore[arg-type]
    ).matrix


def test_each_pair_is_counted_in_its_cell() -> None:
    for letter, symbol in SYMBOL.items():
        for found in CLASSES:
            result = scored(symbol, found)
            assert result[letter + found.lower()] == result.counts.sum() == 1


def test_missed_and_extra_beats_are_o_and_O() -> None:  # noqa: N802
    result = scored("NVA.", "N..V")
    assert (result["Nn"], result["Vo"], result["So"], result["Ov"]) == (1, 1, 1, 1)
    assert result.counts.sum() == 4


def test_perfect_result_is_100_percent_throughout() -> None:
    result = scored("NNAVFQN", "NNSVFQN")
    for what in ("QRS", *CLASSES):
        score = result.score(what)
        assert (score.sensitivity.value, score.predictivity.value, score.f1) == (1.0, 1.0, 1.0)
    assert [result.score(letter).false_positive_rate.value for letter in CLASSES] == [0.0] * 5
    assert result.accuracy == Ratio(7, 7)


def test_qrs_counts_all_classes_and_both_kinds_of_missed_and_extra_beats() -> None:
    score = matrix(Nn=50, Sv=5, Qf=5, No=3, Vx=2, On=6, Xv=4).score("QRS")
    assert score.sensitivity == Ratio(60, 65)
    assert score.predictivity == Ratio(60, 70)
    assert score.f1 == pytest.approx(120 / 135)


def test_veb_sensitivity_counts_every_reference_v() -> None:
    full = matrix(Vn=1, Vs=2, Vv=10, Vf=3, Vq=4, Vo=5, Vx=6, Nv=100)
    assert full.score("V").sensitivity == Ratio(10, 31)


def test_veb_predictivity_leaves_fusion_and_unclassifiable_beats_out() -> None:
    full = matrix(Vv=10, Nv=1, Sv=2, Ov=3, Xv=4, Fv=100, Qv=100)
    assert full.score("V").predictivity == Ratio(10, 20)


def test_veb_false_positive_rate_is_bxb_s() -> None:
    full = matrix(Vv=9, Nv=1, Sv=2, Ov=3, Xv=4, Fv=50, Nn=60, Fs=7, Qf=8, Oq=9, Xn=6, Vn=11, No=12)
    assert full.score("V").false_positive_rate == Ratio(10, 10 + 60 + 7 + 8 + 9 + 6)


def test_sveb_sensitivity_counts_every_reference_s() -> None:
    full = matrix(Sn=1, Ss=10, Sv=2, Sf=3, Sq=4, So=5, Sx=6, Ns=100)
    assert full.score("S").sensitivity == Ratio(10, 31)


def test_sveb_predictivity_of_bxb_counts_fusion_but_not_unclassifiable_beats() -> None:
    """``SFP = Ns + Vs + Fs + Os + Xs``: bxb.c, print_results."""
    full = matrix(Ss=10, Ns=1, Vs=2, Fs=3, Os=4, Xs=5, Qs=100)
    assert full.score("S").predictivity == Ratio(10, 25)
    assert full.score("S").false_positive_rate.hits == 15


def test_sveb_predictivity_of_sumstats_leaves_fusion_out() -> None:
    """``Ss / (Ns + Ss + Vs + Os)``: sumstats.c, where Os holds Xs too and Fs' is Fs and Qs."""
    full = matrix(Ss=10, Ns=1, Vs=2, Fs=3, Os=4, Xs=5, Qs=100)
    assert full.score("S", fusion_against_s=False).predictivity == Ratio(10, 22)
    assert full.score("S", fusion_against_s=False).sensitivity == full.score("S").sensitivity


def test_rule_for_s_changes_no_other_class() -> None:
    full = matrix(**{row + column: 3 for row in ROWS for column in "nsvfq"})
    for what in ("QRS", "N", "V", "F", "Q"):
        assert full.score(what) == full.score(what, fusion_against_s=False)


def test_specificity_is_the_share_of_other_beats_not_called_by_the_class() -> None:
    """Of 100 beats that are not V, 5 are called V, whatever they are; missed and extra beats are no false calls."""
    full = matrix(Vv=10, Vn=4, Nn=80, Nv=2, Fv=2, Qv=1, No=15, Ov=30)
    assert full.score("V").specificity == Ratio(95, 100)
    assert full.score("QRS").specificity.value is None


@pytest.mark.parametrize("letter", ["N", "F", "Q"])
def test_other_classes_hold_every_wrong_beat_against_the_class(letter: str) -> None:
    column = letter.lower()
    full = matrix(**{row + column: 2 for row in ROWS})
    assert full.score(letter).predictivity == Ratio(2, 14)


def test_statistic_without_denominator_is_absent_not_zero() -> None:
    score = matrix(Nn=5).score("V")
    assert score.values()["se"] is score.values()["ppv"] is score.f1 is None
    assert matrix(Nn=5, Nv=1).score("V").predictivity.value == 0.0


def test_f1_is_the_harmonic_mean() -> None:
    score = matrix(Vv=8, Vn=2, Nv=4).score("V")
    se, ppv = 8 / 10, 8 / 12
    assert score.f1 == pytest.approx(2 * se * ppv / (se + ppv))


def test_accuracy_counts_missed_beats_as_wrong() -> None:
    assert matrix(Nn=90, Vv=5, Vn=3, No=2, On=50).accuracy == Ratio(95, 100)


def test_mapping_decides_what_escape_beats_count_as() -> None:
    assert scored("ejn", "SSS", mapping="bxb")["Ss"] == 3
    literature = scored("ejn", "SSS", mapping="de_chazal")
    assert (literature["Ns"], literature["Ss"]) == (2, 1)


def test_learning_period_is_left_out_in_both_lists() -> None:
    whole = scored("VVVVNNNN", "NNNNNNNN")
    later = scored("VVVVNNNN", "NNNNNNNN", start_s=4.5)
    assert (whole["Vn"], whole["Nn"]) == (4, 4)
    assert (later["Vn"], later["Nn"], later.counts.sum()) == (0, 4, 4)


def test_flutter_reference_and_test_beats_inside_are_left_out() -> None:
    span = ((int(1.5 * 360), int(4.5 * 360)),)
    result = scored("NN.VN", "N.VVN", exclude_spans=span)
    assert (result["Nn"], result.counts.sum()) == (2, 2)


def test_flutter_test_beat_inside_may_answer_a_beat_just_outside() -> None:
    result = compare_beats(
        [1000, 2000], ["N", "V"], [1000, 1980], ["N", "V"], 360.0, exclude_spans=((1500, 1990),)
    ).matrix
    assert (result["Nn"], result["Vv"], result.counts.sum()) == (1, 1, 2)


def test_shutdown_beats_are_counted_in_x_and_X() -> None:  # noqa: N802
    span = ((300, 800),)
    result = scored("N..N", "...N", test_unreadable=span)
    assert (result["Nx"], result["No"]) == (1, 0)
    result = scored("...N", "NV.N", reference_unreadable=span)
    assert (result["Xn"], result["Xv"], result["On"]) == (1, 1, 0)
    assert result.score("QRS").predictivity == Ratio(1, 3)


def test_positions_alone_give_qrs_statistics_only() -> None:
    result = compare_beats([360, 720], ["N", "V"], [360, 720], None, 360.0).matrix
    assert result.score("QRS").sensitivity.value == 1.0
    assert result.score("V").sensitivity.value is result.accuracy.value is None


def test_unknown_label_is_refused() -> None:
    with pytest.raises(ValueError, match="'L' is none of the classes"):
        compare_beats([360], ["N"], [360], ["L"], 360.0)


def test_matrices_add_up() -> None:
    total = matrix(Nn=3, Vv=1) + matrix(Nn=4, Vn=2)
    assert (total["Nn"], total["Vv"], total["Vn"]) == (7, 1, 2)


@given(st.text(alphabet="NAVFQ.", min_size=1, max_size=40), st.data())
def test_every_reference_and_test_beat_is_counted_once(truth: str, data: st.DataObject) -> None:
    found = data.draw(st.text(alphabet="NSVFQ.", min_size=len(truth), max_size=len(truth)))
    result = scored(truth, found)
    assert result.n_reference == len(truth) - truth.count(".")
    assert result.counts[:, :5].sum() == len(found) - found.count(".")
    swapped = scored(found.replace("S", "A"), truth.replace("A", "S"))
    assert np.array_equal(swapped.counts, result.counts.T)
