"""Streamlit component of the worklist's table: registers ``assets/worklist`` and hands on what a person does there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

from pages.services.worklist_page import COLUMNS
from pages.ui.reviewer import n_typed, reviewer

KEY: Final = "worklist_table"
_ASSETS: Final = Path(__file__).resolve().parents[2] / "assets" / "worklist"

Actions = Mapping[str, Callable[[Any], object]]


def worklist_table(rows: Sequence[Mapping[str, Any]], order: str, selected: Sequence[str], actions: Actions) -> None:
    """Draw the table.

    Parameters
    ----------
    rows : sequence of dict
        As :func:`pages.services.worklist_page.rows_of` gives them.
    order : str
        In which they are.
    selected : sequence of str
        Ids of the rows that are selected.
    actions : mapping of str to callable
        What is called with the value of each trigger: ``open``, ``claim``, ``release``, ``order``, ``select``, ``next``
        and ``person``.
    """
    data = {
        "columns": COLUMNS,
        "rows": list(rows),
        "order": order,
        "selected": list(selected),
        "person": reviewer(),
        "typed": n_typed(),
    }
    callbacks = {f"on_{name}_change": _caller(name, do) for name, do in actions.items()}
    _component()(key=KEY, data=data, **callbacks)


def _caller(name: str, do: Callable[[Any], object]) -> Callable[[], None]:
    def call() -> None:
        value = (st.session_state.get(KEY) or {}).get(name)
        if value is not None:
            do(value)

    return call


@cache
def _component() -> Any:
    javascript, css = ((_ASSETS / f"worklist.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    return st.components.v2.component("rhythmoscope.worklist", js=javascript, css=css)
