"""Configuration of one training run, built once from the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from ecg_core.training.fine_tuning import FineTuning
from ecg_core.training.patients import BY_NAME, Patients
from ecg_core.training.runtime import USUAL, Runtime


class Trainable(Protocol):
    """What the configuration needs to know of a recipe."""

    @property
    def name(self) -> str:
        """Name of the recipe."""

    @property
    def default_folds(self) -> int:
        """Number of cross-validation folds where the run does not say."""


RecipeT = TypeVar("RecipeT", bound=Trainable, covariant=True)


@dataclass(frozen=True)
class RunConfig(Generic[RecipeT]):
    """Settings of one training run.

    Attributes
    ----------
    recipe : Recipe, TextbookRecipe, IntervalRecipe, RhythmRecipe or WaveRecipe
        Network, schedule and augmentation, with the changes made on the command line.
    data : tuple of str or Path
        Data sets by name, folders, or both.
    out : Path
        Model folder to write; its last part is the model's name.
    seed : int
        Seed of the first network, from 0 to 2**32 - 1.
    seeds : int
        Number of networks, trained from successive seeds and joined to an ensemble; 1 for a single network.
    folds : int or None
        Number of cross-validation folds, grouped by patient; 0 for none, None for the recipe's default.
    patients : Patients
        Patient of each recording; derived from the recordings' names by default.
    noise : Path or None
        Folder of recorded noise, for recipes that mix it in; None for ``nstdb`` below ``$ECG_DATA``.
    fine_tuning : FineTuning or None
        Trained model to start from; None to train from random weights.
    runtime : Runtime
        Numeric precision and devices.
    logs : Path or None
        Folder of TensorBoard logs; None to write none.
    command : str
        Command line, as the card records it.
    """

    recipe: RecipeT
    data: tuple[str | Path, ...]
    out: Path
    seed: int = 1
    seeds: int = 1
    folds: int | None = None
    patients: Patients = BY_NAME
    noise: Path | None = None
    fine_tuning: FineTuning | None = None
    runtime: Runtime = USUAL
    logs: Path | None = None
    command: str = ""

    @property
    def name(self) -> str:
        """Name of the model: the last part of its folder."""
        return self.out.resolve().name

    @property
    def n_folds(self) -> int:
        """Number of cross-validation folds: the run's, or the recipe's default."""
        return self.recipe.default_folds if self.folds is None else self.folds

    def to_card(self) -> dict[str, Any]:
        """Return the settings as a card records them; of folders the last part alone, of patients nothing."""
        tuning = self.fine_tuning
        return {
            "recipe": self.recipe.name,
            "data": [Path(choice).name for choice in self.data],
            "seed": self.seed,
            "seeds": self.seeds,
            "folds": self.n_folds,
            "patients": "table" if self.patients.listed else "recording names",
            "noise": None if self.noise is None else self.noise.name,
            "fine_tuning": None if tuning is None else {"model": tuning.model.name, "freeze": tuning.freeze},
            "precision": self.runtime.precision,
        }
