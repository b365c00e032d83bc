"""Metadata of a table file, common to all table formats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from ecg_core.recording import Identity


@dataclass(frozen=True, kw_only=True)
class TableHead:
    """What every kind of table tells, by the names of :class:`~ecg_core.formats.tables.table.Table`."""

    fs_hz: float | None = None
    clock: tuple[datetime, datetime] | None = None
    begins: datetime | time | None = None
    comments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    identity: Identity | None = None
