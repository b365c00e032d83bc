"""Trial of the statement audit: a database's diagnoses as a device's words, and how often each verdict comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ecg_core.analysis import analyse
from ecg_core.errors import RecordingError
from ecg_core.evaluation.statement_references import device_statements
from ecg_core.evaluation.tables import align
from ecg_core.formats import open_recording
from ecg_core.measurements import measure_recording
from ecg_core.screening.stated_concepts import CONCEPTS
from ecg_core.screening.statement_audit import WORD_NAMES, StatementAudit, audit_statements

if TYPE_CHECKING:
    from ecg_core.classification.loading import Classifier

OTHER = "other"
"""Stands for statements about nothing that is compared."""


def audited(
    folder: Path, model: Classifier, progress: Callable[[float, str], None] | None = None
) -> Iterator[tuple[str, StatementAudit]]:
    """Audit what a database states of its recordings, as if a device had written it.

    Parameters
    ----------
    folder : Path
        The database's folder, searched with its subfolders: PTB-XL, or headers with diagnoses in words or ``#Dx``.
    model : Classifier
        Labels the beats.
    progress : callable, optional
        Called as ``progress(share, record)``.

    Yields
    ------
    record : str
    audit : StatementAudit

    Raises
    ------
    RecordingError
        If no recording of the folder states anything, or one cannot be read.
    """
    headers = sorted(folder.rglob("*.hea"))
    n_found = 0
    for number, header in enumerate(headers):
        recording = open_recording(header)
        stated = device_statements(header)
        if stated:
            recording = replace(recording, statements=stated)
        if progress is not None:
            progress(number / len(headers), header.stem)
        analysis = analyse(recording, model, waves=True)
        audit = audit_statements(recording, analysis, measure_recording(recording, analysis))
        if audit.verdicts:
            n_found += 1
            yield header.stem, audit
    if not n_found:
        raise RecordingError(f"{folder} holds no recording with a device's or database's statements.")


def count_verdicts(audits: Iterator[StatementAudit] | list[StatementAudit]) -> dict[str, dict[str, int]]:
    """Count verdicts by concept; negated statements are left out.

    Parameters
    ----------
    audits : iterable of StatementAudit
        Of each recording.

    Returns
    -------
    dict of str to dict of str to int
        By code of the concept, in the order of ``CONCEPTS``, `OTHER` last; then by verdict.
    """
    counts: dict[str, Counter[str]] = {}
    for audit in audits:
        for each in audit.verdicts:
            if each.standing != "negated":
                counts.setdefault(each.concept or OTHER, Counter())[each.verdict] += 1
    order = [concept.code for concept in CONCEPTS]
    codes = sorted(counts, key=lambda code: order.index(code) if code in order else len(order))
    return {code: dict(counts[code]) for code in codes}


def verdict_text(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Write the counts as a table.

    Parameters
    ----------
    counts : mapping
        As :func:`count_verdicts` returns them.

    Returns
    -------
    str
    """
    rows = [["Concept", *WORD_NAMES.values()]]
    rows += [[code, *(str(of.get(word, 0)) for word in WORD_NAMES)] for code, of in counts.items()]
    return align(rows) + "\n"
