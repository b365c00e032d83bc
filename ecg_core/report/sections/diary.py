"""Sections of the patient's diary, and of figures asleep and awake."""

from __future__ import annotations

from typing import Final

from ecg_core.report.blocks import Block, Cell, Paragraph, Table, TableColumn, TableRow
from ecg_core.report.model import Section
from ecg_core.report.sections.tables import comment
from ecg_core.report.source import ReportSource
from ecg_core.report.wording import duration_text, plural
from ecg_core.review.diary import DiaryEntry
from ecg_core.rhythm.surroundings import surroundings

MAX_ENTRIES: Final = 100
"""Entries printed; how many there are is told."""

_NAMES: Final = {"asleep": "Asleep", "awake": "Awake", "activity": "Activity"}


def diary_section(source: ReportSource) -> Section | None:
    """Return the diary with the rhythm at each entry; None where neither the file nor a person tells anything."""
    entries = [one for one in source.diary if one.kind != "sleep"]
    if not entries:
        return None
    columns = (
        TableColumn("at", "Time", text=True, weight=1.7),
        TableColumn("what", "What", text=True, weight=1.7),
        TableColumn("text", "Text", text=True, weight=4.0),
        TableColumn("rhythm", "Rhythm within 30 s", text=True, weight=4.0),
        TableColumn("rate_bpm", "Rate", "bpm"),
        TableColumn("beats", "Beats", text=True, weight=2.0),
        TableColumn("by", "From", text=True, weight=1.6),
    )
    rows = tuple(_row(source, number, one) for number, one in enumerate(entries[:MAX_ENTRIES]))
    note = (
        "Rhythm, mean rate and beats from 30 s before to 30 s after; no event found is not a finding of sinus rhythm."
    )
    left = len(entries) - len(rows)
    if left:
        note += f" {plural(left, 'more entry', 'more entries')} not printed."
    return Section("diary", "Patient's diary", (Table("diary.table", "", columns, rows, note), comment("diary")))


def _row(source: ReportSource, number: int, entry: DiaryEntry) -> TableRow:
    around = surroundings(
        source.trends.given,
        source.own_episodes,
        source.fs_hz,
        source.recording.n_samples,
        (entry.start_sample, entry.stop_sample),
        source.analysis.quality,
    )
    length_s = (entry.stop_sample - entry.start_sample) / source.fs_hz
    at = source.at(entry.start_sample) + (f", {duration_text(length_s)}" if length_s else "")
    return TableRow(
        f"diary.{entry.uuid or number}",
        (
            Cell(at, sample=entry.start_sample),
            Cell(entry.title),
            Cell(entry.text or None),
            Cell(around.rhythm),
            Cell(around.mean_bpm, "no readable interval"),
            Cell(around.beats),
            Cell(entry.person or "file"),
        ),
    )


def sleep_section(source: ReportSource) -> Section | None:
    """Return figures asleep, awake and in activity; None where nothing is set and the recording is short."""
    found = source.sleep_wake
    if not found.periods and source.recording.duration_s < _LONG_S:
        return None
    blocks: list[Block] = [Paragraph("sleep.basis", source.sleep.told, source.sleep.told)]
    if found.periods:
        columns = [TableColumn("figure", "", text=True, weight=2.4)]
        columns += [TableColumn(period.name, _NAMES[period.name], digits=1) for period in found.periods]
        rows = []
        for at, column in enumerate(found.columns):
            title = f"{column.title}, {column.unit}" if column.unit else column.title
            cells = [period.cells[at] for period in found.periods]
            values = [
                Cell(None if one.value is None else f"{one.value:.{column.digits}f}", one.reason, one.sample)
                for one in cells
            ]
            rows.append(TableRow(column.name, (Cell(title), *values)))
        spans = "; ".join(
            f"{_NAMES[period.name].lower()} {', '.join(_span(source, span) for span in period.spans_s)}"
            for period in found.periods
            if period.name != "awake"
        )
        note = f"Per hour of readable signal. {spans[:1].upper()}{spans[1:]}." if spans else ""
        blocks.append(Table("sleep.table", "", tuple(columns), tuple(rows), note))
    return Section("sleep", "Asleep and awake", (*blocks, comment("sleep")))


_LONG_S: Final = 12 * 3600.0
"""Recordings from this length on say why there is no sleep."""


def _span(source: ReportSource, span: tuple[float, float]) -> str:
    begin, end = (source.at(moment * source.fs_hz, seconds=False) for moment in span)
    return f"{begin} to {end}"
