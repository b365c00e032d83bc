"""What the browser is told of the beats under review: all of them, or what is otherwise since it was told last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from ecg_core.errors import CannotKeepError
from ecg_core.figures.lanes import unreadable_spans
from ecg_core.review.state import State
from ecg_core.review.workbench import Change, Workbench
from ecg_core.rhythm.precedence import ARTEFACT
from pages.api.answering import Call
from pages.api.asking import Refused
from pages.api.derived import derived
from pages.api.table import Distances, columns
from pages.api.wire import pack
from pages.parts.desk import Opened, first_look, restore
from pages.parts.reviewing import problem_shown, read_on, workbench_of

_CLASSIFY_FIRST: Final = "Classify the beats first; edits and explanations belong to classified beats."
_LOOKING_AGAIN: Final = "The beats are being found again; what was entered waits until they are there."
_REVISIONS_REMEMBERED: Final = 4096

_shapes: WeakKeyDictionary[Workbench, OrderedDict[int, int]] = WeakKeyDictionary()


def bench_of(call: Call) -> Workbench:
    """Return the workbench of a call's recording.

    Raises
    ------
    Refused
        With status 503 where the beats are not here yet, as after a restart: they are looked for, and asking again
        helps. With status 409 where a person has to classify them first. Neither is a verdict on what was asked.
    """
    restore(call.opened)
    bench = workbench_of(call.opened)
    if bench is not None:
        return bench
    if call.opened.analysis is None:
        first_look(call.opened)
        raise Refused(_LOOKING_AGAIN, 503)
    raise Refused(_CLASSIFY_FIRST, 409)


def bench_to_edit(call: Call) -> Workbench:
    """Return the workbench, where edits can be kept.

    Raises
    ------
    Refused
        As `bench_of`.
    CannotKeepError
        If none can be.
    """
    bench = bench_of(call)
    problem = problem_shown(call.opened)
    if problem is not None:
        raise CannotKeepError(problem)
    return bench


def bench_to_read(call: Call) -> Workbench:
    """Return the workbench with what others have entered meanwhile, in this process or another; see `bench_of`."""
    bench = bench_of(call)
    read_on(bench)
    return bench


def derived_now(call: Call, bench: Workbench, revision: int, refused: Sequence[tuple[int, str]] = ()) -> dict[str, Any]:
    """Return what follows from the beats as they are now, for the person who asks.

    Parameters
    ----------
    call : Call
    bench : Workbench
    revision : int
        Read before: what is told is at least as new, and the next question for changes brings the rest.
    refused : sequence of (int, str)
        Entries that were refused just now.
    """
    analysis, state, unreadable = bench.analysis, bench.state, call.opened.unreadable
    if any(each.rhythm == ARTEFACT for each in state.rhythms.values()):
        unreadable = unreadable_spans(analysis.quality)
    return derived(revision, analysis, state, unreadable, bench.history(call.person), refused, bench.rhythms())


def whole_table(opened: Opened, bench: Workbench, meta: dict[str, Any]) -> bytes:
    """Pack all beats under review; the meta gets their revision."""
    change = _seen(bench, bench.changes(bench.revision))
    distances = _distances(opened, bench)
    told = {**meta, "revision": change.revision, "distance_scale": distances.scale}
    return pack(told, columns(change.state, distances))


def patch(
    call: Call, bench: Workbench, since: int, refused: Sequence[tuple[int, str]] = (), said: str | None = None
) -> bytes:
    """Pack what is otherwise since a revision.

    Parameters
    ----------
    call : Call
    bench : Workbench
    since : int
        The revision that the browser has.
    refused : sequence of (int, str)
        Entries that were refused just now.
    said : str, optional
        A sentence for the person.

    Returns
    -------
    bytes
        See `pages.api.wire`. ``meta``: derived, full, distance_scale, said, edits_problem.
        ``removed``: ids of beats that are gone.
        The columns of `pages.api.table.columns`, of the beats that are new or otherwise; of all of them where `full`.
    """
    shape = _shapes.get(bench, OrderedDict()).get(since)
    change = _seen(bench, bench.changes(since))
    # Splitting or merging moves the centres of families, and with them the distances of beats that stayed.
    full = change.full or shape != _shape(change.state)
    distances = _distances(call.opened, bench)
    removed = np.empty(0, dtype=np.int32) if full else change.removed
    meta = {
        "derived": derived_now(call, bench, change.revision, refused),
        "full": full,
        "distance_scale": distances.scale,
        "said": said,
        "edits_problem": problem_shown(call.opened),
    }
    return pack(meta, {"removed": removed, **columns(change.state, distances, None if full else change.rows)})


def _distances(opened: Opened, bench: Workbench) -> Distances:
    assert opened.analysis is not None
    return Distances.of(opened.analysis, bench.analysis)


def _seen(bench: Workbench, change: Change) -> Change:
    """Remember which splits and merges a revision has that a browser is told of."""
    shapes = _shapes.setdefault(bench, OrderedDict())
    shapes[change.revision] = _shape(change.state)
    while len(shapes) > _REVISIONS_REMEMBERED:
        shapes.popitem(last=False)
    return change


def _shape(state: State) -> int:
    return hash(tuple(sorted(state.reshaped.items())))
