"""ASGI middleware: host and origin checks, request size limits, security headers. No Streamlit.

Streamlit looks at the host's name for its own socket alone and sends no such headers.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ecg_core.logs import event
from pages.services.byte_budget import ByteBudget

HEALTH_PATH: Final = "/healthz"
METRICS_PATH: Final = "/metrics"

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(:(?P<port>[0-9]{1,5}))?")

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
}
_NOT_KEPT: Final = "no-store"

_WRONG_NAME: Final = (
    "This server does not answer under this name; whoever runs it can allow the name with server.allowedHosts."
)
_ELSEWHERE: Final = "This request comes from another site's page and was refused."
_NO_LENGTH: Final = "An upload must say how long it is."
_SLOW: Final = "What was sent arrived too slowly, or not at all, and was given up; send it again."
_MANY: Final = "Too much is being sent to this server at the moment; send it again in a minute."
_FULL: Final = "There is no room for this upload: remove files from the list above, or open them as a local folder."


BROWSER_COOKIE: Final = "rhythmoscope_browser"
"""Tells the browsers apart to which uploads belong: a random number, gone when the browser is closed."""

_COOKIE: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class AccessPolicy:
    """Policy of accepted hosts and origins.

    Attributes
    ----------
    hosts : sequence of str
        Names that it answers to beside addresses of numbers and "localhost"; ``*.example.org`` stands for all below,
        ``*`` for all.
    origins : sequence of str
        Other sites whose pages may send something, e.g. "https://portal.example.org".
    """

    hosts: Sequence[str] = ()
    origins: Sequence[str] = ()

    def answers_to(self, host: str | None) -> bool:
        """Tell whether a request's Host header names this server.

        A page that was loaded from a stranger's name cannot ask an address of numbers without naming that name: such
        addresses need no list.
        """
        found = _HOST.fullmatch(host or "")
        if found is None:
            return False
        name = found["name"].lower().rstrip(".")
        if _is_address(name) or name == "localhost" or name.endswith(".localhost"):
            return True
        return any(_matches(name, allowed.strip().lower().rstrip(".")) for allowed in self.hosts)

    def takes_from(self, origin: str | None, host: str | None) -> bool:
        """Return whether requests that change state are accepted from a page's origin.

        Parameters
        ----------
        origin : str or None
            Origin header; not sent by programs other than browsers.
        host : str
            Host header.

        Returns
        -------
        bool
        """
        if origin is None or origin in self.origins:
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and parts.netloc.lower() == (host or "").lower()


PERSON_BODY_BYTES: Final = 64 << 20
ALL_BODY_BYTES: Final = 256 << 20
"""Limits of request bodies other than uploads, of one person and of all together."""


@dataclass(frozen=True)
class Patience:
    """Time limits of request bodies.

    Attributes
    ----------
    idle_s : float
        The longest time in which nothing arrives.
    grace_s : float
        What is allowed before the rate counts.
    least_bytes_per_s : float
        The mean rate after that; as Apache's ``RequestReadTimeout body=20,MinRate=500`` means it.
    """

    idle_s: float = 20.0
    grace_s: float = 20.0
    least_bytes_per_s: float = 4096.0


DEFAULT_PATIENCE: Final = Patience()


class _Body:
    """A request's body as it arrives: it is counted, may not be slow, and is known to have broken off.

    Attributes
    ----------
    whole : bool
        Whether nothing more is to come.
    broke_off : bool
        Whether the sender left before that.
    refusal : (int, str) or None
        Why the rest is not taken.
    """

    def __init__(
        self, receive: Receive, headers: Headers, patience: Patience, take: Callable[[int], bool], full: str
    ) -> None:
        self._receive, self._patience, self._take, self._full = receive, patience, take, full
        length = headers.get("content-length", "0").strip()
        self.whole = length in ("", "0") and "transfer-encoding" not in headers
        self.broke_off = False
        self.refusal: tuple[int, str] | None = None
        self.taken = 0
        self._arrived = 0
        self._began_s = time.monotonic()

    async def receive(self) -> Message:
        """Return the next part; a sender who has left where the rest is not taken."""
        if self.refusal is not None:
            return {"type": "http.disconnect"}
        if self.whole:
            return await self._receive()
        due_s = self._patience.grace_s + self._arrived / self._patience.least_bytes_per_s
        left_s = self._began_s + due_s - time.monotonic()
        try:
            message = await asyncio.wait_for(self._receive(), max(min(left_s, self._patience.idle_s), 0.0))
        except TimeoutError:
            self.refusal = (408, _SLOW)
            return {"type": "http.disconnect"}
        if message["type"] == "http.disconnect":
            self.broke_off = True
            return message
        n_bytes = len(message.get("body", b""))
        self._arrived += n_bytes
        if n_bytes and not self._take(n_bytes):
            self.refusal = (413, self._full)
            return {"type": "http.disconnect"}
        self.taken += n_bytes
        self.whole = not message.get("more_body", False)
        return message


class AccessMiddleware:
    """Middleware that refuses what comes from elsewhere and adds headers to every answer.

    Parameters
    ----------
    app : ASGI application
    access : callable
        Returns from where the server may be asked; called once, with the first request.
    scripts : sequence of str
        Hashes of the scripts that stand in the page itself, as a content security policy has them.
    uploads, bodies : ByteBudget, optional
        Memory for uploads, and for all other request bodies.
    upload_path : re.Pattern, optional
        Paths to which uploads are put, with a group ``session`` for the window; none are known by default.
    health_paths : sequence of str
        Paths that may be asked for under any host name, since they tell nothing of patients.
    patience : Patience
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Callable[[], AccessPolicy],
        scripts: Sequence[str] = (),
        uploads: ByteBudget | None = None,
        bodies: ByteBudget | None = None,
        upload_path: re.Pattern[str] | None = None,
        health_paths: Sequence[str] = (HEALTH_PATH,),
        patience: Patience = DEFAULT_PATIENCE,
    ) -> None:
        self.app = app
        self._make_access = access
        self._access: AccessPolicy | None = None
        self._scripts = " ".join(f"'{digest}'" for digest in scripts)
        self._uploads = uploads
        self._upload_path = upload_path
        self._health_paths = tuple(health_paths)
        self._bodies = bodies or ByteBudget(PERSON_BODY_BYTES, ALL_BODY_BYTES)
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host")
        refused = self._refusal(scope, headers, host)
        if refused is not None:
            event("request_refused", status=refused[0], kind=scope["type"])
            await self._refuse(scope, receive, send, *refused)
            return

        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            return
        await self._answer(scope, receive, send, headers, self._policy(host))

    async def _answer(self, scope: Scope, receive: Receive, send: Send, headers: Headers, policy: str) -> None:
        """Let the application answer; its body is counted as it arrives."""
        cookie = _browser_cookie(headers)
        browser = browser_of(cookie)
        upload = self._upload_path.search(scope["path"]) if scope["method"] == "PUT" and self._upload_path else None
        if upload is not None and self._uploads is not None:
            budget, window, full = self._uploads, upload["session"], _FULL
            person = browser or window
            length = headers.get("content-length", "")
            if not length.isdecimal():
                await self._refuse(scope, receive, send, 411, _NO_LENGTH)
                return
            if not budget.fits(person, int(length)):
                event("upload_refused", kind="no_room", bytes=int(length))
                await self._refuse(scope, receive, send, 413, _FULL)
                return
        else:
            budget, window, full = self._bodies, "", _MANY
            person = browser or str((scope.get("client") or ("",))[0])
        body = _Body(receive, headers, self._patience, lambda n_bytes: budget.take(person, n_bytes, window), full)
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if body.refusal is not None and not begun:
                return  # what the application makes of a sender who has left
            if message["type"] == "http.response.start":
                begun = True
                answer = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    answer.setdefault(name, value)
                answer.setdefault("Content-Security-Policy", policy)
                answer.setdefault("Cache-Control", _NOT_KEPT)
                if not body.whole:
                    answer["Connection"] = "close"
                if cookie is None and answer.get("content-type", "").startswith("text/html"):
                    answer.append("Set-Cookie", _new_cookie(scope))
            await send(message)

        try:
            await self.app(scope, body.receive, send_with_headers)
        except ClientDisconnect:
            pass
        finally:
            budget.give_back(person, body.taken)
        kind = "upload" if upload is not None else "request"
        if body.refusal is not None:
            event(f"{kind}_refused", kind="slow" if body.refusal[0] == 408 else "no_room", bytes=body.taken)
            if not begun:
                await self._refuse(scope, receive, send, *body.refusal)
        elif body.broke_off:
            event("request_broke_off", kind=kind, bytes=body.taken)

    def _refusal(self, scope: Scope, headers: Headers, host: str | None) -> tuple[int, str] | None:
        if self._access is None:
            self._access = self._make_access()
        path = scope["path"]
        reads = scope["type"] == "http" and scope["method"] in _SAFE_METHODS
        if not self._access.answers_to(host) and not (reads and path.endswith(self._health_paths)):
            return 421, _WRONG_NAME
        if not reads and not self._access.takes_from(headers.get("origin"), host):
            return 403, _ELSEWHERE
        return None

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, status: int, sentence: str) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        body = sentence.encode()
        fixed: dict[str, str] = {
            **_HEADERS,
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": str(len(body)),
            "Cache-Control": _NOT_KEPT,
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "Connection": "close",  # what was to be sent has not been read
        }
        raw: list[Any] = [(name.lower().encode(), value.encode()) for name, value in fixed.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})

    def _policy(self, host: str | None) -> str:
        # Not every browser takes the page's own socket for "self".
        found = _HOST.fullmatch(host or "")
        sockets = f" ws://{found[0]} wss://{found[0]}" if found else ""
        return "; ".join(
            [
                "default-src 'self'",
                # The desk's modules come to the browser as text, which Streamlit imports from its memory.
                f"script-src 'self' blob: {self._scripts}".rstrip(),
                "style-src 'self' 'unsafe-inline'",
                "img-src 'self' data: blob:",
                "media-src 'self' data: blob:",
                "font-src 'self' data:",
                f"connect-src 'self'{sockets}",
                "worker-src 'self' blob:",
                "object-src 'none'",
                "frame-src 'none'",
                "base-uri 'self'",
                "form-action 'self'",
                "frame-ancestors 'none'",
            ]
        )


def browser_of(cookie: str | None) -> str:
    """Return what stands for a browser by its cookie, by which the cookie cannot be told; empty where it has none."""
    return hashlib.sha256(cookie.encode()).hexdigest()[:32] if cookie and _COOKIE.fullmatch(cookie) else ""


def _browser_cookie(headers: Headers) -> str | None:
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == BROWSER_COOKIE and _COOKIE.fullmatch(value):
            return value
    return None


def _new_cookie(scope: Scope) -> str:
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return f"{BROWSER_COOKIE}={secrets.token_hex(16)}; Path=/; HttpOnly; SameSite=Strict{secure}"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _matches(name: str, allowed: str) -> bool:
    if allowed.startswith("*."):
        return name.endswith(allowed[1:])
    return allowed == "*" or name == allowed
