"""Reports of recordings: versions, of which one at most is being written and those that are signed never change.

A version is a draft, or preliminary once others may read it, until it is signed. Then it is final, or amended where it
replaces a signed one, which stays as it is. Its hash covers all that it says and rests on: content, paragraphs,
recording, model, and the log of edits up to the revision that the report was made from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from ecg_core.errors import ReviewError
from ecg_core.review.audit import NO_ROLE, append_within, digest_of_rows, hash_of
from ecg_core.review.database import reading, writing
from ecg_core.review.log import NO_MODEL, now
from ecg_core.review.row_checks import check_person, check_recording, json_of
from ecg_core.review.schema import entries as log_table
from ecg_core.review.schema import reports as table
from ecg_core.review.worklist import set_status_within
from ecg_core.texts import plain

Status = Literal["draft", "preliminary", "final", "amended"]

_MAX_CONTENT_BYTES: Final = 8 << 20
_MAX_PARAGRAPHS_BYTES: Final = 2 << 20
_MAX_REASON_LENGTH: Final = 1000


@dataclass(frozen=True)
class Report:
    """One version of a report.

    Attributes
    ----------
    recording_sha256 : str
        The recording.
    version : int
        From 1.
    status : str
        "draft", "preliminary", "final", or "amended" for a signed version that replaces another one.
    content : dict
        What the report shows.
    paragraphs : dict of str to str
        Paragraphs that a person has edited, by name.
    saves : int
        How often it was saved; who saves it says which they had before them.
    created_at, created_by, saved_at, saved_by : str
        When, UTC in ISO 8601, and by whom.
    replaces : int or None
        Version that it amends.
    replaced_by : int or None
        Signed version that amends it.
    reason : str or None
        Reason of the amendment.
    model_sha256, log_revision, log_sha256 : str, int, str or None
        What a signed version rests on.
    signed_by, signed_role, signed_at : str or None
        Signature.
    hash : str or None
        SHA-256 of a signed version.
    """

    recording_sha256: str
    version: int
    status: Status
    content: dict[str, Any]
    paragraphs: dict[str, str]
    saves: int
    created_at: str
    created_by: str
    saved_at: str
    saved_by: str
    replaces: int | None
    replaced_by: int | None
    reason: str | None
    model_sha256: str | None
    log_revision: int | None
    log_sha256: str | None
    signed_by: str | None
    signed_role: str | None
    signed_at: str | None
    hash: str | None

    @property
    def is_signed(self) -> bool:
        """Whether it is signed, and never changes any more."""
        return self.signed_at is not None


class Reports:
    """The reports of a database.

    Parameters
    ----------
    engine : Engine
        See :func:`ecg_core.review.database.engine`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def versions(self, recording_sha256: str) -> list[Report]:
        """Return all versions of a recording's report, in order."""
        with reading(self.engine) as connection:
            return _versions(connection, recording_sha256)

    def latest(self, recording_sha256: str) -> Report | None:
        """Return the newest version of a recording's report, None if there is none."""
        newest = select(table).where(table.c.recording_sha256 == recording_sha256)
        with reading(self.engine) as connection:
            row = connection.execute(newest.order_by(table.c.version.desc()).limit(1)).first()
        return None if row is None else _report(row, None)  # the newest is replaced by none

    def begin(self, recording_sha256: str, content: Mapping[str, Any], person: str, role: str = NO_ROLE) -> Report:
        """Begin a report as a draft.

        Parameters
        ----------
        recording_sha256 : str
            The recording.
        content : mapping
            What it shows, as JSON has it.
        person, role : str
            Who writes it.

        Returns
        -------
        Report

        Raises
        ------
        ReviewError
            If there is one already, or nothing can be written.
        """
        check_recording(recording_sha256)
        with writing(self.engine) as connection:
            versions = _versions(connection, recording_sha256)
            if versions:
                what = "amend it" if versions[-1].is_signed else "go on with it"
                raise ReviewError(f"This recording has a report, begun by {versions[-1].created_by}; {what}.")
            return _insert(connection, recording_sha256, 1, content, {}, person, role)

    def save(
        self,
        report: Report,
        content: Mapping[str, Any],
        paragraphs: Mapping[str, str],
        person: str,
    ) -> Report:
        """Save what was written.

        Parameters
        ----------
        report : Report
            As the person had it before them.
        content : mapping
            What it shows now, as JSON has it.
        paragraphs : mapping
            Paragraphs that were edited.
        person : str
            Who writes it.

        Returns
        -------
        Report

        Raises
        ------
        ReviewError
            If it is signed, somebody else has saved it since, or nothing can be written.
        """
        check_person(person)
        values = {"content": _content(content), "paragraphs": _paragraphs(paragraphs)}
        with writing(self.engine) as connection:
            _unsigned(connection, report)
            return _update(connection, report, person, **values)

    def set_preliminary(self, report: Report, person: str, role: str = NO_ROLE) -> Report:
        """Let others read a draft as preliminary.

        Parameters
        ----------
        report : Report
            As the person had it before them.
        person, role : str
            Who does it.

        Returns
        -------
        Report

        Raises
        ------
        ReviewError
            If it is signed, somebody else has saved it since, or nothing can be written.
        """
        check_person(person)
        with writing(self.engine) as connection:
            _unsigned(connection, report)
            changed = _update(connection, report, person, status="preliminary")
            _tell(connection, changed, "report made preliminary", person, role)
            return changed

    def sign(self, report: Report, person: str, role: str, *, model_sha256: str | None, log_revision: int) -> Report:
        """Sign a report; the worklist follows.

        Parameters
        ----------
        report : Report
            As the person had it before them.
        person, role : str
            Who signs it.
        model_sha256 : str or None
            Of the model whose beats it rests on.
        log_revision : int
            Number of the last edit that is in it, 0 if there is none.

        Returns
        -------
        Report

        Raises
        ------
        ReviewError
            If it is signed, somebody else has saved it since, there are edits that are not in it, or nothing can be
            written.
        """
        check_person(person)
        check_person(role)
        with writing(self.engine) as connection:
            _unsigned(connection, report)
            revision, log_sha256 = _log_up_to(connection, report.recording_sha256, model_sha256, None)
            if revision != log_revision:
                raise ReviewError("Beats were edited since this report was made; look at it as it is now, then sign.")
            signed = {
                "status": "final" if report.replaces is None else "amended",
                "model_sha256": model_sha256 or NO_MODEL,
                "log_revision": revision,
                "log_sha256": log_sha256,
                "signed_by": person,
                "signed_role": role,
                "signed_at": now(),
            }
            row = {**_row(connection, report.recording_sha256, report.version)._mapping, **signed}
            done = _update(connection, report, None, **signed, hash=hash_of(row))
            _tell(connection, done, "signed", person, role, hash=done.hash, reason=done.reason)
            status: Literal["signed", "amended"] = "signed" if done.status == "final" else "amended"
            set_status_within(connection, report.recording_sha256, status, person, role)
            return done

    def amend(self, report: Report, reason: str, person: str, role: str = NO_ROLE) -> Report:
        """Begin a version that is to replace a signed one, which stays; it begins with its content.

        Parameters
        ----------
        report : Report
            The newest signed version.
        reason : str
            Why.
        person, role : str
            Who amends it.

        Returns
        -------
        Report

        Raises
        ------
        ReviewError
            If it is not the newest or not signed, no reason is given, or nothing can be written.
        """
        if not reason.strip() or len(reason) > _MAX_REASON_LENGTH:
            raise ReviewError(f"An amendment needs a reason of 1 to {_MAX_REASON_LENGTH:,} characters.")
        with writing(self.engine) as connection:
            versions = _versions(connection, report.recording_sha256)
            if not versions or versions[-1].version != report.version or not versions[-1].is_signed:
                raise ReviewError("Only the newest version of a report can be amended, once it is signed.")
            last = versions[-1]
            more = {"replaces": last.version, "reason": plain(reason.strip(), _MAX_REASON_LENGTH)}
            return _insert(
                connection,
                last.recording_sha256,
                last.version + 1,
                last.content,
                last.paragraphs,
                person,
                role,
                **more,
            )

    def problem_of(self, report: Report) -> str | None:
        """Tell in one sentence why a signed report is not what was signed; None if it is.

        Parameters
        ----------
        report : Report
            A signed version.

        Raises
        ------
        ReviewError
            If it is not signed or the database cannot be read.
        """
        with reading(self.engine) as connection:
            row = _row(connection, report.recording_sha256, report.version)
            if row.signed_at is None:
                raise ReviewError("This report is not signed.")
            if row.hash != hash_of(dict(row._mapping)):
                return "The report was changed after it was signed."
            found = _log_up_to(connection, row.recording_sha256, row.model_sha256, row.log_revision)
            if found != (row.log_revision, row.log_sha256):
                return "Edits on which the report rests were changed after it was signed."
            return None


