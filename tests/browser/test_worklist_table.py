"""The worklist in the hands of several people: claims, the next recording by a key, and reading that goes on."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from driving import Server, windows_on
from playwright.sync_api import Browser, Locator, expect
from synthetic_patients import HOLTER, Cohort, Desk

PATIENTS = ("ada", "bea", "cleo", "dora", "emma", "flora")
RECORDINGS = (*PATIENTS, HOLTER)


@pytest.fixture
def own_server(cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard whose worklist is empty at first, with seven recordings in its folder."""
    folder = tmp_path_factory.mktemp("worklist_data")
    for name in RECORDINGS:
        for file in cohort.data.rglob(f"{name}.*"):
            shutil.copy(file, folder)
    with Cohort(folder, cohort.cache).serve(tmp_path_factory.mktemp("worklist_server")) as running:
        yield running


@pytest.fixture
def people(own_server: Server, browser: Browser) -> Iterator[tuple[Reader, Reader]]:
    """Two people, each with a window of their own."""
    with windows_on(own_server, browser, Reader) as new:
        yield new(person="Dr. Ames"), new(person="Dr. Boyle")  # type: ignore[misc]


class Reader(Desk):
    """Somebody who reads what is on the worklist."""

    @property
    def rows(self) -> Locator:
        """Rows of the worklist."""
        return self.page.locator(".worklist tbody tr")

    def row(self, name: str) -> Locator:
        """The row of a recording."""
        named = self.page.get_by_role("button", name=name, exact=True)
        return self.rows.filter(has=named)

    @property
    def names(self) -> Locator:
        """Names of the recordings, in order."""
        return self.page.locator(".worklist td.name button")

    @property
    def standing(self) -> Locator:
        """Where the recording on the desk stands in the worklist."""
        return self.page.locator(".desk .worklist-status")

    def front(self) -> Reader:
        """Open the front page as this browser knows the person."""
        self.open()
        expect(self.page.get_by_label("Your name")).not_to_have_value("")
        self.settled()
        return self

    def add_folder(self) -> None:
        """Add all recordings of the local folder."""
        self.page.locator(".st-key-recordings_local_add_all button").click()
        expect(self.rows).to_have_count(len(PATIENTS) + 1)
        expect(self.page.get_by_text(f"{len(PATIENTS) + 1} recordings added.")).to_be_visible()
        self.settled()

    def choose_filter(self, label: str, value: str) -> None:
        """Choose a filter of the worklist."""
        self.page.locator(".st-key-card_worklist").get_by_label(label, exact=True).click()
        self.page.get_by_role("option", name=value, exact=True).click()
        self.settled()

    def on_the_desk(self) -> str:
        """Return the recording on the desk, once it is there with its classes."""
        heading = self.page.locator(".desk h1")
        expect(heading).not_to_have_text("")
        name = heading.inner_text()
        self.read_in(name)
        return name


def test_the_front_page_is_searched_filtered_and_sorted_and_demos_give_way(people: tuple[Reader, Reader]) -> None:
    reader, _ = people
    reader.front()
    demos = reader.page.locator(".st-key-card_demos details")
    expect(demos).to_have_attribute("open", "")
    expect(reader.page.get_by_text("No recordings to be read yet.")).to_be_visible()
    reader.add_folder()
    expect(demos).not_to_have_attribute("open", "")
    # The analyses of all of them were in the cache, without their waves.
    expect(reader.row("ada")).to_contain_text("AV block and ST not looked for")
    expect(reader.row("ada")).to_contain_text(re.compile(r"V \d+\.\d %"))
    reader.page.locator(".worklist .sort").get_by_text("Recording").click()
    expect(reader.names).to_have_text(sorted([*PATIENTS, "holter"]))
    search = reader.page.get_by_label("Search by name")
    search.fill("DOR")
    search.press("Enter")
    expect(reader.names).to_have_text(["dora"])
    search.fill("")
    search.press("Enter")
    expect(reader.rows).to_have_count(7)
    reader.row("dora").get_by_role("button", name="Claim dora").click()
    expect(reader.row("dora")).to_contain_text("being read")
    expect(reader.row("dora")).to_contain_text("by Dr. Ames")
    reader.choose_filter("Whose", "Mine")
    expect(reader.names).to_have_text(["dora"])
    reader.choose_filter("Whose", "Unassigned")
    expect(reader.rows).to_have_count(6)
    expect(reader.row("dora")).to_have_count(0)
    reader.choose_filter("Whose", "Everybody's")
    reader.row("ada").get_by_label("Select ada").check()
    expect(reader.page.get_by_text("1 selected", exact=True)).to_be_visible()
    reader.row("bea").get_by_label("Select bea").check()
    expect(reader.page.get_by_text("2 selected", exact=True)).to_be_visible()
    reader.page.get_by_role("button", name="Remove").click()
    expect(reader.rows).to_have_count(5)


