"""EDF, EDF+, BDF: values against edfio and against what was written, and the one sentence for what is damaged."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import edfio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.errors import RecordingError
from ecg_core.formats import open_recording

FS_HZ = 250.0
N_SAMPLES = 5000
STEP_MV = 20 / 65535


def signals_mv(n_leads: int = 2) -> np.ndarray:
    time_s = np.arange(N_SAMPLES)[:, None] / FS_HZ
    return np.sin(2 * np.pi * (1.0 + 0.3 * np.arange(n_leads)) * time_s)


def write_edf(path: Path, *, annotations: list[edfio.EdfAnnotation] | None = None, **more: object) -> np.ndarray:
    """Write 20 s of two leads and a respiration at 25 Hz; returns the leads in mV."""
    leads = signals_mv()
    signals = [
        edfio.EdfSignal(leads[:, 0], FS_HZ, label="ECG II", physical_dimension="mV", physical_range=(-10, 10)),
        edfio.EdfSignal(
            leads[:, 1] * 1000, FS_HZ, label="ECG V5", physical_dimension="uV", physical_range=(-10_000, 10_000)
        ),
        edfio.EdfSignal(np.sin(np.arange(500)), 25, label="Resp", physical_dimension="mV", physical_range=(-10, 10)),
    ]
    edfio.Edf(signals, annotations=annotations, **more).write(path)  # type: ignore[arg-type]
    return leads


def field(path: Path, at: int, width: int, text: str) -> None:
    """Overwrite a field of the header."""
    content = bytearray(path.read_bytes())
    content[at : at + width] = text.encode("latin-1").ljust(width)[:width]
    path.write_bytes(bytes(content))


def test_a_span_holds_the_millivolts_that_were_written(tmp_path: Path) -> None:
    leads = write_edf(tmp_path / "x.edf")
    recording = open_recording(tmp_path / "x.edf")
    assert recording.fs_hz == FS_HZ
    assert recording.lead_names == ("II", "V5")
    assert [lead.original_name for lead in recording.leads] == ["ECG II", "ECG V5"]
    assert recording.other_channels == ("Resp",)
    assert recording.format_name.startswith("EDF")
    span = recording.read(1234, 2345)
    assert span.dtype == np.float32
    np.testing.assert_allclose(span, leads[1234:2345], atol=0.51 * STEP_MV)
    np.testing.assert_allclose(recording.read(7, 9, ["V5"]), leads[7:9, 1:], atol=0.51 * STEP_MV)


@given(start=st.integers(0, N_SAMPLES), length=st.integers(0, 700))
@settings(max_examples=30)
def test_a_span_equals_the_same_part_of_the_whole(tmp_path: Path, start: int, length: int) -> None:
    path = tmp_path / "x.edf"
    if not path.exists():
        fast = edfio.EdfSignal(signals_mv()[:, 0], 250, label="II", physical_dimension="mV", physical_range=(-2, 2))
        slow = edfio.EdfSignal(
            np.sin(np.arange(2000)), 100, label="V1", physical_dimension="mV", physical_range=(-2, 2)
        )
        edfio.Edf([fast, slow]).write(path)
    recording = open_recording(path)
    np.testing.assert_array_equal(recording.read(start, start + length), recording.read()[start : start + length])


def test_large_records_are_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_edf(tmp_path / "x.edf", data_record_duration=5)
    recording = open_recording(tmp_path / "x.edf")
    whole = recording.read()
    monkeypatch.setattr("ecg_core.formats.edf.reader._LARGE_RECORD_BYTES", 100)
    monkeypatch.setattr("ecg_core.formats.edf.reader._CHUNK_BYTES", 8 * 700)
    np.testing.assert_array_equal(recording.read(), whole)
    np.testing.assert_array_equal(recording.read(1200, 3801), whole[1200:3801])


def test_slower_leads_are_interpolated_to_the_highest_rate(tmp_path: Path) -> None:
    slow_mv = np.sin(2 * np.pi * np.arange(2000) / 100)
    edfio.Edf(
        [
            edfio.EdfSignal(signals_mv()[:, 0], 250, label="II", physical_dimension="mV", physical_range=(-2, 2)),
            edfio.EdfSignal(slow_mv, 100, label="V1", physical_dimension="mV", physical_range=(-2, 2)),
        ]
    ).write(tmp_path / "x.edf")
    recording = open_recording(tmp_path / "x.edf")
    assert recording.fs_hz == 250
    assert any("different rates" in note for note in recording.notes)
    expected = np.sin(2 * np.pi * np.arange(N_SAMPLES) / 250)
    np.testing.assert_allclose(recording.read(0, N_SAMPLES - 5)[:, 1], expected[:-5], atol=2e-3)


def test_bdf_holds_24_bits(tmp_path: Path) -> None:
    leads = signals_mv()
    signals = [
        edfio.BdfSignal(lead, FS_HZ, label=name, physical_dimension="mV", physical_range=(-10, 10))
        for name, lead in zip(("I", "II"), leads.T, strict=True)
    ]
    edfio.Bdf(signals, annotations=[edfio.EdfAnnotation(2.0, None, "V")]).write(tmp_path / "x.bdf")
    recording = open_recording(tmp_path / "x.bdf")
    assert recording.format_name == "BDF+C"
    np.testing.assert_allclose(recording.read(), leads, atol=1e-6)
    annotations = recording.annotations()
    assert annotations is not None
    assert annotations.sample.tolist() == [500]
    assert annotations.symbol.tolist() == ["V"]


def test_annotations_are_the_file_s_own(tmp_path: Path) -> None:
    texts = [
        edfio.EdfAnnotation(0.5, None, "N"),
        edfio.EdfAnnotation(1.0, None, "(AFIB"),
        edfio.EdfAnnotation(1.3, 4.0, "dizzy, μ"),
        edfio.EdfAnnotation(99.0, None, "after the end"),
    ]
    write_edf(tmp_path / "x.edf", annotations=texts)
    recording = open_recording(tmp_path / "x.edf")
    annotations = recording.annotations()
    assert annotations is not None
    assert recording.annotation_names == ("edf+",)
    assert annotations.sample.tolist() == [125, 250, 325]
    assert annotations.symbol.tolist() == ["N", "+", '"']
    assert annotations.aux == ("", "(AFIB", "dizzy, μ (4 s)")
    assert annotations.rhythms() == [(250, "AFIB")]
    assert annotations.beats()[0].tolist() == [125]


def test_a_fraction_of_a_second_belongs_to_the_start(tmp_path: Path) -> None:
    write_edf(
        tmp_path / "x.edf",
        annotations=[edfio.EdfAnnotation(1.0, None, "V")],
        starttime=time(7, 8, 9, 250_000),
        recording=edfio.Recording(startdate=date(2031, 2, 3)),
    )
    recording = open_recording(tmp_path / "x.edf")
    assert recording.start_time == datetime(2031, 2, 3, 7, 8, 9, 250_000)
    annotations = recording.annotations()
    assert annotations is not None
    assert annotations.sample.tolist() == [250]


def test_who_it_is_stands_in_the_identity_alone(tmp_path: Path) -> None:
    write_edf(
        tmp_path / "x.edf",
        patient=edfio.Patient(code="MCH-7", sex="F", birthdate=date(1931, 5, 4), name="Jane_Roe", additional=["bed_9"]),
        recording=edfio.Recording(
            startdate=date(2002, 1, 31),
            hospital_administration_code="EMG561",
            investigator_technician_code="Dr_Who",
            equipment_code="SN_4711",
        ),
    )
    recording = open_recording(tmp_path / "x.edf")
    identity = recording.identity
    assert identity is not None
    assert (identity.name, identity.patient_id, identity.sex) == ("Jane_Roe".replace("_", " "), "MCH-7", "F")
    assert identity.birth_date == date(1931, 5, 4)
    assert identity.device == "SN 4711"
    assert dict(identity.other) == {"Patient": "bed_9", "Administration code": "EMG561", "Technician": "Dr Who"}
    shown = f"{recording} {recording.comments} {recording.notes}"
    assert not [word for word in ("Jane", "Roe", "MCH-7", "1931", "4711", "Who", "EMG561") if word in shown]


def test_old_files_name_the_patient_in_free_text(tmp_path: Path) -> None:
    write_edf(tmp_path / "x.edf")
    field(tmp_path / "x.edf", 8, 80, "Jane Roe 4.5.31")
    field(tmp_path / "x.edf", 88, 80, "Ward 7")
    field(tmp_path / "x.edf", 168, 8, "02.08.51")
    field(tmp_path / "x.edf", 176, 8, "13.14.15")
    recording = open_recording(tmp_path / "x.edf")
    assert recording.identity is not None
    assert recording.identity.other == (("Patient", "Jane Roe 4.5.31"), ("Recording", "Ward 7"))
    assert recording.start_time == datetime(2051, 8, 2, 13, 14, 15)


def write_interrupted(path: Path, onsets_s: list[str]) -> np.ndarray:
    """Write records of 1 s with 100 samples that begin at the given times; returns the samples in mV."""
    lead = np.arange(100 * len(onsets_s)) / 1000
    fields: list[tuple[int, list[str]]] = [
        (16, ["ECG", "EDF Annotations"]),
        (80, ["", ""]),
        (8, ["mV", ""]),
        (8, ["-32.768", "-1"]),
        (8, ["32.767", "1"]),
        (8, ["-32768", "-32768"]),
        (8, ["32767", "32767"]),
        (80, ["", ""]),
        (8, ["100", "20"]),
        (32, ["", ""]),
    ]
    start = f"{'0':8}{'X X X X':80}{'Startdate X X X X':80}02.03.2401.02.03"
    start += f"{768:<8}{'EDF+D':44}{len(onsets_s):<8}{1:<8}{2:<4}"
    header = start + "".join(text.ljust(width) for width, texts in fields for text in texts)
    assert len(header) == 768
    records = b""
    for number, onset_s in enumerate(onsets_s):
        digital = np.rint(lead[100 * number : 100 * (number + 1)] * 1000).astype("<i2")
        records += digital.tobytes() + f"{onset_s}\x14\x14\0{onset_s}\x14N\x14\0".encode().ljust(40, b"\0")
    path.write_bytes(header.encode() + records)
    return lead


def test_pieces_of_an_interrupted_file_stand_where_they_belong(tmp_path: Path) -> None:
    lead = write_interrupted(tmp_path / "x.edf", ["+2.5", "+3.5", "+10.5", "+11.5", "+12.5"])
    recording = open_recording(tmp_path / "x.edf")
    assert recording.format_name == "EDF+D"
    assert recording.n_samples == 1100
    assert any("interrupted 1 times" in note for note in recording.notes)
    signal = recording.read()[:, 0]
    np.testing.assert_allclose(signal[:200], lead[:200], atol=1e-6)
    assert np.isnan(signal[200:800]).all()
    np.testing.assert_allclose(signal[800:], lead[200:], atol=1e-6)
    np.testing.assert_allclose(recording.read(150, 850)[:, 0], signal[150:850])
    annotations = recording.annotations()
    assert annotations is not None
    assert annotations.sample.tolist() == [0, 100, 800, 900, 1000]
    assert recording.start_time == datetime(2024, 3, 2, 1, 2, 5, 500_000)


@pytest.mark.parametrize("third", ["+1", "+999999999999999", "nonsense", "-5"])
def test_pieces_that_cannot_be_placed_end_the_recording(tmp_path: Path, third: str) -> None:
    lead = write_interrupted(tmp_path / "x.edf", ["+0", "+1", third, "+7"])
    recording = open_recording(tmp_path / "x.edf")
    assert recording.n_samples == 200
    assert any("shown up to there" in note for note in recording.notes)
    np.testing.assert_allclose(recording.read()[:, 0], lead[:200], atol=1e-6)


def test_a_file_cut_short_opens_up_to_where_it_is_whole(tmp_path: Path) -> None:
    leads = write_edf(tmp_path / "x.edf")
    content = (tmp_path / "x.edf").read_bytes()
    (tmp_path / "x.edf").write_bytes(content[: len(content) // 2])
    recording = open_recording(tmp_path / "x.edf")
    assert any("announces 20.0 s but ends after 9.0 s" in note for note in recording.notes)
    assert recording.n_samples == 9 * 250
    np.testing.assert_allclose(recording.read(), leads[: 9 * 250], atol=0.51 * STEP_MV)
    (tmp_path / "x.edf").write_bytes(content[: len(content) // 4])
    with pytest.raises(RecordingError, match="shorter than when it was opened"):
        recording.read()


@pytest.mark.parametrize("n_records", ["-1", "999999999", "1e7"])
def test_the_number_of_records_is_what_the_file_holds(tmp_path: Path, n_records: str) -> None:
    write_edf(tmp_path / "x.edf")
    field(tmp_path / "x.edf", 236, 8, n_records)
    assert open_recording(tmp_path / "x.edf").n_samples == N_SAMPLES


@pytest.mark.parametrize(
    "at, width, text, sentence",
    [
        (244, 8, "0", "duration"),
        (244, 8, "-1", "duration"),
        (244, 8, "1e-300", "sampling rate"),
        (244, 8, "99999999", "sampling rate"),
        (252, 4, "0", "signals"),
        (252, 4, "9999", "signals"),
        (252, 4, "900", "ends within its header"),
        (256 + 3 * 216, 8, "-4", "samples a record"),
        (256 + 3 * 216, 8, "x", "samples a record"),
        (256 + 3 * 216, 8, "99999999", "no whole record"),
    ],
)
def test_a_header_that_lies_gets_one_sentence(tmp_path: Path, at: int, width: int, text: str, sentence: str) -> None:
    write_edf(tmp_path / "x.edf")
    field(tmp_path / "x.edf", at, width, text)
    with pytest.raises(RecordingError, match=sentence):
        open_recording(tmp_path / "x.edf")


def test_a_negative_gain_is_taken_and_pointed_out(tmp_path: Path) -> None:
    leads = write_edf(tmp_path / "x.edf")
    field(tmp_path / "x.edf", 256 + 3 * 104, 8, "10")
    field(tmp_path / "x.edf", 256 + 3 * 112, 8, "-10")
    recording = open_recording(tmp_path / "x.edf")
    assert any("II has a negative gain" in note for note in recording.notes)
    assert recording.leads[0].calibrated
    np.testing.assert_allclose(recording.read()[:, 0], -leads[:, 0], atol=0.51 * STEP_MV)


@pytest.mark.parametrize(
    "at, text, doubt",
    [
        (96, "", "no unit"),
        (96, "adu", "the unit 'adu'"),
        (104, "10", "no usable range"),
        (112, "nan", "no usable range"),
    ],
)
def test_without_gain_or_unit_a_lead_is_uncalibrated(tmp_path: Path, at: int, text: str, doubt: str) -> None:
    write_edf(tmp_path / "x.edf")
    field(tmp_path / "x.edf", 256 + 3 * at, 8, text)
    recording = open_recording(tmp_path / "x.edf")
    assert [lead.calibrated for lead in recording.leads] == [False, True]
    assert any(doubt in note for note in recording.notes)
    assert np.isfinite(recording.read()).all()


def test_channels_by_number_are_taken_for_leads_and_it_is_said(tmp_path: Path) -> None:
    lead = edfio.EdfSignal(signals_mv()[:, 0], 250, label="CH 1", physical_dimension="mV", physical_range=(-2, 2))
    edfio.Edf([lead]).write(tmp_path / "x.edf")
    recording = open_recording(tmp_path / "x.edf")
    assert recording.lead_names == ("CH 1",)
    assert any("does not name its channels" in note for note in recording.notes)


def test_a_recording_is_known_by_its_content(tmp_path: Path) -> None:
    write_edf(tmp_path / "x.edf")
    (tmp_path / "x.edf").rename(tmp_path / "scan.txt")
    assert open_recording(tmp_path / "scan.txt").lead_names == ("II", "V5")


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("seed")
    write_interrupted(folder / "x.edf", ["+2.5", "+3.5", "+10.5"])
    return (folder / "x.edf").read_bytes()


@given(data=st.data())
@settings(max_examples=150)
def test_only_recording_errors_come_out_of_a_damaged_file(tmp_path: Path, seed: bytes, data: st.DataObject) -> None:
    content = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.one_of(st.integers(0, 767), st.integers(0, len(content) - 1)))
        patch = data.draw(
            st.one_of(st.binary(min_size=1, max_size=4), st.sampled_from([b"-1", b"1e9", b"nan", b"99999999", b"0"]))
        )
        content[at : at + len(patch)] = patch
    cut = data.draw(st.integers(0, len(content)))
    path = tmp_path / "x.edf"
    path.write_bytes(content[: cut if data.draw(st.booleans()) else None])
    try:
        recording = open_recording(path)
        assert recording.read(0, 3000).shape[1] == len(recording.leads)
        recording.annotations()
    except RecordingError as error:
        assert "damaged beyond reading" not in str(error)
        assert "\n" not in str(error)


@pytest.mark.data
def test_a_resting_ecg_of_a_device_has_edfio_s_values(ecg_data: Path) -> None:
    path = ecg_data / "formats/edf/contec_0000050.edf"
    recording = open_recording(path)
    assert recording.lead_names == ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
    assert (recording.fs_hz, recording.n_samples) == (800.0, 37855)
    assert recording.start_time == datetime(2020, 11, 16, 21, 44, 39)
    assert recording.notes == ()
    reference = edfio.read_edf(path)
    expected = np.stack([signal.data for signal in reference.signals], axis=1)
    np.testing.assert_allclose(recording.read(), expected, atol=1e-5)


@pytest.mark.data
def test_what_is_no_ecg_is_left_out_or_refused(ecg_data: Path) -> None:
    recording = open_recording(ecg_data / "formats/edf/wfdb_test_generator_2.edf")
    assert recording.lead_names == ("ECG",)
    assert len(recording.other_channels) == 10
    annotations = recording.annotations()
    assert annotations is not None
    assert annotations.aux == ("RECORD START", "REC STOP")
    with pytest.raises(RecordingError, match=r"holds no ECG lead; its channels are EEG Fpz-Cz"):
        open_recording(ecg_data / "formats/edf/edfio_short_psg.edf")


def test_heights_beyond_all_measure_are_absent(tmp_path: Path, seed: bytes) -> None:
    content = bytearray(seed)
    content[467:469] = b",e"
    path = tmp_path / "x.edf"
    path.write_bytes(content)
    try:
        recording = open_recording(path)
        values = recording.read(0, 300)
    except RecordingError as error:
        assert "damaged beyond reading" not in str(error)
    else:
        assert not np.isinf(values).any()
