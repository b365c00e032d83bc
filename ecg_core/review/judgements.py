"""Who was right in the differences of many recordings, as people have said, read from the log of edits."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, get_args

from sqlalchemy import Engine, select

from ecg_core.review.database import reading
from ecg_core.review.edits import JudgeDifference, Judgement, Redo, Undo
from ecg_core.review.schema import entries as table

_AT_ONCE: Final = 500
_ACTIONS: Final = (JudgeDifference.action, Undo.action, Redo.action)
_JUDGEMENTS: Final = frozenset(get_args(Judgement))


class Compared(NamedTuple):
    """What a recording was compared with.

    Attributes
    ----------
    model_sha256 : str
        Of the model whose beats were compared.
    annotator : str
        Name of the annotation set.
    """

    model_sha256: str
    annotator: str


def judgement_counts(engine: Engine, compared: Mapping[str, Compared]) -> dict[str, Counter[Judgement]]:
    """Count who was right in the differences of recordings, by the newest judgement of each that is in force.

    Parameters
    ----------
    engine : Engine
        See :func:`ecg_core.review.database.engine`.
    compared : mapping of str to Compared
        What each recording was compared with, by its SHA-256.

    Returns
    -------
    dict of str to Counter
        By recording; those without a judgement are not in it.

    Raises
    ------
    ReviewError
        If the database cannot be read.
    """
    asked = list(compared)
    by_recording: dict[str, list[tuple[int, str, str, str]]] = {}
    columns = (table.c.recording_sha256, table.c.model_sha256, table.c.seq, table.c.person, table.c.action)
    with reading(engine) as connection:
        for first in range(0, len(asked), _AT_ONCE):
            wanted = select(*columns, table.c.payload).where(
                table.c.recording_sha256.in_(asked[first : first + _AT_ONCE]), table.c.action.in_(_ACTIONS)
            )
            for recording, model, *entry in connection.execute(wanted.order_by(table.c.seq)):
                if model == compared[recording].model_sha256:
                    by_recording.setdefault(recording, []).append(tuple(entry))
    counts = {
        recording: Counter(_in_force(entries, compared[recording].annotator).values())
        for recording, entries in by_recording.items()
    }
    return {recording: found for recording, found in counts.items() if found}


def _in_force(entries: Iterable[tuple[int, str, str, str]], annotator: str) -> dict[str, Judgement]:
    """Return the judgements in force by difference; entries are number, person, action and payload, in order."""
    given: dict[int, tuple[str, str, Judgement | None]] = {}
    undone: set[int] = set()
    for seq, person, action, text in entries:
        payload = json.loads(text)
        if action == JudgeDifference.action:
            if payload.get("annotator") == annotator:
                said = payload.get("judgement")
                given[seq] = (person, str(payload["difference"]), said if said in _JUDGEMENTS else None)
        elif payload.get("entry") in given and given[payload["entry"]][0] == person:
            (undone.add if action == Undo.action else undone.discard)(payload["entry"])
    held: dict[str, Judgement] = {}
    for seq, (_, difference, judgement) in given.items():
        if seq in undone:
            continue
        if judgement is None:
            held.pop(difference, None)
        else:
            held[difference] = judgement
    return held
