"""How the dashboard feels, measured in Chromium on a day of three leads at 360 Hz.

``make bench-ui``, or ``python tests/bench/ui.py [--people N] [--json FILE]``. The server is the one of ``make run``;
the recording is made by ``synth`` and analysed once, both kept in the cache folder. Times are taken inside the page,
from the key or click to the painted strip; memory is the server's resident set.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE), str(ROOT / "tests" / "browser")]

from driving import Dashboard, Server, launch, serve  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from table import Row, number, render  # noqa: E402

from ecg_core.caching import cache_folder  # noqa: E402

SCENARIO, SEED = "holter_day", 1
DAY, MINUTES = "day", "minutes"
STARTS_S: Final = 9 * 3600
HOURS: Final = {DAY: 24.0, MINUTES: 5 / 60}
OPENINGS, JUMPS, EDITS, SPLITS = 5, 60, 20, 5
PAN_S: Final = 3.0
KIB: Final = 1024
LIMITS: Final = {
    "first page": "3,000 ms",
    "first strip": "1,500 ms",
    "jump": "200 ms at 95 %",
    "bytes": "150 kB",
    "frames": "50 / s",
    "edit": "100 ms",
    "recording": "300 MB",
    "person": "50 MB",
}

# Waits until the strip shows a place with all of its signal drawn; resolves to the time that took.
_PROBE: Final = """
window.probe = {
  sheet() {
    for (const host of document.querySelectorAll('*')) {
      const found = host.shadowRoot?.querySelector('.desk .sh-paper[data-start]');
      if (found) return found;
    }
    return document.querySelector('.desk .sh-paper[data-start]');
  },
  root() { return this.sheet().closest('.desk'); },
  painted(test, began) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const sheet = this.sheet();
        if (sheet && sheet.dataset.whole === 'true' && test(Number(sheet.dataset.start))) {
          resolve(performance.now() - began);
        } else if (performance.now() - began > 30000) reject(new Error('not painted'));
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
  },
  jump(text, startS) {
    const field = this.root().querySelector('input.sh-go');
    field.focus();
    field.value = text;
    const began = performance.now();
    field.dispatchEvent(new Event('input', {bubbles: true}));
    field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true}));
    return this.painted((at) => Math.abs(at - startS) < 5, began);
  },
  families() { return this.root().querySelectorAll('.family-card').length; },
  following(families, began) {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.families() === families) resolve(performance.now() - began);
        else if (performance.now() - began > 30000) reject(new Error('the families did not follow'));
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
  },
  async split() {
    this.root().querySelector('.family-card').click();
    const button = [...this.root().querySelectorAll('button')].find((each) => each.textContent === 'split');
    const families = this.families();
    const began = performance.now();
    button.click();
    return this.following(families + 1, began);
  },
  async undo() {
    const families = this.families();
    const began = performance.now();
    const pressed = {key: 'u', bubbles: true, composed: true, cancelable: true};
    this.sheet().dispatchEvent(new KeyboardEvent('keydown', pressed));
    return this.following(families - 1, began);
  },
  frames(seconds) {
    return new Promise((resolve) => {
      const times = [];
      const began = performance.now();
      const tick = (now) => {
        times.push(now);
        if (now - began < seconds * 1000) requestAnimationFrame(tick);
        else resolve(times);
      };
      requestAnimationFrame(tick);
    });
  },
};
"""


def main() -> int:
    """Measure, print the table, and write the figures where asked."""
    parser = argparse.ArgumentParser(description="Measure how the dashboard feels in Chromium.")
    parser.add_argument("--people", type=int, default=10, help="windows at once in the last part (default: 10)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here too")
    arguments = parser.parse_args()
    folder = cache_folder("bench-ui")
    _prepare(folder)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = launch(playwright)
        kept = {"ECG_DATA": str(folder), "RHYTHMOSCOPE_CACHE": str(folder / "cache")}
        kept["RHYTHMOSCOPE_HOME"] = scratch
        with serve(Path(scratch), **kept) as server:
            _measure(browser, server, arguments.people, figures)
        browser.close()
    print(render(_tables(figures)))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def _prepare(folder: Path) -> None:
    """Make and analyse the recordings unless they are there."""
    environment = {**os.environ, "RHYTHMOSCOPE_CACHE": str(folder / "cache"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    for name, hours in HOURS.items():
        if (folder / name / f"{SCENARIO}.hea").is_file():
            continue
        _say(f"making {hours:g} h of {SCENARIO} ...")
        out = ["--hours", str(hours), "--seed", str(SEED), "--out", str(folder / name)]
        subprocess.run(
            [sys.executable, "-m", "ecg_core", "synth", SCENARIO, *out], check=True, cwd=ROOT, env=environment
        )
    _say("analysing (kept from an earlier run where it can be) ...")
    with tempfile.TemporaryDirectory() as out:
        for name in HOURS:
            record = str(folder / name / f"{SCENARIO}.hea")
            command = [sys.executable, "-m", "ecg_core", "analyse", record, "--out", f"{out}/{name}"]
            subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def _measure(browser: Browser, server: Server, people: int, figures: dict[str, Any]) -> None:
    figures["first page"] = _first_page(browser, server)
    figures["memory"] = {"first page": _resident_mb(server)}
    figures["memory"]["idle"] = _warmed_mb(browser, server)
    figures["openings"] = {name: _openings(browser, server, name) for name in HOURS}
    figures["memory"]["recording"] = _resident_mb(server)
    for name in HOURS:
        figures[name] = _reading(browser, server, name)
    figures["memory"]["read"] = _resident_mb(server)
    figures["people"] = _together(browser, server, people)
    figures["memory"]["together"] = _resident_mb(server)


def _first_page(browser: Browser, server: Server) -> float:
    """Return the time from the address to the page's content, the server having answered its health address."""
    with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=10):
        began = time.perf_counter()
    dashboard = Dashboard(browser, server)
    dashboard.open(settle=False)
    dashboard.page.locator(".picklist .name").first.wait_for()
    taken = time.perf_counter() - began
    dashboard.close()
    return taken


