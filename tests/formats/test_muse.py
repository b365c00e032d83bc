"""GE MUSE XML: leads of whole numbers, four leads computed, beats only where their unit is certain."""

from __future__ import annotations

import base64
import warnings
import zlib
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mangling import mangled, opens_or_says_why

from ecg_core.detection import detect_beats
from ecg_core.errors import RecordingError
from ecg_core.formats import open_recording
from ecg_core.formats.muse.reader import open_muse, recognise

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
STORED = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
DOCTYPE = '<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE RestingECG SYSTEM "restecg.dtd">'


def lead(name: str, values: np.ndarray, *, step: str = "4.88", unit: str = "MICROVOLTS", more: str = "") -> str:
    raw = values.astype("<i2").tobytes()
    return (
        f"<LeadData><LeadSampleCountTotal>{len(values)}</LeadSampleCountTotal>"
        f"<LeadAmplitudeUnitsPerBit>{step}</LeadAmplitudeUnitsPerBit><LeadAmplitudeUnits>{unit}</LeadAmplitudeUnits>"
        f"<LeadID>{name}</LeadID><LeadSampleSize>2</LeadSampleSize><LeadDataCRC32>{zlib.crc32(raw)}</LeadDataCRC32>"
        f"{more}<WaveFormData>\n{base64.encodebytes(raw).decode()}</WaveFormData></LeadData>"
    )


def waveform(*leads: str, kind: str = "Rhythm", base: str = "500", exponent: str = "0", more: str = "") -> str:
    return (
        f"<Waveform><WaveformType>{kind}</WaveformType><SampleBase>{base}</SampleBase>"
        f"<SampleExponent>{exponent}</SampleExponent>{more}{''.join(leads)}</Waveform>"
    )


def document(*parts: str) -> str:
    return f"{DOCTYPE}<RestingECG>{''.join(parts)}</RestingECG>"


@pytest.fixture
def write(tmp_path: Path):
    def write_file(text: str) -> Path:
        path = tmp_path / "ecg.xml"
        path.write_bytes(text.encode("latin-1"))
        return path

    return write_file


def eight(n_samples: int = 60) -> np.ndarray:
    return np.random.default_rng(3).integers(-900, 900, (n_samples, 8))


def test_eight_leads_become_twelve_and_those_computed_are_named(write) -> None:
    stored = eight()
    rhythm = waveform(*(lead(name, column) for name, column in zip(STORED, stored.T, strict=True)))
    path = write(document(waveform(lead("I", stored[:9, 0]), kind="Median"), rhythm))
    assert recognise(path.read_bytes()[:4096], path)
    recording = open_muse(path)
    assert (recording.fs_hz, recording.lead_names) == (500, TWELVE)
    for name, column in zip(STORED, stored.T, strict=True):
        np.testing.assert_allclose(recording.read(leads=[name])[:, 0], column * 0.00488, atol=1e-6)
    one, two, three, right, left, foot = recording.read().T[:6]
    np.testing.assert_allclose(one + three, two, atol=1e-5)
    np.testing.assert_allclose(right + left + foot, 0, atol=1e-5)
    np.testing.assert_allclose(left, (one - three) / 2, atol=1e-5)
    assert "III, aVR, aVL, aVF are not in the file; they are computed from I and II." in recording.notes
    assert "The median beat is left out." in recording.notes


def test_leads_that_the_file_holds_are_not_computed(write) -> None:
    stored = eight()
    recording = open_muse(write(document(waveform(*(lead(n, c) for n, c in zip(TWELVE[:3], stored.T, strict=False))))))
    assert recording.lead_names == ("I", "II", "III")
    np.testing.assert_allclose(recording.read()[:, 2], stored[:, 2] * 0.00488, atol=1e-6)


@pytest.mark.parametrize(
    "base, exponent, step, unit, fs_hz, factor",
    [("250", "0", "5", "MICROVOLTS", 250, 0.005), ("5", "2", "0.001", "MILLIVOLTS", 500, 0.001)],
)
def test_rate_and_unit_are_those_of_the_file(
    write, base: str, exponent: str, step: str, unit: str, fs_hz: float, factor: float
) -> None:
    values = np.array([-3, 0, 700])
    text = document(waveform(lead("V1", values, step=step, unit=unit), base=base, exponent=exponent))
    recording = open_muse(write(text))
    assert recording.fs_hz == fs_hz
    np.testing.assert_allclose(recording.read()[:, 0], values * factor, atol=1e-6)


