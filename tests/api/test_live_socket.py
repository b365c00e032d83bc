"""Live streams over the WebSocket: who is let in, what is taken, and what is told to sender and desk."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from asgi_client import request
from desk_client import DeskClient
from starlette.applications import Starlette
from starlette.middleware import Middleware
from teller import Teller

from ecg_core.formats import open_recording
from ecg_core.live.protocol import PATH, Frame, StreamHeader, frame_bytes, header_text
from ecg_core.live.secret import has_token, is_token, make_token, revoke_token
from ecg_core.sources.demos import demo_folder
from pages.api.routes import ROUTES, SOCKETS
from pages.services import live_streams, workspace
from pages.services.live_streams import LIVE
from pages.services.middleware import AccessMiddleware, AccessPolicy

pytestmark = pytest.mark.slow

RECORDING = open_recording(demo_folder() / "demo_pvc.hea")
HEADER = StreamHeader("bed 4", RECORDING.fs_hz, RECORDING.leads, synthetic=True)
_GUARD = Middleware(AccessMiddleware, access=lambda: AccessPolicy(["ecg.example"]))
_SERVER = Starlette(routes=[*ROUTES, *SOCKETS], middleware=[_GUARD])


@pytest.fixture(autouse=True)
def _no_streams(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(live_streams, "load_model", Teller)
    yield
    LIVE.close()


@pytest.fixture
def token() -> str:
    return make_token()


def talk(*messages: str | bytes, leaves: bool = True, **headers: str) -> list[dict[str, Any]]:
    """Send messages, and return what the server sent: JSON, and at last ``{"closed": code}`` where it closed."""
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "path": PATH,
        "raw_path": PATH.encode(),
        "root_path": "",
        "scheme": "ws",
        "query_string": b"",
        "subprotocols": [],
        "headers": [(k.lower().encode(), v.encode()) for k, v in {"host": "localhost", **headers}.items()],
        "client": ("test", 1),
        "server": ("test", 80),
    }
    waiting: list[dict[str, Any]] = [{"type": "websocket.connect"}]
    waiting += [
        {"type": "websocket.receive", **({"text": each} if isinstance(each, str) else {"bytes": each})}
        for each in messages
    ]
    waiting += [{"type": "websocket.disconnect", "code": 1006}] if leaves else []
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send":
            sent.append(json.loads(message["text"]))
        elif message["type"] == "websocket.close":
            sent.append({"closed": message["code"]})

    asyncio.run(_SERVER(scope, receive, send))  # type: ignore[arg-type]
    return sent


def frames(first_s: float, stop_s: float, header: StreamHeader = HEADER, sequence: int = 0) -> list[bytes]:
    """Return the demo's samples as frames of half a second."""
    fs_hz, size = RECORDING.fs_hz, round(RECORDING.fs_hz / 2)
    starts = range(round(first_s * fs_hz), round(stop_s * fs_hz), size)
    return [
        frame_bytes(Frame(sequence + n, start, RECORDING.read(start, start + size)), header)
        for n, start in enumerate(starts)
    ]


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def until(is_so: Callable[[], bool]) -> None:
    """Wait for the analysis."""
    for _ in range(1200):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("the analysis did not come so far")


END = json.dumps({"type": "end"})


def test_the_token_is_kept_as_its_hash_alone(token: str) -> None:
    from ecg_core import settings

    kept = [path.read_text() for path in settings.HOME.get().iterdir() if path.is_file()]
    assert kept
    assert not any(token in text for text in kept)
    assert is_token(token)
    assert not is_token(token + "x")
    newer = make_token()
    assert is_token(newer)
    assert not is_token(token)
    assert revoke_token()
    assert not has_token()
    assert not is_token(newer)


@pytest.mark.parametrize("given", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic x"}])
def test_nobody_sends_without_the_token(given: dict[str, str], token: str) -> None:
    assert talk(header_text(HEADER), **given) == [{"closed": 1008}]
    assert LIVE.listed() == []


def test_nobody_sends_where_no_token_was_made() -> None:
    assert talk(header_text(HEADER), **bearer("")) == [{"closed": 1008}]


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"origin": "https://evil.example"}])
def test_host_and_origin_hold_for_the_socket_too(headers: dict[str, str], token: str) -> None:
    assert talk(header_text(HEADER), **bearer(token), **headers) == [{"closed": 1008}]


def test_a_stream_is_taken_acknowledged_and_analysed(token: str) -> None:
    sent = talk(header_text(HEADER), *frames(0, 20), END, **bearer(token))
    accepted, *acks, ended, closed = sent
    assert accepted["type"] == "accepted"
    assert [ack["sequence"] for ack in acks] == list(range(40))
    assert not any(ack["notices"] for ack in acks)
    assert ended == {"type": "ended", "samples": 20 * 360}
    assert closed == {"closed": 1000}
    stream = LIVE.find(f"live/{accepted['stream']}")
    until(lambda: stream.finished)
    opened = workspace.open_in_workspace(stream.rec, "")
    np.testing.assert_array_equal(opened.recording.read(), RECORDING.read(0, 20 * 360))
    assert opened.analysis is not None
    assert len(opened.analysis.beats) > 15
    assert stream.status().state == "ended"


