"""Pages that are loaded again and again by one browser, on a real server: nobody else loses theirs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser.driving import Server, serve
from soak.page import NoSeatError, Page, cookie_of

from pages.services.middleware import browser_of
from pages.ui import browser_sessions

LOADS = 230


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("loads"), network=False) as running:
        yield running


@pytest.mark.slow
@pytest.mark.parametrize("with_cookie", [True, False])
def test_page_loads_put_out_nobody_elses_seat(server: Server, with_cookie: bool) -> None:
    reader = Page(server.url, "demo/demo_pvc", "reader", cookie_of(server.url))
    cookie = cookie_of(server.url) if with_cookie else ""
    try:
        for _ in range(LOADS):
            page = Page(server.url, "demo/demo_sinus", "loads", cookie)
            assert page.ask("span", first=0)[0] == 200
            page.close()
        assert reader.ask("span", first=0)[0] == 200
    finally:
        reader.close()


@pytest.mark.slow
def test_open_windows_of_one_browser_are_never_put_out_and_one_too_many_is_told(server: Server) -> None:
    """In which order they were used does not matter: all of them are on screen."""
    cookie = cookie_of(server.url)
    held: list[Page] = []
    try:
        refused = False
        while not refused and len(held) < LOADS:
            try:
                held += [Page(server.url, "demo/demo_sinus", "many", cookie)]
            except NoSeatError:
                refused = True
        assert refused
        assert len(held) >= 40
        assert {page.ask("span", first=0)[0] for page in held} == {200}
        held.pop().close()
    finally:
        for page in held:
            page.close()


def test_two_browsers_are_told_apart_by_their_cookies_and_none_can_be_told_from_the_name() -> None:
    cookies = [f"{number:032x}" for number in range(5)]
    names = {browser_of(cookie) for cookie in cookies}
    assert len(names) == 5
    assert names == {browser_of(cookie) for cookie in cookies}
    assert not any(cookie in name for cookie in cookies for name in names)


@pytest.mark.parametrize("cookie", ["", "2|zz|00|1", "g" * 32, "0" * 31, "0" * 33, "A" * 32, "ä" * 40])
def test_a_cookie_that_is_none_tells_nobody(cookie: str) -> None:
    assert browser_of(cookie) == ""


def test_outside_of_a_page_there_is_nobody() -> None:
    assert browser_sessions.browser() == ""
    assert browser_sessions.who_asks() == ("", "")
