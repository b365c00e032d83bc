"""Screening page's disagreement: program, files and people over the whole batch, and the worst differences first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Any, Final

import streamlit as st

from ecg_core.errors import ReviewError, SourceError
from ecg_core.review.edits import Judgement
from ecg_core.screening.differences import NOTHING, ROWS
from ecg_core.screening.strips_figure import strips_figure
from ecg_core.screening.urgency import TIERS
from ecg_core.texts import sentence_case
from pages.services import screenings
from pages.services.screening_disagreement import (
    CONSEQUENCE_ORDER,
    DIFFERING,
    Disagreement,
    disagreement_in,
)
from pages.services.screenings import KnownScreening
from pages.services.wording import ABSENT, clock, shown
from pages.ui import state
from pages.ui.markup import Markup, head, ink, notice, quiet
from pages.ui.markup import table as markup_table
from pages.ui.picklist import TableRow, table
from pages.ui.screening_table import STATIC_CHART, results_so_far

PAGE: Final = 50
COLUMNS: Final = ("Recording", "Worst difference", "At", "Differences", "Episodes", "Kappa", "V F1", "S F1", "Judged")
_CHOSEN: Final = "disagreement_row"
_START: Final = "disagreement_from"
_BEFORE_S: Final = 2.0
_STRIP_S: Final = 2.0


def disagreement(known: KnownScreening) -> None:
    """Draw where the program and the files' annotations disagree, recordings with the worst difference first.

    Parameters
    ----------
    known : KnownScreening
        The screening.
    """
    results = results_so_far(known)
    if results is None:
        return
    with results:
        try:
            found = disagreement_in(results)
        except ReviewError as error:
            notice(str(error), problem=True, small=True)
            return
        if not found.n_compared:
            quiet(
                "No recording of this screening was compared: none brought annotations of beats or rhythm along, or an "
                "earlier version screened them."
            )
            return
        start = min(int(st.session_state.get(_START, 0)), max(found.n_differing - 1, 0) // PAGE * PAGE)
        rows = results.rows(DIFFERING, order=CONSEQUENCE_ORDER, start=start, count=PAGE)
    words = f"{found.n_differences:,} in {found.n_differing:,} of {found.n_compared:,} recordings with annotations"
    head("Differences from the files' annotations", words)
    if not rows:
        quiet("Nothing differs in what was compared; the figures below tell what that is.")
    else:
        _listed(known, found, rows, start)
    _figures(found)


def _listed(known: KnownScreening, found: Disagreement, rows: list[dict[str, Any]], start: int) -> None:
    keys = [row["key"] for row in rows]
    chosen = st.session_state.get(_CHOSEN)
    at = keys.index(chosen) if chosen in keys else 0
    with st.container(key="card_disagreement_row"):
        _chosen(known, rows[at], found)
        _buttons(known, rows[at], keys, at, start, found.n_differing)
    table(
        COLUMNS,
        [_line(row, found, row["key"] == keys[at]) for row in rows],
        key="disagreement_table",
        label="Recordings that differ from their annotations",
        on_choice=_choose,
        numeric=(3, 4, 5, 6, 7),
        height_px=420,
    )
    last = min(start + PAGE, found.n_differing)
    quiet(f"{start + 1:,} to {last:,} of {found.n_differing:,}, the difference of most consequence first")
    with st.container(horizontal=True):
        st.button("Earlier rows", key="disagreement_back", disabled=not start, on_click=_turn, args=(start - PAGE,))
        st.button(
            "Later rows",
            key="disagreement_on",
            disabled=last >= found.n_differing,
            on_click=_turn,
            args=(start + PAGE,),
        )


def _chosen(known: KnownScreening, row: dict[str, Any], found: Disagreement) -> None:
    """Draw the chosen recording: its worst difference, the strip there, and what else differs."""
    at_s = float(row["worst_difference_at_s"] or 0.0)
    words = str(row["worst_difference"])
    head(shown(str(row["name"]), 80), f"{words} · {clock(at_s)}")
    strip = screenings.strip_at(known, row, at_s, at_s + _STRIP_S, words)
    st.plotly_chart(strips_figure([strip], ink()), key="disagreement_strip", config=STATIC_CHART)
    parts = [
        f"{row['n_differences']:,} differences from {row['reference']}: {row['n_episode_differences']:,} of episodes, "
        f"{row['n_beat_differences']:,} of beats",
        f"ranked: {TIERS[row['tier']]}",
        _judged_words(found.judged.get(screenings.code_of(row))),
    ]
    quiet(shown(" · ".join(parts), 300))
    if row["reference_notes"]:
        quiet(shown(str(row["reference_notes"]), 400))


def _buttons(known: KnownScreening, row: dict[str, Any], keys: Sequence[str], at: int, start: int, n: int) -> None:
    with st.container(horizontal=True):
        first, last = at == 0 and start == 0, start + at + 1 >= n
        for label, name, key, by, off in (
            ("Previous difference", "previous", "Shift+I", -1, first),
            ("Next difference", "next", "I", 1, last),
        ):
            st.button(
                label,
                key=f"disagreement_{name}",
                shortcut=key,
                disabled=off,
                on_click=_step,
                args=(keys, at, by, start),
            )
        if st.button("Open the difference", key="disagreement_open", shortcut="Shift+O", type="primary"):
            _open(known, row)


def _open(known: KnownScreening, row: dict[str, Any]) -> None:
    """Go to a row's recording in Review, at its worst difference."""
    try:
        rec, folder = screenings.reference_and_folder(known, row)
    except SourceError as error:
        notice(str(error), problem=True, small=True)
        return
    at_s = float(row["worst_difference_at_s"] or 0.0)
    state.use_folder(folder)
    state.open_recording(rec)
    sample = round(at_s * float(row["fs_hz"]))
    state.change(start_s=max(at_s - _BEFORE_S, 0.0), beat=None, reference=True, difference=sample)
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


