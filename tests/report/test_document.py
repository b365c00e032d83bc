"""The PDF as a document: paper, pages, fonts, metadata, tags, bookmarks, bytes that stay the same."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from typing import Any

import pypdfium2
import pytest
from pdfminer.pdftypes import resolve1
from reports_for_tests import MADE_AT, POINTS_PER_MM, drafted, holter, opened, page_texts, text_of

from ecg_core.errors import ReportError
from ecg_core.report import PatientIdentity, ReportStatus, Signature, content_sha256, draft_report
from ecg_core.report.pdf import report_pdf
from ecg_core.report.pdf.archival import srgb_profile

pytestmark = pytest.mark.slow

PERSON = PatientIdentity("Ελένη Иванова-Müller", "PID 4711", "1950-02-03", "F")


@pytest.fixture(scope="module")
def document() -> bytes:
    return report_pdf(drafted())


@pytest.mark.parametrize(("paper", "width_mm", "height_mm"), [("a4", 210, 297), ("letter", 215.9, 279.4)])
def test_pages_have_the_size_of_the_paper(paper: str, width_mm: float, height_mm: float) -> None:
    pdf = pypdfium2.PdfDocument(report_pdf(drafted(), paper))
    for page in pdf:
        width, height = (length / POINTS_PER_MM for length in page.get_size())
        assert (width, height) == pytest.approx((width_mm, height_mm), abs=0.1)


def test_an_unknown_paper_is_refused() -> None:
    with pytest.raises(ReportError, match="There is no paper 'a5'; there are a4, letter"):
        report_pdf(drafted(), "a5")


def test_two_runs_give_the_same_bytes(document: bytes) -> None:
    assert report_pdf(drafted()) == document
    assert report_pdf(replace(drafted(), created_at="2026-03-01T09:31:00Z")) != document


def test_every_page_says_draft_which_recording_and_which_page(document: bytes) -> None:
    texts = page_texts(document)
    assert len(texts) > 3
    recording, _ = holter()
    for number, text in enumerate(texts, 1):
        assert text.count("DRAFT") >= 2
        assert f"Page {number} of {len(texts)}" in text
        assert f"Recording record · SHA-256 {recording.sha256[:12]}" in text


def fonts_of(document: bytes) -> list[dict[str, Any]]:
    with opened(document) as pdf:
        return [
            resolve1(font)
            for page in pdf.pages
            for font in resolve1(resolve1(page.page_obj.resources)["Font"]).values()
        ]


def test_all_fonts_are_embedded(document: bytes) -> None:
    fonts = fonts_of(document)
    assert fonts
    for font in fonts:
        descriptor = resolve1(font["FontDescriptor"])
        assert "DejaVu" in str(descriptor["FontName"])
        assert len(resolve1(descriptor["FontFile2"]).get_data()) > 1000


def test_greek_cyrillic_and_latin_names_are_printed_as_they_are() -> None:
    text = text_of(report_pdf(drafted(identity=PERSON)))
    assert text.count("Ελένη Иванова-Müller") > 3


def test_identity_stands_in_the_report_only_where_it_is_given() -> None:
    named, nameless = report_pdf(drafted(identity=PERSON)), report_pdf(drafted())
    for _, value in PERSON.rows:
        assert value in text_of(named)
    assert "4711" not in text_of(nameless)
    assert "hidden" in repr(PERSON)
    assert "4711" not in repr(PERSON)


def test_a_teaching_report_never_says_whose_it_is() -> None:
    report = drafted(identity=PERSON, template_name="teaching")
    assert report.identity is None
    assert "4711" not in text_of(report_pdf(report, identity_in_metadata=True))


def metadata_of(document: bytes) -> str:
    with opened(document) as pdf:
        told = str(pdf.metadata)
        xmp = resolve1(pdf.doc.catalog["Metadata"]).get_data().decode()
    return f"{told}\n{xmp}"


def test_metadata_name_the_person_only_where_wanted() -> None:
    report = drafted(identity=PERSON)
    for shown in (metadata_of(report_pdf(report)), metadata_of(report_pdf(drafted()))):
        assert "4711" not in shown
        assert "Holter ECG report" in shown
    assert "4711" in metadata_of(report_pdf(report, identity_in_metadata=True))


def test_metadata_agree_with_each_other_and_claim_what_is_there(document: bytes) -> None:
    with opened(document) as pdf:
        assert pdf.metadata["CreationDate"] == "D:20260301093000+00'00'"
        catalog = pdf.doc.catalog
        xmp = resolve1(catalog["Metadata"]).get_data().decode()
        (intent,) = resolve1(catalog["OutputIntents"])
        profile = resolve1(resolve1(intent)["DestOutputProfile"]).get_data()
    assert "<xmp:CreateDate>2026-03-01T09:30:00+00:00</xmp:CreateDate>" in xmp
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert profile == srgb_profile()


def test_the_colour_profile_is_well_formed_and_maps_white_to_white() -> None:
    profile = srgb_profile()
    size, count = struct.unpack(">I", profile[:4])[0], struct.unpack(">I", profile[128:132])[0]
    assert size == len(profile)
    assert profile[36:40] == b"acsp"
    tags = {}
    for number in range(count):
        name, offset, length = struct.unpack(">4sII", profile[132 + 12 * number : 144 + 12 * number])
        assert offset + length <= size
        tags[name] = profile[offset : offset + length]
    columns = [struct.unpack(">3i", tags[name][8:20]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    white = [sum(values) / 65536 for values in zip(*columns, strict=True)]
    assert white == pytest.approx([0.9642, 1.0, 0.8249], abs=5e-4)
    curve = struct.unpack(">1024H", tags[b"rTRC"][12:])
    assert (curve[0], curve[-1]) == (0, 65535)
    assert list(curve) == sorted(curve)


def test_sections_are_bookmarked_in_order(document: bytes) -> None:
    pdf = pypdfium2.PdfDocument(document)
    titles = [entry.get_title() for entry in pdf.get_toc()]
    assert titles == [*(section.title for section in drafted().sections), "Status and signatures"]


def test_the_document_is_tagged(document: bytes) -> None:
    roles: list[str] = []
    alternatives: list[str] = []
    marks: set[tuple[int, int]] = set()

    def walk(element: Any) -> None:
        element = resolve1(element)
        if "MCID" in element:
            page = element["Pg"].objid
            assert (page, element["MCID"]) not in marks
            marks.add((page, element["MCID"]))
            return
        roles.append(element["S"].name)
        if element["S"].name == "Figure":
            alternatives.append(element["Alt"].decode("utf-16" if element["Alt"][:2] == b"\xfe\xff" else "latin-1"))
        for kid in resolve1(element.get("K", [])):
            walk(kid)

    with opened(document) as pdf:
        catalog = pdf.doc.catalog
        assert resolve1(catalog["MarkInfo"])["Marked"] is True
        tree = resolve1(catalog["StructTreeRoot"])
        walk(resolve1(tree["K"])[0])
        numbers = resolve1(resolve1(tree["ParentTree"])["Nums"])
        parents = [resolve1(held) for held in numbers[1::2]]
        content = [b"".join(resolve1(one).get_data() for one in page.page_obj.contents) for page in pdf.pages]
    assert roles[0] == "Document"
    assert {"Sect", "H1", "H2", "P", "Table", "TR", "TH", "TD", "Figure"} <= set(roles)
    assert any("ECG strip, leads MLII, V1" in text for text in alternatives)
    assert sum(len(held) for held in parents) == len(marks)
    for held, stream in zip(parents, content, strict=True):
        assert len(re.findall(rb"/MCID \d+", stream)) == len(held)
        assert stream.count(b"BDC") + stream.count(b"BMC") == stream.count(b"EMC")


def signed(stage: str = "final", **fields: Any) -> tuple[Any, ReportStatus]:
    report = drafted()
    signature = Signature("Dr Who", "senior", "2026-03-01T10:00:00Z", content_sha256(report))
    return report, ReportStatus(stage, (signature,), **fields)  # type: ignore[arg-type]


def test_a_signed_report_says_who_signed_and_no_page_says_draft() -> None:
    report, status = signed()
    document = report_pdf(replace(report, status=status))
    texts = page_texts(document)
    assert all("FINAL" in text and "DRAFT" not in text for text in texts)
    assert "Dr Who, senior – signed, 2026-03-01T10:00:00Z (UTC)" in texts[-1]
    assert content_sha256(report) in texts[-1].replace(" ", "")
    assert "Dr Who" in metadata_of(document)


def test_a_report_that_was_changed_after_signing_is_refused() -> None:
    report, status = signed()
    changed = replace(report.with_texts({"rate.comment": "Added later."}), status=status)
    with pytest.raises(ReportError, match="changed after it was signed"):
        report_pdf(changed)


def test_an_amended_report_says_why_and_what_it_replaces() -> None:
    report, status = signed("amended", reason="Wrong <b>side</b> noted", replaces_sha256="e" * 64)
    text = text_of(report_pdf(replace(report, status=status)))
    assert "Amended because: Wrong <b>side</b> noted" in text
    assert "e" * 64 in text.replace(" ", "")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: ReportStatus("final"), "must be signed"),
        (lambda: ReportStatus("draft", signed()[1].signatures), "A draft is not signed"),
        (lambda: ReportStatus("amended", signed()[1].signatures), "needs the reason"),
        (lambda: ReportStatus("sealed"), "not 'sealed'"),  # type: ignore[arg-type]
        (lambda: Signature("", "senior", "2026-03-01T10:00:00Z", "e" * 64), "a name and a role"),
        (lambda: Signature("A", "senior", "2026-03-01 10:00", "e" * 64), "must be UTC"),
        (lambda: Signature("A", "senior", "2026-03-01T10:00:00+02:00", "e" * 64), "must be UTC"),
        (lambda: Signature("A", "senior", "2026-03-01T10:00:00Z", "e"), "SHA-256"),
        (lambda: draft_report(*holter(), template_name="novel", created_at=MADE_AT), "no report template 'novel'"),
    ],
)
def test_what_makes_no_report_is_refused_in_a_sentence(made: Any, said: str) -> None:
    with pytest.raises(ReportError, match=said):
        made()
