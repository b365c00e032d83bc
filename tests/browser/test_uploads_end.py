"""Uploads end with their window and with the server, however it is stopped; a link to one opens nothing afterwards."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from driving import Dashboard, Server, serve
from playwright.sync_api import Browser, expect
from test_uploading import Uploading

GRACE_S = 4
CSV = b"time_s,II (mV)\n" + b"".join(b"%.3f,%.3f\n" % (n / 250, (n % 200 == 0) * 1.0) for n in range(5000))


def soon(true: Callable[[], bool], patience_s: float = 60) -> bool:
    deadline = time.monotonic() + patience_s
    while not true() and time.monotonic() < deadline:
        time.sleep(0.1)
    return true()


@contextmanager
def serving(folder: Path, stopped: bool = False) -> Iterator[tuple[Server, Path]]:
    """Serve the dashboard with a folder of temporary files of its own."""
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    named = {"TMPDIR": str(temporary), "RHYTHMOSCOPE_UPLOAD_GRACE_S": str(GRACE_S)}
    with serve(folder, stopped=stopped, network=False, **named) as server:
        yield server, temporary


def kept(temporary: Path) -> list[Path]:
    return [path for path in temporary.rglob("*") if path.is_file() and path.suffix == ".csv"]


def uploaded(browser: Browser, server: Server) -> Dashboard:
    dashboard = Dashboard(browser, server)
    dashboard.open()
    uploading = Uploading(dashboard)
    uploading.give({"patient.csv": CSV})
    uploading.opened()
    return dashboard


def test_a_link_to_an_upload_opens_nothing_once_its_window_is_closed(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path) as (server, temporary):
        mine = uploaded(browser, server)
        rec = mine.address()["rec"]
        assert len(kept(temporary)) == 1
        colleague = Dashboard(browser, server)
        colleague.open("review", rec=rec).strip_shown()
        mine.page.reload()
        mine.settled().strip_shown()
        assert len(kept(temporary)) == 1

        mine.close()
        stranger = Dashboard(browser, server)
        stranger.open("review", rec=rec, settle=False)
        expect(stranger.page.locator("body")).to_contain_text("This upload is no longer here")
        assert soon(lambda: not list(temporary.glob("rhythmoscope-upload-*")))
        colleague.page.reload()
        expect(colleague.page.locator("body")).to_contain_text("This upload is no longer here")
        for window in (colleague, stranger):
            window.close()


@pytest.fixture
def hang_up_ends_children() -> Iterator[None]:
    """Let a hang-up end what is started, also where these tests are run by nohup, which children inherit."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hang_up_ends_children")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_uploads_go_with_a_server_that_is_stopped(browser: Browser, tmp_path: Path, name: str) -> None:
    with serving(tmp_path, stopped=True) as (server, temporary):
        mine = uploaded(browser, server)
        assert len(kept(temporary)) == 1
        os.kill(server.process.pid, getattr(signal, name))
        assert soon(lambda: server.process.poll() is not None)
        assert list(temporary.glob("rhythmoscope-*")) == []
        mine.close()


def test_what_a_killed_server_left_goes_with_the_next_start(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path, stopped=True) as (server, temporary):
        mine = uploaded(browser, server)
        server.process.kill()
        server.process.wait()
        assert len(kept(temporary)) == 1
        mine.close()
    with serving(tmp_path) as (_, temporary):
        assert soon(lambda: not list(temporary.glob("rhythmoscope-upload-*")), patience_s=120)
