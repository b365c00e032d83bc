"""What stands before every address: who may ask, from where, how much, and what is said with every answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket

from pages.services.middleware import AccessMiddleware, AccessPolicy
from pages.ui import server, streamlit_compat
from pages.ui.server import upload_budget

HERE = "ecg.example:8501"
ACCESS = AccessPolicy(["ecg.example", "*.clinic.example"], ["https://portal.example"])


async def answer(request: Request) -> PlainTextResponse:
    headers = {"Cache-Control": "public"} if "kept" in request.url.path else {}
    return PlainTextResponse("here", headers=headers)


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


def app(room: Any = None, access: AccessPolicy = ACCESS) -> Starlette:
    everything = [
        Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "DELETE"]),
        WebSocketRoute("/{path:path}", talk),
    ]
    guard = Middleware(
        AccessMiddleware,
        access=lambda: access,
        scripts=["sha256-abc="],
        uploads=room,
        upload_path=streamlit_compat.UPLOAD_PATH,
        health_paths=("/healthz", streamlit_compat.HEALTH_PATH),
    )
    return Starlette(routes=everything, middleware=[guard])


def ask(asked: Starlette, method: str = "GET", path: str = "/", **headers: str) -> tuple[int, Mapping[str, str], str]:
    """Send a request; header names have underscores."""
    kind = "websocket" if method == "SOCKET" else "http"
    scope = {
        "type": kind,
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "subprotocols": [],
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        "client": ("test", 1),
        "server": ("test", 80),
    }
    if kind == "websocket":
        del scope["method"]
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"} if kind == "websocket" else {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as apart:  # a browser driven from this thread keeps a loop of its own there
        apart.submit(asyncio.run, asked(scope, receive, send)).result()
    if kind == "websocket":
        return (101 if sent[0]["type"] == "websocket.accept" else 403), {}, ""
    told = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:]).decode()


@pytest.mark.parametrize(
    "host",
    [
        "ecg.example",
        HERE,
        "ECG.Example.",
        "a.clinic.example",
        "localhost:8501",
        "ecg.localhost",
        "127.0.0.1:8501",
        "192.168.1.20",
        "[::1]:8501",
        "[fe80::1]",
    ],
)
def test_it_answers_to_its_names_and_to_addresses_of_numbers(host: str) -> None:
    assert ask(app(), host=host)[0] == 200
    assert ask(app(), "SOCKET", "/_stcore/stream", host=host, origin=f"http://{host}")[0] == 101


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "ecg.example.evil.example",
        "clinic.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "ecg.example@evil.example",
        "ecg.example/x",
        "a b",
        "",
        "[::1",
        "ecg.example:port",
        "ecg.example:8501:1",
    ],
)
def test_a_stranger_s_name_for_it_is_refused(host: str) -> None:
    """Another site's page may let its own name point to this machine; its requests carry that name."""
    status, headers, body = ask(app(), host=host)
    assert status == 421
    assert "allowedHosts" in body
    assert host not in body or not host
    assert headers["cache-control"] == "no-store"
    assert ask(app(), "SOCKET", "/_stcore/stream", host=host)[0] == 403
    assert ask(app(), "POST", "/api/desk/edits", host=host)[0] == 421


def test_without_any_name_at_all_nothing_is_answered() -> None:
    assert ask(app())[0] == 421


def test_health_is_told_under_any_name_but_takes_nothing() -> None:
    assert ask(app(), path="/healthz", host="10-0-0-7.pod.cluster.local")[0] == 200
    assert ask(app(), path="/_stcore/health", host="watch.example")[0] == 200
    assert ask(app(), "POST", "/healthz", host="watch.example")[0] == 421
    assert ask(app(), "SOCKET", "/healthz", host="watch.example")[0] == 403


def test_a_star_answers_to_every_name() -> None:
    assert ask(app(access=AccessPolicy(["*"])), host="any.example")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "SOCKET"])
