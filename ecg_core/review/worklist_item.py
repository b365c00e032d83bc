"""What the worklist tells of a recording: where it is opened from, how far reading is, and what was found in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from sqlalchemy import Row

Status = Literal["new", "reading", "read", "signed", "amended"]

STATUSES: Final[tuple[Status, ...]] = get_args(Status)

Stage = Literal["none", "beats", "classes", "waves"]
"""How far a recording is analysed: not at all, beats without classes, with classes, with waves."""

STAGES: Final[tuple[Stage, ...]] = get_args(Stage)


@dataclass(frozen=True)
class Origin:
    """Where a recording is opened from, and what it is called; nothing here may say whose it is.

    Attributes
    ----------
    rec : str or None
        Reference by which the dashboard opens it; None if it is not known.
    folder : str or None
        Folder that the reference is relative to, where it is relative to one.
    name : str or None
        What to call it, see :func:`ecg_core.privacy.public_name`.
    recorded_at : str or None
        Begin of the recording by its own clock, in ISO 8601.
    duration_s, fs_hz : float or None
        Length and sampling rate.
    """

    rec: str | None = None
    folder: str | None = None
    name: str | None = None
    recorded_at: str | None = None
    duration_s: float | None = None
    fs_hz: float | None = None


@dataclass(frozen=True)
class Findings:
    """What the analysis, with everybody's corrections, has found.

    Attributes
    ----------
    stage : str
        How far the analysis is.
    worst_kind : str or None
        Most urgent kind of event that nobody has dismissed, one of :data:`ecg_core.rhythm.episode_types.KINDS`.
    worst_sample : int or None
        Where the first event of it begins.
    statement : str or None
        Most urgent diagnostic statement, if it is critical or urgent.
    statement_severity : int or None
        0 critical, 1 urgent.
    burden_v_percent, burden_s_percent, af_share, readable_share : float or None
        As in :class:`ecg_core.rhythm.summary.Summary`.
    """

    stage: Stage = "none"
    worst_kind: str | None = None
    worst_sample: int | None = None
    statement: str | None = None
    statement_severity: int | None = None
    burden_v_percent: float | None = None
    burden_s_percent: float | None = None
    af_share: float | None = None
    readable_share: float | None = None


@dataclass(frozen=True)
class WorklistItem:
    """A recording in the worklist.

    Attributes
    ----------
    recording_sha256 : str
        The recording.
    status : str
        One of `STATUSES`.
    assigned_to : str or None
        Who has claimed it.
    claimed_at, due : str or None
        UTC, in ISO 8601.
    position_sample : int or None
        Sample at which reading stopped; None if it has not begun.
    added_at, changed_at : str
        UTC, in ISO 8601.
    changed_by : str
        Who changed it last.
    origin : Origin
        Where it is opened from.
    findings : Findings
        What was found in it.
    """

    recording_sha256: str
    status: Status
    assigned_to: str | None
    claimed_at: str | None
    due: str | None
    position_sample: int | None
    added_at: str
    changed_at: str
    changed_by: str
    origin: Origin = field(default_factory=Origin)
    findings: Findings = field(default_factory=Findings)


@dataclass(frozen=True)
class Counts:
    """Recordings of the worklist by what is still to be done with them.

    Attributes
    ----------
    n_all, n_open, n_overdue, n_not_analysed : int
        All, those that are not signed, those of them whose due time has passed, those whose beats have no classes.
    """

    n_all: int
    n_open: int
    n_overdue: int
    n_not_analysed: int


def item_of_row(row: Row[Any]) -> WorklistItem:
    """Return the recording of a row of the table.

    Parameters
    ----------
    row : Row
        All columns of :data:`ecg_core.review.schema.worklist`.
    """
    values = dict(row._mapping)
    origin = Origin(**{name: values.pop(name) for name in Origin.__dataclass_fields__})
    findings = Findings(**{name: values.pop(name) for name in Findings.__dataclass_fields__})
    return WorklistItem(**values, origin=origin, findings=findings)
