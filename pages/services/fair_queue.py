"""Fair queue: round robin over people; of each person, the most recently viewed item first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(eq=False)
class Waiting(Generic[Item]):
    """A waiting or running item.

    Attributes
    ----------
    item : object
    since_s : float
        When it came, on a clock that only goes forward.
    seen_s : dict of str to float
        Who waits for it, and when each of them looked at it last.
    left : set of str
        Who cancelled it while others waited for it.
    long : bool
        Whether it takes so long that it must not take the last free place.
    """

    item: Item
    since_s: float
    seen_s: dict[str, float] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    long: bool = False


def next_in_turn(
    waiting: Sequence[Waiting[Item]], busy: Mapping[str, int], served: Mapping[str, int], each: int
) -> tuple[Waiting[Item], str] | None:
    """Choose the item to start next.

    Parameters
    ----------
    waiting : sequence of Waiting
        Items that wait.
    busy : mapping of str to int
        How much of each person's is under way.
    served : mapping of str to int
        Whose turn was when: higher numbers later. Who is missing has had none.
    each : int
        How much of one person's may be under way.

    Returns
    -------
    tuple of (Waiting, str) or None
        What begins, and whose turn that was: of those with the least under way, the one whose turn is longest ago.
    """
    people = {person for one in waiting for person in one.seen_s if busy.get(person, 0) < each}
    if not people:
        return None
    person = min(people, key=lambda name: (busy.get(name, 0), served.get(name, 0), _first(waiting, name)))
    mine = [one for one in waiting if person in one.seen_s]
    return max(mine, key=lambda one: (one.seen_s[person], one.since_s)), person


def in_turn(waiting: Sequence[Waiting[Item]], served: Mapping[str, int]) -> list[Waiting[Item]]:
    """Return the waiting items in their expected starting order.

    Parameters
    ----------
    waiting : sequence of Waiting
        Items that wait.
    served : mapping of str to int
        As for `next_in_turn`.

    Returns
    -------
    list of Waiting
    """
    left, turns = list(waiting), dict(served)
    order: list[Waiting[Item]] = []
    number = max(turns.values(), default=0)
    while left:
        chosen = next_in_turn(left, {}, turns, 1)
        if chosen is None:
            return order + left
        number += 1
        turns[chosen[1]] = number
        left.remove(chosen[0])
        order.append(chosen[0])
    return order


def _first(waiting: Sequence[Waiting[Item]], person: str) -> float:
    return min(one.since_s for one in waiting if person in one.seen_s)
