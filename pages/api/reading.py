"""The routes that only look: state, beats, who edited one, signal, disclosure, reference, pacing, saliency, changes."""

from __future__ import annotations

from typing import Any, Final

from ecg_core.beats import CLASSES
from ecg_core.signal.viewing import VIEW_FILTERS
from pages.api.answering import Answer, Call
from pages.api.asking import LAST_REVISION, number, one_of, some_of, whole, wholes
from pages.api.derived import derived
from pages.api.disclosure import MOST_COLUMNS, MOST_MINUTES, disclosure
from pages.api.facts import job, model_facts, recording_facts, stage
from pages.api.pacing import pacing
from pages.api.patches import bench_of, bench_to_read, derived_now, patch, whole_table
from pages.api.reference import reference
from pages.api.saliency import AUTO, MOST_BEATS, saliency
from pages.api.singles import singles
from pages.api.spans import CHUNK_S, HIGHEST_RATE_HZ, LOWEST_RATE_HZ, MOST_CHUNKS, span
from pages.api.table import no_beats, unlabelled_columns
from pages.api.wire import pack
from pages.parts import desk
from pages.parts.reviewing import problem_shown, read_on, workbench_of

LARGEST_ID: Final = 2**31 - 1
_LONGEST_S: Final = 1e9
MOST_ANNOTATORS: Final = 10_000


def get_state(call: Call) -> Answer:
    """Tell everything except beats and signal; begins to find the beats where nobody has."""
    opened = call.opened
    if opened.analysis is None:
        desk.first_look(opened)
    # Read once: a job may find more while the answer is written, and all of it is to speak of the same beats.
    analysis = opened.analysis
    at = stage(analysis)
    if at == "classified":
        bench = bench_of(call)
        found = derived_now(call, bench, read_on(bench))
    else:
        found = derived(0, analysis, None, opened.unreadable)
    return {
        "stage": at,
        "job": job(opened, at),
        "recording": recording_facts(opened),
        "model": model_facts(analysis),
        "person": call.person,
        "edits_problem": problem_shown(opened),
        **found,
    }


def get_beats(call: Call) -> Answer:
    """Send the whole beat table."""
    opened = call.opened
    desk.restore(opened)
    bench = workbench_of(opened)
    analysis = opened.analysis
    meta: dict[str, Any] = {"revision": 0, "fs_hz": opened.recording.fs_hz, "distance_scale": 1.0}
    if analysis is None:
        return pack(meta, no_beats())
    if bench is None:
        return pack(meta, unlabelled_columns(analysis))
    read_on(bench)
    return whole_table(opened, bench, meta)


def get_span(call: Call) -> Answer:
    """Send chunks of signal."""
    last = int(_LONGEST_S / CHUNK_S)
    return span(
        call.opened.recording,
        whole(call.params, "first", 0, last),
        whole(call.params, "count", 1, MOST_CHUNKS, default=1),
        number(call.params, "points_per_s", LOWEST_RATE_HZ, HIGHEST_RATE_HZ, default=500.0),
        some_of(call.params, "filter", VIEW_FILTERS),
    )


def get_disclosure(call: Call) -> Answer:
    """Send minutes of one lead, a minute a row."""
    opened = call.opened
    lead = whole(call.params, "lead", 0, len(opened.recording.leads) - 1, default=0)
    return disclosure(
        opened.recording,
        number(call.params, "start_s", 0.0, _LONGEST_S),
        whole(call.params, "minutes", 1, MOST_MINUTES),
        whole(call.params, "width", 1, MOST_COLUMNS),
        lead,
        some_of(call.params, "filter", VIEW_FILTERS),
        opened.lanes.range_mv[lead],
    )


def get_edit(call: Call) -> Answer:
    """Tell who has relabelled, added or moved a beat last, and when; nothing where nobody has."""
    beat = whole(call.params, "beat", -LARGEST_ID, LARGEST_ID)
    bench = bench_to_read(call)
    entry = bench.edited_by(beat)
    return None if entry is None else {"person": entry.person, "at": entry.at, "action": entry.action}


def get_reference(call: Call) -> Answer:
    """Send annotations that came along, the preferred ones by default; nothing where there are none."""
    annotations = call.opened.reference(whole(call.params, "at", 0, MOST_ANNOTATORS, default=0))
    return None if annotations is None else reference(annotations)


def get_pacing(call: Call) -> Answer:
    """Send the pacing spikes, held against the beats as they are now; nothing where there are none."""
    desk.restore(call.opened)
    bench = workbench_of(call.opened)
    if bench is not None:
        read_on(bench)
    analysis = call.opened.analysis if bench is None else bench.analysis
    return None if analysis is None else pacing(analysis)


def get_singles(call: Call) -> Answer:
    """Send the single beats as events, without their columns where the browser has this version."""
    have = whole(call.params, "have", 0, LAST_REVISION, default=0)
    bench = bench_to_read(call)
    return singles(bench, have)


def get_saliency(call: Call) -> Answer:
    """Send maps of some beats."""
    ids = wholes(call.params, "beats", -LARGEST_ID, LARGEST_ID, MOST_BEATS)
    target = one_of(call.params, "target", (AUTO, *CLASSES), AUTO)
    return saliency(call.opened, bench_to_read(call).state, ids, target)


def get_changes(call: Call) -> Answer:
    """Send what is otherwise since a revision, or whether edits can be kept; nothing where nothing is otherwise."""
    since = whole(call.params, "since", 0, LAST_REVISION)
    told = one_of(call.params, "kept", ("yes", "no", ""), "")
    bench = bench_of(call)
    kept = "yes" if problem_shown(call.opened) is None else "no"
    if read_on(bench) == since and told in ("", kept):
        return None
    return patch(call, bench, since)
