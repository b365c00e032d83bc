"""HL7 annotated ECG (ANSI/HL7 V3 ECG, R1-2004; "FDA XML").

Read are the rhythm series with their sequence sets (``SLIST_PQ`` and ``SLIST_INT`` values on an absolute or
relative time sequence), on one time axis; measurements and statements of all annotation sets; and the beats and
waves of the rhythm series' own sets, under ``aecg``, ``aecg-2`` ... in document order. A series derived from the
rhythm (a representative beat) is noted and left out, unless there is nothing else.

The format bounds a wave by its begin and end: ``(`` and ``)``. A beat is placed in the middle of its QRS complex.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from ecg_core.errors import RecordingError
from ecg_core.formats.aecg.annotations import read_findings, read_marks
from ecg_core.formats.aecg.identity import read_identity
from ecg_core.formats.base import Format
from ecg_core.formats.common.in_memory import Mark, Track, check_rate, in_memory_recording
from ecg_core.formats.common.lead_names import millivolts_per
from ecg_core.formats.common.millivolts import scaled
from ecg_core.formats.common.timestamps import timestamp
from ecg_core.formats.common.xml_safe import child_value, head_text, number, numbers, open_document
from ecg_core.recording import Recording, Source

FORMAT_NAME: Final = "HL7 aECG"
SECONDS_PER_UNIT: Final = {"s": 1.0, "sec": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class _Set:
    """A sequence set: leads that share one time sequence."""

    step_s: float
    begin: datetime | None
    offset_s: float
    leads: list[tuple[str, Element]] = field(default_factory=list)


def recognise(head: bytes, path: Path) -> bool:
    """Return whether a file begins like an HL7 annotated ECG.

    Parameters
    ----------
    head : bytes
        First `base.HEAD_BYTES` bytes of the file.
    path : Path
        The file.

    Returns
    -------
    bool
    """
    return re.search(r"<(\w+:)?AnnotatedECG[\s>]", head_text(head)) is not None


def open_aecg(path: Path, *, name: str | None = None, source: Source = "local") -> Recording:
    """Open an annotated ECG; see :func:`ecg_core.formats.open_recording`.

    Parameters
    ----------
    path : Path
        The file.
    name : str, optional
        Name of the recording; by default from the file.
    source : str
        Where the recording comes from; see `ecg_core.recording.Source`.

    Returns
    -------
    Recording
    """
    document, notes = open_document(path, "AnnotatedECG", "HL7 annotated ECG")
    root = document.root
    every = root.findall("component/series")
    rhythm = [one for one in every if _code(one) == "RHYTHM"]
    derived = [one for one in every if _code(one) != "RHYTHM"] + root.findall(".//derivation/derivedSeries")
    derived = [one for one in derived if one.find("component/sequenceSet/component/sequence") is not None]
    sets = [one for series in rhythm for one in _sequence_sets(series, path.name)]
    if sets and derived:
        notes.append("A series derived from the rhythm (representative beat) is left out.")
    elif derived:
        notes.append("The file holds no rhythm, only a series derived from it (representative beat).")
        sets = _sequence_sets(derived[0], path.name)
    if not sets:
        raise RecordingError(f"{path.name} holds no ECG samples; export it again with its waveforms.")
    step_s = sets[0].step_s
    if any(abs(one.step_s - step_s) > 1e-9 for one in sets):
        notes.append("Leads recorded at another rate than the first are left out.")
        sets = [one for one in sets if abs(one.step_s - step_s) <= 1e-9]
    fs_hz = check_rate(round(1 / step_s, 6), path.name)
    start = min((one.begin for one in sets if one.begin), default=None)
    tracks, no_voltage = [], []
    for one in sets:
        shift_s = (one.begin - start).total_seconds() if one.begin and start else one.offset_s
        for lead, value in one.leads:
            track = _track(lead, value, round(min(max(0.0, shift_s * fs_hz), 1e15)), path.name)
            if track is None:
                no_voltage.append(lead)
            else:
                tracks.append(track)
    if start is None:
        start = timestamp(child_value((rhythm or derived)[0], "effectiveTime", "low"))
    annotations: dict[str, list[Mark]] = {}
    for series in rhythm:
        for marked in series.findall("subjectOf/annotationSet"):
            key = f"aecg-{len(annotations) + 1}" if annotations else "aecg"
            marks = read_marks(marked, lambda when: _seconds(when, start), fs_hz)
            if marks:
                annotations[key] = marks
    measurements, statements = read_findings(root)
    return in_memory_recording(
        path,
        tracks,
        name=name,
        source=source,
        fs_hz=fs_hz,
        start_time=start,
        notes=notes,
        annotations=annotations,
        other_channels=tuple(no_voltage),
        identity=read_identity(root),
        format_name=FORMAT_NAME,
        measurements=measurements,
        statements=statements,
    )


def _seconds(value: Element, start: datetime | None) -> float | None:
    """Seconds from the recording's start of a boundary's value: a time stamp, or a quantity with a unit."""
    text = (value.get("value") or "").strip()
    unit = value.get("unit")
    if unit is not None:
        quantity = number(text)
        return None if quantity is None else quantity * SECONDS_PER_UNIT.get(unit, float("nan"))
    when = timestamp(text)
    return None if when is None or start is None else (when - start).total_seconds()


def _sequence_sets(series: Element, file_name: str) -> list[_Set]:
    found = []
    for held in series.findall("component/sequenceSet"):
        time, leads = None, []
        for sequence in held.findall("component/sequence"):
            code, value = _code(sequence), sequence.find("value")
            if value is None:
                continue
            if code in {"TIME_ABSOLUTE", "TIME_RELATIVE"}:
                time = value
            else:
                leads.append((code, value))
        if not leads:
            continue
        unit = child_value(time, "increment", key="unit") or "s"
        step_s = (number(child_value(time, "increment")) or 0.0) * SECONDS_PER_UNIT.get(unit, 0.0)
        if step_s <= 0:
            raise RecordingError(
                f"{file_name} gives no time step between its samples; without it no time can be read off the signal."
            )
        head_unit = child_value(time, "head", key="unit")
        offset_s = (number(child_value(time, "head")) or 0.0) * SECONDS_PER_UNIT.get(head_unit, 0.0)
        begin = None if head_unit else timestamp(child_value(time, "head"))
        found.append(_Set(step_s, begin, offset_s, leads))
    return found


def _track(lead: str, value: Element, start: int, file_name: str) -> Track | None:
    """Decode one lead; None where it is no voltage."""
    digits = value.findtext("digits") or ""
    stored = numbers(digits, f"{file_name}, {lead:.40}")
    scale, origin = number(child_value(value, "scale")), number(child_value(value, "origin")) or 0.0
    unit = child_value(value, "scale", key="unit")
    origin_unit = child_value(value, "origin", key="unit") or unit
    factor = millivolts_per(unit)
    if unit and factor is None:
        return None
    if scale is None or scale == 0 or factor is None:
        return Track(lead, stored, calibrated=False, start=start)
    origin_mv = origin * (millivolts_per(origin_unit) or factor)
    return Track(lead, scaled(stored, scale * factor, origin_mv), start=start, negative=scale < 0)


def _code(element: Element) -> str:
    return child_value(element, "code", key="code")


FORMAT: Final = Format(FORMAT_NAME, (".xml",), recognise, open_aecg, in_memory=True)
