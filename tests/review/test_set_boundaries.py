"""People set boundaries of waves: what holds then, for everybody, and after undoing and redoing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from review_for_tests import (
    FS_HZ,
    N_BEATS,
    N_SAMPLES,
    QUALITY,
    SAMPLES,
    analysis,
    base,
    entries_of,
    log_in,
    named,
    recording,
    session_in,
)

from ecg_core.analysis import Analysis
from ecg_core.delineation.corrections import Correction, corrected
from ecg_core.delineation.st import st_trend
from ecg_core.delineation.waves import ABSENT, BOUNDARIES, Waves
from ecg_core.errors import ReviewError
from ecg_core.measurements import waves_of_beats
from ecg_core.review.edits import Add, Delete, Edit, Move, SetBoundary, Undo, parse_edit
from ecg_core.review.exchange import export_log, import_log
from ecg_core.review.fold import fold
from ecg_core.review.session import ReviewSession
from ecg_core.review.state import State, corrections
from ecg_core.wave_findings import WaveFindings

OFFSETS = np.array([-20, -16, -12, -5, 0, 5, 15, 25, 35], dtype=np.int16)
BEAT = SAMPLES[3]


def waves() -> Waves:
    """Return the same waves at each beat, the second lead 1 sample later; it has no P wave."""
    offset = np.tile(np.stack([OFFSETS, OFFSETS + 1]).astype(np.int16), (N_BEATS, 1, 1))
    offset[:, 1, :3] = ABSENT
    return Waves(
        np.array(SAMPLES, dtype=np.int64),
        recording().lead_names,
        offset,
        np.full((N_BEATS, 2, 3), 0.9, dtype=np.float32),
        np.ones((N_BEATS, 2), dtype=bool),
        np.tile(OFFSETS, (N_BEATS, 1)),
    )


def folded(*edits: Edit | tuple[str, Edit]) -> State:
    return fold(replace(base(), waves=waves()), entries_of(edits), FS_HZ, N_SAMPLES, QUALITY)


def set_to(boundary: str, sample: int | None, lead: int | None = None, beat: int = BEAT) -> SetBoundary:
    return SetBoundary(beat, boundary, lead, None, sample)


def delineated() -> Analysis:
    found = analysis()
    trend = st_trend(recording(), waves(), None, QUALITY, np.zeros(N_BEATS, dtype=bool), None)
    return replace(found, waves=WaveFindings(waves(), trend, (), "some", "d" * 64))


def session_of(folder: Path) -> ReviewSession:
    return ReviewSession(recording(), delineated(), log_in(folder))


def qrs_ms(session: ReviewSession, beat: int = BEAT) -> float:
    found = waves_of_beats(session.analysis)
    assert found is not None
    return float(found.interval_ms("qrs_on", "qrs_off", FS_HZ)[SAMPLES.index(beat)])


def test_all_leads_that_show_the_wave_follow_and_no_other_beat_does() -> None:
    found = corrected(waves(), [Correction(BEAT, "p_on", BEAT - 22, None), Correction(BEAT, "qrs_off", BEAT + 8, 1)])
    changed = np.argwhere(found.offset != waves().offset).tolist()
    assert changed == [[3, 0, 0], [3, 1, 5]]
    assert found.offset[3, 0, 0] == found.common[3, 0] == -22
    assert found.offset[3, 1, 5] == 8
    assert found.common[3, 5] == OFFSETS[5]
    assert found.confidence[3, 0, 0] == 1


def test_an_absent_wave_has_no_boundaries() -> None:
    found = corrected(waves(), [Correction(BEAT, "t_peak", None, 0), Correction(BEAT, "p_off", None, None)])
    assert (found.offset[3, 0, [*range(3), *range(6, 9)]] == ABSENT).all()
    assert (found.common[3, :3] == ABSENT).all()
    assert (found.common[3, 6:] == OFFSETS[6:]).all()
    assert (found.offset[3, 1, 6:] != ABSENT).all()


@pytest.mark.parametrize("column", range(9))
@pytest.mark.parametrize("lead", [None, 0])
def test_a_boundary_beyond_its_neighbour_is_refused(column: int, lead: int | None) -> None:
    neighbour = column - 1 if column % 3 else column + 1
    edit = set_to(BOUNDARIES[column], BEAT + int(OFFSETS[neighbour]), lead)
    state = folded(edit)
    assert not state.boundaries
    assert "must come" in state.refused[0][1]


def test_what_has_no_waves_is_refused_with_a_sentence() -> None:
    state = folded(
        Delete(((SAMPLES[0], SAMPLES[0]),)),
        set_to("p_on", 70, beat=SAMPLES[0]),
        set_to("t_off", N_SAMPLES),
        set_to("t_off", BEAT + 40, lead=2),
    )
    assert [seq for seq, _ in state.refused] == [2, 3, 4]
    assert all(sentence.endswith(".") for _, sentence in state.refused)
    assert not state.boundaries


def test_boundaries_of_beats_that_were_added_or_moved_stand_where_the_beats_are_now() -> None:
    state = folded(
        Add(-1, 4950, "N"),
        set_to("p_on", 4940, beat=-1),
        Move(SAMPLES[1], SAMPLES[1], SAMPLES[1] + 3),
        set_to("p_on", 170, beat=SAMPLES[1]),
    )
    assert not state.refused
    assert corrections(state) == [
        Correction(4950, "p_on", 4940, None),
        Correction(SAMPLES[1] + 3, "p_on", 170, None),
    ]


def test_what_is_set_for_all_leads_replaces_what_was_set_for_one() -> None:
    state = folded(set_to("qrs_off", BEAT + 7, 0), set_to("qrs_off", BEAT + 9))
    assert state.boundaries == {(BEAT, "qrs_off", None): BEAT + 9}
    state = folded(set_to("qrs_off", BEAT + 9), set_to("qrs_off", BEAT + 7, 0), Undo(1))
    assert state.boundaries == {(BEAT, "qrs_off", 0): BEAT + 7}


def test_a_boundary_that_rests_on_an_undone_one_lapses() -> None:
    edits: list[Edit] = [set_to("qrs_off", BEAT + 12), set_to("qrs_peak", BEAT + 8)]
    assert len(folded(*edits).boundaries) == 2
    state = folded(*edits, Undo(1))
    assert not state.boundaries
    assert [seq for seq, _ in state.refused] == [2]


def test_the_interval_follows_and_undo_and_redo_restore_it(tmp_path: Path) -> None:
    session = session_of(tmp_path)
    assert qrs_ms(session) == 100
    session.edit("Ann", named(set_to("qrs_off", BEAT + 9)))
    assert qrs_ms(session) == 140
    assert qrs_ms(session, SAMPLES[4]) == 100
    assert session.analysis.provenance["edits"]["n_boundaries"] == 1
    session.undo("Ann")
    assert qrs_ms(session) == 100
    session.redo("Ann")
    assert qrs_ms(session) == 140


def test_of_two_people_the_later_holds_and_both_are_in_the_log(tmp_path: Path) -> None:
    ann, ben = session_of(tmp_path), session_of(tmp_path)
    ann.edit("Ann", named(set_to("qrs_off", BEAT + 9)))
    ben.edit("Ben", named(set_to("qrs_off", BEAT + 11)))
    ann.catch_up()
    assert qrs_ms(ann) == qrs_ms(ben) == 160
    assert [entry.person for entry in ann.log.entries()] == ["Ann", "Ben"]
    ben.undo("Ben")
    assert qrs_ms(ben) == 140


def test_boundaries_go_out_and_come_in_with_the_log(tmp_path: Path) -> None:
    session = session_of(tmp_path)
    session.edit("Ann", named(set_to("qrs_off", BEAT + 9), set_to("p_on", None, 0)))
    content = json.dumps(export_log(session.log))
    other = session_in(tmp_path, "other.sqlite3")
    assert import_log(other.log, content) == 2
    other.catch_up()
    assert other.state.boundaries == session.state.boundaries


@pytest.mark.parametrize(
    "wrong", [{"boundary": "u_on"}, {"lead": -1}, {"lead": True}, {"to_sample": -1}, {"to_sample": 1.5}, {"beat": None}]
)
def test_what_is_no_boundary_is_not_read(wrong: dict[str, object]) -> None:
    right = set_to("p_on", 100).to_dict()
    assert parse_edit(right) == set_to("p_on", 100)
    with pytest.raises(ReviewError):
        parse_edit(right | wrong)


def test_boundaries_are_judged_once_the_waves_are_known(tmp_path: Path) -> None:
    early = ReviewSession(recording(), analysis(), log_in(tmp_path))
    early.edit("Ann", named(set_to("qrs_off", BEAT + 9), set_to("qrs_on", BEAT + 2)))
    assert early.analysis.waves is None
    early.adopt(delineated())
    assert qrs_ms(early) == 140
    assert [seq for seq, _ in early.state.refused] == [2]
    assert early.state.boundaries == session_of(tmp_path).state.boundaries
    assert early.edit("Ann", named(set_to("qrs_on", BEAT + 3))).refused
