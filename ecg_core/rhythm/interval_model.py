"""Atrial fibrillation from the intervals between beats: a small dilated convolutional network, in NumPy.

The network sees about 63 intervals to either side, through :mod:`ecg_core.rhythm.interval_features`, and gives each
beat four probabilities: a regular conducted rhythm; fibrillation; flutter or regular supraventricular tachycardia;
another irregular rhythm, such as frequent ectopic beats or blocked conduction. What it was trained on and how well it
does stands in the model's card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import BoolArray, Float32Array
from ecg_core.errors import ModelError
from ecg_core.model_files import read_arrays, read_json, sha256_of
from ecg_core.paths import MODELS_FOLDER
from ecg_core.rhythm.interval_features import FEATURES_REACH, features_of_filled, filled_intervals
from ecg_core.rhythm.recomputed import Recomputed

INTERVAL_MODEL: Final = MODELS_FOLDER / "rhythm-intervals-2026.1"
RHYTHMS: Final = ("regular", "fibrillation", "flutter", "irregular")
DILATIONS: Final = (1, 2, 4, 8, 16, 32)
REACH: Final = sum(DILATIONS) + FEATURES_REACH
"""Intervals to either side that a probability depends on."""

Weights = Mapping[str, npt.NDArray[np.float32]]

_BLOCK: Final = 32_768
"""Intervals taken at once: what one step of the network makes of them fits the processor's cache and little memory."""


def af_probability(
    rr_s: npt.NDArray[np.float64], label: npt.NDArray[np.str_] | None = None, readable: BoolArray | None = None
) -> Float32Array:
    """Return the probability of atrial fibrillation at each beat, from intervals alone.

    Parameters
    ----------
    rr_s : ndarray of float64, shape (beats - 1,)
        Interval from each beat to the next, in seconds.
    label : ndarray of str, shape (beats,), optional
        Classes of the beats. Only V and F are looked at: S is what others take fibrillation for.
    readable : ndarray of bool, shape (beats - 1,), optional
        False where beats may be missing.

    Returns
    -------
    ndarray of float32, shape (beats,)
    """
    return rhythm_probabilities(rr_s, label, readable)[:, RHYTHMS.index("fibrillation")]


def rhythm_probabilities(
    rr_s: npt.NDArray[np.float64], label: npt.NDArray[np.str_] | None = None, readable: BoolArray | None = None
) -> Float32Array:
    """Return the probabilities of `RHYTHMS` at each beat.

    Parameters
    ----------
    rr_s : ndarray of float64
        Intervals in s, as :func:`af_probability` takes them.
    label : ndarray of str, shape (beats,), optional
        Class of each beat.
    readable : ndarray of bool, optional
        Intervals without a gap.

    Returns
    -------
    ndarray of float32, shape (beats, 4)
        A beat has the mean of the intervals beside it. All zero where there is no interval.
    """
    if len(rr_s) == 0:
        return np.zeros((1 if label is None else len(label), len(RHYTHMS)), dtype=np.float32)
    usable = np.ones(len(rr_s), dtype=bool) if readable is None else readable
    # Filled before: an interval may be replaced by one that lies further back than the network's reach.
    filled = filled_intervals(rr_s, usable)
    if label is None:
        found = _of_beats(filled, usable)
    else:
        ventricular = np.isin(label, ("V", "F"))
        found = _of_classified_beats(filled, usable, ventricular[:-1], ventricular[1:])
    joined = (np.concatenate((found[:1], found)) + np.concatenate((found, found[-1:]))) / 2
    return joined.astype(np.float32)


def _of_intervals(inputs: Sequence[npt.NDArray[Any]]) -> Float32Array:
    """Return the probabilities at each interval, of intervals, which are usable, and the beats at both ends."""
    filled_s, usable, *ends = inputs
    ventricular = np.append(ends[0], ends[1][-1:]) if ends else None
    weights, temperature = load_interval_model()
    return softmax(forward(weights, features_of_filled(filled_s, ventricular, usable)) / np.float32(temperature))


def forward(weights: Weights, given: Float32Array) -> Float32Array:
    """Run the network.

    Parameters
    ----------
    weights : mapping of str to ndarray
        As the training writes them: ``enter``, ``mix_D`` and ``out_D`` for each dilation, ``head``, ``rhythm``, each
        with ``_w`` and ``_b``.
    given : ndarray of float32, shape (intervals, N_FEATURES)
        Features of each interval.

    Returns
    -------
    ndarray of float32, shape (intervals, 4)
        Logits.
    """
    reach = sum(DILATIONS)
    parts = []
    for start in range(0, len(given), _BLOCK):
        first, stop = max(start - reach, 0), min(start + _BLOCK + reach, len(given))
        found = _forward(weights, given[first:stop])
        parts.append(found[start - first : min(start + _BLOCK, len(given)) - first])
    return np.concatenate(parts)


def _forward(weights: Weights, given: Float32Array) -> Float32Array:
    state = _relu(given @ weights["enter_w"] + weights["enter_b"])
    for dilation in DILATIONS:
        joined = beside(state, dilation)
        mixed = _relu(joined @ weights[f"mix_{dilation}_w"] + weights[f"mix_{dilation}_b"])
        state = state + mixed @ weights[f"out_{dilation}_w"] + weights[f"out_{dilation}_b"]
    state = _relu(state @ weights["head_w"] + weights["head_b"])
    return state @ weights["rhythm_w"] + weights["rhythm_b"]


def beside(state: Float32Array, dilation: int) -> Float32Array:
    """Join each row with those `dilation` before and after it, zero beyond the ends.

    Parameters
    ----------
    state : ndarray of float32, shape (rows, channels)
        The rows.
    dilation : int
        Distance in rows.

    Returns
    -------
    ndarray of float32, shape (rows, 3 * channels)
    """
    n, width = state.shape
    joined = np.zeros((n, 3 * width), dtype=np.float32)
    joined[:, width : 2 * width] = state
    if n > dilation:
        joined[dilation:, :width] = state[:-dilation]
        joined[:-dilation, 2 * width :] = state[dilation:]
    return joined


def softmax(logits: Float32Array) -> Float32Array:
    """Turn logits into probabilities, along the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


@lru_cache(maxsize=2)
def load_interval_model(folder: Path = INTERVAL_MODEL) -> tuple[dict[str, Float32Array], float]:
    """Return the weights and the temperature of a model folder.

    Raises
    ------
    ModelError
        If it is no such folder, or its weights are not those of its card.
    """
    try:
        card = read_json(folder / "card.json")
        if sha256_of(folder / "weights.npz") != card["weights_sha256"]:
            raise ModelError(f"The weights in {folder} are not those of its card; copy the model folder again.")
        stored = read_arrays(folder / "weights.npz")
        weights = {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in stored.items()}
        return weights, float(card["calibration"]["temperature"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder} holds no interval model ({error}); copy the model folder again.") from error


def _relu(values: Float32Array) -> Float32Array:
    return np.maximum(values, 0, out=values)


_of_beats, _of_classified_beats = Recomputed(_of_intervals, REACH), Recomputed(_of_intervals, REACH)
