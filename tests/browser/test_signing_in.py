"""Signing in with a provider, as a person does: what is shown before, during and after."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from driving import WAIT_MS, Server, free_port, serve
from oidc_provider_for_tests import Provider, running_provider, secrets_toml
from playwright.sync_api import Browser, Page, expect

from ecg_core.sources.demos import demo_folder


class Site:
    """A dashboard with a provider, and its people."""

    def __init__(self, server: Server, provider: Provider, browser: Browser) -> None:
        self.server, self.provider, self.browser = server, provider, browser
        self.contexts: list[Any] = []

    def page(self) -> Page:
        context = self.browser.new_context(viewport={"width": 1440, "height": 900})
        self.contexts.append(context)
        return context.new_page()

    def enter(self, sub: str, *roles: str, address: str = "") -> Page:
        """Sign a person in in a browser of their own, who has opened an address."""
        self.provider.person(sub, roles=list(roles))
        page = self.page()
        page.goto(self.server.url + address)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.provider.url}/**", timeout=WAIT_MS)
        page.fill("[name=sub]", sub)
        page.locator("form:has([name=sub]) button[type=submit], form:has([name=sub]) button").first.click()
        page.wait_for_url(f"{self.server.url}/**", timeout=WAIT_MS)
        return page


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture(scope="module")
def signed_server(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder, port = tmp_path_factory.mktemp("signed"), free_port()
    secrets = folder / "secrets.toml"
    secrets.write_text(secrets_toml(provider, port), encoding="utf-8")
    settings = {"STREAMLIT_SECRETS_FILES": str(secrets), "ECG_DATA": str(demo_folder())}
    with serve(folder, port, network=False, **settings) as server:
        yield server
        server.check("access_refused")


@pytest.fixture
def site(signed_server: Server, provider: Provider, browser: Browser) -> Iterator[Site]:
    made = Site(signed_server, provider, browser)
    yield made
    for context in made.contexts:
        context.close()


def test_who_is_not_signed_in_sees_the_way_in_and_nothing_else(site: Site) -> None:
    page, answers = site.page(), []
    page.on("response", lambda answer: answers.append((answer.status, answer.url)))
    for address in ("", "/review?rec=demo/demo_pvc", "/report", "/administration"):
        page.goto(site.server.url + address)
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        expect(page.get_by_text("demo_pvc")).to_have_count(0)
        expect(page.locator("[data-testid=stTopNavLink]")).to_have_count(0)
    assert not [told for told in answers if told[0] in (401, 403)]


def test_a_reader_reads_under_their_own_name_and_signs_out_in_all_windows(site: Site) -> None:
    page = site.enter("ada", "reader")
    expect(page.locator(".st-key-account")).to_contain_text("Ada (ada)")
    expect(page.locator(".st-key-card_folder")).to_be_visible()
    page.goto(f"{site.server.url}/review?rec=demo/demo_pvc")
    name = page.locator(".desk label.person input")
    expect(name).to_have_value("Ada (ada)")
    expect(name).to_have_attribute("readonly", "")
    other = page.context.new_page()
    other.goto(f"{site.server.url}/about")
    expect(other.locator(".st-key-account")).to_be_visible()
    other.locator(".st-key-account button").click()
    other.get_by_role("button", name="Sign out").click()
    # The provider asks whether to end its own session, too; the dashboard's has ended by then.
    other.wait_for_url(f"{site.provider.url}/**", timeout=WAIT_MS)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.locator(".desk")).to_have_count(0)
    page.goto(f"{site.server.url}/review?rec=demo/demo_pvc")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_who_opened_a_link_is_there_after_signing_in_and_once_only(site: Site) -> None:
    page = site.enter("lena", "reader", address="/review?rec=demo/demo_pvc&t=60")
    expect(page.locator(".desk h1")).to_have_text("demo_pvc")
    page.wait_for_url(re.compile(r"/review\?.*t=60"), timeout=WAIT_MS)
    page.goto(site.server.url)
    expect(page.locator(".st-key-card_folder")).to_be_visible()
    page.reload()
    expect(page.locator(".st-key-card_folder")).to_be_visible()
    assert "review" not in page.url


def test_a_teacher_sees_demos_but_no_patients(site: Site) -> None:
    page = site.enter("tom", "teacher")
    expect(page.locator(".st-key-card_demos")).to_contain_text("demo_pvc")
    expect(page.locator(".st-key-card_folder")).to_have_count(0)
    expect(page.locator(".st-key-card_upload")).to_have_count(0)
    page.goto(f"{site.server.url}/review?rec=local/demo_pvc")
    expect(page.get_by_text("does not allow you to open")).to_be_visible()
    expect(page.locator(".desk")).to_have_count(0)


def test_who_has_no_role_is_told_so_and_sees_nothing(site: Site) -> None:
    page = site.enter("nora")
    expect(page.get_by_text("has no role on this server")).to_be_visible()
    expect(page.get_by_text("demo_pvc")).to_have_count(0)
    page.goto(f"{site.server.url}/review?rec=demo/demo_pvc")
    expect(page.get_by_text("has no role on this server")).to_be_visible()
    expect(page.locator(".desk")).to_have_count(0)


def test_an_administrator_sees_who_is_signed_in_and_ends_a_session(site: Site) -> None:
    reader = site.enter("ruth", "reader")
    expect(reader.locator(".st-key-account")).to_contain_text("Ruth (ruth)")
    page = site.enter("rita", "administrator")
    expect(page.get_by_text("opens no recordings")).to_be_visible()
    page.goto(f"{site.server.url}/administration")
    expect(page.locator(".st-key-card_people")).to_contain_text("Ruth (ruth)")
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_text("The chain is whole")).to_be_visible()
    row = page.locator(".st-key-card_people [data-testid=stHorizontalBlock]", has_text="Ruth (ruth)")
    row.get_by_role("button", name="End", exact=True).click()
    expect(page.locator(".st-key-card_people")).not_to_contain_text("Ruth (ruth)")
    reader.goto(site.server.url)
    expect(reader.get_by_role("button", name="Sign in")).to_be_visible()
    expect(reader.get_by_text("An administrator has ended your session")).to_be_visible()
