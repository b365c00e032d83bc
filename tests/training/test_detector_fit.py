"""Training of the beat detector: the fit, its noise, and the separation from detection at run time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import wfdb

from ecg_core.detection.candidates import FEATURES
from ecg_core.errors import SourceError
from ecg_core.training.detector_fit import fit_network
from ecg_core.training.detector_noise import KINDS, NoiseRecords

pytestmark = pytest.mark.slow


@pytest.mark.tensorflow
def test_fit_separates_what_can_be_separated() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(40_000, len(FEATURES))).astype(np.float32)
    network = fit_network(features, np.abs(features[:, 0]) + features[:, 1] > 0.7)
    fresh = rng.normal(size=(2000, len(FEATURES))).astype(np.float32)
    assert ((network(fresh) > 0) == (np.abs(fresh[:, 0]) + fresh[:, 1] > 0.7)).mean() > 0.9


@pytest.mark.tensorflow
def test_the_network_in_numpy_gives_the_log_odds_that_were_fitted() -> None:
    """Features that say nothing leave the odds of the share of beats."""
    features = np.random.default_rng(1).normal(size=(20_000, 3)).astype(np.float32)
    is_beat = np.arange(20_000) % 4 == 0
    probability = 1 / (1 + np.exp(-fit_network(features, is_beat)(features)))
    assert probability.mean() == pytest.approx(0.25, abs=0.02)
    assert probability.std() < 0.05


def noise_folder(folder: Path, *names: str) -> Path:
    for seed, name in enumerate(names):
        noise = np.random.default_rng(seed).standard_normal((9000, 2))
        wfdb.wrsamp(name, 360, ["mV"] * 2, ["noise1", "noise2"], noise, fmt=["16"] * 2, write_dir=str(folder))
    return folder


def test_training_and_validation_noise_share_no_sample(tmp_path: Path) -> None:
    folder = noise_folder(tmp_path, "bw", "ma")
    fitted, unseen = (NoiseRecords.load(folder, part) for part in (slice(0, 2), slice(2, 3)))
    assert {name: len(track) for name, track in fitted.tracks.items()} == {"bw": 6000, "ma": 6000}
    for name in ("bw", "ma"):
        assert not np.isin(fitted.tracks[name][:, 0], unseen.tracks[name][:, 0]).all()
        whole = np.concatenate([fitted.tracks[name], unseen.tracks[name]])
        np.testing.assert_allclose(whole, wfdb.rdrecord(str(folder / name)).p_signal, atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_drawn_noise_has_unit_deviation_in_each_lead(tmp_path: Path, kind: str) -> None:
    noises = NoiseRecords.load(noise_folder(tmp_path, "bw", "ma"), slice(0, 2))
    drawn = noises.draw(1000, 128.0, np.random.default_rng(2), kind)
    assert drawn.shape == (1000, 2)
    np.testing.assert_allclose(drawn.std(axis=0), 1, atol=1e-3)


def test_a_missing_noise_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="lacks the noise record ma"):
        NoiseRecords.load(noise_folder(tmp_path, "bw", "em"), slice(0, 2))


def test_detection_runs_without_training_code() -> None:
    program = (
        "import sys, numpy as np; from ecg_core.detection import detect_beats; "
        "detect_beats(np.zeros((2000, 1), np.float32), 250.0); "
        "sys.exit(any(name.startswith('ecg_core.training') or name in ('tensorflow', 'keras') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
