"""A cohort of synthetic patients whose beats are classified already, and the review desk in a clinician's hands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import wfdb
from driving import ROOT, WAIT_MS, Dashboard, Server, serve
from playwright.sync_api import Locator, expect

from ecg_core.synthesis import write_scenario

HOLTER = "holter"
"""More than two hours of a Holter recording with atrial fibrillation, runs and pauses."""

HOLTER_HOURS = 2.6
PATIENTS = ("ada", "bea", "cleo", "dora", "emma", "flora", "gina")
"""Five minutes each of ventricular ectopy with couplets and a run of five; each is another heart."""

MISLABELLED = "greta"
"""Another one, whose file has faults in its labels, see `put_faults`."""


@dataclass(frozen=True)
class Cohort:
    """Recordings in a folder, and a cache that knows their classes.

    Attributes
    ----------
    data, cache : Path
    """

    data: Path
    cache: Path

    @contextmanager
    def serve(self, folder: Path, port: int | None = None, network: bool = False) -> Iterator[Server]:
        """Serve the cohort; without `network` TensorFlow is never imported, since all classes are there."""
        environment = {"ECG_DATA": str(self.data), "RHYTHMOSCOPE_CACHE": str(self.cache)}
        with serve(folder, port, network=network, **environment) as server:
            yield server

    @contextmanager
    def serve_to_be_killed(self, folder: Path, port: int) -> Iterator[Server]:
        """Serve the cohort with a server that somebody may kill."""
        folder.mkdir(parents=True, exist_ok=True)
        serving = self.serve(folder, port)
        server = serving.__enter__()
        try:
            yield server
        finally:
            server.process.kill()
            server.process.wait()


def make_cohort(folder: Path) -> Cohort:
    """Make and classify the cohort's recordings."""
    cohort = Cohort(folder / "data", folder / "cache")
    write_patient(cohort.data, HOLTER, "holter_day", seed=3, hours=HOLTER_HOURS)
    for seed, name in enumerate(PATIENTS, start=11):
        write_patient(cohort.data, name, "demo_pvc", seed=seed)
    write_patient(cohort.data, MISLABELLED, "demo_pvc", seed=31)
    put_faults(cohort.data / MISLABELLED)
    command = [sys.executable, "-m", "ecg_core", "analyse", "--out", str(folder / "results")]
    settings = {**os.environ, "RHYTHMOSCOPE_CACHE": str(cohort.cache), "TF_CPP_MIN_LOG_LEVEL": "3"}
    records = [str(cohort.data / name) for name in (HOLTER, *PATIENTS, MISLABELLED)]
    subprocess.run([*command, *records], check=True, cwd=ROOT, env=settings, capture_output=True)
    return cohort


def write_patient(folder: Path, name: str, scenario: str, seed: int, hours: float | None = None) -> None:
    """Write a scenario under a name of its own."""
    header = write_scenario(scenario, folder, hours=hours, seed=seed)
    for file in list(folder.glob(f"{scenario}.*")):
        file.rename(folder / f"{name}{file.suffix}")
    renamed = folder / f"{name}{header.suffix}"
    renamed.write_text(renamed.read_text().replace(scenario, name))


def put_faults(record: Path) -> None:
    """Put faults into a record's labels: VF in sinus rhythm, a second mark on a beat, a normal beat called V."""
    marks = wfdb.rdann(str(record), "atr")
    sample, symbol, aux = marks.sample.tolist(), list(marks.symbol), list(marks.aux_note)
    normal = [at for at in range(60, 90) if symbol[at - 1 : at + 3] == ["N"] * 4]
    symbol[normal[0]] = "V"
    more = [
        (sample[normal[2]] + 70, "V", ""),
        (sample[normal[5]] + 100, "+", "(VFL"),
        (sample[normal[7]] + 100, "+", "(N"),
    ]
    rows = sorted([*zip(sample, symbol, aux, strict=True), *more])
    samples, symbols, notes = (list(column) for column in zip(*rows, strict=True))
    wfdb.wrann(record.name, "atr", np.array(samples), symbols, aux_note=notes, write_dir=str(record.parent))


