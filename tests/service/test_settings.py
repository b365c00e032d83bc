"""The server as it is shipped: where it listens, whom it answers, what it says, and that it asks nobody elsewhere."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser.driving import ROOT, Server, free_port, serve

pytestmark = pytest.mark.slow

WATCH = """
import os, socket

open(os.environ["WATCHED"] + ".on", "w").close()

def told(host):
    text = str(host)
    if not (text.startswith("127.") or text in ("::1", "localhost", "", "None", "0.0.0.0", "::")):
        with open(os.environ["WATCHED"], "a") as file:
            file.write(text + "\\n")

class Watched(socket.socket):
    def connect(self, address):
        if isinstance(address, tuple):
            told(address[0])
        return super().connect(address)

ask = socket.getaddrinfo
socket.socket = Watched
socket.getaddrinfo = lambda host, *more, **named: (told(host), ask(host, *more, **named))[1]
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server asked elsewhere: a line for each name or address that is not this machine's."""
    return tmp_path_factory.mktemp("asked") / "hosts"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, asked: Path) -> Iterator[Server]:
    """The dashboard as `make run` serves it, with all that it asks elsewhere written down."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "sitecustomize.py").write_text(WATCH)
    with serve(folder, PYTHONPATH=str(folder), WATCHED=str(asked)) as running:
        yield running


def ask(
    server: Server, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, Mapping[str, str], bytes]:
    """Ask the server; header names have underscores."""
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body=body, headers=sent)
    answer = connection.getresponse()
    told = {name.lower(): value for name, value in answer.getheaders()}
    content = answer.read()
    connection.close()
    return answer.status, told, content


def shake_hands(server: Server, **headers: str) -> int:
    """Ask for Streamlit's socket; 101 if it is given."""
    key = base64.b64encode(os.urandom(16)).decode()
    fixed = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": key}
    return ask(server, "/_stcore/stream", **{**fixed, "Sec_WebSocket_Protocol": "streamlit", **headers})[0]


def test_the_settings_are_the_safe_ones() -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    served = settings["server"]
    assert served["address"] == "127.0.0.1"
    assert served["enableXsrfProtection"] is True
    assert served["enableCORS"] is True
    assert served["enableStaticServing"] is False
    assert served["enableAgentApi"] is False
    assert served["enableWebsocketCompression"] is False
    assert served["maxUploadSize"] <= 400
    assert served["maxMessageSize"] <= 200
    assert served["maxWidgetStateSize"] <= 25
    assert "allowedHosts" not in served or "*" not in served["allowedHosts"]
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["client"]["showErrorDetails"] == "none"
    assert settings["client"]["showErrorLinks"] is False
    assert settings["client"]["disableDataExport"] is True
    assert settings["logger"]["enableRich"] is False


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's table of sockets")
def test_it_listens_on_this_machine_alone(server: Server) -> None:
    port = urlsplit(server.url).port
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state = line.split()[:4]
            address, _, number = local.partition(":")
            if state == "0A" and int(number, 16) == port:
                listening.append(address)
    assert listening == ["0100007F"]


@pytest.mark.parametrize(
    "path", ["/", "/review", "/healthz", "/_stcore/health", "/_stcore/host-config", "/api/desk/state", "/media/none"]
)
def test_every_address_answers_with_the_headers(server: Server, path: str) -> None:
    _, headers, _ = ask(server, path)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "'unsafe-eval'" not in headers["content-security-policy"]
    assert headers["cache-control"] in ("no-store", "no-cache")
    assert "access-control-allow-origin" not in headers


def test_what_is_patients_data_is_never_kept(server: Server) -> None:
    for path in ("/api/desk/state", "/api/desk/span", "/media/none", "/healthz"):
        assert ask(server, path)[1]["cache-control"] == "no-store"


def test_the_scripts_of_the_page_may_be_kept(server: Server) -> None:
    page = ask(server, "/")[2].decode()
    script = page.split('<script type="module" crossorigin src="./')[1].split('"')[0]
    status, headers, _ = ask(server, f"/{script}")
    assert status == 200
    assert "no-store" not in headers["cache-control"]


