"""What is sent to the server: it takes room as it arrives, may not be slow, and may break off without a fuss."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from event_loops import run_apart
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message

from pages.api.endpoint import endpoint
from pages.services.accounts import Action
from pages.services.byte_budget import ByteBudget
from pages.services.middleware import BROWSER_COOKIE, AccessMiddleware, AccessPolicy, Patience, browser_of
from pages.services.tokens import issue_token
from pages.services.workspace import OpenedRecording, open_in_workspace
from pages.ui import streamlit_compat
from pages.ui.server import upload_budget
from pages.ui.streamlit_compat import UPLOAD_PATH

PATIENT = Patience()
HASTY = Patience(idle_s=0.05, grace_s=0.05)
COOKIES = {name: f"{BROWSER_COOKIE}={name * 32}" for name in "abcdef"}


@dataclass
class Sender:
    """A browser that sends a body part by part.

    Attributes
    ----------
    announced : int
        What it says it will send.
    """

    app: ASGIApp
    announced: int
    path: str = "/_stcore/upload_file/{window}/f"
    method: str = "PUT"
    window: str = "window"
    cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    sent: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._parts: asyncio.Queue[Message] = asyncio.Queue()
        self.waits = asyncio.Event()

    def begin(self) -> asyncio.Task[None]:
        named = {"host": "localhost", "content-length": str(self.announced), "cookie": self.cookie, **self.headers}
        path = self.path.format(window=self.window)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": self.method,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "scheme": "http",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
            "client": ("127.0.0.1", 1),
            "server": ("test", 80),
        }

        async def send(message: Message) -> None:
            self.sent.append(message)

        return asyncio.create_task(self.app(scope, self._receive, send))  # type: ignore[arg-type]

    async def _receive(self) -> Message:
        if self._parts.empty():
            self.waits.set()
        return await self._parts.get()

    async def give(self, n_bytes: int, *, last: bool = False) -> None:
        """Send a part, and wait until the server wants more."""
        self.waits.clear()
        self._parts.put_nowait({"type": "http.request", "body": b"x" * n_bytes, "more_body": not last})
        if not last:
            await self.waits.wait()

    def leave(self) -> None:
        self._parts.put_nowait({"type": "http.disconnect"})

    @property
    def status(self) -> int | None:
        return self.sent[0]["status"] if self.sent else None

    @property
    def header(self) -> dict[str, str]:
        return {name.decode().lower(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent[1:]).decode()


async def take(request: Request) -> Response:
    """Receive a body as Streamlit does."""
    n_bytes = 0
    async for part in request.stream():
        n_bytes += len(part)
    return PlainTextResponse(str(n_bytes))


def served(room: Any = None, patience: Patience = PATIENT, bodies: ByteBudget | None = None) -> Starlette:
    async def page(_: Request) -> Response:
        return HTMLResponse("<p>here")

    guard = Middleware(
        AccessMiddleware, access=AccessPolicy, uploads=room, patience=patience, bodies=bodies, upload_path=UPLOAD_PATH
    )
    routes = [Route("/page", page), Route("/{path:path}", take, methods=["PUT", "POST"])]
    return Starlette(routes=routes, middleware=[guard])


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """What Streamlit holds in memory for each window."""
    kept: dict[str, int] = {}
    monkeypatch.setattr(streamlit_compat, "uploaded_bytes", lambda: dict(kept))
    return kept


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, dict[str, Any]]]:
    return [(one.levelname, str(one.msg), getattr(one, "fields", {})) for one in caplog.records]


@pytest.mark.usefixtures("held")
def test_five_windows_that_announce_and_send_nothing_keep_no_room_from_another() -> None:
    asked = served(upload_budget(person_bytes=1000, all_bytes=2000))

    async def run() -> None:
        idle = [Sender(asked, 400, window=f"w{number}") for number in range(5)]
        waiting = [one.begin() for one in idle]
        for one in idle:
            await one.waits.wait()
        honest = Sender(asked, 200, window="honest")
        answer = honest.begin()
        await honest.give(100)
        await honest.give(100, last=True)
        await answer
        assert (honest.status, honest.text) == (200, "200")
        for one in idle:
            one.leave()
        await asyncio.gather(*waiting)

    run_apart(run())


def test_room_is_taken_as_bytes_arrive_and_given_back(held: dict[str, int]) -> None:
    room = upload_budget(person_bytes=1000, all_bytes=1500)
    asked = served(room)

    async def run() -> None:
        first = Sender(asked, 900, cookie=COOKIES["a"])
        answer = first.begin()
        await first.give(600)
        second = Sender(asked, 900, cookie=COOKIES["b"])
        refused = second.begin()
        await second.give(600)
        assert second.status is None
        second._parts.put_nowait({"type": "http.request", "body": b"x" * 301, "more_body": True})
        await refused
        assert second.status == 413
        assert second.header["connection"] == "close"
        await first.give(300, last=True)
        await answer
        assert (first.status, first.text) == (200, "900")

    run_apart(run())
    assert room._taken == {}


def test_all_windows_of_a_browser_are_one_person(held: dict[str, int]) -> None:
    room = upload_budget(person_bytes=1000, all_bytes=10_000)
    asked = served(room)

    async def run() -> None:
        for number in range(3):
            window = f"w{number}"
            sender = Sender(asked, 400, window=window, cookie=COOKIES["a"])
            answer = sender.begin()
            if number < 2:
                await sender.give(400, last=True)
            await answer
            held[window] = 400
            assert sender.status == (200 if number < 2 else 413)
        other = Sender(asked, 900, window="x", cookie=COOKIES["b"])
        answer = other.begin()
        await other.give(900, last=True)
        await answer
        assert other.status == 200

    run_apart(run())


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("given", [0, 10], ids=["nothing", "a part"])
@pytest.mark.parametrize(
    ("path", "method"), [("/_stcore/upload_file/w/f", "PUT"), ("/api/desk/edits", "POST"), ("/elsewhere", "POST")]
)
def test_a_body_that_does_not_come_is_given_up_on_every_route(path: str, method: str, given: int) -> None:
    room = upload_budget(1000, 1000)

    async def run() -> None:
        sender = Sender(served(room, HASTY), 100, path=path, method=method)
        answer = sender.begin()
        if given:
            sender._parts.put_nowait({"type": "http.request", "body": b"x" * given, "more_body": True})
        await answer
        assert sender.status == 408
        assert "too slowly" in sender.text
        assert sender.header["connection"] == "close"

    run_apart(run())
    assert room._taken == {}


def test_a_body_that_trickles_is_given_up_though_it_never_pauses_for_long() -> None:
    slow = Patience(idle_s=30.0, grace_s=0.2, least_bytes_per_s=1e6)

    async def run() -> None:
        sender = Sender(served(patience=slow), 1000, path="/x", method="POST")
        answer = sender.begin()
        for _ in range(1000):
            if answer.done():
                break
            sender._parts.put_nowait({"type": "http.request", "body": b"x", "more_body": True})
            await asyncio.sleep(0.01)
        await answer
        assert sender.status == 408

    run_apart(run())


def test_an_honest_body_may_take_as_long_as_its_rate_allows() -> None:
    steady = Patience(idle_s=30.0, grace_s=0.05, least_bytes_per_s=1000.0)

    async def run() -> None:
        sender = Sender(served(patience=steady), 3000, path="/x", method="POST")
        answer = sender.begin()
        await sender.give(2000)
        await asyncio.sleep(0.2)
        await sender.give(1000, last=True)
        await answer
        assert (sender.status, sender.text) == (200, "3000")

    run_apart(run())


def test_other_bodies_have_a_limit_for_each_and_for_all() -> None:
    bodies = ByteBudget(person_bytes=100, all_bytes=150)
    asked = served(bodies=bodies)

    async def run() -> None:
        first = Sender(asked, 100, path="/x", method="POST", cookie=COOKIES["a"])
        begun = first.begin()
        await first.give(90)
        for name, n_bytes, status in (("a", 20, 413), ("b", 70, 413), ("b", 50, 200)):
            other = Sender(asked, n_bytes, path="/x", method="POST", cookie=COOKIES[name])
            answer = other.begin()
            await other.give(n_bytes, last=True)
            await answer
            assert other.status == status, name
        await first.give(10, last=True)
        await begun
        assert first.status == 200

    run_apart(run())
    assert bodies._taken == {}


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("raises", ["ClientDisconnect", "answer"])
def test_a_client_that_breaks_off_is_a_line_and_no_error(caplog: pytest.LogCaptureFixture, raises: str) -> None:
    caplog.set_level(logging.INFO)

    async def run() -> None:
        asked: ASGIApp = served(upload_budget(1000, 1000))
        sender = Sender(asked, 100, method="PUT")
        if raises == "answer":
            sender = Sender(_desk_app(), 100, path="/edits", method="POST", headers=_desk_headers())
        answer = sender.begin()
        await sender.give(10)
        sender.leave()
        await answer

    run_apart(run())
    lines = told(caplog)
    assert [level for level, *_ in lines if level not in ("INFO", "DEBUG")] == []
    (line,) = [line for line in lines if line[1] == "request_broke_off"]
    assert line[2]["bytes"] == 10
    assert not any(record.exc_info for record in caplog.records)


def _desk_headers() -> dict[str, str]:
    opened: OpenedRecording = open_in_workspace("demo/demo_pvc", "")
    return {"x-desk-token": issue_token(opened), "content-type": "application/json"}


def _desk_app() -> Starlette:
    route = Route("/edits", endpoint(lambda _: {}, Action.EDIT, 1000), methods=["POST"])
    return Starlette(routes=[route], middleware=[Middleware(AccessMiddleware, access=AccessPolicy)])


def test_a_failure_of_the_program_is_still_an_error() -> None:
    async def fail(_: Request) -> Response:
        raise RuntimeError("broken")

    asked = Starlette(
        routes=[Route("/x", fail, methods=["POST"])], middleware=[Middleware(AccessMiddleware, access=AccessPolicy)]
    )

    async def run() -> None:
        sender = Sender(asked, 0, path="/x", method="POST")
        with pytest.raises(RuntimeError, match="broken"):
            await sender.begin()
        assert sender.status == 500

    run_apart(run())


def test_a_browser_gets_one_cookie_that_no_script_and_no_other_site_can_use() -> None:
    async def run() -> None:
        first = Sender(served(), 0, path="/page", method="GET")
        await first.begin()
        cookie = first.header["set-cookie"]
        name, value = cookie.split(";")[0].split("=")
        assert name == BROWSER_COOKIE
        assert len(value) == 32
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
        again = Sender(served(), 0, path="/page", method="GET", cookie=f"other=1; {name}={value}")
        await again.begin()
        assert "set-cookie" not in again.header
        assert browser_of(value) not in ("", value)
        for nonsense in (None, "", "x" * 32, "a" * 31, "A" * 32):
            assert browser_of(nonsense) == ""

    run_apart(run())


def test_the_answer_to_a_body_that_was_not_read_closes_the_connection() -> None:
    async def refuse(_: Request) -> Response:
        return PlainTextResponse("no", status_code=403)

    guard = Middleware(AccessMiddleware, access=AccessPolicy)
    asked = Starlette(routes=[Route("/x", refuse, methods=["POST"])], middleware=[guard])

    async def run(n_bytes: int, expected: Callable[[dict[str, str]], bool]) -> None:
        sender = Sender(asked, n_bytes, path="/x", method="POST")
        await sender.begin()
        assert sender.status == 403
        assert expected(sender.header)

    run_apart(run(100, lambda header: header.get("connection") == "close"))
    run_apart(run(0, lambda header: "connection" not in header))
