"""Tables that several sections share: episodes of some kinds, and the hourly table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

import pandas as pd

from ecg_core.report.blocks import Cell, Paragraph, Table, TableColumn, TableRow
from ecg_core.report.source import ReportSource
from ecg_core.report.wording import plural, time_text
from ecg_core.rhythm import KIND_NAMES
from ecg_core.texts import sentence_case

MAX_EPISODES: Final = 10
"""Episodes listed in a table; how many there are is told beside it."""

HOUR_S: Final = 3600.0
_WITHOUT_BEATS: Final = frozenset({"VF", "POSSIBLE_VT", "VT"})


def comment(section: str) -> Paragraph:
    """Return the place for a person's own words at the end of a section; empty in a draft."""
    return Paragraph(f"{section}.comment", "")


def kind_name(kind: str) -> str:
    """Return the name of a kind of episode, as a label."""
    return sentence_case(KIND_NAMES.get(kind, "sinus rhythm" if kind == "N" else kind))


def episode_table(
    source: ReportSource, table_id: str, title: str, episodes: pd.DataFrame, *, beats: bool = True, rate: bool = True
) -> Table:
    """Return a table of episodes, those that stand first.

    Parameters
    ----------
    source : ReportSource
        What the report is made from.
    table_id, title : str
        Of the table. Where all episodes are of one kind the title names it, and no column does.
    episodes : pandas.DataFrame
        One at least, in the order in which they are wanted.
    beats, rate : bool
        Whether to list their beats and their rate.

    Returns
    -------
    Table
    """
    kinds = list(dict.fromkeys(episodes["kind"].tolist()))
    several = len(kinds) > 1
    columns = [TableColumn("at", "Time", text=True, weight=1.5)]
    columns += [TableColumn("kind", "Kind", text=True, weight=2.6)] if several else []
    columns.append(TableColumn("length_s", "Length", "s", digits=1))
    columns += [TableColumn("n_beats", "Beats")] if beats else []
    columns += [TableColumn("rate_bpm", "Rate", "bpm")] if rate else []
    columns.append(TableColumn("reason", "Reason", text=True, weight=5.0))
    rows = []
    for episode in episodes.head(MAX_EPISODES).to_dict("records"):
        start, stop = int(episode["start_sample"]), int(episode["stop_sample"])
        cells = [Cell(source.at(start), sample=start)]
        cells += [Cell(kind_name(str(episode["kind"])))] if several else []
        cells.append(Cell((stop - start) / source.fs_hz))
        if beats:
            n_beats = _whole(episode["n_beats"])
            # Where beats cannot be told apart their number is not zero but unknown.
            cells.append(Cell(None if not n_beats and episode["kind"] in _WITHOUT_BEATS else n_beats))
        cells += [Cell(_finite(episode["rate_bpm"]))] if rate else []
        cells.append(Cell(_reason(episode)))
        rows.append(TableRow(str(episode["event"]), tuple(cells)))
    left = len(episodes) - len(rows)
    note = ""
    if left > 0:
        note = f"The first {len(rows)} by urgency, then by length or beats; {plural(left, 'more', 'more')} not listed."
    shown = title if several else f"{title}: {KIND_NAMES.get(kinds[0], kinds[0])}"
    return Table(table_id, shown, tuple(columns), tuple(rows), note)


def hourly_table(source: ReportSource, table_id: str, title: str, wanted: Collection[str]) -> Table | None:
    """Return columns of the hourly table, with a row for each hour, the day, the night, and the whole recording.

    Parameters
    ----------
    source : ReportSource
        What the report is made from.
    table_id, title : str
        Of the table.
    wanted : collection of str
        Names of columns, as in :mod:`ecg_core.rhythm.trends`; those that the recording does not have are left out.

    Returns
    -------
    Table or None
        None where the recording lies within one hour.
    """
    trend = source.trends.table
    if sum(row.kind == "hour" for row in trend.rows) < 2:
        return None
    chosen = [at for at, column in enumerate(trend.columns) if column.name in wanted]
    if not chosen:
        return None
    columns = [TableColumn("period", "Period", text=True, weight=2.0)]
    columns += [
        TableColumn(column.name, column.title, column.unit, column.group, column.digits)
        for column in (trend.columns[at] for at in chosen)
    ]
    rows = []
    for number, row in enumerate(trend.rows):
        cells = [Cell(_period(source, row.kind, row.spans_s))]
        cells += [Cell(row.cells[at].value, row.cells[at].reason, row.cells[at].sample) for at in chosen]
        name = f"hour {number}" if row.kind == "hour" else row.kind
        rows.append(TableRow(name, tuple(cells), total=row.kind != "hour"))
    return Table(table_id, title, tuple(columns), tuple(rows))


def _period(source: ReportSource, kind: str, spans_s: Sequence[tuple[float, float]]) -> str:
    if kind == "hour":
        start_s, stop_s = spans_s[0]
        begin, end = (time_text(moment, source.clock_s, seconds=False) for moment in (start_s, stop_s))
        # The day is told once where both times are of it.
        day = end.partition(" ")[2]
        return f"{begin.removesuffix(f' {day}') if day else begin}–{end.removeprefix('+')}"
    if kind == "whole":
        return "Whole recording"
    length = timedelta(seconds=round(sum(stop - start for start, stop in spans_s)))
    hours = length.total_seconds() / HOUR_S
    return f"{'Day, 06–22' if kind == 'day' else 'Night, 22–06'} ({hours:.1f} h)"


def _reason(episode: dict[object, object]) -> str:
    by = {"person": "named by a person; ", "pacing": "pacing; "}.get(str(episode["source"]), "")
    return f"{by}{episode['reason']}"


def _whole(value: object) -> int | None:
    return None if value is None or value is pd.NA or value != value else int(str(value).split(".")[0])


def _finite(value: object) -> float | None:
    if value is None or value is pd.NA:
        return None
    number = float(str(value))
    return number if number == number else None