def test_a_missing_unit_is_shown_as_uncalibrated_and_a_negative_gain_pointed_out(write) -> None:
    values = np.array([1, 2, 3])
    recording = open_muse(write(document(waveform(lead("V1", values, unit=""), lead("V2", values, step="-5")))))
    assert [one.calibrated for one in recording.leads] == [False, True]
    assert recording.read()[:, 0].tolist() == [1, 2, 3]
    assert any("V1" in note and "relative" in note for note in recording.notes)
    assert any("V2" in note and "negative" in note for note in recording.notes)


@pytest.mark.parametrize("unit_ms", [1.0, 2.0, 4.0])
def test_beats_are_placed_by_the_unit_that_agrees_with_the_rr_interval(write, unit_ms: float) -> None:
    times_ms = np.array([100, 904, 1696, 2500])
    qrs = "".join(
        f"<QRS><Number>{n}</Number><Type>{n % 2}</Type><Time>{t / unit_ms:g}</Time></QRS>"
        for n, t in enumerate(times_ms)
    )
    more = (
        "<RestingECGMeasurements><ECGSampleBase>500</ECGSampleBase></RestingECGMeasurements>"
        f"<QRSTimesTypes>{qrs}<GlobalRR>800</GlobalRR></QRSTimesTypes>"
    )
    recording = open_muse(write(document(more, waveform(lead("II", np.zeros(700)), base="250"))))
    marks = recording.annotations("muse")
    assert marks is not None
    assert marks.sample.tolist() == [25, 226, 424, 625]
    assert marks.aux == ("QRS type 0", "QRS type 1", "QRS type 0", "QRS type 1")


@pytest.mark.parametrize("rr_ms", ["800", "1e-320", "-800", "1e300", ""])
def test_beats_in_an_unknown_unit_are_left_out_and_that_is_said(write, rr_ms: str) -> None:
    qrs = "".join(f"<QRS><Time>{time}</Time></QRS>" for time in (10, 20, 30))
    text = document(
        f"<QRSTimesTypes>{qrs}<GlobalRR>{rr_ms}</GlobalRR></QRSTimesTypes>", waveform(lead("II", np.zeros(700)))
    )
    recording = open_muse(write(text))
    assert recording.annotation_names == ()
    assert any("unit" in note for note in recording.notes)


def test_patient_measurements_and_statements(write) -> None:
    parts = (
        "<PatientDemographics><PatientID>P-42</PatientID><PatientLastName>Müster</PatientLastName>"
        "<PatientFirstName>Erika</PatientFirstName><PatientAge>18</PatientAge><AgeUnits>MONTHS</AgeUnits>"
        "<DateofBirth>02-28-1950</DateofBirth><Gender>FEMALE</Gender></PatientDemographics>"
        "<TestDemographics><AcquisitionDevice>MAC55</AcquisitionDevice><CartNumber>SN-9</CartNumber>"
        "<AcquisitionDate>03-04-2021</AcquisitionDate><AcquisitionTime>05:06:07</AcquisitionTime>"
        "<OverreaderLastName>Who</OverreaderLastName></TestDemographics>"
        "<RestingECGMeasurements><VentricularRate>71</VentricularRate><PRInterval>160</PRInterval>"
        "<RAxis>-12</RAxis></RestingECGMeasurements>"
        "<Diagnosis><DiagnosisStatement><StmtText>Sinus</StmtText></DiagnosisStatement><DiagnosisStatement>"
        "<StmtFlag>ENDSLINE</StmtFlag><StmtText>rhythm</StmtText></DiagnosisStatement><DiagnosisStatement>"
        "<StmtFlag>ENDSLINE</StmtFlag><StmtText>Normal ECG</StmtText></DiagnosisStatement></Diagnosis>"
    )
    filters = "<HighPassFilter>5</HighPassFilter><LowPassFilter>150</LowPassFilter><ACFilter>NONE</ACFilter>"
    recording = open_muse(write(document(parts, waveform(lead("II", np.zeros(9)), more=filters))))
    identity = recording.identity
    assert identity is not None
    assert (identity.name, identity.patient_id, identity.sex) == ("Erika Müster", "P-42", "F")
    assert (identity.birth_date, identity.age_years) == (date(1950, 2, 28), 1.5)
    assert (identity.device, identity.device_serial) == ("MAC55", "SN-9")
    assert identity.other == (("OverreaderLastName", "Who"),)
    assert not [word for word in ("Müster", "P-42", "SN-9", "Who") if word in repr(recording)]
    assert recording.start_time == datetime(2021, 3, 4, 5, 6, 7)
    assert recording.measurements == (
        ("Heart rate", "71 bpm"),
        ("PR interval", "160 ms"),
        ("QRS axis", "-12 °"),
        ("High-pass filter", "0.05 Hz"),
        ("Low-pass filter", "150 Hz"),
    )
    assert recording.statements == ("Sinus rhythm", "Normal ECG")


