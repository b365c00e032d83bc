"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

# The same examples in every run: a find of chance belongs to who looks for finds, not to who changes something else.
# And however long they take: machines are shared.
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile("same")

if TYPE_CHECKING:
    from orthanc_for_tests import Orthanc
    from playwright.sync_api import Browser
    from postgresql_for_tests import Server
    from xdist.remote import Producer


_PRIORITY_BESIDE_A_BROWSER = 5
"""As `nice` counts."""


_LONG = ("test_site.py", "test_guides.py", "test_two_servers.py", "test_row.py")
"""Files of few tests that take a minute or more."""


class OneBrowserAtATime(LoadScopeScheduling):
    """Tests in a real browser share a process; other tests share one with their file, whose fixtures are made once."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "tests/browser" if file.startswith("tests/browser/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneBrowserAtATime:
    """Divide the tests between processes."""
    return OneBrowserAtATime(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a Chromium, before `-m` chooses; and put what takes longest first, lest it be waited for."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    n_tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path.parent.name != "browser", item.path.name not in _LONG, -n_tests[item.path]))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let what drives a Chromium go first: it is the longest chain of tests, and waits for pages meanwhile."""
    if "PYTEST_XDIST_WORKER" not in os.environ or item.get_closest_marker("browser") or not hasattr(os, "setpriority"):
        return
    priority = max(os.getpriority(os.PRIO_PROCESS, 0), _PRIORITY_BESIDE_A_BROWSER)
    os.setpriority(os.PRIO_PROCESS, 0, priority)


@pytest.fixture(autouse=True)
def _private_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what tests cache and edit away from the user's own cache and edits."""
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path_factory.getbasetemp() / "home"))
    monkeypatch.setenv("RHYTHMOSCOPE_ROOTS", str(tmp_path_factory.getbasetemp()))
    monkeypatch.delenv("RHYTHMOSCOPE_DATABASE", raising=False)
    monkeypatch.delenv("RHYTHMOSCOPE_DESTINATIONS", raising=False)


@pytest.fixture(scope="session")
def ecg_data() -> Path:
    """The folder of real annotated recordings; skips the test where there is none."""
    folder = os.environ.get("ECG_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("needs real recordings: set ECG_DATA to a folder with mitdb/, svdb/, formats/ ...")
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium: one for all tests of a process, since Playwright cannot be started twice in it."""
    from browser.driving import launch
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A PostgreSQL server: one for all tests of a process."""
    from postgresql_for_tests import running_server

    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def orthanc_server() -> Iterator[Orthanc]:
    """An archive: one for all tests of a process."""
    from orthanc_for_tests import running_orthanc

    with running_orthanc() as archive:
        yield archive


@pytest.fixture(scope="session")
def tiny_model_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A complete model folder whose small network has seeded random weights; no test may leave it changed."""
    from ecg_core.classification.device import tensorflow
    from ecg_core.classification.model import save_model
    from ecg_core.classification.network import NetworkSpec, build_network
    from ecg_core.classification.rr import RR_FEATURES
    from ecg_core.classification.windows import WindowSpec

    tensorflow().keras.utils.set_random_seed(7)
    window = WindowSpec()
    spec = NetworkSpec(window.n_samples, len(RR_FEATURES), filters=(4, 6), kernels=(5, 3), strides=(2, 2), dense=8)
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_model(folder, build_network(spec), spec, name="tiny", window=window, texts={"figures": {}})
    saved = {file.name: file.read_bytes() for file in folder.iterdir()}
    yield folder
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == saved
