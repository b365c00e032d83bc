"""Answers in the database, and the results that follow from them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from sqlalchemy import text

from ecg_core.errors import ReviewError
from ecg_core.review import database
from ecg_core.review.audit import AuditLog
from ecg_core.teaching.answers import QuizAnswers, attempts_of
from ecg_core.teaching.grading import Grade
from ecg_core.teaching.quiz_results import PROGRAM, by_case, by_person, result_rows, results_csv

RIGHT = Grade("rhythm", "asystole", "asystole", True, 1.0)
WRONG = Grade("rhythm", "=1+1", "asystole", False, 0.0)
PR = Grade("pr_ms", "160", "158", True, 1.0)


@pytest.fixture
def answers(tmp_path: Path) -> QuizAnswers:
    return QuizAnswers(database.engine(tmp_path / "review.sqlite3"))


def test_answers_come_back_as_they_were_given(answers: QuizAnswers) -> None:
    answers.add("t1", "quiz-a", "case-1", "Ann", [WRONG, PR])
    answers.add("t2", "quiz-a", "case-2", "Ann", [RIGHT])
    answers.add("t3", "quiz-b", "case-1", "Ben", [RIGHT])
    assert [one.grade for one in answers.of_quiz("quiz-a")] == [WRONG, PR, RIGHT]
    assert [one.case_code for one in answers.of_person("Ann")] == ["case-1", "case-1", "case-2"]
    assert [(one.case, one.right) for one in attempts_of(answers.of_person("Ann"))] == [
        ("case-1", False),
        ("case-2", True),
    ]
    assert [(code, n) for code, n, _ in answers.quizzes()] == [("quiz-b", 1), ("quiz-a", 1)]


def test_an_attempt_sent_twice_is_kept_once(answers: QuizAnswers) -> None:
    answers.add("t1", "quiz-a", "case-1", "Ann", [WRONG])
    answers.add("t1", "quiz-a", "case-1", "Ann", [RIGHT])
    assert [one.grade for one in answers.of_quiz("quiz-a")] == [WRONG]


def test_an_account_counts_whatever_its_name_becomes_and_no_typed_name_is_it(answers: QuizAnswers) -> None:
    answers.add("t1", "quiz-a", "case-1", "Ann (ann)", [RIGHT], account="k")
    answers.add("t2", "quiz-a", "case-1", "Ann Meyer (ann)", [WRONG], account="k")
    assert len(answers.of_person("whoever", "k")) == 2
    assert answers.of_person("Ann (ann)") == []
    rows = result_rows(answers.of_quiz("quiz-a"), {})
    assert [(row.who, row.round) for row in rows] == [("Ann Meyer (ann)", 1), ("Ann Meyer (ann)", 2)]


def test_the_database_refuses_to_change_answers_and_removal_is_told_to_the_audit_log(answers: QuizAnswers) -> None:
    answers.add("t1", "quiz-a", "case-1", "Ann", [WRONG, PR])
    answers.add("t2", "quiz-b", "case-1", "Ann", [RIGHT])
    with pytest.raises(ReviewError, match="never changed"), database.writing(answers.engine) as connection:
        connection.execute(text("UPDATE quiz_answers SET correct = 1"))
    assert answers.remove("quiz-a", "Tom") == 2
    assert answers.of_quiz("quiz-a") == []
    assert len(answers.of_quiz("quiz-b")) == 1
    (entry,) = AuditLog(answers.engine).entries()
    assert (entry.person, entry.action, entry.details) == ("Tom", "quiz answers removed", {"answers": 2})
    assert answers.remove("quiz-a", "Tom") == 0
    assert len(AuditLog(answers.engine).entries()) == 1


@pytest.mark.parametrize(("attempt", "person"), [("", "Ann"), ("t1", " ")])
def test_answers_of_nobody_are_refused(answers: QuizAnswers, attempt: str, person: str) -> None:
    with pytest.raises(ReviewError):
        answers.add(attempt, "quiz-a", "case-1", person, [RIGHT])
    assert answers.of_quiz("quiz-a") == []


def test_first_answers_count_and_the_program_stands_beside_the_class(answers: QuizAnswers) -> None:
    answers.add("t1", "quiz-a", "case-1", "Ann", [WRONG, PR])
    answers.add("t2", "quiz-a", "case-1", "Ann", [RIGHT, PR])
    answers.add("t3", "quiz-a", "case-1", "Ben", [RIGHT, PR])
    answers.add("t4", "quiz-a", "case-2", "Ben", [RIGHT])
    rows = result_rows(answers.of_quiz("quiz-a"), {"case-1": [RIGHT, PR], "case-2": [WRONG]})
    people = {one.who: one for one in by_person(rows)}
    assert list(people) == ["Ann", "Ben", PROGRAM]
    assert people["Ann"].cases == (0, 1)
    assert people["Ann"].questions == (1, 2)
    assert people["Ben"].cases == (2, 2)
    assert people[PROGRAM].by_kind["rhythm"] == (1, 2)
    cases = by_case(rows)
    first, second = cases["case-1"]["rhythm"], cases["case-2"]["rhythm"]
    assert first.persons == (1, 2)
    assert first.most_wrong == "=1+1"
    assert first.program == RIGHT
    assert second.persons == (1, 1)
    assert second.program == WRONG
    table = list(csv.reader(io.StringIO(results_csv("quiz-a", rows, {"case-1": "Asystole, of course"}))))
    assert len(table) == 1 + len(rows)
    columns = dict(zip(table[0], table[1], strict=True))
    assert columns["answer"] == "'=1+1"
    assert columns["diagnosis"] == "Asystole, of course"
    assert [line[table[0].index("program")] for line in table[1:]].count("yes") == 3
    assert sorted({line[table[0].index("round")] for line in table[1:]}) == ["1", "2"]
