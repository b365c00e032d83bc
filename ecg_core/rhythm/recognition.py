"""The rhythm of every second of a recording, by the rhythm model: networks and boosted trees."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from ecg_core.arrays import Float32Array
from ecg_core.errors import ModelError
from ecg_core.model_files import read_arrays, read_json, sha256_of
from ecg_core.paths import MODELS_FOLDER
from ecg_core.recording import Recording
from ecg_core.rhythm.boosted_trees import BoostedTrees
from ecg_core.rhythm.interval_summary import interval_summary
from ecg_core.rhythm.network_input import network_input, usual_range
from ecg_core.rhythm.rhythm_classes import IS_VENTRICULAR, RHYTHM_CLASSES
from ecg_core.rhythm.rhythm_network import RhythmNetwork
from ecg_core.rhythm.window_features import window_features

DEFAULT_MODEL: Final = "rhythm-2026.2"
KIND: Final = "rhythm"
PIECE_S: Final = 900
OVERLAP_S: Final = 75
"""Seconds read beyond each piece on either side: more than the input's scaling and the network look aside."""

THREADS: Final = 2
TREES: Final = "trees_"
"""Prefix of the boosted trees' arrays in the weights."""

_LARGEST_LOG_ODDS: Final = 9.0
"""No member of the model is surer than this: one in 8,000."""
MAX_NETWORKS: Final = 16
"""Of one model."""


@dataclass(frozen=True)
class RhythmModel:
    """A trained rhythm model with its card.

    Attributes
    ----------
    name : str
    sha256 : str
        Hash of the weights and constants.
    card : dict
    networks : tuple of RhythmNetwork
        Trained from different seeds; their probabilities are averaged.
    trees : BoostedTrees
        Tell VT and VF from other rhythms by features of windows.
    """

    name: str
    sha256: str
    card: dict[str, Any] = field(repr=False)
    networks: tuple[RhythmNetwork, ...] = field(repr=False)
    trees: BoostedTrees = field(repr=False)

    def probabilities(
        self, wave: Float32Array, present: npt.NDArray[np.bool_], intervals: Float32Array
    ) -> Float32Array:
        """Return the probability of each rhythm in each second.

        The log-odds of VT or VF are the mean of those of all members, networks and trees; which of the two it is, and
        which of the other rhythms, follows from the mean of the networks.

        Parameters
        ----------
        wave : ndarray of float32, shape (seconds * rate, leads)
            Prepared signal.
        present : ndarray of bool, shape (seconds, leads)
            Where a lead can be read.
        intervals : ndarray of float32, shape (seconds, features)
            Description of the intervals in each second.

        Returns
        -------
        ndarray of float32, shape (seconds, 8)
        """
        parts = [network.probabilities(wave, present, intervals) for network in self.networks]
        joined: Float32Array = np.asarray(np.mean(parts, axis=0, dtype=np.float32))
        members = [_log_odds(part[:, IS_VENTRICULAR].sum(axis=1)) for part in parts]
        members.append(self._log_odds_of_trees(wave, present))
        ventricular = 1 / (1 + np.exp(-np.mean(members, axis=0, dtype=np.float32)))
        for columns, share in ((IS_VENTRICULAR, ventricular), (~IS_VENTRICULAR, 1 - ventricular)):
            inside = joined[:, columns]
            joined[:, columns] = inside * (share / np.maximum(inside.sum(axis=1), 1e-9))[:, None]
        # Where no lead holds a signal there is nothing that a network could have learned.
        joined[~present.any(axis=1)] = np.float32(np.array(RHYTHM_CLASSES) == "NOISE")
        return joined

    def _log_odds_of_trees(self, wave: Float32Array, present: npt.NDArray[np.bool_]) -> Float32Array:
        """Return the trees' log-odds of VT or VF, the mean of the leads that are present."""
        of_leads = np.stack([self.trees.log_odds(lead) for lead in window_features(wave)], axis=1)
        of_leads = np.clip(of_leads, -_LARGEST_LOG_ODDS, _LARGEST_LOG_ODDS)
        return np.asarray((of_leads * present).sum(axis=1) / np.maximum(present.sum(axis=1), 1), dtype=np.float32)


