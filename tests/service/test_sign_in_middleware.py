"""What the server gives to who is not signed in: the sign-in page, and nothing of a recording."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from api.asgi_client import Answered, request
from sign_in_for_tests import Clock, People, header
from starlette.types import Message, Receive, Scope, Send
from streamlit.web.server.starlette import starlette_agent_routes, starlette_auth_routes, starlette_routes

from pages.services.audit_trail import TRAIL
from pages.services.identity_provider import ProviderUnreachableError
from pages.services.sign_in import SignIn
from pages.services.sign_in_middleware import SignInMiddleware, is_guarded
from pages.ui.streamlit_compat import AUTH_COOKIE, UPLOAD_PATH

pytestmark = pytest.mark.slow

OPEN = {
    "_stcore/health",
    "_stcore/metrics",
    "_stcore/host-config",
    "_stcore/bidi-components/{path:path}",
    "component/{path:path}",
    "auth/login",
    "auth/logout",
    "oauth2callback",
}
GUARDED = {
    "media/{file_id:path}",
    "_stcore/upload_file/{session_id}/{file_id}",
    "_stcore/script-health-check",
    "_stcore/agent/interact",
    "_stcore/agent/mcp",
    "_stcore/agent/openapi.json",
    "app/static/{path:path}",
}


class App:
    """An application that remembers what it was asked."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.received: list[Message] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["type"] == "http":
            cookie = (b"set-cookie", f"{AUTH_COOKIE}=x; HttpOnly; Path=/".encode())
            await send({"type": "http.response.start", "status": 200, "headers": [cookie]})
            await send({"type": "http.response.body", "body": b"patient"})
            return
        await send({"type": "websocket.accept"})
        while True:
            message = await receive()
            self.received.append(message)
            if message["type"] == "websocket.disconnect":
                return
            await send({"type": "websocket.send", "bytes": b"patient"})


class Site:
    """The middleware before an application, with people who sign in."""

    def __init__(self, clock: Clock) -> None:
        self.app, self.sign_in, self.encrypted = App(), SignIn(clock), False
        self.people = People(self.sign_in)
        self.middleware = SignInMiddleware(
            self.app, self.sign_in, UPLOAD_PATH, AUTH_COOKIE, is_encrypted=lambda: self.encrypted
        )

    def ask(self, method: str, path: str, cookies: dict[str, str] | None = None) -> Answered:
        return request(self.middleware, method, path, headers=header(cookies or {}))

    def socket(self, cookies: dict[str, str], *between: Any, protocols: str = "streamlit, xsrf") -> list[Message]:
        """Open a socket and send something after each of some calls; return what comes back."""
        steps, sent = list(between), []

        async def receive() -> Message:
            if not steps:
                return {"type": "websocket.disconnect", "code": 1000}
            steps.pop(0)()
            return {"type": "websocket.receive", "bytes": b"click"}

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [(b"sec-websocket-protocol", protocols.encode())]
        headers += [(name.lower().encode(), value.encode()) for name, value in header(cookies).items()]
        scope = {"type": "websocket", "path": "/_stcore/stream", "headers": headers, "subprotocols": ["streamlit"]}
        with ThreadPoolExecutor(1) as apart:
            apart.submit(asyncio.run, self.middleware(scope, receive, send)).result()
        return sent


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))
    yield Site(clock)
    TRAIL.clear()
    TRAIL.flush(60)


def streamlits_paths() -> set[str]:
    modules = (starlette_routes, starlette_auth_routes, starlette_agent_routes)
    named = [(name.lstrip("_"), value) for module in modules for name, value in vars(module).items()]
    return {value for name, value in named if name.startswith("ROUTE_") and isinstance(value, str)}


def test_every_path_of_streamlit_is_known_to_be_open_or_guarded() -> None:
    unknown = streamlits_paths() - OPEN - GUARDED
    assert not unknown
    for base in ("/", "/ecg/dashboard/"):
        assert not [path for path in OPEN if is_guarded(base + path, "GET")]
        assert all(is_guarded(base + path, "GET") for path in GUARDED)


