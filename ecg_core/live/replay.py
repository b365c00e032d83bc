"""Sends a recording to a server as a live stream, in real time or faster."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ecg_core.live.protocol import Frame, StreamError, StreamHeader, frame_bytes, header_text
from ecg_core.recording import Recording

FRAME_S: Final = 0.5
MAX_SPEED: Final = 60.0
_OPEN_S: Final = 10.0
_ANSWER_S: Final = 120.0
_UNANSWERED: Final = 16
"""Frames that may be on their way without an answer."""


@dataclass(frozen=True)
class Replayed:
    """What became of a replay.

    Attributes
    ----------
    stream : str
        Id of the stream on the server.
    n_samples : int
        Samples per lead that the server has.
    notices : tuple of str
        What the server told.
    """

    stream: str
    n_samples: int
    notices: tuple[str, ...]


def replay(
    recording: Recording,
    address: str,
    token: str,
    *,
    speed: float = 1.0,
    start_s: float = 0.0,
    stop_s: float | None = None,
    name: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> Replayed:
    """Send a recording.

    Parameters
    ----------
    recording : Recording
        The recording.
    address : str
        Address of the server's WebSocket.
    token : str
        The sender's token.
    speed : float
        Seconds of the recording in a second, up to `MAX_SPEED`.
    start_s, stop_s : float
        The part that is sent; all of it by default.
    name : str, optional
        What the stream is called.
    progress : callable, optional
        Called with the fraction sent.

    Returns
    -------
    Replayed

    Raises
    ------
    StreamError
        If the server cannot be reached, refuses the stream, or breaks it off.
    """
    from websockets.exceptions import InvalidStatus, WebSocketException
    from websockets.sync.client import connect

    fs_hz = recording.fs_hz
    first = round(start_s * fs_hz)
    last = recording.n_samples if stop_s is None else min(round(stop_s * fs_hz), recording.n_samples)
    header = StreamHeader(name or "replay", fs_hz, recording.leads, synthetic=recording.synthetic)
    notices: list[str] = []
    received = 0
    try:
        with connect(
            address,
            additional_headers={"Authorization": f"Bearer {token}"},
            open_timeout=_OPEN_S,
            compression=None,
            proxy=None,
        ) as socket:
            socket.send(header_text(header))
            stream = str(_answer(socket.recv(_ANSWER_S))["stream"])
            size = max(round(FRAME_S * fs_hz), 1)
            began_s, unanswered = time.monotonic(), 0
            for sequence, start in enumerate(range(first, last, size)):
                stop = min(start + size, last)
                due_s = began_s + (stop - first) / fs_hz / speed
                time.sleep(max(due_s - time.monotonic(), 0.0))
                frame = Frame(sequence, start - first, recording.read(start, stop))
                socket.send(frame_bytes(frame, header))
                unanswered += 1
                while unanswered >= _UNANSWERED:
                    unanswered -= 1
                    received = _acknowledged(_answer(socket.recv(_ANSWER_S)), notices)
                if progress is not None:
                    progress((stop - first) / (last - first))
            socket.send(json.dumps({"type": "end"}))
            while (answer := _answer(socket.recv(_ANSWER_S)))["type"] != "ended":
                received = _acknowledged(answer, notices)
    except InvalidStatus as error:
        status = error.response.status_code
        raise StreamError(f"{address} refused the stream (status {status}); the token may be wrong.") from None
    except (OSError, WebSocketException, TimeoutError, ValueError) as error:
        if isinstance(error, StreamError):
            raise
        raise StreamError(f"The stream to {address} broke off: {error or type(error).__name__}.") from None
    return Replayed(stream, received, tuple(notices))


def _answer(text: str | bytes) -> dict[str, Any]:
    answer = json.loads(text)
    if answer.get("type") == "error":
        raise StreamError(str(answer.get("sentence")))
    return dict(answer)


def _acknowledged(answer: dict[str, Any], notices: list[str]) -> int:
    notices += [str(notice["sentence"]) for notice in answer.get("notices", [])]
    return int(answer.get("samples", 0))
