"""What stands before every address of the server: who may ask from where, how much may be sent, and what is said with
every answer. No Streamlit.

Streamlit looks at the host's name for its own socket alone and sends no such headers.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ecg_core.logs import event

HEALTH_PATHS: Final = ("/healthz", "/_stcore/health")
"""Whoever watches over a server may ask for these under any name: they tell nothing of patients."""

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(:(?P<port>[0-9]{1,5}))?")
_UPLOAD: Final = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/[^/]+$")

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
_FULL: Final = "There is no room for this upload: remove files from the list above, or open them as a local folder."


@dataclass(frozen=True)
class Access:
    """From where the server may be asked.

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
        """Tell whether a page of an origin may send something; what is no browser sends no origin."""
        if origin is None or origin in self.origins:
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and parts.netloc.lower() == (host or "").lower()


class Room(Protocol):
    """How much more may be uploaded into memory."""

    def take(self, session: str, n_bytes: int) -> bool:
        """Take room for an upload, if there is as much."""

    def give_back(self, session: str, n_bytes: int) -> None:
        """Give it back: the upload is where `take` counts it by itself, or it failed."""


class Guard:
    """Middleware that refuses what comes from elsewhere and adds headers to every answer.

    Parameters
    ----------
    app : ASGI application
    access : callable
        Returns from where the server may be asked; called once, with the first request.
    scripts : sequence of str
        Hashes of the scripts that stand in the page itself, as a content security policy has them.
    room : Room, optional
        For uploads.
    """

    def __init__(
        self, app: ASGIApp, access: Callable[[], Access], scripts: Sequence[str] = (), room: Room | None = None
    ) -> None:
        self.app = app
        self._make_access = access
        self._access: Access | None = None
        self._scripts = " ".join(f"'{digest}'" for digest in scripts)
        self._room = room

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

        policy = self._policy(host)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    answer.setdefault(name, value)
                answer.setdefault("Content-Security-Policy", policy)
                answer.setdefault("Cache-Control", _NOT_KEPT)
            await send(message)

        upload = _UPLOAD.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if upload is None or self._room is None:
            await self.app(scope, receive, send_with_headers)
            return
        await self._take_upload(scope, receive, send_with_headers, upload["session"], headers, self._room)

    def _refusal(self, scope: Scope, headers: Headers, host: str | None) -> tuple[int, str] | None:
        if self._access is None:
            self._access = self._make_access()
        path = scope["path"]
        reads = scope["type"] == "http" and scope["method"] in _SAFE_METHODS
        if not self._access.answers_to(host) and not (reads and path.endswith(HEALTH_PATHS)):
            return 421, _WRONG_NAME
        if not reads and not self._access.takes_from(headers.get("origin"), host):
            return 403, _ELSEWHERE
        return None

    async def _take_upload(
        self, scope: Scope, receive: Receive, send: Send, session: str, headers: Headers, room: Room
    ) -> None:
        length = headers.get("content-length", "")
        if not length.isdecimal():
            await self._refuse(scope, receive, send, 411, _NO_LENGTH)
            return
        if not room.take(session, int(length)):
            event("upload_refused", kind="no_room", bytes=int(length))
            await self._refuse(scope, receive, send, 413, _FULL)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            room.give_back(session, int(length))

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
