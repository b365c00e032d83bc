"""WFDB records: what is read, and the one sentence for what cannot be."""

from __future__ import annotations

import re
import shutil
from datetime import datetime, time
from pathlib import Path

import numpy as np
import pytest
import wfdb
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.errors import RecordingError
from ecg_core.formats import open_recording

pytestmark = pytest.mark.slow

FS_HZ = 250.0
N_SAMPLES = 5000


def write_record(folder: Path, name: str = "rec", fmt: str = "16", n_leads: int = 2, gain: float = 200.0) -> np.ndarray:
    """Write a record and return its millivolts."""
    time_s = np.arange(N_SAMPLES)[:, None] / FS_HZ
    signal_mv = np.sin(2 * np.pi * (1.0 + 0.3 * np.arange(n_leads)) * time_s)
    wfdb.wrsamp(
        name,
        fs=FS_HZ,
        units=["mV"] * n_leads,
        sig_name=["II", "V5", "V1"][:n_leads],
        p_signal=signal_mv,
        fmt=[fmt] * n_leads,
        adc_gain=[gain] * n_leads,
        baseline=[0] * n_leads,
        comments=["63 F"],
        write_dir=str(folder),
    )
    return signal_mv


def edit_header(folder: Path, pattern: str, replacement: str, name: str = "rec") -> Path:
    path = folder / f"{name}.hea"
    text = path.read_text()
    edited = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    assert edited != text
    path.write_text(edited)
    return path


@pytest.mark.parametrize("fmt", ["16", "24", "32", "80", "212"])
def test_a_span_holds_the_millivolts_that_were_written(tmp_path: Path, fmt: str) -> None:
    gain = 100.0 if fmt == "80" else 200.0
    signal_mv = write_record(tmp_path, fmt=fmt, gain=gain)
    span = open_recording(tmp_path / "rec").read(1234, 2345)
    assert span.dtype == np.float32
    assert span.shape == (1111, 2)
    np.testing.assert_allclose(span, signal_mv[1234:2345], atol=0.51 / gain)


@given(start=st.integers(-10, N_SAMPLES + 10), length=st.integers(0, 700))
@settings(max_examples=30)
def test_a_span_equals_the_same_part_of_the_whole(tmp_path: Path, start: int, length: int) -> None:
    if not (tmp_path / "rec.hea").exists():
        write_record(tmp_path, fmt="212")
    recording = open_recording(tmp_path / "rec")
    whole = recording.read()
    first = min(max(start, 0), N_SAMPLES)
    np.testing.assert_array_equal(recording.read(start, start + length), whole[first : max(first, start + length)])


@given(data=st.data(), fmt=st.sampled_from(["16", "212"]), n_leads=st.integers(1, 3))
@settings(max_examples=60)
def test_formats_read_directly_give_what_wfdb_gives(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, fmt: str, n_leads: int
) -> None:
    folder = tmp_path_factory.mktemp("direct")
    limit = {"16": 1 << 15, "212": 1 << 11}[fmt]
    n_frames = data.draw(st.integers(1, 40), "frames")
    values = st.lists(st.integers(-limit, limit - 1), min_size=n_frames * n_leads, max_size=n_frames * n_leads)
    digital = np.array(data.draw(values, "values")).reshape(n_frames, n_leads)
    wfdb.wrsamp(
        "rec",
        fs=FS_HZ,
        units=["mV", "uV", "mV"][:n_leads],
        sig_name=["II", "V5", "V1"][:n_leads],
        d_signal=digital,
        fmt=[fmt] * n_leads,
        adc_gain=[200.0, 0.37, 1e3][:n_leads],
        baseline=[0, -117, 1024][:n_leads],
        write_dir=str(folder),
    )
    first = data.draw(st.integers(0, n_frames - 1), "first")
    last = data.draw(st.integers(first + 1, n_frames), "last")
    leads = data.draw(st.permutations(range(n_leads)), "leads")[: data.draw(st.integers(1, n_leads))]
    recording = open_recording(folder / "rec")
    direct = recording.read(first, last, leads)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ecg_core.formats.wfdb.reader.read_plain", lambda *_: None)
        np.testing.assert_array_equal(direct, recording.read(first, last, leads))
    assert np.array_equal(np.isnan(direct), digital[first:last, leads] == -limit)


