"""Content of a report as plain data: sections of paragraphs, figures, tables, pictures and strips.

Every part has an id that stays the same from draft to amendment. What is written in words is a `Paragraph`: a person
may replace its text by id, see :meth:`Report.with_texts`. Figures and tables come from the analysis and are corrected
there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ecg_core.report.blocks import Block, Figure, Figures, Paragraph, Strip, TwelveLead
from ecg_core.report.status import DRAFT, ReportStatus
from ecg_core.report.subject import ClinicalDetails, PatientIdentity

MAX_PARAGRAPH: Final = 4000
"""Characters of a paragraph that a person writes."""


@dataclass(frozen=True)
class Section:
    """A section of a report."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """A report.

    Attributes
    ----------
    title : str
    template : str
    recording_name : str
        Public name: nothing that says whose it is.
    recording_sha256 : str
    created_at : str
        When the content was put together: UTC, ISO 8601.
    version : str
        Of the program.
    sections : tuple of Section
    details : ClinicalDetails
        Indication and medication as typed in.
    identity : PatientIdentity or None
        None where the report says nothing of the person.
    status : ReportStatus
    clock_s : float or None
        Seconds between midnight and the start of the recording; None where it does not say when it began.
    """

    title: str
    template: str
    recording_name: str
    recording_sha256: str
    created_at: str
    version: str
    sections: tuple[Section, ...]
    details: ClinicalDetails = field(default_factory=ClinicalDetails)
    identity: PatientIdentity | None = None
    status: ReportStatus = DRAFT
    clock_s: float | None = None

    def section(self, section_id: str) -> Section:
        """Return a section by its id.

        Raises
        ------
        KeyError
            If the report has none of it.
        """
        for section in self.sections:
            if section.id == section_id:
                return section
        raise KeyError(section_id)

    def blocks(self) -> Iterator[Block]:
        """Yield every block in order."""
        for section in self.sections:
            yield from section.blocks

    def paragraphs(self) -> dict[str, Paragraph]:
        """Return every text that a person may replace, by its id: paragraphs and captions."""
        found: dict[str, Paragraph] = {}
        for block in self.blocks():
            if isinstance(block, Paragraph):
                found[block.id] = block
            elif isinstance(block, Strip):
                found[block.caption.id] = block.caption
        return found

    def figures(self) -> dict[str, Figure]:
        """Return every figure by its id."""
        found: dict[str, Figure] = {}
        for block in self.blocks():
            if isinstance(block, Figures | TwelveLead):
                found |= {one.id: one for one in block.figures}
        return found

    def with_texts(self, texts: Mapping[str, str]) -> Report:
        """Return the report with texts of a person in place of the program's.

        Parameters
        ----------
        texts : mapping of str to str
            By the id of the paragraph; an empty text takes it out of print.

        Returns
        -------
        Report

        Raises
        ------
        ValueError
            If the report has no paragraph of an id, or a text is too long.
        """
        unknown = sorted(set(texts) - set(self.paragraphs()))
        if unknown:
            raise ValueError(f"The report has no paragraph {unknown[0]!r:.80}.")
        long = sorted(name for name, text in texts.items() if len(text) > MAX_PARAGRAPH)
        if long:
            raise ValueError(f"The text of {long[0]!r:.80} is longer than {MAX_PARAGRAPH} characters.")

        def changed(block: Block) -> Block:
            if isinstance(block, Paragraph):
                return replace(block, text=texts.get(block.id, block.text))
            if isinstance(block, Strip):
                caption = replace(block.caption, text=texts.get(block.caption.id, block.caption.text))
                return replace(block, caption=caption)
            return block

        sections = tuple(
            replace(section, blocks=tuple(changed(block) for block in section.blocks)) for section in self.sections
        )
        return replace(self, sections=sections)
