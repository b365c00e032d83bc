"""A small recording with classified beats in families, and logs in a folder, for the tests of review."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from postgresql_for_tests import PostgresDatabases

from ecg_core.analysis import Analysis, with_beats
from ecg_core.beats import CLASSES, beat_table, set_probabilities
from ecg_core.recording import Recording, from_array
from ecg_core.review.database import engine
from ecg_core.review.edits import Edit
from ecg_core.review.log import EditLog, Entry
from ecg_core.review.session import ReviewSession
from ecg_core.review.state import Base, State

FS_HZ = 100.0
N_BEATS = 40
N_SAMPLES = 5_000
SAMPLES = [100 * (index + 1) for index in range(N_BEATS)]
LABELS = "NNNNVNNNSN" * 4
FAMILIES = [LABELS[index].replace("N", "0").replace("V", "1").replace("S", "2") for index in range(N_BEATS)]
QUALITY = np.full((50, 2), 2, dtype=np.uint8)
QUALITY[30:32] = 0


def recording() -> Recording:
    return from_array(np.zeros((N_SAMPLES, 2)), FS_HZ, name="record")


def analysis(labels: str | None = LABELS) -> Analysis:
    beats = beat_table(SAMPLES, FS_HZ)
    if labels is not None:
        certain = np.full((N_BEATS, len(CLASSES)), 0.02)
        certain[np.arange(N_BEATS), [CLASSES.index(label) for label in labels]] = 0.92
        beats = set_probabilities(beats, certain)
        beats["template"] = pd.array([int(family) for family in FAMILIES], dtype="Int16")
    beats["quality"] = pd.array(QUALITY.max(axis=1)[(beats["time_s"]).astype(int)], dtype="Int8")
    return with_beats(recording(), beats, QUALITY, {"model": labels and "some", "model_sha256": labels and "c" * 64})


def log_in(folder: Path | PostgresDatabases, name: str = "review.sqlite3") -> EditLog:
    return EditLog(engine(folder / name), recording().sha256, "c" * 64)


def session_in(folder: Path | PostgresDatabases, name: str = "review.sqlite3") -> ReviewSession:
    return ReviewSession(recording(), analysis(), log_in(folder, name))


def base() -> Base:
    return Base.of(analysis())


def entries_of(edits: Sequence[Edit | tuple[str, Edit]]) -> list[Entry]:
    """Number edits from 1 on; they are Ann's unless they come with another person."""
    pairs = [edit if isinstance(edit, tuple) else ("Ann", edit) for edit in edits]
    return [Entry(seq, f"u{seq}", person, "2026-01-01", edit) for seq, (person, edit) in enumerate(pairs, start=1)]


_numbers = itertools.count(1)


def named(*edits: Edit) -> list[tuple[str, Edit]]:
    """Give edits uuids that no other edit has."""
    return [(f"edit {next(_numbers)}", edit) for edit in edits]


def rows_of(state: State) -> list[tuple[int, int, str, int, int, int]]:
    """Return the beats as plain values, to be compared."""
    columns = (state.id, state.sample, state.label, state.template, state.edited, state.quality)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def everything_of(state: State) -> tuple[object, ...]:
    """Return all that a state tells, to be compared, without the numbers of entries."""
    return (
        rows_of(state),
        np.nan_to_num(state.p, nan=-1).tolist(),
        state.marks,
        state.notes,
        {key: judged.judgement for key, judged in state.judgements.items()},
        # Their order too: where two overlap, the later one holds.
        [(name, span.start_sample, span.stop_sample, span.rhythm) for name, span in state.rhythms.items()],
        [(conflict.beat, [(each.person, each.value) for each in conflict.versions]) for conflict in state.conflicts],
        list(state.boundaries.items()),
        state.alias,
        state.next_family,
        [sentence for _, sentence in state.refused],
        state.n_in_force,
    )


def row(state: State, name: int) -> tuple[int, str, int, int] | None:
    """Return sample, label, family and bits of a beat; None if it is not there."""
    at = int(state.positions([name])[0])
    if at < 0:
        return None
    return int(state.sample[at]), str(state.label[at]), int(state.template[at]), int(state.edited[at])
