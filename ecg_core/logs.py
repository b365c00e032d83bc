"""Structured logging: one JSON object per event on stderr, without patient data.

An event has a name and fields. A field is a number, a yes or no, or a word (`WORD`): there is no room in it for a path,
a sentence or anything else that stands in a file. A recording is known by its code, the first digits of its hash. Of an
error the line tells its type and the places it came through, never its message, which may quote a file. What other
packages say goes the same way: their messages without what they put into them.

``RHYTHMOSCOPE_LOG_LEVEL`` (debug, info, warning, error) says how much is told.
"""

from __future__ import annotations

import errno
import json
import logging
import math
import re
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TextIO

from ecg_core import settings
from ecg_core.errors import SettingError
from ecg_core.progress import Cancelled

LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

WORD: Final = re.compile(r"[A-Za-z0-9_.:+-]{1,80}")
"""What a text in a field may be."""

_ROOT: Final = Path(__file__).resolve().parents[1]
_EVENTS: Final = "rhythmoscope"
_OWN: Final = (_EVENTS, "ecg_core", "pages", "__main__")
_SERVER_LOGGERS: Final = ("streamlit", "uvicorn", "asyncio", "websockets", "starlette", "anyio", "sqlalchemy")
"""Packages whose messages, without what was put into them, may be told: they never read a recording."""

_FRAMES: Final = 12
_CAUSES: Final = 4
_MAX_TEXT_LENGTH: Final = 200
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
_ADDRESS: Final = re.compile(r"\S*[/\\?@]\S*")

Listener = Callable[[str, Mapping[str, Any]], None]

_log = logging.getLogger(_EVENTS)
_listeners: Final[list[Listener]] = []


def listen(listener: Listener) -> None:
    """Call a function with the name and the fields of each event from now on, whatever level is logged.

    Parameters
    ----------
    listener : callable
        Called as ``listener(name, fields)`` in the thread of the event; it must be quick and raise nothing.
    """
    if listener not in _listeners:
        _listeners.append(listener)


