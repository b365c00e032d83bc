"""What a person names goes before what the program found, and nothing is lost outside of it."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.analysis import with_beats
from ecg_core.beats import beat_table
from ecg_core.recording import from_array
from ecg_core.rhythm import KINDS, Span, episodes, rhythm_changes, summary
from ecg_core.rhythm.precedence import (
    DANGEROUS,
    NAMEABLE,
    one_at_a_time,
    outside,
    parts_left,
    replaces,
    without_beats_left,
)

pytestmark = pytest.mark.slow

FS_HZ = 100.0
N_SAMPLES = 60_000

LIMITS = st.tuples(st.integers(0, 60), st.integers(1, 30)).map(lambda pair: (pair[0], pair[0] + pair[1]))
SPANS = st.lists(
    st.builds(
        lambda limits, kind: Span(*limits, kind, "", "person"),
        LIMITS,
        st.sampled_from(["AFIB", "N", "VT", "UNREADABLE"]),
    ),
    max_size=6,
)


def named(start: int, stop: int, kind: str) -> Span:
    return Span(start, stop, kind, "named by Ann", "person")


def beats_at(samples: np.ndarray, labels: str = "N") -> pd.DataFrame:
    beats = beat_table(np.asarray(samples, dtype=np.int64), FS_HZ)
    beats["label"] = [labels[at % len(labels)] for at in range(len(samples))]
    return beats


def regular(n: int = 600, interval: int = 80) -> np.ndarray:
    return 100 + interval * np.arange(n)


def irregular(n: int = 600) -> np.ndarray:
    return 100 + np.cumsum(np.random.default_rng(3).integers(45, 115, n))


def rows(found: pd.DataFrame, *kinds: str) -> list[tuple[str, int, int, str]]:
    chosen = found[found["kind"].isin(kinds)] if kinds else found
    return list(zip(chosen["kind"], chosen["start_sample"], chosen["stop_sample"], chosen["source"], strict=True))


@given(SPANS)
def test_a_sample_belongs_to_the_span_that_was_named_last(spans: list[Span]) -> None:
    held = one_at_a_time(spans)
    for sample in range(100):
        there = [span for span in spans if span.start_sample <= sample < span.stop_sample]
        kept = [span for span in held if span.start_sample <= sample < span.stop_sample]
        assert [span.kind for span in kept] == [span.kind for span in there[-1:]]


@given(LIMITS, SPANS, st.sampled_from(["AFIB", "VT", "PAUSE", "SBR"]))
def test_of_an_episode_exactly_what_nobody_replaced_is_left(
    limits: tuple[int, int], spans: list[Span], kind: str
) -> None:
    held = one_at_a_time(spans)
    parts = parts_left(*limits, kind, "beats", held)
    assert all(start < stop for start, stop in parts)
    assert all(stop < start for (_, stop), (start, _) in itertools.pairwise(parts))
    for sample in range(100):
        replaced = any(span.start_sample <= sample < span.stop_sample and replaces(span.kind, kind) for span in held)
        left = any(start <= sample < stop for start, stop in parts)
        assert left == (limits[0] <= sample < limits[1] and not replaced)


def test_parts_outside_of_a_span_within() -> None:
    assert outside(10, 50, [(20, 30)]) == [(10, 20), (30, 50)]
    assert outside(10, 50, [(0, 60)]) == []
    assert outside(10, 50, [(50, 60)]) == [(10, 50)]


def test_a_device_is_never_overruled_and_pauses_stay_beside_a_rhythm() -> None:
    assert not replaces("UNREADABLE", "ST", "device")
    assert not replaces("AFIB", "PAUSE")
    assert replaces("UNREADABLE", "PAUSE")
    assert replaces("ASYSTOLE", "PAUSE")
    assert not replaces("N", "TACHY")
    assert replaces("SBR", "TACHY")
    for kind in set(KINDS) & DANGEROUS:
        assert replaces("N", kind, "signal")


def test_fibrillation_that_is_none_is_cut_out_and_the_rest_stays() -> None:
    beats = beats_at(irregular())
    (before,) = rows(episodes(beats, FS_HZ, N_SAMPLES), "AFIB")
    middle = (before[1] + 5_000, before[1] + 9_000)
    after = episodes(beats, FS_HZ, N_SAMPLES, spans=[named(*middle, "N")])
    assert rows(after, "AFIB", "N") == [
        ("AFIB", before[1], middle[0], "beats"),
        ("N", *middle, "person"),
        ("AFIB", middle[1], before[2], "beats"),
    ]
    shares = [summary(beats, found, FS_HZ, N_SAMPLES).af_share for found in (episodes(beats, FS_HZ, N_SAMPLES), after)]
    inside = 4_000 / (beats["sample"].iloc[-1] - beats["sample"].iloc[0])
    assert shares[1] == pytest.approx(shares[0] - inside, abs=0.01)
    parts = after[after["kind"] == "AFIB"]
    assert parts["n_beats"].sum() < len(beats)
    assert parts["reason"].str.endswith("cut by a person").all()


def test_the_burden_follows_what_is_named_and_what_is_dismissed() -> None:
    beats = beats_at(regular())
    spans = [named(10_000, 22_000, "AFIB"), named(22_000, 34_000, "AFIB")]
    found = episodes(beats, FS_HZ, N_SAMPLES, spans=spans)
    length = beats["sample"].iloc[-1] - beats["sample"].iloc[0]
    assert summary(beats, found, FS_HZ, N_SAMPLES).af_share == pytest.approx(24_000 / length, abs=0.004)
    # Two spans that touch leave no interval out between them.
    one = episodes(beats, FS_HZ, N_SAMPLES, spans=[named(10_000, 34_000, "AFIB")])
    whole, parts = (summary(beats, each, FS_HZ, N_SAMPLES).af_share for each in (one, found))
    assert whole == parts
    dismissed = summary(beats, found, FS_HZ, N_SAMPLES, dismissed={"AFIB_BY_PERSON:10000"})
    assert dismissed.af_share == pytest.approx(12_000 / length, abs=0.004)
    # What the program found there was another event.
    other = summary(beats, found, FS_HZ, N_SAMPLES, dismissed={"AFIB:10000"})
    assert other.af_share == parts
    nothing = summary(beats, found, FS_HZ, N_SAMPLES, dismissed={"AFIB_BY_PERSON:10000", "AFIB_BY_PERSON:22000"})
    assert nothing.af_share == 0


def test_what_was_dangerous_stays_in_the_reason_of_who_overruled_it() -> None:
    labels = np.array(["N"] * 600)
    labels[[100, 101, 102, 103, 200, 201, 202]] = "V"
    beats = beats_at(regular(interval=50))
    beats["label"] = labels
    at = beats["sample"]
    before = episodes(beats, FS_HZ, N_SAMPLES)
    assert len(rows(before, "VT")) == 2
    span = named(int(at[95]), int(at[210]), "N")
    after = episodes(beats, FS_HZ, N_SAMPLES, spans=[span])
    assert not rows(after, "VT")
    (reason,) = after.loc[after["kind"] == "N", "reason"]
    assert reason == "named by Ann; overrules ventricular tachycardia (2)"
    same = episodes(beats, FS_HZ, N_SAMPLES, spans=[replace(span, kind="VT")])
    assert rows(same, "VT") == [("VT", span.start_sample, span.stop_sample, "person")]
    assert same.loc[same["kind"] == "VT", "reason"].tolist() == ["named by Ann"]


def test_where_a_person_names_a_rhythm_of_beats_there_are_beats_again() -> None:
    spans = [(100, 200), (300, 400)]
    assert without_beats_left(spans, []) == spans
    assert without_beats_left(spans, [named(150, 350, "AFIB")]) == [(100, 150), (350, 400)]
    assert without_beats_left(spans, [named(150, 350, "VT")]) == spans


def test_nothing_counts_in_an_artefact() -> None:
    beats = beats_at(regular(), "NNNNNV").assign(quality=pd.array([2] * 600, dtype="Int8"))
    recording = from_array(np.zeros((N_SAMPLES, 1)), FS_HZ)
    quality = np.full((600, 1), 2, dtype=np.uint8)
    provenance = {"model": "some"}
    before = with_beats(recording, beats, quality, provenance)
    start, stop = 20_050, 30_050
    after = with_beats(recording, beats, quality, provenance, named=[named(start, stop, "UNREADABLE")])
    inside = beats["sample"].between(start, stop - 1)
    assert after.summary.n_beats == (~inside).sum()
    assert after.summary.n_by_class["V"] == (beats["label"][~inside] == "V").sum()
    assert after.summary.readable_share == pytest.approx(1 - 101 / 600)
    assert (before.quality == 2).all(), "the grades given are not changed"
    gap = after.episodes[(after.episodes["start_sample"] < stop) & (after.episodes["stop_sample"] > start)]
    assert rows(gap) == [("UNREADABLE", start, stop, "person")]
    assert len(after.beats) == len(beats)
    assert (after.beats["quality"][inside] == 0).all()
    assert (after.beats["quality"][~inside] == 2).all()
    # No pause, however long the artefact is.
    assert after.summary.longest_rr_s == before.summary.longest_rr_s
    assert after.summary.n_by_kind["PAUSE"] == 0


def test_where_no_beat_is_left_nothing_is_claimed() -> None:
    beats = beats_at(regular(60))
    recording = from_array(np.zeros((5_000, 1)), FS_HZ)
    quality = np.full((50, 1), 2, dtype=np.uint8)
    result = with_beats(recording, beats, quality, {"model": "some"}, named=[named(0, 5_000, "UNREADABLE")])
    assert result.summary.n_beats == 0
    assert result.summary.mean_rate_bpm is None
    assert result.summary.af_share is None


def test_changes_of_rhythm_are_those_of_the_person() -> None:
    beats = beats_at(irregular())
    (found,) = rows(episodes(beats, FS_HZ, N_SAMPLES), "AFIB")
    start, stop = found[1], found[2]
    spans = [
        named(start + 1_000, start + 2_000, "VF"),
        named(start + 2_000, start + 3_000, "N"),
        named(start + 3_000, start + 4_000, "UNREADABLE"),
        named(start + 4_000, start + 5_000, "ASYSTOLE"),
    ]
    changes = rhythm_changes(episodes(beats, FS_HZ, N_SAMPLES, spans=spans))
    assert [change for change in changes if start <= change[0] <= stop] == [
        (start, "(AFIB"),
        (start + 1_000, "(VF"),
        (start + 2_000, "(N"),
        (start + 3_000, "(NOISE"),
        (start + 4_000, "(ASYS"),
        (start + 5_000, "(AFIB"),
        (stop, "(N"),
    ]


@pytest.mark.parametrize("kind", [code for code in NAMEABLE if code in KINDS])
def test_whatever_a_person_names_is_listed_and_counted(kind: str) -> None:
    beats = beats_at(regular())
    found = episodes(beats, FS_HZ, N_SAMPLES, spans=[named(5_000, 9_000, kind)])
    assert ("person", kind, 5_000, 9_000) in [(row[3], row[0], row[1], row[2]) for row in rows(found)]
    assert summary(beats, found, FS_HZ, N_SAMPLES).n_by_kind[kind] == 1
