"""The pipeline: what it keeps, what it computes once, and what stays absent."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ecg_core.analysis
import ecg_core.findings
from ecg_core import __version__
from ecg_core.analysis import Analysis, analyse, classification_cached, find_beats, with_beats
from ecg_core.beats import BEAT_TABLE_COLUMNS, CLASSES, PROBABILITY_COLUMNS
from ecg_core.classification.model import BeatModel, load_model
from ecg_core.detection import Detection
from ecg_core.recording import Recording, from_array
from ecg_core.synthesis import generate, scenarios


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for each test."""
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "analyses"


@pytest.fixture(scope="module")
def recording() -> Recording:
    synthetic = generate(scenarios()["demo_pvc"], duration_s=60, seed=2)
    return from_array(synthetic.signal, synthetic.fs_hz, name="synthetic")


@pytest.fixture(scope="module")
def model(tiny_model_folder: Path) -> BeatModel:
    return load_model(tiny_model_folder)


@pytest.fixture
def detections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the recordings whose beats were looked for, each time."""
    made: list[str] = []
    detect = ecg_core.findings.find_beats_and_spikes

    def counted(recording: Recording, **given: object) -> Detection:
        made.append(recording.name)
        return detect(recording, **given)

    monkeypatch.setattr(ecg_core.findings, "find_beats_and_spikes", counted)
    return made


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A program in which nothing heavy may run."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("computed again")

    with monkeypatch.context() as patch:
        patch.setattr(ecg_core.findings, "find_beats_and_spikes", refuse)
        patch.setattr(ecg_core.analysis, "group_beats", refuse)
        patch.setattr(BeatModel, "classify", refuse)
        yield


def same_families(first: Analysis, second: Analysis) -> None:
    assert first.templates is not None
    assert second.templates is not None
    np.testing.assert_array_equal(first.templates.of_beat, second.templates.of_beat)
    np.testing.assert_array_equal(first.templates.offsets_s, second.templates.offsets_s)
    assert first.templates.lead_names == second.templates.lead_names
    assert len(first.templates) == len(second.templates)
    for one, other in zip(first.templates.families, second.templates.families, strict=True):
        for name, value in vars(one).items():
            np.testing.assert_array_equal(value, getattr(other, name), err_msg=name)


def same(first: Analysis, second: Analysis) -> None:
    pd.testing.assert_frame_equal(first.beats, second.beats)
    pd.testing.assert_frame_equal(first.episodes, second.episodes)
    np.testing.assert_array_equal(first.quality, second.quality)
    assert first.summary == second.summary
    same_families(first, second)
    moment = {"analysed_at": None}
    assert {**first.provenance, **moment} == {**second.provenance, **moment}


def test_without_a_model_beats_are_found_and_nothing_is_guessed(recording: Recording) -> None:
    analysis = analyse(recording)
    assert tuple(analysis.beats.columns) == BEAT_TABLE_COLUMNS
    assert len(analysis.beats) > 50
    assert analysis.beats["label"].isna().all()
    assert analysis.beats[list(PROBABILITY_COLUMNS)].isna().all(axis=None)
    assert not analysis.classified
    assert analysis.summary.n_by_class is None
    assert analysis.summary.burden_v_percent is None
    assert analysis.provenance["device"] is None
    assert analysis.quality.shape == (60, len(recording.leads))


@pytest.mark.tensorflow
def test_with_a_model_every_beat_has_the_likeliest_class(recording: Recording, model: BeatModel) -> None:
    analysis = analyse(recording, model)
    probabilities = analysis.beats[list(PROBABILITY_COLUMNS)].to_numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert analysis.beats["label"].tolist() == [CLASSES[index] for index in probabilities.argmax(axis=1)]
    assert analysis.classified
    assert sum((analysis.summary.n_by_class or {}).values()) == len(analysis.beats)


@pytest.mark.tensorflow
def test_provenance_names_all_that_shaped_the_result(recording: Recording, model: BeatModel) -> None:
    provenance = analyse(recording, model).provenance
    assert provenance["source_sha256"] == recording.sha256
    assert (provenance["model"], provenance["model_sha256"]) == (model.name, model.sha256)
    assert provenance["version"] == __version__
    assert provenance["peaks"] == "detected"
    assert provenance["leads"] == list(recording.lead_names)
    assert provenance["fs_hz"] == recording.fs_hz


@pytest.mark.tensorflow
def test_a_second_analysis_computes_nothing_heavy(
    recording: Recording, model: BeatModel, request: pytest.FixtureRequest
) -> None:
    first = analyse(recording, model)
    assert classification_cached(recording, model)
    request.getfixturevalue("idle")
    same(first, analyse(recording, model))


@pytest.mark.tensorflow
def test_without_the_cache_everything_is_computed_and_nothing_kept(
    recording: Recording, model: BeatModel, detections: list[str], cache: Path
) -> None:
    same(analyse(recording, model, cache=False), analyse(recording, model, cache=False))
    assert len(detections) == 2
    assert not cache.exists()


@pytest.mark.tensorflow
def test_another_model_classifies_again_but_takes_the_beats(
    recording: Recording, model: BeatModel, detections: list[str]
) -> None:
    analyse(recording, model)
    other = replace(model, sha256="another")
    assert not classification_cached(recording, other)
    analyse(recording, other)
    assert len(detections) == 1
    assert classification_cached(recording, other)


def test_another_content_is_analysed_whatever_its_name(recording: Recording, detections: list[str]) -> None:
    signal = recording.read()
    louder = from_array(2 * signal, recording.fs_hz, name=recording.name)
    for given in (recording, louder, recording, louder):
        find_beats(given)
    assert len(detections) == 2


def test_the_same_signal_at_another_rate_is_other_content(recording: Recording, detections: list[str]) -> None:
    find_beats(recording)
    find_beats(from_array(recording.read(), 2 * recording.fs_hz, name=recording.name))
    assert len(detections) == 2


def damage_nothing_left(path: Path) -> None:
    path.write_bytes(b"")


def damage_truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def damage_flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for position in range(60, len(content) - 200, 7):
        content[position] ^= 0xFF
    path.write_bytes(content)


def damage_no_archive(path: Path) -> None:
    path.write_text("beats")


def damage_other_arrays(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.npy", b"no array")


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "damage",
    [damage_nothing_left, damage_truncated, damage_flipped, damage_no_archive, damage_other_arrays],
)
def test_a_damaged_cache_is_computed_again_and_mended(
    recording: Recording, model: BeatModel, cache: Path, damage: object, request: pytest.FixtureRequest
) -> None:
    first = analyse(recording, model)
    kept = list(cache.iterdir())
    assert sorted(path.name.split(".")[1] for path in kept) == ["beats", "classes", "families", "points", "rhythm"]
    for path in kept:
        damage(path)  # type: ignore[operator]
    same(first, analyse(recording, model))
    request.getfixturevalue("idle")
    same(first, analyse(recording, model))


def test_a_full_disk_costs_the_cache_not_the_result(
    recording: Recording, cache: Path, detections: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: Path, **_: object) -> None:
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    assert len(analyse(recording).beats) > 50
    assert not list(cache.iterdir())
    analyse(recording)
    assert len(detections) == 2


def test_a_cache_folder_that_cannot_be_made_costs_nothing_else(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert len(analyse(recording).beats) > 50


@pytest.mark.tensorflow
def test_given_peaks_are_taken_as_they_are(recording: Recording, model: BeatModel) -> None:
    found = analyse(recording).beats["sample"].to_numpy()
    given = found[::2] + 3
    analysis = analyse(recording, model, peaks=given)
    assert analysis.beats["sample"].tolist() == given.tolist()
    assert analysis.beats["label"].notna().all()
    assert analysis.provenance["peaks"] == "given"
    assert analyse(recording, model).beats["sample"].tolist() == found.tolist()


@pytest.mark.parametrize("peaks", [[-1, 100], [100, 60 * 360], [100, 100], [200, 100]])
def test_peaks_that_cannot_be_are_refused(recording: Recording, peaks: list[int]) -> None:
    assert recording.n_samples == 60 * 360
    with pytest.raises(ValueError, match=r"increase strictly|lie within"):
        analyse(recording, peaks=np.array(peaks))


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "signal_mv",
    [
        np.empty((0, 2)),
        np.zeros((10, 2)),
        np.zeros((20 * 360, 2)),
        np.full((20 * 360, 2), 1.7),
        np.full((20 * 360, 2), np.nan),
    ],
    ids=["empty", "too short", "flat", "flat off zero", "absent"],
)
def test_where_there_is_no_heartbeat_figures_are_absent_not_zero(signal_mv: np.ndarray, model: BeatModel) -> None:
    nothing = from_array(signal_mv, 360.0)
    for analysis in (analyse(nothing), analyse(nothing, model)):
        assert len(analysis.beats) == 0
        assert tuple(analysis.beats.columns) == BEAT_TABLE_COLUMNS
        summary = asdict(analysis.summary)
        assert summary["n_beats"] == 0
        told = {"duration_s", "readable_share", "n_beats", "n_by_class", "n_by_kind", "longest_v_run_beats"}
        assert {key for key, value in summary.items() if value is not None} <= told
        assert analysis.provenance["device"] is None, "nothing was computed"
        told_of = {kind for kind, number in summary["n_by_kind"].items() if number}
        assert told_of == ({"UNREADABLE"} if len(signal_mv) >= 5 * 360 else set())


def test_progress_rises_in_each_stage_to_one(recording: Recording) -> None:
    seen: list[tuple[str, float]] = []
    analyse(recording, progress=lambda stage, share: seen.append((stage, share)))
    assert list(dict.fromkeys(stage for stage, _ in seen)) == ["Finding beats", "Recognising rhythms", "Grouping beats"]
    for each in ("Finding beats", "Grouping beats"):
        shares = [share for stage, share in seen if stage == each]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0


@pytest.mark.tensorflow
def test_classifying_comes_before_grouping(recording: Recording, model: BeatModel) -> None:
    seen: list[str] = []
    analyse(recording, model, progress=lambda stage, _: seen.append(stage))
    assert list(dict.fromkeys(seen)) == ["Finding beats", "Recognising rhythms", "Classifying beats", "Grouping beats"]


@pytest.mark.tensorflow
def test_the_cheap_pass_follows_an_edit(recording: Recording, model: BeatModel) -> None:
    analysis = analyse(recording, model)
    edited = analysis.beats.copy()
    edited["label"] = "N"
    edited.loc[3:7, "label"] = "V"
    again = with_beats(recording, edited, analysis.quality, analysis.provenance)
    assert again.summary.n_by_class == {"N": len(edited) - 5, "S": 0, "V": 5, "F": 0, "Q": 0}
    assert again.summary.longest_v_run_beats == 5
    np.testing.assert_array_equal(again.quality, analysis.quality)
