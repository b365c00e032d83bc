"""Screening page's check of the ranking, and comparison with another screening."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from ecg_core.screening.comparison import CHANGES
from ecg_core.screening.harmless_sample import HARMLESS_TIERS, harmless_sample, missed_share
from ecg_core.screening.strips_figure import strips_figure
from ecg_core.screening.table import Filter
from pages.services import screenings
from pages.services.screenings import KnownScreening
from pages.services.wording import shown
from pages.ui.markup import head, ink, notice, quiet
from pages.ui.picklist import TableRow, table
from pages.ui.reviewer import reviewer
from pages.ui.screening_table import STATIC_CHART, judge, open_in_review, results_so_far

SIZES: Final = (30, 60, 100, 200, 300)
_SEED: Final = 1
_MAX_CHANGES: Final = 200


def sample(known: KnownScreening) -> None:
    """Draw a random sample of the recordings ranked as harmless, and what a person found in it.

    Parameters
    ----------
    known : KnownScreening
        The screening.
    """
    results = results_so_far(known)
    if results is None:
        return
    with results:
        n_harmless = results.count(Filter(equal={"tier": HARMLESS_TIERS}))
        head("What the ranking misses", "a random sample of the recordings ranked as harmless, read by a person")
        if not n_harmless:
            quiet("No recording is ranked as harmless.")
            return
        size = int(st.selectbox("Recordings to check", SIZES, key="screening_sample_size", width=220))
        rows = screenings.rows_of(results, harmless_sample(results, size, _SEED))
    given = screenings.verdicts_on(rows)
    answers = {row["key"]: _answer(given.get(screenings.code_of(row), [])) for row in rows}
    checked = [answer == "disagree" for answer in answers.values() if answer in ("agree", "disagree")]
    notice(missed_share(checked).sentence(n_harmless), small=True)
    unsure = sum(answer == "unsure" for answer in answers.values())
    if unsure:
        quiet(f"{unsure} of the sample are unsure and not counted.")
    row = next((row for row in rows if not answers[row["key"]]), None)
    if row is None:
        quiet("All of this sample are judged; draw a larger one for a narrower interval.")
        return
    _judged(known, row, len([answer for answer in answers.values() if answer]) + 1, len(rows))


def _answer(verdicts: list[Any]) -> str:
    """Return the answer of several people: disagree where one of them found something urgent."""
    answers = {verdict.verdict for verdict in verdicts}
    return next((answer for answer in ("disagree", "unsure", "agree") if answer in answers), "")


def _judged(known: KnownScreening, row: dict[str, Any], number: int, size: int) -> None:
    head(shown(str(row["name"]), 80), f"{number} of {size}")
    st.plotly_chart(
        strips_figure([screenings.worst_strip(known, row)], ink()), key="screening_sample_strip", config=STATIC_CHART
    )
    quiet("Is it harmless, as ranked? Look at the whole recording before you say so.")
    if not reviewer():
        quiet("Type your name under Ranking first.")
    agree, disagree, unsure, look = st.columns(4)
    for column, label, answer in (
        (agree, "Harmless", "agree"),
        (disagree, "Urgent: was missed", "disagree"),
        (unsure, "Unsure", "unsure"),
    ):
        column.button(label, key=f"sample_{answer}", width="stretch", on_click=judge, args=(row, answer))
    if look.button("Open in Review", key="sample_open", type="primary", width="stretch"):
        open_in_review(known, row)


def changes(known: KnownScreening) -> None:
    """Draw what changed since another screening of the same recordings.

    Parameters
    ----------
    known : KnownScreening
        The screening.
    """
    others = [name for name in screenings.screening_names() if name != known.name]
    if not others:
        quiet("There is no other screening to compare with; another model or version over the same folder makes one.")
        return
    name = str(st.selectbox("Compared with the earlier", others, key="screening_earlier", width=320))
    earlier = screenings.known_screening(name)
    found = None if earlier is None else screenings.changes_since(earlier, known)
    if found is None:
        quiet("One of the two has no results yet.")
        return
    counts = ", ".join(f"{found.counts[change]:,} {change}" for change in CHANGES if found.counts[change])
    notice(
        f"{found.n_both:,} recordings are in both: {counts or 'none'}. "
        f"{found.n_only_before:,} are in the earlier one alone, {found.n_only_after:,} in this one alone.",
        small=True,
    )
    if found.changes:
        lines = [
            TableRow(None, (shown(one.name, 60), one.change, shown(one.before, 80), shown(one.after, 80)))
            for one in found.changes[:_MAX_CHANGES]
        ]
        table(
            ("Recording", "Change", "Earlier", "Now"),
            lines,
            key="screening_changes",
            label="Recordings that changed",
            on_choice=lambda _: None,
            height_px=480,
        )
        more = len(found.changes) - _MAX_CHANGES
        if more > 0:
            quiet(f"{more:,} more; the most consequential are shown.")
