"""Prepared examples of the textbook models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.formats import open_recording
from ecg_core.recording import Recording
from ecg_core.textbook.inputs import Arrays, Inputs, inputs_to_dict
from ecg_core.training.cache import annotation_digest, cached_arrays
from ecg_core.training.targets import Target

_PREPARATION_VERSION = 2


@dataclass(frozen=True)
class Examples:
    """Examples of several recordings.

    Attributes
    ----------
    arrays : dict of str to ndarray
        Inputs by name, first axis examples.
    value : ndarray, shape (examples,)
    recording : ndarray of int64, shape (examples,)
    names, sha256 : tuple of str
        Of the recordings.
    """

    arrays: Arrays
    value: npt.NDArray[np.generic]
    recording: npt.NDArray[np.int64]
    names: tuple[str, ...]
    sha256: tuple[str, ...]

    def take(self, chosen: npt.NDArray[np.int64]) -> Arrays:
        """Return the inputs of some examples as float32."""
        return {name: array[chosen].astype(np.float32) for name, array in self.arrays.items()}


def prepare_examples(
    headers: Sequence[Path], inputs: Inputs, target: Target, progress: Callable[[float], None] | None = None
) -> Examples:
    """Compute the examples of annotated recordings, those of each recording from the cache where they are there.

    Parameters
    ----------
    headers : sequence of Path
        WFDB headers.
    inputs : Inputs
        Inputs of the model.
    target : Target
        Positions and true values.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    ecg_core.training.examples.Examples
        Inputs and true values of all recordings.
    """
    parts, digests = [], []
    for index, header in enumerate(headers):
        recording = open_recording(header, name=header.stem)
        digests.append(recording.sha256)
        settings = [
            _PREPARATION_VERSION,
            recording.sha256,
            annotation_digest(header),
            inputs_to_dict(inputs),
            target.name,
        ]
        parts.append(cached_arrays("examples", settings, partial(_prepare_one, recording, inputs, target)))
        if progress:
            progress((index + 1) / len(headers))
    return Examples(
        arrays={name: np.concatenate([part[f"x_{name}"] for part in parts]) for name in inputs.shapes},
        value=np.concatenate([part["value"] for part in parts]),
        recording=np.repeat(np.arange(len(parts)), [len(part["value"]) for part in parts]),
        names=tuple(header.stem for header in headers),
        sha256=tuple(digests),
    )


def _prepare_one(recording: Recording, inputs: Inputs, target: Target) -> dict[str, npt.NDArray[Any]]:
    samples, value = target.examples(recording)
    arrays = inputs.arrays(recording, samples)
    return {f"x_{name}": array.astype(np.float16) for name, array in arrays.items()} | {"value": value}
