"""HL7 annotated ECG: annotation sets with timed annotations, measurements and statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from xml.etree.ElementTree import Element

from ecg_core.formats.common.in_memory import Mark
from ecg_core.formats.common.xml_safe import child_text, child_value

BEATS: Final = {
    "NORMAL": "N",
    "DOMINANT": "N",
    "SV_P_C": "S",
    "ATR_P_C": "A",
    "ATR_P_C_ABERRANT": "a",
    "JUNC_P_C": "J",
    "ATR_ESC": "e",
    "SV_ESC": "n",
    "JUNC_ESC": "j",
    "V_P_C": "V",
    "V_P_C_FUSION": "F",
    "V_P_C_RonT": "r",
    "V_ESC": "E",
    "BB_BLK": "B",
    "LBB_BLK": "L",
    "LBB_BLK_COMP": "L",
    "RBB_BLK": "R",
    "RBB_BLK_COMP": "R",
    "PACED": "/",
    "PACED_FUS": "f",
}
"""WFDB symbols of the beat codes of ISO 11073-10102 (``MDC_ECG_BEAT_`` taken off); any other is ``Q``."""

_WAVES: Final = {
    "PWAVE": "P wave",
    "QWAVE": "Q wave",
    "RWAVE": "R wave",
    "SWAVE": "S wave",
    "TWAVE": "T wave",
    "UWAVE": "U wave",
    "QRSWAVE": "QRS",
    "QRSTWAVE": "QRST",
    "STJ": "J point",
}
_MEASURES: Final = {
    "MDC_ECG_HEART_RATE": "Heart rate",
    "MDC_ECG_TIME_PD_RR": "RR interval",
    "MDC_ECG_TIME_PD_P": "P duration",
    "MDC_ECG_TIME_PD_PR": "PR interval",
    "MDC_ECG_TIME_PD_QRS": "QRS duration",
    "MDC_ECG_TIME_PD_QT": "QT interval",
    "MDC_ECG_TIME_PD_QTc": "QTc interval",
    "MDC_ECG_TIME_PD_QTcB": "QTc interval (Bazett)",
    "MDC_ECG_TIME_PD_QTcF": "QTc interval (Fridericia)",
    "MDC_ECG_ANGLE_P_FRONT": "P axis",
    "MDC_ECG_ANGLE_QRS_FRONT": "QRS axis",
    "MDC_ECG_ANGLE_T_FRONT": "T axis",
}
_MAX_MARKS: Final = 200_000
_MAX_SECONDS: Final = 1e8

Clock = Callable[[Element], float | None]
"""Seconds from the recording's start of a boundary's value."""


def read_marks(annotation_set: Element, clock: Clock, fs_hz: float) -> list[Mark]:
    """Read the beats and waves of one annotation set.

    Parameters
    ----------
    annotation_set : Element
        The ``annotationSet`` element.
    clock : callable
        Tells a boundary's time.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    list of Mark
        A beat at the middle of its QRS complex, the bounds of waves as ``(`` and ``)``, single points of a wave as
        ``"``; the wave's name, and the lead where the mark belongs to one, stand in the text.
    """
    marks: list[Mark] = []
    for annotation in annotation_set.findall("component/annotation"):
        _read(annotation, "", "", clock, fs_hz, marks)
        if len(marks) > _MAX_MARKS:
            break
    return marks


def read_findings(root: Element) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Read what the annotation sets measured and stated, each once.

    Returns
    -------
    measurements : tuple of (label, text)
    statements : tuple of str
    """
    measurements: dict[str, str] = {}
    statements: dict[str, None] = {}
    for annotation in root.iter("annotation"):
        code, value = child_value(annotation, "code", key="code"), annotation.find("value")
        if value is None:
            continue
        if code in _MEASURES and annotation.find("support") is None and value.get("value"):
            text = f"{value.get('value')} {value.get('unit') or ''}".strip()
            measurements.setdefault(_MEASURES[code], text)
        elif code == "MDC_ECG_RHY":
            name = value.get("displayName") or value.get("code", "").removeprefix("MDC_ECG_RHY_").replace("_", " ")
            statements.setdefault(name)
        elif code.startswith("MDC_ECG_INTERPRETATION") and (value.text or "").strip():
            statements.setdefault(child_text(annotation, "value"))
    for filtered in root.findall("component/series/controlVariable/controlVariable"):
        label, text = _filter(filtered)
        if text:
            measurements.setdefault(label, text)
    return tuple(measurements.items()), tuple(text for text in statements if text)


def _filter(variable: Element) -> tuple[str, str]:
    label = child_value(variable, "code", key="displayName") or child_value(variable, "code", key="code")
    parts = []
    for part in variable.findall("component/controlVariable"):
        quantity = f"{child_value(part, 'value')} {child_value(part, 'value', key='unit')}".strip()
        parts.append(quantity or child_text(part, "value"))
    return label, ", ".join(part for part in parts if part)


def _read(
    annotation: Element, beat: str, wave: str, clock: Clock, fs_hz: float, marks: list[Mark]
) -> tuple[float, float] | None:
    """Add an annotation and those within it; returns the bounds of its QRS complex, in seconds."""
    code, meaning = child_value(annotation, "code", key="code"), child_value(annotation, "value", key="code")
    if code == "MDC_ECG_BEAT":
        beat = BEATS.get(meaning.removeprefix("MDC_ECG_BEAT_"), "Q")
    kind = meaning.removeprefix("MDC_ECG_WAVC_")
    wave = _WAVES.get(kind, wave) if code.startswith("MDC_ECG_WAVC") else wave
    qrs: tuple[float, float] | None = None
    region, lead = _region(annotation, clock)
    text = " ".join(part for part in (wave, lead, "peak" if kind == "PEAK" else "") if part)
    if code.startswith("MDC_ECG_WAVC"):
        marks += [Mark(round(when * fs_hz), symbol, text) for symbol, when in region]
    if region and (kind == "QRSWAVE" or code == "MDC_ECG_BEAT"):
        qrs = (region[0][1], region[-1][1])
    for inner in annotation.findall("component/annotation"):
        found = _read(inner, beat, wave, clock, fs_hz, marks)
        qrs = found if found and (code != "MDC_ECG_BEAT" or not region) else qrs
    if code == "MDC_ECG_BEAT" and qrs:
        marks.append(Mark(round(sum(qrs) / 2 * fs_hz), beat, meaning.removeprefix("MDC_ECG_BEAT_").replace("_", " ")))
    return qrs


def _region(annotation: Element, clock: Clock) -> tuple[list[tuple[str, float]], str]:
    """When, and in which lead, an annotation holds: symbols of a begin, an end or a point, with their times in s."""
    times: list[tuple[str, float]] = []
    lead = ""
    for boundary in annotation.findall("support/supportingROI/component/boundary"):
        code, value = child_value(boundary, "code", key="code"), boundary.find("value")
        if code in {"TIME_ABSOLUTE", "TIME_RELATIVE"} and value is not None:
            ends = [(symbol, value.find(tag)) for tag, symbol in (("low", "("), ("high", ")"))]
            given = [(symbol, clock(end)) for symbol, end in ends if end is not None] or [('"', clock(value))]
            times = [(symbol, when) for symbol, when in given if when is not None and abs(when) < _MAX_SECONDS]
        elif code:
            lead = code.removeprefix("MDC_ECG_LEAD_")
    return times, lead
