"""Notes on spans of a recording: diary entries, button presses, sleep, activity.

A note is added and may be withdrawn, once; it never changes, which the database holds. An artefact is no note but a
rhythm that a person names (:class:`ecg_core.review.edits.SetRhythm`), which beats and events follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from ecg_core.errors import ReviewError, UuidTakenError
from ecg_core.review.audit import NO_ROLE, append_within
from ecg_core.review.database import reading, writing
from ecg_core.review.log import MAX_UUID_LENGTH, is_uuid, now
from ecg_core.review.row_checks import check_person, check_recording
from ecg_core.review.schema import span_notes as table
from ecg_core.texts import plain

Kind = Literal["diary", "button", "sleep", "activity", "note"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

MAX_TEXT_LENGTH: Final = 2000
_MAX_SAMPLE: Final = 2**62


@dataclass(frozen=True)
class SpanNote:
    """A note on a span.

    Attributes
    ----------
    seq : int
        Its number: increasing, shared by all recordings.
    uuid : str
        Drawn by whoever made it; the same one is never entered twice.
    recording_sha256 : str
        The recording.
    kind : str
        One of `KINDS`.
    start_sample, stop_sample : int
        Samples at the recording's own rate, the second one not included; equal for a moment, as a button press is.
    text : str
        What it says; may be empty.
    person, at : str
        Who has added it, and when: UTC in ISO 8601.
    withdrawn_by, withdrawn_at : str or None
        Who has withdrawn it, and when; None if it holds.
    """

    seq: int
    uuid: str
    recording_sha256: str
    kind: Kind
    start_sample: int
    stop_sample: int
    text: str
    person: str
    at: str
    withdrawn_by: str | None
    withdrawn_at: str | None


class SpanNotes:
    """The notes on one recording.

    Parameters
    ----------
    engine : Engine
        See :func:`ecg_core.review.database.engine`.
    recording_sha256 : str
        The recording.
    """

    def __init__(self, engine: Engine, recording_sha256: str) -> None:
        check_recording(recording_sha256)
        self.engine = engine
        self.recording_sha256 = recording_sha256

    def add(
        self,
        uuid: str,
        kind: Kind,
        start_sample: int,
        stop_sample: int,
        text: str,
        person: str,
        role: str = NO_ROLE,
    ) -> SpanNote:
        """Add a note; one whose uuid is known is not added again.

        Parameters
        ----------
        uuid : str
            Drawn by whoever makes it.
        kind : str
            One of `KINDS`.
        start_sample, stop_sample : int
            The span, the second sample not included; equal for a moment.
        text : str
            What it says; may be empty.
        person, role : str
            Who adds it.

        Returns
        -------
        SpanNote

        Raises
        ------
        ReviewError
            If it says what none can say, the uuid is another note's, or nothing can be written.
        """
        check_person(person)
        if not is_uuid(uuid):
            raise ReviewError(f"A note needs a uuid of 1 to {MAX_UUID_LENGTH} characters; send it again with one.")
        if kind not in KINDS:
            raise ReviewError(f"A note can be of the kind {', '.join(KINDS[:-1])} or {KINDS[-1]}.")
        for sample in (start_sample, stop_sample):
            if isinstance(sample, bool) or not isinstance(sample, int) or not 0 <= sample < _MAX_SAMPLE:
                raise ReviewError("A note begins and ends at numbers of samples.")
        if stop_sample < start_sample:
            raise ReviewError("A note cannot end before it begins.")
        if len(text) > MAX_TEXT_LENGTH:
            raise ReviewError(f"A note holds at most {MAX_TEXT_LENGTH:,} characters.")
        given = {
            "recording_sha256": self.recording_sha256,
            "kind": kind,
            "start_sample": start_sample,
            "stop_sample": stop_sample,
            "text": plain(text, MAX_TEXT_LENGTH),
        }
        with writing(self.engine) as connection:
            known = _by_uuid(connection, uuid)
            if known is not None:
                if any(getattr(known, name) != value for name, value in given.items()):
                    raise UuidTakenError(f"Another note was added under the uuid {uuid!r}; make this one anew.")
                return known
            seq = (connection.execute(select(func.max(table.c.seq))).scalar() or 0) + 1
            connection.execute(insert(table).values(seq=seq, uuid=uuid, **given, person=person, at=now()))
            details = {"note": seq, "kind": kind, "start": start_sample, "stop": stop_sample}
            append_within(connection, person, "note added", self.recording_sha256, details, role=role)
            made = _by_uuid(connection, uuid)
            assert made is not None
            return made

    def withdraw(self, uuid: str, person: str, role: str = NO_ROLE) -> SpanNote:
        """Withdraw a note; one that is withdrawn already stays so.

        Parameters
        ----------
        uuid : str
            Of the note.
        person, role : str
            Who withdraws it.

        Returns
        -------
        SpanNote

        Raises
        ------
        ReviewError
            If there is no such note of the recording, or nothing can be written.
        """
        check_person(person)
        with writing(self.engine) as connection:
            known = _by_uuid(connection, uuid)
            if known is None or known.recording_sha256 != self.recording_sha256:
                raise ReviewError("There is no such note.")
            if known.withdrawn_at is None:
                changed = update(table).where(table.c.uuid == uuid)
                connection.execute(changed.values(withdrawn_by=person, withdrawn_at=now()))
                details = {"note": known.seq}
                append_within(connection, person, "note withdrawn", self.recording_sha256, details, role=role)
                known = _by_uuid(connection, uuid)
                assert known is not None
            return known

    def notes(
        self,
        start_sample: int = 0,
        stop_sample: int | None = None,
        *,
        kind: Kind | None = None,
        withdrawn: bool = False,
    ) -> list[SpanNote]:
        """Return notes by where they begin.

        Parameters
        ----------
        start_sample, stop_sample : int, optional
            Only those that touch this span; the whole recording by default.
        kind : str, optional
            Only those of a kind.
        withdrawn : bool
            Whether to return those that were withdrawn, too.

        Returns
        -------
        list of SpanNote

        Raises
        ------
        ReviewError
            If the database cannot be read.
        """
        wanted = select(table).where(table.c.recording_sha256 == self.recording_sha256)
        # A moment at the first sample touches the span.
        wanted = wanted.where((table.c.stop_sample > start_sample) | (table.c.start_sample >= start_sample))
        if stop_sample is not None:
            wanted = wanted.where(table.c.start_sample < stop_sample)
        if kind is not None:
            wanted = wanted.where(table.c.kind == kind)
        if not withdrawn:
            wanted = wanted.where(table.c.withdrawn_at.is_(None))
        with reading(self.engine) as connection:
            return [_note(row) for row in connection.execute(wanted.order_by(table.c.start_sample, table.c.seq))]


def _by_uuid(connection: Connection, uuid: str) -> SpanNote | None:
    row = connection.execute(select(table).where(table.c.uuid == uuid)).first()
    return None if row is None else _note(row)


def _note(row: Row[Any]) -> SpanNote:
    return SpanNote(**row._mapping)
