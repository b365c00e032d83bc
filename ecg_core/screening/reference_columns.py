"""Columns of a row about the annotations that came with a recording: differences from them, and their audit."""

from __future__ import annotations

from typing import Any, Final

from ecg_core.analysis import Analysis
from ecg_core.errors import RecordingError
from ecg_core.recording import Recording
from ecg_core.screening.differences import differences
from ecg_core.screening.label_audit import audit_labels
from ecg_core.screening.stated_labels import labels_of_annotations

_UNREAD: Final = "The annotations were not compared: "


def reference_columns(recording: Recording, analysis: Analysis) -> dict[str, Any]:
    """Compare beats and rhythm with a recording's own annotations, and audit these.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        Of it, as no person has edited it.

    Returns
    -------
    dict
        Columns of :data:`ecg_core.screening.columns.SCHEMA`; empty where the recording has no annotations of beats or
        rhythm. Annotations that cannot be read leave their reason in ``reference_notes``: the recording itself is
        screened all the same.
    """
    try:
        annotations = recording.annotations()
    except RecordingError as error:
        return {"reference_notes": f"{_UNREAD}{error}"}
    if annotations is None:
        return {}
    labels = labels_of_annotations(annotations, recording)
    if not labels.told:
        return {}
    if not analysis.classified:
        return {"reference": labels.name, "reference_notes": f"{_UNREAD}the beats have no classes."}
    found = differences(recording, analysis, labels)
    audit = audit_labels(labels, recording, analysis)
    return {
        **found.as_row(recording.fs_hz),
        **audit.as_row(),
        "reference_notes": " ".join(audit.notes),
    }
