"""Families of beats: pure on exact truth, and the same however the recording was taken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from family_truth import agreement, truth
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats import CLASSES, to_aami
from ecg_core.recording import Recording, from_array
from ecg_core.signal import assess_quality, resample
from ecg_core.templates import MAX_FAMILIES, Families, beat_space, group_beats, majority
from ecg_core.templates.waves import cut_beats

pytestmark = pytest.mark.slow


def purity(families: Families, classes: np.ndarray) -> dict[str, float]:
    """Share of each class's beats in families whose majority is that class."""
    right = np.zeros(len(classes), dtype=bool)
    for family in families.families:
        beats = families.beats_of(family.index)
        right[beats] = classes[beats] == majority(classes[beats])
    return {letter: float(right[classes == letter].mean()) for letter in np.unique(classes).tolist()}


@pytest.mark.parametrize("name", ["demo_pvc", "demo_pac", "demo_sinus", "demo_af", "demo_brady_pause_tachy"])
def test_at_most_twelve_families_hold_every_beat(name: str) -> None:
    recording, samples, _ = truth(name)
    families = group_beats(recording, samples)
    assert 1 <= len(families) <= MAX_FAMILIES
    assert families.of_beat.dtype == np.int16
    assert families.of_beat.shape == samples.shape
    assert [family.n_beats for family in families.families] == np.bincount(families.of_beat).tolist()
    sizes = [family.n_beats for family in families.families]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("name", ["demo_pvc", "demo_pac"])
def test_wide_and_early_beats_are_never_among_normal_ones(name: str) -> None:
    recording, samples, symbols = truth(name)
    classes = to_aami(symbols)
    families = group_beats(recording, samples)
    for letter, share in purity(families, classes).items():
        assert share == 1.0, (letter, share)


def test_ventricular_beats_in_fibrillation_come_into_a_family_of_their_own() -> None:
    recording, samples, symbols = truth("demo_af")
    classes = to_aami(symbols)
    assert purity(group_beats(recording, samples), classes)["V"] == 1.0


def test_atrial_beats_differ_from_normal_ones_by_their_timing() -> None:
    recording, samples, symbols = truth("demo_pac")
    families = group_beats(recording, samples)
    early = to_aami(symbols) == "S"
    for family in families.families:
        beats = families.beats_of(family.index)
        if early[beats].any():
            assert family.before < 0.8
        elif family.index == 0:
            assert family.before == pytest.approx(1, abs=0.1)
            assert family.after == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("gain", [-1.0, 0.37, -250.0])
def test_gain_and_polarity_leave_the_partition_as_it_is(gain: float) -> None:
    recording, samples, _ = truth("demo_pvc")
    changed = from_array(gain * recording.read(), recording.fs_hz)
    assert agreement(group_beats(recording, samples).of_beat, group_beats(changed, samples).of_beat) == 1.0


def test_a_single_lead_may_be_turned_over() -> None:
    recording, samples, _ = truth("demo_pvc")
    signal = recording.read() * np.array([1, -1, 1], dtype=np.float32)
    changed = from_array(signal, recording.fs_hz)
    assert agreement(group_beats(recording, samples).of_beat, group_beats(changed, samples).of_beat) == 1.0


def test_the_order_of_the_leads_leaves_the_partition_as_it_is() -> None:
    recording, samples, _ = truth("demo_pac")
    changed = from_array(recording.read()[:, ::-1], recording.fs_hz)
    assert agreement(group_beats(recording, samples).of_beat, group_beats(changed, samples).of_beat) == 1.0


@pytest.mark.parametrize("fs_hz", [128.0, 250.0, 500.0])
def test_the_sampling_rate_hardly_matters(fs_hz: float) -> None:
    recording, samples, symbols = truth("demo_pvc")
    changed = from_array(resample(recording.read(), recording.fs_hz, fs_hz), fs_hz)
    moved = np.rint(samples * fs_hz / recording.fs_hz).astype(np.int64)
    families = group_beats(changed, moved)
    assert agreement(group_beats(recording, samples).of_beat, families.of_beat) > 0.95
    assert purity(families, to_aami(symbols))["V"] == 1.0


