"""Live streams that the server takes: their samples, their analysis, their state. No Streamlit.

One thread analyses all of them in turns. What it found last is what pages show: a recording as long as what was
analysed, with its analysis; a page that looks again finds it longer.
"""

from __future__ import annotations

import atexit
import math
import secrets
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ecg_core import logs, settings
from ecg_core.classification.model import load_model
from ecg_core.errors import ModelError, SettingError, SourceError
from ecg_core.figures.lanes import Lanes, lanes_of
from ecg_core.leftovers import hold, remove
from ecg_core.live.analyser import LiveAnalyser, LiveState
from ecg_core.live.growing import GrowingSignal
from ecg_core.live.intake import Notice, StreamIntake
from ecg_core.live.protocol import Frame, StreamError, StreamHeader
from pages.services import workspace
from pages.services.live_access import may_see_streams
from pages.services.workspace import OpenedRecording

FOLDER_PREFIX: Final = "rhythmoscope-live-"
"""Of the names of folders with streams' samples; see :mod:`ecg_core.leftovers`."""

KIND: Final = "live"
"""Of references: ``live/ID``."""

STOPPED_S: Final = 5.0
"""A stream without samples for so long has stopped."""

GIVEN_UP_S: Final = 300.0
"""A stream that has stopped for so long has ended; until then its sender may connect again."""

MAX_BEHIND_S: Final = 120.0
"""Signal that may wait for its analysis; a sender that is further ahead has to wait."""

LANES_AFTER: Final = 1.5
"""The heights of the leads are measured again when a stream has grown by this factor."""

_IDLE_S: Final = 0.5
_LONGEST_REST_S: Final = 1.0
_HISTORY: Final = 4096
_GONE: Final = "This live stream is no longer here; choose another one on the Recordings page."

State = Literal["live", "stopped", "ended"]


@dataclass(frozen=True)
class StreamStatus:
    """State of a stream.

    Attributes
    ----------
    rec : str
        Reference of its recording.
    name : str
    state : {"live", "stopped", "ended"}
    silent_s : float
        Since the last samples came.
    received_s, analysed_s : float
        Length of what came, and of what was analysed.
    ended : str or None
        Why it ended, in one sentence.
    problem : str or None
        Why it is not analysed any more.
    notices : tuple of Notice
        The latest things that were not as expected.
    n_notices : int
    settled : bool
        Whether its beats do not change any more.
    """

    rec: str
    name: str
    state: State
    silent_s: float
    received_s: float
    analysed_s: float
    ended: str | None
    problem: str | None
    notices: tuple[Notice, ...]
    n_notices: int
    settled: bool


