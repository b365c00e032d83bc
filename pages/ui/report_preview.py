"""Preview of the report page: the pages as they will be printed, and the documents to take along."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Final

import streamlit as st

from pages.services.accounts import Action, acting
from pages.services.report_drafts import document, drafted, page_pictures, printed
from pages.services.report_exports import exported
from pages.services.report_versions import KeptDraft, document_name, draft_kept, signed_document
from pages.services.wave_jobs import start_waves, waves_job, waves_key
from pages.services.workspace import OpenedRecording
from pages.ui.job_progress import problem_of, progress_of
from pages.ui.markup import head

_FILES: Final = {
    "pdf": ("PDF", "pdf", "application/pdf"),
    "json": ("JSON", "json", "application/json"),
    "csv": ("CSV", "csv", "text/csv"),
    "fhir": ("FHIR", "fhir.json", "application/fhir+json"),
    "dicom": ("DICOM", "dcm", "application/dicom"),
}


def delineation(opened: OpenedRecording) -> None:
    """Start the delineation of waves that intervals and statements need, and show how far it is.

    Parameters
    ----------
    opened : OpenedRecording
        With classified beats.
    """
    analysis = opened.analysis
    if analysis is None or analysis.waves is not None:
        return
    key = waves_key(opened, analysis)
    if problem_of(key, "report_waves"):
        return
    start_waves(opened)
    job = waves_job(opened)
    if job is not None and not job.done:
        progress_of(key, "report_waves", cancel=False)


def preview(opened: OpenedRecording, kept: KeptDraft) -> None:
    """Draw the pages of the report and the buttons that download it.

    Parameters
    ----------
    opened : OpenedRecording
        With classified beats.
    kept : KeptDraft
        The report that is being written, or the newest signed one.
    """
    version = kept.version
    signed = version if version is not None and version.is_signed else None
    with st.spinner("Setting the pages …"):
        if signed is None:
            report = drafted(opened, kept.form, kept.status)
            pictures = page_pictures(opened, printed(opened, report, kept.form.paper))
            stage = f"{report.status.label.lower()}, not signed"
        else:
            pictures = page_pictures(opened, signed_document(signed, "pdf"))
            stage = f"{signed.status}, signed by {signed.signed_by}"
    n_pages = len(pictures)
    head("Preview", f"{n_pages} {'pages' if n_pages > 1 else 'page'} · {stage}")
    columns = st.columns(len(_FILES))
    end = "draft" if signed is None else f"v{signed.version}"
    for column, (kind, (label, suffix, mime)) in zip(columns, _FILES.items(), strict=True):
        column.download_button(
            label,
            exported(opened, mime, _maker(opened, kept, kind)),
            file_name=f"{document_name(opened)}-{end}.{suffix}",
            mime=mime,
            key=f"report_as_{kind}",
            disabled=not acting().may(Action.EXPORT, opened.rec),
            on_click="ignore",
            width="stretch",
        )
    for number, picture in enumerate(pictures, 1):
        source = base64.b64encode(picture).decode("ascii")
        said = f"Page {number} of {n_pages}"
        st.html(
            f'<figure class="rs-page"><img src="data:image/webp;base64,{source}" alt="{said} of the report">'
            f"<figcaption>{said}</figcaption></figure>"
        )


def _maker(opened: OpenedRecording, kept: KeptDraft, kind: str) -> Callable[[], bytes]:
    """Return what makes a document of what is kept when somebody asks for it; a signed one is as it was signed."""

    def make() -> bytes:
        newest = draft_kept(opened)
        now = kept if newest.version is None else newest
        if now.version is not None and now.version.is_signed:
            return signed_document(now.version, kind)
        return document(opened, drafted(opened, now.form, now.status), now.form.paper, kind)

    return make