class Desk(Dashboard):
    """The review desk in a window of its own, as one clinician has it."""

    def review(self, name: str, **params: str | float) -> Desk:
        """Open one of the cohort's recordings and wait for its classes."""
        self.open("review", rec=f"local/{name}", **params)
        return self.read_in(name)

    def read_in(self, name: str) -> Desk:
        """Wait until strip, beats and classes are there."""
        self.strip_shown(name)
        expect(self.page.get_by_label("Beats by class")).to_contain_text(re.compile(r"N: \d"))
        expect(self.letters.first).to_be_visible()
        return self

    def press(self, *keys: str) -> Desk:
        """Press keys one after the other and see what comes of them."""
        for key in keys:
            self.page.keyboard.press(key)
        self.painted()
        return self

    def tab(self, name: str) -> Locator:
        """Open a tab below the overview and return its panel."""
        self.page.get_by_role("tab", name=name).click()
        panel = self.page.get_by_role("tabpanel", name=name)
        expect(panel).to_be_visible()
        return panel

    def choose_from(self, menu: str, *items: str) -> None:
        """Choose from one of the strip's menus; it is closed afterwards."""
        opener = self.page.locator(".desk .sh-menu", has=self.page.get_by_role("menu", name=menu, include_hidden=True))
        opener.locator(".sh-open").click()
        for item in items:
            choice = re.compile(rf"^{re.escape(item)}$")
            opener.locator("[role^=menuitem]").filter(has_text=choice).click()
        if opener.get_by_role("menu").is_visible():
            self.page.keyboard.press("Escape")

    def until(self, test: Callable[[], bool]) -> None:
        """Wait until something is so that no locator can tell."""
        deadline = time.monotonic() + WAIT_MS / 1000
        while not test():
            assert time.monotonic() < deadline, "It did not come to this."
            self.page.wait_for_timeout(50)
        self.painted()

    def start_s(self) -> float:
        """Return the first second on the strip."""
        return float(self.paper.get_attribute("data-start") or "nan")

    def go_to(self, text: str) -> None:
        """Type a time and go there."""
        field = self.page.get_by_label("Go to a time")
        field.fill(text)
        field.press("Enter")
        self.strip_shown()

    def shown(self) -> list[tuple[int, str, float]]:
        """Return sample, letter and middle in px of each letter on the strip, in order of time."""
        found = self.letters.evaluate_all(
            "nodes => nodes.map((node) => { const box = node.getBoundingClientRect();"
            " return [Number(node.dataset.sample), node.textContent, (box.left + box.right) / 2]; })"
        )
        return sorted((int(sample), str(letter), float(x)) for sample, letter, x in found)

    def beat(self, sample: int) -> Locator:
        """Return a beat's letter."""
        return self.page.locator(f'.desk .sh-letters .sh-beat[data-sample="{sample}"]')

    def figure(self, caption: str) -> str:
        """Return a figure of the summary, with its unit."""
        cell = self.page.locator(".desk .summary .figure").filter(has=self.page.get_by_text(caption, exact=True))
        return " ".join(cell.inner_text().removesuffix(caption).split())

    @property
    def status(self) -> Locator:
        """The line that says whether all is saved, or what went wrong."""
        return self.page.locator(".desk .title-line .status")

    @property
    def events(self) -> Locator:
        """The events in sight of their list."""
        return self.page.get_by_role("listbox", name="Events, most urgent first").get_by_role("option")

    @property
    def event(self) -> Locator:
        """The event that one has gone to."""
        return self.page.locator(".desk .events .event.current")

    @property
    def undo_button(self) -> Locator:
        return self.page.get_by_role("button", name=re.compile(r"^(Undo|Nothing to undo)"))

    @property
    def redo_button(self) -> Locator:
        return self.page.get_by_role("button", name=re.compile(r"^(Redo|Nothing to redo)"))

    def expect_counts(self, **counts: int) -> None:
        """Wait for these numbers of beats by class; classes that are not named are not looked at."""
        for letter, count in counts.items():
            expect(self.page.get_by_label("Beats by class")).to_contain_text(
                re.compile(rf"{letter}: {count:,}(?![\d,])")
            )
