"""Choice of channels by a person, for files whose names do not say which channels are ECG leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.errors import RecordingError
from ecg_core.formats.base import MIN_RATE_HZ
from ecg_core.recording import Recording

MAX_CHANNELS: Final = 128
"""Channels that are listed; a file of more can be opened by the names of some."""
_TRACE_S: Final = 6.0
_TRACE_STRETCHES: Final = 60


@dataclass(frozen=True)
class ChannelView:
    """A channel that may be an ECG lead.

    Attributes
    ----------
    name : str
        As the file gives it.
    fs_hz : float
        Sampling rate in Hz.
    unit : str
        As the file gives it; empty where it does not.
    trace : tuple of float
        Lowest and highest value of each of 60 stretches of the first seconds; NaN where there is no sample.
    """

    name: str
    fs_hz: float
    unit: str
    trace: tuple[float, ...]


class ChannelsNeededError(RecordingError):
    """No channel of a file is an ECG lead by its name; it opens once a person has chosen some.

    Attributes
    ----------
    channels : tuple of ChannelView
        Those that may be ECG leads.
    """

    def __init__(self, message: str, channels: Sequence[ChannelView]) -> None:
        super().__init__(message)
        self.channels = tuple(channels)


def without_ecg(
    file_name: str, recording: Recording | None, rates_hz: Sequence[float], units: Sequence[str], names: Sequence[str]
) -> RecordingError:
    """Return the error for a file without a channel that is an ECG by its name.

    Parameters
    ----------
    file_name : str
        For people.
    recording : Recording or None
        The file opened with all channels of a rate that an ECG has as leads; None if there are none.
    rates_hz : sequence of float
        Sampling rate of each lead.
    units : sequence of str
        Unit of each lead, as the file gives it.
    names : sequence of str
        All channels of the file.

    Returns
    -------
    RecordingError
        A ChannelsNeededError where there is something to choose from.
    """
    message = f"{file_name} holds no ECG lead; its channels are {', '.join(names):.200}."
    if recording is None:
        return RecordingError(message)
    shown = range(min(len(recording.leads), MAX_CHANNELS))
    try:
        signal = recording.read(0, round(_TRACE_S * recording.fs_hz), list(shown))
    except RecordingError as error:
        return error
    views = [
        ChannelView(recording.leads[lead].original_name, rates_hz[lead], units[lead], _trace(signal[:, lead]))
        for lead in shown
    ]
    return ChannelsNeededError(f"{message[:-1]}. Choose those that are ECG leads.", views)


def may_be_ecg(fs_hz: float) -> bool:
    """Tell whether an ECG can have a sampling rate, in Hz."""
    return fs_hz >= MIN_RATE_HZ


def chosen_places(file_name: str, names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Return the places of channels by name, in the order of the file.

    Parameters
    ----------
    file_name : str
        For people.
    names : sequence of str
        The file's channels.
    wanted : sequence of str
        Names a person gave; letters of either case.

    Raises
    ------
    RecordingError
        If there is no channel of one of the names.
    """
    plain = [name.strip().casefold() for name in names]
    missing = [name for name in wanted if name.strip().casefold() not in plain]
    if missing or not wanted:
        raise RecordingError(
            f"{file_name} has no channel {', '.join(missing) or 'without a name'!s:.80}; "
            f"its channels are {', '.join(names):.200}."
        )
    asked = {name.strip().casefold() for name in wanted}
    return [place for place, name in enumerate(plain) if name in asked]


def _trace(values: npt.NDArray[np.float32]) -> tuple[float, ...]:
    parts = [part[np.isfinite(part)] for part in np.array_split(values, _TRACE_STRETCHES)]
    return tuple(
        float(bound) for part in parts for bound in ((part.min(), part.max()) if len(part) else (np.nan, np.nan))
    )
