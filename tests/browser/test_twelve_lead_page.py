"""A twelve-lead ECG of ten seconds: its page, measurements and statements, and a boundary dragged by hand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
import wfdb
from conftest import NewDesk, windows_on
from driving import ROOT, Server
from playwright.sync_api import Browser, Locator, Response, expect
from synthetic_patients import Cohort, Desk
from test_access import assert_accessible

from ecg_core.synthesis.conditions import CONDITIONS, tracing_of


@pytest.fixture(scope="module")
def ecg_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard with an inferior infarction of ten seconds, its beats classified already."""
    folder = tmp_path_factory.mktemp("twelve_leads")
    cohort = Cohort(folder / "data", folder / "cache")
    cohort.data.mkdir()
    tracing = tracing_of(CONDITIONS["stemi_inferior"])
    noise = 0.004 * np.random.default_rng(1).standard_normal(tracing.signal_mv.shape)
    wfdb.wrsamp(
        "inferior",
        fs=500,
        units=["mV"] * 12,
        sig_name=list(tracing.lead_names),
        p_signal=tracing.signal_mv + noise,
        fmt=["16"] * 12,
        write_dir=str(cohort.data),
    )
    command = [sys.executable, "-m", "ecg_core", "analyse", "--out", str(folder / "results")]
    settings = {**os.environ, "RHYTHMOSCOPE_CACHE": str(cohort.cache), "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([*command, str(cohort.data / "inferior")], check=True, cwd=ROOT, env=settings, capture_output=True)
    with cohort.serve(tmp_path_factory.mktemp("ecg_server")) as running:
        yield running


@pytest.fixture
def ecgs(ecg_server: Server, browser: Browser) -> Iterator[NewDesk]:
    """Open the review desk in windows of different people."""
    with windows_on(ecg_server, browser, Desk) as new:
        yield new  # type: ignore[misc]


def opened(ecgs: NewDesk, **context: object) -> Desk:
    desk = ecgs(**context)
    desk.review("inferior")
    expect(value_of(desk, "QT")).to_contain_text("ms")
    return desk


def value_of(desk: Desk, quantity: str) -> Locator:
    row = desk.page.locator(".desk .ms-overall tr").filter(
        has=desk.page.get_by_role("rowheader", name=quantity, exact=True)
    )
    return row.locator(".ms-value")


def test_it_opens_as_a_page_with_its_measurements_in_place_of_the_trend(ecgs: NewDesk) -> None:
    desk = opened(ecgs)
    page = desk.page
    expect(page.locator(".desk .sh-head")).to_contain_text("3 × 4 + rhythm")
    expect(page.get_by_role("tab", name="Measurements")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".desk .overview-card")).to_be_hidden()
    expect(value_of(desk, "Rate")).to_have_text(re.compile(r"7[789] bpm"))
    assert 150 <= int(value_of(desk, "PR").inner_text().split()[0]) <= 172


def test_the_infarction_stands_above_the_events_and_shows_its_criteria(ecgs: NewDesk) -> None:
    desk = opened(ecgs)
    row = desk.page.locator(".desk .events .statements-row.critical").first
    expect(row).to_contain_text(re.compile("inferior", re.IGNORECASE))
    statement = desk.page.locator(".desk .ms-statement.ms-critical").first
    statement.locator("summary").click()
    expect(statement.locator(".ms-criteria .met").first).to_be_visible()
    desk.tab("Search")
    row.click()
    expect(desk.page.get_by_role("tab", name="Measurements")).to_have_attribute("aria-selected", "true")


