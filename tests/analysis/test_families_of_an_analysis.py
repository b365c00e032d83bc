"""The families of an analysis: complete, the same again, kept on disk, and following a person's edits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ecg_core.analysis
from ecg_core.analysis import Analysis, analyse, beat_points, with_beats
from ecg_core.beats import CLASSES, to_aami
from ecg_core.recording import Recording, from_array
from ecg_core.synthesis import generate, scenarios
from ecg_core.templates import MAX_FAMILIES, Families, group_beats, majority

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def recording() -> Recording:
    synthetic = generate(scenarios()["demo_pvc"], duration_s=120, seed=4)
    return from_array(synthetic.signal, synthetic.fs_hz, synthetic.lead_names, "synthetic")


class Teller:
    """A classifier that says what it is told, or N, at 0.9."""

    name = "teller"
    folder = Path()

    def __init__(self, labels: str = "", sha256: str = "teller") -> None:
        self.labels, self.sha256 = labels, sha256
        self.card: dict[str, object] = {}

    def classify(
        self, recording: Recording, samples: np.ndarray, quality: object = None, progress: object = None
    ) -> np.ndarray:
        letters = self.labels.ljust(len(samples), "N")[: len(samples)]
        probabilities = np.full((len(samples), len(CLASSES)), 0.025, dtype=np.float32)
        probabilities[np.arange(len(samples)), [CLASSES.index(letter) for letter in letters]] = 0.9
        return probabilities


@pytest.fixture
def teller(monkeypatch: pytest.MonkeyPatch) -> Teller:
    monkeypatch.setattr("ecg_core.classification.device.device_name", lambda: "none")
    return Teller()


@pytest.fixture
def groupings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Beats that were grouped, each time."""
    made: list[int] = []

    def counted(recording: Recording, samples: np.ndarray, *given: object, **options: object) -> Families:
        made.append(len(samples))
        return group_beats(recording, samples, *given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ecg_core.analysis, "group_beats", counted)
    return made


def families_of(analysis: Analysis) -> Families:
    assert analysis.templates is not None
    return analysis.templates


def test_every_beat_belongs_to_one_of_at_most_twelve_families(recording: Recording) -> None:
    analysis = analyse(recording)
    families = families_of(analysis)
    numbers = analysis.beats["template"]
    assert numbers.dtype == "Int16"
    assert numbers.notna().all()
    assert 2 <= len(families) <= MAX_FAMILIES
    assert numbers.value_counts().sort_index().to_dict() == {one.index: one.n_beats for one in families.families}
    assert numbers.tolist() == families.of_beat.tolist()


def test_without_a_model_families_have_no_label_and_wide_beats_their_own(recording: Recording) -> None:
    analysis = analyse(recording)
    assert {(one.label, one.certainty) for one in families_of(analysis).families} == {(None, None)}
    synthetic = generate(scenarios()["demo_pvc"], duration_s=120, seed=4)
    truth, symbols = synthetic.annotations.beats()
    given = analyse(recording, peaks=truth)
    wide = to_aami(symbols) == "V"
    assert wide.any()
    assert not set(given.beats["template"][wide]) & set(given.beats["template"][~wide])


def test_families_carry_the_class_of_most_of_their_beats(recording: Recording, teller: Teller) -> None:
    teller.labels = "NNNNV" * 100
    analysis = analyse(recording, teller)  # type: ignore[arg-type]
    for family in families_of(analysis).families:
        mine = analysis.beats[analysis.beats["template"] == family.index]
        assert family.label == majority(mine["label"])
        assert family.certainty == pytest.approx(mine[f"p_{family.label.lower()}"].mean())


def test_two_runs_give_the_same_numbers_whether_kept_or_not(recording: Recording, groupings: list[int]) -> None:
    computed, again = analyse(recording, cache=False), analyse(recording, cache=False)
    stored, taken = analyse(recording), analyse(recording)
    assert len(groupings) == 3
    for other in (again, stored, taken):
        pd.testing.assert_frame_equal(computed.beats, other.beats)
        for one, two in zip(families_of(computed).families, families_of(other).families, strict=True):
            for name, value in vars(one).items():
                np.testing.assert_array_equal(value, getattr(two, name), err_msg=name)


