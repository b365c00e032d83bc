"""Diagnostic statements of the recordings of a database, beside those that the database makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ecg_core.analysis import analyse
from ecg_core.errors import RecordingError
from ecg_core.evaluation.statement_references import StatementReference, statement_reference
from ecg_core.formats import open_recording
from ecg_core.interpretation import Interpretation
from ecg_core.measurements import measure_recording

if TYPE_CHECKING:
    from ecg_core.classification.loading import Classifier


def interpreted(
    folder: Path, model: Classifier | None, progress: Callable[[float, str], None] | None = None
) -> Iterator[tuple[str, StatementReference, Interpretation]]:
    """Interpret every recording of a folder of which the database states something.

    Parameters
    ----------
    folder : Path
        The database's folder, searched with its subfolders.
    model : Classifier or None
        Labels the beats; without one all beats count as alike.
    progress : callable, optional
        Called as ``progress(share, record)``.

    Yields
    ------
    record : str
    reference : StatementReference
    found : Interpretation

    Raises
    ------
    RecordingError
        If the folder holds no such recording, or one cannot be read.
    """
    headers = sorted(folder.rglob("*.hea"))
    n_found = 0
    for number, header in enumerate(headers):
        recording = open_recording(header)
        reference = statement_reference(header, recording)
        if reference is None:
            continue
        n_found += 1
        if progress is not None:
            progress(number / len(headers), header.stem)
        measured = measure_recording(recording, analyse(recording, model, waves=True), reference.subject)
        if measured is not None:
            yield header.stem, reference, measured.interpretation
    if not n_found:
        raise RecordingError(
            f"{folder} holds no recording with diagnostic statements; known are PTB-XL (ptbxl_database.csv), LUDB, "
            "and WFDB headers with SNOMED CT codes in #Dx."
        )
