"""Checkpoints: a killed training run goes on where its last finished epoch ended, with the same result.

Everything that the next epoch depends on is kept: weights, the states of the dropout layers' random generators, the
optimizer's moments and running average. Batches depend on seed and epoch alone.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ecg_core.caching import cache_folder, write_arrays
from ecg_core.logs import event, reason_of

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Checkpoint:
    """The state of one network's training after each epoch, in one file.

    Attributes
    ----------
    path : Path
    """

    path: Path

    @classmethod
    def of(cls, settings: dict[str, Any]) -> Checkpoint:
        """Return the checkpoint that belongs to these settings: data, network, schedule, seed, chosen beats."""
        key = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:24]
        return cls(cache_folder("checkpoints") / f"{key}.npz")

    def store(self, network: keras.Model, optimizer: keras.Optimizer, losses: list[float]) -> None:
        """Store the state after an epoch; a folder that cannot be written is logged and training continues.

        Parameters
        ----------
        network : keras.Model
            The network.
        optimizer : keras.Optimizer
            Its optimizer.
        losses : list of float
            Loss of each finished epoch.
        """
        arrays = {f"n{i}": np.asarray(v) for i, v in enumerate(network.variables)}
        arrays |= {f"o{i}": np.asarray(v) for i, v in enumerate(optimizer.variables)}
        _keep(self.path, arrays | {"losses": np.asarray(losses, dtype=np.float64)})

    def restore(self, network: keras.Model, optimizer: keras.Optimizer) -> list[float]:
        """Bring back the last finished epoch's state.

        Parameters
        ----------
        network : keras.Model
            The network.
        optimizer : keras.Optimizer
            Already built for the network's variables.

        Returns
        -------
        list of float
            The loss of each finished epoch; empty where there is nothing to go on from, and then nothing is changed.
        """
        if not self.path.is_file():
            return []
        try:
            with np.load(self.path, allow_pickle=False) as stored:
                kept = {name: stored[name] for name in stored.files}
            values = [(v, kept[f"n{i}"]) for i, v in enumerate(network.variables)]
            values += [(v, kept[f"o{i}"]) for i, v in enumerate(optimizer.variables)]
            if any(tuple(variable.shape) != value.shape for variable, value in values):
                raise ValueError("shapes differ")
            losses = [float(loss) for loss in kept["losses"]]
        except Exception:  # a damaged archive fails in whichever decoder meets the damage
            event("checkpoint_damaged", level=logging.WARNING)
            return []
        for variable, value in values:
            variable.assign(value)
        return losses

    @property
    def best_path(self) -> Path:
        """Where the best weights so far are kept beside the latest, when training may stop early."""
        return self.path.with_suffix(".best.npz")

    def store_best(self, epoch: int, loss: float, weights: list[npt.NDArray[np.float32]]) -> None:
        """Store the weights of the best epoch so far.

        Parameters
        ----------
        epoch : int
            Number of the epoch.
        loss : float
            Its validation loss.
        weights : list of ndarray of float32
            Weights as Keras lists them.
        """
        arrays = {f"w{i}": weight for i, weight in enumerate(weights)}
        _keep(self.best_path, arrays | {"epoch": np.asarray(epoch), "loss": np.asarray(loss)})

    def restore_best(self) -> tuple[int, float, list[npt.NDArray[np.float32]]] | None:
        """Return epoch, loss and weights that :meth:`store_best` kept; None where there are none to go on from."""
        if not (self.path.is_file() and self.best_path.is_file()):
            return None
        try:
            with np.load(self.best_path, allow_pickle=False) as stored:
                weights = [stored[f"w{i}"] for i in range(len(stored.files) - 2)]
                return int(stored["epoch"]), float(stored["loss"]), weights
        except Exception:  # a damaged archive fails in whichever decoder meets the damage
            event("checkpoint_damaged", level=logging.WARNING)
            self.path.unlink(missing_ok=True)
            return None

    def forget(self) -> None:
        """Remove what was kept."""
        self.path.unlink(missing_ok=True)
        self.best_path.unlink(missing_ok=True)


def _keep(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    try:
        write_arrays(path, arrays)
    except OSError as error:
        event("checkpoint_not_written", level=logging.WARNING, reason=reason_of(error))
