"""Interpretation of the 12-lead ECG: diagnostic statements by the criteria of the recommendations."""

from ecg_core.interpretation.ecg import Ecg, RhythmFacts, Subject, ecg_of, subject_of
from ecg_core.interpretation.facts import rhythm_facts
from ecg_core.interpretation.interpret import RULES, interpret, interpret_recording
from ecg_core.interpretation.statement import DISCLAIMER, DiagnosticStatement, Interpretation, Rule, Severity

__all__ = [
    "DISCLAIMER",
    "RULES",
    "DiagnosticStatement",
    "Ecg",
    "Interpretation",
    "RhythmFacts",
    "Rule",
    "Severity",
    "Subject",
    "ecg_of",
    "interpret",
    "interpret_recording",
    "rhythm_facts",
    "subject_of",
]
