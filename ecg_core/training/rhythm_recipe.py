"""What a recipe for the rhythm network can set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ecg_core.training.limits import require


@dataclass(frozen=True)
class RhythmSchedule:
    """Attributes: ``steps`` of ``batch`` windows each, and the highest ``learning_rate`` of a cosine."""

    steps: int = 2000
    batch: int = 32
    learning_rate: float = 2e-3


@dataclass(frozen=True)
class RhythmAugmentation:
    """Attributes: how many synthetic recordings are ``made``."""

    made: int = 600


@dataclass(frozen=True)
class RhythmRecipe:
    """A network on the signal that tells the rhythm of every second.

    Attributes
    ----------
    name, summary : str
    networks : int
        Trained from successive seeds; their probabilities are averaged.
    schedule : RhythmSchedule
    augmentation : RhythmAugmentation
    limits : tuple of str
        What its user must know, one sentence each, stands in the card.
    """

    name: str
    summary: str
    networks: int = 2
    schedule: RhythmSchedule = field(default_factory=RhythmSchedule)
    augmentation: RhythmAugmentation = field(default_factory=RhythmAugmentation)
    limits: tuple[str, ...] = ()
    default_folds: ClassVar[int] = 0

    def __post_init__(self) -> None:
        """Refuse settings that cannot be trained with."""
        require("networks", self.networks, 1, 8)
        require("schedule.steps", self.schedule.steps, 1, 100_000)
        require("schedule.batch", self.schedule.batch, 1, 1024)
        require("schedule.learning_rate", self.schedule.learning_rate, 1e-6, 0.1)
        require("augmentation.made", self.augmentation.made, 0, 100_000)
