"""Correcting beats: one, a span, a family; undo without limit; nothing is lost; two tabs; files out and in."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pandas as pd
import pytest
import wfdb
from conftest import NewDesk
from driving import Server, free_port
from playwright.sync_api import Browser, Locator, expect
from synthetic_patients import Cohort, Desk

FS_HZ = 360


def drag_over(desk: Desk, first: int, last: int) -> None:
    """Hold Alt and drag over the beats from one sample to another."""
    places = {sample: x for sample, _, x in desk.shown()}
    box = desk.paper.bounding_box()
    assert box is not None
    mouse, keyboard = desk.page.mouse, desk.page.keyboard
    y = box["y"] + 90
    keyboard.down("Alt")
    mouse.move(places[first] - 8, y)
    mouse.down()
    mouse.move(places[last] + 8, y, steps=4)
    mouse.up()
    keyboard.up("Alt")


def choose_first(desk: Desk, letter: str, key: str = ".") -> int:
    """Step by key to the next beat of a class; return its sample."""
    for _ in range(30):
        desk.select_other(lambda: desk.press(key))
        if desk.selected.inner_text() == letter:
            return int(desk.chosen_sample() or 0)
    raise AssertionError(f"no {letter} within 30 beats")


def family_of(panel: Locator, letter: str) -> Locator:
    return panel.locator(".family-card").filter(has=panel.page.locator(f".letter.c-{letter}")).first


def test_a_beat_a_span_and_a_family_are_relabelled_and_all_of_it_undone_and_done_again(desk: Desk) -> None:
    desk.review("ada")
    n, before = sum(desk.counts().values()), desk.counts()
    listed = desk.page.locator(".desk .events .beside")
    expect(listed).to_have_text(re.compile("of 14 seen"))  # single beats come after the others
    events = listed.inner_text()

    sample = choose_first(desk, "V")
    desk.press("n")
    expect(desk.beat(sample)).to_have_text("N")
    expect(desk.beat(sample)).to_have_class(re.compile("edited"))
    desk.expect_counts(N=before["N"] + 1, V=before["V"] - 1)
    expect(desk.page.locator(".desk .inspector .beat-facts")).to_contain_text("relabelled; the model said V")

    desk.press("]")  # the run of five
    run = desk.event.inner_text()
    assert "V tachycardia" in run
    assert "5 beats" in run
    longest = desk.figure("longest V run")
    assert longest.startswith("5")
    desk.strip_shown()
    beats = [sample for sample, letter, _ in desk.shown() if letter == "V"][:5]
    drag_over(desk, beats[0], beats[-1])
    bar = desk.page.get_by_role("region", name="Chosen beats")
    expect(bar).to_contain_text("5 beats chosen")
    desk.press("n")
    desk.expect_counts(N=before["N"] + 6, V=before["V"] - 6)
    expect(desk.page.locator(".desk .events").get_by_text("V tachycardia")).to_have_count(0)
    expect(desk.page.locator(".desk .summary")).not_to_contain_text(f"{longest} longest V run")
    assert desk.figure("longest V run") != longest
    desk.press("Escape")
    expect(bar).to_be_hidden()

    panel = desk.tab("Families")
    card = family_of(panel, "V")
    size = int(card.locator(".count").inner_text())
    family = card.get_attribute("data-family")
    card.click()
    panel.get_by_role("button", name="Relabel all beats of the family F").click()
    relabelled = panel.locator(f'.family-card[data-family="{family}"]')
    expect(relabelled.locator(".letter")).to_have_text("F")
    expect(relabelled).to_have_attribute("aria-label", re.compile(f"F, {size} beats.*{size} edited"))
    desk.saved()
    after = desk.counts()
    assert after["F"] >= size
    assert sum(after.values()) == n

    undone = 0
    while desk.undo_button.get_attribute("aria-disabled") == "false":
        entry = desk.undo_button.get_attribute("aria-label") or ""
        desk.press("u")
        undone += 1
        expect(desk.undo_button).not_to_have_attribute("aria-label", entry)
    assert undone == 3
    desk.expect_counts(**before)
    expect(desk.page.locator(".desk .events .beside")).to_have_text(events)
    assert desk.figure("longest V run") == longest
    expect(desk.page.locator(".desk .sh-beat.edited")).to_have_count(0)
    for _ in range(3):
        desk.press("Shift+U")
    desk.expect_counts(**after)
    expect(desk.redo_button).to_have_attribute("aria-disabled", "true")
    for _ in range(3):
        desk.press("u")
    desk.expect_counts(**before)
    desk.saved()


def test_beats_are_added_moved_and_deleted_by_key_and_by_hand(desk: Desk) -> None:
    desk.review("bea", t=20)
    page, n = desk.page, sum(desk.counts().values())
    sample = desk.shown()[3][0]
    desk.beat(sample).click()
    desk.press("Delete")
    expect(desk.beat(sample)).to_have_count(0)
    expect(page.locator(".desk .live")).to_contain_text(f"{n - 1} beats")

    desk.press("a")
    page.get_by_role("radio", name="V", exact=True).click()
    shown = desk.shown()
    (a, _, x0), (b, _, x1) = shown[2:4]
    box = desk.paper.bounding_box()
    assert box is not None
    gap = x0 + (sample - a) * (x1 - x0) / (b - a)  # where the beat was
    page.mouse.click(gap, box["y"] + 90)
    desk.press("Escape")
    added = desk.letters.and_(page.locator(".edited"))
    expect(added).to_have_count(1)
    expect(added).to_have_text("V")
    at = int(added.get_attribute("data-sample") or 0)
    assert abs(at - sample) <= 0.02 * FS_HZ  # on the peak of the trace
    expect(page.locator(".desk .live")).to_contain_text(f"{n} beats")

    added.click()
    desk.press("m", "ArrowRight", "ArrowRight", "Enter")
    expect(added).to_have_attribute("data-sample", str(round(at + 0.02 * FS_HZ)))
    for _ in range(3):
        desk.press("u")
    expect(desk.beat(sample)).to_have_count(1)
    expect(added).to_have_count(0)
    desk.saved()


def test_families_are_split_merged_and_walked_through(desk: Desk) -> None:
    panel = desk.review("cleo").tab("Families")
    cards = panel.get_by_role("listbox", name="Beat families").get_by_role("option")
    n_families, n_beats = cards.count(), sum(desk.counts().values())
    card = family_of(panel, "V")
    card.click()
    size = int(card.locator(".count").inner_text())
    measured = panel.get_by_role("status", name="Measurements of the family's median beat")
    expect(measured).to_contain_text(re.compile(rf"Median of {size} beats.*QRS\d+ ± \d+ ms", re.DOTALL))
    first = desk.select_other(panel.get_by_role("button", name="farthest first").click)
    expect(first).to_have_text("V")
    expect(panel.locator(".family-walk .where")).to_contain_text(f"1 of {size}")
    desk.select_other(panel.get_by_role("button", name="›", exact=True).click)
    expect(panel.locator(".family-walk .where")).to_contain_text(f"2 of {size}")

    cards.first.click()  # the largest
    panel.get_by_role("button", name="split", exact=True).click()
    expect(cards).to_have_count(n_families + 1)
    sizes = [int(text) for text in panel.locator(".family-card .count").all_inner_texts()]
    assert sum(sizes) == n_beats
    panel.get_by_role("button", name="merge …").click()
    expect(panel).to_contain_text("Choose the family that takes in the")
    cards.nth(1).click()
    expect(cards).to_have_count(n_families)
    assert sum(int(text) for text in panel.locator(".family-card .count").all_inner_texts()) == n_beats
    desk.press("u", "u")
    expect(cards).to_have_count(n_families)
    expect(desk.undo_button).to_have_attribute("aria-disabled", "true")
    desk.saved()


def test_what_a_search_finds_is_relabelled_at_once(desk: Desk) -> None:
    panel = desk.review("cleo").tab("Search")
    before = desk.counts()
    panel.get_by_role("button", name=re.compile("^Class V")).click()
    panel.get_by_label("time, to").fill("0:01:00")
    count = panel.locator(".search-actions .count")
    expect(count).not_to_have_text(f"{before['V']} beats")
    found = int(count.inner_text().split()[0])
    assert 0 < found < before["V"]
    panel.get_by_role("button", name="choose them all").click()
    bar = desk.page.get_by_role("region", name="Chosen beats")
    bar.get_by_role("button", name="Relabel the chosen beats Q").click()
    desk.expect_counts(V=before["V"] - found, Q=before["Q"] + found)
    expect(count).to_have_text("0 beats")
    desk.press("u")
    desk.expect_counts(**before)
    desk.saved()


def test_a_reload_in_the_middle_finds_everything(desk: Desk) -> None:
    desk.review("dora")
    before = desk.counts()
    reviewer = desk.page.get_by_role("textbox", name="Reviewer")
    reviewer.fill("Dr. Dora <b>")
    reviewer.press("Enter")
    desk.press("]", "d")
    expect(desk.events.first).to_have_class(re.compile("seen"))
    desk.go_to("0:00:10")
    sample = choose_first(desk, "V")  # not one of the run
    desk.expect_address(beat=str(sample))
    desk.saved()
    for key in "sq":
        desk.page.keyboard.press(key)
    desk.page.reload()  # at once, not waiting for any answer
    desk.read_in("dora")
    desk.saved()
    desk.expect_counts(N=before["N"], V=before["V"] - 1, S=before["S"], Q=before["Q"] + 1)
    expect(desk.events.first).to_have_class(re.compile("seen"))
    expect(reviewer).to_have_value("Dr. Dora <b>")
    expect(desk.selected).to_have_attribute("data-sample", str(sample))
    expect(desk.selected).to_have_class(re.compile("edited"))
    expect(desk.selected).to_have_text("Q")
    facts = desk.page.locator(".desk .inspector .beat-facts")
    expect(facts).to_contain_text(re.compile(r"last byDr\. Dora <b>, \d{4}-\d\d-\d\d \d\d:\d\d"))


def test_two_tabs_on_the_same_recording_come_to_the_same(desks: NewDesk) -> None:
    one, other = desks().review("emma"), desks().review("emma")
    before = one.counts()
    first = choose_first(one, "V")
    one.press("n")
    expect(other.page.get_by_label("Beats by class")).to_contain_text(f"N: {before['N'] + 1}")
    second = choose_first(other, "V")
    assert second != first  # the first is no V any more
    other.press("s")
    for tab in (one, other):
        tab.expect_counts(N=before["N"] + 1, V=before["V"] - 2, S=before["S"] + 1)

    # The other tab does not hear yet that a beat was deleted, and deletes it, too.
    other.page.route("**/api/desk/changes*", lambda route: route.fulfill(status=204))
    for tab in (one, other):
        tab.go_to("0:00:40")
    gone = one.shown()[2][0]
    for tab in (one, other):
        tab.beat(gone).click()
    one.press("Delete")
    one.saved()
    expect(one.beat(gone)).to_have_count(0)
    expect(other.beat(gone)).to_have_count(1)
    other.press("Delete")
    expect(other.status).to_have_class(re.compile("problem"))
    said = other.status.inner_text()
    assert re.fullmatch(r"The beat found at [\d:.]+ is not there any more, so nothing was deleted\.", said), said
    expect(other.beat(gone)).to_have_count(0)
    other.page.unroute("**/api/desk/changes*")
    n = sum(before.values())
    for tab in (one, other):
        expect(tab.page.locator(".desk .live")).to_contain_text(f"{n - 1} beats")
        assert tab.counts() == one.counts()


@contextmanager
def own_desk(cohort: Cohort, folder: Path, browser: Browser, port: int | None = None) -> Iterator[tuple[Server, Desk]]:
    with cohort.serve(folder, port) as server:
        desk = Desk(browser, server)
        try:
            yield server, desk
            desk.check()
        finally:
            desk.close()


def test_what_was_acknowledged_outlives_a_killed_server_and_what_was_not_arrives_later(
    cohort: Cohort, tmp_path: Path, browser: Browser
) -> None:
    port = free_port()
    with ExitStack() as stack:
        server = stack.enter_context(cohort.serve_to_be_killed(tmp_path, port))
        desk = Desk(browser, server)
        stack.callback(desk.close)
        desk.review("flora")
        before = desk.counts()
        choose_first(desk, "V")
        desk.press("n")
        desk.expect_counts(N=before["N"] + 1)
        desk.saved()
        server.process.kill()
        server.process.wait()
        second = choose_first(desk, "V")
        desk.press("s")
        expect(desk.beat(second)).to_have_text("S")  # drawn at once
        expect(desk.status).to_contain_text("1 edit waits here")
        desk.press("Shift+ArrowRight", "f")
        expect(desk.status).to_contain_text("2 edits wait here")
        with own_desk(cohort, tmp_path, browser, port) as (_, fresh):
            fresh.review("flora")
            # Whether or not what waited has arrived by now, what was acknowledged is there.
            assert fresh.counts()["V"] < before["V"]
            expect(desk.status).not_to_contain_text("wait")
            fresh.expect_counts(S=before["S"] + 1, F=before["F"] + 1)
            for each in (desk, fresh):
                expect(each.page.locator(".desk .live")).to_contain_text(f"{sum(before.values())} beats")
            assert desk.counts() == fresh.counts()
            fresh.page.reload()
            fresh.read_in("flora")
            fresh.expect_counts(**desk.counts())


def download(desk: Desk, item: str) -> tuple[str, bytes]:
    desk.page.get_by_role("button", name="Files").click()
    with desk.page.expect_download() as started:
        desk.page.get_by_role("menuitem", name=item).click()
    return started.value.suggested_filename, Path(started.value.path()).read_bytes()


def take_in(desk: Desk, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "application/json", "buffer": content}
    desk.page.locator(".desk .tools input[type=file]").set_input_files([file])  # type: ignore[list-item]


def test_log_and_beats_go_out_and_the_log_comes_in_elsewhere(
    desk: Desk, cohort: Cohort, tmp_path: Path, browser: Browser
) -> None:
    desk.review("bea")
    before = desk.counts()
    choose_first(desk, "V")
    desk.press("s", ".", "n", ".", "Delete")
    desk.expect_counts(V=before["V"] - 3, S=before["S"] + 1, N=before["N"] + 1)
    desk.saved()
    counts = desk.counts()

    name, log = download(desk, "Export: Log of edits")
    assert name == "bea.edits.json"
    assert [entry["action"] for entry in json.loads(log)["entries"]][-3:] == ["relabel", "relabel", "delete"]
    name, table = download(desk, "Export: Beats CSV")
    assert name == "bea.beats.csv"
    beats = pd.read_csv(io.BytesIO(table))
    found = beats["label"].value_counts().to_dict()
    assert found == {letter: n for letter, n in counts.items() if n}
    assert (beats["edited"] > 0).sum() == 2
    name, packed = download(desk, "Export: Beats WFDB")
    assert name == "bea.beats.zip"
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path / "wfdb")
    annotation = wfdb.rdann(str(tmp_path / "wfdb" / "bea"), "ecgc")
    symbols = pd.Series([symbol for symbol in annotation.symbol if symbol != "+"]).value_counts().to_dict()
    assert symbols == found
    samples = [int(s) for s, symbol in zip(annotation.sample, annotation.symbol, strict=True) if symbol != "+"]
    assert samples == beats["sample"].tolist()

    other = log.replace(json.loads(log)["recording"]["sha256"].encode(), b"0" * 64)
    with own_desk(cohort, tmp_path / "elsewhere", browser) as (_, elsewhere):
        elsewhere.review("bea")
        elsewhere.expect_counts(**before)
        for file, content, said in (
            ("noise.json", b"\x00\x01 no JSON", "cannot be read as JSON"),
            ("other.json", b'{"a": 1}', "not a file of edits"),
            ("foreign.json", other, "belong to another recording"),
            ("broken.json", log.replace(b'"label": "S"', b'"label": "<b>"'), "damaged"),
        ):
            take_in(elsewhere, file, content)
            expect(elsewhere.status).to_contain_text(said)
            assert "\n" not in elsewhere.status.inner_text()
            elsewhere.expect_counts(**before)
        elsewhere.problems = [each for each in elsewhere.problems if "422" not in each]  # these were refused
        take_in(elsewhere, "bea.edits.json", log)
        expect(elsewhere.status).to_contain_text("edits were taken over")
        elsewhere.expect_counts(**counts)
        take_in(elsewhere, "bea.edits.json", log)
        expect(elsewhere.status).to_contain_text("All edits of this file are here already.")
        elsewhere.expect_counts(**counts)


def test_what_a_file_says_is_text_on_the_desk(desk: Desk, cohort: Cohort) -> None:
    hostile = cohort.data / "hostile.hea"
    if not hostile.exists():
        source = (cohort.data / "emma.hea").read_text()
        text = source.replace("emma", "hostile").replace(" MLII", " <img src=x onerror=alert(1)>")
        (cohort.data / "hostile.dat").write_bytes((cohort.data / "emma.dat").read_bytes())
        hostile.write_text(text + "# <script>boom(2)</script> & <b>bold</b>\n")
    dialogs: list[str] = []
    desk.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    desk.open("review", rec="local/hostile")
    desk.strip_shown("hostile").beats_found()
    expect(desk.page.locator(".desk .sh-lead").first).to_contain_text("<img src=x onerror=alert(1)>")
    expect(desk.page.locator(".desk .facts")).to_contain_text("<img src=x onerror=alert(1)>")
    desk.page.locator(".desk .sh-menu .sh-open").nth(3).click()
    expect(desk.page.get_by_role("menu", name="Leads")).to_contain_text("<img src=x onerror=alert(1)>")
    desk.press("Escape")
    for tab in ("Families", "Full disclosure"):
        expect(desk.tab(tab).locator("select option").first).to_have_text("<img src=x onerror=alert(1)>")
    assert desk.page.locator(".desk img, .desk script, .desk b b").count() == 0
    assert not dialogs


@pytest.mark.parametrize("key", ["s", "Delete"])
def test_nothing_is_edited_where_nothing_is_chosen(desk: Desk, key: str) -> None:
    desk.review("emma")
    before = desk.counts()
    desk.press(key)
    expect(desk.status).to_contain_text(re.compile("^Choose a beat"))
    assert desk.counts() == before
