"""Names of leads: the usual one, and what is no lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.formats.common.lead_names import millivolts_per, names_ecg, names_other, usual_name, usual_names


@pytest.mark.parametrize(
    "given_name, usual",
    [
        ("MLII", "MLII"),
        ("mlii", "MLII"),
        ("ECG II", "II"),
        ("EKG II", "II"),
        ("Lead II", "II"),
        ("ECG Lead II", "II"),
        (" ii ", "II"),
        ("DII", "II"),
        ("D3", "III"),
        ("AVR", "aVR"),
        ("avf", "aVF"),
        ("ECG_aVL", "aVL"),
        ("MDC_ECG_LEAD_V1", "V1"),
        ("MDC_ECG_LEAD_AVL", "aVL"),
        ("MDC_ECG_LEAD_III", "III"),
        ("v4r", "V4R"),
        ("C3", "V3"),
        ("Vx", "X"),
        ("y", "Y"),
        ("CM5", "CM5"),
        ("ECG LA-RA", "ECG LA-RA"),
        ("ECG1", "ECG1"),
        ("", ""),
        ("Lead", "Lead"),
        ("<b>II</b>", "<b>II</b>"),
    ],
)
def test_usual_name(given_name: str, usual: str) -> None:
    assert usual_name(given_name) == usual


@given(st.text(max_size=40))
def test_the_usual_name_of_a_usual_name_is_itself(name: str) -> None:
    assert usual_name(usual_name(name)) == usual_name(name)


@given(st.lists(st.sampled_from(["II", "ECG II", "II (2)", "", "V1", "lead 2", "x"]), max_size=12))
def test_each_lead_of_a_recording_has_its_own_name(names: list[str]) -> None:
    usual = usual_names(names)
    assert len(set(usual)) == len(names)
    assert all(usual)


def test_a_second_lead_of_the_same_name_is_numbered() -> None:
    assert usual_names(["II", "Lead II", "ECG II", "V1"]) == ["II", "II (2)", "II (3)", "V1"]


def test_ten_thousand_equal_names_take_no_time() -> None:
    assert usual_names(["II"] * 10_000)[-1] == "II (10000)"


@pytest.mark.parametrize(
    "name", ["II", "ECG", "EKG1", "ECG LA-RA", "aVR", "MLII", "V5", "lead 3", "MDC_ECG_LEAD_V2", "X"]
)
def test_an_ecg_is_known_by_its_name(name: str) -> None:
    assert names_ecg(name)
    assert not names_other(name)


@pytest.mark.parametrize("name", ["Resp", "PLETH", "EEG Fpz-Cz", "EOG horizontal", "ABP", "Temp rectal", "Status"])
def test_what_is_no_ecg_is_known_by_its_name(name: str) -> None:
    assert names_other(name)
    assert not names_ecg(name)


@pytest.mark.parametrize(
    "unit, factor",
    [
        *[("mV", 1), ("MV", 1), ("uV", 1e-3), ("µV", 1e-3), ("μV", 1e-3), ("V", 1e3), ("nV", 1e-6)],
        *[("millivolt", 1), ("microVolts", 1e-3), ("Volt", 1e3)],
        *[("", None), ("mmHg", None), ("adu", None), ("%", None), ("bpm", None)],
    ],
)
def test_units_of_voltage(unit: str, factor: float | None) -> None:
    assert millivolts_per(unit) == factor