def _openings(browser: Browser, server: Server, name: str) -> list[float]:
    """Return times from choosing the recording on the Recordings page to its painted strip, server and browser warm."""
    taken = []
    for _ in range(OPENINGS):
        dashboard = Dashboard(browser, server)
        dashboard.open()
        page = dashboard.page
        page.evaluate(_PROBE)
        row = page.locator(".picklist .name").get_by_text(f"{name}/{SCENARIO}", exact=True)
        row.wait_for()
        began = time.perf_counter()
        row.click()
        page.evaluate("() => probe.painted(() => true, performance.now())")
        taken.append(time.perf_counter() - began)
        dashboard.close()
    return taken


def _opened(browser: Browser, server: Server, name: str) -> Dashboard:
    dashboard = Dashboard(browser, server)
    dashboard.open("review", rec=f"local/{name}/{SCENARIO}")
    dashboard.page.evaluate(_PROBE)
    dashboard.page.evaluate("() => probe.painted(() => true, performance.now())")
    dashboard.beats_found()
    return dashboard


def _reading(browser: Browser, server: Server, name: str) -> dict[str, Any]:
    """Jump about, pan, relabel beats and split a family in one recording."""
    dashboard = _opened(browser, server, name)
    page, chance = dashboard.page, random.Random(1)
    received: list[int] = []
    page.on("response", lambda answer: received.append(int(answer.headers.get("content-length") or 0)))
    last_s = HOURS[name] * 3600 - 30
    jumps, sizes = [], []
    for _ in range(JUMPS):
        to_s = chance.randrange(20, int(last_s))
        received.clear()
        text = _time_of_day(to_s)
        jumps.append(float(page.evaluate("([text, at]) => probe.jump(text, at)", [text, to_s - 10 / 3])))
        page.wait_for_timeout(250)
        sizes.append(sum(received))
    frames = _pan(dashboard)
    edits = _relabel(dashboard)
    splits = _split(dashboard)
    dashboard.check()
    dashboard.close()
    return {"jumps_ms": jumps, "bytes": sizes, "frames": frames, "edits_ms": edits, **splits}


def _time_of_day(at_s: int) -> str:
    """Write where to go as a person types it: the recordings begin at nine in the morning."""
    total = (STARTS_S + at_s) % 86400
    return f"{total // 3600}:{total // 60 % 60:02d}:{total % 60:02d}"


def _pan(dashboard: Dashboard) -> dict[str, float]:
    """Drag the strip to and fro and count the frames."""
    page = dashboard.page
    box = page.locator(".desk .sh-paper").bounding_box()
    assert box is not None
    middle_y = box["y"] + box["height"] / 2
    page.evaluate(f"() => {{ probe.seen = probe.frames({PAN_S}); }}")
    began = time.perf_counter()
    page.mouse.move(box["x"] + 900, middle_y)
    page.mouse.down()
    step = 0
    while time.perf_counter() - began < PAN_S:
        step += 1
        page.mouse.move(box["x"] + 900 - (step * 7) % 600, middle_y)
    page.mouse.up()
    times = page.evaluate("() => probe.seen")
    gaps = sorted(after - before for before, after in pairwise(times))
    return {"per_s": 1000 * len(gaps) / sum(gaps), "slowest_5_percent_ms": gaps[int(0.95 * len(gaps))]}


def _relabel(dashboard: Dashboard) -> list[float]:
    """Return times from a key that relabels to figures that followed, server's answer included."""
    page = dashboard.page
    page.locator(".desk .sh-paper").focus()
    taken = []
    for index in range(EDITS):
        page.keyboard.press("Shift+ArrowRight")
        letter = "VS"[index % 2]
        with page.expect_response(lambda answer: answer.url.endswith("/edits")) as answered:
            began = time.perf_counter()
            page.keyboard.press(letter.lower())
        answered.value.finished()
        taken.append(1000 * (time.perf_counter() - began))
    return taken


