"""Training facts that every model card states."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from ecg_core import __version__
from ecg_core.classification.device import device_name, tensorflow
from ecg_core.training.run_config import RunConfig, Trainable


def training_facts(
    config: RunConfig[Trainable],
    *,
    recordings: Mapping[str, str],
    losses: Sequence[float],
    seconds: float,
    **more: Any,
) -> dict[str, Any]:
    """Return the ``training`` section of a model card.

    Parameters
    ----------
    config : RunConfig
        Settings of the run.
    recordings : mapping of str to str
        Content hash of each recording by name.
    losses : sequence of float
        Mean loss of each epoch.
    seconds : float
        Duration of the training in s.
    **more
        Further entries; those that are None or empty are left out.

    Returns
    -------
    dict
        JSON values by entry.
    """
    patients = config.patients.card(list(recordings))
    started_from = config.fine_tuning.facts if config.fine_tuning else None
    return {
        "command": config.command,
        "seed": config.seed,
        "run": config.to_card(),
        **({"patients": patients} if patients else {}),
        **({"started_from": started_from} if started_from else {}),
        "recordings": dict(recordings),
        **{name: value for name, value in more.items() if value not in (None, {})},
        "loss": [round(float(loss), 4) for loss in losses],
        "seconds": round(seconds),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {device_name()}",
        "versions": _versions(),
        "date": datetime.now(UTC).date().isoformat(),
    }


def _versions() -> dict[str, str]:
    import keras
    import scipy
    import sklearn

    return {
        "rhythmoscope": __version__,
        "tensorflow": tensorflow().__version__,
        "keras": keras.__version__,
        "scikit-learn": sklearn.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }
