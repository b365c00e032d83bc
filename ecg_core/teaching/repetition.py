"""Spaced repetition of what went wrong, by Leitner's boxes (S. Leitner, So lernt man lernen, 1972).

A case enters the first box when something of it was answered wrongly, and comes again after `BOX_DAYS` of its box.
Right when it is due, it goes one box on; wrong at any time, back to the first one; right in the last box, it is learned
and does not come again. A right answer before it is due leaves it where it is: the truth was on screen not long ago.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

BOX_DAYS: Final = (1, 3, 7, 21, 60)
"""Days after which a case of each box comes again."""


@dataclass(frozen=True)
class Attempt:
    """One time that a person has answered a case.

    Attributes
    ----------
    case : str
        Its code.
    at : datetime
    right : bool
        Whether everything was right.
    """

    case: str
    at: datetime
    right: bool


@dataclass(frozen=True)
class Card:
    """A case that is to come again.

    Attributes
    ----------
    case : str
        Its code.
    box : int
        From 1.
    due : datetime
    """

    case: str
    box: int
    due: datetime


def cards_after(attempts: Iterable[Attempt]) -> tuple[Card, ...]:
    """Return the cases that are to come again.

    Parameters
    ----------
    attempts : iterable of Attempt
        Of one person, in order of time.

    Returns
    -------
    tuple of Card
        Those that are due first come first.
    """
    cards: dict[str, Card] = {}
    for attempt in attempts:
        card = cards.get(attempt.case)
        if not attempt.right:
            cards[attempt.case] = _card(attempt, 1)
        elif card is not None and attempt.at >= card.due:
            if card.box < len(BOX_DAYS):
                cards[attempt.case] = _card(attempt, card.box + 1)
            else:
                del cards[attempt.case]
    return tuple(sorted(cards.values(), key=lambda card: (card.due, card.case)))


def due_cards(cards: Iterable[Card], now: datetime) -> tuple[Card, ...]:
    """Return the cases that are due.

    Parameters
    ----------
    cards : iterable of Card
        As `cards_after` gives them.
    now : datetime
        With a time zone, as those of the cards.
    """
    return tuple(card for card in cards if card.due <= now)


def _card(attempt: Attempt, box: int) -> Card:
    return Card(attempt.case, box, attempt.at + timedelta(days=BOX_DAYS[box - 1]))
