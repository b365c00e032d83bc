"""Screening page's ranking: rows by urgency, the chosen one with its worst moment, a verdict by a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from ecg_core.errors import ReviewError, SourceError
from ecg_core.rhythm import KIND_NAMES
from ecg_core.screening.strips_figure import strips_figure
from ecg_core.screening.table import URGENCY_ORDER, Filter, ResultTable
from ecg_core.screening.urgency import TIERS
from pages.services import screenings
from pages.services.accounts import Action, acting
from pages.services.screenings import KnownScreening
from pages.services.wording import ABSENT, duration, shown
from pages.ui import state
from pages.ui.markup import head, ink, notice, quiet
from pages.ui.picklist import TableRow, table
from pages.ui.reviewer import keep_reviewer, reviewer

PAGE: Final = 50
MONTAGE: Final = 10
COLUMNS: Final = ("Recording", "Urgency", "Worst finding", "At", "Length", "V %", "AF %", "Readable", "Verdict")
_ORDERS: Final = {
    "Urgency": (URGENCY_ORDER, False),
    "Name": ("name", False),
    "V burden": ("burden_v_percent", True),
    "AF burden": ("af_share", True),
    "Longest interval": ("longest_rr_s", True),
    "Least readable": ("readable_share", False),
    "Length": ("duration_s", True),
}
_CHOSEN: Final = "screening_row"
_START: Final = "screening_from"
_SAID: Final = "screening_verdict_said"
PERSON: Final = "screening_person"
STATIC_CHART: Final = {"displayModeBar": False, "staticPlot": True}


def results_so_far(known: KnownScreening) -> ResultTable | None:
    """Return the results of a screening; None, and a remark on the page, before the first.

    Parameters
    ----------
    known : KnownScreening
        The screening.
    """
    results = screenings.table_of(known)
    if results is None:
        quiet("The first results are still to come.")
    return results


def ranking(known: KnownScreening) -> None:
    """Draw the ranking, and above it the chosen recording.

    Parameters
    ----------
    known : KnownScreening
        The screening.
    """
    results = results_so_far(known)
    if results is None:
        return
    with results:
        chosen_place = st.container()
        wanted, (order, descending) = _filter(results)
        n = results.count(wanted)
        start = min(int(st.session_state.get(_START, 0)), max(n - 1, 0) // PAGE * PAGE)
        rows = results.rows(wanted, order=order, descending=descending, start=start, count=PAGE)
        if not rows:
            quiet("No recording matches the filter.")
            return
        by_key = {row["key"]: row for row in rows}
        chosen = st.session_state.get(_CHOSEN)
        if chosen not in by_key:
            chosen = rows[0]["key"]
        verdicts = screenings.verdicts_on(rows)
        keys = list(by_key)
        with chosen_place, st.container(key="card_screening_row"):
            _chosen(known, by_key[chosen], verdicts)
            _keys(known, by_key[chosen], keys, keys.index(chosen), start, n)
        table(
            COLUMNS,
            [_line(row, verdicts, row["key"] == chosen) for row in rows],
            key="screening_table",
            label="Screened recordings",
            on_choice=_choose,
            numeric=(4, 5, 6, 7),
            height_px=520,
        )
        last = min(start + PAGE, n)
        quiet(f"{start + 1:,} to {last:,} of {n:,}")
        with st.container(horizontal=True):
            st.button("Earlier rows", key="screening_back", disabled=start == 0, on_click=_turn, args=(start - PAGE,))
            st.button("Later rows", key="screening_on", disabled=last >= n, on_click=_turn, args=(start + PAGE,))
            _downloads(known)


def _filter(results: ResultTable) -> tuple[Filter, tuple[str, bool]]:
    text, tiers, worst, order = st.columns([0.28, 0.3, 0.24, 0.18])
    words = str(text.text_input("Search", key="screening_search", placeholder="name, finding, statement")).strip()
    counts = dict(results.groups("tier"))
    chosen_tiers = tiers.multiselect(
        "Urgency",
        range(len(TIERS)),
        key="screening_tiers",
        format_func=lambda tier: f"{TIERS[tier]} ({counts.get(tier, 0):,})",
        placeholder="all",
    )
    kinds = [value for value, _ in results.groups("worst") if value]
    chosen_kinds = worst.multiselect(
        "Worst finding",
        kinds,
        key="screening_kinds",
        format_func=lambda kind: KIND_NAMES.get(kind, kind),
        placeholder="all",
    )
    by = str(order.selectbox("Order", list(_ORDERS), key="screening_order"))
    equal: dict[str, Sequence[Any]] = {}
    if chosen_tiers:
        equal["tier"] = chosen_tiers
    if chosen_kinds:
        equal["worst"] = chosen_kinds
    return Filter(words, equal), _ORDERS[by]


def _chosen(known: KnownScreening, row: dict[str, Any], verdicts: dict[str, list[Any]]) -> None:
    """Draw the chosen recording: why it stands where it does, its worst moment, and the keys."""
    head(shown(str(row["name"]), 80), f"{TIERS[row['tier']]} · {screenings.finding_of(row)}")
    reason = row["refused"] or row["worst_reason"] or ""
    quiet(shown(str(reason), 300))
    if not row["refused"]:
        figure = strips_figure([screenings.worst_strip(known, row)], ink())
        st.plotly_chart(figure, key="screening_strip", config=STATIC_CHART)
        quiet(shown(f"Not assessed: {row['not_assessed'] or 'nothing'}", 400))
    if row["device_statement"]:
        agrees = {True: "agrees", False: "differs", None: "not compared"}[row["device_agrees"]]
        quiet(shown(f"The device states: {row['device_statement']} ({agrees})", 300))
    for verdict in verdicts.get(screenings.code_of(row), []):
        note = f": {verdict.note}" if verdict.note else ""
        quiet(shown(f"{verdict.person}: {verdict.verdict}{note}", 300))
    said = st.session_state.get(_SAID, "")
    if said:
        notice(said, problem=True, small=True)
    name_column, note_column = st.columns([0.3, 0.7])
    if acting().is_signed_in:
        name_column.text_input("Your name", acting().name, disabled=True)
    else:
        st.session_state[PERSON] = reviewer()
        name_column.text_input("Your name", key=PERSON, max_chars=60, on_change=_named)
    note_column.text_input("Note", key="screening_note", max_chars=500, placeholder="kept with the verdict")


def _keys(known: KnownScreening, row: dict[str, Any], keys: Sequence[str], at: int, start: int, n: int) -> None:
    """Draw the buttons of the chosen recording with their keys."""
    with st.container(horizontal=True):
        for label, answer, key in (("Agree", "agree", "a"), ("Disagree", "disagree", "d"), ("Unsure", "unsure", "u")):
            st.button(label, key=f"screening_{answer}", shortcut=key, on_click=judge, args=(row, answer))
        first, last = at == 0 and start == 0, start + at + 1 >= n
        for label, key, by, off in (("Previous", "p", -1, first), ("Next", "n", 1, last)):
            st.button(
                label,
                key=f"screening_{label.lower()}",
                shortcut=key,
                disabled=off,
                on_click=_step,
                args=(keys, at, by, start),
            )
        if st.button("Open in Review", key="screening_open", shortcut="o", type="primary"):
            open_in_review(known, row)


def _named() -> None:
    keep_reviewer(str(st.session_state[PERSON]), typed=True)


def judge(row: dict[str, Any], answer: str) -> None:
    """Keep a verdict of the person at the page.

    Parameters
    ----------
    row : dict
        Of the results.
    answer : {"agree", "disagree", "unsure"}
        The verdict.
    """
    st.session_state[_SAID] = ""
    try:
        person = reviewer()
        if not person:
            st.session_state[_SAID] = "Type your name first: a verdict stands under it."
            return
        screenings.give_verdict(row, answer, person, str(st.session_state.get("screening_note", "")).strip())
        st.session_state["screening_note"] = ""
    except ReviewError as error:
        st.session_state[_SAID] = str(error)


def open_in_review(known: KnownScreening, row: dict[str, Any]) -> None:
    """Go to a row's recording, at its worst moment.

    Parameters
    ----------
    known : KnownScreening
        The screening.
    row : dict
        Of its results.
    """
    try:
        rec, folder = screenings.reference_and_folder(known, row)
    except SourceError as error:
        notice(str(error), problem=True, small=True)
        return
    state.use_folder(folder)
    state.open_recording(rec)
    state.change(start_s=max(float(row["worst_at_s"] or 0.0) - 2.0, 0.0), difference=None)
    st.switch_page("pages/review.py", query_params=state.to_params(state.current()))


def _step(keys: Sequence[str], at: int, by: int, start: int) -> None:
    if 0 <= at + by < len(keys):
        st.session_state[_CHOSEN] = keys[at + by]
    else:
        _turn(start + by * PAGE)


def _choose(key: str) -> None:
    st.session_state[_CHOSEN] = key


def _turn(start: int) -> None:
    st.session_state[_START] = max(start, 0)
    st.session_state.pop(_CHOSEN, None)


def _line(row: dict[str, Any], verdicts: dict[str, list[Any]], current: bool) -> TableRow:
    given = verdicts.get(screenings.code_of(row), [])
    cells = (
        shown(str(row["name"]), 60),
        TIERS[row["tier"]],
        shown(screenings.finding_of(row), 60),
        _at(row["worst_at_s"]),
        ABSENT if row["duration_s"] is None else duration(row["duration_s"]),
        _figure(row["burden_v_percent"], 1.0),
        _figure(row["af_share"], 100.0),
        ABSENT if row["readable_share"] is None else f"{100 * row['readable_share']:.0f} %",
        ", ".join(sorted({verdict.verdict for verdict in given})),
    )
    return TableRow(row["key"], cells, current=current)


def _at(seconds: float | None) -> str:
    return (
        ABSENT if seconds is None else f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02d}:{int(seconds) % 60:02d}"
    )


def _figure(value: float | None, factor: float) -> str:
    return ABSENT if value is None else f"{factor * value:.1f}"


def montage(known: KnownScreening) -> None:
    """Draw the worst strips of many recordings.

    Parameters
    ----------
    known : KnownScreening
        The screening.
    """
    results = results_so_far(known)
    if results is None:
        return
    with results:
        wanted = Filter(equal={"status": ["done"]})
        n = results.count(wanted)
        pages = max((n - 1) // MONTAGE + 1, 1)
        at = int(st.number_input("Page", 1, pages, key="screening_montage_page")) if pages > 1 else 1
        rows = results.rows(wanted, start=(at - 1) * MONTAGE, count=MONTAGE)
    if not rows:
        quiet("No recording was screened yet.")
        return
    quiet(f"{(at - 1) * MONTAGE + 1:,} to {(at - 1) * MONTAGE + len(rows):,} of {n:,} by urgency, the finding shaded")
    st.plotly_chart(
        strips_figure([screenings.worst_strip(known, row) for row in rows], ink()),
        key="screening_montage",
        config=STATIC_CHART,
    )


def _downloads(known: KnownScreening) -> None:
    if not acting().may(Action.EXPORT):
        return
    for label, name, mime in (("CSV", "screening.csv", "text/csv"), ("Parquet", "screening.parquet", None)):
        path = known.folder / name
        st.download_button(label, path.read_bytes, file_name=f"{known.name}{path.suffix}", mime=mime, on_click="ignore")
    st.download_button(
        "Report (PDF)",
        lambda: screenings.batch_report(known),
        file_name=f"{known.name}.pdf",
        mime="application/pdf",
        on_click="ignore",
    )
