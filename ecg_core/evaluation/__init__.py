"""Scoring against reference annotations after ANSI/AAMI EC57, as the WFDB programs bxb, rxr and mxm do it."""

from ecg_core.evaluation.annotations import load_annotation_pair, load_annotation_pairs
from ecg_core.evaluation.comparison import compare_beats
from ecg_core.evaluation.counts import BeatMatrix, ClassScore, Ratio
from ecg_core.evaluation.matching import Match, match_beats, window_samples
from ecg_core.evaluation.protocol import Protocol, Settings, select_records
from ecg_core.evaluation.report import Assessment, assess, report_dict
from ecg_core.evaluation.report_text import report_text
from ecg_core.evaluation.runner import choose_records, evaluate_model, evaluate_records, load_reference
from ecg_core.evaluation.scores import RecordBeats, RecordScore, Summary, score_record, summarise

__all__ = [
    "Assessment",
    "BeatMatrix",
    "ClassScore",
    "Match",
    "Protocol",
    "Ratio",
    "RecordBeats",
    "RecordScore",
    "Settings",
    "Summary",
    "assess",
    "choose_records",
    "compare_beats",
    "evaluate_model",
    "evaluate_records",
    "load_annotation_pair",
    "load_annotation_pairs",
    "load_reference",
    "match_beats",
    "report_dict",
    "report_text",
    "score_record",
    "select_records",
    "summarise",
    "window_samples",
]
