"""EDF as devices write it: other spellings of dates, labels and units, no timekeeping, jumps in time."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import edfio
import numpy as np
import pytest
from formats.test_edf import field

from ecg_core.errors import RecordingError
from ecg_core.formats import open_recording

FS_HZ = 250.0


def ecg_mv(n_samples: int = 2500) -> np.ndarray:
    return np.sin(2 * np.pi * 1.2 * np.arange(n_samples) / FS_HZ)


def write(path: Path, labels: tuple[str, ...] = ("ECG II",), unit: str = "mV") -> np.ndarray:
    """Write 10 s of the same signal under each label."""
    signals = [
        edfio.EdfSignal(ecg_mv(), FS_HZ, label=label, physical_dimension=unit, physical_range=(-10, 10))
        for label in labels
    ]
    edfio.Edf(signals, recording=edfio.Recording(startdate=date(2021, 4, 3)), starttime=time(8, 14, 22)).write(path)
    return ecg_mv()


def write_plus(path: Path, kind: str, lists: list[bytes]) -> np.ndarray:
    """Write records of one second of one lead, each with a list of annotations."""
    stored = np.rint(ecg_mv(len(lists) * 250) * 1000).astype("<i2")
    fields = [("ECG II", "EDF Annotations"), ("", ""), ("uV", ""), ("-32768", "-1"), ("32767", "1")]
    fields += [("-32768", "-32768"), ("32767", "32767"), ("", ""), ("250", "60"), ("", "")]
    widths = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
    head = f"{'0':8}{'X X X X':80}{'Startdate 03-APR-2021 X X X':80}03.04.2108.14.22{768:<8}{kind:44}"
    head += f"{len(lists):<8}{'1':8}{2:<4}"
    head += "".join(text.ljust(width) for pair, width in zip(fields, widths, strict=True) for text in pair)
    records = (stored[at * 250 : at * 250 + 250].tobytes() + text.ljust(120, b"\0") for at, text in enumerate(lists))
    path.write_bytes(head.encode() + b"".join(records))
    return stored / 1000


def at(onset: str, *texts: bytes) -> bytes:
    return b"".join((f"+{onset}".encode(), b"\x14\x14\0", *texts))


@pytest.mark.parametrize(
    "text, day",
    [
        *[("03.04.21", date(2021, 4, 3)), ("03/04/21", date(2021, 4, 3)), ("3.4.21", date(2021, 4, 3))],
        *[("04/25/21", date(2021, 4, 25)), ("20210403", date(2021, 4, 3)), ("03-04-86", date(1986, 4, 3))],
        *[("03APR21", date(2021, 4, 3)), ("03 04 21", date(2021, 4, 3)), ("03:04:21", date(2021, 4, 3))],
    ],
)
def test_a_date_in_any_usual_order_is_read_and_an_unusual_one_told(tmp_path: Path, text: str, day: date) -> None:
    signal_mv = write(tmp_path / "x.edf")
    field(tmp_path / "x.edf", 88, 80, "")
    field(tmp_path / "x.edf", 168, 8, text)
    recording = open_recording(tmp_path / "x.edf")
    assert recording.start_time == datetime.combine(day, time(8, 14, 22))
    assert bool(recording.notes) == (text not in {"03.04.21", "3.4.21", "20210403"})
    np.testing.assert_allclose(recording.read()[:, 0], signal_mv, atol=1e-3)


@pytest.mark.parametrize("text", ["XX.XX.XX", "00.00.00", "", "??.??.??", "-------", "31.02.21", "n/a"])
def test_a_date_that_cannot_be_read_costs_a_note(tmp_path: Path, text: str) -> None:
    signal_mv = write(tmp_path / "x.edf")
    field(tmp_path / "x.edf", 88, 80, "hospital free text")
    field(tmp_path / "x.edf", 168, 8, text)
    recording = open_recording(tmp_path / "x.edf")
    assert recording.start_time == time(8, 14, 22)
    assert any("no readable date" in note for note in recording.notes)
    np.testing.assert_allclose(recording.read()[:, 0], signal_mv, atol=1e-3)


@pytest.mark.parametrize(
    "text, clock",
    [
        *[("08:14:22", time(8, 14, 22)), ("081422", time(8, 14, 22)), ("8.14", time(8, 14))],
        *[("9h05m07", time(9, 5, 7)), ("xx.xx.xx", None)],
    ],
)
def test_a_time_of_day_is_read_in_any_spelling(tmp_path: Path, text: str, clock: time | None) -> None:
    write(tmp_path / "x.edf")
    field(tmp_path / "x.edf", 176, 8, text)
    recording = open_recording(tmp_path / "x.edf")
    assert recording.start_time == (datetime.combine(date(2021, 4, 3), clock) if clock else None)
    assert bool(recording.notes) == (clock is None)


@pytest.mark.parametrize("month", ["APR", "avr", "Abr", "april"])
def test_months_of_other_languages_are_read(tmp_path: Path, month: str) -> None:
    write(tmp_path / "x.edf")
    field(tmp_path / "x.edf", 88, 80, f"Startdate 03-{month}-2021 X X X")
    field(tmp_path / "x.edf", 168, 8, "01.01.85")
    assert open_recording(tmp_path / "x.edf").start_time == datetime(2021, 4, 3, 8, 14, 22)


@pytest.mark.parametrize(
    "label, lead",
    [
        *[("EEG EKG1-REF", "EEG EKG1-REF"), ("POL EKG2", "POL EKG2"), ("V5-Ref", "V5"), ("II-REF", "II")],
        *[("EKG-Ref", "EKG-Ref"), ("BIP ECG", "BIP ECG"), ("ECGL", "ECGL"), ("EEG ECG R", "EEG ECG R")],
        *[
            ("Abl. II", "II"),
            ("Ableitung aVF", "aVF"),
            ("Lead V3", "V3"),
            ("EEG V5-Ref", "V5"),
            ("POL II", "II"),
            ("avL-Ref", "aVL"),
            ("ECG II-Ref", "II"),
        ],
    ],
)
def test_a_label_that_plainly_is_an_ecg_is_one(tmp_path: Path, label: str, lead: str) -> None:
    write(tmp_path / "x.edf", ("EEG Fp1-REF", label, "Resp", "EEG C3-Ref"))
    recording = open_recording(tmp_path / "x.edf")
    assert recording.lead_names == (lead,)
    assert recording.leads[0].original_name == label
    assert recording.other_channels == ("EEG Fp1-REF", "Resp", "EEG C3-Ref")


@pytest.mark.parametrize("label", ["ECG HR", "ECG quality", "EDR ECG derived", "ECG impedance"])
def test_what_is_about_an_ecg_is_none(tmp_path: Path, label: str) -> None:
    write(tmp_path / "x.edf", ("ECG", label))
    assert open_recording(tmp_path / "x.edf").other_channels == (label,)


@pytest.mark.parametrize("unit", [b"\xb5V", "µV".encode(), b".V", b"?V", b"\xe6V", b"uV", b"microV"])
def test_microvolts_in_any_code_page(tmp_path: Path, unit: bytes) -> None:
    write(tmp_path / "x.edf", unit="uV")
    content = (tmp_path / "x.edf").read_bytes()
    (tmp_path / "x.edf").write_bytes(content.replace(b"uV".ljust(8), unit.ljust(8), 1))
    recording = open_recording(tmp_path / "x.edf")
    assert recording.leads[0].calibrated
    assert bool(recording.notes) == (unit in {b".V", b"?V"})
    np.testing.assert_allclose(recording.read()[:, 0], ecg_mv() / 1000, atol=1e-6)


def test_events_without_timekeeping_stay_where_they_are(tmp_path: Path) -> None:
    write_plus(tmp_path / "x.edf", "EDF+C", [b"+3.5\x14first\x14\0", *[b""] * 9])
    recording = open_recording(tmp_path / "x.edf")
    marks = recording.annotations()
    assert recording.start_time == datetime(2021, 4, 3, 8, 14, 22)
    assert marks is not None
    assert marks.sample.tolist() == [875]
    assert "does not say when its records begin" in recording.notes[0]


def test_an_event_with_a_duration_is_no_timekeeping(tmp_path: Path) -> None:
    write_plus(tmp_path / "x.edf", "EDF+C", [b"+4\x152\x14pause\x14\0", *[b""] * 9])
    marks = open_recording(tmp_path / "x.edf").annotations()
    assert marks is not None
    assert (marks.sample.tolist(), marks.aux) == ([1000], ("pause (2 s)",))


@pytest.mark.parametrize("kind", ["EDF+C", "EDF+D"])
def test_a_jump_between_records_is_a_gap_whatever_the_file_calls_itself(tmp_path: Path, kind: str) -> None:
    onsets = [*range(5), *range(65, 70)]
    lists = [at(str(onset), b"+67.5\x14behind the gap\x14\0" if onset == 67 else b"") for onset in onsets]
    signal_mv = write_plus(tmp_path / "x.edf", kind, lists)
    recording = open_recording(tmp_path / "x.edf")
    signal = recording.read()[:, 0]
    marks = recording.annotations()
    assert recording.duration_s == 70
    assert np.isnan(signal[1250:16250]).all()
    np.testing.assert_allclose(signal[~np.isnan(signal)], signal_mv, atol=1e-6)
    assert marks is not None
    assert marks.sample.tolist() == [67.5 * 250]
    assert any("gaps are shown" in note for note in recording.notes)
    assert any("60.0 s" in note for note in recording.notes) == (kind == "EDF+C")


def test_records_that_go_back_in_time_are_shown_one_after_the_other_and_it_is_told(tmp_path: Path) -> None:
    write_plus(tmp_path / "x.edf", "EDF+C", [at(str(onset)) for onset in (0, 1, 2, 0, 1, 2)])
    recording = open_recording(tmp_path / "x.edf")
    assert recording.duration_s == 6
    assert "contradict their length" in recording.notes[0]


def test_a_clock_that_is_read_coarsely_makes_no_gaps(tmp_path: Path) -> None:
    write_plus(tmp_path / "x.edf", "EDF+C", [at(f"{onset + 0.03 * (onset % 2):.2f}") for onset in range(10)])
    recording = open_recording(tmp_path / "x.edf")
    assert (recording.duration_s, recording.notes) == (10, ())


@pytest.mark.parametrize("text, told", [("Übergang", "Übergang"), ("fièvre", "fièvre")])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_texts_are_read_in_either_encoding(tmp_path: Path, text: str, told: str, encoding: str) -> None:
    event = b"+2\x14" + text.encode(encoding) + b"\x14\0"
    write_plus(tmp_path / "x.edf", "EDF+C", [at("0", event), *(at(str(onset)) for onset in range(1, 5))])
    marks = open_recording(tmp_path / "x.edf").annotations()
    assert marks is not None
    assert marks.aux == (told,)


def test_records_begin_where_the_header_says(tmp_path: Path) -> None:
    signal_mv = write_plus(tmp_path / "x.edf", "EDF+C", [at(str(onset)) for onset in range(5)])
    content = (tmp_path / "x.edf").read_bytes()
    padded = content[:184] + b"1024".ljust(8) + content[192:768] + b" " * 256 + content[768:]
    (tmp_path / "x.edf").write_bytes(padded)
    recording = open_recording(tmp_path / "x.edf")
    np.testing.assert_allclose(recording.read()[:, 0], signal_mv, atol=1e-6)
    assert "begin at byte 1024" in recording.notes[0]


def test_a_length_of_the_header_that_fits_nothing_is_refused(tmp_path: Path) -> None:
    write_plus(tmp_path / "x.edf", "EDF+C", [at(str(onset)) for onset in range(5)])
    content = (tmp_path / "x.edf").read_bytes()
    (tmp_path / "x.edf").write_bytes(content[:184] + b"1000".ljust(8) + content[192:-100])
    with pytest.raises(RecordingError, match="begin at byte 1000"):
        open_recording(tmp_path / "x.edf")


def test_a_length_of_the_header_that_is_no_number_costs_a_note(tmp_path: Path) -> None:
    signal_mv = write(tmp_path / "x.edf")
    field(tmp_path / "x.edf", 184, 8, "-")
    recording = open_recording(tmp_path / "x.edf")
    np.testing.assert_allclose(recording.read()[:, 0], signal_mv, atol=1e-3)
    assert "length" in recording.notes[0]
