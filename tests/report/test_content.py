"""Content of reports: figures of the analysis, events as they were reviewed, what was not assessed."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from reports_for_tests import LABELS, MADE_AT, analysis_of, drafted, holter, recording_of, text_of

from ecg_core.report import TEMPLATES, Review, content_sha256, draft_report, report_csv, report_dict, report_json
from ecg_core.report.blocks import Strip, Table
from ecg_core.report.pdf import report_pdf
from ecg_core.report.phrases import Phrase, facts_of, load_phrases
from ecg_core.report.source import ReportSource
from ecg_core.rhythm import event_keys

pytestmark = pytest.mark.slow

STAR, DISMISSED = 4, 2


def keys_of(kind: str) -> list[str]:
    _, analysis = holter()
    episodes = analysis.episodes.assign(event=event_keys(analysis.episodes))
    return episodes[episodes["kind"] == kind]["event"].tolist()


def test_every_figure_is_that_of_the_analysis() -> None:
    _, analysis = holter()
    summary, figures = analysis.summary, drafted().figures()
    assert summary.n_by_class is not None
    assert figures["ectopy.n_beats"].value == len(LABELS)
    for letter in "NSVFQ":
        assert figures[f"ectopy.n_{letter.lower()}"].value == LABELS.count(letter) == summary.n_by_class[letter]
    assert figures["rate.mean_bpm"].value == summary.mean_rate_bpm
    assert figures["rate.min_bpm"].value == summary.min_rate_bpm
    assert figures["rate.max_bpm"].value == summary.max_rate_bpm
    assert figures["rate.longest_rr_s"].value == pytest.approx(3.0)
    assert figures["runs.longest_v_beats"].value == 4
    assert figures["runs.fastest_v_bpm"].value == summary.fastest_v_run_bpm
    assert figures["pauses.n_pause"].value == summary.n_by_kind["PAUSE"] == 1
    assert figures["pauses.n_asystole"].value == 0
    assert figures["af.burden_percent"].value == pytest.approx(100 * (summary.af_share or 0.0))
    patterns = drafted().section("ectopy").blocks[1]
    assert isinstance(patterns, Table)
    told = {}
    for row in patterns.rows:
        for kind, at in zip(row.id.split("."), (1, 3), strict=True):
            told[kind] = row.cells[at].value
    del told[""]
    assert len(told) == 11
    assert told == {kind: summary.n_by_kind[kind] for kind in told}


def test_the_printed_text_has_the_figures() -> None:
    text = text_of(report_pdf(drafted()))
    _, analysis = holter()
    assert f"Ventricular (V) {LABELS.count('V')}" in text
    assert f"{analysis.summary.mean_rate_bpm:.0f} bpm" in text
    assert "Longest RR 3.00 s" in text


def test_times_are_those_of_the_clock_where_the_start_is_known() -> None:
    report = drafted()
    findings = report.section("findings").blocks[0]
    assert isinstance(findings, Table)
    assert all(str(row.cells[4].value).startswith("14:0") for row in findings.rows)
    recording, analysis = holter(start_time=None)
    findings = draft_report(recording, analysis, created_at=MADE_AT).section("findings").blocks[0]
    assert isinstance(findings, Table)
    assert all(str(row.cells[4].value).startswith("+00:0") for row in findings.rows)


def strips_of(report: object) -> list[Strip]:
    return [block for block in report.section("strips").blocks if isinstance(block, Strip)]  # type: ignore[attr-defined]


def test_starred_events_alone_become_strips_with_their_notes() -> None:
    starred = keys_of("VT")[1]
    review = Review({starred: STAR}, {starred: "As the patient\n felt it"}, revision=3, n_edits=2)
    (strip,) = strips_of(drafted(review))
    assert strip.starred
    assert strip.event == starred
    assert strip.caption.text == "As the patient felt it"
    start = int(starred.partition(":")[2])
    assert strip.start_sample < start < strip.stop_sample
    recording, _ = holter()
    np.testing.assert_array_equal(strip.signal_mv, recording.read(strip.start_sample, strip.stop_sample))
    assert "As the patient felt it" in text_of(report_pdf(drafted(review)))


def test_without_stars_the_most_urgent_events_come_first() -> None:
    strips = strips_of(drafted())
    assert not any(strip.starred for strip in strips)
    assert [strip.event.partition(":")[0] for strip in strips[:3]] == ["VT", "VT", "PAUSE"]


def test_dismissed_events_are_left_out_everywhere() -> None:
    dismissed = keys_of("VT")
    assert len(dismissed) == 3
    review = Review(dict.fromkeys(dismissed, DISMISSED | STAR), revision=1, n_edits=3)
    report = drafted(review)
    assert "VT" not in {row.id for row in report.section("findings").blocks[0].rows}  # type: ignore[union-attr]
    assert not {strip.event for strip in strips_of(report)} & set(dismissed)
    assert report.figures()["runs.longest_v_beats"].value == 0
    assert "conclusion.vt" not in report.paragraphs()
    assert "3 events that a person dismissed" in text_of(report_pdf(report))


def test_the_conclusion_says_what_presses_first() -> None:
    texts = [block for block in drafted().section("conclusion").blocks if block.text]  # type: ignore[union-attr]
    assert [one.id for one in texts][:2] == ["conclusion.vt", "conclusion.pause"]  # type: ignore[union-attr]
    assert "conclusion.nothing_urgent" not in drafted().paragraphs()


def test_nothing_is_called_absent_that_was_not_looked_for() -> None:
    recording, _ = holter()
    samples = list(range(200, recording.n_samples - 200, 200))
    unclassified = draft_report(recording, analysis_of(recording, samples), created_at=MADE_AT)
    known = facts_of(ReportSource(recording, analysis_of(recording, samples)))
    assert known["n_v"] is None
    assert not {"conclusion.no_v", "conclusion.no_s"} & set(unclassified.paragraphs())
    assert unclassified.figures()["ectopy.n_v"].value is None
    assert unclassified.figures()["ectopy.n_v"].text == "– (beats not classified)"


def test_what_was_not_assessed_is_printed_with_the_reason() -> None:
    recording, analysis = holter()
    text = text_of(report_pdf(drafted()))
    not_assessed = ReportSource(recording, analysis).assessment.not_assessed
    assert "NOD" in not_assessed
    assert "What the program did not assess" in text
    assert "Junctional rhythm not looked for" in text
    assert "The waves were not delineated" in text


@pytest.mark.parametrize("name", list(TEMPLATES))
def test_every_template_ends_with_limits_provenance_and_disclaimer(name: str) -> None:
    report = drafted(template_name=name)
    assert [one.id for one in report.sections][-3:] == ["not_assessed", "provenance", "disclaimer"]
    text = text_of(report_pdf(report))
    assert TEMPLATES[name].title in text
    assert "c" * 64 in text.replace(" ", "")
    assert "not a medical device" in text


def test_texts_of_a_person_take_the_place_of_the_programs() -> None:
    report = drafted(texts={"conclusion.vt": "Two runs, artefact.", "rate.comment": "Normal course."})
    assert report.paragraphs()["conclusion.vt"].edited
    text = text_of(report_pdf(report))
    assert "Two runs, artefact." in text
    assert "Normal course." in text
    assert "Ventricular tachycardia: 3 episodes" not in text
    without = report.with_texts({"conclusion.vt": ""})
    assert "Two runs, artefact." not in text_of(report_pdf(without))
    assert content_sha256(without) != content_sha256(report)


def test_unknown_paragraphs_are_refused_in_a_report_and_left_out_of_a_new_draft() -> None:
    with pytest.raises(ValueError, match=r"no paragraph 'conclusion\.nothing'"):
        drafted().with_texts({"conclusion.nothing": "x"})
    assert drafted(texts={"conclusion.nothing": "x"}).paragraphs().keys() == drafted().paragraphs().keys()
    with pytest.raises(ValueError, match="longer than"):
        drafted().with_texts({"rate.comment": "x" * 5000})


def test_every_shipped_phrase_can_be_told() -> None:
    recording, analysis = holter()
    facts = facts_of(ReportSource(recording, analysis))
    for phrase in load_phrases():
        assert set(phrase.told(facts)) - set("{}")
        assert "{" not in phrase.told(facts)
        for name, _, _ in phrase.when:
            assert name in facts


@pytest.mark.parametrize(
    ("when", "value", "holds"),
    [
        (("n", ">", 2.0), 3.0, True),
        (("n", ">", 2.0), 2.0, False),
        (("n", "=", 0.0), 0.0, True),
        (("n", "=", 0.0), None, False),
        (("n", "<", 5.0), None, False),
        (("n", "absent", 0.0), None, True),
        (("n", "absent", 0.0), 0.0, False),
    ],
)
def test_an_absent_figure_meets_no_condition_but_absence(
    when: tuple[str, str, float], value: float | None, holds: bool
) -> None:
    assert Phrase("x", "x", (when,)).holds({"n": value}) is holds


def test_json_and_csv_hold_every_figure_and_text() -> None:
    report = drafted()
    told = json.loads(report_json(report))
    assert told["content_sha256"] == content_sha256(report)
    ids = {
        figure["id"]
        for section in told["sections"]
        for block in section["blocks"]
        for figure in block.get("figures", [])
    }
    assert ids == set(report.figures())
    table = report_csv(report)
    for name, figure in report.figures().items():
        assert name in table
        if isinstance(figure.value, int):
            assert f"{name},{figure.value}," in table
    for paragraph in report.paragraphs().values():
        assert not paragraph.text or paragraph.text.splitlines()[0][:30] in table


def test_the_content_hash_covers_the_content_alone() -> None:
    report = drafted()
    assert content_sha256(replace(report, created_at="2030-01-01T00:00:00Z")) == content_sha256(report)
    assert content_sha256(replace(report, title="Other")) != content_sha256(report)
    recording, analysis = holter()
    later = replace(analysis, provenance={**analysis.provenance, "analysed_at": "2030-01-01T00:00:00+00:00"})
    assert content_sha256(draft_report(recording, later)) == content_sha256(report)
    assert report_dict(report)["status"]["stage"] == "draft"


def test_a_recording_without_beats_makes_a_report_that_says_so() -> None:
    recording = recording_of(np.zeros((7500, 1), dtype=np.float32), lead_names=("II",))
    report = draft_report(recording, analysis_of(recording, [], "" or None), created_at=MADE_AT)
    text = text_of(report_pdf(report))
    assert "No beats were found" in text
    assert report.figures()["rate.mean_bpm"].value is None
    assert "No atrial fibrillation" not in text


def test_a_recording_without_a_sample_makes_a_report_too() -> None:
    recording = recording_of(np.zeros((0, 1), dtype=np.float32), lead_names=("II",))
    text = text_of(report_pdf(draft_report(recording, analysis_of(recording, []), created_at=MADE_AT)))
    assert "The recording holds no signal to show." in text


def test_thirty_seconds_of_one_lead_make_a_report_of_each_template() -> None:
    recording, _ = holter()
    short = recording_of(recording.read(0, 7500, [0]), lead_names=("I",))
    samples = list(range(150, 7400, 200))
    analysis = analysis_of(short, samples, "N" * len(samples))
    for name in TEMPLATES:
        text = text_of(report_pdf(draft_report(short, analysis, template_name=name, created_at=MADE_AT), "letter"))
        assert "30.0 s" in text
