"""Seats: who has no token gets nothing; granted end; what is found is shared, whoever sits down."""

from __future__ import annotations

from pathlib import Path

import pytest
from asgi_client import request
from desk_client import DeskClient
from starlette.applications import Starlette
from starlette.routing import Route

from ecg_core.errors import SourceError
from pages.api.routes import PREFIX, ROUTES
from pages.services import tokens, workspace
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_no_route_answers_without_a_seat(route: Route, demo: OpenedRecording) -> None:
    guest = DeskClient(demo, token="guess")
    path = route.path.rpartition(f"{PREFIX}/")[2]
    answers = [guest.ask(path) if "GET" in (route.methods or ()) else guest.send(path, {})]
    guest.token = ""
    answers.append(guest.ask(path) if "GET" in (route.methods or ()) else guest.send(path, {}))
    for answer in answers:
        assert answer.status_code == 403
        assert set(answer.json()) == {"problem"}


def test_tokens_differ_and_cannot_be_guessed_from_each_other(demo: OpenedRecording) -> None:
    granted = {tokens.issue_token(demo) for _ in range(20)}
    assert len(granted) == 20
    assert all(len(token) >= 40 for token in granted)


def test_a_seat_ends_after_half_a_day_without_use(demo: OpenedRecording, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [0.0]
    monkeypatch.setattr(tokens.time, "monotonic", lambda: now_s[0])
    token = tokens.issue_token(demo)
    now_s[0] += tokens.TOKEN_TTL_S - 1
    assert tokens.grant_of(token) is not None
    now_s[0] += tokens.TOKEN_TTL_S - 1
    assert tokens.grant_of(token) is not None
    now_s[0] += tokens.TOKEN_TTL_S + 1
    assert tokens.grant_of(token) is None


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Windows that were closed."""
    closed: set[str] = set()
    monkeypatch.setattr(tokens._windows, "is_here", lambda session: session not in closed, raising=False)
    return closed


def test_of_one_persons_too_many_seats_the_one_unused_for_longest_goes(demo: OpenedRecording) -> None:
    first, second = (tokens.issue_token(demo, owner="a", session="one") for _ in range(2))
    assert tokens.grant_of(first)
    for number in range(tokens.MAX_TOKENS_PER_BROWSER - 1):
        tokens.issue_token(demo, owner="a", session=f"w{number}")
    assert tokens.grant_of(first) is not None
    assert tokens.grant_of(second) is None


def test_page_loads_of_one_person_put_out_nobody_elses_seat(demo: OpenedRecording, windows: set[str]) -> None:
    """A page that is loaded again and again leaves windows behind that are closed."""
    reader = tokens.issue_token(demo, owner="reader", session="reader")
    for number in range(5 * tokens.MAX_TOKENS):
        session = f"load {number}"
        assert tokens.grant_of(tokens.issue_token(demo, owner="loads", session=session)) is not None
        windows.add(session)
    assert tokens.grant_of(reader) is not None
    assert sum(grant.owner == "loads" for grant in tokens._grants.values()) == tokens.MAX_TOKENS_PER_BROWSER


def test_a_seat_on_screen_is_not_taken_for_a_new_one_which_is_refused(demo: OpenedRecording, windows: set[str]) -> None:
    held = [
        tokens.issue_token(demo, owner="a", session=f"w{number}") for number in range(tokens.MAX_TOKENS_PER_BROWSER)
    ]
    with pytest.raises(SourceError, match="close some of the windows"):
        tokens.issue_token(demo, owner="a", session="one more")
    assert all(tokens.grant_of(token) is not None for token in held)
    assert tokens.issue_token(demo, owner="b", session="of another")
    windows.add("w0")
    assert tokens.issue_token(demo, owner="a", session="one more")
    assert tokens.grant_of(held[0]) is None
    assert all(tokens.grant_of(token) is not None for token in held[1:])


def test_one_window_that_pages_through_recordings_is_never_refused(demo: OpenedRecording) -> None:
    for _ in range(3 * tokens.MAX_TOKENS_PER_BROWSER):
        token = tokens.issue_token(demo, owner="a", session="one window")
        assert tokens.grant_of(token) is not None


def test_of_all_seats_an_unused_one_of_who_has_most_goes_and_a_used_one_never(
    demo: OpenedRecording, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = [0.0]
    monkeypatch.setattr(tokens.time, "monotonic", lambda: now_s[0])
    monkeypatch.setattr(tokens, "MAX_TOKENS", 30)
    quiet = tokens.issue_token(demo, owner="quiet")
    many = [tokens.issue_token(demo, owner="many") for _ in range(20)]
    now_s[0] += tokens.ACTIVE_S + 1
    used = [tokens.issue_token(demo, owner=f"used {number}") for number in range(9)]
    for number in range(19):
        tokens.issue_token(demo, owner=f"new {number}")
        assert tokens.grant_of(quiet) is not None
        now_s[0] += 1
    assert all(tokens.grant_of(token) is not None for token in used)
    assert sum(tokens.grant_of(token) is not None for token in many) == 1
    for token in list(tokens._grants):
        tokens.grant_of(token)
    with pytest.raises(SourceError, match="Too many recordings are open"):
        tokens.issue_token(demo, owner="late")


def test_people_at_one_recording_share_what_was_found(classified: OpenedRecording) -> None:
    one, other = (tokens.grant_of(tokens.issue_token(classified)) for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.recording() is other.recording() is classified


def test_a_seat_outlives_the_desk_and_keeps_nothing_that_was_found(classified: OpenedRecording) -> None:
    client = DeskClient(classified)
    workspace.clear()
    assert client.state()["stage"] in ("beats", "found")
    assert client.ask("span", first=0).status_code == 200
    grant = tokens.grant_of(client.token)
    assert grant is not None
    assert grant.opened.analysis is None
    assert grant.recording() is not classified


@pytest.mark.parametrize(
    ("header", "person"),
    [
        ("Anna%20M%C3%BCller", "Anna Müller"),
        ("", "reviewer"),
        ("%20%0A", "reviewer"),
        ("x" * 100, "x" * 60),
        ("a%00%0Db", "a b"),
        ("%FF", "\ufffd"),
    ],
)
def test_a_person_is_who_the_browser_says(demo: OpenedRecording, header: str, person: str) -> None:
    token = tokens.issue_token(demo)
    grant = tokens.grant_of(token)
    assert grant is not None
    assert tokens.reviewer_of(header, grant) == person


def test_the_person_travels_with_the_request(demo: OpenedRecording) -> None:
    assert DeskClient(demo, "Anna Müller").state()["person"] == "Anna Müller"
    assert DeskClient(demo).state()["person"] == tokens.DEFAULT_REVIEWER_NAME


def test_no_more_recordings_stay_on_the_desk_than_memory_holds(
    demo: OpenedRecording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_OPEN_MB", "1")
    for number in range(50):
        workspace.in_workspace(OpenedRecording(f"local/{number}", demo.recording, (str(tmp_path), number, 0)))
    assert workspace.n_open() < 20


def test_routes_are_found_below_the_base_path_too(demo: OpenedRecording) -> None:
    app = Starlette(routes=ROUTES)
    headers = {"X-Desk-Token": tokens.issue_token(demo)}
    for below in ("", "/ecg", "/a/b"):
        answer = request(app, "GET", f"{below}{PREFIX}/span", {"first": 0}, headers)
        assert answer.status_code == 200
    assert request(app, "GET", f"/ecg{PREFIX}/span", {"first": 0}).status_code == 403
    assert request(app, "GET", "/ecg/span", {"first": 0}, headers).status_code == 404


def test_the_place_on_screen_is_told_once_and_of_its_own_recording(demo: OpenedRecording) -> None:
    client = DeskClient(demo)
    assert client.send("place", {"start_s": 12.5, "beat": 4711}).status_code == 204
    assert tokens.pop_view_position(client.token, "demo/another") is None
    assert tokens.pop_view_position(client.token, demo.rec) == tokens.ViewPosition(12.5, 4711)
    assert tokens.pop_view_position(client.token, demo.rec) is None


@pytest.mark.parametrize(
    "body", [{}, {"start_s": -1}, {"start_s": True}, {"start_s": 1, "beat": 1.5}, {"start_s": "1"}]
)
def test_a_place_that_makes_no_sense_is_refused_in_one_sentence(demo: OpenedRecording, body: dict[str, object]) -> None:
    answer = DeskClient(demo).send("place", body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"problem"}
