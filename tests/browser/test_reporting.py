"""From events to a signed report, as a reader goes."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
from playwright.sync_api import Page, expect
from synthetic_patients import Desk


def text_of(path: Path) -> str:
    opened = pypdfium2.PdfDocument(path)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in opened)
    finally:
        opened.close()


def downloaded(page: Page, folder: Path) -> str:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="PDF", exact=True).click()
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return text_of(file)


def test_a_reader_marks_an_event_writes_the_report_and_signs_it(desk: Desk, tmp_path: Path) -> None:
    desk.review("cleo").press("]", "r")
    expect(desk.event).to_have_class(re.compile("report"))
    desk.saved()
    desk.go("Report")
    page = desk.page
    expect(page.get_by_role("heading", name=re.compile("pages · draft, not signed"))).to_be_visible()
    expect(page.get_by_text(re.compile("^Page 1 of")).first).to_be_visible()
    page.get_by_label("Indication").fill("Palpitations")
    page.get_by_label("Indication").press("Tab")
    expect(page.get_by_role("heading", name=re.compile("^Report saved"))).to_be_visible()
    draft = downloaded(page, tmp_path)
    for words in ("DRAFT", "Palpitations", "Strips"):
        assert words in draft
    assert "no event is starred" not in draft

    page.get_by_label("Your name").fill("Dr Ann Reader")
    page.get_by_label("Your name").press("Tab")
    page.get_by_role("button", name="Sign as final").click()
    expect(page.get_by_role("heading", name=re.compile("final, signed by Dr Ann Reader"))).to_be_visible()
    expect(page.get_by_label("Indication")).to_be_disabled()
    signed = downloaded(page, tmp_path)
    for words in ("FINAL", "Dr Ann Reader", "Palpitations"):
        assert words in signed
    assert "DRAFT" not in signed
