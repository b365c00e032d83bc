"""What is written reads back as it was: samples, gaps, leads, time and marks, in every format and of any span."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import numpy as np
import pytest
from signals_for_tests import ALL, EXACT, ecg_like, marks_of, out_and_in, recording, rows

from ecg_core.errors import ExportError
from ecg_core.export.signal import write_signal
from ecg_core.formats import open_recording
from ecg_core.recording import Annotations, Identity, Lead

pytestmark = pytest.mark.slow

SPANS = [
    *((format, start, stop) for format in ALL for start, stop in [(0, None), (37, 2901), (2990, 3000)]),
    # The readers of tables take fewer rows for none.
    *((format, start, start + 1) for format in ("wfdb", "edf", "dicom") for start in (0, 37)),
]


@pytest.mark.parametrize("format", ALL)
@pytest.mark.parametrize("step_mv", [0.005, 0.001, 1 / 409.6, 1 / 1200, 0.0005])
def test_values_on_a_converters_steps_come_back_as_they_were(tmp_path: Path, format: str, step_mv: float) -> None:
    signal = ecg_like(3000, 3, step_mv)
    back = out_and_in(recording(signal), tmp_path, format)
    np.testing.assert_allclose(back.read(), signal, rtol=3e-7, atol=step_mv * 1e-5)
    assert back.lead_names == ("II", "V1", "V5")
    assert back.fs_hz == 250.0
    assert back.notes == ()


@pytest.mark.parametrize(("format", "start", "stop"), SPANS)
def test_a_span_is_the_same_samples(tmp_path: Path, format: str, start: int, stop: int | None) -> None:
    signal = ecg_like(3000, 2)
    back = out_and_in(recording(signal), tmp_path, format, start=start, stop=stop)
    np.testing.assert_array_equal(back.read(), signal[start:stop])
    assert back.n_samples == (stop or 3000) - start


@pytest.mark.parametrize("format", ALL)
def test_values_without_steps_come_back_within_half_a_microvolt(tmp_path: Path, format: str) -> None:
    signal = np.random.default_rng(3).normal(size=(4000, 2)).astype(np.float32)
    back = out_and_in(recording(signal), tmp_path, format).read()
    np.testing.assert_allclose(back, signal, atol=0 if format in EXACT else 0.0005, rtol=2e-7)


@pytest.mark.parametrize("format", ALL)
def test_gaps_stay_gaps(tmp_path: Path, format: str) -> None:
    signal = ecg_like(3000, 3)
    signal[100:400] = np.nan
    signal[1000:1600, 1] = np.nan
    signal[0, 2] = signal[2999, 0] = np.nan
    said: list[str] = []
    back = out_and_in(recording(signal), tmp_path, format, say=said.append)
    np.testing.assert_array_equal(back.read(), signal)
    np.testing.assert_array_equal(back.read(350, 1100), signal[350:1100])
    assert any("absent" in sentence for sentence in said) == (format == "edf")


@pytest.mark.parametrize("format", ALL)
def test_a_lead_without_any_signal_is_kept(tmp_path: Path, format: str) -> None:
    signal = ecg_like(3000, 2)
    signal[:, 1] = np.nan
    np.testing.assert_array_equal(out_and_in(recording(signal), tmp_path, format).read(), signal)


@pytest.mark.parametrize("format", ALL)
@pytest.mark.parametrize("fs_hz", [250.5, 1000 / 3, 128.0, 257.33, 62.5, 2000.0, 999.999, 50.0])
def test_rates_come_back(tmp_path: Path, format: str, fs_hz: float) -> None:
    signal = ecg_like(3000, 2)
    back = out_and_in(recording(signal, fs_hz), tmp_path, format, marks=marks_of([2999], "N"))
    assert back.fs_hz == pytest.approx(fs_hz, rel=1e-9)
    np.testing.assert_array_equal(back.read(), signal)
    assert rows(back.annotations()) == [(2999, "N", "")]


@pytest.mark.parametrize("format", ALL)
@pytest.mark.parametrize(
    "begins",
    [
        datetime(2021, 12, 31, 23, 59, 58, 250_000),
        datetime(1984, 3, 1),
        datetime(2101, 2, 3, 4, 5, 6),
        time(7, 8, 9),
        None,
    ],
)
def test_the_start_of_a_span_is_told(tmp_path: Path, format: str, begins: datetime | time | None) -> None:
    made = recording(ecg_like(3000, 1), start_time=begins)
    back = out_and_in(made, tmp_path, format, start=1000)
    later = datetime(2000, 1, 1, 7, 8, 13).time() if isinstance(begins, time) else None
    if isinstance(begins, datetime):
        assert back.start_time == begins.fromtimestamp(begins.timestamp() + 4)
    else:
        assert back.start_time == later


@pytest.mark.parametrize("format", ALL)
def test_marks_come_back_with_their_texts(tmp_path: Path, format: str) -> None:
    samples = [0, 0, 100, 350, 700, 900, 1200, 1200, 2000, 2999]
    texts = ("(N", "", "", "", "(AFIB", "", "noise in V1", "", "seen: (VT, unsure", "")
    marks = marks_of(samples, '+NVA+~"F|/', texts)
    back = out_and_in(recording(ecg_like(3000, 2)), tmp_path, format, marks=marks)
    assert rows(back.annotations()) == rows(marks)


@pytest.mark.parametrize("format", ALL)
def test_every_symbol_of_wfdb_comes_back(tmp_path: Path, format: str) -> None:
    symbols = 'NLRaVFJASEj/Q~|sT*D"=pB^t+u?![]en@xf()r'
    samples = [10 + 20 * place for place in range(len(symbols))]
    marks = marks_of(samples, symbols, tuple(f"text {place}" if place % 3 else "" for place in range(len(symbols))))
    back = out_and_in(recording(ecg_like(3000, 1)), tmp_path, format, marks=marks)
    assert rows(back.annotations()) == rows(marks)


@pytest.mark.parametrize("format", ALL)
def test_a_span_takes_its_marks_along_and_the_rhythm_that_holds_there(tmp_path: Path, format: str) -> None:
    marks = marks_of([5, 50, 400, 900, 1500, 2500], "+N+VNN", ("(N", "", "(AFIB", "", "", ""))
    back = out_and_in(recording(ecg_like(3000, 1)), tmp_path, format, marks=marks, start=900, stop=2500)
    assert rows(back.annotations()) == [(0, "+", "(AFIB"), (0, "V", ""), (600, "N", "")]


@pytest.mark.parametrize("format", ALL)
def test_thousands_of_beats_come_back(tmp_path: Path, format: str) -> None:
    samples = np.sort(np.random.default_rng(2).choice(600_000, 9000, replace=False))
    marks = Annotations("atr", samples, np.array(["NVSFQ"[at % 5] for at in range(9000)]), ("",) * 9000)
    back = out_and_in(recording(ecg_like(600_000, 1)), tmp_path, format, marks=marks)
    assert rows(back.annotations()) == rows(marks)


@pytest.mark.parametrize("format", ALL)
def test_without_marks_none_are_written(tmp_path: Path, format: str) -> None:
    back = out_and_in(recording(ecg_like(3000, 1)), tmp_path, format)
    found = back.annotations()
    assert found is None or not len(found.sample)


@pytest.mark.parametrize("format", ALL)
def test_what_is_not_calibrated_stays_so(tmp_path: Path, format: str) -> None:
    signal = ecg_like(3000, 3) * 100
    leads = (Lead("II", calibrated=False), Lead("V1"), Lead("foo", calibrated=False))
    back = out_and_in(recording(signal, leads=leads), tmp_path, format)
    np.testing.assert_allclose(back.read(), signal, rtol=3e-7, atol=1e-6)
    assert [lead.calibrated for lead in back.leads] == [False, True, False]
    assert back.lead_names[:2] == ("II", "V1")
    assert back.lead_names[2] in {"foo", "ECG foo"}


@pytest.mark.parametrize("format", ALL)
def test_every_lead_comes_back_whatever_it_is_called(tmp_path: Path, format: str) -> None:
    names = (
        "=cmd|' /C calc'!A0",
        "II",
        "time",
        "a,b\n\u202ec",
        "Resp",
        "II (2)",
        "Ableitung mit einem langen Namen",
        "",
    )
    signal = ecg_like(3000, len(names))
    back = out_and_in(recording(signal, names=names), tmp_path, format)
    np.testing.assert_array_equal(back.read(), signal)
    assert back.lead_names[1] == "II"
    assert len(set(back.lead_names)) == len(names)
    assert all(name.isprintable() for name in back.lead_names)


@pytest.mark.parametrize("format", ALL)
@pytest.mark.parametrize("n_leads", [1, 12, 40])
def test_many_leads_come_back(tmp_path: Path, format: str, n_leads: int) -> None:
    signal = ecg_like(1500, n_leads)
    names = (
        tuple(f"V{place}" for place in range(1, n_leads + 1))
        if n_leads < 10
        else tuple(map("lead {}".format, range(n_leads)))
    )
    back = out_and_in(recording(signal, 500.0, names), tmp_path, format, marks=marks_of([700], "N"))
    np.testing.assert_array_equal(back.read(), signal)
    assert back.lead_names == names


@pytest.mark.parametrize("format", ["wfdb", "edf", "dicom"])
@pytest.mark.parametrize(
    ("height_mv", "offset_mv"), [(1e-4, 0.0), (30.0, 300.0), (2000.0, 0.0), (1e6, -1e6), (0.0, 0.3)]
)
def test_the_whole_range_is_held_and_coarse_steps_are_said(
    tmp_path: Path, format: str, height_mv: float, offset_mv: float
) -> None:
    shape = np.random.default_rng(5).uniform(-1, 1, size=(3000, 1))
    signal = (shape * height_mv + offset_mv).astype(np.float32)
    said: list[str] = []
    back = out_and_in(recording(signal), tmp_path, format, say=said.append).read()
    off_mv = np.abs(back.astype(np.float64) - signal).max()
    rounding = 2 * np.spacing(np.abs(signal).max())
    coarse = [sentence for sentence in said if "in steps of" in sentence]
    if coarse:
        step_uv = float(coarse[0].split("in steps of ")[1].split(" uV")[0])
        assert off_mv <= step_uv / 2000 * 1.01 + rounding
        assert step_uv > 1
    else:
        assert off_mv <= 0.0005 * 1.01 + rounding
    assert bool(coarse) == (format == "edf" and height_mv > 33)


def test_what_edf_cannot_hold_is_refused_in_a_sentence(tmp_path: Path) -> None:
    made = recording(np.full((1000, 1), 3e38, dtype=np.float32) * np.linspace(-1, 1, 1000)[:, None].astype(np.float32))
    with pytest.raises(ExportError, match=r"EDF cannot hold lead II, .*; export it as CSV, Parquet or WFDB\.$"):
        write_signal(made, tmp_path, "edf", stem="x")
    assert list(tmp_path.iterdir()) == []


def test_what_dicom_cannot_hold_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="DICOM holds 96 leads, not 97"):
        write_signal(recording(ecg_like(100, 97), names=tuple(map(str, range(97)))), tmp_path, "dicom", stem="x")


@pytest.mark.parametrize("format", ALL)
def test_synthetic_recordings_stay_labelled_so_where_the_format_has_comments(tmp_path: Path, format: str) -> None:
    comments = ("Synthetic: generated, no patient", "Age: 60, =1+1;@x\x07")
    back = out_and_in(recording(ecg_like(3000, 1), comments=comments), tmp_path, format)
    if format in {"wfdb", "csv", "parquet"}:
        assert back.synthetic
        assert all(text.isprintable() for text in back.comments)


@pytest.mark.parametrize("format", ALL)
def test_the_identity_is_never_written(tmp_path: Path, format: str) -> None:
    identity = Identity("Doe Jane", "PID-4711", device_serial="SER-99", other=(("Ward", "Ward Seven"),))
    made = replace(recording(ecg_like(3000, 1), identity=identity), name="Doe Jane 4711")
    written = write_signal(made, tmp_path, format, stem="x", marks=marks_of([5], "N"))
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(word in content for word in (b"Doe", b"Jane", b"4711", b"SER-99", b"Seven"))
    found = open_recording(written[0]).identity or Identity()
    assert (found.name, found.patient_id, found.birth_date, found.device, found.device_serial) == (None,) * 5


@pytest.mark.parametrize("stem", ["../out", "a b/c", "CON", "", "x" * 300, ".hidden", "name.with.dots"])
def test_a_stem_is_a_plain_name_in_the_folder(tmp_path: Path, stem: str) -> None:
    folder = tmp_path / "here"
    for path in write_signal(recording(ecg_like(100, 1)), folder, "wfdb", stem=stem):
        assert path.parent == folder
        assert path.is_file()
        assert path.stem.replace("-", "").replace("_", "").isalnum()
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


@pytest.mark.parametrize(("start", "stop"), [(3000, None), (10, 10), (500, 20)])
def test_an_empty_span_is_refused(tmp_path: Path, start: int, stop: int | None) -> None:
    with pytest.raises(ExportError, match="empty"):
        write_signal(recording(ecg_like(3000, 1)), tmp_path, "edf", stem="x", start=start, stop=stop)


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="choose from wfdb, edf, csv, parquet, dicom"):
        write_signal(recording(ecg_like(30, 1)), tmp_path, "pdf", stem="x")
