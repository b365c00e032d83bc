"""The interval recipe: reading annotations, crops with exact truth, and a short training to a model folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import wfdb
from command_line import configured

from ecg_core.errors import ModelError, SourceError
from ecg_core.rhythm.interval_features import N_FEATURES, interval_features
from ecg_core.rhythm.interval_model import load_interval_model
from ecg_core.training.interval_crops import CROP, make_crops
from ecg_core.training.interval_data import AF, IGNORED, REGULAR, interval_records
from ecg_core.training.interval_network import build_interval_network, logits_of, weights_of
from ecg_core.training.interval_scoring import called, scores
from ecg_core.training.interval_synthesis import made_records
from ecg_core.training.train import train

pytestmark = pytest.mark.slow

FS_HZ = 128


def _annotated(folder: Path, name: str, seed: int) -> None:
    """Sinus rhythm, then AF from the 200th beat on, marked as LTAFDB marks it, with a bradycardia inside."""
    rng = np.random.default_rng(seed)
    rr = np.concatenate((0.8 + 0.02 * rng.standard_normal(200), 0.7 * np.exp(0.25 * rng.standard_normal(200))))
    beat = np.round(FS_HZ * (1 + np.concatenate(([0.0], np.cumsum(rr))))).astype(int)
    changes = [(0, "(N"), (200, "(AFIB"), (300, "(SBR"), (305, "(AFIB")]
    rows = sorted([(at, "N", "") for at in beat] + [(beat[place] - 1, "+", text) for place, text in changes])
    folder.mkdir(parents=True, exist_ok=True)
    sample, symbol, aux = (list(part) for part in zip(*rows, strict=True))
    wfdb.wrann(name, "atr", np.array(sample), symbol, aux_note=aux, fs=FS_HZ, write_dir=str(folder))
    (folder / f"{name}.hea").write_text(f"{name} 0 {FS_HZ} {beat[-1] + 100}\n")


@pytest.fixture(scope="module")
def ltafdb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "ltafdb_ann"
    for number in range(4):
        _annotated(folder, f"{number:02}", number)
    return folder


def test_truth_is_what_is_annotated_and_marks_inside_fibrillation_are_not_used(ltafdb: Path) -> None:
    record = interval_records([ltafdb])[0]
    assert (record.name, record.database) == ("00", "ltafdb")
    assert set(record.truth[:199]) == {REGULAR}
    assert set(record.truth[201:299]) == {AF}
    assert set(record.truth[300:305]) == {IGNORED}
    assert not record.marked[300:305].any()
    assert record.marked[306:].all()


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        interval_records([tmp_path])


def test_crops_keep_features_and_truth_together() -> None:
    records = made_records(40, 1)
    crops = make_crops(records, 2, share=0.02)
    assert crops.given.shape == (len(crops.record), CROP, N_FEATURES)
    assert (crops.truth[crops.inside[..., 0] == 0] == IGNORED).all()
    irregular = crops.given[..., 15][crops.truth == AF].mean()
    assert irregular > 1.5 * crops.given[..., 15][crops.truth == REGULAR].mean()


def test_made_rhythms_are_the_same_for_a_seed_and_hold_fibrillation_with_both_ends() -> None:
    first, again, other = made_records(20, 1), made_records(20, 1), made_records(20, 2)
    np.testing.assert_array_equal(first[3].rr_s, again[3].rr_s)
    assert not np.array_equal(first[3].rr_s, other[3].rr_s)
    with_af = [record for record in first if (record.truth == AF).any()]
    assert 5 <= len(with_af) <= 15
    assert all((record.rr_s > 0.05).all() for record in first)


def test_numpy_runs_the_network_that_was_trained() -> None:
    network = build_interval_network(8)
    record = made_records(1, 3)[0]
    assert record.ventricular is not None
    given = interval_features(record.rr_s[:CROP], record.ventricular[: CROP + 1], record.readable[:CROP])
    by_keras = np.asarray(network([given[None], np.ones((1, CROP, 1), np.float32)]))[0]
    cut = type(record)(**{**vars(record), "rr_s": record.rr_s[:CROP], "ventricular": record.ventricular[: CROP + 1],
                          "readable": record.readable[:CROP]})  # fmt: skip
    np.testing.assert_allclose(logits_of(weights_of(network), cut), by_keras, atol=1e-4)


def test_scores_count_time() -> None:
    record = made_records(1, 3)[0]
    marked = np.zeros(len(record.rr_s), dtype=bool)
    marked[100:200] = True
    record = type(record)(**{**vars(record), "marked": marked})
    perfect = scores([record], [marked])["made"]
    assert (perfect["se"], perfect["sp"], perfect["f1"]) == (1, 1, 1)
    assert scores([record], [~marked])["made"]["se"] == 0
    certain = called(record, np.where(marked, 0.99, 0.01).astype(np.float32))
    assert scores([record], [certain])["made"]["f1"] > 0.97


def test_a_training_writes_a_whole_model_folder(ltafdb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path / "cache"))
    settings = ("schedule.steps=3", "schedule.batch=8", "width=8", "augmentation.share=0.005", "augmentation.made=20")
    out = train(
        configured("rhythm_intervals", (str(ltafdb),), tmp_path / "model", folds=2, settings=settings, command="x")
    )
    weights, temperature = load_interval_model(out)
    assert 0.5 <= temperature <= 3
    assert weights["enter_w"].shape == (N_FEATURES, 8)
    card = json.loads((out / "card.json").read_text())
    assert card["data"]["ltafdb"]["recordings"] == 4
    assert card["figures"]["LTAFDB, patients left out"]["network"]["ltafdb"]["recordings"] == 4
    assert "Long-Term AF Database" in (out / "README.md").read_text()


def test_what_it_cannot_do_is_said_before_training(ltafdb: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="--seeds"):
        train(configured("rhythm_intervals", (str(ltafdb),), tmp_path / "model", seeds=2))
