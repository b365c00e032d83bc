"""Philips ECG XML (PageWriter, HeartStart; document versions 1.03 and 1.04), plain or compressed by XLI.

A lead's samples stand one after the other, lead by lead, as 16 bit numbers. In XLI, leads III, aVR, aVL and aVF hold
only what differs from their computation from I and II, in whole numbers rounded towards zero: with any other rounding
the rebuilt leads of real files leave Goldberger's equations by more than rounding can.

Behind the ECG stands the device's calibration pulse, alike in all leads; it is left out and noted.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

import numpy as np

from ecg_core.arrays import Int64Array
from ecg_core.errors import RecordingError
from ecg_core.formats.base import Format
from ecg_core.formats.common.in_memory import Track, check_rate, in_memory_recording
from ecg_core.formats.common.lead_names import MAX_LEADS
from ecg_core.formats.common.millivolts import scaled
from ecg_core.formats.common.xml_safe import (
    base64_bytes,
    child_text,
    child_value,
    ends_early,
    head_text,
    moment,
    number,
    numbers,
    open_document,
)
from ecg_core.formats.philips.findings import read_identity, read_measurements, read_statements
from ecg_core.formats.philips.xli import XliError, read_chunks
from ecg_core.recording import Recording, Source

FORMAT_NAME: Final = "Philips XML"
_TWELVE: Final = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
_VERSIONS: Final = ("1.03", "1.04")
_TWELVE_LEAD_SETS: Final = frozenset({"STD-12", "10-WIRE"})
_MAX_SAMPLES: Final = 2_000_000
_MIN_PULSE_MS: Final = 60
_MIN_LEADS_WITH_PULSE: Final = 6


def recognise(head: bytes, path: Path) -> bool:
    """Return whether a file begins like a Philips XML ECG.

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
    return re.search(r"<(\w+:)?restingecgdata[\s>]", head_text(head)) is not None


