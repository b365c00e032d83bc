"""Recipes: one short file for each model that can be trained; the registry finds them by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import ClassVar

from ecg_core.beats import CLASSES
from ecg_core.classification.context import ContextSpec
from ecg_core.classification.windows import WindowSpec
from ecg_core.errors import ModelError
from ecg_core.textbook.training import TextbookRecipe
from ecg_core.training.augmentation import Augmentation
from ecg_core.training.interval_recipe import IntervalRecipe
from ecg_core.training.limits import require
from ecg_core.training.prepared_beats import MARGIN
from ecg_core.training.rhythm_recipe import RhythmRecipe
from ecg_core.training.schedule import Schedule
from ecg_core.training.wave_recipe import WaveRecipe


@dataclass(frozen=True)
class Recipe:
    """What is trained, and how.

    Attributes
    ----------
    name : str
    summary : str
        One line for people.
    window : WindowSpec
    filters, kernels, strides : tuple of int
        See :class:`~ecg_core.classification.network.NetworkSpec`.
    dense : int
    dropout : float
    schedule : Schedule
    augmentation : Augmentation
    context : ContextSpec
        How the recording corrects what is said of single beats.
    usual_interval_s : float or None
        The trained network is used without the rate, see :class:`~ecg_core.classification.network.NetworkSpec`; None
        leaves it the rate.
    prior : float
        How far the classes' sampled shares are turned back to their true ones in the logits: 0 not, 1 wholly.
    limits, limits_on_ds1 : tuple of str
        What its user must know, one sentence each, stands in the card: of the recipe wherever it is trained, and what
        was found where it was trained on MIT-BIH's DS1.
    """

    name: str
    summary: str
    window: WindowSpec = field(default_factory=WindowSpec)
    filters: tuple[int, ...] = (24, 32, 48, 64)
    kernels: tuple[int, ...] = (7, 5, 5, 3)
    strides: tuple[int, ...] = (1, 2, 2, 1)
    dense: int = 64
    dropout: float = 0.3
    schedule: Schedule = field(default_factory=Schedule)
    augmentation: Augmentation = field(default_factory=Augmentation)
    context: ContextSpec = field(default_factory=ContextSpec)
    usual_interval_s: float | None = None
    prior: float = 1.0
    limits: tuple[str, ...] = ()
    limits_on_ds1: tuple[str, ...] = ()
    default_folds: ClassVar[int] = 3

    def __post_init__(self) -> None:
        """Refuse settings that cannot be trained with."""
        require("prior", self.prior, 0, 2)
        require("dense", self.dense, 1, 4096)
        require("dropout", self.dropout, 0, 0.95)
        if self.usual_interval_s is not None:
            require("usual_interval_s", self.usual_interval_s, 0.3, 2)
        require("window.fs_hz", self.window.fs_hz, 50, 1000)
        for name in ("before_s", "after_s"):
            require(f"window.{name}", getattr(self.window, name), 0.2, 5)
        for name in ("filters", "kernels", "strides"):
            for value in getattr(self, name):
                require(name, value, 1, 4096)
        if len(self.schedule.balance) != len(CLASSES):
            raise ModelError(f"schedule.balance takes {len(CLASSES)} exponents, one a class.")
        # Windows are prepared this much wider than the network's.
        farthest = self.augmentation.shift_common + self.augmentation.shift_alone
        require("augmentation.shift_common + shift_alone", farthest, 0, MARGIN)


AnyRecipe = Recipe | TextbookRecipe | IntervalRecipe | RhythmRecipe | WaveRecipe


def recipes() -> dict[str, AnyRecipe]:
    """Return every recipe by name."""
    found = [import_module(f"{__name__}.{module.name}").RECIPE for module in iter_modules(__path__)]
    return {recipe.name: recipe for recipe in found}


def get_recipe(name: str) -> AnyRecipe:
    """Return one recipe.

    Raises
    ------
    ModelError
        If there is none of that name.
    """
    known = recipes()
    if name not in known:
        raise ModelError(f"There is no recipe {name!r}; choose one of {', '.join(sorted(known))}.")
    return known[name]
