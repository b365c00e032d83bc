"""Metadata of a table file, common to all table formats."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time

from ecg_core.formats.tables.clock import Clock
from ecg_core.recording import Identity


@dataclass(frozen=True, kw_only=True)
class TableHead:
    """What every kind of table tells, by the names of :class:`~ecg_core.formats.tables.columns.Table`."""

    fs_hz: float | None = None
    begins: datetime | time | None = None
    comments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    identity: Identity | None = None
    clocks: dict[tuple[int, float], Clock | str] = field(default_factory=dict, repr=False, compare=False)
