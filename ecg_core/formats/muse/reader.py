"""GE MUSE XML (``RestingECG``): rhythm leads as Base64 of whole numbers, lead by lead.

MUSE stores eight leads; III, aVR, aVL and aVF are computed from I and II as the carts do, and said to be. The median
beat is noted and left out. When beats were found is given in a unit that the format leaves open; it is taken to be
the one in which the intervals agree with the RR interval or rate of the same file, and the times are left out, with
a note, where none does.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt

from ecg_core.errors import RecordingError
from ecg_core.formats.base import Format
from ecg_core.formats.common.in_memory import Mark, Track, check_rate, in_memory_recording
from ecg_core.formats.common.lead_names import millivolts_per, usual_name
from ecg_core.formats.common.millivolts import scaled
from ecg_core.formats.common.xml_safe import base64_bytes, child_text, head_text, moment, number, open_document
from ecg_core.formats.muse.findings import read_identity, read_measurements, read_statements
from ecg_core.recording import Recording, Source

FORMAT_NAME: Final = "GE MUSE XML"
_ORDER: Final = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
_SAMPLE_TYPES: Final = {1: "<i1", 2: "<i2", 4: "<i4"}
_AGREEMENT: Final = 0.15
_DATES: Final = ("%m-%d-%Y", "%m/%d/%Y", "%Y-%m-%d")


def recognise(head: bytes, path: Path) -> bool:
    """Return whether a file begins like a GE MUSE XML export.

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
    return re.search(r"<RestingECG[\s>]", head_text(head)) is not None


