"""Section of heart-rate variability, with what it rests on or why it is refused."""

from __future__ import annotations

from typing import Final

from ecg_core.report.blocks import Block, Cell, Figure, Figures, Paragraph, Table, TableColumn, TableRow
from ecg_core.report.model import Section
from ecg_core.report.sections.tables import comment, hourly_table
from ecg_core.report.source import ReportSource
from ecg_core.report.wording import duration_text
from ecg_core.rhythm.hrv import Variability
from ecg_core.rhythm.hrv.measure_names import MEASURE_NAMES

_NO_PART: Final = "the recording has no part of it"
_NO_CLOCK: Final = "the recording does not say when it began"


def variability_section(source: ReportSource) -> Section:
    """Return heart-rate variability of the whole recording, the day and the night."""
    variability = source.trends.variability
    whole = variability.whole
    figures = [
        Figure("hrv.n_nn", "N-N intervals", whole.n_nn, detail=duration_text(whole.nn_s)),
        Figure("hrv.left_out_percent", "Time left out", 100 * whole.left_out_share, "%", 1, _causes(whole)),
    ]
    turbulence = variability.turbulence
    figures += [
        Figure("hrv.onset_percent", "Turbulence onset", turbulence.onset_percent, "%", 1, reason=turbulence.reason),
        Figure("hrv.slope_ms", "Turbulence slope", turbulence.slope_ms, "ms/RR", 1, reason=turbulence.reason),
    ]
    blocks: list[Block] = [Figures("hrv.figures", tuple(figures))]
    day, night = variability.day(), variability.night()
    parts: list[tuple[str, str, Variability | None]] = [("whole", "Whole", whole)]
    if variability.has_clock:
        parts += [
            ("day", "Day", variability.of(*day) if day else None),
            ("night", "Night", variability.of(*night) if night else None),
        ]
    if whole.refused and all(part is None or part.refused for _, _, part in parts):
        text = f"Heart-rate variability is not given: {whole.refused}."
        blocks.append(Paragraph("hrv.refused", text, text, emphasis=True))
        return Section("hrv", "Heart-rate variability", (*blocks, comment("hrv")))
    columns = (
        TableColumn("group", "", text=True, weight=1.6),
        TableColumn("measure", "Measure", text=True, weight=1.8),
        *(TableColumn(name, title, text=False) for name, title, _ in parts),
        TableColumn("unit", "Unit", text=True, weight=0.7),
        TableColumn("meaning", "What it is", text=True, weight=4.0),
    )
    rows = []
    previous = ""
    for name, told in MEASURE_NAMES.items():
        cells = [Cell(told.group if told.group != previous else ""), Cell(told.title)]
        previous = told.group
        for _, _, part in parts:
            cells.append(_cell(part, name, told.digits))
        rows.append(TableRow(name, (*cells, Cell(told.unit), Cell(told.meaning))))
    note = "" if variability.has_clock else f"No day and night: {_NO_CLOCK}."
    blocks.append(Table("hrv.table", "", columns, tuple(rows), note))
    hourly = hourly_table(source, "hrv.hourly", "By hour", ("sdnn_ms", "rmssd_ms", "lf_hf"))
    if hourly is not None:
        blocks.append(hourly)
    return Section("hrv", "Heart-rate variability", (*blocks, comment("hrv")))


def _cell(part: Variability | None, name: str, digits: int) -> Cell:
    if part is None:
        return Cell(None, _NO_PART)
    if part.refused:
        return Cell(None, part.refused)
    measure = part.measures[name]
    return Cell(None if measure.value is None else round(measure.value, digits), measure.reason)


def _causes(found: Variability) -> str:
    return ", ".join(f"{name} {duration_text(time_s)}" for name, (_, time_s) in found.left_out.items())
