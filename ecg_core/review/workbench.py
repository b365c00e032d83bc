"""One recording under review: its beats with everybody's edits, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecg_core.analysis import Analysis
from ecg_core.recording import Recording
from ecg_core.review.edits import Edit
from ecg_core.review.log import EditLog, Entry
from ecg_core.review.state import State


@dataclass(frozen=True)
class Outcome:
    """What became of edits: the revision after them, and of those that were refused number and sentence."""

    revision: int
    refused: list[tuple[int, str]]


@dataclass(frozen=True, eq=False)
class Change:
    """What is otherwise since a revision.

    Attributes
    ----------
    revision : int
        The present one.
    state : State
        The present one; `rows` are positions in it.
    removed : ndarray of int32
        Ids of beats that are gone.
    rows : ndarray of int64
        Positions of beats that are new or changed; all of them where `full`.
    full : bool
        Whether everything must be taken anew, since the revision lies too far back.
    """

    revision: int
    state: State
    removed: npt.NDArray[np.int32]
    rows: npt.NDArray[np.int64]
    full: bool


class Workbench:
    """The beats of one recording and model, shared by all persons and threads of a process."""

    def __init__(self, recording: Recording, analysis: Analysis, log: EditLog) -> None:
        raise NotImplementedError

    @property
    def revision(self) -> int:
        """Number of the last entry that is in the state, 0 if there is none."""
        raise NotImplementedError

    @property
    def state(self) -> State:
        """The beats as they are; never changed, each edit makes another."""
        raise NotImplementedError

    @property
    def analysis(self) -> Analysis:
        """The analysis with corrected beats; computed when first asked for after an edit."""
        raise NotImplementedError

    def history(self, person: str) -> dict[str, Entry | None]:
        """Return what "undo" and "redo" would do for a person, None where there is nothing."""
        raise NotImplementedError

    def edit(self, person: str, edits: Sequence[tuple[str, Edit]]) -> Outcome:
        """Enter edits, given as pairs of uuid and edit."""
        raise NotImplementedError

    def undo(self, person: str, uuid: str | None = None) -> Outcome:
        """Take back the person's last edit that is in force."""
        raise NotImplementedError

    def redo(self, person: str, uuid: str | None = None) -> Outcome:
        """Bring back what the person has undone last."""
        raise NotImplementedError

    def catch_up(self) -> int:
        """Take in what others have entered; return the revision."""
        raise NotImplementedError

    def changes(self, since_revision: int) -> Change:
        """Tell what is otherwise since a revision."""
        raise NotImplementedError
