"""Audit of what the file of an open recording states in words, computed once for each analysis. No Streamlit."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from ecg_core.analysis import Analysis
from ecg_core.measurements import measure_recording
from ecg_core.screening.statement_audit import StatementAudit, audit_statements
from pages.services.workspace import HELD_BESIDE, OpenedRecording


@dataclass(frozen=True, eq=False)
class _Audited:
    """An audit, and the analysis by which it was made: that of the program, without edits."""

    analysis: Analysis
    audit: StatementAudit


_audited: Final[WeakKeyDictionary[OpenedRecording, _Audited]] = WeakKeyDictionary()
_auditing: Final = threading.Lock()


def statement_audit_of(opened: OpenedRecording) -> StatementAudit | None:
    """Return the audit of what a file states in words.

    Parameters
    ----------
    opened : OpenedRecording
        The recording on the desk.

    Returns
    -------
    StatementAudit or None
        None before the beats are classified, and where the file states nothing. Before the waves are delineated much
        is not assessed.

    Raises
    ------
    RecordingError
        If the signal cannot be read.
    """
    analysis = opened.analysis
    if analysis is None or not analysis.classified:
        return None
    with _auditing:
        known = _audited.get(opened)
        if known is None or known.analysis is not analysis:
            measured = measure_recording(opened.recording, analysis)
            known = _audited[opened] = _Audited(analysis, audit_statements(opened.recording, analysis, measured))
    return known.audit if known.audit.verdicts else None


HELD_BESIDE.append(_audited.get)
