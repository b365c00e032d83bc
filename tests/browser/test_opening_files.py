"""Files of every kind as people bring them: tables that are told of, whom a file names, what it says of itself."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import edfio
import numpy as np
import pytest
from driving import Dashboard, NewWindow
from playwright.sync_api import Locator, expect
from test_access import assert_accessible

from ecg_core.synthesis import generate, scenarios

SECRETS = ("Zwetschke", "PID-99-771", "Kartograf")
LONG = "a_very_long_name_without_any_place_to_break_it_" * 2
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def signal() -> tuple[np.ndarray, float]:
    """Twenty seconds of two leads in mV, and their rate."""
    made = generate(scenarios()["demo_pvc"], duration_s=20, seed=8)
    return made.signal[:, :2].astype(np.float64), made.fs_hz


@pytest.fixture(scope="module")
def table(signal: tuple[np.ndarray, float], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of microvolts that says neither its rate nor its unit."""
    rows = np.round(signal[0] * 1000).astype(int)
    path = tmp_path_factory.mktemp("table") / "bedside.csv"
    path.write_text("\n".join(["MLII,V5,resp", *(f"{a},{b},{n % 40}" for n, (a, b) in enumerate(rows))]))
    return path


@pytest.fixture(scope="module")
def named(signal: tuple[np.ndarray, float], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An EDF file that names a person and a device."""
    values, fs_hz = signal
    leads = [
        edfio.EdfSignal(values[:, at], fs_hz, label=label, physical_dimension="mV", physical_range=(-10, 10))
        for at, label in enumerate(("ECG II", "ECG V5"))
    ]
    path = tmp_path_factory.mktemp("named") / "walnut.edf"
    edfio.Edf(
        leads,
        patient=edfio.Patient(code="PID-99-771", sex="M", birthdate=date(1931, 4, 5), name="Zwetschke_Adalbert"),
        recording=edfio.Recording(equipment_code="Kartograf"),
    ).write(path)
    return path


def upload(dashboard: Dashboard, *files: Path) -> Dashboard:
    dashboard.open()
    dashboard.page.locator("input[type=file]").set_input_files(list(files))
    dashboard.page.get_by_role("button", name="Open upload").click()
    return dashboard


def card(dashboard: Dashboard) -> Locator:
    return dashboard.page.get_by_role("dialog", name=re.compile("^This file names"))


def about(dashboard: Dashboard) -> Locator:
    """Open what the file says of itself."""
    dashboard.page.locator(".desk .file-button").click()
    panel = dashboard.page.get_by_role("dialog", name="About this file")
    expect(panel.locator(".file-facts").first).to_be_visible()
    return panel


def tell(dashboard: Dashboard, rate: str, unit: str) -> Locator:
    """Fill in the dialog about a table."""
    page = dashboard.page
    dialog = page.get_by_role("dialog", name="What does this file hold?")
    expect(dialog).to_be_visible()
    dialog.get_by_role("combobox", name="Sampling rate").fill(rate)
    page.keyboard.press("Enter")
    dialog.get_by_role("combobox", name="Unit of the values").click()
    page.get_by_role("option", name=unit, exact=True).click()
    return dialog


def test_a_table_is_told_of_once_and_shows_its_beats_to_everybody(
    window: NewWindow, table: Path, signal: tuple[np.ndarray, float]
) -> None:
    dashboard = upload(window(), table)
    dialog = tell(dashboard, "fast", "µV")
    expect(dialog.get_by_role("alert")).to_contain_text("is no sampling rate")
    expect(dialog.get_by_role("button", name="Open recording")).to_be_disabled()
    dialog.get_by_role("combobox", name="Sampling rate").fill(f"{signal[1]:g}")
    dashboard.page.keyboard.press("Enter")
    expect(dialog.locator(".js-plotly-plot")).to_be_visible()
    expect(dialog).to_contain_text(re.compile(r"20 s · 360 Hz · about \d(\.\d)? mV high · about \d+ beats a minute"))
    dialog.get_by_role("button", name="Open recording").click()
    dashboard.strip_shown().beats_found()
    expect(dashboard.page.locator(".desk .sh-lead")).to_have_text(["MLII", "V5"])
    panel = about(dashboard)
    expect(panel).to_contain_text("Given by a person")
    expect(panel).to_contain_text("360 Hz")
    expect(panel).to_contain_text("resp")

    other = window()
    other.page.goto(dashboard.page.url)
    other.strip_shown().beats_found()

    panel.get_by_role("button", name="Change").click()
    dialog = dashboard.page.get_by_role("dialog", name="What does this file hold?")
    expect(dialog.get_by_role("combobox", name="Sampling rate")).to_have_value("360")
    dialog.get_by_role("combobox", name="Unit of the values").click()
    dashboard.page.get_by_role("option", name="not known (uncalibrated)").click()
    expect(dialog).to_contain_text("heights not known")
    dialog.get_by_role("button", name="Open recording").click()
    expect(dialog).to_be_hidden()
    dashboard.strip_shown().beats_found()
    expect(dashboard.page.locator(".desk .sh-lead").first).to_contain_text("uncalibrated")
    dashboard.paper.focus()
    dashboard.page.keyboard.press("c")
    measured = dashboard.page.locator(".desk .sh-calipers .sh-figures")
    expect(measured).to_contain_text("height uncalibrated")
    expect(measured).not_to_contain_text("mV")


def test_the_next_table_with_the_same_columns_is_told_of_already(
    window: NewWindow, table: Path, tmp_path: Path
) -> None:
    dashboard = upload(window(), table)
    dialog = tell(dashboard, "360", "µV")
    dialog.get_by_role("button", name="Open recording").click()
    dashboard.strip_shown()
    dashboard.go("Recordings")
    again = tmp_path / "tomorrow.csv"
    again.write_text(table.read_text() + "\n1,2,3")
    dashboard.page.locator("input[type=file]").set_input_files([again])
    dashboard.page.get_by_role("button", name="Open upload").click()
    dialog = dashboard.page.get_by_role("dialog", name="What does this file hold?")
    expect(dialog.get_by_role("combobox", name="Sampling rate")).to_have_value("360")
    dialog.get_by_role("button", name="Open recording").click()
    dashboard.strip_shown().beats_found()


def test_a_table_that_is_not_told_of_can_be_left_and_told_of_later(window: NewWindow, table: Path) -> None:
    dashboard = upload(window(), table)
    dialog = dashboard.page.get_by_role("dialog", name="What does this file hold?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    line = dashboard.page.locator(".st-key-card_brought .picklist tr").filter(has_text="bedside.csv")
    expect(line).to_contain_text("needs its rate, unit or leads described")
    line.get_by_role("button").click()
    expect(dialog).to_be_visible()
    dashboard.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    dashboard.choose("demo_sinus")
    expect(dialog).to_be_hidden()


def test_whom_a_file_names_is_shown_once_to_who_loads_it_and_kept_nowhere(window: NewWindow, named: Path) -> None:
    dashboard = upload(window(), named)
    shown = card(dashboard)
    expect(shown).to_contain_text("Zwetschke")
    expect(shown).to_contain_text("PID-99-771")
    expect(shown).to_contain_text("Nothing of this is stored, exported or logged")
    dashboard.strip_shown().beats_found()
    page = dashboard.page
    link = page.url
    guest = window()
    guest.page.goto(link)
    guest.strip_shown().beats_found()
    expect(card(guest)).to_have_count(0)

    shown.get_by_role("button", name="Close").click()
    expect(shown).to_have_count(0)
    about(dashboard)
    page.keyboard.press("Escape")
    everything = page.evaluate(
        "() => [location.href, document.title, JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),"
        " document.documentElement.outerHTML, document.querySelector('.desk, [data-testid=stBidiComponentIsolated]')"
        "?.shadowRoot?.innerHTML ?? ''].join('\\n')"
    )
    page.reload()
    dashboard.strip_shown().beats_found()
    expect(card(dashboard)).to_have_count(0)
    dashboard.go("Recordings")
    everything += page.content() + page.url
    for secret in SECRETS:
        assert secret not in everything, secret
        assert secret not in dashboard.server.log_file.read_text(), secret


def test_whom_a_file_names_is_put_away_by_key_after_what_is_in_hand(window: NewWindow, named: Path) -> None:
    dashboard = upload(window(), named)
    expect(card(dashboard)).to_be_visible()
    page = dashboard.strip_shown().beats_found().page
    page.keyboard.press("c")
    expect(page.locator(".desk .sh-calipers")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".desk .sh-calipers")).to_be_hidden()
    expect(card(dashboard)).to_be_visible()
    page.keyboard.press("Escape")
    expect(card(dashboard)).to_have_count(0)


def test_whom_a_file_names_goes_when_the_page_is_left(window: NewWindow, named: Path) -> None:
    dashboard = upload(window(), named)
    expect(card(dashboard)).to_be_visible()
    for name in ("Recordings", "Review"):
        dashboard.go(name)
        expect(card(dashboard)).to_have_count(0)
        assert "Zwetschke" not in dashboard.page.content()


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "format_name", "telling"),
    [
        ("dicom/waveform_ecg.dcm", "DICOM", "QRS duration"),
        ("scp/Example.scp", "SCP-ECG", "PR interval"),
        ("philips/1_03__129DYPRG.XML", "Philips XML", "Sinus bradycardia"),
        ("aecg/fda_subject1_0.xml", "HL7 aECG", "QT interval"),
    ],
)
def test_files_of_devices_tell_of_themselves(
    dashboard: Dashboard, ecg_data: Path, file: str, format_name: str, telling: str
) -> None:
    upload(dashboard, ecg_data / "formats" / file)
    dashboard.strip_shown().beats_found()
    expect(card(dashboard)).to_be_visible()
    card(dashboard).get_by_role("button", name="Close").click()
    panel = about(dashboard)
    expect(panel.locator(".file-facts").first).to_contain_text(format_name)
    expect(panel.locator(".file-own")).to_contain_text(re.compile(re.escape(telling), re.IGNORECASE))
    notes = panel.locator(".file-notes li").count()
    expect(dashboard.page.locator(".desk .file-button .count")).to_be_visible(visible=notes > 0)
    choices = panel.get_by_role("radio")
    if choices.count() > 1:
        choices.nth(1).check()
        dashboard.page.keyboard.press("Escape")
        chooser = dashboard.page.get_by_role("combobox", name="Annotations of the reference row")
        expect(chooser).to_have_value("1")
        expect(dashboard.page.locator(".desk .sh-ref").first).to_be_visible()


def test_several_recordings_dropped_at_once_are_listed_and_those_that_cannot_be_opened_say_why(
    window: NewWindow, named: Path, table: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.dcm"
    broken.write_bytes(b"\0" * 128 + b"DICM" + b"x" * 300)
    files = [(named.name, named), (f"{LONG}.csv", table), (broken.name, broken)]
    for size in (1440, 900):
        dashboard = window(viewport={"width": size, "height": 900})
        page = dashboard.open().page
        dropped = page.evaluate_handle(
            "files => { const data = new DataTransfer(); for (const [name, bytes] of files)"
            " data.items.add(new File([Uint8Array.from(bytes)], name)); return data; }",
            [[name, list(path.read_bytes())] for name, path in files],
        )
        page.get_by_test_id("stFileUploaderDropzone").dispatch_event("drop", {"dataTransfer": dropped})
        page.get_by_role("button", name="Open upload").click()
        expect(page.locator(".st-key-card_upload")).to_contain_text("3 recordings were uploaded")
        expect(page.locator(".st-key-card_upload")).to_contain_text("1 cannot be opened")
        shelf = page.get_by_role("region", name="Uploaded and fetched recordings")
        expect(shelf.locator("tr").filter(has_text="walnut.edf")).to_contain_text("EDF")
        problem = shelf.locator("tr").filter(has_text="broken.dcm").locator(".note")
        expect(problem).to_contain_text("broken.dcm")
        cut = problem.evaluate(
            "node => node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1"
        )
        assert not cut
        wide = page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth")
        assert wide <= 0
        assert shelf.evaluate("node => node.scrollWidth - node.clientWidth") <= 1


def test_texts_of_a_table_are_shown_as_text(window: NewWindow, tmp_path: Path) -> None:
    path = tmp_path / "rough.csv"
    rows = "\n".join(f"{np.sin(n / 9):.3f},{n % 7}" for n in range(3000))
    path.write_text(f"{HOSTILE},**b** `c` [d](e) {LONG}\n{rows}")
    dashboard = upload(window(), path)
    dialog = dashboard.page.get_by_role("dialog", name="What does this file hold?")
    expect(dialog).to_contain_text(HOSTILE)
    expect(dialog).to_contain_text("**b** `c` [d](e)")
    expect(dialog.locator("img:not(.rs-trace), [onerror]")).to_have_count(0)
    assert dialog.evaluate("node => node.scrollWidth - node.clientWidth") <= 1
    tell(dashboard, "250", "mV")
    dialog.get_by_role("button", name="Open recording").click()
    dashboard.strip_shown()
    expect(dashboard.page.locator(".desk .sh-lead").first).to_have_text(HOSTILE)


def test_a_file_chosen_while_the_page_is_still_drawn_is_taken(window: NewWindow, named: Path) -> None:
    """The page runs again for the name that the browser keeps; the file used to be lost where it began meanwhile."""
    dashboard = window()
    for _ in range(4):
        dashboard.open(settle=False)
        dashboard.page.locator("input[type=file]").set_input_files([named])
        dashboard.page.get_by_role("button", name="Open upload").click()
        dashboard.strip_shown()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_what_files_bring(window: NewWindow, table: Path, named: Path, scheme: str) -> None:
    dashboard = upload(window(color_scheme=scheme), table)
    assert_accessible(dashboard, "a table, nothing told")  # type: ignore[arg-type]
    dialog = tell(dashboard, "100", "µV")
    expect(dialog).to_contain_text("is the sampling rate right?")
    dashboard.settled()
    assert_accessible(dashboard, "a table, told of wrongly")  # type: ignore[arg-type]
    dialog.get_by_role("combobox", name="Sampling rate").fill("360")
    dashboard.page.keyboard.press("Enter")
    expect(dialog).to_contain_text("360 Hz")
    dialog.get_by_role("button", name="Open recording").click()
    dashboard.strip_shown()
    about(dashboard)
    assert_accessible(dashboard, "about a table", "dialog[open]")  # type: ignore[arg-type]
    upload(dashboard, named)
    expect(card(dashboard)).to_be_visible()
    assert_accessible(dashboard, "whom a file names", ".identity-card")  # type: ignore[arg-type]
    dashboard.strip_shown()
    assert_accessible(dashboard, "the title with its button", ".title-line")  # type: ignore[arg-type]


def test_a_gap_between_times_is_told_above_the_strip_and_the_layout_can_be_changed(
    window: NewWindow, signal: tuple[np.ndarray, float], tmp_path: Path
) -> None:
    values, fs_hz = signal
    times_s = np.arange(len(values)) / fs_hz + 10 * (np.arange(len(values)) >= len(values) // 2)
    rows = [f"{time_s:.4f},{one:.3f},{two:.3f}" for time_s, (one, two) in zip(times_s, values, strict=True)]
    path = tmp_path / "ward9.csv"
    path.write_text("\n".join(["time_s,MLII (mV),V5 (mV)", *rows]))
    dashboard = upload(window(), path)
    dashboard.strip_shown().beats_found()
    page = dashboard.page
    told = page.get_by_role("note").filter(has_text="10 s at 10.0 s; shown as a gap")
    expect(told).to_be_visible()
    page.get_by_role("button", name="Change", exact=True).first.click()
    dialog = page.get_by_role("dialog", name="What does this file hold?")
    expect(dialog.locator("img.rs-trace")).to_have_count(3)
    expect(dialog).to_contain_text("named as an ECG lead in mV")
    dialog.get_by_role("combobox", name="Sampling rate").fill(f"{fs_hz:g}")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("20 s · 360 Hz")
    dialog.get_by_role("button", name="Open recording").click()
    expect(dialog).to_be_hidden()
    dashboard.strip_shown().beats_found()
    expect(page.get_by_role("note").filter(has_text="given by a person")).to_be_visible()
