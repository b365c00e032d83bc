"""Diagnostic statements on constructed measurements: one test a statement, what is just short of it, and invariants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ecgs_for_tests import LEFT_BLOCK, RIGHT_BLOCK, ecg, in_leads, merged, value

from ecg_core.delineation.measured import Measured
from ecg_core.interpretation import RULES, Ecg, Severity, Subject, interpret

WIDE = {"qrs_ms": 146}


def codes(one: Ecg) -> set[str]:
    return set(interpret(one).codes)


def named(kind: str, reason: str = "seen") -> dict[str, Any]:
    return {"kinds": {kind: reason}, "present": {kind: reason}}


POSITIVE: dict[str, Ecg] = {
    "VF": ecg(rhythm=named("VF")),
    "VT": ecg(rhythm=named("VT")),
    "ASYSTOLE": ecg(rhythm=named("ASYSTOLE")),
    "CAPTURE": ecg(rhythm=named("CAPTURE")),
    "PACE": ecg(rhythm={"ventricular_pacing": value(1.0)}),
    "AFIB": ecg(rhythm=named("AFIB") | {"p_share": value(0.0), "rr_spread": value(0.2)}),
    "AFLT": ecg(rhythm=named("AFL")),
    "SVTAC": ecg(rhythm=named("SVTA")),
    "3AVB": ecg(overall={"rate_bpm": 38, "rr_ms": 1579}, rhythm={"pr_spread_ms": value(120), "p_cycle_ms": value(750)}),
    "2AVB": ecg(rhythm=named("AVB2")),
    "1AVB": ecg(overall={"pr_ms": 230}),
    "SBRAD": ecg(overall={"rate_bpm": 52}),
    "STACH": ecg(overall={"rate_bpm": 112}),
    "BRADY": ecg(overall={"rate_bpm": 45}, rhythm={"p_share": value(0.0)}),
    "TACHY": ecg(overall={"rate_bpm": 130}, rhythm={"p_share": value(0.0)}),
    "ARM_REVERSAL": ecg(
        merged(in_leads("I", p_mv=-0.1, r_mv=0.1, s_mv=-0.7), in_leads("aVR", p_mv=0.1, q_mv=0, r_mv=0.8))
    ),
    "WPW": ecg(overall={"pr_ms": 100, "p_ms": 96, "qrs_ms": 124}),
    "CLBBB": ecg(LEFT_BLOCK, WIDE),
    "CRBBB": ecg(RIGHT_BLOCK, WIDE),
    "ILBBB": ecg(LEFT_BLOCK, {"qrs_ms": 115}),
    "IRBBB": ecg(RIGHT_BLOCK, {"qrs_ms": 114}),
    "IVCD": ecg(overall={"qrs_ms": 128}),
    "LAFB": ecg(
        merged({"aVL": {"q_ms": 20, "q_mv": -0.1, "r_ms": 60, "r_mv": 0.9, "s_mv": 0}}),
        {"qrs_axis_deg": -60, "qrs_ms": 104},
    ),
    "LPFB": ecg(
        merged(
            in_leads("I aVL", q_ms=0, q_mv=0, r_mv=0.2, s_mv=-0.7),
            in_leads("III aVF", q_ms=20, q_mv=-0.1, r_mv=1.2, s_mv=0),
        ),
        {"qrs_axis_deg": 110, "qrs_ms": 100},
    ),
    "LAD": ecg(overall={"qrs_axis_deg": -40}),
    "RAD": ecg(overall={"qrs_axis_deg": 100}),
    "LVH": ecg(merged({"V1": {"s_mv": -2.0}}, in_leads("V5 V6", r_mv=2.2, st60_mv=-0.1, t_mv=-0.2))),
    "VCLVH": ecg(merged({"V1": {"s_mv": -1.7}, "V5": {"r_mv": 2.0}})),
    "RVH": ecg({"V1": {"r_mv": 0.9, "s_mv": -0.2}}, {"qrs_axis_deg": 110}),
    "LAE": ecg({"V1": {"p_mv": -0.12}}, {"p_ms": 130}),
    "RAE": ecg({"II": {"p_mv": 0.3}}),
    "LVOLT": ecg(in_leads("I II III aVR aVL aVF", q_mv=0, r_mv=0.2, s_mv=-0.1)),
    "STE_ANTERIOR": ecg(in_leads("V2 V3 V4", j_mv=0.3, st60_mv=0.35)),
    "STE_INFERIOR": ecg(merged(in_leads("II III aVF", j_mv=0.2), in_leads("I aVL", j_mv=-0.1))),
    "STE_LATERAL": ecg(in_leads("V5 V6", j_mv=0.15)),
    "STD_LEFT_MAIN": ecg(merged(in_leads("I II aVL V4 V5 V6", j_mv=-0.15), {"aVR": {"j_mv": 0.15}})),
    "STE_BLOCK": ecg(merged(LEFT_BLOCK, in_leads("V5 V6", j_mv=0.2)), WIDE),
    "STD_POSTERIOR": ecg(in_leads("V1 V2 V3", j_mv=-0.1, st60_mv=-0.1, t_mv=0.3)),
    "AMI": ecg(in_leads("V2 V3", r_mv=0, r_ms=0, q_mv=-1.5, q_ms=80, s_mv=0)),
    "IMI": ecg(in_leads("III aVF", q_ms=40, q_mv=-0.3)),
    "LMI": ecg(in_leads("V5 V6", q_ms=35, q_mv=-0.4)),
    "PMI": ecg(in_leads("V1 V2", r_ms=50, r_mv=1.0, s_mv=-0.5, t_mv=0.3)),
    "LNGQT": ecg(overall={"qtc_framingham_ms": 475}),
    "SHORTQT": ecg(overall={"qtc_framingham_ms": 340}),
    "STD": ecg(in_leads("V5 V6", j_mv=-0.1, st60_mv=-0.12)),
    "INVT": ecg(in_leads("V4 V5 V6", t_mv=-0.2)),
}

SHORT_OF: dict[str, Ecg] = {
    "3AVB": ecg(overall={"rate_bpm": 38, "rr_ms": 1579}, rhythm={"pr_spread_ms": value(5), "p_cycle_ms": value(750)}),
    "1AVB": ecg(overall={"pr_ms": 199}),
    "SBRAD": ecg(overall={"rate_bpm": 61}),
    "STACH": ecg(overall={"rate_bpm": 99}),
    "ARM_REVERSAL": ecg(in_leads("I", r_mv=0.1, s_mv=-0.7)),
    "WPW": ecg(overall={"pr_ms": 100, "p_ms": 60, "qrs_ms": 124}),
    "CLBBB": ecg(LEFT_BLOCK, {"qrs_ms": 119}),
    "CRBBB": ecg(RIGHT_BLOCK, {"qrs_ms": 119}),
    "ILBBB": ecg(merged(LEFT_BLOCK, in_leads("I V5 V6", q_ms=15, q_mv=-0.1)), {"qrs_ms": 115}),
    "IRBBB": ecg(RIGHT_BLOCK, {"qrs_ms": 105}),
    "IVCD": ecg(overall={"qrs_ms": 119}),
    "LAFB": ecg({"aVL": {"q_ms": 20, "q_mv": -0.1, "r_ms": 60, "r_mv": 0.9, "s_mv": 0}}, {"qrs_axis_deg": -40}),
    "LAD": ecg(overall={"qrs_axis_deg": -20}),
    "RAD": ecg(overall={"qrs_axis_deg": 85}),
    "LVH": ecg(merged({"V1": {"s_mv": -1.7}, "V5": {"r_mv": 2.0}})),
    "VCLVH": ecg(merged({"V1": {"s_mv": -1.5}, "V5": {"r_mv": 1.9}})),
    "RVH": ecg({"V1": {"r_mv": 0.9, "s_mv": -0.2}}),
    "LAE": ecg(overall={"p_ms": 130}),
    "RAE": ecg({"II": {"p_mv": 0.24}}),
    "LVOLT": ecg(merged(in_leads("I II III aVR aVL", q_mv=0, r_mv=0.2, s_mv=-0.1))),
    "STE_ANTERIOR": ecg(in_leads("V2 V3", j_mv=0.19)),
    "STE_INFERIOR": ecg({"III": {"j_mv": 0.2}}),
    "STE_LATERAL": ecg(in_leads("V5 V6", j_mv=0.09)),
    "STD_LEFT_MAIN": ecg(merged(in_leads("I II aVL V5 V6", j_mv=-0.15), {"aVR": {"j_mv": 0.15}})),
    "STE_BLOCK": ecg(LEFT_BLOCK, WIDE),
    "STD_POSTERIOR": ecg(in_leads("V1 V2 V3", j_mv=-0.1, st60_mv=-0.04, t_mv=0.3)),
    "AMI": ecg(in_leads("V1 V2", r_mv=0, r_ms=0, q_mv=-1.0, q_ms=20, s_mv=0)),
    "IMI": ecg(in_leads("III aVF", q_ms=25, q_mv=-0.3)),
    "LMI": ecg(in_leads("V5 V6", q_ms=35, q_mv=-0.08)),
    "PMI": ecg(in_leads("V1 V2", r_ms=30, r_mv=1.0, s_mv=-0.5, t_mv=0.3)),
    "LNGQT": ecg(overall={"qtc_framingham_ms": 449}),
    "SHORTQT": ecg(overall={"qtc_framingham_ms": 365}),
    "STD": ecg(in_leads("V5", j_mv=-0.1, st60_mv=-0.12)),
    "INVT": ecg(in_leads("V4 V5 V6", t_mv=-0.08)),
}


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_the_statement_is_made_with_its_reason(code: str) -> None:
    statement = next(one for one in interpret(POSITIVE[code]).statements if one.code == code)
    assert statement.reason
    assert any(criterion.met for criterion in statement.criteria)


@pytest.mark.parametrize("code", SHORT_OF)
def test_what_is_just_short_of_a_limit_makes_no_statement(code: str) -> None:
    result = interpret(SHORT_OF[code])
    assert code not in result.codes
    assert code in result.looked_for


def test_a_normal_ecg_has_no_statement_and_says_what_was_looked_for() -> None:
    result = interpret(ecg())
    assert not result.statements
    assert not result.not_assessed
    assert set(result.looked_for) == {rule.code for rule in RULES}
    words = "Left bundle-branch block", "ST elevation, anterior", "Prolonged QT interval", "Second-degree AV block"
    for one in words:
        assert one in result.summary
    assert result.summary.startswith("No statement.")


def test_an_ecg_of_which_nothing_is_known_has_nothing_but_not_assessed() -> None:
    blank = replace(ecg(), measurements=replace(ecg().measurements, overall={}, leads={}))
    result = interpret(blank)
    assert not result.statements
    assert {"CLBBB", "STE_ANTERIOR", "LNGQT", "LVH", "1AVB"} <= set(result.not_assessed)
    assert not {"CLBBB", "STE_ANTERIOR", "LNGQT", "LVH", "1AVB"} & set(result.looked_for)
    assert all(reason for _, reason in result.not_assessed.values())


@pytest.mark.parametrize(
    ("code", "leads"),
    [
        ("CRBBB", ("V1", "V2")),
        ("CLBBB", ("V1",)),
        ("LAFB", ("aVL",)),
        ("LPFB", ("III",)),
        ("PMI", ("V1",)),
        ("RVH", ("V1",)),
        ("STE_ANTERIOR", ("V2", "V3", "V4")),
        ("STE_INFERIOR", ("III", "aVF")),
        ("IMI", ("III", "aVF")),
        ("AMI", ("V2", "V3")),
        ("INVT", ("V4", "V5", "V6")),
        ("LVOLT", ("aVR",)),
    ],
)
def test_without_its_leads_a_statement_is_not_assessed_and_names_a_missing_lead(
    code: str, leads: tuple[str, ...]
) -> None:
    one = POSITIVE[code].measurements
    kept = {lead: row for lead, row in one.leads.items() if lead not in leads}
    result = interpret(replace(POSITIVE[code], measurements=replace(one, leads=kept)))
    assert code not in result.codes
    assert any(f"no lead {lead}" in result.not_assessed[code][1] for lead in leads)


def test_a_rhythm_strip_of_one_lead_is_judged_by_what_it_shows() -> None:
    others = tuple(lead for lead in ecg().measurements.leads if lead != "II")
    result = interpret(ecg(overall={"rate_bpm": 45, "pr_ms": 240}, without=others))
    assert {"SBRAD", "1AVB"} <= set(result.codes)
    assert {"STE_ANTERIOR", "IMI", "LVH"} <= set(result.not_assessed)


@pytest.mark.parametrize(
    ("subject", "least_mv"),
    [
        (Subject(45, "M"), 0.20),
        (Subject(40, "M"), 0.20),
        (Subject(39, "M"), 0.25),
        (Subject(30, "F"), 0.15),
        (Subject(80, "F"), 0.15),
        (Subject(None, "M"), 0.20),
        (Subject(None, None), 0.15),
    ],
)
def test_st_elevation_in_v2_and_v3_counts_by_age_and_sex(subject: Subject, least_mv: float) -> None:
    for height, found in ((least_mv, True), (least_mv - 0.01, False)):
        assert ("STE_ANTERIOR" in codes(ecg(in_leads("V2 V3", j_mv=height), subject=subject))) == found


@pytest.mark.parametrize(
    ("subject", "limit_ms"), [(Subject(50, "M"), 450), (Subject(50, "F"), 460), (Subject(50, None), 450)]
)
def test_the_qt_interval_is_long_by_sex(subject: Subject, limit_ms: float) -> None:
    for qtc, found in ((limit_ms, True), (limit_ms - 1, False)):
        assert ("LNGQT" in codes(ecg(overall={"qtc_framingham_ms": qtc}, subject=subject))) == found


@pytest.mark.parametrize("rate_bpm", [30, 49, 101, 150, 200])
def test_no_qt_interval_is_called_short_where_no_correction_for_the_rate_holds(rate_bpm: float) -> None:
    short = interpret(ecg(overall={"qtc_framingham_ms": 300, "rate_bpm": rate_bpm}))
    assert "SHORTQT" not in {*short.codes, *short.looked_for}
    assert "rate outside 50 to 100 bpm" in short.not_assessed["SHORTQT"][1]
    assert "SHORTQT" in codes(ecg(overall={"qtc_framingham_ms": 300, "rate_bpm": 100}))
    # A long one is told at any rate: it is dangerous.
    assert "LNGQT" in codes(ecg(overall={"qtc_framingham_ms": 510, "rate_bpm": rate_bpm}))


@pytest.mark.parametrize(("qtc_ms", "limit_ms"), [(499, 450), (500, 500), (530, 500)])
def test_the_limit_beside_a_long_qt_interval_is_that_of_the_statement(qtc_ms: float, limit_ms: int) -> None:
    statement = interpret(ecg(overall={"qtc_framingham_ms": qtc_ms}, subject=Subject(50, "M"))).statements[0]
    assert ("dangerous: 500 ms or more" in statement.text) == (limit_ms == 500)
    assert f"{qtc_ms} ms (limit >= {limit_ms} ms)" in statement.reason


@pytest.mark.parametrize(("subject", "found"), [(Subject(50, "F"), True), (Subject(50, "M"), False)])
def test_the_cornell_voltage_counts_by_sex(subject: Subject, found: bool) -> None:
    one = ecg({"aVL": {"r_mv": 0.9}, "V3": {"s_mv": -1.4}}, subject=subject)
    assert bool({"LVH", "VCLVH"} & codes(one)) == found


def test_the_cornell_product_counts_beside_strain_only() -> None:
    wide = {"aVL": {"r_mv": 0.9}, "V3": {"s_mv": -1.4}}
    strained = in_leads("V5 V6", st60_mv=-0.1, t_mv=-0.2)
    assert not {"LVH", "VCLVH"} & codes(ecg(wide, {"qrs_ms": 116}))
    assert "LVH" in codes(ecg(merged(wide, strained), {"qrs_ms": 116}))
    assert "LVH" not in codes(ecg(merged(wide, strained), {"qrs_ms": 90}))


@pytest.mark.parametrize(("age", "found"), [(20, False), (34, False), (35, True), (None, True)])
def test_the_sokolow_voltage_counts_from_35_years(age: float | None, found: bool) -> None:
    one = ecg({"V1": {"s_mv": -1.7}, "V5": {"r_mv": 2.0}}, subject=Subject(age, "M"))
    assert ("VCLVH" in codes(one)) == found


def test_reciprocal_depression_makes_an_st_elevation_more_urgent() -> None:
    plain = interpret(ecg(in_leads("II III aVF", j_mv=0.2))).statements[0]
    reciprocal = interpret(POSITIVE["STE_INFERIOR"]).statements[0]
    assert (plain.severity, reciprocal.severity) == (Severity.URGENT, Severity.CRITICAL)
    assert "early repolarization" in plain.text
    assert "early repolarization" not in reciprocal.text


def test_the_most_urgent_statement_stands_first() -> None:
    one = ecg(
        merged(in_leads("II III aVF", j_mv=0.2), in_leads("I aVL", j_mv=-0.1), {"V1": {"p_mv": -0.2}}),
        {"rate_bpm": 55, "p_ms": 130, "qtc_framingham_ms": 470},
    )
    result = interpret(one)
    assert result.codes[0] == "STE_INFERIOR"
    assert [statement.severity for statement in result.statements] == sorted(s.severity for s in result.statements)
    assert {"SBRAD", "LNGQT", "LAE"} <= set(result.codes)
    assert interpret(ecg(overall={"qtc_framingham_ms": 520, "rate_bpm": 55})).statements[0].severity == 0


@pytest.mark.parametrize("code", ["STE_ANTERIOR", "STE_INFERIOR", "IMI", "LVH", "STD", "INVT"])
@pytest.mark.parametrize("cause", ["left block", "pacing", "pre-excitation"])
def test_what_follows_from_an_abnormal_activation_is_not_assessed_with_the_reason(code: str, cause: str) -> None:
    one = {
        "left block": ecg(LEFT_BLOCK, WIDE),
        "pacing": ecg(overall=WIDE, rhythm={"ventricular_pacing": value(1.0)}),
        "pre-excitation": POSITIVE["WPW"],
    }[cause]
    text, reason = interpret(one).not_assessed[code]
    assert text
    words = {"left block": "left bundle-branch block", "pacing": "ventricular pacing", "pre-excitation": cause}
    assert words[cause] in reason


def test_left_bundle_branch_block_alone_is_no_infarction() -> None:
    result = interpret(POSITIVE["CLBBB"])
    assert set(result.codes) == {"CLBBB"}
    assert "STE_BLOCK" in result.looked_for


OF_SHAPE_AND_TIME = ("CLBBB", "CRBBB", "ILBBB", "IRBBB", "IVCD", "1AVB", "LNGQT", "SBRAD", "STACH", "WPW", "PMI")


@pytest.mark.parametrize("code", [*OF_SHAPE_AND_TIME, "LAFB", "LPFB", "LAD", "RAD"])
@pytest.mark.parametrize("gain", [0.3, 3.0])
def test_the_gain_changes_nothing_where_criteria_are_no_voltages(code: str, gain: float) -> None:
    one = POSITIVE[code].measurements
    scaled = {
        lead: {name: value(m.value * gain) if "_mv" in name and m.value else m for name, m in row.items()}
        for lead, row in one.leads.items()
    }
    assert code in codes(replace(POSITIVE[code], measurements=replace(one, leads=scaled)))


@pytest.mark.parametrize("code", OF_SHAPE_AND_TIME)
def test_leads_without_calibration_show_shapes_and_times_all_the_same(code: str) -> None:
    every = dict.fromkeys(POSITIVE[code].measurements.leads, "amplitude not calibrated")
    result = interpret(replace(POSITIVE[code], relative=every))
    assert code in result.codes
    assert {"LVH", "STE_ANTERIOR", "LVOLT", "LAD", "STD"} <= set(result.not_assessed)


def test_amplitudes_of_uncalibrated_leads_decide_nothing() -> None:
    one = ecg(in_leads("V2 V3 V4", j_mv=0.3), relative=tuple(ecg().measurements.leads))
    result = interpret(one)
    assert "STE_ANTERIOR" in result.not_assessed
    assert "not calibrated" in result.not_assessed["STE_ANTERIOR"][1]
    assert "1AVB" in codes(ecg(overall={"pr_ms": 240}, relative=tuple(one.measurements.leads)))


def test_a_rhythm_that_was_not_looked_for_is_not_assessed() -> None:
    unknown = Measured(None, reason="P waves not delineated")
    missing = {"AFIB": "needs 10 s", "VF": "no rhythm model ran"}
    result = interpret(ecg(rhythm={"unassessed": missing, "p_share": unknown}))
    assert result.not_assessed["AFIB"] == (
        "Atrial fibrillation",
        "atrial fibrillation by rhythm analysis: needs 10 s",
    )
    assert "VF" in result.not_assessed


def test_the_pr_interval_is_not_judged_in_atrial_fibrillation() -> None:
    result = interpret(ecg(overall={"pr_ms": 240, "rate_bpm": 110}, rhythm=named("AFIB") | {"p_share": value(0.3)}))
    assert "1AVB" in result.not_assessed
    assert {"STACH", "SBRAD", "TACHY"} <= set(result.looked_for)


NO_P: dict[str, Any] = {"p_share": value(0.0), "rr_spread": value(0.01)}


def test_a_regular_narrow_tachycardia_without_p_waves_is_supraventricular() -> None:
    found = codes(ecg(overall={"rate_bpm": 180, "qrs_ms": 88}, rhythm=NO_P))
    assert "SVTAC" in found
    assert not {"TACHY", "STACH"} & found


@pytest.mark.parametrize(
    ("overall", "rhythm"),
    [
        ({"rate_bpm": 180, "qrs_ms": 140}, NO_P),
        ({"rate_bpm": 140, "qrs_ms": 88}, NO_P),
        ({"rate_bpm": 180, "qrs_ms": 88}, NO_P | {"p_share": value(0.9)}),
        ({"rate_bpm": 180, "qrs_ms": 88}, NO_P | {"rr_spread": value(0.2)}),
        ({"rate_bpm": 180, "qrs_ms": 88}, NO_P | {"v_share": value(0.9)}),
        ({"rate_bpm": 180, "qrs_ms": 88}, NO_P | named("AFL")),
    ],
    ids=["wide", "below 150 bpm", "with P waves", "irregular", "ventricular", "flutter"],
)
def test_other_tachycardias_are_not_stated_as_supraventricular(
    overall: dict[str, float], rhythm: dict[str, Any]
) -> None:
    found = codes(ecg(overall=overall, rhythm=rhythm))
    assert "SVTAC" not in found
    assert {"TACHY", "STACH", "AFIB", "AFLT"} & found


@pytest.mark.parametrize(("rate", "response"), [(130, "rapid"), (48, "slow"), (80, "")])
@pytest.mark.parametrize(("kind", "name"), [("AFIB", "Atrial fibrillation"), ("AFL", "Atrial flutter")])
def test_the_ventricular_response_of_an_atrial_rhythm_is_told(rate: float, response: str, kind: str, name: str) -> None:
    one = ecg(overall={"rate_bpm": rate}, rhythm=named(kind) | {"p_share": value(0.0), "rr_spread": value(0.2)})
    (statement,) = (found for found in interpret(one).statements if found.text.startswith(name))
    assert statement.text == (f"{name} with {response} ventricular response" if response else name)
    assert statement.severity == (Severity.URGENT if response == "rapid" else Severity.ABNORMAL)
    assert not {"TACHY", "BRADY"} & codes(one)


def test_a_qt_interval_of_500_ms_is_told_in_atrial_fibrillation_too() -> None:
    fibrillation = named("AFIB") | {"p_share": value(0.0)}
    assert "LNGQT" in codes(ecg(overall={"qtc_framingham_ms": 510}, rhythm=fibrillation))
    assert "LNGQT" not in codes(ecg(overall={"qtc_framingham_ms": 480}, rhythm=fibrillation))


def test_the_qt_interval_of_a_wide_qrs_is_adjusted() -> None:
    assert "LNGQT" not in codes(ecg(LEFT_BLOCK, {"qrs_ms": 160, "qtc_framingham_ms": 480}))
    assert "LNGQT" in codes(ecg(LEFT_BLOCK, {"qrs_ms": 160, "qtc_framingham_ms": 540}))


def test_values_are_compared_as_they_are_shown() -> None:
    assert "SBRAD" not in codes(ecg(overall={"rate_bpm": 59.6}))
    assert "SBRAD" in codes(ecg(overall={"rate_bpm": 59.4}))
    assert "1AVB" not in codes(ecg(overall={"pr_ms": 200.4}))


def test_p_waves_before_most_beats_speak_against_fibrillation() -> None:
    assert "AFIB" not in codes(ecg(rhythm=named("AFIB") | {"p_share": value(0.6), "rr_spread": value(0.2)}))
    unknown = Measured(None, reason="P waves not delineated")
    assert "AFIB" in codes(ecg(rhythm=named("AFIB") | {"p_share": unknown, "rr_spread": value(0.2)}))


def test_a_septal_q_of_less_than_a_quarter_of_r_is_no_infarction() -> None:
    assert "LMI" not in codes(ecg(in_leads("V5 V6", q_ms=35, q_mv=-0.2, r_mv=1.0)))
    assert "LMI" in codes(ecg(in_leads("V5 V6", q_ms=35, q_mv=-0.3, r_mv=1.0)))


def test_the_r_peak_is_where_it_was_found_with_the_boundaries() -> None:
    found = replace(POSITIVE["CLBBB"], peak_ms=dict.fromkeys(("I", "aVL", "V5", "V6"), value(58)))
    assert "CLBBB" not in codes(found)
    assert "CLBBB" in codes(replace(found, peak_ms=dict.fromkeys(("I", "aVL", "V5", "V6"), value(62))))


def test_criteria_tell_limit_and_value_and_an_absent_wave_counts_as_zero() -> None:
    statement = interpret(ecg(overall={"pr_ms": 238})).statements[0]
    assert statement.reason == "PR interval 238 ms (limit > 200 ms); beats with a P wave 100 % (limit >= 50 %)"
    one = ecg(LEFT_BLOCK, WIDE)
    rows = {lead: dict(row) for lead, row in one.measurements.leads.items()}
    for lead in ("I", "V5", "V6"):
        rows[lead]["q_mv"] = rows[lead]["q_ms"] = Measured(None, reason="no Q wave")
    assert "CLBBB" in codes(replace(one, measurements=replace(one.measurements, leads=rows)))


def test_the_interpretation_as_plain_values_has_everything() -> None:
    told = interpret(POSITIVE["STE_INFERIOR"]).as_dict()
    first = told["statements"][0]
    assert first["severity"] == "critical"
    assert {"name", "limit", "measured", "met"} == set(first["criteria"][0])
    assert "PTB-XL" in first["performance"] or first["performance"] == "not measured"
    assert told["looked_for"]
    assert "Decision support" in told["disclaimer"]


def test_every_statement_stands_in_the_documentation_with_its_severity() -> None:
    text = (Path(__file__).parents[2] / "docs" / "statements.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| ") and "| code |" not in line]
    severity_of = {code.strip(): row[3] for row in rows for code in row[1].split(",")}
    for rule in RULES:
        assert rule.severity.name.lower() in severity_of[rule.code]
        for source in rule.source.split(", "):
            assert source.split()[0] in text.split("## Sources")[1]
