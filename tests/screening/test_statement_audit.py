"""Verdicts on what a device states: each rule, by synthetic recordings, and what no statement names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ecg_core.analysis import Analysis, with_beats
from ecg_core.beats import CLASSES, beat_table, set_probabilities
from ecg_core.delineation.measure import Measurement
from ecg_core.delineation.measured import BeatMeasurements, Measured
from ecg_core.interpretation import RULES, DiagnosticStatement, Interpretation, Severity
from ecg_core.measurements import RecordingMeasurements
from ecg_core.recording import Recording, from_array
from ecg_core.screening.columns import SCHEMA
from ecg_core.screening.program_findings import ProgramFindings
from ecg_core.screening.statement_audit import WORD_NAMES, StatementAudit, audit_statements
from ecg_core.screening.urgency import worst_of

pytestmark = pytest.mark.slow

FS_HZ = 250.0
CODES = [rule.code for rule in RULES]


def recording(*statements: str, seconds: float = 20) -> Recording:
    return replace(from_array(np.zeros((int(seconds * FS_HZ), 1)), FS_HZ), statements=statements)


def analysis_of(given: Recording, times_s: list[float], labels: str = "", grade: int = 2) -> Analysis:
    beats = beat_table([int(each * FS_HZ) for each in times_s], FS_HZ)
    probabilities = np.full((len(beats), len(CLASSES)), 0.02)
    letters = labels or "N" * len(beats)
    probabilities[np.arange(len(beats)), [CLASSES.index(letter) for letter in letters]] = 0.92
    beats = set_probabilities(beats, probabilities)
    beats["quality"] = pd.array(np.full(len(beats), grade), dtype="Int8")
    quality = np.full((int(np.ceil(given.duration_s)), 1), grade, dtype=np.uint8)
    return with_beats(given, beats, quality, {"model": "m", "model_sha256": "0"})


def measured(found: dict[str, Severity] | None = None, lacking: tuple[str, ...] = (), **values: float) -> Any:
    """Measurements with some statements; codes in `lacking` were not assessed, all others looked for."""
    found = found or {}
    statements = tuple(DiagnosticStatement(code, code, of, "source", "why", ()) for code, of in found.items())
    looked_for = {code: code for code in CODES if code not in found and code not in lacking}
    not_assessed = {code: (code, "no lead V1") for code in lacking}
    overall = {name: Measured(value) for name, value in values.items()}
    usual = Measurement(BeatMeasurements(overall, {}), None, np.empty((0, 9)), np.full(9, np.nan), 9)
    return RecordingMeasurements(
        usual, "9 normal beats", np.ones(1, bool), {}, Interpretation(statements, looked_for, not_assessed)
    )


def steady(rr_s: float = 0.8, seconds: float = 20) -> list[float]:
    return np.arange(0.4, seconds - 0.2, rr_s).tolist()


def audit(
    *statements: str, times_s: list[float] | None = None, labels: str = "", grade: int = 2, found: Any = ...
) -> StatementAudit:
    given = recording(*statements)
    analysis = analysis_of(given, steady() if times_s is None else times_s, labels, grade)
    return audit_statements(given, analysis, measured() if found is ... else found)


def word(*statements: str, **given: Any) -> str:
    (verdict,) = [each for each in audit(*statements, **given).verdicts if each.verdict != "unstated"]
    return verdict.verdict


def test_a_file_that_states_nothing_has_no_audit() -> None:
    assert audit().verdicts == ()
    assert audit().as_row() == {}


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("Complete left bundle branch block", "CLBBB"),
        ("Left bundle branch block", "ILBBB"),
        ("Right bundle branch block", "CRBBB"),
        ("Inferior infarct", "IMI"),
        ("Acute inferior MI", "STE_INFERIOR"),
        ("Anterior infarct", "AMI"),
        ("ST elevation", "STE_LATERAL"),
        ("Wolff-Parkinson-White", "WPW"),
        ("Prolonged QT", "LNGQT"),
        ("Left ventricular hypertrophy", "VCLVH"),
        ("1st degree AV block", "1AVB"),
        ("Second degree AV block", "2AVB"),
        ("Complete heart block", "3AVB"),
        ("Atrial fibrillation", "AFIB"),
        ("Atrial flutter", "AFLT"),
        ("Supraventricular tachycardia", "SVTAC"),
        ("Paced rhythm", "PACE"),
        ("Sinus bradycardia", "SBRAD"),
        ("Ventricular tachycardia", "VT"),
        ("Arm lead reversal", "ARM_REVERSAL"),
        ("ST depression", "STD"),
    ],
)
def test_what_the_program_finds_too_is_confirmed_and_denied_is_contradicted(statement: str, code: str) -> None:
    found = measured({code: Severity.ABNORMAL})
    assert word(statement, found=found) == "confirmed"
    assert word(f"No {statement}", found=found) == "contradicted"


@pytest.mark.parametrize(
    "statement",
    [
        "Ventricular fibrillation",
        "Ventricular tachycardia",
        "Complete heart block",
        "Acute anterior MI",
        "ST elevation",
    ],
)
def test_what_is_dangerous_is_never_contradicted(statement: str) -> None:
    """Sinus rhythm at 75 bpm with normal intervals throughout: not found, or not looked for, and no more."""
    normal = measured(pr_ms=150, qrs_ms=90, qtc_framingham_ms=400)
    assert word(statement, found=normal) in ("not_found", "not_assessed")


def test_an_infarction_elsewhere_is_not_the_one_that_is_stated() -> None:
    assert word("Inferior infarct", found=measured({"AMI": Severity.ABNORMAL})) == "not_found"
    assert word("Infarct", found=measured({"AMI": Severity.ABNORMAL})) == "confirmed"


@pytest.mark.parametrize(
    ("statement", "times_s", "verdict"),
    [
        ("Asystole", steady(), "contradicted"),
        ("Asystole", [*steady(0.8, 6), *np.arange(12, 20, 0.8)], "confirmed"),
        ("Pause", steady(), "contradicted"),
        ("Pause", steady(1.8), "not_found"),
        ("Pause", [*steady(0.8, 8), *np.arange(11, 20, 0.8)], "confirmed"),
        ("1 pause", [*steady(0.8, 8), *np.arange(11, 20, 0.8)], "confirmed"),
        ("3 pauses", [*steady(0.8, 8), *np.arange(11, 20, 0.8)], "contradicted"),
        ("Supraventricular tachycardia", steady(0.8), "contradicted"),
        ("Supraventricular tachycardia", steady(0.5), "not_found"),
        ("Sinus bradycardia", steady(0.8), "contradicted"),
        ("Sinus bradycardia", steady(0.95), "not_found"),
        ("Extreme bradycardia", steady(0.8), "contradicted"),
        ("Sinus tachycardia", steady(0.8), "contradicted"),
        ("Sinus tachycardia", steady(0.61), "not_found"),
        ("Extreme tachycardia", steady(0.8), "contradicted"),
    ],
)
def test_intervals_between_beats_speak_for_and_against(statement: str, times_s: list[float], verdict: str) -> None:
    assert word(statement, times_s=times_s) == verdict


@pytest.mark.parametrize(
    "statement",
    ["Asystole", "Pause", "Supraventricular tachycardia", "Sinus bradycardia", "Sinus rhythm", "Normal ECG"],
)
def test_noise_speaks_against_nothing(statement: str) -> None:
    assert word(statement, grade=0) == "not_assessed"


@pytest.mark.parametrize(
    ("statement", "values", "verdict"),
    [
        ("Complete left bundle branch block", {"qrs_ms": 92}, "contradicted"),
        ("Complete left bundle branch block", {"qrs_ms": 116}, "not_found"),
        ("Incomplete right bundle branch block", {"qrs_ms": 92}, "not_found"),
        ("Prolonged QT", {"qtc_framingham_ms": 410}, "contradicted"),
        ("Prolonged QT", {"qtc_framingham_ms": 447}, "not_found"),
        ("Possible prolonged QT", {"qtc_framingham_ms": 410}, "not_found"),
        ("No prolonged QT", {"qtc_framingham_ms": 410}, "confirmed"),
    ],
)
def test_intervals_of_the_usual_beat_speak_against(statement: str, values: dict[str, float], verdict: str) -> None:
    assert word(statement, found=measured(**values)) == verdict


def test_the_other_bundle_branch_speaks_against() -> None:
    assert word("RBBB", found=measured({"CLBBB": Severity.ABNORMAL}, qrs_ms=150)) == "contradicted"


def test_p_waves_speak_against_fibrillation_and_for_sinus_rhythm(monkeypatch: pytest.MonkeyPatch) -> None:
    for share, fibrillation, sinus in ((0.95, "contradicted", "confirmed"), (0.6, "not_found", "confirmed")):
        monkeypatch.setattr(ProgramFindings, "p_share", share)
        assert word("Atrial fibrillation") == fibrillation
        assert word("Sinus rhythm") == sinus
    monkeypatch.setattr(ProgramFindings, "p_share", 0.2)
    assert word("Sinus rhythm") == "not_found"
    monkeypatch.setattr(ProgramFindings, "p_share", None)
    assert word("Sinus rhythm") == "not_assessed"
    assert word("Sinus rhythm", found=measured({"AFIB": Severity.ABNORMAL})) == "contradicted"
    monkeypatch.setattr(ProgramFindings, "p_share", 0.95)
    for pr_ms, verdict in ((150, "contradicted"), (196, "not_found")):
        assert word("First degree AV block", found=measured(pr_ms=pr_ms)) == verdict
    assert word("Sinus rhythm", found=measured({"PACE": Severity.ABNORMAL})) == "not_found"


def test_flutter_speaks_against_fibrillation_and_not_the_other_way_round() -> None:
    """Irregular flutter may be named fibrillation by the program."""
    assert word("Atrial fibrillation", found=measured({"AFLT": Severity.ABNORMAL})) == "contradicted"
    assert word("Atrial flutter", found=measured({"AFIB": Severity.ABNORMAL})) in ("not_found", "not_assessed")


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("Premature ventricular complexes", "confirmed"),
        ("2 PVCs", "confirmed"),
        ("40 PVCs", "contradicted"),
        ("PVC burden 8 %", "confirmed"),
        ("PVC burden 30 %", "contradicted"),
        ("No PVCs", "contradicted"),
        ("Premature atrial complexes", "not_found"),
        ("No premature atrial complexes", "confirmed"),
    ],
)
def test_ectopic_beats_are_counted(statement: str, verdict: str) -> None:
    n = len(steady())
    labels = "".join("V" if at in (5, 12) else "N" for at in range(n))
    assert word(statement, labels=labels) == verdict


def test_what_was_not_looked_for_is_not_assessed_with_its_reason() -> None:
    (verdict,) = audit("Complete left bundle branch block", found=measured(lacking=("CLBBB", "ILBBB"))).verdicts
    assert (verdict.verdict, verdict.reason) == ("not_assessed", "no lead V1")
    (verdict,) = audit("Left ventricular hypertrophy", found=None).verdicts
    assert (verdict.verdict, verdict.reason) == ("not_assessed", "the waves are not delineated")
    (verdict,) = audit("Left axis deviation").verdicts
    assert (verdict.verdict, verdict.concept) == ("not_assessed", "")


def test_not_found_means_that_all_of_it_was_looked_for() -> None:
    """Without voltages ST levels cannot be judged, though the rule about bundle branch block can."""
    for statement in ("STEMI: anterior wall", "Acute anterior MI"):
        assert word(statement, found=measured(lacking=("STE_ANTERIOR",))) == "not_assessed"
        assert word(statement, found=measured(lacking=("STE_LATERAL",))) == "not_found"


@pytest.mark.parametrize(
    ("found", "lacking", "verdict"),
    [
        ({}, (), "confirmed"),
        ({"LAD": Severity.BORDERLINE}, (), "not_found"),
        ({"LVH": Severity.ABNORMAL}, (), "contradicted"),
        ({"STE_INFERIOR": Severity.URGENT}, (), "contradicted"),
        ({}, ("STE_ANTERIOR",), "not_assessed"),
    ],
)
def test_a_normal_ecg_holds_only_where_all_was_looked_for(
    found: dict[str, Severity], lacking: tuple[str, ...], verdict: str
) -> None:
    assert word("Normal ECG", found=measured(found, lacking)) == verdict


def test_urgent_findings_that_no_statement_names_are_told() -> None:
    found = measured({"STE_INFERIOR": Severity.URGENT, "LNGQT": Severity.URGENT, "LVH": Severity.ABNORMAL})
    pause = [*steady(0.8, 8), *np.arange(11, 20, 0.8)]
    told = [each.concept for each in audit("Sinus rhythm", times_s=pause, found=found).verdicts]
    assert [code for code in told if code != "SINUS"] == ["PAUSE", "STE", "LONG_QT"]
    named = audit("Acute inferior MI", "Possible long QT", "2 pauses", times_s=pause, found=found)
    assert "unstated" not in [each.verdict for each in named.verdicts]
    denied = audit("No ST elevation", "long QT", "pauses", times_s=pause, found=found).verdicts
    assert [(each.concept, each.verdict) for each in denied if each.verdict == "unstated"] == [("STE", "unstated")]


def test_no_verdict_changes_what_the_device_states_or_its_urgency() -> None:
    given = recording("*** ASYSTOLE ***", "Normal ECG")
    analysis = analysis_of(given, steady())
    before = analysis.episodes.copy(), worst_of(analysis, FS_HZ, measured())
    verdicts = audit_statements(given, analysis, measured()).verdicts
    assert [each.verdict for each in verdicts] == ["contradicted", "confirmed"]
    pd.testing.assert_frame_equal(analysis.episodes, before[0])
    assert worst_of(analysis, FS_HZ, measured()) == before[1]
    assert before[1].kind == "DEVICE_URGENT"


def test_verdicts_become_columns_of_a_row() -> None:
    row = audit("Asystole", "Possible LVH", "No PVCs", "Left axis deviation").as_row()
    assert set(row) <= set(SCHEMA.names)
    assert row["device_audit"] == (
        "asystole: contradicted; possible left ventricular hypertrophy: not found; Left axis deviation: not assessed; "
        "no ventricular ectopic beats: confirmed"
    )
    counts = {name: row[f"device_{name}"] for name in WORD_NAMES}
    assert counts == {"confirmed": 1, "not_found": 1, "contradicted": 1, "not_assessed": 1, "unstated": 0}
