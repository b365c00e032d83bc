"""DICOM waveforms: 12-lead, ambulatory or general ECG as the signal fits their limits, else general 32-bit ECG.

PS3.3 A.34: 12-lead holds 13 channels of 16,384 samples, ambulatory 12 channels at 50 to 1000 Hz of any length, general
four groups of 24 channels at 200 to 1000 Hz; general 32-bit sets no rate. pydicom writes what stands before the
samples, which are streamed behind it: the waveform sequence is the last element of the file, and the samples its last.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import (
    UID,
    AmbulatoryECGWaveformStorage,
    General32bitECGWaveformStorage,
    GeneralECGWaveformStorage,
    TwelveLeadECGWaveformStorage,
)

from ecg_core.errors import ExportError
from ecg_core.formats.common.excerpt import Excerpt
from ecg_core.formats.common.output_names import lead_texts
from ecg_core.formats.common.scales import Scale, measure, scale_of, told
from ecg_core.formats.dicom.dataset_writer import group_fields, header, write_header

_TWELVE: Final = frozenset({"I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"})
_TWELVE_SAMPLES: Final = 16_384
_TWELVE_HZ: Final = (200.0, 1000.0)
_AMBULATORY_HZ: Final = (50.0, 1000.0)
_AMBULATORY_LEADS: Final = 12
_AMBULATORY_FROM_S: Final = 600.0
"""What is longer is taken for a Holter recording."""
_GROUP_LEADS: Final = 24
_MAX_GROUPS: Final = 4
_LARGEST_BYTES: Final = 0xFFFFFF00
_TYPES: Final = {16: "<i2", 32: "<i4"}


def write(excerpt: Excerpt, folder: Path, stem: str, say: Callable[[str], None], bits: int = 32) -> list[str]:
    """Write a file; see :data:`ecg_core.formats.common.excerpt.Writer`.

    Parameters
    ----------
    excerpt : Excerpt
        What is written.
    folder : Path
        Exists, and is empty.
    stem : str
        Of the files' names.
    say : callable
        Called with a sentence on each thing that the format cannot hold as it is.
    bits : {16, 32}
        The widest numbers that samples may be stored as.

    Returns
    -------
    list of str
        Names of the files; the one that opens the others comes last.
    """
    names = lead_texts(excerpt.leads)
    n_groups = -(-len(names) // _GROUP_LEADS)
    if n_groups > _MAX_GROUPS:
        raise ExportError(
            f"DICOM holds {_MAX_GROUPS * _GROUP_LEADS} leads, not {len(names)}; export it as WFDB or Parquet."
        )
    ranges = measure(excerpt)
    scales = [scale_of(found, bits=bits) for found in ranges]
    bits = max(scale.bits for scale in scales)
    groups = [list(range(first, min(first + _GROUP_LEADS, len(names)))) for first in range(0, len(names), _GROUP_LEADS)]
    if max(len(group) for group in groups) * excerpt.n_samples * bits // 8 > _LARGEST_BYTES:
        raise ExportError("DICOM holds 4 GB of signal, which this is more than; export a shorter span, or as WFDB.")
    for sentence in told(names, scales, ranges, "DICOM"):
        say(sentence)
    if excerpt.start_time is None:
        say("DICOM needs a time of acquisition; the file says that it was removed.")
    absent = -(1 << (bits - 1))
    has_absent = any(found.n_absent for found in ranges)
    items = [
        _encoded(
            group_fields(
                excerpt,
                [names[lead] for lead in group],
                group,
                [scales[lead] for lead in group],
                bits,
                absent if has_absent else None,
            )
        )
        for group in groups
    ]
    data_bytes = [_even(excerpt.n_samples * len(group) * bits // 8) for group in groups]
    name = f"{stem}.dcm"
    with (folder / name).open("wb") as stream:
        write_header(stream, header(excerpt, storage_class(excerpt, bits)))
        stream.write(
            _long_head(0x5400, 0x0100, b"SQ", sum(20 + len(i) + n for i, n in zip(items, data_bytes, strict=True)))
        )
        for group, item, n_bytes in zip(groups, items, data_bytes, strict=True):
            stream.write(struct.pack("<HHI", 0xFFFE, 0xE000, len(item) + 12 + n_bytes) + item)
            stream.write(_long_head(0x5400, 0x1010, b"OW", n_bytes))
            _stream(excerpt, stream.write, group, scales, bits, absent)
    return [name]


def storage_class(excerpt: Excerpt, bits: int) -> UID:
    """Return the SOP class whose limits the signal keeps.

    Parameters
    ----------
    excerpt : Excerpt
        What is written.
    bits : {16, 32}
        Of a sample.
    """
    fs_hz, n_leads = excerpt.fs_hz, len(excerpt.leads)
    if bits > 16:
        return General32bitECGWaveformStorage
    usual_rate = _TWELVE_HZ[0] <= fs_hz <= _TWELVE_HZ[1]
    if usual_rate and excerpt.n_samples <= _TWELVE_SAMPLES and {lead.name for lead in excerpt.leads} == _TWELVE:
        return TwelveLeadECGWaveformStorage
    ambulatory = _AMBULATORY_HZ[0] <= fs_hz <= _AMBULATORY_HZ[1] and n_leads <= _AMBULATORY_LEADS
    if ambulatory and (excerpt.n_samples / fs_hz > _AMBULATORY_FROM_S or not usual_rate):
        return AmbulatoryECGWaveformStorage
    return GeneralECGWaveformStorage if usual_rate else General32bitECGWaveformStorage


def _stream(
    excerpt: Excerpt, write_bytes: Callable[[bytes], int], group: list[int], scales: list[Scale], bits: int, absent: int
) -> None:
    n_written = 0
    for _, signal in excerpt.pieces(leads=group):
        stored = np.empty(signal.shape, dtype=_TYPES[bits])
        for column, lead in enumerate(group):
            stored[:, column] = scales[lead].stored(signal[:, column], absent)
        n_written += write_bytes(stored.tobytes())
    write_bytes(b"\0" * (n_written % 2))


def _encoded(fields: Dataset) -> bytes:
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, False
    write_dataset(buffer, fields)
    return buffer.getvalue()


def _long_head(group: int, element: int, vr: bytes, length: int) -> bytes:
    return struct.pack("<HH2sHI", group, element, vr, 0, length)


def _even(n_bytes: int) -> int:
    return n_bytes + n_bytes % 2