def open_muse(path: Path, *, name: str | None = None, source: Source = "local") -> Recording:
    """Open an export of MUSE; see :func:`ecg_core.formats.open_recording`.

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
    document, notes = open_document(path, "RestingECG", "MUSE export")
    root = document.root
    waveforms = root.findall("Waveform")
    rhythm = [one for one in waveforms if child_text(one, "WaveformType").lower() in {"rhythm", ""}]
    if not rhythm:
        raise RecordingError(f"{path.name} holds no rhythm; export it again with its waveforms.")
    if len(rhythm) > 1:
        notes.append("Only the first of several rhythm waveforms is shown.")
    if len(waveforms) > len(rhythm):
        notes.append("The median beat is left out.")
    base, exponent = number(child_text(rhythm[0], "SampleBase")), number(child_text(rhythm[0], "SampleExponent")) or 0
    fs_hz = check_rate(base * 10.0**exponent if base is not None and abs(exponent) < 10 else None, path.name)
    tracks = []
    for lead in rhythm[0].findall("LeadData"):
        track = _track(lead, path.name, notes)
        if track is not None:
            tracks.append(track)
    computed = _computed(tracks)
    if computed:
        listed = ", ".join(track.name for track in computed)
        notes.append(f"{listed} are not in the file; they are computed from I and II.")
    test = root.find("TestDemographics")
    on, at = child_text(test, "AcquisitionDate"), child_text(test, "AcquisitionTime")
    return in_memory_recording(
        path,
        _ordered([*tracks, *computed]),
        name=name,
        source=source,
        fs_hz=fs_hz,
        start_time=moment(f"{on} {at}", *(f"{layout} {clock}" for layout in _DATES for clock in ("%H:%M:%S", "%H:%M"))),
        annotations={"muse": _beats(root, fs_hz, notes)},
        notes=notes,
        identity=read_identity(root),
        format_name=FORMAT_NAME,
        measurements=read_measurements(root, rhythm[0]),
        statements=read_statements(root),
    )


def _track(lead: Element, file_name: str, notes: list[str]) -> Track | None:
    """Decode one lead; adds to the notes what does not fit. None where it has no samples."""
    name = child_text(lead, "LeadID") or "without a name"
    payload = lead.find("WaveFormData")
    raw = base64_bytes((payload.text if payload is not None else "") or "", f"{file_name}, lead {name:.40}")
    if not raw:
        return None
    size = number(child_text(lead, "LeadSampleSize")) or 2
    if size not in _SAMPLE_TYPES:
        raise RecordingError(f"{file_name}: lead {name:.40} has samples of {size:g} bytes, which are not read.")
    stored = np.frombuffer(raw[: len(raw) // int(size) * int(size)], dtype=_SAMPLE_TYPES[int(size)])
    announced = number(child_text(lead, "LeadSampleCountTotal"))
    if announced is not None and announced != len(stored):
        notes.append(f"Lead {name:.40} holds {len(stored)} samples where {announced:g} are announced.")
    checksum = child_text(lead, "LeadDataCRC32")
    if checksum.isascii() and checksum.isdecimal() and len(checksum) <= 10 and int(checksum) != zlib.crc32(raw):
        notes.append(f"The checksum of lead {name:.40} does not match: the file was changed or damaged.")
    if child_text(lead, "LeadOff").upper() == "TRUE":
        notes.append(f"The device says that lead {name:.40} was off.")
    step, unit = number(child_text(lead, "LeadAmplitudeUnitsPerBit")), child_text(lead, "LeadAmplitudeUnits")
    millivolts = millivolts_per(unit)
    if not step or millivolts is None:
        return Track(name, stored.astype(np.float64), calibrated=False)
    return Track(name, scaled(stored, step * millivolts), negative=step < 0)


def _computed(tracks: list[Track]) -> list[Track]:
    """Compute III, aVR, aVL and aVF where I and II are there and calibrated, and none of the four is."""
    held = {usual_name(track.name): track for track in tracks}
    if not {"I", "II"} <= held.keys() or held.keys() & {"III", "aVR", "aVL", "aVF"}:
        return []
    if not held["I"].calibrated or not held["II"].calibrated:
        return []
    n_samples = min(len(held["I"].values), len(held["II"].values))
    one: npt.NDArray[np.floating] = held["I"].values[:n_samples]
    two: npt.NDArray[np.floating] = held["II"].values[:n_samples]
    with np.errstate(over="ignore", invalid="ignore"):
        return [
            Track("III", two - one),
            Track("aVR", -(one + two) / 2),
            Track("aVL", one - two / 2),
            Track("aVF", two - one / 2),
        ]


def _ordered(tracks: list[Track]) -> list[Track]:
    places = {name: place for place, name in enumerate(_ORDER)}
    return sorted(tracks, key=lambda track: places.get(usual_name(track.name), len(places)))


def _beats(root: Element, fs_hz: float, notes: list[str]) -> list[Mark]:
    """Read when QRS complexes were found, and the type that the device gave them: a family, no class."""
    found = []
    for qrs in root.findall("QRSTimesTypes/QRS"):
        time = number(child_text(qrs, "Time"))
        if time is not None and 0 <= time < 1e9:
            found.append((time, child_text(qrs, "Type")))
    if not found:
        return []
    rr_ms = number(child_text(root, "QRSTimesTypes", "GlobalRR"))
    rate_bpm = number(child_text(root, "RestingECGMeasurements", "VentricularRate"))
    expected_ms = rr_ms or (60_000 / rate_bpm if rate_bpm else None)
    interval = float(np.median(np.diff(sorted(time for time, _ in found)))) if len(found) > 1 else 0.0
    measured_at_hz = number(child_text(root, "RestingECGMeasurements", "ECGSampleBase"))
    for unit_ms in (1.0, *(1000 / rate for rate in (measured_at_hz, fs_hz) if rate and rate > 0)):
        if expected_ms and abs(interval * unit_ms - expected_ms) < _AGREEMENT * expected_ms:
            return [
                Mark(round(time * unit_ms / 1000 * fs_hz), "Q", f"QRS type {kind:.20}" if kind else "QRS")
                for time, kind in found
            ]
    notes.append("The file's own beats are left out: it does not say in which unit their times are.")
    return []


FORMAT: Final = Format(FORMAT_NAME, (".xml",), recognise, open_muse, in_memory=True)
