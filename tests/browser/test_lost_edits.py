"""A database that goes away under the running server: people read on, and are told before they edit."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from synthetic_patients import Cohort, Desk


@pytest.mark.slow
def test_a_lost_database_is_told_at_the_desk_before_the_next_edit(
    browser: Browser, cohort: Cohort, tmp_path: Path
) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    with cohort.serve(tmp_path) as server:
        desk = Desk(browser, server, person="Ada")
        try:
            desk.review("dora", t=20)
            before = desk.counts()
            samples = [sample for sample, letter, _ in desk.shown()[2:] if letter == "N"]
            desk.beat(samples[0]).click()
            desk.press("f")
            desk.expect_counts(F=before["F"] + 1, N=before["N"] - 1)
            desk.saved()

            home.rename(away)
            told = desk.page.get_by_role("alert").filter(has_text="Edits cannot be kept")
            expect(told).to_be_visible()
            expect(told).to_contain_text("the database of edits is gone")
            desk.beat(samples[1]).click()
            desk.press("f")
            expect(desk.status).to_contain_text("Edits cannot be kept")
            desk.expect_counts(F=before["F"] + 1)

            away.rename(home)
            expect(told).to_be_hidden()
            desk.press("f")
            desk.expect_counts(F=before["F"] + 2)
            desk.saved()
            desk.check("log_not_read")  # who reads while the database is away is told so
        finally:
            desk.close()
