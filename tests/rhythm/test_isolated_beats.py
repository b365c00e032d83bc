"""Single ectopic beats, and time in which nothing can be read."""

from __future__ import annotations

import numpy as np
import pytest
from beats_for_tests import FS_HZ, grid, length, table
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats import UNREADABLE
from ecg_core.rhythm import Limits, Span, episodes, rhythm_changes, summary
from ecg_core.rhythm.intervals import intervals
from ecg_core.rhythm.isolated_beats import coupling, isolated_beats, listed_isolated_beats

pytestmark = pytest.mark.slow


def test_a_single_beat_tells_its_interval_and_how_early_it_is() -> None:
    beats = table([0.8] * 12 + [0.448, 1.152] + [0.8] * 12, "N" * 13 + "V" + "N" * 13)
    row = episodes(beats, FS_HZ, length(beats)).iloc[0]
    assert (row["kind"], row["reason"]) == ("SINGLE_V", "RR 448 ms, 44 % early")
    assert row["start_sample"] == beats["sample"][13]
    assert row["stop_sample"] == row["start_sample"] + 1
    assert row["rate_bpm"] == pytest.approx(60 / 0.448)


@pytest.mark.parametrize(
    "rr_s, reason",
    [(0.8, "RR 800 ms, on time"), (1.2, "RR 1,200 ms, 50 % late"), (0.4, "RR 400 ms, 50 % early")],
)
def test_a_single_beat_may_be_late(rr_s: float, reason: str) -> None:
    beats = table([0.8] * 12 + [rr_s] + [0.8] * 12, "N" * 13 + "S" + "N" * 12)
    assert episodes(beats, FS_HZ, length(beats))["reason"].tolist() == [reason]


def test_a_single_beat_after_unreadable_signal_says_so_and_comes_last() -> None:
    rr = [0.8] * 12 + [6.0] + [0.8] * 12 + [0.5] + [0.8] * 12
    beats = table(rr, "N" * 13 + "V" + "N" * 12 + "V" + "N" * 12)
    quality = grid(beats, [12, 13])
    found = episodes(beats, FS_HZ, length(beats), quality)
    assert found["kind"].tolist() == ["SINGLE_V", "SINGLE_V"]
    assert found["reason"].tolist() == ["interval before it not known", "RR 500 ms, 38 % early"]
    assert np.isnan(found["rate_bpm"][0])
    one = episodes(beats, FS_HZ, length(beats), quality, Limits(n_singles=1))
    assert one["reason"].tolist() == ["RR 500 ms, 38 % early"]


def test_the_earliest_are_listed_and_all_are_counted() -> None:
    early = np.linspace(0.75, 0.4, 40)
    rr = np.concatenate([[*[0.8] * 9, one] for one in early] + [[0.8]])
    beats = table(rr, ("N" * 10 + "V") + ("N" * 9 + "V") * 39 + "N")
    found = episodes(beats, FS_HZ, length(beats))
    sample = beats["sample"].to_numpy()
    assert found["kind"].tolist() == ["SINGLE_V"] * 25
    assert found["start_sample"].tolist() == sample[10::10][-25:].tolist()
    counted = summary(beats, found, FS_HZ, length(beats))
    assert counted.n_by_kind["SINGLE_V"] == 40
    assert counted.n_by_kind["SINGLE_S"] == 0


def test_beats_of_bigeminy_are_not_told_twice() -> None:
    beats = table([0.5, 1.1] * 6 + [0.8] * 6, "NV" * 6 + "N" * 4 + "V" + "NN")
    found = episodes(beats, FS_HZ, length(beats))
    assert found["kind"].tolist() == ["B", "SINGLE_V"]
    assert summary(beats, found, FS_HZ, length(beats)).n_by_kind["SINGLE_V"] == 1


@given(
    st.lists(st.sampled_from("NNNSVV"), min_size=4, max_size=60),
    st.sampled_from(["person N", "person AFIB", "person VF", "signal VT", "signal POSSIBLE_VT"]),
    st.integers(0, 40),
    st.integers(1, 15),
)
@settings(max_examples=80)
def test_every_single_beat_is_listed_but_for_those_in_a_rhythm_that_replaces_them(
    letters: list[str], named: str, begin_s: int, length_s: int
) -> None:
    source, kind = named.split()
    beats = table([0.8] * (len(letters) - 1), "".join(letters))
    start, stop = (round(at * FS_HZ) for at in (begin_s, begin_s + length_s))
    span = Span(start, min(stop, length(beats)), kind, "", source)  # type: ignore[arg-type]
    found = episodes(beats, FS_HZ, length(beats), limits=Limits(n_singles=1000), spans=[span])
    for letter in "VS":
        told = set(found["start_sample"][found["kind"] == f"SINGLE_{letter}"])
        listed = beats["sample"].to_numpy()[listed_isolated_beats(intervals(beats, FS_HZ), found, letter)]
        assert told <= set(listed)
        replaced = kind in ("VF", "VT") or (kind, letter) == ("POSSIBLE_VT", "S")
        if replaced:
            assert not ((listed >= start) & (listed < span.stop_sample)).any()
        else:
            assert told == set(listed)
        assert summary(beats, found, FS_HZ, length(beats)).n_by_kind[f"SINGLE_{letter}"] == len(listed)