def _split(dashboard: Dashboard) -> dict[str, list[float]]:
    """Return times from splitting the largest family, and from undoing it, to the pictures that followed."""
    page = dashboard.page
    page.get_by_role("tab", name="Families").click()
    page.locator(".desk .family-card").first.wait_for()
    splits, undos = [], []
    for _ in range(SPLITS):
        splits.append(float(page.evaluate("() => probe.split()")))
        page.wait_for_timeout(250)
        undos.append(float(page.evaluate("() => probe.undo()")))
        page.wait_for_timeout(250)
    return {"splits_ms": splits, "undos_ms": undos}


def _together(browser: Browser, server: Server, people: int) -> dict[str, Any]:
    """Let several people read the day at once; returns all their jumps' times and what each of them cost."""
    before = _resident_mb(server)
    windows = [_opened(browser, server, DAY) for _ in range(people)]
    chance = random.Random(2)
    taken = []
    for _ in range(6):
        jumps = []
        for window in windows:
            to_s = chance.randrange(20, 86000)
            text = _time_of_day(to_s)
            script = "([text, at]) => { probe.last = probe.jump(text, at); }"
            window.page.evaluate(script, [text, to_s - 10 / 3])
            jumps.append(window)
        taken += [float(window.page.evaluate("() => probe.last")) for window in jumps]
    after = _resident_mb(server)
    for window in windows:
        window.check()
        window.close()
    return {"n": people, "jumps_ms": taken, "mb_each": (after - before) / max(people, 1)}


def _warmed_mb(browser: Browser, server: Server) -> float:
    """Return the memory of the idle server once TensorFlow was imported in the background."""
    dashboard = Dashboard(browser, server)
    dashboard.open("review", rec="demo/demo_sinus").strip_shown().beats_found()
    seen = [_resident_mb(server)]
    while len(seen) < 90 and not (seen[-1] > seen[0] + 200 and max(seen[-8:]) - min(seen[-8:]) < 2):
        time.sleep(1)
        seen.append(_resident_mb(server))
    dashboard.close()
    return seen[-1]


def _resident_mb(server: Server) -> float:
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / KIB


def _tables(figures: dict[str, Any]) -> list[tuple[str, list[Row]]]:
    day, minutes, memory = figures[DAY], figures[MINUTES], figures["memory"]
    rows: list[Row] = [
        ("", "24 h", "5 min", "asked"),
        ("first page", number(1000 * figures["first page"], " ms"), "", LIMITS["first page"]),
        (
            "choosing the recording to first strip, median",
            *(number(1000 * statistics.median(figures["openings"][name]), " ms") for name in HOURS),
            LIMITS["first strip"],
        ),
        ("jump, median", *(number(statistics.median(part["jumps_ms"]), " ms") for part in (day, minutes)), ""),
        ("jump, 95 %", *(number(_at(part["jumps_ms"], 0.95), " ms") for part in (day, minutes)), LIMITS["jump"]),
        (
            "sent for a jump, most",
            *(number(max(part["bytes"]) / 1000, " kB") for part in (day, minutes)),
            LIMITS["bytes"],
        ),
        ("panning", *(number(part["frames"]["per_s"], " / s") for part in (day, minutes)), LIMITS["frames"]),
        (
            "edit to figures that follow, median",
            *(number(statistics.median(part["edits_ms"]), " ms") for part in (day, minutes)),
            LIMITS["edit"],
        ),
        *(
            (label, *(number(statistics.median(part[name]), " ms") for part in (day, minutes)), LIMITS["edit"])
            for label, name in (
                ("split of the largest family to all pictures, median", "splits_ms"),
                ("the split undone, median", "undos_ms"),
            )
        ),
    ]
    people = figures["people"]
    together: list[Row] = [
        ("", "measured", "asked"),
        ("jump, median", number(statistics.median(people["jumps_ms"]), " ms"), ""),
        ("jump, 95 %", number(_at(people["jumps_ms"], 0.95), " ms"), ""),
        ("server's memory for each", number(people["mb_each"], " MB"), LIMITS["person"]),
    ]
    server: list[Row] = [
        ("", "measured", "asked"),
        ("first page shown", number(memory["first page"], " MB"), ""),
        ("idle, TensorFlow imported in the background", number(memory["idle"], " MB"), ""),
        ("a day and five minutes opened, above idle", number(memory["recording"] - memory["idle"], " MB"), ""),
        ("both read and edited, above idle", number(memory["read"] - memory["idle"], " MB"), LIMITS["recording"]),
    ]
    return [("ONE PERSON", rows), (f"{people['n']} PEOPLE AT ONCE", together), ("SERVER'S MEMORY", server)]


def _at(values: list[float], share: float) -> float:
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