def test_a_boundary_is_dragged_measured_and_undone(ecgs: NewDesk) -> None:
    desk = opened(ecgs)
    page = desk.page

    def has_waves(response: Response) -> bool:
        return "/api/desk/waves" in response.url and response.ok

    with page.expect_response(has_waves) as answered:
        desk.press("w")
    expect(page.get_by_role("button", name="waves", exact=True)).to_have_attribute("aria-pressed", "true")
    beats = answered.value.json()["beats"]
    places = {sample: x for sample, _, x in desk.shown()}
    beat = next(one for one in beats[3:] if one["sample"] in places and one["boundaries"][1][8] is not None)
    samples = sorted(places)
    px_per_sample = (places[samples[-1]] - places[samples[0]]) / (samples[-1] - samples[0])
    # The last lane is the rhythm strip, lead II, over the whole width.
    x = places[beat["sample"]] + (beat["boundaries"][1][8] - beat["sample"]) * px_per_sample
    box = desk.paper.bounding_box()
    assert box is not None
    desk.beat(beat["sample"]).click()
    line = page.locator(".desk .bc-intervals")
    expect(line).to_contain_text("QT")
    before = line.inner_text()
    base = page.locator(".desk .sh-names > *").last.bounding_box()
    assert base is not None
    for offset in (22, 30, 38, 14):
        page.mouse.move(x, base["y"] + offset)
        page.keyboard.down("Shift")
        page.mouse.down()
        page.mouse.move(x + 4, base["y"] + offset, steps=2)
        page.mouse.move(x + 50 * px_per_sample, base["y"] + offset, steps=3)
        page.mouse.up()
        page.keyboard.up("Shift")
        desk.painted()
        desk.saved()  # of a drag that took hold the server has told what undo would take back
        if desk.undo_button.get_attribute("title") and "T end" in str(desk.undo_button.get_attribute("title")):
            break
    expect(desk.undo_button).to_have_attribute("title", re.compile("T end"))
    expect(line).not_to_have_text(before)
    desk.press("u")
    expect(line).to_have_text(before)


def test_on_a_phone_the_leads_stand_one_below_the_other_on_paper_that_can_be_read(ecgs: NewDesk) -> None:
    desk = opened(ecgs, viewport={"width": 390, "height": 844})
    expect(desk.page.locator(".desk .sh-head")).to_contain_text("12 leads")
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 390
    names = [name.bounding_box() for name in desk.page.locator(".desk .sh-lead").all()]
    assert len(names) == 12
    bottoms = [box["y"] + box["height"] for box in names if box]
    assert all(below["y"] >= bottom for bottom, below in zip(bottoms, names[1:], strict=False) if below)
    expect(desk.span).to_have_text(re.compile(r"00:00:00\.0 – 00:00:0[34]\.\d"))
    before = desk.span.inner_text()
    desk.page.get_by_role("button", name="page ›").click()
    expect(desk.span).not_to_have_text(before)


DARK_PIXELS = """
(names) => names.map((name) => {
  const box = name.getBoundingClientRect();
  const canvas = [...name.getRootNode().querySelectorAll('.sh-rows canvas')].find((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return box.top >= top - 1 && box.bottom <= bottom + 1;
  });
  const origin = canvas.getBoundingClientRect();
  const scale = canvas.width / origin.width;
  const at = [box.left - origin.left, box.top - origin.top, box.width, box.height].map((px) => Math.round(px * scale));
  const { data } = canvas.getContext('2d').getImageData(...at);
  let dark = 0;
  for (let i = 0; i < data.length; i += 4) dark += data[i] + data[i + 1] + data[i + 2] < 240;
  return [name.textContent, dark];
})
"""


@pytest.mark.parametrize("gain", ["10 mm/mV", "20 mm/mV"])
def test_names_of_leads_lie_over_no_trace_in_any_layout(ecgs: NewDesk, gain: str) -> None:
    desk = opened(ecgs)
    desk.choose_from("Gain", gain)
    for leads, layout, count in (
        ("all leads", "3 × 4 + rhythm", 13),
        ("all leads", "6 × 2", 12),
        ("limb leads", "2 × 3", 6),
        ("chest leads", "3 × 2", 6),
        ("all leads", "stacked", 12),
    ):
        desk.choose_from("Leads", leads)
        desk.choose_from("Layout", layout)
        expect(desk.page.locator(".desk .sh-lead")).to_have_count(count)
        desk.strip_shown().painted()
        found = desk.page.locator(".desk .sh-lead").evaluate_all(DARK_PIXELS)
        assert found == [[name, 0] for name, _ in found], (leads, layout)


def names_on(desk: Desk) -> list[str]:
    return desk.page.locator(".desk .sh-lead").all_inner_texts()


