"""Section of beat families: mean beats, sizes, labels."""

from __future__ import annotations

import numpy as np

from ecg_core.report.blocks import Block, Cell, FamilyPicture, FamilyPictures, Paragraph, Table, TableColumn, TableRow
from ecg_core.report.model import Section
from ecg_core.report.sections.tables import comment
from ecg_core.report.source import ReportSource


def families_section(source: ReportSource) -> Section:
    """Return the families of beats with their mean waveform in the first lead that shows one."""
    templates = source.analysis.templates
    families = () if templates is None else tuple(one for one in templates.families if one.n_beats)
    if templates is None or not families:
        text = "Beats were not grouped." if templates is None else "There are no beats to group."
        return Section("families", "Beat families", (Paragraph("families.none", text, text), comment("families")))
    total = sum(family.n_beats for family in families)
    step_s = float(np.median(np.diff(templates.offsets_s))) if len(templates.offsets_s) > 1 else 1.0
    pictures, rows = [], []
    for family in families:
        label = family.label or "not classified"
        share = 100 * family.n_beats / total
        finite = np.isfinite(family.mean_mv).any(axis=1)
        if finite.any() and not family.unreadable:
            lead = int(np.argmax(finite))
            pictures.append(
                FamilyPicture(
                    f"families.{family.index}",
                    f"{family.index + 1}: {label}",
                    family.n_beats,
                    share,
                    source.public.lead_names[lead],
                    1 / step_s,
                    family.mean_mv[lead],
                )
            )
        rows.append(
            TableRow(
                f"families.{family.index}",
                (
                    Cell(family.index + 1),
                    Cell("unreadable" if family.unreadable else label),
                    Cell(family.n_beats),
                    Cell(share),
                    Cell(None if family.certainty is None else 100 * family.certainty),
                    Cell(_finite(family.before)),
                    Cell(_finite(family.after)),
                    Cell(source.at(family.typical_sample), sample=family.typical_sample),
                ),
            )
        )
    columns = (
        TableColumn("family", "Family"),
        TableColumn("label", "Class", text=True),
        TableColumn("n_beats", "Beats"),
        TableColumn("share", "Share", "%", digits=1),
        TableColumn("certainty", "Certainty", "%"),
        TableColumn("before", "Interval before", "of usual", digits=2),
        TableColumn("after", "Interval after", "of usual", digits=2),
        TableColumn("typical", "Typical beat at", text=True, weight=1.5),
    )
    blocks: list[Block] = [FamilyPictures("families.pictures", tuple(pictures))] if pictures else []
    blocks.append(Table("families.table", "", columns, tuple(rows)))
    return Section("families", "Beat families", (*blocks, comment("families")))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