def test_what_does_not_fit_is_said(write) -> None:
    text = document(
        waveform(
            lead("V1", np.arange(9), more="<LeadOff>TRUE</LeadOff>").replace("Total>9<", "Total>12<"),
            lead("V2", np.arange(9))
            .replace("CRC32>", "CRC32>0<!--", 1)
            .replace("</LeadDataCRC32", "--></LeadDataCRC32"),
        )
    )
    notes = " ".join(open_muse(write(text)).notes)
    assert "V1 holds 9 samples where 12 are announced" in notes
    assert "V1 was off" in notes
    assert "checksum of lead V2" in notes


def test_a_file_cut_off_opens_with_the_leads_before_the_cut_and_says_so(write) -> None:
    text = document(waveform(lead("V1", np.arange(40)), lead("V2", np.arange(40))))
    recording = open_muse(write(text[: text.rindex("<WaveFormData>") + 40]))
    assert recording.lead_names == ("V1",)
    assert "ends early" in recording.notes[0]


@pytest.mark.parametrize(
    "text, reason",
    [
        (document(), "no rhythm"),
        (document(waveform()), "no ECG samples"),
        (document(waveform(lead("I", np.arange(4)), base="0")), "sampling rate"),
        (document(waveform(lead("I", np.arange(4)), base="5", exponent="300")), "sampling rate"),
        (document(waveform(lead("I", np.arange(4)).replace("Size>2<", "Size>3<"))), "samples of 3 bytes"),
        (document(waveform(lead("I", np.arange(4)).replace("Data>\n", "Data>%"))), "Base64"),
        ("<RestingECG><!-- --></RestingECG>", "no rhythm"),
        ("<Other/>", "is no MUSE export"),
    ],
)
def test_what_cannot_be_read_is_said(write, text: str, reason: str) -> None:
    with pytest.raises(RecordingError, match=rf"ecg\.xml.*{reason}"):
        open_muse(write(text))


@pytest.mark.data
def test_the_same_signal_through_wfdb_and_muse_has_the_same_millivolts_and_beats(ecg_data: Path, write) -> None:
    original = open_recording(ecg_data / "mitdb" / "100")
    signal = original.read(0, 60 * 360)
    stored = np.rint(signal / 0.00488)
    text = document(waveform(lead("II", stored[:, 0]), lead("V5", stored[:, 1]), base="360"))
    again = open_muse(write(text)).read()
    np.testing.assert_allclose(again, signal, atol=0.00245)
    np.testing.assert_array_equal(detect_beats(again, 360.0), detect_beats(signal, 360.0))


def test_an_independent_decoder_agrees(write) -> None:
    parser = pytest.importorskip("ecgdatakit.parsing.parsers.ge_muse_xml", reason="ecgdatakit is not installed")
    stored = eight()
    path = write(document(waveform(*(lead(name, column) for name, column in zip(STORED, stored.T, strict=True)))))
    recording = open_muse(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        others = parser.GEMuseXMLParser().parse(path).leads
    assert len(others) == 8
    for other in others:
        mine = recording.read(leads=[other.label])[:, 0]
        np.testing.assert_allclose(mine, other.samples * other.resolution / 1000, atol=1e-6)


@given(data=st.data())
@settings(max_examples=200)
def test_a_damaged_file_opens_or_says_why(tmp_path: Path, data: st.DataObject) -> None:
    parts = (
        "<PatientDemographics><PatientAge>18</PatientAge><AgeUnits>MONTHS</AgeUnits></PatientDemographics>"
        "<QRSTimesTypes><QRS><Type>0</Type><Time>10</Time></QRS><QRS><Time>60</Time></QRS><GlobalRR>100</GlobalRR>"
        "</QRSTimesTypes><RestingECGMeasurements><ECGSampleBase>500</ECGSampleBase></RestingECGMeasurements>"
    )
    stored = eight(20)
    text = document(parts, waveform(*(lead(name, column) for name, column in zip(STORED, stored.T, strict=True))))
    path = tmp_path / "damaged.xml"
    path.write_bytes(data.draw(mangled(text.encode("latin-1"))))
    opens_or_says_why(open_muse, path)
