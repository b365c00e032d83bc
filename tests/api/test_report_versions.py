"""Reports of an open recording: kept as they are written, signed, amended, and never changed once signed."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pydicom
import pypdfium2
import pytest
from desk_client import DeskClient

from ecg_core.errors import ReviewError
from ecg_core.report import ClinicalDetails, PatientIdentity
from ecg_core.review.audit import AuditLog
from pages.services.report_drafts import document, drafted, first_form, page_pictures, printed
from pages.services.report_versions import (
    SIGNED_FILES,
    KeptDraft,
    amend,
    document_name,
    draft_kept,
    keep_draft,
    make_preliminary,
    problem_of,
    sign,
    signed_document,
    signed_versions,
)
from pages.services.review_sessions import database_in_use
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow


def text_of(pdf: bytes) -> str:
    opened = pypdfium2.PdfDocument(pdf)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in opened)
    finally:
        opened.close()


@pytest.fixture
def kept(classified: OpenedRecording) -> KeptDraft:
    form = replace(first_form(classified), details=ClinicalDetails(indication="Palpitations"))
    return keep_draft(classified, form, draft_kept(classified), "Ann")


def test_what_is_filled_in_is_there_again_and_printed(classified: OpenedRecording, kept: KeptDraft) -> None:
    name = next(one for one in drafted(classified, kept.form).paragraphs() if one.startswith("conclusion."))
    form = replace(kept.form, texts={name: "In my own words."}, identity=PatientIdentity("Ann Example"))
    keep_draft(classified, form, kept, "Ann")
    again = draft_kept(classified)
    assert again.form == form
    assert again.version is not None
    assert again.version.saved_by == "Ann"
    pdf = text_of(printed(classified, drafted(classified, again.form), "a4"))
    for words in ("Palpitations", "In my own words.", "Ann Example", "DRAFT"):
        assert words in pdf


def test_who_has_an_older_version_before_them_overwrites_nothing(classified: OpenedRecording, kept: KeptDraft) -> None:
    keep_draft(classified, replace(kept.form, paper="letter"), kept, "Bea")
    with pytest.raises(ReviewError, match="Bea has saved this report meanwhile"):
        keep_draft(classified, kept.form, kept, "Ann")
    assert draft_kept(classified).form.paper == "letter"


def test_a_signed_report_keeps_its_documents_and_takes_no_more_changes(
    classified: OpenedRecording, kept: KeptDraft
) -> None:
    make_preliminary(kept, "Ann", "reader")
    assert draft_kept(classified).status.label == "PRELIMINARY"
    version = sign(classified, draft_kept(classified), "Dr Ann", "cardiologist")
    assert (version.status, version.signed_by, version.signed_role) == ("final", "Dr Ann", "cardiologist")
    assert problem_of(version) is None
    pdf = signed_document(version, "pdf")
    for words in ("FINAL", "Dr Ann", "cardiologist"):
        assert words in text_of(pdf)
    data = pydicom.dcmread(BytesIO(signed_document(version, "dicom")))
    assert data.EncapsulatedDocument[: data.EncapsulatedDocumentLength] == pdf
    assert data.VerificationFlag == "VERIFIED"
    assert all(signed_document(version, kind) for kind in SIGNED_FILES)
    with pytest.raises(ReviewError, match="signed by Dr Ann"):
        keep_draft(classified, kept.form, draft_kept(classified), "Bea")
    assert [one.version for one in signed_versions(classified)] == [1]


def test_an_amendment_has_its_reason_and_leaves_the_signed_version(
    classified: OpenedRecording, kept: KeptDraft
) -> None:
    first = sign(classified, kept, "Dr Ann", "cardiologist")
    with pytest.raises(ReviewError, match="reason"):
        amend(draft_kept(classified), "", "Dr Bea", "senior reader")
    amend(draft_kept(classified), "QT measured again", "Dr Bea", "senior reader")
    second = sign(classified, draft_kept(classified), "Dr Bea", "senior reader")
    assert (second.version, second.status, second.replaces) == (2, "amended", 1)
    assert "QT measured again" in text_of(signed_document(second, "pdf"))
    newest, oldest = signed_versions(classified)
    assert (newest.version, oldest.version, oldest.replaced_by) == (2, 1, 2)
    assert signed_document(oldest, "pdf") == signed_document(first, "pdf")


def test_beats_edited_after_the_signature_do_not_change_what_was_signed(
    classified: OpenedRecording, kept: KeptDraft, client: DeskClient
) -> None:
    version = sign(classified, kept, "Dr Ann", "cardiologist")
    _, beats = client.packed("beats")
    client.edit(0, {"action": "relabel", "beats": [int(beats["id"][5])], "label": "V"})
    (signed,) = signed_versions(classified)
    assert problem_of(signed) is None
    assert signed_document(signed, "pdf") == signed_document(version, "pdf")
    assert b"DRAFT" not in signed_document(signed, "csv")


def test_the_audit_log_tells_of_the_report(classified: OpenedRecording, kept: KeptDraft) -> None:
    sign(classified, kept, "Dr Ann", "cardiologist")
    told = [(one.person, one.action) for one in AuditLog(database_in_use()).entries()]
    assert ("Ann", "report begun") in told
    assert ("Dr Ann", "signed") in told


@pytest.mark.parametrize("kind", SIGNED_FILES)
def test_every_document_of_a_draft_can_be_made(classified: OpenedRecording, kept: KeptDraft, kind: str) -> None:
    assert len(document(classified, drafted(classified, kept.form), "letter", kind)) > 1000


def test_pages_are_pictures_and_names_of_files_are_plain(classified: OpenedRecording, kept: KeptDraft) -> None:
    pictures = page_pictures(classified, printed(classified, drafted(classified, kept.form), "a4"))
    assert len(pictures) > 1
    assert all(picture[:4] == b"RIFF" and picture[8:12] == b"WEBP" for picture in pictures)
    others = page_pictures(classified, printed(classified, drafted(classified, kept.form), "letter"))
    assert others != pictures
    assert page_pictures(classified, printed(classified, drafted(classified, kept.form), "a4")) == pictures
    assert document_name(classified).replace("-", "").replace("_", "").isalnum()
