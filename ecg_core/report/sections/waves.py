"""Sections that rest on waves: intervals and QTc, ST segment, diagnostic statements, what the device measured."""

from __future__ import annotations

from typing import Final

import numpy as np

from ecg_core.delineation.device_comparison import compared_with_device
from ecg_core.delineation.measured import GLOBAL_QUANTITIES, LEAD_QUANTITIES, Measured
from ecg_core.delineation.st import BIN_S
from ecg_core.interpretation.statement import DISCLAIMER
from ecg_core.report.blocks import Block, Cell, Figure, Figures, Paragraph, Table, TableColumn, TableRow
from ecg_core.report.model import Section
from ecg_core.report.sections.tables import comment, episode_table, hourly_table
from ecg_core.report.source import ReportSource
from ecg_core.texts import sentence_case

QUANTITY_NAMES: Final[dict[str, tuple[str, str]]] = {
    "rr_ms": ("RR", "ms"),
    "rate_bpm": ("Rate", "bpm"),
    "p_ms": ("P", "ms"),
    "pr_ms": ("PR", "ms"),
    "qrs_ms": ("QRS", "ms"),
    "qt_ms": ("QT", "ms"),
    "qtc_bazett_ms": ("QTc Bazett", "ms"),
    "qtc_fridericia_ms": ("QTc Fridericia", "ms"),
    "qtc_framingham_ms": ("QTc Framingham", "ms"),
    "qtc_hodges_ms": ("QTc Hodges", "ms"),
    "p_axis_deg": ("P axis", "°"),
    "qrs_axis_deg": ("QRS axis", "°"),
    "t_axis_deg": ("T axis", "°"),
}
_LEAD_ROWS: Final[dict[str, tuple[str, str, int]]] = {
    "p_mv": ("P", "mV", 2),
    "q_ms": ("Q", "ms", 0),
    "q_mv": ("Q", "mV", 2),
    "r_mv": ("R", "mV", 2),
    "s_mv": ("S", "mV", 2),
    "qrs_ms": ("QRS", "ms", 0),
    "j_mv": ("J", "mV", 2),
    "st60_mv": ("ST60", "mV", 2),
    "st80_mv": ("ST80", "mV", 2),
    "t_mv": ("T", "mV", 2),
    "qt_ms": ("QT", "ms", 0),
}
_NOT_DELINEATED: Final = (
    "The waves were not delineated: intervals, ST segment and diagnostic statements are not assessed."
)
_MAX_ST_COLUMNS: Final = 4
"""Leads up to so many have their ST deviation in the hourly table."""

_SEVERITIES: Final = {"critical": "Critical", "urgent": "Urgent", "abnormal": "Abnormal", "borderline": "Borderline"}


def not_delineated(section: str, title: str) -> Section:
    """Return a section that says that the waves were not delineated.

    Parameters
    ----------
    section, title : str
        Of the section.
    """
    return Section(section, title, (Paragraph(f"{section}.none", _NOT_DELINEATED, _NOT_DELINEATED), comment(section)))


def measured_figure(name: str, measured: Measured) -> Figure:
    """Return a measurement of the usual beat with its uncertainty.

    Parameters
    ----------
    name : str
        Of `ecg_core.delineation.measured.GLOBAL_QUANTITIES`.
    measured : Measured
        The quantity.
    """
    label, unit = QUANTITY_NAMES[name]
    detail = "" if measured.sd is None else f"± {measured.sd:.0f}"
    return Figure(f"intervals.{name}", label, measured.value, unit, 0, detail, measured.reason)


