"""Reader process: opens recordings, reads spans and annotations on request, within its limits.

It serves one request after the other from a socket and ends when the other side closes it.
"""

from __future__ import annotations

import os
import resource
import socket
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

from ecg_core.confinement import confined_to
from ecg_core.errors import RecordingError
from ecg_core.formats import open_recording, recognise
from ecg_core.formats.registry import view_table
from ecg_core.isolation.messages import receive, send
from ecg_core.recording import Annotations, Recording

SENT_FIELDS: Final = (
    "name", "fs_hz", "n_samples", "leads", "files", "start_time", "comments", "source", "synthetic", "notes",
    "other_channels", "annotation_names", "identity", "format_name", "measurements", "statements", "user_metadata",
    "within",
)  # fmt: skip
"""Attributes of a recording that are sent; its readers stay in this process."""

_MAX_OPEN: Final = 8
_MAX_REQUEST_BYTES: Final = 1 << 20
_MAX_GROWTH_BYTES: Final = 256 << 20
"""A reader that has grown by more after a request ends, so that its memory goes back to the system."""


def serve(connection: socket.socket, *, memory_bytes: int, cpu_s: int, open_files: int) -> None:
    """Answer requests until the other side closes the connection.

    Parameters
    ----------
    connection : socket.socket
        Connection to the process that asks.
    memory_bytes : int
        Address space that requests may take beyond what is in use now.
    cpu_s : int
        Processor seconds that a request may take.
    open_files : int
        Files that may be open.
    """
    base_bytes = _resident_bytes()
    _limit(resource.RLIMIT_AS, _address_bytes() + memory_bytes)
    _limit(resource.RLIMIT_NOFILE, open_files)
    _limit(resource.RLIMIT_CORE, 0)
    open_here: OrderedDict[str, Recording] = OrderedDict()
    while True:
        try:
            request = receive(connection, _MAX_REQUEST_BYTES)
        except (EOFError, OSError):
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + cpu_s)
        answer = _answer(request, open_here)
        retires = _resident_bytes() - base_bytes > _MAX_GROWTH_BYTES
        if retires:
            answer["retires"] = True
        send(connection, answer)
        if retires:
            return


def _answer(request: dict[str, Any], open_here: OrderedDict[str, Recording]) -> dict[str, Any]:
    """Return ``{"value": ...}``, or ``{"error": class name, ...}`` of an error with a message for people."""
    file_name = Path(request["path"]).name
    try:
        match request["do"]:
            case "open":
                return {"value": _opened(request, open_here)}
            case "view":
                with confined_to(request["within"]):
                    return {"value": view_table(Path(request["path"]))}
            case "read":
                recording = _recording(request, open_here)
                return {"value": recording.read(request["start"], request["stop"], request["leads"])}
            case "annotations":
                return {"value": _recording(request, open_here).annotations(request["name"])}
    except RecordingError as error:
        return {"error": type(error).__name__, "message": str(error), "attributes": dict(vars(error))}
    except MemoryError:
        open_here.clear()
        return {
            "error": "RecordingError",
            "message": f"{file_name} needs more memory to read than the server allows a file; it was not read.",
            "attributes": {},
        }
    raise ValueError(request["do"])


def _opened(request: dict[str, Any], open_here: OrderedDict[str, Recording]) -> dict[str, Any]:
    """Open a recording; return its attributes and, of formats that are held in memory, the signal."""
    recording = _open(request)
    known = recognise(recording.files[0]) if recording.files else None
    held = known is not None and known.in_memory
    if not held:
        _keep(request["key"], recording, open_here)
    return {
        "attributes": {name: getattr(recording, name) for name in SENT_FIELDS},
        "signal": recording.read() if held else None,
        "annotations": [_annotations(recording, name) for name in recording.annotation_names] if held else None,
    }


def _annotations(recording: Recording, name: str) -> Annotations | str | None:
    """Return a set of annotations, or why it cannot be read."""
    try:
        return recording.annotations(name)
    except RecordingError as error:
        return str(error)


def _recording(request: dict[str, Any], open_here: OrderedDict[str, Recording]) -> Recording:
    """Return the recording that a request means, opened again where it is not open here."""
    recording = open_here.get(request["key"])
    if recording is None:
        recording = _open(request)
        if [recording.fs_hz, recording.n_samples, recording.lead_names] != list(request["expected"]):
            raise RecordingError(f"{Path(request['path']).name} has changed since it was opened; open it again.")
    _keep(request["key"], recording, open_here)
    return recording


def _open(request: dict[str, Any]) -> Recording:
    return open_recording(
        request["path"],
        name=request["name"] if request["do"] == "open" else None,
        source=request.get("source", "local"),
        layout=request["layout"],
        within=request["within"],
    )


def _keep(key: str, recording: Recording, open_here: OrderedDict[str, Recording]) -> None:
    open_here[key] = recording
    open_here.move_to_end(key)
    while len(open_here) > _MAX_OPEN:
        open_here.popitem(last=False)


def _limit(what: int, value: int) -> None:
    """Set the soft limit of this process, as far as its hard limit allows."""
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _address_bytes() -> int:
    return _pages(0) * resource.getpagesize()


def _resident_bytes() -> int:
    return _pages(1) * resource.getpagesize()


def _pages(place: int) -> int:
    with open("/proc/self/statm", encoding="ascii") as stream:
        return int(stream.read().split()[place])


def run(connection: socket.socket, limits: dict[str, int]) -> None:
    """Serve in this process, and end it.

    Parameters
    ----------
    connection : socket.socket
        Connection to the process that asks.
    limits : dict of str to int
        Limits, as the keyword arguments of :func:`serve`.
    """
    status = 1
    try:
        serve(connection, **limits)
        status = 0
    except (BrokenPipeError, ConnectionResetError):
        status = 0
    finally:
        os._exit(status)
