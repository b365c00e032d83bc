"""Families that a person has split and merged: their pictures, their distances, and what is remembered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from family_truth import truth

from ecg_core.recording import Recording, from_array
from ecg_core.templates import NO_FAMILY, Families, TemplateEditor, group_beats
from ecg_core.templates.describing import describe_families
from ecg_core.templates.space import BeatSpace, beat_space

pytestmark = pytest.mark.slow


class Desk:
    """A grouped recording, and how often it was read and its points asked for."""

    def __init__(self, name: str = "demo_pvc", quality: np.ndarray | None = None) -> None:
        self.recording, self.samples, _ = truth(name)
        self.space: BeatSpace = beat_space(self.recording, self.samples, quality)
        self.grouped = group_beats(self.recording, self.samples, quality, space=self.space)
        self.reads: list[int] = []
        self.asked = 0
        self.album = TemplateEditor(self._watched(), self.samples, self.grouped, self._points)
        self.all = np.arange(len(self.samples))

    def _watched(self) -> Recording:
        def read_span(start: int, stop: int, leads: object) -> np.ndarray:
            self.reads.append(stop - start)
            return self.recording.read_span(start, stop, leads)  # type: ignore[arg-type]

        return replace(self.recording, read_span=read_span)

    def _points(self) -> np.ndarray:
        self.asked += 1
        return self.space.points.astype(np.float16)

    def split(self, index: int = 0) -> np.ndarray:
        """Return families in which every second beat of one has gone to a new one."""
        of_beat = self.grouped.of_beat.copy()
        of_beat[self.grouped.beats_of(index)[::2]] = len(self.grouped)
        return of_beat


def same(one: Families, other: Families) -> None:
    for mine, theirs in zip(one.families, other.families, strict=True):
        for name, value in vars(mine).items():
            np.testing.assert_array_equal(value, getattr(theirs, name), err_msg=name)
    np.testing.assert_array_equal(one.of_beat, other.of_beat)
    np.testing.assert_array_equal(one.distance, other.distance)


def test_where_nothing_was_split_or_merged_nothing_is_read() -> None:
    desk = Desk()
    same(desk.album.families(desk.grouped.of_beat, desk.all), desk.grouped)
    assert (desk.reads, desk.asked) == ([], 0)


def test_a_family_described_from_few_beats_looks_as_if_made_from_all() -> None:
    desk = Desk()
    again = desk.album.families(desk.grouped.of_beat, desk.all, {one.index: 1 for one in desk.grouped.families})
    for before, after in zip(desk.grouped.families, again.families, strict=True):
        assert (after.index, after.n_beats, after.unreadable) == (before.index, before.n_beats, False)
        # Of two beats neither is nearer to their mean.
        assert after.typical_sample == before.typical_sample or before.n_beats == 2
        assert [after.before, after.after] == pytest.approx([before.before, before.after], rel=0.03)
        for name in ("mean_mv", "median_mv", "spread_mv"):
            assert getattr(after, name) == pytest.approx(getattr(before, name), abs=0.03), name
    np.testing.assert_allclose(again.distance, desk.grouped.distance, atol=0.005)


def test_a_split_family_is_two_that_are_what_their_beats_make_them() -> None:
    desk = Desk()
    of_beat = desk.split()
    new = len(desk.grouped)
    families = desk.album.families(of_beat, desk.all, {0: 4, new: 4})
    groups = describe_families(desk.samples, of_beat.astype(np.int64), desk.space, desk.recording.lead_names)
    for index in (0, new):
        members = np.flatnonzero(of_beat == index)
        expected = groups.family(int(groups.of_beat[members[0]]))
        family = families.family(index)
        assert (family.n_beats, family.typical_sample) == (len(members), expected.typical_sample)
        assert family.mean_mv == pytest.approx(expected.mean_mv, abs=0.03)
        assert family.spread_mv == pytest.approx(expected.spread_mv, abs=0.03)
        np.testing.assert_allclose(families.distance[members], groups.distance[members], atol=0.005)
    untouched = np.flatnonzero((of_beat != 0) & (of_beat != new))
    np.testing.assert_array_equal(families.distance[untouched], desk.grouped.distance[untouched])
    assert families.family(1) is desk.grouped.family(1)


def test_a_merged_family_is_gone_and_the_other_holds_its_beats() -> None:
    desk = Desk()
    of_beat = np.where(desk.grouped.of_beat == 1, 0, desk.grouped.of_beat).astype(np.int16)
    families = desk.album.families(of_beat, desk.all, {0: 2, 1: 2})
    assert [one.index for one in families.families] == [0, *range(2, len(desk.grouped))]
    assert families.family(0).n_beats == (of_beat == 0).sum()
    assert set(families.largest_first()) == set(families.least_certain_first()) == {0, *range(2, len(desk.grouped))}
    with pytest.raises(KeyError):
        families.family(1)


def test_what_was_seen_once_is_not_read_again() -> None:
    desk = Desk()
    of_beat, new = desk.split(), len(desk.grouped)
    split = desk.album.families(of_beat, desk.all, {0: 1, new: 1})
    n_reads = len(desk.reads)
    assert 0 < n_reads <= 2 * 501 + 24
    same(desk.album.families(desk.grouped.of_beat, desk.all), desk.grouped)
    same(desk.album.families(of_beat, desk.all, {0: 1, new: 1}), split)
    assert (len(desk.reads), desk.asked) == (n_reads, 1)
    desk.album.families(of_beat, desk.all, {0: 2, new: 1})
    assert len(desk.reads) > n_reads
    assert desk.asked == 1


def test_beats_that_come_and_go_leave_the_pictures_and_the_distances_of_the_others() -> None:
    desk = Desk()
    of_beat, new = desk.split(), len(desk.grouped)
    split = desk.album.families(of_beat, desk.all, {0: 1, new: 1})
    n_reads = len(desk.reads)
    positions = np.concatenate([desk.all[3:10], [-1], desk.all[10:]])
    edited = np.concatenate([of_beat[3:10], [NO_FAMILY], of_beat[10:]]).astype(np.int16)
    families = desk.album.families(edited, positions, {0: 1, new: 1})
    assert len(desk.reads) == n_reads
    np.testing.assert_array_equal(families.distance[8:], split.distance[10:])
    assert np.isnan(families.distance[7])
    renamed = families.renamed(edited, None)
    assert [one.n_beats for one in renamed.families] == [(edited == one.index).sum() for one in renamed.families]
    np.testing.assert_array_equal(renamed.distance, families.distance)


def test_unreadable_beats_have_no_distance_whatever_they_are_merged_with() -> None:
    quality = np.full((300, 3), 2, dtype=np.uint8)
    quality[40:60] = 0
    desk = Desk(quality=quality)
    lost = desk.grouped.families[-1]
    assert lost.unreadable
    assert np.isnan(desk.grouped.distance[desk.grouped.beats_of(lost.index)]).all()
    into = np.where(desk.grouped.of_beat == lost.index, 0, desk.grouped.of_beat).astype(np.int16)
    families = desk.album.families(into, desk.all, {0: 1, lost.index: 1})
    assert not families.family(0).unreadable
    assert np.array_equal(np.isnan(families.distance), desk.grouped.of_beat == lost.index)
    parted = desk.grouped.of_beat.copy()
    parted[desk.grouped.beats_of(lost.index)[::2]] = len(desk.grouped)
    halves = desk.album.families(parted, desk.all, {lost.index: 3, len(desk.grouped): 3})
    assert [one.unreadable for one in halves.families][-2:] == [True, True]
    assert np.isnan(halves.distance[desk.grouped.beats_of(lost.index)]).all()


def test_beats_at_the_ends_of_a_recording_have_a_picture() -> None:
    recording, samples, _ = truth("demo_sinus", 60.0)
    short = from_array(recording.read(samples[2] - 5, samples[5] + 5), recording.fs_hz)
    moved = samples[2:6] - (samples[2] - 5)
    grouped = group_beats(short, moved)
    points = beat_space(short, moved).points
    album = TemplateEditor(short, moved, grouped, lambda: points)
    numbers = np.arange(4, dtype=np.int16)
    families = album.families(numbers, np.arange(4), dict.fromkeys(range(4), 1))
    for family in families.families:
        assert np.isfinite(family.mean_mv).all()
        assert not family.spread_mv.any()
        assert np.ptp(family.mean_mv) > 0.1
