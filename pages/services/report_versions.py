"""Versions of the reports of open recordings: the draft that people write, and those that were signed. No Streamlit."""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ecg_core.errors import ReportError, ReviewError
from ecg_core.privacy import deidentified
from ecg_core.report import Report, ReportStatus, Signature, content_sha256
from ecg_core.report.status import DRAFT
from ecg_core.review.documents import StoredDocuments
from ecg_core.review.reports import Report as Version
from ecg_core.review.reports import Reports
from ecg_core.review.worklist import Worklist
from ecg_core.sending import Documents
from pages.services.accounts import Action, acting
from pages.services.report_drafts import ReportForm, document, drafted, first_form
from pages.services.review_sessions import database_in_use, read_on, review_session_of, why_read_only
from pages.services.sign_in import SIGN_IN
from pages.services.tokens import DEFAULT_REVIEWER_NAME
from pages.services.worklist_access import begin_reading
from pages.services.worklist_updates import UPDATES
from pages.services.workspace import OpenedRecording

SIGNED_FILES: Final = ("pdf", "json", "csv", "fhir", "dicom")
"""Documents of a signed version that are offered as files; waveforms and the structured report are kept beside them."""

_STRUCTURED: Final = "structured"
_WAVEFORM: Final = "waveform."

_MAX_VERIFIED: Final = 10_000
_VERIFIED: Final[OrderedDict[tuple[str, int, str | None, str], None]] = OrderedDict()
"""Signed versions that were found to be as they were signed."""

ROLES: Final = ("reader", "senior reader", "cardiologist", "teacher")


@dataclass(frozen=True)
class KeptDraft:
    """The report that is being written.

    Attributes
    ----------
    form : ReportForm
        As it was saved last; that of a new report where there is none.
    version : Version or None
        Where it is kept; None before it was saved.
    saved_at : str
        UTC in ISO 8601; empty before it was saved.
    problem : str
        Why nothing can be saved; empty where it can.
    rec : str
        Reference of the recording, by which an account may do more or less.
    """

    form: ReportForm
    version: Version | None
    saved_at: str = ""
    problem: str = ""
    rec: str = ""

    @property
    def status(self) -> ReportStatus:
        """Status of what is being written: a draft, or preliminary."""
        preliminary = self.version is not None and self.version.status == "preliminary"
        return ReportStatus("preliminary") if preliminary else DRAFT

    @property
    def signed(self) -> bool:
        """Whether the newest version is signed, so that nothing is being written."""
        return self.version is not None and self.version.is_signed


def draft_kept(opened: OpenedRecording) -> KeptDraft:
    """Return the report of a recording that is being written, or the newest signed one.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    """
    problem = why_read_only()
    if problem is not None:
        return KeptDraft(first_form(opened), None, problem=problem, rec=opened.rec)
    try:
        version = _reports().latest(opened.recording.sha256)
    except ReviewError as error:
        return KeptDraft(first_form(opened), None, problem=str(error), rec=opened.rec)
    if version is None:
        return KeptDraft(first_form(opened), None, rec=opened.rec)
    return KeptDraft(
        ReportForm.of(version.content.get("form", {}), version.paragraphs), version, version.saved_at, rec=opened.rec
    )


def keep_draft(opened: OpenedRecording, form: ReportForm, kept: KeptDraft, person: str = "") -> KeptDraft:
    """Save what a person has filled in.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    form : ReportForm
        What they filled in.
    kept : KeptDraft
        What they had before them.
    person : str
        Their name.

    Returns
    -------
    KeptDraft

    Raises
    ------
    ReviewError
        If somebody else has saved it since, it is signed, nothing can be written, or the account may not.
    """
    account, reports = acting(), _reports()
    account.require(Action.DRAFT, opened.rec)
    who = account.name or person.strip() or DEFAULT_REVIEWER_NAME
    content = {"form": form.as_dict()}
    version = kept.version
    if version is None:
        version = reports.begin(opened.recording.sha256, content, who, account.audit_role)
        begin_reading(Worklist(reports.engine), opened, who)
        UPDATES.renew(opened)
    saved = reports.save(version, content, dict(form.texts), who)
    return KeptDraft(form, saved, saved.saved_at, rec=opened.rec)


