"""Reports of recordings: content as plain data, drafted from the analysis, and its documents: PDF, JSON, CSV."""

from ecg_core.report.as_data import content_sha256, report_csv, report_dict, report_json
from ecg_core.report.content import draft_report
from ecg_core.report.edits import review_of, span_notes_of, with_edits
from ecg_core.report.model import Report
from ecg_core.report.source import Review
from ecg_core.report.status import ReportStatus, Signature
from ecg_core.report.subject import ClinicalDetails, PatientIdentity
from ecg_core.report.templates import TEMPLATES

__all__ = [
    "TEMPLATES",
    "ClinicalDetails",
    "PatientIdentity",
    "Report",
    "ReportStatus",
    "Review",
    "Signature",
    "content_sha256",
    "draft_report",
    "report_csv",
    "report_dict",
    "report_json",
    "review_of",
    "span_notes_of",
    "with_edits",
]