def open_philips(path: Path, *, name: str | None = None, source: Source = "local") -> Recording:
    """Open a Philips ECG; see :func:`ecg_core.formats.open_recording`.

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
    document, notes = open_document(path, "restingecgdata", "Philips ECG")
    root = document.root
    version = child_text(root, "documentinfo", "documentversion")
    if not version.startswith(_VERSIONS):
        raise RecordingError(
            f"{path.name} is a Philips ECG of version {version or 'unknown'!r:.20}; those from 1.03 to 1.04 are read."
        )
    waveforms = next(root.iter("parsedwaveforms"), None)
    characteristics = root.find("dataacquisition/signalcharacteristics")
    if waveforms is not None and document.unfinished[0] == "parsedwaveforms":
        waveforms.text = _whole(document.unfinished[1], waveforms)
    if waveforms is None or not (waveforms.text or "").strip():
        why = "it ends before its samples" if document.truncated else "it holds no ECG samples"
        raise RecordingError(f"{path.name} cannot be shown: {why}; export it again.")
    fs_hz = check_rate(
        number(waveforms.get("samplespersecond")) or number(child_text(characteristics, "samplingrate")), path.name
    )
    names = _lead_names(waveforms, characteristics)
    duration_ms = number(waveforms.get("durationperchannel"))
    n_samples = round(min(max(duration_ms or 0.0, 0.0) / 1000 * fs_hz, _MAX_SAMPLES))
    leads = _decode(waveforms, names, n_samples, path.name)
    if not notes and (len(leads) < len(names) or any(len(lead) < n_samples for lead in leads)):
        notes.append(ends_early(path))
    microvolts = _first_number(
        waveforms.get("resolution"),
        child_text(characteristics, "resolution"),
        child_text(characteristics, "signalresolution"),
    )
    zero = _first_number(waveforms.get("signaloffset"), child_text(characteristics, "signaloffset")) or 0.0
    factor = (microvolts or 0.0) / 1000
    complete = [lead for lead in leads if len(lead) == max(map(len, leads))]
    fewest = _MIN_LEADS_WITH_PULSE if len(leads) == len(names) else 2
    pulse_start, pulse = _calibration_pulse(complete, fs_hz) if len(complete) >= fewest else (0, 0)
    if pulse:
        leads = [lead[:pulse_start] for lead in leads]
        size = f" of {pulse * factor:.2f} mV" if factor else ""
        notes.append(f"The device's calibration pulse{size} at the end is left out.")
    acquired = root.find("dataacquisition")
    when = f"{child_value(acquired, key='date')} {child_value(acquired, key='time')}"
    return in_memory_recording(
        path,
        [
            Track(
                lead_name,
                scaled(lead - zero, factor) if factor else lead - zero,
                calibrated=bool(factor),
                negative=factor < 0,
            )
            for lead_name, lead in zip(names, leads, strict=False)
        ],
        name=name,
        source=source,
        fs_hz=fs_hz,
        start_time=moment(when, "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f"),
        notes=notes,
        identity=read_identity(root),
        format_name=FORMAT_NAME,
        measurements=read_measurements(root),
        statements=read_statements(root),
    )


def _whole(text: str, waveforms: Element) -> str:
    """Return the samples' text as far as it is whole, where the file ends within it."""
    if (waveforms.get("dataencoding") or "Base64").lower() == "plain":
        return text[: max((text.rfind(sign) for sign in " ,;\n"), default=0) + 1]
    joined = "".join(text.split())
    return joined[: len(joined) // 4 * 4]


def _lead_names(waveforms: Element, characteristics: Element | None) -> list[str]:
    names = (waveforms.get("leadlabels") or "").split()
    announced = number(waveforms.get("numberofleads")) or number(
        child_text(characteristics, "numberchannelsallocated") or child_text(characteristics, "numberchannelsvalid")
    )
    n_leads = round(min(max(announced or 0, 0), MAX_LEADS))
    if names:
        return names[: n_leads or MAX_LEADS]
    lead_sets = {child_text(characteristics, tag) for tag in ("acquisitiontype", "leadset")}
    known = _TWELVE if lead_sets & _TWELVE_LEAD_SETS else ()
    return [known[place] if place < len(known) else f"channel {place + 1}" for place in range(n_leads)]


def _decode(waveforms: Element, names: list[str], n_samples: int, file_name: str) -> list[Int64Array]:
    """Decode the leads, as many as there are, each of at most `n_samples` where that is known."""
    text, encoding = waveforms.text or "", (waveforms.get("dataencoding") or "Base64").lower()
    method = waveforms.get("compression") or waveforms.get("compressmethod") or ""
    packed = method.lower() not in {"", "none", "uncompressed"} and (
        waveforms.get("compressflag") or ""
    ).lower() not in {
        "false",
        "no",
        "f",
        "0",
    }
    most = n_samples or _MAX_SAMPLES
    if packed and method.upper() != "XLI":
        raise RecordingError(f"{file_name}: its compression {method!r:.20} is not read; export it uncompressed.")
    if packed:
        try:
            leads = list(read_chunks(base64_bytes(text, file_name), len(names), 2 * most + 1024))
        except XliError as error:
            raise RecordingError(f"{file_name}: its samples are damaged ({error}); export it again.") from error
        leads = [lead[:most] for lead in leads]
        return _rebuilt(leads) if tuple(names[:6]) == _TWELVE[:6] else leads
    if encoding == "plain":
        values = np.nan_to_num(numbers(text, file_name)).clip(-(1 << 31), 1 << 31).astype(np.int64)
    else:
        raw = base64_bytes(text, file_name)
        signed = (waveforms.get("signalsigned") or "true").lower() not in {"false", "no", "f", "0"}
        values = np.frombuffer(raw[: len(raw) // 2 * 2], dtype="<i2" if signed else "<u2").astype(np.int64)
    length = n_samples or len(values) // max(1, len(names))
    leads = [values[place * length : (place + 1) * length] for place in range(len(names))]
    return [lead for lead in leads if len(lead)]


def _rebuilt(leads: list[Int64Array]) -> list[Int64Array]:
    """Rebuild III, aVR, aVL and aVF of what XLI stores in their place, as far as they are there."""
    if len(leads) < 3:
        return leads
    n_samples = min(len(lead) for lead in leads[:6])
    one, two, three = (lead[:n_samples] for lead in leads[:3])
    three = two - one - three
    predictions = (-_half(one + two), _half(one - three), _half(two + three))
    augmented = [prediction - lead[:n_samples] for lead, prediction in zip(leads[3:6], predictions, strict=False)]
    return [one, two, three, *augmented, *leads[6:]]


def _half(values: Int64Array) -> Int64Array:
    """Halve whole numbers, rounding towards zero."""
    return np.sign(values) * (np.abs(values) // 2)


def _calibration_pulse(leads: list[Int64Array], fs_hz: float) -> tuple[int, int]:
    """Find the calibration pulse: at the end, where all leads run alike, one level other than zero for a while.

    Returns
    -------
    start : int
        Where the leads begin to run alike to the end.
    height : int
        The level in stored units; 0 if there is none.
    """
    n_samples = min((len(lead) for lead in leads), default=0)
    alike = np.ptp(np.stack(leads), axis=0) == 0
    start = int(n_samples - np.argmin(alike[::-1])) if not alike.all() else n_samples
    end = leads[0][start:]
    height = int(end[np.argmax(np.abs(end))]) if len(end) else 0
    if not height or np.count_nonzero(end == height) < _MIN_PULSE_MS / 1000 * fs_hz or start == 0:
        return 0, 0
    return start, height


def _first_number(*texts: str | None) -> float | None:
    return next((value for value in map(number, texts) if value is not None), None)


FORMAT: Final = Format(FORMAT_NAME, (".xml",), recognise, open_philips, in_memory=True)
