"""What a recording is called in public, which texts show a person, and how dates and ages are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.errors import RecordingError
from ecg_core.formats.common.vocabulary import is_clinical
from ecg_core.privacy import Traces, deidentified, name_reveals, public_name
from ecg_core.recording import Identity, Recording, from_array

WHO = Identity(
    name="Jörg Müller-Lüdenscheidt",
    patient_id="P-42/7",
    birth_date=date(1931, 5, 4),
    device="ACME CART7",
    device_serial="SN 4711-08",
    other=(("Physician", "Dr. Who"), ("Comment", "fell in Bonn with chest pain, 10 mg, room 80211")),
)


def called(name: str, identity: Identity | None = WHO, **more: object) -> Recording:
    recording = from_array(np.zeros((1000, 1)), 250.0, ["II"], name)
    changed = replace(recording, identity=identity, **more)
    changed.__dict__["sha256"] = recording.sha256
    return changed


@pytest.mark.parametrize(
    "name",
    [
        "Jörg",
        "joerg.edf",
        "clinic/JORG-2",
        "jorgmuller",
        "mueller_3",
        "MUELLERJOERG2",
        "x/Ludenscheidt",
        "p-42-7",
        "P427x/P_42_7",
        "ecg_19310504",
        "a 4.5.1931",
        "b_1931-05-04",
        "04-MAY-1931",
        "310504",
        "04051931",
        "sn4711",
        "Who",
        "bonn",
        "ward-80211",
    ],
)
def test_names_that_show_something_of_the_identity_become_a_code(name: str) -> None:
    recording = called(name)
    assert name_reveals(recording)
    assert public_name(recording) == f"ecg-{recording.sha256[:8]}"
    assert deidentified(recording).name == public_name(recording)


@pytest.mark.parametrize(
    "name", ["mitdb/100", "holter 7", "2004-05-03", "chest pain", "10", "ecg.xml", "whole", "acme"]
)
def test_names_that_show_nothing_stay(name: str) -> None:
    assert public_name(called(name)) == name


def test_uploads_always_have_a_code_and_demos_and_physionet_never() -> None:
    assert public_name(called("x", None, source="upload")).startswith("ecg-")
    for source in ("demo", "physionet"):
        assert public_name(called("Bonn", source=source)) == "Bonn"


def test_the_same_content_has_the_same_code_and_another_another() -> None:
    assert public_name(called("Jörg")) == public_name(called("Who"))
    other = from_array(np.ones((1000, 1)), 250.0, ["II"], "Jörg")
    named = replace(other, identity=WHO)
    named.__dict__["sha256"] = other.sha256
    assert public_name(named) != public_name(called("Jörg"))


LETTERS = st.text(st.characters(categories=["Lu", "Ll"]), min_size=4, max_size=12).filter(
    lambda one: not is_clinical(one)
)


@given(first=LETTERS, last=LETTERS, number=st.from_regex(r"[A-Z]{2}[0-9]{5}", fullmatch=True), data=st.data())
def test_public_names_never_show_the_person(first: str, last: str, number: str, data: st.DataObject) -> None:
    identity = Identity(name=f"{first} {last}", patient_id=number)
    words = data.draw(st.permutations([first, last.upper(), number.lower(), "ecg", "2"]))
    sign = data.draw(st.sampled_from(["", "_", "-", " ", "."]))
    shown = data.draw(st.integers(1, 5))
    recording = called(sign.join(words[:shown]), identity)
    public = public_name(recording).casefold()
    held = [word for word in (first, last, number) if word in words[:shown] or word.upper() in words[:shown]]
    for word in held:
        assert word.casefold() not in public
    assert Traces.of(identity).removed(public) == public


@given(st.text(max_size=60))
def test_removing_is_final_and_texts_without_traces_stay(text: str) -> None:
    traces = Traces.of(WHO)
    removed = traces.removed(text)
    assert not traces.shown_by(removed)
    assert Traces().removed(text) == text


@pytest.mark.parametrize(
    "text, cleaned",
    [
        ("Seen by Dr. Who, JÖRG M.", "Seen by [removed] M."),
        ("P 42 7 has sinus rhythm", "[removed] has sinus rhythm"),
        ("born 4 May 1931 or 1931/05/04", "born [removed] or [removed]"),
        ("QRS 98 ms, 42 beats", "QRS 98 ms, 42 beats"),
        ("recorder SN4711-08", "recorder [removed]"),
    ],
)
def test_texts_lose_what_shows_the_person_and_nothing_else(text: str, cleaned: str) -> None:
    assert Traces.of(WHO).removed(text) == cleaned
    shown = deidentified(called("x", statements=(text,)), free_text=True)
    assert shown.statements == (cleaned,)


def test_what_is_written_holds_words_of_electrocardiography_alone() -> None:
    said = (
        "Sinus rhythm with 1st degree AV block, QTc 440 ms",
        "Prolonged: long QT syndrome",
        "Reported to Smith on 3/4/2021 by phone 0228123456",
        "A 93 year old",
        "Kammerflimmern",
    )
    assert deidentified(called("x", None, statements=said)).statements == (
        "Sinus rhythm with 1st degree AV block, QTc 440 ms",
        "Prolonged: long QT syndrome",
        "[removed] to [removed] on [removed] by [removed]",
        "A over 89 [removed] old",
        "[removed]",
    )


def test_names_of_leads_lose_the_person_and_stay_different() -> None:
    recording = from_array(np.zeros((1000, 4)), 250.0, ["II", "II Müller", "Bonn", "ECG LA-RA"], "x")
    public = deidentified(replace(recording, identity=WHO))
    assert public.lead_names == ("II", "II (2)", "lead 3", "ECG LA-RA")
    assert [lead.original_name for lead in public.leads] == ["II", "II [removed]", "[removed]", "ECG LA-RA"]


@given(begin=st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)), days=st.integers(-36_000, 36_000))
def test_dates_move_by_the_same_number_of_days_and_keep_the_time_of_day(begin: datetime, days: int) -> None:
    later = begin.replace(hour=(begin.hour + 7) % 24)
    moved = [deidentified(called("x", None, start_time=one), shift_days=days).start_time for one in (begin, later)]
    assert all(isinstance(one, datetime) for one in moved)
    assert moved[1] - moved[0] == later - begin  # type: ignore[operator]
    assert moved[0].time() == begin.time()  # type: ignore[union-attr]
    assert (moved[0] - begin).days == days  # type: ignore[operator]


def test_dates_are_dropped_where_it_is_asked_for_and_a_time_of_day_stays() -> None:
    begin = datetime(2024, 2, 29, 23, 59, 1)
    assert deidentified(called("x", start_time=begin), shift_days=None).start_time == time(23, 59, 1)
    assert deidentified(called("x", start_time=time(1, 2))).start_time == time(1, 2)
    assert deidentified(called("x", start_time=begin)).start_time == begin
    assert deidentified(called("x")).start_time is None


def test_what_a_person_said_of_a_table_is_told_without_names_and_stays_part_of_what_the_recording_is() -> None:
    typed = called(
        "x", user_metadata=(("sampling rate", "250 Hz"), ("unit", "mV"), ("leads", "II (column 2), Müller, V1"))
    )
    public = deidentified(typed)
    assert public.user_metadata == (
        ("sampling rate", "250 Hz"),
        ("unit", "mV"),
        ("leads", "II (column 2), [removed], V1"),
    )
    assert public.sha256 == typed.sha256


def test_a_day_that_no_calendar_has_is_refused() -> None:
    with pytest.raises(RecordingError, match="No calendar has the day"):
        deidentified(called("x", start_time=datetime(9999, 12, 30)), shift_days=5)


@given(st.integers(0, 130))
def test_ages_up_to_89_are_told_and_those_above_only_together(years: int) -> None:
    told = "Age: over 89" if years > 89 else f"Age: {years}"
    assert deidentified(called("x", Identity(age_years=years, sex="M"))).comments == (told, "Sex: M")
    for comment in (f"Age: {years}", f"<age>: {years}", f"age= {years} years"):
        kept = deidentified(called("x", None, comments=(comment,))).comments
        assert kept == ((told,) if years > 89 else (comment,))
    mit = deidentified(called("x", None, comments=(f"{years} F 1234 567 x1",))).comments
    assert mit == (("Age: over 89", "Sex: F") if years > 89 else (f"{years} F",))


def test_an_age_is_told_by_the_birth_date_where_nothing_else_tells_it() -> None:
    identity = Identity(birth_date=date(1950, 6, 1))
    assert deidentified(called("x", identity, start_time=datetime(2020, 5, 30))).comments == ("Age: 69",)
    assert deidentified(called("x", identity, start_time=datetime(2049, 7, 1))).comments == ("Age: over 89",)
    assert deidentified(called("x", identity)).comments == ()
