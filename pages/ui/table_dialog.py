"""Dialog for what a file does not say: of a table rate, unit and lead columns, of other files the ECG channels."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from html import escape
from typing import Final, Literal

import streamlit as st

from ecg_core.errors import RecordingError, SourceError
from ecg_core.figures.preview import preview_figure
from ecg_core.formats import UNCALIBRATED, TableLayout
from ecg_core.formats.common.lead_names import usual_name
from ecg_core.formats.tables.columns import seconds_per
from ecg_core.formats.tables.view import ColumnView, TableView
from pages.services import library
from pages.services.library import LocatedRecording
from pages.services.table_preview import Preview, preview
from pages.services.wording import shown
from pages.ui import state
from pages.ui.channel_dialog import choose_channels
from pages.ui.markup import in_dialog, ink, notice, quiet, trace_image
from pages.ui.open_buttons import open_or_cancel

MAX_COLUMNS: Final = 32
"""Columns that are listed; a table of more is better converted."""

RATES: Final = ("100", "125", "128", "200", "250", "256", "257", "300", "360", "400", "500", "512", "1000", "2000")
_OWN: Final = "as the columns say"
_STEPS: Final = "steps in 1 mV"
_NONE: Final = "none"
_UNITS: Final = {"mV": "mV", "µV": "uV", "V": "V", _STEPS: "", "not known (uncalibrated)": UNCALIBRATED}
_TIME_UNITS: Final = {"seconds": "s", "milliseconds": "ms", "microseconds": "us", "nanoseconds": "ns", "minutes": "min"}
_SIGNS: Final = {"as its cells show": None, "point: 1,234.5": ".", "comma: 1.234,5": ","}
_ORDERS: Final = {"not known": None, "day/month/year": "dmy", "month/day/year": "mdy"}
_REMEMBERED: Final = "layouts_of_columns"
_OPENINGS: Final = "table_dialogs"
_ASKED: Final = "table_asked_about"
_DESCRIBED: Final = "table_described"
_CHART: Final = {"displayModeBar": False, "staticPlot": True}
_WIDTHS: Final = (0.07, 0.63, 0.3)
_NUMBER: Final = re.compile(r"\s*(\d{1,7}(?:[.,]\d{1,6})?)\s*(?:hz)?\s*", re.IGNORECASE)

Signature = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class _Table:
    """What the dialog is about."""

    rec: str
    located: LocatedRecording
    view: TableView
    before: TableLayout
    key: str


def ask(rec: str) -> None:
    """Ask about a table: the dialog stays until it is closed or the table is opened, whatever else is drawn again."""
    number = st.session_state.get(_OPENINGS, 0) + 1
    st.session_state[_OPENINGS] = number
    st.session_state[_ASKED] = (rec, f"table_{number}")


def draw(only: str | None = None) -> None:
    """Draw the dialog where a table is being asked about; every page that may ask ends with this.

    Parameters
    ----------
    only : str, optional
        The one recording that the page is about; what was asked elsewhere about others is dropped.
    """
    rec, key = st.session_state.get(_ASKED, (None, ""))
    if rec is None or (only is not None and rec != only):
        _forget()
    else:
        _dialog(rec, key)


def _forget() -> None:
    st.session_state.pop(_ASKED, None)


def pop_described_table() -> str | None:
    """Return the reference of the table whose layout was entered last and clear it; None if there is none."""
    rec: str | None = st.session_state.pop(_DESCRIBED, None)
    return rec


@st.dialog("What does this file hold?", width="large", on_dismiss=_forget)
def _dialog(rec: str, key: str) -> None:
    try:
        located = library.locate(rec, state.local_folder())
        view = located.view_table()
    except (RecordingError, SourceError) as error:
        notice(str(error), problem=True)
        return
    in_dialog()
    if view is None:
        with st.container(key="table_form"):
            _channels(rec, located, key)
        return
    remembered: dict[Signature, TableLayout] = st.session_state.setdefault(_REMEMBERED, {})
    before = located.layout or remembered.get(_signature(view)) or TableLayout()
    asked = _Table(rec, located, view, before, key)
    with st.container(key="table_form"):
        _facts(asked)
        problem, layout = _form(asked)
        seen = problem or preview(located, layout)
        _signal(seen, key)
        clicked = open_or_cancel(located, layout, key, isinstance(seen, Preview))
        if clicked == "open":
            remembered[_signature(view)] = layout
        if clicked is not None:
            _close(rec, clicked)


def _channels(rec: str, located: LocatedRecording, key: str) -> None:
    """Ask which channels of a file that is no table are ECG leads."""
    try:
        channels = located.unnamed_channels()
    except RecordingError as error:
        notice(shown(str(error), 400), problem=True)
        return
    if not channels:
        notice(f"{located.name} says itself which of its channels are ECG leads; choose it again.", problem=True)
    elif clicked := choose_channels(located, channels, key):
        _close(rec, clicked)


def _facts(asked: _Table) -> None:
    view = asked.view
    n_columns = len(view.columns)
    columns = "1 column" if n_columns == 1 else f"{n_columns:,} columns"
    facts = [shown(asked.located.name, 80), view.format_name, f"{view.n_rows:,} rows", columns]
    quiet(" · ".join(facts))


def _form(asked: _Table) -> tuple[str | None, TableLayout]:
    """Draw the fields; returns what is wrong with them, and the layout that they say."""
    rate, unit, times = st.columns(3)
    with rate:
        fs_text = _rate_field(asked)
    with unit:
        chosen_unit = _unit_field(asked)
    with times:
        time_column, time_unit = _times_field(asked)
    decimal, date_order, invalid_as_gaps = _doubtful_fields(asked)
    columns, names = _columns(asked, time_column)
    fs_hz, problem = _rate_of(fs_text)
    if not columns:
        problem = problem or "Choose at least one column as a lead."
    suggested = [place for place, column in enumerate(asked.view.columns) if column.lead]
    usual = [asked.view.columns[place].lead for place in columns]
    differ = columns != suggested or names != usual
    return problem, TableLayout(
        fs_hz=fs_hz,
        unit=chosen_unit,
        lead_names=tuple(names) if differ else None,
        time_column=time_column if fs_hz is None and time_column != asked.view.times else None,
        columns=tuple(columns) if differ else None,
        time_unit=time_unit if fs_hz is None else None,
        decimal=decimal,
        date_order=date_order,
        invalid_as_gaps=invalid_as_gaps,
    )


def _doubtful_fields(asked: _Table) -> tuple[str | None, str | None, bool | None]:
    """Draw the fields for what the cells leave open; returns decimal sign, order of dates, and what words are."""
    before, doubts = asked.before, asked.view.doubts
    decimal, order, gaps = before.decimal, before.date_order, before.invalid_as_gaps
    if not doubts:
        return decimal, order, gaps
    sign_field, order_field = st.columns(2)
    if "decimal" in doubts:
        told = next(name for name, sign in _SIGNS.items() if sign == decimal)
        name = sign_field.selectbox(
            "Decimal sign", list(_SIGNS), index=list(_SIGNS).index(told), key=f"{asked.key}_decimal"
        )
        decimal = _SIGNS[name]
    if "date_order" in doubts:
        told = next((name for name, known in _ORDERS.items() if known == order), "not known")
        name = order_field.selectbox(
            "Dates are", list(_ORDERS), index=list(_ORDERS).index(told), key=f"{asked.key}_order"
        )
        order = _ORDERS[name]
    if "invalid_as_gaps" in doubts:
        n_invalid = max(column.n_invalid for column in asked.view.columns if column.lead)
        gaps = st.checkbox(
            f"Cells that are no numbers are gaps (up to {n_invalid:,} of {asked.view.n_rows:,} in a lead)",
            value=bool(gaps),
            key=f"{asked.key}_gaps",
        )
    return decimal, order, gaps or None


def _rate_field(asked: _Table) -> str:
    known = "" if asked.view.fs_hz is None else f"{asked.view.fs_hz:g}"
    before = asked.before.fs_hz
    options = list(RATES) if before is None or f"{before:g}" in RATES else [f"{before:g}", *RATES]
    text: str | None = st.selectbox(
        "Sampling rate (Hz)",
        options,
        index=None if before is None else options.index(f"{before:g}"),
        key=f"{asked.key}_rate",
        placeholder=f"{known} by the file" if known else "choose or type",
        accept_new_options=True,
        help="Samples of one lead in a second.",
    )
    return text or ""


def _rate_of(text: str) -> tuple[float | None, str | None]:
    if not text.strip():
        return None, None
    written = _NUMBER.fullmatch(text)
    value = float(written[1].replace(",", ".")) if written else 0.0
    if not value:
        return None, f"{shown(text, 30)!r} is no sampling rate; write samples a second, such as 250."
    return value, None


def _unit_field(asked: _Table) -> str | None:
    own = all(column.unit for column in asked.view.columns if column.lead) and any(
        column.lead for column in asked.view.columns
    )
    options = [*([_OWN] if own else []), *_UNITS]
    steps, before = None, asked.before.unit
    if before is not None and before.endswith("/mV"):
        steps, chosen = float(before.removesuffix("/mV")), _STEPS
    else:
        chosen = next((name for name, unit in _UNITS.items() if unit and unit == before), _OWN if own else "")
    name = st.selectbox(
        "Unit of the values",
        options,
        index=options.index(chosen) if chosen else None,
        key=f"{asked.key}_unit",
        placeholder="choose",
        help="Raw values of a converter are steps: the device's manual says how many make 1 mV.",
    )
    if name == _STEPS:
        per_mv = st.number_input(
            "Steps in 1 mV", min_value=0.001, max_value=1e9, value=steps or 200.0, key=f"{asked.key}_steps", format="%g"
        )
        return f"{per_mv:.9g}/mV"
    return None if name is None or name == _OWN else _UNITS[name]


def _times_field(asked: _Table) -> tuple[int | None, str | None]:
    columns = asked.view.columns
    labels = [_NONE, *(_label(place, column) for place, column in enumerate(columns[:MAX_COLUMNS]))]
    before = asked.before.time_column if isinstance(asked.before.time_column, int) else asked.view.times
    at = 0 if before is None or before >= MAX_COLUMNS else before + 1
    chosen = st.selectbox(
        "Column of times",
        labels,
        index=at,
        key=f"{asked.key}_times",
        help="Times from row to row; they give the rate where none is written.",
    )
    place = labels.index(chosen) - 1
    if place < 0:
        return None, None
    unit = columns[place].unit
    if unit is not None and (place == asked.view.times or seconds_per(unit) is not None):
        return place, None
    usual = next((name for name, short in _TIME_UNITS.items() if short == asked.before.time_unit), "seconds")
    name = st.selectbox(
        "Times are in", list(_TIME_UNITS), index=list(_TIME_UNITS).index(usual), key=f"{asked.key}_time_unit"
    )
    return place, _TIME_UNITS[name]


def _columns(asked: _Table, times: int | None) -> tuple[list[int], list[str]]:
    """Draw the columns; returns the places of those that are leads, and their names."""
    columns = asked.view.columns
    named = dict(zip(asked.before.columns or (), asked.before.lead_names or (), strict=False))
    places, names = [], []
    for part, title in zip(st.columns(_WIDTHS), ("Lead", "Column and its beginning", "Called"), strict=True):
        part.html(f'<span class="rs-quiet rs-column">{title}</span>')
    with st.container(key="table_columns", height=min(54 * min(len(columns), MAX_COLUMNS) + 12, 284), border=False):
        for place, column in enumerate(columns[:MAX_COLUMNS]):
            check, what, name = st.columns(_WIDTHS, vertical_alignment="center")
            is_lead = check.checkbox(
                f"Column {place + 1} is a lead",
                value=place in asked.before.columns if asked.before.columns is not None else bool(column.lead),
                key=f"{asked.key}_lead_{place}",
                disabled=place == times,
                label_visibility="collapsed",
            )
            what.html(_column_html(place, column))
            called = name.text_input(
                f"Name of column {place + 1}",
                value=named.get(place) or column.lead or column.name,
                key=f"{asked.key}_name_{place}",
                max_chars=40,
                disabled=not is_lead or place == times,
                label_visibility="collapsed",
            )
            if is_lead and place != times:
                places.append(place)
                names.append(usual_name(called) if called.strip() else column.name or f"lead {len(places)}")
    if len(columns) > MAX_COLUMNS:
        quiet(f"{len(columns) - MAX_COLUMNS:,} more columns are left out.")
    return places, names


def _signal(seen: Preview | str, key: str) -> None:
    if isinstance(seen, str):
        waits = seen.startswith("Give ")
        notice(shown(seen, 400), problem=not waits, small=waits)
        return
    figure = preview_figure(seen.signal, seen.fs_hz, seen.lead_names, calibrated=seen.calibrated, trace_colour=ink())
    st.plotly_chart(figure, key=f"{key}_figure", config=_CHART, alt=f"The first seconds: {seen.facts}")
    quiet(seen.facts)
    if seen.doubt:
        notice(seen.doubt, small=True)


def _close(rec: str, how: Literal["open", "cancel"]) -> None:
    """Close the dialog and, where the file is to be opened, say so to the page."""
    if how == "open":
        st.session_state[_DESCRIBED] = rec
    _forget()
    st.rerun()


def _signature(view: TableView) -> Signature:
    """Return what makes tables alike: their format, and their columns' names and units."""
    return ((view.format_name, None), *((column.name, column.unit) for column in view.columns))


def _label(place: int, column: ColumnView) -> str:
    return f"{place + 1}: {shown(column.name, 30)}" if column.name else f"column {place + 1}"


def _column_html(place: int, column: ColumnView) -> str:
    unit = f" ({shown(column.unit, 12)})" if column.unit else ""
    values = ", ".join("–" if math.isnan(value) else f"{value:.5g}" for value in column.first)
    told = " · ".join(part for part in (column.reason, values) if part)
    return (
        f'<div class="rs-column">{trace_image(column.trace)}<div><b>{escape(_label(place, column))}{escape(unit)}</b> '
        f"<span>{escape(told)}</span></div></div>"
    )
