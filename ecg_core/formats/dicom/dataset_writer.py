"""The data elements of a DICOM waveform: what it is, when it was recorded, its channels and annotations; no person.

PS3.3 A.34 (waveform IODs), C.10.8 to C.10.10. Leads have the codes of ISO/IEEE 11073-10101 (context group 3001).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import BinaryIO, Final

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, AmbulatoryECGWaveformStorage, ExplicitVRLittleEndian, generate_uid

from ecg_core.formats.common.annotation_texts import text_of
from ecg_core.formats.common.cells import shown_plainly
from ecg_core.formats.common.excerpt import Excerpt
from ecg_core.formats.common.scales import Scale
from ecg_core.formats.common.scp_lead_codes import lead_codes
from ecg_core.formats.dicom.groups import NO_UNIT

_UNKNOWN_DAY: Final = "19000101"
_MAX_TEXT: Final = 1000
_MAX_POSITIONS: Final = 8000
"""Of one annotation: an explicit length of 16 bits holds 16,383 sample positions."""
_OWN_SCHEME: Final = "99RHYTHM"


def header(excerpt: Excerpt, sop_class: UID) -> Dataset:
    """Return all that stands before the waveforms.

    Parameters
    ----------
    excerpt : Excerpt
        What is written.
    sop_class : UID
        Its storage class.
    """
    data = Dataset()
    data.SpecificCharacterSet = "ISO_IR 192"
    data.SOPClassUID, data.SOPInstanceUID = sop_class, generate_uid(prefix=None)
    data.StudyInstanceUID, data.SeriesInstanceUID = generate_uid(prefix=None), generate_uid(prefix=None)
    # What the standard wants to see even where it is not known.
    for keyword in (
        *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "ReferringPhysicianName"),
        *("StudyID", "AccessionNumber", "Manufacturer"),
    ):
        setattr(data, keyword, "")
    data.PatientIdentityRemoved, data.DeidentificationMethod = "YES", "Signal and annotations only"
    data.Modality, data.SeriesNumber, data.InstanceNumber = "ECG", "1", "1"
    if sop_class == AmbulatoryECGWaveformStorage:
        data.SynchronizationTrigger, data.AcquisitionTimeSynchronized = "NO TRIGGER", "N"
        data.SynchronizationFrameOfReferenceUID = generate_uid(prefix=None)
    begins = excerpt.start_time
    day = f"{begins:%Y%m%d}" if isinstance(begins, datetime) and begins.year >= 1000 else _UNKNOWN_DAY
    clock = f"{begins:%H%M%S.%f}" if isinstance(begins, datetime | time) else "000000"
    if not isinstance(begins, datetime):
        data.LongitudinalTemporalInformationModified = "REMOVED"
    data.StudyDate, data.StudyTime = (day, clock) if isinstance(begins, datetime) else ("", "")
    data.ContentDate, data.ContentTime, data.AcquisitionDateTime = day, clock, day + clock
    data.AcquisitionContextSequence = []
    annotations = [*_comments(excerpt), *_marks(excerpt)]
    if annotations:
        data.WaveformAnnotationSequence = annotations
    return data


def write_header(stream: BinaryIO, data: Dataset) -> None:
    """Write preamble, file meta information and the elements before the waveforms.

    Parameters
    ----------
    stream : binary file
        Empty.
    data : Dataset
        What :func:`header` returned.
    """
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dcmwrite(stream, data, enforce_file_format=True)


def group_fields(
    excerpt: Excerpt,
    names: Sequence[str],
    leads: Sequence[int],
    scales: Sequence[Scale],
    bits: int,
    padding: int | None,
) -> Dataset:
    """Return the elements of a multiplex group but its samples.

    Parameters
    ----------
    excerpt : Excerpt
        What is written.
    names : sequence of str
        Of the group's leads.
    leads : sequence of int
        Places of the group's leads in the excerpt.
    scales : sequence of Scale
        Of the group's leads.
    bits : {16, 32}
        Of a sample.
    padding : int or None
        Value of what is absent; None where nothing is.
    """
    item = Dataset()
    item.MultiplexGroupTimeOffset = "0"
    item.WaveformOriginality = "ORIGINAL"
    item.NumberOfWaveformChannels, item.NumberOfWaveformSamples = len(names), excerpt.n_samples
    item.SamplingFrequency = decimal_text(excerpt.fs_hz)
    item.MultiplexGroupLabel = "RHYTHM"
    item.ChannelDefinitionSequence = [
        _channel(name, place, excerpt.leads[lead].calibrated, scale, bits)
        for place, (name, lead, scale) in enumerate(zip(names, leads, scales, strict=True), start=1)
    ]
    item.WaveformBitsAllocated, item.WaveformSampleInterpretation = bits, "SS" if bits == 16 else "SL"
    if padding is not None:
        item.add_new("WaveformPaddingValue", "OW", np.array([padding], dtype=f"<i{bits // 8}").tobytes())
    return item


def decimal_text(value: float) -> str:
    """Return a number in the 16 characters of a decimal string, as exact as these allow."""
    for digits in range(17, 0, -1):
        text = f"{value:.{digits}g}"
        if len(text) <= 16:
            return text
    return f"{value:.1g}"


def _channel(name: str, place: int, calibrated: bool, scale: Scale, bits: int) -> Dataset:
    item = Dataset()
    item.ChannelLabel = name[:16]
    number = lead_codes().get(name)
    if number is not None:
        item.ChannelSourceSequence = [_code(f"2:{number}", "MDC", f"Lead {name}")]
    else:
        item.ChannelSourceSequence = [_code(f"LEAD{place}", _OWN_SCHEME, name)]
    # Heights without a unit are told as such: UCUM's "1".
    unit, per_mv, meaning = ("uV", 1000.0, "microvolt") if calibrated else (NO_UNIT, 1.0, "no units")
    item.ChannelSensitivity = decimal_text(per_mv / scale.gain)
    item.ChannelSensitivityUnitsSequence = [_code(unit, "UCUM", meaning)]
    item.ChannelSensitivityCorrectionFactor = "1"
    item.ChannelBaseline = decimal_text(scale.centre * per_mv / scale.gain)
    item.ChannelSampleSkew = "0"
    item.WaveformBitsStored = bits
    return item


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning[:64]
    return item


def _comments(excerpt: Excerpt) -> list[Dataset]:
    """Return the recording's comments as texts that hold for all of it."""
    return [_text(comment, number=1) for comment in excerpt.recording.comments]


