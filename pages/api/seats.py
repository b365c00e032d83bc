"""Access tokens for the review desk: a seat is one page's right to one recording, held under a token.

Seats are counted by person (a browser, see `pages.parts.people`): whoever takes too many loses their own, the one
unused for longest first. One that is on screen in an open window is never taken away for a new one; the new one is
refused.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from ecg_core.errors import SourceError
from pages.parts import desk
from pages.parts.desk import Opened

LIFE_S: Final = 12 * 3600.0
"""A seat is given up so long after its last use."""

SEATS_OF_ONE: Final = 50
"""Seats of one person."""

SEATS: Final = 2000
"""Seats of all persons."""

ACTIVE_S: Final = 150.0
"""A seat is in use when its page has asked for something within so long; a page in sight asks every few seconds."""

_TOO_MANY: Final = "You have {} recordings open in this browser; close some of the windows and reload this page."
_FULL: Final = "Too many recordings are open on this server at the moment; try again in a few minutes."

NOBODY: Final = "reviewer"
"""What a person is called who has not said who they are."""

NAME_LENGTH: Final = 60


@dataclass(frozen=True)
class Place:
    """What is on screen.

    Attributes
    ----------
    start_s : float
        The first second.
    beat : int or None
        Id of the chosen beat.
    """

    start_s: float
    beat: int | None


@dataclass
class Seat:
    """One page's right to one recording.

    Attributes
    ----------
    opened : Opened
        The recording, without what was found in it: that is on the desk, shared by all.
    person : str
        Who took the seat.
    used_at_s : float
        When it was last used, on the monotonic clock.
    place : Place or None
        What the browser last said is on screen, until the page has taken it.
    loads : bool
        Whether this is the person who loaded the file, who may see whom it names.
    session : str
        The window that the page stands in, whatever seats it has taken.
    owner : str
        The person whose window it is, by whom turns and limits are counted.
    """

    opened: Opened
    person: str
    used_at_s: float
    place: Place | None = None
    loads: bool = False
    session: str = ""
    owner: str = ""

    def recording(self) -> Opened:
        """Return the recording on the desk; it is put back there where others have taken its place meanwhile."""
        return desk.on_desk(self.opened.bare())


_seats: OrderedDict[str, Seat] = OrderedDict()
_lock = threading.Lock()


class _Windows:
    """Tells whether a window is open, by its session; all are until somebody knows better."""

    is_here: Callable[[str], bool] = staticmethod(lambda _: True)


_windows: Final = _Windows()


def ask_who_is_here(is_here: Callable[[str], bool]) -> None:
    """Let a callable tell whether a window is open, by its session."""
    _windows.is_here = is_here


def take_seat(opened: Opened, person: str = "", *, session: str = "", owner: str = "", loads: bool = False) -> str:
    """Take a seat at a recording.

    Parameters
    ----------
    opened : Opened
    person : str
        Who takes it, see `person_of`.
    loads : bool
        Whether this is the person who loaded the file.
    session : str
        The window; each seat is one by itself by default.
    owner : str
        The person whose window it is; by default each window is another person's.

    Returns
    -------
    str
        The token that every request of the page has to carry.

    Raises
    ------
    SourceError
        If all seats that the person, or all persons, may have are in use.
    """
    token = secrets.token_urlsafe(32)
    session = session or token[:8]
    owner = owner or session
    now_s = time.monotonic()
    seat = Seat(opened.bare(), name_of(person), now_s, loads=loads, session=session, owner=owner)
    with _lock:
        _expire(now_s)
        mine = [name for name, each in _seats.items() if each.owner == owner]
        if len(mine) >= SEATS_OF_ONE:
            on_screen = _on_screen(now_s)
            gone = next((name for name in mine if name not in on_screen), None)
            if gone is None:
                raise SourceError(_TOO_MANY.format(len(mine)))
            del _seats[gone]
        if len(_seats) >= SEATS:
            _give_up_one(now_s)
        _seats[token] = seat
    return token


def seat_of(token: str) -> Seat | None:
    """Return the seat held under a token; None if there is none, or none any more."""
    now_s = time.monotonic()
    with _lock:
        _expire(now_s)
        seat = _seats.get(token)
        if seat is not None:
            seat.used_at_s = now_s
            _seats.move_to_end(token)
        return seat


def _expire(now_s: float) -> None:
    while _seats and now_s - next(iter(_seats.values())).used_at_s > LIFE_S:
        _seats.popitem(last=False)


def _on_screen(now_s: float) -> set[str]:
    """Return the seats that open windows show: of each the one that it used last, where it is in use."""
    latest = {seat.session: name for name, seat in _seats.items()}  # they lie in the order of their last use
    return {
        name
        for session, name in latest.items()
        if now_s - _seats[name].used_at_s <= ACTIVE_S and _windows.is_here(session)
    }


def _give_up_one(now_s: float) -> None:
    """Take a seat away that nobody uses, from the person who has most of all who have such."""
    unused = [name for name, seat in _seats.items() if now_s - seat.used_at_s > ACTIVE_S]
    if not unused:
        raise SourceError(_FULL)
    left_open = set({seat.session: name for name, seat in _seats.items() if _windows.is_here(seat.session)}.values())
    unused = [name for name in unused if name not in left_open] or unused
    held = Counter(seat.owner for seat in _seats.values())
    del _seats[max(unused, key=lambda name: held[_seats[name].owner])]


def place_taken(token: str, rec: str) -> Place | None:
    """Return what is on screen of a recording as the browser last said it; each time it said so once."""
    with _lock:
        seat = _seats.get(token)
        if seat is None or seat.opened.rec != rec:
            return None
        place, seat.place = seat.place, None
        return place


def give_up_below(folder: Path) -> None:
    """Let the tokens expire of recordings whose files were confined to a folder that is gone."""
    with _lock:
        for token in [token for token, seat in _seats.items() if folder in (seat.opened.recording.within or ())]:
            del _seats[token]


def give_up_all() -> None:
    """Let all tokens expire."""
    with _lock:
        _seats.clear()


def person_of(header: str | None, seat: Seat) -> str:
    """Return who is asking: who the browser says it is, percent-encoded UTF-8, else who took the seat."""
    if not header:
        return seat.person
    named = unquote_to_bytes(header).decode("utf-8", "replace")
    return name_of(named) if named.strip() else seat.person


def name_of(text: str) -> str:
    """Return a person's name fit to be kept: printable, on one line, of at most `NAME_LENGTH` characters."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:NAME_LENGTH].rstrip() or NOBODY
