"""Section of the agreement between two readers."""

from __future__ import annotations

from ecg_core.report.blocks import Block, Cell, Figure, Figures, Paragraph, Table, TableColumn, TableRow
from ecg_core.report.model import Section
from ecg_core.report.sections.tables import comment, kind_name
from ecg_core.report.source import ReportSource
from ecg_core.report.wording import plural
from ecg_core.review.readers import CATEGORIES, ReaderAgreement
from ecg_core.texts import sentence_case

MAX_DIFFERENCES = 20
"""Differences printed; how many there are is told."""

_ONE_CLASS = "not defined where all beats are of one class, or there are none"


def readers_section(source: ReportSource) -> Section | None:
    """Return the agreement of two readers; None where fewer than two people have edited."""
    found = source.review.readers
    if found is None:
        return None
    first, second = found.first, found.second
    text = (
        f"{first.name} ({plural(first.n_edits, 'edit')}) and {second.name} ({plural(second.n_edits, 'edit')}), each "
        "alone over the beats as the program found them. What one of them left unchanged counts as found."
    )
    blocks: list[Block] = [Paragraph("readers.who", text, text)]
    for reader in (first, second):
        if reader.n_lost:
            lost = f"{plural(reader.n_lost, 'edit')} of {reader.name} rest on edits of others and change nothing alone."
            blocks.append(Paragraph(f"readers.lost.{reader.name}", lost, lost, emphasis=True))
    blocks += [_figures(found), _counts(found)]
    blocks += _differences(source, found)
    return Section("readers", "Agreement of two readers", (*blocks, comment("readers")))


def _figures(found: ReaderAgreement) -> Figures:
    counts, changed = found.counts, found.counts_changed
    return Figures(
        "readers.figures",
        (
            Figure("readers.n_beats", "Beats", int(counts.sum())),
            Figure("readers.n_differences", "Read differently", found.n_differences),
            Figure("readers.kappa", "Kappa, all beats", found.kappa, "", 3, reason=_ONE_CLASS),
            Figure(
                "readers.kappa_changed",
                "Kappa, changed beats",
                found.kappa_changed,
                "",
                3,
                f"of {int(changed.sum())} that either changed",
                _ONE_CLASS,
            ),
        ),
    )


def _counts(found: ReaderAgreement) -> Table:
    used = [at for at in range(len(CATEGORIES)) if found.counts[at].any() or found.counts[:, at].any()]
    columns = [TableColumn("class", f"{found.first.name} \\ {found.second.name}", text=True, weight=2.0)]
    columns += [TableColumn(f"as_{at}", CATEGORIES[at]) for at in used]
    rows = [
        TableRow(f"class_{at}", (Cell(CATEGORIES[at]), *(Cell(int(found.counts[at, other])) for other in used)))
        for at in used
    ]
    note = f"{CATEGORIES[-1]}: deleted, not added, or in an artefact."
    return Table("readers.counts", "Beats by class", tuple(columns), tuple(rows), note)


def _differences(source: ReportSource, found: ReaderAgreement) -> list[Block]:
    blocks: list[Block] = []
    if found.differences:
        columns = (
            TableColumn("at", "Time", text=True),
            TableColumn("first", found.first.name, text=True),
            TableColumn("second", found.second.name, text=True),
        )
        rows = tuple(
            TableRow(
                f"beat {one.sample}",
                (Cell(source.at(one.sample), sample=one.sample), Cell(one.first), Cell(one.second)),
            )
            for one in found.differences[:MAX_DIFFERENCES]
        )
        note = _left(found.n_differences - len(rows))
        blocks.append(Table("readers.beats", "Beats read differently", columns, rows, note))
    of_events = (
        TableColumn("kind", "Event", text=True, weight=3.0),
        TableColumn("first", found.first.name),
        TableColumn("second", found.second.name),
        TableColumn("both", "Both"),
    )
    counted = tuple(TableRow(kind, (Cell(kind_name(kind)), *map(Cell, numbers))) for kind, *numbers in found.events)
    if counted:
        blocks.append(Table("readers.events", "Events", of_events, counted))
    if found.event_differences:
        shown = found.event_differences[:MAX_DIFFERENCES]
        text = "; ".join(f"{kind_name(one.kind)} at {source.at(one.start_sample)}, {one.reader} alone" for one in shown)
        text = f"{text}. {_left(found.n_event_differences - len(shown))}".strip()
        blocks.append(Paragraph("readers.events_alone", text, text))
    if found.statements is None:
        text = "Diagnostic statements are not compared: the waves were not delineated."
    elif found.statements:
        alone = "; ".join(f"{sentence_case(text)}, {name} alone" for text, name in found.statements)
        text = f"Diagnostic statements of both: {found.n_statements}. {alone}."
    else:
        text = f"Diagnostic statements: the same {found.n_statements} of both."
    blocks.append(Paragraph("readers.statements", text, text))
    return blocks


def _left(number: int) -> str:
    return f"{plural(number, 'more', 'more')} not listed." if number > 0 else ""
