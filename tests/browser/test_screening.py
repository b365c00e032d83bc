"""Screening as a reader does it: start, judge by keys, open at the worst moment; a million recordings."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driving import WAIT_MS, Dashboard, Server, serve, windows_on
from million_rows_for_tests import write_results
from playwright.sync_api import Browser, expect
from synthetic_patients import put_faults

from ecg_core.paths import DEMO_FOLDER

MILLION = 1_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("screening_server")


@pytest.fixture(scope="module")
def screening_server(folder: Path) -> Iterator[Server]:
    with serve(folder, RHYTHMOSCOPE_ROOTS=str(folder)) as running:
        yield running


@pytest.fixture
def page_of(screening_server: Server, browser: Browser) -> Iterator[Callable[..., Dashboard]]:
    with windows_on(screening_server, browser, Dashboard) as new:
        yield new


def test_a_folder_is_screened_judged_by_keys_and_opened_at_the_worst_moment(
    page_of: Callable[..., Dashboard], folder: Path
) -> None:
    clinic = folder / "clinic"
    clinic.mkdir()
    for name in ("demo_pvc", "demo_sinus"):
        for file in DEMO_FOLDER.glob(f"{name}.*"):
            shutil.copy(file, clinic)
    (clinic / "broken.hea").write_text("broken 1 250 1000\nbroken.dat 16 200/mV 12 0 0 0 0 II\n")
    (clinic / "letter.pdf").write_bytes(b"%PDF-1.4 a letter")
    dashboard = page_of().open("screening")
    page = dashboard.page
    page.get_by_label("Folder", exact=True).fill(str(clinic))
    page.get_by_label("Name", exact=True).fill("Clinic")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Finished. Screening again")).to_be_visible(timeout=5 * WAIT_MS)
    expect(page.get_by_text("Files in no known format were left out: letter.pdf.")).to_be_visible()
    expect(page.locator(".picklist .name").first).to_have_text("demo_pvc")
    expect(page.get_by_text(re.compile("look now · ventricular"))).to_be_visible()
    page.get_by_label("Your name").fill("Dr. Ames")
    page.get_by_label("Your name").press("Tab")
    dashboard.settled()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("a")
    expect(page.get_by_text("Dr. Ames: agree")).to_be_visible()
    dashboard.settled()
    page.keyboard.press("n")
    expect(page.get_by_text("cannot be told · not screened")).to_be_visible()
    dashboard.settled()  # what stood below the new heading until then was the old row's
    page.keyboard.press("p")
    expect(page.get_by_text("cannot be told · not screened")).to_be_hidden()
    dashboard.settled()
    expect(page.get_by_text("Dr. Ames: agree")).to_be_visible()
    page.keyboard.press("o")
    dashboard.strip_shown("demo_pvc")
    start_s = float(dashboard.address()["t"])
    assert 160 <= start_s <= 175


def test_a_million_recordings_are_filtered_and_ordered_with_few_rows_in_the_browser(
    page_of: Callable[..., Dashboard], folder: Path
) -> None:
    write_results(folder / "home" / "screenings" / "Million", MILLION)
    dashboard = page_of().open("screening")
    page = dashboard.page
    rows = page.locator(".picklist tbody tr, .picklist [role=row]")
    expect(page.get_by_text("1 to 50 of 1,000,000")).to_be_visible()
    expect(page.locator(".picklist .name")).to_have_count(50)
    page.get_by_label("Search").fill("recording 0123")
    page.get_by_label("Search").press("Enter")
    expect(page.get_by_text("1 to 50 of 1,000", exact=True)).to_be_visible()
    page.get_by_role("button", name="Later rows").click()
    expect(page.get_by_text("51 to 100 of 1,000", exact=True)).to_be_visible()
    page.get_by_label("Search").fill("")
    page.get_by_label("Search").press("Enter")
    page.get_by_label("Order").click()
    page.get_by_role("option", name="V burden").click()
    expect(page.locator(".picklist").first).to_contain_text("30.0")
    assert rows.count() <= 60
    assert sum(dashboard.received) < 5_000_000


def test_disagreement_of_a_folder_leads_to_the_worst_difference_in_review(
    page_of: Callable[..., Dashboard], folder: Path
) -> None:
    labelled = folder / "labelled"
    labelled.mkdir()
    for name in ("demo_pvc", "demo_sinus"):
        for file in DEMO_FOLDER.glob(f"{name}.*"):
            shutil.copy(file, labelled)
    put_faults(labelled / "demo_pvc")
    (labelled / "letter.pdf").write_bytes(b"%PDF-1.4 a letter")  # the sentence about it comes above the tabs at the end
    dashboard = page_of().open("screening")
    page = dashboard.page
    page.get_by_label("Folder", exact=True).fill(str(labelled))
    page.get_by_label("Name", exact=True).fill("Labelled")
    page.get_by_role("tab", name="Disagreement").click()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("combobox", name="Results of")).to_have_value("Labelled")
    dashboard.settled()
    expect(page.get_by_text("Finished. Screening again")).to_be_visible(timeout=5 * WAIT_MS)
    panel = page.get_by_role("tabpanel", name="Disagreement")
    expect(panel.get_by_text("of 2 recordings with annotations")).to_be_visible()
    worst = "ventricular fibrillation or flutter of the reference, not found"
    expect(panel.get_by_text(re.compile(f"^{worst} · "))).to_be_visible()
    expect(panel.locator("table", has_text="file ↓")).to_contain_text("V")
    expect(panel.locator("table", has_text="to decide")).to_contain_text("V beats")
    expect(panel.get_by_text("none judged").first).to_be_visible()
    dashboard.settled()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Shift+O")
    dashboard.strip_shown("demo_pvc")
    tab = page.get_by_role("tabpanel", name="Differences")
    current = tab.get_by_role("listbox", name="Differences").locator(".difference.current")
    expect(current).to_have_attribute("aria-label", re.compile("file Ventricular fibrillation or flutter"))
    page.keyboard.press("1")
    expect(tab).to_contain_text("1 judged: program right 1")
