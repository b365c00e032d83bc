"""Model page's table of records, worst first, each linked to its worst minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import streamlit as st

from ecg_core.errors import SourceError
from pages.services import library
from pages.services.card_figures import Block, percent
from pages.services.wording import clock
from pages.ui import state
from pages.ui.card_tables import count
from pages.ui.markup import head, notice
from pages.ui.picklist import TableRow, table

COLUMNS: Final = (
    "Record",
    "Beats",
    "Wrong",
    "Accuracy %",
    "V beats",
    "Se %",
    "+P %",
    "S beats",
    "Se %",
    "+P %",
    "Worst minute",
)
_CHOSEN: Final = "model_record"


def records_card(block: Block) -> None:
    """Draw the table; a click opens the record at its worst minute, its reference beside the model's labels."""
    if not block.per_record:
        return
    with st.container(key="card_records"):
        head("Each record", f"{len(block.per_record)} records, the worst first; a click opens the worst minute")
        ordered = worst_first(block.per_record)
        table(
            COLUMNS,
            [TableRow(record, _cells(record, scores)) for record, scores in ordered],
            key="model_records",
            label="Each record",
            on_choice=lambda record: st.session_state.update({_CHOSEN: record}),
            numeric=range(1, len(COLUMNS)),
            height_px=420,
        )
        record = st.session_state.pop(_CHOSEN, None)
        if record is not None:
            _open(record, dict(ordered).get(record, {}), block.data)


def worst_first(per_record: Sequence[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Sort records by the share of beats with the right label; those without one come last."""

    def share(one: tuple[str, Mapping[str, Any]]) -> float:
        accuracy = one[1].get("accuracy")
        return accuracy if isinstance(accuracy, int | float) and accuracy == accuracy else 2.0

    return sorted(per_record, key=share)


def find_record(record: str, data: str, folder: str) -> str | None:
    """Find a record of a data set among what can be opened here.

    Parameters
    ----------
    record : str
        The record's own name, as cards state it.
    data : str
        The data set's folder name; a recording that lies elsewhere is another one, whatever it is called.
    folder : str
        The local folder.

    Returns
    -------
    str or None
        Its reference.
    """
    candidates = [f"physionet/{data}/{record}"] if data else []
    if folder:
        if Path(folder).expanduser().resolve().name == data:
            candidates.insert(0, f"local/{record}")
        if data:
            candidates.insert(0, f"local/{data}/{record}")
    for rec in candidates:
        try:
            library.locate(rec, folder)
        except SourceError:
            continue
        return rec
    return None


def _open(record: str, scores: Mapping[str, Any], data: str) -> None:
    rec = find_record(record, data, state.local_folder())
    if rec is None:
        where = f"{data}/{record}" if data else f"Record {record}"
        notice(
            f"{where} is not here: open a folder that holds {data or 'it'} on the Recordings page, or set ECG_DATA.",
            small=True,
        )
        return
    state.open_recording(rec)
    worst_s = scores.get("worst_minute_s")
    start_s = float(worst_s) if isinstance(worst_s, int | float) else 0.0
    view = state.change(start_s=start_s, reference=True, beat=None)
    st.switch_page("pages/review.py", query_params=state.to_params(view))


def _cells(record: str, scores: Mapping[str, Any]) -> tuple[str, ...]:
    beats, accuracy = _of(scores, "QRS").get("beats"), scores.get("accuracy")
    wrong = round(beats * (1 - accuracy)) if isinstance(beats, int) and isinstance(accuracy, int | float) else None
    cells = [record, count(beats), count(wrong), percent(accuracy)]
    for label in ("V", "S"):
        values = _of(scores, label)
        cells += [count(values.get("beats")), percent(values.get("se")), percent(values.get("ppv"))]
    worst_s, errors = scores.get("worst_minute_s"), scores.get("worst_minute_errors")
    at = clock(worst_s) if isinstance(worst_s, int | float) else "–"
    cells.append(f"{at} · {errors} wrong" if isinstance(errors, int) and errors and at != "–" else at)
    return tuple(cells)


def _of(scores: Mapping[str, Any], label: str) -> Mapping[str, Any]:
    found = scores.get(label)
    return found if isinstance(found, Mapping) else {}
