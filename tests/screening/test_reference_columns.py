"""Columns about the annotations of a recording: differences, confusion table and audited counts in one row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from labelled_recordings import analysed, recorded

from ecg_core.errors import RecordingError
from ecg_core.recording import Annotations, Recording
from ecg_core.screening.columns import SCHEMA
from ecg_core.screening.differences import CONFUSION_COLUMNS
from ecg_core.screening.reference_columns import reference_columns


def annotated(truth: Annotations) -> Recording:
    return replace(recorded()[0], load_annotations=lambda _: truth, annotation_names=("atr",))


def counted(row: dict[str, object]) -> dict[str, object]:
    return {name: row[name] for name in CONFUSION_COLUMNS if row[name]}


def test_a_file_that_says_the_same_differs_in_nothing_and_is_confirmed() -> None:
    truth = recorded()[1]
    row = reference_columns(annotated(truth), analysed())
    assert set(row) <= set(SCHEMA.names)
    n_v = int((truth.beats()[1] == "V").sum())
    assert (row["n_differences"], row["worst_difference"], row["worst_difference_rank"]) == (0, None, None)
    assert set(counted(row)) == {"confusion_n_n", "confusion_v_v", "confusion_f_f"}
    assert row["confusion_v_v"] == n_v
    n_v += row["confusion_f_f"]
    assert sum(row[name] for name in CONFUSION_COLUMNS) == len(truth.beats()[0])
    assert (row["audit_v_file"], row["audit_v_audited"], row["audit_v_uncertain"]) == (n_v, n_v, 0)
    assert row["reference_kappa"] == pytest.approx(1)
    assert row["reference_v_f1"] == pytest.approx(100)


def test_another_class_stands_in_its_cell_and_is_the_worst_difference() -> None:
    recording, truth = recorded()
    symbol = np.array(truth.symbol)
    at = int(np.flatnonzero(symbol == "N")[20])
    symbol[at] = "V"
    row = reference_columns(annotated(replace(truth, symbol=symbol)), analysed())
    assert (row["confusion_v_n"], row["n_beat_differences"], row["n_episode_differences"]) == (1, 1, 0)
    assert row["worst_difference"] == "N for the reference's V"
    assert row["worst_difference_at_s"] == pytest.approx(truth.sample[at] / recording.fs_hz)
    assert row["audit_v_file"] == row["audit_v_audited"] + 1, "shaped like the sinus beats"


def test_a_file_without_annotations_leaves_every_column_absent() -> None:
    assert reference_columns(recorded()[0], analysed()) == {}


def test_annotations_that_cannot_be_read_leave_the_recording_screened() -> None:
    def broken(_: str) -> Annotations:
        raise RecordingError("demo.atr is cut off.")

    row = reference_columns(replace(recorded()[0], load_annotations=broken, annotation_names=("atr",)), analysed())
    assert row == {"reference_notes": "The annotations were not compared: demo.atr is cut off."}


def test_rhythms_alone_make_no_confusion_table() -> None:
    truth = recorded()[1]
    rhythm = truth.symbol == "+"
    aux = tuple(text for text, kept in zip(truth.aux, rhythm, strict=True) if kept)
    alone = replace(truth, sample=truth.sample[rhythm], symbol=truth.symbol[rhythm], aux=aux, subtype=())
    row = reference_columns(annotated(alone), analysed())
    assert row["reference"] == truth.name
    assert not set(row) & {*CONFUSION_COLUMNS, "reference_missed_beats", "audit_v_file"}
    assert "marks no beats" in row["reference_notes"]
