"""HL7 annotated ECGs: the digits in the file become millivolts, its annotations marks, its names identity."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mangling import mangled, opens_or_says_why

from ecg_core.errors import RecordingError
from ecg_core.formats.aecg.reader import open_aecg, recognise
from ecg_core.formats.common.timestamps import timestamp

HEAD = (
    '<?xml version="1.0"?>\n<AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)


TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def sequence(lead: str, digits: str, scale: str = '<scale value="5" unit="uV"/>', origin: str = "") -> str:
    values = f'<value xsi:type="SLIST_PQ">{origin}{scale}<digits>{digits}</digits></value>'
    return f'<component><sequence><code code="MDC_ECG_LEAD_{lead}"/>{values}</sequence></component>'


def sequence_set(*sequences: str, head: str = '<head value="20200229235959.500"/>', step: str = "0.004") -> str:
    time = (
        '<component><sequence><code code="TIME_ABSOLUTE"/><value xsi:type="GLIST_TS">'
        f'{head}<increment value="{step}" unit="s"/></value></sequence></component>'
    )
    return f"<component><sequenceSet>{time}{''.join(sequences)}</sequenceSet></component>"


def document(*sets: str, code: str = "RHYTHM", more: str = "") -> str:
    series = f'<component><series><code code="{code}"/>{"".join(sets)}{more}</series></component>'
    return f"{HEAD}{series}</AnnotatedECG>"


@pytest.fixture
def write(tmp_path: Path):
    def write_file(text: str) -> Path:
        path = tmp_path / "ecg.xml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


def test_millivolts_are_digits_times_scale_plus_origin_each_in_its_own_unit(write) -> None:
    origin = '<origin value="1" unit="mV"/>'
    path = write(
        document(
            sequence_set(
                sequence("II", "0 1\n -2 300"),
                sequence("V1", "0 1 -2 300", scale='<scale value="0.002" unit="mV"/>', origin=origin),
            )
        )
    )
    recording = open_aecg(path)
    assert recording.fs_hz == 250
    assert recording.notes == ()
    assert recording.start_time == datetime(2020, 2, 29, 23, 59, 59, 500_000)
    np.testing.assert_allclose(recording.read(leads=["II"])[:, 0], [0, 0.005, -0.01, 1.5], atol=1e-6)
    np.testing.assert_allclose(recording.read(leads=["V1"])[:, 0], [1, 1.002, 0.996, 1.6], atol=1e-6)


def test_sets_recorded_one_after_the_other_stand_apart_in_time(write) -> None:
    later = '<head value="20200229235959.512"/>'
    path = write(document(sequence_set(sequence("I", "1 2")), sequence_set(sequence("V1", "3 4"), head=later)))
    recording = open_aecg(path)
    expected = np.array([[1, np.nan], [2, np.nan], [np.nan, np.nan], [np.nan, 3], [np.nan, 4]]) * 0.005
    np.testing.assert_allclose(recording.read(), expected, atol=1e-6)


def test_a_representative_beat_is_left_out_unless_there_is_nothing_else(write) -> None:
    beat = (
        '<derivation><derivedSeries><code code="REPRESENTATIVE_BEAT"/>'
        f"{sequence_set(sequence('II', '7 8 9'))}</derivedSeries></derivation>"
    )
    both = open_aecg(write(document(sequence_set(sequence("I", "1 2")), more=beat)))
    assert both.lead_names == ("I",)
    assert both.notes == ("A series derived from the rhythm (representative beat) is left out.",)
    alone = open_aecg(write(document(more=beat, code="OTHER").replace("<series>", "<series >")))
    assert alone.lead_names == ("II",)
    assert alone.notes == ("The file holds no rhythm, only a series derived from it (representative beat).",)


def test_two_rhythm_series_stand_on_one_time_axis(write) -> None:
    later = sequence_set(sequence("V1", "3 4"), head='<head value="20200229235959.508"/>')
    first = document(sequence_set(sequence("I", "1 2")))
    second = document(later).partition("<component>")
    recording = open_aecg(write(first.replace("</AnnotatedECG>", second[1] + second[2])))
    expected = np.array([[1, np.nan], [2, np.nan], [np.nan, 3], [np.nan, 4]]) * 0.005
    np.testing.assert_allclose(recording.read(), expected, atol=1e-6)


def test_a_lead_without_scale_is_uncalibrated_and_one_that_is_no_voltage_is_left_out(write) -> None:
    path = write(
        document(
            sequence_set(
                sequence("I", "1 2"),
                sequence("II", "7 8", scale=""),
                sequence("RESP", "1 1", scale='<scale value="1" unit="Ohm"/>'),
            )
        )
    )
    recording = open_aecg(path)
    assert [lead.calibrated for lead in recording.leads] == [True, False]
    assert recording.read(leads=["II"])[:, 0].tolist() == [7, 8]
    assert recording.other_channels == ("MDC_ECG_LEAD_RESP",)
    assert any("II" in note and "relative" in note for note in recording.notes)


def test_a_file_cut_off_opens_with_the_leads_before_the_cut_and_says_so(write) -> None:
    text = document(sequence_set(sequence("I", "1 2 3"), sequence("II", "4 5 6")))
    recording = open_aecg(write(text[: text.index("4 5 6") + 3]))
    assert recording.lead_names == ("I",)
    assert "ends early" in recording.notes[0]


@pytest.mark.parametrize("step", ["0", "-1", "nan", "1e-330", "1e400", ""])
def test_a_time_step_that_is_none_is_refused(write, step: str) -> None:
    with pytest.raises(RecordingError, match=r"ecg\.xml gives no (time step|usable sampling rate)"):
        open_aecg(write(document(sequence_set(sequence("I", "1 2"), step=step))))


def test_leads_claimed_centuries_apart_cost_no_memory(write) -> None:
    later = '<head value="99991231"/>'
    with pytest.raises(RecordingError, match="apart in time"):
        open_aecg(write(document(sequence_set(sequence("I", "1 2")), sequence_set(sequence("V1", "3"), head=later))))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("20021122091000.000", datetime(2002, 11, 22, 9, 10)),
        ("200211220910+0100", datetime(2002, 11, 22, 9, 10)),
        ("2002", datetime(2002, 1, 1)),
        ("20021322", None),
        ("yesterday", None),
    ],
)
def test_hl7_points_in_time(text: str, expected: datetime | None) -> None:
    assert timestamp(text) == expected


def digits_in(text: str, lead: str) -> np.ndarray:
    """Read the digits of a lead's first sequence by pattern, apart from the reader."""
    found = re.search(rf'code="MDC_ECG_LEAD_{lead}".*?<digits>(.*?)</digits>', text, re.DOTALL)
    assert found
    return np.array(found[1].split(), dtype=float)


