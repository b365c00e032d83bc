"""Differences with the verdict of the label audit beside each, and the labels to decide that are no differences."""

from __future__ import annotations

from typing import Final

import pandas as pd

from ecg_core.rhythm import URGENCY
from ecg_core.screening.differences import NOTHING, UNSAID, difference_key, rank_of_beat
from ecg_core.screening.label_audit import LabelAudit

VERDICT_COLUMNS: Final = ("verdict", "reason")


def with_verdicts(table: pd.DataFrame, audit: LabelAudit | None) -> pd.DataFrame:
    """Put the verdicts of an audit beside differences.

    Parameters
    ----------
    table : pandas.DataFrame
        Of :class:`~ecg_core.screening.differences.Differences`.
    audit : LabelAudit or None
        Of the same recording and labels; None where there is none, as without classes.

    Returns
    -------
    pandas.DataFrame
        The table with columns ``verdict`` and ``reason``, empty where there is none, and a row more for each label that
        is not confirmed and no difference: a second mark on a beat, a label in noise, an episode found in part.
    """
    table = table.assign(verdict="", reason="")
    if audit is None or audit.table.empty:
        return table
    judged = audit.table
    beats = judged[judged["unit"] == "beat"]
    place = dict(zip(beats["start_sample"].tolist(), beats.index.tolist(), strict=True))
    events = judged[judged["unit"] == "event"]
    verdicts, reasons = judged["verdict"].tolist(), judged["reason"].tolist()
    used: set[int] = set()
    found: list[int] = []
    for unit, start, stop, program, reference in zip(
        *(table[name].tolist() for name in ("unit", "sample", "stop_sample", "program", "reference")), strict=True
    ):
        if unit == "beat":
            at = [place[start]] if start in place else []
        else:
            at = _events_at(events, start, stop, program, reference)
            at.sort(key=lambda row: verdicts[row] == "confirmed")
        found.append(at[0] if at else -1)
        used.update(at)
    table["verdict"] = [verdicts[at] if at >= 0 else "" for at in found]
    table["reason"] = [reasons[at] if at >= 0 else "" for at in found]
    more = judged[(judged["verdict"] != "confirmed") & ~judged.index.isin(used)]
    if more.empty:
        return table
    joined = pd.concat([table, _rows_of(more)], ignore_index=True)
    return joined.sort_values(["rank", "sample"], kind="stable").reset_index(drop=True)


def _events_at(events: pd.DataFrame, start: int, stop: int, program: str, reference: str) -> list[int]:
    """Return the rows of the verdicts that an episode is about, those on the more urgent of its two kinds first."""
    there = events[(events["start_sample"] < stop) & (events["stop_sample"] > start)]
    named = [("file", "stated", reference), ("program", "program", program)]
    named.sort(key=lambda each: URGENCY.index(each[2]) if each[2] in URGENCY else len(URGENCY))
    found: list[int] = []
    for by, column, kind in named:
        found += there[(there["by"] == by) & (there[column] == kind)].index.tolist()
    return found


def _rows_of(judged: pd.DataFrame) -> pd.DataFrame:
    rows = []
    columns = ("unit", "start_sample", "stop_sample", "kind", "stated", "program", "verdict", "reason")
    for unit, start, stop, kind, stated, program, verdict, reason in zip(
        *(judged[name].tolist() for name in columns), strict=True
    ):
        ours, theirs = program or NOTHING, stated or NOTHING
        rank = rank_of_beat((ours, theirs, UNSAID)) if unit == "beat" else URGENCY.index(kind)
        key = difference_key(unit, start, ours, theirs)
        rows.append(
            (key, "beat" if unit == "beat" else "episode", start, stop, ours, theirs, UNSAID, rank, verdict, reason)
        )
    names = ("key", "unit", "sample", "stop_sample", "program", "reference", "person", "rank", *VERDICT_COLUMNS)
    return pd.DataFrame(rows, columns=list(names))
