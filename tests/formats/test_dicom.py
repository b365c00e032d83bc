"""DICOM ECG waveforms: what pydicom writes is read back as millivolts, span by span."""

from __future__ import annotations

import tracemalloc
import warnings
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_writing import channel, code, group, write
from hypothesis import given, settings
from hypothesis import strategies as st
from mangling import mangled, opens_or_says_why
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from ecg_core.detection import detect_beats
from ecg_core.errors import RecordingError
from ecg_core.formats import open_recording
from ecg_core.formats.dicom.reader import open_dicom, recognise

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(5)
STORED = RNG.integers(-2000, 2000, (1500, 2)).astype("<i2")


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("undefined_lengths", [False, True])
def test_millivolts_in_every_transfer_syntax(tmp_path: Path, syntax: str, undefined_lengths: bool) -> None:
    stored = STORED.astype(">i2") if syntax == ExplicitVRBigEndian else STORED
    rhythm = group(stored, [channel("I"), channel("V1", sensitivity=0.0025, unit="mV")])
    rhythm.is_undefined_length_sequence_item = undefined_lengths
    dataset = Dataset()
    dataset.WaveformSequence = [rhythm]
    dataset["WaveformSequence"].is_undefined_length = undefined_lengths
    path = write(tmp_path / "ecg.dcm", dataset.WaveformSequence, syntax=syntax)
    assert recognise(path.read_bytes()[:4096], path)
    recording = open_dicom(path)
    assert (recording.fs_hz, recording.n_samples, recording.lead_names) == (500, 1500, ("I", "V1"))
    assert recording.start_time == datetime(2021, 3, 4, 5, 6, 7, 250_000)
    np.testing.assert_allclose(recording.read(), STORED * [0.005, 0.0025], atol=1e-6)
    np.testing.assert_allclose(recording.read(700, 900, ["V1"])[:, 0], STORED[700:900, 1] * 0.0025, atol=1e-6)


