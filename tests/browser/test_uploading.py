"""Uploading in a browser: every real sample opens with its leads and beats, every hostile file is one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import WAIT_MS, Dashboard, Server, serve
from playwright.sync_api import Browser, FilePayload, expect
from security.hostile_files import MARKUP, catalogue, named
from security.samples import Sample, real_samples

LARGEST_BYTES = 3 << 20
"""Of a hostile upload: larger ones are received by the tests of the catalogue, where nothing has to be carried."""

REAL = (
    *("HL7_Example_aECG.xml", "fda_subject1_0.xml", "waveform_ecg.dcm", "contec_0000050.edf"),
    *("wfdb_test_generator_2.edf", "ECG_P28.01.ecg", "1_03__129DYPRG.XML", "1_04__3191723_ZZDEMOPTONLY_1-04_orig.xml"),
    *("Example.scp", "03700181.hea", "100_3chan.hea", "100skew.hea", "3000003_0003.hea", "a103l.hea", "binformats.hea"),
    *("flacformats.hea", "mixedsignals.hea", "041s.hea", "s0010_re.hea", "v102s.hea"),
    "p000878-2137-10-26-16-57.hea",
)


class Uploading:
    """The Recordings page of one window, used for many uploads."""

    def __init__(self, dashboard: Dashboard) -> None:
        self.dashboard = dashboard
        self.page = dashboard.page

    def give(self, files: dict[str, bytes]) -> None:
        """Choose files and open them, from wherever the window is."""
        card = self.page.locator(".st-key-card_upload")
        if not card.is_visible():
            self.dashboard.go("Recordings")
        chips = card.get_by_test_id("stFileChip")
        while left := chips.count():
            card.get_by_test_id("stFileChipDeleteBtn").first.click()
            expect(chips).to_have_count(left - 1)
        button = self.page.get_by_role("button", name="Open upload")
        expect(button).to_have_count(0)
        payloads: list[FilePayload] = [
            {"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files.items()
        ]
        self.dashboard.settled()  # what is chosen while the page is still drawn anew is lost with the old field
        self.page.locator("input[type=file]").set_input_files(payloads)
        expect(button).to_be_visible()
        expect(card.get_by_test_id("stFileChipIconSpinner")).to_have_count(0)
        self.dashboard.settled()
        button.click()

    def refused(self, says: str) -> str:
        """Wait for the sentence that refuses an upload; it must be the only one."""
        alerts = self.page.get_by_role("alert")
        expect(alerts.filter(has_text=says)).to_have_count(1)
        self.dashboard.settled()
        expect(alerts).to_have_count(1)
        sentence = alerts.inner_text().strip()
        assert "\n" not in sentence
        assert len(sentence) < 600
        return sentence

    def opened(self) -> None:
        """Wait for the strip and the beats."""
        expect(self.page.locator(".desk .sh-paper[data-whole=true]")).to_be_visible()
        expect(self.page.locator(".desk .live")).to_contain_text(re.compile(r"[\d,]+ beats?\b"), timeout=3 * WAIT_MS)
        assert not self.page.evaluate("() => Boolean(window.hacked)")
        width = self.page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")
        assert width[0] <= width[1], f"the page is {width[0]} px wide in a window of {width[1]} px"


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard of its own: its log must show none of these uploads as a problem."""
    with serve(tmp_path_factory.mktemp("uploads"), network=False) as running:
        yield running


@pytest.fixture
def uploading(own_server: Server, browser: Browser) -> Iterator[Uploading]:
    dashboard = Dashboard(browser, own_server)
    try:
        dashboard.open()
        yield Uploading(dashboard)
        dashboard.check()
    finally:
        own_server.new_lines()
        dashboard.close()


@pytest.mark.data
def test_every_real_sample_opens_with_its_leads_and_beats(uploading: Uploading, ecg_data: Path) -> None:
    samples: dict[str, Sample] = {sample.opened: sample for sample in real_samples(ecg_data / "formats")}
    page = uploading.page
    for opened in REAL:
        uploading.give(samples[opened].files)
        uploading.opened()
        assert page.locator(".desk .sh-lead").count() > 0, opened
        expect(page.locator(".desk .live")).to_contain_text(re.compile(r"[1-9][\d,]* beats?"))
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.data
def test_a_polysomnogram_is_no_ecg_and_asks_for_its_channels(uploading: Uploading, ecg_data: Path) -> None:
    path = ecg_data / "formats" / "edf" / "edfio_short_psg.edf"
    uploading.give({path.name: path.read_bytes()})
    dialog = uploading.page.get_by_role("dialog", name="What does this file hold?")
    expect(dialog).to_contain_text("none named as an ECG lead")
    expect(dialog).to_contain_text("EEG Fpz-Cz")
    expect(dialog.get_by_role("button", name="Open recording")).to_be_disabled()


def test_every_hostile_upload_is_one_sentence_and_the_page_stays_usable(uploading: Uploading) -> None:
    said = []
    for hostile in catalogue():
        files = hostile.make() if hostile.says else []
        if not files or sum(len(content) for _, content in files) > LARGEST_BYTES:
            continue
        if len({name for name, _ in files}) < len(files) or "more memory" in hostile.says:  # the server allows more
            continue
        uploading.give(dict(files))
        said.append(uploading.refused(hostile.says))
    assert len(said) > 60
    uploading.dashboard.go("Recordings").choose("demo_sinus")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("texts of markup", MARKUP[:10]),
        ("texts of control characters", "I�I�[31m"),
        ("texts from right to left", "II"),  # WFDB headers are ASCII; the rest is dropped
        ("texts of 100,000 characters", "lead lead"),
        ("texts of piled marks", "I"),
        ("a formula for a name", "=cmd|' /C calc'!A0"),
    ],
)
def test_texts_that_mean_harm_show_as_text(uploading: Uploading, name: str, shown: str) -> None:
    uploading.give(dict(named(name).make()))
    uploading.opened()
    lead = uploading.page.locator(".desk .sh-lead").first
    expect(lead).to_contain_text(shown)
    uploading.dashboard.go("Recordings")
    expect(uploading.page.locator(".st-key-card_brought")).to_be_visible()
    width = uploading.page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1]
    assert not uploading.page.evaluate("() => Boolean(window.hacked)")
