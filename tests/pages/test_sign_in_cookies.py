"""Streamlit's cookies of a sign-in, as the dashboard reads them: only whole, only as they were signed."""

from __future__ import annotations

import json
import secrets

import pytest
from streamlit import auth_util
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import TOKENS_COOKIE_NAME, USER_COOKIE_NAME

from pages.ui import streamlit_compat
from pages.ui.streamlit_compat import read_sign_in_cookies

SECRET = "s" * 40
CLAIMS = {"sub": "ann", "is_logged_in": True, "name": "Ann"}
TOKENS = {"access_token": "a" * 20, "id_token": "i" * 20}


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamlit_compat, "get_cookie_secret", lambda: SECRET)


def cookies(claims: object = CLAIMS, tokens: object = TOKENS, secret: str = SECRET) -> dict[str, str]:
    """Cookies as Streamlit sets them."""
    made: dict[str, str] = {}

    def signed(name: str, value: str) -> bytes:
        return create_signed_value(secret, name, value)

    for name, value in ((USER_COOKIE_NAME, claims), (TOKENS_COOKIE_NAME, tokens)):
        auth_util.set_cookie_with_chunks(
            lambda part, text: made.update({part: signed(part, text).decode()}),
            signed,
            name,
            value,
            cookie_attr_size=80,
        )
    return made


def test_whole_cookies_are_read() -> None:
    assert read_sign_in_cookies(cookies()) == (CLAIMS, TOKENS)


def test_long_tokens_come_in_several_cookies() -> None:
    long = {"access_token": secrets.token_urlsafe(6000), "id_token": secrets.token_urlsafe(3000)}
    made = cookies(tokens=long)
    assert f"{TOKENS_COOKIE_NAME}_2" in made
    assert read_sign_in_cookies(made) == (CLAIMS, long)
    del made[f"{TOKENS_COOKIE_NAME}_2"]
    assert read_sign_in_cookies(made) is None


@pytest.mark.parametrize("name", [USER_COOKIE_NAME, TOKENS_COOKIE_NAME])
def test_altered_swapped_missing_and_forged_cookies_are_none(name: str) -> None:
    whole = cookies()
    value = whole[name]
    altered = {**whole, name: f"{value[:10]}{'A' if value[10] != 'A' else 'B'}{value[11:]}"}
    swapped = {**whole, name: whole[TOKENS_COOKIE_NAME if name == USER_COOKIE_NAME else USER_COOKIE_NAME]}
    missing = {other: value for other, value in whole.items() if other != name}
    forged = {**whole, name: cookies(secret="t" * 40)[name]}
    unsigned = {**whole, name: json.dumps(CLAIMS)}
    for made in (altered, swapped, missing, forged, unsigned, {**whole, name: ""}, {}):
        assert read_sign_in_cookies(made) is None


@pytest.mark.parametrize("claims", [{**CLAIMS, "is_logged_in": False}, {"sub": "ann"}, [], "ann"])
def test_cookies_that_do_not_say_that_somebody_is_signed_in_are_none(claims: object) -> None:
    assert read_sign_in_cookies(cookies(claims=claims)) is None
