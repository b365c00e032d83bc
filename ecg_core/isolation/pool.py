"""Pool of reader processes: forked when needed, kept warm, killed and replaced when they crash or exceed a limit."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ecg_core import logs, settings
from ecg_core.confinement import OutsideError
from ecg_core.errors import RecordingError
from ecg_core.formats import ChannelsNeededError, LayoutNeededError
from ecg_core.isolation.messages import BrokenMessageError, receive, send
from ecg_core.isolation.template import MAX_COMMAND_BYTES, READERS

ERRORS: Final[dict[str, type[RecordingError]]] = {
    one.__name__: one for one in (ChannelsNeededError, LayoutNeededError, OutsideError, RecordingError)
}
"""Errors that a reader may report, by name."""

_ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def supported() -> bool:
    """Return whether this system can isolate readers: Linux only. Elsewhere they run in the process that asks."""
    return sys.platform == "linux"


@dataclass(frozen=True)
class Limits:
    """What one reader may take.

    Attributes
    ----------
    memory_bytes : int
        Address space beyond what a reader takes before its first request.
    cpu_s : int
        Processor seconds a request.
    wall_s : float
        Seconds a request, whatever it does.
    open_files : int
    """

    memory_bytes: int = 2 << 30
    cpu_s: int = 120
    wall_s: float = 600.0
    open_files: int = 1024


@dataclass(eq=False)
class _Reader:
    pid: int
    connection: socket.socket


class ReaderPool:
    """Reader processes that serve any number of threads.

    Parameters
    ----------
    limits : Limits
        Of each reader.
    max_readers : int
        Readers at the same time; a request beyond waits for one to become free.
    modules : sequence of str
        Modules that the template loads; the readers of all formats by default.
    """

    def __init__(self, limits: Limits, max_readers: int = 4, modules: Sequence[str] = READERS) -> None:
        self.limits = limits
        self._max_readers = max_readers
        self._modules = tuple(modules)
        self._free = threading.Condition()
        self._idle: list[_Reader] = []
        self._n_readers = 0
        self._template_lock = threading.Lock()
        self._template: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._end: weakref.finalize[..., ReaderPool] | None = None

    def warm_up(self) -> None:
        """Start the template and one reader, so that the first request does not wait for them.

        Does nothing where readers run in the process that asks.
        """
        if not supported():
            return
        with contextlib.suppress(OSError, EOFError):
            self._release(self._acquire())

    def close(self) -> None:
        """End all readers; the next request starts them again."""
        with self._free:
            idle, self._idle = self._idle, []
            self._n_readers -= len(idle)
        for reader in idle:
            reader.connection.close()
        with self._template_lock:
            self._close_template()

    def pids(self) -> list[int]:
        """Return the process ids of readers that wait for a request."""
        with self._free:
            return [reader.pid for reader in self._idle]

    def ask(self, request: dict[str, Any], file_name: str, max_array_bytes: int) -> Any:
        """Return a reader's answer to a request.

        Parameters
        ----------
        request : dict
            As `ecg_core.isolation.worker` reads it.
        file_name : str
            For messages.
        max_array_bytes : int
            Largest size of the arrays of the answer.

        Returns
        -------
        object

        Raises
        ------
        RecordingError
            The reader's own, or because it crashed, or exceeded a limit.
        """
        try:
            reader = self._acquire()
        except (OSError, EOFError, ValueError) as error:
            raise RecordingError(
                f"{file_name} cannot be read: no reader process could be started on the server; try again."
            ) from error
        try:
            reader.connection.settimeout(self.limits.wall_s)
            send(reader.connection, request)
            answer = receive(reader.connection, max_array_bytes)
        except BaseException as error:
            status = self._kill(reader)
            if not isinstance(error, OSError | EOFError | BrokenMessageError):
                raise
            logs.event("reader_ended", level=logging.WARNING, status=status, timed_out=isinstance(error, TimeoutError))
            raise RecordingError(_ended_text(file_name, error, status)) from error
        if answer.pop("retires", False):
            self._kill(reader)
        else:
            self._release(reader)
        if "error" in answer:
            raise _error(answer)
        return answer["value"]

    def _acquire(self) -> _Reader:
        with self._free:
            while not self._idle and self._n_readers >= self._max_readers:
                self._free.wait()
            if self._idle:
                return self._idle.pop()
            self._n_readers += 1
        try:
            return self._start_reader()
        except BaseException:
            with self._free:
                self._n_readers -= 1
                self._free.notify()
            raise

    def _release(self, reader: _Reader) -> None:
        with self._free:
            self._idle.append(reader)
            self._free.notify()

    def _kill(self, reader: _Reader) -> int | None:
        """End a reader; return its exit status, negative for a signal, None where its template has gone."""
        reader.connection.close()
        status = None
        try:
            with self._template_lock:
                if self._control is not None and self._template is not None and self._template.poll() is None:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(reader.pid, signal.SIGKILL)
                    status = self._command({"do": "wait", "pid": reader.pid})
        except (OSError, EOFError, ValueError):
            status = None
        with self._free:
            self._n_readers -= 1
            self._free.notify()
        return status

    def _start_reader(self) -> _Reader:
        ours, theirs = socket.socketpair()
        limits = {name: value for name, value in asdict(self.limits).items() if name != "wall_s"}
        with self._template_lock:
            try:
                if self._template is None or self._template.poll() is not None:
                    self._start_template()
                pid = self._command({"do": "fork", "limits": limits}, theirs.fileno())
            except BaseException:
                ours.close()
                self._close_template()
                raise
            finally:
                theirs.close()
        return _Reader(pid, ours)

    def _start_template(self) -> None:
        self._close_template()
        ours, theirs = socket.socketpair()
        with theirs:
            path = os.pathsep.join(dict.fromkeys([str(Path(__file__).parents[2]), *filter(None, sys.path)]))
            self._template = subprocess.Popen(
                [sys.executable, "-m", "ecg_core.isolation.template", str(theirs.fileno()), *self._modules],
                pass_fds=(theirs.fileno(),),
                env=settings.environment_with({**_ONE_THREAD, "PYTHONPATH": path}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl+C in the terminal is for the server
            )
        self._control = ours
        self._end = weakref.finalize(self, _end_template, self._template, ours)

    def _close_template(self) -> None:
        if self._end is not None:
            self._end()
        self._template = self._control = self._end = None

    def _command(self, command: dict[str, Any], *descriptors: int) -> int:
        assert self._control is not None
        socket.send_fds(self._control, [json.dumps(command).encode()], descriptors)
        text = self._control.recv(MAX_COMMAND_BYTES)
        if not text:
            raise EOFError
        return int(json.loads(text))


def _end_template(template: subprocess.Popen[bytes], control: socket.socket) -> None:
    control.close()
    template.wait()


def _ended_text(file_name: str, error: BaseException, status: int | None) -> str:
    if isinstance(error, TimeoutError) or status == -signal.SIGXCPU:
        return f"Reading {file_name} took longer than the server allows, and was stopped; the file is probably damaged."
    if isinstance(error, BrokenMessageError):
        return f"{file_name} could not be read: its reader gave no usable answer; the file is probably damaged."
    return (
        f"{file_name} could not be read: its reader process ended unexpectedly; the file is probably damaged. "
        "Fetch or export it again."
    )


def _error(answer: dict[str, Any]) -> RecordingError:
    kind = ERRORS.get(str(answer["error"]), RecordingError)
    error = kind.__new__(kind)
    Exception.__init__(error, str(answer["message"]))
    vars(error).update(answer["attributes"])
    return error
