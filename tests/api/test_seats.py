"""Seats: who has no token gets nothing; tokens end; what is found is shared, whoever sits down."""

from __future__ import annotations

from pathlib import Path

import pytest
from asgi_client import request
from desk_client import DeskClient
from starlette.applications import Starlette
from starlette.routing import Route

from ecg_core.errors import SourceError
from pages.api import seats
from pages.api.routes import PREFIX, ROUTES
from pages.parts import desk
from pages.parts.desk import Opened


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_no_route_answers_without_a_seat(route: Route, demo: Opened) -> None:
    guest = DeskClient(demo, token="guess")
    path = route.path.rpartition(f"{PREFIX}/")[2]
    answers = [guest.ask(path) if "GET" in (route.methods or ()) else guest.send(path, {})]
    guest.token = ""
    answers.append(guest.ask(path) if "GET" in (route.methods or ()) else guest.send(path, {}))
    for answer in answers:
        assert answer.status_code == 403
        assert set(answer.json()) == {"problem"}


def test_tokens_differ_and_cannot_be_guessed_from_each_other(demo: Opened) -> None:
    tokens = {seats.take_seat(demo) for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) >= 40 for token in tokens)


def test_a_seat_ends_after_half_a_day_without_use(demo: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [0.0]
    monkeypatch.setattr(seats.time, "monotonic", lambda: now_s[0])
    token = seats.take_seat(demo)
    now_s[0] += seats.LIFE_S - 1
    assert seats.seat_of(token) is not None
    now_s[0] += seats.LIFE_S - 1
    assert seats.seat_of(token) is not None
    now_s[0] += seats.LIFE_S + 1
    assert seats.seat_of(token) is None


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Windows that were closed."""
    closed: set[str] = set()
    monkeypatch.setattr(seats._windows, "is_here", lambda session: session not in closed, raising=False)
    return closed


def test_of_one_persons_too_many_seats_the_one_unused_for_longest_goes(demo: Opened) -> None:
    first, second = (seats.take_seat(demo, owner="a", session="one") for _ in range(2))
    assert seats.seat_of(first)
    for number in range(seats.SEATS_OF_ONE - 1):
        seats.take_seat(demo, owner="a", session=f"w{number}")
    assert seats.seat_of(first) is not None
    assert seats.seat_of(second) is None


def test_page_loads_of_one_person_put_out_nobody_elses_seat(demo: Opened, windows: set[str]) -> None:
    """A page that is loaded again and again leaves windows behind that are closed."""
    reader = seats.take_seat(demo, owner="reader", session="reader")
    for number in range(5 * seats.SEATS):
        session = f"load {number}"
        assert seats.seat_of(seats.take_seat(demo, owner="loads", session=session)) is not None
        windows.add(session)
    assert seats.seat_of(reader) is not None
    assert sum(seat.owner == "loads" for seat in seats._seats.values()) == seats.SEATS_OF_ONE


def test_a_seat_on_screen_is_not_taken_for_a_new_one_which_is_refused(demo: Opened, windows: set[str]) -> None:
    held = [seats.take_seat(demo, owner="a", session=f"w{number}") for number in range(seats.SEATS_OF_ONE)]
    with pytest.raises(SourceError, match="close some of the windows"):
        seats.take_seat(demo, owner="a", session="one more")
    assert all(seats.seat_of(token) is not None for token in held)
    assert seats.take_seat(demo, owner="b", session="of another")
    windows.add("w0")
    assert seats.take_seat(demo, owner="a", session="one more")
    assert seats.seat_of(held[0]) is None
    assert all(seats.seat_of(token) is not None for token in held[1:])


def test_one_window_that_pages_through_recordings_is_never_refused(demo: Opened) -> None:
    for _ in range(3 * seats.SEATS_OF_ONE):
        token = seats.take_seat(demo, owner="a", session="one window")
        assert seats.seat_of(token) is not None


def test_of_all_seats_an_unused_one_of_who_has_most_goes_and_a_used_one_never(
    demo: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = [0.0]
    monkeypatch.setattr(seats.time, "monotonic", lambda: now_s[0])
    monkeypatch.setattr(seats, "SEATS", 30)
    quiet = seats.take_seat(demo, owner="quiet")
    many = [seats.take_seat(demo, owner="many") for _ in range(20)]
    now_s[0] += seats.ACTIVE_S + 1
    used = [seats.take_seat(demo, owner=f"used {number}") for number in range(9)]
    for number in range(19):
        seats.take_seat(demo, owner=f"new {number}")
        assert seats.seat_of(quiet) is not None
        now_s[0] += 1
    assert all(seats.seat_of(token) is not None for token in used)
    assert sum(seats.seat_of(token) is not None for token in many) == 1
    for token in list(seats._seats):
        seats.seat_of(token)
    with pytest.raises(SourceError, match="Too many recordings are open"):
        seats.take_seat(demo, owner="late")


def test_people_at_one_recording_share_what_was_found(classified: Opened) -> None:
    one, other = (seats.seat_of(seats.take_seat(classified)) for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.recording() is other.recording() is classified


def test_a_seat_outlives_the_desk_and_keeps_nothing_that_was_found(classified: Opened) -> None:
    client = DeskClient(classified)
    desk.clear()
    assert client.state()["stage"] in ("beats", "found")
    assert client.ask("span", first=0).status_code == 200
    seat = seats.seat_of(client.token)
    assert seat is not None
    assert seat.opened.analysis is None
    assert seat.recording() is not classified


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
def test_a_person_is_who_the_browser_says(demo: Opened, header: str, person: str) -> None:
    token = seats.take_seat(demo)
    seat = seats.seat_of(token)
    assert seat is not None
    assert seats.person_of(header, seat) == person


def test_the_person_travels_with_the_request(demo: Opened) -> None:
    assert DeskClient(demo, "Anna Müller").state()["person"] == "Anna Müller"
    assert DeskClient(demo).state()["person"] == seats.NOBODY


def test_no_more_recordings_stay_on_the_desk_than_memory_holds(
    demo: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_OPEN_MB", "1")
    for number in range(50):
        desk.on_desk(Opened(f"local/{number}", demo.recording, (str(tmp_path), number, 0)))
    assert desk.n_open() < 20


def test_routes_are_found_below_the_base_path_too(demo: Opened) -> None:
    app = Starlette(routes=ROUTES)
    headers = {"X-Desk-Token": seats.take_seat(demo)}
    for below in ("", "/ecg", "/a/b"):
        answer = request(app, "GET", f"{below}{PREFIX}/span", {"first": 0}, headers)
        assert answer.status_code == 200
    assert request(app, "GET", f"/ecg{PREFIX}/span", {"first": 0}).status_code == 403
    assert request(app, "GET", "/ecg/span", {"first": 0}, headers).status_code == 404


def test_the_place_on_screen_is_told_once_and_of_its_own_recording(demo: Opened) -> None:
    client = DeskClient(demo)
    assert client.send("place", {"start_s": 12.5, "beat": 4711}).status_code == 204
    assert seats.place_taken(client.token, "demo/another") is None
    assert seats.place_taken(client.token, demo.rec) == seats.Place(12.5, 4711)
    assert seats.place_taken(client.token, demo.rec) is None


@pytest.mark.parametrize(
    "body", [{}, {"start_s": -1}, {"start_s": True}, {"start_s": 1, "beat": 1.5}, {"start_s": "1"}]
)
def test_a_place_that_makes_no_sense_is_refused_in_one_sentence(demo: Opened, body: dict[str, object]) -> None:
    answer = DeskClient(demo).send("place", body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"problem"}
