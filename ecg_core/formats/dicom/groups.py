"""DICOM ECG: multiplex groups, location and scaling of their samples.

DICOM PS3.3 C.10.9 (Waveform Module). `pydicom` reads all data elements except the samples: of these only the place
is taken, so that a day of them costs nothing to open.
"""

from __future__ import annotations

import io
import logging
import math
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset, read_partial
from pydicom.tag import Tag

from ecg_core.confinement import open_descriptor
from ecg_core.formats.common.lead_names import MAX_LEADS, millivolts_per, names_other
from ecg_core.formats.common.millivolts import as_float32, scaled
from ecg_core.formats.common.scp_lead_codes import lead_name

# What it logs are values that it cannot make sense of, a person's name perhaps; it sets its level when it is imported.
logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)

_WAVEFORM_SEQUENCE: Final = 0x54000100
_WAVEFORM_DATA: Final = Tag(0x54001010)
_PADDING_VALUE: Final = Tag(0x5400100A)
NO_UNIT: Final = "1"
"""UCUM's code for heights that have a scale but no unit: our own files say so of leads that are not calibrated."""
_ITEM: Final = 0xFFFEE000
_UNDEFINED_LENGTH: Final = 0xFFFFFFFF
_DEFERRED_BYTES: Final = 1 << 20
_MAX_ELEMENTS: Final = 100_000
_MAX_READS: Final = 3 * _MAX_ELEMENTS
_MAX_GROUPS: Final = 64
_LEAD_CODE: Final = re.compile(r"(?:2:|5\.6\.3-9-)(\d{1,3})", re.ASCII)
_LAST_LEAD: Final = 72
_SAMPLE_TYPES: Final = {
    (8, "SB"): "i1",
    (8, "UB"): "u1",
    (16, "SS"): "i2",
    (16, "US"): "u2",
    (32, "SL"): "i4",
    (32, "UL"): "u4",
    (64, "SV"): "i8",
    (64, "UV"): "u8",
}


class DamagedError(ValueError):
    """The file is no usable waveform; the message completes "FILE is damaged: "."""


class DeflatedError(Exception):
    """The file is deflated: `pydicom` would expand it at once, to whatever size."""


class CountingFile(io.BufferedReader):
    """A file that is read a bounded number of times, since each of a file's nested items costs memory and time."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(open_descriptor(path)))
        self._n_reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read bytes, as of any file."""
        if size is None or size < 0:
            raise DeflatedError
        self._n_reads += 1
        if self._n_reads > _MAX_READS:
            raise DamagedError(f"it has more than {_MAX_ELEMENTS:,} data elements")
        return super().read(size)


@dataclass(frozen=True)
class Channel:
    """One channel of a group.

    Attributes
    ----------
    name : str
        As the file gives it.
    lead : str
        The lead that its code stands for; `name` where the code is unknown.
    factor_mv, offset_mv : float
        Millivolts of one stored unit, and of a stored zero.
    calibrated : bool
        False where sensitivity or unit are missing; stored values are then shown as they are, or as far as scaled.
    is_ecg : bool
        False for a quantity that is no voltage, or a name that is no ECG lead's.
    skewed : bool
        Whether it was sampled later than the others of its group, by more than half a sample.
    filters : str
        Its filters, for people.
    unit : str
        As the file gives it.
    """

    name: str
    lead: str
    factor_mv: float
    offset_mv: float
    calibrated: bool
    is_ecg: bool
    skewed: bool
    filters: str
    unit: str


