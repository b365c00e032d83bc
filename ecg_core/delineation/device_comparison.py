"""What the device measured beside our own measurements, with the differences that matter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ecg_core.delineation.measured import Measured

QUANTITY_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "heart rate": "rate_bpm",
        "rr interval": "rr_ms",
        "p duration": "p_ms",
        "pr interval": "pr_ms",
        "qrs duration": "qrs_ms",
        "qt interval": "qt_ms",
        "qtc interval (bazett)": "qtc_bazett_ms",
        "qtc interval (fridericia)": "qtc_fridericia_ms",
        "qtc interval (framingham)": "qtc_framingham_ms",
        "qtc interval (hodges)": "qtc_hodges_ms",
        "p axis": "p_axis_deg",
        "qrs axis": "qrs_axis_deg",
        "t axis": "t_axis_deg",
    }
)
"""By the label that the readers of the formats use, in lower case. A QTc without its formula is compared with none."""

TOLERANCE: Final[Mapping[str, float]] = MappingProxyType(
    {
        "rate_bpm": 5.0,
        "rr_ms": 50.0,
        "p_ms": 15.0,
        "pr_ms": 10.0,
        "qrs_ms": 10.0,
        "qt_ms": 25.0,
        "p_axis_deg": 30.0,
        "qrs_axis_deg": 15.0,
        "t_axis_deg": 30.0,
    }
)
"""Differences up to these are no more than two devices show of one ECG (IEC 60601-2-25 for intervals)."""

_QTC_TOLERANCE_MS: Final = 30.0
_VALUE: Final = re.compile(r"^\s*(-?\d+(?:\.\d+)?)\s*(ms|s|bpm|/min|°|deg)?\s*$")
_PER_UNIT: Final = {"s": 1000.0}


@dataclass(frozen=True)
class DeviceValue:
    """One quantity as the device gives it.

    Attributes
    ----------
    label : str
        As the file names it.
    text : str
        Value and unit as the file gives them.
    quantity : str or None
        Of `ecg_core.delineation.measured.GLOBAL_QUANTITIES`; None where we measure nothing alike.
    value : float or None
        In the quantity's unit.
    difference : float or None
        Ours less the device's.
    differs : bool
        Whether that is more than `TOLERANCE`.
    """

    label: str
    text: str
    quantity: str | None = None
    value: float | None = None
    difference: float | None = None
    differs: bool = False


def compared_with_device(overall: Mapping[str, Measured], device: Sequence[tuple[str, str]]) -> tuple[DeviceValue, ...]:
    """Compare our measurements with the device's.

    Parameters
    ----------
    overall : mapping of str to Measured
        By `ecg_core.delineation.measured.GLOBAL_QUANTITIES`.
    device : sequence of (str, str)
        Labels and values with units, as :attr:`ecg_core.recording.Recording.measurements` gives them.

    Returns
    -------
    tuple of DeviceValue
        In the file's order.
    """
    return tuple(_compared(overall, label, text) for label, text in device)


def _compared(overall: Mapping[str, Measured], label: str, text: str) -> DeviceValue:
    quantity = QUANTITY_OF.get(label.strip().lower())
    parsed = _VALUE.match(text)
    if quantity is None or parsed is None:
        return DeviceValue(label, text)
    value = float(parsed[1]) * _PER_UNIT.get(parsed[2] or "", 1.0)
    ours = overall.get(quantity)
    if ours is None or ours.value is None:
        return DeviceValue(label, text, quantity, value)
    difference = ours.value - value
    if quantity.endswith("_deg"):
        difference = (difference + 180) % 360 - 180
    limit = TOLERANCE.get(quantity, _QTC_TOLERANCE_MS)
    return DeviceValue(label, text, quantity, value, difference, abs(difference) > limit)
