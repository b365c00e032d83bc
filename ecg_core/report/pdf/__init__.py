"""Reports as PDF: ECG strips as vectors at true size, embedded fonts, tags, metadata."""

from ecg_core.report.pdf.document import PAPERS, report_pdf

__all__ = ["PAPERS", "report_pdf"]
