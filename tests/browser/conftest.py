"""One server and one Chromium for all tests here; each test gets windows of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from driving import Dashboard, NewWindow, Server, serve
from playwright.sync_api import Browser
from synthetic_patients import Desk, Ward, admit

NewDesk = Callable[..., Desk]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard served as ``make run`` does; it must end without a problem in its log."""
    with serve(tmp_path_factory.mktemp("server")) as running:
        yield running


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


@pytest.fixture
def window(server: Server, browser: Browser) -> Iterator[NewWindow]:
    """Open windows on the dashboard; whatever went wrong in one of them fails the test at its end."""
    with windows_on(server, browser, Dashboard) as new:
        yield new


@pytest.fixture
def dashboard(window: NewWindow) -> Dashboard:
    """A window on the dashboard."""
    return window()


@pytest.fixture(scope="session")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Ward:
    """Synthetic patients whose beats are classified already."""
    return admit(tmp_path_factory.mktemp("ward"))


@pytest.fixture(scope="session")
def ward_server(ward: Ward, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard that has the ward as its folder."""
    with ward.serve(tmp_path_factory.mktemp("ward_server"), network=True) as running:
        yield running


@pytest.fixture
def desks(ward_server: Server, browser: Browser) -> Iterator[NewDesk]:
    """Open the review desk in windows of different people."""
    with windows_on(ward_server, browser, Desk) as new:
        yield new  # type: ignore[misc]


@pytest.fixture
def desk(desks: NewDesk) -> Desk:
    """The review desk in a window."""
    return desks()