def test_only_its_own_pages_may_send_something(method: str) -> None:
    fine = 101 if method == "SOCKET" else 200
    assert ask(app(), method, "/x", host=HERE, origin=f"http://{HERE}")[0] == fine
    assert ask(app(), method, "/x", host=HERE, origin=f"https://{HERE}")[0] == fine  # behind a proxy
    assert ask(app(), method, "/x", host=HERE, origin="https://portal.example")[0] == fine
    assert ask(app(), method, "/x", host=HERE)[0] == fine  # no browser
    for origin in (
        "null",
        "http://evil.example",
        "http://ecg.example:9999",
        "http://ecg.example",
        f"file://{HERE}",
        "http://[",
        "",
    ):
        assert ask(app(), method, "/x", host=HERE, origin=origin)[0] == 403, origin


def test_reading_from_another_site_s_page_gets_no_leave_to_be_read() -> None:
    status, headers, _ = ask(app(), host=HERE, origin="http://evil.example")
    assert status == 200
    assert "access-control-allow-origin" not in headers
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_every_answer_has_the_headers() -> None:
    _, headers, _ = ask(app(), host=HERE)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["frame-ancestors"] == "'none'"
    assert policy["object-src"] == "'none'"
    assert policy["script-src"] == "'self' blob: 'sha256-abc='"
    assert policy["connect-src"] == f"'self' ws://{HERE} wss://{HERE}"
    assert "http:" not in headers["content-security-policy"]


def test_what_says_for_itself_how_long_it_is_kept_is_let() -> None:
    assert ask(app(), path="/static/kept.js", host=HERE)[1]["cache-control"] == "public"


def test_streamlits_own_scripts_in_its_page_are_known_by_hash() -> None:
    assert server.script_hashes()
    assert all(digest.startswith("sha256-") for digest in server.script_hashes())


class Held:
    """What Streamlit would hold in memory."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bytes: dict[str, int] = {}
        monkeypatch.setattr(streamlit_compat, "uploaded_bytes", lambda: dict(self.bytes))


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    """Uploads in memory."""
    return Held(monkeypatch)


def put(asked: Starlette, session: str, length: str | None) -> int:
    sent = {} if length is None else {"content_length": length}
    return ask(asked, "PUT", f"/base/_stcore/upload_file/{session}/f", host=HERE, **sent)[0]


def test_one_person_s_uploads_in_memory_have_a_limit_and_so_have_all(held: Held) -> None:
    asked = app(upload_budget(person_bytes=100, all_bytes=250))
    assert put(asked, "a", "100") == 200
    assert put(asked, "a", "101") == 413
    held.bytes = {"a": 60, "b": 60, "c": 60}
    assert put(asked, "a", "40") == 200
    assert put(asked, "a", "41") == 413
    assert put(asked, "d", "70") == 200
    assert put(asked, "d", "71") == 413
    held.bytes = {}
    assert put(asked, "a", "100") == 200


@pytest.mark.parametrize("length", [None, "", "-5", "1e3", "٣"])
def test_an_upload_that_does_not_say_how_long_it_is_is_refused(held: Held, length: str | None) -> None:
    asked = app(upload_budget(100, 100))
    if length is not None and not length.isascii():
        assert not upload_budget(100, 100).take("a", 10**9)
        return
    assert put(asked, "a", length) == 411


def test_uploads_on_their_way_count(held: Held) -> None:
    room = upload_budget(person_bytes=100, all_bytes=150)
    assert room.take("a", 60)
    assert not room.take("a", 60)
    assert room.take("b", 60)
    assert not room.take("c", 60)
    room.give_back("a", 60)
    assert room.take("c", 60)
    room.give_back("b", 60)
    room.give_back("c", 60)
    assert room.take("a", 100)


def test_many_uploads_at_once_never_take_more_than_there_is(held: Held) -> None:
    room, taken = upload_budget(person_bytes=1000, all_bytes=50), []
    barrier = threading.Barrier(8)

    def one(name: str) -> None:
        barrier.wait()
        taken.extend(name for _ in range(20) if room.take(name, 10))

    people = [threading.Thread(target=one, args=(str(number),)) for number in range(8)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(taken) == 5
