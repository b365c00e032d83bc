"""Streamlit's internals that the dashboard relies on; all uses of them are here.

None of this is Streamlit's public interface, so a minor version may change it. `KNOWN_MINORS` lists the versions in
which it was looked at; ``requirements.txt`` allows no others. To add one: install it, run
``tests/pages/test_streamlit_compat.py`` and ``tests/browser``, add it here and to the requirement.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import streamlit as st
from starlette.concurrency import run_in_threadpool
from streamlit import auth_util, runtime
from streamlit import logger as streamlit_logger
from streamlit.errors import StreamlitAuthError
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import get_script_run_ctx, script_runner
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette import starlette_auth_routes as auth_routes
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import TOKENS_COOKIE_NAME, USER_COOKIE_NAME

from ecg_core.errors import SettingError

KNOWN_MINORS: Final = ("1.67",)
"""Minor versions of Streamlit that are known to work."""

HEALTH_PATH: Final = "/_stcore/health"
UPLOAD_PATH: Final = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/[^/]+$")
"""Where Streamlit receives uploads; ``session`` is the id of the window's session."""

AUTH_COOKIE: Final = USER_COOKIE_NAME
"""Prefix of the names of the cookies that a sign-in sets."""

MIN_COOKIE_SECRET: Final = 32
_TOLD: Final = "_create_oauth_client_itself"
_PROVIDER_KEYS: Final = ("client_id", "client_secret", "server_metadata_url")
_KERAS_CLEANER: Final = "_clean_problem_modules"
_CONSOLE_HANDLER: Final = "streamlit_console_handler"
_ANSWERS: Final = ("file_urls_response", "backend_operation_response")
_INLINE_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def session_id() -> str:
    """Return the id of the session (a browser window) that this script runs for; empty outside of one."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context is not None else ""


def is_active_session(session: str) -> bool:
    """Tell whether a session's window is connected, or was until a moment ago."""
    return runtime.exists() and runtime.get_instance().is_active_session(session)


def uploaded_bytes() -> dict[str, int]:
    """Return the bytes of uploaded files that Streamlit keeps in memory for each session."""
    if not runtime.exists():
        return {}
    kept = getattr(runtime.get_instance().uploaded_file_mgr, "file_storage", {})
    # Copies: a session may end meanwhile.
    return {session: sum(len(file.data) for file in list(files.values())) for session, files in list(kept.items())}


def sign_in_providers() -> dict[str, dict[str, Any]]:
    """Return the settings of the providers in the section ``[auth]`` of Streamlit's secrets, by name; none without it.

    Raises
    ------
    SettingError
        If there are secrets that cannot be read, or the section lacks something: nobody is let in without sign-in
        because of a slip in a file.
    """
    files = [Path(path) for path in st.get_option("secrets.files") or ()]
    if not secrets_singleton.load_if_toml_exists():
        if any(file.exists() for file in files):
            raise SettingError("Streamlit's secrets cannot be read; mend secrets.toml, or remove it.")
        return {}
    section = secrets_singleton.get("auth")
    if section is None:
        return {}
    named = {name: value for name, value in section.items() if isinstance(value, Mapping) and "client_id" in value}
    if any(key in section for key in _PROVIDER_KEYS):
        named["default"] = section
    if not named:
        raise SettingError("The section [auth] of Streamlit's secrets names no provider; see docs/people.md.")
    try:
        for name in named:
            auth_util.validate_auth_credentials(name)
    except StreamlitAuthError as error:
        raise SettingError(f"Sign-in is not set up: {' '.join(str(error).split())}") from None
    if len(str(section["cookie_secret"])) < MIN_COOKIE_SECRET:
        raise SettingError(
            f"cookie_secret in [auth] of Streamlit's secrets is too short; it needs {MIN_COOKIE_SECRET} characters."
        )
    return {name: {key: _plain(settings[key]) for key in settings} for name, settings in named.items()}


def _plain(value: Any) -> Any:
    return value.to_dict() if hasattr(value, "to_dict") else value


def sign_in_is_encrypted() -> bool:
    """Tell whether browsers reach the server by https, as the address says to which the provider sends them back."""
    return (auth_util.get_origin_from_redirect_uri() or "").startswith("https://")


