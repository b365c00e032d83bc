"""Prepared data sets: what is cut, what is kept, and when it is cut again."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import wfdb

import ecg_core.training.prepared_beats
from ecg_core.beats import CLASSES, to_aami
from ecg_core.classification.rr import rr_features
from ecg_core.classification.windows import WindowSpec
from ecg_core.errors import SourceError
from ecg_core.formats import open_recording
from ecg_core.training.prepared_beats import PreparedBeats, prepare

pytestmark = pytest.mark.slow

SPEC = WindowSpec()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for each test."""
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "prepared"


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the recordings that were cut, each time."""
    names: list[str] = []
    prepare_one = ecg_core.training.prepared_beats._prepare_one

    def counted(recording: object, *settings: object) -> object:
        names.append(recording.name)
        return prepare_one(recording, *settings)

    monkeypatch.setattr(ecg_core.training.prepared_beats, "_prepare_one", counted)
    return names


@pytest.fixture
def copied(annotated: Path, tmp_path: Path) -> list[Path]:
    """Headers of two recordings that may be changed."""
    folder = Path(shutil.copytree(annotated, tmp_path / "copied"))
    return [folder / "demo_pvc.hea", folder / "demo_pac.hea"]


def same(first: PreparedBeats, second: PreparedBeats) -> None:
    for name in ("beat", "dominant", "readable", "rr", "label", "recording", "view"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    for name in ("names", "sha256", "margin", "n_before", "n_whole"):
        assert getattr(first, name) == getattr(second, name)


def test_every_reference_beat_is_there_once_with_its_class(copied: list[Path]) -> None:
    prepared = prepare(copied, SPEC, margin=8)
    for index, header in enumerate(copied):
        samples, symbols = open_recording(header).annotations().beats()
        of_one = np.flatnonzero(prepared.recording[: prepared.n_whole] == index)
        assert len(of_one) == len(samples)
        assert [CLASSES[label] for label in prepared.label[of_one]] == to_aami(symbols).tolist()
        np.testing.assert_array_equal(prepared.rr[of_one], rr_features(samples / open_recording(header).fs_hz))
    assert prepared.beat.shape == (len(prepared), 2, SPEC.n_samples + 16)
    assert prepared.dominant.shape[1:] == (2, SPEC.n_samples + 16)
    assert prepared.names == ("demo_pvc", "demo_pac")
    assert prepared.sha256 == tuple(open_recording(header).sha256 for header in copied)
    assert (prepared.margin, prepared.n_before) == (8, SPEC.n_before)


def test_the_beat_stands_in_the_middle_of_its_wide_window(copied: list[Path]) -> None:
    prepared = prepare(copied, SPEC, margin=8)
    normal = prepared.beat[prepared.label == 0][:, 0].astype(np.float32)
    highest = np.abs(normal).argmax(axis=1)
    middle = prepared.n_before + prepared.margin
    assert np.median(np.abs(highest - middle)) <= 2


def test_a_second_preparation_is_read_from_disk(copied: list[Path], cut: list[str]) -> None:
    first = prepare(copied, SPEC)
    same(first, prepare(copied, SPEC))
    assert cut == ["demo_pvc", "demo_pac"]


def test_progress_rises_to_one(copied: list[Path]) -> None:
    seen: list[float] = []
    prepare(copied, SPEC, progress=seen.append)
    assert seen == [0.5, 1.0]


@pytest.mark.parametrize(
    "change",
    [
        {"spec": WindowSpec(after_s=0.5)},
        {"spec": WindowSpec(fs_hz=100.0)},
        {"margin": 4},
        {"mapping": "bxb"},
    ],
)
def test_other_settings_are_prepared_anew(copied: list[Path], cut: list[str], change: dict[str, object]) -> None:
    settings: dict[str, object] = {"spec": SPEC, "margin": 8, "mapping": "de_chazal"}
    prepare(copied, **settings)
    prepare(copied, **{**settings, **change})
    assert len(cut) == 4


def test_another_signal_is_prepared_anew_and_the_others_are_not(copied: list[Path], cut: list[str]) -> None:
    before = prepare(copied, SPEC)
    signal = copied[0].with_suffix(".dat")
    content = bytearray(signal.read_bytes())
    content[1000] ^= 1
    signal.write_bytes(content)
    after = prepare(copied, SPEC)
    assert cut == ["demo_pvc", "demo_pac", "demo_pvc"]
    assert after.sha256[0] != before.sha256[0]
    assert after.sha256[1] == before.sha256[1]


def test_corrected_annotations_are_prepared_anew_and_the_others_are_not(copied: list[Path], cut: list[str]) -> None:
    before = prepare(copied, SPEC)
    samples, symbols = open_recording(copied[0]).annotations().beats()
    corrected = ["V" if symbol == "N" else symbol for symbol in symbols]
    wfdb.wrann("demo_pvc", "atr", samples, corrected, fs=360, write_dir=str(copied[0].parent))
    after = prepare(copied, SPEC)
    assert cut == ["demo_pvc", "demo_pac", "demo_pvc"]
    assert (after.label == 2).sum() > (before.label == 2).sum()


def test_another_order_of_recordings_only_reorders_and_cuts_nothing(copied: list[Path], cut: list[str]) -> None:
    forwards, backwards = prepare(copied, SPEC), prepare(copied[::-1], SPEC)
    assert cut == ["demo_pvc", "demo_pac"]
    assert backwards.names == forwards.names[::-1]
    assert backwards.sha256 == forwards.sha256[::-1]
    np.testing.assert_array_equal(backwards.dominant[:2], forwards.dominant[:2][::-1])
    for index in (0, 1):
        there, here = forwards.recording == index, backwards.recording == 1 - index
        np.testing.assert_array_equal(forwards.dominant[forwards.view[there]], backwards.dominant[backwards.view[here]])
        for name in ("beat", "readable", "rr", "label"):
            np.testing.assert_array_equal(getattr(forwards, name)[there], getattr(backwards, name)[here])


def test_a_recording_more_is_cut_alone(copied: list[Path], cut: list[str]) -> None:
    alone, both = prepare(copied[:1], SPEC), prepare(copied, SPEC)
    assert cut == ["demo_pvc", "demo_pac"]
    np.testing.assert_array_equal(both.beat[both.recording == 0], alone.beat)


def test_a_damaged_cache_is_prepared_anew(copied: list[Path], cache: Path, cut: list[str]) -> None:
    first = prepare(copied, SPEC)
    files = list(cache.iterdir())
    assert len(files) == 2
    files[0].write_bytes(files[0].read_bytes()[:-100])
    same(first, prepare(copied, SPEC))
    same(first, prepare(copied, SPEC))
    assert len(cut) == 3


def test_a_recording_without_reference_beats_is_one_sentence(copied: list[Path]) -> None:
    copied[1].with_suffix(".atr").unlink()
    with pytest.raises(SourceError, match=r"^demo_pac has no reference beats"):
        prepare(copied, SPEC)


def test_a_single_lead_stands_in_for_both(copied: list[Path]) -> None:
    header = copied[0]
    signal = wfdb.rdrecord(str(header.with_suffix("")), channels=[1])
    wfdb.wrsamp("alone", 360, ["mV"], ["V1"], signal.p_signal, fmt=["16"], write_dir=str(header.parent))
    shutil.copy(header.with_suffix(".atr"), header.with_name("alone.atr"))
    prepared = prepare([header.with_name("alone.hea")], SPEC)
    np.testing.assert_array_equal(prepared.beat[:, 0], prepared.beat[:, 1])
