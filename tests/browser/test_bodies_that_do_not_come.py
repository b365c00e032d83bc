"""Uploads that are announced and not sent, or broken off, over real sockets: room for others, a line in the log."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from driving import Dashboard, Server, serve
from playwright.sync_api import Browser
from test_uploading import Uploading

ANNOUNCED = 400_000_000
CSV = b"time_s,II (mV)\n" + b"".join(b"%.3f,%.3f\n" % (n / 250, (n % 200 == 0) * 1.0) for n in range(5000))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serve(tmp_path, network=False) as running:
        yield running


class Window:
    """A window, and what it takes to send to it by hand."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.dashboard = Dashboard(browser, server)
        self.puts: list[str] = []
        self.dashboard.page.on("request", lambda one: self.puts.append(one.url) if one.method == "PUT" else None)
        self.dashboard.open()
        self.uploading = Uploading(self.dashboard)
        self.uploading.give({"a.csv": CSV})
        self.uploading.opened()
        found = re.search(r"upload_file/([^/]+)/", self.puts[0])
        assert found
        self.session = found[1]
        self.cookies = {str(one["name"]): str(one["value"]) for one in self.dashboard.page.context.cookies()}

    def begin(self, server: Server, n_bytes: int) -> socket.socket:
        """Announce an upload by hand and send some bytes of it."""
        parts = urlsplit(server.url)
        sent = {
            "Host": parts.netloc,
            "Origin": server.url,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-Xsrftoken": self.cookies["_streamlit_xsrf"],
            "Content-Type": "multipart/form-data; boundary=x",
            "Content-Length": str(ANNOUNCED),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        connection = socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=60)
        connection.sendall(f"PUT /_stcore/upload_file/{self.session}/by-hand HTTP/1.1\r\n{head}\r\n".encode())
        body = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f.edf"\r\n\r\n' + b"x" * n_bytes
        connection.sendall(body)
        return connection


def lines(server: Server, event: str) -> list[dict[str, object]]:
    logged = server.log_file.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in logged if f'"{event}"' in line]


def test_windows_that_announce_and_do_not_send_keep_nobody_from_uploading(browser: Browser, server: Server) -> None:
    idle, honest = Window(browser, server), Window(browser, server)
    connections = [idle.begin(server, 1000) for _ in range(12)]  # 4.8 GB, of 4 GB for all
    honest.uploading.give({"b.csv": CSV})
    honest.uploading.opened()
    assert len(lines(server, "upload_received")) == 3

    # What was only announced is given up, whoever waits for it is told.
    for connection in connections:
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 408"), answer[:200]
        assert b"too slowly" in answer + connection.recv(65536)
        connection.close()
    assert len(lines(server, "upload_refused")) >= len(connections)
    for window in (idle, honest):
        window.dashboard.close()


def test_an_upload_that_breaks_off_is_no_error_of_the_server(browser: Browser, server: Server) -> None:
    window = Window(browser, server)
    window.begin(server, 100_000).close()
    deadline = time.monotonic() + 60
    while not lines(server, "request_broke_off") and time.monotonic() < deadline:
        time.sleep(0.1)
    (line,) = lines(server, "request_broke_off")
    assert line["level"] == "info"
    assert line["kind"] == "upload"
    server.check()
    window.uploading.give({"again.csv": CSV})
    window.uploading.opened()
    window.dashboard.close()
