"""The quiz of the page Teaching and its services, without a browser."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from dashboard_for_tests import Dashboard

from ecg_core.review.database import engine
from ecg_core.teaching.answers import QuizAnswers
from ecg_core.teaching.library import TeachingCase, case_library
from ecg_core.teaching.questions import Beats, Choice, Measurement, questions_of
from ecg_core.teaching.quiz import Quiz, cases_of_quiz
from ecg_core.teaching.quiz_results import results_csv
from pages.services import quizzes
from pages.services.accounts import AccessDeniedError, Account, acting_as

pytestmark = pytest.mark.slow

Open = Callable[[], Dashboard]
QUIZ = Quiz(("ectopy",), ("student",), 2, 5)
STUDENT = Account("Ann (ann)", "https://provider.test", "ann", ("student",), "key")
TEACHER = Account("Tom (tom)", "https://provider.test", "tom", ("teacher",), "key")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))


def begun(dashboard: Open, name: str = "Ann") -> Dashboard:
    opened = dashboard().open("teaching", quiz=QUIZ.code)
    opened.app.text_input(key="quiz_person").set_value(name).run()
    return opened.click("quiz_begin")


def answer(opened: Dashboard, case: TeachingCase, step: int, right: bool) -> Dashboard:
    """Give all answers to a case, of which the rhythm alone may be wrong."""
    for question in questions_of(case, case_library(), QUIZ.seed):
        key = f"quiz_{question.kind}_{step}"
        if isinstance(question, Choice):
            wrong = next(text for text in question.choices if text != question.right)
            radio = opened.app.radio(key=key)
            radio.set_value(question.right if right or question.kind != "rhythm" else wrong)
        elif isinstance(question, Measurement):
            opened.app.number_input(key=key).set_value(round(question.value + question.tolerance - 1))
        else:
            assert isinstance(question, Beats)
            opened.app.session_state["quiz_run"].letters = question.letters
    opened.app.button(key=f"quiz_check_{step}").click().run()
    return opened.settle()


def test_a_quiz_shows_neither_title_nor_diagnosis_until_it_is_answered(dashboard: Open) -> None:
    first, _ = cases_of_quiz(QUIZ, case_library())
    opened = begun(dashboard)
    assert first.text.history in opened.text
    given = str([one.proto for one in opened.app.main])
    assert first.text.title not in given
    assert first.text.explanation not in given
    answer(opened, first, 0, right=True)
    assert first.text.title in opened.text
    assert first.text.explanation in opened.text


def test_answers_are_graded_kept_and_what_went_wrong_comes_again(dashboard: Open) -> None:
    first, second = cases_of_quiz(QUIZ, case_library())
    opened = answer(begun(dashboard), first, 0, right=False)
    n = len(questions_of(first, case_library(), QUIZ.seed))
    assert f"{n - 1} of {n} right" in opened.text
    answer(opened.click("quiz_next"), second, 1, right=True)
    opened.click("quiz_next")
    assert "1 of 2 cases without a mistake" in opened.text
    kept = QuizAnswers(engine()).of_quiz(QUIZ.code)
    assert [one.grade.kind for one in kept if not one.grade.right] == ["rhythm"]
    assert {one.case_code for one in kept} == {first.code, second.code}
    assert [card.case for card in quizzes.cards_of("Ann", case_library())] == [first.code]
    assert quizzes.cards_of("Ben", case_library()) == ()
    again = opened.click("quiz_repeat_now")
    assert first.text.history in again.text


def test_a_quiz_goes_on_where_the_person_left_it(dashboard: Open) -> None:
    first, second = cases_of_quiz(QUIZ, case_library())
    answer(begun(dashboard), first, 0, right=True)
    assert second.text.history in begun(dashboard).text
    assert first.text.history in begun(dashboard, "Ben").text


def test_missing_answers_are_said_once_and_then_count_as_wrong(dashboard: Open) -> None:
    first = cases_of_quiz(QUIZ, case_library())[0]
    opened = begun(dashboard)
    opened.app.button(key="quiz_check_0").click().run()
    assert "Not answered: Rhythm, Diagnosis" in opened.text
    assert QuizAnswers(engine()).of_quiz(QUIZ.code) == []
    opened.app.button(key="quiz_check_0").click().run()
    assert first.text.title in opened.text
    assert not any(one.grade.right or one.grade.answer for one in QuizAnswers(engine()).of_quiz(QUIZ.code))


def test_without_a_name_nothing_is_kept(dashboard: Open) -> None:
    first = cases_of_quiz(QUIZ, case_library())[0]
    opened = answer(begun(dashboard, ""), first, 0, right=False)
    assert first.text.title in opened.text
    assert "not kept" in opened.text
    assert quizzes.answered_quizzes() == []


def test_answers_that_cannot_be_kept_are_graded_all_the_same(dashboard: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    first = cases_of_quiz(QUIZ, case_library())[0]
    monkeypatch.setattr(quizzes, "why_read_only", lambda: "The disk is full.")
    opened = answer(begun(dashboard), first, 0, right=True)
    assert "These answers are not kept. The disk is full." in opened.text
    n = len(questions_of(first, case_library(), QUIZ.seed))
    assert f"{n} of {n} right <span>not kept" in opened.text
    assert quizzes.answered_quizzes() == []


def test_a_wrong_link_is_one_sentence(dashboard: Open) -> None:
    assert "There is no quiz nonsense" in dashboard().open("teaching", quiz="nonsense").text


def test_results_are_for_those_who_teach(dashboard: Open) -> None:
    first = cases_of_quiz(QUIZ, case_library())[0]
    answer(begun(dashboard), first, 0, right=False)
    for call in (
        quizzes.answered_quizzes,
        lambda: quizzes.results_of(QUIZ, {}),
        lambda: quizzes.remove_results(QUIZ, "x"),
    ):
        with acting_as(STUDENT), pytest.raises(AccessDeniedError):
            call()
    with acting_as(TEACHER):
        assert [code for code, _, _ in quizzes.answered_quizzes()] == [QUIZ.code]
        rows = quizzes.results_of(QUIZ, {})
        assert {row.who for row in rows} == {"Ann"}
        assert quizzes.remove_results(QUIZ, "Tom") == len(rows)
        assert quizzes.answered_quizzes() == []


def test_the_results_show_persons_cases_and_a_guarded_table(dashboard: Open) -> None:
    first = cases_of_quiz(QUIZ, case_library())[0]
    opened = answer(begun(dashboard, "=cmd()"), first, 0, right=False)
    opened.click("quiz_leave")
    opened.app.segmented_control(key="teaching_part").set_value("Results").run()
    opened.settle()
    assert "=cmd()" in opened.text
    assert first.text.diagnosis in opened.text
    rows = quizzes.results_of(QUIZ, {})
    table = list(csv.DictReader(io.StringIO(results_csv(QUIZ.code, rows, {first.code: first.text.diagnosis}))))
    assert {row["person"] for row in table} == {"'=cmd()"}
    assert [row["right"] for row in table if row["question"] == "Rhythm"] == ["no"]