def test_jitter_of_the_marked_peaks_does_not_split_families() -> None:
    recording, samples, symbols = truth("demo_pvc")
    jitter = np.random.default_rng(3).integers(-7, 8, len(samples))  # 20 ms at 360 Hz
    families = group_beats(recording, np.clip(samples + jitter, 0, recording.n_samples - 1))
    assert agreement(group_beats(recording, samples).of_beat, families.of_beat) > 0.95
    assert purity(families, to_aami(symbols))["V"] == 1.0


def test_the_same_beats_give_the_same_families() -> None:
    recording, samples, _ = truth("demo_af")
    one, other = group_beats(recording, samples), group_beats(recording, samples)
    assert np.array_equal(one.of_beat, other.of_beat)


@pytest.mark.parametrize("n_leads", [1, 2, 12])
def test_one_to_twelve_leads(n_leads: int) -> None:
    recording, samples, symbols = truth("demo_12lead", 60.0)
    some = from_array(recording.read()[:, :n_leads], recording.fs_hz)
    families = group_beats(some, samples)
    assert families.families[0].mean_mv.shape == (n_leads, len(families.offsets_s))
    assert purity(families, to_aami(symbols))["V"] == 1.0


def test_the_picture_of_a_family_is_its_beat_in_millivolts() -> None:
    recording, samples, symbols = truth("demo_pvc")
    families = group_beats(recording, samples)
    normal = families.families[0]
    wide = next(family for family in families.families if set(symbols[families.beats_of(family.index)]) == {"V"})
    at = np.abs(families.offsets_s) <= 0.06
    heights = [float(np.ptp(recording.read(sample - 20, sample + 21)[:, 0])) for sample in samples[symbols == "N"]]
    assert np.ptp(normal.median_mv[0][at]) == pytest.approx(np.median(heights), rel=0.1)
    assert np.ptp(wide.mean_mv[0]) > 1.2 * np.ptp(normal.mean_mv[0])
    assert wide.before < 0.8 < 1.2 < wide.after


def test_pictures_follow_gain() -> None:
    recording, samples, _ = truth("demo_sinus")
    louder = from_array(3 * recording.read(), recording.fs_hz)
    one, other = (group_beats(which, samples).families[0].mean_mv for which in (recording, louder))
    assert other == pytest.approx(3 * one, rel=0.02, abs=0.02)


def test_probabilities_name_families_and_say_how_certain_the_name_is() -> None:
    recording, samples, symbols = truth("demo_pac")
    is_s = to_aami(symbols) == "S"
    probabilities = np.zeros((len(samples), 5), dtype=np.float32)
    probabilities[:, 0], probabilities[:, 1] = np.where(is_s, 0.3, 0.9), np.where(is_s, 0.7, 0.1)
    families = group_beats(recording, samples, probabilities=probabilities)
    for family in families.families:
        expected = "S" if is_s[families.beats_of(family.index)].all() else "N"
        assert (family.label, family.certainty) == (expected, pytest.approx(0.7 if expected == "S" else 0.9, abs=1e-3))
    ranked = [families.families[index] for index in families.least_certain_first()]
    assert [family.label for family in ranked] == sorted((family.label or "" for family in ranked), reverse=True)


def test_probabilities_part_what_shape_and_timing_cannot() -> None:
    recording, samples, _ = truth("demo_sinus")
    odd = np.zeros(len(samples), dtype=bool)
    odd[5::25] = True
    probabilities = np.zeros((len(samples), 5), dtype=np.float32)
    probabilities[~odd, 0] = probabilities[odd, 1] = 0.9
    probabilities[~odd, 1] = probabilities[odd, 0] = 0.1
    families = group_beats(recording, samples, probabilities=probabilities)
    assert purity(families, np.where(odd, "S", "N")) == {"N": 1.0, "S": 1.0}
    without = group_beats(recording, samples)
    assert purity(without, np.where(odd, "S", "N"))["S"] < 0.5


