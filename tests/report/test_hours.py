"""Tables by hour of a long recording, and how tables go on over pages."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import numpy as np
import pytest
from reports_for_tests import FS_HZ, MADE_AT, analysis_of, page_texts, recording_of

from ecg_core.analysis import Analysis
from ecg_core.recording import Recording
from ecg_core.recording_trends import RecordingTrends, recording_trends
from ecg_core.report import Report, draft_report
from ecg_core.report.blocks import RateTrend, Table
from ecg_core.report.pdf import report_pdf
from ecg_core.report.wording import duration_text, plural, time_text

pytestmark = pytest.mark.slow

HOURS = 30


@cache
def long_recording() -> tuple[Recording, Analysis]:
    """Return 30 hours from 22:15 on, with V beats in the second hour alone."""
    n_samples = round(HOURS * 3600 * FS_HZ)
    samples = np.arange(round(FS_HZ), n_samples - round(FS_HZ), round(1.5 * FS_HZ))
    labels = np.full(len(samples), "N")
    second_hour = np.flatnonzero((samples >= 45 * 60 * FS_HZ) & (samples < 105 * 60 * FS_HZ))
    labels[second_hour[10:-10:10]] = "V"
    silent = np.zeros((1, 1), dtype=np.float32)
    recording = recording_of(
        silent,
        lead_names=("II",),
        n_samples=n_samples,
        read_span=lambda start, stop, leads: np.zeros((stop - start, len(leads)), dtype=np.float32),
        start_time=datetime(2026, 2, 3, 22, 15),
    )
    return recording, analysis_of(recording, samples.tolist(), "".join(labels))


@cache
def report() -> Report:
    recording, analysis = long_recording()
    return draft_report(recording, analysis, created_at=MADE_AT)


@cache
def trends() -> RecordingTrends:
    return recording_trends(*long_recording())


def table_of(report: Report, section: str, name: str) -> Table:
    return next(block for block in report.section(section).blocks if isinstance(block, Table) and block.id == name)


@pytest.mark.parametrize(("section", "name"), [("rate", "rate.hourly"), ("ectopy", "ectopy.hourly")])
def test_cells_by_hour_are_those_of_the_trends(section: str, name: str) -> None:
    table, told_by_hour = table_of(report(), section, name), trends().table
    place = {column.name: at for at, column in enumerate(told_by_hour.columns)}
    assert len(table.rows) == len(told_by_hour.rows) == HOURS + 1 + 3
    for row, told in zip(table.rows, told_by_hour.rows, strict=True):
        assert row.total == (told.kind != "hour")
        for column, cell in zip(table.columns[1:], row.cells[1:], strict=True):
            assert cell.value == told.cells[place[column.id]].value


def test_ectopic_beats_stand_in_their_hour() -> None:
    table = table_of(report(), "ectopy", "ectopy.hourly")
    at = [column.id for column in table.columns].index("v_beats")
    _, analysis = long_recording()
    total = int((analysis.beats["label"] == "V").sum())
    assert [row.cells[at].value for row in table.rows[:4]] == [0, total, 0, 0]
    assert table.rows[-1].cells[at].value == total > 100


def test_hours_are_told_by_the_clock_with_their_day() -> None:
    table = table_of(report(), "rate", "rate.hourly")
    periods = [str(row.cells[0].value) for row in table.rows]
    assert periods[:4] == ["22:15–23:00", "23:00–00:00 day 2", "00:00–01:00 day 2", "01:00–02:00 day 2"]
    assert periods[-3:] == ["Day, 06–22 (16.0 h)", "Night, 22–06 (14.0 h)", "Whole recording"]


def test_the_head_of_a_table_stands_on_each_of_its_pages() -> None:
    texts = page_texts(report_pdf(report(), "letter"))
    with_hours = [text for text in texts if "–05:00 day 3" in text or "22:15–23:00" in text]
    assert len(with_hours) >= 2
    assert all("Period" in text for text in with_hours)


def test_the_trend_has_the_mean_rate_of_each_step() -> None:
    trend = next(block for block in report().section("rate").blocks if isinstance(block, RateTrend))
    assert trend.bin_s == 120
    assert len(trend.mean_bpm) == HOURS * 30
    assert trend.mean_bpm[1:-1] == pytest.approx(40.0, abs=0.5)
    spans = {band.id: band.spans_s for band in trend.bands}
    assert min(start for start, _ in spans["ventricular"]) >= 45 * 60 - 120
    assert max(stop for _, stop in spans["ventricular"]) <= 105 * 60 + 120
    assert spans["supraventricular"] == ()


@pytest.mark.parametrize(
    ("time_s", "clock_s", "text"),
    [
        (0.0, None, "+00:00:00"),
        (3725.4, None, "+01:02:05"),
        (90000.0, None, "+25:00:00"),
        (60.0, 86340.0, "00:00:00 day 2"),
        (59.0, 86340.0, "23:59:59"),
    ],
)
def test_times_are_of_the_day_or_from_the_start(time_s: float, clock_s: float | None, text: str) -> None:
    assert time_text(time_s, clock_s) == text


def test_durations_and_counts_are_told_in_their_units() -> None:
    assert [duration_text(seconds) for seconds in (6.44, 59.96, 725.0, 86400.0)] == [
        "6.4 s",
        "1 min 00 s",
        "12 min 05 s",
        "24 h 00 min",
    ]
    assert plural(1, "episode") == "1 episode"
    assert plural(12_345, "beat") == "12\N{THIN SPACE}345 beats"
