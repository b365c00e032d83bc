"""Scoring against reference annotations after ANSI/AAMI EC57, as the WFDB program bxb does it."""

from ecg_core.evaluation.counts import BeatMatrix, ClassScore, Ratio, score_beats
from ecg_core.evaluation.matching import Match, match_beats, window_samples
from ecg_core.evaluation.protocol import DS1, DS2, PACED, Protocol, patient_of, select_records
from ecg_core.evaluation.report import report_dict, report_text
from ecg_core.evaluation.run import evaluate_records, load_reference
from ecg_core.evaluation.scores import RecordBeats, RecordScore, Summary, score_record, summarise

__all__ = [
    "DS1",
    "DS2",
    "PACED",
    "BeatMatrix",
    "ClassScore",
    "Match",
    "Protocol",
    "Ratio",
    "RecordBeats",
    "RecordScore",
    "Summary",
    "evaluate_records",
    "load_reference",
    "match_beats",
    "patient_of",
    "report_dict",
    "report_text",
    "score_beats",
    "score_record",
    "select_records",
    "summarise",
    "window_samples",
]
