"""Teaching cases as data: the schema of ``case.toml``.

A case lies in a folder of its own, whose name is the case's name. Its tracing is a script for the generator
(``signal``) or a recording: a record of PhysioNet by name, or files in the case's folder. `docs/guide/teaching.md`
describes how to write one.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Final, Literal, get_args

from pydantic import Field, StringConstraints, model_validator
from pydantic.dataclasses import dataclass

from ecg_core.synthesis.strip import STRICT, Strip

Level = Literal["student", "resident", "advanced"]
LEVELS: Final = ("student", "resident", "advanced")
"""The easiest first."""

Topic = Literal[
    "normal and variants",
    "sinus node",
    "AV block",
    "ectopy",
    "supraventricular tachycardia",
    "atrial fibrillation and flutter",
    "ventricular arrhythmia",
    "bundle branch block",
    "pre-excitation",
    "pacing",
    "infarction",
    "ischaemia",
    "hypertrophy",
    "electrolytes and drugs",
    "repolarisation",
    "pericardium and lung",
    "artefact",
    "child",
]
TOPICS: Final[tuple[str, ...]] = get_args(Topic)

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=600)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
QuestionKind = Literal["rhythm", "diagnosis", "rate_bpm", "pr_ms", "qrs_ms", "qt_ms", "beats"]
QUESTION_KINDS: Final[tuple[QuestionKind, ...]] = get_args(QuestionKind)
"""What a quiz asks of a case, in the order in which it asks."""

Measure = Literal[
    "rate_bpm",
    "atrial_rate_bpm",
    "rr_variation_percent",
    "shortest_rr_ms",
    "longest_rr_ms",
    "pr_ms",
    "shortest_pr_ms",
    "longest_pr_ms",
    "p_ms",
    "p_mv",
    "p_terminal_mv",
    "qrs_ms",
    "qrs_axis_deg",
    "p_axis_deg",
    "q_ms",
    "q_mv",
    "r_mv",
    "s_mv",
    "r_to_s",
    "st_mv",
    "t_mv",
    "qt_ms",
    "qtc_bazett_ms",
    "qtc_fridericia_ms",
    "sokolow_mv",
    "cornell_mv",
    "p_without_qrs",
    "beats",
    "longest_run",
    "coupling_ms",
    "pause_percent",
    "spikes",
    "spikes_without_qrs",
]


@dataclass(frozen=True, config=STRICT)
class Criterion:
    """A criterion of the diagnosis, measured on the case's own tracing.

    Attributes
    ----------
    text : str
        In the words of the field, without the tracing's figures.
    measure : str or None
        What is measured; None for what is seen, not measured.
    lead : str
        Of measures of one lead.
    symbols : str
        WFDB symbols of the beats measured; the most frequent ones by default.
    rhythm : str
        WFDB name of the rhythm in which it is measured; the whole strip by default.
    above, below : float or None
        Limits that the measure has to keep for the criterion to be met.
    """

    text: Sentence
    measure: Measure | None = None
    lead: Annotated[str, StringConstraints(max_length=4)] = ""
    symbols: Annotated[str, StringConstraints(max_length=12)] = ""
    rhythm: Annotated[str, StringConstraints(max_length=8)] = ""
    above: float | None = None
    below: float | None = None


@dataclass(frozen=True, config=STRICT)
class LookAlike:
    """A case that is mistaken for this one.

    Attributes
    ----------
    case : str
        Its name.
    difference : str
        What tells the two apart.
    """

    case: Name
    difference: Sentence


@dataclass(frozen=True, config=STRICT)
class Truth:
    """What is true of the tracing.

    Attributes
    ----------
    rhythms : tuple of str
        WFDB names of the rhythms in their order, without brackets: what the generator has to have made.
    episodes : tuple of str
        Kinds of episodes (`ecg_core.rhythm.KINDS`) that an analysis has to find, and no others.
    statements : tuple of str
        Codes of the diagnostic statements that an analysis has to make, and no others.
    """

    rhythms: tuple[str, ...] = ()
    episodes: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()


@dataclass(frozen=True, config=STRICT)
class KnownDifference:
    """A difference between the program's analysis and the truth, with its reason.

    Attributes
    ----------
    difference : str
        As ``python -m ecg_core cases`` names it, such as ``missing episode AVB2``.
    reason : str
    fault : bool
        Whether the program is wrong; otherwise both can be said of the tracing.
    """

    difference: Annotated[str, StringConstraints(min_length=3, max_length=120)]
    reason: Sentence
    fault: bool = False


@dataclass(frozen=True, config=STRICT)
class RealRecording:
    """A recording that was not generated.

    Attributes
    ----------
    physionet : str
        Database and record, such as ``mitdb/208``; empty for files of the case's folder.
    file : str
        Name of the header in the case's folder.
    start_s : float
        Where to look first.
    """

    physionet: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_.\-]+(/[A-Za-z0-9_.\-]+)+)?$")] = ""
    file: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_\-]{1,80}\.hea)?$")] = ""
    start_s: Annotated[float, Field(ge=0)] = 0.0


@dataclass(frozen=True, config=STRICT)
class CaseText:
    """What ``case.toml`` holds.

    Attributes
    ----------
    title : str
        Shown in lists; does not tell the diagnosis to whom it is hidden, see `diagnosis`.
    topic : str
    level : {"student", "resident", "advanced"}
    history : str
        Two sentences: who comes with what, and what was found.
    objectives : tuple of str
    diagnosis : str
        The answer.
    explanation : str
        How the tracing comes about and what follows for the patient.
    criteria : tuple of Criterion
    sources : tuple of str
        Keys of ``sources.toml``, or whole references.
    truth : Truth
    signal : Strip or None
        Script for the generator.
    recording : RealRecording or None
    look_alikes : tuple of LookAlike
    known_differences : tuple of KnownDifference
    not_asked : tuple of str
        Questions that a quiz leaves out, since more than one answer is right here.
    age_years : float or None
    sex : {"F", "M"} or None
    """

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=90)]
    topic: Topic
    level: Level
    history: Sentence
    objectives: Annotated[tuple[Sentence, ...], Field(min_length=1, max_length=6)]
    diagnosis: Sentence
    explanation: Sentence
    criteria: Annotated[tuple[Criterion, ...], Field(max_length=12)]
    sources: Annotated[tuple[Sentence, ...], Field(max_length=8)]
    truth: Truth = Truth()
    signal: Strip | None = None
    recording: RealRecording | None = None
    look_alikes: Annotated[tuple[LookAlike, ...], Field(max_length=6)] = ()
    known_differences: tuple[KnownDifference, ...] = ()
    not_asked: tuple[QuestionKind, ...] = ()
    age_years: Annotated[float, Field(ge=0, le=120)] | None = None
    sex: Literal["F", "M"] | None = None

    @model_validator(mode="after")
    def _one_tracing(self) -> CaseText:
        if (self.signal is None) == (self.recording is None):
            raise ValueError("a case has either signal or recording")
        if self.recording is not None and bool(self.recording.physionet) == bool(self.recording.file):
            raise ValueError("a recording is either of physionet or a file")
        return self


def code_of(name: str) -> str:
    """Return the code under which a case is opened, which does not tell its diagnosis.

    Parameters
    ----------
    name : str
        The case's name.

    Returns
    -------
    str
        Such as ``case-3f9a1c``.
    """
    return f"case-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
