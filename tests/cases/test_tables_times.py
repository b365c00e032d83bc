"""Rates, gaps and starts from time stamps of every kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_inputs import FS_HZ, ecg_mv, write

from ecg_core.analysis import analyse
from ecg_core.errors import RecordingError
from ecg_core.formats import LayoutNeededError, TableLayout, open_recording

pytestmark = pytest.mark.slow

MV = ecg_mv()[:, 0]
START = datetime(2024, 3, 25, 8, 14, 22)
EAST = timezone(timedelta(hours=1))


def table(path: Path, stamps: list[str], title: str = "Time", delimiter: str = ",") -> Path:
    rows = [f"{stamp}{delimiter}{value:.3f}" for stamp, value in zip(stamps, np.resize(MV, len(stamps)), strict=True)]
    return write(path, [f"{title}{delimiter}II (mV)", *rows])


def moments(n: int = len(MV), start: datetime = START, fs_hz: float = FS_HZ) -> list[datetime]:
    return [start + timedelta(seconds=round(index / fs_hz, 6)) for index in range(n)]


def ms(moment: datetime) -> str:
    return f"{moment.microsecond // 1000:03d}"


STAMPS: dict[str, Callable[[datetime], str]] = {
    "iso": lambda at: at.isoformat(timespec="milliseconds"),
    "iso with a blank": lambda at: at.isoformat(" ", timespec="milliseconds"),
    "iso with a zone": lambda at: at.replace(tzinfo=EAST).isoformat(timespec="milliseconds"),
    "iso utc": lambda at: at.isoformat(timespec="milliseconds") + "Z",
    "compact": lambda at: f"{at:%Y%m%dT%H%M%S}.{ms(at)}",
    "slashes": lambda at: f"{at:%Y/%m/%d %H:%M:%S}.{ms(at)}",
    "day first": lambda at: f"{at:%d/%m/%Y %H:%M:%S}.{ms(at)}",
    "month first": lambda at: f"{at:%m/%d/%Y %H:%M:%S}.{ms(at)}",
    "points": lambda at: f"{at:%d.%m.%Y %H:%M:%S},{ms(at)}",
    "am and pm": lambda at: f"{at:%m/%d/%Y} {at.hour % 12 or 12}:{at:%M:%S}.{ms(at)} {'AM' if at.hour < 12 else 'PM'}",
    "month in words": lambda at: f"{at.day} Mar {at:%Y %H:%M:%S}.{ms(at)}",
    "PhysioNet": lambda at: f"[{at:%H:%M:%S}.{ms(at)} {at:%d/%m/%Y}]",
}


@pytest.mark.parametrize("hour", [8, 12, 23, 0])
@pytest.mark.parametrize("kind", STAMPS)
def test_dates_in_every_order_give_rate_and_start(tmp_path: Path, kind: str, hour: int) -> None:
    start = START.replace(hour=hour, minute=59, second=55)
    delimiter = ";" if kind == "points" else ","
    path = table(tmp_path / "x.csv", [STAMPS[kind](at) for at in moments(start=start)], delimiter=delimiter)
    recording = open_recording(path)
    assert (recording.fs_hz, recording.n_samples, recording.start_time) == (FS_HZ, len(MV), start)
    np.testing.assert_allclose(recording.read()[:, 0], MV, atol=1e-6)


def test_a_date_that_may_be_two_days_is_left_out_and_told(tmp_path: Path) -> None:
    stamps = [f"{at:%d/%m/%Y %H:%M:%S}.{ms(at)}" for at in moments(start=datetime(2024, 3, 5, 8, 14, 22))]
    path = table(tmp_path / "x.csv", stamps)
    recording = open_recording(path)
    assert (recording.fs_hz, recording.start_time) == (FS_HZ, time(8, 14, 22))
    assert any("day/month or month/day" in note for note in recording.notes)
    for order, month, day in (("dmy", 3, 5), ("mdy", 5, 3)):
        told = open_recording(path, layout=TableLayout(date_order=order))
        assert told.start_time == datetime(2024, month, day, 8, 14, 22)


def test_midnight_tells_the_order_of_the_date(tmp_path: Path) -> None:
    start = datetime(2024, 3, 5, 23, 59, 55)
    for index, form in enumerate(("%d/%m/%Y", "%m/%d/%Y")):
        stamps = [f"{at:{form} %H:%M:%S}.{ms(at)}" for at in moments(start=start)]
        recording = open_recording(table(tmp_path / f"{index}.csv", stamps))
        assert (recording.fs_hz, recording.start_time) == (FS_HZ, start)


@pytest.mark.parametrize("form", ["%H:%M:%S.%f", "%I:%M:%S.%f %p", "%I:%M:%S.%f"])
def test_times_of_day_run_past_midnight(tmp_path: Path, form: str) -> None:
    stamps = [at.strftime(form) for at in moments(start=START.replace(hour=23, minute=59, second=54))]
    recording = open_recording(table(tmp_path / "x.csv", stamps))
    assert (recording.fs_hz, recording.n_samples) == (FS_HZ, len(MV))


def test_a_day_and_a_time_in_two_columns_are_one_start(tmp_path: Path) -> None:
    rows = [f"{at:%d.%m.%Y};{at:%H:%M:%S}.{ms(at)};{value:.3f}" for at, value in zip(moments(), MV, strict=True)]
    recording = open_recording(write(tmp_path / "x.csv", ["Datum;Uhrzeit;II (mV)", *rows]))
    assert (recording.fs_hz, recording.start_time, recording.lead_names) == (FS_HZ, START, ("II",))


@pytest.mark.parametrize(
    ("title", "per_second"), [("s", 1), ("ms", 1e3), ("us", 1e6), ("µs", 1e6), ("ns", 1e9), ("s/256", 256)]
)
@pytest.mark.parametrize("first", [0.0, 1711354462.0])
def test_times_in_units_and_since_1970(tmp_path: Path, title: str, per_second: float, first: float) -> None:
    fs_hz = 256.0 if title == "s/256" else FS_HZ
    stamps = [f"{(first + n / fs_hz) * per_second:.{3 if title == 's' else 0}f}" for n in range(len(MV))]
    for name in (f"time [{title}]", "timestamp"):
        if name == "timestamp" and (not first or title == "s/256"):
            continue
        recording = open_recording(table(tmp_path / "x.csv", stamps, name))
        assert recording.fs_hz == pytest.approx(fs_hz, rel=1e-4)
        if first and title != "s/256":
            assert abs((recording.start_time - START).total_seconds()) < 1e-3
        (tmp_path / "x.csv").unlink()


def test_a_unit_that_alone_fits_an_ecg_is_taken_and_told(tmp_path: Path) -> None:
    recording = open_recording(table(tmp_path / "x.csv", [f"{n * 4}" for n in range(len(MV))], "time"))
    assert recording.fs_hz == FS_HZ
    assert any("only milliseconds fit" in note for note in recording.notes)
    with pytest.raises(LayoutNeededError):  # a count of rows, or milliseconds
        open_recording(table(tmp_path / "y.csv", [f"{n}" for n in range(len(MV))], "time"))


@pytest.mark.parametrize("fs_hz", [100.0, 128.0, 250.0, 256.0, 500.0])
@pytest.mark.parametrize("offset_s", [0.0, 0.37])
def test_stamps_of_whole_seconds_give_the_rate_by_their_count(tmp_path: Path, fs_hz: float, offset_s: float) -> None:
    start = START + timedelta(seconds=offset_s)
    stamps = [at.isoformat(" ", timespec="seconds") for at in moments(5000, start, fs_hz)]
    recording = open_recording(table(tmp_path / "x.csv", stamps))
    assert (recording.fs_hz, recording.n_samples) == (fs_hz, 5000)
    assert any("steps of about 1 s" in note for note in recording.notes)


@given(
    fs_hz=st.sampled_from([100.0, 125.0, 130.0, 250.0, 360.0, 512.0, 1000.0]),
    gaps=st.lists(st.tuples(st.integers(300, 5500), st.floats(0.05, 40)), max_size=3),
    digits=st.sampled_from([3, 4, 6]),
    seed=st.integers(0, 99),
    jitter=st.sampled_from([0.0, 0.2]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_gaps_between_stamps_are_gaps_of_their_length(
    tmp_path: Path, fs_hz: float, gaps: list[tuple[int, float]], digits: int, seed: int, jitter: float
) -> None:
    n_rows = 6000
    missing = np.zeros(n_rows, dtype=np.int64)
    for row, length_s in gaps:
        if not missing[max(row - 100, 0) : row + 100].any():
            missing[row] = round(length_s * fs_hz)
    samples = np.arange(n_rows) + np.cumsum(missing)
    noise = np.random.default_rng(seed).uniform(-jitter, jitter, n_rows)
    stamps = [f"{value:.{digits}f}" for value in (samples + noise) / fs_hz + 1]
    recording = open_recording(table(tmp_path / "x.csv", stamps, "time_s"))
    assert recording.fs_hz == pytest.approx(fs_hz, rel=3e-4)
    assert recording.n_samples == pytest.approx(samples[-1] + 1, abs=len(gaps) * 2)
    signal = recording.read()[:, 0]
    assert int(np.isnan(signal).sum()) == pytest.approx(int(missing.sum()), abs=len(gaps) * 2)
    if missing.any():
        assert any("Samples are missing" in note for note in recording.notes)
    np.testing.assert_allclose(signal[~np.isnan(signal)], np.resize(MV, n_rows), atol=1e-6)
    for row in np.flatnonzero(missing):
        stretch = signal[samples[row] - missing[row] : samples[row]]
        assert np.isnan(stretch).mean() > 0.7


def test_packets_that_arrive_late_are_no_gaps(tmp_path: Path) -> None:
    arrival = START + timedelta(seconds=1)
    rng = np.random.default_rng(3)
    stamps, fs_hz, packet = [], 130.0, 73
    for first in range(0, 73 * 60, packet):
        late_s = float(rng.choice([0.0, 0.01, 0.05], p=[0.6, 0.3, 0.1]))
        at = arrival + timedelta(seconds=round((first + packet) / fs_hz + late_s, 3))
        stamps += [at.isoformat(timespec="milliseconds")] * packet
    recording = open_recording(table(tmp_path / "x.csv", stamps, "Phone timestamp", ";"))
    assert recording.fs_hz == pytest.approx(130, rel=5e-3)
    assert recording.n_samples == len(stamps)
    assert any("steps of about 0.56" in note for note in recording.notes)


def test_lost_packets_are_a_gap_and_late_ones_are_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    stamps, fs_hz, packet = [], 130.0, 73
    for number in range(100):
        at_s = (number + 1) * packet / fs_hz + 22.5 * (number >= 40) + float(rng.choice([0, 0.05]))
        stamps += [(START + timedelta(seconds=round(at_s, 3))).isoformat(timespec="milliseconds")] * packet
    recording = open_recording(table(tmp_path / "x.csv", stamps, "Phone timestamp", ";"))
    absent = np.flatnonzero(np.isnan(recording.read()[:, 0]))
    assert len(absent) == pytest.approx(22.5 * fs_hz, abs=15)
    assert absent[0] == 40 * packet
    assert absent[-1] - absent[0] + 1 == len(absent)


def test_a_gap_is_unreadable_and_no_pause(tmp_path: Path) -> None:
    long = ecg_mv(40.0)[:, 0]
    times_s = np.arange(len(long)) / FS_HZ
    times_s[len(long) // 2 :] += 30
    rows = [f"{time_s:.3f},{value:.3f}" for time_s, value in zip(times_s, long, strict=True)]
    recording = open_recording(write(tmp_path / "x.csv", ["time_s,II_mV", *rows]))
    assert recording.duration_s == pytest.approx(70)
    found = analyse(recording, cache=False)
    kinds = set(found.episodes["kind"])
    assert not kinds & {"PAUSE", "ASYSTOLE", "SBR"}
    assert any("30 s at 20.0 s" in note for note in found.provenance["notes"])


def test_columns_that_contradict_each_other_are_asked_about(tmp_path: Path) -> None:
    rows = [f"{n / 250:.4f},{n * 5},{value:.3f}" for n, value in enumerate(MV)]
    path = write(tmp_path / "x.csv", ["time [s],timestamp [ms],II (mV)", *rows])
    with pytest.raises(LayoutNeededError, match=r"contradict each other.*250.*200|contradict each other.*200.*250"):
        open_recording(path)
    assert open_recording(path, layout=TableLayout(time_column="timestamp")).fs_hz == 200
    assert open_recording(path, layout=TableLayout(time_column=0)).fs_hz == 250


def test_the_sensor_s_clock_wins_over_one_that_jitters(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    phone = np.arange(len(MV)) / 240 + np.cumsum(rng.uniform(0, 1e-4, len(MV))) + rng.uniform(0, 0.02, len(MV))
    rows = [f"{phone[n]:.4f};{n * 4_000_000};{value:.3f}" for n, value in enumerate(MV)]
    recording = open_recording(write(tmp_path / "x.csv", ["phone time [s];sensor time [ns];II (mV)", *rows]))
    assert recording.fs_hz == FS_HZ
    assert any("phone time" in note and "not used" in note for note in recording.notes)


def test_a_head_that_contradicts_the_times_is_asked_about(tmp_path: Path) -> None:
    rows = [f"{n / 250:.3f},{value:.3f}" for n, value in enumerate(MV)]
    path = write(tmp_path / "x.csv", ["# fs: 500", "time_s,II_mV", *rows])
    with pytest.raises(LayoutNeededError, match=r"500 Hz.*250 Hz"):
        open_recording(path)
    assert open_recording(path, layout=TableLayout(fs_hz=500)).fs_hz == 500


def test_times_that_run_backwards_are_asked_about(tmp_path: Path) -> None:
    stamps = [f"{n / 250 - 5 * (n > 2000):.3f}" for n in range(len(MV))]
    with pytest.raises(LayoutNeededError, match="run backwards by 5 s at row 2,002"):
        open_recording(table(tmp_path / "x.csv", stamps, "time_s"))


@pytest.mark.parametrize("fs_hz", [20, 25, 40, 49])
def test_rates_too_slow_for_a_qrs_are_refused(tmp_path: Path, fs_hz: int) -> None:
    path = write(tmp_path / "x.csv", [f"# fs: {fs_hz}", "II_mV", *(f"{value:.3f}" for value in MV)])
    with pytest.raises(RecordingError, match=f"{fs_hz} Hz; QRS complexes can be found at 50 Hz or more"):
        open_recording(path)


def test_utc_and_a_zone_agree(tmp_path: Path) -> None:
    at = [moment.replace(tzinfo=UTC).astimezone(EAST) for moment in moments()]
    path = table(tmp_path / "x.csv", [moment.strftime("%d.%m.%Y %H:%M:%S.") + ms(moment) + " +0100" for moment in at])
    assert open_recording(path).start_time == START + timedelta(hours=1)


def test_gaps_between_the_stamps_of_a_parquet_file_are_gaps(tmp_path: Path) -> None:
    import pandas as pd

    samples = np.arange(len(MV)) + 1250 * (np.arange(len(MV)) > 1000)
    stamps = pd.Timestamp(START) + pd.to_timedelta(samples * 4, unit="ms")
    pd.DataFrame({"time": stamps, "II_mV": MV}).to_parquet(tmp_path / "x.parquet")
    recording = open_recording(tmp_path / "x.parquet")
    assert (recording.fs_hz, recording.n_samples, recording.start_time) == (FS_HZ, len(MV) + 1250, START)
    assert np.flatnonzero(np.isnan(recording.read()[:, 0])).tolist() == list(range(1001, 2251))
