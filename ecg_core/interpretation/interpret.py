"""Rules in their order, and the statements that hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.delineation.measured import BeatMeasurements
from ecg_core.delineation.waves import Waves
from ecg_core.interpretation.chamber_rules import CHAMBER_RULES
from ecg_core.interpretation.conduction_rules import CONDUCTION_RULES
from ecg_core.interpretation.ecg import Ecg, Subject, ecg_of
from ecg_core.interpretation.facts import peak_times, rhythm_facts
from ecg_core.interpretation.infarction_rules import INFARCTION_RULES
from ecg_core.interpretation.repolarisation_rules import REPOLARISATION_RULES
from ecg_core.interpretation.rhythm_rules import RHYTHM_RULES
from ecg_core.interpretation.statement import DiagnosticStatement, Interpretation, Rule, Severity
from ecg_core.recording import Recording

RULES: Final[tuple[Rule, ...]] = (
    *RHYTHM_RULES,
    *CONDUCTION_RULES,
    *CHAMBER_RULES,
    *INFARCTION_RULES,
    *REPOLARISATION_RULES,
)
"""In the order in which they are judged: what a rule needs to know of others stands before it."""


def interpret_recording(
    recording: Recording,
    waves: Waves | None,
    measurements: BeatMeasurements,
    beats: pd.DataFrame,
    episodes: pd.DataFrame,
    unassessed: Mapping[str, str],
    pacing: npt.NDArray[np.str_] | None,
    subject: Subject | None = None,
) -> Interpretation:
    """Make the statements of a recording.

    Parameters
    ----------
    recording : Recording
        The recording.
    waves : Waves or None
        Boundaries of its beats; None where they were not delineated.
    measurements : BeatMeasurements
        Of the median of the dominant beats.
    beats : pandas.DataFrame
        The beat table.
    episodes : pandas.DataFrame
        As :func:`ecg_core.rhythm.episodes_of` returns them.
    unassessed : mapping of str to str
        Kinds of episodes that were not looked for, with the reason:
        :attr:`ecg_core.rhythm.assessed.Assessment.not_assessed`.
    pacing : ndarray of str, shape (beats,), or None
        Paced chambers of each beat; None where spikes were not looked for.
    subject : Subject, optional
        Age and sex; as the file states them by default. Of a recording that was de-identified they must be given.

    Returns
    -------
    Interpretation

    Raises
    ------
    RecordingError
        If the signal cannot be read.
    """
    known = beats["label"].notna().any()
    label = beats["label"].fillna("").to_numpy(dtype=str) if known else None
    facts = rhythm_facts(
        waves,
        recording.fs_hz,
        recording.n_samples,
        beats["sample"].to_numpy(dtype=np.int64),
        label,
        episodes,
        unassessed,
        pacing,
    )
    conducted = np.ones(len(beats), dtype=bool) if label is None or not (label == "N").any() else label == "N"
    return interpret(ecg_of(recording, measurements, facts, subject, peak_times(waves, recording.fs_hz, conducted)))


def interpret(ecg: Ecg) -> Interpretation:
    """Judge every rule.

    Parameters
    ----------
    ecg : Ecg
        Measurements of the dominant beat, age and sex, and rhythm.

    Returns
    -------
    Interpretation
        Statements in order of severity, then in the order of `RULES`.
    """
    so_far: dict[str, bool | None] = {}
    statements: list[DiagnosticStatement] = []
    looked_for: dict[str, str] = {}
    not_assessed: dict[str, tuple[str, str]] = {}
    for rule in RULES:
        judgement = rule.judge(ecg, so_far)
        met = so_far[rule.code] = judgement.checklist.met
        if met is None:
            not_assessed[rule.code] = (rule.text, judgement.checklist.missing)
        elif not met:
            looked_for[rule.code] = rule.text
        else:
            criteria = [one for item in (judgement.checklist, *judgement.supporting) for one in item.criteria()]
            reasons = dict.fromkeys(str(reason) for reason in judgement.checklist.reasons())
            severity = Severity(max(rule.severity - judgement.raised, 0))
            statements.append(
                DiagnosticStatement(
                    rule.code,
                    judgement.text or rule.text,
                    severity,
                    rule.source,
                    "; ".join(reasons),
                    tuple(dict.fromkeys(criteria)),
                )
            )
    return Interpretation(tuple(sorted(statements, key=lambda statement: statement.severity)), looked_for, not_assessed)
