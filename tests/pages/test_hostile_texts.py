"""What strangers write into files shows as bounded text on every page, and never as markup."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from dashboard_for_tests import Dashboard
from security.hostile_files import named

from ecg_core.errors import SourceError
from pages.api.facts import recording_facts
from pages.services import library, workspace

pytestmark = pytest.mark.slow

LONGEST = 20_000
NAMES = (
    "texts of markup",
    "texts of control characters",
    "texts from right to left",
    "texts of 100,000 characters",
    "texts of piled marks",
    "a formula for a name",
)


@pytest.fixture(params=NAMES)
def rec(request: pytest.FixtureRequest) -> str:
    """The reference of an upload whose texts mean harm."""
    taken = library.take_upload(named(request.param).make())
    (described,) = library.uploaded([taken[0]])
    assert described.problem is None
    return described.rec


def check(text: str) -> None:
    assert "<script" not in text
    assert "<img src=x" not in text
    assert len(max(text.split("\n"), key=len)) < LONGEST
    assert not any(sign in text for sign in "\x00\x07\x1b\x85\N{RIGHT-TO-LEFT OVERRIDE}\N{RIGHT-TO-LEFT ISOLATE}")


@pytest.mark.parametrize("page", ["review", "explain", "model", "about", ""])
def test_every_page_shows_them_as_text(dashboard: Callable[[], Dashboard], rec: str, page: str) -> None:
    shown = dashboard().open(page, rec=rec) if page else dashboard().open(rec=rec)
    check(shown.text)
    messages = [element.value for kind in ("markdown", "error", "warning", "info") for element in shown.app.get(kind)]
    for message in messages:
        check(str(message))


def test_the_desk_is_given_them_as_bounded_data(rec: str) -> None:
    facts = recording_facts(workspace.open_in_workspace(rec, ""))
    answer = json.dumps(facts, ensure_ascii=False)
    assert len(answer) < LONGEST
    assert not any(sign in answer for sign in "\x00\x07\x1b\x85\N{RIGHT-TO-LEFT OVERRIDE}\N{RIGHT-TO-LEFT ISOLATE}")
    assert all(len(lead["name"]) <= 40 for lead in facts["leads"])


def test_a_refused_upload_leaves_nothing_to_open() -> None:
    kept = dict(library._uploads._kept)
    with pytest.raises(SourceError, match="a link or a device"):
        library.take_upload(named("zip link").make())
    assert dict(library._uploads._kept) == kept


def test_a_record_that_is_refused_when_it_is_opened_says_why(dashboard: Callable[[], Dashboard]) -> None:
    token, _ = library.take_upload(named("segment elsewhere").make())
    shown = dashboard().open("review", rec=f"upload/{token}/1")
    assert shown.text.count("points to a signal file outside its own folder") == 1
