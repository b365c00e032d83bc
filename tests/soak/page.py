"""A page of the review desk without a browser: the socket that a page load opens, then the desk's routes."""

from __future__ import annotations

import http.client
import json
import re
import socket
import struct
import urllib.request
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import quote, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from pages.services.middleware import BROWSER_COOKIE

_TOKEN = re.compile(rb'"token":\s*"([A-Za-z0-9_-]{43})"')
WAIT_S = 60.0

Unreachable = (OSError, http.client.HTTPException, WebSocketException, EOFError, TimeoutError)
"""What a request raises when the server is gone."""


class NoSeatError(Exception):
    """The page was drawn without a desk: the recording cannot be opened, or there is no seat for it."""


def cookie_of(url: str) -> str:
    """Return the cookie that the server gives a new browser."""
    with urllib.request.urlopen(f"{url}/", timeout=WAIT_S) as answer:
        given = [str(cookie).partition(";")[0] for cookie in answer.headers.get_all("set-cookie", [])]
    return next(cookie for cookie in given if cookie.startswith(f"{BROWSER_COOKIE}="))


class Page:
    """One window at one recording.

    Parameters
    ----------
    url : str
        The server's, without a slash at the end.
    rec : str
        The recording's reference.
    person : str
        Who edits.
    cookie : str
        The browser's, see `cookie_of`.
    """

    def __init__(self, url: str, rec: str, person: str, cookie: str) -> None:
        self.host, self.rec, self.person = url.partition("//")[2], rec, person
        self._open = ExitStack()
        self._socket = self._open.enter_context(
            connect(
                f"ws://{self.host}/_stcore/stream",
                subprotocols=["streamlit"],  # type: ignore[list-item]
                origin=url,  # type: ignore[arg-type]
                additional_headers={"Cookie": cookie},
                max_size=None,
                open_timeout=WAIT_S,
                ping_interval=None,
                close_timeout=1,
            )
        )
        try:
            self.token = self._load()
        except BaseException:
            self.close()
            raise

    def _load(self) -> str:
        asked = BackMsg()
        asked.rerun_script.query_string = urlencode({"rec": self.rec})
        asked.rerun_script.page_name = "review"
        self._socket.send(asked.SerializeToString())
        while True:
            told = ForwardMsg()
            content = self._socket.recv(timeout=WAIT_S)
            told.ParseFromString(content if isinstance(content, bytes) else content.encode())
            found = _TOKEN.search(told.SerializeToString())
            if found:
                return found.group(1).decode()
            if told.WhichOneof("type") == "script_finished":
                raise NoSeatError(self.rec)

    def ask(self, path: str, **params: object) -> tuple[int, bytes]:
        """Ask for something; return the status and what came."""
        return self._request("GET", f"/api/desk/{path}?{urlencode(params)}", None)

    def post(self, path: str, body: object) -> tuple[int, bytes]:
        """Send JSON; return the status and what came."""
        return self._request("POST", f"/api/desk/{path}", json.dumps(body).encode())

    def break_off(self, path: str, body: object, *, halfway: bool) -> None:
        """Send JSON and lose the connection: in the middle of it, or before the answer is read."""
        content = json.dumps(body).encode()
        head = "".join(f"{name}: {value}\r\n" for name, value in self._headers().items())
        text = f"POST /api/desk/{path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {len(content)}\r\n{head}\r\n"
        name, _, port = self.host.partition(":")
        with socket.create_connection((name, int(port)), timeout=WAIT_S) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # ends with a reset
            line.sendall(text.encode() + (content[: len(content) // 2] if halfway else content))

    def close(self, *, abruptly: bool = False) -> None:
        """Close the window, or lose its connection."""
        if abruptly:
            with suppress(OSError):
                self._socket.socket.shutdown(socket.SHUT_RDWR)
            return
        with suppress(*Unreachable):
            self._open.close()

    def _headers(self) -> dict[str, str]:
        return {
            "X-Desk-Token": self.token,
            "X-Desk-Person": quote(self.person),
            "Content-Type": "application/json",
            "Origin": f"http://{self.host}",
        }

    def _request(self, method: str, path: str, content: bytes | None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.host, timeout=WAIT_S)
        try:
            connection.request(method, path, content, self._headers())
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def meta_of(packed: bytes) -> dict[str, Any]:
    """Return the part of a packed answer that is JSON."""
    length = int.from_bytes(packed[:4], "little")
    meta: dict[str, Any] = json.loads(packed[4 : 4 + length])["meta"]
    return meta
