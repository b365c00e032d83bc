"""Spaced repetition: Leitner's boxes follow from the attempts alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ecg_core.teaching.repetition import BOX_DAYS, Attempt, cards_after, due_cards

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(days: float, right: bool, case: str = "case-1") -> Attempt:
    return Attempt(case, START + timedelta(days=days), right)


def test_what_was_right_at_once_does_not_come_again() -> None:
    assert cards_after([at(0, True)]) == ()


def test_a_mistake_comes_again_after_a_day_and_then_ever_later_until_it_is_learned() -> None:
    attempts, day = [at(0, False)], 0
    for box, days in enumerate(BOX_DAYS, 1):
        (card,) = cards_after(attempts)
        day += days
        assert (card.box, card.due) == (box, START + timedelta(days=day))
        attempts.append(at(day, True))
    assert cards_after(attempts) == ()


def test_a_right_answer_before_it_is_due_changes_nothing() -> None:
    (card,) = cards_after([at(0, False), at(0.5, True)])
    assert (card.box, card.due) == (1, START + timedelta(days=1))


def test_wrong_again_begins_anew() -> None:
    (card,) = cards_after([at(0, False), at(1, True), at(2, False)])
    assert (card.box, card.due) == (1, START + timedelta(days=3))


def test_what_is_due_first_comes_first() -> None:
    cards = cards_after([at(0, False, "b"), at(0, False, "a"), at(0.5, False, "c"), at(1, True, "a")])
    assert [card.case for card in cards] == ["b", "c", "a"]
    assert [card.case for card in due_cards(cards, START + timedelta(days=1))] == ["b"]


@given(st.lists(st.tuples(st.floats(0, 400), st.booleans(), st.sampled_from("abc")), max_size=30))
def test_a_case_is_due_after_its_last_attempt_within_its_box(drawn: list[tuple[float, bool, str]]) -> None:
    attempts = [at(days, right, case) for days, right, case in sorted(drawn)]
    cards = {card.case: card for card in cards_after(attempts)}
    for case in {attempt.case for attempt in attempts}:
        mine = [attempt for attempt in attempts if attempt.case == case]
        if mine[-1].right is False:
            assert cards[case].due == mine[-1].at + timedelta(days=BOX_DAYS[0])
        if all(attempt.right for attempt in mine):
            assert case not in cards
    assert all(1 <= card.box <= len(BOX_DAYS) for card in cards.values())
