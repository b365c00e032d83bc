"""SCP-ECG (EN 1064:2005+A1 / ISO 11073-91064:2009), versions 1 and 2, and 3 as far as its rhythm is short.

Read are sections 1 (patient, device), 2 (Huffman tables), 3 (leads), 4 and 5 (reference beats, which may have been
subtracted), 6 (rhythm), 7 and 10 (measurements), 8 and 11 (statements). Bimodal compression, which drops samples
between the QRS complexes, and the long-term rhythm of section 12 are named and refused.
"""

from __future__ import annotations

import binascii
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.confinement import read_bytes, size_of
from ecg_core.errors import RecordingError
from ecg_core.formats.base import Format
from ecg_core.formats.common.in_memory import Mark, Track, in_memory_recording
from ecg_core.formats.common.millivolts import scaled
from ecg_core.formats.common.scp_lead_codes import lead_name
from ecg_core.formats.scp.findings import read_lead_measurements, read_measurements, read_statements
from ecg_core.formats.scp.header import Header, read_header
from ecg_core.formats.scp.signal import Packed, PackingError, Table, read_tables, unpack
from ecg_core.recording import Recording, Source

FORMAT_NAME: Final = "SCP-ECG"
MAX_SCP_BYTES: Final = 4 << 20
_MAX_ADDED: Final = 300_000
"""Reference beats put back, over all leads."""

_SECTION_HEADER: Final = 16
_LONG_TERM: Final = 12


@dataclass(frozen=True)
class _LeadSpan:
    """A lead of section 3: its code and its first and last sample, counted from 1."""

    first: int
    last: int
    code: int


@dataclass(frozen=True)
class _Beat:
    """A QRS complex of section 4: its type, and its begin, fiducial point and end as samples counted from 1."""

    kind: int
    first: int
    fiducial: int
    last: int


def recognise(head: bytes, path: Path) -> bool:
    """Return whether a file begins with an SCP-ECG pointer section, whose first pointer is to itself.

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
    if len(head) < 32:
        return False
    section, length = struct.unpack_from("<HI", head, 8)
    first, _, index = struct.unpack_from("<HII", head, 22)
    return (section, first, index) == (0, 0, 7) and length >= 26 and (length - _SECTION_HEADER) % 10 == 0


def open_scp(path: Path, *, name: str | None = None, source: Source = "local") -> Recording:
    """Open an SCP-ECG record; see :func:`ecg_core.formats.open_recording`.

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
    try:
        if size_of(path) > MAX_SCP_BYTES:
            raise RecordingError(f"{path.name} is larger than the {MAX_SCP_BYTES >> 20} MB of SCP-ECG that are read.")
        content = read_bytes(path)
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    if not recognise(content[:64], path):
        raise RecordingError(f"{path.name} is no SCP-ECG record, or its beginning is damaged.")
    try:
        return _open(path, content, name, source)
    except (PackingError, struct.error, IndexError) as error:
        reason = str(error) if isinstance(error, PackingError) else "a section contradicts its own length"
        raise RecordingError(f"{path.name} is a damaged SCP-ECG record: {reason}; export it again.") from error


def _open(path: Path, content: bytes, name: str | None, source: Source) -> Recording:
    sections, notes = _read_sections(content, path.name)
    header = read_header(sections.get(1, b""))
    if 6 not in sections:
        long_term = _LONG_TERM in sections
        raise RecordingError(
            f"{path.name} holds no rhythm (section 6)"
            + ("; long-term rhythm (section 12) is not read: export it as EDF or DICOM." if long_term else ".")
        )
    tables = read_tables(sections[2]) if 2 in sections else None
    spans, subtracted = _read_spans(sections.get(3, b""))
    beats, beat_samples, fiducial = _read_beats(sections.get(4, b""))
    lengths = [span.last - span.first + 1 for span in spans]
    rhythm = unpack(sections[6], lengths, tables)
    if not rhythm.interval_us:
        raise PackingError("the time between its samples is 0")
    if rhythm.bimodal and header.version < 30:
        raise RecordingError(f"{path.name} was compressed bimodally, which is not read; export it uncompressed.")
    notes += rhythm.notes
    leads, nanovolts = rhythm.leads, rhythm.nanovolts
    if any(len(lead) < length for lead, length in zip(leads, lengths, strict=True)):
        notes.append(f"{path.name} ends early; what stands before is shown.")
    if subtracted:
        reference = _reference(sections.get(5, b""), len(spans), beat_samples, tables, path.name)
        notes += [note for note in reference.notes if note not in notes]
        leads, nanovolts = _add_reference(rhythm, reference, spans, beats, fiducial, path.name)
    earliest = min(span.first for span in spans)
    fs_hz = 1e6 / rhythm.interval_us
    return in_memory_recording(
        path,
        [
            Track(
                lead_name(span.code),
                scaled(lead, nanovolts * 1e-6) if nanovolts else lead.astype(np.float64),
                calibrated=nanovolts > 0,
                start=span.first - earliest,
            )
            for span, lead in zip(spans, leads, strict=True)
        ],
        name=name,
        source=source,
        fs_hz=fs_hz,
        start_time=header.start_time,
        notes=notes,
        annotations={
            "scp": [Mark(beat.fiducial - earliest, "Q", f"QRS type {beat.kind}") for beat in beats],
        },
        identity=header.identity,
        format_name=FORMAT_NAME,
        measurements=(
            *read_measurements(sections.get(7, b"")),
            *header.filters,
            *read_lead_measurements(sections.get(10, b"")),
        ),
        statements=(*_statements(sections, 8, header), *_statements(sections, 11, header)),
    )