def intervals_section(source: ReportSource) -> Section:
    """Return intervals, QTc by four formulas, axes, and their course by hour."""
    found = source.measurements
    if found is None:
        return not_delineated("intervals", "Intervals and QTc")
    overall = found.shown.overall
    figures = tuple(measured_figure(name, overall[name]) for name in GLOBAL_QUANTITIES)
    basis = f"Of the median of {found.basis}. ± is the standard error."
    blocks: list[Block] = [Figures("intervals.figures", figures, columns=3), Paragraph("intervals.basis", basis, basis)]
    n_leads = len(source.recording.leads)
    wanted = ["pr_ms", "qrs_ms", "qtc_ms", "longest_qtc_ms"]
    wanted += [f"st_{lead}" for lead in range(n_leads)] if n_leads <= _MAX_ST_COLUMNS else []
    table = hourly_table(source, "intervals.hourly", "By hour", wanted)
    return Section("intervals", "Intervals and QTc", (*blocks, *([table] if table else []), comment("intervals")))


def matrix_section(source: ReportSource) -> Section:
    """Return the measurements of the usual beat by lead."""
    found = source.measurements
    if found is None:
        return not_delineated("matrix", "Measurements by lead")
    leads = found.shown.leads
    columns = [TableColumn("quantity", "", text=True, weight=1.3)]
    columns += [TableColumn(f"lead_{at}", name, digits=2) for at, name in enumerate(source.public.lead_names)]
    rows = []
    for name in LEAD_QUANTITIES:
        if name not in _LEAD_ROWS:
            continue
        label, unit, digits = _LEAD_ROWS[name]
        cells = [Cell(f"{label}, {unit}")]
        for lead in source.recording.lead_names:
            value = leads[lead][name].value
            cells.append(Cell(None if value is None else round(value, digits) if digits else f"{value:.0f}"))
        rows.append(TableRow(name, tuple(cells)))
    note = "A dash: the wave is absent in the lead, or cannot be measured there."
    relative = [f"{lead}: {reason}" for lead, reason in found.relative.items()]
    if relative:
        note += f" Amplitudes left out: {'; '.join(dict.fromkeys(relative))}."
    table = Table("matrix.table", "", tuple(columns), tuple(rows), note)
    return Section("matrix", "Measurements by lead", (table, comment("matrix")))


def st_section(source: ReportSource) -> Section:
    """Return the ST segment of each lead over the recording, and ST episodes."""
    if source.analysis.waves is None:
        return not_delineated("st", "ST segment")
    trend = source.analysis.waves.st
    columns = (
        TableColumn("lead", "Lead", text=True),
        TableColumn("level_mv", "Median", "mV", "ST level", 2),
        TableColumn("lowest_mv", "Lowest", "mV", "ST level", 2),
        TableColumn("highest_mv", "Highest", "mV", "ST level", 2),
        TableColumn("deviation_mv", "Largest deviation", "mV", "", 2, weight=1.4),
        TableColumn("at", "At", text=True, weight=1.4),
        TableColumn("measured", "Measured", "% of time"),
    )
    rows = []
    deviation = trend.deviation_mv
    for lead, name in enumerate(source.public.lead_names):
        level = trend.level_mv[:, lead] if len(trend.level_mv) else np.empty(0)
        known = np.flatnonzero(np.isfinite(level))
        if not len(known):
            reason = trend.not_assessed.get(trend.lead_names[lead], "not measured")
            cells = [Cell(name), *(Cell(None, reason) for _ in range(5)), Cell(0.0)]
        else:
            far = int(known[np.argmax(np.abs(deviation[known, lead]))])
            sample = round(far * BIN_S * source.fs_hz)
            cells = [
                Cell(name),
                Cell(float(np.median(level[known]))),
                Cell(float(level[known].min())),
                Cell(float(level[known].max())),
                Cell(float(deviation[far, lead]), sample=sample),
                Cell(source.at(sample), sample=sample),
                Cell(100 * len(known) / len(level)),
            ]
        rows.append(TableRow(name, tuple(cells)))
    note = (
        "Medians of 10 s of normal narrow beats, 60 to 80 ms after the J point; deviation from the lead's own "
        "reference."
    )
    blocks: list[Block] = [Table("st.table", "", columns, tuple(rows), note)]
    episodes = source.of_kinds("ST")
    if len(episodes):
        blocks.append(episode_table(source, "st.episodes", "ST episodes", episodes, beats=False, rate=False))
    else:
        why = source.why_not("ST")
        text = f"ST episodes: not assessed ({why})." if why else "ST episodes: none found."
        blocks.append(Paragraph("st.none", text, text))
    return Section("st", "ST segment", (*blocks, comment("st")))


