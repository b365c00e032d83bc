"""The delineation model: a network with its card."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from ecg_core.delineation.wave_network import CLASSES, WaveNetwork
from ecg_core.errors import ModelError
from ecg_core.model_files import read_arrays, read_json, sha256_of
from ecg_core.paths import MODELS_FOLDER

DEFAULT_MODEL: Final = "waves-2026.1"
KIND: Final = "waves"


@dataclass(frozen=True)
class WaveModel:
    """A trained delineation network.

    Attributes
    ----------
    name : str
    sha256 : str
        Hash of the weights and constants.
    card : dict
    network : WaveNetwork
    """

    name: str
    sha256: str
    card: dict[str, Any] = field(repr=False)
    network: WaveNetwork = field(repr=False)


@lru_cache(maxsize=8)
def load_wave_model(folder: Path | None = None) -> WaveModel:
    """Open the folder of a delineation model, the shipped one by default.

    Parameters
    ----------
    folder : Path, optional
        Model folder.

    Returns
    -------
    WaveModel

    Raises
    ------
    ModelError
        If it is not there, or its weights are not those its card describes.
    """
    path = MODELS_FOLDER / DEFAULT_MODEL if folder is None else folder
    try:
        card = read_json(path / "card.json")
        digest = sha256_of(path / "weights.npz")
        arrays = read_arrays(path / "weights.npz")
    except (OSError, ModelError) as error:
        raise ModelError(f"{path.name} cannot be opened as a delineation model; install it again.") from error
    told = card if isinstance(card, dict) else {}
    wanted = {"kind": KIND, "classes": list(CLASSES), "weights_sha256": digest}
    network = WaveNetwork(told.get("network", {}), arrays)
    if any(told.get(key) != value for key, value in wanted.items()) or not network.complete():
        raise ModelError(f"{path.name}: its card does not describe its weights; install it again.")
    constants = json.dumps([card["network"], card["classes"]], sort_keys=True)
    sha256 = hashlib.sha256((digest + constants).encode()).hexdigest()
    return WaveModel(path.name, sha256, card, network)
