"""One server and one Chromium for all tests here; each test gets windows of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from driving import Dashboard, NewWindow, Server, serve, windows_on
from playwright.sync_api import Browser
from synthetic_patients import Cohort, Desk, make_cohort

NewDesk = Callable[..., Desk]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard served as ``make run`` does; it must end without a problem in its log."""
    with serve(tmp_path_factory.mktemp("server")) as running:
        yield running


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
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """Synthetic patients whose beats are classified already."""
    return make_cohort(tmp_path_factory.mktemp("cohort"))


@pytest.fixture(scope="session")
def cohort_server(cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard that has the cohort as its folder."""
    with cohort.serve(tmp_path_factory.mktemp("cohort_server"), network=True) as running:
        yield running


@pytest.fixture
def desks(cohort_server: Server, browser: Browser) -> Iterator[NewDesk]:
    """Open the review desk in windows of different people."""
    with windows_on(cohort_server, browser, Desk) as new:
        yield new  # type: ignore[misc]


@pytest.fixture
def desk(desks: NewDesk) -> Desk:
    """The review desk in a window."""
    return desks()
