"""Draft of a report: its content from a recording, the analysis, and the state of the review."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from ecg_core import __version__
from ecg_core.analysis import Analysis
from ecg_core.interpretation.statement import Severity
from ecg_core.recording import Recording
from ecg_core.report import strips
from ecg_core.report.blocks import Paragraph
from ecg_core.report.model import Report, Section
from ecg_core.report.phrases import Phrase, facts_of, load_phrases
from ecg_core.report.sections import diary, facts, families, readers, rhythm, variability, waves
from ecg_core.report.sections.tables import comment
from ecg_core.report.source import ReportSource, Review
from ecg_core.report.status import DRAFT, ReportStatus
from ecg_core.report.subject import ClinicalDetails, PatientIdentity
from ecg_core.report.templates import Template, template
from ecg_core.texts import sentence_case

_TOLD: tuple[Severity, ...] = (Severity.CRITICAL, Severity.URGENT, Severity.ABNORMAL)
"""Severities of the statements that a drafted conclusion repeats."""


def draft_report(
    recording: Recording,
    analysis: Analysis,
    review: Review | None = None,
    *,
    template_name: str = "holter",
    details: ClinicalDetails | None = None,
    identity: PatientIdentity | None = None,
    texts: Mapping[str, str] | None = None,
    status: ReportStatus = DRAFT,
    created_at: datetime | None = None,
    phrases: Sequence[Phrase] | None = None,
) -> Report:
    """Put the content of a report together.

    Parameters
    ----------
    recording : Recording
        The recording. What is told of it comes from the de-identified one.
    analysis : Analysis
        With the corrections of the review; with waves, where intervals, ST segment and statements are wanted.
    review : Review, optional
        Marks and notes on events: starred ones become strips, dismissed ones are left out.
    template_name : str
        Of :data:`ecg_core.report.templates.TEMPLATES`.
    details : ClinicalDetails, optional
        Indication, medication and the like as typed in.
    identity : PatientIdentity, optional
        Printed where it is given and the template allows it; nothing by default.
    texts : mapping of str to str, optional
        Texts of a person by the id of the paragraph, see :meth:`ecg_core.report.model.Report.with_texts`. Those of
        paragraphs that the report does not have any more are left out.
    status : ReportStatus
        A draft by default.
    created_at : datetime, optional
        With a time zone; now by default.
    phrases : sequence of Phrase, optional
        Phrases of the conclusion; the shipped ones by default.

    Returns
    -------
    Report

    Raises
    ------
    ReportError
        If there is no such template.
    RecordingError
        If the signal of a strip cannot be read.
    """
    chosen = template(template_name)
    details = details or ClinicalDetails()
    source = ReportSource(recording, analysis, review)
    makers = _makers(source, details, chosen, load_phrases() if phrases is None else phrases)
    sections = [section for name in chosen.sections if (section := makers[name]()) is not None]
    moment = (created_at or datetime.now(UTC)).astimezone(UTC)
    report = Report(
        chosen.title,
        chosen.name,
        source.public.name,
        source.public.sha256,
        moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
        __version__,
        tuple(sections),
        details,
        identity if identity and chosen.identity else None,
        status,
        source.clock_s,
    )
    known = report.paragraphs()
    return report.with_texts({name: text for name, text in (texts or {}).items() if name in known})


def _makers(
    source: ReportSource, details: ClinicalDetails, chosen: Template, phrases: Sequence[Phrase]
) -> dict[str, Callable[[], Section | None]]:
    """Return how each section is made, by its id."""
    return {
        "recording": lambda: facts.recording_section(source, details),
        "clinical": lambda: facts.clinical_section(details),
        "conclusion": lambda: conclusion_section(source, phrases),
        "findings": lambda: rhythm.findings_section(source),
        "rate": lambda: rhythm.rate_section(source),
        "ectopy": lambda: rhythm.ectopy_section(source),
        "runs": lambda: rhythm.runs_section(source),
        "pauses": lambda: rhythm.pauses_section(source),
        "af": lambda: rhythm.af_section(source),
        "sleep": lambda: diary.sleep_section(source),
        "diary": lambda: diary.diary_section(source),
        "readers": lambda: readers.readers_section(source),
        "intervals": lambda: waves.intervals_section(source),
        "matrix": lambda: waves.matrix_section(source),
        "st": lambda: waves.st_section(source),
        "hrv": lambda: variability.variability_section(source),
        "families": lambda: families.families_section(source),
        "statements": lambda: waves.statements_section(source, criteria=chosen.criteria),
        "device": lambda: waves.device_section(source),
        "page": lambda: strips.page_section(source),
        "strips": lambda: strips.strips_section(source),
        "not_assessed": lambda: facts.not_assessed_section(source),
        "provenance": lambda: facts.provenance_section(source),
        "disclaimer": facts.disclaimer_section,
    }


def conclusion_section(source: ReportSource, phrases: Sequence[Phrase]) -> Section:
    """Return the conclusion: the phrases that hold and the statements that press, each to be edited.

    Parameters
    ----------
    source : ReportSource
        What the report is made from.
    phrases : sequence of Phrase
        In the order in which they are printed.

    Returns
    -------
    Section
    """
    known = facts_of(source)
    drafted: list[Paragraph] = []
    stated_too: list[Paragraph] = []
    for phrase in phrases:
        if phrase.holds(known):
            text = phrase.told(known)
            drafted.append(Paragraph(f"conclusion.{phrase.id}", text, text, phrase.reason, phrase.press))
    if source.measurements is not None:
        said = [one.text.casefold() for one in drafted]
        for stated in source.measurements.interpretation.statements:
            # Rhythms are told by the phrases already, with their number and length.
            if stated.severity in _TOLD and not any(text.startswith(stated.text.casefold()) for text in said):
                text = f"{sentence_case(stated.text)}."
                press = stated.severity < Severity.ABNORMAL
                one = Paragraph(f"conclusion.statement.{stated.code}", text, text, stated.reason, press)
                (drafted if press else stated_too).append(one)
    pressing = [one for one in drafted if one.emphasis]
    others = [one for one in drafted if not one.emphasis]
    return Section("conclusion", "Conclusion", (*pressing, *stated_too, *others, comment("conclusion")))