def test_strangers_names_and_pages_are_refused(server: Server, asked: Path) -> None:
    host = urlsplit(server.url).netloc
    assert ask(server, "/", Host="evil.example")[0] == 421
    assert shake_hands(server, Origin=f"http://{host}") == 101
    assert shake_hands(server, Origin="http://evil.example") == 403
    assert shake_hands(server, Host="evil.example", Origin="http://evil.example") == 403
    json_of = {"Content_Type": "application/json"}
    assert ask(server, "/api/desk/edits", "POST", b"{}", Origin="http://evil.example", **json_of)[0] == 403
    assert "access-control-allow-origin" not in ask(server, "/_stcore/host-config", Origin="http://evil.example")[1]
    # Streamlit asks a service elsewhere for this machine's address where it has to judge an origin by itself.
    assert not asked.exists()


def test_nothing_is_uploaded_without_the_token_against_forgery(server: Server) -> None:
    form = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.edf"\r\n\r\n0\r\n--x--\r\n'
    kind = {"Content_Type": "multipart/form-data; boundary=x"}
    status, _, body = ask(server, "/_stcore/upload_file/session/file", "PUT", form, **kind)
    assert status == 403
    assert b"XSRF" in body
    cookie = ask(server, "/_stcore/health")[1]["set-cookie"]
    assert "SameSite=Strict" in cookie


def test_too_large_an_upload_is_refused_before_it_is_read(server: Server) -> None:
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as line:
        request = f"PUT /_stcore/upload_file/s/f HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {1 << 40}\r\n\r\n"
        line.sendall(request.encode())
        assert b" 413 " in line.recv(200)


def test_the_desk_s_routes_want_a_token_and_json(server: Server) -> None:
    status, _, body = ask(server, "/api/desk/edits", "POST", b"{}", Content_Type="application/json")
    assert status == 403
    assert json.loads(body)["problem"].startswith("This page has been open")


def test_the_agent_api_is_off(server: Server) -> None:
    answer = ask(server, "/_stcore/agent/interact", "POST", b"{}", Content_Type="application/json")
    assert answer[0] in (403, 404)


def test_its_health_is_told(server: Server) -> None:
    told = json.loads(ask(server, "/healthz")[2])
    assert told["status"] == "ok"
    assert set(told) == {"status", "reasons", "version", "up_s", "free_mb", "analyses", "downloads"}


def test_it_asked_nobody_elsewhere_and_told_its_begin_in_a_line(server: Server, asked: Path) -> None:
    lines = server.log_file.read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines if line.startswith("{")]
    assert told[0]["event"] == "server_started"
    assert told[0]["everywhere"] is False
    assert {line["event"] for line in told} <= {"server_started", "folders_swept", "request_refused", "upload_refused"}
    assert asked.with_name("hosts.on").exists()
    assert not asked.exists()


@pytest.mark.tensorflow
def test_health_is_answered_while_tensorflow_is_imported(tmp_path: Path) -> None:
    """The import runs in a thread of the server, as the warm-up does."""
    site, begin, begun, ended = (tmp_path / name for name in ("site", "begin", "begun", "ended"))
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import os, sys, threading, time\n"
        "def work():\n"
        f"    while not os.path.exists({str(begin)!r}): time.sleep(0.01)\n"
        f"    open({str(begun)!r}, 'w').close()\n"
        "    import tensorflow\n"
        f"    open({str(ended)!r}, 'w').close()\n"
        "if 'streamlit' in ' '.join(sys.orig_argv):\n"
        "    threading.Thread(target=work, daemon=True).start()\n"
    )
    meanwhile = 0
    with serve(tmp_path, PYTHONPATH=str(site)) as busy:
        begin.touch()
        deadline = time.monotonic() + 120
        while not ended.exists() and time.monotonic() < deadline:
            importing = begun.exists()
            status, _, body = ask(busy, "/healthz")
            assert status == 200
            assert json.loads(body)["status"] in ("ok", "degraded")
            meanwhile += importing and not ended.exists()
            time.sleep(0.05)
    assert ended.exists()
    assert meanwhile >= 3


@pytest.mark.slow
def test_it_ends_with_a_line_when_it_is_told_to(tmp_path: Path) -> None:
    port = free_port()
    settings = {**os.environ, "RHYTHMOSCOPE_HOME": str(tmp_path), "RHYTHMOSCOPE_CACHE": str(tmp_path)}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    running = subprocess.Popen(
        command, cwd=ROOT, env=settings, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert running.stderr is not None
    assert json.loads(running.stderr.readline())["event"] == "server_started"
    running.send_signal(signal.SIGTERM)
    rest = [json.loads(line)["event"] for line in running.stderr]
    running.wait(30)
    assert rest == ["server_stopped"]