def _log_up_to(
    connection: Connection, recording_sha256: str, model_sha256: str | None, revision: int | None
) -> tuple[int, str]:
    """Return the number of the last entry of a log, up to a revision, and the SHA-256 of the entries until there."""
    mine = (
        log_table.c.recording_sha256 == recording_sha256,
        log_table.c.model_sha256 == (model_sha256 or NO_MODEL),
        *(() if revision is None else (log_table.c.seq <= revision,)),
    )
    last = connection.execute(select(func.max(log_table.c.seq)).where(*mine)).scalar() or 0
    _, digest = digest_of_rows(connection.execute(select(log_table).where(*mine).order_by(log_table.c.seq)))
    return last, digest


def _versions(connection: Connection, recording_sha256: str) -> list[Report]:
    wanted = select(table).where(table.c.recording_sha256 == recording_sha256).order_by(table.c.version)
    rows = connection.execute(wanted).all()
    replaced = {row.replaces: row.version for row in rows if row.signed_at is not None and row.replaces is not None}
    return [_report(row, replaced.get(row.version)) for row in rows]


def _row(connection: Connection, recording_sha256: str, version: int) -> Row[Any]:
    mine = table.c.recording_sha256 == recording_sha256, table.c.version == version
    row = connection.execute(select(table).where(*mine)).first()
    if row is None:
        raise ReviewError("There is no such version of the report.")
    return row


