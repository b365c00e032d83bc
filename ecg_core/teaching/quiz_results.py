"""Results of a quiz: everybody's first answers and the program's own, by person and by case, and as CSV.

First answers count. What a person answered to the same case of the same quiz later stands in the table beside its
number, and in no sum.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ecg_core.evaluation.counts import Ratio
from ecg_core.formats.common.cells import guarded
from ecg_core.teaching.answers import QuizAnswer
from ecg_core.teaching.case import QUESTION_KINDS, QuestionKind
from ecg_core.teaching.grading import Grade
from ecg_core.teaching.questions import QUESTION_NAMES

PROGRAM: Final = "Rhythmoscope"
"""Who the results name for the program's own answers."""

CSV_COLUMNS: Final = (
    "quiz",
    "person",
    "program",
    "case",
    "diagnosis",
    "round",
    "question",
    "answer",
    "truth",
    "right",
    "score",
    "answered_at",
)


@dataclass(frozen=True)
class ResultRow:
    """An answer in the results.

    Attributes
    ----------
    who : str
        The person, or `PROGRAM`.
    program : bool
        Whether it is the program's.
    case_code : str
    round : int
        How often this person has answered this case of this quiz, from 1; sums count 1 alone.
    grade : Grade
    at : str
        UTC in ISO 8601; empty for the program.
    """

    who: str
    program: bool
    case_code: str
    round: int
    grade: Grade
    at: str


@dataclass(frozen=True)
class PersonSummary:
    """What a person, or the program, got right.

    Attributes
    ----------
    who : str
    program : bool
    cases : Ratio
        Cases of which everything was right, out of those answered.
    questions : Ratio
    by_kind : mapping of str to Ratio
        Questions of each kind that were asked.
    """

    who: str
    program: bool
    cases: Ratio
    questions: Ratio
    by_kind: Mapping[QuestionKind, Ratio]


@dataclass(frozen=True)
class QuestionSummary:
    """How a question of a case was answered.

    Attributes
    ----------
    persons : Ratio
        Persons who were right, out of those who answered the case.
    program : Grade or None
        The program's answer; None where it was not asked.
    truth : str
    most_wrong : str
        The wrong answer that was given most; empty where there was none, or nothing was the answer.
    """

    persons: Ratio
    program: Grade | None
    truth: str
    most_wrong: str


def result_rows(answers: Sequence[QuizAnswer], program: Mapping[str, Sequence[Grade]]) -> list[ResultRow]:
    """Return the answers of persons and program as rows.

    Parameters
    ----------
    answers : sequence of QuizAnswer
        To one quiz, in order of time.
    program : mapping of str to sequence of Grade
        The program's grades by code of the case.

    Returns
    -------
    list of ResultRow
        In order of time, the program last.
    """
    names = {(one.account, "" if one.account else one.person): one.person for one in answers}
    attempts: defaultdict[tuple[tuple[str, str], str], list[str]] = defaultdict(list)
    rows = []
    for one in answers:
        key = one.account, "" if one.account else one.person
        seen = attempts[key, one.case_code]
        if one.attempt not in seen:
            seen.append(one.attempt)
        rows.append(ResultRow(names[key], False, one.case_code, seen.index(one.attempt) + 1, one.grade, one.at))
    rows += [ResultRow(PROGRAM, True, code, 1, each, "") for code, grades in program.items() for each in grades]
    return rows


def by_person(rows: Sequence[ResultRow]) -> list[PersonSummary]:
    """Sum up what each person got right.

    Parameters
    ----------
    rows : sequence of ResultRow
        The results.

    Returns
    -------
    list of PersonSummary
        By name, the program last.
    """
    groups: defaultdict[tuple[bool, str], list[ResultRow]] = defaultdict(list)
    for row in rows:
        if row.round == 1:
            groups[row.program, row.who].append(row)
    found = []
    for (program, who), group in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1].casefold())):
        cases: defaultdict[str, list[bool]] = defaultdict(list)
        for row in group:
            cases[row.case_code].append(row.grade.right)
        kinds = {
            kind: _ratio([row.grade.right for row in group if row.grade.kind == kind])
            for kind in QUESTION_KINDS
            if any(row.grade.kind == kind for row in group)
        }
        whole = _ratio([all(right) for right in cases.values()])
        found.append(PersonSummary(who, program, whole, _ratio([row.grade.right for row in group]), kinds))
    return found


def by_case(rows: Sequence[ResultRow]) -> dict[str, dict[QuestionKind, QuestionSummary]]:
    """Sum up how each question of each case was answered: whose errors are where.

    Parameters
    ----------
    rows : sequence of ResultRow
        The results.

    Returns
    -------
    dict of str to dict
        By code of the case and kind of question.
    """
    groups: defaultdict[tuple[str, QuestionKind], list[ResultRow]] = defaultdict(list)
    for row in rows:
        if row.round == 1:
            groups[row.case_code, row.grade.kind].append(row)
    found: defaultdict[str, dict[QuestionKind, QuestionSummary]] = defaultdict(dict)
    for code, kind in sorted(groups, key=lambda key: (key[0], QUESTION_KINDS.index(key[1]))):
        persons = [row.grade for row in groups[code, kind] if not row.program]
        program = next((row.grade for row in groups[code, kind] if row.program), None)
        wrong = Counter(one.answer for one in persons if not one.right and one.answer)
        most = min(wrong, key=lambda text: (-wrong[text], text)) if wrong else ""
        truth = groups[code, kind][0].grade.truth
        found[code][kind] = QuestionSummary(_ratio([one.right for one in persons]), program, truth, most)
    return dict(found)


def results_csv(quiz: str, rows: Sequence[ResultRow], diagnoses: Mapping[str, str]) -> str:
    """Return the results as CSV, a row for each answer; no cell is a formula to a spreadsheet.

    Parameters
    ----------
    quiz : str
        Code of the quiz.
    rows : sequence of ResultRow
        The results.
    diagnoses : mapping of str to str
        Diagnosis by code of the case.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for row in rows:
        one = row.grade
        texts = (quiz, row.who, "yes" if row.program else "no", row.case_code, diagnoses.get(row.case_code, ""))
        given = (QUESTION_NAMES[one.kind], one.answer, one.truth, "yes" if one.right else "no")
        writer.writerow([*map(guarded, texts), row.round, *map(guarded, given), f"{one.score:.3f}", guarded(row.at)])
    return file.getvalue()


def _ratio(right: Sequence[bool]) -> Ratio:
    return Ratio(sum(right), len(right))
