"""Answers to quizzes in the database: who answered what to which question of which case, and whether it was right.

Answers of an attempt, one case answered once, are added together and never changed. What follows from them, such as
the cases that come again, is computed from all attempts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Engine, Row, delete, func, insert, select

from ecg_core.errors import ReviewError
from ecg_core.review.audit import NO_ROLE, append_within
from ecg_core.review.database import reading, writing
from ecg_core.review.log import MAX_UUID_LENGTH, is_uuid, now
from ecg_core.review.row_checks import check_person
from ecg_core.review.schema import quiz_answers as table
from ecg_core.teaching.grading import Grade
from ecg_core.teaching.repetition import Attempt

MAX_ANSWER_LENGTH: Final = 600


@dataclass(frozen=True)
class QuizAnswer:
    """An answer as it is kept.

    Attributes
    ----------
    seq : int
    attempt : str
        Of all answers to one case at one time.
    quiz : str
        Code of the quiz; empty where the case came again by itself.
    case_code : str
    account : str
        Key of the account; empty where people do not sign in.
    person : str
    grade : Grade
    at : str
        UTC in ISO 8601.
    """

    seq: int
    attempt: str
    quiz: str
    case_code: str
    account: str
    person: str
    grade: Grade
    at: str


class QuizAnswers:
    """The answers of a database.

    Parameters
    ----------
    engine : Engine
        See :func:`ecg_core.review.database.engine`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add(
        self, attempt: str, quiz: str, case_code: str, person: str, grades: Sequence[Grade], account: str = ""
    ) -> None:
        """Add the answers of an attempt; one that is known is not added again.

        Parameters
        ----------
        attempt : str
            Drawn by whoever makes it.
        quiz : str
            Code of the quiz; empty for none.
        case_code : str
            The case.
        person : str
            Who answers.
        grades : sequence of Grade
            One for each question.
        account : str
            Key of the account.

        Raises
        ------
        ReviewError
            If the attempt has no name or person, or nothing can be written.
        """
        check_person(person)
        if not is_uuid(attempt):
            raise ReviewError(f"An attempt needs a name of 1 to {MAX_UUID_LENGTH} characters; answer again.")
        at = now()
        with writing(self.engine) as connection:
            if connection.execute(select(table.c.seq).where(table.c.attempt == attempt)).first() is not None:
                return
            seq = connection.execute(select(func.max(table.c.seq))).scalar() or 0
            rows = [
                {
                    "seq": seq + place,
                    "attempt": attempt,
                    "quiz": quiz,
                    "case_code": case_code,
                    "account": account,
                    "person": person,
                    "question": one.kind,
                    "answer": one.answer[:MAX_ANSWER_LENGTH],
                    "truth": one.truth[:MAX_ANSWER_LENGTH],
                    "correct": int(one.right),
                    "score": one.score,
                    "at": at,
                }
                for place, one in enumerate(grades, 1)
            ]
            if rows:
                connection.execute(insert(table), rows)

    def of_quiz(self, quiz: str) -> list[QuizAnswer]:
        """Return all answers to a quiz, in order of time.

        Parameters
        ----------
        quiz : str
            Its code.

        Raises
        ------
        ReviewError
            If the database cannot be read.
        """
        with reading(self.engine) as connection:
            rows = connection.execute(select(table).where(table.c.quiz == quiz).order_by(table.c.seq))
            return [_answer(row) for row in rows]

    def of_person(self, person: str, account: str = "") -> list[QuizAnswer]:
        """Return all answers of a person, in order of time.

        Parameters
        ----------
        person : str
            Their name, where people do not sign in.
        account : str
            Key of the account, which alone counts where it is given.

        Raises
        ------
        ReviewError
            If the database cannot be read.
        """
        theirs = table.c.account == account
        if not account:
            theirs &= table.c.person == person
        with reading(self.engine) as connection:
            return [_answer(row) for row in connection.execute(select(table).where(theirs).order_by(table.c.seq))]

    def quizzes(self) -> list[tuple[str, int, str]]:
        """Return the quizzes that were answered, with the number of persons and the time of the last answer.

        Returns
        -------
        list of tuple of (str, int, str)
            The latest first.

        Raises
        ------
        ReviewError
            If the database cannot be read.
        """
        found: dict[str, tuple[set[tuple[str, str]], str]] = {}
        asked = select(table.c.quiz, table.c.account, table.c.person, func.max(table.c.at)).where(table.c.quiz != "")
        with reading(self.engine) as connection:
            for quiz, account, person, at in connection.execute(
                asked.group_by(table.c.quiz, table.c.account, table.c.person)
            ):
                people, last = found.get(quiz, (set(), ""))
                found[quiz] = people | {(account, "" if account else person)}, max(last, at)
        listed = [(quiz, len(people), last) for quiz, (people, last) in found.items()]
        return sorted(listed, key=lambda one: one[2], reverse=True)

    def remove(self, quiz: str, person: str, role: str = NO_ROLE) -> int:
        """Remove all answers to a quiz; the audit log keeps who did so and how many there were.

        Parameters
        ----------
        quiz : str
            Its code.
        person, role : str
            Who removes them.

        Returns
        -------
        int
            Answers removed.

        Raises
        ------
        ReviewError
            If nothing can be written.
        """
        check_person(person)
        with writing(self.engine) as connection:
            n_removed = connection.execute(delete(table).where(table.c.quiz == quiz)).rowcount
            if n_removed:
                append_within(connection, person, "quiz answers removed", quiz, {"answers": n_removed}, role=role)
        return int(n_removed)


def attempts_of(answers: Sequence[QuizAnswer]) -> list[Attempt]:
    """Return the attempts that answers belong to.

    Parameters
    ----------
    answers : sequence of QuizAnswer
        In order of time.

    Returns
    -------
    list of Attempt
        In order of time.
    """
    found = []
    for _, group in groupby(answers, key=lambda one: one.attempt):
        those = list(group)
        right = all(one.grade.right for one in those)
        found.append(Attempt(those[0].case_code, datetime.fromisoformat(those[0].at), right))
    return found


def _answer(row: Row[Any]) -> QuizAnswer:
    one = row._mapping
    grade = Grade(one["question"], one["answer"], one["truth"], bool(one["correct"]), one["score"])
    return QuizAnswer(
        one["seq"], one["attempt"], one["quiz"], one["case_code"], one["account"], one["person"], grade, one["at"]
    )
