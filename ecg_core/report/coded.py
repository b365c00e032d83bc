"""Codes that the FHIR and DICOM documents of a report share, and the figures that they carry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from ecg_core.report.as_data import content_sha256
from ecg_core.report.blocks import Figure, Figures, Paragraph, TwelveLead
from ecg_core.report.model import Report

STUDY_CODES: Final[dict[str, tuple[str, str]]] = {
    "holter": ("18754-2", "Holter monitor study"),
    "event": ("18754-2", "Holter monitor study"),
    "twelve-lead": ("11524-6", "EKG study"),
    "teaching": ("11524-6", "EKG study"),
}
"""LOINC code of the study by the template of the report."""

UNITS: Final[dict[str, str]] = {
    "": "1",
    "ms": "ms",
    "s": "s",
    "bpm": "/min",
    "mV": "mV",
    "%": "%",
    "°": "deg",
    "Hz": "Hz",
    "beats": "{beats}",
    "ms/RR": "ms/{RR}",
    "ms²": "ms2",
}
"""UCUM code by the unit that is printed."""

SENT_SECTIONS: Final = ("rate", "ectopy", "runs", "pauses", "af", "intervals", "st", "hrv", "page")
"""Sections whose figures are sent: what was measured, not what was recorded or how."""


def sent_figures(report: Report) -> Iterator[Figure]:
    """Yield the figures that documents of a report carry, none twice."""
    told: set[str] = set()
    for section in report.sections:
        for block in section.blocks if section.id in SENT_SECTIONS else ():
            for figure in block.figures if isinstance(block, Figures | TwelveLead) else ():
                if figure.id not in told:
                    told.add(figure.id)
                    yield figure


def texts_of(report: Report, section_id: str) -> list[str]:
    """Return the paragraphs of a section that are printed; none where the report does not have it.

    Parameters
    ----------
    report : Report
        The report.
    section_id : str
        Of the section.
    """
    blocks = (block for section in report.sections if section.id == section_id for block in section.blocks)
    return [text for block in blocks if isinstance(block, Paragraph) and (text := block.text.strip())]


def study_key(report: Report) -> str:
    """Return the hash of which recording of whom a report is about; amendments share it.

    An identity that was corrected is another person's study: archives refuse to hold one study under two patients.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    str
        SHA-256 as hexadecimal.
    """
    whose = None if report.identity is None else asdict(report.identity)
    text = json.dumps([report.recording_sha256, whose], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def document_key(report: Report) -> str:
    """Return the hash of one issue of a report: its content, stage and signatures.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    str
        SHA-256 as hexadecimal.
    """
    status = report.status
    signed = [[one.name, one.role, one.signed_at] for one in status.signatures]
    text = json.dumps([content_sha256(report), status.stage, status.reason, signed], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
