"""A minute with ventricular beats."""

from __future__ import annotations

import pytest

from ecg_core.synthesis import Synthetic, generate, scenarios


@pytest.fixture(scope="session")
def synthetic() -> Synthetic:
    return generate(scenarios()["demo_pvc"], duration_s=60, seed=3)
