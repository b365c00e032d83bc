"""Signal leaves by the Files menu: a dialog for mouse and keyboard, and a file that is the recording."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from conftest import NewDesk
from playwright.sync_api import Locator, expect
from synthetic_patients import Cohort, Desk

from ecg_core.formats import open_recording


def opened(desk: Desk) -> Locator:
    """Open the dialog by the keyboard."""
    files = desk.page.get_by_role("button", name="Files")
    files.focus()
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("menuitem", name="Export: Signal")).to_be_focused()
    desk.page.keyboard.press("Enter")
    dialog = desk.page.get_by_role("dialog", name="Export signal")
    expect(dialog).to_be_visible()
    return dialog


def fetched(desk: Desk, dialog: Locator, folder: Path) -> Path:
    with desk.page.expect_download() as download:
        dialog.get_by_role("button", name="Export", exact=True).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    expect(dialog.get_by_role("status")).to_contain_text("was handed to the browser")
    return path


def answer_exports(desk: Desk, body: str) -> None:
    """Answer in the server's place whatever is asked of exports."""
    desk.page.route(
        re.compile("/api/desk/export/signal"),
        lambda route: route.fulfill(body=body, content_type="application/json"),
    )


def test_the_whole_recording_and_what_is_on_screen(desks: NewDesk, cohort: Cohort, tmp_path: Path) -> None:
    desk = desks()
    desk.review("ada")
    original = open_recording(cohort.data / "ada.hea")
    dialog = opened(desk)
    expect(dialog.get_by_role("radio", name="WFDB")).to_be_focused()
    whole = fetched(desk, dialog, tmp_path)
    with zipfile.ZipFile(whole) as archive:
        archive.extractall(tmp_path / "whole")
    np.testing.assert_array_equal(open_recording(tmp_path / "whole" / "ada.hea").read(), original.read())
    desk.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(desk.page.get_by_role("button", name="Files")).to_be_focused()
    desk.page.keyboard.press("Escape")

    dialog = opened(desk)
    dialog.get_by_role("radio", name="WFDB").focus()
    desk.page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("radio", name="EDF+")).to_be_checked()
    dialog.get_by_role("radio", name="what is on screen").check()
    span = open_recording(fetched(desk, dialog, tmp_path))
    assert span.duration_s == pytest.approx(10, abs=0.1)
    held = original.read()[:, 0]
    places = np.lib.stride_tricks.sliding_window_view(held, span.n_samples)[::1]
    assert (places[:, :50] == span.read()[:50, 0]).all(axis=1).any()
    dialog.get_by_role("button", name="Close").click()
    desk.check()


def test_a_selected_span_can_be_chosen(desks: NewDesk, tmp_path: Path) -> None:
    desk = desks()
    desk.review("ada")
    dialog = opened(desk)
    expect(dialog.get_by_role("radio", name="selected span")).to_be_disabled()
    desk.page.keyboard.press("Escape")
    box = desk.paper.bounding_box()
    assert box is not None
    y = box["y"] + 90
    desk.page.keyboard.down("Alt")
    desk.page.mouse.move(box["x"] + 0.3 * box["width"], y)
    desk.page.mouse.down()
    desk.page.mouse.move(box["x"] + 0.7 * box["width"], y, steps=5)
    desk.page.mouse.up()
    desk.page.keyboard.up("Alt")
    expect(desk.page.get_by_role("region", name="Chosen beats")).to_be_visible()
    dialog = opened(desk)
    dialog.get_by_role("radio", name="DICOM").check()
    dialog.get_by_role("radio", name="selected span").check()
    span = open_recording(fetched(desk, dialog, tmp_path))
    assert 3 < span.duration_s < 6
    assert span.annotations() is not None
    dialog.get_by_role("button", name="Close").click()
    desk.check()


def test_a_problem_is_a_sentence_and_stopping_leaves_the_dialog_as_it_was(desks: NewDesk) -> None:
    desk = desks()
    desk.review("ada")
    page = desk.page
    told = '{"key":"k","share":0.4,"ready":false,"name":null,"bytes":null,"problem":null,"said":[]}'
    answer_exports(desk, told)
    dialog = opened(desk)
    dialog.get_by_role("button", name="Export", exact=True).click()
    expect(dialog.get_by_role("status")).to_have_text("Being prepared … 40 %")
    expect(dialog.get_by_role("radio", name="EDF+")).to_be_disabled()
    dialog.get_by_role("button", name="Stop").click()
    expect(dialog.get_by_role("status")).to_be_empty()
    expect(dialog.get_by_role("radio", name="EDF+")).to_be_enabled()
    page.unroute_all(behavior="wait")
    failed = told.replace('"problem":null', '"problem":"The disk is full; nothing was exported."')
    answer_exports(desk, failed)
    dialog.get_by_role("button", name="Export", exact=True).click()
    expect(dialog.get_by_role("alert")).to_have_text("The disk is full; nothing was exported.")
    page.unroute_all(behavior="wait")
    desk.press("Escape")
    desk.check()
