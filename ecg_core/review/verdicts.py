"""Verdicts of people on what screenings found: agree, disagree or unsure, with a note.

A verdict is never changed; a person who thinks again adds another one, and the newest of each person counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from sqlalchemy import Engine, Row, func, insert, select

from ecg_core.errors import ReviewError, UuidTakenError
from ecg_core.review.audit import NO_ROLE, append_within
from ecg_core.review.database import reading, writing
from ecg_core.review.log import MAX_UUID_LENGTH, is_uuid, now
from ecg_core.review.row_checks import check_person, check_recording
from ecg_core.review.schema import verdicts as table
from ecg_core.texts import plain

Answer = Literal["agree", "disagree", "unsure"]

ANSWERS: Final[tuple[Answer, ...]] = get_args(Answer)

MAX_NOTE_LENGTH: Final = 2000
MAX_FINDING_LENGTH: Final = 200
_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Verdict:
    """What a person says of a finding.

    Attributes
    ----------
    seq : int
    uuid : str
    recording_sha256 : str
    verdict : {"agree", "disagree", "unsure"}
        Whether the program has the urgency of the recording right.
    finding : str
        What was judged: the worst finding, as the screening says it.
    note : str
    model_sha256 : str or None
        Of the model whose finding it was.
    person, at : str
        Who said so, and when: UTC in ISO 8601.
    """

    seq: int
    uuid: str
    recording_sha256: str
    verdict: Answer
    finding: str
    note: str
    model_sha256: str | None
    person: str
    at: str


class Verdicts:
    """The verdicts of a database.

    Parameters
    ----------
    engine : Engine
        See :func:`ecg_core.review.database.engine`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add(
        self,
        uuid: str,
        recording_sha256: str,
        verdict: str,
        finding: str,
        person: str,
        note: str = "",
        model_sha256: str | None = None,
        role: str = NO_ROLE,
    ) -> Verdict:
        """Add a verdict; one whose uuid is known is not added again.

        Parameters
        ----------
        uuid : str
            Drawn by whoever makes it.
        recording_sha256 : str
            The recording.
        verdict : {"agree", "disagree", "unsure"}
            Whether the program has the urgency right.
        finding : str
            What is judged.
        person, role : str
            Who says so.
        note : str
            What else there is to say.
        model_sha256 : str, optional
            Of the model whose finding it is.

        Returns
        -------
        Verdict

        Raises
        ------
        ReviewError
            If it says what none can say, the uuid is another one's, or nothing can be written.
        """
        check_person(person)
        check_recording(recording_sha256)
        if not is_uuid(uuid):
            raise ReviewError(f"A verdict needs a uuid of 1 to {MAX_UUID_LENGTH} characters; send it again with one.")
        if verdict not in ANSWERS:
            raise ReviewError(f"A verdict is {', '.join(ANSWERS[:-1])} or {ANSWERS[-1]}.")
        if len(note) > MAX_NOTE_LENGTH:
            raise ReviewError(f"A note holds at most {MAX_NOTE_LENGTH:,} characters.")
        given = {
            "recording_sha256": recording_sha256,
            "verdict": verdict,
            "finding": plain(finding, MAX_FINDING_LENGTH),
            "note": plain(note, MAX_NOTE_LENGTH),
            "model_sha256": model_sha256,
        }
        with writing(self.engine) as connection:
            known = connection.execute(select(table).where(table.c.uuid == uuid)).first()
            if known is not None:
                if any(known._mapping[name] != value for name, value in given.items()):
                    raise UuidTakenError(f"Another verdict has the uuid {uuid!r}; give this one anew.")
                return _verdict(known)
            seq = (connection.execute(select(func.max(table.c.seq))).scalar() or 0) + 1
            connection.execute(insert(table).values(seq=seq, uuid=uuid, **given, person=person, at=now()))
            append_within(connection, person, "verdict given", recording_sha256, {"verdict": verdict}, role=role)
            return _verdict(connection.execute(select(table).where(table.c.uuid == uuid)).one())

    def newest(self, recordings: Sequence[str]) -> dict[str, list[Verdict]]:
        """Return the newest verdict of each person on recordings.

        Parameters
        ----------
        recordings : sequence of str
            SHA-256 of each.

        Returns
        -------
        dict of str to list of Verdict
            By recording, in order of time; recordings without a verdict are not in it.

        Raises
        ------
        ReviewError
            If the database cannot be read.
        """
        found: dict[tuple[str, str], Verdict] = {}
        with reading(self.engine) as connection:
            for first in range(0, len(recordings), _AT_ONCE):
                asked = table.c.recording_sha256.in_(recordings[first : first + _AT_ONCE])
                for row in connection.execute(select(table).where(asked).order_by(table.c.seq)):
                    verdict = _verdict(row)
                    key = verdict.recording_sha256, verdict.person
                    found.pop(key, None)
                    found[key] = verdict
        result: dict[str, list[Verdict]] = {}
        for (recording, _), verdict in found.items():
            result.setdefault(recording, []).append(verdict)
        return result


def _verdict(row: Row[Any]) -> Verdict:
    return Verdict(**row._mapping)
