"""ECG files as independent decoders read them: ecgdatakit, edfio, pydicom and wfdb, in one form."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import edfio
import numpy as np
import pydicom
import wfdb
from ecgdatakit.parsing.parser import FileParser

_MILLIVOLTS = {"uv": 1e-3, "µv": 1e-3, "mv": 1.0, "v": 1e3}


@dataclass(frozen=True)
class DecodedLead:
    """A channel.

    Attributes
    ----------
    name : str
        As the decoder gives it.
    fs_hz : float
    signal_mv : ndarray of float64, shape (samples,), or None
        None where the unit is none of voltage.
    """

    name: str
    fs_hz: float
    signal_mv: np.ndarray | None


@dataclass(frozen=True)
class Decoded:
    """A file's channels and when it starts."""

    leads: tuple[DecodedLead, ...]
    start_time: datetime | None


def _scaled(values: np.ndarray, unit: str) -> np.ndarray | None:
    per_unit = _MILLIVOLTS.get(unit.strip().lower())
    return None if per_unit is None else values * per_unit


def by_ecgdatakit(path: Path) -> Decoded:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of each channel that is no voltage
        record = FileParser.parse(path)
    leads = [(lead, lead.to_physical() if lead.resolution_unit or not lead.is_raw else lead) for lead in record.leads]
    return Decoded(
        tuple(
            DecodedLead(lead.label, lead.sampling_rate, _scaled(physical.samples, physical.units))
            for lead, physical in leads
        ),
        record.recording.date,
    )


def by_edfio(path: Path) -> Decoded:
    read = edfio.read_bdf if path.suffix == ".bdf" else edfio.read_edf
    file = read(path)
    try:
        start: datetime | None = datetime.combine(file.startdate, file.starttime)
    except edfio.AnonymizedDateError:
        start = None
    return Decoded(
        tuple(
            DecodedLead(signal.label, signal.sampling_frequency, _scaled(signal.data, signal.physical_dimension))
            for signal in file.signals
        ),
        start,
    )


def by_pydicom(path: Path) -> Decoded:
    data = pydicom.dcmread(path)
    group = data.WaveformSequence[0]
    signal = data.waveform_array(0)
    stamp = data.AcquisitionDateTime
    return Decoded(
        tuple(
            DecodedLead(
                channel.ChannelSourceSequence[0].CodeMeaning,
                float(group.SamplingFrequency),
                _scaled(column, channel.ChannelSensitivityUnitsSequence[0].CodeValue),
            )
            for channel, column in zip(group.ChannelDefinitionSequence, signal.T, strict=True)
        ),
        datetime.strptime(stamp, "%Y%m%d%H%M%S.%f" if "." in stamp else "%Y%m%d%H%M%S"),
    )


def by_wfdb(path: Path) -> Decoded:
    record = wfdb.rdrecord(str(path.with_suffix("")), smooth_frames=False)
    signals = record.e_p_signal or list(record.p_signal.T)
    per_frame = record.samps_per_frame or [1] * len(signals)
    return Decoded(
        tuple(
            DecodedLead(name, record.fs * samples, _scaled(signal, unit))
            for name, unit, samples, signal in zip(record.sig_name, record.units, per_frame, signals, strict=True)
        ),
        record.base_datetime,
    )


DECODERS: Mapping[str, Callable[[Path], Decoded]] = {
    "ecgdatakit": by_ecgdatakit,
    "edfio": by_edfio,
    "pydicom": by_pydicom,
    "wfdb": by_wfdb,
}
