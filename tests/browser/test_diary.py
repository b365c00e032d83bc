"""The patient's diary, sleep set by hand, a tachycardia marked as artefact, and two readers compared."""

from __future__ import annotations

import re
from pathlib import Path

from conftest import NewDesk
from playwright.sync_api import Locator, expect
from synthetic_patients import Desk
from test_reporting import downloaded
from test_rhythm_spans import name_it


def add(panel: Locator, kind: str, start: str, stop: str = "", text: str = "") -> None:
    """Fill in the form of the diary and send it."""
    panel.get_by_label("Kind of entry").select_option(label=kind)
    panel.get_by_label("From", exact=True).fill(start)
    panel.get_by_label("To", exact=True).fill(stop)
    panel.get_by_label("Text", exact=True).fill(text)
    panel.get_by_role("button", name="Add", exact=True).click()


def overview(desk: Desk) -> Locator:
    return desk.page.locator(".desk .overview canvas")


def time_of(desk: Desk, offset_s: float) -> str:
    """Return a time as the desk's fields take it."""
    seconds = int(offset_s)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def test_a_diary_entry_stands_on_the_overview_in_the_list_and_in_the_report(desks: NewDesk, tmp_path: Path) -> None:
    desk = desks()
    desk.review("bea")
    panel = desk.tab("Diary")
    expect(panel).to_contain_text("Neither the file nor a person tells of an entry")
    add(panel, "Diary entry", "soon", text="dizzy on the stairs")
    expect(panel.get_by_role("alert")).to_contain_text("Write a time")
    add(panel, "Diary entry", time_of(desk, 150), text="dizzy on the stairs")
    entry = panel.get_by_role("listitem")
    expect(entry).to_contain_text("dizzy on the stairs")
    expect(entry).to_contain_text(re.compile(r"\d+ bpm · \d+ beats"))
    expect(overview(desk)).to_have_attribute("aria-label", re.compile("1 diary entry"))
    entry.get_by_role("button", name=re.compile("dizzy")).click()
    desk.until(lambda: desk.start_s() <= 150 <= desk.start_s() + 10)

    other = desks()
    other.review("bea")
    expect(overview(other)).to_have_attribute("aria-label", re.compile("1 diary entry"))
    desk.go("Report")
    expect(desk.page.get_by_role("heading", name=re.compile("pages · draft, not signed"))).to_be_visible()
    report = downloaded(desk.page, tmp_path)
    assert "Patient's diary" in report
    assert "dizzy on the stairs" in report

    listed = other.tab("Diary")
    listed.get_by_role("button", name=re.compile("^Withdraw Diary entry")).click()
    expect(listed.get_by_role("listitem")).to_have_count(0)
    expect(overview(other)).not_to_have_attribute("aria-label", re.compile("diary"))


def test_a_tachycardia_marked_as_artefact_leaves_the_figures_and_is_named(desk: Desk, tmp_path: Path) -> None:
    desk.review("emma")
    before, burden = desk.counts(), desk.figure("V burden")
    desk.press("]")
    expect(desk.event).to_contain_text("V tachycardia")
    name_it(desk, "artefact")
    notice = desk.page.get_by_role("group", name="Dangerous events marked as artefact")
    expect(notice).to_contain_text(re.compile(r"Ventricular tachycardia at [\d:]+ was marked as artefact by "))
    desk.until(lambda: desk.counts()["V"] < before["V"])
    assert desk.figure("V burden") != burden
    expect(desk.page.get_by_role("group", name="Kinds of events shown")).not_to_contain_text("VT")
    desk.saved()
    desk.go("Report")
    expect(desk.page.get_by_role("heading", name=re.compile("pages · draft, not signed"))).to_be_visible()
    report = downloaded(desk.page, tmp_path)
    assert "ventricular tachycardia here was marked as artefact by" in report
    desk.review("emma")
    desk.press("u")
    expect(notice).to_be_hidden()
    desk.saved()


def test_sleep_set_by_hand_shades_the_overview_and_gives_figures(desk: Desk) -> None:
    desk.review("holter")
    sleep = desk.tab("Trends").get_by_role("region", name="Asleep and awake")
    expect(sleep).to_contain_text("Sleep is not estimated: the recording is shorter than 12 h")
    clock_s = 9 * 3600  # holter_day begins at nine
    panel = desk.tab("Diary")
    add(panel, "Sleep", time_of(desk, clock_s + 600))
    expect(panel.get_by_role("alert")).to_contain_text("needs an end")
    add(panel, "Sleep", time_of(desk, clock_s + 600), time_of(desk, clock_s + 2400))
    expect(panel).to_contain_text("Sleep set by hand.")
    expect(overview(desk)).to_have_attribute("aria-label", re.compile("asleep 30 min 00 s"))
    desk.tab("Trends")
    expect(sleep).to_contain_text("Sleep set by hand.")
    expect(sleep.get_by_role("rowheader", name="Asleep")).to_be_visible()
    expect(sleep.get_by_role("rowheader", name="Awake")).to_be_visible()
    desk.tab("Diary").get_by_role("button", name=re.compile("^Withdraw Sleep")).click()
    expect(overview(desk)).not_to_have_attribute("aria-label", re.compile("asleep"))


def test_two_who_edited_see_where_they_differ(desks: NewDesk) -> None:
    ann, ben = desks(person="Ann Reader"), desks(person="Ben Reader")
    ann.review("gina", t=30)
    panel = ann.tab("Readers")
    expect(panel).to_contain_text("Nobody has edited this recording")
    first, second = (sample for sample, _, _ in ann.shown()[2:4])
    ann.beat(first).click()
    ann.press("f")
    ann.saved()
    expect(panel).to_contain_text("alone has edited this recording")
    ben.review("gina", t=30)
    ben.beat(second).click()
    ben.press("q")
    ben.saved()
    listed = ben.tab("Readers")
    expect(listed).to_contain_text("2 of")
    expect(listed).to_contain_text("Cohen's kappa")
    differences = listed.get_by_role("list", name="Beats read differently").get_by_role("listitem")
    expect(differences).to_have_count(2)
    differences.first.get_by_role("button").click()
    expect(ben.page.locator(".desk .inspector")).to_contain_text(re.compile("F"))
    ann.press("u")
    ben.press("u")
    ann.saved()
    ben.saved()
