"""The program's own answers to the questions of a case, from its analysis of the case's recording.

The rhythm is the sequence that the program writes as WFDB rhythm changes, with asystole, which it writes only where a
person named it. An episode begins with the first beat that shows it, so that up to `MAX_LEFT_OUT_S` of sinus rhythm
beside one are not told apart from it. The diagnosis is the choice whose true
episodes and statements have most in common with those that were found (Jaccard index); of several that have as much in
common, none is taken, and the question counts as not answered. Measurements and beats are those of the analysis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ecg_core.analysis import analyse
from ecg_core.figures.paper import SECONDS
from ecg_core.measurements import measure_recording
from ecg_core.recording import Recording
from ecg_core.rhythm import rhythm_changes
from ecg_core.teaching.grading import Grade, grade, grade_found_beats
from ecg_core.teaching.library import CaseLibrary, TeachingCase
from ecg_core.teaching.questions import Beats, Choice, Question, rhythm_text

if TYPE_CHECKING:
    from ecg_core.classification.loading import Classifier

MAX_LEFT_OUT_S: Final = 5.0
"""Longest stretch of sinus rhythm that counts as part of what stands beside it."""


def program_grades(
    recording: Recording, questions: Sequence[Question], library: CaseLibrary, model: Classifier
) -> tuple[Grade, ...]:
    """Let the program answer the questions of a case.

    Parameters
    ----------
    recording : Recording
        The case's.
    questions : sequence of Question
        As `ecg_core.teaching.questions.questions_of` gives them.
    library : CaseLibrary
        Of the choices.
    model : Classifier
        Beat classifier.

    Returns
    -------
    tuple of Grade
        One for each question.
    """
    analysis = analyse(recording, model, waves=True)
    measured = measure_recording(recording, analysis)
    found = {str(kind) for kind in analysis.episodes["kind"]}
    found |= set(measured.interpretation.codes) if measured is not None else set()
    names = rhythms_found(analysis.episodes, recording.n_samples, recording.fs_hz)
    at_s = analysis.beats["sample"].to_numpy(np.int64) / recording.fs_hz
    labels = analysis.beats["label"].astype(str).to_numpy()
    grades = []
    for question in questions:
        if isinstance(question, Beats):
            inside = (at_s >= question.start_s) & (at_s < question.start_s + SECONDS)
            grades.append(grade_found_beats(question, at_s[inside].tolist(), labels[inside].tolist()))
        elif not isinstance(question, Choice):
            item = None if measured is None else measured.shown.overall.get(question.kind)
            value = None if item is None or item.value is None else float(round(item.value))
            grades.append(grade(question, value))
        elif question.kind == "rhythm":
            said = rhythm_text(names)
            right = said == question.right
            grades.append(Grade("rhythm", said, question.right, right, float(right)))
        else:
            grades.append(grade(question, nearest_diagnosis(question, found, library)))
    return tuple(grades)


def rhythms_found(episodes: pd.DataFrame, n_samples: int, fs_hz: float) -> tuple[str, ...]:
    """Return the rhythms of a recording in their order.

    Parameters
    ----------
    episodes : pandas.DataFrame
        Of its analysis.
    n_samples : int
        Its length.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    tuple of str
        WFDB names without brackets.
    """
    # A standstill has a name there only as a person's.
    named = episodes.assign(source=episodes["source"].mask(episodes["kind"] == "ASYSTOLE", "person"))
    changes = rhythm_changes(named)
    stops = [at for at, _ in changes[1:]] + [n_samples]
    lengths_s = [(stop - at) / fs_hz for (at, _), stop in zip(changes, stops, strict=True)]
    names = [text.removeprefix("(") for _, text in changes]
    kept = [name for name, length_s in zip(names, lengths_s, strict=True) if name != "N" or length_s > MAX_LEFT_OUT_S]
    return tuple(kept or names)


def nearest_diagnosis(question: Choice, found: set[str], library: CaseLibrary) -> str | None:
    """Return the choice whose truth is most like what was found; None where several are.

    Parameters
    ----------
    question : Choice
        For the diagnosis.
    found : set of str
        Kinds of episodes and codes of statements.
    library : CaseLibrary
        Of the choices.
    """
    by_text: dict[str, TeachingCase] = {case.text.diagnosis: case for case in library.cases.values()}
    alike = {}
    for text in question.choices:
        truth = by_text[text].text.truth
        true = {*truth.episodes, *truth.statements}
        alike[text] = len(true & found) / len(true | found) if true | found else 1.0
    best = max(alike.values())
    nearest = [text for text, share in alike.items() if share == best]
    return nearest[0] if len(nearest) == 1 else None
