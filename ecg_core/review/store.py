"""What the kinds of database have in common: how they are written to, and what is said where that fails."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final, Protocol

from sqlalchemy import Connection, Engine

from ecg_core.errors import ReviewError

BUSY: Final = "The database of edits is busy: others have been writing to it. The edit is not saved yet; try again."


class Store(Protocol):
    """What a process keeps beside an engine, for as long as it lives."""

    def writing(self, on: Engine, patience_s: float) -> AbstractContextManager[Connection]:
        """Open a transaction that nobody else writes beside.

        Parameters
        ----------
        on : Engine
            The engine that this is kept beside.
        patience_s : float
            How long to wait for others that write.

        Raises
        ------
        ReviewError
            If it cannot be written; as `CannotKeepError` if it may be tried again.
        """

    def cannot_read(self, error: Exception) -> ReviewError:
        """Return what is said where it cannot be read."""

    def let_go(self) -> None:
        """Close what is held open beside the engine's pool, until somebody writes again."""


def cause(error: BaseException) -> str:
    """Return the first line of what a driver says."""
    return str(getattr(error, "orig", None) or error).splitlines()[0].rstrip(".")
