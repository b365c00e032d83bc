"""A log as a file, and back: for another machine, for a colleague, for safe keeping."""

from __future__ import annotations

from typing import Any

from ecg_core.review.log import EditLog


def export_log(log: EditLog, recording_name: str = "", model_name: str | None = None) -> dict[str, Any]:
    """Return the log as JSON-able values."""
    raise NotImplementedError


def import_log(log: EditLog, content: bytes | str | dict[str, Any]) -> int:
    """Enter what a file holds and the log does not; return how many entries that were."""
    raise NotImplementedError
