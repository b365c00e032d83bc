"""Server set-up: middleware, structured logs, start and stop."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import logging
import math
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

import streamlit as st
from starlette.middleware import Middleware

from ecg_core import __version__, logs, settings
from ecg_core.caching import cache_root, sweep_cache
from ecg_core.confinement import LINKS_PREFIX
from ecg_core.errors import SettingError
from ecg_core.isolation import shared_pool
from ecg_core.leftovers import sweep_folders
from ecg_core.private import private_folder
from ecg_core.review.database import data_folder
from ecg_core.sources.uploads import FOLDER_PREFIX as UPLOAD_PREFIX
from pages.services import accounts, library, tokens, workspace
from pages.services.allowed_folders import is_reachable_by_others, set_reach
from pages.services.audit_trail import TRAIL
from pages.services.byte_budget import ByteBudget
from pages.services.export_jobs import EXPORTS
from pages.services.export_jobs import FOLDER_PREFIX as EXPORT_PREFIX
from pages.services.identity_provider import IdentityProvider
from pages.services.live_streams import FOLDER_PREFIX as LIVE_PREFIX
from pages.services.live_streams import LIVE
from pages.services.middleware import HEALTH_PATH, METRICS_PATH, AccessMiddleware, AccessPolicy
from pages.services.send_worker import SENDER
from pages.services.sign_in import SIGN_IN
from pages.services.sign_in_middleware import SignInMiddleware
from pages.services.worklist_access import forget_folder
from pages.services.worklist_updates import UPDATES
from pages.ui import browser_sessions, streamlit_compat

PERSON_BYTES: Final = 1 << 30
"""Uploaded bytes that one person may hold in memory before opening them."""

ALL_BYTES: Final = 4 << 30
_TIDIED_EVERY_S: Final = 2.0
_STOP_S: Final = 20.0
_ROWS_S: Final = 2.0
"""A server that stops waits so long for rows of the worklist, and of the audit log."""

_SWEPT_EVERY_S: Final = 60.0
_LINKS_S: Final = 3600.0
"""No reading takes so long: a folder of links to open files that is older was left behind."""

_SERVERS: Final = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")


def upload_budget(person_bytes: int = PERSON_BYTES, all_bytes: int = ALL_BYTES) -> ByteBudget:
    """Return the memory budget of uploads: what arrives, and what Streamlit keeps until a person opens it.

    Parameters
    ----------
    person_bytes, all_bytes : int
        Limits of one person and of all together, of which the second is at most half of the machine's memory.
    """
    return ByteBudget(person_bytes, min(all_bytes, _memory_bytes() // 2), lambda: streamlit_compat.uploaded_bytes())


def middleware() -> list[Middleware]:
    """Return the ASGI middleware of the server."""
    access = Middleware(
        AccessMiddleware,
        access=_access,
        scripts=script_hashes(),
        uploads=upload_budget(),
        upload_path=streamlit_compat.UPLOAD_PATH,
        health_paths=(HEALTH_PATH, METRICS_PATH, streamlit_compat.HEALTH_PATH),
    )
    sign_in = Middleware(
        SignInMiddleware,
        sign_in=SIGN_IN,
        upload_path=streamlit_compat.UPLOAD_PATH,
        cookie=streamlit_compat.AUTH_COOKIE,
        is_encrypted=streamlit_compat.sign_in_is_encrypted,
    )
    return [access, sign_in]


def script_hashes() -> list[str]:
    """Return the hashes of the scripts that stand in Streamlit's page itself, as a content security policy has them."""
    digests = (hashlib.sha256(script.encode()).digest() for script in streamlit_compat.inline_scripts())
    return [f"sha256-{base64.b64encode(digest).decode()}" for digest in digests]


