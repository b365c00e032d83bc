"""A quiz in a browser: taken by keyboard and mouse with right and wrong answers, feedback, results of the class."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from driving import Dashboard, Server, serve, windows_on
from playwright.sync_api import Browser, Locator, Page, expect

from ecg_core.review.database import FILE_NAME, engine
from ecg_core.teaching.answers import QuizAnswers
from ecg_core.teaching.grading import grade
from ecg_core.teaching.library import TeachingCase, case_library
from ecg_core.teaching.questions import Beats, Choice, Measurement, questions_of
from ecg_core.teaching.quiz import Quiz, cases_of_quiz

LIBRARY = case_library()


def quiz_that_begins_with(*names: str) -> Quiz:
    """Return a quiz of these cases in this order."""
    drawn = (Quiz(("ectopy",), ("student",), len(names), seed) for seed in range(5000))
    return next(quiz for quiz in drawn if tuple(case.name for case in cases_of_quiz(quiz, LIBRARY)) == names)


QUIZ = quiz_that_begins_with("ventricular_premature_beats", "ventricular_bigeminy")
FIRST, SECOND = cases_of_quiz(QUIZ, LIBRARY)


@pytest.fixture
def quiz_server(tmp_path: Path) -> Iterator[Server]:
    with serve(tmp_path) as server:
        yield server


@pytest.fixture
def students(quiz_server: Server, browser: Browser) -> Iterator[Dashboard]:
    with windows_on(quiz_server, browser, Dashboard) as new:
        yield new(person=None)


def begin(page: Page, name: str) -> None:
    field = page.get_by_label("Your name")
    field.fill(name)
    field.press("Enter")
    expect(page.locator(".st-key-card_quiz_again")).to_contain_text("Nothing has gone wrong so far")
    page.get_by_role("button", name="Begin", exact=True).click()
    expect(page.get_by_role("heading", name="Case 1 of 2")).to_be_visible()


def letters_of(page: Page) -> Locator:
    return page.locator(".tracing .letter")


def give_letters(page: Page, letters: str) -> None:
    """Give letters by the keyboard: each key goes on to the next beat."""
    buttons = letters_of(page)
    expect(buttons).to_have_count(len(letters))
    buttons.first.focus()
    for letter in letters:
        page.keyboard.press(letter.lower())
    for at, letter in enumerate(letters):
        expect(buttons.nth(at)).to_have_text(letter)


def answer(page: Page, case: TeachingCase, rhythm: bool = True, pr_ms: int | None = None) -> None:
    """Answer a case: all right, but for the rhythm and the PR interval where that is wanted."""
    for question in questions_of(case, LIBRARY, QUIZ.seed):
        if isinstance(question, Choice):
            text = question.right
            if question.kind == "rhythm" and not rhythm:
                text = next(one for one in question.choices if one != question.right)
            group = page.get_by_role("radiogroup").nth(0 if question.kind == "rhythm" else 1)
            group.get_by_text(text[:1].upper() + text[1:], exact=True).click()
        elif isinstance(question, Measurement):
            name = {"rate_bpm": "Ventricular rate", "pr_ms": "PR interval", "qrs_ms": "QRS", "qt_ms": "QT"}[
                question.kind
            ]
            value = pr_ms if question.kind == "pr_ms" and pr_ms is not None else round(question.value)
            field = page.get_by_label(re.compile(name))
            field.fill(str(value))
            field.press("Tab")


def measure(page: Page) -> None:
    """Measure on the paper by dragging, by keys and by two clicks, and take the caliper away."""
    sheet = page.locator(".st-key-card_case_tracing .sheet")
    width = sheet.locator(".width")
    expect(width).to_be_hidden()
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    per_ms = box["width"] / 10_400  # the drawing is 260 mm wide at 25 mm/s
    left, middle = box["x"] + 300, box["y"] + 40
    page.mouse.move(left, middle)
    page.mouse.down()
    page.mouse.move(left + 800 * per_ms, middle, steps=4)
    page.mouse.up()
    expect(width).to_have_text("800 ms · 75/min")
    page.keyboard.press("ArrowRight")
    expect(width).to_have_text("804 ms · 75/min")
    page.keyboard.press("Shift+ArrowRight")
    expect(width).to_have_text("804 ms · 75/min")
    page.keyboard.press("Escape")
    expect(width).to_be_hidden()
    page.mouse.click(left, middle)
    page.mouse.click(left + 400 * per_ms, middle)
    expect(width).to_have_text("400 ms · 150/min")


def truth_of(case: TeachingCase) -> str:
    return "".join(next(one.letters for one in questions_of(case, LIBRARY, QUIZ.seed) if isinstance(one, Beats)))


def test_a_quiz_is_taken_graded_repeated_and_its_results_are_seen(students: Dashboard) -> None:
    page = students.open("teaching", quiz=QUIZ.code).page
    expect(page.locator(".st-key-card_quiz_chosen")).to_contain_text("2 cases")
    begin(page, "Ann")
    body = page.locator("body")
    expect(body).to_contain_text(FIRST.text.history)
    expect(body).not_to_contain_text(FIRST.text.title)
    assert "case" not in page.url
    measure(page)
    # One V called N by a click too few, one letter by a click, the rest by keys; rhythm and PR wrong.
    true = truth_of(FIRST)
    wrong = true[:4] + "N" + true[5:]
    assert true[4] == "V"
    give_letters(page, wrong)
    letters_of(page).nth(0).click()
    expect(letters_of(page).nth(0)).to_have_text("S")
    page.keyboard.press("n")
    expect(letters_of(page).nth(0)).to_have_text("N")
    answer(page, FIRST, rhythm=False, pr_ms=400)
    page.get_by_role("button", name="Check the answers").click()
    questions = page.locator(".st-key-card_quiz_questions")
    expect(questions).to_contain_text("4 of 7 right")
    expect(questions.locator("li.right")).to_have_count(2)
    expect(questions.locator("li.wrong")).to_have_count(1)
    expect(questions).to_contain_text("400 ms")
    expect(questions).to_contain_text("true 160 ± 20 ms")
    beats = page.locator(".st-key-card_quiz_beats")
    expect(beats).to_contain_text(f"{len(true) - 1} of {len(true)} right")
    expect(beats.locator(".letter.wrong")).to_have_count(1)
    expect(beats.locator(".true")).to_have_text("V")
    expect(beats.locator("tr").filter(has_text=re.compile("^V"))).to_contain_text("1/2")
    expect(page.locator(".st-key-card_case_truth")).to_contain_text(FIRST.text.explanation)
    page.get_by_role("button", name="Next case").click()
    expect(page.get_by_role("heading", name="Case 2 of 2")).to_be_in_viewport()
    expect(page.locator(".st-key-card_case_truth")).to_have_count(0)

    # The link opens the quiz again where it was left; here without the letters at first.
    answer(page, SECOND)
    page.get_by_role("button", name="Check the answers").click()
    expect(page.locator(".st-key-card_quiz_questions")).to_contain_text("Not answered: Beats")
    give_letters(page, truth_of(SECOND)[:2] + "N" * (len(truth_of(SECOND)) - 2))
    give_letters(page, truth_of(SECOND))
    page.get_by_role("button", name="Check what is there").click()
    expect(page.locator(".st-key-card_quiz_beats .letter.wrong")).to_have_count(0)
    page.get_by_role("button", name="To the summary").click()
    summary = page.locator(".st-key-card_quiz_summary")
    expect(summary).to_contain_text("1 of 2 cases without a mistake")
    expect(summary).to_contain_text(FIRST.text.diagnosis)
    page.get_by_role("button", name="Repeat now what went wrong (1)").click()
    expect(page.get_by_role("heading", name="Case 1 of 1")).to_be_visible()
    expect(body).to_contain_text(FIRST.text.history)
    page.get_by_role("button", name="Leave").click()
    expect(page.locator(".st-key-card_quiz_again")).to_contain_text("0 due of 1")
    page.get_by_role("radio", name="Results").click()
    expect(page.locator(".st-key-card_results_persons tr").filter(has_text="Ann")).to_contain_text("1/2")
    expect(page.locator(".st-key-card_results_answers")).to_contain_text(wrong)


def test_results_of_a_class_stand_beside_the_programs_own_answers(browser: Browser, tmp_path: Path) -> None:
    quiz = quiz_that_begins_with("ventricular_premature_beats")
    questions = questions_of(FIRST, LIBRARY, quiz.seed)
    home = tmp_path / "home"
    answers = QuizAnswers(engine(home / FILE_NAME))
    wrong = [grade(one, 400.0 if one.kind == "pr_ms" else None) for one in questions]
    right = [replace(one, answer=one.truth, right=True, score=1.0) for one in wrong]
    answers.add("t1", quiz.code, FIRST.code, "Ann", wrong)
    answers.add("t2", quiz.code, FIRST.code, "Ben", right)
    answers.engine.dispose()
    with serve(tmp_path) as server, windows_on(server, browser, Dashboard) as new:
        page = new().open("teaching").page
        page.get_by_role("radio", name="Results").click()
        persons = page.locator(".st-key-card_results_persons tr")
        expect(persons.filter(has_text="Ann")).to_contain_text("0/1")
        expect(persons.filter(has_text="Ben")).to_contain_text("100 %")
        page.get_by_role("button", name="Let the program answer, too").click()
        # The whole analysis of a case, with the network's start.
        expect(persons.filter(has_text="Rhythmoscope (the program)")).to_contain_text("1/1", timeout=240_000)
        case = page.locator(".st-key-card_results_cases tr").filter(has_text=FIRST.text.diagnosis)
        expect(case).to_contain_text("1/2 · program")
        expect(case).to_contain_text("400")
        with page.expect_download() as download:
            page.get_by_role("button", name="CSV").click()
        kept = tmp_path / "results.csv"
        download.value.save_as(kept)
        rows = list(csv.DictReader(io.StringIO(kept.read_text(encoding="utf-8"))))
        assert [(row["person"], row["program"]) for row in rows[:: len(questions)]] == [
            ("Ann", "no"),
            ("Ben", "no"),
            ("Rhythmoscope", "yes"),
        ]
        page.get_by_role("button", name="Remove", exact=True).click()
        page.get_by_role("button", name="Remove these answers").click()
        expect(page.get_by_role("status").filter(has_text="14 answers were removed")).to_be_visible()
        expect(page.locator("body")).to_contain_text("Nobody has answered a quiz yet")
