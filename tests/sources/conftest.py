"""A PhysioNet on this machine for the tests of this folder."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_physionet import FakePhysioNet, Handler, write_record, write_segments


@pytest.fixture
def physionet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePhysioNet]:
    """A PhysioNet on this machine with mitdb/a and mitdb/multi; the environment points to it."""
    root = tmp_path / "server"
    root.mkdir()
    handler = type("FreshHandler", (Handler,), {"requested": [], "break_off": {}, "answer": {}})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("RHYTHMOSCOPE_PHYSIONET_URL", url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    fake = FakePhysioNet(root, handler, url)

    def write(folder: Path) -> None:
        write_record(folder)
        write_segments(folder)
        (folder / "a.xws").write_text("no part of a record")

    fake.publish("mitdb", write)
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()
