"""Names and texts that are markup, in a browser: the desk, its cards, the lists and the figures show them as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import Dashboard, Server, serve
from playwright.sync_api import Browser, Page, expect
from security.markup_names import TEXTS, dicom, file_name, wfdb_record
from test_uploading import Uploading

_FOUND = """() => {
  const found = [];
  const look = (root) => {
    for (const one of root.querySelectorAll("*")) {
      const link = one.getAttribute("href") || one.getAttribute("xlink:href") || one.getAttribute("src") || "";
      const handlers = [...one.attributes].filter((attribute) => attribute.name.startsWith("on"));
      if (/^\\s*javascript:|evil\\.example|^x$/.test(link) || handlers.length) found.push(one.outerHTML.slice(0, 200));
      if (one.shadowRoot) look(one.shadowRoot);
    }
  };
  look(document);
  return { found, hacked: Boolean(window.hacked) };
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose files are called so."""
    made = tmp_path_factory.mktemp("recordings")
    rows = "".join(f"{n / 250:.3f},{n % 200 == 0:d}\n" for n in range(5000))
    for text in TEXTS:
        (made / file_name(text)).write_text(f"time_s,II (mV)\n{rows}")
        (made / f"broken {file_name(text)}").write_bytes(b"\x93NUMPY nothing")
    return made


@pytest.fixture(scope="module")
def server_of_names(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("names"), network=False, ECG_DATA=str(folder)) as running:
        yield running


@pytest.fixture
def uploading(server_of_names: Server, browser: Browser) -> Iterator[Uploading]:
    dashboard = Dashboard(browser, server_of_names)
    try:
        dashboard.open()
        yield Uploading(dashboard)
        dashboard.check()
    finally:
        server_of_names.new_lines()
        dashboard.close()


def check(page: Page) -> None:
    told = page.evaluate(_FOUND)
    assert told == {"found": [], "hacked": False}


@pytest.mark.parametrize("text", TEXTS, ids=["HTML", "Markdown", "Plotly"])
@pytest.mark.parametrize("person", [False, True], ids=["leads", "person"])
def test_a_dicom_file_and_a_record_show_what_they_say_as_text(uploading: Uploading, text: str, person: bool) -> None:
    page = uploading.page
    for files in (dicom(text, person), wfdb_record(text, person)):
        uploading.give(files)
        uploading.opened()
        check(page)
        uploading.dashboard.go("Explain")
        check(page)
        uploading.dashboard.go("Recordings")
        expect(page.locator(".st-key-card_brought")).to_be_visible()
        check(page)


def test_files_of_a_folder_are_listed_and_opened_by_names_that_are_markup(uploading: Uploading) -> None:
    page = uploading.page
    for text in TEXTS:
        uploading.dashboard.go("Recordings")
        name = page.locator(".picklist .name").get_by_text(file_name(text).removesuffix(".csv"), exact=False).first
        expect(name).to_be_visible()
        check(page)
        name.click()
        uploading.opened()
        check(page)