@pytest.mark.parametrize(
    "kind, bits, dtype", [("SB", 8, "i1"), ("UB", 8, "u1"), ("US", 16, "<u2"), ("SL", 32, "<i4"), ("UL", 32, "<u4")]
)
def test_every_kind_of_sample(tmp_path: Path, kind: str, bits: int, dtype: str) -> None:
    limits = np.iinfo(dtype)
    stored = np.array([[limits.min], [0], [1], [limits.max], [limits.max // 2], [3]]).astype(dtype)
    recording = open_dicom(write(tmp_path / "ecg.dcm", [group(stored, [channel("II")], kind=kind, bits=bits)]))
    np.testing.assert_allclose(recording.read()[:, 0], stored[:, 0] * 0.005, rtol=1e-6)


def test_correction_baseline_and_padding(tmp_path: Path) -> None:
    stored = np.array([[0], [100], [-32768], [-100]], dtype="<i2")
    described = channel("II", sensitivity=2.0, ChannelSensitivityCorrectionFactor="1.5", ChannelBaseline="250")
    rhythm = group(stored, [described])
    rhythm.add_new(0x5400100A, "OW", np.array([-32768], "<i2").tobytes())
    recording = open_dicom(write(tmp_path / "ecg.dcm", [rhythm]))
    np.testing.assert_allclose(recording.read()[:, 0], [0.25, 0.55, np.nan, -0.05], atol=1e-6)


def test_groups_one_after_the_other_stand_apart_and_a_median_beat_is_left_out(tmp_path: Path) -> None:
    groups = [
        group(STORED[:10], [channel("I"), channel("II")]),
        group(STORED[:10], [channel("V1"), channel("V2")], MultiplexGroupTimeOffset="30"),
        group(STORED[:5], [channel("I"), channel("II")], WaveformOriginality="DERIVED", MultiplexGroupLabel="MEDIAN"),
    ]
    recording = open_dicom(write(tmp_path / "ecg.dcm", groups))
    assert recording.lead_names == ("I", "II", "V1", "V2")
    assert recording.n_samples == 25
    expected = np.full((25, 4), np.nan)
    expected[:10, :2] = expected[15:, 2:] = STORED[:10] * 0.005
    np.testing.assert_allclose(recording.read(), expected, atol=1e-6)
    np.testing.assert_allclose(recording.read(8, 17, ["V2", "I"]), expected[8:17, [3, 0]], atol=1e-6)
    assert any("MEDIAN" in note for note in recording.notes)


def test_gain_that_is_missing_or_negative_is_pointed_out_and_other_quantities_are_left_out(tmp_path: Path) -> None:
    stored = np.arange(40, dtype="<i2").reshape(10, 4)
    channels = [
        channel("I", sensitivity=None),
        channel("II", sensitivity=-5.0),
        channel("Respiration", sensitivity=1.0, unit="Ohm"),
        channel("V1", sensitivity=1.0, unit="furlong"),
    ]
    recording = open_dicom(write(tmp_path / "ecg.dcm", [group(stored, channels)]))
    assert [(lead.name, lead.original_name, lead.calibrated) for lead in recording.leads] == [
        ("I", "Lead I", False),
        ("II", "Lead II", True),
    ]
    assert recording.other_channels == ("Respiration", "Lead V1")
    np.testing.assert_allclose(recording.read()[:2], [[0, -0.005], [4, -0.025]], atol=1e-6)
    assert any("Lead I " in note and "relative" in note for note in recording.notes)
    assert any("Lead II " in note and "negative" in note for note in recording.notes)


def annotation(**values: object) -> Dataset:
    item = Dataset()
    item.ReferencedWaveformChannels = [1, 0]
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def test_patient_annotations_and_measurements(tmp_path: Path) -> None:
    annotations = [
        annotation(UnformattedTextValue="Sinus rhythm"),
        annotation(
            ConceptNameCodeSequence=[code("1", "QT Interval")],
            NumericValue="368",
            MeasurementUnitsCodeSequence=[code("ms", "ms", "UCUM")],
        ),
        annotation(
            ConceptNameCodeSequence=[code("1", "Fiducial Point")],
            TemporalRangeType="POINT",
            ReferencedSamplePositions=[101],
            AnnotationGroupNumber=1,
        ),
        annotation(
            ConceptNameCodeSequence=[code("1", "QRS Onset")], TemporalRangeType="POINT", ReferencedTimeOffsets=["160"]
        ),
        annotation(
            ConceptNameCodeSequence=[code("1", "Fiducial Point")],
            TemporalRangeType="POINT",
            ReferencedSamplePositions=[51],
            AnnotationGroupNumber=2,
        ),
    ]
    median = group(STORED[:99], [channel("I"), channel("II")], WaveformOriginality="DERIVED", TriggerSamplePosition=51)
    path = write(
        tmp_path / "ecg.dcm",
        [group(STORED, [channel("I"), channel("II")]), median],
        PatientName="Muster^Erika",
        PatientID="P-42",
        PatientBirthDate="19500228",
        PatientSex="F",
        PatientAge="071Y",
        Manufacturer="ACME",
        ManufacturerModelName="CART7",
        DeviceSerialNumber="SN-9",
        ReferringPhysicianName="Who^Doctor",
        PatientComments="Mürrisch",
        SpecificCharacterSet="ISO_IR 100",
        WaveformAnnotationSequence=annotations,
    )
    recording = open_dicom(path)
    identity = recording.identity
    assert identity is not None
    assert (identity.name, identity.patient_id, identity.sex) == ("Muster Erika", "P-42", "F")
    assert (identity.birth_date, identity.age_years) == (date(1950, 2, 28), 71)
    assert (identity.device, identity.device_serial) == ("ACME CART7", "SN-9")
    assert {("Referring Physician's Name", "Who^Doctor"), ("Patient Comments", "Mürrisch")} <= set(identity.other)
    assert not [word for word in ("Muster", "P-42", "SN-9", "Who", "Mürrisch") if word in repr(recording)]
    assert recording.statements == ("Sinus rhythm",)
    assert recording.measurements == (("QT Interval", "368 ms"),)
    marks = recording.annotations()
    assert marks is not None
    assert (marks.sample.tolist(), marks.symbol.tolist()) == ([80, 100], ["(", "Q"])


def test_a_file_cut_off_opens_up_to_where_it_is_whole_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "ecg.dcm", [group(STORED, [channel("I"), channel("II")])])
    content = path.read_bytes()
    path.write_bytes(content[:-2001])
    recording = open_dicom(path)
    assert recording.n_samples == 1500 - 501
    np.testing.assert_allclose(recording.read(), STORED[:999] * 0.005, atol=1e-6)
    assert any("shorter than it claims" in note for note in recording.notes)


def test_a_long_recording_is_opened_and_read_without_being_held(tmp_path: Path) -> None:
    stored = np.arange(12_000_000, dtype="<i2").reshape(-1, 3)
    path = write(tmp_path / "holter.dcm", [group(stored, [channel("I"), channel("II"), channel("V1")], fs_hz=125)])
    open_dicom(path)  # imports what it needs
    tracemalloc.start()
    recording = open_dicom(path)
    span = recording.read(3_000_000, 3_001_250)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_allclose(span, stored[3_000_000:3_001_250] * 0.005, atol=1e-5)
    assert peak < 3_000_000


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"SamplingFrequency": "0"}, "no usable sampling rate"),
        ({"NumberOfWaveformChannels": 60_000}, "60000 are announced"),
        ({"WaveformSampleInterpretation": "MB", "WaveformBitsAllocated": 8}, "'MB' of 8 bits"),
        ({"NumberOfWaveformSamples": 0}, "no ECG samples"),
        ({"MultiplexGroupTimeOffset": "1e300", "second": True}, "far apart in time"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, change: dict, reason: str) -> None:
    groups = [group(STORED, [channel("I"), channel("II")])] if change.pop("second", False) else []
    groups.append(group(STORED, [channel("I"), channel("II")], **change))
    with pytest.raises(RecordingError, match=rf"ecg\.dcm.*{reason}"):
        open_dicom(write(tmp_path / "ecg.dcm", groups))