def test_sets_order_and_rhythm_leads_are_chosen_and_kept(ecgs: NewDesk) -> None:
    desk = opened(ecgs)
    names = desk.page.locator(".desk .sh-lead")
    desk.choose_from("Leads", "Cabrera: aVL, I, −aVR, II, aVF, III")
    expect(names.first).to_have_text("aVL")
    assert names_on(desk)[8] == "−aVR"
    rhythm = desk.page.get_by_role("menu", name="Leads").get_by_role("menuitemcheckbox")
    desk.page.locator(".desk .sh-open", has_text="12 leads").click()
    for name in ("V1", "V5"):
        rhythm.filter(has_text=re.compile(f"^{name}$")).last.click()
    desk.page.keyboard.press("Escape")
    expect(names).to_have_count(15)
    assert names_on(desk)[12:] == ["II", "V1", "V5"]
    desk.page.reload()
    desk.read_in("inferior")
    expect(names).to_have_count(15)
    assert names_on(desk)[12:] == ["II", "V1", "V5"]
    desk.choose_from("Leads", "limb leads")
    expect(desk.page.locator(".desk .sh-head")).to_contain_text("2 × 3")
    expect(names).to_have_text(["aVL", "I", "−aVR", "II", "aVF", "III"])


def test_the_median_beat_is_drawn_for_each_lead_and_overlaid(ecgs: NewDesk) -> None:
    desk = opened(ecgs)
    median = desk.page.get_by_role("region", name="Median beat")
    papers = median.get_by_role("img")
    expect(papers).to_have_count(12)
    expect(median.locator("figcaption").nth(2)).to_have_text(re.compile(r"^III ST 0\.\d\d / 0\.\d\d / 0\.\d\d$"))
    levels = re.findall(r"\d\.\d\d", median.locator("figcaption").nth(2).inner_text())
    assert float(levels[0]) > 0.1, "an inferior infarction"
    median.get_by_role("button", name="overlaid").click()
    expect(papers).to_have_count(1)
    expect(median.locator("figcaption")).to_contain_text(re.compile(r"PR \d+ · QRS \d+ · QT \d+ ms"))
    median.get_by_role("button", name="III", exact=True).click()
    expect(median.locator("figcaption b")).to_have_text("III")
    expect(median.get_by_role("button", name="III", exact=True)).to_be_focused()
    assert median.get_by_role("row").nth(3).get_by_role("cell").all_inner_texts()[:3] == levels


def test_one_formula_of_qtc_counts_everywhere_and_is_kept(ecgs: NewDesk) -> None:
    desk = opened(ecgs)
    page = desk.page
    heads = page.locator(".desk .sh-values, .desk .ms-values")
    expect(heads).to_have_count(2)
    by_formula = {name: value_of(desk, f"QTc {name}").inner_text().split()[0] for name in ("Fridericia", "Bazett")}
    assert by_formula["Bazett"] != by_formula["Fridericia"]
    for formula, qtc in by_formula.items():
        page.get_by_label("Formula of QTc").first.select_option(formula)
        for head in heads.all():
            expect(head).to_contain_text(re.compile(rf"QT/QTc \d+/{qtc} ms \({formula}\)"))
    expect(value_of(desk, "QTc Hodges")).to_contain_text("ms")
    desk.select_other(lambda: desk.press("Shift+ArrowRight"))
    expect(page.locator(".desk .bc-intervals")).to_contain_text("QTc (Bazett)")
    page.reload()
    desk.read_in("inferior")
    expect(page.locator(".desk .sh-values")).to_contain_text("(Bazett)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_page_and_measurements(ecgs: NewDesk, scheme: str) -> None:
    desk = opened(ecgs, color_scheme=scheme)
    median = desk.page.get_by_role("region", name="Median beat")
    for view, count in (("grid", 12), ("overlaid", 1)):
        median.get_by_role("button", name=view, exact=True).click()
        expect(median.get_by_role("img")).to_have_count(count)
        assert_accessible(desk, f"measurements, {view}", ".tabs-card")
    assert_accessible(desk, "the page", ".sheet-card")
