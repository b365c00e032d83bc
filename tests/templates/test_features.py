"""The axes of the space of beats are the same whether many beats or few determine them."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.templates.features import _principal_axes


@pytest.mark.parametrize(("n_beats", "n_features"), [(400, 90), (12, 1000), (60, 1000), (1, 90)])
def test_beats_lie_apart_along_the_axes_as_the_covariance_has_it(n_beats: int, n_features: int) -> None:
    rng = np.random.default_rng(6)
    rows = (rng.normal(size=(n_beats, n_features)) * rng.random(n_features) ** 3).astype(np.float32)
    rows -= rows.mean(axis=0)
    found = rows @ _principal_axes(rows, 24)
    axes = np.linalg.eigh(rows.T.astype(np.float64) @ rows)[1][:, ::-1][:, :24]
    expected = rows @ axes

    def distances(points: np.ndarray) -> np.ndarray:
        return np.linalg.norm(points[:, None] - points[None], axis=2)

    np.testing.assert_allclose(distances(found), distances(expected), atol=1e-4)