def test_what_families_depend_on_groups_again(recording: Recording, teller: Teller, groupings: list[int]) -> None:
    found = analyse(recording).beats["sample"].to_numpy()
    analyse(recording, peaks=found[1:])
    analyse(recording, teller)  # type: ignore[arg-type]
    analyse(recording, Teller("NNNNNNNNNV" * 30, "other"))  # type: ignore[arg-type]
    louder = from_array(2 * recording.read(), recording.fs_hz, recording.lead_names, recording.name)
    analyse(louder)
    assert len(groupings) == 5
    analyse(recording, teller)  # type: ignore[arg-type]
    analyse(recording)
    assert len(groupings) == 5


def test_gain_polarity_and_the_order_of_leads_leave_the_families_as_they_are(recording: Recording) -> None:
    signal = recording.read()
    peaks = analyse(recording).beats["sample"].to_numpy()
    plain = families_of(analyse(recording, peaks=peaks)).of_beat
    for changed in (-1.0 * signal, 0.4 * signal, signal[:, ::-1]):
        other = from_array(changed, recording.fs_hz)
        assert families_of(analyse(other, peaks=peaks)).of_beat.tolist() == plain.tolist()


def test_relabelled_beats_keep_their_family_and_name_it_anew(recording: Recording, teller: Teller) -> None:
    analysis = analyse(recording, teller)  # type: ignore[arg-type]
    chosen = families_of(analysis).families[-1]
    edited = analysis.beats.copy()
    edited.loc[edited["template"] == chosen.index, "label"] = "V"
    again = with_beats(recording, edited, analysis.quality, analysis.provenance, analysis.templates)
    pd.testing.assert_series_equal(again.beats["template"], analysis.beats["template"])
    for before, after in zip(families_of(analysis).families, families_of(again).families, strict=True):
        assert after.label == ("V" if after.index == chosen.index else before.label)
        assert after.n_beats == before.n_beats
        np.testing.assert_array_equal(after.mean_mv, before.mean_mv)
    assert families_of(again).families[chosen.index].certainty == pytest.approx(0.025)


def test_beats_that_come_and_go_change_sizes_only(recording: Recording) -> None:
    analysis = analyse(recording)
    families = families_of(analysis)
    row = analysis.beats.iloc[[5]].assign(sample=lambda beats: beats["sample"] + 40, template=pd.NA)
    without = analysis.beats.drop(index=[7, 8])
    edited = pd.concat([without, row.astype(without.dtypes)]).sort_values("sample", ignore_index=True)
    again = families_of(with_beats(recording, edited, analysis.quality, analysis.provenance, families))
    lost = np.bincount(families.of_beat[[7, 8]], minlength=len(families))
    assert [one.n_beats for one in again.families] == [
        one.n_beats - gone for one, gone in zip(families.families, lost.tolist(), strict=True)
    ]
    assert [one.typical_sample for one in again.families] == [one.typical_sample for one in families.families]
    assert len(again.of_beat) == len(edited)
    assert (again.of_beat == -1).sum() == 1


def test_distances_are_those_to_the_mean_of_the_familys_points(recording: Recording) -> None:
    analysis = analyse(recording)
    families = families_of(analysis)
    points = beat_points(recording, analysis.beats["sample"].to_numpy(), analysis.quality).astype(np.float64)
    assert len(points) == len(families.distance) == len(analysis.beats)
    for family in families.families:
        mine = points[families.beats_of(family.index)]
        expected = np.linalg.norm(mine - mine.mean(axis=0), axis=1)
        np.testing.assert_allclose(families.distance[families.of_beat == family.index], expected, atol=0.01)
        nearest = families.beats_of(family.index)[families.distance[families.of_beat == family.index].argmin()]
        assert analysis.beats["sample"][nearest] == family.typical_sample


