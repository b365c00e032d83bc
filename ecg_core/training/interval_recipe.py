"""What a recipe for the interval model can set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ecg_core.training.limits import require


@dataclass(frozen=True)
class IntervalSchedule:
    """Attributes: ``steps`` of ``batch`` crops each, and the highest ``learning_rate`` of a cosine."""

    steps: int = 1000
    batch: int = 64
    learning_rate: float = 2e-3


@dataclass(frozen=True)
class IntervalAugmentation:
    """Attributes: ``share`` of the usual number of crops that is drawn, and how many recordings are ``made``."""

    share: float = 1.0
    made: int = 600


@dataclass(frozen=True)
class IntervalRecipe:
    """A network on the intervals between beats.

    Attributes
    ----------
    name, summary : str
    width : int
        Channels of each layer.
    schedule : IntervalSchedule
    augmentation : IntervalAugmentation
    limits : tuple of str
        What its user must know, one sentence each, stands in the card.
    """

    name: str
    summary: str
    width: int = 32
    schedule: IntervalSchedule = field(default_factory=IntervalSchedule)
    augmentation: IntervalAugmentation = field(default_factory=IntervalAugmentation)
    limits: tuple[str, ...] = ()
    default_folds: ClassVar[int] = 3

    def __post_init__(self) -> None:
        """Refuse settings that cannot be trained with."""
        require("width", self.width, 4, 64)
        require("schedule.steps", self.schedule.steps, 1, 100_000)
        require("schedule.batch", self.schedule.batch, 1, 4096)
        require("schedule.learning_rate", self.schedule.learning_rate, 1e-6, 0.1)
        require("augmentation.share", self.augmentation.share, 0.001, 10)
        require("augmentation.made", self.augmentation.made, 0, 100_000)
