"""What the server gets beside Streamlit's own: the guard before every address, the log, its begin and its end."""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import streamlit as st
from starlette.middleware import Middleware
from streamlit import logger as streamlit_logger
from streamlit import runtime

from ecg_core import __version__, logs
from ecg_core.caching import cache_root, sweep_cache
from ecg_core.private import private_folder
from ecg_core.review.database import data_folder
from ecg_core.sources.sweeping import sweep
from pages.api.guard import Access, Guard
from pages.api.preparing import PREFIX as EXPORT_PREFIX
from pages.parts import library, people

SESSION_BYTES: Final = 1 << 30
"""What one person may have uploaded and not yet opened: it lies in memory."""

ALL_BYTES: Final = 4 << 30

_INLINE: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_SERVERS: Final = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")


class MemoryRoom:
    """Counts what Streamlit keeps of uploaded files in memory until a person opens them, and what is on its way.

    Parameters
    ----------
    session_bytes, all_bytes : int
    """

    def __init__(self, session_bytes: int = SESSION_BYTES, all_bytes: int = ALL_BYTES) -> None:
        self.session_bytes = session_bytes
        self.all_bytes = min(all_bytes, _memory_bytes() // 2)
        self._lock = threading.Lock()
        self._coming: dict[str, int] = {}

    def take(self, session: str, n_bytes: int) -> bool:
        """Take room for an upload, if there is as much."""
        with self._lock:
            held = _held_bytes()
            mine = held.get(session, 0) + self._coming.get(session, 0)
            everybody = sum(held.values()) + sum(self._coming.values())
            if mine + n_bytes > self.session_bytes or everybody + n_bytes > self.all_bytes:
                return False
            self._coming[session] = self._coming.get(session, 0) + n_bytes
            return True

    def give_back(self, session: str, n_bytes: int) -> None:
        """Give back what was taken: the upload is where it is counted by itself, or it failed."""
        with self._lock:
            left = self._coming.pop(session, 0) - n_bytes
            if left > 0:
                self._coming[session] = left


def middleware() -> list[Middleware]:
    """Return what stands before every address."""
    return [Middleware(Guard, access=_access, scripts=inline_scripts(), room=MemoryRoom())]


def inline_scripts() -> list[str]:
    """Return the hashes of the scripts that stand in Streamlit's page itself."""
    page = Path(st.__file__).parent / "static" / "index.html"
    try:
        text = page.read_text(encoding="utf-8")
    except OSError:
        return []
    digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(text))
    return [f"sha256-{base64.b64encode(digest).decode()}" for digest in digests]


def tell_in_lines() -> None:
    """Let Streamlit and its server tell what they tell in the program's lines."""
    handler = logs.set_up()

    def take_over(logger: logging.Logger) -> None:
        own = getattr(logger, "streamlit_console_handler", None)
        if own is not None:
            logger.removeHandler(own)
        # Streamlit's loggers do not hand on what they are told.
        if handler not in logger.handlers:
            logger.addHandler(handler)
        logger.streamlit_console_handler = handler  # type: ignore[attr-defined]

    streamlit_logger.setup_formatter = take_over
    streamlit_logger.update_formatter()
    _take_over_servers()


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Tell of the server's begin and end; what killed processes left behind goes meanwhile."""
    _take_over_servers()
    logs.event(
        "server_started",
        version=__version__,
        streamlit=st.__version__,
        pid=os.getpid(),
        port=int(st.get_option("server.port")),
        everywhere=st.get_option("server.address") in (None, "", "0.0.0.0", "::"),  # noqa: S104 - told, not bound
    )
    library.make_room_of(people.is_here)
    threading.Thread(target=_sweep, name="sweep", daemon=True).start()
    try:
        yield
    finally:
        logs.event("server_stopped", pid=os.getpid())


def _sweep() -> None:
    for folder in (data_folder(), cache_root()):
        if folder.is_dir():  # made by an earlier version, perhaps, and open to other accounts
            private_folder(folder)
    sweep_cache()
    swept = sweep() + sweep(prefix=EXPORT_PREFIX)
    if swept:
        logs.event("folders_swept", folders=swept)


def _take_over_servers() -> None:
    """Take the handlers of the server's loggers, which it sets up whenever it tries a port."""
    for name in _SERVERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler for handler in logger.handlers if isinstance(handler, logs.LineHandler)]
        logger.propagate = not logger.handlers


def _access() -> Access:
    named = [str(host) for host in st.get_option("server.allowedHosts") or ()]
    for option in ("server.address", "browser.serverAddress"):
        name = st.get_option(option)
        if name:
            named.append(str(name))
    return Access(named, [str(origin) for origin in st.get_option("server.corsAllowedOrigins") or ()])


def _held_bytes() -> dict[str, int]:
    if not runtime.exists():
        return {}
    kept = getattr(runtime.get_instance().uploaded_file_mgr, "file_storage", {})
    # Copies: a session may end meanwhile.
    return {session: sum(len(file.data) for file in list(files.values())) for session, files in list(kept.items())}


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 2 * ALL_BYTES
