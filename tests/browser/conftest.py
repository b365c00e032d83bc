"""One server and one Chromium for all tests here; each test gets windows of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from driving import Dashboard, NewWindow, Server, serve
from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard served as ``make run`` does; it must end without a problem in its log."""
    with serve(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def window(server: Server, browser: Browser) -> Iterator[NewWindow]:
    """Open windows on the dashboard; whatever went wrong in one of them fails the test at its end."""
    opened: list[Dashboard] = []

    def new(**context: object) -> Dashboard:
        opened.append(Dashboard(browser, server, **context))
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
def dashboard(window: NewWindow) -> Dashboard:
    """A window on the dashboard."""
    return window()