def _unsigned(connection: Connection, report: Report) -> None:
    """Make sure that a version may be changed by who has it before them."""
    row = _row(connection, report.recording_sha256, report.version)
    if row.signed_at is not None:
        raise ReviewError(f"This report was signed by {row.signed_by}; amend it to change something.")
    if row.saves != report.saves:
        raise ReviewError(f"{row.saved_by} has saved this report meanwhile; look at it as it is now.")


def _insert(
    connection: Connection,
    recording_sha256: str,
    version: int,
    content: Mapping[str, Any],
    paragraphs: Mapping[str, str],
    person: str,
    role: str,
    **more: Any,
) -> Report:
    check_person(person)
    at = now()
    seq = (connection.execute(select(func.max(table.c.seq))).scalar() or 0) + 1
    row = {
        "seq": seq,
        "recording_sha256": recording_sha256,
        "version": version,
        "status": "draft",
        "content": _content(content),
        "paragraphs": _paragraphs(paragraphs),
        "saves": 0,
        **{"created_at": at, "created_by": person, "saved_at": at, "saved_by": person},
        **more,
    }
    connection.execute(insert(table).values(row))
    made = _report(_row(connection, recording_sha256, version), None)
    _tell(connection, made, "report amended" if made.replaces else "report begun", person, role, reason=made.reason)
    return made


def _update(connection: Connection, report: Report, person: str | None, **values: Any) -> Report:
    """Change a version; where a person saves it, it counts."""
    if person is not None:
        values |= {"saves": report.saves + 1, "saved_at": now(), "saved_by": person}
    mine = table.c.recording_sha256 == report.recording_sha256, table.c.version == report.version
    connection.execute(update(table).where(*mine).values(**values))
    return _report(_row(connection, report.recording_sha256, report.version), None)


def _tell(connection: Connection, report: Report, action: str, person: str, role: str, **more: Any) -> None:
    details = {"report": report.version, **{name: value for name, value in more.items() if value is not None}}
    append_within(connection, person, action, report.recording_sha256, details, role=role)


def _content(content: Mapping[str, Any]) -> str:
    return json_of(dict(content), "The content of the report", _MAX_CONTENT_BYTES)


def _paragraphs(paragraphs: Mapping[str, str]) -> str:
    names: Sequence[object] = [*paragraphs, *paragraphs.values()]
    if not all(isinstance(each, str) for each in names):
        raise ReviewError("Paragraphs of a report are texts by name.")
    return json_of(dict(paragraphs), "The text of the report", _MAX_PARAGRAPHS_BYTES)


def _report(row: Row[Any], replaced_by: int | None) -> Report:
    values = {name: value for name, value in row._mapping.items() if name != "seq"}
    values |= {"content": json.loads(row.content), "paragraphs": json.loads(row.paragraphs)}
    return Report(**values, replaced_by=replaced_by)