def _log_odds(probability: Float32Array) -> Float32Array:
    with np.errstate(divide="ignore"):
        odds = np.log(probability) - np.log1p(-np.minimum(probability, np.float32(1 - 1e-7)))
    return np.clip(odds, -_LARGEST_LOG_ODDS, _LARGEST_LOG_ODDS).astype(np.float32)


@lru_cache(maxsize=4)
def load_rhythm_model(folder: Path | None = None) -> RhythmModel:
    """Open the folder of a rhythm network, the shipped one by default.

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
        raise ModelError(f"{path.name} cannot be opened as a rhythm model; install it again.") from error
    told = card if isinstance(card, dict) else {}
    wanted = {"kind": KIND, "classes": list(RHYTHM_CLASSES), "weights_sha256": digest}
    if any(told.get(key) != value for key, value in wanted.items()):
        raise ModelError(f"{path.name}: its card does not describe its weights; install it again.")
    try:
        networks, trees = _networks(card, arrays), BoostedTrees.of(_named(arrays, TREES))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ModelError(f"{path.name}: its weights are not those of its networks; install it again.") from error
    constants = json.dumps([card["network"], card["classes"]], sort_keys=True)
    sha256 = hashlib.sha256((digest + constants).encode()).hexdigest()
    return RhythmModel(path.name, sha256, card, tuple(networks), trees)


def _named(arrays: dict[str, npt.NDArray[Any]], prefix: str) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays whose names begin with a prefix, without it."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _networks(card: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> list[RhythmNetwork]:
    n_networks = int(card["networks"])
    if not 1 <= n_networks <= MAX_NETWORKS:
        raise ValueError("networks")
    networks = []
    for number in range(n_networks):
        prefix = f"n{number}_"
        networks.append(RhythmNetwork(card["network"], _named(arrays, prefix)))
    return networks


def recognise_recording(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    model: RhythmModel,
    progress: Callable[[float], None] | None = None,
) -> Float32Array:
    """Return the probability of each rhythm in each second, in bounded memory.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        Detected beats.
    model : RhythmModel
        The rhythm model.
    progress : callable, optional
        Is told the fraction done, 0..1, after each piece.

    Returns
    -------
    ndarray of float32, shape (seconds, 8)
        One row for each started second.
    """
    fs_hz = recording.fs_hz
    n_seconds = int(np.ceil(recording.n_samples / fs_hz))
    intervals = interval_summary(samples / fs_hz, n_seconds)
    usual = usual_range(recording)
    parts: list[Float32Array] = []
    waiting: deque[tuple[int, int, Future[Float32Array]]] = deque()

    def of_piece(signal: Float32Array, described: Float32Array) -> Float32Array:
        noise = np.tile(np.float32(np.array(RHYTHM_CLASSES) == "NOISE"), (len(described), 1))
        if not np.isfinite(signal).any():
            return noise
        wave, present = network_input(signal, fs_hz, usual)
        if not present.any():
            return noise
        return model.probabilities(wave, present, described)

    def keep_next() -> None:
        first, stop, work = waiting.popleft()
        start = sum(map(len, parts))
        parts.append(work.result()[start - first : stop - first])
        if progress is not None:
            progress(stop / n_seconds)

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, n_seconds, PIECE_S):
            stop = min(start + PIECE_S, n_seconds)
            first, last = max(start - OVERLAP_S, 0), min(stop + OVERLAP_S, n_seconds)
            signal = recording.read(round(first * fs_hz), min(round(last * fs_hz), recording.n_samples))
            waiting.append((first, stop, pool.submit(of_piece, signal, intervals[first:last])))
            if len(waiting) > THREADS:
                keep_next()
        while waiting:
            keep_next()
    return np.concatenate(parts) if parts else np.empty((0, len(RHYTHM_CLASSES)), dtype=np.float32)