@dataclass(frozen=True)
class Group:
    """One multiplex group: channels sampled together, sample by sample.

    Attributes
    ----------
    byte_offset : int
        Of its first sample in the file.
    dtype : str
        NumPy type of a stored sample.
    padding : float or None
        Stored value that stands for none.
    n_samples : int
        Per channel, as far as the file holds them.
    truncated : bool
        Whether it should have been more.
    fs_hz, offset_s : float
        Rate; begin within the recording.
    derived : bool
        Whether it was computed from another group: a median beat.
    trigger : int or None
        Sample from 1 of the beat in a median beat.
    label : str
    channels : tuple of Channel
    """

    byte_offset: int
    dtype: str
    padding: float | None
    n_samples: int
    truncated: bool
    fs_hz: float
    offset_s: float
    derived: bool
    trigger: int | None
    label: str
    channels: tuple[Channel, ...]

    def read(self, stream: BinaryIO, first: int, last: int, channels: list[int]) -> npt.NDArray[np.float32]:
        """Read a span of some channels in mV.

        Parameters
        ----------
        stream : binary file
            The DICOM file.
        first, last : int
            Span in samples; `last` is not part of it.
        channels : list of int
            Indices of the group's channels.

        Returns
        -------
        ndarray of float32, shape (samples, channels)
        """
        dtype = np.dtype(self.dtype)
        frame_bytes = dtype.itemsize * len(self.channels)
        stream.seek(self.byte_offset + first * frame_bytes)
        raw = stream.read((last - first) * frame_bytes)
        frames = np.frombuffer(raw[: len(raw) // frame_bytes * frame_bytes], dtype=dtype)
        stored = frames.reshape(-1, len(self.channels))[:, channels].astype(np.float64)
        if self.padding is not None:
            stored[stored == self.padding] = np.nan
        factors = np.array([self.channels[channel].factor_mv for channel in channels])
        offsets = np.array([self.channels[channel].offset_mv for channel in channels])
        return as_float32(scaled(stored, factors, offsets))


def read_dicom(stream: BinaryIO, size: int) -> tuple[Dataset, list[Group]]:
    """Read the header of a DICOM file and its multiplex groups.

    Parameters
    ----------
    stream : binary file
        Open for reading at any position.
    size : int
        Of the file, in bytes.

    Returns
    -------
    header : Dataset
        What stands before the waveforms; long values are not read.
    groups : list of Group

    Raises
    ------
    DamagedError
        If the groups contradict the file. Other exceptions may come out of `pydicom`.
    """
    found: dict[str, Any] = {}
    n_elements = 0

    def at_waveforms(tag: int, vr: str | None, length: int) -> bool:
        nonlocal n_elements
        n_elements += 1
        if n_elements > _MAX_ELEMENTS:
            raise DamagedError(f"it has more than {_MAX_ELEMENTS:,} data elements")
        if tag == _WAVEFORM_SEQUENCE:
            found.update(length=length, header_bytes=8 if vr is None else 12)
        return tag >= _WAVEFORM_SEQUENCE

    header = read_partial(stream, stop_when=at_waveforms, defer_size=_DEFERRED_BYTES, force=True)
    if not found:
        return header, []
    implicit, little = header.original_encoding
    stream.seek(found["header_bytes"], 1)
    end = size if found["length"] == _UNDEFINED_LENGTH else min(size, stream.tell() + found["length"])
    items = _items(stream, end, bool(implicit), bool(little))
    return header, [_group(item, size, bool(little)) for item in items]


def _items(stream: BinaryIO, end: int, implicit: bool, little: bool) -> list[Dataset]:
    items: list[Dataset] = []
    layout = "<HHI" if little else ">HHI"
    while stream.tell() + 8 <= end and len(items) < _MAX_GROUPS:
        group, element, length = struct.unpack(layout, stream.read(8))
        if group << 16 | element != _ITEM:
            break
        n_bytes = None if length == _UNDEFINED_LENGTH else length
        items.append(
            read_dataset(stream, implicit, little, bytelength=n_bytes, defer_size=_DEFERRED_BYTES, at_top_level=False)
        )
    return items


def _group(item: Dataset, size: int, little: bool) -> Group:
    bits, kind = int(item.get("WaveformBitsAllocated") or 0), str(item.get("WaveformSampleInterpretation") or "")
    if (bits, kind) not in _SAMPLE_TYPES:
        raise DamagedError(f"samples stored as {kind or 'nothing'!r:.20} of {bits} bits are not read")
    dtype = ("<" if little else ">") + _SAMPLE_TYPES[bits, kind]
    data = item.get_item(_WAVEFORM_DATA, keep_deferred=True)
    if not isinstance(data, RawDataElement):
        raise DamagedError("a multiplex group is without samples")
    definitions = item.get("ChannelDefinitionSequence") or []
    n_channels = int(item.get("NumberOfWaveformChannels") or 0)
    if not 0 < n_channels <= MAX_LEADS or len(definitions) != n_channels:
        raise DamagedError(f"{len(definitions)} channels are described where {n_channels} are announced")
    n_bytes = min(data.length, max(0, size - data.value_tell))
    n_held = n_bytes // (np.dtype(dtype).itemsize * n_channels)
    n_samples = int(item.get("NumberOfWaveformSamples") or 0)
    padding = item.get_item(_PADDING_VALUE, keep_deferred=True)
    raw_padding = bytes(padding.value or b"")[: bits // 8] if isinstance(padding, RawDataElement) else b""
    fs_hz = decimal(item.get("SamplingFrequency"))
    trigger = item.get("TriggerSamplePosition")
    return Group(
        byte_offset=data.value_tell,
        dtype=dtype,
        padding=float(np.frombuffer(raw_padding, dtype)[0]) if len(raw_padding) == bits // 8 else None,
        n_samples=min(n_samples, n_held),
        truncated=n_held < n_samples,
        fs_hz=fs_hz if fs_hz is not None else math.nan,
        offset_s=(decimal(item.get("MultiplexGroupTimeOffset")) or 0.0) / 1000,
        derived=str(item.get("WaveformOriginality") or "").strip().upper() == "DERIVED",
        trigger=int(trigger) if isinstance(trigger, int) else None,
        label=_words(item.get("MultiplexGroupLabel")),
        channels=tuple(_channel(one, place, fs_hz or 0.0) for place, one in enumerate(definitions, start=1)),
    )


def _channel(definition: Dataset, place: int, fs_hz: float) -> Channel:
    name, lead = _names(definition, place)
    sensitivity = decimal(definition.get("ChannelSensitivity"))
    correction = decimal(definition.get("ChannelSensitivityCorrectionFactor"))
    units = definition.get("ChannelSensitivityUnitsSequence") or []
    unit = _unit(units[0]) if units else ""
    millivolts = millivolts_per(unit)
    calibrated = bool(sensitivity) and correction != 0 and millivolts is not None
    has_scale = calibrated or (bool(sensitivity) and correction != 0 and unit == NO_UNIT)
    factor = (sensitivity or 1.0) * (correction or 1.0) * (millivolts or 1.0) if has_scale else 1.0
    baseline = (decimal(definition.get("ChannelBaseline")) or 0.0) * (millivolts or 1.0) if has_scale else 0.0
    skew = (decimal(definition.get("ChannelTimeSkew")) or 0.0) * fs_hz + (
        decimal(definition.get("ChannelSampleSkew")) or 0.0
    )
    return Channel(
        name=name,
        lead=lead,
        factor_mv=factor,
        offset_mv=baseline,
        calibrated=calibrated,
        is_ecg=not names_other(lead) and (unit in {"", NO_UNIT} or millivolts is not None),
        skewed=abs(skew) > 0.5,
        filters=_filters(definition),
        unit=unit,
    )


def _unit(code: Dataset) -> str:
    """Return the unit of a code: its value, or its meaning where only that is one of voltage."""
    value, meaning = (str(code.get(keyword) or "").strip() for keyword in ("CodeValue", "CodeMeaning"))
    return meaning if value != NO_UNIT and millivolts_per(value) is None and millivolts_per(meaning) else value


def _names(definition: Dataset, place: int) -> tuple[str, str]:
    """What the file calls a channel, and the lead that its source code means; MDC writes 2:n, SCP-ECG 5.6.3-9-n."""
    given = _words(definition.get("ChannelLabel"))
    for source in definition.get("ChannelSourceSequence") or []:
        code, meaning = _words(source.get("CodeValue")), _words(source.get("CodeMeaning"))
        given = meaning or given or code
        number = _LEAD_CODE.fullmatch(code)
        if number and 0 < int(number[1]) <= _LAST_LEAD:
            return given, lead_name(int(number[1]))
    given = given or f"channel {place}"
    return given, given


def _filters(definition: Dataset) -> str:
    labels = (("FilterLowFrequency", "above"), ("FilterHighFrequency", "below"), ("NotchFilterFrequency", "notch"))
    values = ((label, decimal(definition.get(keyword))) for keyword, label in labels)
    return ", ".join(f"{label} {value:g} Hz" for label, value in values if value)


def _words(value: Any) -> str:
    return " ".join(str(value or "").split())


def decimal(value: Any) -> float | None:
    """Read a number; None where there is none or it is not finite."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
