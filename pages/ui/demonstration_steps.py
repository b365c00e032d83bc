"""Steps of a case's demonstration: the link for the class, and for teachers the table in which they are prepared."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

from ecg_core.errors import SourceError
from ecg_core.teaching.demonstration import (
    MAX_STEPS,
    REVEALED,
    VIEWS,
    Demonstration,
    Step,
    demonstration_of,
    kept_file,
)
from ecg_core.teaching.library import TeachingCase
from pages.services.demonstrations import (
    MOTIONS,
    demonstrated_case,
    keep_steps,
    may_edit_steps,
    rows_of_steps,
    steps_of_rows,
)
from pages.ui.demonstration_view import link_of
from pages.ui.markup import head, notice, quiet

_KEPT: Final = "demonstration_kept"


def draw(case: TeachingCase) -> None:
    """Draw the link and, for teachers, the table of steps, folded until it is wanted.

    Parameters
    ----------
    case : TeachingCase
        The case.
    """
    try:
        demonstration = demonstration_of(case)
    except SourceError as error:
        notice(str(error), problem=True)
        return
    shown = demonstrated_case(case)
    if shown is None:
        return
    n = len(demonstration.steps)
    with st.container(key="card_case_steps"):
        head("Demonstration", f"{n} prepared {'step' if n == 1 else 'steps'}" if n else "no steps prepared yet")
        quiet(f"Link for the class: {link_of(case)}")
        if not may_edit_steps():
            return
        with st.expander("Prepare the steps", key="demonstration_editing"):
            quiet(
                f"Times in seconds of the tracing, which has {shown.recording.duration_s:g} s. What a step leaves "
                f"empty stays as it was; highlight and measurement last one step. {MAX_STEPS} steps at most."
            )
            leads = list(shown.recording.lead_names)
            table = st.data_editor(
                _table(demonstration),
                key=f"demonstration_rows_{case.code}_{n}",
                num_rows="dynamic",
                hide_index=True,
                width="stretch",
                column_config=_columns(leads),
            )
            with st.container(horizontal=True):
                if st.button("Keep these steps", key="demonstration_keep", type="primary"):
                    _keep(case, table.to_dict("records"))
                if kept_file(case).exists() and st.button("Back to the case's own steps", key="demonstration_forget"):
                    _keep(case, [])
            if st.session_state.pop(_KEPT, False):
                notice("The steps are kept; whoever opens the link sees them.", small=True)


def _table(demonstration: Demonstration) -> pd.DataFrame:
    """Return the steps with the types that their columns are edited as, which an empty table would not have."""
    rows = rows_of_steps(demonstration if demonstration.steps else Demonstration((Step("-"),)))
    frame = pd.DataFrame(rows).astype({name: "float64" for name in rows if name.endswith("_s")})
    if not demonstration.steps:
        frame["text"] = ""
    return frame


def _keep(case: TeachingCase, rows: list[dict[Any, Any]]) -> None:
    try:
        steps = steps_of_rows(rows)
        keep_steps(case, steps)
    except SourceError as error:
        notice(str(error), problem=True)
        return
    st.session_state[_KEPT] = bool(steps)
    st.rerun()


def _columns(leads: list[str]) -> dict[str, Any]:
    def seconds(label: str) -> Any:
        return st.column_config.NumberColumn(label, min_value=0.0, step=0.001, format="%.3f", width="small")

    return {
        "text": st.column_config.TextColumn("Text for the class", width="large", max_chars=240, required=True),
        "go_to_s": seconds("Go to"),
        "highlight_from_s": seconds("Highlight from"),
        "highlight_to_s": seconds("to"),
        "highlight_lead": st.column_config.SelectboxColumn("in lead", options=leads, width="small"),
        "measure_from_s": seconds("Measure from"),
        "measure_to_s": seconds("to"),
        "reveal": st.column_config.MultiselectColumn("Reveal", options=list(REVEALED)),
        "hide": st.column_config.MultiselectColumn("Hide", options=list(REVEALED)),
        "view": st.column_config.SelectboxColumn("View", options=list(VIEWS), width="small"),
        "lead": st.column_config.SelectboxColumn("Strip of lead", options=leads, width="small"),
        "motion": st.column_config.SelectboxColumn("Motion", options=list(MOTIONS), width="small"),
    }
