"""Questions that a quiz asks of a case, as far as its truth has an answer, and the answers that are right.

Choices come from the case's look-alikes, then from its topic, then from the rest of the library, in an order that
depends on the seed alone. A measurement is asked only where it is one number: of the usual beats, in all of them, on
every page of the recording.

Tolerances are this program's choice. PR and QRS: 20 ms, half a small square at 25 mm/s, which is what one can read by
eye. QT: 40 ms, one small square, since the end of T is told apart less sharply. Rate: 5 bpm or 5 %. For comparison,
IEC 60601-2-25 allows programs a mean difference and a standard deviation of 10 and 10 ms for PQ and QRS, and of 25 and
30 ms for QT; each of these tolerances is as large as their sum or less than it by 15 ms at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ecg_core.arrays import Float64Array, Int64Array
from ecg_core.beats import is_beat, to_aami
from ecg_core.errors import SourceError
from ecg_core.figures.paper import SECONDS
from ecg_core.recording import Annotations, Recording
from ecg_core.synthesis.strip_drawing import DrawnStrip, draw_strip
from ecg_core.teaching.case import Criterion, QuestionKind
from ecg_core.teaching.library import CaseLibrary, TeachingCase
from ecg_core.teaching.quiz import shuffled
from ecg_core.teaching.truth_measures import measure_truth

N_CHOICES: Final = 5

QUESTION_NAMES: Final[dict[QuestionKind, str]] = {
    "rhythm": "Rhythm",
    "diagnosis": "Diagnosis",
    "rate_bpm": "Rate (bpm)",
    "pr_ms": "PR (ms)",
    "qrs_ms": "QRS (ms)",
    "qt_ms": "QT (ms)",
    "beats": "Beats",
}

TOLERANCES: Final[dict[QuestionKind, float]] = {"rate_bpm": 5.0, "pr_ms": 20.0, "qrs_ms": 20.0, "qt_ms": 40.0}
RATE_TOLERANCE_SHARE: Final = 0.05

MIN_BEATS, MAX_BEATS = 3, 30
"""Beats of a strip whose letters are asked."""

LETTERED_TOPICS: Final = frozenset(
    {
        "sinus node",
        "AV block",
        "ectopy",
        "supraventricular tachycardia",
        "atrial fibrillation and flutter",
        "ventricular arrhythmia",
        "pacing",
        "pre-excitation",
        "artefact",
    }
)
"""Topics whose cases are asked for letters, whether they have other beats than N or not: asking tells nothing."""

RHYTHM_TEXTS: Final = {
    "N": "sinus rhythm",
    "SBR": "sinus bradycardia",
    "PREX": "sinus rhythm with pre-excitation",
    "BI": "sinus rhythm with first-degree AV block",
    "BII": "second-degree AV block",
    "B3": "complete AV block",
    "AFIB": "atrial fibrillation",
    "AFL": "atrial flutter",
    "SVTA": "supraventricular tachycardia",
    "NOD": "junctional rhythm",
    "IVR": "idioventricular rhythm",
    "VT": "ventricular tachycardia",
    "VF": "ventricular fibrillation",
    "ASYS": "asystole",
    "P": "paced rhythm",
    "B": "ventricular bigeminy",
    "T": "ventricular trigeminy",
    "AB": "atrial bigeminy",
}
"""WFDB names of rhythms, as `ecg_core.synthesis.strip_events.rhythm_name` gives them, in words."""

_MIN_USUAL_SHARE: Final = 0.6
_MIN_STEADY_SHARE: Final = 0.9
_PR_MS: Final = (60.0, 500.0)
_EDGE_S: Final = 0.15
_PAGE_STEP_S: Final = 1.0
_MIN_LATER_S: Final = 0.5


@dataclass(frozen=True)
class Choice:
    """A question with one right choice.

    Attributes
    ----------
    kind : {"rhythm", "diagnosis"}
    choices : tuple of str
    right : str
        One of them.
    """

    kind: QuestionKind
    choices: tuple[str, ...]
    right: str


@dataclass(frozen=True)
class Measurement:
    """A question for a number.

    Attributes
    ----------
    kind : {"rate_bpm", "pr_ms", "qrs_ms", "qt_ms"}
    value : float
        From the true waves.
    """

    kind: QuestionKind
    value: float

    @property
    def tolerance(self) -> float:
        """How far an answer may be off."""
        share = RATE_TOLERANCE_SHARE * self.value if self.kind == "rate_bpm" else 0.0
        return max(TOLERANCES[self.kind], share)


@dataclass(frozen=True)
class Beats:
    """A question for the letters of the beats of ten seconds.

    Attributes
    ----------
    start_s : float
        Where these seconds begin.
    at_s : tuple of float
        The beats, in seconds of the recording.
    letters : tuple of str
        Their AAMI classes.
    accepted : tuple of str
        The letters that are right for each: escape beats are N in the literature and S in EC57 (`ecg_core.beats`).
    """

    start_s: float
    at_s: tuple[float, ...]
    letters: tuple[str, ...]
    accepted: tuple[str, ...]

    @property
    def kind(self) -> QuestionKind:
        """As of the other questions."""
        return "beats"


Question = Choice | Measurement | Beats


def questions_of(
    case: TeachingCase, library: CaseLibrary, seed: int, recording: Recording | None = None
) -> tuple[Question, ...]:
    """Return the questions of a case.

    Parameters
    ----------
    case : TeachingCase
        The case.
    library : CaseLibrary
        From which the wrong choices are.
    seed : int
        On which choices and their order depend.
    recording : Recording, optional
        That of a case without a script.

    Returns
    -------
    tuple of Question
        In the order of `ecg_core.teaching.case.QUESTION_KINDS`.

    Raises
    ------
    SourceError
        If the case's script names a wave that there is not.
    """
    text = case.text
    drawn = None if text.signal is None else _drawn(case)
    marks = drawn.annotations if drawn is not None else _reference(recording)
    asked: list[Question] = []
    rhythm = rhythm_text(text.truth.rhythms or () if marks is None else rhythms_of(case, marks))
    if rhythm:
        others = (rhythm_text(other.text.truth.rhythms) for other in _others(case, library, seed))
        asked.append(_choice("rhythm", rhythm, others, seed, case.name))
    diagnoses = (other.text.diagnosis for other in _others(case, library, seed))
    fitting = (one for one in diagnoses if not _says_the_same(one, text.diagnosis))
    asked.append(_choice("diagnosis", text.diagnosis, fitting, seed, case.name))
    if drawn is not None:
        asked += _measurements(drawn)
        fs_hz, length_s = drawn.tracing.fs_hz, text.signal.seconds if text.signal else 0.0
    elif recording is not None:
        fs_hz, length_s = recording.fs_hz, recording.duration_s
    if marks is not None and text.topic in LETTERED_TOPICS:
        asked += _beats(marks, fs_hz, length_s)
    return tuple(one for one in asked if one.kind not in text.not_asked)


def rhythms_of(case: TeachingCase, marks: Annotations) -> tuple[str, ...]:
    """Return the WFDB names of a case's rhythms; those of its annotations where its text names none.

    Parameters
    ----------
    case : TeachingCase
        The case.
    marks : Annotations
        Its reference.
    """
    return case.text.truth.rhythms or tuple(name for _, name in marks.rhythms())


def rhythm_text(names: Sequence[str]) -> str:
    """Return rhythms in their order as words; empty where one of them has no name here, or there is none.

    Parameters
    ----------
    names : sequence of str
        WFDB names without brackets.
    """
    if not all(name in RHYTHM_TEXTS for name in names):
        return ""
    kept = [name for place, name in enumerate(names) if place == 0 or name != names[place - 1]]
    return ", then ".join(RHYTHM_TEXTS[name] for name in kept)


def _drawn(case: TeachingCase) -> DrawnStrip:
    assert case.text.signal is not None
    try:
        return draw_strip(case.text.signal)
    except ValueError as error:
        raise SourceError(f"{case.name}: {error}.") from None


def _reference(recording: Recording | None) -> Annotations | None:
    if recording is None or not recording.annotation_names:
        return None
    return recording.annotations(recording.annotation_names[0])


def _others(case: TeachingCase, library: CaseLibrary, seed: int) -> list[TeachingCase]:
    """Return the other cases, those that are most like it first. Records of PhysioNet name themselves."""
    alike = {one.case for one in case.text.look_alikes}
    others = [one for one in library.cases.values() if one.name != case.name]
    others = [one for one in others if not (one.text.recording is not None and one.text.recording.physionet)]
    return sorted(
        others,
        key=lambda one: (one.name not in alike, one.text.topic != case.text.topic, shuffled(seed, case.name, one.name)),
    )


def _choice(kind: QuestionKind, right: str, others: Iterable[str], seed: int, name: str) -> Choice:
    wrong = [text for text in dict.fromkeys(others) if text and text != right][: N_CHOICES - 1]
    return Choice(kind, tuple(sorted((right, *wrong), key=lambda text: shuffled(seed, name, kind, text))), right)


def _says_the_same(one: str, other: str) -> bool:
    """Tell whether a diagnosis holds all words of the other: the less exact one is not wrong either."""
    words = [{word.strip(".,:;()").lower() for word in text.split()} for text in (one, other)]
    return words[0] <= words[1] or words[1] <= words[0]


def _measurements(drawn: DrawnStrip) -> list[Question]:
    if len(drawn.truth.rhythms) != 1:
        return []
    waves = drawn.tracing.waves
    names, counts = np.unique(waves.symbol, return_counts=True)
    if not len(names) or counts.max() < _MIN_USUAL_SHARE * len(waves.symbol):
        return []
    usual = names[counts.argmax()]
    common = waves.common[waves.symbol == usual] * 1000 / drawn.tracing.fs_hz
    sinus = to_aami([usual])[0] == "N"
    in_beats: dict[QuestionKind, Float64Array] = {
        "pr_ms": common[:, 3] - common[:, 0] if sinus else np.empty(0),
        "qrs_ms": common[:, 5] - common[:, 3],
        "qt_ms": common[:, 8] - common[:, 3] if sinus else np.empty(0),
        "rate_bpm": _rates_of_pages(drawn),
    }
    found: list[Question] = []
    for kind in ("rate_bpm", "pr_ms", "qrs_ms", "qt_ms"):
        value = measure_truth(drawn, Criterion("asked", measure=kind))
        if value is None or not len(in_beats[kind]) or (kind == "pr_ms" and not _PR_MS[0] <= value <= _PR_MS[1]):
            continue
        question = Measurement(kind, value)
        with np.errstate(invalid="ignore"):
            steady = float(np.mean(np.abs(in_beats[kind] - value) <= question.tolerance))
        if steady >= (1.0 if kind == "rate_bpm" else _MIN_STEADY_SHARE):
            found.append(question)
    return found


def _rates_of_pages(drawn: DrawnStrip) -> Float64Array:
    """Return the mean rate of each ten seconds that can be shown, a second apart."""
    beat_s = drawn.tracing.waves.beat / drawn.tracing.fs_hz
    length_s = len(drawn.signal_mv) / drawn.tracing.fs_hz
    rates = []
    for start_s in np.arange(0.0, max(length_s - SECONDS, 0.0) + 1e-9, _PAGE_STEP_S):
        inside = beat_s[(beat_s >= start_s) & (beat_s < start_s + SECONDS)]
        rates.append(60 / float(np.mean(np.diff(inside))) if len(inside) > 1 else np.nan)
    return np.array(rates)


def _beats(marks: Annotations, fs_hz: float, length_s: float) -> list[Question]:
    """Return the question for the letters of the ten seconds that have most other beats than N; of these the first."""
    beats = is_beat(marks.symbol)
    sample: Int64Array = np.asarray(marks.sample[beats], dtype=np.int64)
    symbols = np.asarray(marks.symbol[beats])
    at_s, letters = sample / fs_hz, to_aami(symbols)
    by_ec57 = to_aami(symbols, "bxb")
    best: Beats | None = None
    latest_s = max(length_s - SECONDS, 0.0)
    for start_s in sorted(
        {*np.arange(0.0, latest_s, SECONDS).tolist(), round(latest_s, 1) if latest_s >= 0.5 else 0.0}
    ):
        inside = np.flatnonzero((at_s >= start_s + _EDGE_S) & (at_s <= min(start_s + SECONDS, length_s) - _EDGE_S))
        if not MIN_BEATS <= len(inside) <= MAX_BEATS:
            continue
        found = Beats(
            float(start_s),
            tuple(round(float(at_s[at]), 3) for at in inside),
            tuple(str(letters[at]) for at in inside),
            tuple("".join(dict.fromkeys((str(letters[at]), str(by_ec57[at])))) for at in inside),
        )
        if best is None or _n_ectopic(found) > _n_ectopic(best):
            best = found
    return [] if best is None else [best]


def _n_ectopic(question: Beats) -> int:
    return sum(letter != "N" for letter in question.letters)