def statements_section(source: ReportSource, *, criteria: bool = False) -> Section:
    """Return the diagnostic statements with their reasons.

    Parameters
    ----------
    source : ReportSource
        What the report is made from.
    criteria : bool
        Whether to print every criterion of each statement, as for teaching.
    """
    found = source.measurements
    if found is None:
        return not_delineated("statements", "Diagnostic statements")
    interpretation = found.interpretation
    blocks: list[Block] = []
    if interpretation.statements:
        columns = (
            TableColumn("severity", "Urgency", text=True, weight=1.2),
            TableColumn("text", "Statement", text=True, weight=3.0),
            TableColumn("reason", "Because", text=True, weight=4.6),
            TableColumn("performance", "Known performance", text=True, weight=3.0),
        )
        rows = tuple(
            TableRow(
                one.code,
                (
                    Cell(_SEVERITIES[one.severity.name.lower()]),
                    Cell(sentence_case(one.text)),
                    Cell(one.reason),
                    Cell(one.performance),
                ),
            )
            for one in interpretation.statements
        )
        blocks.append(Table("statements.table", "", columns, rows))
    else:
        text = "No statement holds of those that could be judged."
        blocks.append(Paragraph("statements.none", text, text))
    if criteria:
        for one in interpretation.statements:
            lines = "; ".join(str(criterion) for criterion in one.criteria)
            text = f"{sentence_case(one.text)}: {lines}. Source: {one.source}."
            blocks.append(Paragraph(f"statements.criteria.{one.code}", text, text))
    looked_for = ", ".join(interpretation.looked_for.values())
    if looked_for:
        text = f"Judged and not met: {looked_for}."
        blocks.append(Paragraph("statements.looked_for", text, text))
    blocks.append(Paragraph("statements.disclaimer", DISCLAIMER, DISCLAIMER))
    return Section("statements", "Diagnostic statements", (*blocks, comment("statements")))


def device_section(source: ReportSource) -> Section | None:
    """Return what the device measured and stated, beside our own measurements; None where the file tells neither."""
    public = source.public
    if not public.measurements and not public.statements:
        return None
    blocks: list[Block] = []
    if public.measurements:
        overall = source.measurements.shown.overall if source.measurements is not None else {}
        columns = (
            TableColumn("quantity", "Quantity", text=True, weight=2.5),
            TableColumn("device", "Device", text=True, weight=1.5),
            TableColumn("ours", "This program", text=True, weight=1.5),
            TableColumn("difference", "Difference", text=True, weight=2.0),
        )
        rows = []
        for number, one in enumerate(compared_with_device(overall, public.measurements)):
            ours = overall.get(one.quantity) if one.quantity else None
            unit = QUANTITY_NAMES[one.quantity][1] if one.quantity else ""
            own = f"{ours.value:.0f} {unit}" if ours is not None and ours.value is not None else None
            apart = None if one.difference is None else f"{one.difference:+.0f} {unit}"
            if apart is not None and one.differs:
                apart += " – more than two devices differ"
            rows.append(TableRow(f"device.{number}", (Cell(one.label), Cell(one.text), Cell(own), Cell(apart))))
        blocks.append(Table("device.measurements", "Measurements of the device", columns, tuple(rows)))
    for number, text in enumerate(public.statements):
        stated = f"Stated by the device: {text}"
        blocks.append(Paragraph(f"device.statement.{number}", stated, stated))
    return Section("device", "What the device measured and stated", (*blocks, comment("device")))
