"""Payload of isolated ectopic beats in columns, since a day may have tens of thousands.

``derived`` tells at which version they are and where in the list of events they belong; the browser asks for them when
that has changed.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.analysis import Analysis
from ecg_core.recording import Recording
from ecg_core.review.session import ReviewSession
from ecg_core.review.state import State
from ecg_core.rhythm import KIND_NAMES, SIGNS, URGENCY
from ecg_core.rhythm.intervals import intervals
from ecg_core.rhythm.isolated_beats import coupling, listed_isolated_beats
from ecg_core.rhythm.precedence import event_key
from ecg_core.texts import sentence_case
from pages.api.wire import pack

SINGLE_KINDS: Final = {"SINGLE_V": "V", "SINGLE_S": "S"}
UNKNOWN: Final = -(2**15)
"""Prematurity of a beat of which it cannot be told."""

_found: WeakKeyDictionary[ReviewSession, tuple[Analysis, dict[str, npt.NDArray[Any]]]] = WeakKeyDictionary()


def singles(session: ReviewSession, have: int) -> bytes:
    """Pack the isolated beats with their review marks.

    Parameters
    ----------
    session : ReviewSession
        Its review session.
    have : int
        Version that the browser has; the columns of that one are left out.

    Returns
    -------
    bytes
        See `pages.api.wire`. ``meta``: version, and ``kinds``, each with kind, title, sign and n. ``marks_KIND``:
        bits of each beat's marks, and the columns of :func:`singles_of`.
    """
    state, analysis = session.state, session.analysis
    kept = _found.get(session)
    if kept is None or kept[0] is not analysis:
        kept = _found[session] = analysis, singles_of(session.recording, analysis)
    table = kept[1]
    version = version_of(state)
    meta = {
        "version": version,
        "kinds": [
            {"kind": kind, "title": sentence_case(KIND_NAMES[kind]), "sign": SIGNS[kind], "n": len(table[kind])}
            for kind in SINGLE_KINDS
        ],
    }
    marks = {f"marks_{kind}": _bits(kind, table[kind], state.marks) for kind in SINGLE_KINDS}
    return pack(meta, marks if have == version else {**marks, **table})


def _bits(kind: str, samples: npt.NDArray[Any], marks: Mapping[str, int]) -> npt.NDArray[np.uint8]:
    keys = (event_key(kind, sample, "beats") for sample in samples.tolist())
    return np.fromiter((marks.get(key, 0) for key in keys), np.uint8, len(samples))


def version_of(state: State) -> int:
    """Return a number that changes whenever a beat, its class or a rhythm named by a person does; never 0."""
    named = zlib.crc32(repr(state.rhythms).encode())
    return zlib.crc32(state.sample.tobytes(), zlib.crc32(state.code.tobytes(), named)) + 1


def places(listed: pd.DataFrame) -> dict[str, int]:
    """Return before which of the listed episodes, in order of urgency, the single beats of each kind belong."""
    rank = {kind: place for place, kind in enumerate(URGENCY)}
    of_listed = np.array([rank.get(kind, len(rank)) for kind in listed["kind"]], dtype=np.int64)
    return {kind: int((of_listed < rank[kind]).sum()) for kind in SINGLE_KINDS}


def singles_of(recording: Recording, analysis: Analysis) -> dict[str, npt.NDArray[Any]]:
    """Find all isolated V and S beats.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        Its analysis.

    Returns
    -------
    dict of str to ndarray
        By kind the samples (int32), and as ``early_`` and the kind how early each comes against the local median
        interval, in percent (int16), `UNKNOWN` where it cannot be told.
    """
    given = analysis.counted
    if given is None:
        given = intervals(analysis.beats, recording.fs_hz, analysis.quality)
    found: dict[str, npt.NDArray[Any]] = {}
    for kind, letter in SINGLE_KINDS.items():
        alone = listed_isolated_beats(given, analysis.episodes, letter)
        ratio = coupling(given, alone)
        known = np.isfinite(ratio)
        percent = np.full(len(alone), UNKNOWN, dtype=np.int16)
        percent[known] = np.maximum(np.round(100 * (1 - ratio[known])), UNKNOWN + 1).astype(np.int16)
        found[kind] = given.sample[alone].astype(np.int32)
        found[f"early_{kind}"] = percent
    return found
