"""What a file states of its ECG, on the desk: first where it is urgent, marked as the device's, never a reassurance."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import Server, serve, windows_on
from formats.infarction_files import NORMAL, STATEMENTS, muse, philips, twelve_leads_uv
from playwright.sync_api import Browser, Locator, expect
from synthetic_patients import Desk


@pytest.fixture(scope="module")
def emergency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard whose folder holds infarctions and a normal ECG, with the device's statements."""
    folder = tmp_path_factory.mktemp("emergency")
    data = folder / "data"
    data.mkdir()
    philips(data / "infarction.xml")
    muse(data / "fine.xml", NORMAL, twelve_leads_uv(bpm=70, st_scale=0))
    for name, bpm in (("audited.xml", 64), ("narrow.xml", 66)):  # each is classified by one test
        muse(data / name, STATEMENTS, twelve_leads_uv(bpm=bpm))
    with serve(folder, ECG_DATA=str(data)) as server:
        yield server


@pytest.fixture
def desk(emergency: Server, browser: Browser) -> Iterator[Desk]:
    """The review desk in a window."""
    with windows_on(emergency, browser, Desk) as new:
        yield new()  # type: ignore[misc]


def opened(desk: Desk, name: str) -> Locator:
    """Open a recording; returns the panel of events once it lists some."""
    desk.open("review", rec=f"local/{name}").strip_shown().beats_found()
    expect(desk.events.first).to_be_visible()
    return desk.page.locator(".desk .events-card")


def test_a_devices_infarction_stands_first_as_the_devices_own(desk: Desk, tmp_path: Path) -> None:
    panel = opened(desk, "infarction.xml")
    first = desk.events.first
    expect(first).to_contain_text("Urgent statement")
    expect(first.locator(".reason")).to_have_text(">>> Acute MI <<<")
    expect(first.locator(".device-badge")).to_have_text("device")
    expect(desk.events).to_have_count(len(STATEMENTS))
    box, strip = panel.bounding_box(), desk.page.locator(".desk .sheet-card").bounding_box()
    assert box is not None
    assert strip is not None
    assert box["x"] > strip["x"] + strip["width"] - 1, "at the top right"
    expect(panel.locator(".event-details")).to_contain_text(">>> Acute MI <<<")
    expect(panel.locator(".event-details")).to_contain_text("not checked by this program")
    expect(panel.locator(".coverage")).to_contain_text("No events found by this program.")
    expect(panel.locator(".coverage")).to_contain_text(re.compile(r"Not assessed: .*ST segment, AV conduction"))
    desk.press("]")
    expect(desk.event.locator(".reason")).to_have_text(">>> Acute MI <<<")


def test_a_statement_is_marked_by_itself_and_stays_marked(desk: Desk) -> None:
    opened(desk, "infarction.xml")
    desk.classify()
    desk.press("]", "d")
    expect(desk.events.first).to_have_class(re.compile("seen"))
    expect(desk.events.nth(1)).not_to_have_class(re.compile("seen"))
    desk.page.reload()
    desk.strip_shown().beats_found()
    expect(desk.events.first).to_have_class(re.compile("seen"))
    expect(desk.events.nth(1)).not_to_have_class(re.compile("seen"))


def test_a_devices_normal_ecg_stands_behind_what_was_not_looked_for(desk: Desk) -> None:
    panel = opened(desk, "fine.xml")
    coverage = panel.locator(".coverage")
    expect(coverage).to_contain_text("No events found by this program.")
    expect(coverage).to_contain_text(re.compile(r"Not assessed: .*ST segment, AV conduction"))
    expect(desk.events).to_have_count(len(NORMAL))
    text, listed = coverage.bounding_box(), desk.events.first.bounding_box()
    assert text is not None
    assert listed is not None
    assert text["y"] + text["height"] <= listed["y"] + 1, "the device's word comes after the program's"
    expect(desk.page.locator(".desk .events .event.urgent")).to_have_count(0)


def test_in_a_narrow_window_the_most_urgent_event_stands_above_the_strip(emergency: Server, browser: Browser) -> None:
    with windows_on(emergency, browser, Desk) as new:
        narrow = new(viewport={"width": 390, "height": 844})
        narrow.open("review", rec="local/infarction.xml").strip_shown().beats_found()
        line = narrow.page.locator(".desk .urgent-line")
        expect(line).to_be_visible()
        expect(line).to_contain_text(">>> Acute MI <<<")
        box, strip = line.bounding_box(), narrow.page.locator(".desk .sheet-card").bounding_box()
        assert box is not None
        assert strip is not None
        assert box["y"] + box["height"] <= strip["y"]
        assert box["x"] + box["width"] <= 390


def test_what_the_device_states_is_audited_and_stays_as_it_is(desk: Desk) -> None:
    """Each statement has a verdict in the tab, also in a file without annotations; the events do not change."""
    opened(desk, "audited.xml")
    panel = desk.tab("Differences")
    device = panel.get_by_role("region", name="What the device states, audited")
    expect(device).to_contain_text("judged once the beats are classified")
    expect(panel).to_contain_text("This file brings no annotations along")
    desk.classify()
    lines = device.get_by_role("listitem")
    said = lines.filter(has_text=">>> Acute MI <<<")
    expect(said).to_have_count(1)
    expect(said.locator(".verdict")).to_have_text(re.compile("^(confirmed|not found|not assessed)$"))
    expect(said.locator(".verdict")).not_to_have_text("contradicted")
    for statement in STATEMENTS:
        expect(lines.filter(has_text=statement).first).to_be_visible()
    expect(device).to_contain_text("A verdict changes no urgency")
    expect(device).not_to_contain_text("not delineated yet")
    expect(desk.events.first).to_contain_text("Urgent statement")
    desk.press("]")
    known = desk.page.locator(".desk .event-details .details-known")
    expect(known).to_contain_text(re.compile(r"Stated in the file\. Audit: .*(confirmed|not found|not assessed)"))


def test_the_verdicts_fit_a_narrow_window(emergency: Server, browser: Browser) -> None:
    with windows_on(emergency, browser, Desk) as new:
        narrow = new(viewport={"width": 390, "height": 844})
        narrow.open("review", rec="local/narrow.xml").strip_shown().beats_found()
        narrow.classify()
        device = narrow.tab("Differences").get_by_role("region", name="What the device states, audited")
        expect(device.get_by_role("listitem").first).to_be_visible()
        assert device.evaluate("node => node.scrollWidth <= node.clientWidth")
