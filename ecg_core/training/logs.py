"""TensorBoard logs of a training run: ``tensorboard --logdir FOLDER``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecg_core.classification.device import tensorflow


class TrainingLog:
    """Scalars by epoch, one line in TensorBoard for each network trained.

    Parameters
    ----------
    folder : Path or None
        None keeps no log.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._writers: dict[str, Any] = {}

    def write(self, network: str, epoch: int, figures: Mapping[str, float]) -> None:
        """Write one epoch's figures of one network.

        Parameters
        ----------
        network : str
            Name of the network in the log, such as ``fold 1``.
        epoch : int
            Number of the epoch.
        figures : mapping of str to float
            Figures by name.
        """
        if self._folder is None:
            return
        summary = tensorflow().summary
        if network not in self._writers:
            self._writers[network] = summary.create_file_writer(str(self._folder / network.replace(" ", "_")))
        with self._writers[network].as_default():
            for name, value in figures.items():
                summary.scalar(name, value, step=epoch)
        self._writers[network].flush()

    def close(self) -> None:
        """Finish the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()
