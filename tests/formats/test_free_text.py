"""Comments of headers: what is said of the heart stays, what may say whose it is becomes identity."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.formats.common.free_text import SYNTHETIC_COMMENT, sort_comments
from ecg_core.formats.common.vocabulary import clinical_only, is_clinical


@pytest.mark.parametrize(
    "lines",
    [
        ("Age: 78", "Sex: Male", "Dx: 67741000119109,426177001", "Rx: Unknown", "Hx: Unknown"),
        ("<age>: 51", "<sex>: F", "<diagnoses>:", "Rhythm: Sinus bradycardia.", "Left ventricular hypertrophy."),
        ("69 M", "Aldomet, Inderal"),
        ("paroxysmal atrial fibrillation",),
        (SYNTHETIC_COMMENT, "Scenario demo_pvc, seed 1: Ventricular ectopy: isolated, couplets, a run of five"),
        ("age: >89",),
    ],
)
def test_age_sex_codes_and_clinical_texts_stay_as_they_are(lines: tuple[str, ...]) -> None:
    kept, identity = sort_comments(lines)
    assert kept == lines
    assert not identity


def test_labelled_lines_go_where_they_belong() -> None:
    kept, identity = sort_comments(
        [
            "# Patient name: Jane Roe",
            "#Patient ID= 4711",
            "# Date of birth: 4.5.1931",
            "# Recorder: H12",
            "# S/N: 99-1",
            "# Referring physician: Dr Who",
            "# Hospital: St. Elsewhere",
            "# Date: n/a",
            "# age: Jane",
        ]
    )
    assert kept == ()
    assert (identity.name, identity.patient_id, identity.birth_date) == ("Jane Roe", "4711", date(1931, 5, 4))
    assert (identity.device, identity.device_serial) == ("H12", "99-1")
    assert identity.other == (
        ("Birth date", "4.5.1931"),
        ("Referring physician", "Dr Who"),
        ("Hospital", "St. Elsewhere"),
        ("age", "Jane"),
    )


def test_free_text_is_identity_paragraph_by_paragraph() -> None:
    kept, identity = sort_comments(["69 M 1085 1629 x1", "The PVCs of", "Jane are multiform.", "Sex: M", "Digoxin"])
    assert kept == ("69 M", "Sex: M", "Digoxin")
    assert identity.other == (("Tape", "1085 1629 x1"), ("Comment", "The PVCs of Jane are multiform."))


def test_only_the_programs_own_mark_lets_its_lines_stay() -> None:
    kept, identity = sort_comments(["Synthetic Jane", "Scenario roe, seed 1: of Jane Roe"])
    assert kept == ()
    assert identity.other


@given(st.lists(st.text(max_size=80), max_size=8))
def test_what_stays_once_stays_again_and_nothing_is_lost(lines: list[str]) -> None:
    kept, _ = sort_comments(lines)
    again, rest = sort_comments(kept)
    assert again == kept
    assert not rest
    for line in kept:
        assert line in {given.strip().lstrip("#%").strip() for given in lines} or line[:-2].strip("0123456789-?") == ""


@given(st.text(max_size=80))
def test_cleaned_texts_are_clinical(text: str) -> None:
    cleaned = clinical_only(text)
    assert is_clinical(cleaned)
    assert clinical_only(cleaned) == cleaned


@pytest.mark.parametrize(
    "text, clinical",
    [
        ("Wolff-Parkinson-White pattern", True),
        ("Parkinson", False),
        ("Mobitz type II", True),
        ("Mobitz", False),
        ("Long QT", True),
        ("Long", False),
        ("V1-V3, 0.05-150 Hz", True),
        ("3/4/2021", False),
        ("12 May 1999", False),
        ("1234567", False),
        ("noise2", True),
    ],
)
def test_words_that_are_also_names_stand_in_phrases_only(text: str, clinical: bool) -> None:
    assert is_clinical(text) is clinical
