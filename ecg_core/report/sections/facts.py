"""Sections of facts: recording, clinical details, what was not assessed, provenance, disclaimer."""

from __future__ import annotations

from typing import Final

from ecg_core import __version__
from ecg_core.report.blocks import Cell, Figure, Figures, Paragraph, Table, TableColumn, TableRow
from ecg_core.report.model import Section
from ecg_core.report.sections.tables import comment, kind_name
from ecg_core.report.source import ReportSource
from ecg_core.report.subject import ClinicalDetails
from ecg_core.report.wording import duration_text, start_text

DISCLAIMER: Final = (
    "Decision support, not a medical device: no authority has cleared or certified this program. Beats, rhythms and "
    "measurements were found by a computer and may be wrong or missing. A qualified person must read the waveform; no "
    "result may be used as the sole basis of a diagnosis or treatment."
)


def recording_section(source: ReportSource, details: ClinicalDetails) -> Section:
    """Return what the recording is.

    Parameters
    ----------
    source : ReportSource
        What the report is made from.
    details : ClinicalDetails
        As typed in.
    """
    public, summary = source.public, source.summary
    share = summary.readable_share
    figures = [
        Figure("recording.name", "Recording", public.name),
        Figure("recording.start", "Start", start_text(public), reason="the file does not say"),
        Figure("recording.duration_s", "Length", duration_text(public.duration_s)),
        Figure(
            "recording.readable_percent",
            "Readable",
            None if share is None else 100 * share,
            "%",
            1,
            reason="signal quality not assessed",
        ),
        Figure("recording.leads", "Leads", ", ".join(public.lead_names) or None, detail=""),
        Figure("recording.fs_hz", "Sampling rate", public.fs_hz, "Hz", 0 if public.fs_hz.is_integer() else 2),
        Figure("recording.format", "Format", public.format_name or None, reason="not told"),
        Figure("recording.device", "Recorder", details.device or None, reason="not given"),
        Figure("recording.sha256", "SHA-256", public.sha256),
    ]
    blocks = [Figures("recording.facts", tuple(figures))]
    notes = ["Synthetic recording: generated, no patient."] if public.synthetic else []
    by_reason: dict[str, list[str]] = {}
    for lead, reason in source.relative.items():
        by_reason.setdefault(reason, []).append(public.leads[lead].name)
    notes += [f"Amplitudes of {', '.join(names)} are relative: {reason}." for reason, names in by_reason.items()]
    notes += public.notes
    notes += [f"{what}: {text} (given by a person)." for what, text in public.user_metadata]
    texts = [Paragraph(f"recording.note.{number}", note, note) for number, note in enumerate(notes, 1)]
    return Section("recording", "Recording", (*blocks, *texts, comment("recording")))


def clinical_section(details: ClinicalDetails) -> Section | None:
    """Return indication, medication and who ordered the recording; None where none was given."""
    rows = (
        Figure("clinical.indication", "Indication", details.indication or None, reason="not given"),
        Figure("clinical.medication", "Medication", details.medication or None, reason="not given"),
        Figure("clinical.ordered_by", "Ordered by", details.ordered_by or None, reason="not given"),
    )
    given = tuple(row for row in rows if row.value is not None)
    return Section("clinical", "Clinical details", (Figures("clinical.facts", given, columns=1),)) if given else None


def not_assessed_section(source: ReportSource) -> Section:
    """Return what the program did not assess, with the reasons, and what limits what it did."""
    assessment = source.assessment
    rows = [
        TableRow(f"not_assessed.{kind}", (Cell(kind_name(kind)), Cell(reason)))
        for kind, reason in assessment.not_assessed.items()
    ]
    found = source.measurements
    if found is not None:
        rows += [
            TableRow(f"not_assessed.{code}", (Cell(text), Cell(reason)))
            for code, (text, reason) in found.interpretation.not_assessed.items()
        ]
    blocks: list[Paragraph | Table] = []
    if rows:
        columns = (
            TableColumn("what", "Not assessed", text=True, weight=2.0),
            TableColumn("reason", "Reason", text=True, weight=3.0),
        )
        blocks.append(Table("not_assessed.table", "", columns, tuple(rows)))
    else:
        text = "Everything that the program looks for was looked for."
        blocks.append(Paragraph("not_assessed.none", text, text))
    checked = f"Looked for: {assessment.checked or 'nothing'}."
    blocks.append(Paragraph("not_assessed.checked", checked, checked))
    if assessment.remarks:
        limits = f"Limits of all of it: {'; '.join(assessment.remarks)}."
        blocks.append(Paragraph("not_assessed.remarks", limits, limits, emphasis=True))
    return Section("not_assessed", "What the program did not assess", (*blocks, comment("not_assessed")))


def provenance_section(source: ReportSource) -> Section:
    """Return by which programs and models, and from which signal and edits, the report was made."""
    told, review = source.analysis.provenance, source.review
    edits = "none"
    if review.revision:
        by = f" by {', '.join(review.persons)}" if review.persons else ""
        edits = f"{review.n_edits} in force{by}; last entry of the log {review.revision}"
    rows = [
        Figure("provenance.version", "Rhythmoscope", str(told.get("version") or __version__)),
        Figure("provenance.analysed_at", "Analysed at", told.get("analysed_at"), reason="not known"),
        Figure("provenance.recording_sha256", "Recording, SHA-256", source.public.sha256),
    ]
    for key, label in (("model", "Beat classifier"), ("rhythm_model", "Rhythm model"), ("wave_model", "Wave model")):
        sha256 = told.get(f"{key}_sha256")
        detail = f"SHA-256 {sha256}" if told.get(key) and sha256 else ""
        rows.append(Figure(f"provenance.{key}", label, told.get(key), detail=detail, reason="none was used"))
    rows += [
        Figure("provenance.device", "Computed on", told.get("device"), reason="not known"),
        Figure("provenance.log_revision", "Edits", edits),
    ]
    return Section("provenance", "Provenance", (Figures("provenance.facts", tuple(rows), columns=1),))


def disclaimer_section() -> Section:
    """Return what the report is and is not."""
    return Section("disclaimer", "Use of this report", (Paragraph("disclaimer.text", DISCLAIMER, DISCLAIMER),))
