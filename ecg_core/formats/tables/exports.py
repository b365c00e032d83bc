"""Exports of known devices and programs: what their heads and names of columns mean.

Most exports are read by the general rules alone; they are listed with the others, so that a test exists for each. What
needs more:

OpenSignals (BITalino, biosignalsplux)
    JSON in the second line names columns, sensors, rate and resolution. Samples are counts of the converter; the ECG
    sensor's transfer function is ``(count / 2^n - 1/2) * VCC / gain``, with 3.3 V and 1100 for BITalino, 3 V and 1000
    for biosignalsplux (their ECG sensor data sheets).
    https://raw.githubusercontent.com/BITalinoWorld/revolution-sample-data/master/PZT/SamplePZT.txt
Shimmer (Consensys)
    ``sep=`` line, names that begin with the device and end with ``RAW`` or ``CAL``, units in the line below. Electrodes
    LL-RA are lead II, LA-RA lead I, LL-LA lead III.
Apple Health
    ``electrocardiograms/ecg_DATE.csv`` of its export: lines of ``key,value`` in the phone's language, a line of the
    lead and one of the unit, then one value a line, with the phone's decimal sign.
    https://rud.is/b/2021/02/14/extracting-heart-rate-data-from-apple-health-xml-export-files-using-r-a-k-a-the-least-romantic-valentines-day-r-post
Polar Sensor Logger
    ``Phone timestamp;sensor timestamp [ns];timestamp [ms];ecg [uV]``, 130 Hz; the sensor counts nanoseconds since 2000.
    https://github.com/polarofficial/polar-ble-sdk/blob/master/technical_documentation/TimeSystemExplained.md
Movesense
    Milliseconds and microvolts at 128 Hz and more: https://github.com/zabler/medipy.
PhysioBank ATM, rdsamp
    Names and units in two lines, times as ``'0:00.004'`` or seconds: https://physionet.org/physiotools/wag/rdsamp-1.htm.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any, Final

from ecg_core.formats.tables.columns import Column
from ecg_core.formats.tables.metadata import begins_of

_SHIMMER: Final = re.compile(r"^shimmer_[0-9a-z]+_(?P<what>.*?)(?:_(?:\d\d_?bit_)?(?P<kind>raw|cal))?$", re.IGNORECASE)
_ELECTRODES: Final = {"LL-RA": "II", "LA-RA": "I", "LL-LA": "III", "VX-RL": "Vx-RL"}
_OPENSIGNALS_ECG: Final = {"bitalino": (3.3, 1100.0), "biosignalsplux": (3.0, 1000.0)}
_OPENSIGNALS_DEVICES: Final = ("bitalino", "biosignalsplux", "bioplux")
_BY_WORD: Final = (
    ("KardiaMobile", r"\b(kardia\w*|alivecor)\b"),
    ("Withings", r"\b(withings|scanwatch|bpm core|move ecg)\b"),
    ("Movesense", r"\bmovesense\b"),
    ("Hexoskin", r"\bhexoskin\b"),
    ("Bittium Faros", r"\b(faros|bittium)\b"),
    ("HealthyPi", r"\bhealthypi\b"),
    ("Samsung Health", r"\b(samsung|galaxy watch)\b"),
    ("Fitbit", r"\bfitbit\b"),
    ("Garmin", r"\bgarmin\b"),
)
_MAX_JSON: Final = 1 << 16


@dataclass(frozen=True)
class Known:
    """What is known of an export.

    Attributes
    ----------
    program : str
        Of which device or program it is.
    columns : tuple of Column
    fs_hz : float or None
        None for what the general rules found.
    begins : datetime, time or None
        The same.
    notes : tuple of str
    """

    program: str
    columns: tuple[Column, ...]
    fs_hz: float | None = None
    begins: datetime | time | None = None
    notes: tuple[str, ...] = ()


def known_export(columns: tuple[Column, ...], above: Sequence[str], fs_hz: float | None) -> Known | None:
    """Return what is known of the program that exported a table; None for an unknown one.

    Parameters
    ----------
    columns : tuple of Column
        As the general rules read them.
    above : sequence of str
        Lines above the titles of the columns.
    fs_hz : float or None
        The rate that these lines say.

    Returns
    -------
    Known or None
    """
    found = _opensignals(columns, above) or _shimmer(columns) or _polar(columns) or _apple(columns, above, fs_hz)
    if found is not None:
        return found
    words = " ".join([*above, *(column.name for column in columns)])
    name = next((name for name, pattern in _BY_WORD if re.search(pattern, words, re.IGNORECASE)), None)
    return None if name is None else Known(name, columns)


def _opensignals(columns: tuple[Column, ...], above: Sequence[str]) -> Known | None:
    if not above or not re.match(r"#\s*OpenSignals", above[0]):
        return None
    line = next((line.lstrip("# ") for line in above[1:3] if "{" in line), "")
    try:
        devices = json.loads(line) if len(line) < _MAX_JSON else None
    except (ValueError, RecursionError):
        devices = None
    heads = list(devices.values()) if isinstance(devices, dict) else []
    if len(heads) != 1 or not isinstance(heads[0], dict):
        return Known("OpenSignals", columns)
    head = heads[0]
    named, notes = _opensignals_columns(columns, head)
    rate = head.get("sampling rate")
    return Known(
        "OpenSignals",
        named,
        float(rate) if isinstance(rate, int | float) and not isinstance(rate, bool) else None,
        begins_of(f"{head.get('date', '')} {head.get('time', '')}"),
        tuple(notes),
    )


def _opensignals_columns(given: Sequence[Column], head: dict[str, Any]) -> tuple[tuple[Column, ...], list[str]]:
    """Name the columns by sensor, and give the ECG its scale where the sensor's transfer function is published."""
    names, labels, sensors = (_texts(head.get(key)) for key in ("column", "label", "sensor"))
    names = names or ["nSeq", *(f"digital {n}" for n in range(len(given) - 1 - len(labels))), *labels]
    resolution = head.get("resolution")
    bits = resolution if isinstance(resolution, list) else [resolution] * len(labels)
    device = str(head.get("device", "")).lower()
    sensor_of = dict(zip(labels, sensors, strict=False))
    bits_of = dict(zip(labels[::-1], bits[::-1], strict=False))
    columns, notes = [], []
    for place, column in enumerate(given):
        if place >= len(names):
            columns.append(column)
            continue
        name = names[place]
        sensor = sensor_of.get(name, "")
        is_ecg = re.match(r"(ecg|ekg)", sensor, re.IGNORECASE) is not None
        named = replace(column, name=f"ECG {name}" if is_ecg else f"{sensor} {name}".strip() or f"digital {place}")
        if name in {"I1", "I2", "O1", "O2", "I3", "I4"} and not sensor:
            named = replace(named, name=f"digital {name}")
        supply = next((_OPENSIGNALS_ECG[known] for known in _OPENSIGNALS_ECG if device.startswith(known)), None)
        n_bits = bits_of.get(name)
        if is_ecg and supply is not None and isinstance(n_bits, int) and 4 <= n_bits <= 24:
            volts, gain = supply
            steps = 2**n_bits / (volts * 1000 / gain)
            named = replace(named, unit=f"{steps:.9g}/mV", zero=2.0 ** (n_bits - 1))
            notes.append(
                f"Counts of the ECG sensor were converted to mV by the transfer function that {device} publishes "
                f"({volts:g} V, gain {gain:g}, {n_bits} bits)."
            )
        columns.append(named)
    return tuple(columns), notes


