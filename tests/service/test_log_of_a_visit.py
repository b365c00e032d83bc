"""A visit with a patient's name in everything that is opened: the log tells of all of it and names nobody."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from browser.driving import Dashboard, serve
from playwright.sync_api import Browser, expect

from ecg_core.sources.demos import demo_folder

NAME = "Meierhofer"
ID = "PID4711007"
BIRTH = "1931-04-12"


def plant(folder: Path) -> Path:
    """Write a record whose file name, comments and lead names say whose it is; and one that cannot be opened."""
    folder.mkdir(parents=True)
    stem = f"{NAME}_{ID}"
    header = (demo_folder() / "demo_pvc.hea").read_text().replace("demo_pvc", stem)
    (folder / f"{stem}.hea").write_text(f"{header}# Name: {NAME}, Anna\n# ID: {ID}\n# Born: {BIRTH}\n")
    shutil.copyfile(demo_folder() / "demo_pvc.dat", folder / f"{stem}.dat")
    broken = folder / f"{NAME}_broken.hea"
    broken.write_text(f"{NAME}_broken 1 250 1000\n{NAME}.dat 16 200/mV 16 0 0 0 0 {NAME}\n# {NAME}\n")
    return folder / stem


def told(log: Path) -> list[dict[str, Any]]:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


@pytest.mark.slow
def test_the_log_of_a_visit_names_nobody(browser: Browser, tmp_path: Path) -> None:
    record = plant(tmp_path / NAME)
    with serve(tmp_path, ECG_DATA=str(record.parent), RHYTHMOSCOPE_LOG_LEVEL="debug") as server:
        dashboard = Dashboard(browser, server)
        try:
            page = dashboard.page
            dashboard.open()
            files = [str(record.with_suffix(ending)) for ending in (".hea", ".dat")]
            page.locator("input[type=file]").set_input_files(files)
            page.get_by_role("button", name="Open upload").click()
            expect(page.locator(".desk .sh-paper[data-whole=true]")).to_be_visible()
            page.goto(f"{server.url}/review?rec=local/{record.name}&name={NAME}")
            expect(page.locator(".desk .sh-paper[data-whole=true]")).to_be_visible()
            page.goto(f"{server.url}/review?rec=local/{NAME}_broken")
            expect(page.get_by_role("alert")).to_contain_text("which is missing")
            page.goto(f"{server.url}/")
            page.locator("input[type=file]").set_input_files([str(record.parent / f"{NAME}_broken.hea")])
            page.get_by_role("button", name="Open upload").click()
            expect(page.get_by_text("was not among the uploaded files", exact=False).first).to_be_visible()
            page.request.post(
                f"{server.url}/api/desk/edits?name={NAME}",
                data={"edits": NAME},
                headers={"X-Desk-Token": ID, "X-Desk-Person": NAME},
            )
        finally:
            dashboard.close()
    text = server.log_file.read_text(encoding="utf-8", errors="replace")
    for secret in (NAME, ID, BIRTH, "Anna", str(tmp_path)):
        assert secret.lower() not in text.lower()
    events = [line["event"] for line in told(server.log_file)]
    for event in ("server_started", "upload_received", "upload_refused", "recording_opened", "analysis_begun"):
        assert event in events
    opened = next(line for line in told(server.log_file) if line["event"] == "recording_opened")
    assert re.fullmatch(r"ecg-[0-9a-f]{8}", opened["code"])
