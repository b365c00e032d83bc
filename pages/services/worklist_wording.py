"""Words of the worklist: how long, until when, what was found. No Streamlit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from ecg_core.review.worklist_item import Findings, WorklistItem
from ecg_core.review.worklist_order import NEEDS_HELP_AT_ONCE, OPEN, READABLE_ENOUGH
from ecg_core.rhythm import KIND_NAMES
from ecg_core.texts import sentence_case
from pages.services.wording import ABSENT, clock

Tone = Literal["", "danger", "unknown", "quiet"]
"""How a cell stands out: a finding that needs help at once or a time that has passed; what is not known; remarks."""

STATUS_NAMES: Final = {
    "new": "new",
    "reading": "being read",
    "read": "read",
    "signed": "signed",
    "amended": "amended",
}

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)


def span(time: timedelta) -> str:
    """Format how long something waits: ``3 d 4 h``, ``5 h 20 min``, ``2 min``.

    Parameters
    ----------
    time : timedelta
        Not negative.
    """
    if time >= _DAY:
        return f"{time // _DAY} d {time % _DAY // _HOUR} h"
    if time >= _HOUR:
        return f"{time // _HOUR} h {time % _HOUR // _MINUTE:02d} min"
    return f"{time // _MINUTE} min"


def waiting(item: WorklistItem, at: datetime | None = None) -> str:
    """Return how long a recording has been in the worklist.

    Parameters
    ----------
    item : WorklistItem
        The recording.
    at : datetime, optional
        The present time by default.
    """
    return span(max((at or datetime.now(UTC)) - datetime.fromisoformat(item.added_at), timedelta(0)))


def until(due: str, at: datetime | None = None) -> str:
    """Return how far away a due time is: ``in 5 h 20 min``, ``2 d 3 h ago``.

    Parameters
    ----------
    due : str
        In ISO 8601.
    at : datetime, optional
        The present time by default.
    """
    left = datetime.fromisoformat(due) - (at or datetime.now(UTC))
    return f"in {span(left)}" if left >= timedelta(0) else f"{span(-left)} ago"


def is_overdue(item: WorklistItem, at: datetime | None = None) -> bool:
    """Tell whether a recording should have been read and signed by now.

    Parameters
    ----------
    item : WorklistItem
        The recording.
    at : datetime, optional
        The present time by default.
    """
    is_open = item.status in OPEN and item.due is not None
    return is_open and datetime.fromisoformat(str(item.due)) < (at or datetime.now(UTC))


def worst_event(item: WorklistItem) -> tuple[str, str, Tone]:
    """Return what is most urgent in a recording, a remark on it, and how it stands out.

    Parameters
    ----------
    item : WorklistItem
        The recording.

    Returns
    -------
    tuple of (str, str, str)
        Where nothing was found, the remark says what was not looked for; not knowing is never told as normal.
    """
    found = item.findings
    if found.stage == "none":
        return "not analysed", "", "unknown"
    remarks = _not_known(found)
    event = None if found.worst_kind is None else KIND_NAMES.get(found.worst_kind, found.worst_kind)
    dangerous = found.worst_kind in NEEDS_HELP_AT_ONCE
    statement = found.statement
    if statement is not None and not dangerous:
        tone: Tone = "danger" if found.statement_severity == 0 else ""
        return statement, _joined(event, *remarks), tone
    if event is not None:
        also = None if statement is None or statement.lower() == event else statement
        return sentence_case(event), _joined(_time_of(item), also, *remarks), "danger" if dangerous else ""
    if remarks:
        return "no event so far", _joined(*remarks), "unknown"
    return "no event found", "", "quiet"


def _joined(*remarks: str | None) -> str:
    return "; ".join(remark for remark in remarks if remark)


def _not_known(found: Findings) -> list[str]:
    """Return what an analysis does not say."""
    if found.stage == "beats":
        return ["beats are not classified"]
    told = [] if found.stage == "waves" else ["AV block and ST not looked for"]
    if found.readable_share is None or found.readable_share < READABLE_ENOUGH:
        told.append("mostly unreadable")
    return told


def _time_of(item: WorklistItem) -> str:
    sample, fs_hz = item.findings.worst_sample, item.origin.fs_hz
    if sample is None or not fs_hz:
        return ""
    recorded = item.origin.recorded_at
    start = None if recorded is None else datetime.fromisoformat(recorded)
    return f"{'' if start is None else 'at '}{clock(sample / fs_hz, start)}{'' if start else ' from the start'}"


def burden(item: WorklistItem) -> str:
    """Return the shares of ventricular and supraventricular beats and of atrial fibrillation.

    Parameters
    ----------
    item : WorklistItem
        The recording.
    """
    found = item.findings
    parts = [
        f"{letter} {percent:.1f} %"
        for letter, percent in (("V", found.burden_v_percent), ("S", found.burden_s_percent))
        if percent is not None
    ]
    if found.af_share:
        parts.append(f"AF {100 * found.af_share:.0f} %" if found.af_share >= 0.01 else "AF < 1 %")
    return " · ".join(parts) or ABSENT


def readable(item: WorklistItem) -> tuple[str, Tone]:
    """Return the share of the recording that can be read, and how it stands out.

    Parameters
    ----------
    item : WorklistItem
        The recording.
    """
    share = item.findings.readable_share
    if share is None:
        return ABSENT, ""
    return f"{100 * share:.0f} %", "unknown" if share < READABLE_ENOUGH else ""