def test_given_labels_name_the_families_without_shaping_them() -> None:
    recording, samples, symbols = truth("demo_pvc")
    plain = group_beats(recording, samples)
    assert {(family.label, family.certainty) for family in plain.families} == {(None, None)}
    named = group_beats(recording, samples, labels=to_aami(symbols))
    assert np.array_equal(plain.of_beat, named.of_beat)
    for family in named.families:
        assert family.label == majority(to_aami(symbols)[named.beats_of(family.index)])
        assert family.certainty == 1.0


@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from(["NSVFQ", "NV", "", "N/x", "SSQ"]))
@settings(max_examples=60)
def test_names_and_certainties_are_those_of_a_plain_loop(seed: int, classified: bool, letters: str) -> None:
    random = np.random.default_rng(seed)
    n_beats, n_families = int(random.integers(1, 60)), int(random.integers(1, 5))
    recording, samples, _ = truth("demo_sinus")
    grouped = group_beats(recording, samples[:5])
    some = replace(grouped, families=tuple(replace(grouped.families[0], index=index) for index in range(n_families)))
    of_beat = random.integers(-1, n_families, n_beats).astype(np.int16)
    labels = random.choice(np.array([*letters, ""]), n_beats)
    probabilities = random.random((n_beats, 5)).astype(np.float32)
    probabilities[random.random(n_beats) < 0.5] = np.nan
    for family in some.renamed(of_beat, labels, probabilities if classified else None).families:
        mine = np.flatnonzero(of_beat == family.index)
        named = [labels[beat] for beat in mine if labels[beat]]
        label = majority(named)
        assert (family.n_beats, family.label) == (len(mine), label)
        if label is None:
            assert family.certainty is None
            continue
        column = probabilities[mine, CLASSES.index(label)]
        told = column[np.isfinite(column)]
        expected = told.mean() if classified and len(told) else named.count(label) / len(named)
        assert family.certainty == pytest.approx(float(expected))


def test_the_spread_is_the_standard_deviation_of_the_beats() -> None:
    recording, samples, _ = truth("demo_sinus")
    families = group_beats(recording, samples)
    waves = cut_beats(recording, samples)
    for family in families.families:
        each = waves.wave[families.beats_of(family.index)].astype(np.float64) * waves.height_mv[:, None]
        assert family.spread_mv == pytest.approx(each.std(axis=0), abs=1e-4)


def test_the_space_may_be_given() -> None:
    recording, samples, _ = truth("demo_pvc")
    given_space = group_beats(recording, samples, space=beat_space(recording, samples))
    assert np.array_equal(given_space.of_beat, group_beats(recording, samples).of_beat)
    with pytest.raises(ValueError, match="its place in the space"):
        group_beats(recording, samples[1:], space=beat_space(recording, samples))


def test_the_typical_beat_is_one_of_the_family() -> None:
    recording, samples, _ = truth("demo_pvc")
    families = group_beats(recording, samples)
    typical = np.searchsorted(samples, [family.typical_sample for family in families.families])
    assert families.of_beat[typical].tolist() == list(range(len(families)))
    assert samples[typical].tolist() == [family.typical_sample for family in families.families]


def test_unreadable_beats_are_a_family_of_their_own() -> None:
    recording, samples, _ = truth("demo_pvc")
    signal = recording.read()
    noisy = (samples > 40 * recording.fs_hz) & (samples < 60 * recording.fs_hz)
    quality = assess_quality(signal, recording.fs_hz)
    quality[:] = 2
    quality[40:60] = 0
    families = group_beats(recording, samples, quality)
    assert len(families) <= MAX_FAMILIES
    last = families.families[-1]
    assert [family.unreadable for family in families.families] == [False] * (len(families) - 1) + [True]
    assert np.array_equal(families.of_beat == last.index, noisy)