def _statements(sections: dict[int, bytes], number: int, header: Header) -> tuple[str, ...]:
    return read_statements(sections.get(number, b""), header.encoding, universal=number == 11)


def _read_sections(content: bytes, file_name: str) -> tuple[dict[int, bytes], list[str]]:
    """Find the sections, as far as the file holds them.

    Returns
    -------
    sections : dict of int to bytes
        What follows a section's header, by its number.
    notes : list of str
    """
    crc, size = struct.unpack_from("<HI", content)
    (length,) = struct.unpack_from("<I", content, 10)
    sections: dict[int, bytes] = {}
    truncated = size > len(content)
    for position in range(6 + _SECTION_HEADER, min(6 + length, len(content)) - 9, 10):
        number, length_in_list, index = struct.unpack_from("<HII", content, position)
        if number == 0 or not length_in_list or index == 0 or number in sections:
            continue
        begin = index - 1
        truncated |= begin + length_in_list > len(content)
        if begin + _SECTION_HEADER > len(content) or struct.unpack_from("<H", content, begin + 2)[0] != number:
            continue
        sections[number] = content[begin + _SECTION_HEADER : begin + length_in_list]
    notes = []
    if truncated:
        notes.append(f"{file_name} is shorter than it claims; what it holds is shown.")
    elif binascii.crc_hqx(content[2:size], 0xFFFF) != crc:
        notes.append(f"The checksum of {file_name} does not match: the file was changed or damaged.")
    return sections, notes


def _read_spans(body: bytes) -> tuple[list[_LeadSpan], bool]:
    """Read section 3: the leads, and whether reference beats were subtracted."""
    if len(body) < 11:
        raise PackingError("it defines no leads")
    n_leads, flags = body[0], body[1]
    if len(body) < 2 + 9 * n_leads or not n_leads:
        raise PackingError("its list of leads ends early")
    spans = [_LeadSpan(*struct.unpack_from("<IIB", body, 2 + 9 * place)) for place in range(n_leads)]
    for span in spans:
        if not 1 <= span.first <= span.last:
            raise PackingError(f"lead {lead_name(span.code)} runs from sample {span.first} to {span.last}")
    return spans, bool(flags & 1)


def _read_beats(body: bytes) -> tuple[list[_Beat], int, int]:
    """Read section 4: the QRS complexes, the length of the reference beat in ms, and its fiducial sample from 1."""
    if len(body) < 6:
        return [], 0, 0
    length_ms, fiducial, n_beats = struct.unpack_from("<HHH", body)
    n_held = min(n_beats, (len(body) - 6) // 14)
    return [_Beat(*struct.unpack_from("<HIII", body, 6 + 14 * place)) for place in range(n_held)], length_ms, fiducial


def _reference(body: bytes, n_leads: int, length_ms: int, tables: list[Table] | None, file_name: str) -> Packed:
    if len(body) < 6 or not length_ms:
        raise RecordingError(f"{file_name}: the reference beats that its rhythm was stored without are missing.")
    interval_us = struct.unpack_from("<H", body, 2)[0] or 1
    return unpack(body, [round(length_ms * 1000 / interval_us)] * n_leads, tables)


def _add_reference(
    rhythm: Packed, reference: Packed, spans: list[_LeadSpan], beats: list[_Beat], fiducial: int, file_name: str
) -> tuple[list[npt.NDArray[np.int64]], int]:
    """Put the reference beat back where it was taken off.

    Returns
    -------
    leads : list of ndarray of int64, shape (samples,)
    nanovolts : int
        What one of their units is.
    """
    if reference.interval_us != rhythm.interval_us or not rhythm.nanovolts or not reference.nanovolts:
        raise RecordingError(
            f"{file_name}: its reference beats have another rate or no gain, so they cannot be added; "
            "export it uncompressed."
        )
    if len(beats) * len(spans) > _MAX_ADDED:
        raise PackingError(f"it announces {len(beats)} beats in {len(spans)} leads")
    unit = math.gcd(rhythm.nanovolts, reference.nanovolts)
    leads = []
    for span, residual, shape in zip(spans, rhythm.leads, reference.leads, strict=True):
        signal = residual * (rhythm.nanovolts // unit)
        beat = shape * (reference.nanovolts // unit)
        for one in beats:
            shift = one.fiducial - fiducial  # the beat's sample k (from 0) stands at the record's sample shift + k + 1
            first = max(one.first, span.first, shift + 1)
            last = min(one.last, span.first + len(signal) - 1, shift + len(beat))
            if one.kind == 0 and first <= last:
                signal[first - span.first : last - span.first + 1] += beat[first - shift - 1 : last - shift]
        leads.append(signal)
    return leads, unit


FORMAT: Final = Format(FORMAT_NAME, (".scp",), recognise, open_scp, in_memory=True)