@given(
    st.lists(st.tuples(st.floats(0.25, 4.0), st.sampled_from("NNNNSVVFQ")), min_size=3, max_size=120),
    st.sets(st.integers(0, 60)),
)
@settings(max_examples=60)
def test_singles_and_their_coupling_are_those_of_a_plain_loop(drawn: list[tuple[float, str]], bad: set[int]) -> None:
    beats = table([rr for rr, _ in drawn[1:]], "".join(letter for _, letter in drawn))
    quality = grid(beats)
    quality[[second for second in bad if second < len(quality)]] = UNREADABLE
    taken = intervals(beats, FS_HZ, quality)
    table_of_episodes = episodes(beats, FS_HZ, length(beats), quality, Limits(n_singles=1000))
    patterns = table_of_episodes.query("kind in ('B', 'T')")
    labels, sample, n_beats = beats["label"].tolist(), beats["sample"].tolist(), len(beats)
    for letter in "SV":
        expected, ratios = [], []
        for at in range(n_beats):
            before = at > 0 and labels[at - 1] == letter and bool(taken.readable[at - 1])
            after = at + 1 < n_beats and labels[at + 1] == letter and bool(taken.readable[at])
            inside = any(row.start_sample <= sample[at] < row.stop_sample for row in patterns.itertuples())
            if labels[at] != letter or before or after or (letter == "V" and inside):
                continue
            expected.append(at)
            around = [
                taken.rr_s[which]
                for which in range(max(at - 11, 0), min(at + 10, n_beats - 1))
                if taken.readable[which] and taken.rr_s[which] <= 3
            ]
            known = at > 0 and taken.readable[at - 1] and taken.rr_s[at - 1] <= 3
            ratios.append(taken.rr_s[at - 1] / np.median(around) if known else np.nan)
        spans = (patterns["start_sample"], patterns["stop_sample"]) if letter == "V" else ((), ())
        alone = isolated_beats(taken, letter, spans)
        assert alone.tolist() == expected
        np.testing.assert_allclose(coupling(taken, alone), ratios)
        listed = table_of_episodes.query(f"kind == 'SINGLE_{letter}'")
        assert listed["start_sample"].tolist() == [sample[at] for at in expected]


@pytest.mark.parametrize("seconds, told", [(4, False), (5, True), (12, True)])
def test_unreadable_time_of_five_seconds_is_told(seconds: int, told: bool) -> None:
    beats = table([0.8] * 10 + [15.0] + [0.8] * 10)
    quality = grid(beats, range(11, 11 + seconds))
    found = episodes(beats, FS_HZ, length(beats), quality).query("kind == 'UNREADABLE'")
    if not told:
        assert len(found) == 0
        return
    row = found.iloc[0]
    assert (row["kind"], row["n_beats"]) == ("UNREADABLE", 0)
    assert row["reason"].startswith(f"no lead readable for {seconds} s, no beat in it")
    assert [row["start_sample"], row["stop_sample"]] == [11 * FS_HZ, (11 + seconds) * FS_HZ]
    assert np.isnan(row["rate_bpm"])
    assert summary(beats, found, FS_HZ, length(beats), quality).n_by_kind["UNREADABLE"] == 1
    assert rhythm_changes(found) == [(0, "(N")]


def test_one_readable_lead_is_enough() -> None:
    beats = table([0.8] * 30)
    quality = grid(beats)
    quality[5:15, 0] = UNREADABLE
    assert len(episodes(beats, FS_HZ, length(beats), quality)) == 0


@pytest.mark.parametrize("n_beats", [0, 1])
def test_a_recording_without_beats_may_be_unreadable_to_its_end(n_beats: int) -> None:
    beats = table([]).iloc[:n_beats]
    n_samples = int(7.5 * FS_HZ)
    quality = np.zeros((8, 3), dtype=np.uint8)
    found = episodes(beats, FS_HZ, n_samples, quality)
    assert found["kind"].tolist() == ["UNREADABLE"]
    assert (found["start_sample"][0], found["stop_sample"][0], found["n_beats"][0]) == (0, n_samples, n_beats)
    assert summary(beats, found, FS_HZ, n_samples, quality).n_by_kind["UNREADABLE"] == 1


def test_where_quality_was_not_assessed_nothing_is_said_of_unreadable_time() -> None:
    beats = table([0.8] * 20, "N" * 21)
    assert summary(beats, episodes(beats, FS_HZ, 9000), FS_HZ, 9000).n_by_kind["UNREADABLE"] is None