def _line(row: dict[str, Any], found: Disagreement, current: bool) -> TableRow:
    judged = found.judged.get(screenings.code_of(row), Counter())
    cells = (
        shown(str(row["name"]), 60),
        str(row["worst_difference"]),
        clock(row["worst_difference_at_s"]),
        f"{row['n_differences']:,}",
        f"{row['n_episode_differences']:,}",
        _figure(row["reference_kappa"], 2),
        _figure(row["reference_v_f1"], 1),
        _figure(row["reference_s_f1"], 1),
        f"{judged.total():,}" if judged else "",
    )
    return TableRow(row["key"], cells, current=current)


def _figure(value: float | None, digits: int) -> str:
    return ABSENT if value is None else f"{value:.{digits}f}"


def _judged_words(judged: Counter[Judgement] | None) -> str:
    if not judged:
        return "none judged"
    return (
        f"{judged.total():,} judged: program right {judged['program']:,}, file right {judged['file']:,}, "
        f"unsure {judged['unsure']:,}"
    )


def _figures(found: Disagreement) -> None:
    """Draw the confusion table of the batch, and the files' counts beside the audited ones."""
    beats, counts = st.columns(2)
    with beats, st.container(key="card_disagreement_beats"):
        head("Beats of all recordings", "the files' classes down, the program's across; – for no beat")
        if found.confusion.any():
            names = ["–" if each == NOTHING else each for each in ROWS]
            lines = [
                [name, *(_cell(int(n), row == column, row == column == len(ROWS) - 1) for column, n in enumerate(line))]
                for row, (name, line) in enumerate(zip(names, found.confusion.tolist(), strict=True))
            ]
            st.html(markup_table(["file ↓  program →", *names], lines, numeric=range(1, len(names) + 1)))
            quiet(_agreement_words(found))
        else:
            quiet("No file marks beats: rhythms alone were compared.")
    with counts, st.container(key="card_disagreement_counts"):
        head("Counts of the files, and as audited", "what was refuted is left out, what the files lack is in")
        there = [count for count in found.counts if count.file or count.audited or count.uncertain]
        lines = [
            [sentence_case(count.name), f"{count.file:,}", f"{count.audited:,}", f"{count.uncertain:,}"]
            for count in there
        ]
        if lines:
            st.html(markup_table(["", "file", "audited", "to decide"], lines, numeric=(1, 2, 3)))
        nil = ", ".join(count.name for count in found.counts if count not in there)
        if nil:
            quiet(f"Neither has: {nil}.")
    judged = found.judged_in_all
    words = _judged_words(judged)
    if found.n_asked < found.n_differing:
        words += f" (of the {found.n_asked:,} recordings with the worst differences)"
    quiet(f"Who was right, as people said in Review: {words}.")


def _cell(n: int, agreed: bool, never: bool) -> str | Markup:
    text = "" if never else f"{n:,}"
    return Markup(f"<b>{escape(text)}</b>") if agreed and n else text


def _agreement_words(found: Disagreement) -> str:
    classes = [f"{letter} {100 * value:.1f} %" for letter, value in found.agreement.items() if value is not None]
    kappa = "not defined" if found.kappa is None else f"{found.kappa:.2f}"
    return f"Kappa {kappa}; agreement on {', '.join(classes)}."