def _texts(value: Any) -> list[str]:
    return [str(each)[:60] for each in value] if isinstance(value, list) else []


def _shimmer(given: tuple[Column, ...]) -> Known | None:
    found = [_SHIMMER.match(column.name) for column in given]
    if not any(found):
        return None
    calibrated = any(
        match and (match["kind"] or "").lower() == "cal" and "ecg" in match["what"].lower() for match in found
    )
    columns = []
    for column, match in zip(given, found, strict=True):
        if match is None:
            columns.append(column)
            continue
        what = re.sub(r"_?\d\d_?bit$", "", match["what"], flags=re.IGNORECASE)
        electrodes = re.sub(r"^(ecg|exg\d?)[_ ]", "", what, flags=re.IGNORECASE).upper().replace("_", "-")
        name = _ELECTRODES.get(electrodes, what.replace("_", " "))
        if (match["kind"] or "").lower() == "raw" and calibrated:
            name = f"status raw {name}"
        unit = None if column.unit and column.unit.lower() in {"no_units", "no units"} else column.unit
        columns.append(replace(column, name=name, unit=unit))
    return Known("Shimmer", tuple(columns))


def _polar(columns: tuple[Column, ...]) -> Known | None:
    names = {column.name.lower() for column in columns}
    if not {"phone timestamp", "sensor timestamp"} <= names or not any(name.startswith("ecg") for name in names):
        return None
    return Known("Polar Sensor Logger", columns)


def _apple(columns: tuple[Column, ...], above: Sequence[str], fs_hz: float | None) -> Known | None:
    """Recognise Apple Health by one column under lines of pairs that give its rate."""
    pairs = [line for line in above if re.match(r"^[^,;\t]{2,60}[,;\t]", line)]
    if len(columns) != 1 or len(pairs) < 6 or not (fs_hz and 500 < fs_hz < 520):
        return None
    return Known("Apple Health", columns)