def test_objects_without_waveforms_and_deflated_ones_are_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no ECG: it is a DICOM 12-lead ECG Waveform Storage"):
        open_dicom(write(tmp_path / "empty.dcm", []))
    rhythm = group(STORED, [channel("I"), channel("II")])
    with pytest.raises(RecordingError, match="deflated"):
        open_dicom(write(tmp_path / "deflated.dcm", [rhythm], syntax=DeflatedExplicitVRLittleEndian))


def test_a_claim_of_billions_of_samples_costs_what_the_file_holds(tmp_path: Path) -> None:
    rhythm = group(STORED, [channel("I"), channel("II")], NumberOfWaveformSamples=4_000_000_000)
    recording = open_dicom(write(tmp_path / "ecg.dcm", [rhythm]))
    assert recording.n_samples == 1500


@pytest.mark.data
def test_a_real_file_is_what_pydicom_reads(ecg_data: Path) -> None:
    path = ecg_data / "formats" / "dicom" / "waveform_ecg.dcm"
    recording = open_dicom(path)
    assert (recording.fs_hz, recording.n_samples, len(recording.leads)) == (1000, 10_000, 12)
    expected = pydicom.dcmread(path).waveform_array(0) / 1000
    np.testing.assert_allclose(recording.read(), expected, atol=1e-6)
    assert recording.lead_names[:6] == ("I", "II", "III", "aVR", "aVL", "aVF")
    assert recording.leads[0].original_name == "Lead I (Einthoven)"
    assert ("QT Interval", "368 ms") in recording.measurements
    assert recording.statements == ("RITMO SINUSALE", "ECG NORMALE")


@pytest.mark.data
def test_marks_of_a_real_file_stand_on_its_beats(ecg_data: Path) -> None:
    recording = open_dicom(ecg_data / "formats" / "dicom" / "waveform_ecg.dcm")
    marks = recording.annotations()
    assert marks is not None
    beats = marks.sample[marks.symbol == "Q"]
    lead = recording.read(leads=["II"])[:, 0]
    peaks = [beat - 30 + np.argmax(lead[beat - 30 : beat + 30]) for beat in beats]
    assert len(beats) == 10
    assert np.abs(beats - peaks).max() <= 2
    assert np.median(np.diff(beats)) == pytest.approx(982, abs=3)  # the file's RR interval in ms, at 1000 Hz


@pytest.mark.data
def test_the_same_signal_through_wfdb_and_dicom_has_the_same_millivolts_and_beats(
    ecg_data: Path, tmp_path: Path
) -> None:
    original = open_recording(ecg_data / "mitdb" / "100")
    signal = original.read(0, 60 * 360)
    stored = np.rint(signal / 0.005).astype("<i2")
    path = write(tmp_path / "100.dcm", [group(stored, [channel("II"), channel("V1")], fs_hz=360)])
    again = open_dicom(path).read()
    np.testing.assert_allclose(again, signal, atol=0.0026)
    np.testing.assert_array_equal(detect_beats(again, 360.0), detect_beats(signal, 360.0))


@pytest.mark.data
@given(data=st.data())
@settings(max_examples=60)
def test_a_damaged_real_file_opens_or_says_why(ecg_data: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = (ecg_data / "formats" / "dicom" / "waveform_ecg.dcm").read_bytes()
    path = tmp_path / "damaged.dcm"
    path.write_bytes(data.draw(mangled(content)))
    opens_or_says_why(open_dicom, path)


@given(data=st.data(), syntax=st.sampled_from([ExplicitVRLittleEndian, ImplicitVRLittleEndian]))
@settings(max_examples=120)
def test_a_damaged_small_file_opens_or_says_why(tmp_path: Path, data: st.DataObject, syntax: str) -> None:
    path = tmp_path / f"damaged{int(syntax == ImplicitVRLittleEndian)}.dcm"
    groups = [
        group(STORED[:20], [channel("I"), channel("II")]),
        group(STORED[:10], [channel("V1"), channel("V2")], MultiplexGroupTimeOffset="30"),
    ]
    marks = [annotation(ConceptNameCodeSequence=[code("1", "QRS Onset")], ReferencedSamplePositions=[3])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write(path, groups, syntax=syntax, WaveformAnnotationSequence=marks, PatientName="A^B", PatientAge="071Y")
    path.write_bytes(data.draw(mangled(path.read_bytes())))
    opens_or_says_why(open_dicom, path)
