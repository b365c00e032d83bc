"""The Model page's table of all models: the shipped one and the textbook recipes, measured alike."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
import streamlit as st

from pages.services.card_figures import percent
from pages.ui.markup import head, notice

TABLE: Final = "zoo.json"
_OWN: Final = (("auc", "AUC {:.3f}"), ("mae_bpm", "MAE {:.1f} bpm"))
_ROW_PX: Final = 30
_SHARES: Final = {
    "V F1 %": "V_f1",
    "S F1 %": "S_f1",
    "S F1 % without 232": "S_f1_without_232",
    "N F1 %": "N_f1",
    "Accuracy %": "accuracy",
}


def zoo_card(models_folder: Path) -> None:
    """Draw the table of ``zoo.json``; one sentence where there is none."""
    with st.container(key="card_zoo"):
        head("All models", "trained on DS1, measured on DS2 with the same scorer; a click on a column's head sorts")
        rows = read_zoo(models_folder / TABLE)
        if not rows:
            notice("No table of models is here; make zoo trains the textbook recipes and writes it.", small=True)
            return
        frame = zoo_frame(rows)
        st.dataframe(
            frame,
            hide_index=True,
            key="model_zoo",
            column_config=_columns(frame),
            row_height=_ROW_PX,
            height=_ROW_PX * (len(frame) + 1) + 3,
            width="stretch",
            placeholder="–",
        )
        checked = [line for row in rows if (line := _published(row))]
        for line in checked:
            st.html(f'<div class="rs-quiet">{line}</div>')


def read_zoo(path: Path) -> list[Mapping[str, Any]]:
    """Read the table's rows; what cannot be read is as good as absent."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [row for row in rows if isinstance(row, Mapping) and row.get("name")] if isinstance(rows, list) else []


def zoo_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Arrange the rows as columns to sort by; shares in percent, what is absent is NaN.

    Parameters
    ----------
    rows : sequence of mappings
        As ``zoo.json`` holds them.
    """
    lines = []
    for row in rows:
        figures = row.get("figures")
        found = figures if isinstance(figures, Mapping) else {}
        lines.append(
            {
                "Model": str(row["name"]),
                "What it tells": str(row.get("trained_for", "")),
                **{title: _number(found.get(key), 100) for title, key in _SHARES.items()},
                "Other": " · ".join(text.format(found[key]) for key, text in _OWN if _is_number(found.get(key))),
                "Parameters": _number(row.get("parameters")),
                "Examples / s": _number(found.get("examples_per_s")),
                "Training s": _number(row.get("seconds_to_train")),
            }
        )
    return pd.DataFrame(lines)


def _columns(frame: pd.DataFrame) -> dict[str, Any]:
    columns: dict[str, Any] = {
        name: st.column_config.NumberColumn(format="%.1f" if name in _SHARES else "localized")
        for name in frame.select_dtypes("number").columns
    }
    texts = {"Model": st.column_config.TextColumn(pinned=True), "Other": st.column_config.TextColumn(width=110)}
    return columns | texts


def _published(row: Mapping[str, Any]) -> str:
    checked = row.get("published_split")
    found = checked if isinstance(checked, Mapping) else {}
    own, published = found.get("accuracy"), found.get("published_accuracy")
    if not (_is_number(own) and _is_number(published)):
        return ""
    return f"{row['name']}: {percent(own)} % accuracy on its published split, {percent(published)} % in print."


def _number(value: Any, factor: float = 1.0) -> float:
    return factor * value if _is_number(value) else float("nan")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
