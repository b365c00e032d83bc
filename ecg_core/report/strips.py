"""Strips of a report: starred events with their notes, else the most urgent events; and the twelve-lead page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from ecg_core.delineation.measured import GLOBAL_QUANTITIES
from ecg_core.recording import Recording
from ecg_core.report.blocks import Block, Figure, Paragraph, Strip, StripBeat, TwelveLead
from ecg_core.report.model import Section
from ecg_core.report.sections.tables import comment, kind_name
from ecg_core.report.sections.waves import measured_figure
from ecg_core.report.source import ReportSource
from ecg_core.report.wording import plural

STRIP_S: Final = 6.8
"""Length of a strip: 170 mm of paper, which A4 and Letter hold beside the calibration pulse."""

MAX_DRAFTED: Final = 6
MAX_OF_A_KIND: Final = 2
MAX_STARRED: Final = 40
MAX_LEADS: Final = 3
PAGE_LEADS: Final = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
PAGE_S: Final = 10.0
LONGEST_PAGE_S: Final = 60.0
"""Recordings of up to so long are one ECG, printed as a page."""

_BEFORE_S: Final = 2.0
_PREFERRED: Final = ("II", "V1", "V5")


def strips_section(source: ReportSource) -> Section:
    """Return the strips: what a person starred; else the most urgent events, the slowest and the fastest rate."""
    starred = source.review.keys("report")
    chosen = source.episodes[source.episodes["event"].isin(starred)]
    blocks: list[Block] = []
    if len(chosen):
        blocks += [_of_event(source, event, True) for event in _records(chosen.head(MAX_STARRED))]
        if len(chosen) > MAX_STARRED:
            text = f"{plural(len(chosen) - MAX_STARRED, 'starred event')} more without a strip."
            blocks.append(Paragraph("strips.more", text, text))
    else:
        page = is_twelve_lead_page(source.public)
        # What the page of twelve leads shows anyway needs no strip of its own.
        left_out = ("UNREADABLE", "SINGLE_V", "SINGLE_S") if page else ("UNREADABLE",)
        events = source.own_episodes[~source.own_episodes["kind"].isin(left_out)]
        events = events.groupby("kind", sort=False).head(MAX_OF_A_KIND).head(MAX_DRAFTED)
        blocks += [_of_event(source, event, False) for event in _records(events)]
        blocks += [] if page else _of_rates(source)
        if not blocks and not page and source.recording.n_samples:
            blocks.append(_strip(source, "strip.start", "Start of the recording", "", 0))
        if blocks:
            text = "Chosen by the program: no event is starred for the report."
            blocks.insert(0, Paragraph("strips.chosen", text, text))
    gone = starred - set(source.episodes["event"]) - source.dismissed
    if gone:
        text = f"{plural(len(gone), 'starred event')} no longer there after corrections."
        blocks.append(Paragraph("strips.gone", text, text))
    if not blocks:
        text = "No event needs a strip." if source.recording.n_samples else "The recording holds no signal to show."
        blocks.append(Paragraph("strips.none", text, text))
    return Section("strips", "Strips", (*blocks, comment("strips")))


def is_twelve_lead_page(recording: Recording) -> bool:
    """Tell whether a recording is one twelve-lead ECG: all twelve leads, a minute at most."""
    return (
        set(PAGE_LEADS) <= set(recording.lead_names)
        and recording.n_samples > 0
        and recording.duration_s <= LONGEST_PAGE_S
    )


def page_section(source: ReportSource) -> Section | None:
    """Return the twelve leads as one page; None where the recording is no such ECG."""
    if not is_twelve_lead_page(source.public):
        return None
    recording = source.public
    stop = min(recording.n_samples, round(PAGE_S * recording.fs_hz))
    at = [recording.lead_names.index(name) for name in PAGE_LEADS]
    signal_mv = source.recording.read(0, stop, at)
    figures: tuple[Figure, ...] = ()
    if source.measurements is not None:
        overall = source.measurements.shown.overall
        figures = tuple(measured_figure(name, overall[name]) for name in GLOBAL_QUANTITIES)
    page = TwelveLead(
        "page.ecg",
        0,
        recording.fs_hz,
        PAGE_LEADS,
        tuple(lead not in source.relative for lead in at),
        signal_mv,
        _beats(source, 0, stop),
        "II",
        figures,
    )
    return Section("page", "Twelve-lead ECG", (page,))


def _records(events: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(key): value for key, value in row.items()} for row in events.to_dict("records")]


def _of_event(source: ReportSource, event: dict[str, object], starred: bool) -> Strip:
    key, start = str(event["event"]), int(str(event["start_sample"]))
    note = " ".join(source.review.notes.get(key, "").split())
    reason = str(event["reason"])
    title = f"{kind_name(str(event['kind']))}, {source.at(start)}"
    return _strip(source, f"strip.{key}", title, note or reason, start, key, starred)


def _of_rates(source: ReportSource) -> list[Block]:
    summary = source.summary
    blocks: list[Block] = []
    for name, title, rate, sample in (
        ("slowest", "Slowest rate", summary.min_rate_bpm, summary.min_rate_sample),
        ("fastest", "Fastest rate", summary.max_rate_bpm, summary.max_rate_sample),
    ):
        if rate is not None and sample is not None:
            begin = sample - round((STRIP_S / 2 - _BEFORE_S) * source.fs_hz)
            caption = f"Mean of eight intervals: {rate:.0f} bpm."
            blocks.append(_strip(source, f"strip.{name}", f"{title}, {source.at(sample)}", caption, begin))
    return blocks


def _strip(
    source: ReportSource, strip_id: str, title: str, caption: str, at: int, event: str = "", starred: bool = False
) -> Strip:
    """Return a strip that shows two seconds before a sample and five behind it, or as much as there is."""
    recording = source.public
    length = round(STRIP_S * recording.fs_hz)
    start = max(min(at - round(_BEFORE_S * recording.fs_hz), recording.n_samples - length), 0)
    stop = min(start + length, recording.n_samples)
    leads = _leads(recording.lead_names)
    return Strip(
        strip_id,
        title,
        Paragraph(f"{strip_id}.caption", caption, caption),
        start,
        stop,
        recording.fs_hz,
        tuple(recording.lead_names[lead] for lead in leads),
        tuple(lead not in source.relative for lead in leads),
        source.recording.read(start, stop, leads),
        _beats(source, start, stop),
        event,
        starred,
    )


def _leads(names: Sequence[str]) -> list[int]:
    """Return the leads of strips: the first three, of many leads those that tell most of rhythm."""
    if len(names) <= MAX_LEADS:
        return list(range(len(names)))
    preferred = [names.index(name) for name in _PREFERRED if name in names]
    return sorted((preferred + [at for at in range(len(names)) if at not in preferred])[:MAX_LEADS])


def _beats(source: ReportSource, start: int, stop: int) -> tuple[StripBeat, ...]:
    beats = source.analysis.beats
    samples = beats["sample"].to_numpy(np.int64)
    first, last = np.searchsorted(samples, [start, stop]).tolist()
    labels = beats["label"].fillna("").to_numpy(dtype=str)[first:last]
    rr_ms = np.diff(samples[max(first - 1, 0) : last]) * 1000 / source.fs_hz
    if first == 0:
        rr_ms = np.concatenate(([np.nan], rr_ms)) if last > 0 else rr_ms
    return tuple(
        StripBeat((int(sample) - start) / source.fs_hz, str(label), float(rr) if np.isfinite(rr) else None)
        for sample, label, rr in zip(samples[first:last], labels, rr_ms, strict=True)
    )
