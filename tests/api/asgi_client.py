"""Requests to an ASGI application without a server; Starlette's own client needs a package that nothing else does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Answered:
    """An answer as it came."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


def request(
    app: ASGIApp,
    method: str,
    path: str,
    params: Mapping[str, object] | str = "",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    leaves: bool = False,
) -> Answered:
    """Send one request, its body in two parts, and collect the answer.

    Whoever asks is there until the answer is whole, unless they leave as soon as they have asked.
    """
    sent = {**({"content-type": "application/json"} if method == "POST" else {}), **(headers or {})}
    query = params if isinstance(params, str) else urlencode(params)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": query.encode("latin-1"),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in sent.items()],
        "client": ("test", 1),
        "server": ("test", 80),
    }
    half = len(body) // 2
    parts: list[Message] = [
        {"type": "http.request", "body": body[:half], "more_body": True},
        {"type": "http.request", "body": body[half:], "more_body": False},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        if not parts and not leaves:
            await asyncio.Event().wait()
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as apart:  # a browser driven from this thread keeps a loop of its own there
        apart.submit(asyncio.run, app(scope, receive, send)).result()
    start = sent[0]
    return Answered(
        start["status"],
        {name.decode().lower(): value.decode() for name, value in start["headers"]},
        b"".join(message.get("body", b"") for message in sent[1:]),
    )