def read_sign_in_cookies(cookies: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the claims and the tokens in the cookies of a sign-in; None if one is missing or not as it was signed.

    Parameters
    ----------
    cookies : mapping of str to str
        Of a request.
    """
    secret = get_cookie_secret()

    def read(name: str) -> Any:
        text = auth_util.get_cookie_with_chunks(
            lambda part: decode_signed_value(secret, part, cookies.get(part, "")), name
        )
        return json.loads(text) if text else None

    try:
        claims, tokens = read(USER_COOKIE_NAME), read(TOKENS_COOKIE_NAME)
    except ValueError:
        return None
    whole = isinstance(claims, dict) and isinstance(tokens, dict) and claims.get("is_logged_in") is True
    return (claims, tokens) if whole else None


def tell_sign_ins(begun: Callable[[str, Mapping[str, Any]], None]) -> None:
    """Call a function with the provider's name and its answer whenever somebody has signed in.

    Streamlit keeps neither the refresh token nor when the access token expires.

    Parameters
    ----------
    begun : callable
        Runs in a thread of its own; what it raises ends the sign-in.
    """
    make = getattr(auth_routes, _TOLD, auth_routes._create_oauth_client)

    def create(provider: str) -> tuple[Any, str]:
        client, redirect_uri = make(provider)
        authorize = client.authorize_access_token

        async def authorized(*arguments: Any, **named: Any) -> Any:
            answer = await authorize(*arguments, **named)
            await run_in_threadpool(begun, provider, answer)
            return answer

        client.authorize_access_token = authorized
        return client, redirect_uri

    setattr(auth_routes, _TOLD, make)
    auth_routes._create_oauth_client = create


def inline_scripts() -> list[str]:
    """Return the scripts that stand in Streamlit's page itself."""
    page = Path(st.__file__).parent / "static" / "index.html"
    try:
        return _INLINE_SCRIPT.findall(page.read_text(encoding="utf-8"))
    except OSError:
        return []


def log_through(handler: logging.Handler) -> None:
    """Let Streamlit's loggers write through a handler, also those that it sets up later.

    Parameters
    ----------
    handler : Handler
        Takes the place of Streamlit's console handler.
    """

    def take_over(logger: logging.Logger) -> None:
        own = getattr(logger, _CONSOLE_HANDLER, None)
        if own is not None:
            logger.removeHandler(own)
        # Streamlit's loggers do not propagate.
        if handler not in logger.handlers:
            logger.addHandler(handler)
        setattr(logger, _CONSOLE_HANDLER, handler)

    streamlit_logger.setup_formatter = take_over
    streamlit_logger.update_formatter()


def keep_keras_session() -> None:
    """Stop Streamlit from clearing the Keras session after each run of a page; may be called repeatedly.

    ``keras.backend.clear_session()`` forgets the names given so far while another thread builds a network (which then
    fails on a name used twice), drops TensorFlow's compiled kernels, and collects all garbage: 0.4 s for each click.
    Networks here are built once and kept, so there is nothing to clear.
    """
    if hasattr(script_runner, _KERAS_CLEANER):
        setattr(script_runner, _KERAS_CLEANER, _clean_nothing)


def keep_answers() -> None:
    """Stop Streamlit from dropping answers to the browser when a run begins; may be called repeatedly.

    A file chosen by a person is sent only once the server has answered where to. The answer waits in the queue that
    each run of the page empties when it begins: the file was lost without a word if a run began at that moment.
    """
    ForwardMsgQueue.clear = _clear_but_for_answers  # type: ignore[method-assign, assignment]


_clear = ForwardMsgQueue.clear


def _clear_but_for_answers(
    queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
) -> None:
    """Replace Streamlit's `ForwardMsgQueue.clear`."""
    waiting = [each for each in queue._queue if retain_lifecycle_msgs and each.WhichOneof("type") in _ANSWERS]
    _clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
    queue._queue.extend([each for each in waiting if each not in queue._queue])


def _clean_nothing() -> None:
    """Replace Streamlit's `_clean_problem_modules`."""