def _marks(excerpt: Excerpt) -> list[Dataset]:
    """Return one annotation for each text that occurs, with the samples at which it does, counted from 1."""
    if excerpt.marks is None:
        return []
    positions: dict[str, list[int]] = {}
    for sample, symbol, aux in zip(
        excerpt.marks.sample.tolist(), excerpt.marks.symbol.tolist(), excerpt.marks.aux, strict=True
    ):
        positions.setdefault(text_of(symbol, aux), []).append(sample + 1)
    items = []
    # What is no beat comes first: a rhythm begins before the beat it begins with.
    for text, samples in sorted(positions.items(), key=lambda found: len(found[0]) == 1):
        for first in range(0, len(samples), _MAX_POSITIONS):
            some = samples[first : first + _MAX_POSITIONS]
            item = _text(text, number=2)
            item.TemporalRangeType = "POINT" if len(some) == 1 else "MULTIPOINT"
            item.ReferencedSamplePositions = some
            items.append(item)
    return items


def _text(text: str, number: int) -> Dataset:
    item = Dataset()
    item.UnformattedTextValue = shown_plainly(text)[:_MAX_TEXT]
    item.ReferencedWaveformChannels = [1, 0]  # all channels of the first group: the groups share their time
    item.AnnotationGroupNumber = number
    return item
