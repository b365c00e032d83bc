"""DICOM ECG: identity, and annotations with statements, measurements and timed marks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset

from ecg_core.formats.common.annotation_texts import NOTE_SYMBOL, mark_of
from ecg_core.formats.common.in_memory import Mark
from ecg_core.formats.common.timestamps import timestamp
from ecg_core.formats.dicom.groups import decimal
from ecg_core.recording import Identity

_AGE: Final = re.compile(r"(\d{1,3})([YMWD])")
_AGE_YEARS: Final = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}
_TEXT_VRS: Final = frozenset({"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UI", "UT", "UN"})
_HARMLESS: Final = frozenset(
    {
        "PatientName",
        "PatientID",
        "DeviceSerialNumber",
        "Manufacturer",
        "ManufacturerModelName",
        "Modality",
        "SOPClassUID",
        "SoftwareVersions",
        "SpecificCharacterSet",
        "CodeValue",
        "CodeMeaning",
        "CodingSchemeDesignator",
        "CodingSchemeVersion",
        "ContextIdentifier",
    }
)
_FINDINGS: Final = frozenset({"WaveformAnnotationSequence", "AcquisitionContextSequence"})
_DEEPEST: Final = 3
_MAX_OTHER: Final = 200
_MAX_MARKS: Final = 200_000
_BOUNDS: Final = {"onset": "(", "begin": "(", "offset": ")", "end": ")"}
_BEATS: Final = frozenset({"fiducial point", "r peak", "r wave peak", "qrs peak", "qrs"})

Clock = Callable[[int, float], float | None]
"""Seconds from the recording's start of a sample (counted from 1) of a multiplex group (counted from 1)."""


def read_identity(header: Dataset) -> Identity:
    """Read the patient, the device, and every other text and identifier of the header but those of the format."""
    found = _texts_of(header)
    age = _AGE.fullmatch(_text(header, "PatientAge"))
    born = timestamp(_text(header, "PatientBirthDate"))
    maker, model = _text(header, "Manufacturer"), _text(header, "ManufacturerModelName")
    return Identity(
        name=_text(header, "PatientName").replace("^", " ").strip() or None,
        patient_id=_text(header, "PatientID") or None,
        birth_date=born.date() if born else None,
        sex=_text(header, "PatientSex") or None,
        age_years=int(age[1]) * _AGE_YEARS[age[2]] if age else None,
        device=" ".join(part for part in (maker, model) if part) or None,
        device_serial=_text(header, "DeviceSerialNumber") or None,
        other=tuple(found[:_MAX_OTHER]),
    )


def _texts_of(dataset: Dataset, depth: int = 0) -> list[tuple[str, str]]:
    """Return the texts and identifiers of a data set and of those within it; codes and findings are neither."""
    found: list[tuple[str, str]] = []
    for tag in dataset.keys():  # noqa: SIM118 - iterating a data set reads its values
        if getattr(dataset.get_item(tag, keep_deferred=True), "value", None) is None:
            continue  # empty, or so long that it was passed over
        element = dataset[tag]
        if element.VR == "SQ" and element.keyword not in _FINDINGS and depth < _DEEPEST:
            for item in element.value or ():
                found += _texts_of(item, depth + 1)
        elif element.VR in _TEXT_VRS and element.keyword not in _HARMLESS and not (depth and element.VR == "UI"):
            value = element.value
            text = value.decode("latin-1").strip("\0 ") if isinstance(value, bytes) else str(value or "").strip()
            if text:
                found.append((element.name, text))
    return found


def _kind(raw: Any) -> str:
    """Return the representation of a data element, which implicit files do not give."""
    try:
        return str(raw.VR or dictionary_VR(raw.tag))
    except KeyError:
        return "UN"


