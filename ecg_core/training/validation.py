"""Watching patients held out of training: early stopping, and the figures that are shown meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ecg_core.errors import SourceError
from ecg_core.textbook.model import fed
from ecg_core.training.checkpoint import Checkpoint
from ecg_core.training.examples import Examples
from ecg_core.training.runtime import predicted
from ecg_core.training.targets import Target

if TYPE_CHECKING:
    import keras

_ENOUGH = 4000
_BATCH = 512


class Watch:
    """Stops training when patients held out of it no longer gain, and keeps the best weights.

    Parameters
    ----------
    target : Target
    examples : Examples
    held_out : ndarray of int64
    patience : int
        Epochs without a better loss before training stops.
    loss : keras loss
    shift : ndarray, shape (outputs,)
        What is added to the outputs before they are judged.
    checkpoint : Checkpoint, optional
        Keeps the best weights for a run that is resumed.

    Attributes
    ----------
    best, latest : float
        Validation losses.
    figures : dict of str to float
        The target's figures of the latest epoch.
    """

    def __init__(
        self,
        target: Target,
        examples: Examples,
        held_out: npt.NDArray[np.int64],
        patience: int,
        loss: Any,
        shift: npt.NDArray[np.float32] | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        held_out = held_out[target.trains_on(examples.value[held_out])]
        if not len(held_out):
            raise SourceError("The patients held out of training have no example of what is trained on; give more.")
        # A few thousand examples tell as much as all, and each epoch asks for them.
        held_out = held_out[:: max(1, len(held_out) // _ENOUGH)]
        self._target = target
        self._inputs = examples.take(held_out)
        self._values = examples.value[held_out]
        self._wanted = target.wanted(self._values, self._inputs)
        self._loss = loss
        self._shift = 0.0 if shift is None else shift
        self._patience = patience
        self._checkpoint = checkpoint
        kept = checkpoint.restore_best() if checkpoint else None
        self._best_epoch, self.best = kept[:2] if kept else (0, float("inf"))
        self.best_weights: list[npt.NDArray[np.float32]] | None = kept[2] if kept else None
        self.latest = float("inf")
        self.figures: dict[str, float] = {}

    def __call__(self, epoch: int, network: keras.Model) -> bool:
        """Judge an epoch; True stops."""
        outputs = np.concatenate(
            [
                predicted(network, fed({name: a[i : i + _BATCH] for name, a in self._inputs.items()}))
                for i in range(0, len(self._wanted), _BATCH)
            ]
        )
        outputs = np.asarray(outputs + self._shift, dtype=np.float32)
        self.latest = float(self._loss(self._wanted, outputs))
        self.figures = self._target.figures(self._values, outputs, self._inputs)
        if self.latest < self.best:
            self.best, self._best_epoch, self.best_weights = self.latest, epoch, network.get_weights()
            if self._checkpoint:
                self._checkpoint.store_best(epoch, self.best, self.best_weights)
        return epoch - self._best_epoch >= self._patience

    @property
    def text(self) -> str:
        """One line for people; empty before the first epoch was judged."""
        if not np.isfinite(self.latest):
            return ""
        name, value = next(iter(self.figures.items()))
        return f"validation loss {self.latest:.3f}, {name} {value:.3f}"
