"""Tables of numbers (CSV, TSV, Parquet, NPY, MATLAB), whose rate, unit and leads may have to be entered.

Nothing is guessed: a rate comes from a column of times with its unit, from the file's own words or from the person; a
unit from the column's name (``II_mv``, ``II (uV)``), a line of units or the person. What is missing is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.errors import RecordingError
from ecg_core.formats.common.lead_names import (
    MAX_LEADS,
    millivolts_per,
    names_ecg,
    names_other,
    usual_name,
    usual_names,
)
from ecg_core.formats.common.millivolts import as_float32, scaled
from ecg_core.formats.tables.annotations import NAME as MARKS_NAME
from ecg_core.formats.tables.annotations import marks_file, read_marks
from ecg_core.formats.tables.columns import Column, Table
from ecg_core.formats.tables.layout import UNCALIBRATED, LayoutNeededError, TableLayout, given_note
from ecg_core.formats.tables.timing import Timeline, Timing, timing_of
from ecg_core.recording import SYNTHETIC_MARK, Lead, Recording, Source

_COUNT_NAME = re.compile(
    r"^(|#|no\.|index|row|samples?|(sample|packet|frame|row)[ _]?(no|number|index|nr|counter|count|#)|unnamed: 0|nseq|"
    r"seq|counter)$",
    re.IGNORECASE,
)
_NO_SIGNAL = re.compile(
    r"^(hr|heart[ _]?rate|rr[ _i]?|rri|bpm|ibi|hrv|marker|trigger|label|annotations?|class|beats?|r[ _-]?peaks?|"
    r"quality|sqi|lead[ _-]?off|loff|[io]\d|digital|battery|ecg[ _-]?(hr|rr|ibi|quality|status)|ecgtohr.*)\b",
    re.IGNORECASE,
)
_STEPS_UNIT = re.compile(r"^(\d+(?:\.\d+)?)\s*(?:adu|steps|lsb)?/\s*mv$", re.IGNORECASE)
_FEW: Final = 0.01
"""The share of cells of a lead that may be no numbers without a question."""


def recording_of(path: Path, table: Table, layout: TableLayout | None, *, name: str, source: Source) -> Recording:
    """Build a recording from a table.

    Parameters
    ----------
    path : Path
        The file.
    table : Table
        Its content.
    layout : TableLayout or None
        What the person entered.
    name : str
        Name of the recording.
    source : str
        Where the recording comes from; see `ecg_core.recording.Source`.

    Returns
    -------
    Recording

    Raises
    ------
    LayoutNeededError
        If the rate or unit is neither in the file nor in the layout.
    RecordingError
        If the layout does not fit the table.
    """
    layout = layout or TableLayout()
    if table.n_rows < 2:
        raise RecordingError(f"{path.name} has {table.n_rows} rows of numbers, which is no recording.")
    timing = timing_of(path, table, layout)
    chosen, lead_names = find_leads(path, table, layout, timing.columns)
    scales = [_scale(table.columns[column].unit, layout.unit) for column in chosen]
    _ask(path, table, timing, None in scales)
    fs_hz = timing.fs_hz
    assert fs_hz is not None
    told = layout.told()
    notes = [*table.notes, *timing.notes, *_cell_notes(path, table, chosen, lead_names, layout)]
    if told:
        notes.append(given_note([what for what, _ in told]))
    known = [scale if scale is not None else (1.0, False) for scale in scales]
    factors = np.array([factor for factor, _ in known])
    zeros = np.array([table.columns[column].zero for column in chosen])
    if not all(calibrated for _, calibrated in known):
        notes.append(f"The unit of {path.name} is not known: its millivolts are relative.")
    timeline = Timeline.of(timing.clock, table.n_rows)

    def read_span(start: int, stop: int, leads: Sequence[int]) -> npt.NDArray[np.float32]:
        columns, own = [chosen[lead] for lead in leads], list(leads)
        values = timeline.read(lambda first, last: table.read(first, last, columns), start, stop, len(own))
        return as_float32(scaled(values, factors[own], -factors[own] * zeros[own]))

    left_out = [
        column.name
        for index, column in enumerate(table.columns)
        if column.name and index not in chosen and index not in timing.columns
    ]
    return Recording(
        name=name,
        fs_hz=fs_hz,
        n_samples=timeline.n_samples,
        leads=tuple(
            Lead(usual, calibrated=calibrated, original_name=own)
            for usual, own, (_, calibrated) in zip(usual_names(lead_names), lead_names, known, strict=True)
        ),
        read_span=read_span,
        files=(path,),
        start_time=timing.begins or table.begins,
        comments=table.comments,
        source=source,
        identity=table.identity,
        synthetic=bool(table.comments) and table.comments[0].startswith(SYNTHETIC_MARK),
        notes=tuple(notes),
        other_channels=tuple(left_out),
        load_annotations=(lambda _: read_marks(path, timeline.n_samples)) if marks_file(path).is_file() else None,
        annotation_names=(MARKS_NAME,) if marks_file(path).is_file() else (),
        format_name=table.format_name,
        user_metadata=told,
    )


def _cell_notes(
    path: Path, table: Table, chosen: Sequence[int], names: Sequence[str], layout: TableLayout
) -> list[str]:
    """Tell how many cells of the leads are no numbers; more than a few are asked about."""
    notes = []
    for place, name in zip(chosen, names, strict=True):
        column = table.columns[place]
        if column.n_invalid > max(_FEW * table.n_rows, 1) and not layout.invalid_as_gaps:
            raise LayoutNeededError(
                f"{column.n_invalid:,} of {table.n_rows:,} values of {name} in {path.name} are not numbers; say how "
                "its numbers are written, or that these are gaps.",
                [one.name for one in table.columns],
                table.n_rows,
                ["decimal", "invalid_as_gaps"],
                contradicts=True,
            )
        if column.n_invalid:
            are = "is not a number" if column.n_invalid == 1 else "are not numbers"
            notes.append(f"{column.n_invalid:,} of {table.n_rows:,} values of lead {name} {are}; shown as gaps.")
        if column.n_absent:
            are = "is missing" if column.n_absent == 1 else "are missing"
            notes.append(f"{column.n_absent:,} of {table.n_rows:,} values of lead {name} {are}; shown as gaps.")
    return notes


def find_leads(path: Path, table: Table, layout: TableLayout, times: Collection[int]) -> tuple[list[int], list[str]]:
    """Return the lead columns and their names.

    Parameters
    ----------
    path : Path
        For error messages.
    table : Table
        Its content.
    layout : TableLayout
        What the person entered.
    times : collection of int
        Indices of the columns of times.

    Returns
    -------
    columns : list of int
        Indices of the lead columns.
    names : list of str
    """
    if layout.columns is not None:
        return _picked(path, table, layout.columns, layout.lead_names)
    held = [
        index
        for index, column in enumerate(table.columns)
        if index not in times
        and not column.is_text
        and not is_no_signal(column)
        and (column.name or column.n_absent < table.n_rows)
    ]
    if layout.lead_names is not None:
        return _told(path, table, layout.lead_names, held)
    voltage = [index for index in held if not names_other(table.columns[index].name)]
    named = [index for index in voltage if names_ecg(table.columns[index].name)]
    chosen = named or voltage
    if not chosen or len(chosen) > MAX_LEADS:
        raise RecordingError(f"{path.name} holds no column that is an ECG lead; it has {_listed(table)}.")
    return chosen, [table.columns[index].name or f"lead {place}" for place, index in enumerate(chosen, start=1)]


def is_no_signal(column: Column) -> bool:
    """Tell whether a column is named as a count of rows, a mark or a derived value such as the heart rate."""
    return bool(column.name) and bool(_COUNT_NAME.match(column.name) or _NO_SIGNAL.match(column.name))


def _picked(
    path: Path, table: Table, places: Sequence[int], names: Sequence[str] | None
) -> tuple[list[int], list[str]]:
    n_columns = len(table.columns)
    if not places or len(set(places)) < len(places) or not all(0 <= place < n_columns for place in places):
        raise RecordingError(
            f"{path.name} has {n_columns} columns; choose at least one of them as a lead, and each only once."
        )
    if names is not None and len(names) != len(places):
        raise RecordingError(f"{path.name}: {len(places)} columns are chosen as leads but {len(names)} are named.")
    given = names or ("",) * len(places)
    own = [table.columns[place].name for place in places]
    return list(places), [
        name.strip() or column or f"lead {at}" for at, (name, column) in enumerate(zip(given, own, strict=True), 1)
    ]


def _told(path: Path, table: Table, names: Sequence[str], held: list[int]) -> tuple[list[int], list[str]]:
    by_name = {usual_name(table.columns[index].name): index for index in reversed(held) if table.columns[index].name}
    found = [by_name.get(usual_name(name)) for name in names]
    if found and all(index is not None for index in found) and len(set(found)) == len(found):
        return [index for index in found if index is not None], list(names)
    if len(names) == len(held):
        return held, list(names)
    raise RecordingError(
        f"{path.name} has {len(held)} columns of signal ({_listed(table)}), which does not fit the {len(names)} leads "
        "given; name each column, or those that are leads by their own names."
    )


def _listed(table: Table) -> str:
    names = ", ".join(column.name or "(no name)" for column in table.columns[:20])
    return f"{names:.200}" or "none"


def _scale(own_unit: str | None, told_unit: str | None) -> tuple[float, bool] | None:
    """Return what one value is in mV and whether that is known; None if nobody says the unit."""
    for unit in (told_unit, own_unit):
        if unit is None:
            continue
        factor = millivolts_per(unit)
        if factor is not None:
            return factor, True
        steps = _STEPS_UNIT.match(unit.strip())
        if steps and float(steps[1]) > 0:
            return 1 / float(steps[1]), True
        if unit == told_unit and unit.strip().lower() != UNCALIBRATED:
            raise RecordingError(f"{unit!r:.40} is no unit of voltage; give mV, uV, V, 200/mV or '{UNCALIBRATED}'.")
        return 1.0, False
    return None


def _ask(path: Path, table: Table, timing: Timing, no_unit: bool) -> None:
    wanted = {"fs_hz": ("its sampling rate", timing.fs_hz is None), "unit": ("the unit of its values", no_unit)}
    missing = [field for field, (_, absent) in wanted.items() if absent]
    if timing.question is not None:
        raise LayoutNeededError(
            timing.question,
            [column.name for column in table.columns],
            table.n_rows,
            missing or ["fs_hz"],
            contradicts=True,
        )
    if missing:
        said = " and ".join(wanted[field][0] for field in missing)
        raise LayoutNeededError(
            f"{path.name} is a table of {table.n_rows} rows and {len(table.columns)} columns that does not say {said}; "
            "give the rate in Hz, the unit (mV, uV, ...) and, if the columns have no names, the leads.",
            [column.name for column in table.columns],
            table.n_rows,
            missing,
        )
