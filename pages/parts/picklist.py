"""Lists to choose from with one click: events, recordings. Texts are shown literally."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

_ASSETS: Final = Path(__file__).resolve().parents[2] / "assets" / "picklist"


@dataclass(frozen=True)
class EventRow:
    """One event: class letter, title with a remark beside and below it, a value at the right."""

    id: str
    title: str
    value: str
    beside: str = ""
    remark: str = ""
    letter: str | None = None
    current: bool = False


@dataclass(frozen=True)
class TableRow:
    """One line of a table; without an id it cannot be chosen."""

    id: str | None
    cells: tuple[str, ...]
    badge: str = ""
    current: bool = False


def event_list(
    rows: Sequence[EventRow], key: str, label: str, on_choice: Callable[[str], None], height_px: int | None = None
) -> None:
    """Draw a list of events; `on_choice` gets the id of the one that was clicked, before the page runs again."""
    _draw({"label": label, "rows": [asdict(row) for row in rows], "height_px": height_px}, key, on_choice)


def table(
    columns: Sequence[str],
    rows: Sequence[TableRow],
    key: str,
    label: str,
    on_choice: Callable[[str], None],
    numeric: Sequence[int] = (),
    height_px: int | None = None,
) -> None:
    """Draw a table whose lines can be chosen; `on_choice` gets the id of the line that was clicked."""
    data = {
        "label": label,
        "columns": list(columns),
        "numeric": list(numeric),
        "rows": [asdict(row) for row in rows],
        "height_px": height_px,
    }
    _draw(data, key, on_choice)


def _draw(data: dict[str, Any], key: str, on_choice: Callable[[str], None]) -> None:
    def notify() -> None:
        chosen = (st.session_state.get(key) or {}).get("chosen")
        if isinstance(chosen, str):
            on_choice(chosen)

    _component()(key=key, data=data, on_chosen_change=notify)


@cache
def _component() -> Any:
    javascript, css = ((_ASSETS / f"picklist.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    return st.components.v2.component("rhythmoscope.picklist", js=javascript, css=css)
