"""Folds of patients that a rhythm model was trained without, to measure it on them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

FOLDERS_WITH_ANOTHER_NAME: Final[Mapping[str, str]] = {"cinc2015_alarm60": "cinc2015"}


@dataclass(frozen=True)
class LeftOut:
    """A fold of the patients.

    Attributes
    ----------
    fold, folds : int
        Which one, of how many.
    """

    fold: int
    folds: int

    def holds(self, database: str, patient: str) -> bool:
        """Tell whether a patient is in the fold; noise and synthetic recordings are in none.

        Parameters
        ----------
        database : str
            Name of the database or of its folder.
        patient : str
            Patient in the database.
        """
        name = FOLDERS_WITH_ANOTHER_NAME.get(database, database)
        if name in ("nstdb", "synth"):
            return False
        return zlib.crc32((name + patient).encode()) % self.folds == self.fold

    def card(self) -> dict[str, Any]:
        """Return what a model's card says of it."""
        return dict(vars(self))