def read_annotations(
    header: Dataset, clock: Clock, fs_hz: float, triggers: set[int]
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...], list[Mark]]:
    """Read the waveform annotations (PS3.3 C.10.10).

    Parameters
    ----------
    header : Dataset
        The file's header.
    clock : callable
        Returns the time of a sample of a multiplex group, in s; see `Clock`.
    fs_hz : float
        Of the recording.
    triggers : set of int
        Samples, from 1, of the beat within median beats: an annotation group with its fiducial point there describes
        a median beat, whatever waveform it refers to, and is left out.

    Returns
    -------
    measurements : tuple of (label, text)
    statements : tuple of str
    marks : list of Mark
        QRS complexes as ``Q`` (the format does not class them), begins and ends of waves as ``(`` and ``)``, texts as
        what they are in words (:func:`~ecg_core.formats.common.annotation_texts.mark_of`), anything else as ``"``.
    """
    items = list(header.get("WaveformAnnotationSequence") or [])
    of_median = {
        item.get("AnnotationGroupNumber")
        for item in items
        if _meaning(item).lower() == "fiducial point" and set(_numbers(item, "ReferencedSamplePositions")) & triggers
    }
    measurements: dict[str, str] = {}
    statements: dict[str, None] = {}
    marks: list[Mark] = []
    for item in items:
        text, meaning = _text(item, "UnformattedTextValue"), _meaning(item)
        value = decimal(item.get("NumericValue"))
        times = _times(item, clock)
        if times:
            if item.get("AnnotationGroupNumber") not in of_median and len(marks) < _MAX_MARKS:
                own = mark_of(text) if text and not meaning else None
                if own and own[0] != NOTE_SYMBOL:
                    marks += [Mark(round(when * fs_hz), *own) for when in times if abs(when) < 1e8]
                else:
                    marks += _marks(item, meaning or text, times, fs_hz)
        elif value is not None and meaning:
            units = item.get("MeasurementUnitsCodeSequence") or []
            unit = _text(units[0], "CodeValue") if units else ""
            measurements.setdefault(meaning, f"{value:g} {unit}".strip())
        elif text or meaning:
            codes = item.get("ConceptCodeSequence") or []
            coded = _text(codes[0], "CodeMeaning") if codes else ""
            statements.setdefault(text or (f"{meaning}: {coded}" if coded else meaning))
    return tuple(measurements.items()), tuple(statements), marks


def _marks(item: Dataset, meaning: str, times: list[float], fs_hz: float) -> list[Mark]:
    samples = [round(when * fs_hz) for when in times if abs(when) < 1e8]
    words = meaning.lower()
    kind = _text(item, "TemporalRangeType").upper()
    if kind in {"SEGMENT", "MULTISEGMENT"}:
        return [Mark(sample, "()"[place % 2], meaning) for place, sample in enumerate(samples)]
    bound = _BOUNDS.get(kind.lower()) or _BOUNDS.get(words.rpartition(" ")[2])
    symbol = bound or ("Q" if words in _BEATS else "^" if "pac" in words and "spike" in words else '"')
    return [Mark(sample, symbol, meaning) for sample in samples]


def _times(item: Dataset, clock: Clock) -> list[float]:
    """Seconds from the recording's start at which an annotation holds."""
    channels = _numbers(item, "ReferencedWaveformChannels")
    group = int(channels[0]) if channels else 1
    found = [clock(group, position) for position in _numbers(item, "ReferencedSamplePositions")]
    if not found:
        found = [offset / 1000 for offset in _numbers(item, "ReferencedTimeOffsets")]
    return [when for when in found if when is not None]


def _numbers(item: Dataset, keyword: str) -> list[float]:
    value: Any = item.get(keyword)
    if value is None:
        return []
    values = [value] if isinstance(value, int | float | str) else list(value)
    return [number for number in map(decimal, values) if number is not None]


def _meaning(item: Dataset) -> str:
    names = item.get("ConceptNameCodeSequence") or []
    return _text(names[0], "CodeMeaning") if names else ""


def _text(dataset: Dataset, keyword: str) -> str:
    value = dataset.get(keyword)
    return "" if value is None else " ".join(str(value).split())
