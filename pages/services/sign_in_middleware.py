"""ASGI middleware for sign-in: nothing of a recording leaves for who has no session. No Streamlit.

Open to everybody are the page's own scripts and styles, which hold no data, the addresses of sign-in itself, health and
metrics. Streamlit's socket is open too, since the sign-in page comes through it: without a session it begins a new one
of Streamlit's sessions, in which only that page is drawn. A socket that was opened with a session ends with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ecg_core.errors import ReviewError
from ecg_core.logs import event
from pages.services.accounts import Account
from pages.services.sign_in import SignIn, UnconfirmedError

_GUARDED: Final = re.compile(r"/(api|_stcore|app/static)/|(?<!/static)/media/")
_OPEN: Final = re.compile(r"/_stcore/(health|metrics|host-config)$|/_stcore/bidi-components/")
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SIGN_OUT: Final = "/auth/logout"
_PROTOCOLS: Final = b"sec-websocket-protocol"
_SOCKET_ENDED: Final = 1008


class SignInMiddleware:
    """Middleware that lets nobody without a session have anything of a recording.

    Parameters
    ----------
    app : ASGI application
    sign_in : SignIn
        Who is signed in.
    upload_path : re.Pattern
        Paths to which uploads are put, with a group ``session`` for the window.
    cookie : str
        Prefix of the names of the cookies that a sign-in sets.
    is_encrypted : callable
        Tells whether browsers come by https, so that these cookies are to be sent by it alone.
    """

    def __init__(
        self,
        app: ASGIApp,
        sign_in: SignIn,
        upload_path: re.Pattern[str],
        cookie: str,
        is_encrypted: Callable[[], bool] = lambda: False,
    ) -> None:
        self.app = app
        self._sign_in = sign_in
        self._upload_path = upload_path
        self._cookie = cookie
        self._is_encrypted = is_encrypted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if not self._sign_in.is_required or scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, cookies = scope["path"], HTTPConnection(scope).cookies
        if path.endswith(_SIGN_OUT):
            self._sign_in.end(self._sign_in.key(cookies))
        elif is_guarded(path, scope["method"]):
            try:
                account = await run_in_threadpool(self._sign_in.account, cookies, used=False)
                problem, status = self._problem(account, scope), 403
            except ReviewError as error:
                problem, status = str(error), 503 if isinstance(error, UnconfirmedError) else 401
            if problem:
                event("access_refused", status=status)
                await JSONResponse({"problem": problem}, status, {"Cache-Control": "no-store"})(scope, receive, send)
                return

        async def send_secure(message: Message) -> None:
            if message["type"] == "http.response.start" and self._is_encrypted():
                message = {**message, "headers": [self._secured(header) for header in message.get("headers", ())]}
            await send(message)

        await self.app(scope, receive, send_secure)

    def _problem(self, account: Account, scope: Scope) -> str:
        """Return in a sentence why an account may not have what it asks for; empty if it may."""
        if not account.roles:
            return "Your account has no role here."
        upload = self._upload_path.search(scope["path"])
        if upload is not None and not self._sign_in.has_window(account.session, upload["session"]):
            return "This page was opened by somebody else; reload it."
        return ""

    def _secured(self, header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        name, value = header
        is_ours = name.lower() == b"set-cookie" and value.startswith(self._cookie.encode())
        return (name, value + b"; Secure") if is_ours and b"; secure" not in value.lower() else header

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let Streamlit's socket be used as long as the session lasts with which it was opened."""
        try:
            account = await run_in_threadpool(self._sign_in.account, HTTPConnection(scope).cookies, used=False)
            key = account.session if account.roles else ""
        except ReviewError:
            key = ""
        scope = self._without_strange_window(scope, key)
        if not key:
            await self.app(scope, receive, send)
            return
        is_closed = False

        async def close() -> None:
            nonlocal is_closed
            if not is_closed:
                is_closed = True
                event("socket_ended")
                await send({"type": "websocket.close", "code": _SOCKET_ENDED, "reason": ""})

        async def receive_signed_in() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and not await run_in_threadpool(self._is_here, key):
                await close()
                return {"type": "websocket.disconnect", "code": _SOCKET_ENDED}
            return message

        async def send_signed_in(message: Message) -> None:
            if message["type"] == "websocket.send" and not self._sign_in.is_open(key):
                await close()
            elif not is_closed:
                await send(message)

        await self.app(scope, receive_signed_in, send_signed_in)

    def _is_here(self, key: str) -> bool:
        try:
            return bool(self._sign_in.account_at(key, used=True).roles)
        except ReviewError:
            return False

    def _without_strange_window(self, scope: Scope, key: str) -> Scope:
        """Take one of Streamlit's sessions out of a request that belongs to another sign-in, or to none."""
        headers = MutableHeaders(raw=list(scope["headers"]))
        told = [part.strip() for part in headers.get(_PROTOCOLS.decode(), "").split(",")]
        if len(told) < 3 or self._sign_in.has_window(key, told[2]):  # protocol, token, session
            return scope
        headers[_PROTOCOLS.decode()] = ", ".join(told[:2])
        changed: dict[str, Any] = {**scope, "headers": headers.raw}
        if "subprotocols" in scope:
            changed["subprotocols"] = told[:2]
        return changed


def is_guarded(path: str, method: str) -> bool:
    """Tell whether a request needs a session.

    Parameters
    ----------
    path, method : str
        Of the request.
    """
    return method not in _SAFE_METHODS or (bool(_GUARDED.search(path)) and not _OPEN.search(path))
