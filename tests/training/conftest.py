"""Prepared beats made of noise, and short annotated recordings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ecg_core.classification.rr import RR_FEATURES
from ecg_core.synthesis import write_scenario
from ecg_core.training.datasets import PreparedBeats

Prepared = Callable[..., PreparedBeats]


@pytest.fixture
def prepared() -> Prepared:
    """Make a data set of beats whose windows tell them apart, some of each class in each recording."""

    def make(per_recording: list[list[int]], names: list[str] | None = None, seed: int = 0) -> PreparedBeats:
        rng = np.random.default_rng(seed)
        recording = np.repeat(np.arange(len(per_recording)), [sum(counts) for counts in per_recording])
        label = np.concatenate([np.repeat(np.arange(5), counts) for counts in per_recording])
        n_beats, n_samples = len(label), 192 + 16
        return PreparedBeats(
            beat=rng.standard_normal((n_beats, 2, n_samples)).astype(np.float16),
            dominant=rng.standard_normal((len(per_recording), 2, n_samples)).astype(np.float16),
            readable=(rng.random((n_beats, 2)) < 0.9).astype(np.float32),
            rr=rng.standard_normal((n_beats, len(RR_FEATURES))).astype(np.float32),
            label=label,
            recording=recording,
            names=tuple(names or [f"r{index}" for index in range(len(per_recording))]),
            sha256=tuple(f"{index:064d}" for index in range(len(per_recording))),
            margin=8,
        )

    return make


@pytest.fixture(scope="session")
def annotated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three short synthetic recordings and their true annotations."""
    folder = tmp_path_factory.mktemp("annotated")
    for name in ("demo_pvc", "demo_pac", "demo_sinus"):
        write_scenario(name, folder, hours=0.02)
    return folder
