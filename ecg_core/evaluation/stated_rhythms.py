"""Reference rhythm of recordings of one rhythm, from the statement that comes with each.

Twelve-lead databases tell rhythm in one statement a recording: the Lobachevsky University Database in a header line
``#Rhythm:``, the Challenges of 2020 and 2021 by SNOMED CT codes in ``#Dx:``, PTB-XL by SCP-ECG codes in
``ptbxl_database.csv``. Atrial fibrillation, flutter and sinus rhythms are read; a recording that states none of them is
unscored.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from ecg_core.evaluation.rhythm_counts import ATRIAL
from ecg_core.evaluation.rhythm_databases import RhythmReference
from ecg_core.evaluation.rhythm_scores import ReferenceSpan
from ecg_core.formats import open_recording

PTBXL_TABLE: Final = "ptbxl_database.csv"

_STATED: Final = re.compile(r"^#\s*(Rhythm|Dx):(.*)$", re.IGNORECASE | re.MULTILINE)
_FIBRILLATION: Final = re.compile(r"\b(AFIB|164889003|195080001|atrial fibrillation)\b", re.IGNORECASE)
_FLUTTER: Final = re.compile(r"\b(AFLT|164890007|5370000|195080001|atrial flutter)\b", re.IGNORECASE)
_SINUS: Final = re.compile(
    r"\b(SR|STACH|SBRAD|SARRH|426783006|427084000|426177001|427393009|sinus \w+)\b", re.IGNORECASE
)
_KINDS: Final = {(True, True): ATRIAL, (True, False): "AFIB", (False, True): "AFL"}


def stated_kind(statement: str) -> str | None:
    """Return the kind of rhythm that a statement names: AF, flutter, either of them, ``N``; None if none of these.

    Parameters
    ----------
    statement : str
        Text, or codes.
    """
    named = bool(_FIBRILLATION.search(statement)), bool(_FLUTTER.search(statement))
    return _KINDS.get(named) or ("N" if _SINUS.search(statement) else None)


def rhythm_statement(header: Path) -> str | None:
    """Return the statement of rhythm that belongs to a WFDB header, None if there is none."""
    table = header.parent / PTBXL_TABLE
    if table.is_file():
        return _scp_codes(table).get(header.stem)
    found = [text for _, text in _STATED.findall(header.read_text(encoding="utf-8", errors="replace"))]
    return " ".join(found) or None


def stated_reference(header: Path, record: str) -> RhythmReference:
    """Return the reference rhythm of a recording by its statement; unscored throughout if it names none.

    Parameters
    ----------
    header : Path
        WFDB header of the recording.
    record : str
        Name of the recording in the reference.

    Returns
    -------
    RhythmReference

    Raises
    ------
    RecordingError
        If the recording cannot be read.
    """
    recording = open_recording(header, name=record)
    whole = (0, recording.n_samples)
    kind = stated_kind(rhythm_statement(header) or "")
    return RhythmReference(
        record,
        record,
        recording.fs_hz,
        recording.n_samples,
        () if kind is None else (ReferenceSpan(*whole, kind),),
        (whole,) if kind is None else (),
        frozenset({"AFIB", "AFL", ATRIAL}),
        recording=recording,
    )


@lru_cache(maxsize=2)
def _scp_codes(table: Path) -> dict[str, str]:
    """Return the codes of each recording of PTB-XL's table, by the stem of its file at 500 Hz."""
    with table.open(encoding="utf-8", newline="") as stream:
        return {Path(row["filename_hr"]).name: row["scp_codes"] for row in csv.DictReader(stream)}
