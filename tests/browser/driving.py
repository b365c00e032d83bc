"""Driving the dashboard as people meet it: the server of ``make run``, a Chromium, and what goes wrong in either."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Playwright, Request, WebSocket, expect

ROOT = Path(__file__).resolve().parents[2]
_CONTENT = {
    "Recordings": ".st-key-card_demos",
    "Review": ".desk .sh-paper[data-whole=true]",
    "Report": ".st-key-report_fields, .st-key-card_classify",
    "Screening": ".st-key-card_screening_start",
    "Explain": ".st-key-explain_controls, .st-key-card_classify",
    "Teaching": ".st-key-card_case_search, .st-key-card_case_history",
    "Model": ".st-key-card_model",
    "About": ".st-key-card_about",
}
PAGES = tuple(_CONTENT)
WAIT_MS = 150_000
"""For whatever computes: a loaded machine of two cores takes tens of seconds to import TensorFlow."""

expect.set_options(timeout=WAIT_MS)

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)
_BAD = re.compile(r"traceback|error|exception|critical|warning|^[EF]\d{4} ", re.IGNORECASE)
_FINE = ("debug", "info")
# What TensorFlow says of itself when it starts: no GPU, no such library, fast arithmetic.
_TENSORFLOW = re.compile(
    r"^WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR"
    r"|^[IWE]\d{4} .*\b(port|cudart_stub|cpu_feature_guard|cuda_\w+|gpu_device|device_compiler|service|asm_compiler"
    r"|cuda_dnn|cuda_blas|cuda_fft|cuda_executor|cuda_platform|computation_placer|rocm_\w+)\.cc:\d+\]"
)
# Where a link to a page is opened, Streamlit's client looks for its server below the page's path first.
_SEEKING = re.compile(
    r"/(review|report|screening|explain|teaching|model|about|administration)/_stcore/(health|host-config)$"
)
_GIVEN_UP = re.compile(
    r"/api/desk/(span|disclosure|saliency|pacing|changes|state|beats|differences|trends|variability|family|criteria"
    r"|episode_criteria|diary|sleep|readers|worklist)\b"
)


class Server:
    """A running dashboard.

    Attributes
    ----------
    url : str
        Without a slash at the end.
    log_file : Path
    process : subprocess.Popen
    """

    def __init__(self, url: str, log_file: Path, process: subprocess.Popen[bytes]) -> None:
        self.url, self.log_file, self.process = url, log_file, process
        self._read = 0

    def new_lines(self) -> list[str]:
        """Return what the server logged since the last call."""
        text = self.log_file.read_text(encoding="utf-8", errors="replace")
        lines, self._read = text[self._read :].splitlines(), len(text)
        return lines

    def check(self, *expected: str) -> None:
        """Assert that the server runs and has logged no problem since the last check, but for expected events."""
        lines = self.new_lines()
        bad = [line for line in lines if _is_bad(line) and not any(f'"event": "{name}"' in line for name in expected)]
        assert not bad, "The server logged:\n" + "\n".join(lines)
        assert self.process.poll() is None, "The server has stopped:\n" + "\n".join(lines)


@contextmanager
def serve(
    folder: Path, port: int | None = None, stopped: bool = False, network: bool = True, **environment: str
) -> Iterator[Server]:
    """Serve the dashboard as ``make run`` does: own cache and edits, no local folder, no way to PhysioNet.

    Parameters
    ----------
    folder : Path
        For cache, edits and log.
    port : int, optional
        A free one by default.
    stopped : bool
        Whether the caller stops the server, so that it need not run at the end.
    network : bool
        False where no network computes: an import of TensorFlow, which takes six seconds of CPU, never ends then.
    **environment : str
        Further environment variables.
    """
    port, closed = port or free_port(), free_port()
    if not network:
        environment["PYTHONPATH"] = str(_without_tensorflow(folder / "idle"))
    settings = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "ECG_DATA": "",  # thousands of recordings would be listed by each server and drawn on each visit
        "RHYTHMOSCOPE_CACHE": str(folder / "cache"),
        "RHYTHMOSCOPE_HOME": str(folder / "home"),
        "RHYTHMOSCOPE_PHYSIONET_URL": f"http://127.0.0.1:{closed}",
        "RHYTHMOSCOPE_ROOTS": tempfile.gettempdir(),
        **environment,
    }
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    log_file = folder / "server.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=log, stderr=subprocess.STDOUT)
    server = Server(f"http://127.0.0.1:{port}", log_file, process)
    try:
        _await_health(server)
        yield server
        if not stopped:
            server.check()
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _without_tensorflow(folder: Path) -> Path:
    """Make a folder with modules in the place of TensorFlow and Keras whose import never ends."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tensorflow", "keras"):
        (folder / f"{name}.py").write_text("import time\n\ntime.sleep(86400)\n")
    return folder


