"""Bringing recordings in: uploads, PhysioNet, a folder; what cannot be opened says so in one sentence."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import wfdb
from driving import Dashboard
from playwright.sync_api import expect

from ecg_core.synthesis import generate, scenarios


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files of a record of 20 s that nobody has seen before, with annotations."""
    folder = tmp_path_factory.mktemp("record")
    made = generate(scenarios()["demo_pvc"], duration_s=20, seed=5)
    wfdb.wrsamp(
        "ward7",
        fs=made.fs_hz,
        units=["mV"] * 2,
        sig_name=["<b>II</b>", "V1 & V2"],
        p_signal=made.signal[:, :2].astype(np.float64),
        fmt=["16"] * 2,
        write_dir=str(folder),
    )
    truth = made.annotations
    wfdb.wrann("ward7", "atr", truth.sample, list(truth.symbol), write_dir=str(folder))
    return sorted(folder.iterdir())


def upload(dashboard: Dashboard, files: list[Path]) -> None:
    dashboard.open()
    dashboard.page.locator("input[type=file]").set_input_files(files)
    dashboard.page.get_by_role("button", name="Open upload").click()


def assert_opened(dashboard: Dashboard) -> None:
    # What an upload is called tells nothing of its name.
    dashboard.strip_shown(re.compile("ecg-[0-9a-f]{8}")).beats_found()
    assert "ward7" not in dashboard.page.url
    expect(dashboard.letters.first).to_be_visible()
    expect(dashboard.page.get_by_role("button", name="reference")).to_be_enabled()


def test_the_files_of_a_record_uploaded_together_open(dashboard: Dashboard, record: list[Path]) -> None:
    upload(dashboard, record)
    assert_opened(dashboard)
    dashboard.go("Recordings")
    expect(dashboard.page.locator(".st-key-card_brought")).to_contain_text("ward7")


def test_a_zip_of_a_record_opens(dashboard: Dashboard, record: list[Path], tmp_path: Path) -> None:
    packed = tmp_path / "ward7.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in record:
            archive.write(file, f"export/{file.name}")
    upload(dashboard, [packed])
    assert_opened(dashboard)


def test_what_a_file_says_is_shown_as_text(dashboard: Dashboard, record: list[Path]) -> None:
    upload(dashboard, record)
    assert_opened(dashboard)
    page = dashboard.page
    expect(page.locator(".desk .sh-lead")).to_have_text(["<b>II</b>", "V1 & V2"])
    expect(page.locator(".desk .facts")).to_contain_text("<b>II</b>, V1 & V2")
    dashboard.classify()
    page.keyboard.press("Shift+ArrowRight")
    dashboard.selected.wait_for()
    page.keyboard.press("e")
    chart = page.locator(".js-plotly-plot")
    expect(chart.locator(".annotation-text").first).to_have_text("<b>II</b>")


def test_an_upload_without_its_signal_says_what_is_missing(dashboard: Dashboard, record: list[Path]) -> None:
    upload(dashboard, [file for file in record if file.suffix != ".dat"])
    alert = dashboard.page.get_by_role("alert").filter(has_text="ward7.dat")
    expect(alert).to_have_count(1)
    assert alert.inner_text().count("\n") == 0
    dashboard.choose("demo_sinus")


def test_without_a_network_physionet_is_one_sentence(dashboard: Dashboard) -> None:
    page = dashboard.open().page
    page.get_by_label("Record", exact=True).fill("mitdb/100")
    page.get_by_label("Record", exact=True).press("Enter")
    alert = page.locator(".st-key-card_physionet").get_by_role("alert")
    expect(alert).to_contain_text("PhysioNet could not be reached")
    assert "Traceback" not in alert.inner_text()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    dashboard.choose("demo_sinus")


def test_a_folder_that_is_not_there_is_one_sentence(dashboard: Dashboard, tmp_path: Path) -> None:
    page = dashboard.open().page
    page.get_by_label("Folder").fill(str(tmp_path / "nothing"))
    page.get_by_label("Folder").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no folder")