@pytest.mark.parametrize(
    "path", ["/", "/review", "/static/js/index.js", "/static/media/font.woff2", "/healthz", "/metrics"]
)
def test_the_page_without_data_is_there_for_everybody(site: Site, path: str) -> None:
    assert site.ask("GET", path).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/media/abc.png"),
        ("GET", "/media/static/media/abc.png"),
        ("GET", "/ecg/media/abc.pdf"),
        ("GET", "/api/desk/state"),
        ("GET", "/static/api/desk/state"),
        ("PUT", "/_stcore/upload_file/window/file"),
        ("DELETE", "/_stcore/upload_file/window/file"),
        ("GET", "/_stcore/script-health-check"),
        ("POST", "/"),
        ("PUT", "/anything"),
    ],
)
def test_whatever_holds_data_needs_a_session_and_a_role(site: Site, method: str, path: str, clock: Clock) -> None:
    refused = site.ask(method, path)
    assert refused.status_code == 401
    assert "not signed in" in json.loads(refused.content)["problem"]
    assert site.ask(method, path, {"signed_in": "forged.1"}).status_code == 401
    assert site.ask(method, path, site.people.signed_in("nora")).status_code == 403
    cookies = site.people.signed_in("ann", "reader")
    site.sign_in.account(cookies, window="window")
    assert site.ask(method, path, cookies).status_code == 200
    site.people.provider.problem = ProviderUnreachableError("away")
    clock.now_s += 7 * 60
    assert site.ask(method, path, cookies).status_code == 503
    assert len(site.app.scopes) == 1


def test_nothing_is_uploaded_into_the_window_of_somebody_else(site: Site) -> None:
    mine, theirs = site.people.signed_in("ann", "reader"), site.people.signed_in("bea", "reader")
    site.sign_in.account(mine, window="mine")
    assert site.ask("PUT", "/_stcore/upload_file/mine/file", mine).status_code == 200
    assert site.ask("PUT", "/_stcore/upload_file/mine/file", theirs).status_code == 403


def test_signing_out_ends_the_session_on_the_server(site: Site) -> None:
    cookies = site.people.signed_in("ann", "reader")
    assert site.ask("GET", "/media/abc.png", cookies).status_code == 200
    assert site.ask("GET", "/auth/logout", cookies).status_code == 200
    assert site.ask("GET", "/media/abc.png", cookies).status_code == 401


def test_cookies_of_a_sign_in_are_sent_by_https_alone_where_the_server_is_reached_so(site: Site) -> None:
    assert "Secure" not in site.ask("GET", "/oauth2callback").headers["set-cookie"]
    site.encrypted = True
    assert site.ask("GET", "/oauth2callback").headers["set-cookie"].endswith("; Secure")


def test_a_socket_goes_on_while_the_session_stands(site: Site, clock: Clock) -> None:
    def later() -> None:
        clock.now_s += 20 * 60

    sent = site.socket(site.people.signed_in("ann", "reader"), later, later, later)
    assert [message["type"] for message in sent] == ["websocket.accept", *["websocket.send"] * 3]


@pytest.mark.parametrize("end", ["sign out", "idle", "role removed", "shut out"])
def test_a_socket_ends_with_the_session(site: Site, clock: Clock, end: str) -> None:
    cookies = site.people.signed_in("ann", "reader")

    def ended() -> None:
        if end == "sign out":
            site.sign_in.end(site.sign_in.key(cookies))
        elif end == "idle":
            clock.now_s += 31 * 60
        elif end == "role removed":
            site.people.person("ann")
            clock.now_s += 59
        else:
            del site.people.provider.claims["ann"]
            clock.now_s += 59

    sent = site.socket(cookies, lambda: None, ended, lambda: None)
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert [message["type"] for message in site.app.received] == ["websocket.receive", "websocket.disconnect"]


def test_nothing_is_sent_through_a_socket_whose_session_ended_meanwhile(site: Site) -> None:
    cookies = site.people.signed_in("ann", "reader")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.send", "bytes": b"before"})
        site.sign_in.end(site.sign_in.key(cookies))
        await send({"type": "websocket.send", "bytes": b"patient"})
        await send({"type": "websocket.send", "bytes": b"patient"})

    site.middleware.app = app
    sent = site.socket(cookies)
    assert [message.get("bytes", message["type"]) for message in sent] == [b"before", "websocket.close"]


def protocols_of(site: Site) -> str:
    return dict(site.app.scopes[-1]["headers"])[b"sec-websocket-protocol"].decode()


def test_a_window_is_taken_up_again_by_the_sign_in_that_it_belongs_to_alone(site: Site) -> None:
    mine, theirs = site.people.signed_in("ann", "reader"), site.people.signed_in("bea", "reader")
    site.sign_in.account(mine, window="mine")
    site.socket(mine, protocols="streamlit, xsrf, mine")
    assert protocols_of(site) == "streamlit, xsrf, mine"
    for cookies in (theirs, {}, {"signed_in": "ann.99"}):
        site.socket(cookies, protocols="streamlit, xsrf, mine")
        assert protocols_of(site) == "streamlit, xsrf"


def test_without_a_provider_everything_passes_as_it_comes(site: Site) -> None:
    site.sign_in.configure({}, lambda _: None)
    assert site.ask("GET", "/media/abc.png").status_code == 200
    site.socket({}, protocols="streamlit, xsrf, window")
    assert protocols_of(site) == "streamlit, xsrf, window"