def use_structured_logs() -> None:
    """Let Streamlit and its server log as structured lines."""
    streamlit_compat.log_through(logs.set_up())
    _take_over_servers()


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Server lifespan: log start and stop, clean up after killed processes, remove uploads at the end."""
    _take_over_servers()
    streamlit_compat.keep_answers()
    set_reach(this_machine_alone=_is_loopback(st.get_option("server.address")))
    _set_up_sign_in()
    logs.event(
        "server_started",
        version=__version__,
        streamlit=st.__version__,
        pid=os.getpid(),
        port=int(st.get_option("server.port")),
        everywhere=st.get_option("server.address") in (None, "", "0.0.0.0", "::"),  # noqa: S104 - told, not bound
    )
    for name in settings.invalid_settings():
        logs.event("setting_invalid", level=logging.WARNING, setting=name)
    library.know_people(streamlit_compat.is_active_session, browser_sessions.who_asks, _drop)
    tokens.ask_who_is_here(streamlit_compat.is_active_session)
    stopping = threading.Event()
    tending = threading.Thread(target=_tend, args=(stopping,), name="uploads", daemon=True)
    tending.start()
    SENDER.start()
    restore = _notice_signals(stopping.set)
    try:
        yield
    finally:
        restore()
        stopping.set()
        SENDER.stop()
        tending.join(_STOP_S)
        EXPORTS.clear()
        UPDATES.flush(_ROWS_S)
        LIVE.close()
        TRAIL.flush(_ROWS_S)
        shared_pool().close()
        logs.event("server_stopped", pid=os.getpid())


def _set_up_sign_in() -> None:
    """Require sign-in where a provider is configured; a slip in the configuration ends the server.

    Raises
    ------
    SystemExit
        If nobody could sign in, or everybody would be let in.
    """
    try:
        found = streamlit_compat.sign_in_providers()
        claim, _ = settings.ROLES_CLAIM.get(), settings.ROLES.get()
        for setting in (settings.SESSION_HOURS, settings.IDLE_MINUTES, settings.PROVIDER_GRACE_MINUTES):
            setting.get()
        if settings.SIGN_IN.get() == "required" and not found:
            raise SettingError("RHYTHMOSCOPE_SIGN_IN is required, but Streamlit's secrets have no section [auth].")
    except SettingError as error:
        logs.event("sign_in_unusable", level=logging.CRITICAL)
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    providers = {
        name: IdentityProvider(
            name,
            str(told["client_id"]),
            str(told["client_secret"]),
            str(told["server_metadata_url"]),
            told.get("client_kwargs") or {},
            claim,
        )
        for name, told in found.items()
    }
    SIGN_IN.configure(providers, streamlit_compat.read_sign_in_cookies)
    accounts.know_accounts(browser_sessions.account)
    if providers:
        # Authlib would rather have another HTTP client than the locked one, and has its warning always shown.
        import authlib.deprecate  # noqa: F401

        warnings.filterwarnings("ignore", message="The httpx module is deprecated")
        streamlit_compat.tell_sign_ins(SIGN_IN.begin)
    elif is_reachable_by_others():
        logs.event("sign_in_missing", level=logging.WARNING)


def _drop(folder: Path) -> None:
    """Forget the recordings of an upload that was removed."""
    workspace.drop_below(folder)
    tokens.revoke_below(folder)
    forget_folder(folder)


def _close_to_others() -> None:
    """Take the rights of other accounts from folders that an earlier version may have made."""
    for folder in (data_folder(), cache_root()):
        if folder.is_dir():
            private_folder(folder)


def _tend(stopping: threading.Event) -> None:
    """Remove the uploads of closed windows, what killed processes left, and all uploads when the server is to stop."""
    _close_to_others()
    shared_pool().warm_up()
    sweep_cache()
    swept_at_s = -math.inf
    while not stopping.wait(_TIDIED_EVERY_S):
        EXPORTS.tidy()
        removed = library.tidy_uploads()
        if removed:
            logs.event("uploads_removed", uploads=removed)
        if time.monotonic() - swept_at_s > _SWEPT_EVERY_S:
            swept_at_s = time.monotonic()
            swept = sum(map(sweep_folders, (UPLOAD_PREFIX, EXPORT_PREFIX, LIVE_PREFIX)))
            swept += sweep_folders(LINKS_PREFIX, unlocked_s=_LINKS_S)
            if swept:
                logs.event("folders_swept", folders=swept)
    library.close_uploads()


def _notice_signals(stop: Callable[[], None]) -> Callable[[], None]:
    """Learn of the signals that end the server as they come: it waits for requests under way before it says so.

    A terminal that is closed ends it in the same way. Returns what takes that back.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    before: dict[int, Any] = {}

    def noticed(number: int, frame: FrameType | None) -> None:
        stop()
        known = before.get(number)
        if callable(known):
            known(number, frame)
        elif number != signal.SIGTERM:
            signal.raise_signal(signal.SIGTERM)
        else:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # Of a terminal's end whoever ignores it wants to hear nothing: nohup.
        if number is None or (name == "SIGHUP" and signal.getsignal(number) is not signal.SIG_DFL):
            continue
        before[number] = signal.signal(number, noticed)

    def restore() -> None:
        for number, known in before.items():
            if signal.getsignal(number) is noticed:
                signal.signal(number, known)

    return restore


def _take_over_servers() -> None:
    """Take the handlers of the server's loggers, which it sets up whenever it tries a port."""
    for name in _SERVERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler for handler in logger.handlers if isinstance(handler, logs.LineHandler)]
        logger.propagate = not logger.handlers


def _access() -> AccessPolicy:
    named = [str(host) for host in st.get_option("server.allowedHosts") or ()]
    for option in ("server.address", "browser.serverAddress"):
        name = st.get_option(option)
        if name:
            named.append(str(name))
    return AccessPolicy(named, [str(origin) for origin in st.get_option("server.corsAllowedOrigins") or ()])


def _is_loopback(address: str | None) -> bool:
    """Tell whether an address is one that this machine alone reaches."""
    try:
        return address == "localhost" or ipaddress.ip_address(address or "::").is_loopback
    except ValueError:
        return False


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 2 * ALL_BYTES