def make_preliminary(kept: KeptDraft, person: str, role: str) -> None:
    """Let others read the draft as preliminary.

    Parameters
    ----------
    kept : KeptDraft
        What the person has before them.
    person, role : str
        Who does it, where nobody signs in.

    Raises
    ------
    ReviewError
        If it is signed, somebody else has saved it since, or nothing can be written.
    """
    person, role = _who(Action.DRAFT, kept, person, role)
    if kept.version is None:
        raise ReviewError("There is no report yet.")
    _reports().set_preliminary(kept.version, person, role)


def kept_now(opened: OpenedRecording, kept: KeptDraft, person: str) -> KeptDraft:
    """Return a report that can be made preliminary or signed: one that nobody has touched is kept as it was drafted.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    kept : KeptDraft
        What the person has before them.
    person : str
        Their name.

    Raises
    ------
    ReviewError
        If somebody else has begun one since, or nothing can be written.
    """
    return kept if kept.version is not None else keep_draft(opened, kept.form, kept, person)


def sign(opened: OpenedRecording, kept: KeptDraft, person: str, role: str) -> Version:
    """Sign the report of a recording: its document is kept as it is now, and never changes.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    kept : KeptDraft
        What the person has before them.
    person, role : str
        Who signs, where nobody signs in.

    Returns
    -------
    Version

    Raises
    ------
    ReviewError
        If somebody else has saved it since, beats were edited meanwhile, or nothing can be written.
    ReportError
        If no name is given.
    """
    person, role = _who(Action.SIGN, kept, person, role)
    session = review_session_of(opened)
    if session is None:
        raise ReportError("There is no report to be signed yet.")
    kept = kept_now(opened, kept, person)
    assert kept.version is not None
    revision = read_on(session)
    report = drafted(opened, kept.form)
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    signature = Signature(person.strip(), role, at, content_sha256(report))
    before = _replaced(opened, kept.version)
    signed = drafted(opened, kept.form, _status(kept.version, signature, before))
    content = {
        "form": kept.form.as_dict(),
        "content_sha256": signature.content_sha256,
        "documents": _documents().keep(_files(opened, signed, kept.form.paper, before)),
    }
    reports = _reports()
    saved = reports.save(kept.version, content, dict(kept.form.texts), signature.name)
    model = str(session.analysis.provenance["model_sha256"])
    return reports.sign(saved, signature.name, role, model_sha256=model, log_revision=revision)


def _who(action: Action, kept: KeptDraft, person: str, role: str) -> tuple[str, str]:
    """Return name and role of whoever does something to a report: of the account where people sign in.

    Raises
    ------
    AccessDeniedError
        If the account may not.
    """
    account = acting()
    if not account.may(action, kept.rec):
        SIGN_IN.tell_refused(
            account,
            action.value,
            f"report of {kept.rec:.180}" if kept.version is None else kept.version.recording_sha256,
        )
        account.require(action, kept.rec)
    return account.signs_as(person, role)


def _files(opened: OpenedRecording, signed: Report, paper: str, before: Version | None) -> dict[str, bytes]:
    """Return all documents of a report that is being signed, by name."""
    from ecg_core.report.dicom import study_objects

    files = {kind: document(opened, signed, paper, kind) for kind in SIGNED_FILES if kind != "dicom"}
    replaced = None if before is None else _kept_document(before, _STRUCTURED)
    for one in study_objects(signed, files["pdf"], deidentified(opened.recording), replaced):
        files["dicom" if one.name == "document" else one.name] = one.data
    return files


def _replaced(opened: OpenedRecording, version: Version) -> Version | None:
    if version.replaces is None:
        return None
    return next(one for one in _reports().versions(opened.recording.sha256) if one.version == version.replaces)


