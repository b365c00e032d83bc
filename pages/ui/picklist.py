"""A table of recordings to choose from with one click. Texts are shown literally."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

_ASSETS: Final = Path(__file__).resolve().parents[2] / "assets" / "picklist"


@dataclass(frozen=True)
class TableRow:
    """One line of a table; without an id it cannot be chosen.

    Attributes
    ----------
    id : str or None
    cells : tuple of str
    badge : str
        Beside the first cell.
    current : bool
    note : str
        A sentence that takes the place of the cells that are not there.
    problem : bool
        Whether the note says what is wrong.
    """

    id: str | None
    cells: tuple[str, ...]
    badge: str = ""
    current: bool = False
    note: str = ""
    problem: bool = False


def table(
    columns: Sequence[str],
    rows: Sequence[TableRow],
    key: str,
    label: str,
    on_choice: Callable[[str], None],
    numeric: Sequence[int] = (),
    height_px: int | None = None,
    selected: Sequence[str] = (),
    on_selection: Callable[[list[str]], None] | None = None,
) -> None:
    """Draw a table with rows to choose from; where `on_selection` is given, several can be selected by boxes.

    Parameters
    ----------
    columns : sequence of str
        Headings.
    rows : sequence of TableRow
        The rows.
    key : str
        Key of the widget.
    label : str
        Name of the table for screen readers.
    on_choice : callable
        Called with the id of the row that was clicked.
    numeric : sequence of int
        Indices of numeric columns.
    height_px : int, optional
        Height in pixels; that of the rows by default.
    selected : sequence of str
        Ids of the rows that are selected.
    on_selection : callable, optional
        Called with the ids of the rows that are selected then.
    """
    data = {
        "label": label,
        "columns": list(columns),
        "numeric": list(numeric),
        "rows": [asdict(row) for row in rows],
        "height_px": height_px,
        "selected": None if on_selection is None else list(selected),
    }

    def notify() -> None:
        chosen = (st.session_state.get(key) or {}).get("chosen")
        if isinstance(chosen, str):
            on_choice(chosen)

    def select() -> None:
        ids = (st.session_state.get(key) or {}).get("selected")
        if isinstance(ids, list) and on_selection is not None:
            on_selection([str(one) for one in ids])

    _component()(key=key, data=data, on_chosen_change=notify, on_selected_change=select)


@cache
def _component() -> Any:
    javascript, css = ((_ASSETS / f"picklist.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    return st.components.v2.component("rhythmoscope.picklist", js=javascript, css=css)
