"""Payload derived from the beats under review: summary figures, events, beat families, quality, edit history."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from ecg_core.analysis import Analysis
from ecg_core.beats import CLASSES, UNCERTAIN_BELOW
from ecg_core.pacing import described
from ecg_core.review.log import Entry
from ecg_core.review.spans import NamedSpan
from ecg_core.review.state import State
from ecg_core.rhythm import KIND_NAMES, SIGNS, by_urgency, event_keys
from ecg_core.rhythm.precedence import NAMEABLE, SetAside
from ecg_core.templates import Families, Family
from ecg_core.texts import sentence_case
from pages.api.assessment_payload import coverage, performance
from pages.api.conflicts import conflicts
from pages.api.edit_locations import edited_span
from pages.api.edit_wording import in_words
from pages.api.isolated_beats import SINGLE_KINDS, places, version_of
from pages.api.wire import json_fragment
from pages.services.wording import shown

_REASON: Final = 500
"""Characters of a reason; the statements of a file are as long as it likes."""

_PICTURES_KEPT: Final = 512
_pictures: OrderedDict[int, tuple[npt.NDArray[np.float32], orjson.Fragment]] = OrderedDict()

NO_HISTORY: Final[Mapping[str, Entry | None]] = {"undo": None, "redo": None}


def review_payload(
    revision: int,
    analysis: Analysis | None,
    state: State | None,
    unreadable: Sequence[Sequence[tuple[float, float]]] | None,
    history: Mapping[str, Entry | None] = NO_HISTORY,
    refused: Sequence[tuple[int, str]] = (),
    rhythms: Sequence[tuple[int, NamedSpan, str]] = (),
) -> dict[str, Any]:
    """Return everything that changes with an edit, except the beats themselves.

    Parameters
    ----------
    revision : int
        Of the log of edits.
    analysis : Analysis or None
        With corrected beats; None while beats are being found.
    state : State or None
        The beats under review; None before classification.
    unreadable : sequence of sequences of (start_s, stop_s), or None
        Unreadable spans of each lead.
    history : mapping of str to Entry or None
        What undo and redo would do for the person who asks.
    refused : sequence of (int, str)
        Entries that were refused just now, and why.
    rhythms : sequence of (int, NamedSpan, str)
        Spans whose rhythm people have named: id, span, and who.

    Returns
    -------
    dict
        JSON-able by `pages.api.wire.json_bytes`.
    """
    listed = None if analysis is None else by_urgency(analysis.episodes)
    if listed is not None and state is not None:
        listed = listed[~listed["kind"].isin(SINGLE_KINDS)]  # all of them come apart
    return {
        "revision": revision,
        "summary": None
        if analysis is None
        else {**analysis.summary.to_dict(), "n_uncertain": 0 if state is None else n_uncertain(state)},
        "episodes": None if listed is None else _episodes(listed, {} if state is None else state.marks),
        "singles": None if listed is None or state is None else {"version": version_of(state), "at": places(listed)},
        "notes": {} if state is None else state.notes,
        "conflicts": conflicts(state),
        "pacing": None if analysis is None else described(analysis.pacing, analysis.paced),
        "coverage": None if analysis is None else coverage(analysis),
        "set_aside": [] if analysis is None else [_set_aside(one) for one in analysis.set_aside],
        "performance": {} if analysis is None else performance(analysis),
        "rhythms": [
            {"span": name, "start_sample": each.start_sample, "stop_sample": each.stop_sample}
            | {"rhythm": each.rhythm, "by": person}
            for name, each, person in rhythms
        ],
        **_families(None if analysis is None else analysis.templates, state),
        "quality": {
            "seconds": 0 if analysis is None else len(analysis.quality),
            "unreadable": None if unreadable is None else [[list(span) for span in lead] for lead in unreadable],
        },
        "history": {
            name: None
            if entry is None
            else {
                "entry": entry.seq,
                "text": in_words(entry.edit),
                "samples": None if state is None else edited_span(entry.edit, state),
            }
            for name, entry in history.items()
        },
        "refused": [{"entry": entry, "sentence": sentence} for entry, sentence in refused],
    }


def n_uncertain(state: State) -> int:
    """Count the beats whose highest probability is low and that nobody has edited."""
    # Absent probabilities are NaN, which is below nothing.
    return int(((state.p.max(axis=1, initial=-np.inf) < UNCERTAIN_BELOW) & (state.edited == 0)).sum())


def _episodes(ordered: pd.DataFrame, marks: Mapping[str, int]) -> dict[str, list[Any]]:
    kinds = ordered["kind"].tolist()
    starts = ordered["start_sample"].tolist()
    sources = ordered["source"].tolist()
    keys = event_keys(ordered)
    return {
        "key": keys,
        "kind": kinds,
        "title": [_title(kind) for kind in kinds],
        "start_sample": starts,
        "stop_sample": ordered["stop_sample"].tolist(),
        "n_beats": ordered["n_beats"].tolist(),
        "rate_bpm": ordered["rate_bpm"].round(3).tolist(),
        "reason": [
            shown(reason, _REASON) if source == "device" else reason
            for reason, source in zip(ordered["reason"].tolist(), sources, strict=True)
        ],
        "source": sources,
        "sign": [SIGNS.get(kind, kind if len(kind) == 1 else "·") for kind in kinds],
        "marks": [marks.get(key, 0) for key in keys],
    }


def _set_aside(one: SetAside) -> dict[str, Any]:
    """Return a dangerous event that an artefact named by a person has taken away."""
    fields = {"kind": one.kind, "start_sample": one.start_sample, "stop_sample": one.stop_sample}
    return {**fields, "title": _title(one.kind), "told": one.told, "reason": one.reason}


def _title(kind: str) -> str:
    """Return an event's title; a person may also name what is no event of the program, such as sinus rhythm."""
    name = KIND_NAMES.get(kind) or NAMEABLE.get(kind, kind)
    return sentence_case(name)


def _families(templates: Families | None, state: State | None) -> dict[str, Any]:
    if templates is None:
        return {"families": [], "family_offsets_s": []}
    typical = np.array([family.typical_sample for family in templates.families], dtype=np.int64)
    there = np.ones(len(typical), dtype=bool) if state is None else state.positions(typical) >= 0
    return {
        "families": [
            _family(family, typical_is_there=bool(is_there))
            for family, is_there in zip(templates.families, there, strict=True)
        ],
        "family_offsets_s": np.round(templates.offsets_s, 4),
    }


def _family(family: Family, *, typical_is_there: bool) -> dict[str, Any]:
    return {
        "index": family.index,
        "n_beats": family.n_beats,
        "label": family.label if family.label in CLASSES else None,
        "certainty": family.certainty,
        "unreadable": family.unreadable,
        "before": family.before,
        "after": family.after,
        "mean_mv": _picture(family.mean_mv),
        "spread_mv": _picture(family.spread_mv),
        "typical_id": family.typical_sample if typical_is_there else None,
    }


def _picture(wave_mv: npt.NDArray[np.float32]) -> orjson.Fragment:
    """Return a picture as JSON in steps of 1 uV; written once, since every patch brings all of them along."""
    kept = _pictures.get(id(wave_mv))
    if kept is not None and kept[0] is wave_mv:
        return kept[1]
    written = json_fragment(np.round(wave_mv.astype(np.float64), 3))
    _pictures[id(wave_mv)] = (wave_mv, written)
    while len(_pictures) > _PICTURES_KEPT:
        _pictures.popitem(last=False)
    return written