def test_points_are_kept_where_beats_were_grouped_and_computed_where_not(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    original = ecg_core.analysis.beat_space

    def counted(recording: Recording, samples: np.ndarray, *given: object) -> object:
        made.append(len(samples))
        return original(recording, samples, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(ecg_core.analysis, "beat_space", counted)
    analysis = analyse(recording)
    samples = analysis.beats["sample"].to_numpy()
    kept = beat_points(recording, samples, analysis.quality)
    assert (len(made), kept.dtype, len(kept)) == (1, np.float16, len(samples))
    shares: list[float] = []
    computed = beat_points(
        recording, samples, analysis.quality, progress=lambda _, share: shares.append(share), cache=False
    )
    assert len(made) == 2
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    np.testing.assert_array_equal(computed, kept)
    other = beat_points(recording, samples[1:], analysis.quality)
    assert (len(made), len(other)) == (3, len(samples) - 1)
    beat_points(recording, samples[1:], analysis.quality)
    assert len(made) == 3


def test_a_beats_distance_is_kept_while_its_family_is_the_same(recording: Recording) -> None:
    analysis = analyse(recording)
    families = families_of(analysis)
    edited = analysis.beats.copy()
    edited.loc[3, "template"] = pd.NA
    again = families_of(with_beats(recording, edited, analysis.quality, analysis.provenance, families))
    assert np.flatnonzero(again.distance != families.distance).tolist() == [3]
    assert np.isnan(again.distance[3])
    shorter = analysis.beats.drop(index=[0]).reset_index(drop=True)
    unknown = families_of(with_beats(recording, shorter, analysis.quality, analysis.provenance, families))
    assert np.isnan(unknown.distance).all()
    aligned = families.at(np.arange(1, len(analysis.beats)))
    known = families_of(with_beats(recording, shorter, analysis.quality, analysis.provenance, aligned))
    np.testing.assert_array_equal(known.distance, families.distance[1:])


def test_a_family_that_lost_every_beat_has_no_label(recording: Recording, teller: Teller) -> None:
    analysis = analyse(recording, teller)  # type: ignore[arg-type]
    last = len(families_of(analysis)) - 1
    edited = analysis.beats[analysis.beats["template"] != last].reset_index(drop=True)
    again = families_of(with_beats(recording, edited, analysis.quality, analysis.provenance, analysis.templates))
    assert (again.families[last].n_beats, again.families[last].label) == (0, None)


@pytest.mark.parametrize("signal_mv", [np.empty((0, 2)), np.zeros((10, 2)), np.full((7200, 2), np.nan)])
def test_where_there_is_no_beat_there_is_no_family(signal_mv: np.ndarray) -> None:
    nothing = from_array(signal_mv, 360.0)
    for analysis in (analyse(nothing), analyse(nothing)):
        assert len(families_of(analysis)) == 0
        assert len(families_of(analysis).of_beat) == 0


def test_a_single_beat_is_a_family(recording: Recording) -> None:
    sample = int(analyse(recording).beats["sample"][3])
    families = families_of(analyse(recording, peaks=np.array([sample])))
    assert [(one.n_beats, one.typical_sample) for one in families.families] == [(1, sample)]


def test_families_may_wait(recording: Recording, groupings: list[int]) -> None:
    analysis = analyse(recording, group=False)
    assert analysis.templates is None
    assert analysis.beats["template"].isna().all()
    assert not groupings


def test_the_recording_is_read_in_pieces(recording: Recording) -> None:
    long = from_array(np.tile(recording.read(), (10, 1)), recording.fs_hz)
    longest = 0

    def read_span(start: int, stop: int, leads: object) -> np.ndarray:
        nonlocal longest
        longest = max(longest, stop - start)
        return long.read_span(start, stop, leads)  # type: ignore[arg-type]

    watched = replace(long, read_span=read_span)
    watched.__dict__["sha256"] = long.sha256
    analyse(watched)
    assert longest < 1100 * long.fs_hz < long.n_samples