class LiveStream:
    """A stream with its samples and what was found in them.

    Parameters
    ----------
    header : StreamHeader
        Its header.
    folder : Path
        An empty folder for its samples.
    """

    def __init__(self, header: StreamHeader, folder: Path) -> None:
        self.id = secrets.token_urlsafe(9)
        self.rec = f"{KIND}/{self.id}"
        self.header = header
        self.connected = False
        self.ended: str | None = None
        self.problem: str | None = None
        self.finished = False
        self._signal = GrowingSignal(header, folder / f"{self.id}.f32")
        self._intake = StreamIntake(self._signal, math.floor(settings.LIVE_HOURS.get() * 3600 * header.fs_hz))
        self._analyser = LiveAnalyser(self._signal, load_model())
        self._lock = threading.Lock()
        self._came_s = time.monotonic()
        self._opened: OpenedRecording | None = None
        self._state: LiveState | None = None
        self._lanes: tuple[float, Lanes] | None = None
        self._changed: deque[tuple[int, int]] = deque(maxlen=_HISTORY)

    def connect(self) -> Notice | None:
        """Let a sender begin; return what is to be told where it is not the first."""
        with self._lock:
            self.connected = True
            self._came_s = time.monotonic()
            return self._intake.begin_connection()

    def take(self, frame: Frame) -> tuple[list[Notice], int]:
        """Append a frame; return what was not as expected, and the samples that are there."""
        with self._lock:
            self._came_s = time.monotonic()
            return self._intake.take(frame), self._signal.n_samples

    def end(self, why: str) -> None:
        """End the stream, where it has not ended before."""
        self.connected = False
        if self.ended is None:
            self.ended = why
            logs.event(
                "live_stream_ended",
                stream=self.id,
                hours=round(self._signal.duration_s / 3600, 3),
                notices=self._intake.n_notices,
            )

    @property
    def n_samples(self) -> int:
        """Samples per lead that have come."""
        return self._signal.n_samples

    @property
    def behind_s(self) -> float:
        """Seconds of signal that wait for their analysis."""
        return 0.0 if self.problem else self._analyser.behind_s

    def silent_s(self) -> float:
        """Return for how long no samples have come."""
        return time.monotonic() - self._came_s

    def status(self) -> StreamStatus:
        """Return the state of the stream."""
        silent_s = self.silent_s()
        state: State = "live" if self.connected and silent_s < STOPPED_S else "stopped"
        with self._lock:
            notices = tuple(self._intake.notices)
        analysed_s = 0.0 if self._state is None else self._state.recording.duration_s
        return StreamStatus(
            rec=self.rec,
            name=self.header.name,
            state="ended" if self.ended is not None else state,
            silent_s=silent_s,
            received_s=self._signal.duration_s,
            analysed_s=analysed_s,
            ended=self.ended,
            problem=self.problem,
            notices=notices,
            n_notices=self._intake.n_notices,
            settled=self.finished,
        )

    def current(self) -> OpenedRecording:
        """Return the recording as it was analysed last.

        Raises
        ------
        SourceError
            If nothing was analysed yet.
        """
        opened = self._opened
        if opened is None:
            raise SourceError(f"{self.header.name} has not sent enough signal yet; look again in a few seconds.")
        return opened

    def look(self) -> tuple[LiveState, OpenedRecording]:
        """Return state and recording of one and the same step.

        Raises
        ------
        SourceError
            If nothing was analysed yet.
        """
        with self._lock:
            if self._state is None or self._opened is None:
                raise SourceError(f"{self.header.name} has not sent enough signal yet; look again in a few seconds.")
            return self._state, self._opened

    def changed_since(self, number: int) -> int | None:
        """Return the first sample whose beats may have changed since a step; None where that is not known any more."""
        steps = list(self._changed)
        if not steps or steps[0][0] > number + 1:
            return None
        return min((sample for at, sample in steps if at > number), default=self.n_samples)

    def analyse(self) -> bool:
        """Analyse what has come; return whether there was anything to do."""
        if self.problem is not None or self.finished:
            return False
        last = self.ended is not None
        try:
            state = self._analyser.finish() if last else self._analyser.step()
            if state is not None:
                self._show(state)
        except Exception as error:
            logs.unforeseen("live.analysis", error)
            self.problem = "The analysis of this stream failed and was given up; the server's log has the details."
            return True
        self.finished = last
        return last or state is not None

    def _show(self, state: LiveState) -> None:
        opened = OpenedRecording(self.rec, state.recording, (self.rec, 0, 0), state.analysis, live=self)
        length_s = state.recording.duration_s
        if self._lanes is None or length_s > LANES_AFTER * self._lanes[0]:
            self._lanes = length_s, lanes_of(state.recording)
        opened.__dict__["lanes"] = self._lanes[1]
        with self._lock:
            self._state, self._opened = state, opened
            self._changed.append((state.number, state.changed_from))

    def close(self) -> None:
        """Remove its samples."""
        self._signal.close()


