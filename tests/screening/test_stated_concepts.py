"""What a device's words are about: concepts, negation and hedging, counts and shares, codes by their meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.rhythm.statement_codes import SCP, SNOMED, read_scp, read_snomed
from ecg_core.rhythm.statement_texts import read_text
from ecg_core.screening.stated_concepts import BY_CODE, CONCEPTS, concepts_in


def read(text: str) -> list[tuple[str, str]]:
    return [(each.concept.code, each.standing) for each in concepts_in(text)]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Ventricular fibrillation", "VF"),
        ("Ventricular_Flutter_Fib", "VF"),
        ("Kammerflimmern", "VF"),
        ("Run of non-sustained VT", "VT"),
        ("Wide QRS tachycardia", "VT"),
        ("Asystole", "ASYSTOLE"),
        ("Sinus arrest", "PAUSE"),
        ("III degree AV-block.", "AVB3"),
        ("AV block, complete", "AVB3"),
        ("Complete heart block", "AVB3"),
        ("2nd degree AV block, Mobitz II", "AVB2"),
        ("I degree AV-block", "AVB1"),
        ("Prolonged PR interval", "AVB1"),
        ("*** ATRIAL FIBRILLATION ***", "AFIB"),
        ("AF with rapid response", "AFIB"),
        ("Atrial flutter", "AFL"),
        ("Paroxysmal supraventricular tachycardia", "SVT"),
        ("AVNRT", "SVT"),
        ("Premature ventricular complexes", "VES"),
        ("Supraventricular extrasystoles", "SVES"),
        ("Premature atrial complexes", "SVES"),
        ("Complete left bundle branch block", "LBBB"),
        ("Incomplete right bundle branch block", "IRBBB"),
        ("RBBB and left anterior fascicular block", "RBBB"),
        ("Electronic pacemaker", "PACED"),
        ("Wandering atrial pacemaker", ""),
        ("Wolff-Parkinson-White pattern", "WPW"),
        ("Prolonged QT", "LONG_QT"),
        ("STEMI: anterior wall.", "STE"),
        ("Non-ST elevation myocardial infarction", "MI"),
        ("Acute MI", "MI"),
        ("ST depression, consider ischemia", "STD"),
        ("Left ventricular hypertrophy", "LVH"),
        ("Sinus bradycardia", "SBRAD"),
        ("Extreme Tachycardia", "TACHY"),
        ("Normal sinus rhythm, normal ECG", "SINUS NORMAL"),
        ("Otherwise normal ECG", ""),
        ("Abnormal ECG", ""),
        ("Left axis deviation", ""),
    ],
)
def test_words_are_known_by_what_they_are_about(text: str, codes: str) -> None:
    assert [code for code, _ in read(text)] == codes.split()


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("No atrial fibrillation", "negated"),
        ("Atrial fibrillation is no longer present", "negated"),
        ("Possible atrial fibrillation", "hedged"),
        ("Atrial fibrillation cannot be excluded", "hedged"),
        ("No pauses, atrial fibrillation", "stated"),
        ("No atrial fibrillation. Later atrial fibrillation", "stated"),
        ("Atrial fibrillation", "stated"),
    ],
)
def test_negated_and_hedged_words_are_told_apart(text: str, standing: str) -> None:
    assert ("AFIB", standing) in read(text)


@pytest.mark.parametrize(
    "text",
    ["Non-sustained ventricular tachycardia", "Non-ST elevation infarction", "Non-Q wave myocardial infarction"],
)
def test_a_name_that_begins_with_non_is_no_negation(text: str) -> None:
    assert [standing for _, standing in read(text)] == ["stated"]
    assert read_text(text) != read_text(f"no {text}")


@pytest.mark.parametrize(
    ("text", "count", "percent"),
    [
        ("PVC burden 12 %", None, 12.0),
        ("12.5% PVCs", None, 12.5),
        ("PVCs: 1,250", 1250.0, None),
        ("3 pauses", 3.0, None),
        ("AF burden 35 %", None, 35.0),
        ("pause 3.2 s", None, None),
        ("VT 180", None, None),
        ("PVCs 12 per hour, rate 75 bpm", 12.0, None),
        ("Mobitz 2 block", None, None),
    ],
)
def test_counts_and_shares_are_read_where_they_stand_beside(
    text: str, count: float | None, percent: float | None
) -> None:
    (found,) = concepts_in(text)
    assert (found.number, found.percent) == (count, percent)


def test_none_of_them_counts_as_denied() -> None:
    assert read("0 pauses") == [("PAUSE", "negated")]
    assert read("PVC burden 0 %") == [("VES", "negated")]


@pytest.mark.parametrize(
    ("text", "territories"),
    [
        ("Inferior infarct", ("inferior",)),
        ("Anteroseptal infarct, age undetermined", ("anterior",)),
        ("Anterolateral infarct", ("anterior", "lateral")),
        ("Infarct", ()),
    ],
)
def test_an_infarction_has_its_territories(text: str, territories: tuple[str, ...]) -> None:
    (found,) = concepts_in(text)
    assert found.territories == territories


def test_codes_are_read_by_their_meaning_and_modifiers() -> None:
    assert read(read_snomed("164889003")[0]) == [("AFIB", "stated")]
    coded = {text: read_scp(text) for text in ("IMI AC", "ASMI_PO, SR", "AFIB NO", "NORM")}
    found = {text: read(each[0]) for text, each in coded.items() if each is not None}
    assert found == {
        "IMI AC": [("MI", "stated")],
        "ASMI_PO, SR": [("MI", "hedged"), ("SINUS", "stated")],
        "AFIB NO": [("AFIB", "negated")],
        "NORM": [("NORMAL", "stated")],
    }


def test_what_is_dangerous_among_the_codes_is_known() -> None:
    texts = [meaning for meaning, weight in (*SNOMED.values(), *SCP.values()) if weight.kind == "DEVICE_URGENT"]
    assert len(texts) > 20
    assert [text for text in texts if not concepts_in(text) and text != "acute coronary syndrome"] == []


@given(st.text(max_size=120))
def test_any_text_is_read(text: str) -> None:
    found = concepts_in(text)
    assert len({each.concept.code for each in found}) == len(found)
    assert {each.concept.code for each in found} <= set(BY_CODE)
    for each in found:
        assert each.number is None or each.number > 0
        assert each.percent is None or each.percent > 0


@given(
    st.sampled_from(["ventricular tachycardia", "asystole", "atrial fibrillation", "complete heart block"]), st.data()
)
def test_what_is_said_of_one_thing_says_nothing_of_another(danger: str, data: st.DataObject) -> None:
    other = data.draw(st.sampled_from(["no pauses", "possible infarct", "sinus rhythm", "left axis deviation"]))
    order = data.draw(st.permutations([danger, other]))
    named = [each for each in concepts_in(". ".join(order)) if each.standing == "stated"]
    assert concepts_in(danger)[0].concept in [each.concept for each in named]


@given(st.sampled_from([concept.name for concept in CONCEPTS]))
def test_a_concept_is_known_by_its_own_name(name: str) -> None:
    plain = name.split(" or ")[0]
    if plain in ("slow rate", "fast rate", "loss of capture", "electrode reversal", "paced rhythm"):
        return
    assert concepts_in(plain), plain


@given(st.sampled_from([2, 5, 12, 250]), st.sampled_from(["pvcs", "pauses", "premature ventricular complexes"]))
def test_a_number_before_the_words_is_their_count(n: int, words: str) -> None:
    (found,) = concepts_in(f"{n} {words}")
    assert found.number == n
