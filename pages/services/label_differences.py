"""Differences between the beats under review and a file's annotations, with the audit of these; no Streamlit."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

import pandas as pd

from ecg_core.analysis import Analysis
from ecg_core.review.edits import Judgement
from ecg_core.screening.compared import with_verdicts
from ecg_core.screening.differences import Differences, differences
from ecg_core.screening.label_audit import LabelAudit, audit_labels
from ecg_core.screening.stated_labels import StatedLabels, labels_of_annotations
from pages.services.review_sessions import read_on, review_session_of
from pages.services.workspace import HELD_BESIDE, OpenedRecording


@dataclass(frozen=True, eq=False)
class _Audited:
    """What an annotation set states, and how it was judged.

    Attributes
    ----------
    analysis : Analysis
        By which it was judged: that of the program, without edits.
    labels : StatedLabels
    audit : LabelAudit
    """

    analysis: Analysis
    labels: StatedLabels
    audit: LabelAudit


@dataclass(frozen=True, eq=False)
class ReviewedDifferences:
    """Differences of the beats under review from an annotation set.

    Attributes
    ----------
    revision : int
        Of the log of edits.
    found : Differences
        With what people have said.
    table : pandas.DataFrame
        Its rows with the verdicts of the audit, see :func:`ecg_core.screening.compared.with_verdicts`.
    audit : LabelAudit
        Of the annotation set.
    judgements : dict of str to (Judgement, str)
        Who was right, and who has said so, by key of the difference.
    """

    revision: int
    found: Differences
    table: pd.DataFrame
    audit: LabelAudit
    judgements: dict[str, tuple[Judgement, str]]


_audited: Final[WeakKeyDictionary[OpenedRecording, dict[int, _Audited]]] = WeakKeyDictionary()
_auditing: Final = threading.Lock()


def differences_of(opened: OpenedRecording, at: int = 0) -> ReviewedDifferences | None:
    """Return the differences from an annotation set; its audit is computed once for each analysis.

    Parameters
    ----------
    opened : OpenedRecording
        The recording on the desk.
    at : int
        Place of the annotation set among the file's.

    Returns
    -------
    ReviewedDifferences or None
        None before the beats are classified, and where there is no such set.

    Raises
    ------
    RecordingError
        If the annotations or the signal cannot be read.
    """
    session = review_session_of(opened)
    analysis = opened.analysis
    annotations = opened.reference(at)
    if session is None or analysis is None or annotations is None:
        return None
    audited = _audited_of(opened, analysis, at)
    revision = read_on(session)
    reviewed = session.analysis
    found = differences(
        opened.recording,
        analysis,
        audited.labels,
        reviewed.beats if "edited" in reviewed.beats else None,
        person_episodes=reviewed.episodes,
        dismissed=session.state.dismissed_events(),
    )
    table = with_verdicts(found.table, audited.audit)
    return ReviewedDifferences(revision, found, table, audited.audit, session.judgements(annotations.name))


def _audited_of(opened: OpenedRecording, analysis: Analysis, at: int) -> _Audited:
    known = _audited.get(opened, {}).get(at)
    if known is not None and known.analysis is analysis:
        return known
    with _auditing:
        of_recording = _audited.setdefault(opened, {})
        known = of_recording.get(at)
        if known is None or known.analysis is not analysis:
            annotations = opened.reference(at)
            assert annotations is not None
            labels = labels_of_annotations(annotations, opened.recording)
            known = _Audited(analysis, labels, audit_labels(labels, opened.recording, analysis))
            of_recording[at] = known
        return known


HELD_BESIDE.append(_audited.get)
