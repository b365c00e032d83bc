"""Tables in every dialect read back to the numbers that were written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_inputs import FS_HZ, Writing, ecg_mv, write

from ecg_core.errors import RecordingError
from ecg_core.formats import LayoutNeededError, TableLayout, open_recording

pytestmark = pytest.mark.slow

MV = ecg_mv(n_leads=2)

writings = st.sampled_from(
    [
        Writing(),
        Writing(quoted=True),
        Writing(decimal=",", quoted=True),
        Writing("\t"),
        Writing(";"),
        Writing("|"),
        Writing("  "),
        Writing("\t", decimal=","),
        Writing(";", decimal=","),
        Writing(";", decimal=",", quoted=True),
        Writing(";", decimal=",", thousands="."),
        Writing(";", decimal=".", thousands=","),
        Writing("\t", decimal=",", thousands=" "),
        Writing(";", decimal=",", thousands="\u202f"),
        Writing(";", decimal=".", thousands="'"),
        Writing(decimal=",", thousands=".", quoted=True),
    ]
)


@given(
    writing=writings,
    unit=st.sampled_from(["mV", "uV", "µV", "V"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    units=st.sampled_from(["in the name", "in a line", "in the head"]),
    says_sep=st.booleans(),
    head=st.booleans(),
    last=st.booleans(),
    flat=st.integers(0, 900),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_in_any_dialect_reads_back_to_its_numbers(
    tmp_path: Path,
    writing: Writing,
    unit: str,
    encoding: str,
    end: str,
    units: str,
    says_sep: bool,
    head: bool,
    last: bool,
    flat: int,
) -> None:
    if encoding == "cp1252" and "\u202f" in writing.thousands:
        encoding = "utf-8"
    scale = {"mV": 1.0, "uV": 1e3, "µV": 1e3, "V": 1e-3}[unit]
    writing = Writing(
        writing.delimiter, writing.decimal, writing.thousands, {"mV": 3, "V": 6}.get(unit, 1), writing.quoted
    )
    values = MV.copy()
    values[:flat] = 0
    names = {"in the name": f"II ({unit}),V5 ({unit})", "in a line": "II,V5", "in the head": "II,V5"}[units].split(",")
    lines = []
    if says_sep and len(writing.delimiter) == 1:
        lines.append(f"sep={writing.delimiter}")
    if head or units == "in the head":
        lines += ["# fs: 250", "# operator: nobody"] + ([f"# unit: {unit}"] if units == "in the head" else [])
    lines.append(writing.row(["t [s]", *names]))
    if units == "in a line":
        lines.append(writing.row(["s", unit, unit]))
    clock = Writing(writing.delimiter, writing.decimal, "", 3, writing.quoted)
    lines += [
        writing.row([clock.number(n / FS_HZ), *(writing.number(value * scale) for value in row)])
        for n, row in enumerate(values)
    ]
    recording = open_recording(write(tmp_path / "x.csv", lines, encoding, end, last))
    assert (recording.fs_hz, recording.n_samples, recording.lead_names) == (FS_HZ, len(MV), ("II", "V5"))
    assert all(lead.calibrated for lead in recording.leads)
    np.testing.assert_allclose(recording.read(), values, atol=1e-6)
    np.testing.assert_allclose(recording.read(511, 1025, ["V5"]), values[511:1025, 1:], atol=1e-6)


@pytest.mark.parametrize("decimals", [3, 2])
def test_a_comma_in_a_single_column_is_the_decimal_sign(tmp_path: Path, decimals: int) -> None:
    writing = Writing("", ",", "", decimals)
    path = write(tmp_path / "x.csv", [writing.number(value * 1000 / 7) for value in MV[:, 0]])
    with pytest.raises(LayoutNeededError, match="1 columns"):
        open_recording(path)
    recording = open_recording(path, layout=TableLayout(FS_HZ, "uV"))
    assert len(recording.leads) == 1
    np.testing.assert_allclose(recording.read()[:, 0], MV[:, 0] / 7, atol=1e-5)


def test_two_columns_of_integers_stay_two(tmp_path: Path) -> None:
    counts = np.rint(MV * 200).astype(int)
    path = write(tmp_path / "x.csv", [f"{a},{b}" for a, b in counts])
    recording = open_recording(path, layout=TableLayout(FS_HZ, "200/mV"))
    np.testing.assert_allclose(recording.read(), counts / 200, atol=1e-6)


def test_grouped_integers_are_no_decimals(tmp_path: Path) -> None:
    microvolts = np.rint(MV[:, 0] * 3000).astype(int)
    cells = [f"{value:,}".replace(",", ".") for value in microvolts]
    recording = open_recording(write(tmp_path / "x.csv", ["# fs: 250", "II [µV];pos", *(f"{c};1" for c in cells)]))
    np.testing.assert_allclose(recording.read()[:, 0], microvolts / 1000, atol=1e-6)
    assert any("separates thousands" in note for note in recording.notes)


@pytest.mark.parametrize("title", ["II (mV)", "ECG signal [mV]", "EKG Ableitung II / mV", "Lead II, mV"])
def test_a_blank_in_the_title_of_one_column_is_no_separator(tmp_path: Path, title: str) -> None:
    path = write(tmp_path / "x.csv", [title, *(f"{value:.3f}" for value in MV[:, 0])])
    recording = open_recording(path, layout=TableLayout(fs_hz=FS_HZ, unit=None if "," not in title else "mV"))
    assert len(recording.leads) == 1
    np.testing.assert_allclose(recording.read()[:, 0], MV[:, 0], atol=1e-6)


@pytest.mark.parametrize("unit", ["µV", "Âµ" + "V", "μV", "uV", "microvolt", "Mikrovolt", "мкВ", "微伏"])
def test_a_microvolt_is_one_however_it_is_spelled(tmp_path: Path, unit: str) -> None:
    path = write(tmp_path / "x.csv", ["# fs: 250", f"II [{unit}]", *(f"{value * 1000:.1f}" for value in MV[:, 0])])
    recording = open_recording(path)
    np.testing.assert_allclose(recording.read()[:, 0], MV[:, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("encoding", "lines"),
    [
        ("cp1251", ["Частота дискретизации: 250 Гц", "Единица: мкВ", "Время [с];Отведение II [мкВ]"]),
        ("gb18030", ["时间 (s);导联 II (uV)"]),
        ("cp1252", ["Gerät: X", "Zeit [s];Spannung II [µV]"]),
    ],
)
def test_titles_in_other_code_pages_are_read(tmp_path: Path, encoding: str, lines: list[str]) -> None:
    rows = [f"{n / FS_HZ:.3f};{value * 1000:.1f}" for n, value in enumerate(MV[:, 0])]
    recording = open_recording(write(tmp_path / "x.csv", [*lines, *rows], encoding))
    assert (recording.fs_hz, recording.lead_names) == (FS_HZ, ("II",))
    np.testing.assert_allclose(recording.read()[:, 0], MV[:, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("head", "start"),
    [
        (["Sampling rate (Hz);250", "Unit;mV", "Start;05.03.2024 08:14:22"], "2024-03-05T08:14:22"),
        (["Abtastrate: 250 Hz", "Einheit: mV", "Aufnahme: 5. März 2024 08:14:22"], "2024-03-05T08:14:22"),
        (["Fréquence\t250 hertz", "Unité\tmV", "Enregistré\t5 mars 2024 08:14:22"], "2024-03-05T08:14:22"),
        (["Sample Rate:\t250", "unit=mV", "Date: Mar 5, 2024 8:14:22 AM"], "2024-03-05T08:14:22"),
        (["Sampling interval: 4 ms", "# unit: mV"], None),
    ],
)
def test_lines_above_the_numbers_are_read(tmp_path: Path, head: list[str], start: str | None) -> None:
    path = write(tmp_path / "x.txt", [*head, "", "II", *(f"{value:.3f}" for value in MV[:, 0])])
    recording = open_recording(path)
    assert (recording.fs_hz, recording.n_samples, recording.lead_names) == (FS_HZ, len(MV), ("II",))
    assert str(recording.start_time or "").replace(" ", "T") == (start or "")
    np.testing.assert_allclose(recording.read()[:, 0], MV[:, 0], atol=1e-6)


@pytest.mark.parametrize("rate", ["1.000 Hz", "1,000 Hz", "1000,0 Hz", "1 kHz", "1,0 kHz", "1000 samples/s"])
def test_a_rate_may_be_grouped_or_in_kilohertz(tmp_path: Path, rate: str) -> None:
    path = write(tmp_path / "x.csv", [f"Sampling rate;{rate}", "Unit;mV", "II", *(f"{mv:.3f}" for mv in MV[:, 0])])
    assert open_recording(path).fs_hz == 1000


def test_words_among_the_numbers_are_counted_and_told(tmp_path: Path) -> None:
    cells = [f"{value:.3f}" for value in MV[:, 0]]
    cells[700:712] = ["lead off"] * 12
    cells[1000:1005] = [""] * 5
    path = write(tmp_path / "x.csv", ["time_s,II_mV", *(f"{n / FS_HZ:.3f},{cell}" for n, cell in enumerate(cells))])
    recording = open_recording(path)
    assert "12 of 3,000 values of lead II are not numbers; shown as gaps." in recording.notes
    assert "5 of 3,000 values of lead II are missing; shown as gaps." in recording.notes
    absent = np.flatnonzero(np.isnan(recording.read()[:, 0]))
    assert absent.tolist() == [*range(700, 712), *range(1000, 1005)]


def test_many_words_among_the_numbers_are_a_question(tmp_path: Path) -> None:
    cells = [f"{value:.3f}" for value in MV[:, 0]]
    cells[700:1000] = ["off"] * 300
    path = write(tmp_path / "x.csv", ["time_s,II_mV", *(f"{n / FS_HZ:.3f},{cell}" for n, cell in enumerate(cells))])
    with pytest.raises(LayoutNeededError, match="300 of 3,000 values of II") as caught:
        open_recording(path)
    assert caught.value.missing == ("decimal", "invalid_as_gaps")
    recording = open_recording(path, layout=TableLayout(invalid_as_gaps=True))
    assert int(np.isnan(recording.read()).sum()) == 300
    assert any("300 of 3,000" in note for note in recording.notes)


def test_a_decimal_sign_that_comes_late_holds_for_the_whole_column(tmp_path: Path) -> None:
    values = np.concatenate([np.zeros(40_000), MV[:, 0]])
    cells = ["0" if not value else f"{value:.3f}".replace(".", ",") for value in values]
    recording = open_recording(write(tmp_path / "x.csv", ["# fs: 250", "II (mV);pos", *(f"{c};1" for c in cells)]))
    np.testing.assert_allclose(recording.read()[:, 0], values, atol=1e-6)


def test_the_decimal_sign_that_a_person_gives_holds(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.csv", ["# fs: 250", "II (uV);pos", *(f"{n % 9 + 1},{n % 899 + 100};1" for n in range(3000))]
    )
    assert open_recording(path).read()[1, 0] == pytest.approx(2.101e-3)
    grouped = open_recording(path, layout=TableLayout(decimal="."))
    assert grouped.read()[1, 0] == pytest.approx(2.101)
    assert ("decimal sign", ".") in grouped.user_metadata


@given(content=st.binary(max_size=4000), data=st.data())
@settings(max_examples=75, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_only_recording_errors_come_out_of_any_text(tmp_path: Path, content: bytes, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.text("0123456789.,;:-eE+'\" \t/ap\rµ", max_size=30), min_size=12, max_size=60))
    path = tmp_path / "x.csv"
    for text in (content, "\n".join(rows).encode()):
        path.write_bytes(text)
        try:
            recording = open_recording(path, layout=TableLayout(250, "mV"))
            assert not np.isinf(recording.read(0, 5000)).any()
        except RecordingError as error:
            assert "damaged beyond reading" not in str(error)
