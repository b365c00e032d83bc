"""WebSocket that takes live streams (docs/live.md): authenticated, bounded, slowed down where analysis falls behind.

Host and origin are checked before, by the middleware.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import asdict
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from ecg_core import logs
from ecg_core.live.intake import Notice
from ecg_core.live.protocol import MAX_FRAME_BYTES, MAX_FRAME_S, StreamError, parse_frame, parse_header
from ecg_core.live.secret import is_token
from pages.services.live_streams import GIVEN_UP_S, LIVE, MAX_BEHIND_S, STOPPED_S, LiveStream

HEADER_S: Final = 10.0
"""A sender that was let in has to send its header within this time."""

MAX_RATE: Final = 120.0
"""Seconds of signal that may come in a second, on average."""

BURST_S: Final = 60.0
"""Seconds of signal that may come at once."""

_WAIT_S: Final = 0.2
_REFUSED: Final = 1008
_END_TEXT: Final = 256


async def take_stream(socket: WebSocket) -> None:
    """Take one stream."""
    scheme, _, token = socket.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not await run_in_threadpool(is_token, token.strip()):
        logs.event("live_stream_refused", kind="token")
        await socket.close(_REFUSED)
        return
    await socket.accept()
    try:
        async with asyncio.timeout(HEADER_S):
            first = await socket.receive_text()
        header = parse_header(first)
        stream = await run_in_threadpool(LIVE.begin, header)
    except (StreamError, KeyError) as error:
        sentence = str(error) if isinstance(error, StreamError) else "The first message must be the header, as text."
        await _refuse(socket, sentence)
        return
    except TimeoutError:
        await _refuse(socket, f"No header came within {HEADER_S:g} s.")
        return
    except WebSocketDisconnect:
        return
    connection = _Connection(socket, stream)
    try:
        await connection.serve()
    except StreamError as error:
        stream.end(str(error))
        await _refuse(socket, str(error))
    except OSError as error:
        stream.end("The server could not keep the samples.")
        await _refuse(socket, f"The server cannot keep the samples: {error.strerror or type(error).__name__}.")
    except WebSocketDisconnect:
        pass
    finally:
        stream.connected = False
        LIVE.came()


class _Connection:
    """A sender's connection.

    Parameters
    ----------
    socket : WebSocket
        Accepted.
    stream : LiveStream
        The stream that it feeds.
    """

    def __init__(self, socket: WebSocket, stream: LiveStream) -> None:
        self._socket = socket
        self._stream = stream
        self._notices: list[Notice] = []
        self._began_s = time.monotonic()
        self._came_s = 0.0

    async def serve(self) -> None:
        """Take frames until the stream ends or the connection breaks off."""
        stream = self._stream
        again = stream.connect()
        self._notices += [again] if again is not None else []
        await self._send(
            type="accepted",
            stream=stream.id,
            next_sample=stream.n_samples,
            max_frame_bytes=MAX_FRAME_BYTES,
            max_frame_s=MAX_FRAME_S,
        )
        while stream.ended is None:
            message = await self._received()
            if message is None:
                return
            text, content = message.get("text"), message.get("bytes")
            if content is not None:
                await self._take(content)
            elif text is None or len(text) > _END_TEXT or not _is_end(text):
                raise StreamError("After the header a stream has binary frames, and at last an end message.")
            else:
                stream.end("The sender ended the stream.")
                await self._send(type="ended", samples=stream.n_samples)
                await self._socket.close()

    async def _received(self) -> Any:
        """Return the next message; None where the sender has left or was silent for too long."""
        silent_s = 0.0
        while True:
            try:
                async with asyncio.timeout(STOPPED_S):
                    message = await self._socket.receive()
            except TimeoutError:
                if not silent_s:
                    await self._send(type="stopped", sentence=f"Nothing came for {STOPPED_S:g} s.")
                silent_s += STOPPED_S
                if silent_s >= GIVEN_UP_S:
                    raise StreamError(
                        f"Nothing came for {GIVEN_UP_S / 60:.0f} minutes; the stream has ended."
                    ) from None
                continue
            return None if message["type"] == "websocket.disconnect" else message

    async def _take(self, content: bytes) -> None:
        stream = self._stream
        frame = parse_frame(content, stream.header)
        notices, n_samples = await run_in_threadpool(stream.take, frame)
        LIVE.came()
        await self._slow_down(len(frame.signal_mv) / stream.header.fs_hz)
        told, self._notices = [*self._notices, *notices], []
        await self._send(
            type="ack", sequence=frame.sequence, samples=n_samples, notices=[asdict(notice) for notice in told]
        )

    async def _slow_down(self, frame_s: float) -> None:
        """Let a sender wait that is too fast, or too far ahead of the analysis."""
        self._came_s += frame_s
        ahead_s = (self._came_s - BURST_S) / MAX_RATE - (time.monotonic() - self._began_s)
        if ahead_s > 0:
            await asyncio.sleep(ahead_s)
        while self._stream.behind_s > MAX_BEHIND_S and self._stream.ended is None:
            await asyncio.sleep(_WAIT_S)

    async def _send(self, **message: Any) -> None:
        await self._socket.send_text(json.dumps(message))


def _is_end(text: str) -> bool:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(given, dict) and given.get("type") == "end"


async def _refuse(socket: WebSocket, sentence: str) -> None:
    """Say in one sentence why no more is taken, and close."""
    logs.event("live_stream_refused", kind="protocol")
    if socket.application_state is WebSocketState.CONNECTED and socket.client_state is WebSocketState.CONNECTED:
        await socket.send_text(json.dumps({"type": "error", "sentence": sentence}))
        await socket.close(_REFUSED)
