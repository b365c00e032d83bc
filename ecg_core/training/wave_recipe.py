"""What a recipe for the delineation network can set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ecg_core.training.limits import require


@dataclass(frozen=True)
class WaveSchedule:
    """Attributes: ``steps`` of ``batch`` windows each, and the highest ``learning_rate`` of a cosine."""

    steps: int = 5000
    batch: int = 8
    learning_rate: float = 3e-3


@dataclass(frozen=True)
class WaveAugmentation:
    """Attributes: how many synthetic recordings are ``made``, and the ``share`` of windows drawn from them."""

    made: int = 2000
    share: float = 0.4


@dataclass(frozen=True)
class WaveRecipe:
    """A network on the signal that tells P, QRS and T apart.

    Attributes
    ----------
    name, summary : str
    schedule : WaveSchedule
    augmentation : WaveAugmentation
    limits : tuple of str
        What its user must know, one sentence each, stands in the card.
    """

    name: str
    summary: str
    schedule: WaveSchedule = field(default_factory=WaveSchedule)
    augmentation: WaveAugmentation = field(default_factory=WaveAugmentation)
    limits: tuple[str, ...] = ()
    default_folds: ClassVar[int] = 0

    def __post_init__(self) -> None:
        """Refuse settings that cannot be trained with."""
        require("schedule.steps", self.schedule.steps, 1, 1_000_000)
        require("schedule.batch", self.schedule.batch, 1, 1024)
        require("schedule.learning_rate", self.schedule.learning_rate, 1e-6, 0.1)
        require("augmentation.made", self.augmentation.made, 0, 20_000)
        require("augmentation.share", self.augmentation.share, 0, 1)