def test_what_is_not_as_expected_is_told_to_the_sender_and_on_the_desk(token: str) -> None:
    whole = frames(0, 20)
    sent = talk(header_text(HEADER), *whole[:10], *whole[9:12], *whole[16:], END, **bearer(token))
    told = [(notice["kind"], notice["sentence"]) for each in sent for notice in each.get("notices", [])]
    assert [kind for kind, _ in told] == ["sequence", "repeat", "sequence", "gap"]
    assert "2.00 s of signal are missing" in told[3][1]
    stream = LIVE.find(f"live/{sent[0]['stream']}")
    until(lambda: stream.finished)
    state = DeskClient(workspace.open_in_workspace(stream.rec, "")).state()
    assert state["live"]["n_notices"] == 4
    assert state["live"]["notices"][-1]["kind"] == "gap"
    assert state["live"]["state"] == "ended"
    gap = stream.current().recording.read(6 * 360, 8 * 360)
    assert np.isnan(gap).all()
    assert any(start <= 6 and stop >= 8 for start, stop in state["quality"]["unreadable"][0])


def test_a_connection_that_broke_off_goes_on(token: str) -> None:
    first = talk(header_text(HEADER), *frames(0, 5), **bearer(token))
    name = first[0]["stream"]
    assert LIVE.find(f"live/{name}").status().state == "stopped"
    again = StreamHeader(HEADER.name, HEADER.fs_hz, HEADER.leads, synthetic=True, resume=name)
    second = talk(header_text(again), *frames(6, 10), END, **bearer(token))
    assert second[0] | {"stream": name, "next_sample": 5 * 360} == second[0]
    assert [notice["kind"] for notice in second[1]["notices"]] == ["reconnected", "gap"]
    other = StreamHeader("x", 250.0, HEADER.leads, resume=name)
    assert talk(header_text(other), **bearer(token))[0]["type"] == "error"


@pytest.mark.parametrize("message", ["no json", "{}", b"\0" * 40, json.dumps({"protocol": 1})])
def test_a_wrong_header_is_refused_in_a_sentence(message: str | bytes, token: str) -> None:
    error, closed = talk(message, leaves=False, **bearer(token))
    assert error["type"] == "error"
    assert error["sentence"].endswith(".")
    assert closed == {"closed": 1008}


@pytest.mark.parametrize("message", [b"", b"\0" * 13, b"\0" * (1 << 19), "no end", "[" * 300])
def test_a_wrong_message_ends_the_stream_in_a_sentence(message: str | bytes, token: str) -> None:
    sent = talk(header_text(HEADER), *frames(0, 1), message, leaves=False, **bearer(token))
    assert sent[-2]["type"] == "error"
    assert sent[-1] == {"closed": 1008}
    (status,) = LIVE.listed()
    assert status.state == "ended"
    assert status.ended == sent[-2]["sentence"]


def test_no_more_streams_than_the_setting_says(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_LIVE_STREAMS", "1")
    talk(header_text(HEADER), *frames(0, 1), **bearer(token))
    error, _ = talk(header_text(HEADER), leaves=False, **bearer(token))
    assert "1 live streams at a time" in error["sentence"]


def test_a_stream_ends_at_the_length_of_the_setting(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_LIVE_HOURS", "0.001")
    sent = talk(header_text(HEADER), *frames(0, 5), leaves=False, **bearer(token))
    assert "may last" in sent[-2]["sentence"]


def test_the_desk_is_told_what_is_new(token: str) -> None:
    sent = talk(header_text(HEADER), *frames(0, 20), **bearer(token))
    stream = LIVE.find(f"live/{sent[0]['stream']}")
    until(lambda: stream.status().analysed_s >= 19)
    client = DeskClient(workspace.open_in_workspace(stream.rec, ""))
    before = client.state()
    assert before["stage"] == "classified"
    again = StreamHeader(HEADER.name, HEADER.fs_hz, HEADER.leads, synthetic=True, resume=stream.id)
    talk(header_text(again), *frames(20, 30), END, **bearer(token))
    until(lambda: stream.finished)
    meta, arrays = client.packed("live", since=before["live"]["number"])
    assert meta["found"]["recording"]["duration_s"] == 30.0
    _, whole = client.packed("beats")
    kept = whole["sample"][whole["sample"] < meta["found"]["from_sample"]]
    assert [*kept, *arrays["sample"]] == list(whole["sample"])
    same, nothing = client.packed("live", since=meta["live"]["number"])
    assert same["found"] is None
    assert len(nothing["id"]) == 0


def test_a_stream_takes_no_edits_waves_or_saliency(token: str) -> None:
    sent = talk(header_text(HEADER), *frames(0, 10), END, **bearer(token))
    stream = LIVE.find(f"live/{sent[0]['stream']}")
    until(lambda: stream.finished)
    client = DeskClient(workspace.open_in_workspace(stream.rec, ""))
    state = client.state()
    assert "cannot be edited" in state["edits_problem"]
    beat = int(client.packed("beats")[1]["id"][0])
    edit = {"uuid": "u", "based_on": 0, "action": "relabel", "beats": [beat], "label": "V"}
    assert client.send("edits", {"since": 0, "edits": [edit]}).status_code == 503
    assert client.send("job", {"do": "waves"}).status_code == 200
    assert "not measured in a live stream" in client.ask("measurements").json()["problem"]
    assert client.ask("saliency", beats=beat).status_code == 422


def test_a_recording_that_is_no_stream_has_no_such_route(client: DeskClient) -> None:
    assert client.ask("live", since=0).status_code == 404
    assert client.state()["live"] is None


def test_the_samples_go_with_the_server(token: str) -> None:
    sent = talk(header_text(HEADER), *frames(0, 5), **bearer(token))
    folder = LIVE._folder
    assert folder is not None
    assert list(folder.iterdir())
    LIVE.close()
    assert not folder.exists()
    assert LIVE.listed() == []
    assert sent[0]["type"] == "accepted"


def test_the_socket_answers_no_plain_request() -> None:
    assert request(_SERVER, "GET", PATH, headers={"host": "localhost"}).status_code == 404
