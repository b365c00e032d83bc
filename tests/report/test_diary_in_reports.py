"""Diary, sleep, artefacts and agreement of readers in a report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from reports_for_tests import FS_HZ, LABELS, MADE_AT, analysis_of, drafted, holter, recording_of, text_of

from ecg_core.analysis import with_beats
from ecg_core.recording import Annotations, Identity
from ecg_core.report import Report, draft_report, report_csv, report_json
from ecg_core.report.blocks import Paragraph, Table
from ecg_core.report.pdf import report_pdf
from ecg_core.report.source import Review
from ecg_core.review.edits import Relabel
from ecg_core.review.log import Entry
from ecg_core.review.readers import two_readers
from ecg_core.review.span_notes import SpanNote
from ecg_core.rhythm import Span

pytestmark = pytest.mark.slow


def note(uuid: str, kind: Any, start_s: float, stop_s: float, text: str = "") -> SpanNote:
    span = round(start_s * FS_HZ), round(stop_s * FS_HZ)
    return SpanNote(1, uuid, "a" * 64, kind, *span, text, "Ann", "2026-01-01T00:00:00Z", None, None)


def texts(report: Report, section: str) -> str:
    """Return all words of a section."""
    parts = []
    for block in report.section(section).blocks:
        if isinstance(block, Paragraph):
            parts.append(block.text)
        elif isinstance(block, Table):
            parts += [str(cell.value) for row in block.rows for cell in row.cells]
    return "\n".join(parts)


def sections(report: Report) -> list[str]:
    return [section.id for section in report.sections]


def test_without_entries_there_is_no_diary() -> None:
    assert not {"diary", "sleep", "readers"} & set(sections(drafted()))


def test_entries_of_file_and_people_stand_with_the_rhythm_at_that_minute() -> None:
    recording, _ = holter()
    marks = Annotations("atr", np.array([round(60 * FS_HZ)]), np.array(['"']), ("Mrs Zwiebelmann dizzy",))
    told = {"load_annotations": lambda _: marks, "annotation_names": ("atr",), "identity": Identity(name="Zwiebelmann")}
    recording, analysis = holter(**told)
    review = Review(span_notes=(note("n1", "button", 20, 20), note("n2", "diary", 25, 90, "palpitations")))
    report = draft_report(recording, analysis, review, created_at=MADE_AT)
    (table,) = [block for block in report.section("diary").blocks if isinstance(block, Table)]
    at, what, _, rhythm, rate, beats, by = ([row.cells[at].value for row in table.rows] for at in range(7))
    assert at == ["14:00:20", "14:00:25, 1 min 05 s", "14:01:00"]
    assert what == ["Button press", "Diary entry", "Diary entry"]
    assert "ventricular tachycardia" in str(rhythm[0])
    assert all(isinstance(one, float) and 60 < one < 120 for one in rate)
    assert " V" in str(beats[0])
    assert by == ["Ann", "Ann", "file"]
    assert "Zwiebelmann" not in report_json(report)
    for written in (report_json(report), report_csv(report), text_of(report_pdf(report))):
        assert "palpitations" in written


def test_sleep_set_by_hand_gives_a_table() -> None:
    recording, analysis = holter()
    report = draft_report(recording, analysis, Review(span_notes=(note("n1", "sleep", 0, 60),)), created_at=MADE_AT)
    assert "Sleep set by hand." in texts(report, "sleep")
    (table,) = [block for block in report.section("sleep").blocks if isinstance(block, Table)]
    assert [column.title for column in table.columns] == ["", "Asleep", "Awake"]
    rate = next(row for row in table.rows if row.id == "mean_rate")
    assert all(50 < float(str(cell.value)) < 110 for cell in rate.cells[1:])
    assert "Asleep 14:00 to 14:01" in table.note


def test_a_long_recording_says_why_there_is_no_sleep() -> None:
    samples = np.arange(100, 13 * 3600 * 5, 5)
    recording = recording_of(np.zeros((13 * 3600 * 250, 1), dtype=np.float32), lead_names=("II",))
    analysis = analysis_of(recording, (samples * 50).tolist()[: 13 * 3600], "N" * len(samples[: 13 * 3600]))
    report = draft_report(recording, analysis, created_at=MADE_AT)
    assert "Sleep is not estimated" in texts(report, "sleep")


def test_a_tachycardia_marked_as_artefact_does_not_count_and_is_told() -> None:
    recording, found = holter()
    run = found.episodes[found.episodes["kind"] == "VT"].iloc[0]
    span = Span(
        int(run["start_sample"]) - 20, int(run["stop_sample"]) + 20, "UNREADABLE", "marked as artefact by Ann", "person"
    )
    marked = with_beats(recording, found.beats, found.quality, found.provenance, named=[span])
    before, after = (draft_report(recording, one, created_at=MADE_AT) for one in (found, marked))
    assert "ventricular tachycardia here was marked as artefact by Ann and does not count" in texts(after, "findings")
    assert "artefact" not in texts(before, "findings")
    n_v = (before.figures()["ectopy.n_v"].value, after.figures()["ectopy.n_v"].value)
    assert n_v[1] == n_v[0] - int(run["n_beats"])  # type: ignore[operator]
    assert after.figures()["ectopy.n_beats"].value < before.figures()["ectopy.n_beats"].value  # type: ignore[operator]
    assert "marked as artefact by Ann" in text_of(report_pdf(after))


def test_agreement_of_two_readers_is_printed() -> None:
    recording, analysis = holter()
    ids = [int(sample) for sample in analysis.beats["sample"][:3]]
    edits = [("Ann", Relabel(tuple(ids), "S")), ("Ben", Relabel((ids[0],), "S"))]
    log = [Entry(at, f"u{at}", person, "2026", edit) for at, (person, edit) in enumerate(edits, start=1)]
    agreement = two_readers(recording, analysis, log)
    report = draft_report(recording, analysis, Review(readers=agreement), created_at=MADE_AT)
    figures = report.figures()
    assert figures["readers.n_differences"].value == 2
    assert figures["readers.n_beats"].value == len(LABELS)
    assert 0.9 < float(str(figures["readers.kappa"].value)) < 1
    assert "Ann (1 edit) and Ben (1 edit)" in texts(report, "readers")
    printed = text_of(report_pdf(report))
    assert "Agreement of two readers" in printed
    assert "Beats read differently" in printed
    alone = replace(Review(), readers=None)
    assert "readers" not in sections(draft_report(recording, analysis, alone, created_at=MADE_AT))