class LiveStreams:
    """All streams of the server."""

    def __init__(self) -> None:
        self._streams: dict[str, LiveStream] = {}
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._held: object = None
        self._came = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, header: StreamHeader) -> LiveStream:
        """Begin a stream, or go on with one whose connection broke off.

        Parameters
        ----------
        header : StreamHeader
            The sender's header.

        Returns
        -------
        LiveStream

        Raises
        ------
        StreamError
            If the server takes no more, has no model, or the stream to go on with is not there.
        """
        with self._lock:
            if header.resume is not None:
                return self._resumed(header)
            try:
                most = max(int(settings.LIVE_STREAMS.get()), 1)
                if sum(stream.ended is None for stream in self._streams.values()) >= most:
                    raise StreamError(f"This server takes {most} live streams at a time; end another one first.")
                stream = LiveStream(header, self._place())
            except (ModelError, SettingError) as error:
                raise StreamError(str(error)) from None
            except OSError as error:
                raise StreamError(f"The server cannot keep the stream: {error.strerror or error}.") from None
            self._streams[stream.id] = stream
            over = [each for each in self._streams.values() if each.ended is not None and each.finished][:-most]
            for each in over:
                del self._streams[each.id]
                each.close()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="live", daemon=True)
                self._thread.start()
        logs.event("live_stream_begun", stream=stream.id, leads=len(header.leads), fs_hz=header.fs_hz)
        return stream

    def _resumed(self, header: StreamHeader) -> LiveStream:
        stream = self._streams.get(header.resume or "")
        if stream is None or stream.ended is not None:
            raise StreamError("The stream to go on with is not here any more; begin another one.")
        if stream.connected:
            raise StreamError("The stream to go on with still has a sender.")
        if not stream.header.fits(header):
            raise StreamError("The stream to go on with has another rate or other leads; begin another one.")
        return stream

    def _place(self) -> Path:
        if self._folder is None or not self._folder.is_dir():
            self._folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
            self._held = hold(self._folder)
        return self._folder

    def came(self) -> None:
        """Let the analysis know that there is something to do."""
        self._came.set()

    def listed(self) -> list[StreamStatus]:
        """Return the streams that the person who asks may see, running ones first, then the latest."""
        if not may_see_streams():
            return []
        found = [stream.status() for stream in reversed(list(self._streams.values()))]
        return sorted(found, key=lambda one: one.state == "ended")

    def find(self, rec: str) -> LiveStream:
        """Return a stream by the reference of its recording.

        Raises
        ------
        SourceError
            If there is none, or the person who asks may not see it.
        """
        kind, _, name = rec.partition("/")
        stream = self._streams.get(name) if kind == KIND else None
        if stream is None or not may_see_streams():
            raise SourceError(_GONE)
        return stream

    def open(self, rec: str) -> OpenedRecording:
        """Return the recording of a stream as it was analysed last.

        Raises
        ------
        SourceError
            If there is none, or nothing was analysed yet.
        """
        return self.find(rec).current()

    def close(self) -> None:
        """End all streams and remove their samples."""
        with self._lock:
            streams, self._streams = list(self._streams.values()), {}
            folder, self._folder = self._folder, None
        for stream in streams:
            stream.end("The server was stopped.")
            stream.problem = "The server was stopped."
            stream.close()
        if folder is not None:
            remove(folder, self._held)  # type: ignore[arg-type]

    def _work(self) -> None:
        """Analyse the streams in turns until none is left that runs."""
        while True:
            began_s = time.monotonic()
            streams = list(self._streams.values())
            for stream in streams:
                if stream.ended is None and stream.silent_s() > GIVEN_UP_S:
                    stream.end(f"Nothing came for {GIVEN_UP_S / 60:.0f} minutes.")
            worked = [stream.analyse() for stream in streams]
            with self._lock:
                if all(each.finished or each.problem for each in self._streams.values()):
                    self._thread = None
                    return
            if not any(worked):
                self._came.wait(_IDLE_S)
                self._came.clear()
            elif all(stream.behind_s < MAX_BEHIND_S / 4 for stream in streams):
                # Half of a core at most while it keeps up: pages and other analyses need the rest.
                time.sleep(min(time.monotonic() - began_s, _LONGEST_REST_S))


LIVE: Final = LiveStreams()
workspace.OPENERS[KIND] = LIVE.open
atexit.register(LIVE.close)
