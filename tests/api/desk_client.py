"""What a browser does with the desk's routes, in Python."""

from __future__ import annotations

import json
from itertools import count
from typing import Any
from urllib.parse import quote

import numpy as np
from asgi_client import Answered, request
from starlette.applications import Starlette

from pages.api.routes import PREFIX, ROUTES
from pages.services.job_executor import ANALYSIS_JOBS
from pages.services.tokens import issue_token
from pages.services.workspace import OpenedRecording

Arrays = dict[str, np.ndarray]

_numbers = count()
_server = Starlette(routes=ROUTES)


def unpack(content: bytes) -> tuple[dict[str, Any], Arrays]:
    """Read what `pages.api.wire.pack` wrote, as the browser does."""
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length])
    start = 4 + length
    assert start % 8 == 0
    arrays = {}
    for name, entry in header["arrays"].items():
        assert entry["offset"] % 8 == 0
        begin = start + entry["offset"]
        data = content[begin : begin + entry["bytes"]]
        arrays[name] = np.frombuffer(data, dtype=f"<{np.dtype(entry['dtype']).str[1:]}").reshape(entry["shape"])
    return header["meta"], arrays


class DeskClient:
    """One person's page at a recording."""

    def __init__(self, opened: OpenedRecording, person: str = "", token: str | None = None) -> None:
        self.token = issue_token(opened) if token is None else token
        self.person = person
        self.more: dict[str, str] = {}

    @property
    def headers(self) -> dict[str, str]:
        named = {"X-Desk-Person": quote(self.person)} if self.person else {}
        return {"X-Desk-Token": self.token, **named, **self.more}

    def head(self, path: str, **params: object) -> Answered:
        return request(_server, "HEAD", f"{PREFIX}/{path}", params, self.headers)

    def part(self, path: str, asked: str, **params: object) -> Answered:
        return request(_server, "GET", f"{PREFIX}/{path}", params, {**self.headers, "Range": asked})

    def leave(self, path: str, **params: object) -> Answered:
        """Ask, and leave before the answer comes."""
        return request(_server, "GET", f"{PREFIX}/{path}", params, self.headers, leaves=True)

    def ask(self, path: str, query: str = "", **params: object) -> Answered:
        return request(_server, "GET", f"{PREFIX}/{path}", query or params, self.headers)

    def send(self, path: str, body: object) -> Answered:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return request(_server, "POST", f"{PREFIX}/{path}", headers=self.headers, body=content)

    def state(self) -> dict[str, Any]:
        answer = self.ask("state")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def detect(self) -> dict[str, Any]:
        """Have the beats detected, as a page does that sees a state without beats and without a job."""
        answer = self.send("job", {"do": "detect"})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def packed(self, path: str, **params: object) -> tuple[dict[str, Any], Arrays]:
        answer = self.ask(path, **params)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return unpack(answer.content)

    def post(self, path: str, body: object) -> tuple[dict[str, Any], Arrays]:
        answer = self.send(path, body)
        assert answer.status_code == 200, answer.text
        return unpack(answer.content)

    def edit(self, since: int, *edits: dict[str, Any]) -> tuple[dict[str, Any], Arrays]:
        named = [{"uuid": f"{self.token[:8]}-{next(_numbers)}", **edit} for edit in edits]
        return self.post("edits", {"edits": named, "since": since})


def patched(table: Arrays, patch: tuple[dict[str, Any], Arrays]) -> Arrays:
    """Apply a patch to a table of beats, by ids, as the browser does."""
    meta, arrays = patch
    new = {name: column for name, column in arrays.items() if name != "removed"}
    if meta["full"]:
        return new
    gone = np.concatenate([arrays["removed"], new["id"]])
    keep = ~np.isin(table["id"], gone)
    joined = {name: np.concatenate([column[keep], new[name]]) for name, column in table.items()}
    order = np.argsort(joined["sample"], kind="stable")
    return {name: column[order] for name, column in joined.items()}


def wait_for_jobs() -> None:
    """Wait until no job is under way."""
    for job in list(ANALYSIS_JOBS._jobs.values()):
        assert job.wait(60)
