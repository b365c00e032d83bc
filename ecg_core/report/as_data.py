"""Everything in a report as plain values, as JSON and as CSV, and the hash that signatures name."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from ecg_core.formats.common.cells import guarded
from ecg_core.report.blocks import (
    Block,
    FamilyPictures,
    Figure,
    Figures,
    Paragraph,
    RateTrend,
    Strip,
    Table,
    TwelveLead,
)
from ecg_core.report.model import Report

_TIMES: Final = frozenset({"provenance.analysed_at"})
"""Figures that differ each time the same report is made."""

CSV_COLUMNS: Final = ("section", "block", "row", "name", "value", "unit", "text", "reason", "sample")


def report_dict(report: Report) -> dict[str, Any]:
    """Return a report as JSON-able values; what is absent is null with its reason.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    dict
        ``identity`` is null where the report does not say whose recording it is. Of the signal stand lead, samples and
        beats, not the millivolts.
    """
    return {
        **_content(report),
        "created_at": report.created_at,
        "status": asdict(report.status),
        "content_sha256": content_sha256(report),
    }


def content_sha256(report: Report) -> str:
    """Return the hash of what a report says, which its signatures name.

    Status and times of making are left out: the same recording, edits, texts and models give the same hash again.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    str
        SHA-256 as hexadecimal.
    """
    content = _content(report)
    for section in content["sections"]:
        for block in section["blocks"]:
            if block["type"] == "figures":
                block["figures"] = [one for one in block["figures"] if one["id"] not in _TIMES]
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def report_json(report: Report) -> str:
    """Return a report as JSON text."""
    return json.dumps(report_dict(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def report_csv(report: Report) -> str:
    """Return a report as CSV: a row for each text, figure, cell, step of the trend, and beat of a strip.

    No cell is a formula to a spreadsheet.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    head: list[tuple[Any, ...]] = [
        ("title", report.title),
        ("template", report.template),
        ("recording", report.recording_name),
        ("recording_sha256", report.recording_sha256),
        ("created_at", report.created_at),
        ("version", report.version),
        ("status", report.status.stage),
        ("content_sha256", content_sha256(report)),
    ]
    head += [("identity", f"{label}: {text}") for label, text in (report.identity.rows if report.identity else ())]
    for signature in report.status.signatures:
        head.append(("signature", f"{signature.name}, {signature.role}, {signature.signed_at}, {signature.meaning}"))
    if report.status.reason:
        head.append(("amended_because", report.status.reason))
    rows: list[tuple[Any, ...]] = [("report", "", "", name, None, "", text, "", None) for name, text in head]
    for section in report.sections:
        for block in section.blocks:
            rows += [(section.id, *row) for row in _csv_rows(block)]
    writer.writerows([_csv_cell(value) for value in row] for row in rows)
    return file.getvalue()


def _content(report: Report) -> dict[str, Any]:
    return {
        "title": report.title,
        "template": report.template,
        "recording": report.recording_name,
        "recording_sha256": report.recording_sha256,
        "version": report.version,
        "identity": None if report.identity is None else asdict(report.identity),
        "details": asdict(report.details),
        "sections": [
            {"id": one.id, "title": one.title, "blocks": [_block(block) for block in one.blocks]}
            for one in report.sections
        ],
    }


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"type": "paragraph", **asdict(block), "edited": block.edited}
        case Figures():
            return {"type": "figures", "id": block.id, "figures": [_figure(one) for one in block.figures]}
        case Table():
            return {
                "type": "table",
                "id": block.id,
                "title": block.title,
                "columns": [asdict(column) for column in block.columns],
                "rows": [
                    {"id": row.id, "total": row.total, "cells": [_plain(asdict(cell)) for cell in row.cells]}
                    for row in block.rows
                ],
                "note": block.note,
            }
        case RateTrend():
            return {
                "type": "rate_trend",
                "id": block.id,
                "bin_s": block.bin_s,
                **{name: _plain(getattr(block, name)) for name in ("mean_bpm", "min_bpm", "max_bpm")},
                "bands": [_plain(asdict(band)) for band in block.bands],
                "note": block.note,
            }
        case Strip():
            return {
                "type": "strip",
                **{name: getattr(block, name) for name in ("id", "title", "event", "starred", "fs_hz")},
                **{name: getattr(block, name) for name in ("start_sample", "stop_sample")},
                "caption": {**asdict(block.caption), "edited": block.caption.edited},
                "leads": list(block.leads),
                "beats": [_plain(asdict(beat)) for beat in block.beats],
            }
        case TwelveLead():
            return {
                "type": "twelve_lead",
                **{name: getattr(block, name) for name in ("id", "start_sample", "fs_hz", "rhythm_lead")},
                "leads": list(block.leads),
                "beats": [_plain(asdict(beat)) for beat in block.beats],
                "figures": [_figure(one) for one in block.figures],
            }
        case FamilyPictures():
            return {
                "type": "family_pictures",
                "id": block.id,
                "pictures": [_plain(asdict(picture)) for picture in block.pictures],
            }


def _figure(figure: Figure) -> dict[str, Any]:
    return {**_plain(asdict(figure)), "text": figure.text}


def _csv_rows(block: Block) -> list[tuple[Any, ...]]:
    match block:
        case Paragraph():
            return [(block.id, "", "text", None, "", block.text, block.reason, None)] if block.text else []
        case Figures():
            return [_figure_row(block.id, one) for one in block.figures]
        case Table():
            rows: list[tuple[Any, ...]] = []
            for row in block.rows:
                for column, cell in zip(block.columns, row.cells, strict=True):
                    text = cell.value if isinstance(cell.value, str) else ""
                    value = None if isinstance(cell.value, str) else cell.value
                    rows.append((block.id, row.id, column.id, value, column.unit, text, cell.reason, cell.sample))
            return rows
        case RateTrend():
            return [
                (block.id, f"{step * block.bin_s:g}", name, _plain(values[step]), "bpm", "", "", None)
                for name in ("mean_bpm", "min_bpm", "max_bpm")
                for values in (getattr(block, name),)
                for step in range(len(values))
            ]
        case Strip():
            rows = [
                (block.id, "", "title", None, "", block.title, "", block.start_sample),
                (block.id, "", "caption", None, "", block.caption.text, "", None),
                (block.id, "", "leads", None, "", ", ".join(block.leads), "", None),
            ]
            return rows + [
                (block.id, f"{beat.time_s:.3f}", "beat", beat.rr_ms, "ms", beat.label, "", None) for beat in block.beats
            ]
        case TwelveLead():
            return [_figure_row(block.id, one) for one in block.figures]
        case FamilyPictures():
            return [(block.id, one.id, "n_beats", one.n_beats, "beats", one.label, "", None) for one in block.pictures]


def _figure_row(block: str, figure: Figure) -> tuple[Any, ...]:
    value = None if isinstance(figure.value, str) else _plain(figure.value)
    return (block, "", figure.id, value, figure.unit, figure.text, figure.reason, figure.sample)


def _csv_cell(value: Any) -> str | float | int:
    if value is None:
        return ""
    return guarded(value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    """Turn arrays and NumPy's numbers into JSON's, and what is not finite into None."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