def event(name: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Tell that something happened.

    Parameters
    ----------
    name : str
        What, e.g. "analysis_finished".
    level : int
        As in `logging`.
    **fields : bool, int, float, str or sequence of str, optional
        Texts must be a `WORD`; what is not is told as "?".
    """
    for listener in _listeners:
        listener(name, fields)
    if _log.isEnabledFor(level):
        _log.log(level, name, extra={"fields": fields})


def unforeseen(where: str, error: BaseException, **fields: Any) -> None:
    """Log an unexpected error: its type and the places it came through.

    Parameters
    ----------
    where : str
        Name of the part of the program.
    error : BaseException
        The error.
    **fields
        Further fields of the event.
    """
    event("unforeseen_error", level=logging.ERROR, where=where, **fields, **described(error))


@contextmanager
def timed(name: str, *, level: int = logging.INFO, **fields: Any) -> Iterator[dict[str, Any]]:
    """Tell when something begins, and when it ended, was cancelled or failed, with how long it took.

    Parameters
    ----------
    name : str
        The events are ``NAME_begun``, and ``NAME_finished``, ``NAME_cancelled`` or ``NAME_failed``.
    level : int
        Level of the log, as in :mod:`logging`.
    **fields
        Of all of them, see `event`.

    Yields
    ------
    dict
        Further fields for the end.
    """
    event(f"{name}_begun", level=level, **fields)
    began = time.monotonic()
    result_fields: dict[str, Any] = {}
    how, more = "failed", {}
    try:
        yield result_fields
        how = "finished"
    except (Cancelled, KeyboardInterrupt):
        how = "cancelled"
        raise
    except BaseException as error:
        more = {"reason": type(error).__name__, "at_place": place(error)}
        raise
    finally:
        event(
            f"{name}_{how}", level=level, **fields, **result_fields, **more, took_s=round(time.monotonic() - began, 3)
        )


def code_of(sha256: str) -> str:
    """Return what a recording is called in logs: the first digits of its hash."""
    return f"ecg-{sha256[:8]}"


def reason_of(error: OSError) -> str:
    """Return the system's short name of an error, e.g. "ENOSPC"."""
    return errno.errorcode.get(error.errno or 0, type(error).__name__)


def place(error: BaseException) -> str:
    """Return where an error arose, e.g. "ecg_core.sources.uploads._safe_name:120"."""
    frames = traceback.extract_tb(error.__traceback__)
    return _place(frames[-1].filename, frames[-1].lineno, frames[-1].name) if frames else "nowhere"


def described(error: BaseException) -> dict[str, Any]:
    """Return an error's type, the places it came through, innermost first, and the types of what caused it."""
    frames = traceback.extract_tb(error.__traceback__)
    causes: list[str] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(causes) < _CAUSES:
        causes.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    places = [_place(frame.filename, frame.lineno, frame.name) for frame in reversed(frames)][:_FRAMES]
    return {"type": type(error).__name__, "places": places, **({"causes": causes} if causes else {})}


def set_up(default_level: str = "info", stream: TextIO | None = None) -> logging.Handler:
    """Send all that is logged in this process to standard error in lines of JSON, warnings and crashes too.

    Parameters
    ----------
    default_level : str
        Where the environment says nothing; see `LEVELS`.
    stream : text file, optional
        Instead of standard error.

    Returns
    -------
    logging.Handler
        The one handler, for loggers of others that have handlers of their own.
    """
    try:
        level = LEVELS[settings.LOG_LEVEL.get() or default_level]
        is_known = True
    except SettingError:
        level, is_known = LEVELS[default_level], False
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, LineHandler)]:
        root.removeHandler(handler)
    handler = LineHandler(stream)
    root.addHandler(handler)
    for name in _OWN:
        logging.getLogger(name).setLevel(level)
    warnings.showwarning = _tell_warning
    sys.excepthook = _tell_crash
    threading.excepthook = lambda crash: _tell_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)
    if not is_known:
        event("log_level_unknown", level=logging.WARNING, levels=list(LEVELS))
    return handler


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes lines of JSON; from other packages only what is at least a warning."""

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__(stream or sys.stderr)
        self.setFormatter(LineFormatter())
        self.addFilter(lambda record: _is_of(record, _OWN) or record.levelno >= logging.WARNING)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that `logging` calls
        """Say nothing: what `logging` would print holds the message that could not be told."""


class LineFormatter(logging.Formatter):
    """Writes a record as one line of JSON in ASCII, so that nothing in it can steer a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields: dict[str, Any] = getattr(record, "fields", {})
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        if record.name == _EVENTS:
            line["event"] = record.msg
        else:
            line |= {"event": "message", "logger": _word(record.name)}
            if _is_of(record, (*_OWN, *_SERVER_LOGGERS)):
                line["text"] = _template(record)
            else:
                line["at_place"] = _place(record.pathname, record.lineno)
        line |= {name: _plain(value) for name, value in fields.items()}
        if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
            line |= {name: _plain(value) for name, value in described(record.exc_info[1]).items()}
        return json.dumps(line, allow_nan=False, separators=(", ", ": "))


def _template(record: logging.LogRecord) -> str:
    """Return a message without what was put into it, be it as an argument or between quotation marks, or an address."""
    text = str(record.msg).strip().split("\n", 1)[0][: 4 * _MAX_TEXT_LENGTH]
    return _ADDRESS.sub("...", _QUOTED.sub("...", text))[:_MAX_TEXT_LENGTH]


def _is_of(record: logging.LogRecord, packages: Sequence[str]) -> bool:
    return record.name.partition(".")[0] in packages


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _word(str(value))


def _word(text: str) -> str:
    return text if WORD.fullmatch(text) else "?"


def _place(file: str, line: int | None, function: str = "") -> str:
    """Return a place in code; of a file elsewhere than the program and its packages the line alone."""
    path = Path(file)
    parts: tuple[str, ...] = ()
    if path.is_relative_to(_ROOT):
        parts = path.relative_to(_ROOT).parts
    for root in ("site-packages", f"python{sys.version_info.major}.{sys.version_info.minor}"):
        if root in path.parts:
            parts = path.parts[path.parts.index(root) + 1 :]
            break
    module = ".".join(parts).removesuffix(".py") or "elsewhere"
    within = f".{function.strip('<>')}" if function else ""
    return _word(f"{module[-44:]}{within[:26]}:{line or 0}")


def _tell_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Tell that something was warned of; the message may quote a file."""
    event("warning", level=logging.WARNING, kind=category.__name__, at_place=_place(filename, lineno))


def _tell_crash(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is None or issubclass(kind, SystemExit):
        return
    if issubclass(kind, KeyboardInterrupt):
        event("interrupted", level=logging.WARNING)
        return
    unforeseen("process", error.with_traceback(trace))