def test_a_lead_that_is_off_for_a_while_does_not_split_families() -> None:
    recording, samples, symbols = truth("demo_pvc")
    signal = recording.read()
    off = slice(100 * round(recording.fs_hz), 160 * round(recording.fs_hz))
    signal[off, 1] = np.nan
    families = group_beats(from_array(signal, recording.fs_hz), samples, assess_quality(signal, recording.fs_hz))
    assert agreement(group_beats(recording, samples).of_beat, families.of_beat) > 0.9
    assert purity(families, to_aami(symbols))["V"] == 1.0


@pytest.mark.parametrize("level", [0.0, 1.0, np.nan])
def test_a_flat_or_absent_signal_groups_without_complaint(level: float) -> None:
    recording = from_array(np.full((3600, 2), level), 360.0)
    samples = np.arange(100, 3600, 300)
    for quality in (None, np.zeros((10, 2), dtype=np.uint8)):
        families = group_beats(recording, samples, quality)
        assert [(family.n_beats, family.unreadable) for family in families.families] == [(len(samples), True)]
        assert np.isfinite(families.families[0].mean_mv).all()


@pytest.mark.parametrize("n_beats", [0, 1, 2, 3])
def test_few_beats_or_none(n_beats: int) -> None:
    recording, samples, _ = truth("demo_sinus")
    families = group_beats(recording, samples[:n_beats])
    assert len(families.of_beat) == n_beats
    assert sum(family.n_beats for family in families.families) == n_beats


def test_noise_alone_is_grouped() -> None:
    noise = np.random.default_rng(1).normal(size=(36_000, 2))
    families = group_beats(from_array(noise, 360.0), np.arange(200, 35_000, 290))
    assert 1 <= len(families) <= MAX_FAMILIES


def test_many_beats_take_the_other_way_to_the_same_families(monkeypatch: pytest.MonkeyPatch) -> None:
    recording, samples, symbols = truth("demo_pvc")
    exact = group_beats(recording, samples)
    monkeypatch.setattr("ecg_core.templates.grouping._WARD_POINTS", 100)
    condensed = group_beats(recording, samples)
    assert purity(condensed, to_aami(symbols)) == purity(exact, to_aami(symbols))
    assert np.array_equal(condensed.of_beat, group_beats(recording, samples).of_beat)
    assert agreement(exact.of_beat, condensed.of_beat) > 0.9


def test_the_recording_is_read_in_pieces() -> None:
    recording, samples, _ = truth("demo_pvc", 1200.0)
    longest = 0

    def read_span(start: int, stop: int, leads: object) -> np.ndarray:
        nonlocal longest
        longest = max(longest, stop - start)
        return recording.read_span(start, stop, leads)  # type: ignore[arg-type]

    shares: list[float] = []
    watched: Recording = replace(recording, read_span=read_span)
    group_beats(watched, samples, progress=shares.append)
    assert longest < 400 * recording.fs_hz < recording.n_samples
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize(
    "samples, options, complaint",
    [
        ([300, 200], {}, "increase strictly"),
        ([300, 10**9], {}, "must lie within"),
        ([300, 600], {"probabilities": np.zeros((3, 5))}, "Expected probabilities"),
        ([300, 600], {"labels": ["N"]}, "one label"),
        ([300, 600], {"most_families": 1}, "At least two"),
    ],
)
def test_what_does_not_fit_is_refused(samples: list[int], options: dict[str, object], complaint: str) -> None:
    recording, _, _ = truth("demo_sinus")
    with pytest.raises(ValueError, match=complaint):
        group_beats(recording, samples, **options)  # type: ignore[arg-type]
