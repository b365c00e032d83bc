"""Diagnostic statements against the references of PTB-XL, LUDB and the Challenges."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecg_core.evaluation.statement_references import SCORED, StatementReference, statement_reference
from ecg_core.evaluation.statement_scores import (
    count_statements,
    statement_figures,
    statement_text,
)
from ecg_core.formats import open_recording
from ecg_core.interpretation import RULES, DiagnosticStatement, Interpretation, Severity, Subject
from ecg_core.interpretation.performance import PERFORMANCE_FILE, StatementCounts, known_performance
from ecg_core.recording import Recording, from_array

DATA = Path(os.environ.get("ECG_DATA", "/nowhere"))
HEAD = "ecg_id,age,sex,scp_codes,heart_axis,filename_hr\n"


def recording(*comments: str) -> Recording:
    return replace(from_array(np.zeros((100, 1)), 500), comments=comments)


def found(*codes: str, not_assessed: tuple[str, ...] = ()) -> Interpretation:
    made = tuple(DiagnosticStatement(code, code, Severity.ABNORMAL, "", "because", ()) for code in codes)
    return Interpretation(made, {}, dict.fromkeys(not_assessed, ("text", "why")))


def reference(*stated: str, unscored: tuple[str, ...] = ()) -> StatementReference:
    return StatementReference("PTB-XL", frozenset(stated), frozenset(unscored), Subject())


@pytest.mark.parametrize(
    ("codes", "axis", "stated", "unscored"),
    [
        ("{'NORM': 100.0, 'SR': 0.0}", "MID", set(), set()),
        ("{'IMI': 35.0, 'SR': 0.0}", "MID", set(), {"IMI"}),
        ("{'ILMI': 100.0, 'IMI': 15.0}", "", {"IMI", "LMI"}, {"LAD", "RAD"}),
        ("{'AFIB': 0.0, 'CLBBB': 100.0}", "ALAD", {"AFIB", "CLBBB", "LAD"}, set()),
        ("{'LVH': 50.0, 'LPR': 0.0}", "MID", {"LVH", "VCLVH", "1AVB"}, set()),
    ],
)
def test_ptbxl_states_codes_with_a_likelihood(
    codes: str, axis: str, stated: set[str], unscored: set[str], tmp_path: Path
) -> None:
    (tmp_path / "ptbxl_database.csv").write_text(f'{HEAD}7,300,1,"{codes}",{axis},records500/00000/00007_hr\n')
    one = statement_reference(tmp_path / "00007_hr.hea", recording())
    assert one is not None
    assert (one.database, one.stated, one.unscored) == ("PTB-XL", stated, unscored)
    assert one.subject == Subject(90, "F")
    assert statement_reference(tmp_path / "00008_hr.hea", recording()) is None


def test_the_challenges_state_snomed_codes(tmp_path: Path) -> None:
    one = statement_reference(tmp_path / "a.hea", recording("Age: 63", "Sex: Male", "Dx: 270492004,426177001"))
    assert one is not None
    assert one.database == "Challenge"
    assert one.stated == {"1AVB", "SBRAD"}
    assert one.subject == Subject(63, "M")
    assert "STE_ANTERIOR" in one.unscored
    assert "CLBBB" not in one.unscored


def test_ludb_states_diagnoses_in_words(tmp_path: Path) -> None:
    lines = ("<age>: 51", "<sex>: F", "<diagnoses>:", "Rhythm: Atrial fibrillation.", "III degree AV-block.")
    one = statement_reference(tmp_path / "1.hea", recording(*lines, "Incomplete right bundle branch block. "))
    assert one is not None
    assert one.database == "LUDB"
    assert one.stated == {"AFIB", "3AVB", "IRBBB"}
    assert "LNGQT" in one.unscored


def test_a_recording_without_statements_has_no_reference(tmp_path: Path) -> None:
    assert statement_reference(tmp_path / "x.hea", recording("a comment")) is None


def test_recordings_are_counted_by_reference_and_finding() -> None:
    results = [
        (reference("CLBBB", "1AVB"), found("CLBBB")),
        (reference("CLBBB"), found("IVCD", not_assessed=("CLBBB",))),
        (reference(), found("CLBBB")),
        (reference(), found()),
        (reference(unscored=("CLBBB",)), found("CLBBB")),
    ]
    counts = count_statements(results)["PTB-XL"]
    assert counts["CLBBB"] == StatementCounts(hits=1, missed=1, false=1, right_without=1, unassessed=1)
    assert (counts["CLBBB"].sensitivity, counts["CLBBB"].precision, counts["CLBBB"].f1) == (0.5, 0.5, 0.5)
    assert counts["1AVB"] == StatementCounts(missed=1, right_without=4)
    assert counts["AFIB"].sensitivity is None


def test_a_statement_that_several_codes_make_is_hit_by_any_of_them() -> None:
    counts = count_statements([(reference("LAD"), found("LAFB"))])["PTB-XL"]
    assert counts["LAD"].hits == 1
    assert counts["LAFB"].false == 1


def test_the_table_says_where_recordings_are_too_few() -> None:
    results = [(reference("CLBBB"), found("CLBBB"))] * 3 + [(reference("1AVB"), found("1AVB"))] * 12
    lines = statement_text(count_statements(results)).splitlines()
    assert "PTB-XL, 15 recordings" in lines[0]
    assert next(line for line in lines if line.startswith("CLBBB")).endswith("too few")
    assert not next(line for line in lines if line.startswith("1AVB")).endswith("too few")
    assert not any(line.startswith("AFIB") for line in lines)


def test_figures_are_told_with_counts_and_where_they_are_too_few() -> None:
    results = [(reference("CLBBB"), found("CLBBB")), (reference("CLBBB"), found()), (reference(), found("1AVB"))]
    figures = statement_figures(count_statements(results))
    few = "Se 50 % (1 of 2), +P 100 % (1 of 1) on PTB-XL, too few to rely on"
    assert known_performance("CLBBB", figures) == few
    assert known_performance("1AVB", figures) == "Se - (0 of 0), +P 0 % (0 of 1) on PTB-XL, too few to rely on"
    assert known_performance("AFIB", figures) == "not measured"
    many = statement_figures(count_statements(results * 6))
    assert known_performance("CLBBB", many) == "Se 50 % (6 of 12), +P 100 % (6 of 6) on PTB-XL"


def test_the_kept_figures_are_those_of_statements_that_are_scored() -> None:
    kept = json.loads(PERFORMANCE_FILE.read_text(encoding="utf-8"))
    assert set(kept["figures"]) <= set(SCORED)
    assert kept["commands"]
    for by_database in kept["figures"].values():
        for values in by_database.values():
            assert StatementCounts(**values).n_scored > 0


def test_every_scored_statement_is_one_that_is_looked_for() -> None:
    codes = {rule.code for rule in RULES}
    assert set(SCORED) <= codes
    assert {code for one in SCORED.values() for code in one.codes} <= codes


@pytest.mark.data
@pytest.mark.parametrize(
    ("record", "database", "stated"),
    [
        ("ptbxl/00279_hr", "PTB-XL", {"CLBBB", "STACH", "LAD"}),
        ("ludb/data/173", "LUDB", {"AFIB"}),
        ("rhythm12/E07509", "Challenge", {"CRBBB", "SBRAD"}),
    ],
)
def test_real_recordings_have_their_reference(record: str, database: str, stated: set[str]) -> None:
    header = DATA / f"{record}.hea"
    if not header.is_file():
        pytest.skip(f"{record} is not in $ECG_DATA")
    one = statement_reference(header, open_recording(header))
    assert one is not None
    assert one.database == database
    assert stated <= one.stated