@pytest.mark.parametrize("fmt", ["16", "212"])
def test_the_frequent_formats_do_without_wfdb_s_reader(
    tmp_path: Path, fmt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    signal_mv = write_record(tmp_path, fmt=fmt)
    recording = open_recording(tmp_path / "rec")
    monkeypatch.delattr(wfdb, "rdrecord")
    np.testing.assert_allclose(recording.read(1001, 1100), signal_mv[1001:1100], atol=0.51 / 200)


@pytest.mark.parametrize("fmt", ["16", "212"])
def test_a_file_cut_short_after_it_was_opened_gets_one_sentence(tmp_path: Path, fmt: str) -> None:
    write_record(tmp_path, fmt=fmt)
    recording = open_recording(tmp_path / "rec")
    content = (tmp_path / "rec.dat").read_bytes()
    (tmp_path / "rec.dat").write_bytes(content[: len(content) // 2])
    with pytest.raises(RecordingError, match=r"the signal file is damaged between 16\.0 s and 18\.0 s"):
        recording.read(4000, 4500)
    (tmp_path / "rec.dat").unlink()
    with pytest.raises(RecordingError, match="can no longer be read"):
        recording.read(0, 500)


def test_units_lead_names_comments_rate_and_length_are_carried(tmp_path: Path) -> None:
    write_record(tmp_path)
    recording = open_recording(tmp_path / "rec.hea")
    assert recording.lead_names == ("II", "V5")
    assert recording.fs_hz == FS_HZ
    assert recording.duration_s == N_SAMPLES / FS_HZ
    assert recording.comments == ("63 F",)
    assert all(lead.calibrated for lead in recording.leads)
    assert not recording.synthetic


@pytest.mark.parametrize(("unit", "factor"), [("uV", 1e-3), ("V", 1e3), ("nV", 1e-6)])
def test_any_voltage_unit_becomes_millivolts(tmp_path: Path, unit: str, factor: float) -> None:
    signal_mv = write_record(tmp_path)
    edit_header(tmp_path, "/mV", f"/{unit}")
    np.testing.assert_allclose(
        open_recording(tmp_path / "rec").read(0, 100), signal_mv[:100] * factor, atol=0.003 * factor
    )


def test_leads_are_read_by_name_and_in_the_order_asked_for(tmp_path: Path) -> None:
    write_record(tmp_path, n_leads=3)
    recording = open_recording(tmp_path / "rec")
    np.testing.assert_array_equal(recording.read(0, 50, ["V1", "II"]), recording.read(0, 50)[:, [2, 0]])
    with pytest.raises(RecordingError, match="has no lead 'aVL'; it has II, V5, V1"):
        recording.read(0, 50, ["aVL"])


def test_samples_marked_invalid_are_absent(tmp_path: Path) -> None:
    write_record(tmp_path)
    raw = np.fromfile(tmp_path / "rec.dat", dtype="<i2")
    raw[2 * 100] = -(2**15)
    raw.tofile(tmp_path / "rec.dat")
    span = open_recording(tmp_path / "rec").read(99, 102)
    assert np.isnan(span[1, 0])
    assert np.isfinite(np.delete(span.ravel(), 2)).all()


def test_the_hash_covers_signal_and_header(tmp_path: Path) -> None:
    write_record(tmp_path)
    before = open_recording(tmp_path / "rec").sha256
    assert open_recording(tmp_path / "rec").sha256 == before
    edit_header(tmp_path, "63 F", "64 F")
    changed = open_recording(tmp_path / "rec").sha256
    with (tmp_path / "rec.dat").open("r+b") as stream:
        stream.write(b"\x01\x02")
    assert len({before, changed, open_recording(tmp_path / "rec").sha256}) == 3


def test_two_leads_of_one_name_can_be_told_apart(tmp_path: Path) -> None:
    write_record(tmp_path)
    edit_header(tmp_path, "V5$", "II")
    recording = open_recording(tmp_path / "rec")
    assert recording.lead_names == ("II", "II (2)")
    whole = recording.read(0, 100)
    np.testing.assert_array_equal(recording.read(0, 100, ["II (2)"])[:, 0], whole[:, 1])


def test_a_truncated_signal_file_opens_up_to_where_it_is_whole(tmp_path: Path) -> None:
    signal_mv = write_record(tmp_path, fmt="212")
    data = (tmp_path / "rec.dat").read_bytes()
    (tmp_path / "rec.dat").write_bytes(data[: len(data) // 2 + 1])
    recording = open_recording(tmp_path / "rec")
    assert recording.n_samples == N_SAMPLES // 2
    assert "ends after 10.0 s" in recording.notes[0]
    np.testing.assert_allclose(recording.read(2400), signal_mv[2400:2500], atol=0.003)


def test_a_length_missing_from_the_header_comes_from_the_file(tmp_path: Path) -> None:
    write_record(tmp_path)
    edit_header(tmp_path, rf"^rec 2 250 {N_SAMPLES}", "rec 2 250")
    assert open_recording(tmp_path / "rec").n_samples == N_SAMPLES


def test_zero_gain_makes_a_lead_uncalibrated_and_says_so(tmp_path: Path) -> None:
    write_record(tmp_path)
    edit_header(tmp_path, r"200(\.0)?\(0\)/mV 16 0 (\S+ \S+) 0 V5", r"0(0)/mV 16 0 \2 0 V5")
    recording = open_recording(tmp_path / "rec")
    assert [lead.calibrated for lead in recording.leads] == [True, False]
    assert recording.notes == ("Lead V5 is uncalibrated (rec.hea gives it a gain of 0): its millivolts are relative.",)
    assert np.isfinite(recording.read()).all()


def test_an_unknown_unit_makes_a_lead_uncalibrated_and_says_so(tmp_path: Path) -> None:
    write_record(tmp_path)
    edit_header(tmp_path, r"/mV( 16 0 \S+ \S+ 0 II)", r"/furlong\1")
    recording = open_recording(tmp_path / "rec")
    assert [lead.calibrated for lead in recording.leads] == [False, True]
    assert "the unit 'furlong'" in recording.notes[0]


def test_channels_that_are_no_ecg_are_left_out_and_listed(tmp_path: Path) -> None:
    write_record(tmp_path, n_leads=3)
    edit_header(tmp_path, "V5$", "PLETH")
    recording = open_recording(tmp_path / "rec")
    assert recording.lead_names == ("II", "V1")
    assert recording.other_channels == ("PLETH",)


@pytest.mark.parametrize(
    ("pattern", "replacement", "sentence"),
    [
        (r"^rec\.dat", "../rec.dat", "points to a signal file outside its own folder"),
        (r"^rec\.dat", "/etc/passwd", "points to a signal file outside its own folder"),
        (r"^rec\.dat", r"C:\\\\rec.dat", "points to a signal file outside its own folder"),
        (r"^rec\.dat", "gone.dat", "needs the signal file gone.dat, which is missing beside it"),
        (r"^rec 2 250", "rec 2 0", "gives no usable sampling rate"),
        (r"^rec 2 ", "rec 3 ", "announces 3 signals but describes 2|not a readable WFDB header"),
        (r"^rec 2 ", "rec 0 ", "describes no signals|announces"),
        (r" (II|V5)$", " PLETH", "holds no ECG lead; its channels are PLETH"),
        (r"rec\.dat 16 ", "rec.dat 77 ", "in format '77'|not a readable"),
        (r"^rec 2 250 \d+", "garbage", "rec.hea"),
    ],
)
def test_a_bad_header_gets_one_clear_sentence(tmp_path: Path, pattern: str, replacement: str, sentence: str) -> None:
    write_record(tmp_path)
    edit_header(tmp_path, pattern, replacement)
    with pytest.raises(RecordingError, match=sentence) as caught:
        open_recording(tmp_path / "rec")
    assert "rec.hea" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"^nothing: there is no WFDB header nothing\.hea"):
        open_recording(tmp_path / "nothing")


@given(garbage=st.binary(max_size=300))
@settings(max_examples=60)
def test_a_header_of_any_bytes_opens_or_gets_one_sentence(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / "any.hea").write_bytes(garbage)
    try:
        open_recording(tmp_path / "any")
    except RecordingError as error:
        assert "any.hea" in str(error)
        assert "\n" not in str(error)


@given(data=st.data())
@settings(max_examples=60)
def test_a_damaged_header_opens_and_reads_or_gets_one_sentence(tmp_path: Path, data: st.DataObject) -> None:
    if not (tmp_path / "rec.dat").exists():
        write_record(tmp_path)
        shutil.copy(tmp_path / "rec.hea", tmp_path / "whole.txt")
    text = bytearray((tmp_path / "whole.txt").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "rec.hea").write_bytes(bytes(text))
    try:
        recording = open_recording(tmp_path / "rec")
        assert recording.n_samples <= 2 * N_SAMPLES * 2
        recording.read(0, 200)
    except RecordingError as error:
        assert "\n" not in str(error)


def test_annotations_come_with_beats_and_rhythms(tmp_path: Path) -> None:
    write_record(tmp_path)
    wfdb.wrann(
        "rec",
        "atr",
        np.array([5, 200, 450, 700]),
        symbol=["+", "N", "V", "~"],
        aux_note=["(AFIB", "", "", ""],
        write_dir=str(tmp_path),
    )
    recording = open_recording(tmp_path / "rec")
    assert recording.annotation_names == ("atr",)
    annotations = recording.annotations()
    assert annotations is not None
    samples, symbols = annotations.beats()
    np.testing.assert_array_equal(samples, [200, 450])
    np.testing.assert_array_equal(symbols, ["N", "V"])
    assert annotations.rhythms() == [(5, "AFIB")]


def test_a_damaged_annotation_file_gets_one_sentence(tmp_path: Path) -> None:
    write_record(tmp_path)
    (tmp_path / "rec.atr").write_bytes(b"\xff\xfe\x01")
    with pytest.raises(RecordingError, match=r"rec\.atr is not a readable WFDB annotation file"):
        open_recording(tmp_path / "rec").annotations()


def test_without_annotations_there_are_none(tmp_path: Path) -> None:
    write_record(tmp_path)
    assert open_recording(tmp_path / "rec").annotations() is None


@pytest.mark.data
def test_every_binary_format_reads_as_wfdb_itself_does(ecg_data: Path) -> None:
    for name in ("binformats", "flacformats"):
        path = ecg_data / "formats" / "wfdb" / name
        recording = open_recording(path)
        whole = wfdb.rdrecord(str(path)).p_signal
        np.testing.assert_allclose(recording.read(), whole, rtol=1e-5)
        np.testing.assert_allclose(recording.read(100, 333), whole[100:333], rtol=1e-5)


@pytest.mark.data
def test_skewed_leads_are_aligned(ecg_data: Path) -> None:
    folder = ecg_data / "formats" / "wfdb"
    skewed, plain = open_recording(folder / "100skew").read(0, 1000), open_recording(ecg_data / "mitdb/100")
    np.testing.assert_array_equal(skewed[:900, 0], plain.read(0, 900)[:, 0])
    np.testing.assert_array_equal(skewed[:900, 1], plain.read(3, 903)[:, 1])


@pytest.mark.data
def test_leads_of_several_samples_a_frame_keep_their_full_rate(ecg_data: Path) -> None:
    recording = open_recording(ecg_data / "formats/wfdb/mixedsignals")
    assert recording.lead_names == ("II", "III", "V")
    assert recording.fs_hz == pytest.approx(4 * 62.4725)
    expanded = wfdb.rdrecord(str(ecg_data / "formats/wfdb/mixedsignals"), smooth_frames=False).e_p_signal
    np.testing.assert_allclose(recording.read(1001, 2002)[:, 2], expanded[2][1001:2002], rtol=1e-6)


@pytest.mark.data
def test_segments_of_a_fixed_layout_join_into_one_signal(ecg_data: Path) -> None:
    folder = ecg_data / "formats/wfdb/multi-segment/fixed1"
    whole, segment = open_recording(folder / "v102s"), open_recording(folder / "v102s_1")
    assert whole.n_samples == 3 * segment.n_samples
    across = whole.read(segment.n_samples - 50, segment.n_samples + 50)
    np.testing.assert_array_equal(across[:50], segment.read(segment.n_samples - 50))
    np.testing.assert_array_equal(across[50:], segment.read(0, 50))


@pytest.mark.data
def test_a_missing_segment_of_a_variable_layout_is_a_gap_and_said(ecg_data: Path) -> None:
    recording = open_recording(ecg_data / "formats/wfdb/multi-segment/p000878/p000878-2137-10-26-16-57")
    assert recording.lead_names == ("II", "V")
    assert "segments of p000878-2137-10-26-16-57 are missing" in recording.notes[0]
    second = open_recording(ecg_data / "formats/wfdb/multi-segment/p000878/3269321_0002")
    begin = 3750 + 2000
    span = recording.read(begin - 100, begin + second.n_samples + 100)
    np.testing.assert_array_equal(span[100:-100, 0], second.read()[:, 0])
    assert np.isnan(span[:100]).all()
    assert np.isnan(span[-100:]).all()
    assert np.isnan(span[:, 1]).all()


@pytest.mark.data
def test_a_layout_header_alone_is_no_recording(ecg_data: Path) -> None:
    with pytest.raises(RecordingError, match="open the record it belongs to"):
        open_recording(ecg_data / "formats/wfdb/multi-segment/p000878/3269321_layout.hea")


@pytest.mark.parametrize(
    ("written", "start"),
    [
        ("09:30:00", time(9, 30)),
        ("00:00:00", time(0, 0)),
        ("09:30:00 01/05/2020", datetime(2020, 5, 1, 9, 30)),
        ("# nothing", None),
    ],
)
def test_the_start_is_what_the_header_tells_with_or_without_a_date(
    tmp_path: Path, written: str, start: datetime | time | None
) -> None:
    write_record(tmp_path)
    header = edit_header(tmp_path, rf"^rec 2 250 {N_SAMPLES}.*$", f"rec 2 250 {N_SAMPLES} {written}")
    assert open_recording(header).start_time == start


def test_differences_are_summed_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecg_core.formats.wfdb.plain._STEP_BYTES", 1000)
    differences = np.random.default_rng(5).integers(-9, 10, (5000, 3)).astype(np.int8)
    (tmp_path / "d.dat").write_bytes(b"head" + differences.tobytes())
    lines = [
        f"d.dat 8+4 200/mV 16 {baseline} {baseline + 7} 0 0 {name}"
        for name, baseline in zip("XYZ", (0, 5, -9), strict=False)
    ]
    (tmp_path / "d.hea").write_text("\n".join(["d 3 250 5000", *lines]) + "\n")
    recording = open_recording(tmp_path / "d.hea")
    expected = (np.cumsum(differences, axis=0, dtype=np.int64) + 7) / 200
    np.testing.assert_allclose(recording.read(), expected, atol=1e-5)
    np.testing.assert_allclose(recording.read(3001, 3999, ["Z", "X"]), expected[3001:3999, [2, 0]], atol=1e-5)
    whole = wfdb.rdrecord(str(tmp_path / "d")).p_signal
    np.testing.assert_allclose(recording.read(), whole, atol=1e-5)
