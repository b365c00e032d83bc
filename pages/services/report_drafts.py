"""Reports of open recordings: what a person fills in, the content that follows, and its documents. No Streamlit."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final
from weakref import WeakKeyDictionary

from ecg_core.errors import ReportError
from ecg_core.report import (
    TEMPLATES,
    ClinicalDetails,
    PatientIdentity,
    Report,
    ReportStatus,
    content_sha256,
    draft_report,
    report_csv,
    report_json,
    review_of,
    span_notes_of,
)
from ecg_core.report.strips import is_twelve_lead_page
from ecg_core.texts import plain
from pages.services.review_sessions import read_on, review_session_of
from pages.services.workspace import OpenedRecording

PAPERS: Final = {"a4": "A4", "letter": "Letter"}
MAX_TYPED: Final = 1000
"""Characters of what is typed into a field."""

_SCALE: Final = 1.6
"""Pixels to a point, of the pictures of pages."""

_DRAFTED: Final[WeakKeyDictionary[OpenedRecording, tuple[Any, Report, Any]]] = WeakKeyDictionary()
_PRINTED: Final[WeakKeyDictionary[OpenedRecording, tuple[Any, bytes]]] = WeakKeyDictionary()
_PICTURED: Final[WeakKeyDictionary[OpenedRecording, tuple[bytes, list[bytes]]]] = WeakKeyDictionary()
_working: Final = threading.Lock()


@dataclass(frozen=True)
class ReportForm:
    """What a person fills in.

    Attributes
    ----------
    template : str
        One of `ecg_core.report.TEMPLATES`.
    paper : str
        One of `PAPERS`.
    details : ClinicalDetails
        Indication, medication, who ordered it.
    identity : PatientIdentity
        Printed in the report, and kept nowhere else.
    texts : dict of str to str
        Paragraphs that a person has changed, by their id.
    """

    template: str
    paper: str = "a4"
    details: ClinicalDetails = field(default_factory=ClinicalDetails)
    identity: PatientIdentity = field(default_factory=PatientIdentity)
    texts: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values, without the texts."""
        fields = {"template": self.template, "paper": self.paper}
        return {**fields, "details": asdict(self.details), "identity": asdict(self.identity)}

    @classmethod
    def of(cls, kept: Mapping[str, Any], texts: Mapping[str, str]) -> ReportForm:
        """Return what was kept; what makes no sense is left out.

        Parameters
        ----------
        kept : mapping
            As :meth:`as_dict` gives it.
        texts : mapping of str to str
            Paragraphs.
        """
        template, paper = str(kept.get("template")), str(kept.get("paper"))
        return cls(
            template if template in TEMPLATES else next(iter(TEMPLATES)),
            paper if paper in PAPERS else "a4",
            ClinicalDetails(**_typed(kept.get("details"), ClinicalDetails())),
            PatientIdentity(**_typed(kept.get("identity"), PatientIdentity())),
            {str(name): str(text) for name, text in texts.items()},
        )


def _typed(kept: Any, empty: ClinicalDetails | PatientIdentity) -> dict[str, str]:
    given = kept if isinstance(kept, dict) else {}
    return {name: plain(str(given.get(name, "")), MAX_TYPED) for name in asdict(empty)}


def first_form(opened: OpenedRecording) -> ReportForm:
    """Return the form of a recording that has no report yet.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    """
    return ReportForm("twelve-lead" if is_twelve_lead_page(opened.recording) else "holter")


def drafted(opened: OpenedRecording, form: ReportForm, status: ReportStatus | None = None) -> Report:
    """Return the report of a recording as people have corrected it, and as the form says.

    Parameters
    ----------
    opened : OpenedRecording
        With classified beats.
    form : ReportForm
        What a person filled in.
    status : ReportStatus, optional
        A draft by default.

    Returns
    -------
    Report

    Raises
    ------
    ReportError
        If its beats are not classified.
    ReviewError
        If the log of edits cannot be read.
    """
    session = review_session_of(opened)
    if session is None:
        raise ReportError("A report needs classified beats.")
    revision = read_on(session)
    analysis, state = session.analysis, session.state
    notes = span_notes_of(session)
    assert opened.analysis is not None
    key = (
        id(analysis),
        id(state),
        notes,
        form.template,
        form.details,
        form.identity,
        tuple(sorted(form.texts.items())),
    )
    with _working:
        kept = _DRAFTED.get(opened)
        if kept is None or kept[0] != key:
            made = draft_report(
                opened.recording,
                analysis,
                review_of(session, opened.analysis, state, revision, notes),
                template_name=form.template,
                details=form.details,
                identity=form.identity or None,
                texts=form.texts,
                created_at=datetime.now(UTC),
            )
            # The analysis and the state are kept, so that their addresses are not given to others.
            kept = _DRAFTED[opened] = key, made, (analysis, state)
    return kept[1] if status is None else replace(kept[1], status=status)


def printed(opened: OpenedRecording, report: Report, paper: str) -> bytes:
    """Return a report as PDF; the last one of a recording is kept.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    report : Report
        Its report.
    paper : str
        One of `PAPERS`.
    """
    from ecg_core.report.pdf import report_pdf

    key = content_sha256(report), report.status, paper
    with _working:
        kept = _PRINTED.get(opened)
        if kept is None or kept[0] != key:
            kept = _PRINTED[opened] = key, report_pdf(report, paper)
    return kept[1]


def document(opened: OpenedRecording, report: Report, paper: str, form: str) -> bytes:
    """Return a report as a file.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    report : Report
        Its report.
    paper : str
        One of `PAPERS`.
    form : {"pdf", "json", "csv", "fhir", "dicom"}
        Kind of file.
    """
    from ecg_core.report.dicom import encapsulated_pdf
    from ecg_core.report.fhir import fhir_json

    match form:
        case "json":
            return report_json(report).encode()
        case "csv":
            return report_csv(report).encode()
        case "fhir":
            return fhir_json(report, printed(opened, report, paper)).encode()
        case "dicom":
            return encapsulated_pdf(report, printed(opened, report, paper))
        case _:
            return printed(opened, report, paper)


def page_pictures(opened: OpenedRecording, pdf: bytes) -> list[bytes]:
    """Return the pages of a recording's report as pictures; those of its last PDF are kept.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    pdf : bytes
        The document.

    Returns
    -------
    list of bytes
        WebP files.
    """
    from io import BytesIO

    import pypdfium2

    with _working:  # PDFium is not safe to use from several threads
        kept = _PICTURED.get(opened)
        if kept is not None and kept[0] == pdf:
            return kept[1]
        pictures = []
        read = pypdfium2.PdfDocument(pdf)
        try:
            for page in read:
                stream = BytesIO()
                # Method 2 takes less than half of the time of the usual 4, for a twentieth more bytes.
                page.render(scale=_SCALE).to_pil().convert("RGB").save(stream, "WEBP", quality=85, method=2)
                pictures.append(stream.getvalue())
        finally:
            read.close()
        _PICTURED[opened] = pdf, pictures
    return pictures