def _is_bad(line: str) -> bool:
    """Tell whether a line of the log speaks of a problem: an event by its level, anything else by its words."""
    try:
        told = json.loads(line)
    except ValueError:
        told = None
    if isinstance(told, dict) and "level" in told:
        return told["level"] not in _FINE
    return bool(_BAD.search(line)) and not _TENSORFLOW.search(line)


def _await_health(server: Server, patience_s: float = 150) -> None:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError("The server did not start:\n" + "\n".join(server.new_lines()))


def free_port() -> int:
    """Return a local port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def launch(playwright: Playwright) -> Browser:
    """Start the Chromium of the PATH, else Playwright's own."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return playwright.chromium.launch(executable_path=next(filter(None, found), None), args=list(_ARGUMENTS))


def person_of_test() -> str:
    """Return a name of its own for each test: tests share recordings, and nobody undoes what another has done."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rsplit(" ", 1)[0]
    return f"Dr. Ames {zlib.crc32(test.encode()) % 10_000}"


class Dashboard:
    """The dashboard in a window of its own, as one person has it, whose name the browser knows unless it is None.

    Attributes
    ----------
    page : Page
    problems : list of str
        What went wrong in page, console and network, and every address asked for that is not the server's.
    received : list of int
        Bytes of each message that came from the server.
    """

    def __init__(self, browser: Browser, server: Server, person: str | None = "", **context: Any) -> None:
        if person == "":
            person = person_of_test()
        self.server = server
        self.problems: list[str] = []
        self.received: list[int] = []
        self._context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **context})
        if person:
            kept = json.dumps(json.dumps({"person": person}))
            unless_kept = "localStorage.getItem('rhythmoscope.desk') ||"
            self._context.add_init_script(f"{unless_kept} localStorage.setItem('rhythmoscope.desk', {kept})")
        self.page = self._context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.problems.append(f"page: {error}"))
        self._under_way: set[Request] = set()
        self._left_behind: set[Request] = set()
        self._leaving = False
        self.page.on("request", self._note_request)
        self.page.on("requestfinished", lambda request: self._under_way.discard(request))
        self.page.on("requestfailed", self._note_failure)
        self.page.on("domcontentloaded", self._note_arrival)
        self.page.on("websocket", self._note_socket)

    def close(self) -> None:
        """Close the window."""
        self._context.close()

    def open(self, page: str = "", settle: bool = True, **params: str | float) -> Dashboard:
        """Open an address, as from a link."""
        query = f"?{urlencode(params, safe='/')}" if params else ""
        self.page.goto(f"{self.server.url}/{page}{query}")
        return self.settled() if settle else self

    def go(self, name: str) -> Dashboard:
        """Choose a page by its name in the header, or in the sidebar that takes its place in narrow windows."""
        header, side = (self.page.get_by_test_id(f"st{where}NavLink") for where in ("Top", "Sidebar"))
        opener = self.page.get_by_test_id("stExpandSidebarButton")
        expect(header.or_(side).first).to_be_attached()
        links = header if header.count() else side
        if not header.count() and opener.is_visible():
            opener.click()
        links.filter(has_text=name).first.click()
        current = links.and_(self.page.locator('[aria-current="page"]'))
        expect(current.filter(has_text=name).first).to_be_attached()
        expect(self.page.locator(_CONTENT[name]).first).to_be_visible()
        return self.settled()

    def settled(self) -> Dashboard:
        """Wait until the server has answered."""
        app = self.page.locator('[data-testid="stApp"][data-test-connection-state="CONNECTED"]')
        expect(app).to_have_attribute("data-test-script-state", "notRunning")
        # The last that a page draws: of a new window, the script may not have begun when it was not running above.
        expect(self.page.locator(".rs-standing")).to_contain_text("decision support")
        expect(app).to_have_attribute("data-test-script-state", "notRunning")
        return self

    def choose(self, name: str) -> Dashboard:
        """Open a recording of the Recordings page; the demos are closed where the worklist holds anything."""
        closed = self.page.locator(".st-key-card_demos details:not([open]) summary")
        if closed.count():
            closed.click()
        self.page.locator(".picklist .name").get_by_text(name, exact=True).click()
        return self.strip_shown()

    def strip_shown(self, name: str | re.Pattern[str] | None = None) -> Dashboard:
        """Wait for the strip with its signal, of a certain recording if it is given."""
        self.painted()
        expect(self.page.locator(".desk .sh-paper[data-whole=true]")).to_be_visible()
        if name:
            expect(self.page.locator(".desk h1")).to_have_text(name)
        return self

    def painted(self) -> Dashboard:
        """Wait until the page has drawn what it knows: what has changed is drawn with the next frame."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return self

    def beats_found(self) -> Dashboard:
        """Wait for the beats of the recording."""
        expect(self.page.locator(".desk .live")).to_contain_text(re.compile(r"[\d,]+ beats"), timeout=3 * WAIT_MS)
        return self

    def classify(self) -> Dashboard:
        """Classify the beats and wait for their classes."""
        self.beats_found()
        self.page.get_by_role("button", name="Classify beats").click()
        expect(self._classes).to_be_visible(timeout=3 * WAIT_MS)
        return self

    def classified(self) -> Dashboard:
        """Classify the beats unless an earlier visit has."""
        button = self.beats_found().page.get_by_role("button", name="Classify beats")
        expect(button.or_(self._classes).first).to_be_visible()
        return self.classify() if button.is_visible() else self

    def saved(self) -> Dashboard:
        """Wait until the server has every edit."""
        expect(self.page.locator(".desk .status")).not_to_contain_text(re.compile("saving|wait"))
        return self

    def counts(self) -> dict[str, int]:
        """Return the beats by class of the summary."""
        text = self._classes.text_content() or ""
        return {label: int(count.replace(",", "")) for label, count in re.findall(r"([NSVFQ]): ([\d,]+)", text)}

    @property
    def _classes(self) -> Locator:
        """The summary's counts, once there are any."""
        return self.page.get_by_label("Beats by class").filter(has_text=re.compile(r"N: [\d,]+"))

    @property
    def paper(self) -> Locator:
        """The strip itself, which takes the keys."""
        return self.page.locator(".desk .sh-paper")

    @property
    def letters(self) -> Locator:
        """The letters above the traces."""
        return self.page.locator(".desk .sh-letters .sh-beat")

    @property
    def selected(self) -> Locator:
        """The chosen beat's letter."""
        return self.page.locator(".desk .sh-letters .sh-beat.chosen")

    @property
    def span(self) -> Locator:
        """The times from and to of the strip."""
        return self.page.locator(".desk .sh-range")

    def select_other(self, do: Any) -> Locator:
        """Do something that chooses another beat; wait for it and return its letter."""
        before = self.chosen_sample()
        do()
        expect(self.selected).not_to_have_attribute("data-sample", before or "none")
        return self.selected

    def chosen_sample(self) -> str | None:
        """Return the sample of the chosen beat, None if none is."""
        return self.selected.get_attribute("data-sample") if self.selected.count() else None

    def address(self) -> Mapping[str, str]:
        """Return the address's parameters."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.page.url).query).items()}

    def expect_address(self, **params: str) -> None:
        """Wait until the address says so."""
        self.page.wait_for_url(lambda url: params.items() <= _params(url).items(), timeout=WAIT_MS)

    def check(self, *expected: str) -> None:
        """Assert that nothing went wrong so far, here or in the server, but for expected events of its log."""
        assert not self.problems, "\n".join(self.problems)
        assert self.page.get_by_test_id("stException").count() == 0, "The page shows an exception."
        self.server.check(*expected)

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not _SEEKING.search(message.location["url"]):
            self.problems.append(f"console: {message.text} ({message.location['url']})")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.server.url, "data:", "blob:")):
            self.problems.append(f"elsewhere: {request.url}")
        if request.is_navigation_request():
            self._leaving = True
            self._left_behind |= self._under_way
        elif self._leaving:
            self._left_behind.add(request)
        self._under_way.add(request)

    def _note_arrival(self, _page: Page) -> None:
        self._leaving = False

    def _note_failure(self, request: Request) -> None:
        self._under_way.discard(request)
        # What the desk no longer needs it stops asking for; of what a page asked before a reload Chromium says the
        # same, even where it goes on to the server.
        expected = _GIVEN_UP.search(request.url) or request in self._left_behind
        if not (expected and request.failure == "net::ERR_ABORTED"):
            self.problems.append(f"failed: {request.url} {request.failure}")

    def _note_socket(self, socket_: WebSocket) -> None:
        if urlsplit(socket_.url).netloc != urlsplit(self.server.url).netloc:
            self.problems.append(f"elsewhere: {socket_.url}")
        socket_.on("framereceived", lambda payload: self.received.append(len(payload)))


def _params(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


NewWindow = Callable[..., Dashboard]
"""Opens another window; takes what Playwright's ``new_context`` takes."""


@contextmanager
def windows_on(server: Server, browser: Browser, kind: type[Dashboard]) -> Iterator[Callable[..., Dashboard]]:
    """Open windows on a dashboard; whatever went wrong in one of them is raised at the end."""
    opened: list[Dashboard] = []

    def new(**context: object) -> Dashboard:
        opened.append(kind(browser, server, **context))
        return opened[-1]

    try:
        yield new
        for dashboard in opened:
            dashboard.check()
    finally:
        server.new_lines()
        for dashboard in opened:
            dashboard.close()
