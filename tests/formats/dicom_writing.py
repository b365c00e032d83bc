"""DICOM waveforms written with pydicom, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, TwelveLeadECGWaveformStorage

MDC_LEADS = {
    "I": "2:1",
    "II": "2:2",
    "V1": "2:3",
    "V2": "2:4",
    "III": "2:61",
    "aVR": "2:62",
    "aVL": "2:63",
    "aVF": "2:64",
}


def code(value: str, meaning: str, scheme: str = "MDC") -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def channel(lead: str, *, sensitivity: float | None = 5.0, unit: str = "uV", **more: Any) -> Dataset:
    item = Dataset()
    item.ChannelSourceSequence = [code(MDC_LEADS.get(lead, "99:1"), f"Lead {lead}" if lead in MDC_LEADS else lead)]
    if sensitivity is not None:
        item.ChannelSensitivity = str(sensitivity)
        item.ChannelSensitivityUnitsSequence = [code(unit, unit, "UCUM")]
        item.ChannelSensitivityCorrectionFactor = "1"
        item.ChannelBaseline = "0"
    item.WaveformBitsStored = 16
    for keyword, value in more.items():
        setattr(item, keyword, value)
    return item


def group(
    stored: np.ndarray, channels: list[Dataset], *, fs_hz: float = 500, kind: str = "SS", bits: int = 16, **more: Any
) -> Dataset:
    """Make a multiplex group of stored values, shape (samples, channels)."""
    item = Dataset()
    item.MultiplexGroupTimeOffset = "0"
    item.WaveformOriginality = "ORIGINAL"
    item.NumberOfWaveformChannels, item.NumberOfWaveformSamples = stored.shape[1], stored.shape[0]
    item.SamplingFrequency = str(fs_hz)
    item.MultiplexGroupLabel = "RHYTHM"
    item.ChannelDefinitionSequence = channels
    item.WaveformBitsAllocated, item.WaveformSampleInterpretation = bits, kind
    item.WaveformData = stored.tobytes()
    item["WaveformData"].VR = "OB" if bits == 8 else "OW"
    for keyword, value in more.items():
        setattr(item, keyword, value)
    return item


def write(path: Path, groups: list[Dataset], *, syntax: UID = ExplicitVRLittleEndian, **more: Any) -> Path:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.SOPClassUID, dataset.SOPInstanceUID = TwelveLeadECGWaveformStorage, "1.2.3.4"
    dataset.Modality = "ECG"
    dataset.AcquisitionDateTime = "20210304050607.250"
    for keyword, value in more.items():
        setattr(dataset, keyword, value)
    if groups:
        dataset.WaveformSequence = groups
    dataset.save_as(path, enforce_file_format=True)
    return path