@pytest.mark.data
@pytest.mark.parametrize("file", ["HL7_Example_aECG.xml", "fda_subject1_0.xml"])
def test_the_samples_published_with_the_standard(ecg_data: Path, file: str) -> None:
    path = ecg_data / "formats" / "aecg" / file
    assert recognise(path.read_bytes()[:4096], path)
    recording = open_aecg(path)
    text = path.read_text(encoding="utf-8")
    assert (recording.fs_hz, recording.n_samples) == (500, 5000)
    assert recording.start_time == datetime(2002, 11, 22, 9, 10)
    for lead in recording.leads:
        code = lead.original_name.removeprefix("MDC_ECG_LEAD_")
        np.testing.assert_allclose(recording.read(leads=[lead.name])[:, 0], digits_in(text, code) * 0.0025, atol=1e-6)
    assert set(recording.lead_names) == {*TWELVE}
    assert ("PR interval", "148 ms") in recording.measurements
    assert ("QRS axis", "-61 deg") in recording.measurements
    assert recording.statements == ("Sinus Rhythm",)


@pytest.mark.data
def test_beats_and_waves_stand_where_the_annotations_say(ecg_data: Path) -> None:
    recording = open_aecg(ecg_data / "formats" / "aecg" / "fda_subject1_0.xml")
    device = recording.annotations("aecg")
    assert device is not None
    first = [
        (int(at), str(symbol), aux) for at, symbol, aux in zip(device.sample, device.symbol, device.aux, strict=True)
    ]
    # P wave 122 to 224 ms, QRS 270 to 390 ms, T wave ends at 690 ms; 500 samples are a second.
    assert first[:6] == [
        (61, "(", "P wave"),
        (112, ")", "P wave"),
        (135, "(", "QRS"),
        (165, "N", "NORMAL"),
        (195, ")", "QRS"),
        (345, ")", "T wave"),
    ]
    physician = recording.annotations("aecg-2")
    assert physician is not None
    assert (166, '"', "R wave I peak") in zip(
        physician.sample.tolist(), physician.symbol.tolist(), physician.aux, strict=True
    )


@pytest.mark.data
def test_who_it_is_stands_in_the_identity_and_nowhere_else(ecg_data: Path) -> None:
    recording = open_aecg(ecg_data / "formats" / "aecg" / "fda_subject1_0.xml")
    identity = recording.identity
    assert identity is not None
    assert (identity.name, identity.patient_id, identity.sex) == ("Clark", "subject1", "M")
    assert (identity.birth_date, identity.age_years) == (date(1953, 5, 8), 46)
    assert identity.device == "Mortara Instrument, Inc. ELI250"
    texts = dict(identity.other).values()
    assert {"John Smith, M.D.", "Doctor John Brown", "Subject felt dizzy 2 minutes prior to ECG collection"} <= {*texts}
    shown = repr((recording, recording.comments, recording.notes))
    assert not [word for word in ("Clark", "Smith", "Brown", "dizzy") if word in shown]


@pytest.mark.data
@given(data=st.data())
@settings(max_examples=60)
def test_a_damaged_file_opens_or_says_why(ecg_data: Path, tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "damaged.xml"
    content = (ecg_data / "formats" / "aecg" / "fda_subject1_0.xml").read_bytes()
    path.write_bytes(data.draw(mangled(content)))
    opens_or_says_why(open_aecg, path)


@given(data=st.data())
@settings(max_examples=150)
def test_a_damaged_small_file_opens_or_says_why(tmp_path: Path, data: st.DataObject) -> None:
    beat = (
        '<subjectOf><annotationSet><component><annotation><code code="MDC_ECG_BEAT"/><value code="MDC_ECG_BEAT_V_P_C"/>'
        '<support><supportingROI><component><boundary><code code="TIME_RELATIVE"/><value><low value="4" unit="ms"/>'
        '<high value="8" unit="ms"/></value></boundary></component></supportingROI></support></annotation>'
        "</component></annotationSet></subjectOf>"
    )
    text = document(sequence_set(sequence("I", "1 2 3 4"), sequence("II", "1 2 3 4")), more=beat)
    path = tmp_path / "damaged.xml"
    path.write_text(text)
    recording = open_aecg(path)
    marks = recording.annotations()
    assert marks is not None
    assert (marks.sample.tolist(), marks.symbol.tolist()) == ([2], ["V"])
    path.write_bytes(data.draw(mangled(text.encode())))
    opens_or_says_why(open_aecg, path)
