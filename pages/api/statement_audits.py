"""Payload of the audit of what a file states in words."""

from __future__ import annotations

from ecg_core.screening.statement_audit import WORD_NAMES
from pages.api.endpoint import Answer, DeskRequest
from pages.services import workspace
from pages.services.statement_audits import statement_audit_of
from pages.services.wording import shown

_MAX_STATEMENT, _MAX_REASON = 300, 400


def get_statements(request: DeskRequest) -> Answer:
    """Return a verdict on each statement of the file, and the program's urgent findings that none names.

    Empty before the beats are classified, and where the file states nothing.
    """
    workspace.restore(request.opened)
    audit = statement_audit_of(request.opened)
    if audit is None:
        return None
    analysis = request.opened.analysis
    return {
        "complete": analysis is not None and analysis.waves is not None,
        "counts": audit.counts,
        "verdicts": [
            {
                "statement": shown(each.statement, _MAX_STATEMENT),
                "name": each.name,
                "standing": each.standing,
                "verdict": each.verdict,
                "title": WORD_NAMES[each.verdict],
                "reason": shown(each.reason, _MAX_REASON),
            }
            for each in audit.verdicts
        ],
    }
