"""Statements of files: their urgency, negations and hedges, codes, and the events that they become."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecg_core.analysis import Analysis, analyse, with_beats
from ecg_core.beats import beat_table
from ecg_core.formats import open_recording
from ecg_core.privacy import deidentified
from ecg_core.recording import Recording, from_array
from ecg_core.review.edits import parse_edit
from ecg_core.rhythm import by_urgency, event_keys, rhythm_changes
from ecg_core.rhythm.statement_codes import order, read_scp, read_snomed
from ecg_core.rhythm.statement_texts import read_text
from ecg_core.rhythm.statements import DEVICE_KINDS, statements_of

pytestmark = pytest.mark.slow

URGENT, NOTABLE, NORMAL = DEVICE_KINDS


def stating(*statements: str, comments: tuple[str, ...] = ()) -> Recording:
    return replace(from_array(np.zeros((2500, 1)), 250), statements=statements, comments=comments)


def analysed(recording: Recording, labels: str = "N" * 10) -> Analysis:
    beats = beat_table(np.arange(len(labels)) * 250, 250)
    beats["label"] = list(labels)
    return with_beats(recording, beats, np.full((10, 1), 2, np.uint8), {"model": "m", "model_sha256": "0"})


@pytest.mark.parametrize(
    "text",
    [
        ">>> Acute MI <<<",
        "*** ** ** ** ** * ACUTE MI * ** ** ** **",
        "Inferior infarct, acute (LCx) (ST>0.10mV, II III aVF, STd V1-V3)",
        "ANTERIOR INFARCT, EVOLVING",
        "STEMI: anterior wall.",
        "Non-ST elevation myocardial infarction",
        "ST elevation consider inferior injury or acute infarct",
        "Marked ST elevation",
        "Ventricular tachycardia",
        "Run of ventricular tachycardia",
        "Non-sustained ventricular tachycardia",
        "Wide QRS tachycardia",
        "Ventricular_Fibrillation",
        "Asystole",
        "III degree AV-block.",
        "3rd degree A-V block",
        "AV block, complete",
        "Sinus rhythm with complete heart block",
        "No P waves, complete heart block",
        "Mobitz II",
        "Failure to capture",
        "*** EXTREME BRADYCARDIA ***",
        "Akuter Vorderwandinfarkt",
        "Vorderwandinfarkt, akut",
        "Kammerflimmern",
        "AV-Block III. Grades",
        "ST-Hebung in II, III, aVF",
        "Infarctus aigu",
        "infarto agudo de miocardio",
        "BAV completo",
        "*** 急性心肌梗死 ***",
    ],
)
def test_dangerous_findings_are_urgent(text: str) -> None:
    assert read_text(text).kind == URGENT


@pytest.mark.parametrize(
    "text",
    [
        "Possible acute MI",
        "Cannot rule out acute MI",
        "Rule out acute MI",
        "Consider acute STEMI",
        "Inferior infarct, possibly acute",
        "Undefined ischemia/scar/supp.NSTEMI: anterior wall.",
        "V.a. akuten Vorderwandinfarkt",
        "Nonspecific ST elevation",
        "Alarm: Asystole (False alarm)",
    ],
)
def test_a_hedged_danger_is_told_before_other_statements_but_after_certain_ones(text: str) -> None:
    weight = read_text(text)
    assert weight.kind == NOTABLE
    assert order(read_text("Acute MI")) < order(weight) < order(read_text("Atrial fibrillation"))


@pytest.mark.parametrize(
    "text",
    ["No acute MI", "No evidence of acute infarction", "No ST elevation", "Acute MI ruled out", "Kein akuter Infarkt"],
)
def test_a_negated_danger_is_neither_urgent_nor_normal(text: str) -> None:
    weight = read_text(text)
    assert weight.kind == NOTABLE
    assert order(weight) > order(read_text("Atrial fibrillation"))


@pytest.mark.parametrize(
    "text",
    [
        "Supraventricular tachycardia",
        "Supra-ventricular tachycardia",
        "Complete left bundle branch block",
        "I degree AV block.",
        "Inferior infarct, age undetermined",
        "Old inferior infarct",
        "ANTERIOR ST ELEVATION, PROBABLY DUE TO LVH (ST >0.20 mV in V1-V4 & LVH)",
        "Atrial fibrillation",
        "Atrial flutter",
        "Paced rhythm",
        "ABNORMAL ECG",
        "Otherwise normal ECG",
        "Sinus rhythm rate 30",
        "Not normal ECG",
        "** UNCONFIRMED **",
        "*** Poor data quality, interpretation may be affected ***",
        "心房細動",
        "Rytm zatokowy",
    ],
)
def test_what_is_neither_dangerous_nor_normal_stands_between(text: str) -> None:
    assert read_text(text).kind == NOTABLE


@pytest.mark.parametrize(
    "text",
    [
        "Normal ECG",
        "*** Normal ECG ***",
        "NORMAL SINUS RHYTHM",
        "SINUS RHYTHM (normal P axis, V-rate 60-99)",
        "Rhythm: Sinus rhythm.",
        "Sinusrhythmus",
        "ECG NORMALE",
        "RITMO SINUSALE",
        "Electric axis of the heart: normal.",
    ],
)
def test_normal_are_statements_of_normal_words_alone(text: str) -> None:
    assert read_text(text).kind == NORMAL
    assert read_text(f"{text} zzz").kind != NORMAL, "a word that is not known may say anything"


def test_codes_are_told_with_their_meaning_and_unknown_ones_are_not_passed_over() -> None:
    assert read_snomed("164931005") == ("SNOMED CT 164931005: ST elevation", read_snomed("164931005")[1])
    assert read_snomed("57054005")[1].kind == URGENT
    assert read_snomed("164889003")[1].kind == NOTABLE
    assert read_snomed("426783006")[1].kind == NORMAL
    text, weight = read_snomed("123456789")
    assert "123456789" in text
    assert weight.kind == NOTABLE
    assert read_scp("3AVB") == ("3AVB (third degree AV block)", read_scp("3AVB")[1])  # type: ignore[index]
    kinds = [read_scp(text)[1].kind for text in ("IMI", "IMI AC", "IMI_AC", "3AVB_PO", "SR", "SR, NORM")]  # type: ignore[index]
    assert kinds == [NOTABLE, URGENT, URGENT, NOTABLE, NORMAL, NORMAL]
    assert read_scp("Acute MI") is None


def test_statements_are_taken_from_wherever_headers_have_them() -> None:
    comments = ("Age: 65", "Sex: Male", "Dx: 426177001,164931005", "Rx: Unknown", "Hx: Unknown")
    assert [each.text for each in statements_of(stating(comments=comments))] == [
        "SNOMED CT 164931005: ST elevation",
        "SNOMED CT 426177001: sinus bradycardia",
    ]
    ludb = ("<age>: 87", "<sex>: F", "<diagnoses>:", "Rhythm: Sinus rhythm.", "III degree AV-block.")
    assert [each.text for each in statements_of(stating(comments=ludb))] == [
        "III degree AV-block.",
        "Rhythm: Sinus rhythm.",
    ]
    alarm = statements_of(stating(comments=("Asystole", "True alarm", "samples 4:00-5:00 of the original record")))
    assert [(each.text, each.weight.kind) for each in alarm] == [("Alarm: Asystole (True alarm)", URGENT)]
    assert statements_of(stating(comments=("69 M 1085 1629 x1", "Aldomet, Inderal", "Dx: Unknown"))) == ()
    acute = ("Acute infarction (localization): no", "Acute infarction (localization): infero-lateral")
    assert [each.weight.kind for each in statements_of(stating(comments=acute))] == [URGENT]


def test_statements_are_events_of_their_own_in_order_of_urgency_with_keys_of_their_own() -> None:
    said = ("Normal ECG", "Atrial fibrillation", ">>> Acute MI <<<", "Complete heart block", "acute mi?", "acute mi?")
    analysis = analysed(stating(*said))
    listed = by_urgency(analysis.episodes)
    assert listed["reason"].tolist() == [
        ">>> Acute MI <<<",
        "Complete heart block",
        "acute mi?",
        "Atrial fibrillation",
        "Normal ECG",
    ]
    assert listed["kind"].tolist() == [URGENT, URGENT, NOTABLE, NOTABLE, NORMAL]
    assert set(listed["source"]) == {"device"}
    assert set(listed["start_sample"]) == {0}
    assert set(listed["stop_sample"]) == {2500}
    keys = event_keys(listed)
    assert len(set(keys)) == len(keys)
    for key in keys:
        parse_edit({"action": "mark_event", "event": key, "mark": "seen"})
    fewer = by_urgency(analysed(stating(*reversed(said[2:]))).episodes)
    assert (
        dict(zip(fewer["reason"], event_keys(fewer), strict=True)).items()
        <= dict(zip(listed["reason"], keys, strict=True)).items()
    ), "a statement keeps its key whatever stands beside it"


def test_statements_change_no_burden_and_no_rhythm_that_is_written() -> None:
    quiet, stated = analysed(stating()), analysed(stating("Ventricular tachycardia", "Atrial fibrillation"))
    assert rhythm_changes(stated.episodes) == rhythm_changes(quiet.episodes) == [(0, "(N")]
    ours = {kind: n for kind, n in stated.summary.n_by_kind.items() if kind not in DEVICE_KINDS}
    assert ours == {kind: n for kind, n in quiet.summary.n_by_kind.items() if kind not in DEVICE_KINDS}
    assert replace(stated.summary, n_by_kind={}) == replace(quiet.summary, n_by_kind={})


def test_what_the_program_found_itself_is_more_urgent_only_if_it_is() -> None:
    with_pause = analysed(stating(">>> Acute MI <<<"), "NNNVVVVNNN")
    kinds = by_urgency(with_pause.episodes)["kind"].tolist()
    assert kinds[0] == URGENT, "a slow run of V is no tachycardia"
    assert "IVR" in kinds


def test_a_name_in_a_statement_does_not_reach_what_is_written() -> None:
    recording = deidentified(stating("Acute MI, seen by Dr Miller"))
    assert "Miller" not in statements_of(recording)[0].text
    assert statements_of(recording)[0].weight.kind == URGENT


@pytest.mark.data
def test_the_real_file_of_an_acute_infarction_says_it_first(ecg_data: Path) -> None:
    file = ecg_data / "formats" / "philips" / "1_03__129DYPRG.XML"
    if not file.is_file():
        pytest.skip(f"needs {file}")
    analysis = analyse(deidentified(open_recording(file)), cache=False, group=False)
    listed = by_urgency(analysis.episodes)
    assert listed["reason"].tolist()[0] == ">>> Acute MI <<<"
    assert listed["kind"].tolist()[0] == URGENT
    assert re.search("infarct, acute", listed["reason"].tolist()[1])


@pytest.mark.data
def test_every_code_of_real_headers_is_known(ecg_data: Path) -> None:
    headers = sorted((ecg_data / "rhythm12").glob("*.hea"))
    if not headers:
        pytest.skip(f"needs {ecg_data / 'rhythm12'}")
    for header in headers:
        found = statements_of(open_recording(header))
        assert found
        assert not [each.text for each in found if "not known" in each.text]
