"""The page Teaching in a browser: search, study, reveal, compare, open in Review, add a case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import Server, serve
from playwright.sync_api import Browser, Page, expect


@pytest.fixture
def teaching_server(tmp_path: Path) -> Iterator[Server]:
    with serve(tmp_path) as server:
        yield server
        server.check()


@pytest.fixture
def page(browser: Browser, teaching_server: Server) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1440, "height": 1000})
    opened.goto(f"{teaching_server.url}/teaching")
    yield opened
    opened.close()


def find(page: Page, words: str) -> None:
    search = page.get_by_label("Search", exact=True)
    search.fill(words)
    search.press("Enter")


def test_a_case_is_found_studied_revealed_compared_and_opened_in_review(page: Page) -> None:
    find(page, "dropped beats constant PR")
    expect(page.get_by_text("1 of 111 cases", exact=True)).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("Mobitz")
    page.get_by_role("button", name="Study").click()
    expect(page.locator(".st-key-card_case_tracing img")).to_have_count(1)
    expect(page.locator(".st-key-card_case_truth")).not_to_contain_text("Mobitz")
    page.get_by_text("Reveal the truth", exact=True).click()
    expect(page.locator(".st-key-card_case_truth")).to_contain_text("Mobitz")
    expect(page.locator(".st-key-card_case_truth table").first).to_contain_text("160 ms")
    page.locator(".st-key-case_alike").get_by_role("combobox").click()
    page.get_by_role("option", name="Wenckebach").click()
    expect(page.locator(".st-key-card_case_tracing img")).to_have_count(2)
    page.get_by_role("button", name="Open in Review").click()
    expect(page.locator(".desk .sh-paper[data-whole=true]")).to_be_visible()
    assert "mobitz" not in page.url
    assert "case-" in page.url


def test_a_link_opens_its_case_and_one_to_nothing_says_so(page: Page, teaching_server: Server) -> None:
    page.goto(f"{teaching_server.url}/teaching?case=wenckebach")
    expect(page.locator(".st-key-card_case_history")).to_contain_text("inferior infarction")
    page.goto(f"{teaching_server.url}/teaching?case=no_such_case")
    expect(page.get_by_role("alert")).to_contain_text("There is no case no_such_case")


def test_a_case_file_is_added_and_a_wrong_one_is_one_sentence(page: Page, tmp_path: Path) -> None:
    good = (Path(__file__).resolve().parents[2] / "assets/cases/av_block_2_to_1/case.toml").read_text(encoding="utf-8")
    file = tmp_path / "case.toml"
    page.get_by_text("Add a case", exact=True).click()
    page.get_by_text("A file case.toml", exact=True).click()
    file.write_text(good.replace('level = "student"', 'level = "professor"'), encoding="utf-8")
    page.locator(".st-key-case_file input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Add this case").click()
    expect(page.get_by_role("alert")).to_contain_text("level")
    page.reload()
    page.get_by_text("Add a case", exact=True).click()
    page.get_by_text("A file case.toml", exact=True).click()
    file.write_text(good.replace("Man of 73", "Man of 93"), encoding="utf-8")
    page.locator(".st-key-case_file input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Add this case").click()
    expect(page.locator(".rs-case-title")).to_contain_text("Man of 93")
    page.get_by_role("button", name="All cases").click()
    expect(page.get_by_text("112 of 112 cases", exact=True)).to_be_visible()
