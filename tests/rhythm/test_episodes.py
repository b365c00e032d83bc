"""Each kind of episode on beats that have exactly one of it, and on its nearest miss."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from beats_for_tests import FS_HZ, grid, length, table
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.rhythm import EPISODE_COLUMNS, KIND_NAMES, Limits, Span, episodes, rhythm_changes, summary

pytestmark = pytest.mark.slow


def found(beats: pd.DataFrame, **options: object) -> pd.DataFrame:
    return episodes(beats, FS_HZ, length(beats), **options)  # type: ignore[arg-type]


def kinds(beats: pd.DataFrame, **options: object) -> list[str]:
    return found(beats, **options)["kind"].tolist()


@pytest.mark.parametrize(
    "letters, rr_s, kind",
    [
        ("V", 0.4, "SINGLE_V"),
        ("S", 0.4, "SINGLE_S"),
        ("F", 0.4, None),
        ("VV", 0.4, "COUPLET"),
        ("VVV", 0.4, "VT"),
        ("VVV", 0.59, "VT"),
        ("VVV", 0.6, "IVR"),
        ("VVVV", 0.9, "IVR"),
        ("SS", 0.4, "PAIR_S"),
        ("SSS", 0.4, "SVTA"),
        ("SSS", 0.8, "SVR"),
        ("FFF", 0.4, None),
    ],
)
def test_run_of_ectopic_beats(letters: str, rr_s: float, kind: str | None) -> None:
    n = len(letters)
    beats = table([0.8] * 10 + [rr_s] * (n - 1) + [0.8] * 10, "N" * 10 + letters + "N" * 10)
    result = found(beats)
    assert result["kind"].tolist() == ([kind] if kind else [])
    if kind:
        row = result.iloc[0]
        assert row["n_beats"] == n
        assert row["rate_bpm"] == pytest.approx(60 / (rr_s if n > 1 else 0.8), abs=0.5)
        assert row["start_sample"] == beats["sample"][10]
        assert row["stop_sample"] == beats["sample"][9 + n] + 1


def test_reason_names_figures_and_units() -> None:
    beats = table([0.8] * 10 + [0.4] * 3 + [2.4] + [0.8] * 10, "N" * 10 + "VVVV" + "N" * 11)
    reasons = found(beats)["reason"].tolist()
    assert reasons == ["4 V at 150 bpm > 100 bpm", "RR 2.4 s > 2.0 s, after a premature beat"]


def test_reason_never_writes_a_figure_as_the_limit_that_it_is_beyond() -> None:
    runs = table([0.8] * 10 + [0.6, 0.6, 0.596] + [0.8] * 10, "N" * 10 + "VVVV" + "N" * 10)
    assert found(runs)["reason"].tolist() == ["4 V at 100.2 bpm > 100 bpm"]
    pause = table([0.8] * 10 + [2.04] + [0.8] * 10, "N" * 22)
    assert found(pause)["reason"].tolist() == ["RR 2.04 s > 2.0 s"]


def test_rate_in_a_reason_is_rounded_as_the_rate_beside_it() -> None:
    beats = table([0.8] * 10 + [0.96] + [0.8] * 10, "N" * 10 + "VV" + "N" * 10)
    couplet = found(beats).iloc[0]
    assert couplet["rate_bpm"] == 62.5
    assert couplet["reason"] == "2 V at 63 bpm"


def test_run_is_not_continued_across_unreadable_signal() -> None:
    rr = [0.8] * 10 + [0.4, 3.0, 0.4] + [0.8] * 10
    beats = table(rr, "N" * 10 + "VVVV" + "N" * 10)
    assert kinds(beats, quality=grid(beats, [10, 11])) == ["COUPLET", "COUPLET"]
    assert "COUPLET" not in kinds(beats)


@pytest.mark.parametrize("cycles, expected", [(2, []), (3, ["B"]), (8, ["B"])])
def test_bigeminy_needs_three_cycles(cycles: int, expected: list[str]) -> None:
    beats = table([0.8] * 5 + [0.5, 1.1] * cycles + [0.8] * 5, "N" * 5 + "NV" * cycles + "N" * 6)
    result = found(beats)
    assert result["kind"].tolist() == (expected or ["SINGLE_V"] * cycles)
    if expected:
        assert result["n_beats"].tolist() == [2 * cycles]
        assert result["start_sample"][0] == beats["sample"][5]


@pytest.mark.parametrize("cycles, expected", [(2, []), (3, ["T"]), (8, ["T"])])
def test_trigeminy_needs_three_cycles(cycles: int, expected: list[str]) -> None:
    beats = table([0.8] * 5 + [0.8, 0.5, 1.1] * cycles + [0.8] * 5, "N" * 5 + "NNV" * cycles + "N" * 6)
    result = found(beats)
    assert result["kind"].tolist() == (expected or ["SINGLE_V"] * cycles)
    if expected:
        assert result["n_beats"].tolist() == [3 * cycles]


def test_quadrigeminy_and_couplets_are_no_pattern() -> None:
    assert set(kinds(table([0.8] * 40, "NNNV" * 10 + "N"))) == {"SINGLE_V"}
    assert set(kinds(table([0.8] * 40, "NNVV" * 10 + "N"))) == {"COUPLET"}


@pytest.mark.parametrize(
    "rr_s, expected",
    [(1.99, []), (2.0, []), (2.05, ["PAUSE"]), (3.99, ["PAUSE"]), (4.0, ["ASYSTOLE"]), (5.0, ["ASYSTOLE"])],
)
def test_pause_is_longer_than_two_seconds_and_asystole_four(rr_s: float, expected: list[str]) -> None:
    beats = table([0.8] * 10 + [rr_s] + [0.8] * 10)
    assert [kind for kind in kinds(beats) if kind in ("PAUSE", "ASYSTOLE")] == expected


def test_a_span_named_by_the_signal_is_an_episode_with_the_beats_inside_it() -> None:
    beats = table([0.5] * 20)
    start, stop = int(beats["sample"].iloc[4]), int(beats["sample"].iloc[9]) + 1
    result = found(beats, spans=[Span(start, stop, "VF", "no beat can be told", "signal")])
    row = result[result["kind"] == "VF"].iloc[0]
    assert (row.start_sample, row.stop_sample, row.n_beats, row.source) == (start, stop, 6, "signal")
    assert row.rate_bpm == pytest.approx(120)


def test_pause_limit_can_be_set() -> None:
    beats = table([0.8] * 10 + [2.5] + [0.8] * 10)
    assert kinds(beats, limits=Limits(pause_s=3.0)) == []


def test_pause_is_not_claimed_across_unreadable_signal() -> None:
    beats = table([0.8] * 10 + [3.9] + [0.8] * 10)
    assert kinds(beats) == ["PAUSE"]
    assert kinds(beats, quality=grid(beats, [11])) == []
    one_lead = grid(beats)
    one_lead[:, 0] = 0
    assert kinds(beats, quality=one_lead) == ["PAUSE"]


@pytest.mark.parametrize(
    "rr_s, n, expected",
    [(1.3, 30, ["SBR"]), (1.3, 15, []), (1.19, 40, []), (0.5, 70, ["TACHY"]), (0.5, 50, []), (0.61, 70, [])],
)
def test_sustained_rate(rr_s: float, n: int, expected: list[str]) -> None:
    result = found(table([0.8] * 20 + [rr_s] * n + [0.8] * 20))
    assert result["kind"].tolist() == expected
    if expected:
        assert (result["stop_sample"] - result["start_sample"])[0] / FS_HZ == pytest.approx(n * rr_s, abs=8)


def test_without_classes_only_rates_pauses_and_fibrillation_are_told() -> None:
    rng = np.random.default_rng(1)
    rr = np.concatenate((rng.uniform(0.4, 1.2, 300), [2.5], np.full(80, 0.5), np.full(40, 1.4)))
    assert set(kinds(table(rr))) == {"AFIB", "PAUSE", "TACHY", "SBR"}


@pytest.mark.parametrize("n_beats", [0, 1])
def test_no_or_one_beat_gives_an_empty_table(n_beats: int) -> None:
    result = episodes(table([]).iloc[:n_beats], FS_HZ, 1000)
    assert len(result) == 0
    assert tuple(result.columns) == EPISODE_COLUMNS


def test_rhythm_changes_return_to_normal() -> None:
    beats = table([0.8] * 10 + [0.4] * 3 + [0.8] * 10, "N" * 10 + "VVVV" + "N" * 10)
    first, after = int(beats["sample"][10]), int(beats["sample"][13]) + 1
    assert rhythm_changes(found(beats)) == [(0, "(N"), (first, "(VT"), (after, "(N")]


def test_rhythm_changes_one_rhythm_at_a_time_graver_first() -> None:
    overlapping = pd.DataFrame(
        [
            (100, 900, "AFIB", 9, 80.0, "", "beats"),
            (300, 400, "VT", 3, 150.0, "", "beats"),
            (300, 400, "TACHY", 3, 150.0, "", "beats"),
            (850, 1000, "SBR", 3, 40.0, "", "beats"),
            (950, 960, "PAUSE", 2, 20.0, "", "beats"),
        ],
        columns=list(EPISODE_COLUMNS),
    )
    assert rhythm_changes(overlapping, 50) == [
        (50, "(N"),
        (100, "(AFIB"),
        (300, "(VT"),
        (400, "(AFIB"),
        (900, "(SBR"),
        (1000, "(N"),
    ]


def test_rhythm_changes_of_nothing() -> None:
    assert rhythm_changes(found(table([0.8] * 20))) == [(0, "(N")]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(0.25, 3.0), st.sampled_from("NNNNSVVFQ")), min_size=2, max_size=150))
def test_episodes_lie_inside_the_recording_and_hold_their_beats(drawn: list[tuple[float, str]]) -> None:
    beats = table([rr for rr, _ in drawn[1:]], "".join(letter for _, letter in drawn))
    result = found(beats)
    sample = beats["sample"].to_numpy()
    assert result["start_sample"].is_monotonic_increasing
    for row in result.itertuples():
        inside = (sample >= row.start_sample) & (sample < row.stop_sample)
        assert inside.sum() == row.n_beats
        assert row.kind in KIND_NAMES
        assert row.reason
    assert (result["stop_sample"] <= length(beats)).all()
    changes = rhythm_changes(result)
    samples = [at for at, _ in changes]
    assert samples == sorted(set(samples))
    assert all(name != following for (_, name), (_, following) in pairwise(changes))
    assert changes[-1][1] == "(N"


def test_summary_counts_and_shares() -> None:
    beats = table([0.8] * 10 + [0.4] * 3 + [2.5] + [0.8] * 5, "N" * 10 + "VVVV" + "NNSNNN")
    quality = grid(beats, [0])
    episode_table = found(beats, quality=quality)
    result = summary(beats, episode_table, FS_HZ, length(beats), quality)
    assert result.n_by_class == {"N": 15, "S": 1, "V": 4, "F": 0, "Q": 0}
    assert (result.burden_v_percent, result.burden_s_percent) == (20.0, 5.0)
    assert (result.longest_v_run_beats, result.fastest_v_run_bpm) == (4, pytest.approx(150.0))
    assert (result.longest_rr_s, result.longest_rr_sample) == (pytest.approx(2.5), beats["sample"][13])
    assert result.n_by_kind["PAUSE"] == result.n_by_kind["VT"] == 1
    assert result.readable_share == pytest.approx(1 - 1 / len(quality))
    assert result.af_share == 0.0
    assert result.to_dict()["n_beats"] == 20


def test_summary_leaves_absent_what_cannot_be_told() -> None:
    beats = table([0.8] * 20)
    result = summary(beats, found(beats), FS_HZ, length(beats))
    absent = (
        result.n_by_class,
        result.burden_v_percent,
        result.af_share,
        result.longest_v_run_beats,
        result.readable_share,
        result.n_by_kind["VT"],
    )
    assert absent == (None,) * 6
    assert result.n_by_kind["PAUSE"] == 0


def test_summary_of_unreadable_signal_claims_no_absence_of_pauses() -> None:
    beats = table([0.8] * 20, "N" * 21)
    quality = np.zeros_like(grid(beats))
    result = summary(beats, found(beats, quality=quality), FS_HZ, length(beats), quality)
    assert result.readable_share == 0.0
    assert result.mean_rate_bpm is result.longest_rr_s is result.n_by_kind["PAUSE"] is result.af_share is None


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_a_sustained_rate_lies_beyond_its_limit_even_where_it_wavers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rr = 0.6 + 0.05 * np.sin(np.arange(400) / 40) + rng.normal(0, 0.03, 400)
    fast = found(table(list(rr))).query("kind == 'TACHY'")
    assert (fast["rate_bpm"] > Limits().fast_bpm).all()
    assert all(f"mean {rate:.0f} bpm" in why for rate, why in zip(fast["rate_bpm"], fast["reason"], strict=True))
