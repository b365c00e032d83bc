"""Model folders of the networks that NumPy computes: weights, card, README."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.caching import write_arrays
from ecg_core.training.facts import training_facts
from ecg_core.training.interval_recipe import IntervalRecipe
from ecg_core.training.model_readme import write_readme
from ecg_core.training.rhythm_recipe import RhythmRecipe
from ecg_core.training.run_config import RunConfig
from ecg_core.training.wave_recipe import WaveRecipe
from ecg_core.writing import write_text

FORMAT: Final = 1


def write_model_folder(
    config: RunConfig[RhythmRecipe | IntervalRecipe | WaveRecipe],
    kind: str,
    weights: Mapping[str, npt.NDArray[np.generic]],
    card: Mapping[str, Any],
    *,
    recordings: Mapping[str, str],
    losses: Sequence[float],
    seconds: float,
    **facts: Any,
) -> Path:
    """Write weights, card and README of a trained model.

    Parameters
    ----------
    config : RunConfig
        Settings of the run; its `out` is the folder.
    kind : str
        ``rhythm``, ``intervals`` or ``waves``.
    weights : mapping of str to ndarray
        Arrays by name.
    card : mapping
        Entries of the card that this kind of model adds.
    recordings : mapping of str to str
        Content hash of what was trained on, by name.
    losses : sequence of float
        Losses that the card keeps.
    seconds : float
        Duration of the training in s.
    **facts
        Further entries of the card's ``training``.

    Returns
    -------
    Path
        The model folder.
    """
    out, recipe = config.out, config.recipe
    out.mkdir(parents=True, exist_ok=True)
    write_arrays(out / "weights.npz", weights, compressed=True)
    content = {
        "format": FORMAT,
        "kind": kind,
        "name": config.name,
        "recipe": recipe.name,
        "summary": recipe.summary,
        "weights_sha256": hashlib.sha256((out / "weights.npz").read_bytes()).hexdigest(),
        **card,
        "limits": list(recipe.limits),
        "training": training_facts(config, recordings=recordings, losses=losses, seconds=seconds, **facts),
    }
    write_text(out / "card.json", json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    write_readme(out)
    return out
