"""A server that has no place for edits shows recordings, and says so before anybody edits."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser.driving import Dashboard, serve
from playwright.sync_api import Browser, expect


@pytest.mark.slow
def test_a_recording_is_read_where_no_edit_can_be_kept(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with serve(tmp_path, network=False, RHYTHMOSCOPE_HOME=str(tmp_path / "file")) as server:
        dashboard = Dashboard(browser, server)
        try:
            dashboard.open("review", rec="demo/demo_pvc")
            expect(dashboard.page.locator(".desk .sh-paper[data-whole=true]")).to_be_visible()
            expect(dashboard.page.get_by_text("Edits cannot be kept").first).to_be_visible()
            dashboard.check()
        finally:
            dashboard.close()