def _status(version: Version, signature: Signature, before: Version | None) -> ReportStatus:
    if before is None:
        return ReportStatus("final", (signature,))
    return ReportStatus("amended", (signature,), version.reason or "", str(before.content["content_sha256"]))


def amend(kept: KeptDraft, reason: str, person: str, role: str) -> None:
    """Begin a version that is to replace the signed one.

    Parameters
    ----------
    kept : KeptDraft
        The signed version.
    reason : str
        Why.
    person, role : str
        Who amends it, where nobody signs in.

    Raises
    ------
    ReviewError
        If it is not signed, no reason is given, or nothing can be written.
    """
    person, role = _who(Action.SIGN, kept, person, role)
    if kept.version is None:
        raise ReviewError("There is no report yet.")
    _reports().amend(kept.version, reason, person.strip() or DEFAULT_REVIEWER_NAME, role)


def signed_versions(opened: OpenedRecording) -> list[Version]:
    """Return the signed versions of a recording's report, the newest first.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    """
    if why_read_only() is not None:
        return []
    return [one for one in reversed(_reports().versions(opened.recording.sha256)) if one.is_signed]


def problem_of(version: Version) -> str | None:
    """Return in a sentence why a signed version is not what was signed; None if it is. Looked at once a version.

    Parameters
    ----------
    version : Version
        A signed version.
    """
    key = version.recording_sha256, version.version, version.hash, str(database_in_use().url)
    if key not in _VERIFIED:
        problem = _reports().problem_of(version)
        if problem is not None:
            return problem
        _VERIFIED[key] = None
        while len(_VERIFIED) > _MAX_VERIFIED:
            _VERIFIED.popitem(last=False)
    return None


def signed_document(version: Version, kind: str) -> bytes:
    """Return a document of a signed version, as it was signed.

    Parameters
    ----------
    version : Version
        A signed version.
    kind : str
        One of `SIGNED_FILES`.

    Raises
    ------
    ReportError
        If it holds none.
    ReviewError
        If it is not there or was changed.
    """
    found = _kept_document(version, kind)
    if found is None:
        raise ReportError("The document of this version cannot be read.")
    return found


def documents_to_send(version: Version) -> Documents:
    """Return what is sent of a signed version, as it was signed.

    Parameters
    ----------
    version : Version
        A signed version.

    Raises
    ------
    ReviewError
        If the version or one of its documents is not what was signed.
    ReportError
        If it was signed by a program that kept no documents to be sent.
    """
    problem = problem_of(version)
    if problem is not None:
        raise ReviewError(problem)
    kept = version.content.get("documents", {})
    waves = sorted((name for name in kept if name.startswith(_WAVEFORM)), key=lambda name: int(name.rpartition(".")[2]))
    fhir, objects = (
        _kept_document(version, "fhir"),
        [_kept_document(version, name) for name in (*waves, "dicom", _STRUCTURED)],
    )
    if fhir is None or _STRUCTURED not in kept:
        raise ReportError(
            "This version was signed before documents were kept for sending; amend the report to send it."
        )
    return Documents([one for one in objects if one is not None], fhir)


def _kept_document(version: Version, name: str) -> bytes | None:
    """Return a document that is kept with a version, None where none of the name is."""
    sha256 = version.content.get("documents", {}).get(name)
    if sha256 is not None:
        return _documents().get(str(sha256))
    try:  # versions that were signed before documents had a table of their own
        return base64.b64decode(version.content["files"][name], validate=True)
    except (KeyError, TypeError, binascii.Error):
        return None


def document_name(opened: OpenedRecording) -> str:
    """Return the name of a report's files, without suffix; it says nothing of the person.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    """
    name = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in opened.recording.name)
    return f"{name[:60] or 'ecg'}-report"


def _reports() -> Reports:
    return Reports(database_in_use())


def _documents() -> StoredDocuments:
    return StoredDocuments(database_in_use())
