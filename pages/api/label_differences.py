"""Payload of the differences between the beats under review and a file's annotations."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final, get_args

import numpy as np

from ecg_core.beats import CLASS_NAMES
from ecg_core.review.edits import Judgement
from ecg_core.rhythm import KIND_NAMES
from ecg_core.screening.differences import NOTHING, ROWS, SINUS
from ecg_core.screening.verdicts import REFUTED, VERDICT_NAMES
from ecg_core.texts import sentence_case
from pages.api.beat_columns import NONE
from pages.api.endpoint import Answer, DeskRequest
from pages.api.get_handlers import MAX_ANNOTATORS
from pages.api.params import int_param
from pages.api.wire import pack
from pages.services import workspace
from pages.services.label_differences import ReviewedDifferences, differences_of

_JUDGEMENTS: Final = get_args(Judgement)
_MAX_PERSONS: Final = 250


def get_differences(request: DeskRequest) -> Answer:
    """Return the differences from an annotation set of the file, the preferred one by default.

    Empty before the beats are classified, and where the file has no annotations.
    """
    workspace.restore(request.opened)
    found = differences_of(request.opened, int_param(request.params, "at", 0, MAX_ANNOTATORS, default=0))
    return None if found is None else packed(found)


def packed(reviewed: ReviewedDifferences) -> bytes:
    """Pack differences in order of consequence.

    Parameters
    ----------
    reviewed : ReviewedDifferences
        The differences, the audit, and what people have said.

    Returns
    -------
    bytes
        See `pages.api.wire`. ``meta``: figures, the audit's counts, and the lists into which the columns point.
        Columns, a row for each difference: ``episode`` 1 for an episode; ``sample``, ``stop``; ``program``,
        ``reference`` and ``person``, places in ``words``; ``verdict`` in ``verdicts``, ``reason`` in ``reasons``;
        ``judged`` in ``judgements``, ``by`` in ``persons``. 255 stands for nothing.
    """
    table, audit, found = reviewed.table, reviewed.audit, reviewed.found
    episode = (table["unit"] == "episode").to_numpy(dtype=np.uint8)
    words: dict[tuple[str, bool], int] = {}
    places: dict[str, np.ndarray[Any, np.dtype[np.uint8]]] = {}
    for name in ("program", "reference", "person"):
        pairs = zip(table[name].tolist(), episode.tolist(), strict=True)
        places[name] = np.array(
            [words.setdefault((word, bool(of)), len(words)) if word else NONE for word, of in pairs], dtype=np.uint8
        )
    verdicts = {code: at for at, code in enumerate(VERDICT_NAMES)}
    reasons: dict[str, int] = {}
    persons: dict[str, int] = {}
    judged = [reviewed.judgements.get(key) for key in table["key"].tolist()]
    meta = {
        "revision": reviewed.revision,
        "name": found.reference,
        "n_differences": found.n_differences,
        "kappa": found.kappa,
        "agreement": found.agreement,
        "classes": list(ROWS),
        "confusion": found.confusion.tolist(),
        "not_compared": [[words_, n] for words_, n in found.not_compared],
        "notes": list(audit.notes),
        "counts": [
            {**asdict(count), "name": sentence_case(count.name), "audited": count.audited} for count in audit.counts
        ],
        "words": [{"code": word, "title": _title(word, is_episode=of)} for word, of in words],
        "verdicts": [
            {"code": code, "title": title, "refuted": code in REFUTED} for code, title in VERDICT_NAMES.items()
        ],
        "judgements": list(_JUDGEMENTS),
    }
    arrays = {
        "episode": episode,
        "sample": table["sample"].to_numpy(np.int32),
        "stop": table["stop_sample"].to_numpy(np.int32),
        **places,
        "verdict": np.array([verdicts.get(code, NONE) for code in table["verdict"].tolist()], dtype=np.uint8),
        "reason": np.array(
            [reasons.setdefault(text, len(reasons)) for text in table["reason"].tolist()], dtype=np.int32
        ),
        "judged": np.array([NONE if each is None else _JUDGEMENTS.index(each[0]) for each in judged], dtype=np.uint8),
        "by": np.array(
            [NONE if each is None else _place(persons, each[1]) for each in judged],
            dtype=np.uint8,
        ),
    }
    return pack({**meta, "reasons": list(reasons), "persons": list(persons)}, arrays)


def _place(persons: dict[str, int], person: str) -> int:
    return persons.setdefault(person, len(persons)) if person in persons or len(persons) < _MAX_PERSONS else NONE


def _title(word: str, *, is_episode: bool) -> str:
    if word == NOTHING:
        return "nothing" if is_episode else "no beat"
    if not is_episode:
        return f"{word}, {CLASS_NAMES[word]}"
    return "Sinus rhythm" if word == SINUS else sentence_case(KIND_NAMES.get(word, word))