def test_of_two_people_one_has_the_recording_and_the_other_is_told_who(people: tuple[Reader, Reader]) -> None:
    ames, boyle = people
    ames.front().add_folder()
    boyle.front()
    expect(boyle.rows).to_have_count(7)
    ames.row("ada").get_by_role("button", name="Claim ada").click()
    expect(ames.row("ada")).to_contain_text("by Dr. Ames")
    boyle.row("ada").get_by_role("button", name="Claim ada").click()  # as it still stood there
    expect(boyle.page.get_by_text("Dr. Ames is reading this recording since")).to_be_visible()
    expect(boyle.row("ada")).to_contain_text("by Dr. Ames")
    # Whoever opens it all the same sees who reads it.
    boyle.names.get_by_text("ada", exact=True).click()
    boyle.read_in("ada")
    expect(boyle.standing).to_have_text("being read by Dr. Ames")
    ames.row("ada").get_by_role("button", name="Release ada").click()
    expect(ames.row("ada")).to_contain_text("unassigned")


def test_the_next_recording_comes_by_a_key_and_reading_goes_on_where_it_was_left(people: tuple[Reader, Reader]) -> None:
    ames, boyle = people
    ames.front().add_folder()
    boyle.front()
    expect(boyle.rows).to_have_count(7)
    ames.page.keyboard.press("l")
    first = ames.on_the_desk()
    expect(ames.standing).to_have_text("being read by you")
    boyle.page.keyboard.press("l")
    second = boyle.on_the_desk()
    assert first != second
    hours, minutes, seconds = ames.span.inner_text().split()[0].split(":")  # of the day, where the file tells
    ames.go_to(f"{hours}:{int(minutes) + 2:02d}:{seconds}")
    left_at = ames.start_s()
    assert left_at > 60, first
    ames.paper.focus()  # keys are off in the field for the time
    ames.press("Shift+L")
    expect(ames.page.locator(".desk h1")).not_to_have_text(first)
    third = ames.on_the_desk()
    assert third not in (first, second)
    expect(ames.standing).to_have_text("being read by you")
    ames.page.get_by_role("button", name="Mark as read").click()
    expect(ames.standing).to_have_text("read by you")
    ames.go("Recordings")
    expect(ames.row(first)).to_contain_text("read")
    ames.names.get_by_text(first, exact=True).click()
    ames.read_in(first)
    assert ames.start_s() == pytest.approx(left_at, abs=0.05)
    # In another session, too.
    ames.front().names.get_by_text(first, exact=True).click()
    ames.read_in(first)
    assert ames.start_s() == pytest.approx(left_at, abs=0.05)


def test_who_corrects_a_recording_finds_it_on_the_list(people: tuple[Reader, Reader]) -> None:
    reader, _ = people
    reader.review("emma")
    expect(reader.standing).to_have_text("not in the worklist")
    reader.letters.first.click()
    expect(reader.selected).to_be_visible()
    reader.press("f")
    reader.saved()
    expect(reader.standing).to_have_text("being read by you")
    reader.go("Recordings")
    expect(reader.names).to_have_text(["emma"])
    expect(reader.row("emma")).to_contain_text("by Dr. Ames")
    expect(reader.page.get_by_label("Your name")).to_have_value("Dr. Ames")
