"""Who may ask for what: a seat is one page's right to one recording, held under a token that cannot be guessed."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from pages.parts import desk
from pages.parts.desk import Opened

LIFE_S: Final = 12 * 3600.0
"""A seat is given up so long after its last use."""

SEATS: Final = 200
"""Seats there are; the one unused for longest goes when another is taken."""

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
        The window that the page stands in, whatever seats it has taken; those who are served in turn are told apart by
        it.
    """

    opened: Opened
    person: str
    used_at_s: float
    place: Place | None = None
    loads: bool = False
    session: str = ""

    def recording(self) -> Opened:
        """Return the recording on the desk; it is put back there where others have taken its place meanwhile."""
        return desk.on_desk(self.opened.bare())


_seats: OrderedDict[str, Seat] = OrderedDict()
_lock = threading.Lock()


def take_seat(opened: Opened, person: str = "", *, session: str = "", loads: bool = False) -> str:
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

    Returns
    -------
    str
        The token that every request of the page has to carry.
    """
    token = secrets.token_urlsafe(32)
    with _lock:
        _seats[token] = Seat(
            opened.bare(), name_of(person), time.monotonic(), loads=loads, session=session or token[:8]
        )
        while len(_seats) > SEATS:
            _seats.popitem(last=False)
    return token


def seat_of(token: str) -> Seat | None:
    """Return the seat held under a token; None if there is none, or none any more."""
    now_s = time.monotonic()
    with _lock:
        while _seats and now_s - next(iter(_seats.values())).used_at_s > LIFE_S:
            _seats.popitem(last=False)
        seat = _seats.get(token)
        if seat is not None:
            seat.used_at_s = now_s
            _seats.move_to_end(token)
        return seat


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
