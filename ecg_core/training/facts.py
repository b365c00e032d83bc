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


def training_facts(
    *,
    command: str,
    seed: int,
    recordings: Mapping[str, str],
    patients: Mapping[str, Any],
    losses: Sequence[float],
    seconds: float,
    **more: Any,
) -> dict[str, Any]:
    """Return the card's ``training``.

    Parameters
    ----------
    command : str
    seed : int
    recordings : mapping of str to str
        Name to content hash.
    patients : mapping
        See :meth:`ecg_core.training.patients.Patients.card`.
    losses : sequence of float
        The mean loss of each epoch.
    seconds : float
    **more
        Whatever else belongs to this training; None is left out.
    """
    return {
        "command": command,
        "seed": seed,
        **({"patients": dict(patients)} if patients else {}),
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
